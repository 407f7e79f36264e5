"""Check arguments from outside, and word what is unknown, missing or wrong."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import spoken, times
from ..errors import ValidationError
from ..spoken import Today
from ..times import Span
from ..whoop import fields
from .today import this_computers_today


class Arguments(dict[str, Any]):
    """Checked arguments by name, as the functions take them; `said` has what times became that
    were said in words, a stretch as `{"start", "end"}`."""

    said: Mapping[str, Any] = {}

    def told(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Add to an answer the `window` that words became; to one that it shows, only stretches."""
        said = {
            name: became
            for name, became in self.said.items()
            if "window" not in answer or isinstance(became, dict)
        }
        if "end" in said and "period" in answer:  # statistics end today at the latest
            said["end"] = answer["period"]["end"]
        return {**answer, "window": {**answer.get("window", {}), **said}} if said else answer


LARGEST_EXACT = 2**53 - 1
"""The largest whole number that every JSON reader keeps exact."""

_LONGEST_TEXT = 4096
_LONGEST_SHOWN = 40
_FIRST, _LATEST = 10**8, 10**11  # seconds since 1970, of which ids of an export are made
_EXPORTED = re.compile(r"-[0-9]{9,11}(?:\.0+)?")
_DIGITS = re.compile(r"([0-9]{1,19})(?:\.0+)?")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CURSOR = re.compile(r"[A-Za-z0-9_-]+")
_BEGINS_AS_DATE = re.compile(r"\s*[0-9]{4}-[0-9]{2}-[0-9]{2}")


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


@dataclass(frozen=True)
class Parameter:
    """Describe one argument: its name, what it must be, and what it is for."""

    name: str
    kind: Kind
    about: str = ""
    required: bool = False
    default: Any = None

    def schema(self) -> dict[str, Any]:
        """Make its JSON Schema."""
        described = {"description": self.about} if self.about else {}
        default = {} if self.default is None else {"default": self.default}
        return {**self.kind.schema, **described, **default}


def schema(parameters: Sequence[Parameter]) -> dict[str, Any]:
    """Make the JSON Schema of an object that holds these arguments and no others."""
    required = [parameter.name for parameter in parameters if parameter.required]
    return {
        "type": "object",
        "properties": {parameter.name: parameter.schema() for parameter in parameters},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def read(
    parameters: Sequence[Parameter],
    given: Mapping[str, object],
    today: Today = this_computers_today,
) -> Arguments:
    """Read every argument, checked, by name, with its default where it is left out or null.

    `today` is asked for where a time is said in words. ValidationError names the first argument
    that is unknown, missing or wrong.
    """
    names = [parameter.name for parameter in parameters]
    for name in given:
        if name not in names:
            raise _unknown(name, names)
    found = Arguments((one.name, _read_one(one, given, today)) for one in parameters)
    found.said = {
        one.name: became._asdict() if isinstance(became, Span) else became
        for one in parameters
        if one.kind.said and _in_words(given.get(one.name), became := found[one.name])
    }
    return found


def _in_words(given: object, became: object) -> bool:
    """Tell whether a time was said in words: else it begins as what it became does, a date."""
    if not isinstance(given, str) or not isinstance(became, str):
        return isinstance(became, Span)  # nobody types a stretch as its ends, the later exclusive
    return bool(_BEGINS_AS_DATE.match(became)) and not _BEGINS_AS_DATE.match(given)


def check(name: str, kind: Kind, value: object, today: Today = this_computers_today) -> Any:
    """Make one value canonical. ValidationError names it, what is wrong, and an example."""
    try:
        if kind.said and isinstance(value, str):
            found = kind.said(_text(value).strip(), today)
            if found is not None:
                return found
        return kind.check(value)
    except ValueError as problem:
        raise ValidationError(
            f"`{name}` {problem}: {shown(value)}.", hint=_for_example(name, kind)
        ) from None


def shown(value: object) -> str:
    """Show a value as an error may: its JSON, escaped and short."""
    if isinstance(value, str):
        cut = value if len(value) <= _LONGEST_SHOWN else value[: _LONGEST_SHOWN - 1] + "…"
        # Escapes are what make text longer, so the cut is made again behind them.
        quoted = json.dumps(cut, ensure_ascii=not cut.isprintable())
        return quoted if len(quoted) <= _LONGEST_SHOWN else quoted[: _LONGEST_SHOWN - 2] + '…"'
    if isinstance(value, int) and abs(value) >= 10 ** (_LONGEST_SHOWN - 1):
        return f"a number of more than {_LONGEST_SHOWN - 1} digits"
    try:
        text = json.dumps(value, ensure_ascii=False)
        text = text if text.isprintable() else json.dumps(value)
    except (ValueError, TypeError, RecursionError):  # too long a number, or too deep, within it
        return "a list" if isinstance(value, (list, tuple)) else "an object"
    return text if len(text) <= _LONGEST_SHOWN else text[: _LONGEST_SHOWN - 1] + "…"


def _read_one(parameter: Parameter, given: Mapping[str, object], today: Today) -> Any:
    value = given.get(parameter.name)
    if value is not None:
        return check(parameter.name, parameter.kind, value, today)
    if parameter.required:
        raise ValidationError(
            f"`{parameter.name}` is missing.", hint=_for_example(parameter.name, parameter.kind)
        )
    return parameter.default


def _unknown(name: str, names: Sequence[str]) -> ValidationError:
    near = difflib.get_close_matches(name, names, 1) if len(name) <= _LONGEST_SHOWN else []
    if near:
        hint = f"Did you mean `{near[0]}`?"
    elif names:
        hint = f"The arguments are: {', '.join(names)}."
    else:
        hint = "There are none: leave all arguments out, as in {}."
    return ValidationError(f"There is no argument {shown(name)}.", hint=hint)


def _for_example(name: str, kind: Kind) -> str:
    return f"For example: {json.dumps({name: kind.example})}."


# ── the kinds: how each is checked ──


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
        raise ValueError("is not a day as YYYY-MM-DD, nor words such as yesterday, 3 days ago")
    return _time(text)


def _time(value: object) -> str:
    """Keep a bare date as it is: each record reads it at its own offset."""
    text = _text(value).strip()
    try:
        return times.typed(text)
    except ValueError as problem:
        words = "" if _BEGINS_AS_DATE.match(text) else ", nor words such as yesterday, 30d, 2026-05"
        raise ValueError(f"is {problem}{words}") from None


def _since(value: object) -> str:
    text = _text(value).strip()
    # Every cursor is base64 of a JSON object, and begins so.
    return text if text.startswith("ey") and _CURSOR.fullmatch(text) else _time(text)


def _since_said(text: str, today: Today) -> str | None:
    return None if text.startswith("ey") else spoken.start(text, today)


def _stretch(value: object) -> Span:
    """Take what `spoken` reads alone: it takes bare dates as well."""
    raise ValueError("must be text")


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
    text = _text(value).strip()
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
    return list(dict.fromkeys(_one_of(one, names) for one in given))


def words(example: str) -> Kind:
    """Allow any text that is not empty."""
    return Kind({"type": "string", "minLength": 1}, _text, example)


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


_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def _weekdays(value: object) -> list[int]:
    """Take weekdays by their English names or three letters of them; Monday is 0."""
    given = value.split(",") if isinstance(value, str) else value
    if isinstance(given, list) and all(isinstance(one, str) for one in given):
        names = [one.strip().lower() for one in given]
        given = [next((day for day in _WEEKDAYS if one == day[:3]), one) for one in names]
    return sorted(_WEEKDAYS.index(name) for name in _some_of(given, _WEEKDAYS))


def _texts(value: object) -> list[str]:
    """Take a list of texts, or one."""
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not given:
        raise ValueError("must be a list of texts")
    return [_text(one).strip() for one in given]


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
