"""One at a time, across threads and processes, by a lock that the kernel frees with its holder."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .call import Call
from .errors import UpstreamError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_LOOK_AGAIN = 0.03  # seconds
_FAR = 1 << 30  # Windows locks bytes, and locked ones cannot be read: not those of the pid


@contextmanager
def lock(path: Path, timeout: float, call: Call | None = None) -> Iterator[None]:
    """Hold the lock at `path` (a file of its own, which stays) for the `with` block.

    UpstreamError when it cannot be had in `timeout` seconds; `call` may end the wait earlier.
    Not reentrant: a thread that has it waits for itself.
    """
    call = call or Call()
    ends = time.monotonic() + timeout
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as problem:
        raise UpstreamError(
            f"The lock file {path.name} cannot be opened ({problem.strerror}).",
            hint=f"Make {path.parent} writable, then try again.",
        ) from None
    try:
        while not _take(handle):
            if time.monotonic() >= ends:
                raise UpstreamError(
                    f"Another whoop-mcp process (pid {_signature(handle) or 'unknown'}) "
                    f"has held {path.name} for too long.",
                    hint="Try again in a minute; if that process hangs, end it.",
                )
            call.wait(_LOOK_AGAIN)
        _sign(handle)
        yield
    finally:
        os.close(handle)


def holder(path: Path) -> int | None:
    """The pid of whoever holds the lock now, 0 when it cannot be told; None when it is free."""
    try:
        handle = os.open(path, os.O_RDWR)
    except OSError:
        return None
    try:
        return None if _take(handle) else _signature(handle)
    finally:
        os.close(handle)


def _take(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(handle, _FAR, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _sign(handle: int) -> None:
    # Only for whoever asks who it is: a full disk must not keep the lock from working.
    with suppress(OSError):
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, str(os.getpid()).encode())


def _signature(handle: int) -> int:
    os.lseek(handle, 0, os.SEEK_SET)
    text = os.read(handle, 20)
    return int(text) if text.isdigit() else 0
