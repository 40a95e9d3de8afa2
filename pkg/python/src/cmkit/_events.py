"""Notifications of Azure Event Grid about keys in Key Vault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from . import _cmkit
from ._policy.build import build


@dataclass(frozen=True, slots=True)
class KeyEvent:
    """What happened to a key, and what follows."""

    id: str
    """The event's own id: the same where an event is delivered again."""
    kind: Literal["new-version", "near-expiry", "expired"]
    key: str
    """The key, with the version that it happened to."""
    time: str
    not_before: str | None
    """From when the version may wrap."""
    expires: str | None
    """Until when it may."""
    flush: bool
    """Whether to forget the data keys of this key that are cached: `cache.flush(KEY)`."""
    rotate: bool
    """Whether the key needs a new version first."""
    rewrap_to: str | None
    """The key to rewrap to, without a version: what older versions wrapped is due."""


@dataclass(frozen=True, slots=True)
class KeyNotice:
    """What a notification says."""

    events: tuple[KeyEvent, ...]
    validation_code: str | None
    """Event Grid asks whether this endpoint wants events; answer `{"validationResponse": CODE}` with this code."""
    others: int
    """Events about something else: secrets, certificates, access policies."""


def read_key_events(body: str, *, hosts: Sequence[str] = ()) -> KeyNotice:
    """Read a notification: Event Grid's own schema or CloudEvents 1.0, one event or a batch.

    A notification is a hint and no order: whoever can reach the endpoint can send one.

    >>> import cmkit
    >>> cmkit.read_key_events('[]')
    KeyNotice(events=(), validation_code=None, others=0)

    :param hosts: hosts (`NAME` or `NAME:PORT`) of vaults that are not Azure's, for tests.
    :raises InputError: for what is no notification, or contradicts itself.
    """
    return build(KeyNotice, _cmkit.read_key_events(body, hosts))
