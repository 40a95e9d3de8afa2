"""Rewrapping: new KEK entries for the DEK of an existing head. The body is never read."""

from __future__ import annotations

import hmac

import cbor
import derive
import head_writer
import header
from envelope import authenticate, require_form
from failure import Failure
from header import Head, Kek, Locator, parse_head
from holder import Holder
from keyring import Key
from seal import External, Random, require_versions, wrap_entry
from unwrap import Configuration, unwrap_dek


def rewrap(
    envelope: bytes,
    configuration: Configuration,
    holder: Holder,
    to: list[Key],
    keep: str,
    random: Random,
    now: int,
    external: External = None,
    pad_to: int | None = None,
    alone: bool = False,
) -> bytes:
    """The new head. `alone`: the input is a head without its body, as a key record always is."""
    record = len(envelope) > 6 and envelope[6] == header.KEY_RECORD
    head = parse_head(envelope, record, alone or record)
    if external is not None:
        aad = require_form(head.core, external)
    dek = unwrap_dek(head, configuration, holder)
    require_mac(head, dek)
    if external is not None or record:
        authenticate(head, dek, b"" if external is None else aad)
    require_versions(to)
    added = [wrap_entry(key, dek, random, now, holder) for key in to]
    entries = merge(head.keks if keep == "all" else [], added)
    preamble, block = head_writer.encode_preamble_and_header(head.suite, head.flags, head.core.raw, entries, pad_to)
    mac = derive.header_mac(dek, preamble, block, head.salt, head.commit)
    written = preamble + block + mac + head.salt + head.commit
    verify(written, head, dek, record)
    return written


def require_mac(head: Head, dek: bytes) -> None:
    mac = derive.header_mac(dek, head.preamble, head.header, head.salt, head.commit)
    if not hmac.compare_digest(mac, head.mac):
        raise Failure("decrypt")


def merge(kept: list[Kek], added: list[bytes]) -> list[bytes]:
    """Kept entries first, as they are; one that names the key of a new entry gives it its place."""
    waiting = {entry: header.parse_kek(cbor.Reader(entry), False) for entry in added}
    entries: list[bytes] = []
    for old in kept:
        same = next((entry for entry, new in waiting.items() if names_same_key(old, new)), None)
        if same is None:
            entries.append(old.raw)
        elif same not in entries:
            entries.append(same)
    return entries + [entry for entry in added if entry not in entries]


def names_same_key(old: Kek, new: Kek) -> bool:
    """Same thumbprint, or locators that differ in the version at most."""
    if old.thumbprint is not None and old.thumbprint == new.thumbprint:
        return True
    if old.locator is None or new.locator is None or old.locator.holder != new.locator.holder:
        return False
    return place(old.locator) == place(new.locator)


def place(locator: Locator) -> tuple[str, str, bytes]:
    """All of a locator but the version."""
    return locator.host, locator.name, locator.dek_id


def verify(written: bytes, old: Head, dek: bytes, record: bool) -> None:
    """The new head as the strict reader sees it, before it is handed out."""
    new = parse_head(written, record, alone=True)
    assert (new.core.raw, new.salt, new.commit) == (old.core.raw, old.salt, old.commit)
    require_mac(new, dek)
