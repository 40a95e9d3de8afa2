"""What the command of Rust and the npm package make opens in Python, and the reverse.

`CMKIT_COMMAND` names the command that Rust builds, `CMKIT_NPM` the index.js of the npm package that was built.
"""

from __future__ import annotations

import base64
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

import cmkit
from cmkit.vault import LocalVault

HOST = "orders.vault.azure.net"
KEY = f"https://{HOST}/keys/orders-kek"
NAMESPACE = "acme.invoice/v2"
PLAIN = bytes(range(256)) * 3000  # more than one chunk of either size
VALUE = "ada@example.com"


def named(variable: str, how: str) -> str:
    path = os.environ.get(variable)
    assert path, f"{variable} must name {how}"
    return path


class Command:
    """The command, in a folder of its own with the vault `orders`."""

    def __init__(self, folder: Path) -> None:
        self.path = named("CMKIT_COMMAND", "the command that Rust builds: `cargo build -p cmkit-cli`, target/debug/cmkit")
        self.folder = folder

    def __call__(self, *arguments: str, given: bytes = b"") -> bytes:
        environment = {**os.environ, "XDG_DATA_HOME": str(self.folder / "home")}
        done = subprocess.run(
            [self.path, *arguments, "--vault", "orders"],
            input=given, capture_output=True, cwd=self.folder, env=environment, timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout


@pytest.fixture
def command(tmp_path: Path) -> Command:
    return Command(tmp_path)


@pytest.mark.parametrize("kind", ["rsa-2048", "oct-256"])
@pytest.mark.parametrize("suite", ["16k", "256k"])
def test_messages_of_the_command(command: Command, tmp_path: Path, kind: Any, suite: Any) -> None:
    """Under one vault in a folder, which the command makes and Python changes."""
    command("vault", "init", "--host", HOST)
    vault = LocalVault(tmp_path / "orders")
    vault.create_key("orders-kek", kind=kind)
    bound = ["--namespace", NAMESPACE, "--external", "row=1"]
    theirs = command("seal", "--key", KEY, "-c", "tenant=acme", "--suite", suite, *bound, given=PLAIN)
    keywords: dict[str, Any] = {
        "keys": KEY,
        "provider": vault,
        "namespace": NAMESPACE,
        "context": {"tenant": "acme"},
        "aad": {"row": "1"},
    }
    assert cmkit.open(theirs, **keywords) == PLAIN
    assert cmkit.open_range(theirs, 300_000, 300_010, **keywords) == PLAIN[300_000:300_010]
    ours = cmkit.seal(PLAIN, suite=suite, **keywords)
    assert command("open", *bound, given=ours) == PLAIN

    command("vault", "rotate", "orders-kek")
    newest = vault.key(KEY).versions[-1].key
    head = cmkit.rewrap(theirs, keys=KEY, to=KEY, provider=vault)
    assert cmkit.inspect(head).keys[0].key == newest
    assert command("open", *bound, given=head + theirs[cmkit.inspect(theirs).head_size :]) == PLAIN
    (tmp_path / "ours.cmk").write_bytes(ours)
    command("rewrap", "--to", KEY, "ours.cmk")
    again = (tmp_path / "ours.cmk").read_bytes()
    assert cmkit.inspect(again).keys[0].key == newest
    assert cmkit.open(again, **keywords) == PLAIN
    for version in vault.key(KEY).versions[:-1]:
        vault.disable(version.key)
    assert command("open", *bound, given=again) == PLAIN
    with pytest.raises(cmkit.KeyUnavailable, match="KeyDisabled"):
        cmkit.open(theirs, **keywords)


def test_records_and_values_of_the_command(command: Command, tmp_path: Path) -> None:
    vault = LocalVault.create(tmp_path / "orders", HOST)
    vault.create_key("orders-kek", kind="rsa-2048")
    command("record", "new", "--key", KEY, "--deterministic", "--namespace", "smk", "-o", "theirs.record")
    ours = cmkit.DataKey.generate(KEY, provider=vault, deterministic=True, namespace="smk")
    (tmp_path / "ours.record").write_bytes(ours.record)
    for name in ("theirs.record", "ours.record"):
        record = (tmp_path / name).read_bytes()
        bound = ["--record", name, "--namespace", "acme.email", "--aad", "row 4711"]
        keywords: dict[str, Any] = {"namespace": "acme.email", "aad": "row 4711"}
        with cmkit.DataKey.open(record, keys=KEY, provider=vault, namespace="smk") as key:
            text = command("record", "seal-value", *bound, VALUE).decode().strip()
            theirs = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            assert key.open_value(theirs, **keywords) == VALUE.encode()
            value = base64.urlsafe_b64encode(key.seal_value(VALUE.encode(), **keywords)).decode().rstrip("=")
            assert command("record", "open-value", *bound, value).decode().strip() == VALUE
            equal = (
                base64.urlsafe_b64encode(key.seal_value(VALUE.encode(), deterministic=True, **keywords)).decode().rstrip("=")
            )
            assert command("record", "seal-value", "--deterministic", *bound, VALUE).decode().strip() == equal
            assert cmkit.open(command("seal", "--record", name, given=PLAIN), keys=key) == PLAIN
            assert command("open", "--record", name, given=cmkit.seal(PLAIN, keys=key)) == PLAIN


def test_keys_that_the_command_keeps(command: Command, tmp_path: Path) -> None:
    """Service-managed: the key lies in the vault's folder."""
    vault = LocalVault.create(tmp_path / "orders", HOST)
    theirs = command("seal", given=PLAIN)
    (service,) = vault.service_keys()
    assert service.name == "default"
    assert cmkit.open(theirs, keys=service) == PLAIN
    assert command("open", given=cmkit.seal(PLAIN, keys=service)) == PLAIN
    mine = cmkit.ServiceKey.generate("mine")
    vault.put_service_key(mine)
    assert command("open", given=cmkit.seal(PLAIN, keys=mine)) == PLAIN


def test_everything_of_the_npm_package(command: Command, tmp_path: Path) -> None:
    """Between Python and Node, and between Node and the command."""
    named("CMKIT_NPM", "the npm package's dist/index.js: `npm run build` in pkg/npm")
    vault = LocalVault.create(tmp_path / "orders", HOST)
    vault.create_key("orders-kek", kind="rsa-2048")
    version = vault.key(KEY).versions[-1]
    assert version.modulus
    service = cmkit.ServiceKey.generate("default")
    vault.put_service_key(service)
    arguments = ["--namespace", NAMESPACE, "--external", "row=1"]
    bound: dict[str, Any] = {"namespace": NAMESPACE, "context": {"tenant": "acme"}}
    value: dict[str, Any] = {"namespace": "acme.customer.email", "aad": "row 4711"}
    record = cmkit.DataKey.generate(service)
    aads: list[str | dict[str, str]] = ["text", {"row": "1", "table": "t"}]
    job = {
        "service": {"name": service.name, "version": service.version, "key": service.expose().hex()},
        "messages": [
            {"sealed": cmkit.seal(PLAIN, keys=service, suite=suite, aad=aad, **bound).hex(), "aad": aad}
            for suite in ("16k", "256k") for aad in aads
        ] + [
            {"sealed": command("seal", "-c", "tenant=acme", *arguments, given=PLAIN).hex(), "aad": {"row": "1"}},
        ],
        "record": record.record.hex(),
        "value": record.seal_value(VALUE.encode(), **value).hex(),
        "underRecord": cmkit.seal(PLAIN, keys=record).hex(),
        "key": KEY,
        "state": {"key": version.key, "modulus": version.modulus.hex()},
        "plain": PLAIN.hex(),
    }  # fmt: skip
    script = Path(__file__).with_name("interop.mjs")
    done = subprocess.run(["node", script], input=json.dumps(job).encode(), capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    made = json.loads(done.stdout)
    assert [bytes.fromhex(plain) for plain in made["opened"]] == [PLAIN] * 5
    assert bytes.fromhex(made["value"]) == VALUE.encode()
    assert bytes.fromhex(made["underRecord"]) == PLAIN
    for message in made["messages"]:
        assert cmkit.open(bytes.fromhex(message), keys=service, aad={"row": "1"}, **bound) == PLAIN
        assert command("open", *arguments, given=bytes.fromhex(message)) == PLAIN
    sealed = bytes.fromhex(made["underVault"])
    assert cmkit.inspect(sealed).keys[0].key == version.key
    assert cmkit.open(sealed, keys=KEY, provider=vault, **bound) == PLAIN
    assert command("open", "--namespace", NAMESPACE, given=sealed) == PLAIN
    with cmkit.DataKey.open(bytes.fromhex(made["record"]), keys=service, namespace="node") as key:
        assert key.open_values([bytes.fromhex(it) for it in made["values"]], **value) == [VALUE.encode()] * 2
        assert key.seal_value(VALUE.encode(), deterministic=True, **value).hex() == made["values"][1]
        assert cmkit.open(bytes.fromhex(made["madeUnderRecord"]), keys=key) == PLAIN
