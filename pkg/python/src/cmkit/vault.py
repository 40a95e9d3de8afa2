"""A local key vault that behaves like Azure Key Vault where it matters: versions and their states, rotation, soft delete,
grants, the network in front, throttling. In memory, or in a folder with its private keys sealed: the folder of
`cmkit vault`.

It is for tests, demonstrations and work without a network. It is not an HSM and not a service: whoever holds the folder and
what unlocks it holds the keys.

>>> import cmkit
>>> from cmkit.vault import LocalVault
>>> vault = LocalVault.in_memory("orders.vault.azure.net")
>>> key = vault.create_key("orders-kek", kind="rsa-2048")
>>> key
'https://orders.vault.azure.net/keys/orders-kek'
>>> sealed = cmkit.seal(b"invoice 4711", keys=key, provider=vault)
>>> version = vault.rotate(key)
>>> cmkit.open(sealed, keys=key, provider=vault)  # by the version that sealed it
b'invoice 4711'
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from ._cmkit import LocalVault, VaultServer

__all__ = [
    "DeletedKey",
    "Identity",
    "KeyInfo",
    "KeyKind",
    "LocalVault",
    "LogEntry",
    "RotationPolicy",
    "VaultInfo",
    "VaultServer",
    "VersionInfo",
]

KeyKind = Literal["rsa-2048", "rsa-3072", "rsa-4096", "oct-256", "ec-p256", "ec-p384", "ec-p521"]


class VersionInfo(NamedTuple):
    """A version of a key. Times are seconds since 1970-01-01 UTC."""

    key: str
    """The identifier, with the version."""
    kind: KeyKind
    modulus: bytes | None
    """The modulus of an RSA key, in big-endian bytes. The exponent is 65537."""
    enabled: bool
    not_before: int | None
    """It may wrap from this time on."""
    expires: int | None
    """It may wrap up to this time."""
    created: int
    updated: int
    """When its attributes were last changed."""
    operations: tuple[str, ...]
    """What it may be used for: `wrapKey`, `unwrapKey`, .."""


class RotationPolicy(NamedTuple):
    """When a key rotates by itself: periods as ISO 8601 durations, `P90D`, `P18M`, `P2Y`."""

    rotate_after: str | None
    """This long after the newest version was made."""
    rotate_before_expiry: str | None
    """This long before the newest version expires."""
    expires_after: str | None
    """How long after its making a version expires."""


class KeyInfo(NamedTuple):
    """A key of the vault."""

    key: str
    """The identifier, without a version."""
    versions: tuple[VersionInfo, ...]
    """The versions, oldest first; never empty."""
    rotation_policy: RotationPolicy | None


class DeletedKey(NamedTuple):
    """A deleted key that can be recovered. Times are seconds since 1970-01-01 UTC."""

    key: str
    """The identifier, without a version."""
    deleted: int
    scheduled_purge: int
    """Until when it can be recovered."""


class LogEntry(NamedTuple):
    """One question that a vault was asked."""

    time: int
    """When, in seconds since 1970-01-01 UTC."""
    identity: str | None
    """Who asked; nothing for the owner."""
    asked: str
    """The permission that it takes: `get`, `wrapKey`, `unwrapKey`, .."""
    key: str | None
    """The key, with the version where one was found or named; nothing where the vault itself was asked."""
    refused: str | None
    """Why it was refused: `ForbiddenByRbac`, `KeyDisabled`, ..; nothing where it was allowed."""


class Identity(NamedTuple):
    """An identity with its grants."""

    roles: tuple[tuple[str, str | None], ...]
    """The roles by their names, each with the key that it is on; nothing for the whole vault."""
    permissions: tuple[str, ...]
    """Permissions of its access policy: `get`, `wrapKey`, .."""
    trusted_service: bool
    """Whether it calls as an Azure service that the vault trusts."""


class VaultInfo(NamedTuple):
    """The settings of a vault and the identities that it knows."""

    host: str
    permission_model: Literal["rbac", "policy"]
    soft_delete_days: int
    """Days that a deleted key can be recovered."""
    purge_protection: bool
    """Whether nobody can purge a deleted key before those days are over."""
    network: Literal["public", "selected", "disabled"]
    trusted_services: bool
    """Whether trusted services bypass a network that is not public."""
    identities: Mapping[str, Identity]
