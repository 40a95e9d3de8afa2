"""`open.json`: opening whole envelopes. Most cases are rejects, written as edits of a case of `seal.json`."""

from __future__ import annotations

from typing import Any

import derive
import header
import wrap
from cases_seal import CS1, NOW
from codec import Json
from forge import Forge
from maker import Maker, allow
from make_keys import stream
from seal import rsa_entry, vault_locator

VAULT, ARCHIVE, HSM = (f"https://{name}/keys/" for name in ("orders.vault.azure.net", "archive.vault.azure.net", "orders.managedhsm.azure.net"))
ORDERS_2048, ORDERS_3072, ORDERS_4096 = VAULT + "orders-2048", VAULT + "orders-3072", VAULT + "orders-4096"
ARCHIVE_2048, RESTORED, ORDERS_AES = ARCHIVE + "archive-2048", ARCHIVE + "orders-2048", HSM + "orders-aes"
EVERYTHING = {"external": {"pairs": {"row": "42", "tenant": "acme"}}}


def make(maker: Maker) -> None:
    cases = OpenCases(maker)
    accepted(cases)
    truncated(cases)
    body(cases)
    preamble(cases)
    head_fields(cases)
    kek_list(cases)
    insider(cases)
    context(cases)
    matching(cases)
    versions(cases)
    holders(cases)
    unwrapping(cases)
    shapes(cases)


class OpenCases:
    """Adds cases to `open.json`; by default with a configuration that opens the base."""

    CONFIGURATIONS = {
        "rsa-3072": allow(ORDERS_3072),
        "rsa-4096": allow(ORDERS_4096),
        "rsa-archive": allow(ARCHIVE_2048),
        "aes-hsm": allow(ORDERS_AES),
        "body-1-even": allow(ORDERS_AES),
        "body-1-short-by-1": allow(ORDERS_AES),
        "everything-suite-2": allow(ORDERS_AES),
        "record": allow(records=["record"]),
        "record-deterministic": allow(records=["record-deterministic"]),
    }
    RSA_2048 = ("rsa-2048", "rsa-2048-v2", "two-rsa", "four-rsa", "everything", "external-one-pair", "padding-1024", "body-1", "body-2")

    def __init__(self, maker: Maker) -> None:
        self.maker = maker
        self.keys: Any = maker.reader.keys

    def forge(self, base: str) -> Forge:
        return Forge(self.maker.reader.seals[base])

    def dek(self, base: str) -> bytes:
        case = next(case for case in self.maker.files["seal"] if case["name"] == base)
        return bytes.fromhex(case["random"])[:32]

    def add(
        self,
        name: str,
        base: str,
        edits: list[Json] | None = None,
        error: str | list[str] | None = None,
        calls: int | None = None,
        **inputs: Any,
    ) -> None:
        envelope: Json = {"base": base}
        if edits:
            envelope["edits"] = edits
        if "body_edits" in inputs:
            envelope["body_edits"] = inputs.pop("body_edits")
        default = allow(ORDERS_2048) if base in self.RSA_2048 else allow(service=["service"])
        case = {"name": name, "envelope": envelope, "configuration": self.CONFIGURATIONS.get(base, default)}
        if base.startswith("everything"):
            case |= EVERYTHING
        case |= inputs
        case = {key: value for key, value in case.items() if value is not None}
        self.maker.add("open", case, error, calls)


def accepted(cases: OpenCases) -> None:
    for base in ("rsa-2048", "rsa-2048-v2", "rsa-3072", "rsa-4096", "rsa-archive", "aes-hsm", "padding-1024"):
        cases.add(f"opens {base}", base, calls=1)
    for base in ("service", "record", "record-deterministic", "time-0", "padding-0", "padding-1", "padding-largest"):
        cases.add(f"opens {base}", base, calls=0)
    for base in ("context-order", "context-unicode", "context-empty-value", "context-64", "namespace-255", "content-type"):
        cases.add(f"opens {base}", base, calls=0)
    cases.add("opens everything", "everything", calls=1)
    cases.add("opens everything-suite-2", "everything-suite-2", calls=1)
    cases.add("opens with nothing external given as empty bytes", "service", external={"bytes": ""})
    for suite in (1, 2):
        cases.add(f"opens no plaintext in suite {suite}", f"suite-{suite}-length-0")
        cases.add(f"opens one byte in suite {suite}", f"suite-{suite}-length-1")
    for length in ("chunk-1", "chunk", "chunk+1"):
        cases.add(f"opens {length} in suite 1", f"suite-1-length-{length}")
    cases.add("opens several chunks in suite 1", "body-1", calls=1)
    cases.add("opens an empty last chunk", "body-1-even", calls=1)
    cases.add("opens several chunks in suite 2", "body-2", calls=1)
    cases.add("opens a detached envelope", "rsa-2048", detached=True, calls=1)
    cases.add("opens a detached envelope of several chunks", "body-1", detached=True, calls=1)
    for name, configuration in {
        "its vault key": allow(ORDERS_AES),
        "its second key": allow(ORDERS_3072),
        "its service key": allow(service=["service"]),
        "its key record": allow(records=["record"]),
        "its key record, rewrapped": allow(records=["record-rotated"]),
        "its last key": allow(ORDERS_2048),
        "keys that it does not have and one that it has": allow(ARCHIVE_2048, ORDERS_2048, service=["service-other"]),
    }.items():
        cases.add(f"opens mixed with {name}", "mixed", configuration=configuration)


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
    cases.add("cut after the head, no key", "rsa-2048", [{"truncate": forge.end}], "no_key", 0, configuration=allow(ORDERS_3072))
    cases.add("cut after the head, MAC tampered", "rsa-2048", forge.flip(forge.end - 88) + [{"truncate": forge.end}], "decrypt", 1)
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
        cases.add(f"{base} without its last byte", base, [{"truncate": len(cases.maker.reader.seals[base]) - 1}], "decrypt", 1)
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
    flip("namespace, to what the caller expects", forge.find(b"v2") + 1, "decrypt", 1, expect={"namespace": "acme.invoice/v3"})
    flip("namespace, out of its characters", forge.find(b"acme.invoice"), "malformed", 0, 128)
    flip("content type", forge.find(b"application"), "decrypt", 1)
    flip("KEK array head", core + len(head.core.raw), "malformed", 0)
    start = forge.find(kek.raw)
    flip("KEK map head", start, "malformed", 0)
    flip("KEK algorithm", start + 3, "unsupported", 0)
    flip("thumbprint", forge.find(thumbprint), "decrypt", 1)
    known = allow({"key": ORDERS_2048, "public_keys": ["rsa-2048"]})
    flip("thumbprint, public key known", forge.find(thumbprint), "no_key", 0, configuration=known)
    host, name, version = forge.find(locator.host.encode()), forge.find(locator.name.encode()), forge.find(locator.version)
    flip("holder", host - 2, "malformed", 0)
    flip("holder, unknown", host - 2, "unsupported", 0, 8)
    flip("host", host, "no_key", 0)
    flip("host, public key known", host, "decrypt", 1, configuration=known)
    flip("host, to upper case", host, "malformed", 0, 32)
    flip("name", name, "no_key", 0)
    flip("name, public key known", name, "decrypt", 1, configuration=known)
    flip("version", version, "no_key", 0, configuration=allow({"key": ORDERS_2048, "versions": [locator.version.hex()]}))
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
    for name, at, length in (("MAC", forge.end - 88, 32), ("salt", forge.end - 56, 24), ("commitment", forge.end - 32, 32)):
        flip(f"first byte of the {name}", at, "decrypt", 1)
        flip(f"middle of the {name}", at + length // 2, "decrypt", 1, 16)
        flip(f"last byte of the {name}", at + length - 1, "decrypt", 1, 128)
    zeros = [{"at": forge.end - 88, "replace": 32, "with": "00" * 32}]
    cases.add("MAC of zeros", "everything", zeros, "decrypt", 1)
    forge = cases.forge("service")
    kek = forge.head.keks[0]
    assert kek.locator
    for name, at, error in (
        ("service name", forge.find(kek.locator.name.encode()), "no_key"),
        ("service version", forge.find(kek.locator.version), "no_key"),
        ("service wrapped key", forge.find(kek.wrapped), "decrypt"),
        ("service algorithm", forge.find(kek.raw) + 2, "unsupported"),
    ):
        cases.add(f"{name} flipped", "service", forge.flip(at), error, 0)
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
    other = header.encode_core({}, [], "acme.invoice/v3", None, False)
    cases.add("other core under a right MAC", "namespace", forge.rewrite(core=other, dek=dek), "decrypt", 0)
    expect = {"namespace": "acme.invoice/v3"}
    cases.add("other core under a right MAC, expected", "namespace", forge.rewrite(core=other, dek=dek), "decrypt", 0, expect=expect)
    cases.add("other padding under a right MAC", "namespace", forge.rewrite(padding=5, dek=dek), None, 0)
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
    entry = rsa_entry(rsa, dek, stream("a seed", 32), None)
    cases.add("entry without a time", "two-rsa", forge.rewrite(keks=[entry], dek=dek), None, 1)
    wrong = header.encode_kek(header.RSA_OAEP_256, rsa.thumbprint, vault_locator(rsa), b"\xff" * 256, NOW)
    cases.add("wrapped key over the modulus", "two-rsa", forge.rewrite(keks=[wrong], dek=dek), "decrypt", 1)
    wrong = header.encode_kek(header.RSA_OAEP_256, rsa.thumbprint, vault_locator(rsa), bytes(256), NOW)
    cases.add("wrapped key of zeros", "two-rsa", forge.rewrite(keks=[wrong], dek=dek), "decrypt", 1)
    # A full chunk as the last one: its tag is right, but a writer would have added an empty chunk.
    full = [{"drop_chunk": 2}]
    cases.add("no chunk after a full one", "body-1-even", full, "truncated", 1)


def context(cases: OpenCases) -> None:
    pairs = {"row": "42", "tenant": "acme"}
    for name, external, error, calls in (
        ("other value", {"pairs": pairs | {"row": "43"}}, "decrypt", 1),
        ("values exchanged", {"pairs": {"row": "acme", "tenant": "42"}}, "decrypt", 1),
        ("empty value", {"pairs": pairs | {"row": ""}}, "decrypt", 1),
        ("name missing", {"pairs": {"row": "42"}}, "context", 0),
        ("name too many", {"pairs": pairs | {"b": "1"}}, "context", 0),
        ("other name", {"pairs": {"row": "42", "Tenant": "acme"}}, "context", 0),
        ("no pairs", {"pairs": {}}, "context", 0),
        ("nothing", None, "context", 0),
        ("bytes", {"bytes": "3432"}, "context", 0),
        ("empty bytes", {"bytes": ""}, "context", 0),
        ("the very bytes that are bound", {"bytes": "a263726f776234326674656e616e746461636d65"}, "context", 0),
    ):
        cases.add(f"external: {name} where pairs are due", "everything", None, error, calls, external=external)
    cases.add(
        "external: wrong form and no key", "everything", None, ["context", "no_key"], 0, external=None, configuration=allow(ORDERS_3072)
    )
    for name, external, error in (
        ("right", {"bytes": "00ff68656c6c6f"}, None),
        ("other bytes", {"bytes": "00ff68656c6c6e"}, "decrypt"),
        ("shorter", {"bytes": "00ff68656c6c"}, "decrypt"),
        ("longer", {"bytes": "00ff68656c6c6f00"}, "decrypt"),
        ("empty", {"bytes": ""}, "decrypt"),
        ("nothing", None, "decrypt"),
        ("pairs", {"pairs": {"a": "b"}}, "context"),
    ):
        cases.add(f"external: {name} where bytes are due", "external-bytes", None, error, 0, external=external)
    cases.add("external: bytes where nothing is due", "service", None, "decrypt", 0, external={"bytes": "00"})
    cases.add("external: pairs where nothing is due", "service", None, "context", 0, external={"pairs": {"a": "b"}})
    cases.add(
        "external: stored pairs are not external", "context-order", None, "context", 0, external={"pairs": {"aa": "1", "b": "2", "a": "3", "ba": "4"}}
    )
    pairs = {"tenant": "acme", "row": "42", "b": "", "aa": "é"}
    cases.add("external: four pairs", "external-pairs", None, None, 0, external={"pairs": pairs})
    decomposed = {"pairs": pairs | {"aa": "e\u0301"}}
    cases.add("external: text is not normalised", "external-pairs", None, "decrypt", 0, external=decomposed)
    for name, expect, error in (
        ("namespace", {"namespace": "acme.invoice/v2"}, None),
        ("all pairs", {"context": {"b": "one", "aa": "two"}}, None),
        ("one pair", {"context": {"b": "one"}}, None),
        ("no pairs", {"context": {}}, None),
        ("namespace and a pair", {"namespace": "acme.invoice/v2", "context": {"aa": "two"}}, None),
        ("other namespace", {"namespace": "acme.invoice/v3"}, "context"),
        ("namespace in upper case", {"namespace": "ACME.invoice/v2"}, "context"),
        ("start of the namespace", {"namespace": "acme.invoice"}, "context"),
        ("other value", {"context": {"b": "two"}}, "context"),
        ("pair that is not there", {"context": {"c": "one"}}, "context"),
        ("one right, one wrong pair", {"context": {"b": "one", "c": "one"}}, "context"),
        ("external pair", {"context": {"tenant": "acme"}}, "context"),
    ):
        cases.add(f"expects {name}", "everything", None, error, 1, expect=expect)
    cases.add("expects a namespace where none is", "service", None, "context", 0, expect={"namespace": "acme"})
    cases.add("expects a pair where none is", "service", None, "context", 0, expect={"context": {"a": ""}})
    cases.add("expects an empty value", "context-empty-value", None, None, 0, expect={"context": {"tenant": ""}})
    unicode = {"é": "combining"}
    cases.add("expects text that differs in normalisation", "context-unicode", None, "context", 0, expect={"context": unicode})
    other = {"expect": {"namespace": "other"}}
    forge = cases.forge("everything")
    cases.add("expects another namespace, MAC tampered", "everything", forge.flip(forge.end - 88), "decrypt", 1, **other)
    cut = [{"truncate": forge.end}]
    cases.add("expects another namespace, body cut off", "everything", cut, "context", 1, **other)
    cases.add("expects another namespace, body tampered", "everything", forge.flip(forge.end), "context", 1, **other)


def matching(cases: OpenCases) -> None:
    """Which entry is used, and where the call goes."""
    base = "rsa-2048"
    version, v2 = cases.keys["rsa-2048"].version, cases.keys["rsa-2048-v2"].version
    for name, entry, error in (
        ("by locator", {"key": ORDERS_2048}, None),
        ("by locator and public key", {"key": ORDERS_2048, "public_keys": ["rsa-2048"]}, None),
        ("by locator, another version's public key known", {"key": ORDERS_2048, "public_keys": ["rsa-2048-v2"]}, None),
        ("by thumbprint, restored in another vault", {"key": RESTORED, "public_keys": ["rsa-restored"]}, None),
        ("by thumbprint, under the recorded version", {"key": RESTORED, "public_keys": ["rsa-imported"]}, None),
        ("not by name alone", {"key": RESTORED}, "no_key"),
        ("not by host alone", {"key": ORDERS_3072}, "no_key"),
        ("not by another thumbprint", {"key": RESTORED, "public_keys": ["rsa-archive"]}, "no_key"),
    ):
        cases.add(f"matches: {name}", base, None, error, 0 if error else 1, configuration=allow(entry))
    cases.add("matches: nothing configured", base, None, "no_key", 0, configuration={})
    cases.add("matches: only service keys configured", base, None, "no_key", 0, configuration=allow(service=["service"]))
    forge, dek = cases.forge(base), cases.dek(base)
    rsa, other = cases.keys["rsa-2048"], cases.keys["rsa-2048-v2"]
    wrapped = rsa_entry(rsa, dek, stream("a seed", 32), NOW, locator=False)
    without = forge.rewrite(keks=[wrapped], dek=dek)
    known = allow({"key": ORDERS_2048, "public_keys": ["rsa-2048-v2", "rsa-2048"]})
    cases.add("no locator: by thumbprint", base, without, None, 1, configuration=known)
    imported = allow({"key": RESTORED, "public_keys": ["rsa-imported"]})
    cases.add("no locator: the version whose public key matched", base, without, None, 1, configuration=imported)
    cases.add("no locator: no public key known", base, without, "no_key", 0)
    refused = allow({"key": ORDERS_2048, "public_keys": ["rsa-2048"], "refused": [version]})
    cases.add("no locator: refused version", base, without, "no_key", 0, configuration=refused)
    # Entries that contradict what is known of the configured key.
    ciphertext = wrap.oaep_encrypt(rsa.modulus, dek, stream("a seed", 32))
    foreign = header.encode_kek(header.RSA_OAEP_256, other.thumbprint, vault_locator(rsa), ciphertext, NOW)
    foreign_edit = forge.rewrite(keks=[foreign], dek=dek)
    known = allow({"key": ORDERS_2048, "public_keys": ["rsa-2048"]})
    cases.add("other thumbprint: public key of that version known", base, foreign_edit, "no_key", 0, configuration=known)
    cases.add("other thumbprint: nothing known", base, foreign_edit, None, 1)
    for length in (384, 512):
        long = header.encode_kek(header.RSA_OAEP_256, rsa.thumbprint, vault_locator(rsa), bytes(length), NOW)
        edits = forge.rewrite(keks=[long], dek=dek)
        cases.add(f"wrapped key of {length} bytes for RSA-2048, public key known", base, edits, "no_key", 0, configuration=known)
        following = forge.rewrite(keks=[long, rsa_entry(cases.keys["rsa-archive"], dek, stream("a seed", 32), NOW)], dek=dek)
        known_and_next = allow(known["allow"][0], ARCHIVE_2048)
        cases.add(f"wrapped key of {length} bytes for RSA-2048, next entry right", base, following, None, 1, configuration=known_and_next)
    symmetric = header.encode_kek(header.A256KW, None, vault_locator(rsa), wrap.wrap_aes(cases.keys["aes-hsm"].secret, dek), NOW)
    only_thumbprint = allow({"key": RESTORED, "public_keys": ["rsa-restored"]})
    edits = forge.rewrite(keks=[symmetric], dek=dek)
    cases.add("A256KW entry is not matched through public keys", base, edits, "no_key", 0, configuration=only_thumbprint)
    edits = forge.rewrite(keks=[*forge.keks, symmetric], dek=dek)
    cases.add("two entries with one locator", base, edits, "malformed", 0)
    v2_entry = rsa_entry(other, dek, stream("a seed", 32), NOW)
    edits = forge.rewrite(keks=[v2_entry, forge.keks[0]], dek=dek)
    cases.add("two versions of one key, first opens", base, edits, None, 1)
    only = allow({"key": ORDERS_2048, "versions": [version]})
    cases.add("two versions of one key, second allowed", base, edits, None, 1, configuration=only)
    down = {other.url: {"state": "denied"}}
    cases.add("two versions of one key, first disabled", base, edits, None, 2, holder=down)
    refused = allow({"key": ORDERS_2048, "refused": [v2]})
    cases.add("two versions of one key, first refused", base, edits, None, 1, configuration=refused)


def versions(cases: OpenCases) -> None:
    version, v2, created = cases.keys["rsa-2048"].version, cases.keys["rsa-2048-v2"].version, 1_700_000_000
    url = cases.keys["rsa-2048"].url
    for name, rules, error in (
        ("in the list", {"versions": [version]}, None),
        ("in a longer list", {"versions": [v2, version]}, None),
        ("not in the list", {"versions": [v2]}, "no_key"),
        ("refused", {"refused": [version]}, "no_key"),
        ("another one refused", {"refused": [v2]}, None),
        ("in the list and refused", {"versions": [version, v2], "refused": [version]}, "no_key"),
        ("not in the list, public key known", {"versions": [v2], "public_keys": ["rsa-2048"]}, "no_key"),
        ("refused, public key known", {"refused": [version], "public_keys": ["rsa-2048"]}, "no_key"),
        ("created at the bound", {"created_after": created}, None),
        ("created after the bound", {"created_after": created - 1}, None),
        ("created before the bound", {"created_after": created + 1}, "no_key"),
        ("created before the bound, public key known", {"created_after": created + 1, "public_keys": ["rsa-2048"]}, "no_key"),
    ):
        configuration = allow({"key": ORDERS_2048} | rules)
        cases.add(f"version: {name}", "rsa-2048", None, error, 0 if error else 1, configuration=configuration)
    bound = allow({"key": ORDERS_2048, "created_after": created})
    cases.add("version: the vault says created later", "rsa-2048", None, None, 1, configuration=bound, holder={url: {"created": created + 9}})
    cases.add("version: the vault says created earlier", "rsa-2048", None, "no_key", 0, configuration=bound, holder={url: {"created": created - 9}})
    forge, dek = cases.forge("rsa-2048"), cases.dek("rsa-2048")
    late = rsa_entry(cases.keys["rsa-2048"], dek, stream("a seed", 32), 2_000_000_000)
    bound = allow({"key": ORDERS_2048, "created_after": created + 1})
    cases.add("version: the writer's clock decides nothing", "rsa-2048", forge.rewrite(keks=[late], dek=dek), "no_key", 0, configuration=bound)
    aes = cases.keys["aes-hsm"]
    for name, rules, error in (
        ("A256KW version in the list", {"versions": [aes.version]}, None),
        ("A256KW version not in the list", {"versions": [cases.keys["aes-hsm-v2"].version]}, "no_key"),
        ("A256KW version refused", {"refused": [aes.version]}, "no_key"),
        ("A256KW created before the bound", {"created_after": aes.created + 1}, "no_key"),
        ("A256KW created at the bound", {"created_after": aes.created}, None),
    ):
        cases.add(f"version: {name}", "aes-hsm", None, error, 0 if error else 1, configuration=allow({"key": ORDERS_AES} | rules))


def holders(cases: OpenCases) -> None:
    """What the key holder says, and how many times it is asked."""
    keys = ["rsa-2048", "rsa-3072", "rsa-4096", "rsa-archive"]
    urls = [cases.keys[key].url for key in keys]
    everyone = allow(ORDERS_2048, ORDERS_3072, ORDERS_4096, ARCHIVE_2048)

    def say(*states: str) -> Json:
        return {url: {"state": state} for url, state in zip(urls, states) if state}

    for state in ("denied", "unavailable"):
        cases.add(f"only key {state}", "rsa-2048", None, state, 1, holder=say(state))
        cases.add(f"A256KW key {state}", "aes-hsm", None, state, 1, holder={cases.keys["aes-hsm"].url: {"state": state}})
        cases.add(f"key {state} that is not configured", "rsa-2048", None, "no_key", 0, configuration=allow(ORDERS_3072), holder=say(state))
    for name, states, error, calls in (
        ("all answer", (), None, 1),
        ("first denied", ("denied",), None, 2),
        ("first unavailable", ("unavailable",), None, 2),
        ("two denied", ("denied", "denied"), None, 3),
        ("unavailable and denied", ("unavailable", "denied"), None, 3),
        ("three denied", ("denied",) * 3, "denied", 3),
        ("all denied", ("denied",) * 4, "denied", 3),
        ("unavailable, then denied", ("unavailable", "denied", "denied"), "unavailable", 3),
        ("denied, then unavailable", ("denied", "unavailable", "unavailable"), "denied", 3),
        ("fourth denied only", ("", "", "", "denied"), None, 1),
    ):
        cases.add(f"four keys: {name}", "four-rsa", None, error, calls, configuration=everyone, holder=say(*states))
    last_two = allow(ORDERS_4096, ARCHIVE_2048)
    cases.add("entries that do not match take no call", "four-rsa", None, None, 2, configuration=last_two, holder=say("denied", "denied", "denied"))
    cases.add("first error of the two that match", "four-rsa", None, "unavailable", 2, configuration=last_two, holder=say("denied", "denied", "unavailable", "denied"))
    forge = cases.forge("four-rsa")
    wrapped = forge.find(forge.head.keks[1].wrapped)
    cases.add("a wrong ciphertext is the last try", "four-rsa", forge.flip(wrapped), "decrypt", 2, configuration=everyone, holder=say("denied"))
    url = cases.keys["aes-hsm"].url
    known = allow(ORDERS_AES, service=["service"])
    cases.add("vault denied, service key opens", "mixed", None, None, 1, configuration=known, holder={url: {"state": "denied"}})
    known = allow(ORDERS_AES, records=["record"])
    cases.add("vault unavailable, key record opens", "mixed", None, None, 1, configuration=known, holder={url: {"state": "unavailable"}})
    forge = cases.forge("mixed")
    edits = forge.flip(forge.find(forge.head.keks[2].wrapped))
    cases.add("a failed local unwrap is the last try", "mixed", edits, "decrypt", 0, configuration=allow(ORDERS_2048, service=["service"]))


def unwrapping(cases: OpenCases) -> None:
    """Service keys and key records."""
    cases.add("service: other key configured", "service", None, "no_key", 0, configuration=allow(service=["service-other"]))
    cases.add("service: nothing configured", "service", None, "no_key", 0, configuration={})
    cases.add("service: vault keys only", "service", None, "no_key", 0, configuration=allow(ORDERS_2048))
    cases.add("record: rewrapped record", "record", None, None, 0, configuration=allow(records=["record-rotated"]))
    cases.add("record: two of them", "record", None, None, 0, configuration=allow(records=["record-deterministic", "record"]))
    cases.add("record: another record", "record", None, "no_key", 0, configuration=allow(records=["record-deterministic"]))
    cases.add("record: its vault key is not enough", "record", None, "no_key", 0, configuration=allow(ORDERS_2048))
    forge, dek = cases.forge("service"), cases.dek("service")
    record = cases.keys["record"]
    locator = header.Locator(header.RECORD, dek_id=record.dek_id)
    direct = header.encode_kek(header.A256KW, None, locator, wrap.wrap_aes(record.dek, dek), NOW)
    edits = forge.rewrite(keks=[direct], dek=dek)
    cases.add("record: wrapped under its DEK itself", "service", edits, "decrypt", 0, configuration=allow(records=["record"]))
    body_key = header.encode_kek(header.A256KW, None, locator, wrap.wrap_aes(derive.record_kek(dek), dek), NOW)
    edits = forge.rewrite(keks=[body_key], dek=dek)
    cases.add("record: wrapped under another record's key", "service", edits, "decrypt", 0, configuration=allow(records=["record"]))


def shapes(cases: OpenCases) -> None:
    """Detached heads, and key records where messages are due."""
    cases.add("detached: byte after the head", "rsa-2048", [{"append": "00"}], "malformed", 0, detached=True)
    chunk = cases.maker.reader.seals["rsa-2048"][cases.forge("rsa-2048").end :]
    cases.add("detached: body after the head", "rsa-2048", [{"append": chunk.hex()}], "malformed", 0, detached=True)
    cases.add("detached: byte after the body", "rsa-2048", None, "decrypt", 1, detached=True, body_edits=[{"append": "00"}])
    cases.add("detached: MAC tampered", "rsa-2048", cases.forge("rsa-2048").flip(cases.forge("rsa-2048").end - 60), "decrypt", 1, detached=True)
    last = [{"drop_chunk": 3}]
    cases.add("detached: last chunk dropped", "body-1", None, "truncated", 1, detached=True, body_edits=last)
    cases.add("detached: chunks swapped", "body-1", None, "decrypt", 1, detached=True, body_edits=[{"swap_chunks": [0, 2]}])
    for name, edits in (("alone", []), ("with a body", [{"append": "00", "times": 40}])):
        case = {
            "name": f"key record {name} where a message is due",
            "envelope": {"record": "record", "edits": edits},
            "configuration": allow(ORDERS_2048),
        }
        cases.maker.add("open", case, "malformed", 0)
    cleared = Forge(cases.keys["record"].record).put(6, b"\0") + [{"append": "00", "times": 40}]
    case = {"name": "key record with its flag cleared", "envelope": {"record": "record", "edits": cleared}, "configuration": allow(ORDERS_2048)}
    cases.maker.add("open", case, "decrypt", 1)
    case = {
        "name": "deterministic key record with its flag cleared",
        "envelope": {"record": "record-deterministic", "edits": cleared},
        "configuration": allow(ORDERS_3072),
    }
    cases.maker.add("open", case, "malformed", 0)
