"""Edits that rewrite a head: what an attacker, or an insider who knows the DEK, can do to it."""

from __future__ import annotations

import cbor
import derive
import header
from codec import Json, head_length


class Forge:
    """Edits of one envelope or record."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.end = head_length(data)
        self.head = header.parse_head(data, data[6] == header.KEY_RECORD, alone=False)
        self.keks = [kek.raw for kek in self.head.keks]

    def flip(self, at: int, bit: int = 1) -> list[Json]:
        """One bit of one byte."""
        return self.put(at, bytes([self.data[at] ^ bit]))

    def put(self, at: int, new: bytes) -> list[Json]:
        """Other bytes in place of as many."""
        return [{"at": at, "replace": len(new), "with": new.hex()}]

    def find(self, field: bytes) -> int:
        """Where a field starts in the head."""
        assert self.data[: self.end].count(field) == 1, field.hex()
        return self.data.index(field)

    def rewrite(
        self, core: bytes | None = None, keks: list[bytes] | None = None, padding: int = 0, dek: bytes | None = None
    ) -> list[Json]:
        """Another header of the right form; with `dek`, under its right MAC."""
        core = self.head.core.raw if core is None else core
        keks = self.keks if keks is None else keks
        array = cbor.head(cbor.ARRAY, len(keks)) + b"".join(keks)
        block = cbor.head(cbor.ARRAY, 2) + cbor.encode(core) + array + bytes(padding)
        length = len(block).to_bytes(4, "big")
        replaced = 4 + len(self.head.header)
        new = length + block
        if dek is not None:
            preamble = self.data[:8] + length
            new += derive.header_mac(dek, preamble, block, self.head.salt, self.head.commit)
            replaced += header.MAC
        return [{"at": 8, "replace": replaced, "with": new.hex()}]

    def recommit(self, dek: bytes, aad: bytes = b"") -> list[Json]:
        """The commitment that the DEK has over this head; the header MAC is left as it is."""
        bound = derive.binding(self.head.suite, self.head.flags, self.head.core.raw, aad)
        return self.put(self.end - 32, derive.body_keys(dek, self.head.suite, self.head.salt, bound).commit)

    def miscommit(self, dek: bytes) -> list[Json]:
        """One bit of the commitment flipped, under the right MAC."""
        head = self.head
        commit = bytes([head.commit[0] ^ 1]) + head.commit[1:]
        mac = derive.header_mac(dek, self.data[:12], head.header, head.salt, commit)
        return self.put(self.end - header.MAC - len(head.salt + commit), mac + head.salt + commit)
