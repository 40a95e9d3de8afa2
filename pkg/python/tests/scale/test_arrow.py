"""Columns of values: every layout that Arrow has for text and bytes, through pyarrow, pandas and polars."""

from __future__ import annotations

import doctest
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import cmkit
import cmkit.arrow
from cmkit.arrow import open_column, seal_column

NAMESPACE = "acme.customer.email"
VALUES = ["ada@example.com", None, "", "grace@example.com" * 100, "ada@example.com", None, "é", "x", "y"]


@pytest.fixture(scope="module")
def key() -> cmkit.DataKey:
    return cmkit.DataKey.generate(cmkit.ServiceKey.generate("default"), deterministic=True)


def layouts() -> list[Any]:
    text = pa.array(VALUES)
    encoded = [None if value is None else value.encode() for value in VALUES]
    longer = pa.array(["before", *VALUES, "after"])
    return [
        text,
        pa.array(VALUES, pa.large_string()),
        pa.array(encoded, pa.binary()),
        pa.array(encoded, pa.large_binary()),
        pa.array(VALUES, pa.string_view()),
        pa.array(encoded, pa.binary_view()),
        text.dictionary_encode(),
        longer[1:-1],
        longer.cast(pa.large_string())[1:-1],
        pa.array(["k"] * 9 + VALUES)[9:],
        pa.array([value for value in VALUES if value]),
        text[:0],
        pa.array([], pa.large_binary()),
        pa.nulls(11, pa.string()),
        pa.chunked_array([text[:2], text[2:2], text[2:]]),
        pa.chunked_array([], pa.string()),
    ]


@pytest.mark.parametrize("column", layouts(), ids=lambda column: f"{type(column).__name__}-{column.type}-{len(column)}")
def test_layouts(key: cmkit.DataKey, column: Any) -> None:
    """What is sealed in a column is what `seal_value` seals, and the other way round."""
    expected = [value.encode() if isinstance(value, str) else value for value in column.to_pylist()]
    sealed = seal_column(column, key, namespace=NAMESPACE, aad="customers")
    sealed.validate(full=True)
    assert sealed.type in (pa.binary(), pa.large_binary())
    assert isinstance(sealed, pa.ChunkedArray) == isinstance(column, pa.ChunkedArray)
    assert sealed.null_count == expected.count(None)
    assert key.open_values(sealed.to_pylist(), namespace=NAMESPACE, aad="customers") == expected
    opened = open_column(sealed, key, namespace=NAMESPACE, aad=b"customers", type="large_string")
    opened.validate(full=True)
    assert opened.type == pa.large_string()
    assert [value if value is None else value.encode() for value in opened.to_pylist()] == expected
    one_by_one = pa.array(key.seal_values(expected, namespace=NAMESPACE), pa.binary())
    assert open_column(one_by_one, key, namespace=NAMESPACE).to_pylist() == expected


def test_uuids(key: cmkit.DataKey) -> None:
    column = pa.array([b"0123456789abcdef", None], pa.binary(16))
    sealed = seal_column(column, key, namespace=NAMESPACE)
    assert open_column(sealed, key, namespace=NAMESPACE, type=pa.binary(16)) == column


def test_every_value_has_its_row(key: cmkit.DataKey) -> None:
    ids = pa.chunked_array([[4711, 4712], [4713]])
    column = pa.chunked_array([["a"], ["b", "c"]])
    sealed = seal_column(column, key, namespace=NAMESPACE, aad=ids)
    assert key.open_value(sealed[1].as_py(), namespace=NAMESPACE, aad="4712") == b"b"
    assert open_column(sealed, key, namespace=NAMESPACE, aad=pl.Series(["4711", "4712", "4713"]), type="string") == column
    swapped = sealed.take(pa.array([0, 2, 1]))
    with pytest.raises(cmkit.DecryptError, match="value 1 of the column"):
        open_column(swapped, key, namespace=NAMESPACE, aad=ids)
    with pytest.raises(ValueError, match="has 2 values, the column 3"):
        open_column(sealed, key, namespace=NAMESPACE, aad=ids[:2])
    with pytest.raises(cmkit.ConfigError, match=r"value 2 of the column: its `aad` is null"):
        seal_column(column, key, namespace=NAMESPACE, aad=pa.array(["1", "2", None]))


def test_joins_on_deterministic_columns(key: cmkit.DataKey) -> None:
    left = pa.table({"email": ["a", "b", None, "a"], "order": [1, 2, 3, 4]})
    right = pa.table({"email": ["b", "a"], "name": ["Bob", "Ada"]})
    left, right = (
        table.set_column(0, "email", seal_column(table["email"], key, namespace=NAMESPACE, deterministic=True))
        for table in (left, right)
    )
    joined = left.join(right, "email", join_type="inner").sort_by("order")
    assert joined["name"].to_pylist() == ["Ada", "Bob", "Ada"]
    at_random = seal_column(pa.array(["a", "a"]), key, namespace=NAMESPACE)
    assert pc.count_distinct(at_random).as_py() == 2
    strict = cmkit.DataKey.generate(cmkit.ServiceKey.generate("other"))
    with pytest.raises(cmkit.ConfigError) as caught:
        seal_column(right["name"], strict, namespace=NAMESPACE, deterministic=True)
    assert caught.value.code == "not_allowed"


def test_faults_are_named_by_their_place(key: cmkit.DataKey) -> None:
    sealed = seal_column(pa.chunked_array([["a", "b"], [None, "c"]]), key, namespace=NAMESPACE).to_pylist()
    other = cmkit.DataKey.generate(cmkit.ServiceKey.generate("other"))
    faults = {
        "decrypt": sealed[3][:-1] + bytes([sealed[3][-1] ^ 1]),
        "truncated": sealed[3][:56],
        "malformed": b"plain" * 20,
        "no_key": other.seal_value(b"c", namespace=NAMESPACE),
    }
    for code, value in faults.items():
        column = pa.chunked_array([sealed[:2], [None, value]], pa.binary())
        with pytest.raises(cmkit.CmkitError, match="value 3 of the column") as caught:
            open_column(column, key, namespace=NAMESPACE)
        assert caught.value.code == code
    with pytest.raises(cmkit.InputError, match=r"value 1 of the column: .* at most 1 MiB"):
        seal_column(pa.array(["", "x" * (2**20 + 1)]), key, namespace=NAMESPACE)
    with pytest.raises(TypeError, match="int64 is not of text or bytes"):
        seal_column(pa.array([1]), key, namespace=NAMESPACE)
    with pytest.raises(TypeError, match=r"not builtins\.list"):
        seal_column(["a"], key, namespace=NAMESPACE)
    closed = cmkit.DataKey.generate(cmkit.ServiceKey.generate("other"))
    closed.close()
    with pytest.raises(cmkit.ConfigError, match="closed"):
        seal_column(pa.array(["a"]), closed, namespace=NAMESPACE)


@pytest.mark.parametrize("middle", [5, -1, 2**31 - 1])
def test_offsets_from_elsewhere_are_not_trusted(key: cmkit.DataKey, middle: int) -> None:
    offsets = pa.array([0, middle, 4], pa.int32()).buffers()[1]
    column = pa.Array.from_buffers(pa.binary(), 2, [None, offsets, pa.py_buffer(b"data")])
    with pytest.raises(cmkit.InputError, match="not within its data"):
        seal_column(column, key, namespace=NAMESPACE)


@pytest.mark.parametrize(("size", "validity"), [(2, None), (9, None), (1, b"")])
def test_buffers_may_be_too_short(key: cmkit.DataKey, size: int, validity: bytes | None) -> None:
    column = {"size": size, "validity": validity, "offsets": bytes(8), "wide": False, "data": None}
    arguments = {"column": column, "first": 0, "rows": None, "aad": None, "namespace": "n", "deterministic": False}
    with pytest.raises(cmkit.ConfigError, match="shorter than the column"):
        cmkit._cmkit.seal_column(key, arguments)


def test_small_offsets_overflow_into_more_chunks(key: cmkit.DataKey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cmkit.arrow, "_MAX_DATA", 1000)
    column = pa.chunked_array([pa.array([f"value {i}" for i in range(100)])])
    sealed = seal_column(column, key, namespace=NAMESPACE)
    assert (sealed.num_chunks, len(sealed)) == (8, 100)
    assert open_column(sealed, key, namespace=NAMESPACE, type="string") == column


def test_pandas(key: cmkit.DataKey) -> None:
    frame = pd.DataFrame({"id": [1, 2, 3], "email": ["a@x", None, "c@x"]}, index=[7, 8, 9])
    sealed = frame.assign(email=seal_column(frame["email"], key, namespace=NAMESPACE, aad=frame["id"]))
    assert isinstance(sealed["email"].dtype, pd.ArrowDtype)
    assert sealed["email"].isna().tolist() == [False, True, False]
    opened = sealed.assign(email=open_column(sealed["email"], key, namespace=NAMESPACE, aad=frame["id"], type="string"))
    pd.testing.assert_frame_equal(opened, frame)
    assert open_column(sealed["email"], key, namespace=NAMESPACE, aad=frame["id"]).tolist()[::2] == [b"a@x", b"c@x"]
    category = frame["email"].astype("category")
    kept = open_column(seal_column(category, key, namespace=NAMESPACE), key, namespace=NAMESPACE, type="string")
    pd.testing.assert_series_equal(kept, frame["email"])


def test_polars(key: cmkit.DataKey) -> None:
    frame = pl.DataFrame({"id": [1, 2, 3], "email": ["a@x", None, "c" * 40]})
    sealed = frame.with_columns(seal_column(frame["email"], key, namespace=NAMESPACE, aad=frame["id"]))
    assert sealed.schema == {"id": pl.Int64, "email": pl.Binary}
    opened = sealed.with_columns(open_column(sealed["email"], key, namespace=NAMESPACE, aad=frame["id"], type="string"))
    assert opened.equals(frame)
    polled = pl.concat([frame, frame], rechunk=False)["email"]
    assert polled.n_chunks() == 2
    assert open_column(seal_column(polled, key, namespace=NAMESPACE), key, namespace=NAMESPACE, type="string").equals(polled)


def test_one_writes_another_reads(key: cmkit.DataKey, tmp_path: Any) -> None:
    """Sealed by pandas, kept in Parquet, opened by polars."""
    frame = pd.DataFrame({"email": VALUES})
    frame.assign(email=seal_column(frame["email"], key, namespace=NAMESPACE)).to_parquet(tmp_path / "sealed.parquet")
    assert b"ada@example.com" not in (tmp_path / "sealed.parquet").read_bytes()
    # Which of the two is pandas' to say: it was the other before version 3.
    assert pq.read_schema(tmp_path / "sealed.parquet").field("email").type in (pa.binary(), pa.large_binary())
    column = pl.read_parquet(tmp_path / "sealed.parquet")["email"]
    assert open_column(column, key, namespace=NAMESPACE, type="string").to_list() == VALUES


def test_examples() -> None:
    assert doctest.testmod(cmkit.arrow) == (0, 6)
