"""What a head says of itself. Nothing of it is authenticated."""

from __future__ import annotations

from typing import Any

from header import KEY_RECORD, SERVICE, VAULT, Kek, parse_head


def inspect(data: bytes) -> dict[str, Any]:
    """What a head says of itself, unauthenticated."""
    record = len(data) > 6 and data[6] == KEY_RECORD
    head = parse_head(data, record, alone=True)
    return {
        "suite": head.suite,
        "key_record": record,
        "header_length": len(head.header),
        "head_length": head.length,
        "core": head.core.raw.hex(),
        "context": head.core.context,
        "external_names": head.core.names,
        "namespace": head.core.namespace,
        "content_type": head.core.content_type,
        "deterministic": head.core.deterministic,
        "keks": [inspect_kek(kek) for kek in head.keks],
    }


def inspect_kek(kek: Kek) -> dict[str, Any]:
    shown: dict[str, Any] = {"alg": kek.alg, "thumbprint": kek.thumbprint.hex() if kek.thumbprint else None}
    locator = kek.locator
    if locator is None:
        shown["locator"] = None
    elif locator.holder == VAULT:
        shown["locator"] = {"holder": 1, "host": locator.host, "name": locator.name, "version": locator.version.hex()}
    elif locator.holder == SERVICE:
        shown["locator"] = {"holder": 0, "name": locator.name, "version": locator.version.hex()}
    else:
        shown["locator"] = {"holder": 2, "dek_id": locator.dek_id.hex()}
    shown["wrapped_length"] = len(kek.wrapped)
    shown["time"] = kek.time
    return shown
