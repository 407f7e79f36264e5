"""What each tool says that it answers: every answer is as its schema has it, seen by clients."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath
from typing import Any
from urllib.parse import unquote, urlsplit

import anyio
import jsonschema
import mcp
import pytest
from mcp import types

from whoop_mcp import errors, times
from whoop_mcp.app import App
from whoop_mcp.insights.statistic import SECTIONS
from whoop_mcp.reads.journal import Line
from whoop_mcp.server import app_tools, catalogue, links, output, protocol
from whoop_mcp.server.tools import TOOLS
from whoop_mcp.simulator import life

from ..support import answers, exports_of_whoop
from ..support.fake_core import FakeCore
from ..support.faults import FaultySimulator
from ..support.logins import logged_in, settings
from ..support.piped import piped
from .test_stdio import META, served, wired

MODES = ("auto", "legacy")
FILES = {"sleeps": "sleeps & naps.csv", "all": "all", "journal": "j.csv"}


@pytest.fixture
def simulator() -> Iterator[FaultySimulator]:
    """WHOOP, with six weeks of a life."""
    with FaultySimulator(life.make(seed=4, days=45), limit=None, day_limit=None) as running:
        yield running


@pytest.fixture
def app(tmp_path: Path, simulator: FaultySimulator) -> Iterator[App]:
    """An App of a home that is logged in."""
    logged_in(tmp_path, simulator)
    made = App(settings(tmp_path, simulator.url))
    made.cache.keep_open()
    yield made
    made.cache.close()
    made.transport.close()


def calls(folder: Path, simulator: FaultySimulator) -> list[tuple[str, dict[str, Any]]]:
    """A call of every tool that it can answer once there are records, `sync_whoop` first."""
    account = simulator.account
    recovery = account.all("recoveries")[3]
    cycle = {"cycle_id": recovery["cycle_id"]}
    date = str(account.get("sleeps", recovery["sleep_id"])["end"])[:10]  # type: ignore[index]
    entries = [{"behaviour": "late coffee", "date": date, "amount": 2, "unit": "cups"}]
    days = [times.plus(times.now(), days=-back)[:10] for back in (40, 20)]
    plan = {"action": "plan", "behaviour": "late coffee", "outcome": "recovery", "worth": 5}
    return [
        ("sync_whoop", {}),
        ("get_whoop_auth_status", {}),
        ("get_whoop_profile", {}),
        ("get_whoop_body_measurement", {}),
        *((f"list_whoop_{name}", {}) for name in ("cycles", "recoveries", "sleeps", "workouts")),
        ("list_whoop_sleeps", {"start": "last 7 days", "limit": 2}),
        ("get_whoop_cycle", cycle),
        ("get_whoop_cycle_sleep", cycle),
        ("get_whoop_cycle_recovery", cycle),
        ("get_whoop_sleep", {"sleep_id": recovery["sleep_id"]}),
        ("get_whoop_workout", {"workout_id": account.all("workouts")[0]["id"]}),
        ("get_whoop_daily_summary", {"date": date}),
        ("get_whoop_daily_summary", {"date": "2030-01-01"}),
        ("get_whoop_events", {"since": "2010-01-01", "limit": 50}),
        ("health_check", {}),
        ("health_check", {"live": False}),
        ("get_whoop_insights", {}),
        ("get_whoop_insights", {"days": 400}),
        ("query_whoop", {"sql": "SELECT date, strain, nap_count, NULL FROM days"}),
        ("log_whoop_journal", {"entries": entries}),
        ("get_whoop_journal", {}),
        (
            "compare_whoop_periods",
            {"a_start": days[0], "a_end": days[1], "b_start": days[1], "b_end": "today"},
        ),
        ("whoop_experiment", plan),
        ("whoop_experiment", {**plan, "action": "start"}),
        *(("whoop_experiment", {"action": one}) for one in ("today", "status", "result", "end")),
        *(
            ("export_whoop", {"kind": kind, "format": "csv", "path": str(folder / name)})
            for kind, name in (
                ("sleeps", "sleeps & naps.csv"),
                ("all", "all"),
                ("journal", "j.csv"),
            )
        ),
        ("create_whoop_report", {"path": str(folder / "page.html")}),
        ("import_whoop_export", {"path": str(exports_of_whoop.save(account, folder))}),
    ]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.slow
def test_the_sdks_client_finds_every_answer_as_told(
    app: App, mode: Any, tmp_path: Path, simulator: FaultySimulator
) -> None:
    """The SDK's own client, which holds each answer against the schema that it was listed with,
    takes a right answer and an error of every tool."""
    (tmp_path / "all").mkdir()
    wanted = calls(tmp_path, simulator)

    async def main() -> None:
        async with mcp.Client(piped(protocol.build(lambda: app)), mode=mode) as client:
            await client.list_tools()
            for name, given in wanted:
                result = await client.call_tool(name, given)
                assert not result.is_error, (name, result.structured_content)
                assert result.structured_content is not None
                answers.check(name, result.structured_content)
            for tool in TOOLS:
                result = await client.call_tool(tool.name, {"no_such": 1})
                assert result.is_error and result.structured_content is not None
                answers.check(tool.name, result.structured_content)

    anyio.run(main)
    assert {name for name, _ in wanted} == {tool.name for tool in TOOLS}


def test_the_client_would_notice(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is not as told is refused by the SDK's client, so that the test above can
    fail."""
    monkeypatch.setattr(app.login, "status", lambda: {"status": "fine"})

    async def main() -> None:
        async with mcp.Client(piped(protocol.build(lambda: app)), mode="legacy") as client:
            with pytest.raises(RuntimeError, match="Invalid structured content"):
                await client.call_tool("get_whoop_auth_status")

    anyio.run(main)


@pytest.mark.parametrize("tool", [tool.name for tool in TOOLS])
def test_a_schema_is_short_valid_and_whole(tool: str) -> None:
    """Each is a valid JSON Schema of an object, refers to what it holds and holds no more, and
    takes an error in place of an answer, but nothing that is neither."""
    schema = output.schema(tool)
    assert schema is not None
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["type"] == "object"
    text = json.dumps(schema)
    for name in schema.get("$defs", {}):
        assert f'"#/$defs/{name}"' in text
    assert text.count("#/$defs/") >= len(schema.get("$defs", {}))
    answers.check(tool, errors.NotFound("There is none.", hint="List them.").envelope())
    for wrong in ({}, {"did": "nothing"}):
        with pytest.raises(AssertionError):
            answers.check(tool, wrong)


def test_every_tool_and_no_other_is_described() -> None:
    """The tables have all tools; the sections of insights are those that there are."""
    described = {*output.SHAPES, *output.RECORDS}
    assert described == {tool.name for tool in (*TOOLS, app_tools.TOOL)}
    assert (*output.SECTIONS, "behaviours") == SECTIONS
    assert output.schema("no_such_tool") is None


def test_an_entry_is_described_by_its_fields() -> None:
    """A line of the journal is described field by field, as the program holds it."""
    described = output.schema("get_whoop_journal")["properties"]["entries"]["items"]
    assert list(described["properties"]) == [one.name for one in dataclasses.fields(Line)]


# ── files that were written ──


@pytest.mark.parametrize("mode", MODES)
def test_files_that_were_written_are_linked(
    app: App, mode: Any, tmp_path: Path, simulator: FaultySimulator
) -> None:
    """An export's files and the report are named by links beside the answer, which lead to them."""
    app.mirror.cache.clock()
    (tmp_path / "all").mkdir()
    made = [one for one in calls(tmp_path, simulator) if one[0].startswith(("export", "create"))]

    async def main() -> list[types.CallToolResult]:
        async with mcp.Client(piped(protocol.build(lambda: app)), mode=mode) as client:
            await client.call_tool("sync_whoop")
            found = [await client.call_tool(*one) for one in made]
            found.append(await client.call_tool(*made[0]))  # which is there by now
            return found

    *written, refused = anyio.run(main)
    assert refused.is_error and len(refused.content) == 1
    names = []
    for result in written:
        text, *linked = result.content
        assert isinstance(text, types.TextContent)
        told = result.structured_content
        assert told is not None
        paths = [one["path"] for one in told.get("files", [told])]
        assert len(paths) == len(linked)
        for path, link in zip(paths, linked, strict=True):
            assert isinstance(link, types.ResourceLink)
            address = urlsplit(link.uri)
            assert (address.scheme, address.netloc) == ("file", "")
            assert unquote(address.path).removeprefix("/").replace("/", "\\") == path.removeprefix(
                "/"
            ).replace("/", "\\")
            assert link.size == Path(path).stat().st_size
            assert link.name == Path(path).name
            names.append((link.name, link.mime_type))
    assert names[0] == ("sleeps & naps.csv", "text/csv")
    assert names[-1] == ("page.html", "text/html")


@pytest.mark.slow
def test_a_client_of_before_links_is_sent_none(tmp_path: Path) -> None:
    """A client of a protocol without links is answered in text alone."""
    folder = tmp_path / "home"
    with FaultySimulator(life.make(days=3), limit=None, day_limit=None) as simulator:
        logged_in(tmp_path, simulator)
        environ = {"WHOOP_HOME": str(folder), "WHOOP_BASE_URL": simulator.url}
        for version, kinds in (("2025-03-26", ["text"]), ("2025-06-18", ["text", "resource_link"])):
            with served(environ=environ) as wire:
                wire.initialize(version)
                assert not wire.tool("sync_whoop")["isError"]
                path = str(tmp_path / f"{version}.jsonl")
                given = {"kind": "sleeps", "format": "jsonl", "path": path}
                result = wire.tool("export_whoop", given)
                assert [one["type"] for one in result["content"]] == kinds


def test_a_path_of_windows_becomes_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """A drive stands behind three slashes, a share is the host; odd characters are escaped."""
    monkeypatch.setattr(links, "Path", PureWindowsPath)
    addresses = []
    for path in ("C:\\Users\\Ä b\\sleeps #1.csv", "\\\\server\\share\\a.parquet"):
        [link] = links.links("create_whoop_report", {"path": path, "bytes": 5})
        addresses.append(json.loads(link)["uri"])
    assert addresses == [
        "file:///C:/Users/%C3%84%20b/sleeps%20%231.csv",
        "file://server/share/a.parquet",
    ]


# ── the lists ──


@pytest.mark.parametrize("modern", [False, True])
def test_a_server_says_who_it_is_and_its_lists_are_whole(
    monkeypatch: pytest.MonkeyPatch, modern: bool
) -> None:
    """Who asks who is there gets name, title and an icon that needs no network; resources can be
    subscribed to, and no list is said to change. Every cursor of a list is unknown, as each is one
    page: -32602, in our words. A client of 2026 is told for how long each list and the server's own
    description hold; what is read of the data is not to be kept at all."""
    more: dict[str, Any] = {"_meta": META} if modern else {}
    with wired(FakeCore().install(monkeypatch.setattr)) as wire:
        if modern:
            hello = wire.ask("server/discover", _meta=META)["result"]
            info = hello["_meta"]["io.modelcontextprotocol/serverInfo"]
        else:
            hello = wire.initialize()
            info = hello["serverInfo"]
        _introduces_itself(hello, info)
        for method in (
            "tools/list",
            "resources/list",
            "resources/templates/list",
            "prompts/list",
        ):
            assert "nextCursor" not in wire.ask(method, **more)["result"]
            for cursor in ("eyJ2IjoxfQ", ""):
                error = wire.ask(method, cursor=cursor, **more)["error"]
                assert error["code"] == -32602
                assert "no cursor" in error["message"]
        if modern:
            for method in catalogue.CACHE_HINTS:
                found = wire.ask(method, _meta=META)["result"]
                assert (found["ttlMs"], found["cacheScope"]) == (3_600_000, "private"), method
            read = wire.ask("resources/read", uri="whoop://db/profile", _meta=META)["result"]
            assert read["ttlMs"] == 0


def _introduces_itself(hello: dict[str, Any], info: dict[str, Any]) -> None:
    assert (info["name"], info["title"]) == ("whoop", "WHOOP")
    [icon] = info["icons"]
    assert icon["src"].startswith("data:image/svg+xml;base64,") and len(icon["src"]) <= 1000
    known = hello["capabilities"]
    assert known["resources"]["subscribe"] is True
    for one in ("tools", "prompts", "resources"):
        assert not known[one].get("listChanged")
    assert "logging" in known and "completions" in known


# ── what is suggested ──


def test_behaviours_and_sports_are_completed_by_the_caches_own_names(
    app: App, simulator: FaultySimulator
) -> None:
    """What is typed of a behaviour or a sport is gone on with by names that the cache has, in any
    case of letters, first those that begin so; a hundred at most, with how many there are."""
    entries = [{"behaviour": f"habit {number:03}"} for number in range(99)]
    entries += [{"behaviour": name} for name in ("late coffee", "coffee", "Late dinner")]
    sports = [one["sport_name"] for one in simulator.account.all("workouts")]
    usual = min(set(sports), key=lambda one: (-sports.count(one), one))

    async def main() -> None:
        async with mcp.Client(piped(protocol.build(lambda: app)), mode="auto") as client:

            async def complete(name: str, value: str) -> types.Completion:
                reference = types.PromptReference(name="find_what_helps")
                found = await client.complete(reference, {"name": name, "value": value})
                return found.completion

            for name in ("behaviour", "sport"):
                nothing = await complete(name, "")
                assert (nothing.values, nothing.total, nothing.has_more) == ([], 0, False)
            await client.call_tool("sync_whoop")
            await client.call_tool("log_whoop_journal", {"entries": entries[:60]})
            await client.call_tool("log_whoop_journal", {"entries": entries[60:]})
            assert (await complete("behaviour", "COFF")).values == ["coffee", "late coffee"]
            assert (await complete("behaviour", "late")).values == ["late coffee", "late dinner"]
            every = await complete("behaviour", "")
            assert (len(every.values), every.total, every.has_more) == (100, 102, True)
            assert (await complete("sport", "")).values[0] == usual
            assert (await complete("sport", usual[:3].upper())).values[0] == usual
            for name, prompt in (("behaviour", "find_what_helps"), ("sport", "overtraining_check")):
                filled = await client.get_prompt(prompt, {name: "late coffee"})
                content = filled.messages[0].content
                assert isinstance(content, types.TextContent)
                assert f"Look most closely at the {name} “late coffee”." in content.text
                with pytest.raises(mcp.MCPError, match=f"`{name}` is no name"):
                    await client.get_prompt(prompt, {name: "two\nlines"})

    anyio.run(main)
