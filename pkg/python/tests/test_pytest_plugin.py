"""The pytest plugin, in runs of pytest of its own."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

ROOT = Path(__file__).parents[3]
BUILT_IN = hasattr(pytest, "Subtests")


@pytest.fixture
def infra(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a template that has eight errors, two warnings and a note, and one that is good."""
    for name in ("CI", "BUILD_NUMBER"):  # where these are set, pytest's summary repeats each failure's whole text
        monkeypatch.delenv(name, raising=False)
    folder = pytester.mkdir("infra")
    for name in ("faulty", "golden"):
        shutil.copy(ROOT / "examples" / "deploy" / f"{name}.json", folder)
    return folder


def test_one_finding_one_failure(pytester: pytest.Pytester, infra: Path) -> None:
    pytester.makepyfile("""
        def test_faulty(cmkit_check):
            report = cmkit_check("infra/faulty.json", at="2026-12-01")
            assert len(report.failed) == 11

        def test_golden(cmkit_check):
            assert cmkit_check("infra/golden.json", at="2026-12-01").ok
    """)
    result = pytester.runpytest_subprocess("-rA")
    result.assert_outcomes(passed=1, failed=9 if BUILT_IN else 1)
    result.stdout.fnmatch_lines(
        [
            "error CMK5001: the service can't reach vault `kv-orders-prod`",
            "place: infra/faulty.json:40:21",
            "why: *",
            "fix: set `networkAcls.bypass` to `AzureServices`",
        ]
    )
    if BUILT_IN:
        result.stdout.fnmatch_lines(["SUBFAILED*CMK5001 infra/faulty.json:40:21*test_faulty*"])


def test_without_subtests_one_failure_lists_all(pytester: pytest.Pytester, infra: Path) -> None:
    pytester.makepyfile("""
        def test_faulty(cmkit_check):
            cmkit_check("infra/faulty.json", at="2026-12-01", fail_on="note")
    """)
    result = pytester.runpytest_subprocess("-p", "no:subtests")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["error CMK6005: *", "error CMK3001: *", "warning CMK7004: *", "note CMK2003: *"])


def test_levels_and_unknowns(pytester: pytest.Pytester, infra: Path) -> None:
    vaultless = (infra / "golden.json").read_text().replace('"enablePurgeProtection": true,', "")
    (infra / "unsure.json").write_text(vaultless.replace('"bypass": "AzureServices"', '"bypass": "[parameters(\'none\')]"'))
    pytester.makepyfile("""
        import pytest

        @pytest.mark.parametrize("level", ["error", "warning", "note"])
        def test_level(cmkit_check, level):
            cmkit_check("infra/faulty.json", at="2026-12-01", fail_on=level)

        def test_unknown(cmkit_check):
            assert cmkit_check("infra/unsure.json", at="2026-12-01", fail_on="error").unknown

        def test_unknown_fails(cmkit_check):
            cmkit_check("infra/unsure.json", at="2026-12-01", unknown=True)
    """)
    result = pytester.runpytest_subprocess("-p", "no:subtests", "test_levels_and_unknowns.py::test_level")
    result.assert_outcomes(failed=3)
    starts = [line.split(" CMK")[0] for line in result.outlines]
    assert [starts.count(level) for level in ("error", "warning", "note")] == [24, 4, 1]
    result = pytester.runpytest_subprocess("-p", "no:subtests", "-k", "unknown_fails")
    result.stdout.fnmatch_lines(["unknown CMK*: *", "answer: * would settle it*"])


def test_files_whose_rules_are_tests(pytester: pytest.Pytester, infra: Path) -> None:
    pytester.makepyprojecttoml("""
        [tool.pytest.ini_options]
        cmkit_files = ["infra/*.json"]
        cmkit_at = "2026-12-01"
        cmkit_fail_on = "warning"
    """)
    schema = "https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#"
    parameters = {"$schema": schema, "contentVersion": "1.0.0.0", "parameters": {}}
    (infra / "golden.parameters.json").write_text(json.dumps(parameters))
    result = pytester.runpytest_subprocess("-rfs", "-v", "infra/faulty.json")
    result.assert_outcomes(failed=10, skipped=1, passed=47)
    result.stdout.fnmatch_lines(
        [
            "infra/faulty.json::CMK1001 PASSED*",
            "infra/faulty.json::CMK5001?/resources/1/properties/networkAcls/bypass? FAILED*",
            "place: infra/faulty.json:40:21",
            "SKIPPED*: note CMK2003: *; place: infra/faulty.json:54:24; *",
        ]
    )
    result = pytester.runpytest_subprocess("infra/faulty.json", "-k", "CMK5001")
    result.assert_outcomes(failed=1, deselected=57)
    outcome = pytester.runpytest_subprocess("infra", "-k", "golden").parseoutcomes()
    assert "failed" not in outcome
    assert outcome["passed"] > 40
    (infra / "golden.parameters.json").write_text("{")
    assert pytester.runpytest_subprocess("infra", "-k", "golden").parseoutcomes()["errors"] == 1  # it is read


def test_settings_and_a_baseline_of_the_configuration(pytester: pytest.Pytester, infra: Path) -> None:
    pytester.makepyprojecttoml("""
        [tool.pytest.ini_options]
        cmkit_settings = ".cmkit.json"
    """)
    (pytester.path / ".cmkit.json").write_text('{ "version": 1, "levels": { "CMK5001": "off" } }')
    pytester.makepyfile("""
        def test_faulty(cmkit_check):
            cmkit_check("infra/faulty.json", at="2026-12-01")
    """)
    result = pytester.runpytest_subprocess("-p", "no:subtests")
    result.assert_outcomes(failed=1)
    assert "error CMK6005" in result.stdout.str()
    assert "CMK5001" not in result.stdout.str()


def test_nobody_else_notices(pytester: pytest.Pytester, infra: Path) -> None:
    """Without its options the plugin collects nothing, and imports nothing of the policy half."""
    pytester.makepyfile("""
        import sys

        def test_nothing():
            assert not [name for name in sys.modules if name.startswith("cmkit._policy")]
    """)
    pytester.runpytest_subprocess(".", "infra").assert_outcomes(passed=1)
