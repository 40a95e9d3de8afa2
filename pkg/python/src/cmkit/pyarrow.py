"""Parquet's own encryption under customer-managed keys: a `KmsClient` of pyarrow on any provider.

Parquet encrypts columns and footers with keys of its own and asks a KMS to wrap them. Here a wrapped key is a small cmkit
envelope in text: it records the version of the key that wrapped it, and is tied to the name of the key, so that it opens
as nothing else. Parquet's list of columns can't carry a URL, so keys go by aliases.

>>> import cmkit, cmkit.pyarrow
>>> import pyarrow as pa, pyarrow.parquet as pq, pyarrow.parquet.encryption as pe
>>> keys = {"orders": cmkit.ServiceKey.generate("orders")}  # or "https://VAULT.vault.azure.net/keys/orders"
>>> factory, kms = cmkit.pyarrow.crypto_factory(keys), pe.KmsConnectionConfig()
>>> table = pa.table({"id": [1, 2], "email": ["ada@example.com", None]})
>>> config = pe.EncryptionConfiguration("orders", column_keys={"orders": ["email"]}, data_key_length_bits=256)
>>> file = pa.BufferOutputStream()
>>> pq.write_table(table, file, encryption_properties=factory.file_encryption_properties(kms, config))
>>> properties = factory.file_decryption_properties(kms)
>>> pq.read_table(file.getvalue(), decryption_properties=properties) == table
True
"""

from __future__ import annotations

import base64
import string
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow.parquet.encryption as pe

from . import _messages
from ._cmkit import DataKeyCache
from .errors import ConfigError, InputError

if TYPE_CHECKING:
    import pyarrow.fs

    from ._types import OpenKey, Provider, SealKey

__all__ = ["KmsClient", "crypto_factory", "rotate_keys"]

NAMESPACE = "cmkit.parquet-key/v1"
_PLAIN = frozenset(string.ascii_letters + string.digits + "-_.")


class KmsClient(pe.KmsClient):
    """Wraps and unwraps Parquet's keys under keys that go by aliases.

    Parquet keeps what it unwrapped for the `cache_lifetime` of its configuration (10 minutes), and a `DataKeyCache` keeps it
    for its `max_age`: together they are the time that files stay readable after a revocation.

    :param keys: what wraps, by alias: a key in a vault as `https://VAULT.vault.azure.net/keys/NAME`, a `ServiceKey`, a
        `DataKey`, or several of them, each of which opens then.
    :param provider: answers for keys in a vault. With a `DataKeyCache`, keys that are wrapped within its limits share one
        wrapped data key, so that a reader asks the vault once for all of them.
    :param open_with: what unwraps, by alias, where that is not what wraps: an older key as well, or an `AllowedKey`.
    :param namespace: what the wrapped keys are for; a reader must say the same.
    :param hosts: hosts (`NAME` or `NAME:PORT`) of vaults that are not Azure's.
    """

    def __init__(
        self,
        keys: Mapping[str, SealKey | Sequence[SealKey]],
        *,
        provider: Provider | None = None,
        open_with: Mapping[str, OpenKey | Sequence[OpenKey]] | None = None,
        namespace: str = NAMESPACE,
        hosts: Sequence[str] = (),
    ) -> None:
        super().__init__()
        for alias in {*keys, *(open_with or {})}:
            if not alias or not _PLAIN.issuperset(alias):
                raise ConfigError(
                    f"`{alias}` is no alias: Parquet's lists of columns take letters, digits and `-_.`", "invalid_argument"
                )
        self._keys = dict(keys)
        self._open_keys: dict[str, Any] = {**keys, **(open_with or {})}
        self._provider = provider
        self._namespace = namespace
        self._hosts = tuple(hosts)

    def wrap_key(self, key_bytes: bytes, master_key_identifier: str) -> str:
        """Seal a key of Parquet under the newest version of the key with this alias."""
        envelope = _messages.seal(
            key_bytes,
            keys=_of(self._keys, master_key_identifier),
            provider=self._provider,
            namespace=self._namespace,
            context={"key": master_key_identifier},
            hosts=self._hosts,
        )
        return base64.urlsafe_b64encode(envelope).rstrip(b"=").decode()

    def unwrap_key(self, wrapped_key: str, master_key_identifier: str) -> bytes:
        """Open a wrapped key; only the keys with this alias may."""
        return _messages.open(
            _envelope(wrapped_key),
            keys=_of(self._open_keys, master_key_identifier),
            provider=self._provider,
            namespace=self._namespace,
            context={"key": master_key_identifier},
            hosts=self._hosts,
        )


def crypto_factory(
    keys: Mapping[str, SealKey | Sequence[SealKey]],
    *,
    provider: Provider | None = None,
    open_with: Mapping[str, OpenKey | Sequence[OpenKey]] | None = None,
    namespace: str = NAMESPACE,
    hosts: Sequence[str] = (),
) -> pe.CryptoFactory:
    """Make the `CryptoFactory` that pyarrow's writers, readers and datasets take, with a `KmsClient` for these keys.

    A provider that is no cache gets one: a reader then asks the vault once for what a writer wrapped within five minutes.
    """
    if provider is not None and not isinstance(provider, DataKeyCache):
        provider = DataKeyCache(provider)

    client = KmsClient(keys, provider=provider, open_with=open_with, namespace=namespace, hosts=hosts)
    return pe.CryptoFactory(lambda _config: client)


def rotate_keys(
    path: Any,
    keys: Mapping[str, SealKey | Sequence[SealKey]],
    *,
    provider: Provider | None = None,
    open_with: Mapping[str, OpenKey | Sequence[OpenKey]] | None = None,
    namespace: str = NAMESPACE,
    hosts: Sequence[str] = (),
    filesystem: pyarrow.fs.FileSystem | None = None,
    double_wrapping: bool = True,
) -> None:
    """Wrap the keys of a Parquet file anew, under the newest versions of the keys. The file itself is not written.

    It must have been written with `internal_key_material=False`: its wrapped keys lie in a file beside it then. A
    `DataKeyCache` as provider is flushed, so that what was rotated in the vault a moment ago counts.

    :param path: the Parquet file; its key material is found beside it.
    :param open_with: the keys that the file is under now, where they are not another version of the same.
    :param double_wrapping: whether the new keys are wrapped twice, as in `EncryptionConfiguration`.
    """
    if isinstance(provider, DataKeyCache):
        provider.flush()
    factory = crypto_factory(keys, provider=provider, open_with=open_with, namespace=namespace, hosts=hosts)
    factory.rotate_master_keys(pe.KmsConnectionConfig(), path, filesystem, double_wrapping)


def _of(keys: Mapping[str, Any], alias: str) -> Any:
    try:
        return keys[alias]
    except KeyError:
        raise ConfigError(f"no key has the alias `{alias}`", "invalid_argument") from None


def _envelope(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError:
        raise InputError("the wrapped key is not an envelope in text", "malformed") from None
