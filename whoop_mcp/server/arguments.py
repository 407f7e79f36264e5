"""Check arguments from outside, and word what is unknown, missing or wrong."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ValidationError
from ..spoken import Today
from ..times import Span
from .kinds import BEGINS_AS_DATE, Kind, check_text
from .today import this_computers_today

_LONGEST_SHOWN = 40
_WINDOWS = (("start", "end"), ("since", "until"))


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
    for first, last in _WINDOWS:
        # An end in words is meant whole: where it became the start, its days lie before that.
        if last in found.said and found[last] == found.get(first):
            raise ValidationError(
                f"`{last}` comes before `{first}`.", hint=f"Swap them, or leave `{last}` out."
            )
    return found


def _in_words(given: object, became: object) -> bool:
    """Tell whether a time was said in words: else it begins as what it became does, a date."""
    if not isinstance(given, str) or not isinstance(became, str):
        return isinstance(became, Span)  # nobody types a stretch as its ends, the later exclusive
    return bool(BEGINS_AS_DATE.match(became)) and not BEGINS_AS_DATE.match(given)


def check(name: str, kind: Kind, value: object, today: Today = this_computers_today) -> Any:
    """Make one value canonical. ValidationError names it, what is wrong, and an example."""
    try:
        if kind.said and isinstance(value, str):
            found = kind.said(check_text(value).strip(), today)
            if found is not None:
                return found
        return kind.check(value)
    except ValueError as problem:
        raise ValidationError(
            f"`{name}` {problem}: {shown(getattr(problem, 'part', value))}.",
            example={name: kind.example},
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
            f"`{parameter.name}` is missing.", example={parameter.name: parameter.kind.example}
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
