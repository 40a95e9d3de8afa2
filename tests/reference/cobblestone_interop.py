"""Suite 01 against another implementation: `cryptography.cobblestone`, which speaks C2SP chunked-encryption.

It opens our bodies and we open its, given the DEK and the 64-byte binding. Prints `N passed, N failed`.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

import derive
from codec import external, read_bytes
from envelope import open_body
from failure import Failure
from header import COMMIT, SALT, parse_head
from keyring import VECTORS
from seal import external_bytes, seal_body

SIZE = 16384
LENGTHS = [0, 1, 15, 16, 17, SIZE - 1, SIZE, SIZE + 1, 2 * SIZE, 3 * SIZE - 1, 3 * SIZE, 3 * SIZE + 5, 256 * SIZE + 1]


def main() -> int:
    passed = failed = 0
    for check in (they_open_ours, we_open_theirs, they_refuse_what_we_refuse):
        for length in LENGTHS:
            if check(length):
                passed += 1
            else:
                failed += 1
                print("FAILED", check.__name__, length)
    for name, opened in vectors():
        if opened:
            passed += 1
        else:
            failed += 1
            print("FAILED", name)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def vectors() -> Iterator[tuple[str, bool]]:
    """Whether the other implementation opens each envelope of suite 1 that `seal.json` has as a whole."""
    for case in json.loads((VECTORS / "seal.json").read_text(encoding="utf-8"))["cases"]:
        envelope = case["result"].get("envelope")
        if case["suite"] == 1 and isinstance(envelope, str):
            sealed = bytes.fromhex(envelope)
            head = parse_head(sealed, record=False, alone=False)
            bound = derive.binding(1, 0, head.core.raw, external_bytes(external(case.get("external"))))
            dek = bytes.fromhex(case["random"])[:32]
            opened = their_open(dek, bound, sealed[head.length - SALT - COMMIT :])
            yield case["name"], opened == read_bytes(case["plaintext"])


def they_open_ours(length: int) -> bool:
    dek, bound, plaintext = inputs(length)
    return their_open(dek, bound, our_seal(dek, bound, plaintext)) == plaintext


def we_open_theirs(length: int) -> bool:
    dek, bound, plaintext = inputs(length)
    encryptor = Cobblestone256Encryptor(dek, bound)
    return our_open(dek, bound, encryptor.update(plaintext) + encryptor.finalize()) == plaintext


def they_refuse_what_we_refuse(length: int) -> bool:
    """Another binding, a cut, an extension, and a flipped bit of salt, commitment and body."""
    dek, bound, plaintext = inputs(length)
    message = our_seal(dek, bound, plaintext)
    broken = [(bound[::-1], message), (bound, message[:-1]), (bound, message + b"\0")]
    for at in (0, SALT, SALT + COMMIT, len(message) - 1):
        broken.append((bound, message[:at] + bytes([message[at] ^ 1]) + message[at + 1 :]))
    return all(refused(their_open, dek, *case) and refused(our_open, dek, *case) for case in broken)


def inputs(length: int) -> tuple[bytes, bytes, bytes]:
    """A DEK, the binding of a head with a namespace, and a plaintext."""
    core = bytes.fromhex("a1036f61636d652e696e766f6963652f7632")
    return os.urandom(32), derive.binding(1, 0, core, b"row 42"), bytes(i % 251 for i in range(length))


def our_seal(dek: bytes, bound: bytes, plaintext: bytes) -> bytes:
    """salt, commitment and body, as they stand in an envelope."""
    salt = os.urandom(SALT)
    keys = derive.body_keys(dek, 1, salt, bound)
    return salt + keys.commit + seal_body(plaintext, keys, SIZE)


def our_open(dek: bytes, bound: bytes, message: bytes) -> bytes:
    keys = derive.body_keys(dek, 1, message[:SALT], bound)
    if keys.commit != message[SALT : SALT + COMMIT]:
        raise Failure("decrypt")
    released: list[bytes] = []
    open_body(message[SALT + COMMIT :], 1, keys, released.append)
    return b"".join(released)


def their_open(dek: bytes, bound: bytes, message: bytes) -> bytes:
    decryptor = Cobblestone256Decryptor(dek, bound)
    return decryptor.update(message) + decryptor.finalize()


def refused(opens: Callable[[bytes, bytes, bytes], bytes], dek: bytes, bound: bytes, message: bytes) -> bool:
    try:
        opens(dek, bound, message)
    except (Failure, InvalidTag, ValueError):
        return True
    return False


if __name__ == "__main__":
    sys.exit(main())
