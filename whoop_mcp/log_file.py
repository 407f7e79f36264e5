"""Keep a log file that nobody else may read, and rotate it, however many processes write to it."""

from __future__ import annotations

import logging
import os
import stat
import time
from contextlib import suppress
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path

from . import files, windows
from .lock import give, take

_LOOK_AGAIN, _PATIENCE = 0.005, 1.0  # seconds: a line takes none, a rotation few


def private(path: Path, home: Path, largest: int, *, backups: int) -> RotatingFileHandler:
    """Open a log of at most `largest` bytes and as many backups, its folder made where it lacks.

    Raises OSError.
    """
    if home in path.parents:
        files.private_folder(home)
        files.private_folder(path.parent)
    else:
        # A folder the user names may be everybody's; only one that we make is private.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _PrivateFile(path, maxBytes=largest, backupCount=backups, encoding="utf-8")


class _PrivateFile(RotatingFileHandler):
    """Rotate a file that nobody else may read, from its first byte on."""

    def _open(self) -> TextIOWrapper:
        if windows.HERE:  # where a file is opened so that nobody else may rename it
            handle = windows.open_log(self.baseFilename)
        else:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
            handle = os.open(self.baseFilename, flags, 0o600)
        files.tighten(Path(self.baseFilename))
        return os.fdopen(handle, "a", encoding=self.encoding)

    def shouldRollover(self, record: logging.LogRecord) -> bool:
        if self._is_moved():
            self.close()
        if self.stream is None:
            self.stream = self._open()
        found = os.fstat(self.stream.fileno())
        size = found.st_size + len(self.format(record)) + 1
        return stat.S_ISREG(found.st_mode) and size >= self.maxBytes

    def doRollover(self) -> None:
        """Move the log on by one, unless another process just does; else go on in this one.

        Nothing is renamed over anything: where somebody keeps a file from being renamed, those
        behind it stay as well, and the log grows until it can be.
        """
        # The lock is that of the file that is to go, so that none is moved twice.
        if self.stream is None or not take(self.stream.fileno()):
            return
        try:
            if not self._is_moved():
                self._move()
        finally:
            give(self.stream.fileno())
            self.close()
            self.stream = self._open()

    def flush(self) -> None:
        """Write the line out, on Windows alone: there two ends of a file may be the same place."""
        if not windows.HERE or self.stream is None or self.stream.closed:
            super().flush()
            return
        handle, ends = self.stream.fileno(), time.monotonic() + _PATIENCE
        while not (alone := take(handle)) and time.monotonic() < ends:
            time.sleep(_LOOK_AGAIN)
        try:
            super().flush()
        finally:
            if alone:
                give(handle)

    def _move(self) -> None:
        log, going = Path(self.baseFilename), Path(f"{self.baseFilename}.moving")
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
        going.rename(f"{self.baseFilename}.1")
        return True

    def _free(self, number: int) -> bool:
        """Move the backups from one number on; whether nothing has it now."""
        backup = Path(f"{self.baseFilename}.{number}")
        try:
            if not backup.exists():
                return True
            if number == self.backupCount:
                backup.unlink()
            elif self._free(number + 1):
                backup.rename(f"{self.baseFilename}.{number + 1}")
            else:
                return False
        except OSError:
            return False
        return True

    def _is_moved(self) -> bool:
        # Another process may have rotated the file away from under this one.
        if self.stream is None:
            return False
        try:
            here = os.stat(self.baseFilename)  # noqa: PTH116 # for each line, and a Path takes longer
        except FileNotFoundError:
            return True
        return not os.path.samestat(here, os.fstat(self.stream.fileno()))


def _is_being_moved(going: Path) -> bool:
    """Tell whether somebody has the lock of a file that is on its way, as whoever moves it has."""
    handle = os.open(going, os.O_RDWR | getattr(os, "O_NONBLOCK", 0))
    try:
        return not take(handle)
    finally:
        os.close(handle)
