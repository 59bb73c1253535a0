"""The rules as items: `pytest --wxcheck-url …`, run as somebody else's suite."""

import pytest


@pytest.fixture(autouse=True)
def settings(monkeypatch):
    """The settings of `check`, as a project's CI sets them."""
    monkeypatch.setenv("WXCHECK_TOKEN", "aTokenOfYourOwn")


def judge(pytester, url, *more):
    return pytester.runpytest_subprocess("--wxcheck-url", url, *more)


def test_a_rule_is_an_item(pytester, lone_bot):
    result = judge(pytester, lone_bot.url, "--wxcheck-only", "url-check/*", "-v")
    result.stdout.fnmatch_lines(["*url-check/echoes-echostr PASSED*"])
    assert result.parseoutcomes() == {"passed": 8}
    assert result.ret == 0


def test_a_broken_rule_fails_with_claim_and_fix(pytester, lone_bot, monkeypatch):
    monkeypatch.setenv("WXCHECK_TOKEN", "anotherToken")
    result = judge(pytester, lone_bot.url, "--wxcheck-only", "url-check/answers-directly")
    result.stdout.fnmatch_lines(["*claim*", "*expected*", "*got*", "*fix*"])
    assert result.ret == 1


def test_a_server_that_is_not_there_fails_every_item(pytester):
    result = judge(pytester, "http://127.0.0.1:1/wechat", "--wxcheck-only", "url-check/*")
    result.stdout.fnmatch_lines(["*nothing listens at 127.0.0.1:1*"])
    assert result.parseoutcomes() == {"failed": 8}


def test_what_cannot_be_judged_is_skipped_with_its_reason(pytester, lone_bot):
    rules = ("--wxcheck-only", "envelope/*", "--wxcheck-only", "url-check/bare-get")
    result = judge(pytester, lone_bot.url, *rules, "-rs")
    result.stdout.fnmatch_lines(["SKIPPED*skipped: *"])
    assert result.parseoutcomes()["skipped"] > 1


def test_k_and_m_choose_among_rules(pytester, lone_bot):
    result = judge(pytester, lone_bot.url, "--wxcheck-only", "url-check/*", "-k", "echo", "-m", "must")
    assert result.parseoutcomes() == {"passed": 1, "deselected": 7}


def test_a_rule_that_does_not_exist_is_a_usage_error(pytester):
    result = judge(pytester, "http://127.0.0.1:1/wechat", "--wxcheck-only", "reply/acknowledge")
    result.stderr.fnmatch_lines(["*reply/acknowledge*"])
    assert result.ret == 4


def test_without_a_url_nothing_is_judged(pytester):
    pytester.makepyfile("def test_own():\n    pass\n")
    assert pytester.runpytest_subprocess().parseoutcomes() == {"passed": 1}
