"""Dask's collections on a cluster of two workers, each a process of its own."""

from __future__ import annotations

import os
import pickle
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import cloudpickle
import dask.array as da
import dask.bag as db
import dask.dataframe as dd
import numpy as np
import pandas as pd
import pytest
from distributed import Client, LocalCluster

import cmkit
from cmkit.dask import (
    WrappedKey,
    open_array,
    open_column,
    open_objects,
    rewrap,
    seal_array,
    seal_column,
    seal_objects,
)

from vaults import Overhearing, Vault, forms

NAMESPACE = "acme.customer.email"
FRAME = pd.DataFrame({"id": range(200), "email": [f"{i}@example.com" if i % 3 else None for i in range(200)]})


@pytest.fixture(scope="module", autouse=True)
def client() -> Iterator[Client]:
    with LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None) as cluster, Client(cluster) as client:
        yield client


@pytest.fixture
def kek(vault: Vault) -> str:
    return vault.rotate("orders-kek")


@pytest.fixture
def key(vault: Vault, kek: str) -> WrappedKey:
    record = cmkit.DataKey.generate(kek, provider=vault, deterministic=True).record
    return WrappedKey(record, keys=kek, provider=vault)


def once_in_each_worker(vault: Vault) -> bool:
    """Whether every process that unwrapped did so once, and the test's own never."""
    processes = Counter(vault.asked("Unwrap"))
    return set(processes.values()) == {1} and len(processes) <= 2 and str(os.getpid()) not in processes


def test_columns(vault: Vault, key: WrappedKey) -> None:
    frame = dd.from_pandas(FRAME, npartitions=16)
    sealed = frame.assign(email=seal_column(frame["email"], key, namespace=NAMESPACE, aad=frame["id"])).persist()
    plain = open_column(sealed["email"], key, namespace=NAMESPACE, aad=sealed["id"], type="string")
    opened = sealed.assign(email=plain)
    pd.testing.assert_frame_equal(opened.compute(), FRAME)
    assert once_in_each_worker(vault)
    here = sealed.compute()
    assert sealed.dtypes.equals(here.dtypes)
    assert opened.dtypes.equals(FRAME.dtypes)
    assert here["email"].isna().equals(FRAME["email"].isna())
    with pytest.raises(cmkit.DecryptError, match="of the column"):
        open_column(sealed["email"], key, namespace="acme.other", aad=sealed["id"]).compute()


def test_joins(vault: Vault, key: WrappedKey) -> None:
    frame = dd.from_pandas(FRAME.dropna(), npartitions=4)
    left, right = (
        frame.assign(email=seal_column(frame["email"], key, namespace=NAMESPACE, deterministic=True)) for _ in range(2)
    )
    joined = left.merge(right, on="email").compute()
    assert sorted(joined["id_x"]) == sorted(joined["id_y"]) == FRAME.dropna()["id"].tolist()


def test_objects(vault: Vault, key: WrappedKey) -> None:
    items = [os.urandom(size) for size in (0, 1, 20_000, 3_000_000)] + [None]
    names = db.from_sequence([f"file {i}" for i in range(5)], npartitions=5)
    bag = db.from_sequence(items, npartitions=5)
    sealed = seal_objects(bag, key, namespace="acme.file", context={"tenant": "a"}, aad=names).persist()
    opened = open_objects(sealed, key, namespace="acme.file", context={"tenant": "a"}, aad=names)
    assert opened.compute() == items
    assert once_in_each_worker(vault)
    assert cmkit.inspect(sealed.compute()[2]).mode == "key-record"
    with pytest.raises(cmkit.DecryptError):
        open_objects(sealed, key, namespace="acme.file", aad="file 1").compute()


def test_arrays(vault: Vault, key: WrappedKey) -> None:
    array = da.random.default_rng(1).random((100, 60), chunks=(40, 30)).persist()
    sealed = seal_array(array, key, namespace="acme.readings")
    assert (sealed.shape, sealed.dtype) == ((3, 2), object)
    blocks = sealed.compute()
    assert all(cmkit.inspect(envelope).namespace == "acme.readings" for envelope in blocks.flat)
    kept = da.from_array(blocks, chunks=1)
    opened = open_array(kept, key, namespace="acme.readings", chunks=array.chunks, dtype=array.dtype)
    assert (opened.compute() == array.compute()).all()
    assert once_in_each_worker(vault)
    moved = da.from_array(blocks[:, ::-1], chunks=1)
    with pytest.raises(cmkit.DecryptError):
        open_array(moved, key, namespace="acme.readings", chunks=array.chunks, dtype=array.dtype).compute()
    for chunks, dtype in [(((40, 40, 20), (20, 40)), "f8"), (array.chunks, "f4")]:
        with pytest.raises(ValueError, match=r"the block is float64\[\d+, \d+\], not float"):
            open_array(kept, key, namespace="acme.readings", chunks=chunks, dtype=np.dtype(dtype)).compute()
    with pytest.raises(ValueError, match="allow_pickle"):
        seal_array(da.from_array(np.array([{}], dtype=object), chunks=1), key, namespace="n").compute()


def test_rewrap_by_many_workers(vault: Vault, kek: str, key: WrappedKey) -> None:
    """Records of many tenants and messages under the key itself: each is wrapped anew, none is sealed anew."""
    records = [cmkit.DataKey.generate(kek, provider=vault, context={"tenant": str(i)}).record for i in range(12)]
    messages = [cmkit.seal(b"data" * 9000, keys=kek, provider=vault, aad="x") for _ in range(12)]
    first = vault.versions("orders-kek")[0]
    vault.rotate("orders-kek")
    bag = db.from_sequence(records, npartitions=6)
    newer = rewrap(bag, keys=[kek], to=kek, provider=vault).compute()
    newer += rewrap(db.from_sequence(messages, npartitions=6), keys=kek, to=kek, provider=vault, aad="x").compute()
    assert len(set(vault.asked("Unwrap"))) == 2, "both workers have worked"
    newest = vault.versions("orders-kek")[1]
    for old, new in zip(records + messages, newer, strict=True):
        before, after = cmkit.inspect(old), cmkit.inspect(new)
        assert (before.keys[0].key, after.keys[0].key) == (f"{kek}/{first}", f"{kek}/{newest}")
        assert old[before.head_size :] == new[after.head_size :]
    only = cmkit.AllowedKey(kek, versions=[newest])
    assert cmkit.open(newer[12], keys=only, provider=vault, aad="x") == b"data" * 9000
    assert cmkit.DataKey.open(newer[3], keys=only, provider=vault).context == {"tenant": "3"}
    with pytest.raises(cmkit.DecryptError):
        rewrap(db.from_sequence(messages), keys=kek, to=kek, provider=vault, aad="y").compute()


def test_a_revoked_key(vault: Vault, kek: str, key: WrappedKey) -> None:
    frame = dd.from_pandas(FRAME, npartitions=2)
    vault.disable("orders-kek")
    with pytest.raises(cmkit.KeyUnavailable) as caught:
        seal_column(frame["email"], key, namespace=NAMESPACE).compute()
    assert (caught.value.code, caught.value.reason) == ("denied", "KeyDisabled")


def test_nothing_secret_travels(vault: Vault, kek: str, key: WrappedKey, client: Client) -> None:
    heard = Overhearing(vault)
    cmkit.DataKey.open(key.record, keys=kek, provider=heard)
    (secret,) = heard.unwrapped
    leaky = WrappedKey(key.record, keys=kek, provider=heard)
    assert any(form in cloudpickle.dumps(leaky) for form in forms(secret)), "this test would see it"
    # This process has the key in its cache, which must not travel either.
    key.open()
    frame, bag = dd.from_pandas(FRAME, npartitions=2), db.from_sequence([b"a"])
    array = da.ones((4, 4), chunks=2)
    graphs = [
        seal_column(frame["email"], key, namespace=NAMESPACE, aad=frame["id"]),
        open_column(seal_column(frame["email"], key, namespace=NAMESPACE), key, namespace=NAMESPACE),
        open_objects(seal_objects(bag, key), key),
        seal_array(array, key, namespace="n"),
    ]
    for graph in graphs:
        sent = cloudpickle.dumps(dict(graph.__dask_graph__()))
        assert key.record in sent
        assert kek.encode() in sent
        assert not any(form in sent for form in forms(secret))
    # What the scheduler was sent and holds as long as the result is wanted.
    future = client.compute(graphs[0])
    assert len(future.result()) == len(FRAME)
    held = client.run_on_scheduler(_held_tasks)
    assert any(key.record in task for task in held)
    assert not any(form in task for task in held for form in forms(secret))


def _held_tasks(dask_scheduler: Any) -> list[bytes]:
    return [cloudpickle.dumps(task.run_spec) for task in dask_scheduler.tasks.values()]


def test_secrets_do_not_pickle(key: WrappedKey, kek: str, vault: Vault) -> None:
    again = pickle.loads(pickle.dumps(key))
    assert again.open().id == key.open().id
    assert len(vault.asked("Unwrap")) == 1, "a copy finds what this process has unwrapped"
    (version,) = vault.versions("orders-kek")
    known = vault.vault.key(kek).versions[0].modulus
    assert known
    allowed = cmkit.AllowedKey(
        kek, versions=[version], refused_versions=["0" * 32], created_after=1, public_keys=[(version, known, b"\1\0\1")]
    )
    travelled = pickle.loads(pickle.dumps(allowed))
    assert travelled.__getnewargs_ex__() == allowed.__getnewargs_ex__()
    assert WrappedKey(key.record, keys=travelled, provider=vault).open().id == key.open().id
    own = cmkit.ServiceKey.generate("own")
    with pytest.raises(TypeError, match="cannot pickle"):
        pickle.dumps(key.open())
    with pytest.raises(TypeError, match="cannot pickle"):
        pickle.dumps(WrappedKey(cmkit.DataKey.generate(own).record, keys=own))
    assert repr(key) == f"WrappedKey(<{len(key.record)} bytes>)"


def test_max_age(vault: Vault, kek: str, key: WrappedKey) -> None:
    short = WrappedKey(key.record, keys=kek, provider=vault, max_age=0.2)
    for pause in (0, 0.4):
        time.sleep(pause)
        short.open()
        short.open()
    assert len(vault.asked("Unwrap")) == 2
