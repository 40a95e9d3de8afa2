"""The same on asyncio: providers that are awaited, cancellation, and a loop that is never kept for long."""

from __future__ import annotations

import asyncio
import doctest
import functools
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import cmkit
import cmkit.aio
from cmkit import aio
from cmkit.vault import LocalVault

HOST = "orders.vault.azure.net"
BIG = b"attack at dawn! " * (1 << 20)


class AsyncVault:
    """A vault over a network: every answer takes the loop a turn."""

    def __init__(self, vault: LocalVault) -> None:
        self.vault = vault
        self.asked: list[str] = []

    async def __call__(self, request: cmkit.KeyRequest) -> cmkit.KeyReply:
        self.asked.append(type(request).__name__)
        await asyncio.sleep(0)
        return self.vault(request)


@pytest.fixture
def vault() -> LocalVault:
    vault = LocalVault.in_memory(HOST)
    vault.create_key("rsa", kind="rsa-2048")
    vault.create_key("oct", kind="oct-256")
    return vault


Shape = Callable[[LocalVault], aio.Provider]


def shapes() -> list[tuple[str, Shape]]:
    def function(vault: LocalVault) -> aio.Provider:
        async def provider(request: cmkit.KeyRequest) -> cmkit.KeyReply:
            await asyncio.sleep(0)
            return vault(request)

        return provider

    def bound(vault: LocalVault) -> aio.Provider:
        return AsyncVault(vault).__call__

    def returning(vault: LocalVault) -> aio.Provider:
        answer = AsyncVault(vault)
        return lambda request: answer(request)

    def partly(vault: LocalVault) -> aio.Provider:
        async def provider(extra: str, request: cmkit.KeyRequest) -> cmkit.KeyReply:
            return vault(request)

        return functools.partial(provider, "extra")

    def plain(vault: LocalVault) -> aio.Provider:
        def provider(request: cmkit.KeyRequest) -> cmkit.KeyReply:
            return vault(request)

        return provider

    return [
        ("function", function),
        ("object", AsyncVault),
        ("bound", bound),
        ("returning", returning),
        ("partial", partly),
        ("plain", plain),
        ("vault", lambda vault: vault),
        ("cache", cmkit.DataKeyCache),
    ]


@pytest.mark.parametrize("shape", [pytest.param(shape, id=name) for name, shape in shapes()])
@pytest.mark.parametrize("name", ["rsa", "oct"])
@pytest.mark.parametrize("size", [0, 1000, 300_000])
def test_everything_that_asks(vault: LocalVault, shape: Shape, name: str, size: int) -> None:
    key, data, provider = f"https://{HOST}/keys/{name}", BIG[:size], shape(vault)

    async def work() -> None:
        sealed = await aio.seal(data, keys=key, provider=provider, aad={"row": "1"}, namespace="n", context={"a": "b"})
        assert cmkit.open(sealed, keys=key, provider=vault, aad={"row": "1"}, namespace="n", context={"a": "b"}) == data
        assert await aio.open(sealed, keys=key, provider=provider, aad={"row": "1"}, namespace="n") == data
        with pytest.raises(cmkit.DecryptError):
            await aio.open(sealed, keys=key, provider=provider, aad={"row": "2"})
        size = cmkit.inspect(sealed).head_size
        opened = await aio.open(sealed[size:], head=sealed[:size], keys=key, provider=provider, aad={"row": "1"})
        assert opened == data
        assert await aio.open_range(sealed, 0, 500, keys=key, provider=provider, aad={"row": "1"}) == data[:500]

        out = bytearray(len(sealed) + 1000)
        written = await aio.seal_into(data, out, keys=key, provider=provider)
        plain = bytearray(len(data) + 1)
        assert await aio.open_into(memoryview(out)[:written], plain, keys=key, provider=provider) == len(data)
        assert plain[: len(data)] == data

        vault.rotate(key)
        head = await aio.rewrap(sealed, keys=key, to=key, provider=provider)
        assert cmkit.inspect(head).keys[0].key == vault.key(key).versions[-1].key
        assert cmkit.open(head + sealed[size:], keys=key, provider=vault, aad={"row": "1"}) == data

        made = await aio.generate_data_key(key, provider=provider, namespace="keys", context={"c": "d"})
        with await aio.open_data_key(made.record, keys=key, provider=provider, namespace="keys", context={"c": "d"}) as same:
            assert (same.id, same.record) == (made.id, made.record)
            value = await aio.seal(b"under it", keys=same)
            assert await aio.open(value, keys=made) == b"under it"

    asyncio.run(work())


def test_what_is_asked(vault: LocalVault) -> None:
    provider, key = AsyncVault(vault), f"https://{HOST}/keys/oct"
    sealed = asyncio.run(aio.seal(b"data", keys=key, provider=provider))
    asyncio.run(aio.open(sealed, keys=key, provider=provider))
    assert provider.asked == ["Resolve", "Wrap", "Unwrap"]


def test_a_cache_shares_a_data_key(vault: LocalVault) -> None:
    cache, key = cmkit.DataKeyCache(vault), f"https://{HOST}/keys/oct"

    async def work() -> list[bytes]:
        sealed = await asyncio.gather(*(aio.seal(b"row", keys=key, provider=cache) for _ in range(20)))
        await aio.seal_into(b"row", bytearray(2000), keys=key, provider=cache)
        await asyncio.gather(*(aio.open(message, keys=key, provider=cache) for message in sealed))
        return sealed

    assert len(set(asyncio.run(work()))) == 20
    asked = [entry.asked for entry in vault.log()]
    assert (asked.count("wrapKey"), asked.count("unwrapKey")) == (1, 1)


def test_refusals_and_wrong_replies(vault: LocalVault) -> None:
    key = f"https://{HOST}/keys/oct"
    sealed = cmkit.seal(b"data", keys=key, provider=vault)

    async def answer(reply: Any) -> str:
        async def provider(request: cmkit.KeyRequest) -> cmkit.KeyReply:
            assert isinstance(reply, (str, cmkit.Refusal))
            return reply  # type: ignore[return-value]

        with pytest.raises(cmkit.CmkitError) as caught:
            await aio.open(sealed, keys=key, provider=provider)
        return caught.value.code

    assert asyncio.run(answer(cmkit.Refusal("denied", "ForbiddenByRbac", "no"))) == "denied"
    assert asyncio.run(answer("no bytes")) == "invalid_reply"
    with pytest.raises(cmkit.KeyUnavailable) as nobody:
        asyncio.run(aio.open(sealed, keys=key))
    assert nobody.value.reason == "NoVault"
    with pytest.raises(cmkit.ConfigError, match="shares memory"):
        asyncio.run(aio.seal_into(out := bytearray(5000), out, keys=key, provider=vault))
    with pytest.raises(cmkit.ConfigError, match="only 10"):
        asyncio.run(aio.seal_into(b"data", bytearray(10), keys=key, provider=vault))


def test_what_a_provider_raises_is_its_own(vault: LocalVault) -> None:
    key = f"https://{HOST}/keys/oct"
    sealed = cmkit.seal(b"data", keys=key, provider=vault)

    class Broken(Exception):
        pass

    mine: BaseException
    for mine in (Broken("mine"), asyncio.CancelledError("mine"), TimeoutError("mine")):

        async def later(request: cmkit.KeyRequest, mine: BaseException = mine) -> cmkit.KeyReply:
            await asyncio.sleep(0)
            raise mine

        async def work(provider: aio.Provider = later, mine: BaseException = mine) -> None:
            with pytest.raises(type(mine)) as caught:
                await aio.open(sealed, keys=key, provider=provider)
            assert caught.value is mine

        asyncio.run(work())

    broken = Broken("mine")

    def at_once(request: cmkit.KeyRequest) -> cmkit.KeyReply:
        raise broken

    with pytest.raises(Broken) as caught:
        asyncio.run(aio.open(sealed, keys=key, provider=at_once))
    assert caught.value is broken


async def goes_on_beside(work: Callable[[], Awaitable[object]]) -> bool:
    """Whether the loop has turns of its own while `work` is under way. A busy machine may take them away, so it tries again."""
    for _ in range(20):
        task = asyncio.ensure_future(work())
        for _ in range(10):  # more than providers take
            await asyncio.sleep(0)
        beside = not task.done()
        await task
        if beside:
            return True
    return False


def test_the_loop_stays_free(vault: LocalVault) -> None:
    """What takes many milliseconds is a thread's to do, and a plain provider that sleeps does not stop the loop."""
    key = f"https://{HOST}/keys/oct"
    huge = BIG * 8
    out, room, plain = bytearray(len(huge) + (1 << 20)), bytearray(len(huge) + (1 << 20)), bytearray(len(huge))

    def slow(request: cmkit.KeyRequest) -> cmkit.KeyReply:
        time.sleep(0.02)
        return vault(request)

    async def at_once() -> None:
        cmkit.seal_into(huge, out, keys=key, provider=vault)

    async def work(provider: aio.Provider) -> None:
        assert not await goes_on_beside(at_once), "what is not awaited would be seen"
        size = await aio.seal_into(huge, out, keys=key, provider=provider)
        sealed = memoryview(out)[:size]
        assert await goes_on_beside(lambda: aio.seal_into(huge, room, keys=key, provider=provider))
        assert await goes_on_beside(lambda: aio.open_into(sealed, plain, keys=key, provider=provider))
        assert await goes_on_beside(lambda: aio.seal(b"", keys=key, provider=slow))

    asyncio.run(work(AsyncVault(vault)))
    assert plain == huge


def test_cancelled_while_it_asks(vault: LocalVault) -> None:
    key, out = f"https://{HOST}/keys/oct", bytearray(5000)
    asked = asyncio.Event()

    async def never(request: cmkit.KeyRequest) -> cmkit.KeyReply:
        asked.set()
        await asyncio.sleep(3600)
        raise AssertionError

    async def work() -> None:
        task = asyncio.create_task(aio.seal_into(b"data", out, keys=key, provider=never))
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(work())
    assert not any(out)


@pytest.mark.parametrize("times", [1, 3])
def test_cancelled_while_it_opens_into_a_buffer(vault: LocalVault, times: int) -> None:
    """When the cancellation arrives, nobody writes into the buffer any more, and nothing of the plaintext is in it."""
    key, data = f"https://{HOST}/keys/oct", BIG * 4
    sealed = cmkit.seal(data, keys=key, provider=vault)
    out = bytearray(len(data))

    async def work() -> None:
        ready = len(threading.enumerate())
        task = asyncio.create_task(aio.open_into(sealed, out, keys=key, provider=AsyncVault(vault)))
        while len(threading.enumerate()) == ready:  # until the thread is there that opens
            assert not task.done()
            await asyncio.sleep(0)
        for _ in range(times):
            task.cancel()
            await asyncio.sleep(0)
        with pytest.raises(asyncio.CancelledError):
            await task
        out.append(0)  # a buffer that somebody still writes into cannot be resized
        assert not any(memoryview(out)[::4096])
        assert not any(out[-100_000:])

    asyncio.run(work())


def test_documented_example() -> None:
    assert doctest.testmod(cmkit.aio).attempted >= 4
    assert doctest.testmod(cmkit.aio).failed == 0
