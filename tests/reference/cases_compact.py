"""`compact.json`: compact values, random and deterministic."""

from __future__ import annotations

from typing import Any

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import derive
from codec import Json
from make_keys import stream
from maker import Maker

MIB = 1 << 20
PLAIN, DETERMINISTIC, SERVICE = "record", "record-deterministic", "record-service"


def make(maker: Maker) -> None:
    seals(maker)
    values = {form: sealed(maker, form) for form in ("random", "deterministic")}
    opens(maker, values)
    for form, value in values.items():
        rejects(maker, form, value)
    limits(maker)
    forged(maker)


def seals(maker: Maker) -> None:
    for form, record in (
        ("random", PLAIN),
        ("random", DETERMINISTIC),
        ("deterministic", DETERMINISTIC),
        ("deterministic", SERVICE),
    ):
        for length in (0, 1, 64, 1000):
            seal(maker, f"{length} bytes", record, form, plaintext={"pattern": "counter", "length": length})
    for form in ("random", "deterministic"):
        for name, inputs in (
            ("namespace", {"namespace": "orders.email"}),
            ("aad", {"aad": "00ff01"}),
            ("namespace and aad", {"namespace": "orders.email", "aad": b"row 42".hex()}),
            ("unicode namespace", {"namespace": "bestellungen.straße/鍵"}),
            ("namespace of 255 bytes", {"namespace": "n" * 255}),
            ("aad of 1000 bytes", {"aad": stream("aad", 1000).hex()}),
            ("namespace that looks like aad", {"namespace": "a", "aad": b"b".hex()}),
            ("aad that looks like namespace", {"namespace": "ab"}),
            ("one MiB", {"plaintext": {"pattern": "counter", "length": MIB}}),
            ("one byte over one MiB", {"plaintext": {"pattern": "counter", "length": MIB + 1}, "error": "too_large"}),
        ):
            seal(maker, name, DETERMINISTIC, form, **inputs)
    seal(maker, "same value again", DETERMINISTIC, "deterministic")
    seal(maker, "not allowed", PLAIN, "deterministic", error="not_allowed")
    seal(maker, "not allowed, record rewrapped", "record-rotated", "deterministic", error="not_allowed")
    seal(maker, "record rewrapped", "record-rotated", "random")


def seal(maker: Maker, name: str, record: str, form: str, **inputs: Any) -> bytes:
    error = inputs.pop("error", None)
    name = f"seal: {form}, {record}, {name}"
    random = stream("random " + name, 24) if form == "random" and not error else b""
    case = {
        "name": name,
        "operation": "seal",
        "record": record,
        "form": form,
        "random": random.hex(),
        "plaintext": b"ada@example.com".hex(),
    }
    return bytes(maker.add("compact", case | inputs, error).get("value", b""))


def sealed(maker: Maker, form: str) -> bytes:
    inputs = {"namespace": "orders.email", "aad": b"row 42".hex()}
    return seal(maker, "base of the rejects", DETERMINISTIC, form, **inputs)


def opens(maker: Maker, values: dict[str, bytes]) -> None:
    for form, value in values.items():
        open_value(maker, f"{form}", value)
        open_value(maker, f"{form}, among several records", value, records=[PLAIN, SERVICE, DETERMINISTIC])
    for form, record in (("random", PLAIN), ("deterministic", SERVICE)):
        for length in (0, 1, 1000):
            plaintext = {"pattern": "counter", "length": length}
            value = seal(maker, f"{length} bytes, to open", record, form, plaintext=plaintext)
            open_value(maker, f"{form}, {length} bytes", value, records=[record], namespace="", aad="")
    value = seal(maker, "to open with another wrapping", PLAIN, "random")
    for records in (["record-rotated"], [PLAIN, "record-rotated"], ["record-rotated", PLAIN]):
        open_value(maker, "rewrapped record: " + ", ".join(records), value, records=records, namespace="", aad="")


def rejects(maker: Maker, form: str, value: bytes) -> None:
    for name, inputs, error in (
        ("other namespace", {"namespace": "orders.phone"}, "decrypt"),
        ("no namespace", {"namespace": ""}, "decrypt"),
        ("other aad", {"aad": b"row 43".hex()}, "decrypt"),
        ("no aad", {"aad": ""}, "decrypt"),
        ("namespace and aad joined differently", {"namespace": "orders.emailr", "aad": b"ow 42".hex()}, "decrypt"),
        ("no records", {"records": []}, "no_key"),
        ("another record", {"records": [PLAIN]}, "no_key"),
    ):
        open_value(maker, f"{form}: {name}", value, error=error, **inputs)
    for name, at in {
        "first byte of the salt": 17,
        "last byte of the salt": 40,
        "first byte of the ciphertext": 41,
        "first byte of the tag": len(value) - 16,
        "last byte of the tag": len(value) - 1,
    }.items():
        open_value(maker, f"{form}: {name} flipped", value, [flip(value, at)], "decrypt")
    for name, at in {"first byte of the dek_id": 1, "last byte of the dek_id": 16}.items():
        open_value(maker, f"{form}: {name} flipped", value, [flip(value, at)], "no_key")
    other = maker.reader.record_key(SERVICE).dek_id
    swapped = [{"at": 1, "replace": 16, "with": other.hex()}]
    open_value(maker, f"{form}: dek_id of another record", value, swapped, "decrypt", records=[DETERMINISTIC, SERVICE])
    for first in ("00", "01", "89", "c0", "c3", "41", "ff"):
        edits = [{"at": 0, "replace": 1, "with": first}]
        open_value(maker, f"{form}: first byte {first}", value, edits, "malformed")
        edits.append({"truncate": 56})
        open_value(maker, f"{form}: first byte {first}, too short", value, edits, ["malformed", "truncated"])
    turned = [{"at": 0, "replace": 1, "with": "c2" if form == "random" else "c1"}]
    open_value(maker, f"{form}: turned into the other form", value, turned, "decrypt")
    for length in (0, 1, 16, 17, 41, 56):
        open_value(maker, f"{form}: cut after {length} bytes", value, [{"truncate": length}], "truncated")
    for length in (57, len(value) - 1):
        open_value(maker, f"{form}: cut after {length} bytes", value, [{"truncate": length}], "decrypt")
    open_value(maker, f"{form}: cut and no key", value, [{"truncate": 56}], "truncated", records=[])
    for more in (1, 16):
        open_value(maker, f"{form}: {more} bytes added", value, [{"append": "00", "times": more}], "decrypt")


def limits(maker: Maker) -> None:
    value = seal(maker, "of a record without entry 5", PLAIN, "random")
    turned = [{"at": 0, "replace": 1, "with": "c2"}]
    bare: dict[str, Any] = {"namespace": "", "aad": ""}
    open_value(maker, "turned deterministic, not allowed", value, turned, "not_allowed", records=[PLAIN], **bare)
    tampered = [*turned, flip(value, len(value) - 1)]
    open_value(maker, "not allowed and tampered", value, tampered, "not_allowed", records=[PLAIN], **bare)
    over = [{"append": "00", "times": MIB + 58 - len(value)}]
    open_value(maker, "one byte over one MiB", value, over, "too_large", records=[PLAIN], **bare)
    exact = [{"append": "00", "times": MIB + 57 - len(value)}]
    open_value(maker, "tampered, exactly one MiB", value, exact, "decrypt", records=[PLAIN], **bare)
    open_value(maker, "over one MiB and no key", value, over, ["too_large", "no_key"], records=[], **bare)
    envelope = maker.reader.seals["service"]
    open_value(maker, "an envelope", envelope, error="malformed")


def forged(maker: Maker) -> None:
    """By someone who has the DEK: a deterministic value whose salt is not the one of its plaintext."""
    record = maker.reader.record_key(DETERMINISTIC)
    context = derive.compact_context(b"", b"")
    salt = stream("salt", 24)
    key, iv = derive.compact_key(record.dek, 0xC2, salt, context)
    value = b"\xc2" + record.dek_id + salt + AESGCM(key).encrypt(iv, b"ada@example.com", None)
    open_value(maker, "deterministic under a random salt", value, error="decrypt", namespace="", aad="")
    other = derive.deterministic_salt(record.dek, context, b"eve@example.com")
    key, iv = derive.compact_key(record.dek, 0xC2, other, context)
    value = b"\xc2" + record.dek_id + other + AESGCM(key).encrypt(iv, b"ada@example.com", None)
    open_value(maker, "deterministic under another plaintext's salt", value, error="decrypt", namespace="", aad="")


def open_value(
    maker: Maker,
    name: str,
    value: bytes,
    edits: list[Json] | None = None,
    error: str | list[str] | None = None,
    **inputs: Any,
) -> None:
    case = {
        "name": f"open: {name}",
        "operation": "open",
        "value": {"hex": value.hex()} | ({"edits": edits} if edits else {}),
        "records": [DETERMINISTIC],
        "namespace": "orders.email",
        "aad": b"row 42".hex(),
    }
    maker.add("compact", case | inputs, error)


def flip(value: bytes, at: int) -> Json:
    return {"at": at, "replace": 1, "with": f"{value[at] ^ 1:02x}"}
