"""What the makers of `open.json` share: the URLs of the test keys, and how a case is added."""

from __future__ import annotations

from typing import Any

from codec import Json
from forge import Forge
from maker import Maker, allow

VAULT, ARCHIVE, HSM = (
    f"https://{name}/keys/"
    for name in ("orders.vault.azure.net", "archive.vault.azure.net", "orders.managedhsm.azure.net")
)
ORDERS_2048, ORDERS_3072, ORDERS_4096 = VAULT + "orders-2048", VAULT + "orders-3072", VAULT + "orders-4096"
ARCHIVE_2048, RESTORED, ORDERS_AES = ARCHIVE + "archive-2048", ARCHIVE + "orders-2048", HSM + "orders-aes"
EVERYTHING = {"external": {"pairs": {"row": "42", "tenant": "acme"}}}


class OpenCases:
    """Adds cases to `open.json`; by default with a configuration that opens the base."""

    CONFIGURATIONS = {
        "rsa-3072": allow(ORDERS_3072),
        "rsa-4096": allow(ORDERS_4096),
        "rsa-archive": allow(ARCHIVE_2048),
        "aes-hsm": allow(ORDERS_AES),
        "body-1-even": allow(ORDERS_AES),
        "body-1-short-by-1": allow(ORDERS_AES),
        "everything-suite-2": allow(ORDERS_AES),
        "record": allow(records=["record"]),
        "record-deterministic": allow(records=["record-deterministic"]),
    }
    RSA_2048 = (
        "rsa-2048",
        "rsa-2048-v2",
        "two-rsa",
        "four-rsa",
        "eight-keys",
        "everything",
        "external-one-pair",
        "padding-1024",
        "body-1",
        "body-2",
    )

    def __init__(self, maker: Maker) -> None:
        self.maker = maker
        self.keys: Any = maker.reader.keys

    def forge(self, base: str) -> Forge:
        return Forge(self.maker.reader.seals[base])

    def dek(self, base: str) -> bytes:
        case = next(case for case in self.maker.files["seal"] if case["name"] == base)
        return bytes.fromhex(case["random"])[:32]

    def add(
        self,
        name: str,
        base: str,
        edits: list[Json] | None = None,
        error: str | list[str] | None = None,
        calls: int | None = None,
        **inputs: Any,
    ) -> None:
        envelope: Json = {"base": base}
        if edits:
            envelope["edits"] = edits
        if "body_edits" in inputs:
            envelope["body_edits"] = inputs.pop("body_edits")
        default = allow(ORDERS_2048) if base in self.RSA_2048 else allow(service=["service"])
        case = {"name": name, "envelope": envelope, "configuration": self.CONFIGURATIONS.get(base, default)}
        if base.startswith("everything"):
            case |= EVERYTHING
        case |= inputs
        case = {key: value for key, value in case.items() if value is not None}
        self.maker.add("open", case, error, calls)
