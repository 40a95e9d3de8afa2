"""`python -m cmkit` beside the same command as Rust builds it: `CMKIT_COMMAND` names that one."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import pytest

AT = ["--at", "2026-11-01"]
PYTHON = [sys.executable, "-m", "cmkit"]


@pytest.fixture(scope="session")
def command() -> list[str]:
    path = os.environ.get("CMKIT_COMMAND")
    assert path, "CMKIT_COMMAND must name the command that Rust builds: `cargo build -p cmkit-cli`, target/debug/cmkit"
    return [path]


class Ended(NamedTuple):
    code: int
    output: bytes
    errors: bytes


def run(program: list[str], *arguments: str | bytes | Path, **options: Any) -> Ended:
    done = subprocess.run([*program, *arguments], capture_output=True, timeout=60, check=False, **options)
    return Ended(done.returncode, done.stdout, done.stderr)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--version"], 0),
        (["--help"], 0),
        (["help", "vault", "create-key"], 0),
        (["seal", "--help"], 0),
        ([], 2),
        (["seel"], 2),
        (["seal", "--suite", "1k"], 2),
        (["explain", "CMK3001"], 0),
        (["explain", "CMK0000"], 2),
        (["rules", "--json"], 0),
        (["rules"], 0),
        (["completions", "bash"], 0),
        (["completions", "zsh"], 0),
        (["inspect", "nowhere.cmk"], 3),
        (["open", "/dev/null"], 3),
        (["check", "template.json", *AT], 1),
        (["check", "template.json", "--format", "json", *AT], 1),
        (["check", "template.json", "--format", "sarif", *AT], 1),
        (["check", ".", *AT], 1),
        (["check", "nowhere.json"], 3),
        (["vault", "list", "--vault", "nowhere"], 3),
    ],
)
def test_it_is_the_same_command(command: list[str], tmp_path: Path, arguments: list[str], code: int) -> None:
    (tmp_path / "template.json").write_text(
        '{"resources": [{"type": "Microsoft.DocumentDB/mongoClusters", "apiVersion": "2025-09-01", "name": "orders",'
        ' "location": "westeurope", "properties": {"encryption": {"customerManagedKeyEncryption":'
        ' {"keyEncryptionKeyUrl": "https://orders.vault.azure.net/keys/orders-kek/0123456789abcdef0123456789abcdef"}}}}]}'
    )
    rust, python = run(command, *arguments, cwd=tmp_path), run(PYTHON, *arguments, cwd=tmp_path)
    assert python == rust
    assert rust.output or rust.errors
    assert python.code == code


def test_the_script_is_installed(command: list[str]) -> None:
    script = Path(sys.executable).with_name("cmkit")
    assert run([str(script)], "--version") == run(command, "--version")


def test_files_of_any_name(command: list[str], tmp_path: Path) -> None:
    """A name that is no UTF-8, a vault that both write, and each opens what the other sealed."""
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data"), "PYTHONUTF8": "0"}
    plain, options = b"r\xe9sum\xe9 \xff.pdf", {"cwd": os.fsencode(tmp_path), "env": environment}
    (tmp_path / os.fsdecode(plain)).write_bytes(b"attack at dawn" * 9999)
    vault = ["--vault", "orders"]
    key = "https://orders.vault.azure.net/keys/orders-kek"
    assert run(PYTHON, "vault", "init", "--host", "orders.vault.azure.net", *vault, **options).code == 0
    assert run(command, "vault", "create-key", "orders-kek", "--kind", "rsa-2048", *vault, **options).code == 0
    for sealing, opening, under in [(PYTHON, command, ["--key", key]), (command, PYTHON, [])]:
        assert run(sealing, "seal", "-o", b"\xfe.cmk", *vault, *under, plain, **options).code == 0
        opened = run(opening, "open", *vault, b"\xfe.cmk", **options)
        assert opened == Ended(0, b"attack at dawn" * 9999, b"")
    shutil.rmtree(tmp_path / "orders")
    assert run(PYTHON, "open", *vault, b"\xfe.cmk", **options) == run(command, "open", *vault, b"\xfe.cmk", **options)


@pytest.mark.parametrize("mine", [True, False])
def test_interrupted_it_leaves_nothing(command: list[str], tmp_path: Path, mine: bool) -> None:
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")}
    folder = tmp_path / "out"
    folder.mkdir()
    process = subprocess.Popen(
        [*(PYTHON if mine else command), "seal", "-o", str(folder / "big.cmk")],
        stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment,
    )  # fmt: skip
    assert process.stdin
    process.stdin.write(bytes(64 << 20))  # far more than the pipe holds: it is at work
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=10) == -signal.SIGINT
    assert list(folder.iterdir()) == []
    process.stdin.close()


@pytest.mark.parametrize("mine", [True, False])
def test_a_parent_that_ignores_interrupts_is_heeded(command: list[str], tmp_path: Path, mine: bool) -> None:
    process = subprocess.Popen(
        [*(PYTHON if mine else command), "seal", "-o", str(tmp_path / "big.cmk")],
        stdin=subprocess.PIPE, stderr=subprocess.DEVNULL, env={**os.environ, "XDG_DATA_HOME": str(tmp_path / "data")},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
    )  # fmt: skip
    assert process.stdin
    process.stdin.write(bytes(16 << 20))
    process.send_signal(signal.SIGINT)
    time.sleep(0.1)
    process.stdin.close()
    assert process.wait(timeout=30) == 0
    assert (tmp_path / "big.cmk").stat().st_size > 16 << 20


@pytest.mark.parametrize("mine", [True, False])
def test_a_reader_who_has_seen_enough(command: list[str], mine: bool) -> None:
    process = subprocess.Popen(
        [*(PYTHON if mine else command), "rules", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout
    assert process.stderr
    assert process.stdout.read(1)
    process.stdout.close()
    errors = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=30), errors) == (0, b"")
