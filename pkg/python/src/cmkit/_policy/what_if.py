"""What an event does to the data, and when: a key is deleted, a firewall closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .. import _cmkit
from .build import build
from .input import Documents, Time, documents_of, seconds
from .words import Basis, Event, FateKind, Outcome, RuleCode, SectionKind


@dataclass(frozen=True, slots=True)
class Evidence:
    """What would settle what the files don't say."""

    evidence: str
    command: str | None


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to know."""

    what: str
    basis: Basis


@dataclass(frozen=True, slots=True)
class Action:
    """One step of a way back."""

    what: str
    command: str | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a timeline. `T` is the event, `R` the moment at which access to the key is back."""

    when: str
    """`T+0`, `by T+60 min`, `T+90 d`, `by R+60 min`."""
    from_: str | None
    """Not before this time, where it is known."""
    until: str | None
    """Not after this time, where it is known."""
    what: str
    basis: Basis
    unknown: Evidence | None
    """What would settle it, where the files don't say."""


@dataclass(frozen=True, slots=True)
class Fate:
    """What becomes of the data.

    `safe`: it stays, and can be read once the cluster has its key. `recoverable_until`: it can be brought back until then,
    and is lost for good after. `purgeable`: it can be lost for good at any moment, since whoever may purge can end it early.
    `lost`: it is lost for good since `at`. `unknown`: the files don't say.
    """

    fate: FateKind
    until: str | None = None
    at: str | None = None
    evidence: str | None = None
    """What would settle it."""
    command: str | None = None
    """The command that fetches that, where there is one."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What lies ahead of one cluster."""

    cluster: str
    outcome: Outcome
    """What becomes of the cluster."""
    data: Fate
    """What becomes of the data."""
    already: tuple[RuleCode, ...]
    """The errors that the documents have already, before the event."""
    steps: tuple[Step, ...]
    """What happens, in order."""
    meanwhile: tuple[Remark, ...]
    """What holds in the meantime."""
    recovery: tuple[Action, ...]
    """How it comes back: in this order."""
    traps: tuple[Remark, ...]
    """What goes wrong on the way."""


@dataclass(frozen=True, slots=True)
class Bystander:
    """A cluster that the event leaves alone, or of which the files don't say."""

    cluster: str
    unknown: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Section:
    """One thing that the event happens to, and every cluster that uses it or doesn't."""

    kind: SectionKind
    name: str
    """Its name; that of a key is `vault/key`."""
    clusters: tuple[Outlook, ...]
    """The clusters that use it."""
    others: tuple[Bystander, ...]
    """The clusters that don't, or of which the files don't say."""


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What an event does to the clusters of a deployment."""

    schema: Literal[1]
    """The version of this shape."""
    event: Event
    at: str
    """When it happens."""
    sections: tuple[Section, ...]
    """One for each thing that it can happen to."""
    remarks: tuple[str, ...]
    rules: tuple[RuleCode, ...]
    """The rules that guard against it."""
    sources: tuple[str, ...]
    """The public pages that the answer rests on."""


def what_if(
    documents: Documents,
    event: Event,
    *,
    at: Time | None = None,
    key: str | None = None,
    version: str | None = None,
    vault: str | None = None,
    identity: str | None = None,
    cluster: str | None = None,
) -> WhatIf:
    """Tell what an event does to the clusters: what happens when, what becomes of the data, and how it comes back.

    >>> import cmkit
    >>> template = cmkit.scaffold("orders", region="westus3", to="arm")
    >>> outlook = cmkit.what_if(template, "key-deleted", at="2026-12-01").sections[0].clusters[0]
    >>> outlook.outcome, outlook.data.fate, outlook.data.until
    ('inaccessible', 'recoverable_until', '2027-03-01T00:00:00Z')

    :param documents: as `check` takes them.
    :param at: when it happens; now if left out.
    :param key: which of several keys is meant, with or without its vault: `kv-orders/orders-kek`. So for the others.
    :param version: the version of the key, for `version-disabled`; an older one than the newest if left out.
    :raises ConfigError: where nothing in the documents is what is named.
    """
    chosen = {"key": key, "version": version, "vault": vault, "identity": identity, "cluster": cluster}
    return build(WhatIf, _cmkit.what_if(documents_of([documents]), event, seconds(at), chosen))
