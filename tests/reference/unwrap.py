"""From the KEK entries of a head to its DEK: which entries match the configuration, and who is asked.

Nothing of the head decides where a request goes: it goes to the configured host and key name, and
takes only the version from the entry.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import derive
import wrap
from failure import Failure
from header import A256KW, RECORD, SERVICE, VAULT, Head, Kek
from holder import Holder
from keyring import ServiceKey, VaultKey

MOST_CALLS = 3


@dataclass(frozen=True)
class AllowedKey:
    """A vault key that may be used, and what is known of it."""

    host: str
    name: str
    versions: list[str] | None = None
    refused: list[str] = field(default_factory=list)
    created_after: int | None = None
    public_keys: list[VaultKey] = field(default_factory=list)

    def url(self, version: str) -> str:
        return f"https://{self.host}/keys/{self.name}/{version}"

    def permits(self, version: str, holder: Holder) -> bool:
        if self.versions is not None and version not in self.versions or version in self.refused:
            return False
        return self.created_after is None or holder.created(self.url(version)) >= self.created_after


@dataclass(frozen=True)
class VerifiedRecord:
    """A key record that was opened."""

    dek: bytes
    dek_id: bytes
    deterministic: bool


@dataclass(frozen=True)
class Configuration:
    """All keys that an opener may use."""

    allow: list[AllowedKey] = field(default_factory=list)
    service: list[ServiceKey] = field(default_factory=list)
    records: list[VerifiedRecord] = field(default_factory=list)


@dataclass(frozen=True)
class Match:
    """An entry that matched: the key version to ask for, or the KEK itself where it is at hand."""

    kek: Kek
    url: str = ""
    local: bytes = b""


def unwrap_dek(head: Head, configuration: Configuration, holder: Holder) -> bytes:
    """The DEK, or a random one where an unwrap gave no 32 bytes."""
    matches = [match for kek in head.keks if (match := match_entry(kek, configuration, holder))]
    if not matches:
        raise Failure("no_key")
    first: Failure | None = None
    for match in matches:
        if match.local:
            return usable(wrap.unwrap_aes(match.local, match.kek.wrapped))
        if len(holder.unwraps) == MOST_CALLS:
            break
        try:
            return usable(holder.unwrap(match.url, match.kek.wrapped))
        except Failure as failure:
            first = first or failure
    assert first
    raise first


def usable(value: bytes | None) -> bytes:
    return value if value is not None and len(value) == 32 else os.urandom(32)


def match_entry(kek: Kek, configuration: Configuration, holder: Holder) -> Match | None:
    """How the configuration matches an entry, if it does."""
    locator = kek.locator
    if locator and locator.holder == SERVICE:
        for key in configuration.service:
            if (key.name, key.version) == (locator.name, locator.version):
                return Match(kek, local=key.secret)
        return None
    if locator and locator.holder == RECORD:
        for record in configuration.records:
            if record.dek_id == locator.dek_id:
                return Match(kek, local=derive.record_kek(record.dek))
        return None
    if kek.alg != A256KW:
        for allowed in configuration.allow:
            if match := match_thumbprint(kek, allowed, holder):
                return match
    for allowed in configuration.allow:
        if match := match_locator(kek, allowed, holder):
            return match
    return None


def match_thumbprint(kek: Kek, allowed: AllowedKey, holder: Holder) -> Match | None:
    """By a known public key, whatever the locator says."""
    for public in allowed.public_keys:
        if public.thumbprint == kek.thumbprint:
            version = kek.locator.version.hex() if kek.locator else public.version
            if len(kek.wrapped) == public.wrapped_length and allowed.permits(version, holder):
                return Match(kek, allowed.url(version))
    return None


def match_locator(kek: Kek, allowed: AllowedKey, holder: Holder) -> Match | None:
    """By host and name, unless the public key of that version is known and is another."""
    locator = kek.locator
    if not locator or (locator.holder, locator.host, locator.name) != (VAULT, allowed.host, allowed.name):
        return None
    version = locator.version.hex()
    if kek.alg != A256KW:
        for public in allowed.public_keys:
            if public.version == version and public.thumbprint != kek.thumbprint:
                return None
            if public.thumbprint == kek.thumbprint and public.wrapped_length != len(kek.wrapped):
                return None
    return Match(kek, allowed.url(version)) if allowed.permits(version, holder) else None
