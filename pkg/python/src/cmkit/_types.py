"""The types of what goes in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, Union

from . import _cmkit

if TYPE_CHECKING:
    from typing_extensions import Buffer as Buffer
else:
    Buffer = object


class SupportsRead(Protocol):
    """What is read: any binary file object."""

    def read(self, size: int, /) -> Buffer | None: ...


class SupportsWrite(Protocol):
    """What is written to: any binary file object."""

    def write(self, data: bytes, /) -> object: ...


WritableBuffer: TypeAlias = Buffer
SealKey: TypeAlias = Union[str, "_cmkit.ServiceKey", "_cmkit.DataKey"]
OpenKey: TypeAlias = Union[str, "_cmkit.AllowedKey", "_cmkit.ServiceKey", "_cmkit.DataKey"]
ExternalContext: TypeAlias = Buffer | str | Mapping[str, str]
KeyRequest: TypeAlias = Union["_cmkit.Resolve", "_cmkit.Wrap", "_cmkit.Unwrap"]
KeyReply: TypeAlias = Union["_cmkit.KeyState", bytes, "_cmkit.Refusal"]
Provider: TypeAlias = Union[Callable[[KeyRequest], KeyReply], "_cmkit.DataKeyCache"]

ErrorCode: TypeAlias = Literal[
    "malformed",
    "unsupported",
    "too_large",
    "truncated",
    "no_key",
    "context",
    "decrypt",
    "not_allowed",
    "out_of_range",
    "denied",
    "unavailable",
    "invalid_key_uri",
    "invalid_argument",
    "invalid_reply",
    "provider",
    "input",
    "io",
]
"""What went wrong. A code is a promise: it is the same in Rust, JavaScript and Python, and never renamed."""
