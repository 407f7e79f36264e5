"""Let one at a time through, across threads and processes, by a lock that the kernel frees."""

from __future__ import annotations

import errno
import os
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from .call import Call
from .errors import UpstreamError
from .patience import Held

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

_NOT_PLAIN = (errno.ELOOP, errno.EMLINK, errno.EINVAL, errno.EISDIR, errno.ENXIO)
_NO_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL)
"""What network drives without locks answer. Windows has no number for it that is sure."""
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_NO_MORE = (errno.EMFILE, errno.ENFILE)
_LOOK_AGAIN = 0.03  # seconds
_FAR = 1 << 30  # Windows locks bytes, and locked ones cannot be read: not those of the pid


@contextmanager
def lock(path: Path, timeout: float, call: Call | None = None) -> Iterator[None]:
    """Hold the lock at `path` (a file of its own, which stays) for the `with` block.

    UpstreamError when it cannot be had in `timeout` seconds, or `path` is a link, which is never
    followed, or lies where nothing can be locked; `call` may end the wait earlier.
    Not reentrant: a thread that has it waits for itself.
    """
    call = call or Call()
    ends = time.monotonic() + timeout
    try:
        handle = _open(path, os.O_CREAT)
    except OSError as problem:
        raise UpstreamError(
            f"The lock file {path.name} cannot be opened ({problem.strerror}).",
            hint=f"{remedy(path.parent, problem, path)}, then try again.",
        ) from None
    try:
        while not _taken(handle, path):
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


def _taken(handle: int, path: Path) -> bool:
    try:
        _take(handle)
    except OSError as problem:
        if sys.platform == "win32" or problem.errno not in _NO_LOCKS:
            return False
        raise UpstreamError(
            f"{path.name} cannot be locked ({problem.strerror}).",
            hint="Set WHOOP_HOME to a folder on a disk of this computer.",
        ) from None
    return True


def holder(path: Path) -> int | None:
    """Find the pid of the lock's holder now, 0 when it cannot be told; None when it is free."""
    try:
        handle = _open(path)
    except OSError:
        return None
    try:
        return None if take(handle) else _signature(handle)
    finally:
        os.close(handle)


def try_out(path: Path) -> None:
    """Open the lock's file, if it is there, as whoever takes the lock does. OSError."""
    with suppress(FileNotFoundError):
        os.close(_open(path))


def remedy(folder: Path, problem: OSError, file: Path | None = None) -> str:
    """Say what to do where nothing can be written in a folder, or one file in it not opened."""
    is_folder = file is not None and os.path.isdir(file)  # noqa: PTH112 - which never raises
    if file is not None and (problem.errno in _NOT_PLAIN or is_folder):
        return f"It is not a plain file: remove {file}"
    if is_full(problem):
        return f"Make room in {folder}"
    if problem.errno in _NO_MORE:
        return "Close some programs, which have too many files open"
    if isinstance(problem, Held):
        return f"Close what has the files in {folder} open"
    if problem.errno == errno.ENOTDIR:
        return f"Move away what is no folder in {folder}"
    refused = problem.errno in (errno.EACCES, errno.EPERM)
    there = file is not None and refused and os.access(file, os.F_OK)
    return f"Make {file if there else folder} writable"  # it is the folder that takes no file


def is_full(problem: OSError) -> bool:
    """Tell whether there is no room, or none is left for this user."""
    return problem.errno in _NO_ROOM


def _open(path: Path, flags: int = 0) -> int:
    """Open a plain file. OSError when it is anything else: what a link points to is not ours."""
    no_link = getattr(os, "O_NOFOLLOW", 0)
    if not no_link and path.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP))
    handle = os.open(path, os.O_RDWR | no_link | getattr(os, "O_NONBLOCK", 0) | flags, 0o600)
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    return handle


def take(handle: int) -> bool:
    """Take the lock of an open file, until `give` or its closing; False where somebody has it, or
    it lies on what takes no locks."""
    try:
        _take(handle)
    except OSError:
        return False
    return True


def _take(handle: int) -> None:
    if sys.platform == "win32":
        os.lseek(handle, _FAR, os.SEEK_SET)
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def give(handle: int) -> None:
    """Give the lock of an open file back."""
    with suppress(OSError):
        if sys.platform == "win32":
            os.lseek(handle, _FAR, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_UNLCK, 1)
        else:
            fcntl.flock(handle, fcntl.LOCK_UN)


def _sign(handle: int) -> None:
    # Only for whoever asks who it is: a full disk must not keep the lock from working.
    with suppress(OSError):
        if os.fstat(handle).st_nlink > 1:
            return  # what has another name as well may be another's
        os.ftruncate(handle, 0)
        os.lseek(handle, 0, os.SEEK_SET)
        os.write(handle, str(os.getpid()).encode())


def _signature(handle: int) -> int:
    os.lseek(handle, 0, os.SEEK_SET)
    text = os.read(handle, 20)
    return int(text) if text.isdigit() else 0
