"""The same as `cmkit` for asyncio: what asks a provider, with a provider that is awaited.

A provider is an async callable from a request to a reply. A plain one works too, a `cmkit.vault.LocalVault` for example: it is
called in a thread, as it may take its time, and so is a `cmkit.DataKeyCache` in front of one. There is no cache in front of an
async callable.

The event loop is never kept for long: what would take a good part of a millisecond is done in a thread (`asyncio.to_thread`).
Only memory for a large result is made by the interpreter itself, at half a millisecond a megabyte: `seal_into` and `open_into`
take memory that is there.
Cancelled, a call leaves nothing half made: whatever still runs in a thread touches no buffer of the caller's any more. What a
provider raises reaches the caller as it is.

>>> import asyncio, cmkit
>>> from cmkit import aio
>>> async def provider(request: cmkit.KeyRequest) -> cmkit.KeyReply:
...     return cmkit.Refusal("unavailable", "Throttled", "too many requests", retry_after=7)
>>> try:
...     asyncio.run(aio.seal(b"data", keys="https://orders.vault.azure.net/keys/orders-kek", provider=provider))
... except cmkit.KeyUnavailable as error:
...     print(error.reason, error.retry_after)
Throttled 7
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, TypeAlias, TypeVar

from . import _cmkit
from ._messages import Suite, opening, rewrapping, sealing
from ._types import Buffer, ExternalContext, KeyReply, KeyRequest, OpenKey, SealKey, WritableBuffer
from ._types import Provider as SyncProvider

__all__ = [
    "Provider",
    "generate_data_key",
    "open",
    "open_data_key",
    "open_into",
    "open_range",
    "rewrap",
    "seal",
    "seal_into",
]

Provider: TypeAlias = Callable[[KeyRequest], Awaitable[KeyReply]] | SyncProvider

_T = TypeVar("_T")

_LONG = 128 * 1024
"""Bytes from which on a thread does the work: handing it over costs as much as sealing so many."""


async def seal(
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
    """Seal a message, as `cmkit.seal`."""
    arguments = sealing(
        keys, provider, context, aad, namespace, content_type, suite, pad_to, hosts, max_keys, max_header, max_message
    )
    if isinstance(provider, _cmkit.DataKeyCache):
        return await asyncio.to_thread(_cmkit.seal, data, arguments)
    operation = await _answered(_cmkit.Operation.seal(arguments), provider)
    return await _worked(_size(data), operation.sealed, data)


async def seal_into(
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
    """Seal into a buffer that is there, as `cmkit.seal_into`. Cancelled, it ends once nobody writes into `out` any more."""
    arguments = sealing(
        keys, provider, context, aad, namespace, content_type, suite, pad_to, hosts, max_keys, max_header, max_message
    )
    if isinstance(provider, _cmkit.DataKeyCache):
        return await _to_its_end(out, _cmkit.seal_into, data, out, arguments)
    operation = await _answered(_cmkit.Operation.seal(arguments), provider)
    if _size(data) < _LONG:
        return operation.sealed_into(data, out)
    return await _to_its_end(out, operation.sealed_into, data, out)


async def open(
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
    """Open an envelope, as `cmkit.open`."""
    arguments = opening(keys, provider, aad, namespace, context, head, hosts, max_header)
    operation = await _answered(_cmkit.Operation.open(data, arguments), provider)
    return await _worked(_size(data), operation.opened, data)


async def open_into(
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
    """Open into a buffer that is there, as `cmkit.open_into`. Cancelled, it ends once `out` is wiped."""
    arguments = opening(keys, provider, aad, namespace, context, head, hosts, max_header)
    operation = await _answered(_cmkit.Operation.open(data, arguments), provider)
    if _size(data) < _LONG:
        return operation.opened_into(data, out)
    return await _to_its_end(out, operation.opened_into, data, out)


async def open_range(
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
    """Open the bytes from `start` up to `stop` of an envelope's plaintext, as `cmkit.open_range`."""
    arguments = opening(keys, provider, aad, namespace, context, head, hosts, max_header)
    operation = await _answered(_cmkit.Operation.open(data, arguments), provider)
    return await _worked(min(stop - start, _size(data)), operation.opened_range, data, start, stop)


async def rewrap(
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
    """Wrap the data key of a message or of a key record anew, as `cmkit.rewrap`."""
    arguments = rewrapping(keys, to, provider, aad, keep, in_place, detached, pad_to, hosts, max_keys, max_header)
    return (await _answered(_cmkit.Operation.rewrap(data, arguments), provider)).head()


async def generate_data_key(
    keys: SealKey | Sequence[SealKey],
    *,
    provider: Provider | None = None,
    context: Mapping[str, str] | None = None,
    namespace: str | None = None,
    deterministic: bool = False,
    pad_to: int | None = None,
    hosts: Sequence[str] = (),
    max_keys: int | None = None,
    max_header: int | None = None,
) -> _cmkit.DataKey:
    """Make a data key, as `cmkit.DataKey.generate`. What is done with it asks nobody, and is not awaited."""
    arguments: dict[str, object] = {
        "keys": keys,
        "context": context,
        "namespace": namespace,
        "deterministic": deterministic,
        "pad_to": pad_to,
        "hosts": hosts,
        "max_keys": max_keys,
        "max_header": max_header,
    }
    return (await _answered(_cmkit.Operation.generate_record(arguments), provider)).data_key()


async def open_data_key(
    record: Buffer,
    *,
    keys: OpenKey | Sequence[OpenKey],
    provider: Provider | None = None,
    namespace: str | None = None,
    context: Mapping[str, str] | None = None,
    hosts: Sequence[str] = (),
) -> _cmkit.DataKey:
    """Open a key record, as `cmkit.DataKey.open`."""
    arguments: dict[str, object] = {"keys": keys, "namespace": namespace, "context": context, "hosts": hosts}
    return (await _answered(_cmkit.Operation.open_record(record, arguments), provider)).data_key()


async def _answered(operation: _cmkit.Operation, provider: Provider | None) -> _cmkit.Operation:
    """The operation once it has asked all it needs."""
    if provider is None:
        operation.run(None)
    elif isinstance(provider, _cmkit.DataKeyCache):
        await asyncio.to_thread(operation.run, provider)
    else:
        awaited = _is_async(provider)
        while (request := operation.request()) is not None:
            reply = provider(request) if awaited else await asyncio.to_thread(provider, request)
            operation.resume(await reply if inspect.isawaitable(reply) else reply)
    return operation


def _is_async(provider: Any) -> bool:
    return any(inspect.iscoroutinefunction(it) for it in (provider, provider.__call__))


def _size(data: Buffer) -> int:
    return memoryview(data).nbytes


async def _worked(size: int, work: Callable[..., _T], *arguments: object) -> _T:
    if size < _LONG:
        return work(*arguments)
    return await asyncio.to_thread(work, *arguments)


async def _to_its_end(out: WritableBuffer, work: Callable[..., int], *arguments: object) -> int:
    """In a thread, which writes into the caller's buffer: a cancellation arrives when it no longer does."""
    running = asyncio.get_running_loop().run_in_executor(None, partial(work, *arguments))
    try:
        return await asyncio.shield(running)
    except asyncio.CancelledError:
        while not running.done():
            try:
                await asyncio.wait([running])
            except asyncio.CancelledError:
                continue  # once is enough
        if not running.cancelled() and running.exception() is None:
            _cmkit.wipe(out)
        raise
