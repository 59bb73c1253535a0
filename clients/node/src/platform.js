// A mock WeChat platform: `wxcheck serve` as a process of its own, and its control API.
import { spawn } from 'node:child_process'
import { randomBytes, randomInt } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { findBinary } from './binary.js'

/** Milliseconds for the program to start; a cold machine needs a second. */
const START_LIMIT = 30_000
/** Milliseconds for one request. WeChat delivers three times and waits five seconds each time. */
const REQUEST_LIMIT = 40_000
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** A refusal of the control API, or a program that did not start. */
export class WxcheckError extends Error {
  name = 'WxcheckError'
}

/** Starts a platform on a free port; `options` as for `Platform`. */
export async function startPlatform(options) {
  return new Platform(options).start()
}

/** A platform with one app. Give your server `baseUrl` for https://api.weixin.qq.com, and the credentials. */
export class Platform {
  #process
  #folder

  constructor({ account = 'mini', mode = 'plain', format = 'xml', options = [] } = {}) {
    this.account = account
    this.mode = mode
    this.format = format
    this.options = options
    this.appid = `wx${randomBytes(8).toString('hex')}`
    this.secret = randomBytes(16).toString('hex')
    this.token = letters(24)
    // The last character of an EncodingAESKey holds two bits that Base64 does not use.
    this.aesKey = `${letters(42)}A`
    this.baseUrl = ''
  }

  async start() {
    // A folder of its own: a wxcheck.toml of the project is for `check`, not for this platform.
    this.#folder = await mkdtemp(join(tmpdir(), 'wxcheck-'))
    const own = ['serve', '--listen', '127.0.0.1:0', '--account', this.account, '--appid', this.appid, '--quiet']
    this.#process = spawn(findBinary(), [...own, ...this.options], {
      cwd: this.#folder,
      env: this.#environment(),
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
    })
    const ended = once(this.#process, 'close').catch(() => {})
    const started = await this.#listen(ended)
    if (started === undefined) return this
    await this.close()
    throw new WxcheckError(`wxcheck serve did not start:\n${started}`)
  }

  /** Nothing once it listens; what it said where it does not start. All is read, so that no pipe fills up. */
  #listen(ended) {
    const { promise, resolve } = withResolvers()
    const said = []
    const limit = setTimeout(() => resolve(said.join('\n')), START_LIMIT)
    const hear = (line) => {
      if (!this.baseUrl) said.push(line)
      const url = /^wxcheck \S+ .*(http:\/\/\S+)/.exec(line)?.[1]
      if (!url) return
      this.baseUrl = url
      resolve(undefined)
    }
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      createInterface({ input: stream }).on('line', hear)
    }
    this.#process.on('error', (error) => said.push(error.message))
    ended.then(() => resolve(said.join('\n')))
    return promise.finally(() => clearTimeout(limit))
  }

  #environment() {
    const kept = Object.entries(process.env).filter(([name]) => !name.startsWith('WXCHECK_'))
    // By the environment, since anybody on the machine can read a command line.
    return { ...Object.fromEntries(kept), WXCHECK_TOKEN: this.token, WXCHECK_SECRET: this.secret }
  }

  async close() {
    const child = this.#process
    this.#process = undefined
    if (child && child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'close')
      child.kill()
      await ended
    }
    if (this.#folder) await rm(this.#folder, { recursive: true, force: true })
    this.#folder = undefined
  }

  async [Symbol.asyncDispose ?? Symbol('asyncDispose')]() {
    await this.close()
  }

  /** Saves the callback URL, as on WeChat's admin page: with the verification, unless told otherwise. */
  async connect(url, { verify = true } = {}) {
    const callback = { url, token: this.token, mode: this.mode, format: this.format, verify }
    if (this.mode !== 'plain') callback.aes_key = this.aesKey
    // Open: users need not be registered before they write.
    const form = { kind: this.account, secret: this.secret, open: true, callback }
    await this.control('PUT', `/apps/${this.appid}`, form)
  }

  /** Forgets users, tokens, messages and faults; the callback URL stays. */
  async reset() {
    await this.control('POST', '/reset')
  }

  /** Lets a user write a text, and waits until the server has it or WeChat gives it up. */
  async sendText(content, openid = 'oAlice') {
    return this.act({ act: 'send-text', content }, openid)
  }

  /** Lets a user do anything of the control API's `acts`, and waits for the push that follows. */
  async act(act, openid = 'oAlice') {
    const path = `/apps/${this.appid}/users/${encodeURIComponent(openid)}/acts?wait=true`
    return outcome(await this.control('POST', path, act))
  }

  /** Sends a push of the catalogue with these fields set. It is no act: it opens no window for messages. */
  async push(name, fields = {}, openid = 'oAlice') {
    const set = Object.fromEntries(Object.entries(fields).map(([key, value]) => [key, String(value)]))
    const said = await this.control('POST', `/apps/${this.appid}/push`, { name, from: openid, set })
    const record = said.number == null ? undefined : await this.control('GET', `/journal/${said.number}`)
    return outcome({ ...said, record })
  }

  /** The messages that the server sent to users, oldest first; with `count`, waits until there are so many. */
  async messages(openid, { count = 0, timeout = 10_000 } = {}) {
    const ends = performance.now() + timeout
    let seen = 0
    for (;;) {
      const taken = await this.#taken(openid)
      const left = ends - performance.now()
      if (taken.length >= count) return taken
      if (left <= 0) {
        throw new WxcheckError(`${taken.length} of ${count} messages within ${timeout} ms: ${JSON.stringify(taken)}`)
      }
      // Returns with the next record of the journal.
      const wait = Math.trunc(Math.min(left, 5000))
      seen = (await this.control('GET', `/journal?since=${seen}&count=1000&wait=${wait}`)).next
    }
  }

  async #taken(openid) {
    const whose = openid === undefined ? '' : `&openid=${encodeURIComponent(openid)}`
    const path = `/apps/${this.appid}/messages?offset=0&count=1000${whose}`
    const { messages } = await this.control('GET', path)
    return messages.filter((message) => message.fate === 'taken')
  }

  /** The chat as the user's phone shows it, oldest first. */
  async chat(openid = 'oAlice') {
    const path = `/apps/${this.appid}/users/${encodeURIComponent(openid)}/chat`
    return (await this.control('GET', path)).items
  }

  /** Makes an endpoint fail on purpose: `fail('/cgi-bin/token', { errcode: -1 }, { times: 1 })`. */
  async fail(endpoint, fault, { times } = {}) {
    await this.control('POST', '/faults', { endpoint, fault, times })
  }

  /** Ends every access token before its time, as another server that fetches tokens does. */
  async revokeTokens() {
    await this.control('POST', `/apps/${this.appid}/tokens/revoke`)
  }

  /**
   * Moves the platform's clock: '2h'. Tokens expire, and windows close. It never goes back, not even by `reset`, and pushes
   * bear its time: give a test that moves it a platform of its own.
   */
  async advance(by) {
    await this.control('POST', '/clock/advance', { by })
  }

  /** Asks the control API; `${baseUrl}/_wxcheck/openapi.json` describes all of it. */
  async control(method, path, body) {
    const answer = await fetch(`${this.baseUrl}/_wxcheck${path}`, {
      method,
      headers: { 'Content-Type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(REQUEST_LIMIT),
    })
    const text = await answer.text()
    if (!answer.ok) throw new WxcheckError(`${method} ${path}: ${reason(text)}`)
    return text ? JSON.parse(text) : undefined
  }
}

function reason(text) {
  try {
    return JSON.parse(text).error ?? text
  } catch {
    return text
  }
}

/** The end of a push; `outcome` is empty where nothing was pushed. */
function outcome(said) {
  const record = said?.record ?? undefined
  const deliveries = record?.deliveries ?? said?.deliveries ?? []
  const last = deliveries.at(-1)
  const body = last?.opened ?? last?.body
  return {
    outcome: said?.outcome ?? '',
    acknowledged: said?.outcome === 'acknowledged',
    deliveries,
    record,
    /** The body of the last answer, in plain text also in safe mode. */
    reply: typeof body === 'object' ? body?.text : body,
    userSees: said?.user_sees ?? undefined,
  }
}

function letters(count) {
  return Array.from({ length: count }, () => LETTERS[randomInt(LETTERS.length)]).join('')
}

/** Promise.withResolvers, which Node has since 22. */
function withResolvers() {
  let resolve
  const promise = new Promise((settle) => {
    resolve = settle
  })
  return { promise, resolve }
}
