"""The dates ahead of a deployment: expiries, rotations, ends of retentions and of accepted findings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .. import _cmkit
from .build import build
from .input import Documents, Settings, Time, documents_of, judgement_of
from .what_if import Evidence
from .words import DateKind, Level, RuleCode


@dataclass(frozen=True, slots=True)
class CalendarEntry:
    """One date."""

    at: str | None
    """When; nothing where the files don't say."""
    overdue: bool
    """Its time is past and nothing in the files shows that it happened."""
    kind: DateKind
    subject: str
    """What it is about; the name of a key is `vault/key`."""
    what: str
    """What happens."""
    clusters: tuple[str, ...]
    """The clusters under the key."""
    rules: tuple[RuleCode, ...]
    """The codes of the rules behind it, without those that the settings turn off."""
    level: Level | None
    """How bad these are at most, by the settings."""
    accepted: str | None
    """Why the findings of all of these will be accepted on that day, if they will."""
    file: str
    line: int
    pointer: str
    """JSON Pointer of the value that it is worked out from."""
    unknown: Evidence | None
    """What would settle it, where the files don't say."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """What lies ahead, in order; entries without a date come last."""

    schema: Literal[1]
    """The version of this shape."""
    from_: str
    """The first moment that was looked at."""
    until: str | None
    """The last one; nothing is no end."""
    entries: tuple[CalendarEntry, ...]


def calendar(
    *documents: Documents, at: Time | None = None, days: int | None = None, settings: Settings | None = None
) -> Calendar:
    """Tell the dates from `at` on, for so many `days`; without an end if these are left out.

    >>> import cmkit
    >>> form = {"cmkit": "form/1", "keyUrl": "https://kv-orders.vault.azure.net/keys/orders", "keyExpires": "2027-03-01"}
    >>> for entry in cmkit.calendar(form, at="2026-12-01").entries:
    ...     print(entry.at, entry.kind, entry.subject)
    2027-01-30T00:00:00Z near_expiry key `kv-orders/orders`
    2027-03-01T00:00:00Z expiry key `kv-orders/orders`

    :param documents: as `check` takes them.
    """
    return build(Calendar, _cmkit.calendar(documents_of(documents), days, judgement_of(at, settings)))
