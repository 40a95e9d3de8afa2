"""What travels to the workers of an engine, and what they keep: keys travel wrapped, and each process unwraps one once."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING, Any

from . import _messages
from ._cmkit import DataKey, DataKeyCache

if TYPE_CHECKING:
    from ._types import Buffer, ExternalContext, OpenKey, Provider, SealKey

Work = Callable[["Buffer", "ExternalContext | None"], bytes]

_CACHES = 64
"""Caches that a process keeps at a time."""
_caches: dict[str, DataKeyCache] = {}


class WrappedKey:
    """A key record together with how to open it: a data key in the form in which it may travel.

    It pickles where its provider does, and the pickle holds nothing secret: the record, names of keys, the provider. A
    process that needs the key unwraps it once and keeps it for `max_age`; what it did before is found again by every copy of
    this very object, so make one and use it for all columns.

    >>> import cmkit, pickle
    >>> from cmkit.dask import WrappedKey  # and cmkit.spark has it too
    >>> record = cmkit.DataKey.generate(kek := cmkit.ServiceKey.generate("default")).record
    >>> with WrappedKey(record, keys=kek).open() as key:
    ...     key.open_value(key.seal_value(b"ada", namespace="n"), namespace="n")
    b'ada'

    :param record: the key record.
    :param keys: the keys that may open it: identifiers of keys in a vault, or an `AllowedKey`. A key that the program keeps
        itself does not travel.
    :param provider: answers for them, wherever it is. It must pickle.
    :param namespace: what the record must be for, and `context` what it must have.
    :param hosts: hosts (`NAME` or `NAME:PORT`) of vaults that are not Azure's.
    :param max_age: seconds that a process keeps the key; 300. That is the revocation delay. A provider that is a
        `DataKeyCache` has its own limits.
    """

    def __init__(
        self,
        record: Buffer,
        *,
        keys: OpenKey | Sequence[OpenKey],
        provider: Provider | None = None,
        namespace: str | None = None,
        context: Mapping[str, str] | None = None,
        hosts: Sequence[str] = (),
        max_age: float | None = None,
    ) -> None:
        self.record: bytes = bytes(record)
        self._keys = keys
        self._vault = _Vault(provider, max_age)
        self._namespace, self._context, self._hosts = namespace, context, tuple(hosts)

    def open(self) -> DataKey:
        """Open the record, with what this process has unwrapped before."""
        return DataKey.open(
            self.record,
            keys=self._keys,
            provider=self._vault.cache(),
            namespace=self._namespace,
            context=self._context,
            hosts=self._hosts,
        )

    def __repr__(self) -> str:
        return f"WrappedKey(<{len(self.record)} bytes>)"

    def __dask_tokenize__(self) -> tuple[str, str]:
        return "cmkit.WrappedKey", self._vault.name


class Rewrapping:
    """A rewrap that may travel."""

    def __init__(
        self,
        keys: OpenKey | Sequence[OpenKey],
        to: SealKey | Sequence[SealKey],
        provider: Provider | None,
        hosts: Sequence[str],
        options: Mapping[str, Any],
    ) -> None:
        self._keys, self._to, self._options = keys, to, {"hosts": tuple(hosts), **options}
        # The newest version of a key is asked for anew by every rewrap that is begun.
        self._vault = _Vault(provider, None)

    def __call__(self, data: Buffer, aad: ExternalContext | None) -> bytes:
        """The whole envelope or key record under its new head."""
        cache = self._vault.cache()
        head = _messages.rewrap(data, keys=self._keys, to=self._to, provider=cache, aad=aad, **self._options)
        return head + memoryview(data)[_messages.inspect(data).head_size :]

    def __dask_tokenize__(self) -> tuple[str, str]:
        return "cmkit.Rewrapping", self._vault.name


class _Vault:
    """A provider that is asked through one cache in each process, wherever copies of it come from."""

    def __init__(self, provider: Provider | None, max_age: float | None) -> None:
        self.name = secrets.token_hex(16)
        self._provider, self._max_age = provider, max_age

    def cache(self) -> Provider | None:
        if self._provider is None:
            return None
        found = _caches.get(self.name)
        if found is None:
            cache = self._provider
            if not isinstance(cache, DataKeyCache):
                cache = DataKeyCache(cache, max_age=self._max_age)
            found = _caches.setdefault(self.name, cache)
            for name in list(_caches)[:-_CACHES]:
                _caches.pop(name, None)
        return found


def sealing(key: WrappedKey, namespace: str | None, context: Mapping[str, str] | None) -> Work:
    """Seals messages under a data key, which is open as long as this is used."""
    opened = key.open()
    return lambda data, aad: _messages.seal(data, keys=opened, namespace=namespace, context=context, aad=aad)


def opening(key: WrappedKey, namespace: str | None, context: Mapping[str, str] | None) -> Work:
    """Opens messages under a data key."""
    opened = key.open()
    return lambda data, aad: _messages.open(data, keys=opened, namespace=namespace, context=context, aad=aad)


def each(
    work: Work, values: Iterable[Buffer | None], aads: Iterable[ExternalContext | None] | None, aad: ExternalContext | None
) -> list[bytes | None]:
    """Does the work on each value, with its own aad or one for all; nothing stays nothing."""
    pairs = zip(values, repeat(aad) if aads is None else aads, strict=aads is not None)
    return [None if value is None else work(value, own) for value, own in pairs]
