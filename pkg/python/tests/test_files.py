"""Files on paths: whole or not at all, errors of the system as such, interrupts, memory."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import cmkit

KEK = "https://orders.vault.azure.net/keys/orders-kek"


@pytest.fixture
def key() -> cmkit.ServiceKey:
    return cmkit.ServiceKey.generate("default")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("size", [0, 16_384, 1 << 20, (2 << 20) + 77])
def test_round_trip(key: cmkit.ServiceKey, tmp_path: Path, size: int) -> None:
    data = os.urandom(size)
    (tmp_path / "plain").write_bytes(data)
    sealed = tmp_path / "sealed"
    count = cmkit.seal_file(tmp_path / "plain", str(sealed), keys=key, suite="256k", aad="row 1", namespace="n", pad_to=1024)
    assert count == size
    assert sealed.stat().st_size == 1024 + cmkit.sealed_size(size, "256k")
    assert cmkit.open(sealed.read_bytes(), keys=key, aad="row 1", namespace="n") == data
    assert cmkit.open_file(sealed, tmp_path / "again", keys=key, aad="row 1") == size
    assert (tmp_path / "again").read_bytes() == data
    head, body = sealed.read_bytes()[:1024], tmp_path / "body"
    body.write_bytes(sealed.read_bytes()[1024:])
    assert cmkit.open_file(body, body, keys=key, aad="row 1", head=head) == size
    assert body.read_bytes() == data


def test_a_file_becomes_its_own_envelope_and_itself_again(key: cmkit.ServiceKey, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"some data" * 200_000)
    path.chmod(0o640)
    cmkit.seal_file(path, path, keys=key)
    assert cmkit.inspect(path.read_bytes()).kind == "message"
    cmkit.open_file(path, path, keys=key)
    assert path.read_bytes() == b"some data" * 200_000
    assert path.stat().st_mode & 0o777 == 0o640
    assert names(tmp_path) == ["file"]


def test_progress(key: cmkit.ServiceKey, tmp_path: Path) -> None:
    plain, sealed = tmp_path / "plain", tmp_path / "sealed"
    plain.write_bytes(b"x" * 2_500_000)
    told: list[tuple[int, int | None]] = []
    cmkit.seal_file(plain, sealed, keys=key, progress=lambda done, total: told.append((done, total)))
    assert told == [(1 << 20, 2_500_000), (2 << 20, 2_500_000), (2_500_000, 2_500_000)]
    told.clear()
    cmkit.open_file(sealed, tmp_path / "again", keys=key, progress=lambda done, total: told.append((done, total)))
    assert (told[-1], {total for _, total in told}) == ((2_500_000, 2_500_000), {2_500_000})


def test_a_pipe_has_no_size(key: cmkit.ServiceKey, tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"piped")
    os.close(writing)
    told: list[int | None] = []
    cache = cmkit.DataKeyCache(lambda _: b"")
    sealed = tmp_path / "sealed"
    source = f"/dev/fd/{reading}"
    cmkit.seal_file(source, sealed, keys=key, provider=cache, progress=lambda _, total: told.append(total))
    os.close(reading)
    assert told == [None]
    assert cmkit.open(sealed.read_bytes(), keys=key) == b"piped"


class Mine(BaseException):
    pass


def test_what_is_raised_on_the_way_is_the_callers_own(key: cmkit.ServiceKey, tmp_path: Path) -> None:
    plain, sealed, target = tmp_path / "plain", tmp_path / "sealed", tmp_path / "target"
    plain.write_bytes(b"x" * 3_000_000)
    cmkit.seal_file(plain, sealed, keys=key)
    target.write_bytes(b"what was there")
    mine = Mine()

    def raises(*_: object) -> Any:
        raise mine

    calls: list[Any] = [
        lambda: cmkit.seal_file(plain, target, keys=key, progress=raises),
        lambda: cmkit.open_file(sealed, target, keys=key, progress=raises),
        lambda: cmkit.seal_file(plain, target, keys=KEK, provider=raises),
    ]
    for call in calls:
        with pytest.raises(Mine) as caught:
            call()
        assert caught.value is mine
        assert target.read_bytes() == b"what was there"
    assert names(tmp_path) == ["plain", "sealed", "target"]


def test_the_systems_errors_are_pythons(key: cmkit.ServiceKey, tmp_path: Path) -> None:
    plain, missing = tmp_path / "plain", tmp_path / "missing"
    plain.write_bytes(b"data")

    def unasked(_: cmkit.KeyRequest) -> cmkit.KeyReply:
        raise AssertionError("a file that is not there asks nobody")

    cases: list[tuple[Path, Path, Path, type[OSError], int]] = [
        (missing, plain, missing, FileNotFoundError, errno.ENOENT),
        (tmp_path, plain, tmp_path, IsADirectoryError, errno.EISDIR),
    ]
    for source, target, culprit, kind, number in cases:
        with pytest.raises(kind) as caught:
            cmkit.seal_file(source, target, keys=KEK, provider=unasked)
        assert (caught.value.errno, caught.value.filename) == (number, str(culprit))
        with pytest.raises(kind):
            cmkit.open_file(source, target, keys=KEK, provider=unasked)
    cases = [
        (plain, tmp_path, tmp_path, IsADirectoryError, errno.EISDIR),
        (plain, missing / "target", missing / "target", FileNotFoundError, errno.ENOENT),
        (plain, plain / "target", plain / "target", NotADirectoryError, errno.ENOTDIR),
    ]
    for source, target, culprit, kind, number in cases:
        with pytest.raises(kind) as caught:
            cmkit.seal_file(source, target, keys=key)
        assert (caught.value.errno, caught.value.filename) == (number, str(culprit))
        assert caught.value.strerror == os.strerror(number)
    assert (names(tmp_path), plain.read_bytes()) == (["plain"], b"data")


def test_a_full_disk_is_an_os_error(key: cmkit.ServiceKey, tmp_path: Path) -> None:
    (tmp_path / "plain").write_bytes(b"x" * 3_000_000)
    with pytest.raises(OSError, match="No space left") as caught:
        cmkit.seal_file(tmp_path / "plain", "/dev/full", keys=key)
    assert (caught.value.errno, caught.value.filename) == (errno.ENOSPC, "/dev/full")


def test_no_target_unless_all_is_authentic(key: cmkit.ServiceKey, tmp_path: Path) -> None:
    sealed, target = tmp_path / "sealed", tmp_path / "target"
    envelope = cmkit.seal(b"x" * 3_000_000, keys=key)
    target.write_bytes(b"what was there")
    for broken in (envelope[:-1], envelope[:-16] + b"x" * 16, envelope[: len(envelope) // 2]):
        sealed.write_bytes(broken)
        with pytest.raises((cmkit.DecryptError, cmkit.InputError)):
            cmkit.open_file(sealed, target, keys=key)
        assert target.read_bytes() == b"what was there"
    assert names(tmp_path) == ["sealed", "target"]


def run(code: str, *arguments: object) -> subprocess.Popen[bytes]:
    """A Python of its own, on this package."""
    program = f"import sys; sys.path[:0] = {sys.path!r}\n{code}"
    command = [sys.executable, "-c", program, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


PIPED = """
import cmkit
key = cmkit.ServiceKey.from_parts("default", "0" * 32, b"k" * 32)
getattr(cmkit, sys.argv[1])("/dev/stdin", sys.argv[2], keys=key)
"""


@pytest.mark.parametrize("work", ["seal_file", "open_file"])
def test_an_interrupt_ends_it_and_leaves_what_was_there(tmp_path: Path, work: str) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"what was there")
    data = bytes(64 << 20)
    if work == "open_file":
        data = cmkit.seal(data, keys=cmkit.ServiceKey.from_parts("default", "0" * 32, b"k" * 32))
    with run(PIPED, work, target) as child:
        assert child.stdin is not None
        assert child.stderr is not None
        child.stdin.write(data[: 8 << 20])  # far more than a pipe holds, so it is at work
        child.stdin.flush()
        child.send_signal(signal.SIGINT)
        with pytest.raises(BrokenPipeError):  # it ends before it has seen the rest
            child.stdin.write(data[8 << 20 :])
        complaint = child.stderr.read()
    assert child.returncode == -signal.SIGINT
    assert complaint.endswith(b"KeyboardInterrupt\n")
    assert target.read_bytes() == b"what was there"
    assert names(tmp_path) == ["target"]


SPARSE = """
import cmkit, resource
key = cmkit.ServiceKey.generate("default")
folder, size = sys.argv[1], int(sys.argv[2])
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
cmkit.open(cmkit.seal(b"warm", keys=key), keys=key)
before = peak()
assert cmkit.seal_file(f"{folder}/plain", f"{folder}/sealed", keys=key) == size
assert cmkit.open_file(f"{folder}/sealed", f"{folder}/again", keys=key) == size
print(peak() - before)
"""


def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """256 MiB here; 1 GiB is the same."""
    size = int(os.environ.get("CMKIT_TEST_SIZE", 256 << 20))
    with (tmp_path / "plain").open("wb") as file:
        file.truncate(size)
    with run(SPARSE, tmp_path, size) as child:
        said, complaint = child.communicate(timeout=300)
    assert child.returncode == 0, complaint
    assert int(said) < 32, "mebibytes"
    with (tmp_path / "again").open("rb") as file:
        file.seek(-(1 << 20), os.SEEK_END)
        assert file.read() == bytes(1 << 20)
