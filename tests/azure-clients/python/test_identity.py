"""Managed identities without Azure: `ManagedIdentityCredential` against the endpoints that the vault offers."""

import pytest
from azure.core.exceptions import ClientAuthenticationError
from azure.identity import ManagedIdentityCredential
from azure.keyvault.keys import KeyClient

from conftest import Served


@pytest.fixture(params=["app-service", "imds"])
def environment(request: pytest.FixtureRequest, served: Served, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("IDENTITY_ENDPOINT", "IDENTITY_HEADER", "MSI_ENDPOINT", "AZURE_POD_IDENTITY_AUTHORITY_HOST"):
        monkeypatch.delenv(name, raising=False)
    if request.param == "app-service":
        monkeypatch.setenv("IDENTITY_ENDPOINT", served.line["identityEndpoint"])
        monkeypatch.setenv("IDENTITY_HEADER", served.line["identityHeader"])
    else:
        monkeypatch.setenv("AZURE_POD_IDENTITY_AUTHORITY_HOST", served.line["imdsHost"])
    return str(request.param)


def asked(served: Served) -> set[str]:
    return {entry["identity"] for entry in served.control("GET", "/log")}


def test_a_system_assigned_identity(environment: str, served: Served) -> None:
    served.control("PUT", "/grants", {"identity": "system", "permissions": "create,get"})
    keys = KeyClient(served.url, ManagedIdentityCredential(), **served.options())
    assert keys.create_ec_key("signer").name == "signer"
    assert asked(served) == {"system"}


def test_a_user_assigned_identity(environment: str, served: Served) -> None:
    served.control("PUT", "/grants", {"identity": "orders-cmk", "permissions": "create,get"})
    keys = KeyClient(served.url, ManagedIdentityCredential(client_id="orders-cmk"), **served.options())
    assert keys.create_ec_key("signer").name == "signer"
    assert asked(served) == {"orders-cmk"}


def test_a_wrong_header(environment: str, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    if environment != "app-service":
        pytest.skip("IMDS takes a fixed header")
    monkeypatch.setenv("IDENTITY_HEADER", "guessed")
    with pytest.raises(ClientAuthenticationError):
        ManagedIdentityCredential(retry_total=0).get_token("https://vault.azure.net/.default")


def test_a_token_is_for_its_audience_and_its_hour(environment: str, served: Served) -> None:
    path = f"{served.url}/keys?api-version=7.4"
    served.control("PUT", "/grants", {"identity": "system", "permissions": "list"})
    credential = ManagedIdentityCredential()
    other = credential.get_token("https://management.azure.com/.default").token
    assert served.request("GET", path, other)[0] == 401
    token = credential.get_token("https://vault.azure.net/.default").token
    assert served.request("GET", path, token)[0] == 200
    served.control("POST", "/clock", {"advance": 3600})
    assert served.request("GET", path, token)[0] == 401
