"""A key vault in a folder that workers in other processes ask as well, and that notes down who asked it what."""

from __future__ import annotations

import base64
import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

import cmkit

HOST = "https://orders.vault.azure.net/keys/"
OAEP = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)


class Vault:
    """RSA keys as PEM files, a folder for each key, the versions in their order."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def rotate(self, name: str) -> str:
        """Makes a key, or a new version of one; gives the key's identifier."""
        key = rsa.generate_private_key(65537, 2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        place = self.folder / name
        place.mkdir(exist_ok=True)
        (place / f"{len(list(place.iterdir())):04}-{secrets.token_hex(16)}").write_bytes(pem)
        return HOST + name

    def versions(self, name: str) -> list[str]:
        return [path.name[5:] for path in sorted((self.folder / name).iterdir())]

    def disable(self, name: str) -> None:
        (self.folder / f"{name}.disabled").touch()

    def asked(self, kind: str) -> list[str]:
        """The processes that asked this, each as often as it did."""
        log = self.folder / "log"
        lines = log.read_text().splitlines() if log.exists() else []
        return [process for process, what in (line.split() for line in lines) if what == kind]

    def __call__(self, request: cmkit.KeyRequest) -> cmkit.KeyReply:
        with (self.folder / "log").open("a") as log:
            log.write(f"{os.getpid()} {type(request).__name__}\n")
        name, _, version = request.key.removeprefix(HOST).partition("/")
        if not (self.folder / name).is_dir():
            return cmkit.Refusal("denied", "KeyNotFound", f"there is no key `{name}`")
        if (self.folder / f"{name}.disabled").exists():
            return cmkit.Refusal("denied", "KeyDisabled", f"the key `{name}` is disabled")
        version = version or self.versions(name)[-1]
        (path,) = (self.folder / name).glob(f"*-{version}")
        key = load_pem_private_key(path.read_bytes(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        if isinstance(request, cmkit.Resolve):
            modulus = key.public_key().public_numbers().n.to_bytes(256, "big")
            return cmkit.KeyState(f"{HOST}{name}/{version}", modulus=modulus)
        assert isinstance(request, cmkit.Unwrap)
        return key.decrypt(request.wrapped, OAEP)


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
