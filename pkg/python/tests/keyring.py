"""What the vectors are run against: the keys, the vault that holds them, and the envelopes that cases build on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap
from cryptography.hazmat.primitives.serialization import load_pem_private_key

import cmkit

VECTORS = Path(__file__).resolve().parents[3] / "tests" / "vectors"
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)

Json = dict[str, Any]


def load(name: str) -> Json:
    content: Json = json.loads((VECTORS / f"{name}.json").read_text())
    return content


def none(rest: Json) -> None:
    """Fails on a field that the runner does not know: nothing may be skipped unnoticed."""
    assert not rest, f"unknown fields: {sorted(rest)}"


def pop(case: Json, *names: str) -> list[Any]:
    return [case.pop(name, None) for name in names]


class Held:
    """A key version of the vault."""

    def __init__(self, entry: Json) -> None:
        kind, self.id, key, self.version, self.created = pop(entry, "kind", "id", "key", "version", "created")
        self.key: str = key.lower()
        self.modulus: bytes | None = None
        if kind == "rsa":
            modulus, bits, _thumbprint, pem = pop(entry, "modulus", "bits", "thumbprint", "private_key")
            self.modulus = bytes.fromhex(modulus)
            assert len(self.modulus) * 8 == bits
            private = load_pem_private_key(pem.encode(), None)
            assert isinstance(private, RSAPrivateKey)
            self.private = private
        else:
            self.secret = bytes.fromhex(entry.pop("secret"))
        none(entry)

    def unwrap(self, wrapped: bytes) -> bytes:
        return aes_key_unwrap(self.secret, wrapped) if self.modulus is None else self.private.decrypt(wrapped, OAEP)


class Keyring:
    def __init__(self) -> None:
        self.held: dict[str, Held] = {}
        self.service: dict[str, cmkit.ServiceKey] = {}
        self.records: dict[str, cmkit.DataKey] = {}
        self.bases = {
            case["name"]: bytes.fromhex(envelope)
            for case in load("seal")["cases"]
            if isinstance(envelope := case["result"].get("envelope"), str)
        }
        self.count = 0
        for entry in load("keys")["keys"]:
            self.add(entry)

    def add(self, entry: Json) -> None:
        self.count += 1
        match entry["kind"]:
            case "rsa" | "a256kw":
                held = Held(entry)
                self.held[held.id] = held
            case "service":
                _, id, name, version, secret = pop(entry, "kind", "id", "name", "version", "secret")
                none(entry)
                self.service[id] = cmkit.ServiceKey.from_parts(name, version, bytes.fromhex(secret))
            case "record":
                _, id, record, _dek, dek_id, opens_with, deterministic = pop(
                    entry, "kind", "id", "record", "dek", "dek_id", "opens_with", "deterministic"
                )
                none(entry)
                keys: list[cmkit.OpenKey] = [self.service.get(it) or self.held[it].key for it in opens_with]
                key = cmkit.DataKey.open(bytes.fromhex(record), keys=keys, provider=Holder(self))
                assert (key.id, key.deterministic) == (dek_id, deterministic)
                self.records[id] = key

    def seal_keys(self, ids: list[str]) -> list[cmkit.SealKey]:
        return [self.service.get(id) or self.records.get(id) or self.held[id].key for id in ids]

    def open_keys(self, configuration: Json) -> list[cmkit.OpenKey]:
        allow, service, records = pop(configuration, "allow", "service", "records")
        none(configuration)
        keys: list[cmkit.OpenKey] = [self.allowed(it) for it in allow or []]
        keys += [self.service[id] for id in service or []]
        keys += [self.records[id] for id in records or []]
        return keys

    def allowed(self, allow: Json) -> cmkit.AllowedKey:
        key, versions, refused, created_after, public_keys = pop(
            allow, "key", "versions", "refused", "created_after", "public_keys"
        )
        none(allow)
        known = [(held.version, held.modulus, b"\1\0\1") for held in (self.held[id] for id in public_keys or [])]
        return cmkit.AllowedKey(
            key,
            versions=versions or [],
            refused_versions=refused or [],
            created_after=created_after,
            public_keys=[(version, modulus, e) for version, modulus, e in known if modulus is not None],
        )

    def source(self, source: Json, *, detached: bool = False) -> tuple[bytes | None, bytes]:
        """Head and body of a source, or all of it as one."""
        base, record, given, edits, body_edits = pop(source, "base", "record", "hex", "edits", "body_edits")
        none(source)
        whole = self.bases[base] if base else self.records[record].record if record else bytes.fromhex(given)
        shape = None
        if len(whole) >= 12:
            shape = 12 + int.from_bytes(whole[8:12], "big") + 88, 16_400 if whole[5] == 1 else 262_160
        if not detached:
            return None, edited(whole, edits or [], shape if base else None)
        size = shape[0] if base and shape else len(whole)
        body = edited(whole[size:], body_edits or [], (0, shape[1]) if shape else None)
        return edited(whole[:size], edits or [], None), body


def edited(data: bytes, edits: list[Json], shape: tuple[int, int] | None) -> bytes:
    for edit in edits:
        data = apply(data, edit, shape)
    return data


def apply(data: bytes, edit: Json, shape: tuple[int, int] | None) -> bytes:
    if "at" in edit:
        at, replace, text = pop(edit, "at", "replace", "with")
        none(edit)
        return data[:at] + bytes.fromhex(text) + data[at + replace :]
    if "truncate" in edit:
        size: int = edit.pop("truncate")
        none(edit)
        return data[:size]
    if "append" in edit:
        text, times = pop(edit, "append", "times")
        none(edit)
        return data + bytes.fromhex(text) * (times or 1)
    assert shape is not None, "only an envelope has chunks"
    start, size = shape
    chunks = [data[at : at + size] for at in range(start, len(data), size)]
    match edit:
        case {"swap_chunks": [left, right]}:
            chunks[left], chunks[right] = chunks[right], chunks[left]
        case {"duplicate_chunk": int(at)}:
            chunks.insert(at, chunks[at])
        case {"drop_chunk": int(at)}:
            del chunks[at]
    assert len(edit) == 1
    return data[:start] + b"".join(chunks)


def refused(kind: Literal["denied", "unavailable", "wrong_ciphertext"], reason: str) -> cmkit.Refusal:
    return cmkit.Refusal(kind, reason, "the script says so")


class Holder:
    """The vault of the vectors: it has every key, says what the case scripts, and counts what it is asked."""

    def __init__(self, keyring: Keyring, script: Json | None = None, newest: list[str] | None = None) -> None:
        self.keyring = keyring
        self.script = script or {}
        self.newest = newest or []
        self.called: list[str] = []
        self.resolved: set[str] = set()
        self.wraps = 0

    def __call__(self, request: cmkit.KeyRequest) -> cmkit.KeyReply:
        scripted = self.script.get(request.key, {})
        if isinstance(request, cmkit.Resolve):
            self.resolved.add(request.key)
        else:
            if isinstance(request, cmkit.Unwrap):
                self.called.append(request.key)
            else:
                self.wraps += 1
            match scripted.get("state"):
                case "denied":
                    return refused("denied", "KeyDisabled")
                case "unavailable":
                    return refused("unavailable", "Throttled")
        found = self.find(request.key)
        if found is None:
            host = urlsplit(request.key).netloc
            here = any(urlsplit(held.key).netloc == host for held in self.keyring.held.values())
            return refused("denied", "KeyNotFound") if here else refused("unavailable", "HostNotFound")
        if isinstance(request, cmkit.Resolve):
            created = scripted.get("created", found.created)
            return cmkit.KeyState(f"{found.key}/{found.version}", modulus=found.modulus, created=created)
        if isinstance(request, cmkit.Wrap):
            if found.modulus is not None:
                return refused("denied", "KeyOperationForbidden")
            return aes_key_wrap(found.secret, request.dek)
        if (request.algorithm == "A256KW") != (found.modulus is None):
            return refused("denied", "KeyOperationForbidden")
        try:
            return found.unwrap(request.wrapped)
        except (ValueError, InvalidUnwrap):
            return refused("wrong_ciphertext", "BadParameter")

    def find(self, key: str) -> Held | None:
        held = [self.keyring.held[id] for id in self.newest if id in self.keyring.held]
        held += self.keyring.held.values()
        exact = (it for it in held if it.key == key)
        return next(exact, None) or next((it for it in held if f"{it.key}/{it.version.lower()}" == key), None)
