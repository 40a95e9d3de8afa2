"""Many objects at once: which key versions they need, and their rewrap after a rotation."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import Any, Literal, TypeAlias

from . import _cmkit
from ._messages import rewrapping
from ._policy.build import build
from ._types import Buffer, ErrorCode, ExternalContext, OpenKey, Provider, SealKey, SupportsRead

Paths: TypeAlias = str | PathLike[str] | Iterable[str | PathLike[str]]
"""A file, a folder with all that is in it, or several of them."""


@dataclass(frozen=True, slots=True)
class ObjectNames:
    """A count of objects with the names of some of them."""

    count: int
    names: tuple[str, ...]
    """The first in order; there may be more objects."""


@dataclass(frozen=True, slots=True)
class ObjectFault:
    """What is wrong with an object."""

    name: str
    code: ErrorCode
    message: str


@dataclass(frozen=True, slots=True)
class ObjectFaults:
    """A count of objects that something is wrong with."""

    count: int
    first: tuple[ObjectFault, ...]
    """The first by name; there may be more."""


@dataclass(frozen=True, slots=True)
class KeyUse:
    """A key version, or whatever else opens, and how many objects need it."""

    holder: Literal["program", "vault", "key-record", "unnamed"]
    key: str | None
    """Its identifier with the version; `NAME/VERSION` for a key that the program keeps."""
    dek_id: str | None
    """The id of the data key, for a key record."""
    thumbprint: str | None
    algorithm: str
    key_size: int
    """Bits of the key."""
    objects: int
    """Objects that it opens by an entry of their own."""
    only: int
    """Objects that nothing else opens, those under a key record that nothing else opens among them."""
    known: bool | None
    """For a key record: whether it is known which record that is."""
    wrapped_last: int | None
    """The newest time of wrapping that a head states, in seconds since 1970-01-01 UTC."""


@dataclass(frozen=True, slots=True)
class InventoryReport:
    """Which keys objects need."""

    objects: int
    messages: int
    key_records: int
    keys: tuple[KeyUse, ...]
    """Those that most objects need first."""
    unknown: ObjectNames
    """What is no object of cmkit."""
    damaged: ObjectFaults
    unreadable: ObjectFaults


@dataclass(frozen=True, slots=True)
class Disabling:
    """Whether key versions may be disabled, all of them together, and what speaks against it."""

    keys: tuple[str, ...]
    answer: Literal["yes", "no", "unknown"]
    lost: ObjectNames
    """Objects that nothing else opens."""
    unsure: ObjectNames
    """Objects of which it cannot be told: under a key record, or a key, that is not known."""
    still_open: int
    """Objects that one of these versions opens, and something else too."""
    unjudged: int
    """Heads that are damaged and files that cannot be read: nobody knows what they need."""


class Inventory:
    """Objects counted by the keys that open them. Heads alone are read, without any key; nothing is decrypted.

    :param names: names of objects that a report lists of each kind; 100.
    :param all_records: whether every key record that the objects stand under is among them. A record's head does not say
        its `dek_id`: without this, and without `link_record`, nobody can tell which record an object needs.
    """

    def __init__(self, *, names: int | None = None, all_records: bool = False) -> None:
        self._counted = _cmkit.Inventory(names=names, all_records=all_records)

    def add(self, name: str, head: Buffer) -> None:
        """Add an object by its first bytes, with all of its head; a key record is given whole."""
        self._counted.add(name, head)

    def add_files(self, paths: Paths, *, progress: Callable[[int], object] | None = None) -> None:
        """Add files, and all files in folders: envelopes, detached heads and key records, in bytes or in base64.

        A file that cannot be read is counted as that.

        :param progress: called now and then with the files read so far. What it raises ends the work.
        """
        self._counted.add_files(paths, progress)

    def add_json_lines(self, file: SupportsRead, *, progress: Callable[[int], object] | None = None) -> None:
        """Add heads that are kept elsewhere, from a binary file: a line is `{"id": "orders/4711", "head": "BASE64"}`.

        A key record may have its `dek_id` in the same line.

        :raises InputError: for a line that is something else, with its number. Then nothing is added.
        """
        self._counted.add_json_lines(file, progress)

    def link_record(self, record: Buffer, dek_id: str) -> None:
        """Say which data key a record holds, by its id in hexadecimal digits; it counts no object."""
        self._counted.link_record(record, dek_id)

    def report(self) -> InventoryReport:
        """Tell which keys the objects need."""
        return build(InventoryReport, self._counted.report())

    def may_disable(self, *keys: str, hosts: Sequence[str] = ()) -> Disabling:
        """Tell whether these key versions may be disabled, all of them together.

        Every other key is taken to be there: give the versions that are disabled already too.

        :param keys: `https://VAULT.vault.azure.net/keys/NAME/VERSION`.
        """
        return build(Disabling, self._counted.may_disable(keys, hosts))


def inventory(
    paths: Paths,
    *,
    names: int | None = None,
    all_records: bool = False,
    progress: Callable[[int], object] | None = None,
) -> Inventory:
    """Take the inventory of files and folders: which key versions do they need?

    >>> import cmkit, pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> key = cmkit.ServiceKey.generate("default")
    >>> written = (folder / "a.cmk").write_bytes(cmkit.seal(b"a", keys=key))
    >>> taken = cmkit.inventory(folder)
    >>> [(use.holder, use.only) for use in taken.report().keys]
    [('program', 1)]
    >>> old = "https://orders.vault.azure.net/keys/orders-kek/0123456789abcdef0123456789abcdef"
    >>> taken.may_disable(old).answer
    'yes'

    As `Inventory` and `Inventory.add_files`.
    """
    taken = Inventory(names=names, all_records=all_records)
    taken.add_files(paths, progress=progress)
    return taken


@dataclass(frozen=True, slots=True)
class RewrapCalls:
    """Calls of one kind."""

    operation: Literal["unwrap", "wrap"]
    key: str
    """The key version."""
    key_type: str
    """Its type and size, for example `RSA 2048`."""
    count: int
    """How often: once for objects that share a data key."""
    quota: int | None
    """What the vault grants for this type of key in 10 seconds, where that is known."""
    rate: float | None
    """What a run asks in a second."""


@dataclass(frozen=True, slots=True)
class RewrapPlan:
    """What a rewrap would do."""

    to: tuple[str, ...]
    """The keys to wrap under, in the versions they have now."""
    due: int
    """Messages and key records to rewrap."""
    due_records: int
    """Key records among them: each is the rewrap of all that stands under it."""
    at_target: int
    """Objects that have the keys they are to have."""
    under_records: int
    """Objects under a key record: rewrapping that is all they need."""
    unknown: int
    """Files that are no object of cmkit."""
    failing: ObjectFaults
    """Objects that cannot be rewrapped."""
    calls: tuple[RewrapCalls, ...]
    seconds: float | None
    """How long the calls take at the rate; `None` where neither a rate is given nor a quota known."""


@dataclass(frozen=True, slots=True)
class RewrapReport:
    """What a rewrap did."""

    to: tuple[str, ...]
    """The keys wrapped under, in their versions."""
    done: int
    done_earlier: int
    """Objects that earlier runs with this journal rewrapped."""
    at_target: int
    """Objects that had the keys they are to have."""
    under_records: int
    """Objects under a key record, whose rewrap is theirs."""
    unknown: int
    """Files that are no object of cmkit."""
    failed: ObjectFaults
    """Objects that could not be rewrapped, and stay as they were."""
    unwraps: int
    wraps: int
    retries: int
    """Calls that were made again, since the vault could not answer."""
    opened: bool | None
    """Whether a new head was opened with each new key; `False` where this caller may not, `None` where there was none."""
    stopped: str | None
    """Why the run ended before its end, if it did: begin it again when that is mended."""
    seconds: float


def plan_rewrap(
    paths: Paths,
    *,
    keys: OpenKey | Sequence[OpenKey],
    to: SealKey | Sequence[SealKey],
    provider: Provider | None = None,
    aad: ExternalContext | None = None,
    keep: bool = False,
    in_place: bool = False,
    pad_to: int | None = None,
    hosts: Sequence[str] = (),
    max_keys: int | None = None,
    max_header: int | None = None,
    rate: float | None = None,
    software: bool = False,
    names: int | None = None,
    progress: Callable[[int], object] | None = None,
) -> RewrapPlan:
    """Tell what `rewrap_files` would do: how many objects, which calls, and how long. Nothing is changed."""
    rewrap = rewrapping(keys, to, provider, aad, keep, in_place, False, pad_to, hosts, max_keys, max_header)
    return build(RewrapPlan, _cmkit.plan_rewrap(paths, progress, rewrap | _fleet(rate, software, None, None, False, names)))


def rewrap_files(
    paths: Paths,
    *,
    keys: OpenKey | Sequence[OpenKey],
    to: SealKey | Sequence[SealKey],
    provider: Provider | None = None,
    aad: ExternalContext | None = None,
    keep: bool = False,
    in_place: bool = False,
    pad_to: int | None = None,
    hosts: Sequence[str] = (),
    max_keys: int | None = None,
    max_header: int | None = None,
    rate: float | None = None,
    software: bool = False,
    at_once: int | None = None,
    journal: str | PathLike[str] | None = None,
    open_each: bool = False,
    names: int | None = None,
    progress: Callable[[int, int, int], object] | None = None,
) -> RewrapReport:
    """Rewrap files, and all files in folders.

    What has the right keys is passed over, so that a run that was interrupted is simply begun again. A file stays as it was
    or has its new head, nothing in between. Each new head is verified before, and the first one is opened with the new key.
    What is wrong with one object is in the report.

    >>> import cmkit, pathlib, tempfile
    >>> folder = pathlib.Path(tempfile.mkdtemp())
    >>> old, new = cmkit.ServiceKey.generate("old"), cmkit.ServiceKey.generate("new")
    >>> written = (folder / "a.cmk").write_bytes(cmkit.seal(b"a", keys=old))
    >>> cmkit.rewrap_files(folder, keys=old, to=new).done
    1
    >>> cmkit.open((folder / "a.cmk").read_bytes(), keys=new)
    b'a'

    :param keys: and what is not described here: as for `rewrap`. A key in `to` without a version means the newest, once for
        the whole run.
    :param rate: calls to each vault in a second, at most; without it half of what Key Vault grants for the type of the key.
    :param software: whether the keys are protected by software, whose quota is twice that of an HSM.
    :param at_once: objects in work at a time; 16.
    :param journal: a file to keep account in: a run that begins again wraps under the same version of the key.
    :param open_each: whether every new head is opened with the new key, at a call for each.
    :param names: names of objects in the report, at most; 100.
    :param progress: called after each object with those rewrapped, passed over and failed so far. What it raises ends the
        run and reaches the caller; what is in work is finished.
    """
    rewrap = rewrapping(keys, to, provider, aad, keep, in_place, False, pad_to, hosts, max_keys, max_header)
    fleet = _fleet(rate, software, at_once, journal, open_each, names)
    return build(RewrapReport, _cmkit.rewrap_files(paths, progress, rewrap | fleet))


def _fleet(
    rate: float | None,
    software: bool,
    at_once: int | None,
    journal: str | PathLike[str] | None,
    open_each: bool,
    names: int | None,
) -> dict[str, Any]:
    return {
        "rate": rate,
        "software": software,
        "at_once": at_once,
        "journal": journal,
        "open_each": open_each,
        "names": names,
    }
