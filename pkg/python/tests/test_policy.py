"""The policy half: what goes in, and what comes out."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import doctest
import io
import json
import pickle
import re
import subprocess
import sys
import typing
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ConfigDict, SecretStr, TypeAdapter
from pydantic.alias_generators import to_camel
from rich.console import Console

import cmkit

ROOT = Path(__file__).parents[3]
AT = "2026-12-01"
FAULTY = ROOT / "examples" / "deploy" / "faulty.json"
PLAN = ROOT / "examples" / "terraform" / "plan.json"
LIVE = ROOT / "examples" / "live"
FORM: dict[str, Any] = json.loads(
    re.sub(r"^\s*//.*$", "", (ROOT / "tests/vectors/policy/deployments/form-good/form.json").read_text(), flags=re.MULTILINE)
)
VERSIONED: dict[str, Any] = {**FORM, "keyUrl": f"{FORM['keyUrl']}/0123456789abcdef0123456789abcdef"}
TEMPLATE = cmkit.scaffold("orders", region="westus3", to="arm")


def finding_of(report: cmkit.Report, code: str) -> cmkit.Finding:
    (finding,) = (finding for finding in report.findings if finding.code == code)
    return finding


def test_a_document_is_the_same_however_it_comes(tmp_path: Path) -> None:
    text = json.dumps(VERSIONED)
    path = tmp_path / "input"
    path.write_text(text)
    due = cmkit.check(text, at=AT).to_json()
    every: list[cmkit.Documents] = [
        text.encode(),
        bytearray(text.encode()),
        memoryview(text.encode()),
        VERSIONED,
        [text],
        (one for one in [text]),
        "\ufeff \n" + text,
    ]
    for given in every[:-1]:
        assert cmkit.check(given, at=AT).to_json() == due, type(given)
    assert cmkit.check(every[-1], at=AT).summary == cmkit.check(text, at=AT).summary
    for file in (path, str(path), [path], cmkit.Document(str(path), text)):
        report = cmkit.check(file, at=AT)
        assert (report.inputs.files, report.findings[0].code) == ((str(path),), "CMK3001")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_files_as_powershell_writes_them(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "form.json"
    path.write_text(json.dumps(VERSIONED), encoding=encoding)
    assert finding_of(cmkit.check(path, at=AT), "CMK3001").pointer == "/keyUrl"


def test_text_with_comments_is_text() -> None:
    for comment in ("// new", "/* new */"):
        assert cmkit.check(f"{comment}\n{json.dumps(VERSIONED)}", at=AT).findings[0].span.line == 2


def test_several_documents_make_one_deployment() -> None:
    template = json.loads(re.sub(r"^\s*//.*$", "", TEMPLATE, flags=re.MULTILINE))
    vaults, others = (
        {**template, "resources": [one for one in template["resources"] if ("KeyVault" in one["type"]) is wanted]}
        for wanted in (True, False)
    )
    for given in ([(vaults, others)], [vaults, others], [[cmkit.Document("a.json", vaults), json.dumps(others)]]):
        report = cmkit.check(*given, at=AT)
        assert (report.inputs.vaults, report.inputs.clusters) == (1, 1)
    assert report.inputs.files == ("a.json", "input 2")
    files = sorted(LIVE.glob("*.json"))
    report = cmkit.check(files, at=AT)
    assert report.inputs.files == tuple(str(file) for file in files)
    assert [finding.code for finding in report.failed] == ["CMK8001", "CMK2004"]


def test_a_list_of_mappings_is_a_document() -> None:
    """As the Azure CLI prints one, empty too."""
    grants = json.loads((LIVE / "role-assignments.json").read_text())
    others = [path for path in sorted(LIVE.glob("*.json")) if path.name != "role-assignments.json"]
    assert "CMK4101" in cmkit.check(*others, grants, at=AT).passed
    assert cmkit.check(*others, [], at=AT).inputs.files[-1] == f"input {len(others) + 1}"
    assert finding_of(cmkit.check(*others, [], at=AT), "CMK4101").verdict == "unknown"


def test_pydantic_models_go_in() -> None:
    class Form(BaseModel):
        model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)
        encryption_mode: str
        key_url: str
        key_expires: dt.datetime
        purge_protection: bool
        admin_password: SecretStr | None = None

    expires = dt.datetime(2026, 12, 24, tzinfo=dt.timezone.utc)
    form = Form(encryption_mode="CustomerManaged", key_url=VERSIONED["keyUrl"], key_expires=expires, purge_protection=True)
    model = cmkit.check(form, at=AT)
    assert {"CMK2007", "CMK3001"} <= {finding.code for finding in model.failed}
    plain: dict[str, Any] = form.model_dump(by_alias=True)
    same = [(finding.code, finding.message) for finding in cmkit.check(plain, at=AT).failed]  # with a `datetime` inside
    assert same == [(finding.code, finding.message) for finding in model.failed]


def test_time() -> None:
    midnight = dt.datetime(2026, 12, 1, tzinfo=dt.timezone.utc)
    elsewhere = midnight.astimezone(dt.timezone(dt.timedelta(hours=-8)))
    for same in (AT, midnight, elsewhere, midnight.date(), midnight.timestamp(), f"{AT}T00:00:00Z", f"{AT}T02:00:00+02:00"):
        assert cmkit.check(FORM, at=same).at == f"{AT}T00:00:00Z"
    now = dt.datetime.strptime(cmkit.check(FORM).at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=dt.timezone.utc)
    assert abs((now - dt.datetime.now(dt.timezone.utc)).total_seconds()) < 60
    for wrong in ("soon", dt.datetime(2026, 12, 1), float("nan"), float("inf"), object()):
        with pytest.raises(cmkit.ConfigError) as caught:
            cmkit.check(FORM, at=wrong)  # type: ignore[arg-type]
        assert caught.value.code == "invalid_argument"


def test_what_is_no_document_is_refused_with_its_place(tmp_path: Path) -> None:
    with pytest.raises(cmkit.InputError, match=r"^input: .*line 2"):
        cmkit.check('{\n  "a": }')
    with pytest.raises(cmkit.InputError, match=r"^main\.json: this is not text: save it as UTF-8$"):
        cmkit.check(cmkit.Document("main.json", b"{\xff"))
    with pytest.raises(cmkit.InputError, match="nothing to check"):
        cmkit.check({"a": 1})
    with pytest.raises(FileNotFoundError):
        cmkit.check(tmp_path / "main.json")
    with pytest.raises(FileNotFoundError):
        cmkit.check("resource vault 'Microsoft.KeyVault/vaults'")
    for wrong in (7, {"at": object()}, {"at": float("nan")}):
        with pytest.raises(cmkit.ConfigError):
            cmkit.check(wrong)  # type: ignore[arg-type]


def test_a_report() -> None:
    report = cmkit.check({**VERSIONED, "vaultLocation": ""}, at=AT)
    assert not report.ok
    assert "CMK1002" in report.passed
    assert report.off == ()
    assert [finding.code for finding in report.failed] == ["CMK3001"]
    assert report.findings == report.failed + report.unknown + report.suppressed
    assert repr(report).startswith("<Report not ok at=2026-12-01T00:00:00Z, errors=1, unknown=")
    assert str(report) == report.to("plain")
    assert str(report).startswith(report.describe(report.failed[0]) + "\n")
    unknown = report.describe(report.unknown[0]).splitlines()
    assert unknown[0].startswith(f"unknown {report.unknown[0].code}: ")
    assert unknown[-1].endswith("would settle it") or "would settle it: az " in unknown[-1]
    with pytest.raises(cmkit.ConfigError, match="not of this report"):
        report.describe(dataclasses.replace(report.failed[0], file="another"))
    (question,) = (question for question in report.questions() if question.finding.pointer == "/vaultLocation")
    assert "CMK6005" in question.codes
    assert question.answers[0].evidence
    with pytest.raises(cmkit.ConfigError, match="there are plain, json"):
        report.to("pdf")  # type: ignore[arg-type]
    with pytest.raises(AttributeError):
        report.finding  # type: ignore[attr-defined]  # noqa: B018


def test_a_report_is_what_its_json_says() -> None:
    """All of it, member by member."""
    report = cmkit.check(FAULTY, at=AT)
    plain = json.loads(report.to_json())
    found = dataclasses.asdict(report)
    for finding in found["findings"]:
        for name in ("evidence", "command", "reason", "until"):
            assert finding.pop(name) is None
        for fix in finding["fixes"]:
            for step in fix["patch"]:
                if step["op"] == "remove":
                    assert step.pop("value") is None
    assert json.loads(json.dumps(found)) == plain


def test_reports_are_values() -> None:
    report = cmkit.check(FAULTY, at=AT)
    assert report == cmkit.check(str(FAULTY), at=AT)
    assert report != cmkit.check(FAULTY, at="2026-12-02")
    finding = report.findings[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.at = "now"  # type: ignore[misc]
    with pytest.raises(dataclasses.FrozenInstanceError):
        finding.level = "note"  # type: ignore[misc]
    for one in (report, finding, finding.span, report.summary):
        assert pickle.loads(pickle.dumps(one)) == one
    again = copy.deepcopy(report)
    assert again.to_sarif() == report.to_sarif()
    settings = {"version": 1, "levels": {"CMK2003": "off"}}
    off = pickle.loads(pickle.dumps(cmkit.check(FAULTY, at=AT, settings=settings, baseline=report.baseline())))
    assert (off.off, off.summary.errors) == (("CMK2003",), 1)
    assert hash(finding) == hash(cmkit.check(FAULTY, at=AT).findings[0])


def test_a_fix_is_applied_to_its_document() -> None:
    report = cmkit.check(VERSIONED, at=AT)
    finding = finding_of(report, "CMK3001")
    assert [step.op for step in finding.fixes[0].patch] == ["replace"]
    assert json.loads(report.fix(finding)) == FORM
    for wrong in ((finding, 7), (finding, -1), (dataclasses.replace(finding, code="CMK3002"), 0)):
        with pytest.raises(cmkit.ConfigError):
            report.fix(*wrong)


def test_a_password_goes_nowhere() -> None:
    report = cmkit.check({**VERSIONED, "adminPassword": "hunter2"}, at=AT)
    everywhere = report.fix(finding_of(report, "CMK3001")) + report.to_json() + repr(pickle.dumps(report))
    assert "hunter2" not in everywhere


def test_settings_and_a_baseline(tmp_path: Path) -> None:
    small: dict[str, Any] = {**FORM, "keySize": 2048}
    settings = {"version": 1, "levels": {"CMK2003": "off"}}
    path = tmp_path / ".cmkit.json"
    path.write_text(json.dumps(settings))
    for given in (settings, json.dumps(settings), path, str(path)):
        assert cmkit.check(small, at=AT, settings=given).off == ("CMK2003",)
    report = cmkit.check(small, at=AT)
    assert report.findings
    assert not report.suppressed
    accepted = cmkit.check(small, at=AT, baseline=report.baseline())
    assert accepted.suppressed == accepted.findings
    assert accepted.findings[0].reason == "in the baseline"
    with pytest.raises(cmkit.InputError, match=r"^\.cmkit\.json: "):
        cmkit.check(FORM, settings={"version": 1, "levels": {"CMK0000": "off"}})
    path.write_text("{}")
    with pytest.raises(cmkit.InputError, match=f"^{re.escape(str(path))}: "):
        cmkit.check(FORM, settings=path)


def test_pydantic_knows_the_types() -> None:
    class Gate(BaseModel):
        worst: cmkit.Finding
        report: cmkit.Report

    report = cmkit.check(FAULTY, at=AT)
    gate = Gate(worst=report.findings[0], report=report)
    dumped = json.loads(gate.model_dump_json())
    assert dumped["worst"]["span"] == {
        "start": 755, "end": 766, "line": 28, "column": 19, "end_line": 28, "end_column": 30
    }  # fmt: skip
    read = Gate.model_validate_json(gate.model_dump_json())
    assert read == gate
    assert pickle.loads(pickle.dumps(read.report)) == report
    with pytest.raises(cmkit.ConfigError):
        read.report.to_json()  # it is data, which no check has made
    schema = TypeAdapter(cmkit.Report).json_schema()
    assert set(schema["properties"]) == set(json.loads(report.to_json()))
    kinds = (cmkit.WhatIf, cmkit.Calendar, cmkit.ChangePlan, cmkit.Explanation, cmkit.Fixed, cmkit.Rule, cmkit.OpenQuestion)
    for kind in kinds:
        assert TypeAdapter(kind).json_schema()["type"] == "object"


def test_rich_shows_a_report() -> None:
    def shown(report: cmkit.Report) -> str:
        console = Console(file=io.StringIO(), force_terminal=True, color_system="standard", width=4096)
        console.print(report)
        return typing.cast(io.StringIO, console.file).getvalue()

    report = cmkit.check(FAULTY, at=AT)
    colours = re.compile(r"\x1b\[[\d;]*m")
    text = shown(report)
    assert colours.sub("", text) == report.to("plain")
    assert "\x1b[1;31merror CMK6005: " in text
    # What a document says can't drive the terminal.
    hostile = {**VERSIONED, "clusterName": "a\x1b]0;title\x07[red]b"}
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", colours.sub("", shown(cmkit.check(hostile, at=AT))))


def test_explain() -> None:
    said = cmkit.explain("CMK3001")
    assert said.rule == next(rule for rule in cmkit.rules() if rule.code == "CMK3001")
    said = cmkit.explain("Operation wrapKey is not allowed on a disabled key. Vault: kv-orders;location=westus3")
    assert said.symptoms
    assert cmkit.Seen("vault", "kv-orders") in said.seen
    assert cmkit.explain("CMK3001", documents=VERSIONED, at=AT).standing == "shown"
    assert cmkit.explain("CMK3001", documents=FORM, at=AT).standing == "ruled_out"
    said = cmkit.explain("Operation unwrapKey is not allowed on a disabled key.", documents=LIVE.glob("*.json"), at=AT)
    assert said.causes[0].findings[0].code == "CMK2004"


def test_what_if() -> None:
    said = cmkit.what_if(TEMPLATE, "key-deleted", at=AT)
    (section,) = said.sections
    (outlook,) = section.clusters
    assert (said.event, section.kind, outlook.outcome) == ("key-deleted", "key", "inaccessible")
    assert outlook.data == cmkit.Fate("recoverable_until", until="2027-03-01T00:00:00Z")
    assert outlook.steps[0].from_ == "2026-12-01T00:00:00Z"
    assert outlook.recovery[0].command
    with pytest.raises(cmkit.ConfigError):
        cmkit.what_if(TEMPLATE, "key-deleted", at=AT, cluster="another")


def test_calendar() -> None:
    said = cmkit.calendar({**FORM, "keyExpires": dt.date(2027, 3, 1)}, at=AT, days=1000)
    assert (said.from_, said.until) == ("2026-12-01T00:00:00Z", "2029-08-27T00:00:00Z")
    assert [entry.kind for entry in said.entries if entry.at == "2027-03-01T00:00:00Z"] == ["expiry"]


def test_plan() -> None:
    managed = cmkit.scaffold("orders", region="westus3", to="arm", service_managed=True)
    assert cmkit.plan(TEMPLATE, TEMPLATE, at=AT).effect == "no_change"
    said = cmkit.plan(managed, [TEMPLATE], at=AT)
    assert said.effect == "impossible"
    assert said.clusters[0].steps[0].safe_way
    destroying = ROOT / "docs/rules/samples/CMK6104/fail.plan.json"
    (cluster,) = cmkit.plan(destroying).clusters
    assert (cluster.effect, cluster.steps[0].code, cluster.steps[0].file) == ("destroys", "CMK6104", str(destroying))


def test_fix() -> None:
    text = TEMPLATE.replace('"enablePurgeProtection": true', '"enablePurgeProtection": false')
    assert text != TEMPLATE
    assert any(left.finding.code == "CMK1003" and left.reason == "irreversible" for left in cmkit.fix(text, at=AT).left)
    open_too = text.replace('"bypass": "AzureServices"', '"bypass": "None"')
    mended = cmkit.fix(cmkit.Document("main.json", open_too), only=["CMK5001"], irreversible=True, at=AT)
    assert mended.documents == (cmkit.Mended("main.json", text),)
    assert [finding.code for finding in mended.done] == ["CMK5001"]
    assert cmkit.fix(open_too, irreversible=True, at=AT).documents[0].text == TEMPLATE


def test_scaffold() -> None:
    for to in typing.get_args(cmkit.Target):
        assert "orders" in cmkit.scaffold("orders", region="West US 3", to=to, hsm=True, shards=2)
    assert cmkit.check(TEMPLATE, at=AT).ok
    assert cmkit.scaffold("orders", region="westus3", to="arm", access_policy=True).count("accessPolicies")
    with pytest.raises(cmkit.ConfigError):
        cmkit.scaffold("Orders!", region="westus3", to="arm")


def core(file: str, name: str) -> list[str]:
    """The words of an enum of the core, as serde writes them."""
    text = (ROOT / "crates/cmkit-core/src" / file).read_text()
    body = re.search(rf"pub enum {name} \{{([^}}]+)\}}", text)
    assert body
    variants = re.findall(r'^ {4}(?:#\[serde\(rename = "(.+)"\)\]\n {4})?([A-Z]\w+)(?:,|$)', body[1], re.MULTILINE)
    return [renamed or re.sub(r"\B[A-Z]", lambda letter: "_" + letter[0], name).lower() for renamed, name in variants]


def test_words_are_the_cores() -> None:
    listed: dict[Any, list[str]] = {
        cmkit.RuleCode: [rule.code for rule in cmkit.rules()],
        cmkit.ErrorCode: [code for code, _, _ in cmkit.error_codes()],
        cmkit.Level: core("policy/finding.rs", "Level"),
        cmkit.Consequence: core("policy/finding.rs", "Consequence"),
        cmkit.Basis: core("policy/rules/mod.rs", "Basis"),
        cmkit.Relation: core("policy/rules/mod.rs", "Relation"),
        cmkit.Effect: core("policy/change.rs", "Effect"),
        cmkit.Outcome: core("policy/what_if/outlook.rs", "Outcome"),
        cmkit.DateKind: core("policy/calendar.rs", "Kind"),
        cmkit.Origin: core("policy/fact.rs", "Origin"),
        cmkit.LeftBecause: core("document/mend.rs", "Reason"),
        cmkit.Standing: core("policy/explain/mod.rs", "Standing"),
        cmkit.Event: [word.replace("_", "-") for word in core("policy/what_if/event.rs", "Event")],
    }
    for words, due in listed.items():
        assert list(typing.get_args(words)) == due
    refused: list[tuple[Any, Any]] = [
        (cmkit.Format, lambda: cmkit.check(FORM).to("other")),  # type: ignore[arg-type]
        (cmkit.Target, lambda: cmkit.scaffold("orders", region="westus3", to="other")),  # type: ignore[arg-type]
    ]
    for words, call in refused:
        with pytest.raises(cmkit.ConfigError, match="there are " + ", ".join(typing.get_args(words)) + "$"):
            call()


def test_the_form_has_its_fields() -> None:
    names = [field.name for field in cmkit.form_fields()]
    assert FORM.keys() - {"cmkit"} <= set(names)
    assert "adminPassword" in names


def test_what_is_later_is_there() -> None:
    """Every public name is there, and none of those that are later is imported at first."""
    assert all(getattr(cmkit, name) for name in cmkit.__all__)
    assert dir(cmkit) == cmkit.__all__
    with pytest.raises(AttributeError, match="no attribute `chek`"):
        cmkit.chek  # type: ignore[attr-defined]  # noqa: B018
    found = subprocess.run(
        [sys.executable, "-c", f"import sys; sys.path[:] = {sys.path!r}; import cmkit; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "cmkit" in found.stdout.split()
    assert not {"dataclasses", "json", "cmkit._policy"} & set(found.stdout.split())


def test_examples_in_the_documentation() -> None:
    names = ("calendar", "check", "explain", "fix", "plan", "rules", "scaffold", "what_if")
    for name in names:
        failed, tried = doctest.testmod(import_module(f"cmkit._policy.{name}"))
        assert (failed, tried > 1) == (0, True), name
