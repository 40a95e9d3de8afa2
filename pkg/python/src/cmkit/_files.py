"""Files of any size: seal one into another, open one into another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from os import PathLike

from . import _cmkit
from ._messages import Suite, opening, sealing
from ._types import Buffer, ExternalContext, OpenKey, Provider, SealKey


def seal_file(
    source: str | PathLike[str],
    target: str | PathLike[str],
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
    progress: Callable[[int, int | None], object] | None = None,
) -> int:
    """Seal a file into another one, on all cores in a few megabytes of memory, and return the bytes of plaintext.

    The target appears once it is whole, with the permissions of what was there. On an error, an interrupt, even a kill,
    what was there stays; so it may be the source itself. A device or a pipe is written as it is.

    :param keys: and what is not described here: as for `seal`.
    :param progress: called about every megabyte with the bytes done and the bytes in all (`None` where the source is no
        plain file). What it raises ends the work and reaches the caller.
    :raises OSError: where a file cannot be read or written: `FileNotFoundError` and so on, with `filename`.
    """
    return _cmkit.seal_file(
        source,
        target,
        progress,
        sealing(keys, provider, context, aad, namespace, content_type, suite, pad_to, hosts, max_keys, max_header, max_message),
    )


def open_file(
    source: str | PathLike[str],
    target: str | PathLike[str],
    *,
    keys: OpenKey | Sequence[OpenKey],
    provider: Provider | None = None,
    aad: ExternalContext | None = None,
    namespace: str | None = None,
    context: Mapping[str, str] | None = None,
    head: Buffer | None = None,
    hosts: Sequence[str] = (),
    max_header: int | None = None,
    progress: Callable[[int, int | None], object] | None = None,
) -> int:
    """Open an envelope in a file into another file, and return the bytes of plaintext.

    As `open` and `seal_file`: there is no target unless all of the envelope is authentic.
    """
    return _cmkit.open_file(source, target, progress, opening(keys, provider, aad, namespace, context, head, hosts, max_header))
