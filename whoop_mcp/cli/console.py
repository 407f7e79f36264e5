"""Talk with the person at the terminal, or the program that reads in their place."""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .. import surroundings, windows
from ..errors import ExportError, ValidationError, WhoopError

if TYPE_CHECKING:
    from ..call import Call

FAILED, MISUSED = 1, 2
"""Exit codes."""

WIDTH = 80
_GAP = "  "
_STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33"}
_CONTROL = re.compile(r"(?P<style>\x1b\[\d\d?m)|[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_EVERY = 5.0  # seconds between plain lines of progress
_BAR = 12


class NoOutput(ExportError):
    """Signal that a result cannot be shown."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"Standard output cannot be written ({why}).",
            hint="Make room there, or send it somewhere else.",
        )


class Console:
    """Send results to standard output, everything else to standard error.

    `as_json`: one JSON object is printed, and nothing is asked or told on the way.
    """

    def __init__(self, *, as_json: bool = False) -> None:
        self.as_json = as_json
        shown = surroundings.is_terminal(sys.stdout)
        self.colour = shown and not os.environ.get("NO_COLOR") and windows.takes_escapes(sys.stdout)
        self.asks = shown and surroundings.is_terminal(sys.stdin) and not as_json

    # ── results ──

    def say(self, *lines: str) -> None:
        """Print lines for a person; a program is spared them."""
        if not self.as_json:
            for line in lines:
                _print(_CONTROL.sub(self._shown, line))

    def _shown(self, found: re.Match[str]) -> str:
        """Keep our own styles; nothing else in a record's text commands the terminal."""
        return found[0] if found["style"] and self.colour else "\ufffd"

    def answer(self, value: dict[str, Any], lines: list[str]) -> None:
        """Print the outcome: the object itself for a program, the lines for a person."""
        if self.as_json:
            _print(json.dumps(value))
        self.say(*lines)

    def fail(self, problem: WhoopError) -> int:
        """Say what went wrong; answer the exit code."""
        printed = False
        if self.as_json and not isinstance(problem, NoOutput):
            try:
                _print(json.dumps(problem.envelope()))
                printed = True
            except NoOutput:
                pass  # a program that gets nothing has a person behind it
        if not printed:
            hint = surroundings.runnable(problem.hint or "")
            for line in f"{problem.message}\n{hint}".splitlines():
                _print_error("\n".join(wrapped(line)) + "\n")
        return MISUSED if isinstance(problem, ValidationError) else FAILED

    def style(self, text: str, name: str) -> str:
        """Dress a text in a style, where colour is wanted."""
        return f"\x1b[{_STYLES[name]}m{text}\x1b[0m" if self.colour else text

    # ── on the way ──

    def agrees(self, question: str, *, default: bool) -> bool:
        """Ask for agreement on a terminal; elsewhere the answer is no."""
        if not self.asks:
            return False
        try:
            typed = input(f"{question} [{'Y/n' if default else 'y/N'}] ").strip().lower()
        except EOFError:
            _print("")  # the question's line has not ended
            return False
        return default if not typed else typed in ("y", "yes")

    @contextmanager
    def call(self) -> Iterator[Call]:
        """Make a call without a deadline that shows how far it is."""
        from ..call import Call  # which help does without

        if self.as_json:
            yield Call()
            return
        progress = Progress()
        try:
            yield Call(tell=progress.tell)
        finally:
            progress.end()


class Progress:
    """Show progress on stderr: on a terminal a bar, else a line now and then."""

    def __init__(self) -> None:
        self._began = self._shown_at = time.monotonic()
        self._live = surroundings.is_terminal(sys.stderr) and windows.takes_escapes(sys.stderr)

    def tell(self, done: int, total: int | None, words: str) -> None:
        """Show how far it is; to be called a few times a second."""
        now = time.monotonic()
        elapsed = now - self._began
        if self._live:
            line = f"{bar(done, total, elapsed)}  {words}{pace(total, elapsed)}"
            _overwrite(cut(line, WIDTH - 1))
        elif now - self._shown_at >= _EVERY:
            self._shown_at = now
            _print_error(f"{words}{pace(total, elapsed)}\n")

    def end(self) -> None:
        """Take the bar away."""
        if self._live:
            _overwrite("")


def _overwrite(line: str) -> None:
    _print_error(f"\r\x1b[2K{line}")


def _print(text: str) -> None:
    """Print a line of a result. NoOutput where it cannot be; who has left is another matter."""
    if sys.stdout is None:
        raise NoOutput("it is closed")
    try:
        print(text, flush=True)
    except OSError as problem:
        if windows.has_left(problem):
            raise BrokenPipeError from None
        surroundings.give_up(sys.stdout)
        raise NoOutput(problem.strerror or "it failed") from None


def _print_error(text: str) -> None:
    """Write to standard error. Where that is not to be had, nothing can be said of it."""
    try:
        print(text, end="", file=sys.stderr, flush=True)
    except OSError:
        surroundings.give_up(sys.stderr)


def bar(done: int, total: int | None, elapsed: float) -> str:
    """Draw how much of the whole is done; without a whole, a block that moves."""
    if total:
        full = _BAR * min(done, total) // total
        return "█" * full + "░" * (_BAR - full)
    at = int(elapsed * 4) % _BAR
    return "░" * at + "█" + "░" * (_BAR - at - 1)


def pace(total: int | None, elapsed: float) -> str:
    """Write `, 0:31 so far` where nobody knows the whole; else the words tell the time left."""
    if total or elapsed < 1:
        return ""
    return f", {int(elapsed) // 60}:{int(elapsed) % 60:02d} so far"


# ── tables and wrapped lines ──


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Collection[int] = (),
    width: int = WIDTH,
    wrap: bool = False,
) -> list[str]:
    """Set a head and rows in columns, as lines; the columns numbered in `right` end flush.

    What is too wide for `width` is taken from the last column, with `…`; with `wrap` it goes on
    under itself, as long as that column has a third of the width.
    """
    cells = [[cut(cell, width) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    indent = sum(widths[:-1]) + len(_GAP) * (len(widths) - 1)
    wrap = wrap and width - indent >= width // 3
    lines = []
    for row, whole in zip(cells, (head, *rows), strict=True):
        laid = [
            cell.rjust(size) if column in right else cell.ljust(size)
            for column, (cell, size) in enumerate(zip(row, widths, strict=True))
        ]
        first, *further = wrapped(whole[-1], width - indent) if wrap else [laid[-1]]
        lines.append(cut(_GAP.join([*laid[:-1], first]).rstrip(), width))
        lines += [f"{' ' * indent}{line}" for line in further]
    return lines


def pairs(rows: Sequence[tuple[str, str]], *, indent: str = "", width: int = WIDTH) -> list[str]:
    """Set names, cut at half of the width, beside their values, each wrapped under itself."""
    rows = [(cut(name, width // 2), value) for name, value in rows]
    reach = max((len(name) for name, _ in rows), default=0) + len(_GAP)
    lines = []
    for name, value in rows:
        first, *rest = wrapped(value, width - reach - len(indent))
        lines.append(f"{indent}{name.ljust(reach)}{first}".rstrip())
        lines += [f"{indent}{' ' * reach}{line}" for line in rest]
    return lines


def wrapped(text: str, width: int = WIDTH) -> list[str]:
    """Wrap the words of a text into lines; a word that is longer than a line stays whole."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".lstrip()
    return lines


def cut(text: str, width: int = WIDTH) -> str:
    """Shorten a text that does not fit, with `…` at its end."""
    return text if len(text) <= width else text[: width - 1] + "…"
