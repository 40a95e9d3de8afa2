"""Writes heads: the core map, KEK entries, and the header with its preamble and padding."""

from __future__ import annotations

from typing import Any

import cbor
from failure import Failure
from header import HEADER_DEFAULT, MAGIC, PREAMBLE, RECORD, SERVICE, TAIL, VAULT, VERSION, Locator

WRITER_KEKS = 8


def encode_core(
    context: dict[str, str], names: list[str], namespace: str | None, content_type: str | None, deterministic: bool
) -> bytes:
    """The core map; what would be empty is left out."""
    core: dict[int, Any] = {}
    if context:
        core[1] = context
    if names:
        core[2] = sorted(names, key=cbor.encode)
    if namespace is not None:
        core[3] = namespace
    if content_type is not None:
        core[4] = content_type
    if deterministic:
        core[5] = True
    return cbor.encode(core)


def encode_kek(alg: int, thumbprint: bytes | None, locator: Locator | None, wrapped: bytes, time: int | None) -> bytes:
    """One KEK entry."""
    kek: dict[int, Any] = {1: alg, 4: wrapped}
    if thumbprint is not None:
        kek[2] = thumbprint
    if locator is not None:
        kek[3] = encode_locator(locator)
    if time is not None:
        kek[5] = time
    return cbor.encode(kek)


def encode_locator(locator: Locator) -> list[Any]:
    if locator.holder == VAULT:
        return [VAULT, locator.host, locator.name, locator.version]
    if locator.holder == SERVICE:
        return [SERVICE, locator.name, locator.version]
    return [RECORD, locator.dek_id]


def encode_preamble_and_header(
    suite: int, flags: int, core: bytes, keks: list[bytes], pad_to: int | None, limit: int = HEADER_DEFAULT
) -> tuple[bytes, bytes]:
    """Preamble and padded header, within the limits of a writer; `pad_to` is the length of the whole head."""
    if len(keks) > WRITER_KEKS:
        raise Failure("too_large", "KEK entries")
    header = cbor.head(cbor.ARRAY, 2) + cbor.encode(core) + cbor.head(cbor.ARRAY, len(keks)) + b"".join(keks)
    length = len(header) if pad_to is None else pad_to - PREAMBLE - TAIL
    if length < len(header) or length > limit:
        raise Failure("too_large", "header does not fit")
    preamble = MAGIC + bytes([VERSION, suite, flags, 0]) + length.to_bytes(4, "big")
    return preamble, header.ljust(length, b"\0")
