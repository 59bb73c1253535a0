import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, test } from 'node:test'

import { Platform, WxcheckError, startPlatform } from '../src/index.js'
import { missing, startBot } from './bot.js'

describe('a bot', { skip: missing }, () => {
  let wechat
  let bot
  before(async () => {
    wechat = await startPlatform()
    bot = await startBot({ token: wechat.token, appid: wechat.appid, secret: wechat.secret, api: wechat.baseUrl })
    await wechat.connect(bot.url)
  })
  beforeEach(() => wechat.reset())
  after(async () => {
    await bot?.close()
    await wechat?.close()
  })

  test('answers a text by a message', async () => {
    const outcome = await wechat.sendText('hello', 'oBob')
    assert.ok(outcome.acknowledged)
    assert.equal(outcome.reply, 'success')
    const [message] = await wechat.messages('oBob', { count: 1 })
    assert.equal(message.message.text.content, 'you said hello')
    const chat = await wechat.chat('oBob')
    assert.deepEqual(chat.map((item) => item.from), ['user', 'server'])
  })

  test('begins with an empty platform', async () => {
    assert.deepEqual(await wechat.messages(), [])
  })

  test('whose message is refused', async () => {
    await wechat.fail('/cgi-bin/message/custom/send', { errcode: 45015 })
    await wechat.sendText('hello')
    await assert.rejects(wechat.messages(undefined, { count: 1, timeout: 200 }), /0 of 1 messages within 200 ms/)
  })

  test('gets a new token when its own was revoked', async () => {
    await wechat.sendText('first')
    await wechat.messages(undefined, { count: 1 })
    await wechat.revokeTokens()
    await wechat.sendText('second')
    const messages = await wechat.messages(undefined, { count: 2 })
    assert.deepEqual(messages.map((one) => one.message.text.content), ['you said first', 'you said second'])
  })

  test('gets a push of the catalogue with the fields that are set', async () => {
    const outcome = await wechat.push('text', { Content: 'by name' })
    assert.ok(outcome.acknowledged)
    assert.match(outcome.record.request.body.text, /by name/)
  })
})

test('a callback URL is verified', async () => {
  const wechat = await startPlatform()
  await assert.rejects(wechat.connect('http://127.0.0.1:1/wechat'), /callback\.url/)
  await wechat.close()
})

test('the clock goes forward', async () => {
  const wechat = await startPlatform({ account: 'official', mode: 'safe' })
  const earlier = await wechat.control('GET', '/clock')
  await wechat.advance('2h')
  const later = await wechat.control('GET', '/clock')
  assert.ok(later.now - earlier.now >= 7_200_000)
  await wechat.close()
  await wechat.close()
})

test('what the program says is told where it does not start', async () => {
  const wechat = new Platform({ options: ['--no-such-option'] })
  await assert.rejects(wechat.start(), (error) => error instanceof WxcheckError && /--no-such-option/.test(error.message))
})
