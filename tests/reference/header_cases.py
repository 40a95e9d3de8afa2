"""What the makers of `header.json` share: headers in their encoding, right or wrong, and how a case is added."""

from __future__ import annotations

from cbor import ARRAY, MAP, encode, head
from header import MAGIC
from make_keys import stream
from maker import Maker

THUMB = stream("thumbprint", 32)
VERSION = stream("version", 16)
WRAPPED = stream("wrapped", 512)
HOST, NAME = "orders.vault.azure.net", "orders"
MALFORMED = "malformed"


class HeaderCases:
    """Adds cases to `header.json`."""

    def __init__(self, maker: Maker) -> None:
        self.maker = maker

    def header(
        self,
        name: str,
        block: bytes,
        error: str | list[str] | None = MALFORMED,
        flags: int = 0,
        length: int | None = None,
    ) -> None:
        """A head with this header, padding included."""
        size = len(block) if length is None else length
        preamble = MAGIC + bytes([1, 1, flags, 0]) + size.to_bytes(4, "big")
        case = {"name": name, "head": {"hex": (preamble + block + stream("tail", 88)).hex()}}
        self.maker.add("header", case, error)

    def core(self, name: str, core: bytes, error: str | list[str] | None = MALFORMED, flags: int = 0) -> None:
        self.header(name, header(core), error, flags)

    def kek(self, name: str, kek: bytes, error: str | list[str] | None = MALFORMED, flags: int = 0) -> None:
        self.header(name, header(keks=[kek]), error, flags)

    def locator(self, name: str, locator: bytes, error: str | list[str] | None = MALFORMED, rsa: bool = True) -> None:
        self.kek(f"locator: {name}", entry(locator=locator) if rsa else symmetric(locator), error)


def header(core: bytes = b"\xa0", keks: list[bytes] | None = None) -> bytes:
    keks = [entry()] if keks is None else keks
    return head(ARRAY, 2) + encode(core) + head(ARRAY, len(keks)) + b"".join(keks)


def entry(
    alg: bytes = encode(-41),
    thumb: bytes = encode(THUMB),
    locator: bytes | None = None,
    wrapped: bytes = encode(WRAPPED[:256]),
    time: bytes = encode(1_700_000_000),
) -> bytes:
    """An RSA entry, each value given in its encoding; an empty one is left out."""
    locator = vault() if locator is None else locator
    return raw_map(*((encode(k + 1), v) for k, v in enumerate((alg, thumb, locator, wrapped, time)) if v))


def symmetric(locator: bytes | None = None, **values: bytes) -> bytes:
    values = {"alg": encode(-5), "thumb": b"", "wrapped": encode(WRAPPED[:40])} | values
    return entry(locator=locator, **values)


def vault(host: str = HOST, name: str = NAME, version: bytes = VERSION) -> bytes:
    return encode([1, host, name, version])


def raw_map(*pairs: tuple[bytes, bytes]) -> bytes:
    """A map whose entries are written in this order, right or wrong."""
    return head(MAP, len(pairs)) + b"".join(key + value for key, value in pairs)


def raw_array(*items: bytes) -> bytes:
    return head(ARRAY, len(items)) + b"".join(items)


def numbered(count: int) -> list[bytes]:
    """Entries that differ in thumbprint and locator."""
    return [entry(thumb=encode(stream(f"thumbprint {i}", 32)), locator=vault(name=f"key-{i}")) for i in range(count)]
