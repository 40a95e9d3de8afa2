"""Every case of tests/vectors/policy, as its README says, and the outputs of the command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import cmkit

from keyring import VECTORS, Json, load, none, pop

POLICY = VECTORS / "policy"
OUTPUTS = Path(__file__).parents[3] / "crates" / "cmkit-cli" / "tests" / "outputs"
CODES = {rule.code for rule in cmkit.rules()}


def rule_cases() -> list[Any]:
    due = {name: count for name, count in load("manifest").items() if name.startswith("policy/rules/")}
    files = {f"policy/rules/{path.name}": load(f"policy/rules/{path.stem}") for path in (POLICY / "rules").iterdir()}
    assert {name: len(file["cases"]) for name, file in files.items()} == due, "the manifest counts otherwise"
    cases = []
    for name, file in files.items():
        code, every = pop(file, "code", "cases")
        none(file)
        assert name == f"policy/rules/{code}.json"
        assert code in CODES
        cases += [pytest.param(code, case, id=f"{code}: {case['name']}") for case in every]
    return cases


def deployments() -> list[str]:
    names = sorted(path.name for path in (POLICY / "deployments").iterdir())
    assert len(names) == load("manifest")["policy/deployments/*/case.json"]
    return names


def settings_of(options: Json | None) -> Json | None:
    """A choice of days is a threshold of the settings."""
    days, settings = pop(options or {}, "expiry_days", "settings")
    none(options or {})
    assert days is None or settings is None
    return settings if days is None else {"version": 1, "thresholds": {"expiryDays": days}}


def verdict(report: cmkit.Report, code: str) -> str:
    """The first of these that the rule says of anything."""
    found = {finding.verdict for finding in report.findings if finding.code == code}
    for word in ("fail", "suppressed", "unknown"):
        if word in found:
            return word
    return "pass" if code in report.passed else "not_applicable"


@pytest.mark.parametrize(("code", "case"), rule_cases())
def test_rule(code: str, case: Json) -> None:
    _, at, due, files, options = pop(case, "name", "at", "verdict", "files", "options")
    where = {name: case.pop(name) for name in ("pointer", "expected", "actual") if name in case}
    none(case)
    documents = [cmkit.Document(name, files[name]) for name in sorted(files)]
    report = cmkit.check(documents, at=at, settings=settings_of(options))
    assert verdict(report, code) == due
    if where:
        found = [
            {
                "pointer": finding.pointer if len(files) == 1 else f"{finding.file}#{finding.pointer}",
                "expected": finding.expected,
                "actual": finding.actual,
            }
            for finding in report.findings
            if finding.code == code and finding.verdict == due
        ]
        assert any(where.items() <= one.items() for one in found), found


@pytest.mark.parametrize("name", deployments())
def test_deployment(name: str) -> None:
    folder = POLICY / "deployments" / name
    case = load(f"policy/deployments/{name}/case")
    _, at, options, _ = pop(case, "shows", "at", "options", "same_as")
    none(case)
    paths = [path for path in sorted(folder.iterdir()) if path.name not in ("case.json", "report.json")]
    documents = [cmkit.Document(path.name, path.read_bytes()) for path in paths]
    report = cmkit.check(documents, at=at, settings=settings_of(options))
    assert report.to_json() == (folder / "report.json").read_text()


@pytest.mark.parametrize("path", [path for path in sorted(OUTPUTS.iterdir()) if path.name != "faulty.txt"])
def test_the_commands_output(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(OUTPUTS.parents[3])
    formats: dict[str, cmkit.Format] = {
        ".azure-devops.txt": "azure-devops",
        ".github.txt": "github",
        ".plain.txt": "plain",
        ".json": "json",
        ".sarif": "sarif",
        ".xml": "junit",
        ".md": "markdown",
    }
    report = cmkit.check("examples/deploy/faulty.json", at="2026-12-01")
    assert report.to(formats["".join(path.suffixes)]) == path.read_text()
