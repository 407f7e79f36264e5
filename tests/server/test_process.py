"""The MCP server behind pipes, spoken to by the SDK's own client in both of its modes."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import mcp
import pytest
from mcp import types
from mcp.shared.message import SessionMessage

from whoop_mcp import __version__, jsontext
from whoop_mcp.errors import AuthFailed, CacheEmpty, ValidationError
from whoop_mcp.insights.timeseries import Dates, number
from whoop_mcp.report import document
from whoop_mcp.server import dashboard, protocol, today
from whoop_mcp.server.descriptions import INSTRUCTIONS
from whoop_mcp.server.tools import TOOLS
from whoop_mcp.server.uris import URIS
from whoop_mcp.times import Span

from ..support.fake_core import FakeCore
from ..support.piped import piped
from .test_tools import CALLS

MODES = ("auto", "legacy")


def talk(
    app: Any,
    act: Callable[[mcp.Client], Awaitable[Any]],
    mode: Any = "legacy",
    open_app: Callable[[], Any] | None = None,
) -> Any:
    """What `act` finds out from a server on this App."""

    async def main() -> Any:
        server = protocol.build(open_app or (lambda: app))
        async with mcp.Client(piped(server), mode=mode) as client:
            if isinstance(app, FakeCore):  # which answers what no tool does
                client.session.validate_tool_result = unchecked  # type: ignore[method-assign]
            return await act(client)

    return anyio.run(main)


async def unchecked(name: str, result: types.CallToolResult) -> None:
    """Take a tool's answer as it is, whatever the tool says that it answers."""


def call(app: Any, tool: str, given: dict[str, Any] | None = None, **options: Any) -> Any:
    """The result of one tool call."""
    return talk(app, lambda client: client.call_tool(tool, given), **options)


def envelope(result: Any) -> Any:
    """The error of a result, after a look at its form."""
    assert result.is_error
    assert json.loads(result.content[0].text) == result.structured_content
    return result.structured_content["error"]


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Any:
    return FakeCore().install(monkeypatch.setattr)


@pytest.mark.parametrize("mode", MODES)
def test_the_server_says_who_it_is(app: Any, mode: str) -> None:
    """Name, version and instructions are its own."""

    async def act(client: mcp.Client) -> Any:
        return client.server_info, client.instructions

    info, instructions = talk(app, act, mode)
    assert (info.name, info.version, instructions) == ("whoop", __version__, INSTRUCTIONS)


@pytest.mark.parametrize("mode", MODES)
def test_tools_are_listed_whole_and_short(app: Any, mode: str) -> None:
    """All tools come with both schemas and the four hints, in at most 45,000 characters on the
    wire, 23,000 of them for a model to read."""
    listed = talk(app, lambda client: client.list_tools(), mode).tools
    assert [tool.name for tool in listed] == [tool.name for tool in TOOLS]
    for tool in listed:
        hints = tool.annotations.model_dump(exclude_none=True)
        assert len(hints) == 4
        assert tool.input_schema["additionalProperties"] is False
        assert tool.output_schema["type"] == "object"
    read = {"name", "title", "description", "input_schema"}
    for most, fields in ((45_000, None), (23_000, read)):
        dumped = [
            tool.model_dump(by_alias=True, exclude_none=True, include=fields) for tool in listed
        ]
        assert len(json.dumps(dumped, ensure_ascii=False, separators=(",", ":"))) <= most


@pytest.mark.parametrize("mode", MODES)
def test_the_dashboard_is_an_app(app: Any, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tools whose answer it shows name it, it is listed, and it is read as a page."""
    monkeypatch.setattr(document, "app_page", lambda cache: "<!DOCTYPE html>")

    async def act(client: mcp.Client) -> Any:
        return (
            (await client.list_tools()).tools,
            (await client.list_resources()).resources,
            (await client.read_resource("ui://whoop/dashboard")).contents,
        )

    listed, resources, [page] = talk(app, act, mode)
    named = {tool.name for tool in listed if tool.meta}
    assert named == {
        "get_whoop_daily_summary",
        "get_whoop_insights",
        "create_whoop_report",
        "compare_whoop_periods",
        "whoop_experiment",
    }
    assert all(tool.meta == dashboard.META for tool in listed if tool.meta)
    [about] = [one for one in resources if one.uri == "ui://whoop/dashboard"]
    assert (about.mime_type, page.mime_type) == ("text/html;profile=mcp-app",) * 2
    assert page.text == "<!DOCTYPE html>"


def wire(app: Any, capabilities: dict[str, Any], *asked: tuple[str, dict[str, Any]]) -> list[Any]:
    """The raw results of a handshake that announces something, and of what is asked after it."""
    hello = {
        "protocolVersion": "2025-11-25",
        "capabilities": capabilities,
        "clientInfo": {"name": "test", "version": "1"},
    }

    async def main() -> list[Any]:
        async with piped(protocol.build(lambda: app)) as (read, write):
            said = []
            for id, (method, params) in enumerate((("initialize", hello), *asked)):
                request = types.JSONRPCRequest(jsonrpc="2.0", id=id, method=method, params=params)
                await write.send(SessionMessage(request))
                said.append((await read.receive()).message.result)
            return said

    return anyio.run(main)


UI = "io.modelcontextprotocol/ui"


@pytest.mark.parametrize(
    ("announced", "told"),
    [
        ({}, False),
        ({"extensions": {}}, False),
        ({"extensions": {"other/thing": {}}}, False),
        ({"extensions": {UI: {"mimeTypes": ["text/plain"]}}}, False),
        ({"extensions": {UI: {}}}, True),
        ({"extensions": {UI: {"mimeTypes": ["text/html;profile=mcp-app"]}}}, True),
    ],
)
def test_the_page_has_a_tool_of_its_own(app: Any, announced: dict[str, Any], told: bool) -> None:
    """Only a client that announces MCP Apps is told of it, and that it is for the page alone; the
    server announces them to all."""
    hello, listed = wire(app, announced, ("tools/list", {}))
    assert hello["capabilities"]["extensions"] == {UI: {}}
    names = [tool["name"] for tool in listed["tools"]]
    assert names == [tool.name for tool in TOOLS] + ["whoop_dashboard"] * told
    if told:
        assert listed["tools"][-1]["_meta"]["ui"]["visibility"] == ["app"]
        assert listed["tools"][-1]["annotations"]["readOnlyHint"] is True
        assert len(json.dumps(listed, ensure_ascii=False, separators=(",", ":"))) <= 45_000


def test_the_page_of_another_period_is_sent_once(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its HTML is structured content alone, of the period that was asked for; the text is a
    sentence. What is asked for wrongly is an error in both, as everywhere."""
    asked: list[Any] = []

    def body(cache: object, **given: Any) -> tuple[Dates, str]:
        asked.append(given)
        return Dates(number("2026-04-01"), number("2026-04-07")), "<h1>Ω</h1>"

    monkeypatch.setattr(document, "app_body", body)
    given = {"days": 7, "end": "2026-04-08", "against": "2026-03-01..2026-03-07"}
    _, good, bad = wire(
        app,
        {},
        ("tools/call", {"name": "whoop_dashboard", "arguments": given}),
        ("tools/call", {"name": "whoop_dashboard", "arguments": {"days": 0}}),
    )
    window = {"start": "2026-04-01", "end": "2026-04-08"}
    good, bad = plain(good), plain(bad)
    beside = {"against": {"start": "2026-03-01", "end": "2026-03-08"}}
    assert good["structuredContent"] == {"window": {**window, **beside}, "html": "<h1>Ω</h1>"}
    assert "2026-04-01" in good["content"][0]["text"] and "<h1>" not in good["content"][0]["text"]
    against = Span("2026-03-01", "2026-03-08")
    assert asked == [{"days": 7, "end": "2026-04-08", "compare": against}]
    assert bad["isError"] and json.loads(bad["content"][0]["text"]) == bad["structuredContent"]


def plain(result: Any) -> Any:
    """A result with what was JSON text already read."""
    return json.loads("".join(jsontext.parts(result)))


def test_a_dashboard_that_cannot_be_is_excused(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host gets a page in any case: what went wrong, with the way out, and escaped."""

    def empty(cache: object) -> str:
        raise CacheEmpty("The cache holds <nothing>.", hint="Run `whoop-mcp sync`.")

    monkeypatch.setattr(document, "app_page", empty)
    uri = "ui://whoop/dashboard"
    for open_app in (None, broken_settings):
        found = talk(app, lambda client: client.read_resource(uri), open_app=open_app)
        [page] = found.contents
        assert page.mime_type == "text/html;profile=mcp-app"
        assert page.text.startswith("<!DOCTYPE html>")
        assert ("&lt;nothing&gt;" in page.text) == (open_app is None)


def broken_settings() -> Any:
    """What opening the App does when a setting is bad."""
    raise ValidationError("WHOOP_MAX_AGE is not a number.", hint="600")


@pytest.mark.parametrize("mode", MODES)
def test_every_tool_answers(app: Any, mode: str) -> None:
    """Every tool's text is compact JSON and says the same as its structured content."""

    async def act(client: mcp.Client) -> Any:
        return [await client.call_tool(name, given) for name, given, *_ in CALLS]

    for result, (_, _, name, *_) in zip(talk(app, act, mode), CALLS, strict=True):
        assert not result.is_error
        assert result.content[0].text == f'{{"did":"{name}","words":"5 km – ünïcode ✓"}}'
        assert result.structured_content == json.loads(result.content[0].text)


def test_a_tool_is_run_by_a_request_alone(app: Any) -> None:
    """A notification that is named like a call of a tool, which nobody could answer, does nothing,
    before a handshake and after it; nor does a request before it."""
    notice = types.JSONRPCNotification(
        jsonrpc="2.0", method="tools/call", params={"name": "health_check", "arguments": {}}
    )
    early = types.JSONRPCRequest(id=7, **notice.model_dump())
    hello = types.JSONRPCRequest(
        jsonrpc="2.0",
        id=8,
        method="initialize",
        params={
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    )
    ping = types.JSONRPCRequest(jsonrpc="2.0", id=9, method="ping")

    async def main() -> list[Any]:
        async with piped(protocol.build(lambda: app)) as (read, write):
            said = []
            for message in (notice, early, hello, notice, ping):
                await write.send(SessionMessage(message))
                if message is not notice:
                    said.append((await read.receive()).message)
            return said

    refused, *answers = anyio.run(main)
    assert isinstance(refused, types.JSONRPCError)
    assert all(isinstance(one, types.JSONRPCResponse) for one in answers)
    assert app.asked == []


@pytest.mark.parametrize("mode", MODES)
def test_uris_are_listed_and_read(app: Any, mode: str) -> None:
    """Fixed URIs and templates together are all there are, and reading one gives JSON."""

    async def act(client: mcp.Client) -> Any:
        return (
            (await client.list_resources()).resources,
            (await client.list_resource_templates()).resource_templates,
            (await client.read_resource("whoop://db/events/2026-04-01T00%3A00%3A00Z")).contents,
            (await client.read_resource("whoop://db/nothing")).contents,
        )

    fixed, templates, [good], [bad] = talk(app, act, mode)
    listed = {one.uri for one in fixed} | {one.uri_template for one in templates}
    assert listed == {one.uri for one in URIS} | {dashboard.URI}
    assert good.mime_type == bad.mime_type == "application/json"
    assert json.loads(good.text)["did"] == "events"
    assert json.loads(bad.text)["error"]["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("mode", MODES)
def test_prompts_and_completion(app: Any, mode: str) -> None:
    """Prompts are listed, filled in and completed; a wrong argument is refused in our words."""

    async def act(client: mcp.Client) -> Any:
        listed = (await client.list_prompts()).prompts
        filled = await client.get_prompt("sleep_review", {"period": "2026-04-01/2026-04-02"})
        reference = types.PromptReference(name="weekly_report")
        done = await client.complete(reference, {"name": "focus", "value": "w"})
        refusals = []
        for name, given in (("sleep_review", {"period": "soon"}), ("nap_review", {})):
            with pytest.raises(mcp.MCPError) as caught:
                await client.get_prompt(name, given)
            refusals.append((caught.value.code, str(caught.value)))
        return listed, filled, done, refusals

    listed, filled, done, refusals = talk(app, act, mode)
    names = ["weekly_report", "overtraining_check", "sleep_review", "find_what_helps"]
    assert [one.name for one in listed] == names
    assert "start=2026-04-01, end=2026-04-03" in filled.messages[0].content.text
    assert done.completion.values == ["workouts"]
    assert [code for code, _ in refusals] == [types.INVALID_PARAMS] * 2
    assert "`period`" in refusals[0][1]
    assert '"nap_review"' in refusals[1][1]


@pytest.mark.parametrize("settings", [True, False])
def test_a_prompt_ends_on_the_wearers_day(
    app: Any, monkeypatch: pytest.MonkeyPatch, settings: bool
) -> None:
    """Without dates a prompt, and a date that is suggested, go by the newest record's clock; where
    nobody can tell that, by this computer's."""
    app.cache.require_content = lambda: None
    app.cache.now, app.cache.offset = "2026-05-20T12:00:00.000Z", lambda: 13 * 60
    monkeypatch.setattr(today, "this_computers_today", lambda: "2026-05-19")

    def refuse() -> Any:
        raise ValidationError("WHOOP_MAX_AGE is not a number.")

    async def act(client: mcp.Client) -> Any:
        filled = await client.get_prompt("sleep_review", {"period": "7"})
        reference = types.PromptReference(name="weekly_report")
        return filled, await client.complete(reference, {"name": "start", "value": "2026-05-2"})

    filled, done = talk(app, act, open_app=None if settings else refuse)
    after = "2026-05-22" if settings else "2026-05-20"
    assert f"end={after}" in filled.messages[0].content.text
    assert done.completion.values == (["2026-05-21", "2026-05-20"] if settings else [])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(
    ("tool", "given", "word"),
    [
        ("get_whoop_cycle", {"cycle_id": "x"}, "`cycle_id`"),
        ("get_whoop_cycle", {}, "missing"),
        ("get_whoop_cycle", {"cycle_id": 5, "nope": 1}, '"nope"'),
        ("get_whoop_profile", {"fresh": None, "x": None}, '"x"'),
        ("drop_tables", {}, "no tool"),
    ],
)
def test_bad_arguments_are_envelopes(
    app: Any, mode: str, tool: str, given: dict[str, Any], word: str
) -> None:
    """Bad, missing and unknown arguments, and unknown tools, are answered in our own words."""
    error = envelope(call(app, tool, given, mode=mode))
    assert error["code"] == "VALIDATION_ERROR"
    assert word in error["message"]
    assert app.asked == []


def test_errors_and_crashes_are_envelopes(app: Any, caplog: pytest.LogCaptureFixture) -> None:
    """A failure of the core is its envelope; a bug is a generic one, with its traceback logged."""

    def fail(name: str, named: Any) -> Any:
        if name == "snapshot":
            raise AuthFailed("There is no login.", hint="Run `whoop-mcp login`.")
        raise KeyError("a bug")

    app.act = fail
    assert envelope(call(app, "get_whoop_profile"))["code"] == "AUTH_FAILED"
    error = envelope(call(app, "health_check"))
    assert error["code"] == "INTERNAL_ERROR"
    assert "a bug" not in str(error)
    assert "KeyError" in caplog.text


def test_bad_settings_are_answered_by_every_tool_and_uri() -> None:
    """Without an App the server lists its tools, and each answers why it cannot work."""

    def refuse() -> Any:
        raise ValidationError("WHOOP_MAX_AGE is not a number.", hint="A valid value: 600")

    async def act(client: mcp.Client) -> Any:
        assert len((await client.list_tools()).tools) == len(TOOLS)
        results = [await client.call_tool(name, given) for name, given, *_ in CALLS]
        return results, (await client.read_resource("whoop://db/profile")).contents[0].text

    results, text = talk(None, act, open_app=refuse)
    assert {envelope(result)["message"] for result in results} == {"WHOOP_MAX_AGE is not a number."}
    assert json.loads(text)["error"]["code"] == "VALIDATION_ERROR"


@pytest.mark.parametrize("mode", MODES)
def test_queued_calls_stall_nothing_else(app: Any, mode: str) -> None:
    """While every thread for tools is taken, other requests are answered at once."""
    release, entered = threading.Event(), threading.Semaphore(0)

    def hold(name: str, named: Any) -> Any:
        entered.release()
        release.wait(60)
        return {"did": name}

    async def act(client: mcp.Client) -> int:
        done = 0

        async def one() -> None:
            nonlocal done
            await client.call_tool("health_check")
            done += 1

        async with anyio.create_task_group() as tasks:
            for _ in range(60):
                tasks.start_soon(one)
            for _ in range(protocol.THREADS):
                await anyio.to_thread.run_sync(entered.acquire)
            await client.list_tools()
            assert not entered.acquire(blocking=False), "more threads than the limit"
            assert done == 0
            release.set()
        return done

    app.act = hold
    assert talk(app, act, mode) == 60


@pytest.mark.parametrize("mode", MODES)
def test_a_cancelled_call_stops(app: Any, mode: str) -> None:
    """When the client goes away, the running function learns of it at its next check."""
    begun, stopped = threading.Event(), threading.Event()

    def run(name: str, named: Any) -> Any:
        begun.set()
        try:
            named["call"].wait(40)
        except BaseException:
            stopped.set()
            raise

    async def act(client: mcp.Client) -> bool:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.call_tool, "sync_whoop")
            await anyio.to_thread.run_sync(begun.wait)
            tasks.cancel_scope.cancel()
        return await anyio.to_thread.run_sync(stopped.wait, 60)

    app.act = run
    assert talk(app, act, mode)


@pytest.mark.parametrize("mode", MODES)
def test_progress_reaches_the_client_seldom(
    app: Any, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Progress told from any thread is passed on, rising, and far less often than it is told."""
    monkeypatch.setattr(protocol, "_PROGRESS_PAUSE", 3600.0)
    told: list[tuple[float, float | None, str | None]] = []

    def run(name: str, named: Any) -> Any:
        tell = named["call"].tell
        for done in range(1, 100):
            thread = threading.Thread(target=tell, args=(done, 100, "pages"))
            thread.start()
            thread.join()
        return {"did": name}

    async def hear(done: float, total: float | None, text: str | None) -> None:
        told.append((done, total, text))

    app.act = run
    talk(app, lambda client: client.call_tool("sync_whoop", progress_callback=hear), mode)
    assert told == [(1, 100, "pages")]


def test_a_thread_that_heeds_nothing_is_given_up(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """When a function outstays its time unmoved, the call is answered without it."""
    monkeypatch.setattr(protocol, "PATIENCE", 0.0)
    monkeypatch.setattr(protocol, "_STUCK", 0.05)
    release = threading.Event()
    app.act = lambda name, named: release.wait(60)
    error = envelope(call(app, "health_check"))
    release.set()
    assert error["code"] == "UPSTREAM_ERROR"


def test_a_call_has_fifty_seconds(app: Any) -> None:
    """A call that reaches the core has what is left of its 50 s."""
    app.act = lambda name, named: {"left": named["call"].left()}
    began = time.monotonic()
    left = call(app, "sync_whoop").structured_content["left"]
    assert 49 - (time.monotonic() - began) <= left <= 50
