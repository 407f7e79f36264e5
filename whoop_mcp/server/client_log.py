"""Send the log to the client as well, as far as it wants to read it.

A client of the handshake's era sets a level, and has warnings until it does; one of 2026 asks with
each request, and is sent what comes of that request alone.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import NamedTuple

import anyio
import anyio.lowlevel
from mcp import types
from mcp.server.session import ServerSession

from .. import logs
from .catalogue import Context

MODERN = "2026-07-28"
_ASKED = "io.modelcontextprotocol/logLevel"
_LEVELS: dict[types.LoggingLevel, int] = {
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "notice": logging.INFO + 5,
    "warning": logging.WARNING,
    "error": logging.ERROR,
    "critical": logging.CRITICAL,
    "alert": logging.CRITICAL + 1,
    "emergency": logging.CRITICAL + 2,
}
_BURST, _SPELL = 20, 10.0  # lines that a reader is sent within so many seconds; so many warnings
_WAITING = 100  # lines that may wait to be sent
_LONGEST = 2000  # characters of a line
_FLUSH, _MOMENT = 1.0, 0.001  # seconds that an answer may wait for the lines before it; a look


@dataclass
class _Reader:
    """Whoever reads the log: a client, or a request of one, from a level on."""

    session: ServerSession
    level: int
    request: types.RequestId | None = None
    open: bool = True
    since: float = 0.0  # when its spell began
    sent: int = 0  # lines in this spell
    warned: int = 0  # warnings and worse in it, which no flood of lesser lines keeps back
    left_out: int = 0
    worst: int = 0  # the level of what was left out


class _Line(NamedTuple):
    reader: _Reader
    params: types.LoggingMessageNotificationParams


_REQUEST: ContextVar[_Reader | None] = ContextVar("request", default=None)


class ClientLog(logging.Handler):
    """Send log records to one client, from whatever thread they come, and never too many."""

    def __init__(self) -> None:
        super().__init__()
        self._client: _Reader | None = None
        self._level = logging.WARNING
        self._waiting = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._out, self._lines = anyio.create_memory_object_stream[_Line](_WAITING)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Send what is logged in the block."""
        self._loop = asyncio.get_running_loop()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._send)
            with self._lines, self._out, logs.heard_by(self):
                yield
                tasks.cancel_scope.cancel()

    def set_level(self, level: types.LoggingLevel) -> None:
        """Send from this level on."""
        self._level = _LEVELS[level]
        if self._client is not None:
            self._client.level = self._level

    @contextmanager
    def _request(self, ctx: Context) -> Iterator[_Reader | None]:
        wanted = (ctx.meta or {}).get(_ASKED)
        reader = None
        if isinstance(wanted, str) and wanted in _LEVELS:  # anything may stand there
            reader = _Reader(ctx.session, _LEVELS[wanted], ctx.request_id)
        token = _REQUEST.set(reader)
        try:
            yield reader
        finally:
            _REQUEST.reset(token)
            if reader is not None:
                reader.open = False

    @asynccontextmanager
    async def during(self, ctx: Context) -> AsyncIterator[None]:
        """Serve one message of the client: learn who reads the log, from its first one on."""
        if ctx.protocol_version < MODERN:
            if self._client is None and ctx.method != "initialize":
                self._client = _Reader(ctx.session, self._level)
            yield
            return
        with self._request(ctx) as reader:
            yield
            if reader is not None:  # nothing may follow the answer
                await anyio.lowlevel.checkpoint()  # what this very thread logged comes first
                self._own_up(reader)
                with anyio.move_on_after(_FLUSH):
                    while self._waiting:
                        await anyio.sleep(_MOMENT)

    def emit(self, record: logging.LogRecord) -> None:
        """Have a record sent by the loop, without waiting for it: it may be this very thread's."""
        reader = _REQUEST.get() or self._client
        if reader is None or record.levelno < reader.level or self._loop is None:
            return
        moment = time.monotonic()
        if moment - reader.since >= _SPELL:
            reader.sent = reader.warned = 0
            reader.since = moment
        with suppress(RuntimeError):  # the loop has ended
            if not _has_room(reader, record.levelno):
                if _leave_out(reader, record.levelno):
                    rest = reader.since + _SPELL - moment
                    self._loop.call_soon_threadsafe(self._own_up_later, reader, rest)
                return
            line = _line(reader, record.levelno, record.name, record.getMessage()[:_LONGEST])
            self._loop.call_soon_threadsafe(self._put, line, record.levelno)

    def _own_up_later(self, reader: _Reader, seconds: float) -> None:
        asyncio.get_running_loop().call_later(seconds, self._own_up, reader)

    def _own_up(self, reader: _Reader) -> None:
        """Send how many lines were left out, as they will not be sent."""
        self.acquire()  # threads count at the same time
        try:
            number, level = reader.left_out, reader.worst
            reader.left_out = reader.worst = 0
        finally:
            self.release()
        if number:
            were, them = ("line was", "it") if number == 1 else ("lines were", "them")
            words = f"{number} {were} left out: the log has {them}."
            self._put(_line(reader, level, __name__, words), level, lines=number)

    def _put(self, line: _Line, level: int, lines: int = 1) -> None:
        try:
            self._out.send_nowait(line)
            self._waiting += 1
        except anyio.WouldBlock:  # the client does not read
            self.acquire()
            try:
                first = _leave_out(line.reader, level, lines)
            finally:
                self.release()
            if first:
                self._own_up_later(line.reader, _SPELL)
        except (anyio.ClosedResourceError, anyio.BrokenResourceError):
            pass

    async def _send(self) -> None:
        async for reader, params in self._lines:
            try:
                # Whatever fails here cannot be logged, as that would come back here.
                with suppress(Exception):
                    if reader.open:
                        await reader.session.send_notification(
                            types.LoggingMessageNotification(params=params), reader.request
                        )
            finally:
                self._waiting -= 1


def _has_room(reader: _Reader, level: int) -> bool:
    """Count a line where it may still be sent in this spell."""
    if level >= logging.WARNING:
        reader.warned += 1
        return reader.warned <= _BURST
    reader.sent += 1
    return reader.sent <= _BURST


def _leave_out(reader: _Reader, level: int, lines: int = 1) -> bool:
    """Count lines that are not sent; True for the first, of which the client is yet to be told."""
    first = not reader.left_out
    reader.left_out += lines
    reader.worst = max(reader.worst, level)
    return first


def _line(reader: _Reader, level: int, name: str, text: str) -> _Line:
    params = types.LoggingMessageNotificationParams(level=_level(level), logger=name, data=text)
    return _Line(reader, params)


def _level(number: int) -> types.LoggingLevel:
    """Name a level as the protocol does."""
    names: list[types.LoggingLevel] = ["debug", "info", "warning", "error", "critical"]
    return next(name for name in reversed(names) if number >= _LEVELS[name] or name == "debug")
