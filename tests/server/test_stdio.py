"""The server as a process: raw lines on its pipes, and how it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

import anyio
import pytest

from whoop_mcp import __version__
from whoop_mcp.server import protocol, stdio
from whoop_mcp.server.tools import BY_NAME, TOOLS

from ..support import answers
from ..support.fake_core import FakeCore
from ..support.logins import logged_in, whoop
from .test_tools import CALLS

ROOT = Path(__file__).parents[2]
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}
INITIALIZED = {"jsonrpc": "2.0", "method": "notifications/initialized"}


class Wire:
    """The client's end of a server process."""

    def __init__(self, process: Any) -> None:
        self.process = process
        self._id = 0

    def send(self, message: dict[str, Any] | bytes) -> None:
        assert self.process.stdin is not None
        line = message if isinstance(message, bytes) else json.dumps(message).encode()
        self.process.stdin.write(line + b"\n")
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        return json.loads(self.process.stdout.readline())  # type: ignore[no-any-return]

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        """The next answer to a request; notifications before it are dropped."""
        wanted = self.request(method, **params)
        while (answer := self.receive()).get("id") != wanted:
            assert "method" in answer
        return answer

    def request(self, method: str, **params: Any) -> int:
        self._id += 1
        self.send({"jsonrpc": "2.0", "id": self._id, "method": method, "params": params})
        return self._id

    def initialize(self, version: str = "2025-11-25") -> dict[str, Any]:
        client = {"name": "test", "version": "1"}
        answer = self.ask("initialize", protocolVersion=version, capabilities={}, clientInfo=client)
        self.send(INITIALIZED)
        return answer["result"]  # type: ignore[no-any-return]

    def tool(self, name: str, given: dict[str, Any] | None = None, **params: Any) -> dict[str, Any]:
        """A tool's result; an answer that is not as the tool says is none."""
        answer = self.ask("tools/call", name=name, arguments=given or {}, **params)
        told = answer["result"].get("structuredContent")
        if told and name in BY_NAME and "did" not in told:  # as the stand-in's alone have
            answers.check(name, told)
        return answer["result"]  # type: ignore[no-any-return]

    def leave(self) -> tuple[int, str]:
        """Close the input; the exit code and what was written to standard error."""
        return self._end()

    def kill(self, number: int) -> tuple[int, str]:
        """Send a signal; the exit code and what was written to standard error."""
        self.process.send_signal(number)
        return self._end()

    def _end(self) -> tuple[int, str]:
        # The stand-in's tools run for a minute: whoever waits for them is too late.
        _, errors = self.process.communicate(timeout=60)
        return self.process.returncode, errors.decode()


REAL = """
from whoop_mcp.server import process as server
from whoop_mcp.app import App
from whoop_mcp.settings import Settings
server.serve(lambda: App(Settings.read()))
"""


@contextmanager
def served(mode: str = "plain", environ: dict[str, str] | None = None) -> Iterator[Wire]:
    """A server process: on the stand-in, or on the real core when given an environment."""
    program = ["-m", "tests.support.fake_core", mode] if environ is None else ["-c", REAL]
    process = subprocess.Popen(
        [sys.executable, *program],
        cwd=ROOT,
        env={**os.environ, **(environ or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    watchdog = threading.Timer(60, process.kill)  # a silent server fails its test, not all of them
    watchdog.start()
    with process:
        try:
            yield Wire(process)
        finally:
            watchdog.cancel()
            process.kill()


@pytest.mark.slow
@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
def test_every_protocol_with_a_handshake_is_served(version: str) -> None:
    """A client of any age gets the version it asks for, the tools, and an answer."""
    with served() as wire:
        hello = wire.initialize(version)
        assert hello["protocolVersion"] == version
        assert hello["serverInfo"]["name"] == "whoop"
        assert hello["serverInfo"]["version"] == __version__
        tools = wire.ask("tools/list")["result"]["tools"]
        assert [tool["name"] for tool in tools] == [tool.name for tool in TOOLS]
        assert '"did":"check"' in wire.tool("health_check")["content"][0]["text"]
        assert wire.leave()[0] == 0


@contextmanager
def wired(app: Any) -> Iterator[Wire]:
    """The same server on an App of this process, in a thread: for what is said on the wire and has
    nothing to do with how a process begins and ends, which takes half a second each time."""
    (asked, asking), (answered, answering) = os.pipe(), os.pipe()
    wire_in, wire_out = os.fdopen(asked, "rb"), os.fdopen(answering, "wb")

    def serve() -> None:
        with wire_in, wire_out:
            anyio.run(stdio.serve, protocol.build(lambda: app), wire_in, wire_out)

    with os.fdopen(answered, "rb") as from_server, os.fdopen(asking, "wb") as to_server:
        server = threading.Thread(target=serve)
        server.start()
        watchdog = threading.Timer(60, to_server.close)  # a silent server fails its test
        watchdog.start()
        try:
            yield Wire(SimpleNamespace(stdin=to_server, stdout=from_server))
        finally:
            watchdog.cancel()
            to_server.close()
            server.join()


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> FakeCore:
    """The stand-in, in this process."""
    return FakeCore().install(monkeypatch.setattr)


@pytest.mark.parametrize("modern", [False, True])
def test_a_tool_says_the_same_as_text_and_as_structure(stand_in: FakeCore, modern: bool) -> None:
    """In both eras of the protocol answers and errors alike are results of one text and the same
    as structured content, which say whether they are errors; the newer has all that it demands."""
    with wired(stand_in) as wire:
        envelope = {"_meta": META} if modern else {}
        if not modern:
            wire.initialize()
        for name, given, failed in (
            ("health_check", {}, False),
            ("health_check", {"nope": 1}, True),
            ("no_such", {}, True),
        ):
            result = wire.tool(name, given, **envelope)
            [content] = result["content"]
            assert content["type"] == "text"
            assert json.loads(content["text"]) == result["structuredContent"]
            assert ("error" in result["structuredContent"]) is result["isError"] is failed
            if modern:
                assert result["resultType"] == "complete"
                assert result["_meta"]["io.modelcontextprotocol/serverInfo"]["name"] == "whoop"


@pytest.mark.slow
def test_the_protocol_without_a_handshake_is_served() -> None:
    """A client of 2026 sends its first request straight away, or asks who is there before."""
    with served() as wire:
        found = wire.ask("server/discover", _meta=META)["result"]
        assert "2026-07-28" in found["supportedVersions"]
        result = wire.tool("health_check", _meta=META)
        assert result["structuredContent"]["did"] == "check"
        assert wire.leave()[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("params", [{"_meta": META}, {}])
def test_a_probe_does_not_lock_out_a_handshake(params: dict[str, Any]) -> None:
    """A client that asks `server/discover` and then initializes is served."""
    with served() as wire:
        wire.ask("server/discover", **params)
        wire.ask("server/discover", **params)
        assert wire.initialize()["protocolVersion"] == "2025-11-25"
        assert wire.tool("health_check")["structuredContent"]["did"] == "check"


@pytest.mark.slow
def test_every_tool_and_uri_answers_over_the_wire() -> None:
    """All tools and a URI of each kind give right answers on one connection."""
    with served() as wire:
        wire.initialize()
        for name, given, did, *_ in CALLS:
            assert wire.tool(name, given)["structuredContent"]["did"] == did
        for path in ("cycles/2026-04-01/2026-04-02", "profile", "sync_runs/5", "events/2026-04-01"):
            [content] = wire.ask("resources/read", uri=f"whoop://db/{path}")["result"]["contents"]
            assert "error" not in json.loads(content["text"])


GARBAGE: list[tuple[bytes, object, int]] = [
    (b"garbage", None, -32700),
    (b"\xff\xfe\x00", None, -32700),
    (b'{"jsonrpc": "2.0", "id": 77', None, -32700),
    (b"[" * 200_000, None, -32700),
    (b"[]", None, -32600),
    (b"5", None, -32600),
    (b'{"jsonrpc": "2.0", "id": 77, "method": 5}', 77, -32600),
    (b'{"jsonrpc": "1.0", "id": "a", "method": "ping"}', "a", -32600),
    (b'{"jsonrpc": "2.0", "id": true, "method": "ping"}', None, -32600),
]


ODD: list[Any] = [
    {"jsonrpc": "2.0", "method": "server/discover"},
    {"jsonrpc": "2.0", "method": "server/discover", "params": {"_meta": META}},
    {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}},
    {"jsonrpc": "2.0", "method": "notifications/no_such"},
    INITIALIZED,
    {"jsonrpc": "2.0", "id": 1, "result": {}},
    {"jsonrpc": "2.0", "id": 1, "error": {"code": 1, "message": "no"}},
]


def test_odd_first_messages_and_garbage_leave_the_server_listening(stand_in: FakeCore) -> None:
    """Notifications, responses and errors of nothing before `initialize`, a notification that is
    named like the probe among them, are answered by nothing and lock nobody out; what is not a
    message is answered as JSON-RPC says, before and after a handshake."""
    with wired(stand_in) as wire:
        for _ in range(2):
            for message in ODD:
                wire.send(message)
        wire.send(b"[" + json.dumps(ODD[0]).encode() + b"]")  # a batch is no message
        assert wire.receive()["error"]["code"] == -32600
        for id in ("", -1, 0, 2**53, "é"):
            wire.send({"jsonrpc": "2.0", "id": id, "method": "server/discover", "params": {}})
            assert wire.receive()["id"] == id
        for _ in range(2):
            for line, number, code in GARBAGE:
                wire.send(line)
                wire.send(b"")
                answer = wire.receive()
                assert (answer["id"], answer["error"]["code"]) == (number, code)
            assert wire.initialize()["protocolVersion"] == "2025-11-25"
        assert wire.tool("health_check")["structuredContent"]["did"] == "check"


@pytest.mark.slow
def test_half_a_character_is_no_reason_for_silence() -> None:
    """Text that was cut inside an emoji is answered like any other."""
    with served() as wire:
        wire.initialize()
        wire.send(
            b'{"jsonrpc":"2.0","id":99,"method":"tools/call",'
            b'"params":{"name":"get_whoop_sleep","arguments":{"sleep_id":"\\ud83d"}}}'
        )
        answer = wire.receive()
        assert answer["id"] == 99
        assert answer["result"]["structuredContent"]["error"]["code"] == "VALIDATION_ERROR"


@pytest.mark.slow
def test_strange_requests_do_not_end_the_server() -> None:
    """Unknown methods and malformed parameters are errors of the protocol, without foreign text."""
    with served() as wire:
        wire.initialize()
        for method, params in (
            ("tools/call", {"name": 5}),
            ("tools/call", {"name": "health_check", "arguments": [1]}),
            ("prompts/get", {"name": "sleep_review", "arguments": {"period": 5}}),
            ("nothing/such", {}),
        ):
            answer = wire.ask(method, **params)
            assert "error" in answer
            assert "pydantic" not in json.dumps(answer)
        assert wire.tool("health_check")["structuredContent"]["did"] == "check"


@pytest.mark.slow
def test_bad_settings_start_all_the_same() -> None:
    """With settings that are refused, the server starts, lists its tools and says what is wrong."""
    with served("bad settings") as wire:
        wire.initialize()
        assert len(wire.ask("tools/list")["result"]["tools"]) == len(TOOLS)
        result = wire.tool("get_whoop_auth_status")
        assert result["isError"]
        assert "WHOOP_MAX_AGE" in result["content"][0]["text"]
        assert wire.leave()[0] == 0


def busy(wire: Wire) -> None:
    """Make the server run a sync, and a read that looks at nothing; what it prints is no answer."""
    wire.initialize()
    wire.request("tools/call", name="list_whoop_cycles", arguments={})
    wire.request("tools/call", name="sync_whoop", arguments={}, _meta={"progressToken": "p"})
    assert wire.receive()["method"] == "notifications/progress"
    assert wire.tool("health_check")["structuredContent"] == {"did": "check"}


def test_the_end_of_input_ends_a_busy_server() -> None:
    """When the client leaves, the server is gone at once, but for a refresh that it finishes."""
    with served("slow") as wire:
        busy(wire)
        code, errors = wire.leave()
    assert code == 0
    assert errors.splitlines()[-2:] == ["finishing", "finished"]
    assert "stray words" in errors
    assert "Traceback" not in errors


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals that a process can handle")
@pytest.mark.parametrize(
    "name",
    [
        "SIGTERM",
        "SIGINT",
        "SIGHUP",
    ],
)
def test_signals_end_a_busy_server(name: str) -> None:
    """A signal ends the server at once and in order, also while tools run."""
    with served("slow") as wire:
        busy(wire)
        code, errors = wire.kill(getattr(signal, name))
    assert code == 0
    assert errors.splitlines()[-2:] == ["finishing", "finished"]
    assert "Traceback" not in errors


@pytest.mark.skipif(os.name == "nt", reason="Windows has no signals that a process can handle")
@pytest.mark.slow
def test_an_idle_server_ends_by_a_signal() -> None:
    """Also a server that waits for its first line ends in order."""
    with served() as wire:
        wire.initialize()
        assert wire.kill(signal.SIGTERM)[0] == 0


@pytest.mark.slow
def test_a_client_that_reads_no_more_ends_the_server() -> None:
    """When nobody reads the answers any more, the server leaves."""
    with served() as wire:
        wire.initialize()
        assert wire.process.stdout is not None
        wire.process.stdout.close()
        wire.request("tools/list")
        assert wire.process.wait(60) == 0


@pytest.mark.slow
@pytest.mark.parametrize(("method", "times"), [("tools/list", 20), ("ping", 4000)])
def test_a_client_that_leaves_its_answers_unread_ends_the_server(method: str, times: int) -> None:
    """When the input ends while answers, long or short, lie unread in a full pipe, the server
    leaves."""
    with served("impatient") as wire:
        wire.initialize()
        for _ in range(times):
            wire.request(method)
        assert wire.process.stdin is not None
        wire.process.stdin.close()
        assert wire.process.wait() == 0  # the watchdog would end it with another code


CLOSED = """
import os, sys
for number in map(int, sys.argv[1].split(",")):
    os.close(number)
os.execv(sys.executable, [sys.executable, "-m", "whoop_mcp"])
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no descriptors to inherit closed")
@pytest.mark.parametrize(
    ("closed", "named"),
    [("0", "input"), ("1", "output"), pytest.param("0,1", "input", marks=pytest.mark.slow)],
)
def test_without_its_streams_the_server_refuses(tmp_path: Path, closed: str, named: str) -> None:
    """Started with standard input or output closed, it says so and exits with 1: no file of its
    own, such as the log, takes the closed stream's place."""
    hello = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    ended = subprocess.run(
        [sys.executable, "-c", CLOSED, closed],
        cwd=ROOT,
        env={**os.environ, "WHOOP_HOME": str(tmp_path / "home")},
        input=json.dumps(hello).encode() + b"\n",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert f"standard {named} cannot be used" in ended.stderr.decode()
    assert not (tmp_path / "home").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no descriptors to inherit closed")
@pytest.mark.slow
def test_without_standard_error_the_server_serves(tmp_path: Path) -> None:
    """Where nobody listens to standard error, MCP is served all the same."""
    hello = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    ended = subprocess.run(
        [sys.executable, "-c", CLOSED, "2"],
        cwd=ROOT,
        env={**os.environ, "WHOOP_HOME": str(tmp_path / "home")},
        input=json.dumps(hello).encode() + b"\n",
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0
    assert json.loads(ended.stdout)["id"] == 1


# ── with the real core ──


def at(home: Path, url: str) -> dict[str, str]:
    """The environment of a server in a temporary home."""
    return {"WHOOP_HOME": str(home / "home"), "WHOOP_BASE_URL": url}


@pytest.mark.slow
def test_the_whole_way_from_whoop_to_an_answer(tmp_path: Path) -> None:
    """Every tool and URI gives a right answer on a WHOOP account, over HTTP and over the pipe."""
    with whoop() as simulator:
        logged_in(tmp_path, simulator)
        with served(environ=at(tmp_path, simulator.url)) as wire:
            wire.initialize()

            def ask(tool: str, **given: Any) -> dict[str, Any]:
                result = wire.tool(tool, given)
                assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
                assert not result["isError"], result["structuredContent"]
                return result["structuredContent"]  # type: ignore[no-any-return]

            assert ask("get_whoop_auth_status")["status"] == "valid"
            assert ask("sync_whoop")["status"] == "success"
            pages = {
                name: ask(f"list_whoop_{name}")
                for name in ("cycles", "recoveries", "sleeps", "workouts")
            }
            for name, page in pages.items():
                assert page["complete"], name
                assert page["count"] == page["total"] == len(page["records"])
            cycle_id = pages["recoveries"]["records"][0]["cycle_id"]
            sleep = ask("get_whoop_cycle_sleep", cycle_id=cycle_id)
            assert ask("get_whoop_sleep", sleep_id=sleep["id"]) == sleep
            assert ask("get_whoop_cycle", cycle_id=str(cycle_id))["id"] == cycle_id
            assert ask("get_whoop_cycle_recovery", cycle_id=cycle_id)["sleep_id"] == sleep["id"]
            for workout in pages["workouts"]["records"][:1]:
                assert ask("get_whoop_workout", workout_id=workout["id"]) == workout
            day = ask("get_whoop_daily_summary", date=sleep["end_local"][:10])
            assert day["cycle"]["id"] == cycle_id
            assert "email" in ask("get_whoop_profile")
            assert ask("get_whoop_body_measurement")["height_meter"]
            events = ask("get_whoop_events", since="2010-01-01", limit=5)
            assert events["count"] == 5
            assert ask("get_whoop_events", since=events["resume_cursor"])["count"] == 0
            path = str(tmp_path / "sleeps.csv")
            done = ask("export_whoop", kind="sleeps", format="csv", path=path)
            assert done["files"][0]["records"] == pages["sleeps"]["total"]
            assert ask("health_check")["checks"]["api_reachable"]["status"] == "ok"

            def read(path: str) -> Any:
                answer = wire.ask("resources/read", uri=f"whoop://db/{path}")
                return json.loads(answer["result"]["contents"][0]["text"])

            window = pages["sleeps"]["window"]
            start, end = (quote(window[name], safe="") for name in ("start", "end"))
            for name, page in pages.items():
                assert read(f"{name}/{start}/{end}")["records"] == page["records"]
            assert "email" in read("profile")
            assert read("body_measurement")["height_meter"]
            assert read("sync_runs/2")["count"] == 2
            assert read("events/2010-01-01")["count"] >= 5
            assert read("events/2010-01-01/2010-01-02")["count"] == 0
            assert wire.leave()[0] == 0
        cache = tmp_path / "home" / "whoop.db"
        assert list(cache.parent.glob("whoop.db*")) == [cache]  # closed, not left as it was


@pytest.mark.slow
def test_without_a_login_the_server_starts_and_says_so(tmp_path: Path) -> None:
    """An empty home is no obstacle: tools answer what is missing and how to get it."""
    with served(environ=at(tmp_path, "http://127.0.0.1:9")) as wire:
        wire.initialize()
        assert wire.tool("get_whoop_auth_status")["structuredContent"]["status"] == "no_tokens"
        error = wire.tool("list_whoop_sleeps")["structuredContent"]["error"]
        assert (error["code"], "whoop-mcp login" in error["hint"]) == ("AUTH_FAILED", True)
        uri = "whoop://db/sleeps/2026-04-01/2026-04-02"
        [content] = wire.ask("resources/read", uri=uri)["result"]["contents"]
        assert json.loads(content["text"])["error"]["code"] == "CACHE_EMPTY"


@pytest.mark.slow
def test_a_corrupt_cache_is_no_obstacle_to_starting(tmp_path: Path) -> None:
    """A file that is no database is left as it is; tools that need it say so, others work."""
    (tmp_path / "home").mkdir()
    broken = tmp_path / "home" / "whoop.db"
    broken.write_bytes(b"not a database " * 100)
    with served(environ=at(tmp_path, "http://127.0.0.1:9")) as wire:
        wire.initialize()
        given = {"since": "2026-04-01"}
        error = wire.tool("get_whoop_events", given)["structuredContent"]["error"]
        assert error["code"] == "CACHE_ERROR"
        health = wire.tool("health_check", {"live": False})["structuredContent"]
        assert health["status"] == "unhealthy"
    assert broken.read_bytes() == b"not a database " * 100


@pytest.mark.slow
def test_bad_settings_of_the_real_program(tmp_path: Path) -> None:
    """A base URL that would send secrets in the clear is refused by every tool, not by a crash."""
    with served(environ=at(tmp_path, "http://example.com")) as wire:
        wire.initialize()
        error = wire.tool("sync_whoop")["structuredContent"]["error"]
        assert error["code"] == "VALIDATION_ERROR"
    assert not (tmp_path / "home").exists()
