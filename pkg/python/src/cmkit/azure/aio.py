"""`cmkit.azure` for asyncio: a provider for `cmkit.aio`, on the asynchronous half of the official SDK.

    from azure.identity.aio import ManagedIdentityCredential
    from cmkit import aio
    from cmkit.azure.aio import KeyVault

    async def main():
        async with ManagedIdentityCredential() as credential, KeyVault(credential) as vault:
            return await aio.open(sealed, keys=kek, provider=vault)

It needs an HTTP client that is awaited, `aiohttp`, which `pip install cmkit[azure]` brings along.
"""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from azure.core.exceptions import AzureError, HttpResponseError
from azure.keyvault.keys.aio import KeyClient

from .._cmkit import Resolve
from ._calls import CLIENTS, REPEATABLE, CredentialFailed, Settings, credential_of, key_state, operation, refusal, result, same

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenProvider

    from .._types import KeyReply, KeyRequest

__all__ = ["KeyVault"]


class KeyVault:
    """A provider that is awaited and asks Azure Key Vault, as `cmkit.azure.KeyVault`.

    Tasks that ask the same at the same time cause one call, which ends once nobody waits for it any more. Each event loop has
    connections of its own; `close` them, or use it in `async with`.

    :param credential: a credential of `azure.identity.aio`, or any other object that has their `get_token`.
    :param hosts: hosts (`NAME` or `NAME:PORT`) that are called besides Azure's: a local vault.
    :param api_version: the version of Key Vault's interface.
    :param connection_verify: a file with the certificates (PEM) to trust instead of those that Azure's are from.
    :param options: further ones of `azure.keyvault.keys.aio.KeyClient`.
    """

    def __init__(
        self,
        credential: AsyncTokenProvider,
        *,
        hosts: Sequence[str] = (),
        api_version: str | None = None,
        connection_verify: str | os.PathLike[str] | Literal[True] = True,
        **options: Any,
    ) -> None:
        self._credential = credential
        self._settings = Settings(hosts, api_version, connection_verify, options)
        self._loops: dict[asyncio.AbstractEventLoop, _Loop] = {}

    async def __call__(self, request: KeyRequest) -> KeyReply:
        """Answer a request: ask the vault that its key names."""
        loop = self._loop()
        shared = same(request)
        if shared is None:
            return await self._ask(loop, request)
        return await loop.once(shared, lambda: self._ask(loop, request))

    async def close(self) -> None:
        """Close the connections of this event loop. A later call makes new ones."""
        if loop := self._loops.pop(asyncio.get_running_loop(), None):
            await loop.close()

    async def __aenter__(self) -> KeyVault:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"KeyVault({type(self._credential).__name__})"

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_loops": {}}

    def _loop(self) -> _Loop:
        running = asyncio.get_running_loop()
        if running not in self._loops:
            for loop in list(self._loops):
                if loop.is_closed():  # and so are its connections
                    self._loops.pop(loop, None)
        return self._loops.setdefault(running, _Loop())

    async def _ask(self, loop: _Loop, request: KeyRequest) -> KeyReply:
        address = self._settings.address(request)
        client = loop.client(
            address.host,
            lambda: KeyClient(address.vault, credential_of(self._credential), **self._settings.client_options(address)),
        )
        try:
            if isinstance(request, Resolve):
                return key_state(request, await client.get_key(address.name, address.version))
            response = await client.send_request(operation(address, request), **REPEATABLE)
            if response.status_code == 200:
                return result(request, response)
            error: Exception = HttpResponseError(response=response)
        except CredentialFailed as failed:
            error = failed.error
        except AzureError as failure:
            error = failure
        refused = refusal(request, error)
        if refused is None:
            raise error
        return refused


class _Call:
    """A call under way, and how many wait for it."""

    def __init__(self, work: Coroutine[Any, Any, KeyReply]) -> None:
        self.task = asyncio.ensure_future(work)
        self.waiting = 0


class _Loop:
    """What one event loop has: its clients, and the calls under way."""

    def __init__(self) -> None:
        self._clients: OrderedDict[str, KeyClient] = OrderedDict()
        self._calls: dict[object, _Call] = {}

    def client(self, host: str, make: Callable[[], KeyClient]) -> KeyClient:
        """The client of a host; of many hosts those that were asked last are kept."""
        client = self._clients.get(host)
        if client is None:
            client = self._clients[host] = make()
        self._clients.move_to_end(host)
        while len(self._clients) > CLIENTS:
            self._clients.popitem(last=False)
        return client

    async def once(self, name: object, work: Callable[[], Coroutine[Any, Any, KeyReply]]) -> KeyReply:
        """Calls, unless another task does so already: then its reply, or what it raised."""
        call = self._calls.get(name)
        if call is None:
            call = self._calls[name] = _Call(work())
        call.waiting += 1
        try:
            return await asyncio.shield(call.task)
        finally:
            call.waiting -= 1
            if call.task.done() or call.waiting == 0:
                call.task.cancel()
                if self._calls.get(name) is call:
                    del self._calls[name]

    async def close(self) -> None:
        clients = list(self._clients.values())
        self._clients.clear()
        for client in clients:
            await client.close()
