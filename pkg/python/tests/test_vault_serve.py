"""The local vault over HTTPS from Python: what any client of Key Vault needs of it, by Python's own HTTP."""

from __future__ import annotations

import json
import ssl
import urllib.request
from collections.abc import Iterator
from http.client import RemoteDisconnected
from typing import Any
from urllib.error import HTTPError

import pytest

import cmkit
from cmkit.vault import LocalVault, VaultServer


@pytest.fixture
def vault() -> LocalVault:
    vault = LocalVault.in_memory("orders.vault.azure.net")
    vault.create_key("kek", kind="rsa-2048")
    vault.grant("app")
    return vault


@pytest.fixture
def server(vault: LocalVault) -> Iterator[VaultServer]:
    with vault.serve(identity="app") as server:
        yield server


class Refused(Exception):
    """An answer of the vault that says no."""

    def __init__(self, answer: HTTPError) -> None:
        error = json.load(answer)["error"]
        self.status = answer.code
        self.reason = (error.get("innererror") or error)["code"]
        self.retry_after = answer.headers["Retry-After"]


def ask(server: VaultServer, path: str, *, token: str = "app", body: Any = None) -> dict[str, Any]:
    trust = ssl.create_default_context(cadata=server.authority)
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{server.url}{path}?api-version=7.4", data, headers)
    try:
        with urllib.request.urlopen(request, context=trust, timeout=10) as answer:
            return dict(json.load(answer))
    except HTTPError as error:
        with error:
            raise Refused(error) from None


def test_a_key_and_its_refusals(vault: LocalVault, server: VaultServer) -> None:
    key = ask(server, "/keys/kek")["key"]
    assert key["kid"].startswith(f"{server.url}/keys/kek/")
    path = key["kid"].removeprefix(server.url)
    wrapped = ask(server, f"{path}/wrapkey", body={"alg": "RSA-OAEP-256", "value": "AAAA"})
    assert ask(server, f"{path}/unwrapkey", body={"alg": "RSA-OAEP-256", "value": wrapped["value"]})["value"] == "AAAA"
    assert [entry.asked for entry in vault.log()] == ["get", "wrapKey", "unwrapKey"]

    with pytest.raises(Refused) as refused:
        ask(server, "/keys/kek", token="stranger")
    assert (refused.value.status, refused.value.reason) == (403, "ForbiddenByRbac")
    vault.disable("kek")
    with pytest.raises(Refused) as refused:
        ask(server, f"{path}/unwrapkey", body={"alg": "RSA-OAEP-256", "value": wrapped["value"]})
    assert (refused.value.status, refused.value.reason) == (403, "KeyDisabled")


def test_the_token_of_a_managed_identity(server: VaultServer) -> None:
    url = f"{server.identity_endpoint}?api-version=2019-08-01&resource=https://vault.azure.net"
    request = urllib.request.Request(url, headers={"X-IDENTITY-HEADER": server.identity_header})
    with urllib.request.urlopen(request, timeout=10) as answer:
        token = json.load(answer)["access_token"]
    assert ask(server, "/keys/kek", token=token)["key"]["kty"] == "RSA"
    server.advance(2 * 3600)
    with pytest.raises(Refused) as refused:
        ask(server, "/keys/kek", token=token)
    assert refused.value.status == 401


def test_the_clock(vault: LocalVault, server: VaultServer) -> None:
    now = vault.key("kek").versions[0].created
    vault.set_dates("kek", expires=now + 3600)
    path = ask(server, "/keys/kek")["key"]["kid"].removeprefix(server.url)
    body = {"alg": "RSA-OAEP-256", "value": "AAAA"}
    ask(server, f"{path}/wrapkey", body=body)
    server.advance(7200)
    with pytest.raises(Refused) as refused:
        ask(server, f"{path}/wrapkey", body=body)
    assert refused.value.status == 403


def test_faults(vault: LocalVault, server: VaultServer) -> None:
    vault.inject_fault("throttled", next=1, retry_after=7)
    with pytest.raises(Refused) as refused:
        ask(server, "/keys/kek")
    assert (refused.value.status, refused.value.retry_after) == (429, "7")
    vault.inject_fault("unavailable", next=1)
    with pytest.raises(Refused) as refused:
        ask(server, "/keys/kek")
    assert refused.value.status == 503
    vault.inject_fault("reset")
    with pytest.raises((RemoteDisconnected, ConnectionError)):
        ask(server, "/keys/kek")
    vault.clear_faults()
    vault.inject_fault("slow", milliseconds=1, rate=0.5, seed=7)
    assert ask(server, "/keys/kek")["key"]["kty"] == "RSA"


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "broken"},
        {"kind": "slow"},
        {"kind": "reset", "milliseconds": 5},
        {"kind": "reset", "next": 1, "rate": 0.5},
        {"kind": "reset", "rate": 1.5},
    ],
)
def test_what_is_no_fault(vault: LocalVault, fault: dict[str, Any]) -> None:
    with pytest.raises(cmkit.ConfigError) as refused:
        vault.inject_fault(**fault)
    assert refused.value.code == "invalid_argument"


def test_only_loopback_addresses(vault: LocalVault) -> None:
    for listen in ("0.0.0.0:0", "localhost", "127.0.0.1"):
        with pytest.raises(cmkit.ConfigError):
            vault.serve(listen=listen)


def test_a_closed_server(vault: LocalVault) -> None:
    server = vault.serve()
    assert not server.closed
    assert server.url in repr(server)
    server.close()
    server.close()
    assert server.closed
    with pytest.raises(cmkit.CmkitError, match="closed"):
        _ = server.url
