"""The named test keys of `tests/vectors/keys.json`."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

import wrap

VECTORS = Path(__file__).resolve().parent.parent / "vectors"


@dataclass(frozen=True)
class VaultKey:
    """One version of a key in a vault: RSA or, with `secret`, a symmetric A256KW key."""

    id: str
    host: str
    name: str
    version: str
    created: int
    private: rsa.RSAPrivateKey | None = None
    secret: bytes = b""

    @property
    def url(self) -> str:
        return f"https://{self.host}/keys/{self.name}/{self.version}"

    @property
    def modulus(self) -> int:
        assert self.private
        return self.private.public_key().public_numbers().n

    @property
    def thumbprint(self) -> bytes:
        return wrap.thumbprint(self.modulus)

    @property
    def wrapped_length(self) -> int:
        return (self.modulus.bit_length() + 7) // 8


@dataclass(frozen=True)
class ServiceKey:
    """A symmetric key that the program itself holds."""

    id: str
    name: str
    version: bytes
    secret: bytes


@dataclass(frozen=True)
class RecordKey:
    """A key record, and what is in it."""

    id: str
    record: bytes
    dek: bytes
    dek_id: bytes
    opens_with: list[str]


Key = VaultKey | ServiceKey | RecordKey
Keyring = dict[str, Key]


def load_keyring() -> Keyring:
    return {entry["id"]: load_key(entry) for entry in json.loads((VECTORS / "keys.json").read_text())["keys"]}


def load_key(entry: dict[str, Any]) -> Key:
    """Reads one entry of `keys.json`."""
    kind, id = entry["kind"], entry["id"]
    if kind == "service":
        return ServiceKey(id, entry["name"], bytes.fromhex(entry["version"]), bytes.fromhex(entry["secret"]))
    if kind == "record":
        return RecordKey(
            id,
            bytes.fromhex(entry["record"]),
            bytes.fromhex(entry["dek"]),
            bytes.fromhex(entry["dek_id"]),
            entry["opens_with"],
        )
    host, name = split_key_url(entry["key"])
    version = entry["version"].lower()
    if kind == "a256kw":
        return VaultKey(id, host, name, version, entry["created"], secret=bytes.fromhex(entry["secret"]))
    private = load_pem_private_key(entry["private_key"].encode(), None)
    assert kind == "rsa" and isinstance(private, rsa.RSAPrivateKey)
    return VaultKey(id, host, name, version, entry["created"], private)


def split_key_url(url: str) -> tuple[str, str]:
    """Host and name of a key URL without version, in lower case."""
    found = re.fullmatch(r"https://([^/]+)/keys/([^/]+)", url.lower())
    assert found, url
    return found[1], found[2]
