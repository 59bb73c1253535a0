"""A mock WeChat platform: `wxcheck serve` as a process of its own, and its control API."""

import json
import os
import re
import secrets
import string
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from typing import Any, Dict, List, Optional
from urllib import error, parse, request

from . import binary

# Seconds for the program to start; a cold machine needs one.
START_LIMIT = 30
# Seconds for one request. WeChat delivers three times and waits five seconds each time.
REQUEST_LIMIT = 40
# The control API is on this machine, so a proxy that the environment names is never asked.
_DIRECT = request.build_opener(request.ProxyHandler({}))


class WxcheckError(Exception):
    """A refusal of the control API, or a program that did not start."""


@dataclass
class Outcome:
    """The end of a push: `acknowledged`, `refused`, `given-up` or `held`; empty where nothing was pushed."""

    outcome: str
    #: One entry a delivery, with `status`, `body`, `millis`, and `silence` where no answer came.
    deliveries: List[Dict[str, Any]] = field(default_factory=list)
    #: The record of the journal: the request as sent, and each answer opened.
    record: Dict[str, Any] = field(default_factory=dict)
    #: The notice that WeChat shows to the user once it has given up.
    user_sees: Optional[str] = None

    @property
    def acknowledged(self) -> bool:
        return self.outcome == "acknowledged"

    @property
    def reply(self) -> Optional[str]:
        """The body of the last answer, in plain text also in safe mode."""
        if not self.deliveries:
            return None
        last = self.deliveries[-1]
        for body in (last.get("opened"), last.get("body")):
            if body:
                return body["text"] if isinstance(body, dict) else body
        return None


class Platform:
    """A platform with one app. Give your server `base_url` for https://api.weixin.qq.com, and the credentials."""

    def __init__(self, account: str = "mini", mode: Optional[str] = None, format: Optional[str] = None):
        self.account = account
        self.mode = mode
        self.format = format
        letters = string.ascii_letters + string.digits
        self.appid = "wx" + secrets.token_hex(8)
        self.secret = secrets.token_hex(16)
        self.token = "".join(secrets.choice(letters) for _ in range(24))
        # The last character of an EncodingAESKey holds two bits that Base64 does not use.
        self.aes_key = "".join(secrets.choice(letters) for _ in range(42)) + "A"
        self.base_url = ""
        self._process: Optional[subprocess.Popen] = None
        self._folder: Optional[tempfile.TemporaryDirectory] = None

    # Life of the process

    def start(self, *options: str) -> "Platform":
        """Starts `serve` on a free port. More options go to the program as they are."""
        program = binary.find()
        # A folder of its own: a wxcheck.toml of the project is for `check`, not for this platform.
        self._folder = tempfile.TemporaryDirectory(prefix="wxcheck-")
        environment = {name: value for name, value in os.environ.items() if not name.startswith("WXCHECK_")}
        # By the environment, since anybody on the machine can read a command line.
        environment["WXCHECK_TOKEN"] = self.token
        environment["WXCHECK_SECRET"] = self.secret
        command = [program, "serve", "--listen", "127.0.0.1:0", "--account", self.account, "--appid", self.appid]
        self._process = subprocess.Popen(
            [*command, "--quiet", *options],
            cwd=self._folder.name,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
        )
        started = threading.Event()
        said: List[str] = []
        threading.Thread(target=self._listen, args=(said, started), daemon=True).start()
        started.wait(START_LIMIT)
        if not self.base_url:
            self.close()
            raise WxcheckError("wxcheck serve did not start:\n" + "".join(said))
        return self

    def _listen(self, said: List[str], started: threading.Event) -> None:
        """Reads all that the program says, so that its pipe never fills up."""
        stream = self._process.stdout
        for line in stream:
            begins = re.match(r"wxcheck \S+ .*(http://\S+)", line)
            if begins and not self.base_url:
                self.base_url = begins[1]
                started.set()
            if not started.is_set():
                said.append(line)
        started.set()
        stream.close()

    def close(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def __enter__(self) -> "Platform":
        return self if self._process else self.start()

    def __exit__(self, *_: Any) -> None:
        self.close()

    # The app

    def connect(self, url: str, verify: bool = True) -> None:
        """Saves the callback URL, as on WeChat's admin page: with the verification, unless told otherwise."""
        callback: Dict[str, Any] = {"url": url, "token": self.token, "verify": verify}
        if self.mode is not None and self.mode != "plain":
            callback["aes_key"] = self.aes_key
        for key, value in (("mode", self.mode), ("format", self.format)):
            if value is not None:
                callback[key] = value
        # Open: users need not be registered before they write.
        form = {"kind": self.account, "secret": self.secret, "open": True, "callback": callback}
        self.control("PUT", f"/apps/{self.appid}", form)

    def reset(self) -> None:
        """Forgets users, tokens, messages and faults; the callback URL stays."""
        self.control("POST", "/reset")

    # A user's acts

    def send_text(self, content: str, openid: str = "oAlice") -> Outcome:
        """Lets a user write a text, and waits until the server has it or WeChat gives it up."""
        return self.act({"act": "send-text", "content": content}, openid)

    def act(self, act: Dict[str, Any], openid: str = "oAlice") -> Outcome:
        """Lets a user do anything of the control API's `acts`, and waits for the push that follows."""
        said = self.control("POST", f"/apps/{self.appid}/users/{_quoted(openid)}/acts?wait=true", act)
        return _outcome(said)

    def push(self, name: str, openid: str = "oAlice", **values: Any) -> Outcome:
        """Sends a push of the catalogue with these fields set. It is no act: it opens no window for messages."""
        form = {"name": name, "from": openid, "set": {key: str(value) for key, value in values.items()}}
        said = self.control("POST", f"/apps/{self.appid}/push", form)
        if said.get("number") is not None:
            said["record"] = self.control("GET", f"/journal/{said['number']}")
        return _outcome(said)

    # The server's acts

    def messages(self, openid: Optional[str] = None, count: int = 0, timeout: float = 10) -> List[Dict[str, Any]]:
        """The messages that the server sent to users, oldest first; with `count`, waits until there are so many."""
        ends = time.monotonic() + timeout
        seen = 0
        while True:
            taken = self._taken(openid)
            left = ends - time.monotonic()
            if len(taken) >= count or left <= 0:
                break
            # Returns with the next record of the journal.
            wait = int(min(left, 5) * 1000)
            seen = self.control("GET", f"/journal?since={seen}&count=1000&wait={wait}")["next"]
        if len(taken) < count:
            raise WxcheckError(f"{len(taken)} of {count} messages within {timeout:g} s: {taken}")
        return taken

    def _taken(self, openid: Optional[str]) -> List[Dict[str, Any]]:
        query = "" if openid is None else f"&openid={_quoted(openid)}"
        found = self.control("GET", f"/apps/{self.appid}/messages?offset=0&count=1000{query}")["messages"]
        return [message for message in found if message["fate"] == "taken"]

    def chat(self, openid: str = "oAlice") -> List[Dict[str, Any]]:
        """The chat as the user's phone shows it, oldest first."""
        return self.control("GET", f"/apps/{self.appid}/users/{_quoted(openid)}/chat")["items"]

    # The platform's operator

    def fail(self, endpoint: str, fault: Any, times: Optional[int] = None) -> None:
        """Makes an endpoint fail on purpose: `fail("/cgi-bin/token", {"errcode": -1}, times=1)`."""
        form: Dict[str, Any] = {"endpoint": endpoint, "fault": fault}
        if times is not None:
            form["times"] = times
        self.control("POST", "/faults", form)

    def revoke_tokens(self) -> None:
        """Ends every access token before its time, as another server that fetches tokens does."""
        self.control("POST", f"/apps/{self.appid}/tokens/revoke")

    def advance(self, by: str) -> None:
        """Moves the platform's clock: "2h". Tokens expire, and windows close.

        It never goes back, not even by `reset`, and pushes bear its time: give a test that moves it a `Platform` of its own.
        """
        self.control("POST", "/clock/advance", {"by": by})

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Asks the control API; `base_url + "/_wxcheck/openapi.json"` describes all of it."""
        data = None if body is None else json.dumps(body).encode()
        asked = request.Request(self.base_url + "/_wxcheck" + path, data=data, method=method)
        asked.add_header("Content-Type", "application/json")
        try:
            with _DIRECT.open(asked, timeout=REQUEST_LIMIT) as answer:
                text = answer.read()
        except error.HTTPError as refusal:
            told = refusal.read().decode(errors="replace")
            try:
                told = json.loads(told)["error"]
            except (ValueError, KeyError, TypeError):
                pass
            raise WxcheckError(f"{method} {path}: {told}") from None
        return json.loads(text) if text else None


def _quoted(openid: str) -> str:
    return parse.quote(openid, safe="")


def _outcome(said: Optional[Dict[str, Any]]) -> Outcome:
    said = said or {}
    record = said.get("record") or {}
    return Outcome(
        outcome=said.get("outcome", ""),
        deliveries=record.get("deliveries") or said.get("deliveries") or [],
        record=record,
        user_sees=said.get("user_sees"),
    )
