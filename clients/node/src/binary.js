// The program that this package drives.
import { accessSync, constants, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join } from 'node:path'

/** Path of the program: WXCHECK_BIN, the package `wxcheck` of the project, or the PATH. */
export function findBinary() {
  const named = process.env.WXCHECK_BIN
  if (named) {
    if (isProgram(named)) return named
    throw new Error(`WXCHECK_BIN names ${named}, which is no program`)
  }
  const found = ofPackage() ?? onPath()
  if (found) return found
  throw new Error('wxcheck is not installed: npm install --save-dev wxcheck, or name the program in WXCHECK_BIN')
}

function ofPackage() {
  for (const place of [join(process.cwd(), 'package.json'), import.meta.url]) {
    try {
      return createRequire(place)('wxcheck').binary()
    } catch {
      // Not installed there, or not for this machine: the PATH may have one.
    }
  }
}

function onPath() {
  const name = process.platform === 'win32' ? 'wxcheck.exe' : 'wxcheck'
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return folders.map((folder) => join(folder, name)).find(isProgram)
}

function isProgram(path) {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false
  }
}
