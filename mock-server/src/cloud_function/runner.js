const Module = require('module');
const path = require('path');

let text = '';
process.stdin.on('data', part => { text += part; });
process.stdin.on('end', async () => {
  for (const name of ['log', 'info', 'debug']) console[name] = console.error;
  const calls = [];
  const end = told => process.stdout.write(JSON.stringify({ ...told, calls }), () => process.exit(0));
  try {
    const { event, wx } = JSON.parse(text);
    const load = Module._load;
    const sdk = standIn(wx, calls);
    Module._load = (request, ...rest) => request === 'wx-server-sdk' ? sdk : load(request, ...rest);
    // Nothing returned leaves the key out; null stays.
    end({ result: await require(path.resolve(process.argv[1])).main(event, {}) });
  } catch (error) {
    const missing = Boolean(error) && (error.standIn || error.code === 'MODULE_NOT_FOUND');
    end({ error: String(error && error.message || error).split('\n')[0], missing });
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
