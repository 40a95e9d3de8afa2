"""The same flows with the official client of asyncio."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.identity.aio import ManagedIdentityCredential
from azure.keyvault.keys import KeyRotationLifetimeAction, KeyRotationPolicy, KeyRotationPolicyAction
from azure.keyvault.keys.aio import KeyClient
from azure.keyvault.keys.crypto import EncryptionAlgorithm, KeyWrapAlgorithm, SignatureAlgorithm
from azure.keyvault.keys.crypto.aio import CryptographyClient

from conftest import Served

DEK = bytes(range(32))
OAEP = KeyWrapAlgorithm.rsa_oaep_256


class Named:
    def __init__(self, identity: str) -> None:
        self.identity = identity

    async def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken(self.identity, int(time.time()) + 3600)

    async def close(self) -> None: ...

    async def __aenter__(self) -> "Named":
        return self

    async def __aexit__(self, *_: object) -> None: ...


@pytest.fixture
async def keys(served: Served) -> AsyncIterator[KeyClient]:
    async with KeyClient(served.url, Named("admin"), **served.options()) as client:
        yield client


def remote(served: Served, key_id: str) -> CryptographyClient:
    return CryptographyClient(key_id, Named("blind"), **served.options())


async def test_keys(keys: KeyClient) -> None:
    made = await keys.create_rsa_key("kek", size=2048, tags={"env": "test"})
    assert (await keys.get_key("kek")).id == made.id
    rotated = await keys.rotate_key("kek")
    listed = [item.version async for item in keys.list_properties_of_key_versions("kek", max_page_size=1)]
    assert sorted(listed) == sorted([made.properties.version, rotated.properties.version])
    assert [item.name async for item in keys.list_properties_of_keys()] == ["kek"]
    changed = await keys.update_key_properties("kek", enabled=False)
    assert changed.properties.enabled is False

    action = KeyRotationLifetimeAction(KeyRotationPolicyAction.rotate, time_after_create="P60D")
    await keys.update_key_rotation_policy("kek", KeyRotationPolicy(), lifetime_actions=[action])
    policy = await keys.get_key_rotation_policy("kek")
    assert [action.time_after_create for action in policy.lifetime_actions] == ["P60D"]

    backup = await keys.backup_key("kek")
    await keys.delete_key("kek")
    assert [item.name async for item in keys.list_deleted_keys()] == ["kek"]
    await keys.recover_deleted_key("kek")
    await keys.delete_key("kek")
    assert (await keys.get_deleted_key("kek")).id == rotated.id
    await keys.purge_deleted_key("kek")
    with pytest.raises(ResourceNotFoundError):
        await keys.get_key("kek")
    assert (await keys.restore_key_backup(backup)).id == rotated.id


async def test_operations(keys: KeyClient, served: Served) -> None:
    key = await keys.create_rsa_key("kek", size=2048)
    async with remote(served, key.id) as client:
        wrapped = (await client.wrap_key(OAEP, DEK)).encrypted_key
        assert (await client.unwrap_key(OAEP, wrapped)).key == DEK
        ciphertext = (await client.encrypt(EncryptionAlgorithm.rsa_oaep_256, DEK)).ciphertext
        assert (await client.decrypt(EncryptionAlgorithm.rsa_oaep_256, ciphertext)).plaintext == DEK
        digest = hashlib.sha256(b"an order").digest()
        signature = (await client.sign(SignatureAlgorithm.ps256, digest)).signature
        assert (await client.verify(SignatureAlgorithm.ps256, digest, signature)).is_valid
        await keys.update_key_properties("kek", enabled=False)
        with pytest.raises(HttpResponseError) as caught:
            await client.unwrap_key(OAEP, wrapped)
        assert caught.value.error.innererror["code"] == "KeyDisabled"


async def test_many_at_once(keys: KeyClient, served: Served) -> None:
    key = await keys.create_rsa_key("kek", size=2048)
    async with remote(served, key.id) as client:
        wrapped = (await client.wrap_key(OAEP, DEK)).encrypted_key
        opened = await asyncio.gather(*(client.unwrap_key(OAEP, wrapped) for _ in range(200)))
        assert {result.key for result in opened} == {DEK}


async def test_a_managed_identity(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", served.line["identityEndpoint"])
    monkeypatch.setenv("IDENTITY_HEADER", served.line["identityHeader"])
    served.control("PUT", "/grants", {"identity": "orders-cmk", "permissions": "create"})
    async with (
        ManagedIdentityCredential(client_id="orders-cmk") as credential,
        KeyClient(served.url, credential, **served.options()) as keys,
    ):
        assert (await keys.create_ec_key("signer")).name == "signer"
