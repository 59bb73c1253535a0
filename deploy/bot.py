#!/usr/bin/env python3
"""A small bot: it answers "you said …" through the customer-service API. Plain mode, XML, Python's own library alone.

It is what the compose files start, and what the tests of the clients write to. Settings are variables: WECHAT_TOKEN,
WECHAT_APPID, WECHAT_SECRET, WECHAT_API (the base URL of the API), HOST and PORT. It says `listening on URL` once it is.
"""

import hashlib
import hmac
import json
import os
import queue
import threading
import time
import xml.etree.ElementTree as ElementTree
from collections import OrderedDict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib import parse, request

TOKEN = os.environ["WECHAT_TOKEN"]
APPID = os.environ["WECHAT_APPID"]
SECRET = os.environ["WECHAT_SECRET"]
API = os.environ.get("WECHAT_API", "https://api.weixin.qq.com")
# WeChat's pushes are a few KB; nothing larger is read.
LARGEST = 256 * 1024
# Seconds for which a timestamp is taken, and for which a message is remembered: WeChat's retries end within 20.
FRESH = 300
# Bytes of a text that WeChat takes.
LONGEST_TEXT = 2048


def is_signed(query):
    """True if the query is signed with our Token, within the last minutes."""
    timestamp, nonce = query.get("timestamp", ""), query.get("nonce", "")
    try:
        age = abs(time.time() - int(timestamp))
    except ValueError:
        return False
    joined = "".join(sorted([TOKEN, timestamp, nonce]))
    own = hashlib.sha1(joined.encode()).hexdigest()
    return age < FRESH and hmac.compare_digest(own.encode(), query.get("signature", "").encode())


def read_push(body):
    """The fields of a push; None for what is no push. A DTD has no place in one."""
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        return None
    try:
        root = ElementTree.fromstring(body)
    except (ElementTree.ParseError, ValueError, LookupError):
        return None
    fields = {child.tag: child.text or "" for child in root}
    return fields if root.tag == "xml" and fields.get("FromUserName") and fields.get("MsgType") else None


class Seen:
    """What was acted on already: WeChat delivers a message again where its answer came late."""

    def __init__(self):
        self._keys = OrderedDict()
        self._lock = threading.Lock()

    def is_new(self, push):
        key = push.get("MsgId") or (push["FromUserName"], push.get("CreateTime"), push.get("Event"))
        now = time.monotonic()
        with self._lock:
            while self._keys and next(iter(self._keys.values())) < now - FRESH:
                self._keys.popitem(last=False)
            if key in self._keys:
                return False
            self._keys[key] = now
            return True


class Sender(threading.Thread):
    """Sends the answers behind WeChat's back, so that a push is answered at once."""

    def __init__(self):
        super().__init__(daemon=True)
        self.waiting = queue.Queue(maxsize=10_000)
        # A proxy of the environment is for the real API; this one's base URL may be on this machine.
        handlers = [] if API.startswith("https://api.weixin") else [request.ProxyHandler({})]
        self._opener = request.build_opener(*handlers)
        self._token = None
        self._expires = 0.0

    def run(self):
        while True:
            openid, text = self.waiting.get()
            # Cut between two characters.
            content = text.encode()[:LONGEST_TEXT].decode(errors="ignore")
            message = {"touser": openid, "msgtype": "text", "text": {"content": content}}
            for attempt in range(3):
                try:
                    code = self._call("/cgi-bin/message/custom/send?access_token=" + self._access_token(), message)["errcode"]
                except (OSError, ValueError, KeyError) as error:
                    print(f"the message was not sent: {error}", flush=True)
                    code = -1
                # A token that is no longer taken is thrown away; WeChat's own trouble is waited for.
                if code in (40001, 42001, 40014):
                    self._token = None
                elif code == -1:
                    time.sleep(0.1 * (attempt + 1))
                else:
                    break

    def _access_token(self):
        if self._token is None or time.monotonic() > self._expires:
            form = {"grant_type": "client_credential", "appid": APPID, "secret": SECRET}
            answer = self._call("/cgi-bin/stable_token", form)
            self._token = answer["access_token"]
            self._expires = time.monotonic() + answer["expires_in"] - 300
        return self._token

    def _call(self, path, body):
        data = json.dumps(body, ensure_ascii=False).encode()
        asked = request.Request(API + path, data=data, headers={"Content-Type": "application/json"})
        with self._opener.open(asked, timeout=5) as answer:
            return json.load(answer)


class Callback(BaseHTTPRequestHandler):
    """The callback URL."""

    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self):
        query = self._query()
        if is_signed(query) and "echostr" in query:
            self._answer(200, query["echostr"])
        else:
            self._answer(403, "")

    def do_POST(self):
        try:
            length = int(self.headers.get("Content-Length", ""))
        except ValueError:
            return self._refuse(411)
        if not 0 <= length <= LARGEST:
            return self._refuse(413)
        body = self.rfile.read(length)
        if not is_signed(self._query()):
            return self._answer(403, "")
        push = read_push(body)
        if push is None:
            return self._answer(400, "")
        if push["MsgType"] == "text" and SEEN.is_new(push):
            try:
                SENDER.waiting.put_nowait((push["FromUserName"], "you said " + push.get("Content", "")))
            except queue.Full:
                return self._answer(503, "")
        self._answer(200, "success")

    def _query(self):
        return dict(parse.parse_qsl(parse.urlsplit(self.path).query, keep_blank_values=True))

    def _refuse(self, status):
        """An answer to a request whose body is not read, so that the connection ends with it."""
        self.close_connection = True
        self._answer(status, "")

    def _answer(self, status, text):
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        """Nothing: a query holds signatures."""


class Server(ThreadingHTTPServer):
    """Connections wait for their thread rather than being refused."""

    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Nothing: whoever called has gone."""


SEEN = Seen()
SENDER = Sender()

if __name__ == "__main__":
    SENDER.start()
    server = Server((os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "0"))), Callback)
    print(f"listening on http://{server.server_address[0]}:{server.server_port}/wechat", flush=True)
    server.serve_forever()
