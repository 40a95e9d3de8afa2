"""Columns of values: text and bytes of pyarrow, pandas and polars, each value sealed by itself.

A sealed column has the length and the nulls of the plain one and 57 bytes more for a value. It goes where binary columns
go: into Parquet files, tables of databases, frames. The values are never objects of Python on their way.

>>> import cmkit, cmkit.arrow, pyarrow as pa
>>> key = cmkit.DataKey.generate(cmkit.ServiceKey.generate("default"))
>>> emails = pa.array(["ada@example.com", None])
>>> sealed = cmkit.arrow.seal_column(emails, key, namespace="acme.customer.email")
>>> sealed.type, sealed.null_count
(DataType(binary), 1)
>>> cmkit.arrow.open_column(sealed, key, namespace="acme.customer.email", type="string").to_pylist()
['ada@example.com', None]
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import pyarrow as pa
import pyarrow.types as types

from . import _cmkit

if TYPE_CHECKING:
    from ._cmkit import DataKey

__all__ = ["open_column", "seal_column"]

Column = TypeVar("Column")
"""A `pyarrow.Array` or `ChunkedArray`, a `pandas.Series`, a `polars.Series`. What comes out is of the same kind."""

_Arguments: TypeAlias = "dict[str, Any]"
_OVERHEAD = 57
"""Bytes that sealing adds to a value."""
_MAX_DATA = 2**31 - 1
"""Bytes of data in an array whose offsets have 4 bytes."""


def seal_column(column: Column, key: DataKey, *, namespace: str, aad: Any = None, deterministic: bool = False) -> Column:
    """Seal each value of a column of text or bytes; nulls stay null.

    :param column: a `pyarrow.Array` or `ChunkedArray`, a `pandas.Series` or a `polars.Series`. The same kind comes out, of a
        binary type. Dictionaries and categories are written out first: sealed, they would show which values are equal.
    :param key: the data key; it stays open.
    :param namespace: what the values are, for example `acme.customer.email`.
    :param aad: which value it is. Bytes or text are the same for all values; a column of text, bytes or integers (which
        count as their decimal text) gives each its own, so that values that change their rows no longer open.
    :param deterministic: whether equal values seal to equal bytes, for joins and lookups. The key record must allow it.
    :raises TypeError: for a column of another type.
    :raises ConfigError: for arguments that do not fit.
    :raises InputError: `too_large` for a value over 1 MiB.
    """
    sealed: Column = _each(column, _cmkit.seal_column, key, namespace, aad, deterministic, None)
    return sealed


def open_column(
    column: Column, key: DataKey, *, namespace: str, aad: Any = None, type: str | pa.DataType | None = None
) -> Column:
    """Open each value of a column; one that does not open fails all, and is named by its place.

    :param column: what `seal_column` gave, wherever it has been meanwhile.
    :param aad: what was given to seal, for each value the same.
    :param type: the type of the plain column: `"string"`, `"large_string"`, `"binary"` or `"large_binary"`; as bytes where
        nothing is said.
    :raises DecryptError: if a value was changed, or sealed as something else.
    :raises KeyUnavailable: `no_key` for a value under another data key.
    :raises InputError: if a value is none of cmkit's.
    """
    plain_type = pa.type_for_alias(type) if isinstance(type, str) else type
    plain: Column = _each(column, _cmkit.open_column, key, namespace, aad, False, plain_type)
    return plain


def _each(
    column: Any,
    work: Callable[[DataKey, _Arguments], tuple[bytes, bytes]],
    key: DataKey,
    namespace: str,
    aad: Any,
    deterministic: bool,
    type: pa.DataType | None,
) -> Any:
    plain = _arrow(column)
    if plain is None:
        raise TypeError(f"a column is an array of pyarrow or a series of pandas or polars, not {_name(column)}")
    rows = None if isinstance(aad, str) else _arrow(aad)
    arguments: _Arguments = {"namespace": namespace, "aad": aad if rows is None else None, "deterministic": deterministic}
    done, first = [], 0
    if rows is not None and len(rows) != len(plain):
        raise ValueError(f"the column of `aad` has {len(rows)} values, the column {len(plain)}")
    for piece in _pieces(plain):
        arguments |= {"column": _buffers(piece), "first": first, "rows": None}
        if rows is not None:
            arguments["rows"] = _buffers(_row_names(rows.slice(first, len(piece))))
        offsets, data = map(pa.py_buffer, work(key, arguments))
        sealed = pa.large_binary() if arguments["column"]["wide"] else pa.binary()
        validity = arguments["column"]["validity"]
        array = pa.Array.from_buffers(sealed, len(piece), [validity, offsets, data], piece.null_count)
        done.append(array if type is None else array.cast(type))
        first += len(piece)
    whole = done[0] if isinstance(plain, pa.Array) else pa.chunked_array(done)
    return _like(column, whole)


def _pieces(column: pa.Array | pa.ChunkedArray) -> Iterator[pa.Array]:
    """Arrays of the four plain layouts that begin at their first value; at least one."""
    if isinstance(column, pa.Array):
        yield _plain(column)
        return
    for chunk in column.chunks or [pa.array([], column.type)]:
        yield from _halves(_plain(chunk))


def _halves(chunk: pa.Array) -> Iterator[pa.Array]:
    """The chunk, in as many pieces as its sealed data needs where offsets have 4 bytes."""
    if _wide(chunk.type) or len(chunk) < 2 or chunk.nbytes + _OVERHEAD * len(chunk) <= _MAX_DATA:
        yield chunk
    else:
        middle = len(chunk) // 2
        yield from _halves(_plain(chunk[:middle]))
        yield from _halves(_plain(chunk[middle:]))


def _plain(array: pa.Array) -> pa.Array:
    if types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if array.type in (pa.string_view(), pa.binary_view()):
        array = array.cast(pa.large_string() if array.type == pa.string_view() else pa.large_binary())
    elif types.is_fixed_size_binary(array.type):
        array = array.cast(pa.binary())
    if array.type not in (pa.string(), pa.binary(), pa.large_string(), pa.large_binary()):
        raise TypeError(f"a column of {array.type} is not of text or bytes: cast it, for example to `string`")
    # A slice is copied, which is nothing beside sealing it: its bits need not begin within a byte then.
    return pa.concat_arrays([array]) if array.offset else array


def _row_names(aad: pa.Array | pa.ChunkedArray) -> pa.Array:
    array = aad.combine_chunks() if isinstance(aad, pa.ChunkedArray) else aad
    return _plain(array.cast(pa.string()) if types.is_integer(array.type) else array)


def _buffers(array: pa.Array) -> _Arguments:
    validity, offsets, data = array.buffers()
    return {
        "size": len(array),
        "validity": validity,
        "offsets": b"" if offsets is None else offsets,
        "wide": _wide(array.type),
        "data": data,
    }


def _wide(type: pa.DataType) -> bool:
    return type in (pa.large_string(), pa.large_binary())


def _arrow(column: Any) -> pa.Array | pa.ChunkedArray | None:
    if isinstance(column, pa.Array | pa.ChunkedArray):
        return column
    if _is_pandas(column):
        return pa.Array.from_pandas(column)
    if hasattr(column, "__arrow_c_stream__"):
        return pa.chunked_array(column)
    return pa.array(column) if hasattr(column, "__arrow_c_array__") else None


def _like(column: Any, done: pa.Array | pa.ChunkedArray) -> Any:
    """The result as what the column was."""
    if _is_pandas(column):
        import pandas as pd

        if types.is_string(done.type) or types.is_large_string(done.type):
            opened = done.to_pandas()
            opened.index, opened.name = column.index, column.name
            return opened
        return pd.Series(pd.arrays.ArrowExtensionArray(done), index=column.index, name=column.name)
    polars = sys.modules.get("polars")
    if polars is not None and isinstance(column, polars.Series):
        return polars.Series(column.name, done)
    return done


def _is_pandas(column: Any) -> bool:
    pandas = sys.modules.get("pandas")
    return pandas is not None and isinstance(column, pandas.Series)


def _name(value: object) -> str:
    return f"{type(value).__module__}.{type(value).__qualname__}"
