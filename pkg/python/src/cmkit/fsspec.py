"""Sealed files on any file system of fsspec: plain for who reads and writes them here, envelopes where they lie.

    frame = pd.read_parquet(
        "cmkit::abfs://orders/2026.parquet",
        storage_options={"keys": kek, "provider": vault, "abfs": {"account_name": "acme"}},
    )

A read fetches and opens only the chunks it needs. A file that is written appears once it is closed, if the file system below
can do that, and not at all after an error.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import fsspec
from fsspec.implementations.chained import ChainedFileSystem
from fsspec.implementations.local import LocalFileOpener
from fsspec.spec import AbstractBufferedFile

from . import _cmkit, _messages
from ._streams import OpenReader, SealWriter
from ._workers import WrappedKey, _Vault
from .errors import InputError

if TYPE_CHECKING:
    from ._messages import Suite
    from ._types import ExternalContext, OpenKey, Provider, SealKey

__all__ = ["SealedFileSystem", "WrappedKey"]

_FIRST = 4096
"""Bytes that are fetched for a head, which is seldom over 1 KiB."""
_MOST = 128 << 10
"""And where it is longer: more than any head has."""


class SealedFileSystem(ChainedFileSystem):  # type: ignore[misc, unused-ignore]
    """A file system whose files are sealed into those of another one.

    It pickles where its keys and its provider do, and the pickle holds nothing secret: keys are identifiers, an `AllowedKey`
    or a `WrappedKey`. A process asks the provider for each key once, and again after `max_age`.

    >>> import cmkit
    >>> from cmkit.fsspec import SealedFileSystem
    >>> sealed = SealedFileSystem(target_protocol="memory", keys=cmkit.ServiceKey.generate("default"))
    >>> sealed.pipe_file("/orders/1", b"invoice 4711")
    >>> sealed.cat_file("/orders/1", 8), sealed.size("/orders/1"), sealed.fs.size("/orders/1") > 12
    (b'4711', 12, True)

    Sizes are those of the plaintext, told by the length of the file and its head, which a listing fetches for each; only who
    opens a file knows that they are true. What is no envelope has the size `None`, and does not open. Names stay in clear.

    Files opened as text or with `compression` end up whole even if the `with` around them raises, since what wraps them
    closes them: write bytes where that matters.

    :param fs: the file system below; or `target_protocol` and `target_options`, from which it is made.
    :param keys: the keys to seal under, which may open as well: as for `cmkit.seal` and `cmkit.open`, or a `WrappedKey`.
    :param provider: answers for keys in a vault.
    :param namespace: what the files are, and must be; so `context` and `aad`.
    :param hosts: hosts (`NAME` or `NAME:PORT`) of vaults that are not Azure's.
    :param max_age: seconds that a process keeps an unwrapped key; 300. That is the revocation delay.
    """

    protocol = "cmkit"
    # Two keys may look the same to the cache of instances, which goes by their text.
    cachable = False

    def __init__(
        self,
        fs: Any = None,
        target_protocol: str | None = None,
        target_options: Mapping[str, Any] | None = None,
        fo: object = None,
        *,
        keys: WrappedKey | SealKey | OpenKey | Sequence[SealKey | OpenKey],
        provider: Provider | _Vault | None = None,
        namespace: str | None = None,
        context: Mapping[str, str] | None = None,
        aad: ExternalContext | None = None,
        suite: Suite = "16k",
        hosts: Sequence[str] = (),
        max_age: float | None = None,
        **storage_options: Any,
    ) -> None:
        super().__init__(**storage_options)
        if fs is None and target_protocol is None:
            raise ValueError("a file system below is missing: `fs` or `target_protocol`")
        self.fs = fsspec.filesystem(target_protocol, **(target_options or {})) if fs is None else fs
        self._keys, self._suite = keys, suite
        self._vault = provider if isinstance(provider, _Vault) else _Vault(provider, max_age)
        self._common: dict[str, Any] = {"namespace": namespace, "context": context, "aad": aad}
        self._hosts = tuple(hosts)

    def _asking(self) -> dict[str, Any]:
        """What to seal or open with, now."""
        if isinstance(self._keys, WrappedKey):
            return {**self._common, "keys": self._keys.open()}
        return {**self._common, "keys": self._keys, "provider": self._vault.cache(), "hosts": self._hosts}

    def _open(self, path: str, mode: str = "rb", block_size: Any = None, autocommit: bool = True, **kwargs: Any) -> Any:
        kwargs = {name: value for name, value in {**kwargs, "block_size": block_size}.items() if value is not None}
        if mode == "rb":
            return self._reader(path, kwargs)
        if mode not in ("wb", "xb"):
            raise ValueError(f"a sealed file is read or written whole: `mode` is rb, wb or xb, not `{mode}`")
        return _Writer(_Late(self.fs, path, mode, kwargs), autocommit, self._suite, self._asking())

    def _reader(self, path: str, kwargs: dict[str, Any]) -> _Reader:
        (head,) = self._heads([path])
        # The reader reads ahead as far as it pays; below, that would fetch what nobody wants.
        file = self.fs.open(path, "rb", **{"cache_type": "none", **kwargs})
        try:
            size = _messages.inspect(head).head_size
            file.seek(size)
            return _Reader(_Below(file, head[:size], self._asking()))
        except BaseException:
            file.close()
            raise

    def _heads(self, paths: list[str], reach: int = _FIRST) -> list[bytes]:
        """The begin of each file, with all of its head; at once, where the file system below can do that."""
        firsts = self.fs.cat_ranges(paths, 0, reach, on_error="return")
        for first in firsts:
            if isinstance(first, BaseException):
                raise first
        longer = [i for i, first in enumerate(firsts) if len(first) == reach < _MOST and _goes_on(first)]
        for i, first in zip(longer, self._heads([paths[i] for i in longer], _MOST) if longer else [], strict=True):
            firsts[i] = first
        return firsts  # type: ignore[no-any-return, unused-ignore]

    def _opened(self, infos: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """What the file system below says, with the sizes of the plaintext."""
        infos = [dict(info) for info in infos]
        files = [info for info in infos if info["type"] == "file"]
        full = [info for info in files if info["size"]]
        for info in files:
            info["sealed_size"], info["size"] = info["size"], None
        for info, head in zip(full, self._heads([info["name"] for info in full]) if full else [], strict=True):
            try:
                info["size"] = _cmkit.plaintext_size(head, info["sealed_size"])
            except InputError:
                continue
        return infos

    def info(self, path: str, **kwargs: Any) -> dict[str, Any]:
        return self._opened([self.fs.info(self._strip_protocol(path), **kwargs)])[0]

    def ls(self, path: str, detail: bool = True, **kwargs: Any) -> Any:
        found = self.fs.ls(self._strip_protocol(path), detail=detail, **kwargs)
        return self._opened(found) if detail else found

    def find(self, path: str, maxdepth: int | None = None, withdirs: bool = False, detail: bool = False, **kwargs: Any) -> Any:
        found = self.fs.find(self._strip_protocol(path), maxdepth, withdirs, detail=detail, **kwargs)
        return dict(zip(found, self._opened(list(found.values())), strict=True)) if detail else found

    def glob(self, path: str, maxdepth: int | None = None, **kwargs: Any) -> Any:
        found = self.fs.glob(self._strip_protocol(path), maxdepth, **kwargs)
        return dict(zip(found, self._opened(list(found.values())), strict=True)) if isinstance(found, dict) else found

    def exists(self, path: str, **kwargs: Any) -> bool:
        return bool(self.fs.exists(self._strip_protocol(path), **kwargs))

    def isfile(self, path: str) -> bool:
        return bool(self.fs.isfile(self._strip_protocol(path)))

    def isdir(self, path: str) -> bool:
        return bool(self.fs.isdir(self._strip_protocol(path)))

    def cp_file(self, path1: str, path2: str, **kwargs: Any) -> None:
        self.fs.cp_file(self._strip_protocol(path1), self._strip_protocol(path2), **kwargs)

    def rm_file(self, path: str) -> None:
        self.fs.rm_file(self._strip_protocol(path))

    def rm(self, path: Any, recursive: bool = False, maxdepth: int | None = None) -> None:
        self.fs.rm(self._strip_protocol(path), recursive=recursive, maxdepth=maxdepth)

    def mkdir(self, path: str, create_parents: bool = True, **kwargs: Any) -> None:
        self.fs.mkdir(self._strip_protocol(path), create_parents=create_parents, **kwargs)

    def makedirs(self, path: str, exist_ok: bool = False) -> None:
        self.fs.makedirs(self._strip_protocol(path), exist_ok=exist_ok)

    def rmdir(self, path: str) -> None:
        self.fs.rmdir(self._strip_protocol(path))

    def created(self, path: str) -> Any:
        return self.fs.created(self._strip_protocol(path))

    def modified(self, path: str) -> Any:
        return self.fs.modified(self._strip_protocol(path))

    def invalidate_cache(self, path: str | None = None) -> None:
        self.fs.invalidate_cache(path)

    # By the vault's name, which copies keep: the text of two keys may be the same.
    def __eq__(self, other: object) -> bool:
        return isinstance(other, SealedFileSystem) and self._vault.name == other._vault.name

    def __hash__(self) -> int:
        return hash(self._vault.name)

    def __dask_tokenize__(self) -> tuple[str, str]:
        return "cmkit.SealedFileSystem", self._vault.name

    def __reduce__(self) -> Any:
        return _again, (type(self), self.storage_args, {**self.storage_options, "provider": self._vault})


class _Below(OpenReader):
    """A reader that owns the file below."""

    def __init__(self, file: Any, head: bytes, asking: dict[str, Any]) -> None:
        self._file = file
        super().__init__(file, head=head, **asking)

    def close(self) -> None:
        if not self.closed:
            try:
                super().close()
            finally:
                self._file.close()


class _Reader(io.BufferedReader):
    """Reads as much as was asked for, as Arrow wants it."""

    raw: _Below

    @property
    def size(self) -> int | None:
        """Bytes of plaintext, proven."""
        return self.raw.size


class _Writer(SealWriter):
    """A writer that owns the file below, which appears once this is closed or, in a transaction, committed."""

    def __init__(self, file: _Late, autocommit: bool, suite: Suite, asking: dict[str, Any]) -> None:
        self._file, self._autocommit, self._discarded = file, autocommit, False
        try:
            super().__init__(file, suite=suite, **asking)
        except BaseException:
            self.discard()
            raise

    def close(self) -> None:
        if not self.closed:
            try:
                super().close()
                self._file.close()
            except BaseException:
                self.discard()
                raise
            if self._autocommit:
                self.commit()

    def abort(self) -> None:
        if not self.closed:
            super().abort()
            self.discard()

    def commit(self) -> None:
        """Let the file appear; by the transaction, which has it in its list even after an error."""
        if not self._discarded:
            self._file.commit()

    def discard(self) -> None:
        """Leave no file; by the transaction."""
        if not self._discarded:
            self._discarded = True
            if "_stream" in self.__dict__ and not self.closed:
                super().abort()
            self._file.discard()


class _Late:
    """A file to be written, opened at the first write: until a key was given, what was there stays as it was."""

    def __init__(self, fs: Any, path: str, mode: str, options: dict[str, Any]) -> None:
        self._fs, self._path, self._mode, self._options = fs, path, mode, options
        self._file: Any = None

    def write(self, data: bytes) -> object:
        if self._file is None:
            self._file = self._fs.open(self._path, self._mode, autocommit=False, **self._options)
        return self._file.write(data)

    def close(self) -> None:
        self._file.close()

    def commit(self) -> None:
        self._file.commit()

    def discard(self) -> None:
        file = self._file
        if isinstance(file, AbstractBufferedFile):
            # Closing it would upload what is left, which makes a file of it.
            file.closed = True
            file.discard()
        elif isinstance(file, LocalFileOpener):
            file.close()
            file.discard()
        elif file is not None:
            # Its file system shows what is half written.
            file.close()
            self._fs.rm_file(self._path)


def _goes_on(first: bytes) -> bool:
    try:
        _messages.inspect(first)
    except InputError as error:
        return error.code == "truncated"
    return False


def _again(cls: Any, args: tuple[Any, ...], options: dict[str, Any]) -> Any:
    return cls(*args, **options)
