"""`rewrap.json`: new KEK entries for an existing head, and what must not be rewrapped."""

from __future__ import annotations

from typing import Any

import head_writer
from cases_seal import NOW
from codec import Json
from forge import Forge
from make_keys import stream
from maker import Maker, allow
from open_cases import ARCHIVE_2048, ORDERS_2048, ORDERS_3072, ORDERS_AES, RESTORED
from seal import rsa_entry

LATER = NOW + 86_400
SERVICE = allow(service=["service"])


def make(maker: Maker) -> None:
    rotation(maker)
    keeping(maker)
    bare_entries(maker)
    padding(maker)
    external(maker)
    records(maker)
    rejects(maker)


def rotation(maker: Maker) -> None:
    v1, v2 = maker.reader.keys["rsa-2048"], maker.reader.keys["rsa-2048-v2"]
    newest = allow({"key": ORDERS_2048, "versions": [v2.version]})  # type: ignore[union-attr]
    old = allow({"key": ORDERS_2048, "versions": [v1.version]})  # type: ignore[union-attr]
    rewrap(maker, "to a new version", "rsa-2048", old, ["rsa-2048-v2"], reopen=[newest])
    rewrap(maker, "to the same version", "rsa-2048", old, ["rsa-2048"], reopen=[old])
    rewrap(maker, "from service-managed to a vault key", "service", SERVICE, ["rsa-3072"], reopen=[allow(ORDERS_3072)])
    rewrap(
        maker,
        "from a vault key to service-managed",
        "rsa-4096",
        allow("https://orders.vault.azure.net/keys/orders-4096"),
        ["service"],
        reopen=[SERVICE],
    )
    rewrap(maker, "to another vault", "rsa-2048", allow(ORDERS_2048), ["rsa-archive"], reopen=[allow(ARCHIVE_2048)])
    rewrap(maker, "to a restored vault", "rsa-2048", allow(ORDERS_2048), ["rsa-restored"], reopen=[allow(RESTORED)])
    rewrap(maker, "to a symmetric vault key", "service", SERVICE, ["aes-hsm"], reopen=[allow(ORDERS_AES)])
    rewrap(
        maker,
        "to a new version of a symmetric key",
        "aes-hsm",
        allow(ORDERS_AES),
        ["aes-hsm-v2"],
        reopen=[allow(ORDERS_AES)],
    )
    rewrap(
        maker,
        "under a key record",
        "rsa-2048",
        allow(ORDERS_2048),
        ["record"],
        reopen=[allow(records=["record"]), allow(records=["record-rotated"])],
    )
    rewrap(
        maker,
        "from a key record to a vault key",
        "record",
        allow(records=["record"]),
        ["rsa-2048"],
        reopen=[allow(ORDERS_2048)],
    )
    everyone = ["rsa-4096", "service", "aes-hsm", "rsa-2048", "record"]
    rewrap(
        maker,
        "to several keys",
        "service",
        SERVICE,
        everyone,
        reopen=[allow(ORDERS_2048), SERVICE, allow(ORDERS_AES), allow(records=["record"])],
    )
    rewrap(maker, "suite 2", "body-2", allow(ORDERS_2048), ["service"], reopen=[SERVICE])
    rewrap(maker, "several chunks", "body-1", allow(ORDERS_2048), ["service"], reopen=[SERVICE])
    rewrap(maker, "padding is dropped", "padding-1024", allow(ORDERS_2048), ["service"], reopen=[SERVICE])
    down = {v1.url: {"state": "denied"}}  # type: ignore[union-attr]
    both = allow(ORDERS_2048, ARCHIVE_2048)
    rewrap(maker, "through the second key", "two-rsa", both, ["rsa-2048-v2"], holder=down, calls=2, reopen=[newest])


def keeping(maker: Maker) -> None:
    both = allow(ORDERS_2048, ARCHIVE_2048)
    known = allow(ORDERS_2048)
    kept: dict[str, Any] = {"keep": "all"}
    rewrap(maker, "keep: add a key", "rsa-2048", known, ["rsa-archive"], reopen=[known, allow(ARCHIVE_2048)], **kept)
    rewrap(
        maker,
        "keep: add to an entry that nobody here can open",
        "two-rsa",
        known,
        ["service"],
        reopen=[known, SERVICE, allow(ARCHIVE_2048)],
        **kept,
    )
    rewrap(maker, "keep: add nothing", "two-rsa", both, [], reopen=[known, allow(ARCHIVE_2048)], **kept)
    rewrap(
        maker,
        "keep: a new version takes the place of the old",
        "two-rsa",
        both,
        ["rsa-2048-v2"],
        reopen=[known, allow(ARCHIVE_2048)],
        **kept,
    )
    rewrap(
        maker,
        "keep: the same version again",
        "two-rsa",
        both,
        ["rsa-2048"],
        reopen=[known, allow(ARCHIVE_2048)],
        **kept,
    )
    rewrap(
        maker,
        "keep: the second is replaced",
        "two-rsa",
        both,
        ["rsa-archive"],
        reopen=[known, allow(ARCHIVE_2048)],
        **kept,
    )
    rewrap(
        maker,
        "keep: same thumbprint, other vault",
        "two-rsa",
        known,
        ["rsa-restored"],
        reopen=[allow(RESTORED)],
        **kept,
    )
    rewrap(
        maker,
        "keep: one replaced, one added",
        "two-rsa",
        known,
        ["rsa-2048-v2", "rsa-3072"],
        reopen=[known, allow(ORDERS_3072)],
        **kept,
    )
    rewrap(
        maker,
        "keep: new version of a symmetric key",
        "mixed",
        SERVICE,
        ["aes-hsm-v2"],
        reopen=[SERVICE, allow(ORDERS_AES)],
        **kept,
    )
    rewrap(
        maker,
        "keep: a vault key beside service-managed",
        "service",
        SERVICE,
        ["rsa-2048"],
        reopen=[SERVICE, known],
        **kept,
    )


def bare_entries(maker: Maker) -> None:
    """Entries with nothing optional, which sealing does not write, are kept or replaced like others."""
    forge = Forge(maker.reader.seals["service"])
    dek = stream("random seal service", 56)[:32]
    archive: Any = maker.reader.keys["rsa-archive"]
    bare = rsa_entry(archive, dek, stream("a seed", 32), None, locator=False)
    edits = forge.rewrite(keks=[bare, *forge.keks], dek=dek)
    known = allow({"key": ARCHIVE_2048, "public_keys": ["rsa-archive"]})
    inputs: dict[str, Any] = {"edits": edits, "keep": "all"}
    added = [known, SERVICE, allow(ORDERS_3072)]
    rewrap(maker, "keep: an entry with nothing optional", "service", known, ["rsa-3072"], reopen=added, **inputs)
    replaced = [allow(ARCHIVE_2048), SERVICE]
    rewrap(maker, "keep: it is replaced by thumbprint", "service", SERVICE, ["rsa-archive"], reopen=replaced, **inputs)


def padding(maker: Maker) -> None:
    def in_place(
        name: str, base: str, configuration: Json, to: list[str], reopen: list[Json], error: str | None = None
    ) -> None:
        length = Forge(maker.reader.seals[base]).end
        rewrap(maker, f"in place: {name}", base, configuration, to, error, pad_to=length, reopen=reopen)

    known = allow(ORDERS_2048)
    in_place("same size", "rsa-2048", known, ["rsa-2048-v2"], [known])
    in_place("smaller", "rsa-2048", known, ["service"], [SERVICE])
    in_place("into padding", "padding-1024", known, ["rsa-2048-v2", "rsa-archive"], [known, allow(ARCHIVE_2048)])
    in_place(
        "into the largest padding",
        "padding-largest",
        SERVICE,
        ["rsa-4096"],
        [allow("https://orders.vault.azure.net/keys/orders-4096")],
    )
    in_place("does not fit", "service", SERVICE, ["rsa-2048"], [], "too_large")
    in_place("does not fit by two bytes", "rsa-2048", known, ["rsa-archive"], [], "too_large")
    in_place("does not fit into padding", "padding-1024", known, ["rsa-4096", "rsa-3072"], [], "too_large")
    rewrap(maker, "padded to 2048", "service", SERVICE, ["rsa-2048"], pad_to=2048, reopen=[known])
    rewrap(maker, "padded to the largest", "service", SERVICE, ["service"], pad_to=16484, reopen=[SERVICE])
    rewrap(maker, "padded over the largest", "service", SERVICE, ["service"], "too_large", pad_to=16485, reopen=[])


def external(maker: Maker) -> None:
    known, pairs = allow(ORDERS_2048), {"pairs": {"row": "42", "tenant": "acme"}}
    done: dict[str, Any] = {"reopen": [SERVICE], "reopen_external": pairs}
    rewrap(maker, "external: named, not given", "everything", known, ["service"], **done)
    rewrap(maker, "external: named, given", "everything", known, ["service"], external=pairs, **done)
    for name, given, error, calls in (
        ("wrong value", {"pairs": {"row": "43", "tenant": "acme"}}, "decrypt", 1),
        ("name missing", {"pairs": {"row": "42"}}, "context", 0),
        ("other name", {"pairs": {"row": "42", "user": "acme"}}, "context", 0),
        ("bytes", {"bytes": "00"}, "context", 0),
    ):
        rewrap(
            maker,
            f"external: named, {name}",
            "everything",
            known,
            ["service"],
            error,
            external=given,
            calls=calls,
            reopen=[],
        )
    right = {"bytes": "00ff68656c6c6f"}
    done = {"reopen": [allow(ORDERS_2048)], "reopen_external": right}
    rewrap(maker, "external: bytes, not given", "external-bytes", SERVICE, ["rsa-2048"], **done)
    rewrap(maker, "external: bytes, given", "external-bytes", SERVICE, ["rsa-2048"], external=right, **done)
    for name, given, error in (
        ("wrong", {"bytes": "00ff68656c6c6e"}, "decrypt"),
        ("pairs", {"pairs": {"a": "b"}}, "context"),
    ):
        rewrap(
            maker, f"external: bytes, {name}", "external-bytes", SERVICE, ["rsa-2048"], error, external=given, reopen=[]
        )
    wrong = {"bytes": "00"}
    rewrap(maker, "external: none, bytes given", "service", SERVICE, ["rsa-2048"], "decrypt", external=wrong, reopen=[])


def records(maker: Maker) -> None:
    known = allow(ORDERS_2048)
    newest = allow({"key": ORDERS_2048, "refused": [maker.reader.keys["rsa-2048"].version]})  # type: ignore[union-attr]
    rewrap(maker, "record: to a new version", None, known, ["rsa-2048-v2"], record="record", reopen=[newest])
    rewrap(maker, "record: to service-managed", None, known, ["service"], record="record", reopen=[SERVICE])
    rewrap(
        maker,
        "record: keep and add",
        None,
        known,
        ["rsa-archive"],
        record="record",
        keep="all",
        reopen=[known, allow(ARCHIVE_2048)],
    )
    third = allow(ORDERS_3072)
    rewrap(
        maker,
        "record: labels stay",
        None,
        third,
        ["aes-hsm-v2"],
        record="record-deterministic",
        reopen=[allow(ORDERS_AES)],
    )
    both = [third, allow(ORDERS_AES)]
    rewrap(
        maker,
        "record: one of two replaced",
        None,
        third,
        ["aes-hsm-v2"],
        record="record-deterministic",
        keep="all",
        reopen=both,
    )
    rewrap(maker, "record: padded", None, SERVICE, ["rsa-2048"], record="record-service", pad_to=1024, reopen=[known])
    forge = Forge(maker.reader.record_key("record").record)
    dek = maker.reader.record_key("record").dek
    core = head_writer.encode_core({}, [], None, None, True)
    for name, edits, error, calls in (
        ("MAC tampered", forge.flip(forge.end - 60), "decrypt", 1),
        ("commitment tampered", forge.flip(forge.end - 1), "decrypt", 1),
        ("other core under a right MAC", forge.rewrite(core=core, dek=dek), "decrypt", 1),
        ("byte after it", [{"append": "00"}], "malformed", 0),
        ("cut", [{"truncate": forge.end - 1}], "truncated", 0),
    ):
        rewrap(
            maker,
            f"record: {name}",
            None,
            known,
            ["service"],
            error,
            record="record",
            edits=edits,
            calls=calls,
            reopen=[],
        )
    nothing = allow(records=["record"])
    rewrap(maker, "record: no key", None, nothing, ["service"], "no_key", record="record", calls=0, reopen=[])


def rejects(maker: Maker) -> None:
    forge = Forge(maker.reader.seals["everything"])
    known = allow(ORDERS_2048)
    kek = forge.head.keks[0]
    assert kek.time and kek.thumbprint
    for name, edits, error, calls in (
        ("MAC tampered", forge.flip(forge.end - 88), "decrypt", 1),
        ("salt tampered", forge.flip(forge.end - 56), "decrypt", 1),
        ("commitment tampered", forge.flip(forge.end - 32), "decrypt", 1),
        ("last byte of the commitment tampered", forge.flip(forge.end - 1), "decrypt", 1),
        ("time tampered", forge.flip(forge.find(kek.time.to_bytes(4, "big")) + 3), "decrypt", 1),
        ("thumbprint tampered", forge.flip(forge.find(kek.thumbprint)), "decrypt", 1),
        ("wrapped key tampered", forge.flip(forge.find(kek.wrapped)), "decrypt", 1),
        ("namespace tampered", forge.flip(forge.find(b"acme.invoice")), "decrypt", 1),
        ("encryption context tampered", forge.flip(forge.find(b"one")), "decrypt", 1),
        ("padding tampered", forge.flip(forge.end - 89), "malformed", 0),
        ("suite turned", forge.put(5, b"\x02"), "decrypt", 1),
        ("flag set", forge.put(6, b"\x01"), "malformed", 0),
        ("version 2", forge.put(4, b"\x02"), "unsupported", 0),
        ("L too large", forge.put(8, (16385).to_bytes(4, "big")), "too_large", 0),
        ("cut", [{"truncate": forge.end - 1}], "truncated", 0),
        ("padding removed", forge.rewrite(), "decrypt", 1),
    ):
        rewrap(maker, name, "everything", known, ["service"], error, edits=edits, calls=calls, reopen=[])
    rewrap(maker, "no key", "rsa-2048", allow(ORDERS_3072), ["service"], "no_key", calls=0, reopen=[])
    newer = maker.reader.keys["rsa-2048-v2"].version  # type: ignore[union-attr]
    url = maker.reader.keys["rsa-2048"].url  # type: ignore[union-attr]
    for state in ("denied", "unavailable"):
        rewrap(maker, state, "rsa-2048", known, ["service"], state, holder={url: {"state": state}}, calls=1, reopen=[])
    new = maker.reader.keys["aes-hsm"].url  # type: ignore[union-attr]
    for state in ("denied", "unavailable"):
        holder = {new: {"state": state}}
        rewrap(maker, f"new key {state}", "rsa-2048", known, ["aes-hsm"], state, holder=holder, calls=1, reopen=[])
    forge = Forge(maker.reader.seals["external-bytes"])
    core = head_writer.encode_core({}, [], "acme", None, False)
    edits = forge.rewrite(core=core, dek=stream("random seal external-bytes", 56)[:32])
    right = {"bytes": "00ff68656c6c6f"}
    rewrap(
        maker,
        "other core under a right MAC",
        "external-bytes",
        SERVICE,
        ["service"],
        "decrypt",
        edits=edits,
        external=right,
        reopen=[],
    )
    nine: dict[str, Any] = {"reopen": [], "keep": "all", "calls": [0, 1]}
    rewrap(maker, "keep: nine keys", "eight-keys", known, ["rsa-4096"], "too_large", **nine)
    eight: dict[str, Any] = {"reopen": [allow({"key": ORDERS_2048, "versions": [newer]})], "keep": "all"}
    rewrap(maker, "keep: still eight keys", "eight-keys", known, ["rsa-2048-v2"], **eight)
    rewrap(
        maker,
        "new key with an odd version",
        "rsa-2048",
        known,
        ["rsa-odd-version"],
        "unsupported",
        calls=[0, 1],
        reopen=[],
    )


def rewrap(
    maker: Maker,
    name: str,
    base: str | None,
    configuration: Json,
    to: list[str],
    error: str | None = None,
    calls: int | list[int] | None = None,
    record: str | None = None,
    edits: list[Json] | None = None,
    **inputs: Any,
) -> None:
    head = {"record": record} if record else {"base": base}
    seeds = 32 * sum(maker.is_rsa(id) for id in to)
    case = {
        "name": name,
        "head": head | ({"edits": edits} if edits else {}),
        "configuration": configuration,
        "to": to,
        "keep": "none",
        "now": LATER,
        "random": stream("random rewrap " + name, seeds).hex(),
    }
    if error == "too_large" and "pad_to" in inputs:
        calls = [0, 1]  # whether the entries fit is known before the DEK is
    case |= inputs
    maker.add("rewrap", case, error, calls)
    if error:
        del case["wraps"]
