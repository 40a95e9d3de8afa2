"""Sealed files on the file systems of fsspec, which say what they were asked for."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import dask.dataframe as dd
import fsspec
import pandas as pd
import pyarrow.dataset as ds
import pytest
from fsspec.implementations.local import LocalFileSystem
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.spec import AbstractBufferedFile, AbstractFileSystem

import cmkit
from cmkit.fsspec import SealedFileSystem, WrappedKey

from vaults import Vault

KEY = cmkit.ServiceKey.generate("default")


class Objects(AbstractFileSystem):  # type: ignore[misc, unused-ignore]
    """As a store of objects is: parts are uploaded, and the last one makes an object of them."""

    cachable = False

    def __init__(self) -> None:
        super().__init__()
        self.objects: dict[str, bytes] = {}
        self.opened: list[Object] = []
        self.fetched = 0

    def _open(self, path: str, mode: str = "rb", **kwargs: Any) -> Any:
        self.opened.append(Object(self, path, mode, **kwargs))
        return self.opened[-1]

    def cat_file(self, path: str, start: int | None = None, end: int | None = None, **kwargs: Any) -> bytes:
        self.info(path)
        data = self.objects[path][start:end]
        self.fetched += len(data)
        return data

    def info(self, path: str, **kwargs: Any) -> dict[str, Any]:
        if path not in self.objects:
            raise FileNotFoundError(path)
        return {"name": path, "size": len(self.objects[path]), "type": "file"}


class Object(AbstractBufferedFile):  # type: ignore[misc, unused-ignore]
    def _initiate_upload(self) -> None:
        self.parts: list[bytes] = []

    def _upload_chunk(self, final: bool = False) -> bool:
        self.parts.append(self.buffer.getvalue())
        if final:
            self.fs.objects[self.path] = b"".join(self.parts)
        return True

    def _fetch_range(self, start: int, end: int) -> bytes:
        data: bytes = self.fs.objects[self.path][start:end]
        self.fs.fetched += len(data)
        return data


@pytest.fixture
def sealed() -> SealedFileSystem:
    return SealedFileSystem(LocalFileSystem(skip_instance_cache=True), keys=KEY, namespace="acme.file", aad="x")


def test_files(sealed: SealedFileSystem, tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    path = f"{tmp_path}/file"
    with sealed.open(path, "wb") as file:
        file.write(data)
        assert not os.path.exists(path), "appears whole"
    assert cmkit.open(Path(path).read_bytes(), keys=KEY, namespace="acme.file", aad="x") == data
    with sealed.open(path) as file:
        assert (file.size, file.read(7), file.seek(-5, 2), file.read(), file.tell()) == (
            len(data),
            data[:7],
            len(data) - 5,
            data[-5:],
            len(data),
        )
    assert sealed.cat_file(path, 16_000, 2_000_000) == data[16_000:2_000_000]
    assert sealed.cat_file(path, -9, -2) == data[-9:-2]
    sealed.get_file(path, tmp_path / "plain")
    assert (tmp_path / "plain").read_bytes() == data
    sealed.put_file(tmp_path / "plain", f"{tmp_path}/again")
    sealed.mv(f"{tmp_path}/again", f"{tmp_path}/moved")
    assert sealed.cat_file(f"{tmp_path}/moved") == data
    assert not sealed.exists(f"{tmp_path}/again")
    with pytest.raises(ValueError, match="not `ab`"):
        sealed.open(path, "ab")
    with pytest.raises(FileNotFoundError):
        sealed.open(f"{tmp_path}/none")
    other = SealedFileSystem(sealed.fs, keys=KEY, namespace="acme.file", aad="y")
    with pytest.raises(cmkit.DecryptError):
        other.open(path)


@pytest.mark.parametrize("size", [0, 1, 16384, 16385, 40_000])
def test_sizes(sealed: SealedFileSystem, tmp_path: Path, size: int) -> None:
    folder = tmp_path / "folder"
    (folder / "below").mkdir(parents=True)
    (folder / "empty").touch()
    (folder / "alien").write_bytes(b"no envelope" * 9000)
    sealed.pipe_file(f"{folder}/a", bytes(size))
    wide = cmkit.seal(bytes(size), keys=KEY, pad_to=16_000, suite="256k")
    (folder / "below" / "b").write_bytes(wide)
    expected = {f"{folder}/{name}": own for name, own in [("a", size), ("alien", None), ("empty", None), ("below/b", size)]}
    assert {name: info["size"] for name, info in sealed.find(str(folder), detail=True).items()} == expected
    assert {info["name"]: info["size"] for info in sealed.ls(str(folder)) if info["type"] == "file"} == {
        name: size for name, size in expected.items() if "below" not in name
    }
    assert sealed.info(f"{folder}/below/b")["sealed_size"] == len(wide)
    assert sealed.glob(f"{folder}/*/b", detail=True)[f"{folder}/below/b"]["size"] == size
    assert sealed.isdir(f"{folder}/below")
    with pytest.raises(cmkit.InputError):
        sealed.open(f"{folder}/alien")


def test_reads_what_it_needs() -> None:
    below = Objects()
    sealed = SealedFileSystem(below, keys=KEY)
    sealed.pipe_file("big", os.urandom(20_000_000))
    below.fetched = 0
    with sealed.open("big") as file:
        file.seek(10_000_000)
        file.read(10)
    assert below.fetched < 4096 + 3 * 16_400
    assert below.opened[-1].closed


@pytest.mark.parametrize("below", [LocalFileSystem(), MemoryFileSystem(), Objects()], ids=["local", "memory", "objects"])
def test_an_error_leaves_no_file(below: Any, tmp_path: Path) -> None:
    sealed = SealedFileSystem(below, keys=KEY)
    path = f"{tmp_path}/file"

    def fail() -> None:
        with sealed.open(path, "wb") as file:
            file.write(bytes(8_000_000))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    for file in getattr(below, "opened", []):
        file.close()
    assert not below.exists(path)
    sealed.pipe_file(path, b"first")
    refusing = SealedFileSystem(below, keys="https://orders.vault.azure.net/keys/none", provider=_nobody)
    with pytest.raises(cmkit.KeyUnavailable):
        refusing.pipe_file(path, b"second")
    assert sealed.cat_file(path) == b"first"


def test_transactions(sealed: SealedFileSystem, tmp_path: Path) -> None:
    path = f"{tmp_path}/file"
    sealed.pipe_file(path, b"first")

    def fail() -> None:
        with sealed.transaction:
            sealed.pipe_file(path, b"second")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert sealed.cat_file(path) == b"first"
    with sealed.transaction:
        sealed.pipe_file(path, b"second")
        sealed.open(f"{tmp_path}/given up", "wb").abort()
        assert sealed.cat_file(path) == b"first"
    assert not sealed.exists(f"{tmp_path}/given up")
    assert sealed.cat_file(path) == b"second"


def _nobody(request: cmkit.KeyRequest) -> cmkit.KeyReply:
    return cmkit.Refusal("unavailable", "NoVault", "nobody answers")


@pytest.mark.filterwarnings("ignore:The inplace keyword")  # by Dask
def test_tables(vault: Vault, tmp_path: Path) -> None:
    """pandas, Arrow and Dask, on processes of its own, by URL and options alone."""
    kek = vault.rotate("orders-kek")
    options = {"keys": kek, "provider": vault, "namespace": "acme.orders"}
    frame = pd.DataFrame({"id": range(1000), "email": [f"{i}@example.com" for i in range(1000)]})
    url = f"cmkit::file://{tmp_path}/table.parquet"
    frame.to_parquet(url, storage_options=dict(options))
    pd.testing.assert_frame_equal(pd.read_parquet(url, storage_options=dict(options)), frame)
    sealed, path = fsspec.url_to_fs(url, **options)
    table = ds.dataset(path, filesystem=sealed, format="parquet").to_table(columns=["id"], filter=ds.field("id") > 990)
    assert table["id"].to_pylist() == list(range(991, 1000))
    assert Path(path).read_bytes()[:4] != b"PAR1"
    below = {"target_protocol": "file", "target_options": {"auto_mkdir": True}}
    parts = f"cmkit://{tmp_path}/parts"
    dd.from_pandas(frame, npartitions=4).to_parquet(parts, storage_options={**options, **below})
    again = dd.read_parquet(parts, storage_options={**options, **below})
    pd.testing.assert_frame_equal(again.compute(scheduler="processes"), frame, check_dtype=False)
    vault.disable("orders-kek")
    with pytest.raises(cmkit.KeyUnavailable):
        pd.read_parquet(url, storage_options=dict(options))


def test_pickles(vault: Vault, tmp_path: Path) -> None:
    kek = vault.rotate("orders-kek")
    record = cmkit.DataKey.generate(kek, provider=vault).record
    path = f"{tmp_path}/file"
    forms: list[tuple[Any, Any]] = [(kek, vault), (WrappedKey(record, keys=kek, provider=vault), None)]
    for keys, provider in forms:
        sealed = SealedFileSystem(target_protocol="file", keys=keys, provider=provider)
        sealed.pipe_file(path, b"data")
        before = len(vault.asked("Unwrap"))
        sealed.cat_file(path)
        copy = pickle.loads(pickle.dumps(sealed))
        assert copy == sealed
        assert copy.cat_file(path) == b"data"
        assert len(vault.asked("Unwrap")) <= before + 1, "a copy finds what this process has unwrapped"
    first, second = (cmkit.ServiceKey.generate("same") for _ in range(2))
    a, b = (fsspec.filesystem("cmkit", target_protocol="file", keys=key) for key in (first, second))
    assert a != b
    a.pipe_file(path, b"data")
    with pytest.raises(cmkit.CmkitError):
        b.cat_file(path)
    with pytest.raises(TypeError, match="cannot pickle"):
        pickle.dumps(a)
