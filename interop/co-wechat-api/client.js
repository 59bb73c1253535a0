// Drives co-wechat-api's client against a mock of WeChat's API: one JSON line for each step. Its prefixes are
// plain properties, set here to the mock's base URL.
'use strict';

const API = require('co-wechat-api');

const { BASE_URL, APPID, APP_SECRET, OPENID, TEMPLATE, CODE } = process.env;

const tell = (step, what) => console.log(JSON.stringify({ step, ...what }));

async function main() {
  const api = new API(APPID, APP_SECRET);
  api.prefix = `${BASE_URL}/cgi-bin/`;
  api.snsPrefix = `${BASE_URL}/sns/`;
  api.wxaPrefix = `${BASE_URL}/wxa/`;

  const { accessToken } = await api.ensureAccessToken();
  const again = (await api.ensureAccessToken()).accessToken === accessToken;
  tell('token', { length: accessToken.length, again });
  tell('send', await api.sendText(OPENID, '你好'));
  try {
    await api.sendText('oStranger', '你好');
    tell('stranger', { errcode: 0 });
  } catch (error) {
    tell('stranger', { errcode: error.code, errmsg: error.message });
  }
  await fetch(`${BASE_URL}/_wxcheck/apps/${APPID}/tokens/revoke`, { method: 'POST' });
  const sent = await api.sendText(OPENID, '再见');
  const renewed = (await api.ensureAccessToken()).accessToken !== accessToken;
  tell('revoked', { ...sent, renewed });
  const data = { thing1: { value: 'order' } };
  tell('subscribe', await api.sendSubscribeMessage(OPENID, TEMPLATE, 'index', data));
  const session = await api.code2Session(CODE);
  tell('session', { openid: session.openid, key: session.session_key.length });
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
