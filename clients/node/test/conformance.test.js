// The rules as tests: the files in `suites` are test files of their own, and this one reads what becomes of them.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

import { missing, startBot } from './bot.js'

const TOKEN = 'aTokenOfYourOwn'

/** Runs the suite in a process of its own, as a project's CI does. */
async function judge(variables) {
  const suite = fileURLToPath(new URL('suites/rules.js', import.meta.url))
  const env = { ...process.env, WXCHECK_TOKEN: TOKEN, ...variables }
  // Else the inner runner takes itself for a part of the outer one.
  delete env.NODE_TEST_CONTEXT
  const child = spawn(process.execPath, ['--test', '--test-reporter=tap', suite], { env })
  let out = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text) => (out += text))
  const code = await new Promise((resolve) => child.on('close', resolve))
  const count = (word) => Number(new RegExp(`# ${word} (\\d+)`).exec(out)?.[1])
  return { code, out, passed: count('pass'), failed: count('fail'), skipped: count('skipped') }
}

test('a rule is a test', { skip: missing }, async () => {
  const bot = await startBot({ token: TOKEN })
  const run = await judge({ SUITE_URL: bot.url, SUITE_ONLY: 'url-check/*' })
  await bot.close()
  assert.match(run.out, /ok \d+ - url-check\/echoes-echostr/)
  assert.deepEqual([run.code, run.passed, run.failed], [0, 8, 0], run.out)
})

test('a broken rule fails with claim and fix', { skip: missing }, async () => {
  const bot = await startBot({ token: 'anotherToken' })
  const run = await judge({ SUITE_URL: bot.url, SUITE_ONLY: 'url-check/answers-directly' })
  await bot.close()
  for (const word of ['claim', 'expected', 'got', 'fix']) assert.match(run.out, new RegExp(`  ${word} `))
  assert.deepEqual([run.code, run.failed], [1, 1], run.out)
})

test('a server that is not there fails every test', async () => {
  const run = await judge({ SUITE_URL: 'http://127.0.0.1:1/wechat', SUITE_ONLY: 'url-check/*' })
  assert.match(run.out, /nothing listens at 127\.0\.0\.1:1/)
  assert.deepEqual([run.code, run.passed, run.failed], [1, 0, 8], run.out)
})

test('what cannot be judged is skipped with its reason', { skip: missing }, async () => {
  const bot = await startBot({ token: TOKEN })
  const run = await judge({ SUITE_URL: bot.url, SUITE_ONLY: 'envelope/*,url-check/bare-get' })
  await bot.close()
  assert.match(run.out, /# SKIP skipped: /)
  assert.deepEqual([run.code, run.failed], [0, 0], run.out)
  assert.ok(run.skipped > 1)
})

test('a rule that does not exist is an error', async () => {
  const run = await judge({ SUITE_URL: 'http://127.0.0.1:1/wechat', SUITE_ONLY: 'reply/acknowledge' })
  assert.match(run.out, /reply\/acknowledge/)
  assert.equal(run.code, 1)
})
