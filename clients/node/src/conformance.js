// wxcheck's rules as tests: one test a rule, all of one run.
import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { findBinary } from './binary.js'

const PASSES = ['passed', 'noted']
const FAILS = ['failed', 'errored']
/** A Should that is broken, or a finding that a second look did not show. */
const WARNS = ['warned', 'flaky']
/** Characters of the program's own words that are shown. */
const TOLD = 4000

/**
 * Declares one test for each rule. `test` is that of node:test or of vitest; `url` the callback URL, or a function that
 * gives it once the server runs. Await it at the top of a test file: the rules are listed first, and nothing is sent for that.
 */
export async function conformance(test, { url, only = [], strict = false, options = [], env = {} } = {}) {
  if (!url) throw new TypeError('conformance needs the callback URL: { url }')
  let run
  const verdict = (rule) => {
    run ??= judge(url, only, options, env)
    return run.then((made) => rowOf(made, rule))
  }
  // The whole run takes place in the first test.
  const limit = { timeout: 600_000 }
  for (const rule of await rules(only)) {
    test(rule.id, limit, async (context) => decide(await verdict(rule), rule, strict, context))
  }
}

async function rules(only) {
  const picked = new Map()
  for (const pattern of only.length ? only : [undefined]) {
    const arguments_ = ['rules', '--json', ...(pattern ? [pattern] : [])]
    const { code, out, err } = await program(arguments_)
    if (code !== 0) throw new Error(`wxcheck rules: ${err.trim()}`)
    for (const rule of JSON.parse(out)) picked.set(rule.id, rule)
  }
  return [...picked.values()]
}

async function judge(url, only, options, env) {
  const folder = await mkdtemp(join(tmpdir(), 'wxcheck-'))
  const report = join(folder, 'report.json')
  const target = typeof url === 'function' ? await url() : url
  const picked = only.flatMap((pattern) => ['--only', pattern])
  try {
    const ran = await program(['check', target, '--report-json', report, ...picked, ...options], env)
    const text = await readFile(report, 'utf8').catch(() => '{"rules":[]}')
    const rows = new Map(JSON.parse(text).rules.map((row) => [row.id, row]))
    // 0 and 1 are verdicts; after any other code the terminal says what is missing.
    const has = ran.code === 0 || ran.code === 1
    const said = `${ran.out.trim()}\n${ran.err.trim()}`.trim().slice(-TOLD)
    return { rows, failure: has ? undefined : `wxcheck check ended with ${ran.code}:\n${said}` }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** A rule's row, and the reason why the run has no verdict: in full the first time that it is asked for. */
function rowOf(made, rule) {
  const row = made.rows.get(rule.id)
  if (FAILS.includes(row?.verdict) || PASSES.includes(row?.verdict)) return { row }
  const without = made.failure
  if (without) made.failure = 'the run has no verdict: its first test says why'
  return { row, without }
}

function decide({ row, without }, rule, strict, context) {
  const verdict = row?.verdict
  if (PASSES.includes(verdict)) return
  if (row?.known) {
    context?.skip?.(`known: ${row.known.reason}`)
    return
  }
  // What the run could not judge is no skipped test: nobody would look at a run without contact.
  if (without || !row) throw new Error(without ?? 'the report lacks this rule')
  const text = told(row, rule)
  if (WARNS.includes(verdict) && !strict) {
    if (context?.diagnostic) context.diagnostic(text)
    else console.warn(text)
  } else if (verdict === 'skipped' || (verdict === 'inconclusive' && !strict)) {
    context?.skip?.(`${verdict}: ${row.reason ?? 'no reason given'}`)
  } else {
    const error = new Error(text)
    // Our own stack says nothing about the server.
    error.stack = text
    throw error
  }
}

/** A finding as text: the claim, both sides, and what to do. */
function told(row, rule) {
  const words = {
    claim: row.claim,
    expected: row.expected,
    got: row.actual,
    reason: row.reason,
    fix: rule.fix,
    again: row.reproduction?.replay && `wxcheck replay ${row.reproduction.replay}`,
  }
  const lines = Object.entries(words).filter(([, text]) => text)
  const shown = lines.map(([name, text]) => `  ${name.padEnd(9)}${text}`)
  return [`${row.id} (${row.level}, ${row.verdict})`, ...shown].join('\n')
}

function program(arguments_, env = {}) {
  return new Promise((resolve, reject) => {
    const settings = { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024, windowsHide: true }
    execFile(findBinary(), arguments_, settings, (error, out, err) => {
      if (error && typeof error.code !== 'number') reject(error)
      else resolve({ code: error?.code ?? 0, out, err })
    })
  })
}
