"""A vault served by the command, and the official clients' way to it: address, trust, credential."""

import json
import os
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.keyvault.keys import KeyClient, KeyVaultKey
from azure.keyvault.keys.crypto import CryptographyClient

COMMAND = os.environ["CMKIT_COMMAND"]
OPERATIONS = "encrypt,decrypt,sign,verify,wrapKey,unwrapKey"
KEEPING = "get,list,create,import,update,delete,recover,purge,backup,restore,rotate,getRotationPolicy,setRotationPolicy"


class Named:
    """A credential whose token is the name of the identity."""

    def __init__(self, identity: str) -> None:
        self.identity = identity

    def get_token(self, *scopes: str, **_: Any) -> AccessToken:
        assert scopes == ("https://vault.azure.net/.default",)
        return AccessToken(self.identity, int(time.time()) + 3600)


class Served:
    """A running `cmkit vault serve`."""

    def __init__(self, ca_file: str, *arguments: str) -> None:
        command = [COMMAND, "vault", "serve", "--memory", "--listen", "127.0.0.1:0", "--json", "--until-input-ends"]
        command += ["--ca-out", ca_file, *arguments]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.line: dict[str, Any] = json.loads(self._process.stdout.readline())
        self.url: str = self.line["url"]
        self.ca_file = ca_file
        self._context = ssl.create_default_context(cadata=self.line["ca"])

    def stop(self) -> int:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            return self._process.wait(10)
        finally:
            assert self._process.stdout is not None
            self._process.stdout.close()

    def options(self) -> dict[str, Any]:
        """What every client of this vault takes beside the address and the credential."""
        return {"connection_verify": self.ca_file, "verify_challenge_resource": False, "retry_total": 0}

    def keys(self, identity: str = "admin", **options: Any) -> KeyClient:
        return KeyClient(self.url, Named(identity), **(self.options() | options))

    def cryptography(self, key: KeyVaultKey | str, identity: str = "admin", **options: Any) -> CryptographyClient:
        return CryptographyClient(key, Named(identity), **(self.options() | options))

    def remote(self, key: KeyVaultKey) -> CryptographyClient:
        """A client that may not read the key, so that it leaves everything to the vault."""
        return self.cryptography(key.id, "blind")

    def control(self, method: str, path: str, body: Any = None) -> Any:
        return self.request(method, self.line["controlUrl"] + path, self.line["controlToken"], body)[2]

    def request(self, method: str, url: str, token: str | None, body: Any = None) -> tuple[int, dict[str, str], Any]:
        """One request without any client of Azure: status, headers by lower-case name, body."""
        data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with urllib.request.urlopen(request, context=self._context) as response:
                return response.status, lower(response.headers), json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, lower(error.headers), json.loads(error.read() or b"null")


def lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


@pytest.fixture
def served(tmp_path: Any) -> Iterator[Served]:
    """A vault whose permission model is access policies: `blind` uses keys and reads none."""
    arguments = ["--permission-model", "policy", "--identity", "system"]
    arguments += ["--grant", f"admin={KEEPING},{OPERATIONS}", "--grant", f"blind={OPERATIONS}"]
    running = Served(str(tmp_path / "ca.pem"), *arguments)
    yield running
    assert running.stop() == 0


@pytest.fixture
def roles(tmp_path: Any) -> Iterator[Served]:
    """A vault whose permission model is roles."""
    arguments = ["--grant", "admin=Key Vault Crypto Officer", "--grant", "app=e147488a-f6f5-4113-8e2d-b22465e65bf6"]
    running = Served(str(tmp_path / "ca.pem"), *arguments)
    yield running
    assert running.stop() == 0
