"""The person at the terminal, or the program that reads in their place."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from . import tables
from .call import Call
from .errors import ValidationError, WhoopError

FAILED, MISUSED = 1, 2

_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}
_CONTROL = re.compile(r"(?P<style>\x1b\[\d\d?m)|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_EVERY = 5.0  # seconds between plain lines of progress
_BAR = 12


class Console:
    """Results go to standard output, everything else to standard error.

    `as_json`: one JSON object is printed, and nothing is asked or told on the way.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        self.colour = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        self.asks = sys.stdin.isatty() and sys.stdout.isatty() and not as_json

    # ── results ──

    def say(self, *lines: str) -> None:
        """Lines for a person; a program is spared them."""
        if not self.as_json:
            for line in lines:
                print(_CONTROL.sub(self._shown, line), flush=True)

    def _shown(self, found: re.Match[str]) -> str:
        """Our own styles; of what a record holds nothing else commands a terminal."""
        return found[0] if found["style"] and self.colour else "\ufffd"

    def answer(self, value: dict[str, Any], lines: list[str]) -> None:
        """The outcome: the object itself for a program, the lines for a person."""
        if self.as_json:
            print(json.dumps(value), flush=True)
        self.say(*lines)

    def fail(self, problem: WhoopError) -> int:
        """Say what went wrong; answers the exit code."""
        if self.as_json:
            print(json.dumps(problem.envelope()), flush=True)
        else:
            for line in f"{problem.message}\n{problem.hint or ''}".splitlines():
                print("\n".join(tables.wrapped(line)), file=sys.stderr)
        return MISUSED if isinstance(problem, ValidationError) else FAILED

    def style(self, text: str, name: str) -> str:
        """The text in a style, where colour is wanted."""
        return f"\x1b[{_STYLES[name]}m{text}\x1b[0m" if self.colour else text

    # ── on the way ──

    def agrees(self, question: str, *, default: bool) -> bool:
        """Ask on a terminal; elsewhere the answer is no."""
        if not self.asks:
            return False
        try:
            typed = input(f"{question} [{'Y/n' if default else 'y/N'}] ").strip().lower()
        except EOFError:
            return False
        return default if not typed else typed in ("y", "yes")

    @contextmanager
    def call(self) -> Iterator[Call]:
        """A call without a deadline that shows how far it is."""
        if self.as_json:
            yield Call()
            return
        progress = Progress()
        try:
            yield Call(tell=progress.tell)
        finally:
            progress.end()


class Progress:
    """A bar with the remaining time on a terminal, else a plain line now and then, on stderr."""

    def __init__(self) -> None:
        self._began = self._told = time.monotonic()
        self._live = sys.stderr.isatty()

    def tell(self, done: int, total: int | None, words: str) -> None:
        """Show how far it is; told a few times a second."""
        now = time.monotonic()
        elapsed = now - self._began
        if self._live:
            line = f"{bar(done, total, elapsed)}  {words}{pace(done, total, elapsed)}"
            _overwrite(tables.cut(line, tables.WIDTH - 1))
        elif now - self._told >= _EVERY:
            self._told = now
            print(f"{words}{pace(done, total, elapsed)}", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Take the bar away."""
        if self._live:
            _overwrite("")


def _overwrite(line: str) -> None:
    print(f"\r\x1b[2K{line}", end="", file=sys.stderr, flush=True)


def bar(done: int, total: int | None, elapsed: float) -> str:
    """How much of the whole is done; without a whole, a block that moves."""
    if total:
        full = _BAR * min(done, total) // total
        return "█" * full + "░" * (_BAR - full)
    at = int(elapsed * 4) % _BAR
    return "░" * at + "█" + "░" * (_BAR - at - 1)


def pace(done: int, total: int | None, elapsed: float) -> str:
    """`, at most 0:31 left`, or how long it has taken where nobody knows the whole."""
    if elapsed < 1:
        return ""
    if total and 0 < done < total:
        # At most: what lies before the first record of all is read in one go.
        seconds = round((total - done) / done * elapsed)
        return f", at most {seconds // 60}:{seconds % 60:02d} left"
    return f", {int(elapsed) // 60}:{int(elapsed) % 60:02d} so far"
