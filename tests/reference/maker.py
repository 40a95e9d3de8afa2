"""Finishes cases: the author states inputs and the error class, the reference adds what comes out.

A case whose outcome is not the one that its author states stops the making of all vectors.
"""

from __future__ import annotations

from typing import Any

from codec import Json, Reader, digest, head_length
from keyring import VaultKey
from make_keys import stream
from runner import run

LARGE = 60_000


class Maker:
    """Collects the finished cases of every file."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.files: dict[str, list[Json]] = {}

    def add(
        self,
        file: str,
        case: Json,
        error: str | list[str] | None = None,
        calls: int | list[int] | None = None,
    ) -> Json:
        """Adds a case that succeeds, or ends in `error`, with `calls` unwrap calls where that is stated."""
        found = run(file, case, self.reader)
        where = f"{file}: {case['name']}"
        if error is None:
            assert "error" not in found, f"{where}: {found}"
        else:
            allowed = [error] if isinstance(error, str) else error
            assert found.get("error") in allowed, f"{where}: stated {error}, found {found.get('error', 'success')}"
        if calls is not None:
            allowed_calls = [calls] if isinstance(calls, int) else calls
            assert found["calls"] in allowed_calls, f"{where}: stated {calls} calls, found {found['calls']}"
            case["calls"] = calls
        case["result"] = {"error": error} if error else self.result(file, case, found)
        for field in ("calls", "called", "resolves", "wraps", "released"):
            if field in found and field not in case:
                case[field] = found[field]
        cases = self.files.setdefault(file, [])
        assert case["name"] not in {other["name"] for other in cases}, where
        cases.append(case)
        return found

    def result(self, file: str, case: Json, found: Json) -> Json:
        result = {}
        for field, value in found.items():
            if field in ("calls", "called", "resolves", "wraps", "released"):
                continue
            if isinstance(value, bytes):
                digest_only = len(value) > (LARGE if field == "envelope" and not case.get("whole") else 2**20)
                if field in ("plaintext", "value"):
                    digest_only = len(value) > 2048
                head = head_length(value) if field == "envelope" else 64
                result[field] = digest(value, head) if digest_only else value.hex()
            else:
                result[field] = value
        case.pop("whole", None)
        if file == "seal" and "envelope" in found:
            self.reader.seals[case["name"]] = found["envelope"]
        return result

    def random(self, name: str, keys: list[str], salt_and_dek: int = 56) -> str:
        """The randomness of a case: as much as its draws take, seeds for RSA keys last."""
        seeds = sum(self.is_rsa(id) for id in keys)
        return stream("random " + name, salt_and_dek + 32 * seeds).hex()

    def is_rsa(self, id: str) -> bool:
        key = self.reader.keys[id]
        return isinstance(key, VaultKey) and key.private is not None


def allow(*urls_or_entries: Any, service: list[str] | None = None, records: list[str] | None = None) -> Json:
    """A configuration; a key that needs no more than its URL may be given as text."""
    spec: Json = {}
    if urls_or_entries:
        spec["allow"] = [{"key": entry} if isinstance(entry, str) else entry for entry in urls_or_entries]
    if service:
        spec["service"] = service
    if records:
        spec["records"] = records
    return spec
