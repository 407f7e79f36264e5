"""Define the kinds of values that arguments may be: what each allows, and how it is checked."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import choices, spoken, times
from ..spoken import Today
from ..times import Span
from ..whoop import fields

LARGEST_EXACT = 2**53 - 1
"""The largest whole number that every JSON reader keeps exact."""

BEGINS_AS_DATE = re.compile(r"\s*[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""How a date begins that was typed, and no words that stand for one."""

_LONGEST_TEXT = 4096
_FIRST, _LATEST = 10**8, 10**11  # seconds since 1970, of which ids of an export are made
_EXPORTED = re.compile(r"-[0-9]{9,11}(?:\.0+)?")
_DIGITS = re.compile(r"([0-9]{1,19})(?:\.0+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CURSOR = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Kind:
    """Describe one kind of argument: its JSON Schema, its check and an example.

    `check` answers the canonical value, or raises ValueError that says what the value is not
    ("is not a day"); so does `said`, of what may also be said in words.
    """

    schema: Mapping[str, Any]
    check: Callable[[object], Any]
    example: object
    said: Callable[[str, Today], Any] | None = None  # None from it: these are no such words


class NotAmong(ValueError):
    """Signal what is none of the names that a list may hold; `part` is that one of it."""

    def __init__(self, names: Sequence[str], part: object) -> None:
        super().__init__(f"takes one or several of {', '.join(names)}. Not one of them")
        self.part = part


def check_text(value: object) -> str:
    """Take text that is not empty, not too long, and real text. ValueError says what is wrong."""
    if not isinstance(value, str):
        raise ValueError("must be text")
    if not value.strip():
        raise ValueError("is empty")
    if len(value) > _LONGEST_TEXT:
        raise ValueError(f"is longer than {_LONGEST_TEXT} characters")
    if "\0" in value or not _is_unicode(value):
        raise ValueError("has characters that are not text")
    return value


def _is_unicode(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True


def _date(value: object) -> str:
    text = check_text(value).strip()
    if not _DATE.fullmatch(text):
        raise ValueError("is not a day as YYYY-MM-DD, nor words such as yesterday, 3 days ago")
    return _time(text)


def _time(value: object) -> str:
    """Keep a bare date as it is: each record reads it at its own offset."""
    text = check_text(value).strip()
    try:
        return times.typed(text)
    except ValueError as problem:
        words = "" if BEGINS_AS_DATE.match(text) else ", nor words such as yesterday, 30d, 2026-05"
        raise ValueError(f"is {problem}{words}") from None


def _since(value: object) -> str:
    text = check_text(value).strip()
    # Every cursor is base64 of a JSON object, and begins so.
    return text if text.startswith("ey") and _CURSOR.fullmatch(text) else _time(text)


def _since_said(text: str, today: Today) -> str | None:
    return None if text.startswith("ey") else spoken.start(text, today)


def _stretch(value: object) -> Span:
    """Take what `spoken` reads alone: it takes bare dates as well."""
    raise ValueError("must be text")


def _cursor(value: object) -> str:
    text = check_text(value).strip()
    if not _CURSOR.fullmatch(text):
        raise ValueError("is not a cursor that an answer gave")
    return text


def _uuid(value: object) -> str:
    text = check_text(value).strip()
    if not fields.is_uuid(text):
        raise ValueError("is not a UUID")
    return text.lower()


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _whole(value: object, low: int, high: int) -> int:
    """Take numbers also as text, as models and shells send them; 30.0 is 30, `true` is not 1."""
    if isinstance(value, str) and (digits := _DIGITS.fullmatch(value.strip())):
        value = int(digits[1])
    if isinstance(value, float) and value.is_integer():
        if abs(value) > LARGEST_EXACT:
            raise ValueError("must be written without a fraction or exponent, to be exact")
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError("must be a whole number")
    if value < low:
        raise ValueError(f"must be {low} or more")
    if value > high:
        raise ValueError(f"must be {high} or less")
    return value


def _cycle_id(value: object) -> int:
    """Take WHOOP's own ids, and those that cycles of an export have: minus a start in seconds."""
    if isinstance(value, float) and value.is_integer() and abs(value) < _LATEST:
        value = int(value)
    if type(value) is int and -_LATEST < value <= -_FIRST:
        return value
    if isinstance(value, str) and _EXPORTED.fullmatch(value.strip()):
        return int(float(value))
    return _whole(value, 1, 2**63 - 1)


def _one_of(value: object, names: Sequence[str]) -> str:
    text = check_text(value).strip()
    if text not in names:
        raise ValueError(f"must be one of {', '.join(names)}")
    return text


def _some_of(value: object, names: Sequence[str]) -> list[str]:
    """Take a list also as `a,b`, as a shell, and now and then a model, writes it."""
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list):
        raise ValueError("must be a list")
    if not given:
        raise ValueError("names nothing")
    found = [one.strip() if isinstance(one, str) else one for one in given]
    for one in found:
        if one not in names:
            raise NotAmong(names, one)
    return list(dict.fromkeys(found))


def words(example: str) -> Kind:
    """Allow any text that is not empty."""
    return Kind({"type": "string", "minLength": 1}, check_text, example)


def whole(low: int, high: int | None = None, *, example: int) -> Kind:
    """Allow a whole number from `low` to `high`, both included."""
    top = {} if high is None else {"maximum": high}
    limit = LARGEST_EXACT if high is None else high
    return Kind(
        {"type": "integer", "minimum": low, **top},
        lambda value: _whole(value, low, limit),
        example,
    )


def one_of(*names: str) -> Kind:
    """Allow one of these words."""
    return Kind(
        {"type": "string", "enum": list(names)}, lambda value: _one_of(value, names), names[0]
    )


def some_of(*names: str) -> Kind:
    """Allow a list of some of these words."""
    items = {"type": "string", "enum": list(names)}
    return Kind(
        {"type": "array", "items": items, "minItems": 1},
        lambda value: _some_of(value, names),
        list(names[:2]),
    )


def _weekdays(value: object) -> list[int]:
    """Take weekdays by their English names or three letters of them; Monday is 0."""
    given = value.split(",") if isinstance(value, str) else value
    if isinstance(given, list) and all(isinstance(one, str) for one in given):
        names = [one.strip().lower() for one in given]
        given = [next((day for day in choices.WEEKDAYS if one == day[:3]), one) for one in names]
    return sorted(choices.WEEKDAYS.index(name) for name in _some_of(given, choices.WEEKDAYS))


def _texts(value: object) -> list[str]:
    """Take a list of texts, or one."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not given:
        raise ValueError("must be a list of texts")
    return [check_text(one).strip() for one in given]


def _objects(value: object) -> list[dict[str, Any]]:
    """Take a list of objects, also as its JSON text, as models now and then write it."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise ValueError("must be a list of objects") from None
    given = [value] if isinstance(value, dict) else value
    if not isinstance(given, list) or not given:
        raise ValueError("must be a list of objects")
    if not all(isinstance(one, dict) for one in given):
        raise ValueError("must be a list of objects")
    return given


def objects(properties: Mapping[str, Any], required: Sequence[str], example: object) -> Kind:
    """Allow a list of objects of these fields; what is in them is checked where they are used."""
    items = {
        "type": "object",
        "properties": dict(properties),
        "required": list(required),
        "additionalProperties": False,
    }
    return Kind({"type": "array", "items": items, "minItems": 1}, _objects, example)


TEXTS = Kind(
    {"type": "array", "items": {"type": "string", "minLength": 1}, "minItems": 1},
    _texts,
    ["have any alcoholic drinks"],
)
DATE = Kind({"type": "string"}, _date, "2026-04-20", spoken.day)
TIME = Kind({"type": "string"}, _time, "2026-04-20", spoken.start)
UNTIL = Kind({"type": "string"}, _time, "2026-04-20", spoken.end)
STRETCH = Kind({"type": "string", "minLength": 1}, _stretch, "2026-05", spoken.stretch)
SINCE = Kind({"type": "string", "minLength": 1}, _since, "2026-04-20T00:00:00Z", _since_said)
CURSOR = Kind({"type": "string"}, _cursor, "eyJ2IjoxfQ")
UUID = Kind({"type": "string", "format": "uuid"}, _uuid, "ecfc6a15-4661-442f-a9a4-f160dd7afae8")
WEEKDAYS = Kind({"type": "string"}, _weekdays, "friday,saturday")
FLAG = Kind({"type": "boolean"}, _flag, True)
CYCLE_ID = Kind({"type": "integer"}, _cycle_id, 93845)
LIMIT = whole(1, example=25)
