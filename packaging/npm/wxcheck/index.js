'use strict'
// Where the program is: in the package for this machine, which npm installs by its `os` and `cpu`.

const PACKAGES = {
  'linux x64': '@wxcheck/linux-x64',
  'linux arm64': '@wxcheck/linux-arm64',
  'darwin x64': '@wxcheck/darwin-x64',
  'darwin arm64': '@wxcheck/darwin-arm64',
  'win32 x64': '@wxcheck/win32-x64',
}

/** Path of the program for this machine. */
exports.binary = function binary() {
  const machine = `${process.platform} ${process.arch}`
  const name = PACKAGES[machine]
  if (!name) {
    throw new Error(`wxcheck has no program for ${machine}; build it with cargo install wxcheck`)
  }
  const file = process.platform === 'win32' ? 'wxcheck.exe' : 'wxcheck'
  try {
    return require.resolve(`${name}/${file}`)
  } catch {
    throw new Error(`${name} is not installed; install wxcheck without --omit=optional (or --no-optional)`)
  }
}
