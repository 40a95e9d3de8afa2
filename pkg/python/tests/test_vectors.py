"""Every case of tests/vectors that opens, through the package."""

from __future__ import annotations

import base64
import copy

import pytest

import cmkit

from cases import cases, check_bytes, expected, external, known, one_of, outcome
from keyring import Holder, Json, Keyring, load, none, pop


@pytest.fixture(scope="module")
def keyring() -> Keyring:
    return Keyring()


def test_keys(keyring: Keyring) -> None:
    assert keyring.count == load("manifest")["keys.json"]


@pytest.mark.parametrize("case", cases("open"))
@pytest.mark.parametrize("way", ["bytes", "into"])
def test_open(keyring: Keyring, case: Json, way: str) -> None:
    case = copy.deepcopy(case)
    _, source, detached, configuration, aad, expect = pop(
        case, "name", "envelope", "detached", "configuration", "external", "expect"
    )
    script, result, calls, called, resolves, _released = pop(
        case, "holder", "result", "calls", "called", "resolves", "released"
    )
    none(case)
    head, data = keyring.source(source, detached=bool(detached))
    holder = Holder(keyring, script)
    options: Json = {
        "keys": keyring.open_keys(configuration),
        "provider": holder,
        "aad": external(aad),
        "head": head,
        **expected(expect),
    }
    out = bytearray(b"\xa5" * len(data))

    def into() -> bytes:
        return bytes(out[: cmkit.open_into(data, out, **options)])

    found = outcome(into if way == "into" else lambda: cmkit.open(data, **options), result)
    if found is not None:
        plaintext = result.pop("plaintext")
        none(result)
        check_bytes(found, plaintext)
    else:
        assert set(out) <= {0xA5, 0}, "nothing of the plaintext stays"
    one_of(len(holder.called), calls)
    assert holder.called == called
    one_of(len(holder.resolved), resolves)


@pytest.mark.parametrize("case", cases("header"))
def test_header(keyring: Keyring, case: Json) -> None:
    case = copy.deepcopy(case)
    _, source, result = pop(case, "name", "head", "result")
    none(case)
    _, head = keyring.source(source)
    # The strict reader, through an opener that has no key: that is told before any key is due.
    stranger = cmkit.ServiceKey.generate("no-such-key")
    is_record = head[6:7] == b"\1"
    with pytest.raises(cmkit.CmkitError) as caught:
        cmkit.DataKey.open(head, keys=stranger) if is_record else cmkit.open(b"", keys=stranger, head=head)
    if "error" in result:
        one_of(caught.value.code, result["error"])
        return
    assert caught.value.code == "no_key"
    due = result.pop("inspect")
    none(result)
    found = cmkit.inspect(head)
    suite, key_record, header_length, head_length, _core, context, names = pop(
        due, "suite", "key_record", "header_length", "head_length", "core", "context", "external_names"
    )
    namespace, content_type, deterministic, keks = pop(due, "namespace", "content_type", "deterministic", "keks")
    none(due)
    assert (found.suite, found.kind) == (suite, "key_record" if key_record else "message")
    assert (found.head_size, found.head_size - 100) == (head_length, header_length)
    assert (found.context, list(found.required_context)) == (context, names)
    assert (found.namespace, found.content_type, found.deterministic) == (namespace, content_type, deterministic)
    assert list(found.keys) == [entry(kek) for kek in keks]


def entry(kek: Json) -> cmkit.KeyEntry:
    alg, thumbprint, locator, _wrapped_length, time = pop(kek, "alg", "thumbprint", "locator", "wrapped_length", "time")
    none(kek)
    algorithm = "RSA-OAEP-256" if alg == -41 else "A256KW"
    if thumbprint is not None:
        thumbprint = base64.urlsafe_b64encode(bytes.fromhex(thumbprint)).decode().rstrip("=")
    match locator:
        case None:
            return cmkit.KeyEntry(algorithm, "unnamed", None, None, thumbprint, time)
        case {"holder": 0, "name": name, "version": version}:
            return cmkit.KeyEntry(algorithm, "program", f"{name}/{version}", None, thumbprint, time)
        case {"holder": 1, "host": host, "name": name, "version": version}:
            key = f"https://{host}/keys/{name}/{version}"
            return cmkit.KeyEntry(algorithm, "vault", key, None, thumbprint, time)
        case {"holder": 2, "dek_id": dek_id}:
            return cmkit.KeyEntry(algorithm, "key-record", None, dek_id, thumbprint, time)
    pytest.fail(f"unknown locator {locator}")


@pytest.mark.parametrize("case", cases("range"))
def test_range(keyring: Keyring, case: Json) -> None:
    case = copy.deepcopy(case)
    _, source, configuration, expect, start, length, result = pop(
        case, "name", "envelope", "configuration", "expect", "start", "length", "result"
    )
    none(case)
    _, data = keyring.source(source)
    options: Json = {"keys": keyring.open_keys(configuration), "provider": Holder(keyring), **expected(expect)}
    found = outcome(lambda: cmkit.open_range(data, start, start + length, **options), result)
    if found is not None:
        plaintext = result.pop("plaintext")
        none(result)
        check_bytes(found, plaintext)


@pytest.mark.parametrize("case", cases("record", operation="open"))
def test_open_record(keyring: Keyring, case: Json) -> None:
    case = copy.deepcopy(case)
    _, _, source, configuration, expect, script = pop(case, "operation", "name", "record", "configuration", "expect", "holder")
    result, calls, called, resolves = pop(case, "result", "calls", "called", "resolves")
    none(case)
    _, record = keyring.source(source)
    holder = Holder(keyring, script)
    options: Json = {"keys": keyring.open_keys(configuration), "provider": holder, **expected(expect)}
    key = outcome(lambda: cmkit.DataKey.open(record, **options), result)
    if key is not None:
        dek_id, deterministic = pop(result, "dek_id", "deterministic")
        none(result)
        assert (key.id, key.deterministic, key.record) == (dek_id, deterministic, record)
    one_of(len(holder.called), calls)
    assert holder.called == called
    one_of(len(holder.resolved), resolves)


@pytest.mark.parametrize("case", cases("compact", operation="open"))
@pytest.mark.parametrize("way", ["one", "list"])
def test_open_value(keyring: Keyring, case: Json, way: str) -> None:
    case = copy.deepcopy(case)
    _, _, source, records, namespace, aad, result = pop(
        case, "operation", "name", "value", "records", "namespace", "aad", "result"
    )
    none(case)
    _, value = keyring.source(source)
    options: Json = {"namespace": namespace or "", "aad": bytes.fromhex(aad or "")}

    def run() -> bytes:
        key = cmkit.find_data_key([keyring.records[id] for id in records], value)
        if way == "one":
            return key.open_value(value, **options)
        plain, nothing = key.open_values([value, None], **options)
        assert nothing is None
        assert plain is not None
        return plain

    found = outcome(run, result)
    if found is not None:
        plaintext = result.pop("plaintext")
        none(result)
        check_bytes(found, plaintext)


@pytest.mark.parametrize("case", cases("compact", operation="seal", form="deterministic"))
def test_seal_deterministic_value(keyring: Keyring, case: Json) -> None:
    case = copy.deepcopy(case)
    _, _, record, _, random, plaintext, namespace, aad, result = pop(
        case, "operation", "name", "record", "form", "random", "plaintext", "namespace", "aad", "result"
    )
    none(case)
    assert random == ""
    value = known(plaintext)
    assert value is not None
    options: Json = {"namespace": namespace or "", "aad": bytes.fromhex(aad or ""), "deterministic": True}
    found = outcome(lambda: keyring.records[record].seal_value(value, **options), result)
    if found is not None:
        due = result.pop("value")
        none(result)
        check_bytes(found, due)
