"""The lock between threads and between real processes."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from whoop_mcp.call import Call, Stopped
from whoop_mcp.errors import UpstreamError
from whoop_mcp.lock import holder, lock

HOLD = """
import sys, pathlib
from whoop_mcp.lock import lock
with lock(pathlib.Path(sys.argv[1]), 5):
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(path: Path) -> subprocess.Popen[str]:
    """Another process that has the lock until its input ends."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_threads_take_turns(tmp_path: Path) -> None:
    """Of many threads one at a time is inside."""
    inside, most = [0], [0]

    def work() -> None:
        with lock(tmp_path / "lock", 10):
            inside[0] += 1
            most[0] = max(most[0], inside[0])
            inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1]


def test_another_process_is_named_and_its_death_frees_the_lock(tmp_path: Path) -> None:
    """Who holds it can be seen and is told to those who wait in vain; killed, it holds nothing."""
    path = tmp_path / "lock"
    with hold(path) as process:
        assert holder(path) == process.pid
        with pytest.raises(UpstreamError, match=f"pid {process.pid}"), lock(path, 0):
            pass
        process.kill()
        process.wait()
    with lock(path, 5):
        assert holder(path) == os.getpid()
    assert holder(path) is None


def test_waiting_ends_with_the_call(tmp_path: Path) -> None:
    """A call that is no longer wanted does not wait for the lock."""
    call = Call()
    call.stop()
    with lock(tmp_path / "lock", 0), pytest.raises(Stopped), lock(tmp_path / "lock", 60, call):
        pass


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """Where the lock file cannot be made, the error names it and what to do."""
    with pytest.raises(UpstreamError) as caught, lock(tmp_path / "no" / "lock", 0):
        pass
    assert "writable" in str(caught.value.hint)
    assert holder(tmp_path / "no" / "lock") is None


@pytest.mark.posix
@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_never_followed(tmp_path: Path, there: bool) -> None:
    """A link planted in the lock's place empties, makes and locks nothing: it is to be removed."""
    target, path = tmp_path / "target", tmp_path / "lock"
    if there:
        target.write_text("precious")
    path.symlink_to(target)
    with pytest.raises(UpstreamError) as caught, lock(path, 0):
        pass
    assert f"remove {path}" in str(caught.value.hint)
    assert holder(path) is None
    assert target.exists() is there
    assert not there or target.read_text() == "precious"


@pytest.mark.posix
def test_what_cannot_be_locked_is_not_said_to_be_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A drive that knows no locks is told as that, at once."""

    def refuse(handle: int, how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", refuse)
    with pytest.raises(UpstreamError, match="cannot be locked") as caught, lock(tmp_path / "l", 60):
        pass
    assert "a disk of this computer" in str(caught.value.hint)


def test_a_second_name_is_not_written_to(tmp_path: Path) -> None:
    """Where the lock is another name of some file, it locks, and the file keeps what it holds."""
    (tmp_path / "target").write_text("precious")
    (tmp_path / "lock").hardlink_to(tmp_path / "target")
    with lock(tmp_path / "lock", 0), pytest.raises(UpstreamError), lock(tmp_path / "lock", 0):
        pass
    assert (tmp_path / "target").read_text() == "precious"


@pytest.mark.posix
def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    """A folder or a pipe in the lock's place is to be removed, and nothing waits for it."""
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder", "pipe"):
        with pytest.raises(UpstreamError) as caught, lock(tmp_path / name, 0):
            pass
        assert f"remove {tmp_path / name}" in str(caught.value.hint)
        assert holder(tmp_path / name) is None
