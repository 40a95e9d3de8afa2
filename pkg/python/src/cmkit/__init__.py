"""Encrypt data under customer-managed keys (CMK) in Azure Key Vault, the way Azure's own services do.

A CMK wraps a data key, which encrypts data with AES-256-GCM. Callers name keys without a version: sealing uses the newest
version and records it, opening uses the recorded one, rotation rewrites a few hundred bytes and never the data, and
revoking the key makes the data unreadable.

>>> import cmkit
>>> key = cmkit.ServiceKey.generate("default")  # a customer-managed key: "https://VAULT.vault.azure.net/keys/NAME"
>>> sealed = cmkit.seal(b"invoice 4711", keys=key, namespace="acme.invoice/v2")
>>> cmkit.open(sealed, keys=key, namespace="acme.invoice/v2")
b'invoice 4711'
"""

from ._cmkit import (
    AllowedKey,
    DataKey,
    DataKeyCache,
    KeyState,
    Refusal,
    Resolve,
    ServiceKey,
    Unwrap,
    Wrap,
    error_codes,
    find_data_key,
)
from ._files import open_file, seal_file
from ._messages import (
    Inspection,
    KeyEntry,
    inspect,
    open,
    open_into,
    open_range,
    rewrap,
    seal,
    seal_detached,
    seal_into,
    sealed_size,
)
from ._streams import OpenReader, SealWriter
from ._types import KeyReply, KeyRequest, OpenKey, Provider, SealKey
from .errors import CmkitError, ConfigError, DecryptError, InputError, KeyUnavailable

__all__ = [
    "AllowedKey",
    "CmkitError",
    "ConfigError",
    "DataKey",
    "DataKeyCache",
    "DecryptError",
    "InputError",
    "Inspection",
    "KeyEntry",
    "KeyReply",
    "KeyRequest",
    "KeyState",
    "KeyUnavailable",
    "OpenKey",
    "OpenReader",
    "Provider",
    "Refusal",
    "Resolve",
    "SealKey",
    "SealWriter",
    "ServiceKey",
    "Unwrap",
    "Wrap",
    "error_codes",
    "find_data_key",
    "inspect",
    "open",
    "open_file",
    "open_into",
    "open_range",
    "rewrap",
    "seal",
    "seal_detached",
    "seal_file",
    "seal_into",
    "sealed_size",
]
