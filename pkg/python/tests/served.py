"""A local vault over HTTPS, as `cmkit vault serve` serves it: a process of its own, and what a test does to it."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Any

from azure.core.credentials import AccessToken
from azure.keyvault.keys import KeyClient

FLAKY: list[dict[str, Any]] = [
    {"kind": "throttled", "rate": 0.1, "seed": 1},
    {"kind": "unavailable", "rate": 0.1, "seed": 2},
    {"kind": "reset", "rate": 0.1, "seed": 3},
    {"kind": "slow", "milliseconds": 20, "rate": 0.1, "seed": 4},
]
"""Failures of a vault now and then."""
PATIENT: dict[str, Any] = {
    "retry_total": 40,
    "retry_connect": 20,
    "retry_read": 20,
    "retry_status": 20,
    "retry_backoff_factor": 0.01,
}
"""Options of a client that gets through them."""


class Named:
    """A credential whose token is the name of an identity, which is what the local vault takes."""

    def __init__(self, identity: str) -> None:
        self.identity = identity
        self.asked = 0

    def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        self.asked += 1
        return AccessToken(self.identity, int(time.time()) + 3600)


class NamedAsync:
    """The same, awaited."""

    def __init__(self, identity: str) -> None:
        self.identity = identity

    async def get_token(self, *scopes: str, **options: Any) -> AccessToken:
        return Named(self.identity).get_token(*scopes)

    async def close(self) -> None: ...

    async def __aenter__(self) -> NamedAsync:
        return self

    async def __aexit__(
        self,
        exc_type: type[BaseException] | None = None,
        exc_value: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None: ...


class Served:
    """A vault being served. `admin` may do all, `orders` what an application may."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.ca = folder / "ca.pem"
        path = os.environ.get("CMKIT_COMMAND")
        assert path, "CMKIT_COMMAND must name the command that Rust builds: `cargo build -p cmkit-cli`, target/debug/cmkit"
        command = [path, "vault", "serve", "--memory", "--listen", "127.0.0.1:0", "--json", "--until-input-ends"]
        command += ["--ca-out", str(self.ca), "--grant", "admin=Key Vault Administrator", *arguments]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.told: dict[str, Any] = json.loads(self._process.stdout.readline())
        self._tls = ssl.create_default_context(cafile=str(self.ca))
        self.port = int(self.told["url"].rpartition(":")[2])
        self.host = f"localhost:{self.port}"
        self.url = f"https://{self.host}"
        self.admin = KeyClient(
            self.url, Named("admin"), verify_challenge_resource=False, connection_verify=str(self.ca), retry_total=0
        )

    def grant(self, identity: str, **grant: str) -> None:
        """Give an identity a `role` or `permissions`."""
        self._control("PUT", "grants", {"identity": identity, **grant})

    def revoke(self, identity: str) -> None:
        """Take all of an identity's grants."""
        self._control("DELETE", "grants", {"identity": identity})

    def network(self, access: str) -> None:
        self._control("PUT", "network", {"access": access})

    def place(self, identity: str, place: str) -> None:
        self._control("PUT", "places", {"identity": identity, "place": place})

    def faults(self, *faults: dict[str, Any]) -> None:
        """These failures, and no others."""
        self._control("PUT", "faults", list(faults))

    def advance(self, seconds: int) -> None:
        """Put the vault's clock forward."""
        self._control("POST", "clock", {"advance": seconds})

    def log(self, identity: str) -> list[str]:
        """What an identity has asked, and how it was refused where it was."""
        entries = self._control("GET", "log")
        mine = [entry for entry in entries if entry["identity"] == identity]
        return [" ".join(filter(None, (entry["asked"], entry["refused"]))) for entry in mine]

    def clear_log(self) -> None:
        self._control("DELETE", "log")

    def disable(self, key: str, enabled: bool = False) -> None:
        """Disable a version of a key, or enable it again."""
        name, version = key.rsplit("/", 2)[1:]
        self.admin.update_key_properties(name, version, enabled=enabled)

    def stop(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def close(self) -> None:
        self.admin.close()
        if self._process.returncode is None:
            self.stop()

    def _control(self, method: str, path: str, body: object = None) -> Any:
        request = urllib.request.Request(f"{self.url}/local/{path}", method=method)
        request.add_header("Authorization", f"Bearer {self.told['controlToken']}")
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(request, data, context=self._tls) as answer:
            return json.load(answer)
