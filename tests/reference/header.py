"""The head of an envelope or key record: preamble, header, and the 88 bytes after it.

Parsing judges form alone; no key is needed and nothing is authenticated here. What a parsed head
says may be shown, but believed only after the commitment and the header MAC checked.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import cbor
from failure import Failure

MAGIC = bytes.fromhex("89434d4b")
VERSION = 1
KEY_RECORD = 1
PREAMBLE, MAC, SALT, COMMIT = 12, 32, 24, 32
TAIL = MAC + SALT + COMMIT
HEADER_DEFAULT, HEADER_HARD = 16384, 65536
CHUNK = {1: 16384, 2: 262144}
RSA_OAEP_256, A256KW = -41, -5
VAULT, SERVICE, RECORD = 1, 0, 2


@dataclass(frozen=True)
class Core:
    """What the commitment binds. `raw` is the content of the byte string as it was received."""

    raw: bytes
    context: dict[str, str]
    names: list[str]
    namespace: str | None
    content_type: str | None
    deterministic: bool


@dataclass(frozen=True)
class Locator:
    """Where a KEK is: in a vault (host, name, version), in the program (name, version), in a record."""

    holder: int
    host: str = ""
    name: str = ""
    version: bytes = b""
    dek_id: bytes = b""


@dataclass(frozen=True)
class Kek:
    """One entry of the KEK list. `raw` is the entry as it was received."""

    raw: bytes
    alg: int
    thumbprint: bytes | None
    locator: Locator | None
    wrapped: bytes
    time: int | None


@dataclass(frozen=True)
class Head:
    """A parsed head."""

    preamble: bytes
    header: bytes
    mac: bytes
    salt: bytes
    commit: bytes
    core: Core
    keks: list[Kek]

    @property
    def suite(self) -> int:
        return self.preamble[5]

    @property
    def flags(self) -> int:
        return self.preamble[6]

    @property
    def length(self) -> int:
        return PREAMBLE + len(self.header) + TAIL


def parse_head(data: bytes, record: bool, alone: bool, limit: int = HEADER_DEFAULT) -> Head:
    """Parses the head at the front of `data`; `alone`: nothing may follow it."""
    length = parse_preamble(data, record, limit)
    end = PREAMBLE + length + TAIL
    if len(data) < end:
        raise Failure("truncated", "input ends inside the head")
    header = data[PREAMBLE : PREAMBLE + length]
    core, keks = parse_header(header, record)
    if alone and len(data) > end:
        raise Failure("malformed", "bytes after the head")
    salt = end - SALT - COMMIT
    return Head(
        data[:PREAMBLE], header, data[salt - MAC : salt], data[salt : salt + SALT], data[end - COMMIT : end], core, keks
    )


def parse_preamble(data: bytes, record: bool, limit: int) -> int:
    """Judges the preamble in byte order, as far as it is present; returns the header's length."""
    if data[:4] != MAGIC[: len(data)]:
        raise Failure("malformed", "magic")
    if len(data) > 4 and data[4] != VERSION:
        raise Failure("unsupported", "version")
    if len(data) > 5 and data[5] not in CHUNK:
        raise Failure("unsupported", "suite")
    if len(data) > 6 and data[6] != (KEY_RECORD if record else 0):
        raise Failure("malformed", "flags")
    if len(data) > 6 and record and data[5] != 1:
        raise Failure("malformed", "suite of a key record")
    if len(data) > 7 and data[7] != 0:
        raise Failure("malformed", "reserved byte")
    if len(data) < PREAMBLE:
        raise Failure("truncated", "input ends inside the preamble")
    length = int.from_bytes(data[8:12], "big")
    if not 1 <= length <= HEADER_HARD:
        raise Failure("malformed", "header length")
    if length > limit:
        raise Failure("too_large", "header length")
    return length


def parse_header(header: bytes, record: bool) -> tuple[Core, list[Kek]]:
    """Parses the header and checks that nothing but zero padding follows."""
    reader = cbor.Reader(header)
    require(reader.array() == 2, "header has two items")
    core = parse_core(reader.byte_string(), record)
    count = reader.array()
    require(1 <= count <= 16, "1 to 16 KEK entries")
    keks = [parse_kek(reader, record) for _ in range(count)]
    require(not any(reader.rest()), "padding is zero")
    thumbprints = [kek.thumbprint for kek in keks if kek.thumbprint is not None]
    locators = [kek.locator for kek in keks if kek.locator is not None]
    require(len(set(thumbprints)) == len(thumbprints), "one entry a thumbprint")
    require(len(set(locators)) == len(locators), "one entry a locator")
    return core, keks


def parse_core(raw: bytes, record: bool) -> Core:
    """Parses the core map."""
    require(len(raw) <= 8192, "core is at most 8192 bytes")
    reader = cbor.Reader(raw)

    def value(key: int) -> Any:
        if key == 1:
            context = reader.map(reader.text, lambda _: reader.text())
            require(1 <= len(context) <= 64 and "" not in context, "encryption context")
            return context
        if key == 2 and not record:
            names = [reader.text() for _ in range(bounded(reader.array(), 64))]
            encoded = [cbor.encode(name) for name in names]
            ascending = all(a < b for a, b in pairwise(encoded))
            require("" not in names and ascending, "external names")
            return names
        if key == 3:
            namespace = reader.text()
            require(re.fullmatch(r"[\x21-\x7e]{1,255}", namespace), "namespace")
            return namespace
        if key == 4 and not record:
            content_type = reader.text()
            require(re.fullmatch(r"[\x20-\x7e]{1,255}", content_type), "content type")
            return content_type
        if key == 5 and record:
            return reader.true()
        raise Failure("malformed", f"core entry {key}")

    entries = reader.map(reader.unsigned, value)
    require(not reader.rest(), "nothing after the core map")
    context, names = entries.get(1, {}), entries.get(2, [])
    require(not set(context) & set(names), "a name is either stored or external")
    return Core(raw, context, names, entries.get(3), entries.get(4), entries.get(5, False))


def parse_kek(reader: cbor.Reader, record: bool) -> Kek:
    """Parses one KEK entry."""
    start = reader.at

    def value(key: int) -> Any:
        if key == 1:
            return reader.integer()
        if key in (2, 4):
            return reader.byte_string()
        if key == 3:
            return parse_locator(reader)
        if key == 5:
            return reader.unsigned()
        raise Failure("malformed", f"KEK entry {key}")

    entries = reader.map(reader.unsigned, value)
    kek = Kek(
        reader.data[start : reader.at],
        entries.get(1, 0),
        entries.get(2),
        entries.get(3),
        entries.get(4, b""),
        entries.get(5),
    )
    require(1 in entries and 4 in entries, "algorithm and wrapped key")
    require(kek.time is None or kek.time < 1 << 53, "time")
    if kek.alg == RSA_OAEP_256:
        require(kek.thumbprint is not None and len(kek.thumbprint) == 32, "thumbprint of an RSA key")
        require(kek.locator is None or kek.locator.holder == VAULT, "holder of an RSA key")
        require(len(kek.wrapped) in (256, 384, 512), "wrapped key")
    elif kek.alg == A256KW:
        require(kek.thumbprint is None, "no thumbprint of a symmetric key")
        if kek.locator is None:
            raise Failure("malformed", "locator of a symmetric key")
        require(not (record and kek.locator.holder == RECORD), "a record under a record")
        require(len(kek.wrapped) == 40, "wrapped key")
    else:
        raise Failure("unsupported", f"algorithm {kek.alg}")
    return kek


def parse_locator(reader: cbor.Reader) -> Locator:
    """Parses a locator."""
    count = reader.array()
    require(count > 0, "holder")
    holder = reader.unsigned()
    if holder == VAULT:
        require(count == 4, "locator in a vault")
        host, name, version = reader.text(), reader.text(), reader.byte_string()
        require(is_host(host) and is_name(name) and len(version) == 16, "locator in a vault")
        return Locator(VAULT, host, name, version)
    if holder == SERVICE:
        require(count == 3, "locator in the program")
        name, version = reader.text(), reader.byte_string()
        require(is_name(name) and len(version) == 16, "locator in the program")
        return Locator(SERVICE, name=name, version=version)
    if holder == RECORD:
        require(count == 2, "locator in a record")
        dek_id = reader.byte_string()
        require(len(dek_id) == 16, "locator in a record")
        return Locator(RECORD, dek_id=dek_id)
    raise Failure("unsupported", f"holder {holder}")


def is_name(name: str) -> bool:
    return re.fullmatch(r"[0-9a-z-]{1,127}", name) is not None


def is_host(host: str) -> bool:
    if not 1 <= len(host.encode()) <= 128:
        return False
    name, colon, port = host.partition(":")
    if colon and not (re.fullmatch(r"[1-9][0-9]{0,4}", port) and int(port) <= 65535 and port != "443"):
        return False
    return all(re.fullmatch(r"(?!-)[a-z0-9-]{1,63}(?<!-)", label) for label in name.split("."))


def bounded(count: int, most: int) -> int:
    require(1 <= count <= most, f"1 to {most} items")
    return count


def require(condition: object, detail: str) -> None:
    if not condition:
        raise Failure("malformed", detail)
