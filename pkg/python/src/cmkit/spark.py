"""Columns of PySpark, sealed, opened and rewrapped by Spark's own workers.

The functions take and give columns, and work in Arrow UDFs (Spark 4.1 and later) or pandas UDFs. A task carries the key
record, which is wrapped; a worker unwraps it once.

    key = WrappedKey(record, keys="https://orders.vault.azure.net/keys/orders-kek", provider=vault)
    sealed = frame.withColumn("email", seal_column("email", key, namespace="acme.customer.email", aad=col("id")))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
import pyarrow as pa
from pyspark.sql import Column, functions
from pyspark.sql.pandas.functions import pandas_udf

from . import arrow
from ._workers import Rewrapping, Work, WrappedKey, each, opening, sealing

if TYPE_CHECKING:
    from ._types import OpenKey, Provider, SealKey

__all__ = ["WrappedKey", "open_column", "open_objects", "rewrap", "seal_column", "seal_objects"]


def seal_column(
    column: str | Column,
    key: WrappedKey,
    *,
    namespace: str,
    aad: str | bytes | Column | None = None,
    deterministic: bool = False,
) -> Column:
    """Seal each value of a column of text or bytes; nulls stay null. A value may have 1 MiB.

    :param column: the column, or its name.
    :param namespace: what the values are, for example `acme.customer.email`.
    :param aad: which value it is: text or bytes that are the same for all, or a column (`col("id")`) of text, bytes or
        integers that gives each its own.
    :param deterministic: whether equal values seal to equal bytes, for joins. The key record must allow it.
    """

    def work(values: pa.Array, rows: Any) -> pa.Array:
        with key.open() as opened:
            sealed = arrow.seal_column(values, opened, namespace=namespace, aad=rows, deterministic=deterministic)
        return sealed.cast(pa.binary())

    return _apply(work, column, aad, "binary", deterministic=deterministic)


def open_column(
    column: str | Column,
    key: WrappedKey,
    *,
    namespace: str,
    aad: str | bytes | Column | None = None,
    type: Literal["binary", "string"] = "binary",
) -> Column:
    """Open each value of a column; one that does not open fails the job.

    :param type: the type of the plain column.
    """

    def work(values: pa.Array, rows: Any) -> pa.Array:
        with key.open() as opened:
            return arrow.open_column(values, opened, namespace=namespace, aad=rows, type=type)

    return _apply(work, column, aad, type)


def seal_objects(
    column: str | Column,
    key: WrappedKey,
    *,
    namespace: str | None = None,
    context: Mapping[str, str] | None = None,
    aad: str | bytes | Column | None = None,
) -> Column:
    """Seal each value of a column as a message of its own, of any size: files, documents.

    :param context: encryption context, stored in clear and authenticated.
    :param aad: external context, as for `seal_column`.
    """
    return _apply(_each(lambda: sealing(key, namespace, context)), column, aad, "binary", deterministic=False)


def open_objects(
    column: str | Column,
    key: WrappedKey,
    *,
    namespace: str | None = None,
    context: Mapping[str, str] | None = None,
    aad: str | bytes | Column | None = None,
) -> Column:
    """Open each message of a column.

    :param context: what the encryption context of each must have.
    """
    return _apply(_each(lambda: opening(key, namespace, context)), column, aad, "binary")


def rewrap(
    column: str | Column,
    *,
    keys: OpenKey | Sequence[OpenKey],
    to: SealKey | Sequence[SealKey],
    provider: Provider | None = None,
    aad: str | bytes | Column | None = None,
    keep: bool = False,
    hosts: Sequence[str] = (),
) -> Column:
    """Wrap the data key of each envelope or key record of a column anew; bodies stay as they are.

    :param keys: the keys that may open them now.
    :param to: the keys to wrap under.
    :param provider: answers for the keys. It must pickle.
    :param aad: the external context of each, to be checked as well.
    :param keep: whether today's entries stay beside the new ones.
    """
    rewrapping = Rewrapping(keys, to, provider, hosts, {"keep": keep})
    return _apply(_each(lambda: rewrapping), column, aad, "binary", deterministic=False)


def _each(begin: Callable[[], Work]) -> Callable[[pa.Array, Any], pa.Array]:
    """The work, begun once for each batch, on each of its values where they lie."""

    def work(values: pa.Array, rows: Any) -> pa.Array:
        aads = None
        if isinstance(rows, pa.Array):
            aads, rows = [None if aad is None else str(aad) if isinstance(aad, int) else aad for aad in rows.to_pylist()], None
        done = each(begin(), (value.as_buffer() if value.is_valid else None for value in values), aads, rows)
        return pa.array(done, pa.binary())

    return work


def _apply(
    work: Callable[[pa.Array, Any], pa.Array],
    column: str | Column,
    aad: str | bytes | Column | None,
    returns: str,
    *,
    deterministic: bool = True,
) -> Column:
    constant = None if isinstance(aad, Column) else aad

    def on_arrays(values: pa.Array, *rows: pa.Array) -> pa.Array:
        return work(values, rows[0] if rows else constant)

    def on_series(values: pd.Series, *rows: pd.Series) -> pd.Series:
        return on_arrays(pa.Array.from_pandas(values), *map(pa.Array.from_pandas, rows)).to_pandas()

    # Spark reads the kind of a function from its annotations.
    arrow_udf = getattr(functions, "arrow_udf", None)
    udf = pandas_udf(on_series, returns) if arrow_udf is None else arrow_udf(on_arrays, returns)
    if not deterministic:
        # What is sealed at random must not be worked out twice.
        udf = udf.asNondeterministic()
    return udf(column, aad) if isinstance(aad, Column) else udf(column)
