"""What of the log a client is sent: from its level on, redacted, never a flood, from any thread."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import anyio
import mcp
import pytest
from mcp import types

from whoop_mcp import logs
from whoop_mcp.server import client_log, protocol
from whoop_mcp.settings import Settings

from ..support.fake_core import FakeCore, loud
from ..support.piped import piped
from .test_process import unchecked
from .test_stdio import META, wired

log = logging.getLogger("whoop_mcp.test")
Line = tuple[str, str, Any]


@pytest.fixture
def app(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A stand-in whose `check` does what a test has it do, and logs from debug on; an answer waits
    for its lines, however slow this machine is."""
    monkeypatch.setattr(client_log, "_FLUSH", 60.0)
    monkeypatch.setattr(logging.getLogger("whoop_mcp"), "level", logging.DEBUG)
    return FakeCore().install(monkeypatch.setattr)


Act = Callable[[mcp.Client], Awaitable[None]]


def heard(app: Any, act: Act, mode: Any = "legacy") -> list[Line]:
    """The (level, logger, data) that a client is sent meanwhile, and before it leaves."""
    lines: list[Line] = []

    async def hear(params: types.LoggingMessageNotificationParams) -> None:
        lines.append((params.level, params.logger or "", params.data))

    async def main() -> None:
        server = protocol.build(lambda: app)
        async with mcp.Client(piped(server), mode=mode, logging_callback=hear) as client:
            client.session.validate_tool_result = unchecked  # type: ignore[method-assign]
            await act(client)

    anyio.run(main)
    return lines


async def check(client: mcp.Client) -> None:
    """Call the tool that logs; a second answer shows that what it logged has been sent."""
    await client.call_tool("health_check")
    await client.list_tools()


async def set_level(client: mcp.Client, level: Any) -> None:
    request = types.SetLevelRequest(params=types.SetLevelRequestParams(level=level))
    await client.session.send_request(request, types.EmptyResult)


def say(*levels: str) -> Callable[..., dict[str, Any]]:
    """A core that logs at these levels, each in its name."""

    def act(name: str, named: Any) -> dict[str, Any]:
        for level in levels:
            getattr(log, level)("This is %s.", level)
        return {"did": name}

    return act


EVERY = ("debug", "info", "warning", "error", "critical")


@pytest.mark.parametrize(
    ("level", "sent"),
    [
        (None, ["warning", "error", "critical"]),
        ("debug", list(EVERY)),
        ("info", ["info", "warning", "error", "critical"]),
        ("notice", ["warning", "error", "critical"]),
        ("error", ["error", "critical"]),
        ("critical", ["critical"]),
        ("alert", []),
        ("emergency", []),
    ],
)
def test_a_client_has_what_its_level_asks_for(app: Any, level: str | None, sent: list[str]) -> None:
    """Warnings and worse are sent until the client sets a level, and then what is at it or
    above."""
    app.act = say(*EVERY)

    async def act(client: mcp.Client) -> None:
        if level is not None:
            await set_level(client, level)
        await check(client)

    lines = heard(app, act)
    assert lines == [(one, "whoop_mcp.test", f"This is {one}.") for one in sent]


def test_an_unknown_level_is_refused(app: Any) -> None:
    """A level that the protocol does not have is -32602, and changes nothing."""
    with wired(app) as wire:
        wire.initialize()
        assert wire.ask("logging/setLevel", level="loud")["error"]["code"] == -32602
        assert wire.ask("logging/setLevel", level="error")["result"] == {}


def test_no_secret_is_sent(app: Any, tmp_path: Path) -> None:
    """A line is redacted as in the log, and what an exception said is not in it at all; the log's
    own file has the line too."""

    def act(name: str, named: Any) -> dict[str, Any]:
        log.warning("Got access_token=%s for anna@example.org.", "abc123secret")
        try:
            raise ValueError("a private thing")
        except ValueError:
            log.exception("It went wrong.")
        return {"did": name}

    app.act = act
    logs.set_up(Settings.read({"WHOOP_HOME": str(tmp_path / "home")}), console=False)
    try:
        lines = heard(app, check)
    finally:
        logs.close()
    said = [data for _, _, data in lines]
    assert said == ["Got access_token=[redacted] for [redacted].", "It went wrong."]
    file = (tmp_path / "home" / "logs" / "whoop-mcp.log").read_text()
    assert "abc123secret" not in file and "It went wrong." in file and "private thing" in file


def within_one_spell(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let all that is logged be at one time, and its spell end soon after."""
    monkeypatch.setattr(client_log, "_SPELL", 0.1)
    monkeypatch.setattr(client_log, "time", SimpleNamespace(monotonic=lambda: 1000.0))


def test_a_flood_is_cut(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a thousand lines at once a client is sent a few, and when the spell ends how many were
    left out, at the level of the worst of them, without any line after them."""
    within_one_spell(monkeypatch)

    def act(name: str, named: Any) -> dict[str, Any]:
        log.error("Line 0.")
        for number in range(1, 1000):
            log.warning("Line %d.", number)
        return {"did": name}

    app.act = act
    few, told = until(app, left_out=1000 - client_log._BURST)
    assert [data for *_, data in few] == [f"Line {number}." for number in range(client_log._BURST)]
    assert {line[:2] for line in told} == {("warning", "whoop_mcp.server.client_log")}


def until(app: Any, left_out: int) -> tuple[list[Line], list[Line]]:
    """What a client of the level info is sent after a call, until it knows that so many lines were
    left out; and the lines that told it."""
    lines: list[Line] = []
    told: list[Line] = []

    async def main() -> None:
        found = anyio.Event()

        async def hear(params: types.LoggingMessageNotificationParams) -> None:
            count = re.fullmatch(r"(\d+) lines? w\w+ left out: the log has \w+\.", params.data)
            (told if count else lines).append((params.level, params.logger or "", params.data))
            if sum(int(data.split()[0]) for *_, data in told) == left_out:
                found.set()

        streams = piped(protocol.build(lambda: app))
        async with mcp.Client(streams, mode="legacy", logging_callback=hear) as client:
            client.session.validate_tool_result = unchecked  # type: ignore[method-assign]
            await set_level(client, "info")
            await client.call_tool("health_check")
            with anyio.fail_after(60):
                await found.wait()

    anyio.run(main)
    return lines, told


def test_no_flood_keeps_warnings_back(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Warnings after a flood of lesser lines are sent, as many as of the lesser ones at most."""
    within_one_spell(monkeypatch)

    def act(name: str, named: Any) -> dict[str, Any]:
        for number in range(100):
            log.info("Line %d.", number)
        for number in range(100):
            log.warning("Warning %d.", number)
        return {"did": name}

    app.act = act
    sent, _ = until(app, left_out=200 - 2 * client_log._BURST)
    few = range(client_log._BURST)
    assert [data for *_, data in sent] == [
        *(f"Line {one}." for one in few),
        *(f"Warning {one}." for one in few),
    ]


def test_a_flood_of_a_request_is_owned_up_to_before_its_answer(app: Any) -> None:
    """A client of 2026 is told what was left out of a request's lines with that request, and the
    next request has all of its own."""
    app.act = say(*["warning"] * 21)
    meta = {"io.modelcontextprotocol/logLevel": "warning"}

    async def act(client: mcp.Client) -> None:
        for _ in range(2):
            await client.call_tool("health_check", meta=meta)  # type: ignore[arg-type]

    said = [data for *_, data in heard(app, act, "auto")]
    one = [*["This is warning."] * client_log._BURST, "1 line was left out: the log has it."]
    assert said == one * 2


def test_lines_come_from_any_thread_and_hold_up_none(app: Any) -> None:
    """Threads of a tool's own, and the loop itself, log at once, while the loop is busy: nobody
    waits for another."""

    def act(name: str, named: Any) -> dict[str, Any]:
        threads = [
            threading.Thread(target=log.warning, args=("From %d.", number)) for number in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()
        return {"did": name}

    async def ask(client: mcp.Client) -> None:
        await client.call_tool("health_check")
        log.warning("From the loop.")
        await client.list_tools()

    app.act = act
    lines = heard(app, ask)
    said = sorted(data for *_, data in lines)
    assert said == [*(f"From {number}." for number in range(8)), "From the loop."]


def test_what_other_libraries_log_is_not_sent(app: Any) -> None:
    """Only this program's own lines go to a client, and after it has left none is sent at all."""

    def act(name: str, named: Any) -> dict[str, Any]:
        logging.getLogger("urllib3").warning("https://example.org/?code=1")
        return {"did": name}

    app.act = act
    assert heard(app, check) == []
    assert not any(
        isinstance(one, client_log.ClientLog) for one in logging.getLogger("whoop_mcp").handlers
    )


@pytest.mark.parametrize(
    ("level", "sent"), [(None, []), ("info", ["info", "error"]), ("error", ["error"])]
)
def test_a_client_of_2026_asks_with_each_request(
    app: Any, level: str | None, sent: list[str]
) -> None:
    """Without a level in the request nothing is sent; with one, what came of this request, before
    its answer."""
    app.act = say("info", "error")
    meta = {} if level is None else {"io.modelcontextprotocol/logLevel": level}

    async def act(client: mcp.Client) -> None:
        await client.call_tool("health_check", meta=meta or None)  # type: ignore[arg-type]
        await client.call_tool("get_whoop_auth_status")

    assert [one for one, *_ in heard(app, act, "auto")] == sent


@pytest.mark.parametrize(
    "level", ["loud", ["info"], {"level": "info"}], ids=["a word", "a list", "an object"]
)
def test_what_is_no_level_is_refused(app: Any, level: Any) -> None:
    """Whatever stands in a level's place in a request is the client's mistake, not an internal
    error, and the next request is answered."""
    with wired(app) as wire:
        meta = {**META, "io.modelcontextprotocol/logLevel": level}
        answer = wire.ask("tools/call", name="health_check", arguments={}, _meta=meta)
        assert answer["error"]["code"] == types.INVALID_PARAMS
        assert "result" in wire.ask("tools/call", name="health_check", arguments={}, _meta=META)


def test_the_lines_of_a_request_come_before_its_answer(app: Any) -> None:
    """On the wire of 2026 lines stand before the answer that they belong to, and none is sent to a
    request that did not ask."""
    app.act = loud
    with wired(app) as wire:
        meta = {**META, "io.modelcontextprotocol/logLevel": "warning"}
        wire.request("tools/call", name="health_check", arguments={}, _meta=meta)
        lines = [wire.receive() for _ in range(10)]
        assert [one["method"] for one in lines] == ["notifications/message"] * 10
        assert [one["params"]["data"] for one in lines] == [
            f"loud words {one}" for one in range(10)
        ]
        assert "result" in wire.receive()
        wire.request("tools/call", name="health_check", arguments={}, _meta=META)
        assert "result" in wire.receive()
