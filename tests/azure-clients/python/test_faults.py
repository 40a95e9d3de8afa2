"""A vault that throttles, fails, is slow or is gone, and the official client's own retries."""

import time
from pathlib import Path

import pytest
from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError

from conftest import Served


def test_throttling_with_retry_after(served: Served) -> None:
    served.keys().create_ec_key("signer")
    served.control("PUT", "/faults", [{"kind": "throttled", "retryAfter": 2, "next": 1}])
    with pytest.raises(HttpResponseError) as caught:
        served.keys().get_key("signer")
    assert (caught.value.status_code, caught.value.error.code) == (429, "Throttled")
    assert caught.value.response.headers["Retry-After"] == "2"

    served.control("PUT", "/faults", [{"kind": "throttled", "retryAfter": 1, "next": 2}])
    began = time.monotonic()
    assert served.keys(retry_total=3).get_key("signer").name == "signer"
    assert 2 <= time.monotonic() - began < 10, "twice as long as the vault said"


def test_out_of_service(served: Served) -> None:
    served.keys().create_ec_key("signer")
    served.control("PUT", "/faults", [{"kind": "unavailable", "next": 1}])
    with pytest.raises(HttpResponseError) as caught:
        served.keys().get_key("signer")
    assert (caught.value.status_code, caught.value.error.code) == (503, "ServiceUnavailable")
    served.control("PUT", "/faults", [{"kind": "unavailable", "next": 2}])
    assert served.keys(retry_total=3, retry_backoff_factor=0.01).get_key("signer").name == "signer"


def test_no_answer(served: Served) -> None:
    served.keys().create_ec_key("signer")
    served.control("PUT", "/faults", [{"kind": "reset", "rate": 1}])
    with pytest.raises((ServiceRequestError, ServiceResponseError)):
        served.keys().get_key("signer")
    served.control("PUT", "/faults", [{"kind": "reset", "next": 2}])
    assert served.keys(retry_total=3, retry_backoff_factor=0.01).get_key("signer").name == "signer"


def test_slowness(served: Served) -> None:
    keys = served.keys()
    keys.create_ec_key("signer")
    served.control("PUT", "/faults", [{"kind": "slow", "milliseconds": 1500, "next": 1}])
    began = time.monotonic()
    keys.get_key("signer")
    assert time.monotonic() - began >= 1.5
    served.control("PUT", "/faults", [])
    began = time.monotonic()
    keys.get_key("signer")
    assert time.monotonic() - began < 1.5


def test_a_rate_repeats_itself(served: Served) -> None:
    served.keys().create_ec_key("signer")

    def struck(seed: int) -> list[bool]:
        served.control("PUT", "/faults", [{"kind": "throttled", "rate": 0.5, "seed": seed}])
        path = f"{served.url}/keys/signer?api-version=7.4"
        return [served.request("GET", path, "admin")[0] == 429 for _ in range(24)]

    first = struck(1)
    assert first == struck(1) and first != struck(2) and 4 < sum(first) < 20


def test_faults_from_the_start(tmp_path: Path) -> None:
    faults = '[{"kind": "unavailable", "next": 1}]'
    served = Served(str(tmp_path / "ca.pem"), "--grant", "admin=Key Vault Crypto Officer", "--faults", faults)
    path = f"{served.url}/keys?api-version=7.4"
    assert [served.request("GET", path, "admin")[0] for _ in range(2)] == [503, 200]
    assert served.stop() == 0
