"""Dask's collections, sealed, opened and rewrapped by its own workers.

Columns of data frames are values, items of bags and blocks of arrays are messages. A graph carries the key record, which is
wrapped; a worker unwraps it once.

    key = WrappedKey(record, keys="https://orders.vault.azure.net/keys/orders-kek", provider=vault)
    frame["email"] = seal_column(frame["email"], key, namespace="acme.customer.email", aad=frame["id"])
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ._workers import Rewrapping, WrappedKey, each, opening, sealing

if TYPE_CHECKING:
    import dask.array
    import dask.bag
    import dask.dataframe
    import numpy as np
    import pandas as pd

    from ._types import Buffer, ExternalContext, OpenKey, Provider, SealKey

    Aad: TypeAlias = ExternalContext | dask.bag.Bag | None

__all__ = [
    "WrappedKey",
    "open_array",
    "open_column",
    "open_objects",
    "rewrap",
    "seal_array",
    "seal_column",
    "seal_objects",
]


def seal_column(
    series: dask.dataframe.Series,
    key: WrappedKey,
    *,
    namespace: str,
    aad: Buffer | str | dask.dataframe.Series | None = None,
    deterministic: bool = False,
) -> dask.dataframe.Series:
    """Seal each value of a column of text or bytes; nulls stay null. A value may have 1 MiB.

    :param namespace: what the values are, for example `acme.customer.email`.
    :param aad: which value it is: bytes or text that are the same for all, or a column of text, bytes or integers that gives
        each its own.
    :param deterministic: whether equal values seal to equal bytes, for joins. The key record must allow it.
    """
    arguments = (key, namespace, deterministic)
    return series.map_partitions(_seal_part, aad, arguments, meta=_empty(series, "binary"))


def open_column(
    series: dask.dataframe.Series,
    key: WrappedKey,
    *,
    namespace: str,
    aad: Buffer | str | dask.dataframe.Series | None = None,
    type: Literal["binary", "string"] = "binary",
) -> dask.dataframe.Series:
    """Open each value of a column; one that does not open fails the computation.

    :param type: the type of the plain column.
    """
    return series.map_partitions(_open_part, aad, (key, namespace, type), meta=_empty(series, type))


def seal_objects(
    bag: dask.bag.Bag,
    key: WrappedKey,
    *,
    namespace: str | None = None,
    context: Mapping[str, str] | None = None,
    aad: Aad = None,
) -> dask.bag.Bag:
    """Seal each item of a bag of bytes as a message of its own, of any size; `None` stays `None`.

    :param context: encryption context, stored in clear and authenticated.
    :param aad: external context: the same for all, or a bag that gives each its own.
    """
    return _each(bag, sealing, (key, namespace, context), aad)


def open_objects(
    bag: dask.bag.Bag,
    key: WrappedKey,
    *,
    namespace: str | None = None,
    context: Mapping[str, str] | None = None,
    aad: Aad = None,
) -> dask.bag.Bag:
    """Open each message of a bag.

    :param context: what the encryption context of each must have.
    """
    return _each(bag, opening, (key, namespace, context), aad)


def rewrap(
    bag: dask.bag.Bag,
    *,
    keys: OpenKey | Sequence[OpenKey],
    to: SealKey | Sequence[SealKey],
    provider: Provider | None = None,
    aad: Aad = None,
    keep: bool = False,
    hosts: Sequence[str] = (),
) -> dask.bag.Bag:
    """Wrap the data key of each envelope or key record of a bag anew; bodies stay as they are.

    :param keys: the keys that may open them now.
    :param to: the keys to wrap under.
    :param provider: answers for the keys. It must pickle.
    :param aad: the external context of each, to be checked as well.
    :param keep: whether today's entries stay beside the new ones.
    """
    return _each(bag, _begun, (Rewrapping(keys, to, provider, hosts, {"keep": keep}),), aad)


def seal_array(array: dask.array.Array, key: WrappedKey, *, namespace: str) -> dask.array.Array:
    """Seal each block of an array of numbers: an array of objects, one envelope for a block, in the same places.

    A block is tied to its place, and its shape and type are sealed with it.
    """
    chunks = tuple((1,) * count for count in array.numblocks)
    return array.map_blocks(_seal_block, key, namespace, dtype=object, chunks=chunks, meta=_no_values(array, object))


def open_array(
    sealed: dask.array.Array, key: WrappedKey, *, namespace: str, chunks: tuple[tuple[int, ...], ...], dtype: Any
) -> dask.array.Array:
    """Open each block of a sealed array.

    :param chunks: the plain array's `chunks`, and `dtype` its type; a block that has another shape or type is refused.
    """
    meta = _no_values(sealed, dtype)
    return sealed.map_blocks(_open_block, key, namespace, dtype, dtype=dtype, chunks=chunks, meta=meta)


def _seal_part(series: pd.Series, aad: Any, arguments: tuple[WrappedKey, str, bool]) -> pd.Series:
    from .arrow import seal_column

    key, namespace, deterministic = arguments
    with key.open() as opened:
        sealed = seal_column(series, opened, namespace=namespace, aad=aad, deterministic=deterministic)
    return sealed.astype(_dtype("binary"))


def _open_part(series: pd.Series, aad: Any, arguments: tuple[WrappedKey, str, str]) -> pd.Series:
    from .arrow import open_column

    key, namespace, type = arguments
    with key.open() as opened:
        return open_column(series, opened, namespace=namespace, aad=aad, type=type).astype(_dtype(type))


def _empty(series: dask.dataframe.Series, type: str) -> pd.Series:
    import pandas as pd

    return pd.Series([], dtype=_dtype(type), name=series.name, index=series._meta.index[:0])


def _dtype(type: str) -> Any:
    import pandas as pd
    import pyarrow as pa

    # The same for every partition; for text, what pandas itself has for it.
    return pd.ArrowDtype(pa.large_binary()) if type == "binary" else pa.array([], pa.large_string()).to_pandas().dtype


def _each(bag: dask.bag.Bag, begin: Any, arguments: tuple[Any, ...], aad: Aad) -> dask.bag.Bag:
    from dask.bag import Bag

    if isinstance(aad, Bag):
        return bag.map_partitions(_part, aad, begin=begin, arguments=arguments)
    return bag.map_partitions(_part, begin=begin, arguments=arguments, aad=aad)


def _part(
    items: Iterable[Buffer | None],
    aads: Iterable[ExternalContext | None] | None = None,
    *,
    begin: Any,
    arguments: tuple[Any, ...],
    aad: ExternalContext | None = None,
) -> list[bytes | None]:
    """A partition, with the work begun once for all of its items."""
    return each(begin(*arguments), items, aads, aad)


def _begun(rewrapping: Rewrapping) -> Rewrapping:
    return rewrapping


def _seal_block(block: np.ndarray[Any, Any], key: WrappedKey, namespace: str, *, block_info: Any = None) -> Any:
    import numpy as np

    file = io.BytesIO()
    np.save(file, block, allow_pickle=False)
    sealed = np.empty((1,) * block.ndim, dtype=object)
    sealed.flat[0] = sealing(key, namespace, None)(file.getbuffer(), _place(block_info))
    return sealed


def _open_block(sealed: np.ndarray[Any, Any], key: WrappedKey, namespace: str, dtype: Any, *, block_info: Any = None) -> Any:
    import numpy as np

    plain = opening(key, namespace, None)(sealed.item(), _place(block_info))
    block = np.load(io.BytesIO(plain), allow_pickle=False)
    expected = block_info[None]["chunk-shape"]
    if block.shape != tuple(expected) or block.dtype != dtype:
        raise ValueError(f"the block is {block.dtype}{list(block.shape)}, not {np.dtype(dtype)}{list(expected)}")
    return block


def _place(block_info: Any) -> dict[str, str]:
    return {"block": ",".join(map(str, block_info[0]["chunk-location"]))}


def _no_values(array: dask.array.Array, dtype: Any) -> Any:
    """What Dask would find out by a call of the work, which needs the key."""
    import numpy as np

    return np.empty((0,) * array.ndim, dtype=dtype)
