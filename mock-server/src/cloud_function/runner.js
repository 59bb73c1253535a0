const Module = require('module');
const path = require('path');

// What the function writes is its log; what it returns goes out by the way that was there first.
const answer = process.stdout.write.bind(process.stdout);
process.stdout.write = process.stderr.write.bind(process.stderr);

let text = '';
process.stdin.on('data', part => { text += part; });
process.stdin.on('end', async () => {
  const calls = [];
  const end = told => answer(JSON.stringify({ ...told, calls }) + '\n', () => process.exit(0));
  const folder = path.resolve(process.argv[1]);
  try {
    const { event, wx } = JSON.parse(text);
    const load = Module._load;
    const sdk = standIn(wx, calls);
    Module._load = (request, ...rest) => request === 'wx-server-sdk' ? sdk : load(request, ...rest);
    // Nothing returned leaves the key out; null stays.
    const { main } = require(folder);
    if (typeof main !== 'function') throw new Error('exports.main is missing');
    end({ result: await main(event, {}) });
  } catch (error) {
    const said = String(error && error.message || error).split('\n')[0];
    // A package that was not installed is no fault of the function's; a file of its own is.
    const packaged = /^Cannot find module '(?![./])([^']+)'/.exec(said);
    const hint = packaged ? `${said}; run npm install in the folder` : said;
    end({ error: hint, missing: Boolean(error && error.standIn || packaged) });
  }
});

// What stands in for wx-server-sdk.
function standIn(wx, calls) {
  const known = {
    DYNAMIC_CURRENT_ENV: Symbol('DYNAMIC_CURRENT_ENV'),
    init() {},
    updateConfig() {},
    getWXContext: () => ({ ...wx }),
    logger: () => ({ log: console.error, info: console.error, warn: console.error, error: console.error }),
    openapi: api([], calls),
  };
  return new Proxy(known, {
    get(target, name) {
      if (name in target || typeof name === 'symbol') return target[name];
      const said = `cloud.${name} is not there when wxcheck calls the function: of wx-server-sdk only init, getWXContext, logger and openapi are`;
      throw Object.assign(new Error(said), { standIn: true });
    },
  });
}

// cloud.openapi.a.b({…}): noted, and answered as a success.
function api(names, calls) {
  return new Proxy(() => {}, {
    get: (_, name) => api([...names, String(name)], calls),
    async apply(_, __, [argument]) {
      const name = names.join('.');
      calls.push({ name, argument: argument === undefined ? null : argument });
      return { errCode: 0, errMsg: `openapi.${name}:ok` };
    },
  });
}
