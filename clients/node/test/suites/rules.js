// A test file as a project has it, with what to judge in variables.
import { test } from 'node:test'

import { conformance } from '../../src/index.js'

await conformance(test, { url: async () => process.env.SUITE_URL, only: process.env.SUITE_ONLY.split(',') })
