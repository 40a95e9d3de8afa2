"""Keys in Azure Key Vault and Managed HSM, asked through the official SDK (`azure-keyvault-keys`): `pip install cmkit[azure]`.

    import cmkit
    from azure.identity import ManagedIdentityCredential
    from cmkit.azure import KeyVault

    kek = "https://orders.vault.azure.net/keys/orders-kek"
    with KeyVault(ManagedIdentityCredential()) as vault:
        sealed = cmkit.seal(b"invoice 4711", keys=kek, provider=vault)
        assert cmkit.open(sealed, keys=kek, provider=vault) == b"invoice 4711"

Sealing takes the permission `get`, opening `unwrapKey` alone, and symmetric keys also `wrapKey`: the role `Key Vault Crypto
Service Encryption User` has these three. Who asks often puts a `cmkit.DataKeyCache` in front, whose `max_age` then is how long
data stays readable after a revocation; without one every open asks the vault.

What Key Vault refuses is a `cmkit.KeyUnavailable` with its own `reason`. What the credential raises reaches the caller as it
is. `cmkit.azure.aio` has the same for asyncio.
"""

from __future__ import annotations

import os
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal

from azure.core.exceptions import AzureError, HttpResponseError
from azure.keyvault.keys import KeyClient

from .._cmkit import Resolve
from ._calls import CLIENTS, REPEATABLE, CredentialFailed, Settings, credential_of, key_state, operation, refusal, result, same

if TYPE_CHECKING:
    from azure.core.credentials import TokenProvider

    from .._types import KeyReply, KeyRequest

__all__ = ["KeyVault"]


class KeyVault:
    """A provider that asks Azure Key Vault.

    Threads may share it, and those that ask the same at the same time cause one call. Clients are made when they are first
    needed, and each process makes its own: it works in forks, and it pickles where its credential does.

    :param credential: a credential of `azure.identity`, or any other object that has their `get_token`.
    :param hosts: hosts (`NAME` or `NAME:PORT`) that are called besides Azure's: a local vault. Only for these, that the
        resource of their challenge is above their own name is not asked for. Give `cmkit.seal` and `cmkit.open` the same.
    :param api_version: the version of Key Vault's interface, the newest one that the SDK has unless said otherwise.
    :param connection_verify: a file with the certificates (PEM) to trust instead of those that Azure's are from.
    :param options: further ones of `azure.keyvault.keys.KeyClient`: `retry_total`, `connection_timeout`, `proxies`,
        `transport`, .. A connection may take 10 seconds and an answer 30, unless they say otherwise.
    """

    def __init__(
        self,
        credential: TokenProvider,
        *,
        hosts: Sequence[str] = (),
        api_version: str | None = None,
        connection_verify: str | os.PathLike[str] | Literal[True] = True,
        **options: Any,
    ) -> None:
        self._credential = credential
        self._settings = Settings(hosts, api_version, connection_verify, options)
        self._processes: dict[int, _Process] = {}

    def __call__(self, request: KeyRequest) -> KeyReply:
        """Answer a request: ask the vault that its key names."""
        process = self._process()
        shared = same(request)
        return self._ask(process, request) if shared is None else process.once(shared, lambda: self._ask(process, request))

    def close(self) -> None:
        """Close the connections. A later call makes new ones."""
        if process := self._processes.pop(os.getpid(), None):
            process.close()

    def __enter__(self) -> KeyVault:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_processes": {}}

    def __repr__(self) -> str:
        return f"KeyVault({type(self._credential).__name__})"

    def _process(self) -> _Process:
        pid = os.getpid()
        # One step of the interpreter: two threads can't make two of them.
        return self._processes.get(pid) or self._processes.setdefault(pid, _Process())

    def _ask(self, process: _Process, request: KeyRequest) -> KeyReply:
        address = self._settings.address(request)
        client = process.client(
            address.host,
            lambda: KeyClient(address.vault, credential_of(self._credential), **self._settings.client_options(address)),
        )
        try:
            if isinstance(request, Resolve):
                return key_state(request, client.get_key(address.name, address.version))
            response = client.send_request(operation(address, request), **REPEATABLE)
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


class _Process:
    """What one process has: its clients, and the calls under way."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._clients: OrderedDict[str, KeyClient] = OrderedDict()
        self._calls: dict[object, Future[KeyReply | None]] = {}

    def client(self, host: str, make: Callable[[], KeyClient]) -> KeyClient:
        """The client of a host; of many hosts those that were asked last are kept."""
        with self._lock:
            client = self._clients.get(host)
            if client is None:
                client = self._clients[host] = make()
            self._clients.move_to_end(host)
            while len(self._clients) > CLIENTS:
                self._clients.popitem(last=False)
            return client

    def once(self, name: object, call: Callable[[], KeyReply]) -> KeyReply:
        """Calls, unless another thread does so already: then its reply, or what it raised."""
        while True:
            with self._lock:
                under_way = self._calls.get(name)
                if under_way is None:
                    mine: Future[KeyReply | None] = Future()
                    self._calls[name] = mine
                    break
            reply = under_way.result()
            if reply is not None:
                return reply
        try:
            reply = call()
            mine.set_result(reply)
            return reply
        except Exception as error:
            mine.set_exception(error)
            raise
        finally:
            with self._lock:
                del self._calls[name]
            if not mine.done():  # this thread was interrupted, which is not the others' affair
                mine.set_result(None)

    def close(self) -> None:
        with self._lock:
            clients = list(self._clients.values())
            self._clients.clear()
        for client in clients:
            client.close()
