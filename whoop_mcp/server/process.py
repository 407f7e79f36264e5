"""Run the process that serves MCP: a quick start, and an end that loses nothing."""

from __future__ import annotations

import gc
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from .. import surroundings, windows
from ..errors import WhoopError
from ..patience import SECONDS

if TYPE_CHECKING:
    from ..app import App  # which takes longer to import than the client may wait for an answer

log = logging.getLogger(__name__)

# Seconds that a token refresh under way is given to be saved: all it takes, and on Windows also the
# waits for who holds its file, before it is sent and after.
_REFRESH_AT_MOST = 13.0 + (2 * SECONDS if windows.HERE else 0.0)
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_SIGNALS = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]


def serve(make_app: Callable[[], App], *, at_end: Callable[[], None] = lambda: None) -> NoReturn:
    """Serve MCP on standard input and output until the client leaves or a signal comes.

    Then the process ends at once, with 0; only a token refresh under way is waited for, and
    `at_end` is called. `make_app` is called when a call first needs the App. Where it raises (bad
    settings), the server goes on, and its tools answer why. Where standard input or output cannot
    be used, it says so on standard error and exits with 1.
    Logging is set up by the caller, before.
    """
    _require_streams()
    if surroundings.is_terminal(sys.stdin) and surroundings.is_terminal(sys.stderr):
        with suppress(OSError):
            print(
                "whoop-mcp now waits for an MCP client on standard input; Ctrl-C ends it. "
                "`whoop-mcp --help` lists what can be run by hand.",
                file=sys.stderr,
                flush=True,
            )
    gc.disable()  # the SDK makes a million objects that all stay
    import anyio

    from . import protocol, stdio

    gc.enable()
    gc.freeze()

    opening = _Opening(make_app)
    _end_on_signals(opening, at_end)
    try:
        anyio.run(stdio.serve, protocol.build(opening.open), *stdio.claim())
    except Exception:
        with suppress(WhoopError):
            opening.open()  # and with it the file of the log, if no call has
        log.exception("The MCP server crashed.")
        _end(opening, at_end, 1)
    _end(opening, at_end, 0)


class _Opening:
    """Make the one App when a call first needs it, however many calls come at once."""

    def __init__(self, make_app: Callable[[], App]) -> None:
        self.app: App | None = None
        self._make = make_app
        self._turn = threading.Lock()

    def open(self) -> App:
        """Find the App, or make it. Raises what making it does."""
        with self._turn:
            if self.app is None:
                app = self._make()
                app.cache.keep_open()
                self.app = app
            return self.app


def _require_streams() -> None:
    # A descriptor that was closed at the start may be a file of ours by now, such as the log.
    for name, stream in (("input", sys.stdin), ("output", sys.stdout)):
        try:
            if stream is not None:
                os.read(0, 0) if name == "input" else os.write(1, b"")
                continue
        except OSError:
            pass
        print(
            f"whoop-mcp serves MCP on standard input and output, but standard {name} cannot be "
            "used: it is closed, or not open for that. An MCP client opens both when it starts "
            "the server; `whoop-mcp --help` lists what can be run by hand.",
            file=sys.stderr,
        )
        sys.exit(1)


def _end_on_signals(opening: _Opening, at_end: Callable[[], None]) -> None:
    def handle(number: int, frame: Any) -> None:
        for signum in _SIGNALS:
            signal.signal(signum, signal.SIG_IGN)
        _end(opening, at_end, 0)

    for signum in _SIGNALS:
        signal.signal(signum, handle)


def _end(opening: _Opening, at_end: Callable[[], None], code: int) -> NoReturn:
    """Leave without waiting for threads: all that they write is crash-safe but a token refresh."""
    try:
        if opening.app is not None:  # else no call came, or the settings are bad
            with suppress(WhoopError):
                opening.app.login.finish(timeout=_REFRESH_AT_MOST)
                opening.app.cache.close()
        at_end()
    finally:
        os._exit(code)  # whatever went wrong above
