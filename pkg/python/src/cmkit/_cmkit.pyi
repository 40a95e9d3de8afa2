"""What the core does, for the package alone; what is public here is public in `cmkit`."""

from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from types import TracebackType
from typing import Any, Literal, TypeAlias, final

from typing_extensions import Buffer, Self

__all__ = [
    "AllowedKey",
    "DataKey",
    "DataKeyCache",
    "KeyState",
    "OpenStream",
    "Refusal",
    "Resolve",
    "SealStream",
    "ServiceKey",
    "Unwrap",
    "Wrap",
    "error_codes",
    "find_data_key",
    "inspect",
    "open",
    "open_file",
    "open_into",
    "open_range",
    "rewrap",
    "seal",
    "seal_detached",
    "seal_file",
    "seal_into",
    "sealed_size",
]

_SealKey: TypeAlias = str | ServiceKey | DataKey
_OpenKey: TypeAlias = str | AllowedKey | ServiceKey | DataKey
_Path: TypeAlias = str | PathLike[str]
_Progress: TypeAlias = Callable[[int, int | None], object]

@final
class ServiceKey:
    """A key that the program keeps itself: for service-managed encryption, and for tests.

    >>> import cmkit
    >>> cmkit.ServiceKey.generate("default")  # doctest: +ELLIPSIS
    ServiceKey(default/..., [redacted])
    """

    @staticmethod
    def generate(name: str) -> ServiceKey:
        """Make a new key. The name is 1 to 127 of `0-9a-z-`."""
    @staticmethod
    def from_parts(name: str, version: str, key: Buffer) -> ServiceKey:
        """Take back a key that was kept: its name, its version of 32 hexadecimal digits, its 32 bytes."""
    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...
    def expose(self) -> bytes:
        """The key's 32 bytes, to be kept where only the program reads them."""

@final
class AllowedKey:
    """A key of a vault that may open, and in which versions.

    :param key: the key, without a version.
    :param versions: only these versions, of 32 hexadecimal digits.
    :param refused_versions: not these: a version that leaked.
    :param created_after: only versions that the vault made at this time or later, in seconds since 1970-01-01 UTC; the
        vault is asked.
    :param public_keys: public keys that are known for versions, as (version, modulus, exponent) with numbers in big-endian
        bytes. An envelope under one of them opens whatever vault it names: a vault that was restored elsewhere.
    """

    def __new__(
        cls,
        key: str,
        *,
        versions: Sequence[str] = ...,
        refused_versions: Sequence[str] = ...,
        created_after: int | None = None,
        public_keys: Sequence[tuple[str, Buffer, Buffer]] = ...,
    ) -> Self: ...

@final
class DataKey:
    """The data key of a key record.

    A customer-managed key wraps it once, and it wraps the keys of messages and seals short values, without a call to the
    vault. Rotating the customer-managed key then is a `rewrap` of one record. Whoever keeps one in memory outlives a
    revocation by that time: keep it for minutes, and close it.

    >>> import cmkit
    >>> kek = cmkit.ServiceKey.generate("default")
    >>> record = cmkit.DataKey.generate(kek).record  # to be stored, once
    >>> with cmkit.DataKey.open(record, keys=kek) as key:
    ...     value = key.seal_value(b"ada@example.com", namespace="acme.customer.email", aad="row 4711")
    ...     key.open_value(value, namespace="acme.customer.email", aad="row 4711")
    b'ada@example.com'
    """

    @staticmethod
    def generate(
        keys: _SealKey | Sequence[_SealKey],
        *,
        provider: Any = None,
        context: Mapping[str, str] | None = None,
        namespace: str | None = None,
        deterministic: bool = False,
        pad_to: int | None = None,
        hosts: Sequence[str] = ...,
        max_keys: int | None = None,
        max_header: int | None = None,
    ) -> DataKey:
        """Make a data key, wrapped under each of `keys`. `deterministic` allows values whose equality shows."""
    @staticmethod
    def open(
        record: Buffer,
        *,
        keys: _OpenKey | Sequence[_OpenKey],
        provider: Any = None,
        namespace: str | None = None,
        context: Mapping[str, str] | None = None,
        hosts: Sequence[str] = ...,
    ) -> DataKey:
        """Open a key record, which must be for `namespace` and have what `context` has."""
    @property
    def record(self) -> bytes:
        """The key record: the data key wrapped, safe to store anywhere."""
    @property
    def id(self) -> str:
        """The public name of the data key, in hexadecimal."""
    @property
    def namespace(self) -> str | None: ...
    @property
    def context(self) -> dict[str, str]: ...
    @property
    def deterministic(self) -> bool: ...
    @property
    def closed(self) -> bool: ...
    def close(self) -> None:
        """Forget the data key: it is wiped as soon as nothing uses it."""
    def __enter__(self) -> DataKey: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...
    def seal_value(
        self, value: Buffer, *, namespace: str, aad: Buffer | str | None = None, deterministic: bool = False
    ) -> bytes:
        """Seal a short value (1 MiB at most): what it is (`namespace`) and which one (`aad`) are authenticated."""
    def open_value(self, value: Buffer, *, namespace: str, aad: Buffer | str | None = None) -> bytes:
        """Open a value."""
    def seal_values(
        self,
        values: Sequence[Buffer | None],
        *,
        namespace: str,
        aad: Buffer | str | None = None,
        deterministic: bool = False,
    ) -> list[bytes | None]:
        """Seal each value of a list, all with the same `aad`; `None` stays `None`."""
    def open_values(
        self, values: Sequence[Buffer | None], *, namespace: str, aad: Buffer | str | None = None
    ) -> list[bytes | None]:
        """Open each value of a list; one that does not open fails all."""

@final
class Resolve:
    """Asked of a provider: describe a key, the newest version of one without version. The reply is a `KeyState`."""

    @property
    def key(self) -> str: ...

@final
class Wrap:
    """Asked of a provider: wrap a data key. Only about symmetric keys: under RSA the public key is enough."""

    @property
    def key(self) -> str: ...
    @property
    def algorithm(self) -> str: ...
    @property
    def dek(self) -> bytes: ...

@final
class Unwrap:
    """Asked of a provider: unwrap a data key with exactly this version. The reply is the key's bytes."""

    @property
    def key(self) -> str: ...
    @property
    def algorithm(self) -> str: ...
    @property
    def wrapped(self) -> bytes: ...
    @property
    def cache_id(self) -> str:
        """A digest of the wrapped key together with the configuration that allowed it."""

@final
class KeyState:
    """A provider's reply to `Resolve`.

    :param key: the key's identifier with its version.
    :param modulus: the modulus of an RSA key in big-endian bytes; nothing for a symmetric key.
    :param exponent: its public exponent; 65537 unless said otherwise, and nothing else is supported.
    :param not_before: and `expires`, `created`: seconds since 1970-01-01 UTC.
    :param may_wrap: whether wrapping is among the key's operations.
    """

    def __new__(
        cls,
        key: str,
        *,
        modulus: Buffer | None = None,
        exponent: Buffer | None = None,
        enabled: bool = True,
        not_before: int | None = None,
        expires: int | None = None,
        created: int | None = None,
        may_wrap: bool = True,
    ) -> Self: ...

@final
class Refusal:
    """A provider's reply to anything: no.

    :param kind: `denied`: it won't. `unavailable`: it can't now. `wrong_ciphertext`: it tried, and the wrapped key is not
        one of its own.
    :param reason: the holder's own code, for example `ForbiddenByRbac`.
    :param retry_after: seconds after which a retry makes sense.
    """

    def __new__(
        cls,
        kind: Literal["denied", "unavailable", "wrong_ciphertext"],
        reason: str,
        message: str,
        *,
        retry_after: int | None = None,
    ) -> Self: ...
    @property
    def kind(self) -> str: ...
    @property
    def reason(self) -> str: ...
    @property
    def message(self) -> str: ...
    @property
    def retry_after(self) -> int | None: ...

@final
class DataKeyCache:
    """A provider that remembers what another one unwrapped, and seals several messages under one wrapped data key.

    Threads that need the same key at the same time cause one call. **The time limit is the revocation delay.**

    :param max_age: seconds that a key stays in memory; 300.
    :param max_messages: messages under one data key; 2**20, and never more.
    :param max_bytes: bytes under one data key; 2**40, and never more.
    :param capacity: keys kept at a time; 1024.
    """

    def __new__(
        cls,
        provider: Any,
        *,
        max_age: float | None = None,
        max_messages: int | None = None,
        max_bytes: int | None = None,
        capacity: int | None = None,
    ) -> Self: ...
    def flush(self) -> None:
        """Forget every key, now."""

def error_codes() -> list[tuple[str, str, bool]]:
    """Every code of an error, with what it means and whether a retry may help."""

def find_data_key(keys: Sequence[DataKey], value: Buffer, /) -> DataKey:
    """Which of several data keys a value is under."""

def seal(data: Buffer, arguments: dict[str, Any], /) -> bytes: ...
def seal_detached(data: Buffer, arguments: dict[str, Any], /) -> tuple[bytes, bytes]: ...
def seal_into(data: Buffer, out: Buffer, arguments: dict[str, Any], /) -> int: ...
def sealed_size(size: int, suite: str, /) -> int: ...
def open(data: Buffer, arguments: dict[str, Any], /) -> bytes: ...
def open_into(data: Buffer, out: Buffer, arguments: dict[str, Any], /) -> int: ...
def open_range(data: Buffer, start: int, stop: int, arguments: dict[str, Any], /) -> bytes: ...
def rewrap(data: Buffer, arguments: dict[str, Any], /) -> bytes: ...
def inspect(data: Buffer, /) -> dict[str, Any]: ...
def seal_file(source: _Path, target: _Path, progress: _Progress | None, arguments: dict[str, Any], /) -> int: ...
def open_file(source: _Path, target: _Path, progress: _Progress | None, arguments: dict[str, Any], /) -> int: ...

@final
class SealStream:
    """Below `cmkit.SealWriter`."""

    def __new__(cls, file: Any, write_head: bool, arguments: dict[str, Any], /) -> Self: ...
    @property
    def head(self) -> bytes: ...
    def write(self, data: Buffer, /) -> int: ...
    def tell(self) -> int: ...
    def finish(self) -> None: ...
    def abort(self) -> None: ...

@final
class OpenStream:
    """Below `cmkit.OpenReader`."""

    def __new__(cls, file: Any, arguments: dict[str, Any], /) -> Self: ...
    def readinto(self, buffer: Buffer, /) -> int: ...
    def seek(self, to: int, /) -> int: ...
    def tell(self) -> int: ...
    def size(self) -> int | None: ...
    def inspect(self) -> dict[str, Any]: ...
    def close(self) -> None: ...
