"""The body of an envelope is C2SP's chunked encryption, and an implementation that is not ours opens it."""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path

import pytest
from cryptography.cobblestone import Cobblestone256Decryptor
from cryptography.exceptions import InvalidTag

import cmkit

# The second implementation of the format reads the head.
sys.path.append(str(Path(__file__).resolve().parents[3] / "tests" / "reference"))
derive, header = importlib.import_module("derive"), importlib.import_module("header")

KEY = "https://orders.managedhsm.azure.net/keys/orders-aes"
CHUNK = 16_384
SALT_AND_COMMITMENT = 24 + 32


class Overheard:
    """A symmetric key of a vault, wrapping by copying aside: it knows the data key."""

    def __init__(self) -> None:
        self.dek = b""

    def __call__(self, request: cmkit.KeyRequest) -> cmkit.KeyReply:
        if isinstance(request, cmkit.Resolve):
            return cmkit.KeyState(f"{KEY}/{'0' * 32}")
        assert isinstance(request, cmkit.Wrap)
        self.dek = request.dek
        return bytes(40)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 5, 257 * CHUNK + 1])
def test_cobblestone_opens_our_bodies(size: int) -> None:
    data, provider = os.urandom(size), Overheard()
    sealed = cmkit.seal(data, keys=KEY, provider=provider, namespace="acme.invoice/v2", context={"a": "1"}, aad=b"row 42")
    head = header.parse_head(sealed, record=False, alone=False)
    assert head.length == cmkit.inspect(sealed).head_size
    bound = derive.binding(1, 0, head.core.raw, b"row 42")
    message = sealed[head.length - SALT_AND_COMMITMENT :]

    def opened(bound: bytes, message: bytes) -> bytes:
        decryptor = Cobblestone256Decryptor(provider.dek, bound)
        return decryptor.update(message) + decryptor.finalize()

    assert opened(bound, message) == data
    for wrong in ((bound[::-1], message), (bound, message[:-1]), (bound, message[:-1] + bytes([message[-1] ^ 1]))):
        with pytest.raises((InvalidTag, ValueError)):
            opened(*wrong)
