"""Many objects: inventory, planned rewrap, notifications about keys."""

from __future__ import annotations

import base64
import doctest
import io
import json
import re
from importlib import import_module
from pathlib import Path

import pytest

import cmkit
from cmkit.vault import LocalVault

KEK = "https://orders.vault.azure.net/keys/kek"


@pytest.fixture
def vault() -> LocalVault:
    vault = LocalVault.in_memory("orders.vault.azure.net")
    vault.create_key("kek", kind="oct-256")
    return vault


@pytest.fixture
def fleet(vault: LocalVault, tmp_path: Path) -> Path:
    """Objects under the first version of a key, which is rotated since."""
    folder = tmp_path / "data"
    (folder / "deep").mkdir(parents=True)
    for at in range(20):
        (folder / "deep" / f"{at:02}.cmk").write_bytes(cmkit.seal(b"data", keys=KEK, provider=vault))
    (folder / "notes").write_text("no envelope")
    vault.rotate("kek")
    return folder


def versions(vault: LocalVault) -> list[str]:
    return [version.key for version in vault.key("kek").versions]


def test_inventory(vault: LocalVault, fleet: Path) -> None:
    told: list[int] = []
    taken = cmkit.inventory(fleet, names=3, progress=told.append)
    assert told == [21]
    report = taken.report()
    assert isinstance(report, cmkit.InventoryReport)
    assert (report.objects, report.messages, report.key_records) == (20, 20, 0)
    assert report.unknown == cmkit.ObjectNames(count=1, names=(str(fleet / "notes"),))
    (use,) = report.keys
    assert (use.holder, use.algorithm, use.objects, use.only) == ("vault", "A256KW", 20, 20)
    answer = taken.may_disable(use.key or "")
    assert (answer.answer, answer.lost.count) == ("no", 20)
    assert answer.lost.names == tuple(str(fleet / "deep" / f"{at:02}.cmk") for at in range(3))
    new = next(version for version in versions(vault) if version != use.key)
    assert taken.may_disable(new).answer == "yes"
    with pytest.raises(cmkit.ConfigError) as raised:
        taken.may_disable(KEK)
    assert raised.value.code == "invalid_argument"
    assert taken.may_disable(f"https://local:8443/keys/k/{'0' * 32}", hosts=["local:8443"]).answer == "yes"


def test_inventory_of_heads_that_are_kept_elsewhere(vault: LocalVault) -> None:
    data_key = cmkit.DataKey.generate(KEK, provider=vault)
    under = cmkit.seal(b"data", keys=data_key)
    rows = {"record": data_key.record, 4711: under}
    lines = [json.dumps({"id": name, "head": base64.b64encode(head).decode()}) for name, head in rows.items()]
    file = io.BytesIO("\n".join(lines).encode())
    taken = cmkit.Inventory()
    taken.add_json_lines(file)
    taken.add("other", b"no envelope")
    (version,) = versions(vault)
    assert taken.may_disable(version).lost.names == ("record",)
    taken.link_record(data_key.record, data_key.id)
    assert taken.may_disable(version).lost.names == ("4711", "record")
    assert taken.report().unknown.names == ("other",)
    with pytest.raises(cmkit.InputError, match="line 1 "):
        taken.add_json_lines(io.BytesIO(b"id,head"))
    with pytest.raises(cmkit.ConfigError):
        taken.link_record(data_key.record, "12")


def test_what_python_raises_in_between_reaches_the_caller(fleet: Path) -> None:
    def stop(*_: int) -> None:
        raise LookupError("enough")

    def broken() -> object:
        yield fleet / "notes"
        raise LookupError("enough")

    key = cmkit.ServiceKey.generate("default")
    with pytest.raises(LookupError, match="enough"):
        cmkit.inventory(fleet, progress=stop)
    with pytest.raises(LookupError, match="enough"):
        cmkit.inventory(broken())  # type: ignore[arg-type]
    with pytest.raises(LookupError, match="enough"):
        cmkit.rewrap_files(fleet, keys=key, to=key, progress=stop)
    with pytest.raises(LookupError, match="enough"):
        cmkit.plan_rewrap(broken(), keys=key, to=key)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        cmkit.inventory([7])  # type: ignore[list-item]


def test_planned_then_run(vault: LocalVault, fleet: Path, tmp_path: Path) -> None:
    plan = cmkit.plan_rewrap([fleet], keys=KEK, to=KEK, provider=vault, rate=10)
    assert isinstance(plan, cmkit.RewrapPlan)
    assert (plan.due, plan.at_target, plan.unknown, plan.seconds) == (20, 0, 1, 4.0)
    assert [(call.operation, call.count, call.quota, call.rate) for call in plan.calls] == [
        ("unwrap", 20, 2000, 10.0),
        ("wrap", 20, 2000, 10.0),
    ]
    told: list[tuple[int, int, int]] = []
    journal = tmp_path / "journal"
    report = cmkit.rewrap_files(
        fleet, keys=KEK, to=KEK, provider=vault, rate=1e6, journal=journal, progress=lambda *so_far: told.append(so_far)
    )
    assert isinstance(report, cmkit.RewrapReport)
    assert (report.done, report.unknown, report.failed.count, report.opened) == (20, 1, 0, True)
    assert (len(told), told[-1]) == (21, (20, 1, 0))
    assert report.to == plan.to
    assert len(journal.read_text().splitlines()) == 21
    (use,) = cmkit.inventory(fleet).report().keys
    assert use.key == report.to[0]
    again = cmkit.rewrap_files(fleet, keys=KEK, to=KEK, provider=vault, journal=journal)
    assert (again.done, again.done_earlier, again.at_target) == (0, 20, 20)
    with pytest.raises(cmkit.ConfigError, match="rate"):
        cmkit.rewrap_files(fleet, keys=KEK, to=KEK, provider=vault, rate=0)


def test_a_callable_answers_from_many_threads(vault: LocalVault, fleet: Path) -> None:
    asked: list[str] = []

    def provider(request: cmkit.KeyRequest) -> cmkit.KeyReply:
        asked.append(type(request).__name__)
        return vault(request)

    report = cmkit.rewrap_files(fleet, keys=KEK, to=KEK, provider=provider, rate=1e6, at_once=8)
    assert (report.done, report.unwraps, report.wraps) == (20, 21, 21)
    assert asked.count("Unwrap") == 21

    def refuse(request: cmkit.KeyRequest) -> cmkit.KeyReply:
        if isinstance(request, cmkit.Unwrap):
            return cmkit.Refusal("denied", "ForbiddenByRbac", "not authorized")
        return vault(request)

    vault.rotate("kek")
    report = cmkit.rewrap_files(fleet, keys=KEK, to=KEK, provider=refuse, rate=1e6)
    assert (report.done, report.failed.count, report.failed.first[0].code) == (0, 20, "denied")


def notice(kind: str, **data: str | None) -> str:
    version = "ee059b2bb5bc48398a53b168c6cdcb10"
    about = {"Id": f"{KEK}/{version}", "VaultName": "orders", "ObjectType": "Key", "ObjectName": "kek", "Version": version}
    event = {
        "id": "1",
        "specversion": "1.0",
        "source": "/subscriptions/s",
        "type": f"Microsoft.{kind}",
        "time": "2026-11-25T08:00:00Z",
        "data": about | data,
    }
    return json.dumps([event])


def test_key_events(vault: LocalVault) -> None:
    told = cmkit.read_key_events(notice("KeyVault.KeyNewVersionCreated", EXP="1827360000"))
    (event,) = told.events
    assert isinstance(event, cmkit.KeyEvent)
    assert (event.kind, event.flush, event.rotate, event.rewrap_to) == ("new-version", True, False, KEK)
    assert (event.time, event.expires, event.not_before) == ("2026-11-25T08:00:00Z", "2027-11-28T00:00:00Z", None)
    asked = notice("EventGrid.SubscriptionValidationEvent", validationCode="512d38b6")
    assert cmkit.read_key_events(asked).validation_code == "512d38b6"
    with pytest.raises(cmkit.InputError, match="names another key"):
        cmkit.read_key_events(notice("KeyVault.KeyExpired", ObjectName="other"))

    cache = cmkit.DataKeyCache(vault)
    sealed = cmkit.seal(b"data", keys=KEK, provider=cache)

    def unwraps() -> int:
        cmkit.open(sealed, keys=KEK, provider=cache)
        return [entry.asked for entry in vault.log()].count("unwrapKey")

    assert (unwraps(), unwraps()) == (1, 1)
    cache.flush("https://orders.vault.azure.net/keys/other")
    cache.flush("https://orders.localhost:8443/keys/kek", hosts=["orders.localhost:8443"])
    assert unwraps() == 1
    cache.flush(event.rewrap_to)
    assert unwraps() == 2
    with pytest.raises(cmkit.ConfigError):
        cache.flush("kek")


def test_the_guide() -> None:
    """Its Python, as one program."""
    guide = (Path(__file__).parents[3] / "docs" / "fleet.md").read_text()
    blocks = re.findall(r"^```python\n(.*?)^```$", guide, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 2
    exec("\n".join(blocks), {"__name__": "guide"})


def test_the_examples_of_the_documentation_run() -> None:
    assert [doctest.testmod(import_module(f"cmkit.{name}")) for name in ("_fleet", "_events")] == [(0, 14), (0, 2)]
