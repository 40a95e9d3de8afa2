"""What Key Vault refuses, with its status and its codes, as the official client reports it."""

from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from azure.core.exceptions import HttpResponseError
from azure.keyvault.keys import KeyVaultKey
from azure.keyvault.keys.crypto import EncryptionAlgorithm, KeyWrapAlgorithm, SignatureAlgorithm

from conftest import Served

OAEP = KeyWrapAlgorithm.rsa_oaep_256
DEK = bytes(range(32))
NOW = datetime.now(timezone.utc)


def refusal(act: Callable[[], Any]) -> tuple[int, str, str | None]:
    """Status, code and inner code."""
    with pytest.raises(HttpResponseError) as caught:
        act()
    error = caught.value.error
    assert error is not None and caught.value.status_code is not None, caught.value
    return caught.value.status_code, error.code, (error.innererror or {}).get("code")


def test_without_a_role(roles: Served) -> None:
    keys = roles.keys()
    key = keys.create_rsa_key("kek", size=2048)
    by_rbac = (403, "Forbidden", "ForbiddenByRbac")
    nobody, app = roles.keys("nobody"), roles.keys("app")
    assert refusal(lambda: nobody.get_key("kek")) == by_rbac
    assert refusal(lambda: nobody.get_key("no-such-key")) == by_rbac, "who may not read does not learn what there is"
    assert refusal(lambda: list(nobody.list_properties_of_keys())) == by_rbac
    assert app.get_key("kek").id == key.id
    for act in (
        lambda: app.create_rsa_key("kek"),
        lambda: app.update_key_properties("kek", enabled=False),
        lambda: app.begin_delete_key("kek"),
        lambda: app.rotate_key("kek"),
        lambda: app.get_key_rotation_policy("kek"),
        lambda: app.backup_key("kek"),
        lambda: roles.cryptography(key.id, "app").sign(SignatureAlgorithm.rs256, DEK),
    ):
        assert refusal(act) == by_rbac


def test_a_role_on_one_key_is_for_that_key(roles: Served) -> None:
    for name in ("one", "other"):
        roles.keys().create_ec_key(name)
    grant = {"identity": "part", "role": "Key Vault Crypto User", "key": "one"}
    assert roles.control("PUT", "/grants", grant) == {"changed": True}
    part = roles.keys("part")
    assert part.get_key("one").name == "one"
    assert refusal(lambda: part.get_key("other"))[2] == "ForbiddenByRbac"
    assert refusal(lambda: list(part.list_properties_of_keys()))[2] == "ForbiddenByRbac"
    assert roles.control("DELETE", "/grants", grant) == {"changed": True}
    assert refusal(lambda: part.get_key("one"))[2] == "ForbiddenByRbac"


def test_without_a_permission(served: Served) -> None:
    key = served.keys().create_rsa_key("kek", size=2048)
    served.control("PUT", "/grants", {"identity": "app", "permissions": "get,wrapKey"})
    assert served.keys("app").get_key("kek").id == key.id
    unwrap = lambda: served.cryptography(key, "app").unwrap_key(OAEP, bytes(256))  # noqa: E731
    assert refusal(unwrap) == (403, "Forbidden", "ForbiddenByPolicy")
    served.control("PUT", "/permission-model", {"model": "rbac"})
    assert refusal(unwrap) == (403, "Forbidden", "ForbiddenByRbac"), "grants of the other kind do nothing"


def test_the_network(served: Served) -> None:
    keys = served.keys()
    keys.create_ec_key("signer")
    for access, inner in (("selected", "ForbiddenByFirewall"), ("disabled", "ForbiddenByConnection")):
        served.control("PUT", "/network", {"access": access, "trustedServices": True})
        assert refusal(lambda: keys.get_key("signer")) == (403, "Forbidden", inner)
        served.control("PUT", "/places", {"identity": "admin", "place": "trusted-service"})
        assert keys.get_key("signer").name == "signer"
        served.control("PUT", "/network", {"access": access, "trustedServices": False})
        assert refusal(lambda: keys.get_key("signer")) == (403, "Forbidden", inner)
        served.control("PUT", "/places", {"identity": "admin", "place": "elsewhere"})
    served.control("PUT", "/network", {"access": "public"})
    assert keys.get_key("signer").name == "signer"


def operations(served: Served, key: KeyVaultKey) -> dict[str, Callable[[], Any]]:
    """Every operation, sent to the vault with what it can answer."""
    made = served.remote(key)
    wrapped = made.wrap_key(OAEP, DEK).encrypted_key
    ciphertext = made.encrypt(EncryptionAlgorithm.rsa_oaep_256, DEK).ciphertext
    signature = made.sign(SignatureAlgorithm.rs256, DEK).signature
    client = served.remote(key)
    return {
        "wrapKey": lambda: client.wrap_key(OAEP, DEK),
        "encrypt": lambda: client.encrypt(EncryptionAlgorithm.rsa_oaep_256, DEK),
        "sign": lambda: client.sign(SignatureAlgorithm.rs256, DEK),
        "unwrapKey": lambda: client.unwrap_key(OAEP, wrapped),
        "decrypt": lambda: client.decrypt(EncryptionAlgorithm.rsa_oaep_256, ciphertext),
        "verify": lambda: client.verify(SignatureAlgorithm.rs256, DEK, signature),
    }


PROTECTING, OPENING = ("wrapKey", "encrypt", "sign"), ("unwrapKey", "decrypt", "verify")


def test_a_disabled_key(served: Served) -> None:
    keys = served.keys()
    acts = operations(served, keys.create_rsa_key("kek", size=2048))
    keys.update_key_properties("kek", enabled=False)
    for name in PROTECTING + OPENING:
        assert refusal(acts[name]) == (403, "Forbidden", "KeyDisabled"), name
    assert keys.get_key("kek").properties.enabled is False, "it may still be read"


@pytest.mark.parametrize(
    "dates", [{"not_before": NOW + timedelta(days=1)}, {"expires_on": NOW - timedelta(days=1)}], ids=["early", "late"]
)
def test_a_key_out_of_date_opens_and_protects_nothing_new(served: Served, dates: dict[str, datetime]) -> None:
    keys = served.keys()
    acts = operations(served, keys.create_rsa_key("kek", size=2048))
    keys.update_key_properties("kek", **dates)
    for name in PROTECTING:
        assert refusal(acts[name]) == (403, "Forbidden", None), name
    for name in OPENING:
        acts[name]()


def test_dates_heed_the_moved_clock(served: Served) -> None:
    keys = served.keys()
    now = datetime.now(timezone.utc)
    key = keys.create_rsa_key(
        "kek", size=2048, not_before=now + timedelta(hours=1), expires_on=now + timedelta(hours=3)
    )
    wrap = lambda: served.remote(key).wrap_key(OAEP, DEK)  # noqa: E731
    assert refusal(wrap) == (403, "Forbidden", None)
    served.control("POST", "/clock", {"advance": 7200})
    assert wrap().key_id == key.id
    served.control("POST", "/clock", {"advance": 7200})
    assert refusal(wrap) == (403, "Forbidden", None)


def test_an_operation_that_the_key_has_not(served: Served) -> None:
    keys = served.keys()
    key = keys.create_rsa_key("kek", size=2048)
    acts = operations(served, key)
    for name in PROTECTING + OPENING:
        keys.update_key_properties("kek", key_operations=[other for other in acts if other != name])
        assert refusal(acts[name]) == (403, "Forbidden", "KeyOperationForbidden"), name
        for other in acts:
            if other != name:
                acts[other]()


def test_what_is_not_there(served: Served) -> None:
    keys = served.keys()
    not_found = (404, "KeyNotFound", None)
    assert refusal(lambda: keys.get_key("no-such-key")) == not_found
    keys.create_ec_key("signer")
    assert refusal(lambda: keys.get_key("signer", "0" * 32)) == not_found
    assert refusal(lambda: keys.get_deleted_key("signer")) == not_found
    assert refusal(lambda: keys.begin_recover_deleted_key("signer")) == not_found
    assert refusal(lambda: keys.purge_deleted_key("signer")) == not_found
    keys.begin_delete_key("signer").wait()
    assert refusal(lambda: keys.get_key("signer")) == not_found
    assert refusal(lambda: keys.create_ec_key("signer")) == (409, "Conflict", "ObjectIsDeletedButRecoverable")


def test_bad_parameters(served: Served) -> None:
    keys = served.keys()
    bad = (400, "BadParameter", None)
    signer = keys.create_ec_key("signer")
    assert refusal(lambda: served.remote(signer).wrap_key(OAEP, DEK)) == bad, "a key on a curve wraps nothing"
    assert refusal(lambda: served.remote(signer).sign(SignatureAlgorithm.es384, DEK)) == bad
    assert refusal(lambda: served.remote(signer).sign(SignatureAlgorithm.es256, DEK[1:])) == bad
    assert refusal(lambda: keys.create_ec_key("signer", key_operations=["wrapKey"])) == bad
    key = keys.create_rsa_key("kek", size=2048)
    other = keys.rotate_key("kek")
    wrapped = served.remote(key).wrap_key(OAEP, DEK).encrypted_key
    assert refusal(lambda: served.remote(other).unwrap_key(OAEP, wrapped)) == bad, "another version's"
    assert refusal(lambda: served.remote(key).unwrap_key(OAEP, wrapped[:-1])) == bad
    assert refusal(lambda: served.remote(key).wrap_key(OAEP, bytes(191))) == bad, "more than OAEP takes"
    assert refusal(lambda: served.remote(key).wrap_key(KeyWrapAlgorithm.aes_128, DEK)) == bad
    assert refusal(lambda: keys.create_rsa_key("odd", size=1024)) == bad
    assert refusal(lambda: keys.create_rsa_key("odd", public_exponent=3)) == bad
    assert refusal(lambda: keys.create_rsa_key("odd", exportable=True)) == bad


def test_purge_protection(tmp_path: Any) -> None:
    arguments = ["--purge-protection", "--retention-days", "7", "--grant", "admin=Key Vault Crypto Officer"]
    served = Served(str(tmp_path / "ca.pem"), *arguments)
    keys = served.keys()
    made = keys.create_ec_key("signer").properties
    assert (made.recovery_level, made.recoverable_days) == ("CustomizedRecoverable", 7)
    keys.begin_delete_key("signer").wait()
    assert refusal(lambda: keys.purge_deleted_key("signer"))[:2] == (403, "Forbidden")
    assert served.stop() == 0
