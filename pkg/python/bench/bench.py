"""Speed of the package beside its peers, as ratios within one run.

python bench.py            1 MiB messages, 25 rounds; a file of 1 GiB (some minutes)
python bench.py --quick    7 rounds; a file of 128 MiB
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

# The peers have one thread each. What has two here says so.
os.environ["RAYON_NUM_THREADS"] = "1"

import peers
from cryptography.hazmat.primitives.asymmetric import rsa
from sample import Samples, Table, Work, fastest, in_turn, ratios

import cmkit

MIB = 1 << 20
KEY = "https://orders.vault.azure.net/keys/orders-kek"


def messages(table: Table, rounds: int) -> None:
    """Seal 1 MiB with a data key at hand."""
    key = cmkit.DataKey.generate(cmkit.ServiceKey.generate("bench"))
    data, out = os.urandom(MIB), bytearray(MIB + 65_536)
    bare, bare_into = peers.aesgcm()
    works: dict[str, Work] = {
        "AESGCM.encrypt": lambda: bare(data),
        "AESGCM.encrypt_into": lambda: bare_into(data, out),
        "seal": lambda: cmkit.seal(data, keys=key),
        "seal, 256k": lambda: cmkit.seal(data, keys=key, suite="256k"),
        "seal_into": lambda: cmkit.seal_into(data, out, keys=key),
        "seal_into, 256k": lambda: cmkit.seal_into(data, out, keys=key, suite="256k"),
        "pyrage": partial(peers.age(), data),
    }
    for frame in (4096, MIB):
        works[f"aws-encryption-sdk, frames of {frame}"] = partial(peers.aws(frame), data)
    for name, seal in peers.tink_streams().items():
        works[name] = partial(seal, data)
    # Several in a row, as a server does it: a single one would find its code and its memory cold.
    times = in_turn(works, rounds, 10)
    table.head("1 MiB, ratio")
    table.row("seal / AESGCM.encrypt", ratios(times["seal"], times["AESGCM.encrypt"]), least=0.85)
    table.row("seal, 256k / AESGCM.encrypt", ratios(times["seal, 256k"], times["AESGCM.encrypt"]))
    table.row("seal_into / AESGCM.encrypt_into", ratios(times["seal_into"], times["AESGCM.encrypt_into"]))
    table.row("seal_into, 256k / AESGCM.encrypt_into", ratios(times["seal_into, 256k"], times["AESGCM.encrypt_into"]))
    table.row("seal / tink's fastest stream", ratios(times["seal"], fastest(times, "tink")), least=2.5)
    table.row("seal / pyrage", ratios(times["seal"], times["pyrage"]), least=5)
    table.row("seal / aws-encryption-sdk, the faster", ratios(times["seal"], fastest(times, "aws")), least=25)
    table.head("1 MiB")
    for name, took in times.items():
        table.row(name, [1 / each for each in took], " MiB/s")


def threads(table: Table, rounds: int) -> None:
    """Messages of 1 MiB on two threads over the same on one, each with a buffer that it uses again."""
    key = cmkit.DataKey.generate(cmkit.ServiceKey.generate("bench"))
    _, bare_into = peers.aesgcm()
    data = [os.urandom(MIB) for _ in range(2)]
    outs = [bytearray(MIB + 65_536) for _ in range(2)]
    each = 64

    def ours(at: int) -> None:
        for _ in range(each):
            cmkit.seal_into(data[at], outs[at], keys=key)

    def theirs(at: int) -> None:
        for _ in range(each):
            bare_into(data[at], outs[at])

    def on_one(run: Callable[[int], None]) -> None:
        run(0)
        run(1)

    def on_two(run: Callable[[int], None]) -> None:
        list(pool.map(run, range(2)))

    with ThreadPoolExecutor(2) as pool:
        works: dict[str, Work] = {}
        for name, run in (("seal_into", ours), ("AESGCM.encrypt_into", theirs)):
            works[f"{name}, one"] = partial(on_one, run)
            works[f"{name}, two"] = partial(on_two, run)
        times = in_turn(works, rounds)
    table.head("two threads over one, 1 MiB messages")
    table.row("seal_into", ratios(times["seal_into, two"], times["seal_into, one"]), least=1.7)
    table.row("AESGCM.encrypt_into", ratios(times["AESGCM.encrypt_into, two"], times["AESGCM.encrypt_into, one"]))


def values(table: Table, rounds: int) -> None:
    """Compact values of 64 bytes, and messages of 100 bytes."""
    key = cmkit.DataKey.generate(cmkit.ServiceKey.generate("bench"))
    value, message, many = os.urandom(64), os.urandom(100), [os.urandom(64) for _ in range(1000)]
    sealed = key.seal_values(many, namespace="bench")
    bare, _ = peers.aesgcm()
    works: dict[str, Work] = {
        "seal_value": lambda: key.seal_value(value, namespace="bench", aad="row 1"),
        "AESGCM.encrypt, 64 bytes": lambda: bare(value),
        "seal, 100 bytes": lambda: cmkit.seal(message, keys=key),
    }
    lists: dict[str, Work] = {
        "seal_values": lambda: key.seal_values(many, namespace="bench"),
        "open_values": lambda: key.open_values(sealed, namespace="bench"),
    }
    times = in_turn(works, rounds, 2000) | in_turn(lists, rounds, 4)
    table.head("64 bytes")
    micro = {name: [each * 1e6 / (1000 if name in lists else 1) for each in took] for name, took in times.items()}
    goals = {"seal_value": 3.0, "seal_values": 1.5}
    for name, took in micro.items():
        table.row(name + (", a value" if name in lists else ""), took, " us", most=goals.get(name))


def envelopes(table: Table, rounds: int) -> None:
    """100 bytes under RSA-2048: a fresh data key for each, wrapped."""
    private = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    public = private.public_key()
    modulus = public.public_numbers().n.to_bytes(256, "big")
    state = cmkit.KeyState(f"{KEY}/{'0' * 32}", modulus=modulus)

    def holder(request: cmkit.KeyRequest) -> cmkit.KeyReply:
        if isinstance(request, cmkit.Unwrap):
            return private.decrypt(request.wrapped, peers.OAEP)
        return state

    data = os.urandom(100)
    cache = cmkit.DataKeyCache(holder)
    assert cmkit.open(cmkit.seal(data, keys=KEY, provider=holder), keys=KEY, provider=holder) == data
    hand, jose, aws = peers.by_hand(public), peers.jose(public), peers.aws(4096)
    fast: dict[str, Work] = {
        "seal": lambda: cmkit.seal(data, keys=KEY, provider=holder),
        "by hand": lambda: hand(data),
        "joserfc": lambda: jose(data),
        "seal, cached data key": lambda: cmkit.seal(data, keys=KEY, provider=cache),
    }
    times: Samples = in_turn(fast, rounds, 200) | in_turn({"aws-encryption-sdk": lambda: aws(data)}, rounds, 5)
    table.head("100 bytes under RSA-2048")
    table.row("by hand / seal", ratios(times["seal"], times["by hand"]), least=1)
    table.row("aws-encryption-sdk / seal", ratios(times["seal"], times["aws-encryption-sdk"]), least=35)
    for name, took in times.items():
        table.row(name, [each * 1e6 for each in took], " us")


def imports(table: Table, rounds: int) -> None:
    """What `import cmkit` adds to a bare interpreter."""

    def python(code: str) -> Work:
        return lambda: subprocess.run([sys.executable, "-c", code], check=True)

    modules = ("cmkit", "cryptography.hazmat.primitives.ciphers.aead", "tink", "aws_encryption_sdk")
    times = in_turn({"": python("pass")} | {name: python(f"import {name}") for name in modules}, rounds)
    table.head("import, over a bare interpreter")
    for name in modules:
        over = [(took - bare) * 1e3 for took, bare in zip(times[name], times[""], strict=True)]
        table.row(f"import {name}", over, " ms", most=20 if name == "cmkit" else None)


FILE = """
import json, sys, time
import cmkit
key = cmkit.ServiceKey.from_parts("bench", "0" * 32, bytes(32))
began = time.perf_counter()
getattr(cmkit, sys.argv[1])(sys.argv[2], sys.argv[3], keys=key)
took = time.perf_counter() - began
# Not getrusage, which counts the process that this one was forked from.
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM")).split()[1]
print(json.dumps([took, int(peak) / 1024]))
"""


def files(table: Table, rounds: int, size: int) -> None:
    """A file, sealed and opened on paths, beside a copy that is synced as well; memory at its peak."""
    with tempfile.TemporaryDirectory() as folder:
        plain, sealed, opened = (str(Path(folder) / name) for name in ("plain", "sealed", "opened"))
        with open(plain, "wb") as file:
            for _ in range(size // MIB):
                file.write(os.urandom(MIB))
        environment = {**os.environ, "RAYON_NUM_THREADS": "2"}
        peak: dict[str, float] = {}
        times: Samples = {"cp": [], "seal_file": [], "open_file": []}
        for _ in range(rounds):
            began = time.perf_counter()
            subprocess.run(["cp", "--reflink=never", plain, opened], check=True)
            subprocess.run(["sync", opened], check=True)
            times["cp"].append(time.perf_counter() - began)
            for name, source, target in (("seal_file", plain, sealed), ("open_file", sealed, opened)):
                command = [sys.executable, "-c", FILE, name, source, target]
                said = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=environment)
                took, memory = json.loads(said.stdout)
                times[name].append(took)
                peak[name] = max(memory, peak.get(name, 0))
    table.head(f"a file of {size // MIB} MiB, two threads")
    for name, took in times.items():
        table.row(name, [size / MIB / each for each in took], " MiB/s")
    for name, memory in peak.items():
        table.row(f"memory of {name}, with Python", [memory], " MiB", most=64)


def main() -> int:
    quick = "--quick" in sys.argv[1:]
    rounds = 7 if quick else 25
    load = " ".join(f"{average:.1f}" for average in os.getloadavg())
    print(f"Python {platform.python_version()}, {os.cpu_count()} cores, load averages {load}; {rounds} rounds")
    table = Table()
    messages(table, rounds)
    threads(table, rounds)
    values(table, rounds)
    envelopes(table, rounds)
    imports(table, rounds)
    files(table, 2 if quick else 5, (128 if quick else 1024) * MIB)
    print(f"\nload averages at the end {' '.join(f'{average:.1f}' for average in os.getloadavg())}")
    if table.missed:
        print(f"missed: {', '.join(table.missed)}")
    return 1 if table.missed else 0


if __name__ == "__main__":
    sys.exit(main())
