"""The local vault in a folder that workers in other processes ask as well, with a note of who asked it what."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import cmkit
from cmkit.vault import LocalVault


class Vault:
    """A local vault and a file of notes, which both travel as paths."""

    def __init__(self, folder: Path) -> None:
        self.vault = LocalVault.create(folder / "vault", "orders.vault.azure.net")
        self.notes = folder / "asked"
        self.notes.touch()

    def rotate(self, name: str) -> str:
        """Makes a key, or a new version of one; gives the key's identifier."""
        return self.vault.create_key(name, kind="rsa-2048")

    def versions(self, name: str) -> list[str]:
        return [version.key.rpartition("/")[2] for version in self.vault.key(name).versions]

    def disable(self, name: str) -> None:
        for version in self.vault.key(name).versions:
            self.vault.disable(version.key)

    def asked(self, kind: str) -> list[str]:
        """The processes that asked this, each as often as it did."""
        lines = self.notes.read_text().splitlines()
        return [process for process, what in (line.split() for line in lines) if what == kind]

    def __call__(self, request: cmkit.KeyRequest) -> cmkit.KeyReply:
        with self.notes.open("a") as notes:
            notes.write(f"{os.getpid()} {type(request).__name__}\n")
        return self.vault(request)


class Overhearing:
    """A provider that keeps what another one unwraps: the data keys that must not be found anywhere else."""

    def __init__(self, provider: Vault) -> None:
        self.provider = provider
        self.unwrapped: list[bytes] = []

    def __call__(self, request: cmkit.KeyRequest) -> cmkit.KeyReply:
        reply = self.provider(request)
        if isinstance(request, cmkit.Unwrap):
            assert isinstance(reply, bytes)
            self.unwrapped.append(reply)
        return reply


def forms(secret: bytes) -> list[bytes]:
    """A secret as it may stand among other bytes."""
    return [secret, secret.hex().encode(), base64.b64encode(secret), base64.urlsafe_b64encode(secret), repr(secret).encode()]
