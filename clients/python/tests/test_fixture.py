"""The fixture `wechat`."""

import pytest

from pytest_wxcheck import Platform, WxcheckError


def test_a_text_is_answered_by_a_message(wechat, bot):
    outcome = wechat.send_text("hello", openid="oBob")
    assert outcome.acknowledged
    assert outcome.reply == "success"
    [message] = wechat.messages("oBob", count=1)
    assert message["message"]["text"]["content"] == "you said hello"
    assert [item["from"] for item in wechat.chat("oBob")] == ["user", "server"]


def test_each_test_begins_with_an_empty_platform(wechat):
    assert wechat.messages() == []


def test_a_message_that_does_not_come_is_told(wechat, bot):
    wechat.fail("/cgi-bin/message/custom/send", {"errcode": 45015})
    assert wechat.send_text("hello").acknowledged
    with pytest.raises(WxcheckError, match="0 of 1 messages within 0.2 s"):
        wechat.messages(count=1, timeout=0.2)


def test_a_bot_gets_a_new_token_when_its_own_was_revoked(wechat, bot):
    wechat.send_text("first")
    wechat.messages(count=1)
    wechat.revoke_tokens()
    wechat.send_text("second")
    texts = [message["message"]["text"]["content"] for message in wechat.messages(count=2)]
    assert texts == ["you said first", "you said second"]


def test_a_push_of_the_catalogue_has_the_fields_that_are_set(wechat, bot):
    outcome = wechat.push("text", Content="by name")
    assert outcome.acknowledged
    assert "by name" in outcome.record["request"]["body"]["text"]


def test_a_server_that_is_gone_is_given_up(wechat, bot):
    bot.close()
    outcome = wechat.send_text("hello")
    assert not outcome.acknowledged
    assert outcome.outcome == "given-up"
    assert outcome.reply is None


def test_a_callback_url_is_verified(wechat):
    with pytest.raises(WxcheckError, match="callback.url"):
        wechat.connect("http://127.0.0.1:1/wechat")


def test_a_platform_needs_no_pytest():
    with Platform(account="official", mode="safe") as platform:
        assert platform.control("GET", "/health")["status"] == "ok"
        process = platform._process
    assert process.poll() is not None


def test_the_clock_goes_forward():
    with Platform() as platform:
        before = platform.control("GET", "/clock")
        platform.advance("2h")
        after = platform.control("GET", "/clock")
    assert after["now"] - before["now"] >= 7_200_000


def test_what_the_program_says_is_told_where_it_does_not_start():
    with pytest.raises(WxcheckError, match="--no-such-option"):
        Platform().start("--no-such-option")
