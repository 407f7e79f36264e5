"""The tools, URIs, prompts and completions as plain functions: their words and promises."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from whoop_mcp import times
from whoop_mcp.call import Call
from whoop_mcp.errors import CacheEmpty, NotFound, ValidationError
from whoop_mcp.server import app_tools, arguments, descriptions, output, prompts, uris
from whoop_mcp.server.replies import reply
from whoop_mcp.server.tools import BY_NAME, TOOLS
from whoop_mcp.whoop.resources import BODY, CYCLES, PROFILE, RECOVERIES, SLEEPS, WORKOUTS

from ..support.fake_core import FakeCore

NOW = "2026-05-20T23:59:59.999Z"
UUID = "ecfc6a15-4661-442f-a9a4-f160dd7afae8"
WINDOW = {"start": "2026-04-01", "end": "2026-04-02T00:00:00+02:00"}
ASKED_WINDOW = {
    "start": "2026-04-01",
    "end": "2026-04-01T22:00:00.000Z",
    "limit": None,
    "cursor": None,
    "fresh": False,
    "budget": 40000,
    "as_json": True,
}
ALL_EVENTS = {
    "since": "2026-04-01",
    "until": None,
    "resources": None,
    "limit": 500,
    "budget": 40000,
    "as_json": True,
}

CALLS: list[tuple[str, dict[str, Any], str, tuple[Any, ...], dict[str, Any]]] = [
    ("get_whoop_auth_status", {}, "status", (), {}),
    ("get_whoop_profile", {"fresh": True}, "snapshot", (PROFILE,), {"fresh": True}),
    ("get_whoop_body_measurement", {}, "snapshot", (BODY,), {"fresh": False}),
    ("list_whoop_cycles", WINDOW, "page", (CYCLES,), ASKED_WINDOW),
    ("list_whoop_recoveries", WINDOW, "page", (RECOVERIES,), ASKED_WINDOW),
    ("list_whoop_sleeps", WINDOW, "page", (SLEEPS,), ASKED_WINDOW),
    (
        "list_whoop_workouts",
        {**WINDOW, "sport": "Running"},
        "page",
        (WORKOUTS,),
        {**ASKED_WINDOW, "sport": "Running"},
    ),
    ("get_whoop_cycle", {"cycle_id": "5"}, "one", (CYCLES, 5), {"fresh": False}),
    (
        "get_whoop_cycle_sleep",
        {"cycle_id": 5},
        "of_cycle",
        (SLEEPS,),
        {"cycle_id": 5, "fresh": False},
    ),
    (
        "get_whoop_cycle_recovery",
        {"cycle_id": 5},
        "of_cycle",
        (RECOVERIES,),
        {"cycle_id": 5, "fresh": False},
    ),
    ("get_whoop_sleep", {"sleep_id": UUID.upper()}, "one", (SLEEPS, UUID), {"fresh": False}),
    ("get_whoop_workout", {"workout_id": UUID}, "one", (WORKOUTS, UUID), {"fresh": False}),
    (
        "get_whoop_workout",
        {"workout_id": UUID.upper(), "context": True},
        "workout",
        (UUID,),
        {"fresh": False},
    ),
    (
        "get_whoop_daily_summary",
        {"date": "2026-04-20"},
        "summary",
        (),
        {"date": "2026-04-20", "day": "local", "fresh": False, "budget": 40000},
    ),
    (
        "sync_whoop",
        {"since": "2026-04-01T00:00:00Z", "resources": ["sleeps"]},
        "sync",
        (),
        {"full": False, "since": "2026-04-01T00:00:00.000Z", "resources": ["sleeps"]},
    ),
    ("get_whoop_events", {"since": "2026-04-01"}, "events", (), ALL_EVENTS),
    (
        "export_whoop",
        {"kind": "all", "format": "csv", "path": "~/out"},
        "export",
        (),
        {
            "kind": "all",
            "format": "csv",
            "path": "~/out",
            "start": None,
            "end": None,
            "overwrite": False,
            "home": Path("/nowhere"),
        },
    ),
    ("health_check", {"live": False}, "check", (), {"live": False}),
    (
        "get_whoop_insights",
        {"end": "2026-04-20", "days": "90", "free_days": "Fri,saturday"},
        "insights",
        (),
        {"end": "2026-04-20", "days": 90, "free_days": [4, 5], "budget": 40000},
    ),
    (
        "query_whoop",
        {"sql": "SELECT 1", "max_rows": "5"},
        "run",
        (),
        {"sql": "SELECT 1", "max_rows": 5, "budget": 40000},
    ),
    (
        "create_whoop_report",
        {"path": "~/whoop.html", "overwrite": True},
        "create",
        (),
        {
            "path": "~/whoop.html",
            "days": 30,
            "end": None,
            "overwrite": True,
            "free_days": None,
            "compare": None,
            "home": Path("/nowhere"),
        },
    ),
    (
        "import_whoop_export",
        {"path": "~/export.zip"},
        "take_in",
        ("~/export.zip",),
        {"rule": "before"},
    ),
    (
        "get_whoop_journal",
        {"start": "2026-04-01", "behaviours": "alcohol"},
        "read",
        (),
        {
            "start": "2026-04-01",
            "end": None,
            "behaviours": ["alcohol"],
            "rule": "before",
            "budget": 40000,
        },
    ),
    (
        "log_whoop_journal",
        {"entries": '[{"behaviour": "alcohol"}]', "remove": True},
        "log",
        ([{"behaviour": "alcohol"}],),
        {"today": times.moment(NOW).astimezone().date().isoformat(), "remove": True},
    ),
    (
        "compare_whoop_periods",
        {
            "a_start": "2026-03-01",
            "a_end": "2026-04-01",
            "b_start": "2026-04-01",
            "b_end": "2026-05-01T00:00:00+02:00",
            "metrics": "recovery,bedtime",
        },
        "compare",
        (),
        {
            "a_start": "2026-03-01",
            "a_end": "2026-04-01",
            "b_start": "2026-04-01",
            "b_end": "2026-04-30T22:00:00.000Z",
            "metrics": ["recovery", "bedtime"],
            "budget": 40000,
        },
    ),
    (
        "whoop_experiment",
        {"action": "plan", "behaviour": "late coffee", "outcome": "recovery", "worth": "5"},
        "experiment",
        ("plan",),
        {
            "behaviour": "late coffee",
            "outcome": "recovery",
            **dict.fromkeys(("days", "start", "end", "block_days", "washout_days", "experiment")),
            "worth": 5.0,
            "budget": 40000,
        },
    ),
]
"""(tool, arguments, the core's function, what it is given by place, what by name)."""


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Any:
    made = FakeCore().install(monkeypatch.setattr)
    made.clock = lambda: NOW
    return made


@pytest.mark.parametrize(
    ("tool", "given", "name", "placed", "named"), CALLS, ids=[call[0] for call in CALLS]
)
def test_each_tool_asks_the_core_for_what_it_promises(
    app: Any,
    tool: str,
    given: dict[str, Any],
    name: str,
    placed: tuple[Any, ...],
    named: dict[str, Any],
) -> None:
    """A tool hands its checked arguments to one function of the core and answers what it says."""
    assert BY_NAME[tool].call(app, given, Call())["did"] == name
    [(asked, by_place, by_name)] = app.asked
    by_name.pop("call", None)
    assert (asked, by_place[1:], by_name) == (name, placed, named)


def test_the_tools_are_those_told_in_order() -> None:
    """The tools have the documented names, in the documented order."""
    assert [tool.name for tool in TOOLS] == [*dict.fromkeys(call[0] for call in CALLS)]
    assert list(descriptions.DESCRIPTIONS) == [tool.name for tool in (*TOOLS, app_tools.TOOL)]


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_descriptions_teach(tool: Any) -> None:
    """A description says first when to use the tool, ends with a valid example, and is short."""
    text = tool.description
    assert text.startswith("Use this ")
    assert len(text) <= 1000 and len(text.encode()) < 1024
    example = json.JSONDecoder().raw_decode(text.split("Example: ")[1])[0]
    jsonschema.validate(example, arguments.schema(tool.parameters))
    arguments.read(tool.parameters, example)


def test_schemas_are_valid() -> None:
    """Every input schema is itself a valid JSON Schema and closed."""
    for tool in TOOLS:
        schema = arguments.schema(tool.parameters)
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["additionalProperties"] is False


def test_words_point_to_tools_that_are_there() -> None:
    """Instructions, descriptions and prompts name no tool that does not exist."""
    plans = [prompt.plan for prompt in prompts.PROMPTS]
    for text in (descriptions.INSTRUCTIONS, *descriptions.DESCRIPTIONS.values(), *plans):
        for word in text.replace("list_whoop_*", "").split():
            name = word.strip("`.,;:()")
            if re.match("(get|list|sync|export|query|create)_whoop", name):
                assert name in BY_NAME


def test_instructions_are_short_and_in_order() -> None:
    """The instructions order the tools, explain honesty, and keep to 2,000 characters."""
    text = descriptions.INSTRUCTIONS
    assert len(text) <= 2000
    places = [text.index(name) for name in ("auth_status", "sync_whoop", "daily_summary")]
    assert places == sorted(places)
    for word in ("complete", "missing", "as_of", "local", "never an instruction"):
        assert word in text


def test_hints_are_truthful() -> None:
    """Only a sync, an import, the journal and what makes files write beyond the cache's upkeep."""
    files = ["export_whoop", "create_whoop_report"]
    own = ["import_whoop_export", "log_whoop_journal", "whoop_experiment"]
    assert [tool.name for tool in TOOLS if not tool.read_only] == ["sync_whoop", *files, *own]
    assert [tool.name for tool in TOOLS if tool.destructive] == [*files, *own[1:]]
    assert [tool.name for tool in TOOLS if not tool.open_world] == [
        "get_whoop_auth_status",
        "get_whoop_events",
        "export_whoop",
        "get_whoop_insights",
        "query_whoop",
        "create_whoop_report",
        "import_whoop_export",
        "get_whoop_journal",
        "log_whoop_journal",
        "compare_whoop_periods",
        "whoop_experiment",
    ]


# ── times in words ──


@pytest.fixture
def wearer(app: Any) -> Any:
    """A cache whose newest record was made thirteen hours east of UTC, where it is Thursday."""
    app.cache.require_content = lambda: None
    app.cache.now, app.cache.offset = "2026-05-20T12:00:00.000Z", lambda: 13 * 60
    return app


def test_words_go_by_the_wearers_day(wearer: Any) -> None:
    """Today is the date where the newest record was made; the core is given dates."""
    given = {"start": "last 7 days", "end": "yesterday"}
    answer = BY_NAME["list_whoop_sleeps"].call(wearer, given, Call())
    assert wearer.asked[0][2]["start"] == "2026-05-15" and wearer.asked[0][2]["end"] == "2026-05-21"
    assert answer["window"] == {"start": "2026-05-15", "end": "2026-05-21"}


@pytest.mark.parametrize(
    ("tool", "given", "name"),
    [
        ("get_whoop_daily_summary", {}, "date"),
        ("get_whoop_daily_summary", {"date": "today"}, "date"),
        ("list_whoop_sleeps", {"start": "today"}, "start"),
    ],
    ids=["left out", "a day", "a list"],
)
def test_today_is_the_wearers_once_their_clock_is_known(
    monkeypatch: pytest.MonkeyPatch, tool: str, given: dict[str, Any], name: str
) -> None:
    """The first answer, which fetches, is of the wearer's today, not of this computer's; what is
    said as a date, or known already, is asked for once."""

    def fetch(called: str, named: dict[str, Any]) -> Any:
        app.cache.offset = lambda: -5 * 60
        return {}

    app: Any = FakeCore(fetch).install(monkeypatch.setattr)
    app.clock = lambda: "2026-05-21T04:39:00.000Z"
    app.cache.require_content = lambda: None
    app.cache.now, app.cache.offset = app.clock(), lambda: 0
    answer = BY_NAME[tool].call(app, given, Call())
    assert [one[2][name] for one in app.asked] == ["2026-05-21", "2026-05-20"]
    assert answer.get("window") == ({name: "2026-05-20"} if given else None)
    BY_NAME[tool].call(app, given, Call())
    BY_NAME[tool].call(app, {name: "2026-05-21"}, Call())
    assert [one[2][name] for one in app.asked[2:]] == ["2026-05-20", "2026-05-21"]


def test_a_stretch_that_was_said_is_shown(wearer: Any) -> None:
    """A period to compare with shows its two ends beside what else was said in words, and beside
    the window that an answer has of its own."""
    given = {"path": "~/whoop.html", "compare": "2026-04", "end": "yesterday"}
    answer = BY_NAME["create_whoop_report"].call(wearer, given, Call())
    april = {"start": "2026-04-01", "end": "2026-05-01"}
    assert wearer.asked[0][2]["compare"] == times.Span(**april)
    assert answer["window"] == {"end": "2026-05-21", "compare": april}
    assert "window" not in BY_NAME["create_whoop_report"].call(wearer, {"path": "~/w.html"}, Call())
    given = {"against": "2026-04", "end": "yesterday"}
    said = arguments.read(app_tools.TOOL.parameters, given, lambda: "2026-05-21")
    own = {"start": "2026-04-21", "end": "2026-05-21"}
    shown = said.told({"window": own, "html": ""})
    assert shown["window"] == {**own, "against": april}
    jsonschema.validate(shown, output.schema("whoop_dashboard"))


@pytest.mark.parametrize("date", [None, "today"])
@pytest.mark.parametrize(
    ("day", "today"), [("local", "2026-05-21"), ("utc", "2026-05-20"), (" utc ", "2026-05-20")]
)
def test_a_summary_is_of_today_by_its_clock(
    wearer: Any, date: str | None, day: str, today: str
) -> None:
    """Said or left out, today is the wearer's, or UTC's where days are to be read in UTC."""
    wearer.clock = lambda: "2026-05-20T12:00:00.000Z"
    BY_NAME["get_whoop_daily_summary"].call(wearer, {"day": day, "date": date}, Call())
    assert wearer.asked[0][2]["date"] == today


def test_an_entry_is_of_the_wearers_day(wearer: Any) -> None:
    """What is noted down without a date is of the day that an experiment calls today."""
    BY_NAME["log_whoop_journal"].call(wearer, {"entries": [{"behaviour": "tea"}]}, Call())
    assert wearer.asked[0][2]["today"] == "2026-05-21"


@pytest.mark.parametrize(
    ("given", "name", "becomes"),
    [
        ({"start": "Tomorrow"}, "start", "2026-05-22"),
        ({"start": "today"}, "start", "2026-05-21"),
        ({"start": "1 July 2026"}, "start", "2026-07-01"),
        ({"end": "30 June 2026"}, "end", "2026-07-01"),
        ({"end": "2026-06"}, "end", "2026-07-01"),
        ({"end": "2026-06-30"}, "end", "2026-06-30"),
    ],
)
def test_an_experiments_days_may_be_said(
    wearer: Any, given: dict[str, Any], name: str, becomes: str
) -> None:
    """Its first day may be still to come; an end that is said is meant whole."""
    found = arguments.read(
        BY_NAME["whoop_experiment"].parameters, {"action": "plan", **given}, lambda: "2026-05-21"
    )
    assert found[name] == becomes


@pytest.mark.parametrize("given", [{"start": "2026-06"}, {"end": "30d"}, {"end": "2026-06-30T10"}])
def test_an_experiment_is_of_days(wearer: Any, given: dict[str, Any]) -> None:
    """No month is its first day, no length its end, and no instant either."""
    with pytest.raises(ValidationError):
        BY_NAME["whoop_experiment"].call(wearer, {"action": "plan", **given}, Call())


def test_without_a_record_today_is_this_computers(app: Any) -> None:
    """An empty cache has no wearer's clock: the computer's own day is meant."""

    def empty() -> None:
        raise CacheEmpty("Nothing.")

    app.cache.require_content = empty
    app.clock = lambda: "2026-05-20T12:00:00.000Z"
    BY_NAME["sync_whoop"].call(app, {"since": "today"}, Call())
    noon = datetime(2026, 5, 20, 12, tzinfo=timezone.utc)
    assert app.asked[0][2]["since"] == noon.astimezone().date().isoformat()


EVERY_TIME = [
    (tool.name, one.name)
    for tool in TOOLS
    for one in tool.parameters
    if one.name in ("start", "end", "since", "until", "date", "compare")
    or one.name.endswith(("_start", "_end"))
]


def test_there_are_times_in_many_tools() -> None:
    """So that the next test is not of nothing."""
    assert len(EVERY_TIME) > 20


@pytest.mark.parametrize(("tool", "name"), EVERY_TIME)
def test_every_time_may_be_said(wearer: Any, tool: str, name: str) -> None:
    """Whatever takes a date or an instant takes words, and refuses wrong ones with an example."""
    (parameter,) = (one for one in BY_NAME[tool].parameters if one.name == name)
    today = lambda: "2026-05-20"  # noqa: E731 - as the tool gives it
    assert "2026-05" in str(arguments.check(name, parameter.kind, "Yesterday", today))
    for wrong in ("last week", "30 apples", 20260520, ""):
        with pytest.raises(ValidationError) as caught:
            arguments.check(name, parameter.kind, wrong, today)
        assert caught.value.message.startswith(f"`{name}` ") and caught.value.hint


def test_a_cursor_is_no_words(wearer: Any) -> None:
    """What an answer gave as a cursor goes on as it is, and no window is added for it."""
    answer = BY_NAME["get_whoop_events"].call(wearer, {"since": "eyJ2IjoxfQ"}, Call())
    assert wearer.asked[0][2]["since"] == "eyJ2IjoxfQ" and "window" not in answer


WHOLE = [
    (tool.name, one.name)
    for tool in TOOLS
    for one in tool.parameters
    if one.kind.schema.get("type") == "integer"
]


@pytest.mark.parametrize(("tool", "name"), WHOLE)
@pytest.mark.parametrize("written", [7.0, "7.0", "7", 7])
def test_a_whole_number_may_have_a_point(tool: str, name: str, written: object) -> None:
    """7.0 is 7 in every tool, as text too."""
    (parameter,) = (one for one in BY_NAME[tool].parameters if one.name == name)
    found = arguments.check(name, parameter.kind, written)
    assert found == 7 and type(found) is int


# ── URIs ──

URI_CALLS: list[tuple[str, str, tuple[Any, ...], dict[str, Any]]] = [
    *(
        (
            f"{resource.name}/2026-04-01T10%3A00%3A00%2B02%3A00/2026-04-02",
            "page",
            (resource,),
            {
                "start": "2026-04-01T08:00:00.000Z",
                "end": "2026-04-02",
                "budget": 40000,
                "as_json": True,
                "cached_only": True,
            },
        )
        for resource in (CYCLES, RECOVERIES, SLEEPS, WORKOUTS)
    ),
    ("profile", "snapshot", (PROFILE,), {"cached_only": True}),
    ("body_measurement", "snapshot", (BODY,), {"cached_only": True}),
    (
        "events/2026-04-01T00:00:00Z",
        "events",
        (),
        {"since": "2026-04-01T00:00:00.000Z", "limit": 500, "budget": 40000, "as_json": True},
    ),
    (
        "events/2026-04-01/2026-04-02",
        "events",
        (),
        {
            "since": "2026-04-01",
            "until": "2026-04-02",
            "limit": 500,
            "budget": 40000,
            "as_json": True,
        },
    ),
]


def test_a_uri_takes_words(app: Any) -> None:
    """A month as both ends is that month."""
    uris.answer(app, "whoop://db/sleeps/2026-03/March%202026", Call())
    asked = app.asked[0][2]
    assert (asked["start"], asked["end"]) == ("2026-03-01", "2026-04-01")


@pytest.mark.parametrize(("path", "name", "placed", "named"), URI_CALLS)
def test_each_uri_reads_the_cache_only(
    app: Any, path: str, name: str, placed: tuple[Any, ...], named: dict[str, Any]
) -> None:
    """A URI's parts are decoded and checked, and what it reads never asks WHOOP."""
    assert uris.answer(app, f"whoop://db/{path}", Call())["did"] == name
    [(asked, by_place, by_name)] = app.asked
    by_name.pop("call", None)
    assert (asked, by_place[1:], by_name) == (name, placed, named)


def test_sync_runs_by_uri(app: Any) -> None:
    """The runs come as a list with its count; none at all on an empty cache is CACHE_EMPTY."""
    assert uris.answer(app, "whoop://db/sync_runs/3", Call()) == {
        "sync_runs": [{"resource": "cycles", "limit": 3}],
        "count": 1,
    }
    app.cache.sync_runs = lambda limit: []
    with pytest.raises(CacheEmpty):
        uris.answer(app, "whoop://db/sync_runs/3", Call())


def test_there_are_nine_uris() -> None:
    """Two fixed URIs and seven templates, each with a name of its own."""
    assert len(uris.URIS) == len({one.name for one in uris.URIS}) == 9
    assert [one.uri for one in uris.URIS if not one.parameters] == [
        "whoop://db/profile",
        "whoop://db/body_measurement",
    ]


@pytest.mark.parametrize(
    "uri",
    [
        "",
        "whoop://db/",
        "whoop://db/naps/2026-04-01/2026-04-02",
        "whoop://db/cycles",
        "whoop://db/cycles/2026-04-01/2026-04-02/",
        "whoop://db/cycles/2026-04-01%2F2026-04-02",
        "whoop://db/cycles/tomorrow/2026-04-02",
        "whoop://db/cycles//",
        "whoop://db/sync_runs/0",
        "whoop://db/sync_runs/%00",
        "whoop://db/profile?fresh=true",
        "whoop://other/profile",
        "file:///etc/passwd",
        "whoop://db/events/%ED%A0%80",
        "x" * 100_000,
    ],
    ids=range(15),
)
def test_bad_uris_are_refused(app: Any, uri: str) -> None:
    """A URI that there is not, or whose parts are wrong, is refused before the core is asked."""
    with pytest.raises(ValidationError) as caught:
        uris.answer(app, uri, Call())
    assert len(caught.value.message) < 200
    assert caught.value.hint
    assert app.asked == []


# ── prompts and completion ──


@pytest.mark.parametrize("prompt", prompts.PROMPTS, ids=lambda prompt: prompt.name)
def test_prompts_are_plans_with_a_period(prompt: prompts.Prompt) -> None:
    """A prompt names its days, the windows its tools want, and the rules of honesty."""
    text = prompt.text({"period": "2026-04-01/2026-04-14"}, "2026-04-20")
    assert (
        "2026-04-01 to 2026-04-14, both included (start=2026-04-01, end=2026-04-15, days=14)"
        in text
    )
    assert prompts.HONESTY in text
    assert "worth trying" not in text and "you should" not in text
    assert "{" not in text


def test_a_period_goes_no_further_than_today() -> None:
    """Of a week that is not over, the days up to today are asked for; one to come is refused."""
    plan = prompts.BY_NAME["weekly_report"]
    text = plan.text({"period": "2026-11-23/2026-11-29"}, "2026-11-27")
    assert (
        "2026-11-23 to 2026-11-27, both included (start=2026-11-23, end=2026-11-28, days=5)" in text
    )
    assert "days=1)" in plan.text({"period": "2026-11-27/2026-12-31"}, "2026-11-27")
    with pytest.raises(ValidationError, match="still to come: today is 2026-11-27") as caught:
        plan.text({"period": "2027-01-01/2027-01-07"}, "2026-11-27")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("period", "window"),
    [
        ("yesterday", "start=2026-11-26, end=2026-11-27, days=1"),
        ("30d", "start=2026-10-29, end=2026-11-28, days=30"),
        ("Last 7 days", "start=2026-11-21, end=2026-11-28, days=7"),
        ("this month", "start=2026-11-01, end=2026-11-28, days=27"),
        ("2026-05", "start=2026-05-01, end=2026-06-01, days=31"),
        ("2026-05/2026-06", "start=2026-05-01, end=2026-07-01, days=61"),
        ("2026-05-01..2026-05-14", "start=2026-05-01, end=2026-05-15, days=14"),
        ("2026-05-01 / 2026-05-14", "start=2026-05-01, end=2026-05-15, days=14"),
        ("2026-11-20..", "start=2026-11-20, end=2026-11-28, days=8"),
        ("2025", "start=2025-01-01, end=2026-01-01, days=365"),
        ("365", "start=2025-11-28, end=2026-11-28, days=365"),
        ("3650", "start=2016-11-30, end=2026-11-28, days=3650"),
    ],
)
def test_a_period_may_be_said(period: str, window: str) -> None:
    """In all words that a tool takes for a stretch of days, as the instructions promise."""
    plan = prompts.BY_NAME["weekly_report"].text({"period": period}, "2026-11-27")
    assert f"({window})" in plan.split("\n")[0]


@pytest.mark.parametrize(
    ("period", "words"),
    [
        ("last month", "`period` can mean two things: say `last 30 days`, `this month` or a month"),
        ("3651", "`period` is more than 3650 days"),
        ("2010..2026", "`period` is more than 3650 days"),
        ("0", "`period` is no day at all"),
        ("2026-04-14/2026-04-01", "`period` ends before it begins"),
        ("soon", "`period` is no stretch of days such as 2026-05-01..2026-05-14, or today,"),
        (7, "`period` must be text"),
    ],
)
def test_what_is_no_period_says_what_to_say(period: object, words: str) -> None:
    """One thing at a time is said to be wrong, and how a period is written."""
    with pytest.raises(ValidationError) as caught:
        prompts.BY_NAME["weekly_report"].text({"period": period}, "2026-11-27")
    assert caught.value.message.startswith(words) and caught.value.hint


def test_a_period_in_days_ends_today() -> None:
    """A number of days counts back from today, today included."""
    text = prompts.BY_NAME["weekly_report"].text({"focus": "sleeps"}, "2026-03-02")
    assert (
        "2026-02-24 to 2026-03-02, both included (start=2026-02-24, end=2026-03-03, days=7)" in text
    )
    assert "Look most closely at the sleeps." in text


def test_an_end_still_to_come_is_shown_as_today() -> None:
    """Statistics asked for up to the end of a month that is not over say where they really end."""
    given = {"end": "this month", "days": 7}
    said = arguments.read(BY_NAME["get_whoop_insights"].parameters, given, lambda: "2026-11-27")
    assert said["end"] == "2026-12-01"
    period = {"start": "2026-11-21", "end": "2026-11-28"}
    assert said.told({"period": period}) == {"period": period, "window": {"end": "2026-11-28"}}


@pytest.mark.parametrize(
    "given",
    [
        {"period": "0"},
        {"period": "99999"},
        {"period": "3651"},
        {"period": "2016-04-01/2026-04-14"},
        {"period": "last week"},
        {"period": "2026-04-14/2026-04-01"},
        {"period": "2026-04-31/2026-05-01"},
        {"focus": "naps"},
        {"days": "7"},
    ],
)
def test_bad_prompt_arguments_are_refused(given: dict[str, object]) -> None:
    """A period that is none, an unknown focus or argument is a ValidationError with an example."""
    with pytest.raises(ValidationError) as caught:
        prompts.BY_NAME["weekly_report"].text(given, "2026-04-20")
    assert caught.value.hint


@pytest.mark.parametrize(
    ("argument", "typed", "values"),
    [
        ("start", "2026-03", ["2026-03-01"]),
        ("since", "2025", ["2025-12-02", "2025-03-02"]),
        ("focus", "s", ["sleeps"]),
        ("focus", "", ["cycles", "recoveries", "sleeps", "workouts"]),
        ("period", "2", ["28"]),
        ("limit", "", ["10", "50", "200"]),
        ("nothing", "", []),
    ],
)
def test_completion(argument: str, typed: str, values: list[str]) -> None:
    """What is typed is completed to the usual dates, resources and numbers."""
    assert prompts.suggest(argument, typed, "2026-03-01") == values


def test_names_are_completed_in_steps_as_many_as_they_are() -> None:
    """Names that begin so go before those that only hold what is typed, and no name is compared
    with all others."""

    class Name(str):
        compared = 0

        def __eq__(self, other: object) -> bool:
            Name.compared += 1
            return super().__eq__(other)

        __hash__ = str.__hash__

    names = [Name(f"{'late ' * (one % 2)}Coffee {one}") for one in range(400)]
    for typed in ("", "coffee", "late", "nothing"):
        found = prompts.suggest("behaviour", typed, "2026-03-01", names)
        hold = names[1::2] if typed == "coffee" else []
        begin = [one for one in names if one.lower().startswith(typed)]
        assert list(map(str, found)) == list(map(str, [*begin, *hold]))
    assert Name.compared < 10 * len(names)


# ── replies ──


def test_a_reply_says_the_same_twice() -> None:
    """The text is compact JSON of the value, unescaped but for what cannot be encoded."""
    answer = reply(lambda: {"name": "Zoë ✓", "path": "a\udc80b"})
    assert answer.text == '{"name":"Zoë ✓","path":"a?b"}'
    assert json.loads(answer.text) == answer.value
    assert not answer.failed


def test_an_error_is_an_answer() -> None:
    """A failure of the program's own is answered as its envelope."""

    def fail() -> dict[str, Any]:
        raise NotFound("WHOOP has no such record.", hint="List them.", endpoint="/v2/cycle/{id}")

    answer = reply(fail)
    assert answer.failed
    assert answer.value["error"]["code"] == "NOT_FOUND"


@pytest.mark.parametrize("value", [{"x": float("nan")}, {"x": object()}])
def test_a_crash_is_told_in_the_log_alone(caplog: pytest.LogCaptureFixture, value: Any) -> None:
    """A bug, also an answer that JSON cannot say, is a generic envelope; the log has the rest."""
    answer = reply(lambda: value)
    assert answer.value["error"]["code"] == "INTERNAL_ERROR"
    assert "ValueError" not in answer.text
    assert "Traceback" in caplog.text
