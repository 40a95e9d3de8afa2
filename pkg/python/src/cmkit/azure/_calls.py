"""What Key Vault is asked and what is made of its answers, whether they are awaited or not.

Wrapping and unwrapping go through `KeyClient.send_request`, the SDK's own way to any route, and not through its
`CryptographyClient`. That one gets the key first, which takes a permission more and a call; it does not tell which key
answered; and it computes by itself where it can: for a symmetric key, whose bytes nobody can get, with random ones.
"""

from __future__ import annotations

import base64
import binascii
import inspect
import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

from azure.core.exceptions import HttpResponseError, IncompleteReadError, ServiceRequestError, ServiceResponseError
from azure.core.rest import HttpRequest

from .. import _cmkit
from .._cmkit import KeyState, Refusal, Resolve, Unwrap, Wrap
from ..errors import ConfigError

if TYPE_CHECKING:
    from azure.keyvault.keys import KeyVaultKey

    from .._types import KeyRequest

CLIENTS = 64
"""Clients that are kept at a time, each for a host."""
REPEATABLE: Mapping[str, Any] = {"retry_on_methods": frozenset({"GET", "POST"})}
"""Wrapping and unwrapping change nothing, so the SDK may do both again, as it does with what is no POST."""

_TIMES = {"connection_timeout": 10, "read_timeout": 30}
"""Seconds. Those of the SDK are 300, and a vault answers within one."""
_OWN = ("permit_redirects", "verify_challenge_resource")


class Address(NamedTuple):
    """Where a key is."""

    host: str
    name: str
    version: str | None
    official: bool
    """Whether the host is one of Azure's."""

    @property
    def vault(self) -> str:
        return f"https://{self.host}"


class Settings:
    """How vaults are called."""

    def __init__(
        self,
        hosts: Sequence[str],
        api_version: str | None,
        connection_verify: str | os.PathLike[str] | bool,
        options: Mapping[str, Any],
    ) -> None:
        if isinstance(hosts, str):
            raise ConfigError("`hosts` is a list of texts", "invalid_argument")
        if connection_verify is not True and not isinstance(connection_verify, (str, os.PathLike)):
            mend = "a vault whose certificate nobody checks could be anyone"
            raise ConfigError(f"`connection_verify` is a file with certificates to trust: {mend}", "invalid_argument")
        for name in _OWN:
            if name in options:
                raise ConfigError(
                    f"`{name}` is not an option: `hosts` names the vaults that are not Azure's", "invalid_argument"
                )
        self._hosts = tuple(hosts)
        self._options = {**_TIMES, **options, "permit_redirects": False}
        if api_version is not None:
            self._options["api_version"] = api_version
        if connection_verify is not True:
            self._options["connection_verify"] = os.fspath(connection_verify)

    def address(self, request: KeyRequest) -> Address:
        """Where a request's key is: in one of Azure's vaults, or on one of the hosts that were named."""
        return Address(*_cmkit.vault_address(request, self._hosts))

    def client_options(self, address: Address) -> dict[str, Any]:
        return {**self._options, "verify_challenge_resource": address.official}


class CredentialFailed(Exception):
    """What a credential raised, so that it isn't taken for an answer of the vault."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error)
        self.error = error


def credential_of(credential: Any) -> Any:
    """A credential whose errors are told from those of the vault."""
    return _Credential(credential)


class _Credential:
    def __init__(self, credential: Any) -> None:
        self._credential = credential

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._credential, name)
        if name not in ("get_token", "get_token_info"):
            return value

        @wraps(value)
        def call(*arguments: Any, **options: Any) -> Any:
            try:
                token = value(*arguments, **options)
            except Exception as error:
                raise CredentialFailed(error) from None
            return _awaited(token) if inspect.isawaitable(token) else token

        return call


async def _awaited(token: Any) -> Any:
    try:
        return await token
    except Exception as error:
        raise CredentialFailed(error) from None


def same(request: KeyRequest) -> object:
    """What names all requests that have one answer at a time; nothing where each has its own."""
    match request:
        case Resolve(key=key):
            return key
        case Unwrap(key=key, algorithm=algorithm, wrapped=wrapped):
            return key, algorithm, wrapped
        case _:
            return None


def operation(address: Address, request: Wrap | Unwrap) -> HttpRequest:
    """The call that wraps or unwraps, with exactly the version that the request names."""
    if address.version is None:
        raise ConfigError(f"`{request.key}` names no version to wrap or unwrap with", "invalid_argument")
    route, value = ("unwrapkey", request.wrapped) if isinstance(request, Unwrap) else ("wrapkey", request.dek)
    body = {"alg": request.algorithm, "value": base64.urlsafe_b64encode(value).rstrip(b"=").decode()}
    return HttpRequest("POST", f"{address.vault}/keys/{address.name}/{address.version}/{route}", json=body)


def result(request: Wrap | Unwrap, response: Any) -> bytes:
    """The bytes of an answer, which must be of the very version that was asked."""
    try:
        answer = response.json()
        kid, value = str(answer["kid"]), str(answer["value"])
        found = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True)
    except (ValueError, TypeError, KeyError, binascii.Error):
        raise ConfigError(f"the vault's answer about `{request.key}` is not that of Key Vault", "invalid_reply") from None
    _cmkit.vault_answered(request, kid)
    return found


def key_state(request: Resolve, key: KeyVaultKey) -> KeyState | Refusal:
    """A key as the vault describes it, or that nothing can be wrapped with one of its type."""
    material, properties = key.key, key.properties
    modulus, exponent = None, None
    match str(getattr(key.key_type, "value", key.key_type)):
        case "RSA" | "RSA-HSM":
            modulus, exponent = material.n, material.e  # type: ignore[attr-defined]
        case "oct" | "oct-HSM":
            pass
        case kind:
            return _cmkit.vault_wraps_nothing(request, kind)
    operations = key.key_operations
    return KeyState(
        key.id,
        modulus=modulus,
        exponent=exponent,
        enabled=properties.enabled is not False,
        not_before=_seconds(properties.not_before),
        expires=_seconds(properties.expires_on),
        created=_seconds(properties.created_on),
        may_wrap=operations is None or "wrapKey" in operations,
    )


def _seconds(time: datetime | None) -> int | None:
    return None if time is None else int(time.timestamp())


def refusal(request: KeyRequest, error: Exception) -> Refusal | None:
    """What an error means for the operation, or nothing where it is not the vault's."""
    if isinstance(error, (ServiceRequestError, ServiceResponseError, IncompleteReadError)):
        return _cmkit.vault_unreachable(request, str(error))
    if not isinstance(error, HttpResponseError) or error.response is None or error.status_code is None:
        return None
    response: Any = error.response
    code, inner_code, message = _said(response)
    delay = response.headers.get("Retry-After")
    return _cmkit.vault_refusal(request, error.status_code, code, inner_code, message, delay)


def _said(response: Any) -> tuple[str | None, str | None, str]:
    """The code, the innermost code and the message of an answer that is an error."""
    try:
        error = json.loads(response.text())["error"]
        code, message = error.get("code"), error.get("message")
        inner_code = None
        while isinstance(error := error.get("innererror", error.get("innerError")), dict):
            inner_code = error.get("code", inner_code)
    except (ValueError, TypeError, KeyError, AttributeError):
        return None, None, ""
    texts = [text if isinstance(text, str) else None for text in (code, inner_code, message)]
    return texts[0], texts[1], texts[2] or ""
