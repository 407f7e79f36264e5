"""A stand-in for the core: it keeps what it is asked and answers as the core would.

It takes the place of the core's functions, so that the surface alone is under test. Run as a
program it serves MCP on standard input and output, which the tests of the process talk to.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from whoop_mcp import times
from whoop_mcp.archive import importing
from whoop_mcp.call import Call
from whoop_mcp.errors import CacheEmpty, ValidationError
from whoop_mcp.insights import answer, periods
from whoop_mcp.reads import days, events, exports, journal, records, single, sql, workout_context
from whoop_mcp.report import document
from whoop_mcp.server import health, process
from whoop_mcp.sync import run
from whoop_mcp.trials import experiment

PLACES = (
    (records, "page"),
    (single, "one"),
    (single, "of_cycle"),
    (single, "snapshot"),
    (workout_context, "workout"),
    (days, "summary"),
    (run, "sync"),
    (events, "events"),
    (exports, "export"),
    (health, "check"),
    (answer, "insights"),
    (sql, "run"),
    (document, "create"),
    (importing, "take_in"),
    (journal, "read"),
    (journal, "log"),
    (periods, "compare"),
    (experiment, "experiment"),
)


class FakeCore:
    """An App whose core is here: `asked` is what it was asked, `act` what answers."""

    def __init__(self, act: Callable[[str, dict[str, Any]], Any] | None = None) -> None:
        self.asked: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = []
        self.act = act
        self.settings = SimpleNamespace(
            max_response_chars=40000, home=Path("/nowhere"), journal_day="before"
        )
        self.mirror = object()
        self.clock = times.now
        self.cache = SimpleNamespace(
            sync_runs=lambda limit: [{"resource": "cycles", "limit": limit}],
            require_content=self._require_content,
            reading=lambda: nullcontext(self.cache),
            keep_open=lambda: None,
            close=lambda: None,
        )
        self.finished: list[float] = []
        self.login = SimpleNamespace(
            status=lambda: self._answer("status", (), {}),
            finish=lambda timeout: self.finished.append(timeout),
        )

    def install(self, put: Callable[[Any, str, Any], None] = setattr) -> FakeCore:
        """Take the core's places."""
        for module, name in PLACES:
            put(module, name, self._asker(name))
        put(journal, "settle", lambda cache, rule: None)  # upkeep of a cache that is not here
        return self

    def _asker(self, name: str) -> Callable[..., Any]:
        return lambda *given, **named: self._answer(name, given, named)

    def _answer(self, name: str, given: tuple[Any, ...], named: dict[str, Any]) -> Any:
        self.asked.append((name, given, named))
        if self.act is not None:
            return self.act(name, named)
        return {"did": name, "words": "5 km – ünïcode ✓"}

    def _require_content(self) -> None:
        raise CacheEmpty("The cache is empty.", hint="Run sync_whoop.")


# ── the program ──


def slow(name: str, named: dict[str, Any]) -> Any:
    """`sync` goes on until it is stopped, `page` heeds nothing for a minute; the rest answers."""
    if name == "page":
        threading.Event().wait(60)
    if name == "sync":
        call: Call = named["call"]
        for done in range(10_000):
            call.tell(done, None, "pages")
            call.check()
            time.sleep(0.01)
    # Must not reach the client. Written out before the answer is given, as a test looks for it.
    print("stray words", flush=True)
    return {"did": name}


def loud(name: str, named: dict[str, Any]) -> Any:
    """Log ten warnings, and answer."""
    for number in range(10):
        logging.getLogger("whoop_mcp.test").warning("loud words %d", number)
    return {"did": name}


ACTS = {"slow": slow}


def main(mode: str) -> None:
    """Serve in one of the ways that a test needs."""
    app: Any = FakeCore(ACTS.get(mode)).install()

    def make() -> Any:
        if mode == "bad settings":
            raise ValidationError("WHOOP_MAX_AGE is not a number.", hint="For example 600.")
        return app

    def finish(timeout: float) -> None:
        sys.stderr.write("finishing\n")
        sys.stderr.flush()
        time.sleep(0.3)
        sys.stderr.write("finished\n")
        sys.stderr.flush()

    app.login.finish = finish
    if mode == "impatient":
        from whoop_mcp.server import stdio

        stdio._UNREAD = 0.2
    process.serve(make)


if __name__ == "__main__":
    main(sys.argv[1])
