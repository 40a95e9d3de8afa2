"""The one error of cmkit, in kinds that callers tell apart. The code of each is the same in Rust, JavaScript and Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._types import ErrorCode

__all__ = ["CmkitError", "ConfigError", "DecryptError", "InputError", "KeyUnavailable"]


class CmkitError(Exception):
    """What cmkit refuses, with a stable code.

    What a provider raises is not wrapped in one: it reaches the caller as it is.
    """

    code: ErrorCode
    """What went wrong, as a stable code: `decrypt`, `denied`, `truncated`, .. (`cmkit.error_codes()` has all)."""

    reason: str | None
    """The key holder's own code where it said no: `ForbiddenByRbac`, `KeyDisabled`, .."""

    retry_after: int | None
    """Seconds after which the key holder says that a retry makes sense."""

    def __init__(self, message: str, code: ErrorCode, reason: str | None = None, retry_after: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.reason = reason
        self.retry_after = retry_after

    def __reduce__(self) -> tuple[type[CmkitError], tuple[str, ErrorCode, str | None, int | None]]:
        return type(self), (str(self), self.code, self.reason, self.retry_after)


class DecryptError(CmkitError):
    """The data does not open: wrong key, wrong context, or changed data. Nothing more is said."""


class KeyUnavailable(CmkitError):
    """The key cannot be had: its holder refuses or cannot be reached, or no configured key is among the data's."""


class InputError(CmkitError):
    """The bytes or documents are not what they should be."""


class ConfigError(CmkitError):
    """The call itself is at fault: its arguments, a key's identifier, a provider's reply."""


_KINDS: dict[str, type[CmkitError]] = {
    "malformed": InputError,
    "unsupported": InputError,
    "too_large": InputError,
    "truncated": InputError,
    "input": InputError,
    "out_of_range": InputError,
    "no_key": KeyUnavailable,
    "denied": KeyUnavailable,
    "unavailable": KeyUnavailable,
    "context": DecryptError,
    "decrypt": DecryptError,
    "not_allowed": ConfigError,
    "invalid_key_uri": ConfigError,
    "invalid_argument": ConfigError,
    "invalid_reply": ConfigError,
}


def _make(code: ErrorCode, message: str, reason: str | None, retry_after: int | None) -> CmkitError:
    """The exception of an error of the core."""
    return _KINDS.get(code, CmkitError)(message, code, reason, retry_after)
