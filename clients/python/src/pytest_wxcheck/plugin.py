"""Options, fixtures and the collection of rules."""

import pytest

from .platform import Platform
from .rules import RuleItem, Rules, Run


def pytest_addoption(parser):
    group = parser.getgroup("wxcheck", "judging a WeChat callback server")
    group.addoption("--wxcheck-url", metavar="URL", help="callback URL to judge: one item a rule")
    group.addoption(
        "--wxcheck-only", metavar="PATTERN", action="append", default=[], help="only these rules; may be repeated"
    )
    group.addoption(
        "--wxcheck-strict", action="store_true", help="fail on a Should, on flaky and on inconclusive verdicts too"
    )
    group.addoption(
        "--wxcheck-option",
        metavar="OPTION",
        action="append",
        default=[],
        help="an option for `wxcheck check`, like --wxcheck-option=--mode=safe; may be repeated",
    )
    parser.addini("wxcheck_account", "kind of account of the `wechat` fixture", default="mini")
    parser.addini("wxcheck_mode", "plain, compat or safe, for the `wechat` fixture", default="plain")
    parser.addini("wxcheck_format", "xml or json, for the `wechat` fixture", default="xml")


def pytest_configure(config):
    config.addinivalue_line("markers", "wxcheck: a rule of wxcheck")
    for level in ("must", "should", "info"):
        config.addinivalue_line("markers", f"{level}: a rule of wxcheck with that level")
    if config.getoption("--wxcheck-url") and hasattr(config, "workerinput"):
        raise pytest.UsageError("--wxcheck-url makes one run for all items: use it without xdist (-n0)")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(session, config, items):
    """Adds the rules first, so that -k and -m choose among them as among all items."""
    url = config.getoption("--wxcheck-url")
    if not url:
        return
    run = Run(url, config.getoption("--wxcheck-only"), config.getoption("--wxcheck-option"), config.invocation_params.dir)
    strict = config.getoption("--wxcheck-strict")
    parent = Rules.from_parent(session, name="wxcheck", nodeid="wxcheck")
    rules = run.rules()
    items.extend(RuleItem.from_parent(parent, name=rule["id"], rule=rule, run=run, strict=strict) for rule in rules)


@pytest.fixture(scope="session")
def wechat_session(pytestconfig):
    """The platform of the whole session, for a server that is started once."""
    platform = Platform(
        account=pytestconfig.getini("wxcheck_account"),
        mode=pytestconfig.getini("wxcheck_mode"),
        format=pytestconfig.getini("wxcheck_format"),
    )
    with platform:
        yield platform


@pytest.fixture
def wechat(wechat_session):
    """The platform, as it was before any user wrote."""
    wechat_session.reset()
    return wechat_session
