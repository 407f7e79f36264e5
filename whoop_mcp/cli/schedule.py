"""Print how this computer is told to do something at a time of the day, without telling it.

Each system has its own way: a line of crontab, a property list for launchd, a batch file and
Windows' schtasks. What is printed starts this very Python by its full path and carries the settings
of the environment along, never a secret.
"""

from __future__ import annotations

import plistlib
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, NamedTuple

from ..errors import ValidationError
from .console import wrapped

NAME = "whoop-report"
LABEL = f"whoop-mcp.{NAME}"
"""What the task is called, and the launchd agent."""

WEEKDAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
"""As cron and launchd number them."""

_TIMES = {"morning": "08:00", "noon": "12:00", "evening": "20:00"}
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_EXAMPLE = "For example: morning, 07:30, monday, or `sunday evening`."
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_LONGEST_LINE = 990  # characters of a crontab's line that every cron takes


class When(NamedTuple):
    """Hold a time of the day, on one weekday (Sunday 0) or on each."""

    hour: int
    minute: int
    weekday: int | None = None

    def clock(self) -> str:
        """Spell the time as `08:00`."""
        return f"{self.hour:02d}:{self.minute:02d}"

    def words(self) -> str:
        """Say when: `every day at 08:00`."""
        day = "day" if self.weekday is None else WEEKDAYS[self.weekday].title()
        return f"every {day} at {self.clock()}"


class Part(NamedTuple):
    """Pair a `text` with where it goes; a `file` is where it is saved, if it is one."""

    where: str
    text: str
    file: str | None = None


def read(typed: str) -> When:
    """Read `morning`, `07:30`, `evening`, `monday`, `sunday evening` or `fri 07:30`.

    ValidationError for anything else.
    """
    words = typed.strip().lower().removeprefix("every ").split()
    clock, weekday = None, None
    for word in words:
        day = _weekday(word)
        found = _CLOCK.fullmatch(_TIMES.get(word, word))
        if day is not None and weekday is None:
            weekday = day
        elif found and clock is None:
            clock = int(found[1]), int(found[2])
        elif word in ("day", "daily") and len(words) > 1 and weekday is None:
            continue
        else:
            raise _no_time(typed)
    if clock is None and weekday is None:
        raise _no_time(typed)
    return When(*(clock or (8, 0)), weekday)


def _weekday(word: str) -> int | None:
    one = word.removesuffix("s") if len(word) > 5 else word
    return next((n for n, day in enumerate(WEEKDAYS) if one in (day, day[:3])), None)


def _no_time(typed: str) -> ValidationError:
    shown = typed if typed.isprintable() and len(typed) <= 40 else "what was given"
    return ValidationError(f"`--every` is no time of the day: {shown}.", hint=_EXAMPLE)


def parts(
    when: When,
    commands: Sequence[Sequence[str]],
    environ: Mapping[str, str],
    *,
    system: str,
    home: PurePath,
) -> list[Part]:
    """Spell what has `commands` done in turn on a `system` (as `sys.platform` names it).

    The next one runs also where one fails. ValidationError for what cannot be written there: a
    line break in a path, say.
    """
    for text in (*(word for words in commands for word in words), *environ.values()):
        _require_text(text)
    if system == "win32":
        return _windows(when, commands, environ, home)
    if system == "darwin":
        return _launchd(when, commands, environ, home)
    return [Part("Add this line to your crontab (crontab -e)", _cron(when, commands, environ))]


def _require_text(text: str) -> None:
    if _UNWRITABLE.search(text):
        raise ValidationError(
            f"This has characters that a schedule cannot hold: {ascii(text)[1:-1][:80]}",
            hint="Use a folder or a file with a plainer name.",
        )


def _line(commands: Sequence[Sequence[str]]) -> str:
    """Join commands for `sh`, whose results nobody reads; what goes wrong is still said."""
    return "; ".join(f"{shlex.join(words)} >/dev/null" for words in commands)


def _cron(when: When, commands: Sequence[Sequence[str]], environ: Mapping[str, str]) -> str:
    settings = " ".join(f"{name}={shlex.quote(value)}" for name, value in environ.items())
    line = f"export {settings}; {_line(commands)}" if settings else _line(commands)
    day = "*" if when.weekday is None else when.weekday
    # To cron a bare % ends the line, also between quotes.
    return f"{when.minute} {when.hour} * * {day} " + line.replace("%", r"\%")


def _launchd(
    when: When, commands: Sequence[Sequence[str]], environ: Mapping[str, str], home: PurePath
) -> list[Part]:
    moment = {"Hour": when.hour, "Minute": when.minute}
    if when.weekday is not None:
        moment["Weekday"] = when.weekday
    agent: dict[str, Any] = {
        "Label": LABEL,
        "ProgramArguments": ["/bin/sh", "-c", _line(commands)],
        "StartCalendarInterval": moment,
    }
    if environ:
        agent["EnvironmentVariables"] = dict(environ)
    place = home / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    return [
        Part(f"Save this as {place}", plistlib.dumps(agent).decode().rstrip(), str(place)),
        Part(
            "Then have it loaded, now and at each login",
            f"launchctl bootstrap gui/$(id -u) {shlex.quote(str(place))}",
        ),
    ]


def _windows(
    when: When, commands: Sequence[Sequence[str]], environ: Mapping[str, str], home: PurePath
) -> list[Part]:
    """Have a batch file started: schtasks itself takes no more than 261 characters."""
    lines = ["@echo off", "chcp 65001 >nul"]
    lines += [f'set "{name}={_in_batch(value)}"' for name, value in environ.items()]
    lines += [f"{' '.join(map(_batch_word, words))} >nul" for words in commands]
    place = f"{home}\\{NAME}.cmd"
    _in_batch(place)
    every = "DAILY" if when.weekday is None else f"WEEKLY /D {WEEKDAYS[when.weekday][:3].upper()}"
    return [
        Part(f"Save this as {place}, in UTF-8", "\n".join(lines), place),
        Part(
            "Then have it started, in the Command Prompt",
            f'schtasks /Create /TN {NAME} /SC {every} /ST {when.clock()} /TR "\\"{place}\\""',
        ),
    ]


def _in_batch(text: str) -> str:
    """Spell a text as it stands between double quotes in a batch file."""
    if '"' in text:
        raise ValidationError(
            f"A batch file cannot hold this: {text[:80]}",
            hint="Leave the double quotes out.",
        )
    return text.replace("%", "%%")


def _batch_word(word: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9_./:\\=,-]+", word):
        return word
    # A backslash before the closing quote would keep it open.
    return f'"{_in_batch(word)}{word[len(word.rstrip(chr(92))) :]}"'


def warnings(
    system: str, parts: Sequence[Part], *, lasts: bool, opens: bool, install: str
) -> list[str]:
    """List what a person should know before they use what is printed."""
    said = []
    if not lasts:
        said.append(
            "The Python that runs this will be cleared away, and what is printed here fails from "
            f"then on. Install the program first, then run this again: {install}"
        )
    if system not in ("win32", "darwin"):
        if any(len(part.text) > _LONGEST_LINE for part in parts):
            said.append(f"Some crons cut lines of more than {_LONGEST_LINE} characters: this is.")
        if opens:
            said.append("cron has no screen to open the page on: it is written, and you open it.")
    return said


def lines(when: When, parts: Sequence[Part], warnings: Sequence[str]) -> list[str]:
    """List for a person what to do; nothing of it has been done."""
    head = [f"A sync and a new report, {when.words()}. Nothing is set up yet:"]
    for part in parts:
        head += ["", f"{part.where}:", "", *part.text.splitlines()]
    for warning in warnings:
        head += ["", *wrapped(warning)]
    return head
