"""Read the cells of WHOOP's tables: wall-clock times at a zone, numbers, answers, blanks."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from .. import times

_WALL = re.compile(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?", re.ASCII)
_RESAVED = re.compile(r"\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2,4}\b.*|\d{4}/\d{1,2}/\d{1,2}\b.*", re.ASCII)
_ZONE = re.compile(r"(?:UTC|GMT)?\s*(?:([+-])(\d{1,2})(?::?(\d\d))?|Z)?", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)
_LONGEST_NUMBER = 40  # characters: of thousands of digits Python makes no number
_MOST_REMEMBERED = 50_000  # texts
_LONGEST_REMEMBERED = 100  # characters: of what is longer, notes mostly, none comes again
_LONGEST = 366 * 86_400  # seconds: no record of a body lasts longer
_LONGEST_TEXT = 4000  # characters: of a note

Value = str | int | float | bool | None


class Unreadable(ValueError):
    """A cell that cannot be what its column holds. The text holds nothing of it."""


class Resaved(Unreadable):
    """A cell as a spreadsheet program writes it."""


def stripped(text: str) -> str:
    """Take blanks from both ends, those too that do not break a line, and marks of order."""
    return text.strip(" \t\r\n\u00a0\u202f\u2007\ufeff\u200b")


def zone(text: str) -> str:
    """Read `UTC+02:00`, `UTCZ`, `GMT`, `-05:00` as an offset such as `+02:00`."""
    match = _ZONE.fullmatch(stripped(text).replace("\u2212", "-"))
    if match is None:
        raise Unreadable("its time zone cannot be read")
    sign, hours, minutes = match.groups()
    spelled = f"{sign}{int(hours):02d}:{minutes or '00'}" if sign else "+00:00"
    try:
        times.offset(spelled)
    except ValueError:
        raise Unreadable("its time zone cannot be read") from None
    return "+00:00" if spelled == "-00:00" else spelled


def impossible(start: Value, end: Value) -> str | None:
    """Say what is wrong with two times that belong together; None where one of them is blank."""
    if not isinstance(start, str) or not isinstance(end, str):
        return None
    if end < start:
        return "an end in it comes before its start"
    if start[:4] != end[:4] and times.seconds(start, end) > _LONGEST:
        return "it lasts longer than a year"
    return None


class Remembered(dict[str, Value]):
    """Give by its text what a cell says, each text read once: of ten years of cells most say what
    another has said. Unreadable where the reader finds it so."""

    def __init__(self, read: Callable[[str], Value]) -> None:
        super().__init__()
        self._read = read

    def __missing__(self, text: str) -> Value:
        value = self._read(text)
        if len(text) <= _LONGEST_REMEMBERED and len(self) < _MOST_REMEMBERED:
            self[text] = value
        return value


class Zone(dict[str, Value]):
    """Give by its text which instant a wall-clock time at one offset is, each text read once; None
    where it is blank."""

    def __init__(self, offset: str) -> None:
        super().__init__()
        self._offset, self._ahead = offset, timedelta(minutes=times.offset(offset))
        self._walls: dict[str, str] = {}

    def __missing__(self, text: str) -> Value:
        wall = stripped(text)
        if not wall:
            return None
        match = _WALL.fullmatch(wall)
        if match is None:
            if _RESAVED.fullmatch(wall):
                raise Resaved("its dates are not written as 2026-04-20 06:30:00")
            raise Unreadable("a time in it cannot be read")
        date, time = match.groups()
        try:
            moment = datetime.fromisoformat(wall[:19]) - self._ahead
        except (ValueError, OverflowError):
            raise Unreadable("a time in it cannot be read") from None
        found = moment.isoformat(timespec="milliseconds") + "Z"
        if len(self) < _MOST_REMEMBERED:
            self[text] = found
            self._walls[found] = f"{date}T{time}.000{self._offset}"
        return found

    def local(self, instant: str) -> str:
        """Spell an instant as `times.local` does, most of them as their cells have said it."""
        return self._walls.get(instant) or times.local(instant, self._offset)


class Clock:
    """Read the wall-clock times of an export, whose zones are its cycles'."""

    def __init__(self) -> None:
        self._zones: dict[str, Zone] = {}
        self._offsets = Remembered(zone)
        self._cells: tuple[str, str, str] | None = None
        self._cycle: dict[str, Value] = {}

    def cycle(self, start: str, end: str, zone_text: str) -> dict[str, Value]:
        """Read the three cells that begin every row: rows of one cycle stand together."""
        if self._cells != (start, end, zone_text):
            offset = str(self._offsets[zone_text])
            moments = self.at(offset)
            found: dict[str, Value] = {"start": moments[start], "end": moments[end], "zone": offset}
            if found["start"] is None:
                raise Unreadable("its cycle has no start")
            if reason := impossible(found["start"], found["end"]):
                raise Unreadable(reason)
            self._cells, self._cycle = (start, end, zone_text), found
        return self._cycle

    def at(self, offset: str) -> Zone:
        """Give the reader of the times at an offset."""
        known = self._zones.get(offset)
        if known is None:
            known = self._zones[offset] = Zone(offset)
        return known

    def instant(self, text: str, offset: str) -> Value:
        """Read a cell at an offset as a canonical instant; None where it is blank."""
        return self.at(offset)[text]

    def when(self, start: str, end: str | None, offset: str) -> dict[str, Any]:
        """Give the fields of a record that say when it was, in UTC and on the wearer's clock."""
        local = self.at(offset).local
        return {
            "start": start,
            "end": end,
            "start_local": local(start),
            "end_local": None if end is None else local(end),
            "timezone_offset": offset,
        }


def number(low: float, high: float) -> Callable[[str], Value]:
    """Make a reader of numbers between two bounds; a blank is None, never 0."""

    def read(text: str) -> Value:
        text = stripped(text)
        if not text:
            return None
        if not _NUMBER.fullmatch(text):
            if _COMMA.fullmatch(text):
                raise Resaved("its numbers have a comma")
            raise Unreadable("a number in it cannot be read")
        value = float(text) if "." in text else int(text[:_LONGEST_NUMBER])
        if len(text) > _LONGEST_NUMBER or not low <= value <= high:
            raise Unreadable("a number in it is beyond what a body can have")
        return value

    return read


def flag(text: str) -> Value:
    """Read `true` or `false`; a blank is None, and anything else is never taken for `false`."""
    text = stripped(text).lower()
    if text in ("true", "false"):
        return text == "true"
    if text:
        raise Unreadable("an answer in it is neither true nor false")
    return None


def words(text: str) -> Value:
    """Read text; a blank is None."""
    return stripped(text)[:_LONGEST_TEXT] or None
