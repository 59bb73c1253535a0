"""wxcheck's rules as pytest items: one item a rule, all of one run."""

import json
import subprocess
import tempfile
import warnings
from pathlib import Path

import pytest

from . import binary

#: Nothing is wrong, or nothing that fails a test.
_PASSES = {"passed", "noted"}
_FAILS = {"failed", "errored"}
#: A Should that is broken, or a finding that a second look did not show.
_WARNS = {"warned", "flaky"}


#: Characters of the program's own words that are shown.
_TOLD = 4000


class RuleWarning(UserWarning):
    """A Should that the server breaks, or a finding that did not show twice."""


class Run:
    """One run of `wxcheck check`, made when the first item asks for its verdict."""

    def __init__(self, url, patterns, options, folder):
        self.url = url
        self.patterns = patterns
        self.options = options
        #: The folder where pytest was started: wxcheck.toml is read there.
        self.folder = folder
        self._rows = None
        self._failure = None

    def rules(self):
        """The rules that are picked, as `wxcheck rules` lists them; nothing is sent for that."""
        picked = {}
        for pattern in self.patterns or [None]:
            command = [binary.find(), "rules", "--json"] + ([pattern] if pattern else [])
            listed = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=False)
            if listed.returncode != 0:
                raise pytest.UsageError(f"wxcheck rules: {listed.stderr.strip()}")
            picked.update((rule["id"], rule) for rule in json.loads(listed.stdout))
        return list(picked.values())

    def row(self, rule):
        """The verdict on a rule; None where the run ended before it."""
        if self._rows is None:
            self._rows = self._make()
        return self._rows.get(rule)

    def without_verdict(self):
        """The reason why the run has no verdict, in full the first time; None where it has one."""
        told, self._failure = self._failure, self._failure and "the run has no verdict: its first item says why"
        return told

    def _make(self):
        with tempfile.TemporaryDirectory(prefix="wxcheck-") as folder:
            report = Path(folder) / "report.json"
            command = [binary.find(), "check", self.url, "--report-json", str(report), *self.options]
            for pattern in self.patterns:
                command += ["--only", pattern]
            ran = subprocess.run(
                command, cwd=self.folder, capture_output=True, text=True, encoding="utf-8", errors="replace", check=False
            )
            # 0 and 1 are verdicts; after any other code the terminal says what is missing.
            if ran.returncode not in (0, 1):
                said = (ran.stdout.strip() + "\n" + ran.stderr.strip()).strip()
                self._failure = f"wxcheck check ended with {ran.returncode}:\n{said[-_TOLD:]}"
            if not report.exists():
                return {}
            rows = json.loads(report.read_text(encoding="utf-8"))["rules"]
        return {row["id"]: row for row in rows}


class Rules(pytest.Collector):
    """All rules, as children of the session."""

    def collect(self):
        return []


class RuleItem(pytest.Item):
    """One rule."""

    def __init__(self, *, rule, run, strict, **rest):
        super().__init__(**rest)
        self.rule = rule
        self.run = run
        self.strict = strict
        self.add_marker("wxcheck")
        self.add_marker(rule["level"])

    def runtest(self):
        row = self.run.row(self.rule["id"])
        verdict = row["verdict"] if row else None
        if verdict in _PASSES:
            return
        if row and row.get("known"):
            pytest.skip(f"known: {row['known']['reason']}")
        told = _told(row, self.rule) if row else ""
        without = None if verdict in _FAILS else self.run.without_verdict()
        # What the run could not judge is no skipped test: nobody would look at a run without contact.
        if without or row is None:
            raise RuleFailure(without or "the report lacks this rule")
        if verdict in _WARNS and not self.strict:
            warnings.warn(RuleWarning(told), stacklevel=1)
        elif verdict == "skipped" or (verdict == "inconclusive" and not self.strict):
            pytest.skip(f"{verdict}: {row.get('reason') or 'no reason given'}")
        else:
            raise RuleFailure(told)

    def repr_failure(self, excinfo, style=None):
        if isinstance(excinfo.value, RuleFailure):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style=style)

    def reportinfo(self):
        return self.path, None, self.rule["id"]


class RuleFailure(Exception):
    """A rule that the server breaks."""


def _told(row, rule):
    """A finding as text: the claim, both sides, and what to do."""
    again = row.get("reproduction") or {}
    words = {
        "claim": row.get("claim"),
        "expected": row.get("expected"),
        "got": row.get("actual"),
        "reason": row.get("reason"),
        "fix": rule["fix"],
        "again": again.get("replay") and f"wxcheck replay {again['replay']}",
    }
    lines = [f"  {name:<9}{text}" for name, text in words.items() if text]
    return "\n".join([f"{row['id']} ({row['level']}, {row['verdict']})", *lines])
