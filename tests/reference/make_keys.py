"""Makes the test keys of `tests/vectors/keys.json`. RSA keys that the file already has are kept.

These keys are public. They protect nothing and must never be used outside tests.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

import derive
import keyring
import wrap
from holder import Holder
from record import make_record
from rewrap import rewrap
from seal import Labels, Random
from unwrap import AllowedKey, Configuration

Json = dict[str, Any]
WARNING = "PUBLIC TEST KEYS. They are published, protect nothing, and must never be used outside tests."
FILE = keyring.VECTORS / "keys.json"
ORDERS, ARCHIVE, HSM = "orders.vault.azure.net", "archive.vault.azure.net", "orders.managedhsm.azure.net"
RSA = [
    # id, bits, host, name, version, created, id of the key whose material it shares
    ("rsa-2048", 2048, ORDERS, "orders-2048", "v1", 1_700_000_000, None),
    ("rsa-2048-v2", 2048, ORDERS, "orders-2048", "v2", 1_720_000_000, None),
    ("rsa-3072", 3072, ORDERS, "orders-3072", "v1", 1_700_000_100, None),
    ("rsa-4096", 4096, ORDERS, "orders-4096", "v1", 1_700_000_200, None),
    ("rsa-archive", 2048, ARCHIVE, "archive-2048", "v1", 1_710_000_000, None),
    ("rsa-restored", 2048, ARCHIVE, "orders-2048", "v1", 1_700_000_000, "rsa-2048"),
    ("rsa-imported", 2048, ARCHIVE, "orders-2048", "v7", 1_730_000_000, "rsa-2048"),
    ("rsa-mixed-case", 2048, "Archive.Vault.Azure.Net", "Archive-2048", "v1", 1_710_000_000, "rsa-archive"),
    ("rsa-odd-version", 2048, ARCHIVE, "odd-version", None, 1_700_000_000, "rsa-archive"),
]
AES = [
    ("aes-hsm", HSM, "orders-aes", "v1", 1_700_000_300),
    ("aes-hsm-v2", HSM, "orders-aes", "v2", 1_720_000_300),
]
SERVICE = [("service", "orders-db"), ("service-other", "other-db")]


def main() -> None:
    entries = [*map(rsa_entry, RSA), *map(aes_entry, AES), *map(service_entry, SERVICE)]
    write(entries)
    write(entries + record_entries(keyring.load_keyring()))


def write(entries: list[Json]) -> None:
    FILE.write_text(json.dumps({"warning": WARNING, "keys": entries}, indent=1) + "\n")


def rsa_entry(row: tuple[Any, ...]) -> Json:
    id, bits, host, name, version, created, shares = row
    private = load_or_generate(shares or id, bits)
    modulus = private.public_key().public_numbers().n
    return {
        "id": id,
        "kind": "rsa",
        "key": f"https://{host}/keys/{name}",
        "version": version_text(id, name, version) if version else "current",
        "created": created,
        "bits": bits,
        "modulus": modulus.to_bytes(bits // 8, "big").hex(),
        "thumbprint": wrap.thumbprint(modulus).hex(),
        "private_key": private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
    }


def aes_entry(row: tuple[Any, ...]) -> Json:
    id, host, name, version, created = row
    return {
        "id": id,
        "kind": "a256kw",
        "key": f"https://{host}/keys/{name}",
        "version": version_of(name, version),
        "created": created,
        "secret": stream("secret " + id, 32).hex(),
    }


def service_entry(row: tuple[Any, ...]) -> Json:
    id, name = row
    return {
        "id": id,
        "kind": "service",
        "name": name,
        "version": version_of(name, "v1"),
        "secret": stream("secret " + id, 32).hex(),
    }


def record_entries(keys: keyring.Keyring) -> list[Json]:
    plain = record_entry(keys, "record", ["rsa-2048"], Labels())
    labels = Labels({"table": "orders"}, "acme.orders/v1", deterministic=True)
    deterministic = record_entry(keys, "record-deterministic", ["rsa-3072", "aes-hsm"], labels)
    service = record_entry(keys, "record-service", ["service"], Labels(deterministic=True))
    rotated = dict(plain, id="record-rotated", opens_with=["rsa-2048-v2"])
    rotated["record"] = rewrap(
        bytes.fromhex(plain["record"]),
        Configuration([AllowedKey(ORDERS, "orders-2048")]),
        Holder(keys),
        [keys["rsa-2048-v2"]],
        "none",
        Random(stream("random record-rotated", 32)),
        1_760_000_000,
    ).hex()
    return [plain, rotated, deterministic, service]


def record_entry(keys: keyring.Keyring, id: str, wrapped_by: list[str], labels: Labels) -> Json:
    seeds = sum(key.startswith("rsa") for key in wrapped_by)
    random = stream("random " + id, 56 + 32 * seeds)
    record = make_record([keys[key] for key in wrapped_by], Random(random), 1_750_000_000, Holder(keys), labels)
    return {
        "id": id,
        "kind": "record",
        "record": record.hex(),
        "dek": random[:32].hex(),
        "dek_id": derive.dek_id(random[:32]).hex(),
        "opens_with": wrapped_by,
        "deterministic": labels.deterministic,
    }


def load_or_generate(id: str, bits: int) -> rsa.RSAPrivateKey:
    if id not in GENERATED:
        GENERATED[id] = rsa.generate_private_key(65537, bits)
    return GENERATED[id]


def version_text(id: str, name: str, version: str) -> str:
    """A version as a vault prints it, or in upper case."""
    text = version_of(name.lower(), version)
    return text.upper() if id == "rsa-mixed-case" else text


def version_of(name: str, version: str) -> str:
    return stream(f"version {name} {version}", 16).hex()


def stream(label: str, length: int) -> bytes:
    """Bytes that look random and are the same on every run."""
    return hashlib.shake_256(b"cmkit test " + label.encode()).digest(length)


GENERATED: dict[str, rsa.RSAPrivateKey] = {}
if FILE.exists():
    for known in json.loads(FILE.read_text())["keys"]:
        if known["kind"] == "rsa":
            GENERATED[known["id"]] = load_pem_private_key(known["private_key"].encode(), None)  # type: ignore

if __name__ == "__main__":
    main()
