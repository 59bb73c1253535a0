"""A callback server on wechatpy and Flask, put together as wechatpy's quick start and its
two echo examples show. wxcheck judges it, so it must not be better than they are: what the
SDK lets through, or fails on, stays as it is.
"""

import os
import sys

from flask import Flask, abort, request
from wechatpy import create_reply, parse_message
from wechatpy.crypto import WeChatCrypto
from wechatpy.exceptions import InvalidAppIdException, InvalidSignatureException
from wechatpy.utils import check_signature
from werkzeug.serving import make_server


def setting(name):
    value = os.environ.get(name, "")
    if not value:
        sys.exit(f"{name} is not set")
    return value


MODE = os.environ.get("WXCHECK_MODE", "plain")
if MODE not in ("plain", "safe"):
    sys.exit("WXCHECK_MODE must be plain or safe")
TOKEN = setting("WXCHECK_TOKEN")
if MODE == "safe":
    APPID = setting("WXCHECK_APPID")
    AES_KEY = setting("WXCHECK_AES_KEY")

app = Flask(__name__)


def answer(xml):
    """The reply (XML) to one message (XML): text comes back, anything else gets an apology."""
    msg = parse_message(xml)
    if msg.type == "text":
        reply = create_reply(msg.content, msg)
    else:
        reply = create_reply("Sorry, can not handle this for now", msg)
    return reply.render()


@app.route("/wechat", methods=["GET", "POST"])
def wechat():
    signature = request.args.get("signature", "")
    timestamp = request.args.get("timestamp", "")
    nonce = request.args.get("nonce", "")
    try:
        check_signature(TOKEN, signature, timestamp, nonce)
    except InvalidSignatureException:
        abort(403)
    if request.method == "GET":
        return request.args.get("echostr", "")

    if MODE == "plain":
        return answer(request.data)

    crypto = WeChatCrypto(TOKEN, AES_KEY, APPID)
    msg_signature = request.args.get("msg_signature", "")
    try:
        xml = crypto.decrypt_message(request.data, msg_signature, timestamp, nonce)
    except (InvalidSignatureException, InvalidAppIdException):
        abort(403)
    return crypto.encrypt_message(answer(xml), nonce, timestamp)


if __name__ == "__main__":
    server = make_server("127.0.0.1", int(os.environ.get("PORT", "0")), app, threaded=True)
    print(f"listening on http://127.0.0.1:{server.server_port}/wechat", flush=True)
    server.serve_forever()
