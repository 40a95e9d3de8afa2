"""Compact values: one AEAD call under a key that is derived from a key record's DEK for that value."""

from __future__ import annotations

import hmac

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import derive
from failure import Failure
from seal import Random
from unwrap import VerifiedRecord

RANDOM, DETERMINISTIC = 0xC1, 0xC2
OVERHEAD = 57
LARGEST = 1 << 20


def seal_compact(
    plaintext: bytes, record: VerifiedRecord, form: int, random: Random, namespace: str = "", aad: bytes = b""
) -> bytes:
    """A compact value under a verified record; only the random form draws a salt."""
    if form == DETERMINISTIC and not record.deterministic:
        raise Failure("not_allowed")
    if len(plaintext) > LARGEST:
        raise Failure("too_large")
    context = derive.compact_context(namespace.encode(), aad)
    if form == DETERMINISTIC:
        salt = derive.deterministic_salt(record.dek, context, plaintext)
    else:
        salt = random.draw(24)
    key, iv = derive.compact_key(record.dek, form, salt, context)
    return bytes([form]) + record.dek_id + salt + AESGCM(key).encrypt(iv, plaintext, None)


def open_compact(value: bytes, records: list[VerifiedRecord], namespace: str = "", aad: bytes = b"") -> bytes:
    """The plaintext of a compact value."""
    if value and value[0] not in (RANDOM, DETERMINISTIC):
        raise Failure("malformed")
    if len(value) < OVERHEAD:
        raise Failure("truncated")
    if len(value) > OVERHEAD + LARGEST:
        raise Failure("too_large")
    form, dek_id, salt, sealed = value[0], value[1:17], value[17:41], value[41:]
    record = next((record for record in records if record.dek_id == dek_id), None)
    if record is None:
        raise Failure("no_key")
    if form == DETERMINISTIC and not record.deterministic:
        raise Failure("not_allowed")
    context = derive.compact_context(namespace.encode(), aad)
    key, iv = derive.compact_key(record.dek, form, salt, context)
    try:
        plaintext = AESGCM(key).decrypt(iv, sealed, None)
    except InvalidTag as error:
        raise Failure("decrypt") from error
    if form == DETERMINISTIC:
        expected = derive.deterministic_salt(record.dek, context, plaintext)
        if not hmac.compare_digest(expected, salt):
            raise Failure("decrypt")
    return plaintext
