"""Sealing, with the randomness injected, and the KEK entries that sealing and rewrapping write."""

from __future__ import annotations

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import cbor
import derive
import head_writer
import header
import wrap
from failure import Failure
from holder import Holder
from keyring import Key, ServiceKey, VaultKey

External = bytes | dict[str, str] | None


class Random:
    """A given stream of random bytes, drawn from the front. It has to be used up exactly."""

    def __init__(self, stream: bytes) -> None:
        self.stream = stream

    def draw(self, count: int) -> bytes:
        assert len(self.stream) >= count, "random stream is too short"
        drawn, self.stream = self.stream[:count], self.stream[count:]
        return drawn

    def close(self) -> None:
        assert not self.stream, "random stream is too long"


@dataclass(frozen=True)
class Labels:
    """What a head says besides its keys."""

    context: dict[str, str] = field(default_factory=dict)
    namespace: str | None = None
    content_type: str | None = None
    deterministic: bool = False


def seal(
    plaintext: bytes,
    keys: list[Key],
    random: Random,
    now: int,
    holder: Holder,
    suite: int = 1,
    labels: Labels = Labels(),
    external: External = None,
    pad_to: int | None = None,
) -> bytes:
    """An attached envelope: head and body."""
    names = list(external) if isinstance(external, dict) else []
    core = head_writer.encode_core(labels.context, names, labels.namespace, labels.content_type, False)
    head, keyset = make_head(keys, random, now, holder, suite, 0, core, external_bytes(external), pad_to)
    return head + seal_body(plaintext, keyset, header.CHUNK[suite])


def make_head(
    keys: list[Key],
    random: Random,
    now: int,
    holder: Holder,
    suite: int,
    flags: int,
    core: bytes,
    aad: bytes,
    pad_to: int | None,
) -> tuple[bytes, derive.BodyKeys]:
    """A head with a new DEK, and the keys of its body."""
    require_versions(keys)
    dek, salt = random.draw(32), random.draw(header.SALT)
    keks = [wrap_entry(key, dek, random, now, holder) for key in keys]
    preamble, block = head_writer.encode_preamble_and_header(suite, flags, core, keks, pad_to)
    keyset = derive.body_keys(dek, suite, salt, derive.binding(suite, flags, core, aad))
    mac = derive.header_mac(dek, preamble, block, salt, keyset.commit)
    return preamble + block + mac + salt + keyset.commit, keyset


def seal_body(plaintext: bytes, keyset: derive.BodyKeys, size: int) -> bytes:
    """floor(length / size) + 1 chunks; the last one is shorter than the others and may be empty."""
    aead = AESGCM(keyset.key)
    return b"".join(
        aead.encrypt(keyset.nonce(k), plaintext[k * size : (k + 1) * size], None)
        for k in range(len(plaintext) // size + 1)
    )


def wrap_entry(key: Key, dek: bytes, random: Random, now: int, holder: Holder) -> bytes:
    """The KEK entry for one key."""
    if isinstance(key, VaultKey) and key.private:
        return rsa_entry(key, dek, random.draw(32), now)
    if isinstance(key, VaultKey):
        return head_writer.encode_kek(header.A256KW, None, vault_locator(key), holder.wrap(key.url, dek), now)
    if isinstance(key, ServiceKey):
        locator = header.Locator(header.SERVICE, name=key.name, version=key.version)
        return head_writer.encode_kek(header.A256KW, None, locator, wrap.wrap_aes(key.secret, dek), now)
    locator = header.Locator(header.RECORD, dek_id=key.dek_id)
    return head_writer.encode_kek(header.A256KW, None, locator, wrap.wrap_aes(derive.record_kek(key.dek), dek), now)


def rsa_entry(key: VaultKey, value: bytes, seed: bytes, now: int | None, locator: bool = True) -> bytes:
    wrapped = wrap.oaep_encrypt(key.modulus, value, seed)
    return head_writer.encode_kek(
        header.RSA_OAEP_256, key.thumbprint, vault_locator(key) if locator else None, wrapped, now
    )


def vault_locator(key: VaultKey) -> header.Locator:
    return header.Locator(header.VAULT, key.host, key.name, bytes.fromhex(key.version))


def require_versions(keys: list[Key]) -> None:
    """Before anything is wrapped: a version that is not 32 hex digits has no place in a locator."""
    for key in keys:
        if isinstance(key, VaultKey) and not (len(key.version) == 32 and set(key.version) <= set("0123456789abcdef")):
            raise Failure("unsupported", "key version")


def external_bytes(external: External) -> bytes:
    """The bytes that the external context is bound as."""
    if isinstance(external, dict):
        return cbor.encode(external)
    return external or b""
