"""What a client sees that is not Azure's: the challenge, versions of the API, bodies, and who may control the vault."""

import socket
import ssl
import urllib.error
from typing import Any

import pytest

from conftest import Served

QUERY = "?api-version=7.4"


def test_the_challenge_comes_first(served: Served) -> None:
    status, headers, body = served.request("GET", f"{served.url}/keys/kek{QUERY}", None)
    assert (status, body["error"]["code"]) == (401, "Unauthorized")
    assert headers["www-authenticate"].startswith('Bearer authorization="https://login.microsoftonline.com/')
    assert 'resource="https://vault.azure.net"' in headers["www-authenticate"]
    for token in ("eyJhbGciOiJIUzI1NiJ9.e30.AAAA", "%"):
        status, headers, _ = served.request("GET", f"{served.url}/keys{QUERY}", token)
        assert status == 401 and 'error="invalid_token"' in headers["www-authenticate"], token


@pytest.mark.parametrize("query", ["", "?api-version=6.0", "?api-version=7.4&maxresults=26"])
def test_the_version_of_the_api_is_due(served: Served, query: str) -> None:
    status, _, body = served.request("GET", f"{served.url}/keys{query}", "admin")
    assert (status, body["error"]["code"]) == (400, "BadParameter")


@pytest.mark.parametrize("body", [b"", b"{", b'{"kty": 7}', b'{"key_size": 2048}', b"[]"])
def test_a_body_is_what_its_operation_takes(served: Served, body: bytes) -> None:
    status, _, answer = served.request("POST", f"{served.url}/keys/kek/create{QUERY}", "admin", body)
    assert (status, answer["error"]["code"]) == (400, "BadParameter")


def test_a_bad_import_does_not_tell_the_key(served: Served) -> None:
    body = {"key": {"kty": "RSA", "d": "SECRET-SECRET"}}
    status, _, answer = served.request("PUT", f"{served.url}/keys/kek{QUERY}", "admin", body)
    assert status == 400 and "SECRET" not in str(answer)
    body = {"key": {"kty": "RSA", "d": 5, "p": "SECRET"}}
    status, _, answer = served.request("PUT", f"{served.url}/keys/kek{QUERY}", "admin", body)
    assert status == 400 and "SECRET" not in str(answer)


def test_a_large_body_is_refused(served: Served) -> None:
    path = f"{served.url}/keys/restore{QUERY}"
    try:
        status, _, answer = served.request("POST", path, "admin", b'"' + b"A" * (5 << 20))
        assert (status, answer["error"]["message"]) == (400, "the body is too large")
    except urllib.error.URLError as error:
        # Whoever is still sending when the vault has had enough may miss the answer.
        assert isinstance(error.reason, BrokenPipeError | ConnectionResetError)
    status, _, answer = served.request("POST", path, "admin", b'"' + b"A" * (3 << 20) + b'"')
    assert status == 400 and answer["error"]["message"] != "the body is too large"


def test_identifiers_carry_the_host_that_was_dialled(served: Served) -> None:
    port = served.url.rsplit(":", 1)[1]
    _, _, made = served.request("POST", f"https://localhost:{port}/keys/kek/create{QUERY}", "admin", {"kty": "EC"})
    assert made["key"]["kid"].startswith(f"https://localhost:{port}/keys/kek/")
    _, _, read = served.request("GET", f"{served.url}/keys/kek{QUERY}", "admin")
    assert read["key"]["kid"].startswith(f"{served.url}/keys/kek/")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "local.vault.azure.net", "orders.localhost"])
def test_the_certificate_is_for_these_names(tmp_path: Any, name: str) -> None:
    served = Served(str(tmp_path / "ca.pem"), "--name", "orders.localhost")
    context = ssl.create_default_context(cadata=served.line["ca"])
    context.verify_flags |= ssl.VERIFY_X509_STRICT  # as Python does from 3.13 on
    port = int(served.url.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as plain, context.wrap_socket(plain, server_hostname=name) as tls:
        assert tls.version() == "TLSv1.3"
    with socket.create_connection(("127.0.0.1", port)) as plain, pytest.raises(ssl.SSLCertVerificationError):
        context.wrap_socket(plain, server_hostname="example.com")
    assert served.stop() == 0


def test_an_address_of_ipv6(tmp_path: Any) -> None:
    served = Served(str(tmp_path / "ca.pem"), "--listen", "[::1]:0", "--grant", "admin=Key Vault Crypto Officer")
    assert served.url.startswith("https://[::1]:")
    assert served.keys().create_ec_key("signer").id.startswith(f"{served.url}/keys/signer/")
    assert served.stop() == 0


def test_control_takes_its_token(served: Served) -> None:
    for token in (None, "admin", served.line["controlToken"][:-1]):
        assert served.request("GET", served.line["controlUrl"] + "/log", token)[0] == 401
    assert served.request("GET", served.line["controlUrl"] + "/nothing", served.line["controlToken"])[0] == 404
    bad: list[tuple[str, str, Any]] = [
        ("PUT", "/faults", [{"kind": "reset", "rate": 2}]),
        ("PUT", "/faults", [{"kind": "earthquake", "next": 1}]),
        ("PUT", "/grants", {"identity": "a"}),
        ("PUT", "/grants", {"identity": "a", "role": "Emperor"}),
        ("PUT", "/network", {"access": "some"}),
        ("POST", "/clock", {"advance": -1}),
        ("POST", "/clock", {"advance": 1 << 60}),
    ]
    for method, path, body in bad:
        status = served.request(method, served.line["controlUrl"] + path, served.line["controlToken"], body)[0]
        assert status == 400, (path, body)


def test_the_log_says_who_asked_what(served: Served) -> None:
    served.keys().create_ec_key("signer")
    served.request("GET", f"{served.url}/keys/signer{QUERY}", "nobody")
    log = served.control("GET", "/log")
    assert [(entry["identity"], entry["asked"], entry["refused"]) for entry in log] == [
        ("admin", "create", None),
        ("nobody", "get", "ForbiddenByPolicy"),
    ]
    assert log[1]["key"] == "https://local.vault.azure.net/keys/signer"
    served.control("DELETE", "/log")
    assert served.control("GET", "/log") == []
