"""Run the process that serves MCP: a quick start, and an end that loses nothing."""

from __future__ import annotations

import functools
import gc
import logging
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from .. import windows
from ..app import App
from ..errors import WhoopError
from ..patience import SECONDS

log = logging.getLogger(__name__)

# Seconds that a token refresh under way is given to be saved: all it takes, and on Windows also the
# waits for who holds its file, before it is sent and after.
_REFRESH_AT_MOST = 13.0 + (2 * SECONDS if windows.HERE else 0.0)
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_SIGNALS = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]


def serve(make_app: Callable[[], App], *, at_end: Callable[[], None] = lambda: None) -> NoReturn:
    """Serve MCP on standard input and output until the client leaves or a signal comes.

    Then the process ends at once, with 0; only a token refresh under way is waited for, and
    `at_end` is called. When `make_app` raises (bad settings), the server runs nevertheless and
    its tools answer why. Where standard input or output cannot be used, it says so on standard
    error and exits with 1.
    Logging is set up by the caller, before.
    """
    _require_streams()
    gc.disable()  # the SDK makes a million objects that all stay
    import anyio

    from . import protocol, stdio

    gc.enable()
    gc.freeze()

    @functools.cache
    def open_app() -> App:
        app = make_app()
        app.cache.keep_open()
        return app

    with suppress(WhoopError):
        open_app()
    _end_on_signals(open_app, at_end)
    try:
        anyio.run(stdio.serve, protocol.build(open_app), *stdio.claim())
    except Exception:
        log.exception("The MCP server crashed.")
        _end(open_app, at_end, 1)
    _end(open_app, at_end, 0)


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


def _end_on_signals(open_app: Callable[[], App], at_end: Callable[[], None]) -> None:
    def handle(number: int, frame: Any) -> None:
        for signum in _SIGNALS:
            signal.signal(signum, signal.SIG_IGN)
        _end(open_app, at_end, 0)

    for signum in _SIGNALS:
        signal.signal(signum, handle)


def _end(open_app: Callable[[], App], at_end: Callable[[], None], code: int) -> NoReturn:
    """Leave without waiting for threads: all that they write is crash-safe but a token refresh."""
    try:
        with suppress(WhoopError):  # bad settings: there is no App
            app = open_app()
            app.login.finish(timeout=_REFRESH_AT_MOST)
            app.cache.close()
        at_end()
    finally:
        os._exit(code)  # whatever went wrong above
