"""Send log lines, redacted, to stderr and a private rotating file."""

from __future__ import annotations

import errno
import json
import logging
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import files, times, windows
from .errors import ValidationError
from .lock import give, take
from .redaction import redact

if TYPE_CHECKING:
    from .settings import Settings

_LARGEST = 1_000_000  # bytes
_BACKUPS = 5
_PASSING = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EIO, errno.ENOMEM)
"""What keeps a file from being written that may well be written in an hour."""
_LOOK_AGAIN, _PATIENCE = 0.005, 1.0  # seconds: a line takes none, a rotation few
_GUESTS = ("urllib3", "requests")


def set_up(settings: Settings | None, *, console: bool = True) -> None:
    """Send this package's log to stderr (with `console`) and to the settings' file.

    Once at the start of a program; again replaces what was set up before. None: the settings are
    not known, and stderr has to do. Where the usual file cannot be written, or the disk is full,
    it is said on stderr and done without; ValidationError where a file that somebody chose cannot
    be one, and what was set up before stays.
    """
    ours = logging.getLogger(__package__)
    handlers: list[logging.Handler] = [_Console(sys.stderr)] if console else []
    problem = None
    if settings is not None and settings.log_file is not None:
        try:
            handlers.append(_private_file(settings.log_file, settings.home))
        except OSError as error:
            if error.errno in _PASSING or settings.log_file == settings.usual_log_file:
                problem = error.strerror
            else:
                raise ValidationError(
                    f"WHOOP_LOG_FILE cannot be written ({error.strerror}).",
                    hint="Set it to a file in a folder that is yours; unset it for the usual one, "
                    "or set it to nothing for none.",
                ) from None
    close()
    if not handlers:
        handlers = [_Console(sys.stderr)]
        handlers[0].setLevel(logging.WARNING)  # a terminal is no log, but better than none
    shape = _JsonLines() if settings is None or settings.log_json else _PlainLines()
    for handler in handlers:
        handler.setFormatter(shape)
        handler.addFilter(_clean)
    ours.setLevel("INFO" if settings is None else settings.log_level)
    # What the HTTP libraries say below a warning is about every connection and names whole URLs.
    for logger in (ours, *map(logging.getLogger, _GUESTS)):
        logger.handlers = [*handlers]
        logger.propagate = False
    for name in _GUESTS:
        logging.getLogger(name).setLevel(logging.WARNING)
    if problem is not None:
        ours.warning(
            "no log file: %s cannot be written (%s); set WHOOP_LOG_FILE",
            settings and settings.log_file,
            problem,
        )


@contextmanager
def heard_by(handler: logging.Handler) -> Iterator[None]:
    """Send this package's log to one more handler in the block, redacted as for the others."""
    ours = logging.getLogger(__package__)
    handler.addFilter(_clean)
    ours.addHandler(handler)
    try:
        yield
    finally:
        ours.removeHandler(handler)


def close() -> None:
    """Undo `set_up`: close the file and let the loggers be as they were."""
    for name in (__package__, *_GUESTS):
        logger = logging.getLogger(name)
        for handler in logger.handlers:
            handler.close()
        logger.handlers = []
        logger.propagate = True
        logger.setLevel(logging.NOTSET)


def _private_file(path: Path, home: Path) -> _PrivateFile:
    if home in path.parents:
        files.private_folder(home)
        files.private_folder(path.parent)
    else:
        # A folder the user names may be everybody's; only one that we make is private.
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return _PrivateFile(path, maxBytes=_LARGEST, backupCount=_BACKUPS, encoding="utf-8")


class _Quiet(logging.Handler):
    """Say nothing where it cannot write: the usual complaint to stderr repeats
    the message before it was redacted."""

    def handleError(self, record: logging.LogRecord) -> None:
        pass


class _Console(_Quiet, logging.StreamHandler):  # type: ignore[type-arg] # generic from 3.11 on
    pass


class _PrivateFile(_Quiet, RotatingFileHandler):
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
        return bool(super().shouldRollover(record))  # which opens it again

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
            if going.exists() and not self._put_first(going):  # by one who was killed
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
            here = Path(self.baseFilename).stat()
        except FileNotFoundError:
            return True
        return not os.path.samestat(here, os.fstat(self.stream.fileno()))


def _clean(record: logging.LogRecord) -> bool:
    """Redact a record for good, its traceback included, before the first of its handlers."""
    if getattr(record, "redacted", False):
        return True
    record.redacted = True
    record.msg, record.args = redact(record.getMessage()), None
    if record.exc_info:
        record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
        record.exc_info = None
    return True


class _JsonLines(logging.Formatter):
    """Format a record as one JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": times.text(datetime.fromtimestamp(record.created, timezone.utc)),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_text:
            line["traceback"] = record.exc_text
        return json.dumps(line, ensure_ascii=False)


class _PlainLines(logging.Formatter):
    """Format a record as a line for people."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")
