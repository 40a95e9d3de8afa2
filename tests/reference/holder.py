"""A scripted key holder: it has every vault key of the keyring and says what the script makes it say."""

from __future__ import annotations

from typing import Any

import wrap
from failure import Failure
from keyring import Keyring, VaultKey


class Holder:
    """Answers unwrap, wrap and resolve requests, and writes down which key versions were asked for.

    `script` maps the URL of a key version to `{"state": "denied" | "unavailable"}` (what an unwrap or
    wrap of it ends in) and `{"created": seconds}` (in place of the keyring's).
    """

    def __init__(self, keys: Keyring, script: dict[str, dict[str, Any]] | None = None) -> None:
        self.keys = {key.url: key for key in keys.values() if isinstance(key, VaultKey)}
        self.script = script or {}
        self.unwraps: list[str] = []
        self.wraps: list[str] = []
        self.resolves: list[str] = []

    def unwrap(self, url: str, wrapped: bytes) -> bytes | None:
        """The unwrapped value, or `None` for a wrong ciphertext."""
        self.unwraps.append(url)
        key = self._use(url)
        if key.private:
            return wrap.oaep_decrypt(key.private, wrapped)
        return wrap.unwrap_aes(key.secret, wrapped)

    def wrap(self, url: str, dek: bytes) -> bytes:
        """Wraps under a symmetric key; wrapping under RSA needs the public key only."""
        self.wraps.append(url)
        return wrap.wrap_aes(self._use(url).secret, dek)

    def created(self, url: str) -> int:
        """When a key version was made, by the clock of the vault."""
        if url not in self.resolves:
            self.resolves.append(url)
        return int(self.script.get(url, {}).get("created", self.keys[url].created))

    def _use(self, url: str) -> VaultKey:
        state = self.script.get(url, {}).get("state")
        if state:
            raise Failure(state, url)
        return self.keys[url]
