"""`seal.json`: what every kind of envelope looks like, byte for byte. Other files build on these cases."""

from __future__ import annotations

from typing import Any

from maker import Maker

NOW = 1_767_225_600
CS1, CS2 = 16384, 262144


def make(maker: Maker) -> None:
    key_kinds(maker)
    labels(maker)
    padding(maker)
    lengths(maker)
    rejects(maker)


def key_kinds(maker: Maker) -> None:
    for key in ("rsa-2048", "rsa-2048-v2", "rsa-3072", "rsa-4096", "rsa-archive", "aes-hsm", "service"):
        seal(maker, key, [key])
    seal(maker, "record", ["record"])
    seal(maker, "record-deterministic", ["record-deterministic"])
    seal(maker, "two-rsa", ["rsa-2048", "rsa-archive"])
    seal(maker, "four-rsa", ["rsa-2048", "rsa-3072", "rsa-4096", "rsa-archive"])
    seal(maker, "mixed", ["aes-hsm", "rsa-3072", "service", "record", "rsa-2048"])
    seal(maker, "mixed-case", ["rsa-mixed-case"])
    eight = [
        "rsa-2048",
        "rsa-3072",
        "rsa-archive",
        "aes-hsm",
        "service",
        "service-other",
        "record",
        "record-deterministic",
    ]
    seal(maker, "eight-keys", eight)
    seal(maker, "time-0", ["service"], now=0)
    seal(maker, "time-2^53-1", ["service"], now=2**53 - 1)


def labels(maker: Maker) -> None:
    seal(maker, "context-order", ["service"], context={"aa": "1", "b": "2", "a": "3", "ba": "4"})
    seal(
        maker,
        "context-unicode",
        ["service"],
        context={"é": "precomposed", "e\u0301": "combining", "鍵": "🔑", "z": "ü"},
    )
    seal(maker, "context-empty-value", ["service"], context={"tenant": ""})
    seal(maker, "context-control-characters", ["service"], context={"a\nb": "\u0000\u001b[0m"})
    seal(maker, "context-64", ["service"], context={f"k{i}": str(i) for i in range(64)})
    seal(maker, "context-long-value", ["service"], context={"k": "v" * 300, "k" * 24: "w" * 24, "k" * 256: "x" * 255})
    seal(maker, "external-bytes", ["service"], external={"bytes": "00ff68656c6c6f"})
    seal(maker, "external-bytes-long", ["service"], external={"bytes": bytes(range(256)).hex() * 2})
    seal(maker, "external-pairs", ["service"], external={"pairs": {"tenant": "acme", "row": "42", "b": "", "aa": "é"}})
    seal(maker, "external-one-pair", ["rsa-2048"], external={"pairs": {"tenant": "acme"}})
    seal(maker, "external-64", ["service"], external={"pairs": {f"k{i}": str(i) for i in range(64)}})
    seal(maker, "namespace", ["service"], namespace="acme.invoice/v2")
    seal(maker, "namespace-255", ["service"], namespace="!~" * 127 + "x")
    seal(maker, "content-type", ["service"], content_type="text/plain; charset=utf-8")
    seal(maker, "everything", ["rsa-2048"], **everything())
    seal(maker, "everything-suite-2", ["aes-hsm", "rsa-archive"], suite=2, **everything())


def everything() -> dict[str, Any]:
    return {
        "context": {"aa": "two", "b": "one"},
        "namespace": "acme.invoice/v2",
        "content_type": "application/json",
        "external": {"pairs": {"row": "42", "tenant": "acme"}},
        "pad_to": 768,
        "plaintext": b'{"total": 12}'.hex(),
    }


def padding(maker: Maker) -> None:
    exact = seal(maker, "padding-none", ["service"])
    seal(maker, "padding-0", ["service"], pad_to=exact)
    seal(maker, "padding-1", ["service"], pad_to=exact + 1)
    seal(maker, "padding-1024", ["rsa-2048"], pad_to=1024)
    seal(maker, "padding-largest", ["service"], pad_to=12 + 16384 + 88)
    seal(maker, "padding-too-small", ["service"], pad_to=exact - 1, error="too_large")
    seal(maker, "padding-too-large", ["service"], pad_to=12 + 16385 + 88, error="too_large")


def lengths(maker: Maker) -> None:
    for suite, size in ((1, CS1), (2, CS2)):
        for name, length in (
            ("0", 0),
            ("1", 1),
            ("chunk-1", size - 1),
            ("chunk", size),
            ("chunk+1", size + 1),
            ("3-chunks+5", 3 * size + 5),
        ):
            plaintext = {"pattern": "counter", "length": length}
            seal(maker, f"suite-{suite}-length-{name}", ["service"], suite=suite, plaintext=plaintext)
        seal(maker, f"suite-{suite}-length-2-chunks", ["service"], suite=suite, plaintext=counter(2 * size))
    seal(maker, "suite-1-length-257-chunks", ["service"], plaintext=counter(256 * CS1 + 1))
    # Whole bodies, for cases that change them.
    seal(maker, "body-1", ["rsa-2048"], plaintext=counter(3 * CS1 + 5), whole=True)
    seal(maker, "body-1-even", ["aes-hsm"], plaintext=counter(2 * CS1), whole=True)
    seal(maker, "body-1-short-by-1", ["aes-hsm"], plaintext=counter(CS1 - 1), whole=True)
    seal(maker, "body-2", ["rsa-2048"], suite=2, plaintext=counter(CS2 + 1000), whole=True)


def rejects(maker: Maker) -> None:
    seal(maker, "version-not-hex", ["rsa-odd-version"], error="unsupported")
    seal(maker, "version-not-hex, after another key", ["aes-hsm", "rsa-odd-version"], error="unsupported")
    url = maker.reader.keys["aes-hsm"].url  # type: ignore[union-attr]
    for state in ("denied", "unavailable"):
        seal(maker, f"wrap {state}", ["rsa-2048", "aes-hsm"], holder={url: {"state": state}}, error=state)
    nine = [
        "service",
        "rsa-2048",
        "rsa-3072",
        "rsa-4096",
        "rsa-archive",
        "aes-hsm",
        "service-other",
        "record",
        "record-service",
    ]
    seal(maker, "nine-keys", nine, error="too_large")
    del maker.files["seal"][-1]["wraps"]


def counter(length: int) -> dict[str, Any]:
    return {"pattern": "counter", "length": length}


def seal(maker: Maker, name: str, keys: list[str], **inputs: Any) -> int:
    """Adds a case and returns the length of its head."""
    error = inputs.pop("error", None)
    case = {
        "name": name,
        "keys": keys,
        "suite": 1,
        "now": NOW,
        "random": maker.random("seal " + name, keys),
        "plaintext": b"hello".hex(),
        **inputs,
    }
    maker.add("seal", case, error)
    return int(case["result"].get("head_length", 0))
