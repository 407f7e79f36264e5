"""Arguments from outside: which there are, and the words when one is unknown, missing or wrong."""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ValidationError
from .kinds import Kind

_LONGEST_SHOWN = 40


@dataclass(frozen=True)
class Parameter:
    """One argument of a tool: its name, what it must be, and what it is for."""

    name: str
    kind: Kind
    about: str = ""
    required: bool = False
    default: Any = None

    def schema(self) -> dict[str, Any]:
        """Its JSON Schema."""
        described = {"description": self.about} if self.about else {}
        default = {} if self.default is None else {"default": self.default}
        return {**self.kind.schema, **described, **default}


def schema(parameters: Sequence[Parameter]) -> dict[str, Any]:
    """The JSON Schema of an object that holds these arguments and no others."""
    required = [parameter.name for parameter in parameters if parameter.required]
    return {
        "type": "object",
        "properties": {parameter.name: parameter.schema() for parameter in parameters},
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def read(parameters: Sequence[Parameter], given: Mapping[str, object]) -> dict[str, Any]:
    """Every argument by name, checked, with its default where it is left out or null.

    ValidationError names the first that is unknown, missing or wrong.
    """
    names = [parameter.name for parameter in parameters]
    for name in given:
        if name not in names:
            raise _unknown(name, names)
    return {parameter.name: _read_one(parameter, given) for parameter in parameters}


def check(name: str, kind: Kind, value: object) -> Any:
    """One value, canonical. ValidationError names it, what is wrong with it, and an example."""
    try:
        return kind.check(value)
    except ValueError as problem:
        raise ValidationError(
            f"`{name}` {problem}: {shown(value)}.", hint=_for_example(name, kind)
        ) from None


def shown(value: object) -> str:
    """A value as an error may show it: its JSON, escaped and short."""
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


def _read_one(parameter: Parameter, given: Mapping[str, object]) -> Any:
    value = given.get(parameter.name)
    if value is not None:
        return check(parameter.name, parameter.kind, value)
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
