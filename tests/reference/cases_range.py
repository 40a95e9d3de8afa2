"""`range.json`: ranges of the plaintext, and what a range read proves about the end."""

from __future__ import annotations

from typing import Any

from cases_seal import CS1, CS2
from codec import Json, head_length
from maker import Maker, allow

ORDERS_2048 = "https://orders.vault.azure.net/keys/orders-2048"
ORDERS_AES = "https://orders.managedhsm.azure.net/keys/orders-aes"
MOST = 2**53 - 1


def make(maker: Maker) -> None:
    ranges(maker, "body-1", 3 * CS1 + 5, CS1)
    ranges(maker, "body-2", CS2 + 1000, CS2)
    even(maker)
    broken(maker, "body-1", 3, CS1)
    broken(maker, "body-2", 1, CS2)


def ranges(maker: Maker, base: str, total: int, size: int) -> None:
    for name, start, length in (
        ("first byte", 0, 1),
        ("inside the first chunk", 100, 50),
        ("whole first chunk", 0, size),
        ("second chunk", size, min(size, total - size)),
        ("across a chunk boundary", size - 3, 7),
        ("last byte of a chunk", size - 1, 1),
        ("first byte of a chunk", size, 1),
        ("all", 0, total),
        ("last byte", total - 1, 1),
        ("inside the last chunk", total - 4, 3),
        ("across into the last chunk", total - total % size - 2, 4),
        ("over the end", total - 2, 100),
        ("far over the end", total - 2, MOST),
        ("all and far over the end", 0, MOST),
        ("starts at the end", total, 1),
        ("empty at the start", 0, 0),
        ("empty inside", size + 1, 0),
        ("empty at the end", total, 0),
    ):
        read(maker, f"{base}: {name}", base, start, length)
    for name, start, length in (
        ("starts after the end", total + 1, 1),
        ("empty after the end", total + 1, 0),
        ("starts far after the end", MOST, 1),
        ("starts and runs far after the end", MOST, MOST),
    ):
        read(maker, f"{base}: {name}", base, start, length, error="out_of_range")


def even(maker: Maker) -> None:
    """The last chunk is empty."""
    total = 2 * CS1
    for name, start, length in (
        ("last byte", total - 1, 1),
        ("over the end", total - 1, 2),
        ("starts at the end", total, 1),
        ("first byte", 0, 1),
    ):
        read(maker, f"body-1-even: {name}", "body-1-even", start, length)
    read(maker, "body-1-even: starts after the end", "body-1-even", total + 1, 1, error="out_of_range")
    for name, start in (("first byte", 0), ("last byte", total - 1)):
        drop = [{"drop_chunk": 2}]
        read(maker, f"body-1-even: empty last chunk dropped, {name}", "body-1-even", start, 1, drop, "truncated")
    read(maker, "body of no bytes", "rsa-2048", 0, 1, [{"truncate": head(maker, "rsa-2048")}], "truncated")
    read(maker, "body of 15 bytes", "rsa-2048", 0, 1, [{"truncate": head(maker, "rsa-2048") + 15}], "truncated")
    read(maker, "body of 16 bytes", "rsa-2048", 0, 1, [{"truncate": head(maker, "rsa-2048") + 16}], "decrypt")


def broken(maker: Maker, base: str, last: int, size: int) -> None:
    start, envelope = head(maker, base), maker.reader.seals[base]
    end = len(envelope)
    tail = start + last * (size + 16)

    def flip(at: int) -> list[Json]:
        return [{"at": at, "replace": 1, "with": f"{envelope[at] ^ 1:02x}"}]

    in_last = last * size + 1
    for name, edits, at, length, error in (
        ("last chunk tampered, range in the first chunk", flip(tail), 0, 1, "decrypt"),
        ("last tag tampered, range in the first chunk", flip(end - 1), 0, 1, "decrypt"),
        ("last chunk tampered, empty range", flip(tail), 0, 0, "decrypt"),
        ("last chunk tampered, range after the end", flip(tail), MOST, 1, "decrypt"),
        ("first chunk tampered, range in it", flip(start), 5, 1, "decrypt"),
        ("tag of the first chunk tampered, range in it", flip(start + size + 15), 5, 1, "decrypt"),
        ("first chunk tampered, range in the last", flip(start), in_last, 1, None),
        ("first chunk tampered, range across", flip(start), size - 1, 2, "decrypt"),
        ("one byte cut off", [{"truncate": end - 1}], 0, 1, "decrypt"),
        ("one byte added", [{"append": "00"}], 0, 1, "decrypt"),
        ("16 bytes of the last chunk left", [{"truncate": tail + 16}], 0, 1, "decrypt"),
        ("15 bytes of the last chunk left", [{"truncate": tail + 15}], 0, 1, "truncated"),
        ("1 byte of the last chunk left", [{"truncate": tail + 1}], 0, 1, "truncated"),
        ("last chunk dropped", [{"drop_chunk": last}], 0, 1, "truncated"),
        ("first chunk dropped", [{"drop_chunk": 0}], 0, 1, "decrypt"),
        ("first chunk duplicated", [{"duplicate_chunk": 0}], 0, 1, "decrypt"),
        ("last chunk duplicated", [{"duplicate_chunk": last}], 0, 1, "decrypt"),
    ):
        read(maker, f"{base}: {name}", base, at, length, edits, error)
    if last > 1:
        middle = flip(start + size + 16)
        read(maker, f"{base}: second chunk tampered, range around it", base, size - 1, size + 2, middle, "decrypt")
        read(maker, f"{base}: second chunk tampered, range before it", base, 0, size, middle)
        read(maker, f"{base}: second chunk tampered, range behind it", base, 2 * size, 10, middle)
        swap = [{"swap_chunks": [0, 1]}]
        read(maker, f"{base}: chunks swapped, range in one", base, 0, 1, swap, "decrypt")
        read(maker, f"{base}: chunks swapped, range in the last", base, in_last, 1, swap)
    read(maker, f"{base}: MAC tampered", base, 0, 1, flip(start - 88), "decrypt")
    read(maker, f"{base}: commitment tampered", base, 0, 1, flip(start - 1), "decrypt")
    wrong = {"expect": {"namespace": "other"}}
    read(maker, f"{base}: other namespace expected", base, 0, 1, [], "context", **wrong)
    read(maker, f"{base}: no key", base, 0, 1, [], "no_key", configuration=allow(ORDERS_AES + "-other"))


def head(maker: Maker, base: str) -> int:
    return head_length(maker.reader.seals[base])


def read(
    maker: Maker,
    name: str,
    base: str,
    start: int,
    length: int,
    edits: list[Json] | None = None,
    error: str | None = None,
    **inputs: Any,
) -> None:
    case = {
        "name": name,
        "envelope": {"base": base, "edits": edits} if edits else {"base": base},
        "configuration": allow(ORDERS_AES if base == "body-1-even" else ORDERS_2048),
        "start": start,
        "length": length,
        **inputs,
    }
    maker.add("range", case, error)
