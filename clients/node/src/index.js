// WeChat for the tests of a server, and wxcheck's rules as tests. The words are those of pytest-wxcheck.
export { Platform, WxcheckError, startPlatform } from './platform.js'
export { conformance } from './conformance.js'
