"""Between the JSON of the vectors and values: byte strings, edits, configurations, outcomes."""

from __future__ import annotations

import hashlib
from typing import Any

from envelope import Expectation, Opener
from header import CHUNK, TAIL
from holder import Holder
from keyring import Keyring, RecordKey, ServiceKey, VaultKey, split_key_url
from record import open_record
from seal import External
from unwrap import AllowedKey, Configuration, VerifiedRecord

Json = dict[str, Any]


def read_bytes(value: str | Json) -> bytes:
    """A byte string: hex, or a counter pattern (byte i is i mod 251)."""
    if isinstance(value, str):
        return bytes.fromhex(value)
    assert value["pattern"] == "counter"
    length = int(value["length"])
    return (bytes(range(251)) * (length // 251 + 1))[:length]


def matches(expected: str | Json, found: bytes) -> bool:
    """Compares with a byte string that may be written as a pattern or as a digest."""
    if isinstance(expected, dict) and "sha256" in expected:
        return digest(found, len(expected["head"]) // 2) == expected
    return read_bytes(expected) == found


def digest(value: bytes, head: int) -> Json:
    return {"sha256": hashlib.sha256(value).hexdigest(), "length": len(value), "head": value[:head].hex()}


def edit(data: bytes, edits: list[Json], head_length: int = 0, suite: int = 1) -> bytes:
    """Applies edits in order. Chunks are those of the base, which starts with `head_length` bytes of head."""
    for step in edits:
        if "at" in step:
            at = step["at"]
            data = data[:at] + bytes.fromhex(step["with"]) + data[at + step["replace"] :]
        elif "truncate" in step:
            data = data[: step["truncate"]]
        elif "append" in step:
            data += bytes.fromhex(step["append"]) * step.get("times", 1)
        else:
            data = edit_chunks(data, step, head_length, CHUNK[suite] + 16)
    return data


def edit_chunks(data: bytes, step: Json, head_length: int, size: int) -> bytes:
    body = data[head_length:]
    chunks = [body[at : at + size] for at in range(0, len(body), size)]
    if "swap_chunks" in step:
        i, j = step["swap_chunks"]
        chunks[i], chunks[j] = chunks[j], chunks[i]
    elif "duplicate_chunk" in step:
        chunks.insert(step["duplicate_chunk"], chunks[step["duplicate_chunk"]])
    else:
        del chunks[step["drop_chunk"]]
    return data[:head_length] + b"".join(chunks)


def head_length(data: bytes) -> int:
    return 12 + int.from_bytes(data[8:12], "big") + TAIL


class Reader:
    """Reads the parts of cases that name keys, and the envelopes of `seal.json`."""

    def __init__(self, keys: Keyring, seals: dict[str, bytes]) -> None:
        self.keys = keys
        self.seals = seals
        self.records: dict[str, VerifiedRecord] = {}

    def source(self, spec: Json) -> bytes:
        """The bytes of `{"hex"}`, `{"base", "edits"}` or `{"record", "edits"}`."""
        if "hex" in spec:
            return edit(bytes.fromhex(spec["hex"]), spec.get("edits", []))
        if "record" in spec:
            return edit(self.record_key(spec["record"]).record, spec.get("edits", []))
        base = self.seals[spec["base"]]
        return edit(base, spec.get("edits", []), head_length(base), base[5])

    def detached(self, spec: Json) -> tuple[bytes, bytes]:
        """Head and body of `{"base" | "hex", "edits", "body_edits"}`; `edits` change the head."""
        base = self.seals[spec["base"]] if "base" in spec else bytes.fromhex(spec["hex"])
        cut = head_length(base)
        return edit(base[:cut], spec.get("edits", [])), edit(base[cut:], spec.get("body_edits", []), 0, base[5])

    def opener(self, case: Json) -> Opener:
        expect = case.get("expect", {})
        return Opener(
            self.configuration(case.get("configuration", {})),
            self.holder(case),
            external(case.get("external")),
            Expectation(expect.get("namespace"), expect.get("context", {})),
        )

    def holder(self, case: Json) -> Holder:
        return Holder(self.keys, case.get("holder"))

    def configuration(self, spec: Json) -> Configuration:
        return Configuration(
            [self.allowed(entry) for entry in spec.get("allow", [])],
            [self.service_key(id) for id in spec.get("service", [])],
            [self.record(id) for id in spec.get("records", [])],
        )

    def allowed(self, spec: Json) -> AllowedKey:
        return AllowedKey(
            *split_key_url(spec["key"]),
            lower(spec["versions"]) if "versions" in spec else None,
            lower(spec.get("refused", [])),
            spec.get("created_after"),
            [self.vault_key(id) for id in spec.get("public_keys", [])],
        )

    def record(self, id: str) -> VerifiedRecord:
        """A key record of the keyring, opened with the keys that are named there."""
        if id not in self.records:
            entry = self.record_key(id)
            wrapped_by = [self.keys[key] for key in entry.opens_with]
            allow = [AllowedKey(key.host, key.name) for key in wrapped_by if isinstance(key, VaultKey)]
            service = [key for key in wrapped_by if isinstance(key, ServiceKey)]
            self.records[id] = open_record(entry.record, Opener(Configuration(allow, service), Holder(self.keys)))
            assert (self.records[id].dek, self.records[id].dek_id) == (entry.dek, entry.dek_id)
        return self.records[id]

    def vault_key(self, id: str) -> VaultKey:
        key = self.keys[id]
        assert isinstance(key, VaultKey)
        return key

    def service_key(self, id: str) -> ServiceKey:
        key = self.keys[id]
        assert isinstance(key, ServiceKey)
        return key

    def record_key(self, id: str) -> RecordKey:
        key = self.keys[id]
        assert isinstance(key, RecordKey)
        return key


def lower(versions: list[str]) -> list[str]:
    return [version.lower() for version in versions]


def external(spec: Json | None) -> External:
    """External context: absent, bytes, or named pairs."""
    if spec is None:
        return None
    return bytes.fromhex(spec["bytes"]) if "bytes" in spec else spec["pairs"]
