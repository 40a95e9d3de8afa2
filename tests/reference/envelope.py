"""Opening envelopes, whole or by range, in the order that the format states."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

import derive
from failure import Failure
from header import CHUNK, Core, Head, parse_head
from holder import Holder
from seal import External, external_bytes
from unwrap import Configuration, unwrap_dek

TAG = 16


@dataclass(frozen=True)
class Expectation:
    """What the caller requires of the head once it is authenticated."""

    namespace: str | None = None
    context: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Opener:
    """Everything but the envelope that an opening takes."""

    configuration: Configuration
    holder: Holder
    external: External = None
    expect: Expectation = Expectation()


def open_envelope(envelope: bytes, opener: Opener, release: Callable[[bytes], None]) -> None:
    """Opens an attached envelope and releases the plaintext chunk by chunk."""
    head, keys = open_head(parse_head(envelope, record=False, alone=False), opener)
    open_body(envelope[head.length :], head.suite, keys, release)


def open_detached(head: bytes, body: bytes, opener: Opener, release: Callable[[bytes], None]) -> None:
    """Opens an envelope whose head is kept apart from its body."""
    parsed, keys = open_head(parse_head(head, record=False, alone=True), opener)
    open_body(body, parsed.suite, keys, release)


def open_range(envelope: bytes, start: int, length: int, opener: Opener) -> bytes:
    """Opens a range of the plaintext; the last chunk is opened first, whatever the range."""
    head, keys = open_head(parse_head(envelope, record=False, alone=False), opener)
    body = envelope[head.length :]
    size = CHUNK[head.suite]
    last, rest = divmod(len(body), size + TAG)
    if rest < TAG:
        raise Failure("truncated", "last chunk")
    end = open_chunk(body, last, size, keys)
    total = last * size + len(end)
    if start > total:
        raise Failure("out_of_range")
    stop = min(start + length, total)
    plaintext = b""
    for k in range(start // size, (stop - 1) // size + 1 if stop > start else 0):
        chunk = end if k == last else open_chunk(body, k, size, keys)
        plaintext += chunk[max(start - k * size, 0) : stop - k * size]
    return plaintext


def open_head(head: Head, opener: Opener) -> tuple[Head, derive.BodyKeys]:
    """From a parsed head to the keys of its body: match, unwrap, authenticate, compare expectations."""
    aad = require_form(head.core, opener.external)
    dek = unwrap_dek(head, opener.configuration, opener.holder)
    keys = authenticate(head, dek, aad)
    require_expected(head.core, opener.expect)
    return head, keys


def require_form(core: Core, external: External) -> bytes:
    """The external context as bytes, if it has the form that the core asks for."""
    if core.names:
        if not isinstance(external, dict) or set(external) != set(core.names):
            raise Failure("context", "external context: " + ", ".join(core.names))
    elif isinstance(external, dict):
        raise Failure("context", "no named external context is due")
    return external_bytes(external)


def authenticate(head: Head, dek: bytes, aad: bytes) -> derive.BodyKeys:
    """Checks commitment and header MAC; both are computed before either is judged."""
    bound = derive.binding(head.suite, head.flags, head.core.raw, aad)
    keys = derive.body_keys(dek, head.suite, head.salt, bound)
    committed = hmac.compare_digest(keys.commit, head.commit)
    mac = derive.header_mac(dek, head.preamble, head.header, head.salt, head.commit)
    if not (committed & hmac.compare_digest(mac, head.mac)):
        raise Failure("decrypt")
    return keys


def require_expected(core: Core, expect: Expectation) -> None:
    if expect.namespace is not None and expect.namespace != core.namespace:
        raise Failure("context", "namespace")
    if not expect.context.items() <= core.context.items():
        raise Failure("context", "encryption context")


def open_body(body: bytes, suite: int, keys: derive.BodyKeys, release: Callable[[bytes], None]) -> None:
    """Opens all chunks in order, each released after its tag."""
    size = CHUNK[suite]
    k = 0
    while True:
        rest = len(body) - k * (size + TAG)
        if rest < TAG:
            raise Failure("truncated", f"chunk {k}")
        release(open_chunk(body, k, size, keys))
        if rest < size + TAG:
            return
        k += 1


def open_chunk(body: bytes, k: int, size: int, keys: derive.BodyKeys) -> bytes:
    sealed = body[k * (size + TAG) : (k + 1) * (size + TAG)]
    try:
        return AESGCM(keys.key).decrypt(keys.nonce(k), sealed, None)
    except InvalidTag as error:
        raise Failure("decrypt") from error
