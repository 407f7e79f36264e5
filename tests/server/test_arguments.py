"""Arguments from outside: what passes, what it becomes, and the words for the rest."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from whoop_mcp.errors import ValidationError
from whoop_mcp.server import arguments
from whoop_mcp.server.arguments import Kind, Parameter

UUID = "ECFC6A15-4661-442f-a9a4-f160dd7afae8"
RESOURCES = arguments.some_of("cycles", "sleeps")
DAY = arguments.one_of("local", "utc")
SMALL = arguments.whole(1, 5000, example=500)
PATH = arguments.words("~/sleeps.csv")

PARAMETERS = (
    Parameter("cycle_id", arguments.CYCLE_ID, "Which.", required=True),
    Parameter("fresh", arguments.FLAG, default=False),
    Parameter("start", arguments.TIME),
)

GOOD = [
    (arguments.TIME, "2026-04-20", "2026-04-20"),
    (arguments.TIME, " 2026-04-20T06:30 ", "2026-04-20T06:30:00.000Z"),
    (arguments.TIME, "2026-04-20T06:30:00.5+05:30", "2026-04-20T01:00:00.500Z"),
    (arguments.SINCE, "2026-04-20", "2026-04-20"),
    (arguments.SINCE, "2026-04-20T06:30Z", "2026-04-20T06:30:00.000Z"),
    (arguments.SINCE, "eyJ2IjoxfQ", "eyJ2IjoxfQ"),
    (arguments.DATE, "2024-02-29", "2024-02-29"),
    (arguments.WEEKDAYS, ["saturday", "friday"], [4, 5]),
    (arguments.WEEKDAYS, "Fri, SUNDAY,fri", [4, 6]),
    (arguments.UUID, UUID, UUID.lower()),
    (arguments.CYCLE_ID, 93845, 93845),
    (arguments.CYCLE_ID, "93845", 93845),
    (arguments.CYCLE_ID, 2**63 - 1, 2**63 - 1),
    (arguments.CYCLE_ID, 93845.0, 93845),
    (arguments.CYCLE_ID, " 93845.00 ", 93845),
    (arguments.CYCLE_ID, -1771560352, -1771560352),
    (arguments.CYCLE_ID, "-1771560352", -1771560352),
    (arguments.CYCLE_ID, -1771560352.0, -1771560352),
    (SMALL, 30.0, 30),
    (SMALL, 3e3, 3000),
    (arguments.LIMIT, 10**9, 10**9),
    (arguments.FLAG, True, True),
    (RESOURCES, ["sleeps", "cycles", "sleeps"], ["sleeps", "cycles"]),
    (RESOURCES, "cycles, sleeps", ["cycles", "sleeps"]),
    (DAY, "utc", "utc"),
    (arguments.CURSOR, "abc-_09", "abc-_09"),
    (PATH, "~/Ordner/Schläfe.csv", "~/Ordner/Schläfe.csv"),
]

BAD = [
    (arguments.TIME, "the other day", "not an ISO-8601 instant"),
    (arguments.TIME, "2026-02-30", "no such day"),
    (arguments.TIME, "2026-04-20T25:00:00Z", "no such date or time"),
    (arguments.TIME, 20260420, "must be text"),
    (arguments.TIME, "", "is empty"),
    (arguments.DATE, "2026-04-20T00:00:00Z", "is not a day"),
    (arguments.DATE, "2026-13-01", "no such day"),
    (arguments.DATE, "1999-12-31", "is before the year 2000"),
    (arguments.TIME, "0026-04-20", "is before the year 2000"),
    (arguments.TIME, "2000-01-01T00:00:00+00:01", "is before the year 2000"),
    (arguments.SINCE, "1970-01-01T00:00:00Z", "is before the year 2000"),
    (arguments.SINCE, "20 April", "lacks its year"),
    (arguments.SINCE, "eyJ2 IjoxfQ", "not an ISO-8601 instant"),
    (arguments.UUID, "../../user", "is not a UUID"),
    (arguments.UUID, 5, "must be text"),
    (arguments.CYCLE_ID, True, "must be a whole number"),
    (arguments.CYCLE_ID, 5.5, "must be a whole number: 5.5."),
    (arguments.CYCLE_ID, "5.", "must be a whole number"),
    (arguments.CYCLE_ID, 0.0, "must be 1 or more"),
    (arguments.CYCLE_ID, 2.0**60, "without a fraction or exponent"),
    (arguments.CYCLE_ID, float("inf"), "must be a whole number: Infinity."),
    (arguments.CYCLE_ID, float("nan"), "must be a whole number: NaN."),
    (arguments.CYCLE_ID, 0, "must be 1 or more"),
    (arguments.CYCLE_ID, "-5", "must be a whole number"),
    (arguments.CYCLE_ID, -5, "must be 1 or more"),
    (arguments.CYCLE_ID, "٥", "must be a whole number"),
    (arguments.CYCLE_ID, 2**63, "or less"),
    (arguments.CYCLE_ID, 10**5000, "or less"),
    (arguments.LIMIT, 0, "must be 1 or more"),
    (arguments.LIMIT, 2**60, "or less"),
    (SMALL, 5001, "must be 5000 or less"),
    (arguments.FLAG, "true", "must be true or false"),
    (arguments.FLAG, 1, "must be true or false"),
    (RESOURCES, [], "names nothing"),
    (RESOURCES, ["naps"], "must be one of cycles, sleeps"),
    (RESOURCES, [["cycles"]], "must be text"),
    (RESOURCES, {"cycles": 1}, 'must be a list: {"cycles": 1}.'),
    (arguments.WEEKDAYS, [], "names nothing"),
    (arguments.WEEKDAYS, "caturday", "must be one of monday, tuesday"),
    (arguments.WEEKDAYS, [5], "must be text"),
    (arguments.WEEKDAYS, 5, "must be a list"),
    (DAY, "UTC", "must be one of local, utc"),
    (arguments.CURSOR, "a=b", "is not a cursor"),
    (PATH, "a\0b", "not text"),
    (PATH, "\ud800", "not text"),
    (PATH, "x" * 5000, "longer than 4096"),
]


@pytest.mark.parametrize(("kind", "given", "canonical"), GOOD, ids=range(len(GOOD)))
def test_good_values_become_canonical(kind: Kind, given: object, canonical: object) -> None:
    """Whatever spelling comes in, one spelling goes on."""
    assert arguments.check("it", kind, given) == canonical


@pytest.mark.parametrize(("kind", "given", "problem"), BAD, ids=range(len(BAD)))
def test_bad_values_are_refused_in_plain_words(kind: Kind, given: object, problem: str) -> None:
    """A refusal names the argument, what is wrong with the value, and an example that passes."""
    with pytest.raises(ValidationError) as caught:
        arguments.check("it", kind, given)
    error = caught.value
    assert error.message.startswith("`it` ")
    assert problem in error.message
    assert error.hint is not None
    example = json.loads(error.hint.removeprefix("For example: ").removesuffix("."))["it"]
    arguments.check("it", kind, example)
    jsonschema.validate(example, dict(kind.schema))


@pytest.mark.parametrize("kind", [case[0] for case in BAD], ids=range(len(BAD)))
def test_no_value_breaks_a_check(kind: Kind) -> None:
    """A check accepts or refuses; it never crashes, and its words can be encoded."""
    for value in (None, {}, [], [None], float("nan"), "\ud800", "\0", 10**9999, -(10**9999)):
        try:
            arguments.check("it", kind, value)
        except ValidationError as error:
            assert error.message.encode()


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
