"""Wrapping a DEK: RSA-OAEP-256 and A256KW, and the RFC 7638 thumbprint.

OAEP encryption is written out because its seed has to be a parameter: only then are seals
reproducible. Not constant time; these are test keys.
"""

from __future__ import annotations

import base64
import hashlib

from cryptography.hazmat.primitives import hashes, keywrap
from cryptography.hazmat.primitives.asymmetric import padding, rsa

PUBLIC_EXPONENT = 65537


def thumbprint(modulus: int) -> bytes:
    """RFC 7638 thumbprint of an RSA key with e = 65537."""
    raw = modulus.to_bytes((modulus.bit_length() + 7) // 8, "big")
    text = base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
    return hashlib.sha256(b'{"e":"AQAB","kty":"RSA","n":"%s"}' % text.encode()).digest()


def oaep_encrypt(modulus: int, message: bytes, seed: bytes) -> bytes:
    """RSAES-OAEP (RFC 8017 section 7.1.1): SHA-256, MGF1 with SHA-256, empty label."""
    size = (modulus.bit_length() + 7) // 8
    data = hashlib.sha256(b"").digest()
    data += bytes(size - len(message) - 2 * 32 - 2) + b"\x01" + message
    masked_data = xor(data, mgf1(seed, len(data)))
    masked_seed = xor(seed, mgf1(masked_data, len(seed)))
    encoded = int.from_bytes(b"\0" + masked_seed + masked_data, "big")
    return pow(encoded, PUBLIC_EXPONENT, modulus).to_bytes(size, "big")


def oaep_decrypt(key: rsa.RSAPrivateKey, wrapped: bytes) -> bytes | None:
    """The message, or `None` for a wrong ciphertext."""
    try:
        return key.decrypt(wrapped, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
    except ValueError:
        return None


def wrap_aes(kek: bytes, dek: bytes) -> bytes:
    return keywrap.aes_key_wrap(kek, dek)


def unwrap_aes(kek: bytes, wrapped: bytes) -> bytes | None:
    """The message, or `None` for a wrong ciphertext."""
    try:
        return keywrap.aes_key_unwrap(kek, wrapped)
    except (keywrap.InvalidUnwrap, ValueError):
        return None


def mgf1(seed: bytes, length: int) -> bytes:
    mask = b""
    for counter in range((length + 31) // 32):
        mask += hashlib.sha256(seed + counter.to_bytes(4, "big")).digest()
    return mask[:length]


def xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))
