"""A new deployment from a few choices."""

from __future__ import annotations

from .. import _cmkit
from .words import Target


def scaffold(
    name: str,
    *,
    region: str,
    to: Target,
    tier: str | None = None,
    shards: int | None = None,
    service_managed: bool = False,
    access_policy: bool = False,
    rotation: str | None = None,
    no_rotation: bool = False,
    expiry: str | None = None,
    hsm: bool = False,
    replica_region: str | None = None,
    vault: str | None = None,
    key: str | None = None,
    identity: str | None = None,
) -> str:
    """Write a deployment that passes the check: identity, vault, key, grant and cluster. It holds no secret.

    >>> import cmkit
    >>> bicep = cmkit.scaffold("orders", region="westus3", to="bicep")
    >>> "Microsoft.DocumentDB/mongoClusters" in bicep
    True

    :param name: the name of the cluster. Names that are left out follow from it.
    :param region: the region, as `westus3` or `West US 3`.
    :param to: the language.
    :param tier: the tier; `M40` if left out.
    :param shards: the number of shards: final for a cluster under a customer-managed key. 1 if left out.
    :param service_managed: the service manages the key. That is final too.
    :param access_policy: the identity is let at the key by an access policy instead of a role.
    :param rotation: after what time the key rotates, as an ISO 8601 duration; `P18M` if left out.
    :param no_rotation: the key rotates by hand only.
    :param expiry: how long a new version of the key lives, as an ISO 8601 duration; for ever if left out.
    :param hsm: the key never leaves a hardware security module; takes a premium vault.
    :param replica_region: the region of a replica.
    :param vault: the name of the vault, which nobody else in the world may have.
    :raises ConfigError: for names and choices that the services don't take.
    """
    choices = {
        "name": name,
        "region": region,
        "tier": tier,
        "shards": shards,
        "service_managed": service_managed,
        "access_policy": access_policy,
        "rotation": rotation,
        "no_rotation": no_rotation,
        "expiry": expiry,
        "hsm": hsm,
        "replica_region": replica_region,
        "vault": vault,
        "key": key,
        "identity": identity,
    }
    return _cmkit.scaffold(choices, to)
