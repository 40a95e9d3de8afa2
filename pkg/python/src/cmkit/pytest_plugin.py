"""The pytest plugin: a fixture that checks documents in a test, and files whose rules are tests themselves.

In a test, each finding is a failure of its own (a subtest, from pytest 9 on):

    def test_deployment(cmkit_check):
        cmkit_check("infra/main.json", "infra/main.parameters.json", at="2027-03-01")

Without one, for files that `cmkit_files` names in pytest's configuration and that are among what pytest collects: each rule
that a file keeps is a test that passes, each finding one that fails; what the file doesn't say, and what is accepted, is
skipped.

    [tool.pytest.ini_options]
    testpaths = ["tests", "infra"]
    cmkit_files = ["infra/*.json"]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from . import Documents, Finding, Level, Report, Settings, Time

    Check = Callable[..., Report]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("cmkit_files", "files whose rules are tests: patterns of paths, in which * crosses folders too", "args")
    parser.addini("cmkit_at", "the time that files are checked for; now, if left out")
    parser.addini("cmkit_settings", "the .cmkit.json of every check, relative to the root of the tests")
    parser.addini("cmkit_baseline", "a baseline whose findings are accepted, relative to the root of the tests")
    parser.addini("cmkit_fail_on", "the least level of findings that fail: error, warning or note", default="error")


@pytest.fixture
def cmkit_check(request: pytest.FixtureRequest) -> Check:
    """Check documents as `cmkit.check` does; each finding at or above `fail_on` is a failure of its own.

    What the documents don't say fails with `unknown=True` only. What is left out is as the configuration says. The report is
    returned where nothing fails, and, with subtests, where something does.
    """

    def check(
        *documents: Documents,
        at: Time | None = None,
        settings: Settings | None = None,
        baseline: Settings | None = None,
        fail_on: Level | None = None,
        unknown: bool = False,
    ) -> Report:
        __tracebackhide__ = True
        report = _report(request.config, documents, at=at, settings=settings, baseline=baseline)
        due = [finding for finding in report.failed if _fails(request.config, finding, fail_on)]
        due += report.unknown if unknown else ()
        subtest = _subtests(request)
        if due and subtest is None:
            pytest.fail("\n".join(map(report.describe, due)), pytrace=False)
        elif subtest is not None:
            for finding in due:
                with subtest(f"{finding.code} {finding.place}"):
                    pytest.fail(report.describe(finding), pytrace=False)
        return report

    return check


def _subtests(request: pytest.FixtureRequest) -> Callable[[str], AbstractContextManager[Any]] | None:
    """How a failure is made one of its own: pytest's subtests, or those of a plugin."""
    try:
        return request.getfixturevalue("subtests").test  # type: ignore[no-any-return]
    except pytest.FixtureLookupError:
        return None


def _report(config: pytest.Config, documents: tuple[Documents, ...], **given: Any) -> Report:
    from . import check

    for name in ("settings", "baseline"):
        if given.get(name) is None and (path := config.getini(f"cmkit_{name}")):
            given[name] = config.rootpath / path
    if given.get("at") is None:
        given["at"] = config.getini("cmkit_at") or None
    return check(*documents, **given)


def _fails(config: pytest.Config, finding: Finding, fail_on: str | None = None) -> bool:
    levels = ("error", "warning", "note")
    least = fail_on or config.getini("cmkit_fail_on")
    if least not in levels:
        raise pytest.UsageError(f"cmkit: `{least}` is not a level: error, warning or note")
    return levels.index(finding.level) <= levels.index(least)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    patterns = parent.config.getini("cmkit_files")
    if not patterns or file_path.name.endswith(".parameters.json"):  # these go with their template
        return None
    name = _name(parent.config, file_path)
    if not any(fnmatchcase(name, pattern) for pattern in patterns):
        return None
    return CheckedFile.from_parent(parent, path=file_path)


def _name(config: pytest.Config, path: Path) -> str:
    """A path as findings and baselines have it: from the root of the tests on."""
    return (path.relative_to(config.rootpath) if path.is_relative_to(config.rootpath) else path).as_posix()


class CheckedFile(pytest.File):
    """A file that is checked, with the `NAME.parameters.json` beside it."""

    def collect(self) -> Iterator[pytest.Item]:
        from . import Document

        beside = self.path.with_suffix(".parameters.json")
        paths = (self.path, beside) if beside.is_file() else (self.path,)
        report = _report(self.config, tuple(Document(_name(self.config, path), path.read_bytes()) for path in paths))
        for code in report.passed:
            yield RuleItem.from_parent(self, name=code, report=report, finding=None)
        for finding in report.findings:
            name = f"{finding.code}[{finding.pointer}]"
            yield RuleItem.from_parent(self, name=name, report=report, finding=finding)


class RuleItem(pytest.Item):
    """A rule that a file keeps, or one finding."""

    def __init__(self, *, report: Report, finding: Finding | None, **given: Any) -> None:
        super().__init__(**given)
        self.report = report
        self.finding = finding

    def runtest(self) -> None:
        if self.finding is None:
            return
        said = self.report.describe(self.finding)
        if self.finding.verdict == "fail" and _fails(self.config, self.finding):
            pytest.fail(said, pytrace=False)
        pytest.skip("; ".join(said.splitlines()[:3]))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        line = self.finding.span.line - 1 if self.finding else None
        return self.path, line, self.name
