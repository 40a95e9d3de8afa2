"""Messages: seal, open, open a part, rewrap, inspect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from . import _cmkit
from ._types import Buffer, ExternalContext, OpenKey, Provider, SealKey, WritableBuffer

Suite = Literal["16k", "256k"]


def seal(
    data: Buffer,
    *,
    keys: SealKey | Sequence[SealKey],
    provider: Provider | None = None,
    context: Mapping[str, str] | None = None,
    aad: ExternalContext | None = None,
    namespace: str | None = None,
    content_type: str | None = None,
    suite: Suite = "16k",
    pad_to: int | None = None,
    hosts: Sequence[str] = (),
    max_keys: int | None = None,
    max_header: int | None = None,
    max_message: int | None = None,
) -> bytes:
    """Seal a message: a new data key encrypts it, each of `keys` wraps that key.

    :param data: any contiguous buffer; it is not copied.
    :param keys: one key or several, each of which opens: a key in a vault as `https://VAULT.vault.azure.net/keys/NAME`
        (without a version: the newest wraps, and is recorded), a `ServiceKey`, or a `DataKey`.
    :param provider: answers for keys in a vault.
    :param context: encryption context, stored in clear and authenticated.
    :param aad: external context, authenticated and not stored: whoever opens must give the same.
    :param namespace: what the message is, for example `acme.invoice/v2`.
    :param suite: the size of a chunk: `16k`, or `256k` for large data that is read from front to back.
    :param pad_to: bytes to pad the head to, so that a later rewrap fits in its place.
    :param hosts: hosts (`NAME` or `NAME:PORT`) of vaults that are not Azure's.
    :raises KeyUnavailable: where a key's holder refuses or cannot be reached.
    :raises ConfigError: for arguments that do not fit.
    """
    return _cmkit.seal(
        data,
        sealing(keys, provider, context, aad, namespace, content_type, suite, pad_to, hosts, max_keys, max_header, max_message),
    )


def seal_detached(
    data: Buffer,
    *,
    keys: SealKey | Sequence[SealKey],
    provider: Provider | None = None,
    context: Mapping[str, str] | None = None,
    aad: ExternalContext | None = None,
    namespace: str | None = None,
    content_type: str | None = None,
    suite: Suite = "16k",
    pad_to: int | None = None,
    hosts: Sequence[str] = (),
    max_keys: int | None = None,
    max_header: int | None = None,
    max_message: int | None = None,
) -> tuple[bytes, bytes]:
    """Seal a message into head and body, to be kept apart: a rotation then rewrites the head alone.

    As `seal`; whatever opens takes the head as `head`.
    """
    return _cmkit.seal_detached(
        data,
        sealing(keys, provider, context, aad, namespace, content_type, suite, pad_to, hosts, max_keys, max_header, max_message),
    )


def seal_into(
    data: Buffer,
    out: WritableBuffer,
    *,
    keys: SealKey | Sequence[SealKey],
    provider: Provider | None = None,
    context: Mapping[str, str] | None = None,
    aad: ExternalContext | None = None,
    namespace: str | None = None,
    content_type: str | None = None,
    suite: Suite = "16k",
    pad_to: int | None = None,
    hosts: Sequence[str] = (),
    max_keys: int | None = None,
    max_header: int | None = None,
    max_message: int | None = None,
) -> int:
    """Seal into a buffer that is there, and return how many of its bytes are the envelope.

    As `seal`, without the cost of fresh memory where a buffer is used again. The head is seldom over 1 KiB, and exactly
    `pad_to` bytes where that is given; the body has `sealed_size(len(data), suite)`.

    :raises ConfigError: if `out` is too small, or shares memory with `data`.
    """
    return _cmkit.seal_into(
        data,
        out,
        sealing(keys, provider, context, aad, namespace, content_type, suite, pad_to, hosts, max_keys, max_header, max_message),
    )


def sealing(
    keys: SealKey | Sequence[SealKey],
    provider: object,
    context: Mapping[str, str] | None,
    aad: ExternalContext | None,
    namespace: str | None,
    content_type: str | None,
    suite: Suite,
    pad_to: int | None,
    hosts: Sequence[str],
    max_keys: int | None,
    max_header: int | None,
    max_message: int | None,
) -> dict[str, object]:
    return {
        "keys": keys,
        "provider": provider,
        "context": context,
        "aad": aad,
        "namespace": namespace,
        "content_type": content_type,
        "suite": suite,
        "pad_to": pad_to,
        "hosts": hosts,
        "max_keys": max_keys,
        "max_header": max_header,
        "max_message": max_message,
    }


def sealed_size(size: int, suite: Suite = "16k") -> int:
    """Bytes of the body of an envelope of `size` bytes; the head comes on top."""
    return _cmkit.sealed_size(size, suite)


def open(
    data: Buffer,
    *,
    keys: OpenKey | Sequence[OpenKey],
    provider: Provider | None = None,
    aad: ExternalContext | None = None,
    namespace: str | None = None,
    context: Mapping[str, str] | None = None,
    head: Buffer | None = None,
    hosts: Sequence[str] = (),
    max_header: int | None = None,
) -> bytes:
    """Open an envelope. There is no plaintext unless all of it is authentic.

    :param keys: the keys that may open: as for `seal`, or an `AllowedKey` for some versions of a key. What an envelope
        names and this does not is never asked for.
    :param provider: answers for keys in a vault.
    :param aad: the external context that was given to seal.
    :param namespace: what the message must be.
    :param context: what the encryption context must have.
    :param head: the head, where it was kept apart; `data` is the body then.
    :raises DecryptError: if the data was changed, or sealed for something else.
    :raises KeyUnavailable: if the key's holder refuses or cannot be reached, or none of `keys` is the envelope's.
    :raises InputError: if the bytes are no envelope, or not all of one.
    """
    return _cmkit.open(data, opening(keys, provider, aad, namespace, context, head, hosts, max_header))


def open_into(
    data: Buffer,
    out: WritableBuffer,
    *,
    keys: OpenKey | Sequence[OpenKey],
    provider: Provider | None = None,
    aad: ExternalContext | None = None,
    namespace: str | None = None,
    context: Mapping[str, str] | None = None,
    head: Buffer | None = None,
    hosts: Sequence[str] = (),
    max_header: int | None = None,
) -> int:
    """Open into a buffer that is there, and return how many of its bytes are the plaintext.

    As `open`. On an error nothing of the plaintext stays in `out`.
    """
    return _cmkit.open_into(data, out, opening(keys, provider, aad, namespace, context, head, hosts, max_header))


def open_range(
    data: Buffer,
    start: int,
    stop: int,
    *,
    keys: OpenKey | Sequence[OpenKey],
    provider: Provider | None = None,
    aad: ExternalContext | None = None,
    namespace: str | None = None,
    context: Mapping[str, str] | None = None,
    head: Buffer | None = None,
    hosts: Sequence[str] = (),
    max_header: int | None = None,
) -> bytes:
    """Open the bytes from `start` up to `stop` of an envelope's plaintext: only their chunks, and the last."""
    return _cmkit.open_range(data, start, stop, opening(keys, provider, aad, namespace, context, head, hosts, max_header))


def opening(
    keys: OpenKey | Sequence[OpenKey],
    provider: object,
    aad: ExternalContext | None,
    namespace: str | None,
    context: Mapping[str, str] | None,
    head: Buffer | None,
    hosts: Sequence[str],
    max_header: int | None,
) -> dict[str, object]:
    return {
        "keys": keys,
        "provider": provider,
        "aad": aad,
        "namespace": namespace,
        "context": context,
        "head": head,
        "hosts": hosts,
        "max_header": max_header,
    }


def rewrap(
    data: Buffer,
    *,
    keys: OpenKey | Sequence[OpenKey],
    to: SealKey | Sequence[SealKey],
    provider: Provider | None = None,
    aad: ExternalContext | None = None,
    keep: bool = False,
    in_place: bool = False,
    detached: bool = False,
    pad_to: int | None = None,
    hosts: Sequence[str] = (),
    max_keys: int | None = None,
    max_header: int | None = None,
) -> bytes:
    """Wrap the data key of a message or of a key record anew, and return the new head; the body goes behind it unchanged.

    :param data: the envelope or the key record, of which the head is enough.
    :param keys: the keys that may open it now.
    :param to: the keys to wrap under.
    :param keep: whether today's entries stay beside the new ones.
    :param in_place: whether the new head must have the size of the old one, to be written over it.
    :param detached: whether `data` is a head and nothing else.
    :param aad: the external context, to be checked as well.
    """
    return _cmkit.rewrap(
        data, rewrapping(keys, to, provider, aad, keep, in_place, detached, pad_to, hosts, max_keys, max_header)
    )


def rewrapping(
    keys: OpenKey | Sequence[OpenKey],
    to: SealKey | Sequence[SealKey],
    provider: object,
    aad: ExternalContext | None,
    keep: bool,
    in_place: bool,
    detached: bool,
    pad_to: int | None,
    hosts: Sequence[str],
    max_keys: int | None,
    max_header: int | None,
) -> dict[str, object]:
    return {
        "keys": keys,
        "to": to,
        "provider": provider,
        "aad": aad,
        "keep": keep,
        "in_place": in_place,
        "detached": detached,
        "pad_to": pad_to,
        "hosts": hosts,
        "max_keys": max_keys,
        "max_header": max_header,
    }


# Named tuples: data classes would take longer to import than all the rest.
class KeyEntry(NamedTuple):
    """One wrapped copy of the data key."""

    algorithm: str
    """`RSA-OAEP-256` or `A256KW`."""
    holder: Literal["program", "vault", "key-record", "unnamed"]
    """Who holds the key that wraps it."""
    key: str | None
    """The key's identifier with its version; `NAME/VERSION` for a key that the program keeps."""
    dek_id: str | None
    """The id of the data key, for a key record."""
    thumbprint: str | None
    """The RFC 7638 thumbprint of an RSA key."""
    wrapped_at: int | None
    """When the writer wrapped it by its own clock, in seconds since 1970-01-01 UTC."""


class Inspection(NamedTuple):
    """What a head says. Without a key nothing of it is authenticated."""

    kind: Literal["message", "key_record"]
    mode: Literal["service-managed", "customer-managed", "key-record", "mixed"]
    """Who manages the keys."""
    version: int
    suite: int
    chunk_size: int
    """Bytes of plaintext in a whole chunk."""
    head_size: int
    """Bytes of the whole head."""
    padding: int
    """Bytes of padding in it."""
    keys: tuple[KeyEntry, ...]
    context: Mapping[str, str]
    """The encryption context."""
    required_context: tuple[str, ...]
    """Names of external context that an opener must supply."""
    namespace: str | None
    content_type: str | None
    deterministic: bool
    """Whether a key record allows deterministic values."""


def inspect(data: Buffer) -> Inspection:
    """Read the head at the front of an envelope or a key record, without any key.

    :raises InputError: if there is none.
    """
    return inspection(_cmkit.inspect(data))


def inspection(said: dict[str, Any]) -> Inspection:
    said["keys"] = tuple(KeyEntry(**entry) for entry in said["keys"])
    said["context"] = dict(said["context"])
    said["required_context"] = tuple(said["required_context"])
    return Inspection(**said)
