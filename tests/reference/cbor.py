"""Deterministic CBOR (RFC 8949 section 4.2.1), no more of it than the header grammar uses.

Unsigned and negative integers, byte strings, text, arrays, maps and `true`. The reader takes only
the one encoding that the writer produces; whatever else it meets is `malformed`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from failure import Failure

UINT, NINT, BYTES, TEXT, ARRAY, MAP = range(6)
TRUE = 0xF5


def encode(value: Any) -> bytes:
    """The single deterministic encoding of a value."""
    if value is True:
        return bytes([TRUE])
    if isinstance(value, int) and not isinstance(value, bool):
        return head(UINT, value) if value >= 0 else head(NINT, -1 - value)
    if isinstance(value, bytes):
        return head(BYTES, len(value)) + value
    if isinstance(value, str):
        text = value.encode()
        return head(TEXT, len(text)) + text
    if isinstance(value, (list, tuple)):
        return head(ARRAY, len(value)) + b"".join(encode(item) for item in value)
    if isinstance(value, dict):
        entries = sorted((encode(key), encode(item)) for key, item in value.items())
        return head(MAP, len(entries)) + b"".join(key + item for key, item in entries)
    raise TypeError(f"the grammar has no {value!r}")


def head(major: int, argument: int) -> bytes:
    """The shortest head of a data item."""
    if argument < 24:
        return bytes([major << 5 | argument])
    for code, width in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if argument < 1 << 8 * width:
            return bytes([major << 5 | code]) + argument.to_bytes(width, "big")
    raise ValueError("argument over 64 bits")


class Reader:
    """Reads data items from the front of a byte string."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def integer(self) -> int:
        major, argument = self._head()
        if major == UINT:
            return argument
        if major == NINT:
            return -1 - argument
        raise Failure("malformed", "an integer is due")

    def unsigned(self) -> int:
        return self._expect(UINT)

    def byte_string(self) -> bytes:
        return self._take(self._expect(BYTES))

    def text(self) -> str:
        raw = self._take(self._expect(TEXT))
        try:
            return raw.decode("utf-8", "strict")
        except UnicodeDecodeError as error:
            raise Failure("malformed", "text is not UTF-8") from error

    def true(self) -> bool:
        if self._take(1)[0] != TRUE:
            raise Failure("malformed", "`true` is due")
        return True

    def array(self) -> int:
        """Reads the head of an array and returns the number of its items."""
        return self._expect(ARRAY)

    def map(self, key: Callable[[], Any], value: Callable[[Any], Any]) -> dict[Any, Any]:
        """Reads a map whose keys are strictly ascending by their encoded bytes.

        `key` reads a key, `value` reads the value of the key that it is given.
        """
        entries: dict[Any, Any] = {}
        previous = b""
        for _ in range(self._expect(MAP)):
            start = self.at
            name = key()
            encoded = self.data[start : self.at]
            if encoded <= previous:
                raise Failure("malformed", "map keys are not ascending")
            previous = encoded
            entries[name] = value(name)
        return entries

    def rest(self) -> bytes:
        """All bytes that no item has taken yet."""
        return self.data[self.at :]

    def _expect(self, major: int) -> int:
        found, argument = self._head()
        if found != major:
            raise Failure("malformed", f"major type {major} is due, not {found}")
        return argument

    def _head(self) -> tuple[int, int]:
        first = self._take(1)[0]
        major, low = first >> 5, first & 31
        if low < 24:
            argument = low
        elif low < 28:
            argument = int.from_bytes(self._take(1 << low - 24), "big")
            if head(major, argument)[0] != first:
                raise Failure("malformed", "head is not the shortest")
        else:
            raise Failure("malformed", "indefinite or reserved length")
        return major, argument

    def _take(self, count: int) -> bytes:
        if count > len(self.data) - self.at:
            raise Failure("malformed", "item runs over the end")
        self.at += count
        return self.data[self.at - count : self.at]
