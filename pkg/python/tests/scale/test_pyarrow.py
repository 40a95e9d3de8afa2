"""Parquet files that pyarrow encrypts, with keys that a vault wraps."""

from __future__ import annotations

import base64
import doctest
import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pyarrow.parquet.encryption as pe
import pytest

import cmkit
import cmkit.pyarrow
from cmkit.pyarrow import KmsClient, crypto_factory, rotate_keys

from vaults import Vault

TABLE = pa.table({"id": [1, 2, 3], "email": ["ada@example.com", None, "grace@example.com"], "total": [1.5, 2.5, 3.5]})
KMS = pe.KmsConnectionConfig()


@pytest.fixture
def keys(vault: Vault) -> dict[str, Any]:
    return {"orders": vault.rotate("orders-kek"), "customers": vault.rotate("customers-kek")}


def configuration(**more: Any) -> pe.EncryptionConfiguration:
    more = {"column_keys": {"customers": ["email"]}, "data_key_length_bits": 256} | more
    return pe.EncryptionConfiguration("orders", **more)


def write(path: Path, factory: pe.CryptoFactory, config: pe.EncryptionConfiguration) -> None:
    properties = factory.file_encryption_properties(KMS, config, path)
    pq.write_table(TABLE, path, encryption_properties=properties)


def read(path: Path, factory: pe.CryptoFactory, columns: list[str] | None = None) -> pa.Table:
    properties = factory.file_decryption_properties(KMS, None, path)
    return pq.read_table(path, columns=columns, decryption_properties=properties, partitioning=None)


def envelopes(path: Path) -> list[cmkit.Inspection]:
    """What the wrapped keys beside a file say."""
    (beside,) = path.parent.glob("_KEY_MATERIAL_FOR_*")
    material = [json.loads(text) for text in json.loads(beside.read_text()).values()]
    wrapped = [entry.get("wrappedKEK") or entry["wrappedDEK"] for entry in material]
    return [cmkit.inspect(base64.urlsafe_b64decode(text + "==")) for text in wrapped]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"column_keys": None, "uniform_encryption": True},
        {"plaintext_footer": True},
        {"double_wrapping": False},
        {"encryption_algorithm": "AES_GCM_CTR_V1", "data_key_length_bits": 128},
        {"internal_key_material": False},
    ],
    ids=str,
)
def test_files(vault: Vault, keys: dict[str, Any], tmp_path: Path, more: dict[str, Any]) -> None:
    path = tmp_path / "orders.parquet"
    if more.get("column_keys", "some") is None:
        config = pe.EncryptionConfiguration("orders", uniform_encryption=True)
    else:
        config = configuration(**more)
    write(path, crypto_factory(keys, provider=vault), config)
    assert b"ada@example.com" not in path.read_bytes()
    assert vault.asked("Unwrap") == [], "wrapping under RSA needs the public key alone"
    assert read(path, crypto_factory(keys, provider=vault)) == TABLE
    assert len(vault.asked("Unwrap")) == (1 if "column_keys" in more else 2)
    if more.get("plaintext_footer"):
        assert pq.read_metadata(path).num_rows == 3
        assert pq.read_table(path, columns=["id"]) == TABLE.select(["id"])
    else:
        with pytest.raises(OSError, match="encrypted"):
            pq.read_table(path)


def test_pandas(vault: Vault, keys: dict[str, Any], tmp_path: Path) -> None:
    frame, path, factory = TABLE.to_pandas(), tmp_path / "orders.parquet", crypto_factory(keys, provider=vault)
    frame.to_parquet(path, encryption_properties=factory.file_encryption_properties(KMS, configuration()))
    opened = pd.read_parquet(path, decryption_properties=factory.file_decryption_properties(KMS))
    pd.testing.assert_frame_equal(opened, frame)


def write_part(folder: Path, vault: Vault, keys: dict[str, Any], part: int) -> None:
    write(folder / f"part-{part}.parquet", crypto_factory(keys, provider=vault), configuration())


def test_several_writers_and_a_dataset(vault: Vault, keys: dict[str, Any], tmp_path: Path) -> None:
    """Writers in processes of their own, and one that writes many files; one reader for all."""
    folder = tmp_path / "orders"
    folder.mkdir()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for done in [pool.submit(write_part, folder, vault, keys, part) for part in range(3)]:
            done.result()
    factory = crypto_factory(keys, provider=vault)
    encryption = ds.ParquetEncryptionConfig(factory, KMS, configuration())
    options = ds.ParquetFileFormat().make_write_options(encryption_config=encryption)
    for year in range(4):
        name = f"more-{year}-{{i}}.parquet"
        ds.write_dataset(
            TABLE, folder, format="parquet", file_options=options, basename_template=name,
            existing_data_behavior="overwrite_or_ignore",
        )  # fmt: skip
    decryption = ds.ParquetDecryptionConfig(crypto_factory(keys, provider=vault), KMS, pe.DecryptionConfiguration())
    scan = ds.ParquetFragmentScanOptions(decryption_config=decryption)
    dataset = ds.dataset(folder, format=ds.ParquetFileFormat(default_fragment_scan_options=scan))
    assert len(dataset.files) == 7
    assert dataset.to_table().sort_by("id").column("id").to_pylist() == [1] * 7 + [2] * 7 + [3] * 7
    # Each of the four writers has wrapped each of the two keys once.
    assert len(vault.asked("Unwrap")) == 8


@pytest.mark.parametrize("double_wrapping", [True, False])
def test_rotation(vault: Vault, keys: dict[str, Any], tmp_path: Path, double_wrapping: bool) -> None:
    path = tmp_path / "orders.parquet"
    config = configuration(internal_key_material=False, double_wrapping=double_wrapping)
    cache = cmkit.DataKeyCache(vault)
    write(path, crypto_factory(keys, provider=cache), config)
    before = path.read_bytes()
    versions = {entry.keys[0].key for entry in envelopes(path)}
    assert versions == {f"{keys[name]}/{vault.versions(f'{name}-kek')[0]}" for name in keys}

    for name in keys:
        vault.rotate(f"{name}-kek")
    assert read(path, crypto_factory(keys, provider=vault)) == TABLE, "what the old version wrapped still opens"
    rotate_keys(path, keys, provider=cache, double_wrapping=double_wrapping)
    versions = {entry.keys[0].key for entry in envelopes(path)}
    assert versions == {f"{keys[name]}/{vault.versions(f'{name}-kek')[1]}" for name in keys}
    assert path.read_bytes() == before
    newest = {name: cmkit.AllowedKey(key, versions=[vault.versions(f"{name}-kek")[1]]) for name, key in keys.items()}
    assert read(path, crypto_factory(keys, provider=vault, open_with=newest)) == TABLE

    other = {name: vault.rotate(f"new-{name}") for name in keys}
    rotate_keys(path, other, provider=vault, open_with=keys, double_wrapping=double_wrapping)
    assert read(path, crypto_factory(other, provider=vault)) == TABLE
    with pytest.raises(cmkit.KeyUnavailable) as caught:
        read(path, crypto_factory(keys, provider=vault))
    assert caught.value.code == "no_key"


def test_a_revoked_key_closes_its_columns(vault: Vault, keys: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    write(path, crypto_factory(keys, provider=vault), configuration())
    vault.disable("customers-kek")
    factory = crypto_factory(keys, provider=vault)
    assert read(path, factory, ["id"]) == TABLE.select(["id"])
    with pytest.raises(cmkit.KeyUnavailable, match="disabled key") as caught:
        read(path, factory)
    assert (caught.value.code, caught.value.reason) == ("denied", "KeyDisabled")


def test_what_may_not_open(vault: Vault, keys: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    write(path, crypto_factory(keys, provider=vault), configuration())
    with pytest.raises(cmkit.ConfigError, match="no key has the alias `customers`"):
        read(path, crypto_factory({"orders": keys["orders"]}, provider=vault))
    with pytest.raises(cmkit.DecryptError) as caught:
        read(path, crypto_factory(keys, provider=vault, namespace="acme.other"))
    assert caught.value.code == "context"
    with pytest.raises(cmkit.KeyUnavailable):
        read(path, crypto_factory({name: cmkit.ServiceKey.generate("own") for name in keys}, provider=vault))


def test_wrapped_keys_are_tied_to_their_alias() -> None:
    key = cmkit.ServiceKey.generate("default")
    client = KmsClient({"orders": key, "customers": key})
    wrapped = client.wrap_key(b"k" * 32, "orders")
    assert len(wrapped) < 400
    assert client.unwrap_key(wrapped, "orders") == b"k" * 32
    with pytest.raises(cmkit.DecryptError):
        client.unwrap_key(wrapped, "customers")
    with pytest.raises(cmkit.DecryptError):
        client.unwrap_key(wrapped[:-4] + "AAAA", "orders")
    for text in ("no!", "a", ""):
        with pytest.raises(cmkit.InputError):
            client.unwrap_key(text, "orders")
    for alias in ("https://orders.vault.azure.net/keys/orders-kek", "a b", ""):
        with pytest.raises(cmkit.ConfigError, match="is no alias"):
            KmsClient({alias: key})


def test_single_wrapped_keys_share_a_call(vault: Vault, keys: dict[str, Any]) -> None:
    """Each file has a key for each column; a reader still asks the vault once for each writer and key."""
    writer = KmsClient(keys, provider=cmkit.DataKeyCache(vault))
    wrapped = [writer.wrap_key(bytes([i]) * 16, "orders") for i in range(50)]
    reader = KmsClient(keys, provider=cmkit.DataKeyCache(vault))
    assert [reader.unwrap_key(text, "orders")[0] for text in wrapped] == list(range(50))
    assert (len(vault.asked("Resolve")), len(vault.asked("Unwrap"))) == (1, 1)


def test_examples() -> None:
    assert doctest.testmod(cmkit.pyarrow) == (0, 10)
