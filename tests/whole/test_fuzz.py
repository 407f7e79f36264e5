"""Random arguments for all tools and URIs: an answer or an envelope, and nothing unchecked."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

import pytest

from whoop_mcp.call import Call
from whoop_mcp.server import uris
from whoop_mcp.server.kinds import LARGEST_EXACT
from whoop_mcp.server.replies import Reply, reply
from whoop_mcp.server.tools import TOOLS, Tool
from whoop_mcp.whoop.resources import RESOURCES

from ..support.fake_core import FakeCore

SETS = 300
"""How many sets of arguments each tool is given in the default run."""

MANY_SETS = 5000

UUID = "ecfc6a15-4661-442f-a9a4-f160dd7afae8"
TEXTS = [
    *("", " ", "a", "null", "true", "-1", "0", "5", "1e3", "9" * 19, "9" * 5000, "0x10", "٣", "½"),
    *("2026-04-20", "2026-02-30", "0000-00-00", "9999-12-31", "0001-01-01T00:00:00+14:00"),
    *("2026-04-20T06:30:00Z", "2026-04-20t06:30:00.5-04:00", "2026-04-20T06:30", "99999-01-01"),
    *(UUID, UUID.upper(), UUID + "/../../user", "../../etc/passwd", "~/sleeps.csv", "C:\\x.csv"),
    *("cycles", "sleeps", "cycles,sleeps", "all", "csv", "parquet", "local", "utc", "UTC"),
    *("\0", "a\0b", "\ud800", "\udfff\ud800", "\u202e", "🏃‍♀️", "e\u0301" * 50, "\r\n", "\x1b[31m"),
    *("' OR 1=1 --", "; DROP TABLE records", "${HOME}", "%00", "{}", "[]", "eyJ2IjoxfQ", "ey"),
    "x" * 100_000,
]
NAMES = sorted({parameter.name for tool in TOOLS for parameter in tool.parameters})


def value(random: random.Random, depth: int = 0) -> Any:
    """Any JSON value, often one that means something to some argument."""
    kind = random.randrange(12 if depth < 4 else 9)
    if kind < 5:
        return random.choice(TEXTS)
    if kind == 5:
        return random.choice([0, 1, -1, 5, 500, 5001, 2**31, 2**53, 2**63, -(2**63), 10**5000])
    if kind == 6:
        return random.choice([0.0, 0.5, 1e308, float("nan"), float("inf"), -0.0, 5.0])
    if kind == 7:
        return random.choice([True, False, None])
    if kind == 8:
        return "".join(chr(random.randrange(0x11000)) for _ in range(random.randrange(30)))
    if kind == 9:
        return {random.choice(TEXTS): value(random, depth + 1) for _ in range(random.randrange(4))}
    return [value(random, depth + 1) for _ in range(random.randrange(5))]


def arguments(random: random.Random, tool: Tool) -> dict[str, Any]:
    """A set of arguments: most names are the tool's own, and some values are right."""
    given: dict[str, Any] = {}
    for parameter in tool.parameters:
        chance = random.random()
        if chance < 0.5:
            given[parameter.name] = parameter.kind.example
        elif chance < 0.8 or parameter.required:
            given[parameter.name] = value(random)
    if random.random() < 0.1:
        given[random.choice([*NAMES, *TEXTS])] = value(random)
    return given


INSTANT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d\.\d{3}Z)?")
RIGHT: dict[str, Callable[[Any], object]] = {
    "start": INSTANT.fullmatch,
    "end": INSTANT.fullmatch,
    "until": INSTANT.fullmatch,
    "date": INSTANT.fullmatch,
    "since": re.compile(f"{INSTANT.pattern}|ey[A-Za-z0-9_-]*").fullmatch,
    "cursor": re.compile(r"[A-Za-z0-9_-]+").fullmatch,
    "limit": lambda it: type(it) is int and 1 <= it <= LARGEST_EXACT,
    "cycle_id": lambda it: type(it) is int and 0 < it < 2**63,
    "resources": lambda it: it and len(set(it)) == len(it) and set(it) <= set(RESOURCES),
    "path": lambda it: it.encode() and "\0" not in it,
    "kind": lambda it: it in (*RESOURCES, "all"),
    "format": lambda it: it in ("csv", "jsonl", "parquet"),
    "day": lambda it: it in ("local", "utc"),
    **dict.fromkeys(("fresh", "full", "overwrite", "live"), lambda it: it in (True, False)),
}
"""By name, what the core may be given for an argument."""


def look(app: FakeCore, answer: Reply) -> None:
    """The answer is one, can be sent, and what the core was asked is checked."""
    assert json.loads(answer.text.encode()) == answer.value
    if answer.failed:
        assert answer.value["error"]["code"] == "VALIDATION_ERROR", answer.text
        assert len(answer.text) < 700
        assert app.asked == []
    for name, by_place, by_name in app.asked:
        for argument, given in by_name.items():
            if argument in RIGHT and given is not None:
                assert RIGHT[argument](given), (name, argument)
        if name == "one":
            assert type(by_place[2]) is int or re.fullmatch(r"[0-9a-f-]{36}", by_place[2])
    app.asked.clear()


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Any:
    return FakeCore().install(monkeypatch.setattr)


def try_out(app: Any, tool: Tool, sets: int) -> None:
    """Give a tool so many sets of arguments, always the same ones."""
    seed = random.Random(tool.name)
    outcomes = set()
    for _ in range(sets):
        given = arguments(seed, tool)
        answer = reply(lambda given=given: tool.call(app, given, Call()))  # type: ignore[misc]
        outcomes.add(answer.failed)
        look(app, answer)
    assert outcomes == {True, False}


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_no_arguments_break_a_tool(app: Any, tool: Tool) -> None:
    """Whatever a tool is given, it answers or refuses in its own words."""
    try_out(app, tool, SETS)


@pytest.mark.slow
@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_no_arguments_at_all_break_a_tool(app: Any, tool: Tool) -> None:
    """The same, with thousands of sets."""
    try_out(app, tool, MANY_SETS)


def test_no_uri_breaks_the_server(app: Any) -> None:
    """Whatever URI is read, it answers or refuses in its own words."""
    seed = random.Random("uris")
    heads = [one.path.split("/")[0] for one in uris.URIS]
    for _ in range(SETS * 10):
        parts = [seed.choice(heads), *(seed.choice(TEXTS) for _ in range(seed.randrange(4)))]
        uri = seed.choice([uris.PREFIX, uris.PREFIX, uris.PREFIX, "", "x://"]) + "/".join(parts)
        look(app, reply(lambda uri=uri: uris.answer(app, uri, Call())))  # type: ignore[misc]
