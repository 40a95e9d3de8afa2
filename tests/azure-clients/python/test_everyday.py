"""The official client's own everyday flows."""

import hashlib

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.keyvault.keys import (
    ApiVersion,
    JsonWebKey,
    KeyCurveName,
    KeyOperation,
    KeyRotationLifetimeAction,
    KeyRotationPolicy,
    KeyRotationPolicyAction,
    KeyType,
)
from azure.keyvault.keys.crypto import EncryptionAlgorithm, KeyWrapAlgorithm, SignatureAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from conftest import Served

DEK = bytes(range(32))


@pytest.mark.parametrize("version", [ApiVersion.V7_4, ApiVersion.V7_5, ApiVersion.V7_6, ApiVersion.V2025_07_01])
def test_create_read_and_update(served: Served, version: ApiVersion) -> None:
    keys = served.keys(api_version=version)
    made = keys.create_rsa_key("Orders-KEK", size=3072, tags={"env": "test"}, key_operations=["wrapKey", "unwrapKey"])
    assert made.id.startswith(f"{served.url}/keys/orders-kek/")
    assert (made.key_type, len(made.key.n), made.key.e) == (KeyType.rsa, 384, b"\1\0\1")
    assert made.key_operations == [KeyOperation.wrap_key, KeyOperation.unwrap_key]
    properties = made.properties
    assert (properties.enabled, properties.tags, properties.recovery_level) == (
        True,
        {"env": "test"},
        "Recoverable+Purgeable",
    )
    assert properties.created_on == properties.updated_on and properties.recoverable_days == 90
    assert keys.get_key("orders-kek").id == made.id
    assert keys.get_key("orders-kek", properties.version).id == made.id

    changed = keys.update_key_properties("orders-kek", enabled=False, tags={}, key_operations=["unwrapKey"])
    assert (changed.properties.enabled, changed.properties.tags, changed.key_operations) == (False, {}, ["unwrapKey"])
    assert keys.get_key("orders-kek").properties.enabled is False


def test_lists_come_in_pages(served: Served) -> None:
    keys = served.keys()
    names = [f"key-{number:02}" for number in range(7)]
    for name in names:
        keys.create_ec_key(name)
    pages = [[item.name for item in page] for page in keys.list_properties_of_keys(max_page_size=3).by_page()]
    assert pages == [names[:3], names[3:6], names[6:]]
    versions = [keys.get_key("key-00").properties.version]
    versions += [keys.rotate_key("key-00").properties.version for _ in range(4)]
    listed = [item.version for item in keys.list_properties_of_key_versions("key-00", max_page_size=2)]
    assert sorted(listed) == sorted(versions) and len(set(versions)) == 5


def test_more_keys_than_a_page_holds(served: Served) -> None:
    keys = served.keys()
    for number in range(27):
        keys.create_ec_key(f"key-{number}")
    pages = [len(list(page)) for page in keys.list_properties_of_keys().by_page()]
    assert pages == [25, 2]


@pytest.mark.parametrize("algorithm", ["RSA-OAEP", "RSA-OAEP-256", "RSA1_5"])
def test_wrap_and_unwrap(served: Served, algorithm: str) -> None:
    algorithm = KeyWrapAlgorithm(algorithm)
    key = served.keys().create_rsa_key("kek", size=2048)
    there, here = served.remote(key), served.cryptography(key)
    for wrapped in (there.wrap_key(algorithm, DEK), here.wrap_key(algorithm, DEK)):
        assert wrapped.key_id == key.id
        assert there.unwrap_key(algorithm, wrapped.encrypted_key).key == DEK


@pytest.mark.parametrize("algorithm", ["RSA-OAEP", "RSA-OAEP-256", "RSA1_5"])
def test_encrypt_and_decrypt(served: Served, algorithm: str) -> None:
    key = served.keys().create_rsa_key("kek", size=2048)
    there, here = served.remote(key), served.cryptography(key)
    for encrypted in (there.encrypt(EncryptionAlgorithm(algorithm), DEK), here.encrypt(EncryptionAlgorithm(algorithm), DEK)):
        assert there.decrypt(EncryptionAlgorithm(algorithm), encrypted.ciphertext).plaintext == DEK


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"])
def test_sign_and_verify(served: Served, algorithm: str) -> None:
    digest = hashlib.new({"256": "sha256", "384": "sha384", "512": "sha512"}[algorithm[2:]], b"an order").digest()
    curve = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521"}.get(algorithm)
    keys = served.keys()
    key = keys.create_ec_key("signer", curve=KeyCurveName(curve)) if curve else keys.create_rsa_key("signer")
    there, here = served.remote(key), served.cryptography(key)
    signed = there.sign(SignatureAlgorithm(algorithm), digest)
    assert signed.key_id == key.id
    other = bytes([signed.signature[0] ^ 1]) + signed.signature[1:]
    for client in (there, here):
        assert client.verify(SignatureAlgorithm(algorithm), digest, signed.signature).is_valid
        assert not client.verify(SignatureAlgorithm(algorithm), digest, other).is_valid


def test_import(served: Served) -> None:
    def number(value: int, size: int | None = None) -> bytes:
        return value.to_bytes(size or (value.bit_length() + 7) // 8, "big")

    private = rsa.generate_private_key(65537, 2048).private_numbers()
    names = {"d": private.d, "p": private.p, "q": private.q, "dp": private.dmp1, "dq": private.dmq1, "qi": private.iqmp}
    parts = {name: number(value) for name, value in names.items()}
    public = private.public_numbers
    jwk = JsonWebKey(kty="RSA", key_ops=["wrapKey", "unwrapKey"], n=number(public.n), e=number(public.e), **parts)
    key = served.keys().import_key("brought", jwk, tags={"from": "elsewhere"})
    assert (key.key.n, key.key_operations, key.properties.tags) == (
        number(public.n),
        ["wrapKey", "unwrapKey"],
        {"from": "elsewhere"},
    )
    wrapped = served.cryptography(key).wrap_key(KeyWrapAlgorithm.rsa_oaep_256, DEK).encrypted_key
    assert served.remote(key).unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, wrapped).key == DEK

    private = ec.generate_private_key(ec.SECP256R1()).private_numbers()
    public = private.public_numbers
    parts = {"x": number(public.x, 32), "y": number(public.y, 32), "d": number(private.private_value, 32)}
    key = served.keys().import_key("signer", JsonWebKey(kty="EC", crv="P-256", key_ops=["sign", "verify"], **parts))
    digest = hashlib.sha256(b"an order").digest()
    signature = served.remote(key).sign(SignatureAlgorithm.es256, digest).signature
    assert served.cryptography(key).verify(SignatureAlgorithm.es256, digest, signature).is_valid


def test_types_of_keys(served: Served) -> None:
    keys = served.keys()
    assert keys.create_rsa_key("rsa-hsm", hardware_protected=True).key_type == KeyType.rsa_hsm
    assert keys.rotate_key("rsa-hsm").key_type == KeyType.rsa_hsm
    assert keys.create_ec_key("ec-hsm", hardware_protected=True).key_type == KeyType.ec_hsm
    assert keys.create_oct_key("oct", size=256, hardware_protected=True).key_type == KeyType.oct_hsm
    key = keys.get_key("oct")
    wrapped = served.remote(key).wrap_key(KeyWrapAlgorithm.aes_256, DEK).encrypted_key
    assert served.remote(key).unwrap_key(KeyWrapAlgorithm.aes_256, wrapped).key == DEK


def test_rotate_by_hand_and_by_policy(served: Served) -> None:
    keys = served.keys()
    first = keys.create_rsa_key("kek", size=2048)
    policy = keys.get_key_rotation_policy("kek")
    assert [(action.action, action.time_before_expiry) for action in policy.lifetime_actions] == [("Notify", "P30D")]
    actions = [KeyRotationLifetimeAction(KeyRotationPolicyAction.rotate, time_after_create="P60D")]
    actions += [KeyRotationLifetimeAction(KeyRotationPolicyAction.notify, time_before_expiry="P20D")]
    keys.update_key_rotation_policy("kek", KeyRotationPolicy(), lifetime_actions=actions, expires_in="P90D")
    policy = keys.get_key_rotation_policy("kek")
    told = [(str(action.action), action.time_after_create, action.time_before_expiry) for action in policy.lifetime_actions]
    assert [row[1:] for row in told] == [("P60D", None), (None, "P20D")]
    assert policy.expires_in == "P90D" and policy.id == f"{served.url}/keys/kek/rotationpolicy"
    assert policy.created_on is not None and policy.updated_on is not None

    second = keys.rotate_key("kek")
    assert second.id != first.id and second.key.n != first.key.n
    assert (second.properties.expires_on - second.properties.created_on).days == 90
    served.control("POST", "/clock", {"advance": 61 * 86_400})
    third = keys.get_key("kek")
    assert third.id not in (first.id, second.id), "the clock alone rotates"
    wrapped = served.cryptography(first).wrap_key(KeyWrapAlgorithm.rsa_oaep_256, DEK).encrypted_key
    assert served.remote(first).unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, wrapped).key == DEK


def test_delete_recover_and_purge(served: Served) -> None:
    keys = served.keys()
    made = keys.create_rsa_key("kek", size=2048)
    deleted = keys.begin_delete_key("kek").result()
    assert deleted.recovery_id == f"{served.url}/deletedkeys/kek" and deleted.id == made.id
    assert (deleted.scheduled_purge_date - deleted.deleted_date).days == 90
    with pytest.raises(ResourceNotFoundError):
        keys.get_key("kek")
    with pytest.raises(ResourceExistsError, match="ObjectIsDeletedButRecoverable"):
        keys.create_rsa_key("kek")
    assert keys.get_deleted_key("kek").name == "kek"
    assert [item.name for item in keys.list_deleted_keys()] == ["kek"]
    assert keys.begin_recover_deleted_key("kek").result().id == made.id
    assert keys.get_key("kek").id == made.id

    keys.begin_delete_key("kek").wait()
    keys.purge_deleted_key("kek")
    with pytest.raises(ResourceNotFoundError):
        keys.get_deleted_key("kek")
    assert keys.create_rsa_key("kek", size=2048).id != made.id


def test_retention_ends(served: Served) -> None:
    keys = served.keys()
    keys.create_ec_key("signer")
    keys.begin_delete_key("signer").wait()
    served.control("POST", "/clock", {"advance": 90 * 86_400 - 60})
    assert keys.get_deleted_key("signer").name == "signer"
    served.control("POST", "/clock", {"advance": 60})
    with pytest.raises(ResourceNotFoundError):
        keys.get_deleted_key("signer")


def test_backup_and_restore(served: Served) -> None:
    keys = served.keys()
    first = keys.create_rsa_key("kek", size=2048)
    wrapped = served.cryptography(first).wrap_key(KeyWrapAlgorithm.rsa_oaep_256, DEK).encrypted_key
    second = keys.rotate_key("kek")
    backup = keys.backup_key("kek")
    with pytest.raises(ResourceExistsError):
        keys.restore_key_backup(backup)
    keys.begin_delete_key("kek").wait()
    keys.purge_deleted_key("kek")
    assert keys.restore_key_backup(backup).id == second.id
    assert served.remote(first).unwrap_key(KeyWrapAlgorithm.rsa_oaep_256, wrapped).key == DEK
    keys.begin_delete_key("kek").wait()
    keys.purge_deleted_key("kek")
    changed = bytearray(backup)
    changed[len(changed) // 2] ^= 1
    with pytest.raises(HttpResponseError) as caught:
        keys.restore_key_backup(bytes(changed))
    assert caught.value.status_code == 400
