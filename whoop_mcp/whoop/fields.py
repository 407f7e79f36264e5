"""Read WHOOP's JSON one field at a time, and refuse what is not well formed.

Every reader answers None for a null or absent field and raises Malformed for a value that
cannot be what the field says it is.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any, TypedDict

from .. import times

Raw = Mapping[str, Any]
"""A JSON object as WHOOP sent it."""

_LARGEST = 2**53  # beyond it a JSON number is no longer exact, and no measurement is that large
_LONGEST_TEXT = 256  # characters: an address of e-mail at its longest, and then some
_DEEPEST = 200  # levels: what every reader of JSON takes, however deep in its work it is
_LARGEST_INTEGER = 10**300  # beyond it there are readers of JSON that fail altogether
_LONGEST = 366 * 86400  # seconds: no record of a body lasts longer than a year
_PLAIN = frozenset((str, int, float, bool, type(None)))  # JSON that holds no other
_NUMBERS = (float, int)  # a bool would be an int to isinstance
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)


class Malformed(ValueError):
    """A record that cannot be what it claims to be. The text names the field, never its value."""


class Absurd(Malformed):
    """A value that is of the right type, but that no body and no clock has."""


def is_uuid(value: object) -> bool:
    """Tell whether a value can be the id of a sleep or a workout."""
    return isinstance(value, str) and _UUID.fullmatch(value) is not None


def is_cycle_id(value: object) -> bool:
    """Tell whether a value can be the id of a cycle: a positive 64-bit integer."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63


def nested(raw: Raw, key: str) -> Raw:
    """Read the object under a key; an empty one where there is none."""
    value = raw.get(key)
    if value is None:
        return {}
    if type(value) is not dict and not isinstance(value, Mapping):  # the second takes ten times
        raise Malformed(f"{key} is not an object")
    return value


def check_whole(raw: Raw) -> None:
    """Check that every JSON reader can read a record again. Malformed when it cannot."""
    level: list[Any] = [raw]
    for _ in range(_DEEPEST):
        inner: list[Any] = []
        for one in level:
            inner += one if isinstance(one, list) else one.values()
        if any(map(_unreadable, inner)):
            raise Malformed("a number in it cannot be read")
        deeper = [one for one in inner if type(one) not in _PLAIN]
        level = [one for one in deeper if isinstance(one, (Mapping, list))]
        if not level:
            return
    raise Malformed("it is nested too deep")


def _unreadable(value: object) -> bool:
    kind = type(value)
    if kind is str:
        return False
    if kind is float:
        return not math.isfinite(value)  # type: ignore[arg-type]
    return kind is int and not -_LARGEST_INTEGER < value < _LARGEST_INTEGER  # type: ignore[operator]


def number(raw: Raw, key: str, bounds: tuple[float, float] = (-_LARGEST, _LARGEST)) -> float | None:
    """Read a finite number, int or float as it came; Absurd beyond the `bounds`."""
    value: float | None = raw.get(key)
    if value is None:
        return None
    if type(value) not in _NUMBERS:
        raise Malformed(f"{key} is not a number")
    if not bounds[0] <= value <= bounds[1]:  # NaN is not, either
        raise Absurd(f"{key} is out of range")
    return value


def numbers(raw: Raw, asked: Mapping[str, tuple[float, float]]) -> list[float | None]:
    """Read several numbers as `number` does, in their order: in half the time that each takes."""
    found: list[float | None] = []
    for key, bounds in asked.items():
        value = raw.get(key)
        if value is not None and (
            type(value) not in _NUMBERS or not bounds[0] <= value <= bounds[1]
        ):
            value = number(raw, key, bounds)  # which says what is wrong with it
        found.append(value)
    return found


def flag(raw: Raw, key: str) -> bool | None:
    """Read true or false."""
    value = raw.get(key)
    if value is not None and not isinstance(value, bool):
        raise Malformed(f"{key} is not true or false")
    return value


def text(raw: Raw, key: str) -> str | None:
    """Read text that every encoder takes: JSON can spell half a surrogate pair, which none does."""
    value = raw.get(key)
    if value is None:
        return None
    if not isinstance(value, str):
        raise Malformed(f"{key} is not text")
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def label(raw: Raw, key: str) -> str | None:
    """Read text to be shown: what is too long for that is cut, with `…` at its end."""
    value = text(raw, key)
    if value is None or len(value) <= _LONGEST_TEXT:
        return value
    return value[: _LONGEST_TEXT - 1] + "…"


def user(raw: Raw) -> int | None:
    """Read which WHOOP user's record it is; None where it does not say, or says it in a way of its
    own: a record is not refused for that."""
    value = raw.get("user_id")
    return value if type(value) is int else None


def cycle_id(raw: Raw, key: str) -> int:
    """Read the id of a cycle; it is never missing."""
    value = raw.get(key)
    if not is_cycle_id(value):
        raise Malformed(f"{key} is not a positive integer")
    return int(value)  # type: ignore[arg-type]  # is_cycle_id has just said so


def uuid(raw: Raw, key: str) -> str:
    """Read the id of a sleep or a workout, in lower case; it is never missing."""
    value = raw.get(key)
    if not is_uuid(value):
        raise Malformed(f"{key} is not a UUID")
    return str(value).lower()


def instant(raw: Raw, key: str) -> str | None:
    """Read an instant, canonical."""
    value = raw.get(key)
    if type(value) is not str or not value.isascii():
        value = text(raw, key)
    if value is None:
        return None
    try:
        return times.utc(value)
    except ValueError as problem:
        raise Malformed(f"{key} is {problem}") from None


def required_instant(raw: Raw, key: str) -> str:
    """Read an instant without which the record has no place in time."""
    found = instant(raw, key)
    if found is None:
        raise Malformed(f"{key} is missing")
    return found


class Interval(TypedDict):
    """A record's time in UTC and on the wearer's clock, named as flat records name it."""

    start: str
    end: str | None
    start_local: str | None
    end_local: str | None
    timezone_offset: str | None


def _interval(
    start: str, end: str | None, start_local: str | None, end_local: str | None, zone: str | None
) -> Interval:
    return {
        "start": start,
        "end": end,
        "start_local": start_local,
        "end_local": end_local,
        "timezone_offset": zone,
    }


def interval(raw: Raw) -> Interval:
    """Read a record's time, in UTC and on the wearer's clock; without `end` it still runs."""
    zone = raw.get("timezone_offset")
    first, last = times.with_local(raw.get("start"), zone), None
    if first is not None and (
        raw.get("end") is None or (last := times.with_local(raw["end"], zone)) is not None
    ):
        (start, start_local), (end, end_local) = first, last or (None, None)
    else:
        start, end = required_instant(raw, "start"), instant(raw, "end")
        start_local, end_local = None, None
    if end is not None:
        if end < start:
            raise Malformed("end is before start")
        if end[:4] != start[:4] and times.seconds(start, end) > _LONGEST:
            raise Absurd("end is more than a year after start")
    if start_local is not None:
        return _interval(start, end, start_local, end_local, zone)
    return spelled(start, end, text(raw, "timezone_offset"))


def spelled(start: str, end: str | None, zone: str | None) -> Interval:
    """Put both ends beside their wall-clock spelling, which without an offset is unknown."""
    if zone is None:
        return _interval(start, end, None, None, None)
    try:
        end_local = None if end is None else times.local(end, zone)
        return _interval(start, end, times.local(start, zone), end_local, zone)
    except ValueError as problem:
        raise Absurd(f"timezone_offset is {problem}") from None


def touched_at(raw: Raw, parent: Raw | None) -> str | None:
    """Find when WHOOP last touched the record, or what its times are taken from."""
    own = instant(raw, "updated_at") or instant(raw, "created_at")
    if parent is None:
        return own
    other = instant(parent, "updated_at") or instant(parent, "created_at")
    return max(own or "", other or "") or None


def last_touched(raw: Raw) -> str:
    """Find when WHOOP last touched a record, as far as it says so; else an empty text."""
    try:
        return touched_at(raw, None) or ""
    except Malformed:
        return ""


# ── units ──

KILOJOULES_PER_KCAL = 4.184


def seconds(milliseconds: float | None) -> float | None:
    """Turn milliseconds into seconds with one decimal."""
    if type(milliseconds) is int and milliseconds >= 0 and milliseconds % 100 != 50:
        return (milliseconds + 50) // 100 / 10  # what `round` says, in a quarter of its time
    return None if milliseconds is None else round(milliseconds / 1000, 1)


def calories(kilojoules: float | None) -> int | None:
    """Turn kilojoules into whole kilocalories."""
    return None if kilojoules is None else round(kilojoules / KILOJOULES_PER_KCAL)


def percent(value: float | None) -> float | None:
    """Make a share 0–100. WHOOP documents that and sends 0–1: what is at most 1 is a fraction."""
    return value if value is None or value > 1 else round(value * 100, 4)


def total(*parts: float | None) -> float | None:
    """Add up the parts; the whole is unknown as soon as one part is."""
    return None if None in parts else sum(parts)  # type: ignore[arg-type] # as none is None
