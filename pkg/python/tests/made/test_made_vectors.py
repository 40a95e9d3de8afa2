"""Every case of tests/vectors that draws randomness, byte for byte, in a build that lets tests choose it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

import cmkit
from cmkit import _cmkit

from cases import cases, check_bytes, external, known, one_of, outcome
from keyring import Holder, Json, Keyring, none, pop


@pytest.fixture(scope="module")
def keyring() -> Keyring:
    return Keyring()


@contextmanager
def drawing(stream: str, now: int, result: Json) -> Iterator[None]:
    """Draws come from `stream`, and from all of it unless the case fails."""
    inject: Callable[[bytes, int], int] = getattr(_cmkit, "inject")  # noqa: B009 - not in the stubs: no release has it
    inject(bytes.fromhex(stream), now)
    yield
    drawn = inject(b"", 0)
    if "error" not in result:
        assert drawn == len(stream) // 2


@pytest.mark.parametrize("case", cases("seal"))
@pytest.mark.parametrize("way", ["bytes", "into"])
def test_seal(keyring: Keyring, case: Json, way: str) -> None:
    case = copy.deepcopy(case)
    _, keys, suite, now, random, plaintext, result, wraps = pop(
        case, "name", "keys", "suite", "now", "random", "plaintext", "result", "wraps"
    )
    context, aad, namespace, content_type, pad_to, script = pop(
        case, "context", "external", "namespace", "content_type", "pad_to", "holder"
    )
    none(case)
    holder = Holder(keyring, script, keys)
    options: Json = {
        "keys": keyring.seal_keys(keys),
        "provider": holder,
        "context": context,
        "aad": external(aad),
        "namespace": namespace,
        "content_type": content_type,
        "suite": {1: "16k", 2: "256k"}[suite],
        "pad_to": pad_to,
    }
    data = known(plaintext)
    assert data is not None

    def into() -> bytes:
        out = bytearray(cmkit.sealed_size(len(data), options["suite"]) + 65_636)
        return bytes(out[: cmkit.seal_into(data, out, **options)])

    with drawing(random, now, result):
        found = outcome(into if way == "into" else lambda: cmkit.seal(data, **options), result)
    if found is not None:
        envelope, head_length = pop(result, "envelope", "head_length")
        none(result)
        check_bytes(found, envelope)
        assert cmkit.inspect(found).head_size == head_length
    if wraps is not None:
        one_of(holder.wraps, wraps)


@pytest.mark.parametrize("case", cases("record", operation="make"))
def test_make_record(keyring: Keyring, case: Json) -> None:
    case = copy.deepcopy(case)
    _, _, keys, now, random, reopen, result, wraps = pop(
        case, "operation", "name", "keys", "now", "random", "reopen", "result", "wraps"
    )
    deterministic, context, namespace, pad_to = pop(case, "deterministic", "context", "namespace", "pad_to")
    none(case)
    holder = Holder(keyring, {}, keys)
    options: Json = {
        "provider": holder,
        "context": context,
        "namespace": namespace,
        "deterministic": bool(deterministic),
        "pad_to": pad_to,
    }
    with drawing(random, now, result):
        key = outcome(lambda: cmkit.DataKey.generate(keyring.seal_keys(keys), **options), result)
    if key is not None:
        record, dek_id = pop(result, "record", "dek_id")
        none(result)
        check_bytes(key.record, record)
        assert key.id == dek_id
        configuration = reopen.pop("configuration")
        none(reopen)
        again = cmkit.DataKey.open(key.record, keys=keyring.open_keys(configuration), provider=Holder(keyring))
        assert (again.id, again.deterministic, again.namespace) == (dek_id, bool(deterministic), namespace)
    one_of(holder.wraps, wraps)


@pytest.mark.parametrize("case", cases("compact", operation="seal"))
@pytest.mark.parametrize("way", ["one", "list"])
def test_seal_value(keyring: Keyring, case: Json, way: str) -> None:
    case = copy.deepcopy(case)
    _, _, record, form, random, plaintext, namespace, aad, result = pop(
        case, "operation", "name", "record", "form", "random", "plaintext", "namespace", "aad", "result"
    )
    none(case)
    value = known(plaintext)
    assert value is not None
    key = keyring.records[record]
    options: Json = {
        "namespace": namespace or "",
        "aad": bytes.fromhex(aad or ""),
        "deterministic": form == "deterministic",
    }

    def run() -> bytes | None:
        return key.seal_value(value, **options) if way == "one" else key.seal_values([value], **options)[0]

    with drawing(random, 0, result):
        found = outcome(run, result)
    if found is not None:
        due = result.pop("value")
        none(result)
        check_bytes(found, due)


@pytest.mark.parametrize("case", cases("rewrap"))
def test_rewrap(keyring: Keyring, case: Json) -> None:
    case = copy.deepcopy(case)
    _, source, configuration, to, keep, now, random, reopen = pop(
        case, "name", "head", "configuration", "to", "keep", "now", "random", "reopen"
    )
    result, calls, wraps, script, pad_to, aad, reopen_aad = pop(
        case, "result", "calls", "wraps", "holder", "pad_to", "external", "reopen_external"
    )
    none(case)
    is_record = "record" in source
    head, body = keyring.source(source, detached=not is_record)
    head = body if head is None else head
    holder = Holder(keyring, script, to)
    options: Json = {
        "keys": keyring.open_keys(configuration),
        "to": keyring.seal_keys(to),
        "provider": holder,
        "aad": external(aad),
        "keep": {"none": False, "all": True}[keep],
        "pad_to": pad_to,
        "detached": True,
    }
    with drawing(random, now, result):
        found = outcome(lambda: cmkit.rewrap(head, **options), result)
    if found is not None:
        due = result.pop("new_head")
        none(result)
        check_bytes(found, due)
        assert found[-56:] == head[-56:], "salt and commitment stay"
        for configuration in reopen:
            opening: Json = {"keys": keyring.open_keys(configuration), "provider": Holder(keyring)}
            if is_record:
                cmkit.DataKey.open(found, **opening)
            else:
                cmkit.open(body, head=found, aad=external(reopen_aad), **opening)
    one_of(len(holder.called), calls)
    if wraps is not None:
        one_of(holder.wraps, wraps)


def test_any_other_draw_shows(keyring: Keyring) -> None:
    with pytest.raises(AssertionError), drawing("00", 0, {}):
        cmkit.seal(b"", keys=next(iter(keyring.service.values())))
