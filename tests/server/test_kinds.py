"""The kinds of values: what passes, what it becomes, and the words for the rest."""

from __future__ import annotations

import json

import jsonschema
import pytest

from whoop_mcp.errors import ValidationError
from whoop_mcp.server import kinds
from whoop_mcp.server.arguments import check
from whoop_mcp.server.kinds import Kind

UUID = "ECFC6A15-4661-442f-a9a4-f160dd7afae8"
RESOURCES = kinds.some_of("cycles", "sleeps")
DAY = kinds.one_of("local", "utc")
SMALL = kinds.whole(1, 5000, example=500)
PATH = kinds.words("~/sleeps.csv")

GOOD = [
    (kinds.TIME, "2026-04-20", "2026-04-20"),
    (kinds.TIME, " 2026-04-20T06:30 ", "2026-04-20T06:30:00.000Z"),
    (kinds.TIME, "2026-04-20T06:30:00.5+05:30", "2026-04-20T01:00:00.500Z"),
    (kinds.SINCE, "2026-04-20", "2026-04-20"),
    (kinds.SINCE, "2026-04-20T06:30Z", "2026-04-20T06:30:00.000Z"),
    (kinds.SINCE, "eyJ2IjoxfQ", "eyJ2IjoxfQ"),
    (kinds.DATE, "2024-02-29", "2024-02-29"),
    (kinds.WEEKDAYS, ["saturday", "friday"], [4, 5]),
    (kinds.WEEKDAYS, "Fri, SUNDAY,fri", [4, 6]),
    (kinds.UUID, UUID, UUID.lower()),
    (kinds.CYCLE_ID, 93845, 93845),
    (kinds.CYCLE_ID, "93845", 93845),
    (kinds.CYCLE_ID, 2**63 - 1, 2**63 - 1),
    (kinds.CYCLE_ID, 93845.0, 93845),
    (kinds.CYCLE_ID, " 93845.00 ", 93845),
    (kinds.CYCLE_ID, -1771560352, -1771560352),
    (kinds.CYCLE_ID, "-1771560352", -1771560352),
    (kinds.CYCLE_ID, -1771560352.0, -1771560352),
    (SMALL, 30.0, 30),
    (SMALL, 3e3, 3000),
    (kinds.LIMIT, 10**9, 10**9),
    (kinds.FLAG, True, True),
    (RESOURCES, ["sleeps", "cycles", "sleeps"], ["sleeps", "cycles"]),
    (RESOURCES, "cycles, sleeps", ["cycles", "sleeps"]),
    (DAY, "utc", "utc"),
    (kinds.CURSOR, "abc-_09", "abc-_09"),
    (PATH, "~/Ordner/Schläfe.csv", "~/Ordner/Schläfe.csv"),
]

BAD = [
    (kinds.TIME, "the other day", "not an ISO-8601 instant"),
    (kinds.TIME, "2026-02-30", "no such day"),
    (kinds.TIME, "2026-04-20T25:00:00Z", "no such date or time"),
    (kinds.TIME, 20260420, "must be text"),
    (kinds.TIME, "", "is empty"),
    (kinds.DATE, "2026-04-20T00:00:00Z", "is not a day"),
    (kinds.DATE, "2026-13-01", "no such day"),
    (kinds.DATE, "1999-12-31", "is before the year 2000"),
    (kinds.TIME, "0026-04-20", "is before the year 2000"),
    (kinds.TIME, "2000-01-01T00:00:00+00:01", "is before the year 2000"),
    (kinds.SINCE, "1970-01-01T00:00:00Z", "is before the year 2000"),
    (kinds.SINCE, "20 April", "lacks its year"),
    (kinds.SINCE, "eyJ2 IjoxfQ", "not an ISO-8601 instant"),
    (kinds.UUID, "../../user", "is not a UUID"),
    (kinds.UUID, 5, "must be text"),
    (kinds.CYCLE_ID, True, "must be a whole number"),
    (kinds.CYCLE_ID, 5.5, "must be a whole number: 5.5."),
    (kinds.CYCLE_ID, "5.", "must be a whole number"),
    (kinds.CYCLE_ID, 0.0, "must be 1 or more"),
    (kinds.CYCLE_ID, 2.0**60, "without a fraction or exponent"),
    (kinds.CYCLE_ID, float("inf"), "must be a whole number: Infinity."),
    (kinds.CYCLE_ID, float("nan"), "must be a whole number: NaN."),
    (kinds.CYCLE_ID, 0, "must be 1 or more"),
    (kinds.CYCLE_ID, "-5", "must be a whole number"),
    (kinds.CYCLE_ID, -5, "must be 1 or more"),
    (kinds.CYCLE_ID, "٥", "must be a whole number"),
    (kinds.CYCLE_ID, 2**63, "or less"),
    (kinds.CYCLE_ID, 10**5000, "or less"),
    (kinds.LIMIT, 0, "must be 1 or more"),
    (kinds.LIMIT, 2**60, "or less"),
    (SMALL, 5001, "must be 5000 or less"),
    (kinds.FLAG, "true", "must be true or false"),
    (kinds.FLAG, 1, "must be true or false"),
    (RESOURCES, [], "names nothing"),
    (RESOURCES, ["naps"], 'several of cycles, sleeps. Not one of them: "naps".'),
    (RESOURCES, "sleeps, naps", 'several of cycles, sleeps. Not one of them: "naps".'),
    (RESOURCES, ["sleeps", ""], 'Not one of them: "".'),
    (RESOURCES, [["cycles"]], 'Not one of them: ["cycles"].'),
    (RESOURCES, {"cycles": 1}, 'must be a list: {"cycles": 1}.'),
    (kinds.WEEKDAYS, [], "names nothing"),
    (kinds.WEEKDAYS, "fri,Caturday", 'saturday, sunday. Not one of them: "caturday".'),
    (kinds.WEEKDAYS, [5], "Not one of them: 5."),
    (kinds.WEEKDAYS, 5, "must be a list"),
    (DAY, "UTC", "must be one of local, utc"),
    (kinds.CURSOR, "a=b", "is not a cursor"),
    (PATH, "a\0b", "not text"),
    (PATH, "\ud800", "not text"),
    (PATH, "x" * 5000, "longer than 4096"),
]


@pytest.mark.parametrize(("kind", "given", "canonical"), GOOD, ids=range(len(GOOD)))
def test_good_values_become_canonical(kind: Kind, given: object, canonical: object) -> None:
    """Whatever spelling comes in, one spelling goes on."""
    assert check("it", kind, given) == canonical


@pytest.mark.parametrize(("kind", "given", "problem"), BAD, ids=range(len(BAD)))
def test_bad_values_are_refused_in_plain_words(kind: Kind, given: object, problem: str) -> None:
    """A refusal names the argument, what is wrong with the value, and an example that passes."""
    with pytest.raises(ValidationError) as caught:
        check("it", kind, given)
    error = caught.value
    assert error.message.startswith("`it` ")
    assert problem in error.message
    assert error.hint is not None
    example = json.loads(error.hint.removeprefix("For example: ").removesuffix("."))["it"]
    check("it", kind, example)
    jsonschema.validate(example, dict(kind.schema))


@pytest.mark.parametrize("kind", [case[0] for case in BAD], ids=range(len(BAD)))
def test_no_value_breaks_a_check(kind: Kind) -> None:
    """A check accepts or refuses; it never crashes, and its words can be encoded."""
    for value in (None, {}, [], [None], float("nan"), "\ud800", "\0", 10**9999, -(10**9999)):
        try:
            check("it", kind, value)
        except ValidationError as error:
            assert error.message.encode()
