"""The provider for Azure Key Vault that is awaited, against a local vault that is served over HTTPS."""

from __future__ import annotations

import asyncio
import pickle
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Any, TypeVar

import pytest
from azure.core.pipeline.transport import AioHttpTransport
from azure.identity import CredentialUnavailableError
from azure.identity.aio import ManagedIdentityCredential

import cmkit
from cmkit import aio
from cmkit.azure.aio import KeyVault

from served import FLAKY, PATIENT, NamedAsync, Served

if sys.version_info < (3, 11):
    # Its asyncio closes a connection under TLS some turns of the loop after it was told, which a loop that ends doesn't take.
    pytestmark = pytest.mark.filterwarnings("ignore:Exception ignored in:pytest.PytestUnraisableExceptionWarning")

ROLE = "Key Vault Crypto Service Encryption User"
NAME = "orders-kek"
T = TypeVar("T")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path, "--grant", f"orders={ROLE}")
    served.admin.create_rsa_key(NAME, size=2048)
    yield served
    served.close()


class Orders:
    """An application that seals and opens with one provider."""

    def __init__(self, served: Served, vault: KeyVault) -> None:
        self.key, self.hosts, self.vault = f"{served.url}/keys/{NAME}", [served.host], vault

    async def seal(self, data: bytes = b"invoice 4711") -> bytes:
        return await aio.seal(data, keys=self.key, provider=self.vault, hosts=self.hosts)

    async def open(self, sealed: bytes) -> bytes:
        return await aio.open(sealed, keys=self.key, provider=self.vault, hosts=self.hosts)


@asynccontextmanager
async def ordering(served: Served, credential: Any = None, **options: Any) -> AsyncIterator[Orders]:
    options = {"retry_total": 0, **options}
    vault = KeyVault(credential or NamedAsync("orders"), hosts=[served.host], connection_verify=served.ca, **options)
    async with vault:
        yield Orders(served, vault)


def with_orders(served: Served, work: Callable[[Orders], Awaitable[T]], *arguments: Any, **options: Any) -> T:
    async def run() -> T:
        async with ordering(served, *arguments, **options) as orders:
            return await work(orders)

    return asyncio.run(run())


async def refused(work: Awaitable[object]) -> cmkit.KeyUnavailable:
    with pytest.raises(cmkit.KeyUnavailable) as caught:
        await work
    return caught.value


def test_seals_opens_and_is_refused(served: Served) -> None:
    async def work(orders: Orders) -> None:
        sealed = await orders.seal()
        assert await orders.open(sealed) == b"invoice 4711"
        served.revoke("orders")
        error = await refused(orders.open(sealed))
        assert (error.code, error.reason) == ("denied", "ForbiddenByRbac")
        served.grant("orders", role=ROLE)
        served.faults({"kind": "throttled", "retryAfter": 7, "rate": 1.0})
        assert (await refused(orders.open(sealed))).retry_after == 7
        served.faults({"kind": "reset", "rate": 1.0})
        assert (await refused(orders.open(sealed))).reason == "Unreachable"
        served.faults()
        assert await orders.open(sealed) == b"invoice 4711"
        served.stop()
        assert (await refused(orders.seal())).reason == "Unreachable"

    with_orders(served, work, retry_status=0)


def test_opening_takes_the_permission_to_unwrap_alone(served: Served) -> None:
    async def work(orders: Orders) -> None:
        await orders.open(await orders.seal())

    with_orders(served, work)
    assert served.log("orders") == ["get", "unwrapKey"]


def test_what_the_credential_raises_arrives_as_it_is(served: Served) -> None:
    raised = CredentialUnavailableError("no managed identity here")

    class Failing(NamedAsync):
        async def get_token(self, *scopes: str, **options: Any) -> Any:
            raise raised

    with pytest.raises(CredentialUnavailableError) as caught:
        with_orders(served, lambda orders: orders.seal(), Failing(""))
    assert caught.value is raised


def test_tasks_that_ask_the_same_cause_one_call(served: Served) -> None:
    async def work(orders: Orders) -> None:
        sealed = await orders.seal()
        await orders.open(sealed)
        served.clear_log()
        served.faults({"kind": "slow", "milliseconds": 500, "rate": 1.0})
        tasks = [asyncio.create_task(orders.open(sealed)) for _ in range(16)]
        await asyncio.sleep(0.1)
        for task in tasks[:8]:
            task.cancel()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert {type(result) for result in results[:8]} == {asyncio.CancelledError}
        assert results[8:] == [b"invoice 4711"] * 8

    with_orders(served, work)
    assert served.log("orders") == ["unwrapKey"]


def test_a_call_ends_once_nobody_waits_for_it(served: Served) -> None:
    async def work(orders: Orders) -> None:
        sealed = await orders.seal()
        served.faults({"kind": "slow", "milliseconds": 30_000, "rate": 1.0})
        with pytest.raises(asyncio.TimeoutError):  # which is not TimeoutError in Python 3.10
            await asyncio.wait_for(orders.open(sealed), 0.2)
        await asyncio.sleep(0)
        others = asyncio.all_tasks() - {asyncio.current_task()}
        assert not [task for task in others if "_ask" in repr(task)]
        served.faults()
        assert await orders.open(sealed) == b"invoice 4711"

    with_orders(served, work)


def test_a_vault_that_does_not_answer_in_time(served: Served) -> None:
    async def work(orders: Orders) -> None:
        served.faults({"kind": "slow", "milliseconds": 5000, "rate": 1.0})
        error = await refused(orders.seal())
        assert (error.code, error.reason) == ("unavailable", "Unreachable")

    with_orders(served, work, read_timeout=0.3)


class Counting(AioHttpTransport):  # type: ignore[misc]
    """Counts calls to unwrap that are under way at once, for each wrapped key."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.under_way: dict[str, int] = {}
        self.most, self.calls = 0, 0

    async def send(self, request: Any, **options: Any) -> Any:
        if "unwrapkey" not in request.url or not request.content:
            return await super().send(request, **options)
        body = str(request.content)
        self.calls += 1
        self.under_way[body] = self.under_way.get(body, 0) + 1
        self.most = max(self.most, self.under_way[body])
        try:
            return await super().send(request, **options)
        finally:
            self.under_way[body] -= 1


def test_many_opens_while_the_vault_fails_now_and_then(served: Served) -> None:
    plain = [f"order {number}".encode() for number in range(40)]

    async def work(orders: Orders) -> None:
        sealed = [await orders.seal(data) for data in plain]
        served.faults(*FLAKY)

        async def caller(seed: int) -> int:
            draws = Random(seed)
            for _ in range(60):
                at = draws.randrange(40)
                assert await orders.open(sealed[at]) == plain[at]
            return 60

        assert sum(await asyncio.gather(*(caller(seed) for seed in range(16)))) == 960

    transport: Any = None

    async def run() -> None:
        nonlocal transport
        transport = Counting(connection_verify=str(served.ca))
        async with ordering(served, transport=transport, **PATIENT) as orders:
            await work(orders)

    asyncio.run(run())
    assert transport.most == 1, "one unwrap at a time for each data key"
    assert transport.calls >= 40


def test_each_event_loop_has_its_own_connections(served: Served) -> None:
    vault = KeyVault(NamedAsync("orders"), hosts=[served.host], connection_verify=served.ca)
    orders = Orders(served, vault)

    async def closing(work: Awaitable[T]) -> T:
        async with vault:
            return await work

    sealed = asyncio.run(closing(orders.seal()))
    assert asyncio.run(closing(orders.open(sealed))) == b"invoice 4711"
    orders.vault = pickle.loads(pickle.dumps(vault))
    assert repr(orders.vault) == "KeyVault(NamedAsync)"


def test_a_managed_identity(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", served.told["identityEndpoint"])
    monkeypatch.setenv("IDENTITY_HEADER", served.told["identityHeader"])
    served.grant("billing", role=ROLE)

    async def run() -> bytes:
        async with ManagedIdentityCredential(client_id="billing") as credential, ordering(served, credential) as orders:
            return await orders.open(await orders.seal())

    assert asyncio.run(run()) == b"invoice 4711"
