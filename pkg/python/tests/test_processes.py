"""Threads, forks and new processes, each at work on messages, files, streams and values at the same time."""

from __future__ import annotations

import io
import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

import cmkit
from cmkit.vault import LocalVault

from forks import forked

KEY = "https://orders.vault.azure.net/keys/orders-kek"
# Enough that files and streams are shared out among threads.
BIG = 3_000_001
# As many as a pipe takes without a reader.
ROUNDS = 15


@pytest.fixture
def vault() -> LocalVault:
    vault = LocalVault.in_memory("orders.vault.azure.net")
    vault.create_key("orders-kek")
    return vault


def work(data_key: cmkit.DataKey, folder: Path, name: str) -> None:
    """Seals and opens the same data in every way there is."""
    data = os.urandom(BIG)
    assert cmkit.open(cmkit.seal(data, keys=data_key), keys=data_key) == data
    plain, sealed, opened = (folder / f"{name}.{kind}" for kind in ("plain", "sealed", "opened"))
    plain.write_bytes(data)
    assert cmkit.seal_file(plain, sealed, keys=data_key) == BIG
    assert cmkit.open_file(sealed, opened, keys=data_key) == BIG
    assert opened.read_bytes() == data
    stream = io.BytesIO()
    with cmkit.SealWriter(stream, keys=data_key) as writer:
        writer.write(data)
    stream.seek(0)
    assert cmkit.OpenReader(stream, keys=data_key).read() == data
    values = [b"ada@example.com", None, data[:100]]
    assert data_key.open_values(data_key.seal_values(values, namespace="n"), namespace="n") == values


def test_forks(vault: LocalVault, tmp_path: Path) -> None:
    """A fork has none of the threads that its parent shares work with, and must not wait for them."""
    data_key = cmkit.DataKey.generate(KEY, provider=vault)
    work(data_key, tmp_path, "before")
    children = [forked(partial(work, data_key, tmp_path, f"child-{at}")) for at in range(3)]
    work(data_key, tmp_path, "beside")
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0, 0]
    work(data_key, tmp_path, "after")


def test_forks_seal_under_other_keys_and_nonces(vault: LocalVault) -> None:
    """What a fork draws is not what its parent draws."""
    data_key = cmkit.DataKey.generate(KEY, provider=vault)
    read, write = os.pipe()

    def seal() -> None:
        for _ in range(ROUNDS):
            envelope = cmkit.seal(b"", keys=KEY, provider=vault, pad_to=1024)
            os.write(write, envelope + data_key.seal_value(b"", namespace="n"))

    children = [forked(seal) for _ in range(2)]
    seal()
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        sealed = pipe.read()
    size = 1024 + 16 + 57
    assert len(sealed) == 3 * ROUNDS * size
    made = [sealed[at : at + size] for at in range(0, len(sealed), size)]
    salts = {envelope[1024 - 56 : 1024 - 32] for envelope in made} | {envelope[1040 + 17 : 1040 + 41] for envelope in made}
    assert len(salts) == 2 * 3 * ROUNDS


def test_threads_share_a_data_key_and_a_cache(vault: LocalVault, tmp_path: Path) -> None:
    cache = cmkit.DataKeyCache(vault)
    data_key = cmkit.DataKey.generate(KEY, provider=vault)
    first = cmkit.seal(b"data", keys=KEY, provider=cache)
    vault.clear_log()

    def task(at: int) -> None:
        work(data_key, tmp_path, f"task-{at}")
        data = os.urandom(1 << (at + 10))
        assert cmkit.open(cmkit.seal(data, keys=KEY, provider=cache), keys=KEY, provider=cache) == data
        assert cmkit.open(first, keys=KEY, provider=cache) == b"data"

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(task, range(12)))
    assert [entry.asked for entry in vault.log()] == ["unwrapKey"], "once for all threads"


def in_a_new_process(record: bytes, folder: str, name: str) -> bytes:
    data_key = cmkit.DataKey.open(record, keys=KEY, provider=LocalVault(Path(folder) / "vault"))
    work(data_key, Path(folder), name)
    return data_key.seal_value(name.encode(), namespace="n")


def test_new_processes(tmp_path: Path) -> None:
    vault = LocalVault.create(tmp_path / "vault", "orders.vault.azure.net")
    vault.create_key("orders-kek")
    data_key = cmkit.DataKey.generate(KEY, provider=vault)
    names = ["one", "two", "three"]
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        sealed = list(pool.map(in_a_new_process, [data_key.record] * 3, [str(tmp_path)] * 3, names))
    assert [data_key.open_value(value, namespace="n").decode() for value in sealed] == names
