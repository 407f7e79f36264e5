"""Keep a log file that nobody else may read, and rotate it, however many processes write to it."""

from __future__ import annotations

import os
import stat
import time
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path

from . import files, windows
from .lock import give, take

_LOOK_AGAIN, _PATIENCE = 0.005, 1.0  # seconds: a line takes none, a rotation few


def private(path: Path, home: Path, largest: int, *, backups: int) -> PrivateFile:
    """Open a log of at most `largest` bytes and as many backups, its folder made where it lacks.

    Raises OSError.
    """
    if home in path.parents:
        files.private_folder(home)
        files.private_folder(path.parent)
    else:
        # A folder the user names may be everybody's; only one that we make is private.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return PrivateFile(path, largest, backups)


class PrivateFile:
    """Append lines to a file that nobody else may read, from its first byte on.

    For one thread at a time. Raises OSError.
    """

    def __init__(self, path: Path, largest: int, backups: int) -> None:
        self._path, self._largest, self._backups = str(path.absolute()), largest, backups
        self._stream: TextIOWrapper | None = None
        self._open()

    def write(self, line: str) -> None:
        """Take a line, which `flush` writes out; in a new file where this one is full."""
        found = self._found()
        if found is None:
            self.close()
            found = self._open()
        if stat.S_ISREG(found.st_mode) and found.st_size + len(line) >= self._largest:
            self._move_on()
        if self._stream is not None:
            self._stream.write(line)

    def flush(self) -> None:
        """Write out what was taken. On Windows one process at a time does: there two ends of a file
        may be the same place."""
        if self._stream is None:
            return
        if not windows.HERE:
            self._stream.flush()
            return
        handle, ends = self._stream.fileno(), time.monotonic() + _PATIENCE
        while not (alone := take(handle)) and time.monotonic() < ends:
            time.sleep(_LOOK_AGAIN)
        try:
            self._stream.flush()
        finally:
            if alone:
                give(handle)

    def close(self) -> None:
        """Close the file, until there is a further line."""
        stream = self._stream
        if stream is None:
            return
        try:
            self.flush()
        finally:
            self._stream = None
            stream.close()

    def _open(self) -> os.stat_result:
        if windows.HERE:  # where a file is opened so that nobody else may rename it
            handle = windows.open_log(self._path)
        else:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
            handle = os.open(self._path, flags, 0o600)
        files.tighten(Path(self._path))
        self._stream = os.fdopen(handle, "a", encoding="utf-8")
        self._opened = os.fstat(handle)
        return self._opened

    def _found(self) -> os.stat_result | None:
        """Look at the file; None where it is not open, or another process has moved it away."""
        if self._stream is None:
            return None
        try:
            found = os.stat(self._path)  # noqa: PTH116 # for each line, and a Path takes longer
        except FileNotFoundError:
            return None
        return found if os.path.samestat(found, self._opened) else None

    def _move_on(self) -> None:
        """Move the log on by one, unless another process just does; else go on in this one.

        Nothing is renamed over anything: where somebody keeps a file from being renamed, those
        behind it stay as well, and the log grows until it can be.
        """
        # The lock is that of the file that is to go, so that none is moved twice.
        if self._stream is None or not take(self._stream.fileno()):
            return
        try:
            if self._found() is not None:
                self._move()
        finally:
            give(self._stream.fileno())
            self.close()
            self._open()

    def _move(self) -> None:
        log, going = Path(self._path), Path(f"{self._path}.moving")
        with suppress(OSError):
            # By one who was killed; where one is just at it, two would move a backup onto another.
            if going.exists() and (_is_being_moved(going) or not self._put_first(going)):
                return
            if log.stat().st_size:  # else a line that is longer than a whole log
                log.rename(going)
                self._put_first(going)

    def _put_first(self, going: Path) -> bool:
        """Make a file the first of the backups; whether it could be."""
        if not self._free(1):
            return False
        going.rename(f"{self._path}.1")
        return True

    def _free(self, number: int) -> bool:
        """Move the backups from one number on; whether nothing has it now."""
        backup = Path(f"{self._path}.{number}")
        try:
            if not backup.exists():
                return True
            if number == self._backups:
                backup.unlink()
            elif self._free(number + 1):
                backup.rename(f"{self._path}.{number + 1}")
            else:
                return False
        except OSError:
            return False
        return True


def _is_being_moved(going: Path) -> bool:
    """Tell whether somebody has the lock of a file that is on its way, as whoever moves it has."""
    handle = os.open(going, os.O_RDWR | getattr(os, "O_NONBLOCK", 0))
    try:
        return not take(handle)
    finally:
        os.close(handle)
