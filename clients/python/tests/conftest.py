"""The bot of the compose files, as the server under test."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

BOT = Path(__file__).parents[3] / "deploy" / "bot.py"


class Bot:
    """A running bot, ended by `close`."""

    def __init__(self, token, appid="", secret="", api="http://127.0.0.1:1"):
        settings = {"WECHAT_TOKEN": token, "WECHAT_APPID": appid, "WECHAT_SECRET": secret, "WECHAT_API": api, "PORT": "0"}
        self._process = subprocess.Popen(
            [sys.executable, str(BOT)], env={**os.environ, **settings}, stdout=subprocess.PIPE, text=True
        )
        self.url = self._process.stdout.readline().split()[-1]

    def close(self):
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture
def bot(wechat):
    """A bot that is connected to the platform."""
    bot = Bot(wechat.token, wechat.appid, wechat.secret, wechat.base_url)
    try:
        wechat.connect(bot.url)
        yield bot
    finally:
        bot.close()


@pytest.fixture
def lone_bot():
    """A bot with a Token of its own, and no platform."""
    bot = Bot("aTokenOfYourOwn")
    yield bot
    bot.close()
