"""Every key, commitment and MAC of the format: HKDF-Expand (RFC 5869) over HMAC-SHA-512."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass

LABEL = {1: b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0", 2: b"cmkit/v1/chunked-2^18+AEAD_AES_256_GCM\0"}


@dataclass(frozen=True)
class BodyKeys:
    """What the chunks of one body are sealed with, and the commitment to it."""

    key: bytes
    base: bytes
    commit: bytes

    def nonce(self, chunk: int) -> bytes:
        return (int.from_bytes(self.base, "big") ^ chunk).to_bytes(12, "big")


def binding(suite: int, flags: int, core: bytes, aad: bytes) -> bytes:
    """The 64 bytes that tie the body to suite, flags, core and external context."""
    return sha512(
        b"cmkit/v1/bind\0" + bytes([suite, flags]) + u32(len(core)) + core + u64(len(aad)) + aad,
    )


def body_keys(dek: bytes, suite: int, salt: bytes, bound: bytes) -> BodyKeys:
    okm = expand(dek, LABEL[suite] + salt + bound, 76)
    return BodyKeys(okm[:32], okm[32:44], okm[44:])


def header_mac(dek: bytes, preamble: bytes, header: bytes, salt: bytes, commit: bytes) -> bytes:
    key = expand(dek, b"cmkit/v1/header\0" + salt, 64)
    return hmac_sha512(key, preamble + header + salt + commit)[:32]


def dek_id(dek: bytes) -> bytes:
    return expand(dek, b"cmkit/v1/dek-id\0", 16)


def record_kek(dek: bytes) -> bytes:
    """The key under which messages are wrapped that belong to a key record."""
    return expand(dek, b"cmkit/v1/kek\0", 32)


def compact_context(namespace: bytes, aad: bytes) -> bytes:
    return sha512(b"cmkit/v1/cbind\0" + u32(len(namespace)) + namespace + u64(len(aad)) + aad)


def compact_key(dek: bytes, form: int, salt: bytes, context: bytes) -> tuple[bytes, bytes]:
    okm = expand(dek, b"cmkit/v1/compact\0" + bytes([form]) + salt + context, 44)
    return okm[:32], okm[32:]


def deterministic_salt(dek: bytes, context: bytes, plaintext: bytes) -> bytes:
    return hmac_sha512(expand(dek, b"cmkit/v1/siv\0", 64), context + plaintext)[:24]


def expand(prk: bytes, info: bytes, length: int) -> bytes:
    """HKDF-Expand, written out: the PRK is a 32-byte DEK, shorter than the hash."""
    okm, block = b"", b""
    counter = 1
    while len(okm) < length:
        block = hmac_sha512(prk, block + info + bytes([counter]))
        okm += block
        counter += 1
    return okm[:length]


def hmac_sha512(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha512")


def sha512(message: bytes) -> bytes:
    return hashlib.sha512(message).digest()


def u32(value: int) -> bytes:
    return value.to_bytes(4, "big")


def u64(value: int) -> bytes:
    return value.to_bytes(8, "big")
