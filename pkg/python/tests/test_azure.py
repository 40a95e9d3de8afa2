"""The provider for Azure Key Vault, on the official SDK, against a local vault that is served over HTTPS."""

from __future__ import annotations

import os
import pickle
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import Any

import pytest
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import CredentialUnavailableError, ManagedIdentityCredential

import cmkit
from cmkit._workers import WrappedKey
from cmkit.azure import KeyVault

from forks import forked
from served import FLAKY, PATIENT, Named, Served

ROLE = "Key Vault Crypto Service Encryption User"
NAME = "orders-kek"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path, "--grant", f"orders={ROLE}")
    served.admin.create_rsa_key(NAME, size=2048)
    yield served
    served.close()


class Orders:
    """An application that seals and opens with one provider."""

    def __init__(self, served: Served, identity: str = "orders", name: str = NAME, **options: Any) -> None:
        self.key = f"{served.url}/keys/{name}"
        self.hosts = [served.host]
        options = {"retry_total": 0, **options}
        self.vault = KeyVault(Named(identity), hosts=self.hosts, connection_verify=served.ca, **options)

    def seal(self, data: bytes = b"invoice 4711") -> bytes:
        return cmkit.seal(data, keys=self.key, provider=self.vault, hosts=self.hosts)

    def open(self, sealed: bytes) -> bytes:
        return cmkit.open(sealed, keys=self.key, provider=self.vault, hosts=self.hosts)

    def rewrap(self, sealed: bytes) -> bytes:
        return cmkit.rewrap(sealed, keys=self.key, to=self.key, provider=self.vault, hosts=self.hosts)

    def version(self, sealed: bytes) -> str:
        key = cmkit.inspect(sealed).keys[0].key
        assert key is not None
        return key


@pytest.fixture
def orders(served: Served) -> Iterator[Orders]:
    orders = Orders(served)
    with orders.vault:
        yield orders


def refused(work: Callable[[], object]) -> cmkit.KeyUnavailable:
    with pytest.raises(cmkit.KeyUnavailable) as caught:
        work()
    return caught.value


def test_seals_rotates_opens_and_rewraps(served: Served, orders: Orders) -> None:
    sealed = orders.seal()
    first = orders.version(sealed)
    newest = served.admin.rotate_key(NAME).id
    assert orders.version(orders.seal()) == newest != first
    assert orders.open(sealed) == b"invoice 4711"
    rewrapped = orders.rewrap(sealed) + sealed[cmkit.inspect(sealed).head_size :]
    assert orders.version(rewrapped) == newest
    served.disable(first)
    assert orders.open(rewrapped) == b"invoice 4711"
    assert refused(lambda: orders.open(sealed)).reason == "KeyDisabled"


def test_opening_takes_the_permission_to_unwrap_alone(tmp_path: Path) -> None:
    served = Served(tmp_path, "--permission-model", "policy")
    try:
        served.grant("admin", permissions="get,create,wrapKey,unwrapKey")
        served.grant("reader", permissions="unwrapKey")
        served.admin.create_rsa_key(NAME, size=2048)
        sealed = Orders(served, "admin").seal()
        reader = Orders(served, "reader")
        assert [reader.open(sealed) for _ in range(2)] == [b"invoice 4711"] * 2
        assert served.log("reader") == ["unwrapKey", "unwrapKey"]
        error = refused(reader.seal)
        assert (error.code, error.reason) == ("denied", "ForbiddenByPolicy")
    finally:
        served.close()


def test_sealing_gets_the_key_and_wraps_here(served: Served, orders: Orders) -> None:
    served.clear_log()
    orders.seal()
    assert served.log("orders") == ["get"]


def test_a_symmetric_key_wraps_in_the_vault(served: Served) -> None:
    served.admin.create_oct_key("shared", size=256, hardware_protected=True)
    orders = Orders(served, name="shared")
    sealed = orders.seal()
    assert orders.open(sealed) == Orders(served, name="shared").open(sealed) == b"invoice 4711"
    assert served.log("orders") == ["get", "wrapKey", "unwrapKey", "unwrapKey"]


def test_an_elliptic_curve_wraps_nothing(served: Served) -> None:
    served.admin.create_ec_key("curve")
    with pytest.raises(cmkit.KeyUnavailable, match=r"of the type EC, which wraps nothing .*: use a key") as caught:
        Orders(served, name="curve").seal()
    assert (caught.value.code, caught.value.reason) == ("denied", "BadParameter")


Change = Callable[[Served, str], None]
REVOCATIONS: list[tuple[str, str, str, Change, Change]] = [
    (
        "a grant removed",
        "denied",
        "ForbiddenByRbac",
        lambda served, _: served.revoke("orders"),
        lambda served, _: served.grant("orders", role=ROLE),
    ),
    (
        "a version disabled",
        "denied",
        "KeyDisabled",
        lambda served, version: served.disable(version),
        lambda served, version: served.disable(version, enabled=True),
    ),
    (
        "a firewall closed",
        "denied",
        "ForbiddenByFirewall",
        lambda served, _: served.network("selected"),
        lambda served, _: served.network("public"),
    ),
    (
        "no public network",
        "denied",
        "ForbiddenByConnection",
        lambda served, _: served.network("disabled"),
        lambda served, _: served.network("public"),
    ),
    (
        "a throttled vault",
        "unavailable",
        "Throttled",
        lambda served, _: served.faults({"kind": "throttled", "retryAfter": 7, "rate": 1.0}),
        lambda served, _: served.faults(),
    ),
    (
        "a broken vault",
        "unavailable",
        "ServiceUnavailable",
        lambda served, _: served.faults({"kind": "unavailable", "rate": 1.0}),
        lambda served, _: served.faults(),
    ),
    (
        "connections reset",
        "unavailable",
        "Unreachable",
        lambda served, _: served.faults({"kind": "reset", "rate": 1.0}),
        lambda served, _: served.faults(),
    ),
]


@pytest.mark.parametrize(
    ("code", "reason", "revoke", "restore"), [it[1:] for it in REVOCATIONS], ids=[it[0] for it in REVOCATIONS]
)
def test_what_is_revoked_opens_again_once_it_is_restored(
    served: Served, orders: Orders, code: str, reason: str, revoke: Change, restore: Change
) -> None:
    sealed = orders.seal()
    version = orders.version(sealed)
    # The SDK heeds a `Retry-After` whatever `retry_total` is, so this one is not to wait for it.
    orders = Orders(served, retry_status=0)
    revoke(served, version)
    error = refused(lambda: orders.open(sealed))
    assert (error.code, error.reason) == (code, reason)
    assert error.retry_after == (7 if reason == "Throttled" else None)
    assert f"({reason}): " in str(error), "it says what to do"
    restore(served, version)
    assert orders.open(sealed) == b"invoice 4711"


def test_a_vault_that_is_down(served: Served, orders: Orders) -> None:
    sealed = orders.seal()
    served.stop()
    error = refused(lambda: orders.open(sealed))
    assert (error.code, error.reason) == ("unavailable", "Unreachable")
    assert served.host in str(error)


def test_a_vault_that_does_not_answer_in_time(served: Served, orders: Orders) -> None:
    sealed = orders.seal()
    orders = Orders(served, read_timeout=0.3)
    served.faults({"kind": "slow", "milliseconds": 5000, "rate": 1.0})
    error = refused(lambda: orders.open(sealed))
    assert (error.code, error.reason) == ("unavailable", "Unreachable")


def test_a_vault_that_is_not_there() -> None:
    vault = KeyVault(Named("orders"), retry_total=0)
    error = refused(lambda: cmkit.seal(b"data", keys="https://cmkit-nobody.vault.azure.net/keys/k", provider=vault))
    assert (error.code, error.reason) == ("unavailable", "Unreachable")


def test_keys_that_are_not_there_and_keys_that_were_deleted(served: Served, orders: Orders) -> None:
    assert refused(Orders(served, name="nobodys").seal).reason == "KeyNotFound"
    sealed = orders.seal()
    served.admin.begin_delete_key(NAME).wait()
    error = refused(lambda: orders.open(sealed))
    assert (error.code, error.reason) == ("denied", "KeyNotFound")
    served.admin.begin_recover_deleted_key(NAME).wait()
    assert orders.open(sealed) == b"invoice 4711"


def test_an_expired_version_opens_and_does_not_seal(served: Served, orders: Orders) -> None:
    sealed = orders.seal()
    version = orders.version(sealed).rpartition("/")[2]
    past = datetime.now(timezone.utc) - timedelta(days=1)
    served.admin.update_key_properties(NAME, version, not_before=past - timedelta(days=1), expires_on=past)
    assert orders.open(sealed) == b"invoice 4711"
    assert refused(orders.seal).code == "denied"


def test_what_the_credential_raises_arrives_as_it_is(served: Served) -> None:
    unavailable = CredentialUnavailableError("no managed identity here")
    rejected = ClientAuthenticationError("the token endpoint says no")
    broken = OSError("the token endpoint is down")
    for raised in (unavailable, rejected, broken):
        orders = Orders(served)

        class Failing:
            def get_token(self, *scopes: str, raised: Exception = raised, **options: Any) -> Any:
                raise raised

        orders.vault = KeyVault(Failing(), hosts=orders.hosts, connection_verify=served.ca)
        with pytest.raises(type(raised)) as caught:
            orders.seal()
        assert caught.value is raised


def test_a_token_that_the_vault_does_not_take_is_a_refusal(served: Served) -> None:
    error = refused(Orders(served, "").seal)
    assert (error.code, error.reason) == ("denied", "Unauthorized")


def test_only_hosts_that_were_named_are_called(served: Served, orders: Orders) -> None:
    vault = KeyVault(Named("orders"), hosts=["localhost:1"], connection_verify=served.ca)
    with pytest.raises(cmkit.ConfigError) as caught:
        cmkit.seal(b"data", keys=orders.key, provider=vault, hosts=orders.hosts)
    assert caught.value.code == "invalid_key_uri"


def test_trust_is_a_file_and_never_switched_off(served: Served) -> None:
    with pytest.raises(cmkit.ConfigError, match="certificates to trust"):
        KeyVault(Named("orders"), connection_verify=False)  # type: ignore[arg-type]
    for option in ("verify_challenge_resource", "permit_redirects"):
        with pytest.raises(cmkit.ConfigError, match=option):
            KeyVault(Named("orders"), **{option: True})  # type: ignore[arg-type]
    orders = Orders(served)
    orders.vault = KeyVault(Named("orders"), hosts=orders.hosts, retry_total=0)
    error = refused(orders.seal)
    assert error.reason == "Unreachable"
    assert "CERTIFICATE_VERIFY_FAILED" in str(error)


def lead(monkeypatch: pytest.MonkeyPatch, name: str, served: Served) -> None:
    """Whoever calls this host gets to the vault that is served here."""
    resolve = socket.getaddrinfo

    def here(host: str, *arguments: Any, **options: Any) -> Any:
        if host != name:
            return resolve(host, *arguments, **options)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", served.port))]

    monkeypatch.setattr(socket, "getaddrinfo", here)


@pytest.mark.parametrize(("resource", "verified"), [("https://vault.azure.net", True), ("https://vault.azure.cn", False)])
def test_a_vault_of_azures_must_ask_for_a_token_of_its_own_cloud(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resource: str, verified: bool
) -> None:
    # The SDK remembers what a host asked for.
    name = f"cmkit-{'good' if verified else 'bad'}.vault.azure.net"
    served = Served(tmp_path, "--host", name, "--resource", resource, "--grant", f"orders={ROLE}")
    served.admin.create_rsa_key(NAME, size=2048)
    lead(monkeypatch, name, served)
    credential = Named("orders")
    vault = KeyVault(credential, connection_verify=served.ca, retry_total=0)
    key = f"https://{name}/keys/{NAME}"
    try:
        if verified:
            assert cmkit.open(cmkit.seal(b"data", keys=key, provider=vault), keys=key, provider=vault) == b"data"
        else:
            with pytest.raises(ValueError, match="does not match the requested domain"):
                cmkit.seal(b"data", keys=key, provider=vault)
            assert credential.asked == 0
    finally:
        served.close()


class Astray(RequestsTransport):  # type: ignore[misc]
    """A way to the vault on which one version becomes another."""

    def __init__(self, old: str, new: str, **options: Any) -> None:
        super().__init__(**options)
        self._old, self._new = old, new

    def send(self, request: Any, **options: Any) -> Any:
        request.url = request.url.replace(self._old, self._new)
        return super().send(request, **options)


def test_an_answer_about_another_version_is_refused(served: Served) -> None:
    first, second = (served.admin.create_oct_key("shared", size=256, hardware_protected=True) for _ in range(2))
    old, new = second.properties.version, first.properties.version
    assert old is not None
    assert new is not None
    transport = Astray(f"{old}/wrapkey", f"{new}/wrapkey", connection_verify=str(served.ca))
    orders = Orders(served, name="shared", transport=transport)
    with pytest.raises(cmkit.ConfigError, match=new) as caught:
        orders.seal()
    assert caught.value.code == "invalid_reply"


def test_an_answer_about_another_key_is_refused(served: Served) -> None:
    served.admin.create_rsa_key("payroll-kek", size=2048)
    transport = Astray(f"/keys/{NAME}/", "/keys/payroll-kek/", connection_verify=str(served.ca))
    with pytest.raises(cmkit.ConfigError) as caught:
        Orders(served, transport=transport).seal()
    assert caught.value.code == "invalid_reply"


class Elsewhere(RequestsTransport):  # type: ignore[misc]
    """A way to the vault on which answers become redirects."""

    def __init__(self, place: str, **options: Any) -> None:
        super().__init__(**options)
        self.place = place
        self.asked: list[str] = []

    def send(self, request: Any, **options: Any) -> Any:
        self.asked.append(request.url)
        response = super().send(request, **options)
        if response.status_code == 200 and len(self.asked) < 5:
            response.status_code = 307
            response.headers["Location"] = self.place
        return response


def test_no_redirect_is_followed(served: Served, orders: Orders) -> None:
    sealed = orders.seal()
    works: list[Callable[[Orders], bytes]] = [lambda orders: orders.seal(), lambda orders: orders.open(sealed)]
    for work in works:
        transport = Elsewhere(f"{served.url}/keys/other", connection_verify=str(served.ca))
        with pytest.raises(HttpResponseError) as caught:
            work(Orders(served, transport=transport))
        assert caught.value.status_code == 307
        assert transport.asked
        assert not [url for url in transport.asked if "/keys/other" in url]


class Counting(RequestsTransport):  # type: ignore[misc]
    """Counts calls to unwrap that are under way at once, for each wrapped key."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.lock, self.under_way, self.most, self.calls = threading.Lock(), Counter[bytes](), 0, 0

    def send(self, request: Any, **options: Any) -> Any:
        body = str(request.content).encode() if "unwrapkey" in request.url and request.content else b""
        with self.lock:
            self.calls += bool(body)
            self.under_way[body] += 1
            self.most = max(self.most, self.under_way[body] if body else 0)
        try:
            return super().send(request, **options)
        finally:
            with self.lock:
                self.under_way[body] -= 1


def test_threads_that_ask_the_same_cause_one_call(served: Served, orders: Orders) -> None:
    sealed = orders.seal()
    orders.open(sealed)
    served.clear_log()
    served.faults({"kind": "slow", "milliseconds": 500, "rate": 1.0})
    with ThreadPoolExecutor(16) as threads:
        assert set(threads.map(lambda _: orders.open(sealed), range(16))) == {b"invoice 4711"}
    assert served.log("orders") == ["unwrapKey"]
    served.faults()
    served.revoke("orders")
    with ThreadPoolExecutor(4) as threads:
        assert {refused(lambda: orders.open(sealed)).reason for _ in threads.map(int, "1234")} == {"ForbiddenByRbac"}


def test_many_opens_while_the_vault_fails_now_and_then(served: Served) -> None:
    transport = Counting(connection_verify=str(served.ca))
    orders = Orders(served, transport=transport, **PATIENT)
    plain = [f"order {number}".encode() for number in range(200)]
    sealed = [orders.seal(data) for data in plain]
    cached = cmkit.DataKeyCache(orders.vault, max_age=1)
    served.faults(*FLAKY)

    def work(seed: int) -> int:
        draws = Random(seed)
        for _ in range(625):
            at = draws.randrange(200)
            opened = cmkit.open(sealed[at], keys=orders.key, provider=cached, hosts=orders.hosts)
            assert opened == plain[at]
        return 625

    with ThreadPoolExecutor(16) as threads:
        assert sum(threads.map(work, range(16))) == 10_000
    assert transport.most == 1, "one unwrap at a time for each data key"
    assert 200 <= transport.calls < 5000, "and not one for each open"


def test_a_cache_delays_a_revocation_by_its_time_and_no_more(served: Served, orders: Orders) -> None:
    sealed = orders.seal()
    cached = cmkit.DataKeyCache(orders.vault, max_age=1)

    def read() -> bytes:
        return cmkit.open(sealed, keys=orders.key, provider=cached, hosts=orders.hosts)

    began = time.monotonic()
    assert read() == b"invoice 4711"
    served.revoke("orders")
    assert read() == b"invoice 4711"
    time.sleep(max(0.0, began + 1.2 - time.monotonic()))
    assert refused(read).reason == "ForbiddenByRbac"


def test_a_managed_identity(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_ENDPOINT", served.told["identityEndpoint"])
    monkeypatch.setenv("IDENTITY_HEADER", served.told["identityHeader"])
    served.grant("billing", role=ROLE)
    orders = Orders(served)
    orders.vault = KeyVault(ManagedIdentityCredential(client_id="billing"), hosts=orders.hosts, connection_verify=served.ca)
    assert orders.open(orders.seal()) == b"invoice 4711"
    assert served.log("billing") == ["get", "unwrapKey"]


@pytest.mark.parametrize("page", ["pkg/python/README.md", "docs/azure.md"])
def test_what_the_pages_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    host = "orders.vault.azure.net"
    served = Served(tmp_path, "--host", host, "--identity", "orders", "--grant", f"orders={ROLE}")
    served.admin.create_rsa_key(NAME, size=2048)
    lead(monkeypatch, host, served)
    monkeypatch.setenv("IDENTITY_ENDPOINT", served.told["identityEndpoint"])
    monkeypatch.setenv("IDENTITY_HEADER", served.told["identityHeader"])
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(served.ca))
    text = (Path(__file__).parents[3] / page).read_text()
    blocks = re.findall(r"^```py(?:thon)?\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    (block,) = (block for block in blocks if "KeyVault" in block)
    try:
        exec(block, {"cmkit": cmkit})
        assert served.log("orders") == ["get", "unwrapKey"]
    finally:
        served.close()


def test_it_travels_with_its_credential_and_works_in_a_fork(served: Served, orders: Orders) -> None:
    sealed = orders.seal()
    copy = pickle.loads(pickle.dumps(orders.vault))
    assert cmkit.open(sealed, keys=orders.key, provider=copy, hosts=orders.hosts) == b"invoice 4711"
    assert os.waitstatus_to_exitcode(os.waitpid(forked(lambda: orders.open(sealed)), 0)[1]) == 0
    orders.vault.close()
    assert orders.open(sealed) == b"invoice 4711"
    assert repr(orders.vault) == "KeyVault(Named)"


def test_a_key_record_travels_with_it_and_is_unwrapped_once(served: Served, orders: Orders) -> None:
    with cmkit.DataKey.generate(orders.key, provider=orders.vault, hosts=orders.hosts) as data_key:
        record, value = data_key.record, data_key.seal_value(b"ada", namespace="n")
    travelling = pickle.dumps(WrappedKey(record, keys=orders.key, provider=orders.vault, hosts=orders.hosts))
    for _ in range(3):
        with pickle.loads(travelling).open() as data_key:
            assert data_key.open_value(value, namespace="n") == b"ada"
    assert served.log("orders") == ["get", "unwrapKey"]
