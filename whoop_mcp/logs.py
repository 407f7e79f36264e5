"""Send log lines, redacted, to stderr and a private rotating file."""

from __future__ import annotations

import errno
import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timezone
from typing import TYPE_CHECKING, TextIO

from . import surroundings
from .errors import ValidationError
from .redaction import redact

if TYPE_CHECKING:
    from .log_file import PrivateFile
    from .settings import Settings

_LARGEST = 1_000_000  # bytes
_BACKUPS = 5
_PASSING = (errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EIO, errno.ENOMEM)
"""What keeps a file from being written that may well be written in an hour."""
_GUESTS = ("urllib3", "requests")


def set_up(settings: Settings | None, *, console: bool = True) -> None:
    """Send this package's log to stderr (with `console`) and to the settings' file.

    Once at the start of a program; again replaces what was set up before. None: the settings are
    not known, and stderr has to do. Where the usual file cannot be written, or the disk is full,
    it is said on stderr and done without; ValidationError where a file that somebody chose cannot
    be one, and what was set up before stays.
    """
    ours = logging.getLogger(__package__)
    file = problem = None
    if settings is not None and settings.log_file is not None:
        from . import log_file  # no client waits at the start for what only the file needs

        try:
            file = log_file.private(settings.log_file, settings.home, _LARGEST, backups=_BACKUPS)
        except OSError as error:
            if error.errno in _PASSING or settings.log_file == settings.usual_log_file:
                problem = error.strerror
            else:
                raise ValidationError(
                    f"WHOOP_LOG_FILE cannot be written ({error.strerror}).",
                    hint="Set it to a file in a folder that is yours; unset it for the usual one, "
                    "or set it to nothing for none.",
                ) from None
    listening = [one for one in ours.handlers if not isinstance(one, _Lines)]
    close()
    handler = _Lines(sys.stderr if console or file is None else None, file)
    if not console and file is None:
        handler.setLevel(logging.WARNING)  # a terminal is no log, but better than none
    if not console and file is None and surroundings.is_terminal(sys.stderr):
        handler.setFormatter(logging.Formatter("%(message)s"))  # as a person reads it
    elif settings is None or settings.log_json:
        handler.setFormatter(_JsonLines())
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    ours.setLevel("INFO" if settings is None else settings.log_level)
    # What the HTTP libraries say below a warning is about every connection and names whole URLs.
    for logger in (ours, *map(logging.getLogger, _GUESTS)):
        logger.handlers = [handler]
        logger.propagate = False
    ours.handlers += listening
    for name in _GUESTS:
        logging.getLogger(name).setLevel(logging.WARNING)
    if problem is not None:
        ours.warning(
            "There is no log: %s cannot be written (%s). WHOOP_LOG_FILE names another file.",
            settings and settings.log_file,
            problem,
        )


def has_file() -> bool:
    """Tell whether what is logged goes to a file."""
    handlers = logging.getLogger(__package__).handlers
    return any(one.has_file for one in handlers if isinstance(one, _Lines))


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


def _clean(record: logging.LogRecord) -> bool:
    """Redact a record for good, its traceback included, before the first of its handlers."""
    if getattr(record, "redacted", False):
        return True
    record.redacted = True
    try:
        message = record.getMessage()
    except Exception:  # of another's library, and nothing of it is known to be harmless
        message = f"A line of {record.name} could not be put together."
    record.msg, record.args = redact(message), None
    if record.exc_info:
        record.exc_text = redact(logging.Formatter().formatException(record.exc_info))
        record.exc_info = None
    return True


class _Lines(logging.Handler):
    """Write each record as one line, made once, to stderr and the file."""

    def __init__(self, stderr: TextIO | None, file: PrivateFile | None) -> None:
        super().__init__()
        self._file = file
        self.has_file = file is not None
        self._outs = [one for one in (stderr, file) if one is not None]
        self.addFilter(_clean)

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record out. Nothing is said where it cannot be: the usual complaint to stderr
        repeats the message before it was redacted."""
        try:
            line = f"{self.format(record)}\n"
        except Exception:
            return
        for out in self._outs:
            try:
                out.write(line)
                out.flush()
            except Exception:  # noqa: S110 # the other one may still be written
                pass

    def close(self) -> None:
        """Close the file."""
        self.acquire()
        try:
            if self._file is not None:
                with suppress(OSError):  # a full disk: what waited for it is lost
                    self._file.close()
        finally:
            self.release()
        super().close()


class _JsonLines(logging.Formatter):
    """Format a record as one JSON object a line."""

    def __init__(self) -> None:
        super().__init__()
        self._spell = json.JSONEncoder(ensure_ascii=False).encode

    def format(self, record: logging.LogRecord) -> str:
        from . import times  # the first line comes long after the start

        spell = self._spell  # of a text: for a whole object it takes five times as long
        line = (
            f'{{"time": "{times.text(datetime.fromtimestamp(record.created, timezone.utc))}", '
            f'"level": {spell(record.levelname)}, "logger": {spell(record.name)}, '
            f'"message": {spell(record.getMessage())}'
        )
        return f'{line}, "traceback": {spell(record.exc_text)}}}' if record.exc_text else line + "}"
