#!/usr/bin/env node
'use strict'
// Starts the program in this process's place: its streams, its signals, its exit code.
const { spawn } = require('node:child_process')
const { binary } = require('./index.js')

let program
try {
  program = binary()
} catch (error) {
  console.error(`error: ${error.message}`)
  process.exit(2)
}
const child = spawn(program, process.argv.slice(2), { stdio: 'inherit', windowsHide: true })
// A terminal's Ctrl-C reaches the program by itself; a signal sent to this process must be handed on.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => child.kill(signal))
}
child.on('error', (error) => {
  console.error(`error: ${program} does not start: ${error.message}`)
  process.exit(3)
})
child.on('exit', (code, signal) => {
  if (signal === null) process.exit(code)
  process.removeAllListeners(signal)
  process.kill(process.pid, signal)
})
