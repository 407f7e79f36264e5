"""Arguments from outside: what is read of them, and the words for what cannot be."""

from __future__ import annotations

from typing import Any

import pytest

from whoop_mcp.errors import ValidationError
from whoop_mcp.server import arguments, kinds
from whoop_mcp.server.arguments import Parameter

PARAMETERS = (
    Parameter("cycle_id", kinds.CYCLE_ID, "Which.", required=True),
    Parameter("fresh", kinds.FLAG, default=False),
    Parameter("start", kinds.TIME),
)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("short", '"short"'),
        ("x" * 100, '"' + "x" * 37 + '…"'),
        ("new\nline", '"new\\nline"'),
        ("\u202eevil", '"\\u202eevil"'),
        ("ünï", '"ünï"'),
        (None, "null"),
        (True, "true"),
        (-5, "-5"),
        (10**5000, "a number of more than 39 digits"),
        (-(10**38), "-1" + "0" * 38),
        (0.5, "0.5"),
        (["a", None, 5], '["a", null, 5]'),
        ([], "[]"),
        ({"a": 1}, '{"a": 1}'),
        (list(range(100)), "[0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, …"),
        (["\u202e"], '["\\u202e"]'),
        ([10**5000], "a list"),
        ({"a": {1}}, "an object"),
    ],
    ids=range(18),
)
def test_values_are_shown_short_and_escaped(value: object, text: str) -> None:
    """What an error repeats of a value is at most 40 characters, all of them printable."""
    assert arguments.shown(value) == text


def test_long_values_with_escapes_are_cut_too() -> None:
    """Escaping cannot make a shown value longer than 40 characters."""
    for value in ("\n" * 39, "\u202e" * 10, '"' * 30, "é" * 41):
        assert len(arguments.shown(value)) <= 40


def test_defaults_and_null() -> None:
    """An argument left out, or null, has its default; the result has every argument."""
    assert arguments.read(PARAMETERS, {"cycle_id": 5, "start": None}) == {
        "cycle_id": 5,
        "fresh": False,
        "start": None,
    }


@pytest.mark.parametrize(
    ("given", "message", "hint"),
    [
        ({}, "`cycle_id` is missing.", 'For example: {"cycle_id": 93845}.'),
        ({"cycle_id": None}, "`cycle_id` is missing.", 'For example: {"cycle_id": 93845}.'),
        ({"cycle_id": 5, "freshh": 1}, 'There is no argument "freshh".', "Did you mean `fresh`?"),
        (
            {"cycle_id": 5, "x\n": 1},
            'There is no argument "x\\n".',
            "The arguments are: cycle_id, fresh, start.",
        ),
    ],
)
def test_unknown_and_missing_arguments(given: dict[str, Any], message: str, hint: str) -> None:
    """Unknown and missing arguments are named, with what to write instead."""
    with pytest.raises(ValidationError) as caught:
        arguments.read(PARAMETERS, given)
    assert (caught.value.message, caught.value.hint) == (message, hint)


@pytest.mark.parametrize(("first", "last"), [("start", "end"), ("since", "until")])
def test_ends_in_words_the_wrong_way_round_are_refused(first: str, last: str) -> None:
    """An end in words is meant whole, so one that ends as the window begins lies before it; in
    dates that is an empty window, and no error."""
    taken = (
        Parameter(first, kinds.SINCE if first == "since" else kinds.TIME),
        Parameter(last, kinds.UNTIL),
    )
    for begins in ("today", "2026-11-28"):
        with pytest.raises(ValidationError) as caught:
            arguments.read(taken, {first: begins, last: "yesterday"}, lambda: "2026-11-28")
        assert caught.value.message == f"`{last}` comes before `{first}`."
        assert caught.value.hint == f"Swap them, or leave `{last}` out."
    for begins in ("yesterday", "today"):
        arguments.read(taken, {first: begins, last: "today"}, lambda: "2026-11-28")
    arguments.read(taken, {first: "2026-11-28", last: "2026-11-28"})


def test_a_tool_without_arguments_says_so() -> None:
    """Where there are no arguments at all, the hint says to leave them out."""
    with pytest.raises(ValidationError) as caught:
        arguments.read((), {"x": 1})
    assert caught.value.hint == "There are none: leave all arguments out, as in {}."


def test_schema_is_closed_and_typed() -> None:
    """The JSON Schema has types, defaults and what is required, and allows nothing else."""
    assert arguments.schema(PARAMETERS) == {
        "type": "object",
        "properties": {
            "cycle_id": {"type": "integer", "description": "Which."},
            "fresh": {"type": "boolean", "default": False},
            "start": {"type": "string"},
        },
        "required": ["cycle_id"],
        "additionalProperties": False,
    }
    assert arguments.schema(()) == {
        "type": "object",
        "properties": {},
        "additionalProperties": False,
    }
