"""File objects that seal and open: what the io library, zipfile and others expect of one, and files that misbehave."""

from __future__ import annotations

import csv
import errno
import gc
import io
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import cmkit

KEK = "https://orders.vault.azure.net/keys/orders-kek"
BATCH = 1 << 20
# Its types ask for more than it does.
TextIOWrapper: Any = io.TextIOWrapper


@pytest.fixture
def key() -> cmkit.ServiceKey:
    return cmkit.ServiceKey.generate("default")


class Pipe(io.RawIOBase):
    """Bytes that come once, in pieces of whatever size, as from a socket."""

    def __init__(self, data: bytes) -> None:
        self.rest = io.BytesIO(data)
        self.sizes = random.Random(7)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        return self.rest.read(min(size, self.sizes.randrange(1, 70_000)))


class Sink(io.RawIOBase):
    """Takes a part of what it is given."""

    def __init__(self) -> None:
        self.taken = bytearray()
        self.sizes = random.Random(7)

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        count = min(len(data), self.sizes.randrange(1, 70_000))
        self.taken += data[:count]
        return count


@pytest.mark.parametrize("size", [0, 1, 16_384, BATCH - 1, BATCH, BATCH + 1, 3_000_001])
@pytest.mark.parametrize("suite", ["16k", "256k"])
def test_round_trip(key: cmkit.ServiceKey, size: int, suite: Any) -> None:
    """Through files that take and give whole and in parts, seekable and not."""
    data = os.urandom(size)
    whole, parts = io.BytesIO(), Sink()
    file: Any
    for file in (whole, parts):
        with cmkit.SealWriter(file, keys=key, suite=suite, namespace="n") as writer:
            for at in range(0, size, 200_001):
                part = memoryview(data)[at : at + 200_001]
                assert writer.write(part) == len(part)
            assert writer.tell() == size
            assert (writer.writable(), writer.readable(), writer.seekable()) == (True, False, False)
        assert (writer.closed, file.closed) == (True, False)
    for envelope in (whole.getvalue(), bytes(parts.taken)):
        assert cmkit.open(envelope, keys=key, namespace="n") == data
        for file in (io.BytesIO(envelope), Pipe(envelope)):
            with cmkit.OpenReader(file, keys=key, namespace="n") as reader:
                assert (reader.readable(), reader.writable()) == (True, False)
                assert reader.inspection.namespace == "n"
                assert reader.read() == data
                assert (reader.read(1), reader.tell()) == (b"", size)
            assert (reader.closed, file.closed) == (True, False)


def test_any_buffer_any_size_of_write(key: cmkit.ServiceKey) -> None:
    file = io.BytesIO()
    numbers = np.arange(1000, dtype="<f8")
    with cmkit.SealWriter(file, keys=key) as writer:
        assert writer.write(numbers) == 8000
        for _ in range(5000):
            writer.write(b"abc")
        assert writer.write(bytearray(b"")) == 0
        with pytest.raises(TypeError):
            writer.write("text")  # type: ignore[arg-type]
    assert cmkit.open(file.getvalue(), keys=key) == numbers.tobytes() + b"abc" * 5000


def test_the_head_apart(key: cmkit.ServiceKey) -> None:
    file = io.BytesIO()
    with cmkit.SealWriter(file, keys=key, write_head=False, aad="x") as writer:
        writer.write(b"some data" * 10_000)
    new = cmkit.ServiceKey.generate("new")
    for head, body in ((writer.head, file.getvalue()), cmkit.seal_detached(b"some data" * 10_000, keys=key, aad="x")):
        assert cmkit.inspect(head).head_size == len(head)
        assert cmkit.open(body, keys=key, head=head, aad="x") == b"some data" * 10_000
        rotated = cmkit.rewrap(head, keys=key, to=new, detached=True)
        file = io.BytesIO(body)
        for opened in (file, Pipe(body)):
            reader = cmkit.OpenReader(opened, keys=new, head=rotated, aad="x")
            assert reader.read() == b"some data" * 10_000


def test_an_envelope_inside_of_a_file(key: cmkit.ServiceKey) -> None:
    file = io.BytesIO()
    file.write(b"before")
    with cmkit.SealWriter(file, keys=key) as writer:
        writer.write(b"data")
    file.seek(6)
    reader = cmkit.OpenReader(file, keys=key)
    assert (reader.read(), reader.seek(1), reader.read()) == (b"data", 1, b"ata")


def test_seek_is_that_of_a_file(key: cmkit.ServiceKey) -> None:
    data = os.urandom(2_500_000)
    reader, plain = cmkit.OpenReader(io.BytesIO(cmkit.seal(data, keys=key)), keys=key), io.BytesIO(data)
    assert (reader.seekable(), reader.size) == (True, len(data))
    draw = random.Random(11)
    buffered = io.BufferedReader(cmkit.OpenReader(io.BytesIO(cmkit.seal(data, keys=key)), keys=key))
    for _ in range(300):
        place = draw.choice([(draw.randrange(len(data) + 9), 0), (draw.randrange(-9, 99_999), 1), (-draw.randrange(99_999), 2)])
        try:
            at = plain.seek(*place)
        except (ValueError, OSError):
            continue
        assert (reader.seek(*place), reader.tell()) == (at, at)
        assert buffered.seek(*place) == at
        size = draw.choice([1, 100, 16_384, 200_000])
        expected = plain.read(size)
        assert buffered.read(size) == expected
        got = b""
        while len(got) < size and (part := reader.read(size - len(got))):
            got += part
        assert got == expected
    with pytest.raises(OSError, match="Invalid argument") as caught:
        reader.seek(-1)
    assert caught.value.errno == errno.EINVAL
    with pytest.raises(ValueError, match="whence"):
        reader.seek(0, 7)
    onward = cmkit.OpenReader(Pipe(cmkit.seal(data, keys=key)), keys=key)
    assert (onward.seekable(), onward.size, onward.tell()) == (False, None, 0)
    with pytest.raises(io.UnsupportedOperation):
        onward.seek(0)


def test_what_the_standard_library_does_with_files(key: cmkit.ServiceKey, tmp_path: Path) -> None:
    rows = [[str(number), "ä" * (number % 50)] for number in range(50_000)]
    file: Any
    with (tmp_path / "table").open("wb") as file, cmkit.SealWriter(file, keys=key) as writer:
        text = TextIOWrapper(writer, "utf-8", newline="")
        csv.writer(text).writerows(rows)
        text.detach()
    with (tmp_path / "table").open("rb") as file:
        lines = TextIOWrapper(cmkit.OpenReader(file, keys=key), "utf-8", newline="")
        assert list(csv.reader(lines)) == rows

    data = os.urandom(3_000_000)
    with (
        (tmp_path / "zip").open("wb") as file,
        cmkit.SealWriter(file, keys=key) as writer,
        zipfile.ZipFile(writer, "w") as archive,
    ):
        archive.writestr("a", data)
        archive.writestr("b", b"small", zipfile.ZIP_DEFLATED)
    with (tmp_path / "zip").open("rb") as file, zipfile.ZipFile(cmkit.OpenReader(file, keys=key)) as archive:
        assert (archive.read("b"), archive.read("a"), archive.testzip()) == (b"small", data, None)

    with (tmp_path / "copy").open("wb") as target, cmkit.SealWriter(target, keys=key) as writer:
        shutil.copyfileobj(io.BytesIO(data), writer)
    with (tmp_path / "copy").open("rb") as file, (tmp_path / "again").open("wb") as target:
        shutil.copyfileobj(cmkit.OpenReader(file, keys=key), target)
    assert (tmp_path / "again").read_bytes() == data

    with (tmp_path / "numbers").open("wb") as file, cmkit.SealWriter(file, keys=key) as writer:
        np.save(writer, np.arange(300_000))
    with (tmp_path / "numbers").open("rb") as file:
        assert (np.load(io.BufferedReader(cmkit.OpenReader(file, keys=key))) == np.arange(300_000)).all()


def refused(envelope: bytes, key: cmkit.ServiceKey) -> None:
    file: Any
    for file in (io.BytesIO(envelope), Pipe(envelope)):
        with pytest.raises((cmkit.InputError, cmkit.DecryptError)):
            cmkit.OpenReader(file, keys=key).read()


@pytest.mark.parametrize("size", [0, 5, BATCH, 2 * BATCH])
def test_a_body_that_raises_leaves_no_envelope(key: cmkit.ServiceKey, size: int) -> None:
    file = io.BytesIO()
    writer = cmkit.SealWriter(file, keys=key)

    def broken() -> None:
        with writer:
            writer.write(bytes(size))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    assert writer.closed
    refused(file.getvalue(), key)
    with pytest.raises(ValueError, match="closed"):
        writer.write(b"more")
    writer.close()
    refused(file.getvalue(), key)

    file = io.BytesIO()
    text = TextIOWrapper(cmkit.SealWriter(file, keys=key))
    text.write("half of it")
    writer = text.detach()
    assert isinstance(writer, cmkit.SealWriter)
    writer.abort()
    refused(file.getvalue(), key)


def test_a_writer_that_nobody_closed_makes_no_envelope(key: cmkit.ServiceKey) -> None:
    file = io.BytesIO()

    def forgetful() -> None:
        cmkit.SealWriter(file, keys=key).write(b"half of it")
        gc.collect()

    with pytest.warns(ResourceWarning, match="truncated"):
        forgetful()
    refused(file.getvalue(), key)
    with pytest.raises(cmkit.ConfigError):
        cmkit.SealWriter(file, keys="no key")
    gc.collect()


class Mine(Exception):
    pass


class Broken:
    """A file whose call number so and so raises, and no other."""

    def __init__(self, file: io.BytesIO, call: int) -> None:
        self.file, self.call, self.mine = file, call, Mine()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            self.call -= 1
            if self.call == 0:
                raise self.mine
            return getattr(self.file, name)(*arguments)

        return call


def test_what_a_file_raises_is_the_callers_and_ends_the_writer(key: cmkit.ServiceKey) -> None:
    calls = 0
    while True:
        calls += 1
        file: Any = Broken(io.BytesIO(), calls)
        writer = None
        raised = None
        try:
            writer = cmkit.SealWriter(file, keys=key)
            for _ in range(3):
                writer.write(bytes(BATCH))
            writer.close()
        except Mine as error:
            raised = error
        if raised is None:
            break
        assert raised is file.mine
        if writer:
            if not writer.closed:
                again = (partial(writer.write, b""), partial(writer.write, bytes(2 * BATCH)), writer.close)
                for attempt in again:
                    with pytest.raises(cmkit.CmkitError, match="failed before") as caught:
                        attempt()
                    assert caught.value.code == "io"
            assert writer.closed
        # The sixth is the flush, behind the end.
        if calls < 6 and file.file.getvalue():
            refused(file.file.getvalue(), key)
    assert calls == 1 + 3 + 1 + 1 + 1, "the head, three batches, the end, the flush, and none"


def test_what_a_file_raises_while_it_is_read(key: cmkit.ServiceKey) -> None:
    data = bytes(3 * BATCH)
    envelope = cmkit.seal(data, keys=key)
    for seekable in (True, False):
        calls = 0
        while True:
            calls += 1
            file: Any = Broken(io.BytesIO(envelope), calls)
            if not seekable:
                vars(file)["seekable"] = lambda: False
            raised = None
            try:
                assert cmkit.OpenReader(file, keys=key).read() == data
            except Mine as error:
                raised = error
            if raised is None:
                break
            assert raised is file.mine
        assert calls > 5


class Odd:
    """Says that it took or gives something strange."""

    def __init__(self, says: Any) -> None:
        self.says = says

    def read(self, size: int) -> Any:
        return self.says

    def write(self, data: bytes, /) -> Any:
        return self.says


class OddRaw(io.RawIOBase):
    def write(self, data: Any, /) -> None:
        return None


def test_files_that_break_the_contract(key: cmkit.ServiceKey) -> None:
    cases: list[tuple[Any, type[Exception], str]] = [
        (b"x" * 99_999, OSError, "more than it was asked"),
        ("text", TypeError, "str"),
        (None, BlockingIOError, "nothing to read"),
    ]
    for says, kind, match in cases:
        with pytest.raises(kind, match=match):
            cmkit.OpenReader(Odd(says), keys=key)
    cases = [(9_999_999, OSError, "took more"), (0, OSError, "."), (-1, OverflowError, "."), ("text", TypeError, ".")]
    for says, kind, match in cases:
        with pytest.raises(kind, match=match):
            cmkit.SealWriter(Odd(says), keys=key)
    with pytest.raises(BlockingIOError):
        cmkit.SealWriter(OddRaw(), keys=key)
    with cmkit.SealWriter(Odd(None), keys=key) as writer:
        writer.write(bytes(BATCH))  # who says nothing took all
    with pytest.raises(AttributeError):
        cmkit.OpenReader(object(), keys=key)  # type: ignore[arg-type]


def test_one_caller_at_a_time(key: cmkit.ServiceKey) -> None:
    class Calling:
        writer: cmkit.SealWriter

        def write(self, data: bytes, /) -> int:
            if hasattr(self, "writer"):
                self.writer.write(b"once more")
            return len(data)

    file = Calling()
    file.writer = cmkit.SealWriter(file, keys=key)
    with pytest.raises(RuntimeError, match="another caller"):
        file.writer.write(bytes(BATCH))
    file.writer.abort()


def test_threads_run_while_a_stream_seals(key: cmkit.ServiceKey) -> None:
    """The file below is written to by whoever has the GIL, while another one waits in it."""
    entered, leave = threading.Event(), threading.Event()

    class Slow(io.BytesIO):
        def write(self, data: Any, /) -> int:
            if len(data) > BATCH:
                entered.set()
                assert leave.wait(10)
            return super().write(data)

    file = Slow()
    writer = cmkit.SealWriter(file, keys=key)
    thread = threading.Thread(target=writer.write, args=(bytes(BATCH),))
    thread.start()
    assert entered.wait(10)
    with pytest.raises(RuntimeError, match="another caller"):
        writer.tell()
    leave.set()
    thread.join()
    writer.close()
    assert cmkit.open(file.getvalue(), keys=key) == bytes(BATCH)


def test_a_cache_gives_a_stream_a_data_key_of_its_own() -> None:
    from test_messages import Vault

    vault = Vault()
    cache = cmkit.DataKeyCache(vault, max_bytes=100)
    for size in (10, 1000):
        file = io.BytesIO()
        with cmkit.SealWriter(file, keys=KEK, provider=cache) as writer:
            writer.write(bytes(size))
        file.seek(0)
        assert cmkit.OpenReader(file, keys=KEK, provider=cache).read() == bytes(size)
    assert [type(request).__name__ for request in vault.asked].count("Wrap") == 2


INTERRUPTED = """
import cmkit, os
key = cmkit.ServiceKey.generate("default")
data = bytes(1 << 30)
with open("/dev/null", "wb", buffering=0) as file, cmkit.SealWriter(file, keys=key) as writer:
    os.write(1, b"at work")
    writer.write(data)
os.write(1, b"done")
"""


def test_an_interrupt_in_a_long_write() -> None:
    program = f"import sys; sys.path[:0] = {sys.path!r}\n{INTERRUPTED}"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdout.read(7) == b"at work"
        child.send_signal(signal.SIGINT)
        said, complaint = child.communicate(timeout=60)
    assert (said, child.returncode) == (b"", -signal.SIGINT), complaint
