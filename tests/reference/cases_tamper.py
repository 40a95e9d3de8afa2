"""Cases of `open.json` about envelopes that were cut, reordered, extended or changed."""

from __future__ import annotations

from typing import Any

import head_writer
import header
from cases_seal import CS1, NOW
from make_keys import stream
from maker import allow
from open_cases import ARCHIVE_2048, ORDERS_2048, ORDERS_3072, OpenCases
from seal import rsa_entry, vault_locator


def make(cases: OpenCases) -> None:
    truncated(cases)
    body(cases)
    preamble(cases)
    head_fields(cases)
    kek_list(cases)
    insider(cases)
    mixed(cases)


def truncated(cases: OpenCases) -> None:
    forge = cases.forge("rsa-2048")
    head = forge.head
    kek = head.keks[0]
    assert kek.thumbprint and kek.locator
    cases.add("cut to nothing", "rsa-2048", [{"truncate": 0}], "truncated", 0)
    for name, at in {
        "first byte": 1,
        "magic": 4,
        "version": 5,
        "suite": 6,
        "flags": 7,
        "reserved byte": 8,
        "three bytes of L": 11,
        "preamble": 12,
        "header array head": 13,
        "core": 15,
        "KEK array head": 16,
        "KEK map head": 17,
        "KEK algorithm": forge.find(kek.thumbprint) - 3,
        "thumbprint": forge.find(kek.thumbprint) + 32,
        "host": forge.find(kek.locator.host.encode()) + len(kek.locator.host),
        "name": forge.find(kek.locator.name.encode()) + len(kek.locator.name),
        "version of the key": forge.find(kek.locator.version) + 16,
        "half of the wrapped key": forge.find(kek.wrapped) + 128,
        "wrapped key": forge.find(kek.wrapped) + 256,
        "header but one byte": 12 + len(head.header) - 1,
        "header": 12 + len(head.header),
        "half of the MAC": 12 + len(head.header) + 16,
        "MAC": 12 + len(head.header) + 32,
        "salt": 12 + len(head.header) + 56,
        "head but one byte": forge.end - 1,
    }.items():
        cases.add(f"cut after {name}", "rsa-2048", [{"truncate": at}], "truncated", 0)
        if at >= 8:
            cases.add(f"detached head cut after {name}", "rsa-2048", [{"truncate": at}], "truncated", 0, detached=True)
    cases.add("cut in the padding", "padding-1024", [{"truncate": 800}], "truncated", 0)
    cases.add("cut after the head", "rsa-2048", [{"truncate": forge.end}], "truncated", 1)
    cases.add(
        "cut after the head, no key",
        "rsa-2048",
        [{"truncate": forge.end}],
        "no_key",
        0,
        configuration=allow(ORDERS_3072),
    )
    cases.add(
        "cut after the head, MAC tampered",
        "rsa-2048",
        forge.flip(forge.end - 88) + [{"truncate": forge.end}],
        "decrypt",
        1,
    )
    for left in (1, 15):
        cases.add(f"{left} bytes of the only chunk left", "rsa-2048", [{"truncate": forge.end + left}], "truncated", 1)
    for left in (16, 20):
        cases.add(f"{left} bytes of the only chunk left", "rsa-2048", [{"truncate": forge.end + left}], "decrypt", 1)
    cut = {"detached": True, "body_edits": [{"truncate": 0}]}
    cases.add("detached, empty body", "rsa-2048", None, "truncated", 1, **cut)
    for base, size, chunks in (("body-1", CS1 + 16, 3), ("body-2", 262160, 1)):
        start = cases.forge(base).end
        for k in range(chunks + 1):
            at = start + k * size
            cases.add(f"{base} cut at the start of chunk {k}", base, [{"truncate": at}], "truncated", 1)
            for more in (1, 15):
                cases.add(f"{base} cut {more} bytes into chunk {k}", base, [{"truncate": at + more}], "truncated", 1)
            cases.add(f"{base} cut 16 bytes into chunk {k}", base, [{"truncate": at + 16}], "decrypt", 1)
            cases.add(f"{base} cut 17 bytes into chunk {k}", base, [{"truncate": at + 17}], "decrypt", 1)
        cases.add(
            f"{base} without its last byte", base, [{"truncate": len(cases.maker.reader.seals[base]) - 1}], "decrypt", 1
        )
        cases.add(f"{base} cut one byte before a boundary", base, [{"truncate": start + size - 1}], "decrypt", 1)
    cases.add("body-1-even without its empty last chunk", "body-1-even", [{"drop_chunk": 2}], "truncated", 1)
    end = len(cases.maker.reader.seals["body-1-even"])
    cases.add("body-1-even with 15 bytes of its last chunk", "body-1-even", [{"truncate": end - 1}], "truncated", 1)


def body(cases: OpenCases) -> None:
    for base, last in (("body-1", 3), ("body-1-even", 2)):
        cases.add(f"{base}: first two chunks swapped", base, [{"swap_chunks": [0, 1]}], "decrypt", 1)
        cases.add(f"{base}: first and last chunk swapped", base, [{"swap_chunks": [0, last]}], "decrypt", 1)
        cases.add(f"{base}: last two chunks swapped", base, [{"swap_chunks": [last - 1, last]}], "decrypt", 1)
        for k in range(last + 1):
            cases.add(f"{base}: chunk {k} duplicated", base, [{"duplicate_chunk": k}], "decrypt", 1)
        for k in range(last):
            cases.add(f"{base}: chunk {k} dropped", base, [{"drop_chunk": k}], "decrypt", 1)
    cases.add("body-1: last chunk dropped", "body-1", [{"drop_chunk": 3}], "truncated", 1)
    cases.add("body-2: first chunk dropped", "body-2", [{"drop_chunk": 0}], "decrypt", 1)
    cases.add("body-2: first chunk duplicated", "body-2", [{"duplicate_chunk": 0}], "decrypt", 1)
    cases.add("body-2: chunks swapped", "body-2", [{"swap_chunks": [0, 1]}], "decrypt", 1)
    for base in ("rsa-2048", "body-1", "body-1-even", "body-1-short-by-1"):
        for more in (1, 15, 16, 17):
            cases.add(f"{base}: {more} bytes added", base, [{"append": "00", "times": more}], "decrypt", 1)
    cases.add("body-1: another chunk of zeros added", "body-1", [{"append": "00", "times": CS1 + 16}], "decrypt", 1)
    for base, size in (("body-1", CS1 + 16), ("body-2", 262160)):
        forge = cases.forge(base)
        end = len(forge.data)
        places = {
            "first byte of the body": forge.end,
            "byte inside the first chunk": forge.end + 1000,
            "first byte of the first tag": forge.end + size - 16,
            "last byte of the first tag": forge.end + size - 1,
            "first byte of the second chunk": forge.end + size,
            "first byte of the last tag": end - 16,
            "last byte": end - 1,
        }
        for name, at in places.items():
            cases.add(f"{base}: {name} flipped", base, forge.flip(at), "decrypt", 1)
        cases.add(f"{base}: high bit of the last byte flipped", base, forge.flip(end - 1, 128), "decrypt", 1)
    forge = cases.forge("suite-1-length-0")
    for at in (0, 15):
        cases.add(f"tag of nothing, byte {at} flipped", "suite-1-length-0", forge.flip(forge.end + at), "decrypt", 0)


def preamble(cases: OpenCases) -> None:
    forge = cases.forge("rsa-2048")

    def put(name: str, at: int, new: str, error: str | list[str], calls: int = 0) -> None:
        cases.add(name, "rsa-2048", forge.put(at, bytes.fromhex(new)), error, calls)

    for at in range(4):
        cases.add(f"magic byte {at} flipped", "rsa-2048", forge.flip(at), "malformed", 0)
    for version in ("00", "02", "ff"):
        put(f"version {version}", 4, version, "unsupported")
    for suite in ("00", "03", "10", "1f", "ff"):
        put(f"suite {suite}", 5, suite, "unsupported")
    for flags in ("01", "02", "03", "80"):
        put(f"flags {flags}", 6, flags, "malformed")
    for reserved in ("01", "80"):
        put(f"reserved byte {reserved}", 7, reserved, "malformed")
    put("L is 0", 8, "00000000", "malformed")
    put("L is 65537", 8, "00010001", "malformed")
    put("L is 2^32-1", 8, "ffffffff", "malformed")
    put("L is 2^31", 8, "80000000", "malformed")
    put("L is 65536", 8, "00010000", "too_large")
    put("L is 16385", 8, "00004001", "too_large")
    put("L is 16384, more than there is", 8, "00004000", "truncated")
    length = len(forge.head.header)
    assert forge.data[12 + length] != 0
    put("L one too large", 8, f"{length + 1:08x}", "malformed")
    put("L one too small", 8, f"{length - 1:08x}", "malformed")
    put("L is 1", 8, "00000001", "malformed")
    # Faults of the preamble are judged in byte order, before the end of the input.
    for name, data, error in (
        ("only a wrong first byte", "00", "malformed"),
        ("magic ends wrong", "89434d4c", "malformed"),
        ("wrong magic and version", "89434d0002", "malformed"),
        ("wrong version, then the end", "89434d4b02", "unsupported"),
        ("wrong suite, then the end", "89434d4b0103", "unsupported"),
        ("wrong version and suite", "89434d4b0203", "unsupported"),
        ("wrong version and flags", "89434d4b020102", "unsupported"),
        ("wrong suite and flags", "89434d4b010302", "unsupported"),
        ("wrong flags, then the end", "89434d4b010102", "malformed"),
        ("wrong flags and reserved byte", "89434d4b01010201", "malformed"),
        ("wrong reserved byte, then the end", "89434d4b01010001", "malformed"),
        ("L of 0, then the end", "89434d4b0101000000000000", "malformed"),
        ("L of 65537, then the end", "89434d4b0101000000010001", "malformed"),
        ("L of 16385, then the end", "89434d4b0101000000004001", "too_large"),
        ("L of 16384, then the end", "89434d4b0101000000004000", "truncated"),
        ("wrong reserved byte and L too large", "89434d4b0101000100004001", "malformed"),
        ("text", b"hello, this is not an envelope".hex(), "malformed"),
        ("a JSON document", b'{"a": 1}'.hex(), "malformed"),
    ):
        case = {"name": f"preamble: {name}", "envelope": {"hex": data}, "configuration": allow(ORDERS_2048)}
        cases.maker.add("open", case, error, 0)
    cases.add("suite 1 turned into 2", "rsa-2048", forge.put(5, b"\x02"), "decrypt", 1)
    cases.add("suite 1 turned into 2, several chunks", "body-1", cases.forge("body-1").put(5, b"\x02"), "decrypt", 1)
    cases.add("suite 2 turned into 1", "body-2", cases.forge("body-2").put(5, b"\x01"), "decrypt", 1)


def head_fields(cases: OpenCases) -> None:
    """One bit of every field of a head with everything in it."""
    forge = cases.forge("everything")
    head = forge.head
    kek = head.keks[0]
    locator, thumbprint = kek.locator, kek.thumbprint
    assert locator and thumbprint and kek.time
    core = forge.find(head.core.raw)

    def flip(name: str, at: int, error: str | list[str], calls: int, bit: int = 1, **inputs: Any) -> None:
        cases.add(f"{name} flipped", "everything", forge.flip(at, bit), error, calls, **inputs)

    flip("header array head", 12, "malformed", 0)
    flip("length of the core", core - 1, "malformed", 0)
    flip("number of core entries", core, "malformed", 0)
    flip("key of core entry 1", core + 1, "malformed", 0)
    flip("encryption context key", forge.find(b"\x61b") + 1, "decrypt", 1)
    flip("encryption context key, order kept", forge.find(b"\x62aa") + 2, "decrypt", 1, 2)
    flip("encryption context value", forge.find(b"one"), "decrypt", 1)
    flip("length of an encryption context value", forge.find(b"\x63one"), "malformed", 0)
    flip("external name", forge.find(b"row"), "context", 0)
    flip("namespace", forge.find(b"acme.invoice"), "decrypt", 1)
    flip(
        "namespace, to what the caller expects",
        forge.find(b"v2") + 1,
        "decrypt",
        1,
        expect={"namespace": "acme.invoice/v3"},
    )
    flip("namespace, out of its characters", forge.find(b"acme.invoice"), "malformed", 0, 128)
    flip("content type", forge.find(b"application"), "decrypt", 1)
    flip("KEK array head", core + len(head.core.raw), "malformed", 0)
    start = forge.find(kek.raw)
    flip("KEK map head", start, "malformed", 0)
    flip("KEK algorithm", start + 3, "unsupported", 0)
    flip("thumbprint", forge.find(thumbprint), "decrypt", 1)
    known = allow({"key": ORDERS_2048, "public_keys": ["rsa-2048"]})
    flip("thumbprint, public key known", forge.find(thumbprint), "no_key", 0, configuration=known)
    host, name, version = (
        forge.find(locator.host.encode()),
        forge.find(locator.name.encode()),
        forge.find(locator.version),
    )
    flip("holder", host - 2, "malformed", 0)
    flip("holder, unknown", host - 2, "unsupported", 0, 8)
    flip("host", host, "no_key", 0)
    flip("host, public key known", host, "decrypt", 1, configuration=known)
    flip("host, to upper case", host, "malformed", 0, 32)
    flip("name", name, "no_key", 0)
    flip("name, public key known", name, "decrypt", 1, configuration=known)
    flip(
        "version", version, "no_key", 0, configuration=allow({"key": ORDERS_2048, "versions": [locator.version.hex()]})
    )
    other = bytes([locator.version[0] ^ 1]) + locator.version[1:]
    denied = {f"{ORDERS_2048}/{other.hex()}": {"state": "denied"}}
    flip("version, every version allowed", version, "denied", 1, holder=denied)
    wrapped = forge.find(kek.wrapped)
    flip("first byte of the wrapped key", wrapped, "decrypt", 1)
    flip("last byte of the wrapped key", wrapped + 255, "decrypt", 1)
    flip("length of the wrapped key", wrapped - 1, "malformed", 0)
    time = forge.find(kek.time.to_bytes(4, "big"))
    flip("time", time + 3, "decrypt", 1)
    flip("key of the time", time - 2, "malformed", 0)
    flip("first byte of the padding", time + 4, "malformed", 0)
    flip("last byte of the padding", forge.end - 89, "malformed", 0)
    for field, at, length in (
        ("MAC", forge.end - 88, 32),
        ("salt", forge.end - 56, 24),
        ("commitment", forge.end - 32, 32),
    ):
        flip(f"first byte of the {field}", at, "decrypt", 1)
        flip(f"middle of the {field}", at + length // 2, "decrypt", 1, 16)
        flip(f"last byte of the {field}", at + length - 1, "decrypt", 1, 128)
    zeros = [{"at": forge.end - 88, "replace": 32, "with": "00" * 32}]
    cases.add("MAC of zeros", "everything", zeros, "decrypt", 1)
    forge = cases.forge("service")
    kek = forge.head.keks[0]
    assert kek.locator
    for field, at, error in (
        ("service name", forge.find(kek.locator.name.encode()), "no_key"),
        ("service version", forge.find(kek.locator.version), "no_key"),
        ("service wrapped key", forge.find(kek.wrapped), "decrypt"),
        ("service algorithm", forge.find(kek.raw) + 2, "unsupported"),
    ):
        cases.add(f"{field} flipped", "service", forge.flip(at), error, 0)
    forge = cases.forge("record")
    kek = forge.head.keks[0]
    assert kek.locator
    cases.add("dek_id of the entry flipped", "record", forge.flip(forge.find(kek.locator.dek_id)), "no_key", 0)
    cases.add("wrapped key under a record flipped", "record", forge.flip(forge.find(kek.wrapped)), "decrypt", 0)
    forge = cases.forge("aes-hsm")
    kek = forge.head.keks[0]
    cases.add("wrapped key under A256KW flipped", "aes-hsm", forge.flip(forge.find(kek.wrapped)), "decrypt", 1)


def kek_list(cases: OpenCases) -> None:
    """A KEK list that was changed without the DEK."""
    forge = cases.forge("two-rsa")
    first, second = forge.keks
    both = allow(ORDERS_2048, ARCHIVE_2048)

    def change(name: str, keks: list[bytes], error: str = "decrypt", calls: int = 1, **inputs: Any) -> None:
        cases.add(f"KEK list: {name}", "two-rsa", forge.rewrite(keks=keks), error, calls, **inputs)

    cases.add("KEK list: as it is", "two-rsa", calls=1, configuration=both)
    cases.add("KEK list: opened with the second alone", "two-rsa", calls=1, configuration=allow(ARCHIVE_2048))
    change("swapped", [second, first], configuration=both)
    change("first removed", [second], configuration=both)
    change("second removed", [first])
    change("the only known one removed", [second], "no_key", 0)
    change("first duplicated", [first, first, second], "malformed", 0)
    change("second duplicated", [first, second, second], "malformed", 0)
    change("all removed", [], "malformed", 0)
    stranger = rsa_entry(cases.keys["rsa-3072"], stream("a dek", 32), stream("a seed", 32), NOW)
    change("one added in front", [stranger, first, second])
    change("one added behind", [first, second, stranger])
    change("one added in front that matches", [stranger, first], configuration=allow(ORDERS_3072, ORDERS_2048))
    mine = rsa_entry(cases.keys["rsa-2048"], stream("a dek", 32), stream("a seed", 32), NOW)
    change("first replaced by another DEK", [mine, second])
    change("first replaced, second opens", [mine, second], configuration=both)
    cases.add("KEK list: padding added", "two-rsa", forge.rewrite(padding=1), "decrypt", 1)
    cases.add("KEK list: padding removed", "padding-1024", cases.forge("padding-1024").rewrite(), "decrypt", 1)


def insider(cases: OpenCases) -> None:
    """Heads by someone who knows the DEK: one of MAC and commitment is right, or the wrapped value is odd."""
    dek = cases.dek("namespace")
    forge = cases.forge("namespace")
    other = head_writer.encode_core({}, [], "acme.invoice/v3", None, False)
    cases.add("other core under a right MAC", "namespace", forge.rewrite(core=other, dek=dek), "decrypt", 0)
    expect = {"namespace": "acme.invoice/v3"}
    cases.add(
        "other core under a right MAC, expected",
        "namespace",
        forge.rewrite(core=other, dek=dek),
        "decrypt",
        0,
        expect=expect,
    )
    cases.add("other padding under a right MAC", "namespace", forge.rewrite(padding=5, dek=dek), None, 0)
    cases.add("commitment tampered under a right MAC", "namespace", forge.miscommit(dek), "decrypt", 0)
    cases.add("core removed under a right MAC", "namespace", forge.rewrite(core=b"\xa0", dek=dek), "decrypt", 0)
    forge = cases.forge("two-rsa")
    dek = cases.dek("two-rsa")
    cases.add("KEK removed under a right MAC", "two-rsa", forge.rewrite(keks=forge.keks[:1], dek=dek), None, 1)
    rsa = cases.keys["rsa-2048"]
    for name, value in (("31 bytes", dek[:31]), ("33 bytes", dek + b"\0"), ("nothing", b""), ("64 bytes", dek + dek)):
        entry = rsa_entry(rsa, value, stream("a seed", 32), NOW)
        cases.add(f"unwrapped value of {name}", "two-rsa", forge.rewrite(keks=[entry], dek=dek), "decrypt", 1)
        last = forge.rewrite(keks=[entry, forge.keks[1]], dek=dek)
        both = allow(ORDERS_2048, ARCHIVE_2048)
        cases.add(f"unwrapped value of {name}, next entry right", "two-rsa", last, "decrypt", 1, configuration=both)
    entry = rsa_entry(rsa, stream("another dek", 32), stream("a seed", 32), NOW)
    cases.add("another DEK under a right MAC", "two-rsa", forge.rewrite(keks=[entry], dek=dek), "decrypt", 1)
    crowd = [stranger_entry(i) for i in range(15)]
    sixteen = [*crowd, forge.keks[0]]
    cases.add("sixteen entries under a right MAC", "two-rsa", forge.rewrite(keks=sixteen, dek=dek), None, 1)
    seventeen = forge.rewrite(keks=[*crowd, *forge.keks], dek=dek)
    cases.add("seventeen entries under a right MAC", "two-rsa", seventeen, ["malformed", "too_large"], 0)
    entry = rsa_entry(rsa, dek, stream("a seed", 32), None)
    cases.add("entry without a time", "two-rsa", forge.rewrite(keks=[entry], dek=dek), None, 1)
    wrong = head_writer.encode_kek(header.RSA_OAEP_256, rsa.thumbprint, vault_locator(rsa), b"\xff" * 256, NOW)
    cases.add("wrapped key over the modulus", "two-rsa", forge.rewrite(keks=[wrong], dek=dek), "decrypt", 1)
    wrong = head_writer.encode_kek(header.RSA_OAEP_256, rsa.thumbprint, vault_locator(rsa), bytes(256), NOW)
    cases.add("wrapped key of zeros", "two-rsa", forge.rewrite(keks=[wrong], dek=dek), "decrypt", 1)
    # A full chunk as the last one: its tag is right, but a writer would have added an empty chunk.
    full = [{"drop_chunk": 2}]
    cases.add("no chunk after a full one", "body-1-even", full, "truncated", 1)


def mixed(cases: OpenCases) -> None:
    """Parts of two sound messages under one key, as whoever keeps them can put them together."""
    forge, other = cases.forge("rsa-2048"), cases.forge("two-rsa")
    head = [{"at": 0, "replace": forge.end, "with": other.data[: other.end].hex()}]
    cases.add("head of another message", "rsa-2048", head, "decrypt", 1)
    cases.add("detached head of another message", "rsa-2048", head, "decrypt", 1, detached=True)
    forge, other = cases.forge("body-1"), cases.forge("body-1-even")
    size = CS1 + 16
    for k, name in enumerate(("first", "second")):
        chunk = other.data[other.end + k * size : other.end + (k + 1) * size]
        edits = [{"at": forge.end + k * size, "replace": size, "with": chunk.hex()}]
        cases.add(f"{name} chunk of another message", "body-1", edits, "decrypt", 1)


def stranger_entry(number: int) -> bytes:
    """An entry of some key that nobody has."""
    thumbprint, wrapped = stream(f"thumbprint {number}", 32), stream(f"wrapped {number}", 256)
    return head_writer.encode_kek(header.RSA_OAEP_256, thumbprint, None, wrapped, None)
