"""What an argument from outside can be: its JSON Schema, its check, and an example of it.

Nothing from a model, a URI or a shell goes on unchecked. What comes out is canonical: instants in
the one spelling, ids in lower case, lists without repetition.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import spans
from ..whoop import fields

LARGEST_EXACT = 2**53 - 1
"""The largest whole number that every JSON reader keeps exact."""

_LONGEST_TEXT = 4096
_DIGITS = re.compile(r"([0-9]{1,19})(?:\.0+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CURSOR = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True)
class Kind:
    """One kind of argument. `check` answers the canonical value, or raises ValueError that says
    what the value is not ("is not a day").
    """

    schema: Mapping[str, Any]
    check: Callable[[object], Any]
    example: object


def _text(value: object) -> str:
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
    text = _text(value).strip()
    if not _DATE.fullmatch(text):
        raise ValueError("is not a day as YYYY-MM-DD")
    return _time(text)


def _time(value: object) -> str:
    """A bare date stays one: each record reads it at its own offset."""
    text = _text(value).strip()
    try:
        return spans.typed(text)
    except ValueError as problem:
        raise ValueError(f"is {problem}") from None


def _since(value: object) -> str:
    text = _text(value).strip()
    # Every cursor is base64 of a JSON object, and begins so.
    return text if text.startswith("ey") and _CURSOR.fullmatch(text) else _time(text)


def _cursor(value: object) -> str:
    text = _text(value).strip()
    if not _CURSOR.fullmatch(text):
        raise ValueError("is not a cursor that an answer gave")
    return text


def _uuid(value: object) -> str:
    text = _text(value).strip()
    if not fields.is_uuid(text):
        raise ValueError("is not a UUID")
    return text.lower()


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _whole(value: object, low: int, high: int) -> int:
    """Models and shells send numbers as text; `true` is not 1, and 30.0 is 30, as in JSON."""
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


def _one_of(value: object, names: Sequence[str]) -> str:
    text = _text(value).strip()
    if text not in names:
        raise ValueError(f"must be one of {', '.join(names)}")
    return text


def _some_of(value: object, names: Sequence[str]) -> list[str]:
    """A shell, and now and then a model, writes a list as `a,b`."""
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list):
        raise ValueError("must be a list")
    if not given:
        raise ValueError("names nothing")
    return list(dict.fromkeys(_one_of(one, names) for one in given))


def words(example: str) -> Kind:
    """Any text that is not empty."""
    return Kind({"type": "string", "minLength": 1}, _text, example)


def whole(low: int, high: int | None = None, *, example: int) -> Kind:
    """A whole number from `low` to `high`, both included."""
    top = {} if high is None else {"maximum": high}
    limit = LARGEST_EXACT if high is None else high
    return Kind(
        {"type": "integer", "minimum": low, **top},
        lambda value: _whole(value, low, limit),
        example,
    )


def one_of(*names: str) -> Kind:
    """One of these words."""
    return Kind(
        {"type": "string", "enum": list(names)}, lambda value: _one_of(value, names), names[0]
    )


def some_of(*names: str) -> Kind:
    """A list of some of these words."""
    items = {"type": "string", "enum": list(names)}
    return Kind(
        {"type": "array", "items": items, "minItems": 1},
        lambda value: _some_of(value, names),
        list(names[:2]),
    )


DATE = Kind({"type": "string", "format": "date"}, _date, "2026-04-20")
TIME = Kind({"type": "string"}, _time, "2026-04-20")
SINCE = Kind({"type": "string", "minLength": 1}, _since, "2026-04-20T00:00:00Z")
CURSOR = Kind({"type": "string"}, _cursor, "eyJ2IjoxfQ")
UUID = Kind({"type": "string", "format": "uuid"}, _uuid, "ecfc6a15-4661-442f-a9a4-f160dd7afae8")
FLAG = Kind({"type": "boolean"}, _flag, True)
CYCLE_ID = Kind(
    {"type": "integer", "minimum": 1},
    lambda value: _whole(value, 1, 2**63 - 1),
    93845,
)
LIMIT = whole(1, example=25)
