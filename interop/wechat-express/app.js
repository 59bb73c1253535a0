'use strict';

// A callback server on the npm package wechat and express, put together as the package's
// README shows. wxcheck judges it, so it must not be better than that: what the SDK lets
// through, or fails on, stays as it is.

const express = require('express');
const wechat = require('wechat');

function fail(text) {
  console.error(text);
  process.exit(1);
}

function setting(name) {
  return process.env[name] || fail(`${name} is not set`);
}

const mode = process.env.WXCHECK_MODE || 'plain';
if (mode !== 'plain' && mode !== 'safe') {
  fail('WXCHECK_MODE must be plain or safe');
}

const config = { token: setting('WXCHECK_TOKEN') };
if (mode === 'safe') {
  config.appid = setting('WXCHECK_APPID');
  config.encodingAESKey = setting('WXCHECK_AES_KEY');
}

const app = express();

app.use(express.query());
app.use('/wechat', wechat(config, function (req, res, next) {
  const message = req.weixin;
  if (message.MsgType === 'text') {
    res.reply(message.Content);
  } else {
    res.reply({ type: 'text', content: 'Sorry, can not handle this for now' });
  }
}));

const server = app.listen(Number(process.env.PORT || 0), '127.0.0.1', function () {
  console.log(`listening on http://127.0.0.1:${server.address().port}/wechat`);
});
