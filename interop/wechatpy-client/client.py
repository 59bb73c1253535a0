"""Drives wechatpy's HTTP client against a mock of WeChat's API: one JSON line for each step.

wechatpy writes the token's URL into fetch_access_token, and its own subclasses (WeChatComponentClient) override
that method; so does this one. Everything else follows API_BASE_URL.
"""
import json
import os

import requests
from wechatpy import WeChatClient
from wechatpy.exceptions import WeChatClientException

BASE = os.environ["BASE_URL"]
APPID = os.environ["APPID"]
OPENID = os.environ["OPENID"]


class Client(WeChatClient):
    API_BASE_URL = BASE + "/cgi-bin/"

    def fetch_access_token(self):
        return self._fetch_access_token(
            url=BASE + "/cgi-bin/token",
            params={"grant_type": "client_credential", "appid": self.appid, "secret": self.secret},
        )


def tell(step, **what):
    print(json.dumps({"step": step, **what}), flush=True)


client = Client(APPID, os.environ["APP_SECRET"])
client.wxa.API_BASE_URL = BASE + "/"

token = client.access_token
tell("token", length=len(token), again=client.access_token == token)
tell("send", **client.message.send_text(OPENID, "你好"))
try:
    client.message.send_text("oStranger", "你好")
    tell("stranger", errcode=0)
except WeChatClientException as error:
    tell("stranger", errcode=error.errcode, errmsg=error.errmsg)
requests.post(f"{BASE}/_wxcheck/apps/{APPID}/tokens/revoke", timeout=5).raise_for_status()
tell("revoked", **client.message.send_text(OPENID, "再见"), renewed=client.access_token != token)
data = {"thing1": {"value": "order"}}
tell("subscribe", **client.wxa.send_subscribe_message(OPENID, os.environ["TEMPLATE"], data))
session = client.wxa.code_to_session(os.environ["CODE"])
tell("session", openid=session["openid"], key=len(session["session_key"]))
