"""The local vault: as a provider, for its owner, in a folder that travels, across forks."""

from __future__ import annotations

import doctest
import json
import multiprocessing
import os
import pickle
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, ClassVar

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

import cmkit
import cmkit.vault
from cmkit.vault import LocalVault

from forks import forked

HOST = "orders.vault.azure.net"
KEY = f"https://{HOST}/keys/orders-kek"


@pytest.fixture
def vault() -> LocalVault:
    vault = LocalVault.in_memory(HOST)
    vault.create_key("orders-kek", kind="oct-256")
    return vault


@pytest.fixture
def folder(tmp_path: Path) -> LocalVault:
    vault = LocalVault.create(tmp_path / "orders", HOST)
    vault.create_key("orders-kek", kind="oct-256")
    return vault


def reason(work: Callable[[], object]) -> tuple[str, str | None]:
    with pytest.raises(cmkit.CmkitError) as caught:
        work()
    return caught.value.code, caught.value.reason


@pytest.mark.parametrize(("kind", "bits"), [("rsa-2048", 2048), ("rsa-3072", 3072), ("rsa-4096", 4096), ("oct-256", None)])
def test_kinds_of_keys(kind: Any, bits: int | None) -> None:
    vault = LocalVault.in_memory(HOST)
    assert vault.create_key("orders-kek", kind=kind) == KEY
    sealed = cmkit.seal(b"data", keys=KEY, provider=vault)
    rotated = vault.rotate(KEY)
    info = vault.key("orders-kek")
    first, newest = info.versions
    assert (info.key, newest.key, newest.kind, newest.enabled) == (KEY, rotated, kind, True)
    assert cmkit.inspect(sealed).keys[0].key == first.key
    assert (first.modulus and len(first.modulus) * 8) == bits
    assert cmkit.open(sealed, keys=KEY, provider=vault) == b"data"
    head = cmkit.rewrap(sealed, keys=KEY, to=KEY, provider=vault)
    assert cmkit.inspect(head).keys[0].key == rotated


def test_default_kind_is_the_commands() -> None:
    vault = LocalVault.in_memory(HOST)
    vault.create_key("orders-kek")
    assert vault.key("orders-kek").versions[0].kind == "rsa-3072"


def test_an_identity_needs_a_grant(vault: LocalVault) -> None:
    app = vault.as_identity("orders-app")

    def seal() -> bytes:
        return cmkit.seal(b"data", keys=KEY, provider=app)

    assert reason(seal) == ("denied", "ForbiddenByRbac")
    assert vault.grant("orders-app", key=KEY)
    assert not vault.grant("orders-app", key="orders-kek"), "it has that already"
    assert cmkit.open(seal(), keys=KEY, provider=app) == b"data"
    other = vault.create_key("other", kind="oct-256")
    assert reason(lambda: cmkit.seal(b"", keys=other, provider=app)) == ("denied", "ForbiddenByRbac")
    assert not vault.revoke("orders-app", role="Key Vault Crypto Officer")
    assert vault.revoke("orders-app", key=KEY)
    assert reason(seal) == ("denied", "ForbiddenByRbac")
    assert vault.grant("orders-app", role="e147488a-f6f5-4113-8e2d-b22465e65bf6")
    assert cmkit.seal(b"", keys=other, provider=app)
    vault.set_permission_model("policy")
    assert reason(seal) == ("denied", "ForbiddenByPolicy")
    assert vault.grant("orders-app", permissions="get,wrapKey")
    assert reason(lambda: cmkit.open(seal(), keys=KEY, provider=app)) == ("denied", "ForbiddenByPolicy")
    assert vault.revoke("orders-app")
    assert reason(seal) == ("denied", "ForbiddenByPolicy")
    assert app.as_owner().identity is None
    assert cmkit.seal(b"data", keys=KEY, provider=app.as_owner())


def test_states_of_versions(vault: LocalVault) -> None:
    sealed = cmkit.seal(b"data", keys=KEY, provider=vault)

    def open_it() -> bytes:
        return cmkit.open(sealed, keys=KEY, provider=vault)

    old = vault.disable(KEY)
    assert (old.enabled, reason(open_it)) == (False, ("denied", "KeyDisabled"))
    vault.rotate(KEY)
    assert reason(open_it) == ("denied", "KeyDisabled"), "the newest version is not the one that sealed it"
    assert vault.enable(old.key).enabled
    assert open_it() == b"data"
    name, _, version = old.key.rpartition("/")
    assert vault.disable(f"{name.rpartition('/')[2]}/{version}").key == old.key
    vault.enable(old.key)

    dated = vault.set_dates(KEY, expires=int(time.time()) - 60)
    assert dated.expires
    assert reason(lambda: cmkit.seal(b"", keys=KEY, provider=vault))[0] in {"denied", "not_allowed"}
    assert open_it() == b"data", "it only wraps nothing new"
    assert vault.set_dates(KEY).expires is None

    deleted = vault.delete_key(KEY)
    assert (deleted.key, deleted.scheduled_purge - deleted.deleted) == (KEY, 90 * 86_400)
    assert (vault.keys(), vault.deleted_keys()) == ([], [deleted])
    assert reason(open_it) == ("denied", "KeyNotFound")
    assert reason(lambda: vault.create_key(KEY)) == ("denied", "ObjectIsDeletedButRecoverable")
    vault.recover_key(KEY)
    assert open_it() == b"data"
    vault.delete_key(KEY)
    vault.purge_key(KEY)
    assert vault.deleted_keys() == []


def test_rotation_policy(vault: LocalVault) -> None:
    vault.set_rotation_policy(KEY, rotate_after="P18M", expires_after="P2Y")
    assert vault.key(KEY).rotation_policy == cmkit.vault.RotationPolicy("P18M", None, "P2Y")
    assert vault.tick() == []
    ((done, version),) = vault.tick(int(time.time()) + 600 * 86_400)
    assert (done, version) == ("rotated", vault.key(KEY).versions[1].key)
    vault.set_rotation_policy(KEY)
    assert vault.key(KEY).rotation_policy is None
    assert reason(lambda: vault.set_rotation_policy(KEY, rotate_after="soon"))[0] == "invalid_argument"
    both: Any = {"rotate_after": "P1Y", "rotate_before_expiry": "P30D"}
    assert reason(lambda: vault.set_rotation_policy(KEY, **both))[0] == "invalid_argument"


def test_network_and_faults(vault: LocalVault) -> None:
    def seal() -> bytes:
        return cmkit.seal(b"", keys=KEY, provider=vault.as_identity("app"))

    vault.grant("app")
    vault.set_network("disabled")
    assert reason(seal) == ("denied", "ForbiddenByConnection")
    assert vault.set_place("app", trusted_service=True)
    assert seal()
    vault.set_network("selected", trusted_services=False)
    assert reason(seal) == ("denied", "ForbiddenByFirewall")
    vault.set_network("public")
    vault.throttle_next(1, retry_after=7)
    with pytest.raises(cmkit.KeyUnavailable) as caught:
        seal()
    assert (caught.value.reason, caught.value.retry_after) == ("Throttled", 7)
    assert seal()
    vault.set_unreachable()
    assert reason(seal) == ("unavailable", "Unreachable")
    vault.set_unreachable(False)
    vault.clear_log()
    seal()
    assert [(entry.identity, entry.asked, entry.refused) for entry in vault.log()] == [
        ("app", "get", None),
        ("app", "wrapKey", None),
    ]
    assert reason(lambda: cmkit.seal(b"", keys="https://other.vault.azure.net/keys/k", provider=vault)) == (
        "unavailable",
        "HostNotFound",
    )


def test_settings() -> None:
    vault = LocalVault.in_memory(HOST, soft_delete_days=7, purge_protection=True, permission_model="policy")
    assert vault.info() == cmkit.vault.VaultInfo(HOST, "policy", 7, True, "public", True, {})
    vault.grant("app", key="orders-kek")
    vault.grant("app", permissions="wrapKey get")
    assert reason(lambda: vault.grant("app", permissions="get", key="orders-kek"))[0] == "invalid_argument"
    vault.set_place("app", trusted_service=True)
    vault.set_network("selected", trusted_services=False)
    role = "Key Vault Crypto Service Encryption User"
    app = cmkit.vault.Identity(((role, "orders-kek"),), ("get", "wrapKey"), True)
    assert vault.info()[4:] == ("selected", False, {"app": app})
    vault.create_key("orders-kek", kind="oct-256")
    vault.delete_key("orders-kek")
    assert reason(lambda: vault.purge_key("orders-kek")) == ("denied", "Forbidden")
    assert reason(lambda: LocalVault.in_memory(HOST, soft_delete_days=91))[0] == "invalid_argument"
    assert reason(lambda: LocalVault.in_memory("not a host"))[0] == "invalid_argument"


def test_callables_around_a_vault() -> None:
    vault = LocalVault.in_memory(HOST)
    keys = [vault.create_key("orders-kek", kind="rsa-2048"), vault.create_key("symmetric", kind="oct-256")]
    replies: list[cmkit.KeyReply] = []

    def counting(request: cmkit.KeyRequest) -> cmkit.KeyReply:
        replies.append(vault(request))
        return replies[-1]

    sealed = [cmkit.seal(b"data", keys=key, provider=counting) for key in keys]
    assert [cmkit.open(it, keys=keys, provider=counting) for it in sealed] == [b"data"] * 2
    state = replies[0]
    assert isinstance(state, cmkit.KeyState)
    assert (state.key, state.modulus, state.exponent) == (
        vault.key(keys[0]).versions[0].key,
        vault.key(keys[0]).versions[0].modulus,
        b"\1\0\1",
    )
    assert [type(reply).__name__ for reply in replies] == ["KeyState", "KeyState", "bytes", "bytes", "bytes"]
    vault.delete_key(keys[1])
    with pytest.raises(cmkit.KeyUnavailable):
        cmkit.open(sealed[1], keys=keys[1], provider=counting)
    refusal = replies[-1]
    assert isinstance(refusal, cmkit.Refusal)
    assert (refusal.kind, refusal.reason) == ("denied", "KeyNotFound")
    wrong: Any = "resolve"
    assert reason(lambda: vault(wrong))[0] == "invalid_argument"


def test_keys_of_others(vault: LocalVault) -> None:
    private = rsa.generate_private_key(65537, 2048)
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    imported = vault.import_key("imported", pem)
    assert vault.key(imported).versions[0].modulus == private.public_key().public_numbers().n.to_bytes(256, "big")
    assert cmkit.open(cmkit.seal(b"x", keys=imported, provider=vault), keys=imported, provider=vault) == b"x"
    assert reason(lambda: vault.import_key("imported", "no pem"))[0] == "input"
    service = cmkit.ServiceKey.generate("default")
    vault.put_service_key(service)
    (kept,) = vault.service_keys()
    assert (kept.name, kept.version, kept.expose()) == ("default", service.version, service.expose())


def test_a_folder_is_opened_on_first_use(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    vault = LocalVault("orders", identity="app")
    assert (vault.path, vault.identity) == (tmp_path / "orders", "app")
    with pytest.raises(cmkit.InputError, match="is not a vault"):
        vault.keys()
    with pytest.raises(cmkit.InputError, match="is not a vault"):
        cmkit.seal(b"", keys=KEY, provider=vault)
    owner = LocalVault.create("orders", HOST, soft_delete_days=7)
    owner.create_key("orders-kek", kind="oct-256")
    owner.grant("app")
    monkeypatch.chdir("/")
    assert cmkit.open(cmkit.seal(b"x", keys=KEY, provider=vault), keys=KEY, provider=vault) == b"x"
    assert vault.host == HOST
    assert repr(vault) == f"LocalVault('{tmp_path}/orders', identity='app')"
    with pytest.raises(cmkit.ConfigError):
        LocalVault.create(tmp_path / "orders", HOST)
    with pytest.raises(FileNotFoundError) as caught:
        LocalVault.create("/proc/nowhere/orders", HOST)
    assert caught.value.filename == "/proc/nowhere/orders"
    (tmp_path / "orders" / "vault.key").unlink()
    with pytest.raises(cmkit.CmkitError, match=r"vault\.key"):
        LocalVault(tmp_path / "orders").keys()


def test_what_opens_a_folder(tmp_path: Path) -> None:
    secret, key_file = tmp_path / "secret.txt", tmp_path / "elsewhere.key"
    secret.write_text("correct horse battery staple\n")
    LocalVault.create(tmp_path / "a", HOST, passphrase_file=secret)
    assert LocalVault(tmp_path / "a", passphrase="correct horse battery staple").keys() == []
    assert LocalVault(tmp_path / "a", passphrase_file=secret).keys() == []
    assert reason(LocalVault(tmp_path / "a", passphrase="wrong").keys)[0] == "denied"
    LocalVault.create(tmp_path / "b", HOST, key_file=key_file)
    assert LocalVault(tmp_path / "b", key_file=key_file).keys() == []
    assert not (tmp_path / "b" / "vault.key").exists()
    with pytest.raises(cmkit.ConfigError, match="one of"):
        LocalVault(tmp_path / "a", passphrase="x", key_file=key_file)


def test_closing(folder: LocalVault) -> None:
    with folder.as_identity("app") as view:
        assert view.key(KEY)
    assert view.closed
    assert folder.closed
    with pytest.raises(cmkit.ConfigError, match="closed"):
        folder.keys()
    with pytest.raises(cmkit.ConfigError, match="closed"):
        cmkit.seal(b"", keys=KEY, provider=folder)


def in_worker(provider: cmkit.Provider, sealed: bytes) -> tuple[int, bytes]:
    return os.getpid(), cmkit.open(sealed, keys=KEY, provider=provider)


def test_it_travels_to_workers(folder: LocalVault, tmp_path: Path) -> None:
    folder.grant("app")
    sealed = cmkit.seal(b"data", keys=KEY, provider=folder)
    app = LocalVault(tmp_path / "orders", identity="app")
    cache = cmkit.DataKeyCache(app, max_age=60, capacity=3)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        for provider in (app, cache, folder):
            process, opened = pool.submit(in_worker, provider, sealed).result(timeout=60)
            assert process != os.getpid()
            assert opened == b"data"


def test_pickles_hold_no_secret(folder: LocalVault, vault: LocalVault, tmp_path: Path) -> None:
    again = pickle.loads(pickle.dumps(folder.as_identity("app")))
    assert (again.path, again.identity) == (folder.path, "app")
    secret = tmp_path / "secret.txt"
    secret.write_text("correct horse")
    travelling = pickle.dumps(LocalVault(tmp_path / "x", passphrase_file=secret))
    assert b"correct horse" not in travelling
    assert b"secret.txt" in travelling
    with pytest.raises(TypeError, match="passphrase_file"):
        pickle.dumps(LocalVault(tmp_path / "x", passphrase="correct horse"))
    for provider in (vault, cmkit.DataKeyCache(vault)):
        with pytest.raises(TypeError, match="in memory cannot be pickled"):
            pickle.dumps(provider)


class Counting:
    asked: ClassVar[list[str]] = []

    def __init__(self, vault: LocalVault) -> None:
        self.vault = vault

    def __call__(self, request: cmkit.KeyRequest) -> cmkit.KeyReply:
        self.asked.append(type(request).__name__)
        return self.vault(request)


def test_a_cache_travels_without_its_keys(folder: LocalVault) -> None:
    cache = cmkit.DataKeyCache(Counting(folder), max_messages=2)
    before = pickle.dumps(cache)
    sealed = [cmkit.seal(b"x", keys=KEY, provider=cache) for _ in range(4)]
    cmkit.open(sealed[0], keys=KEY, provider=cache)
    assert Counting.asked.count("Wrap") == 2
    assert pickle.dumps(cache) == before, "keys stay"
    Counting.asked.clear()
    copied = pickle.loads(before)
    for message in sealed:
        assert cmkit.open(message, keys=KEY, provider=copied) == b"x"
        assert cmkit.seal(b"", keys=KEY, provider=copied)
    assert [Counting.asked.count(name) for name in ("Unwrap", "Wrap")] == [2, 2], "it has the limits, and begins empty"


def test_forks_lock_each_other_out(folder: LocalVault) -> None:
    """A file lock that both had inherited would lock nobody out, and versions would be lost."""

    def rotate() -> None:
        for _ in range(40):
            folder.rotate(KEY)

    children = [forked(rotate) for _ in range(2)]
    rotate()
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    assert len(folder.key(KEY).versions) == 1 + 3 * 40


def test_forks_use_vaults_and_caches(folder: LocalVault, vault: LocalVault) -> None:
    for provider in (folder, vault):
        cache = cmkit.DataKeyCache(provider)
        sealed = cmkit.seal(b"data", keys=KEY, provider=cache)
        assert cmkit.open(sealed, keys=KEY, provider=cache) == b"data"
        provider.clear_log()

        def work(provider: LocalVault = provider, cache: cmkit.DataKeyCache = cache, sealed: bytes = sealed) -> None:
            assert cmkit.open(sealed, keys=KEY, provider=cache) == b"data"
            assert [entry.asked for entry in provider.log()] == ["unwrapKey"], "the cache is empty, the vault opened anew"
            assert cmkit.open(sealed, keys=KEY, provider=provider) == b"data"

        assert os.waitpid(forked(work), 0)[1] == 0


def test_a_refusal_of_no_kind() -> None:
    kind: Any = "maybe"
    assert reason(lambda: cmkit.Refusal(kind, "x", "y"))[0] == "invalid_argument"


def test_errors_keep_their_code(folder: LocalVault, tmp_path: Path) -> None:
    assert reason(lambda: folder.key("a_b"))[0] == "invalid_key_uri"
    assert reason(lambda: folder.key("https://other.vault.azure.net/keys/k"))[0] == "invalid_argument"
    assert reason(lambda: folder.rotate(folder.key(KEY).versions[0].key))[0] == "invalid_argument"
    assert reason(lambda: folder.key("none")) == ("denied", "KeyNotFound")
    kind: Any = "rsa-1024"
    assert reason(lambda: folder.create_key("k", kind=kind))[0] == "invalid_argument"
    (file,) = (tmp_path / "orders" / "keys" / "orders-kek").glob("????????*.json")
    record = json.loads(file.read_text())
    record["facts"]["attributes"]["created"] += 1
    file.write_text(json.dumps(record))
    assert reason(lambda: cmkit.seal(b"", keys=KEY, provider=folder))[0] == "malformed"


def test_documented_example() -> None:
    assert doctest.testmod(cmkit.vault) == (0, 8)
