"""File objects: what is written is sealed on its way, what is read is opened on its way."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING

from . import _cmkit
from ._messages import Inspection, Suite, inspection, opening, sealing
from ._types import Buffer, ExternalContext, OpenKey, Provider, SealKey, SupportsRead, SupportsWrite, WritableBuffer


class SealWriter(io.RawIOBase):
    """A binary file to write to, which seals into another one.

    `close` finishes the envelope. Where the body of a `with` raises, it is not finished: what was written stays truncated,
    and every reader refuses it. The other file stays open, and is the caller's to close or to throw away.

    >>> import cmkit, io
    >>> key, file = cmkit.ServiceKey.generate("default"), io.BytesIO()
    >>> with cmkit.SealWriter(file, keys=key) as writer:
    ...     writer.write(b"invoice 4711")
    12
    >>> cmkit.open(file.getvalue(), keys=key)
    b'invoice 4711'

    About a megabyte is gathered and sealed at a time, on all cores: there is no need of a buffer in front. Whoever puts one
    there (`io.BufferedWriter`, `io.TextIOWrapper`) closes this by closing that, even after an exception; `abort` first.

    :param file: any object with `write`, which may take less than it is given. What it raises reaches the caller.
    :param write_head: `False` keeps the head apart: only the body is written, and `head` is the head.
    :param keys: and what else is not described here: as for `seal`. A `DataKeyCache` as provider gives each writer a data
        key of its own, since the size is not known.
    """

    def __init__(
        self,
        file: SupportsWrite,
        *,
        keys: SealKey | Sequence[SealKey],
        provider: Provider | None = None,
        context: Mapping[str, str] | None = None,
        aad: ExternalContext | None = None,
        namespace: str | None = None,
        content_type: str | None = None,
        suite: Suite = "16k",
        pad_to: int | None = None,
        hosts: Sequence[str] = (),
        max_keys: int | None = None,
        max_header: int | None = None,
        max_message: int | None = None,
        write_head: bool = True,
    ) -> None:
        self._stream = _cmkit.SealStream(
            file,
            write_head,
            sealing(
                keys, provider, context, aad, namespace, content_type, suite, pad_to, hosts, max_keys, max_header, max_message
            ),
        )

    @property
    def head(self) -> bytes:
        """The head of the envelope."""
        return self._stream.head

    def writable(self) -> bool:
        return True

    def write(self, data: Buffer, /) -> int:
        """Take all of the data, and return how many bytes that is."""
        return self._stream.write(data)

    def tell(self) -> int:
        """Bytes of plaintext so far."""
        return self._stream.tell()

    def close(self) -> None:
        """Write the end, which makes the envelope whole."""
        if not self.closed:
            try:
                self._stream.finish()
            finally:
                super().close()

    def abort(self) -> None:
        """Close without the end: the envelope stays truncated."""
        if not self.closed:
            self._stream.abort()
            super().close()

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def __del__(self) -> None:
        # The base class would close, and make an envelope of what nobody said was all.
        if "_stream" in self.__dict__ and not self.closed:
            self.abort()
            import warnings

            warnings.warn("a SealWriter was not closed: its envelope is truncated", ResourceWarning, stacklevel=2)


class OpenReader(io.RawIOBase):
    """A binary file to read from, which opens an envelope in another one.

    Every byte that is read is authentic. Where the other file is seekable, so is this: its end is checked first, and a read
    opens only the chunks it needs. Otherwise it is read from front to end, and an envelope that was cut raises at its end.

    >>> import cmkit, io
    >>> key = cmkit.ServiceKey.generate("default")
    >>> sealed = io.BytesIO(cmkit.seal(b"name,amount\\nada,4711\\n", keys=key))
    >>> with io.TextIOWrapper(cmkit.OpenReader(sealed, keys=key)) as lines:
    ...     list(lines)
    ['name,amount\\n', 'ada,4711\\n']

    :param file: any object with `read`, at the begin of the envelope, which goes to the end of the file. What it raises
        reaches the caller, and it is the caller's to close.
    :param head: the head, where it was kept apart; `file` has the body then.
    :param keys: and what else is not described here: as for `open`.
    """

    def __init__(
        self,
        file: SupportsRead,
        *,
        keys: OpenKey | Sequence[OpenKey],
        provider: Provider | None = None,
        aad: ExternalContext | None = None,
        namespace: str | None = None,
        context: Mapping[str, str] | None = None,
        head: Buffer | None = None,
        hosts: Sequence[str] = (),
        max_header: int | None = None,
    ) -> None:
        self._stream = _cmkit.OpenStream(file, opening(keys, provider, aad, namespace, context, head, hosts, max_header))

    @property
    def size(self) -> int | None:
        """Bytes of plaintext; nothing where the file is not seekable."""
        return self._stream.size()

    @property
    def inspection(self) -> Inspection:
        """What the head says, authenticated."""
        return inspection(self._stream.inspect())

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return self.size is not None

    def readinto(self, buffer: WritableBuffer, /) -> int:
        """Read into a buffer, and return how many bytes that is: none only at the end."""
        return self._stream.readinto(buffer)

    if TYPE_CHECKING:  # as the base class has it, which for other files may have nothing to give

        def read(self, size: int = -1, /) -> bytes: ...

    def readall(self) -> bytes:
        """Read all that is left."""
        parts = []
        while part := self.read(1 << 20):
            parts.append(part)
        return b"".join(parts)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Go to a byte of the plaintext, which may lie behind its end."""
        size = self.size
        if size is None:
            raise io.UnsupportedOperation("the file below is not seekable")
        begin = {os.SEEK_SET: 0, os.SEEK_CUR: self.tell(), os.SEEK_END: size}.get(whence)
        if begin is None:
            raise ValueError(f"`whence` is 0, 1 or 2, not {whence}")
        place = begin + offset
        if place < 0:
            raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
        return self._stream.seek(place)

    def tell(self) -> int:
        """The place of the next byte."""
        return self._stream.tell()

    def close(self) -> None:
        if not self.closed and "_stream" in self.__dict__:
            self._stream.close()
        super().close()
