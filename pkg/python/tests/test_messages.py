"""Messages, buffers, providers, errors, threads: what a caller of the package relies on."""

from __future__ import annotations

import ast
import doctest
import mmap
import pickle
import re
import subprocess
import sys
from array import array
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from cryptography.hazmat.primitives.keywrap import aes_key_unwrap, aes_key_wrap

import cmkit

KEY = "https://orders.vault.azure.net/keys/orders-kek"
VERSION = "0123456789abcdef0123456789abcdef"
NAMESPACE = "acme.invoice/v2"


class Vault:
    """One symmetric key."""

    def __init__(self) -> None:
        self.asked: list[cmkit.KeyRequest] = []

    def __call__(self, request: cmkit.KeyRequest) -> cmkit.KeyReply:
        self.asked.append(request)
        if isinstance(request, cmkit.Resolve):
            return cmkit.KeyState(f"{KEY}/{VERSION}")
        if isinstance(request, cmkit.Wrap):
            return aes_key_wrap(b"k" * 32, request.dek)
        return aes_key_unwrap(b"k" * 32, request.wrapped)


@pytest.fixture
def key() -> cmkit.ServiceKey:
    return cmkit.ServiceKey.generate("default")


@pytest.mark.parametrize("size", [0, 1, 2047, 16_384, 16_385, 3_000_000])
@pytest.mark.parametrize("suite", ["16k", "256k"])
def test_round_trip(key: cmkit.ServiceKey, size: int, suite: Any) -> None:
    data = bytes(range(256)) * (size // 256 + 1)
    sealed = cmkit.seal(data[:size], keys=key, suite=suite, aad={"row": "1"}, namespace=NAMESPACE)
    head = cmkit.inspect(sealed)
    assert len(sealed) == head.head_size + cmkit.sealed_size(size, suite)
    assert head.required_context == ("row",)
    assert cmkit.open(sealed, keys=key, aad={"row": "1"}, namespace=NAMESPACE) == data[:size]
    with pytest.raises(cmkit.DecryptError) as caught:
        cmkit.open(sealed, keys=key, aad={"row": "2"}, namespace=NAMESPACE)
    assert caught.value.code in {"context", "decrypt"}


def test_any_buffer(key: cmkit.ServiceKey, tmp_path: Path) -> None:
    data = b"attack at dawn! " * 1000
    path = tmp_path / "data"
    path.write_bytes(data)
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        views: list[Any] = [
            data,
            bytearray(data),
            memoryview(data),
            np.frombuffer(data, "<f8"),
            array("d", data),
            mapped,
        ]
        for view in views:
            assert cmkit.open(bytearray(cmkit.seal(view, keys=key)), keys=key) == data
    with pytest.raises(BufferError, match="not contiguous"):
        cmkit.seal(memoryview(data)[::2], keys=key)
    with pytest.raises(TypeError):
        cmkit.seal("text", keys=key)  # type: ignore[arg-type]


def test_into(key: cmkit.ServiceKey) -> None:
    data, out = b"x" * 100_000, bytearray(120_000)
    size = cmkit.seal_into(data, out, keys=key)
    plain = np.zeros(100_000, np.uint8)
    assert cmkit.open_into(memoryview(out)[:size], plain, keys=key) == 100_000
    assert plain.tobytes() == data
    with pytest.raises(cmkit.ConfigError, match="only 99999"):
        cmkit.open_into(memoryview(out)[:size], bytearray(99_999), keys=key)
    with pytest.raises(BufferError, match="read-only"):
        cmkit.seal_into(data, bytes(120_000), keys=key)
    with pytest.raises(cmkit.ConfigError, match="shares memory"):
        cmkit.seal_into(memoryview(out)[:1000], out, keys=key)
    out[size - 1] ^= 1
    plain[:] = 7
    with pytest.raises(cmkit.DecryptError):
        cmkit.open_into(memoryview(out)[:size], plain, keys=key)
    assert not plain.any(), "what was opened before the fault is wiped"


def test_provider_is_asked_and_its_exception_is_its_own() -> None:
    vault = Vault()
    sealed = cmkit.seal(b"data", keys=KEY, provider=vault)
    assert cmkit.open(sealed, keys=KEY, provider=vault) == b"data"
    assert [type(request).__name__ for request in vault.asked] == ["Resolve", "Wrap", "Unwrap"]
    assert vault.asked[2].key == f"{KEY}/{VERSION}"

    class Broken(Exception):
        pass

    mine = Broken("mine")

    def broken(request: cmkit.KeyRequest) -> cmkit.KeyReply:
        raise mine

    for provider in (broken, cmkit.DataKeyCache(broken)):
        with pytest.raises(Broken) as caught:
            cmkit.open(sealed, keys=KEY, provider=provider)
        assert caught.value is mine


def test_refusals_and_wrong_replies() -> None:
    sealed = cmkit.seal(b"data", keys=KEY, provider=Vault())
    refusal = cmkit.Refusal("unavailable", "Throttled", "too many requests", retry_after=7)
    with pytest.raises(cmkit.KeyUnavailable, match="too many requests") as caught:
        cmkit.open(sealed, keys=KEY, provider=lambda _: refusal)
    assert (caught.value.code, caught.value.reason, caught.value.retry_after) == ("unavailable", "Throttled", 7)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (type(again), again.code, again.reason, again.retry_after, str(again)) == (
        cmkit.KeyUnavailable, "unavailable", "Throttled", 7, str(caught.value),
    )  # fmt: skip
    wrong: Any = lambda _: "no"  # noqa: E731
    with pytest.raises(cmkit.ConfigError) as reply:
        cmkit.open(sealed, keys=KEY, provider=wrong)
    assert reply.value.code == "invalid_reply"
    with pytest.raises(cmkit.KeyUnavailable) as nobody:
        cmkit.open(sealed, keys=KEY)
    assert nobody.value.reason == "NoVault"
    with pytest.raises(cmkit.ConfigError) as uri:
        cmkit.seal(b"", keys="https://example.org/keys/k", provider=Vault())
    assert uri.value.code == "invalid_key_uri"


def test_every_code_has_its_kind() -> None:
    from cmkit.errors import _KINDS

    codes = {code for code, _, _ in cmkit.error_codes()}
    assert codes == _KINDS.keys() | {"provider", "io"}


def test_cache_and_threads() -> None:
    vault = Vault()
    cache = cmkit.DataKeyCache(vault, max_age=60)
    with ThreadPoolExecutor(8) as pool:
        rows = [b"row %d" % row * 1000 for row in range(64)]
        sealed = list(pool.map(lambda row: cmkit.seal(row, keys=KEY, provider=cache), rows))
        assert list(pool.map(lambda row: cmkit.open(row, keys=KEY, provider=cache), sealed)) == rows
    names = [type(request).__name__ for request in vault.asked]
    assert (names.count("Wrap"), names.count("Unwrap")) == (1, 1)
    cache.flush()
    assert cmkit.open(sealed[0], keys=KEY, provider=cache) == rows[0]
    assert len(vault.asked) == len(names) + 1


def test_rotation_touches_no_data(key: cmkit.ServiceKey) -> None:
    new = cmkit.ServiceKey.generate("next")
    sealed = cmkit.seal(b"data" * 10_000, keys=key, pad_to=1024)
    head = cmkit.rewrap(sealed, keys=key, to=new, in_place=True)
    assert len(head) == 1024
    again = head + sealed[1024:]
    assert cmkit.open(again, keys=new) == b"data" * 10_000
    assert cmkit.open_range(again, 4, 8, keys=new) == b"data"
    with pytest.raises(cmkit.KeyUnavailable, match="no key entry"):
        cmkit.open(again, keys=key)


def test_data_keys(key: cmkit.ServiceKey) -> None:
    made = cmkit.DataKey.generate(key, context={"table": "customers"}, namespace=NAMESPACE, deterministic=True)
    with cmkit.DataKey.open(made.record, keys=key, namespace=NAMESPACE) as opened:
        assert (opened.id, opened.context, opened.namespace) == (made.id, {"table": "customers"}, NAMESPACE)
        values = [b"a", None, b"a"]
        sealed = opened.seal_values(values, namespace="n", aad="x")
        assert sealed[0] != sealed[2]
        assert opened.open_values(sealed, namespace="n", aad=b"x") == values
        equal = opened.seal_values(values, namespace="n", deterministic=True)
        assert equal[0] == equal[2]
        message = cmkit.seal(b"long" * 9999, keys=opened)
        assert cmkit.open(message, keys=made) == b"long" * 9999
    assert opened.closed
    with pytest.raises(cmkit.ConfigError, match="closed"):
        opened.seal_value(b"a", namespace="n")
    for text in (repr(opened), repr(key)):
        assert "redacted" in text


def test_import_needs_nothing_else() -> None:
    """In a process of its own: what is imported is cmkit, its binding and the standard library."""
    code = """if True:
        import sys, cmkit
        roots = {name.partition(".")[0] for name in sys.modules}
        print(*sorted(roots - sys.stdlib_module_names - {"cmkit", "__main__"}))
    """
    done = subprocess.run([sys.executable, "-I", "-S", "-c", "import sys; sys.path[:0] = " + repr(sys.path) + "\n" + code],
                          capture_output=True, text=True, check=True)  # fmt: skip
    assert done.stdout.split() == []


@pytest.mark.parametrize(("path", "count"), [("README.md", 1), ("pkg/python/README.md", 9)])
def test_readmes(path: str, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The Python of a README, as one program."""
    monkeypatch.chdir(tmp_path)
    readme = (Path(__file__).parents[3] / path).read_text()
    blocks = re.findall(r"^```python\n(.*?)^```$", readme, re.DOTALL | re.MULTILINE)
    assert len(blocks) == count
    exec("\n".join(blocks), {"__name__": "readme"})


def test_documented_examples() -> None:
    """The examples in the documentation; those of classes stand in the stub."""
    assert doctest.testmod(cmkit) == (0, 4)
    assert doctest.testmod(sys.modules[cmkit.SealWriter.__module__]) == (0, 8)
    stub = ast.parse(Path(cmkit.__file__).with_name("_cmkit.pyi").read_text())
    documented = [ast.get_docstring(node) or "" for node in stub.body if isinstance(node, ast.ClassDef)]
    parser, runner = doctest.DocTestParser(), doctest.DocTestRunner()
    for number, text in enumerate(documented):
        runner.run(parser.get_doctest(text, {}, f"class {number} of the stub", None, 0))
    assert runner.summarize() == (0, sum(text.count(">>> ") for text in documented))
