"""Runs every vector against this reference: `N passed, N failed`, and a non-zero exit for a mismatch."""

from __future__ import annotations

import json
import sys
from typing import Any

import wrap
from codec import Json, Reader, matches
from keyring import VECTORS, RecordKey, VaultKey, load_keyring
from runner import run

FILES = ["seal", "open", "header", "range", "record", "compact", "rewrap"]
BYTES = ("envelope", "plaintext", "record", "new_head", "value")


def main() -> int:
    keys = load_keyring()
    manifest = read("manifest")
    failures = check_keys(manifest)
    passed = len(keys) - len(failures)
    reader = Reader(keys, {})
    for file in FILES:
        cases = read(file)["cases"]
        names = [case["name"] for case in cases]
        if manifest[f"{file}.json"] != len(cases) or len(set(names)) != len(names):
            failures.append(f"{file}: counts or names")
        for case in cases:
            try:
                found = run(file, case, reader)
            except Exception as error:  # a fault of the reference is a failed case, not the end
                found = {"error": repr(error)}
            if file == "seal" and "envelope" in found:
                reader.seals[case["name"]] = found["envelope"]
            if mismatch := compare(case, found):
                failures.append(f"{file}: {case['name']}: {mismatch}")
            else:
                passed += 1
    for failure in failures:
        print("FAILED", failure)
    print(f"{passed} passed, {len(failures)} failed")
    return 1 if failures else 0


def check_keys(manifest: Json) -> list[str]:
    """Recomputes what the key file says of its keys."""
    entries = read("keys")["keys"]
    failures = [] if manifest["keys.json"] == len(entries) else ["keys: counts"]
    for entry, key in zip(entries, load_keyring().values(), strict=True):
        if isinstance(key, VaultKey) and key.private:
            modulus = int(entry["modulus"], 16)
            good = key.modulus == modulus and wrap.thumbprint(modulus).hex() == entry["thumbprint"]
            good &= modulus.bit_length() == entry["bits"]
        elif isinstance(key, RecordKey):
            reader = Reader(load_keyring(), {})
            good = reader.record(key.id).deterministic == entry["deterministic"]
        else:
            good = len(bytes.fromhex(entry["secret"])) == 32
        if not good:
            failures.append(f"keys: {key.id}")
    return failures


def compare(case: Json, found: Json) -> str:
    """What differs between the expectation of a case and what came out, or nothing."""
    expected = case["result"]
    if "error" in expected:
        allowed = expected["error"] if isinstance(expected["error"], list) else [expected["error"]]
        if found.get("error") not in allowed:
            return f"expected {allowed}, found {found.get('error', 'success')}"
    else:
        if "error" in found:
            return f"expected success, found {found['error']}"
        for field, value in expected.items():
            if not same(field, value, found[field]):
                return f"`{field}` differs"
    for field in ("calls", "called", "resolves", "released", "wraps"):
        if field in case and not counted(case[field], found[field]):
            return f"`{field}`: expected {case[field]}, found {found[field]}"
    return ""


def same(field: str, expected: Any, found: Any) -> bool:
    return matches(expected, found) if field in BYTES else expected == found


def counted(expected: Any, found: Any) -> bool:
    """A count may be a list of the counts that are admissible."""
    return found in expected if isinstance(expected, list) and isinstance(found, int) else expected == found


def read(file: str) -> Json:
    content: Json = json.loads((VECTORS / f"{file}.json").read_text(encoding="utf-8"))
    return content


if __name__ == "__main__":
    sys.exit(main())
