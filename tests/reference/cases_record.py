"""`record.json`: making and opening key records."""

from __future__ import annotations

from typing import Any

import head_writer
import header
import wrap
from cases_seal import NOW
from codec import Json
from forge import Forge
from make_keys import stream
from maker import Maker, allow
from open_cases import ORDERS_2048, ORDERS_3072, ORDERS_AES, RESTORED
from seal import rsa_entry


def make(maker: Maker) -> None:
    makes(maker)
    opens(maker)
    fields(maker)
    shapes(maker)


def makes(maker: Maker) -> None:
    for name, keys, inputs in (
        ("under RSA", ["rsa-2048"], {}),
        ("under A256KW in a vault", ["aes-hsm"], {}),
        ("held by the program", ["service"], {}),
        ("under several keys", ["service", "rsa-3072", "aes-hsm", "rsa-archive"], {}),
        ("deterministic", ["service"], {"deterministic": True}),
        ("labelled", ["service"], {"context": {"aa": "1", "b": "2"}, "namespace": "acme.orders/v1"}),
        ("everything", ["rsa-4096"], {"context": {"t": ""}, "namespace": "n", "deterministic": True, "pad_to": 1024}),
    ):
        case = {
            "name": f"make: {name}",
            "operation": "make",
            "keys": keys,
            "now": NOW,
            "random": maker.random("record " + name, keys),
            **inputs,
            "reopen": {"configuration": opens_with(maker, keys[-1])},
        }
        maker.add("record", case)
    for name, keys, pad_to, error in (
        ("under a version that is not hex", ["rsa-odd-version"], None, "unsupported"),
        ("padding too small", ["service"], 180, "too_large"),
    ):
        case = {
            "name": f"make: {name}",
            "operation": "make",
            "keys": keys,
            "now": NOW,
            "random": maker.random("record " + name, keys),
            "reopen": {"configuration": opens_with(maker, "service")},
        }
        maker.add("record", case | ({"pad_to": pad_to} if pad_to else {}), error)


def opens_with(maker: Maker, id: str) -> Json:
    key: Any = maker.reader.keys[id]
    return allow(service=[id]) if id == "service" else allow(key.url.rpartition("/")[0])


def opens(maker: Maker) -> None:
    for name, record, configuration, error, calls in (
        ("plain", "record", allow(ORDERS_2048), None, 1),
        ("rewrapped", "record-rotated", allow(ORDERS_2048), None, 1),
        ("deterministic", "record-deterministic", allow(ORDERS_3072), None, 1),
        ("deterministic, by its second key", "record-deterministic", allow(ORDERS_AES), None, 1),
        ("held by the program", "record-service", allow(service=["service"]), None, 0),
        ("no key", "record", allow(ORDERS_3072), "no_key", 0),
        ("its own record is not a key to it", "record", allow(records=["record"]), "no_key", 0),
        ("restored vault", "record", allow({"key": RESTORED, "public_keys": ["rsa-restored"]}), None, 1),
    ):
        open_record(maker, name, record, [], error, calls, configuration=configuration)
    url = maker.reader.keys["rsa-2048"].url  # type: ignore[union-attr]
    for state in ("denied", "unavailable"):
        open_record(maker, state, "record", [], state, 1, holder={url: {"state": state}})
    version = url.rpartition("/")[2]
    refused = allow({"key": ORDERS_2048, "refused": [version]})
    open_record(maker, "refused version", "record", [], "no_key", 0, configuration=refused)
    for name, expect, error in (
        ("namespace", {"namespace": "acme.orders/v1"}, None),
        ("pair", {"context": {"table": "orders"}}, None),
        ("other namespace", {"namespace": "acme.orders/v2"}, "context"),
        ("other pair", {"context": {"table": "invoices"}}, "context"),
    ):
        configuration = allow(ORDERS_3072)
        open_record(
            maker, f"expects {name}", "record-deterministic", [], error, 1, configuration=configuration, expect=expect
        )


def fields(maker: Maker) -> None:
    forge = Forge(maker.reader.record_key("record-deterministic").record)
    kek = forge.head.keks[0]
    assert kek.thumbprint and kek.time and kek.locator
    third = {"configuration": allow(ORDERS_3072)}
    for name, at, error, calls in (
        ("context key", forge.find(b"table"), "decrypt", 1),
        ("context value", forge.find(b"\x66orders") + 1, "decrypt", 1),
        ("namespace", forge.find(b"acme.orders"), "decrypt", 1),
        ("true", forge.find(b"\x05\xf5") + 1, "malformed", 0),
        ("thumbprint", forge.find(kek.thumbprint), "decrypt", 1),
        ("wrapped key", forge.find(kek.wrapped), "decrypt", 1),
        ("version of the other key", forge.find(forge.head.keks[1].locator.version), "decrypt", 1),  # type: ignore[union-attr]
        ("first byte of the MAC", forge.end - 88, "decrypt", 1),
        ("last byte of the MAC", forge.end - 57, "decrypt", 1),
        ("first byte of the salt", forge.end - 56, "decrypt", 1),
        ("last byte of the salt", forge.end - 33, "decrypt", 1),
        ("first byte of the commitment", forge.end - 32, "decrypt", 1),
        ("last byte of the commitment", forge.end - 1, "decrypt", 1),
    ):
        open_record(maker, f"{name} flipped", "record-deterministic", forge.flip(at), error, calls, **third)
    plain = head_writer.encode_core({"table": "orders"}, [], "acme.orders/v1", None, False)
    open_record(maker, "entry 5 removed", "record-deterministic", forge.rewrite(core=plain), "decrypt", 1, **third)
    edits = forge.rewrite(keks=forge.keks[:1])
    open_record(maker, "second key removed", "record-deterministic", edits, "decrypt", 1, **third)
    edits = forge.rewrite(keks=forge.keks[::-1])
    open_record(maker, "keys swapped", "record-deterministic", edits, "decrypt", 1, **third)
    forge = Forge(maker.reader.record_key("record").record)
    dek = maker.reader.record_key("record").dek
    allowed = head_writer.encode_core({}, [], None, None, True)
    open_record(maker, "entry 5 added", "record", forge.rewrite(core=allowed), "decrypt", 1)
    open_record(maker, "entry 5 added under a right MAC", "record", forge.rewrite(core=allowed, dek=dek), "decrypt", 1)
    open_record(maker, "committed to external context", "record", forge.recommit(dek, b"aad"), "decrypt", 1)
    for name, core in (
        ("entry 2", head_writer.encode_core({}, ["a"], None, None, False)),
        ("entry 4", head_writer.encode_core({}, [], None, "text/plain", False)),
    ):
        open_record(maker, f"{name} under a right MAC", "record", forge.rewrite(core=core, dek=dek), "malformed", 0)
    locator = header.Locator(header.RECORD, dek_id=maker.reader.record_key("record-deterministic").dek_id)
    nested = head_writer.encode_kek(header.A256KW, None, locator, wrap.wrap_aes(bytes(32), dek), NOW)
    for name, keks in (("alone", [nested]), ("beside a good one", [*forge.keks, nested])):
        edits = forge.rewrite(keks=keks, dek=dek)
        open_record(maker, f"holder 2, {name}", "record", edits, "malformed", 0)
    rsa: Any = maker.reader.keys["rsa-2048"]
    other = rsa_entry(rsa, stream("another dek", 32), stream("a seed", 32), NOW)
    edits = forge.rewrite(keks=[other], dek=dek)
    open_record(maker, "another DEK under a right MAC", "record", edits, "decrypt", 1)
    short = rsa_entry(rsa, dek[:31], stream("a seed", 32), NOW)
    open_record(maker, "unwrapped value of 31 bytes", "record", forge.rewrite(keks=[short], dek=dek), "decrypt", 1)


def shapes(maker: Maker) -> None:
    forge = Forge(maker.reader.record_key("record").record)
    for at in (
        0,
        4,
        8,
        12,
        12 + len(forge.head.header) - 1,
        forge.end - 88,
        forge.end - 56,
        forge.end - 32,
        forge.end - 1,
    ):
        open_record(maker, f"cut after {at} bytes", "record", [{"truncate": at}], "truncated", 0)
    for name, edits in (
        ("a zero byte after it", [{"append": "00"}]),
        ("a chunk after it", [{"append": "00", "times": 16}]),
        ("two records", [{"append": forge.data.hex()}]),
    ):
        open_record(maker, name, "record", edits, "malformed", 0)
    for name, edits, error in (
        ("flag cleared", forge.put(6, b"\0"), "malformed"),
        ("another flag", forge.put(6, b"\x03"), "malformed"),
        ("suite 2", forge.put(5, b"\x02"), ["malformed", "unsupported"]),
        ("suite 3", forge.put(5, b"\x03"), "unsupported"),
        ("version 2", forge.put(4, b"\x02"), "unsupported"),
    ):
        open_record(maker, name, "record", edits, error, 0)
    message: Json = {"base": "rsa-2048"}
    case = {"operation": "open", "record": message, "configuration": allow(ORDERS_2048)}
    maker.add("record", {"name": "open: a message"} | case, "malformed", 0)
    message = {"base": "rsa-2048", "edits": [{"truncate": len(maker.reader.seals["rsa-2048"]) - 21}]}
    case = {"operation": "open", "record": message, "configuration": allow(ORDERS_2048)}
    maker.add("record", {"name": "open: the head of a message"} | case, "malformed", 0)
    flagged = [*message["edits"], {"at": 6, "replace": 1, "with": "01"}]
    case = {"operation": "open", "record": {"base": "rsa-2048", "edits": flagged}, "configuration": allow(ORDERS_2048)}
    maker.add("record", {"name": "open: the head of a message, flag set"} | case, "decrypt", 1)


def open_record(
    maker: Maker, name: str, id: str, edits: list[Json], error: str | list[str] | None, calls: int, **inputs: Any
) -> None:
    record = {"record": id, "edits": edits} if edits else {"record": id}
    case = {"name": f"open: {name}", "operation": "open", "record": record, "configuration": allow(ORDERS_2048)}
    maker.add("record", case | inputs, error, calls)
