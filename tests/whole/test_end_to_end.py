"""The whole way: a login on disk, a server process, a WHOOP account, and right answers."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import anyio
import mcp
import pytest

from whoop_mcp import times
from whoop_mcp.server.tools import TOOLS
from whoop_mcp.server.uris import URIS
from whoop_mcp.simulator import life
from whoop_mcp.simulator.account import Account
from whoop_mcp.whoop.resources import BODY, COLLECTIONS, PROFILE

from ..server.test_stdio import served
from ..support.faults import FaultySimulator
from ..support.logins import logged_in
from ..support.mirrored_accounts import MirroredAccount

Ask = Callable[[str, dict[str, Any]], dict[str, Any]]
"""A tool's name and arguments; its structured answer."""


@pytest.fixture
def account() -> Account:
    return life.make(seed=4, days=60, until=times.now())


@pytest.fixture
def simulator(account: Account) -> Iterator[FaultySimulator]:
    with FaultySimulator(account, limit=None, day_limit=None) as running:
        yield running


@pytest.fixture
def environ(tmp_path: Path, simulator: FaultySimulator) -> dict[str, str]:
    """The environment of a home that is logged in to the account."""
    logged_in(tmp_path, simulator)
    return {"WHOOP_HOME": str(tmp_path / "home"), "WHOOP_BASE_URL": simulator.url}


def truths(
    account: Account, simulator: FaultySimulator, folder: Path
) -> dict[str, list[dict[str, Any]]]:
    """WHOOP's records as flat ones, newest first."""
    one = MirroredAccount(account, simulator, folder)
    one.transport.close()
    return {resource.name: list(one.truth(resource).values()) for resource in COLLECTIONS}


def check_tools(ask: Ask, account: Account, truth: dict[str, Any], folder: Path) -> None:
    """Every tool answers what the account says."""
    assert ask("get_whoop_auth_status", {})["status"] == "valid"
    assert ask("get_whoop_profile", {}) == PROFILE.flatten(account.profile)
    assert ask("get_whoop_body_measurement", {}) == BODY.flatten(account.body)
    report = ask("sync_whoop", {})
    assert report["status"] == "success" and len(report["resources"]) == 6
    month = {"start": times.plus(account.now(), days=-30)}
    for resource in COLLECTIONS:
        page = ask(f"list_whoop_{resource.name}", {**month, "limit": 1000})
        records = page["records"]
        while page["next_cursor"]:
            page = ask(f"list_whoop_{resource.name}", {"cursor": page["next_cursor"]})
            records += page["records"]
        late = [one for one in truth[resource.name] if (one["end"] or "9") > month["start"]]
        assert sorted(records, key=str) == sorted(late, key=str) and page["complete"]
        assert page["total"] == len(records)
    recovery = truth["recoveries"][3]
    cycle = {"cycle_id": recovery["cycle_id"]}
    by_id = {one["id"]: one for one in truth["cycles"]}
    assert ask("get_whoop_cycle", cycle) == by_id[recovery["cycle_id"]]
    assert ask("get_whoop_cycle_recovery", cycle) == recovery
    sleep = ask("get_whoop_cycle_sleep", cycle)
    assert sleep["id"] == recovery["sleep_id"]
    assert ask("get_whoop_sleep", {"sleep_id": sleep["id"]}) == sleep
    workout = truth["workouts"][5]
    assert ask("get_whoop_workout", {"workout_id": workout["id"]}) == workout
    summary = ask("get_whoop_daily_summary", {"date": sleep["end_local"][:10]})
    assert summary["recovery"] == recovery and summary["sleep"] == sleep and summary["complete"]
    events = ask("get_whoop_events", {"since": "2000-01-01", "limit": 5})
    assert events["count"] == 5 and events["next_cursor"] and events["resume_cursor"]
    path = folder / "workouts.csv"
    written = ask("export_whoop", {"kind": "workouts", "format": "csv", "path": str(path)})
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert written["files"][0]["records"] == len(rows) == len(truth["workouts"])
    assert ask("health_check", {})["status"] == "healthy"


def check_uris(read: Callable[[str], Any], account: Account, truth: dict[str, Any]) -> None:
    """Every URI answers from the cache what the tools have fetched."""
    start, end = times.plus(account.now(), days=-3), quote(account.now())
    for resource in COLLECTIONS:
        page = read(f"whoop://db/{resource.name}/{start}/{end}")
        late = [one for one in truth[resource.name] if (one["end"] or "9") > start]
        assert sorted(page["records"], key=str) == sorted(late, key=str)
    assert read("whoop://db/profile") == PROFILE.flatten(account.profile)
    assert read("whoop://db/body_measurement") == BODY.flatten(account.body)
    assert len(read("whoop://db/sync_runs/6")["sync_runs"]) == 6
    assert read("whoop://db/events/2000-01-01")["count"] > 20
    assert read(f"whoop://db/events/2000-01-01/{start}")["count"] > 20
    assert read("whoop://db/steps/1")["error"]["code"] == "VALIDATION_ERROR"


def test_a_raw_client_gets_everything_right(
    tmp_path: Path, account: Account, simulator: FaultySimulator, environ: dict[str, str]
) -> None:
    """JSON lines on a pipe: all tools and nine URIs are listed, and each answers the truth."""
    truth = truths(account, simulator, tmp_path / "truth")
    with served(environ=environ) as wire:
        wire.initialize()
        tools = wire.ask("tools/list")["result"]["tools"]
        assert [tool["name"] for tool in tools] == [tool.name for tool in TOOLS]
        fixed = wire.ask("resources/list")["result"]["resources"]
        templates = wire.ask("resources/templates/list")["result"]["resourceTemplates"]
        ours = [*fixed, *templates]
        assert sum("ui://" not in json.dumps(one) for one in ours) == len(URIS) == 9

        def ask(name: str, given: dict[str, Any]) -> dict[str, Any]:
            result = wire.tool(name, given)
            assert not result.get("isError"), result
            assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
            answer: dict[str, Any] = result["structuredContent"]
            return answer

        def read(uri: str) -> Any:
            (content,) = wire.ask("resources/read", uri=uri)["result"]["contents"]
            assert content["mimeType"] == "application/json"
            return json.loads(content["text"])

        check_tools(ask, account, truth, tmp_path)
        check_uris(read, account, truth)
        code, _ = wire.leave()
        assert code == 0


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_the_sdks_client_gets_everything_right(
    tmp_path: Path, account: Account, simulator: FaultySimulator, environ: dict[str, str], mode: Any
) -> None:
    """The same through the SDK's own client, in both of its modes, started as a client does."""
    truth = truths(account, simulator, tmp_path / "truth")
    command = mcp.StdioServerParameters(
        command=sys.executable, args=["-m", "whoop_mcp"], env={**os.environ, **environ}
    )

    async def main() -> None:
        async with mcp.Client(command, mode=mode) as client:
            assert len((await client.list_tools()).tools) == len(TOOLS)

            def ask(name: str, given: dict[str, Any]) -> dict[str, Any]:
                result = anyio.from_thread.run(client.call_tool, name, given)
                assert not result.is_error, result
                assert isinstance(result.structured_content, dict)
                return result.structured_content

            def read(uri: str) -> Any:
                content: Any = anyio.from_thread.run(client.read_resource, uri).contents[0]
                return json.loads(content.text)

            await anyio.to_thread.run_sync(check_tools, ask, account, truth, tmp_path)
            await anyio.to_thread.run_sync(check_uris, read, account, truth)

    anyio.run(main)


@pytest.mark.slow
def test_without_a_login_the_server_says_how_to_get_one(tmp_path: Path) -> None:
    """It starts, lists its tools, and every read is AUTH_FAILED with the command that helps."""
    with served(environ={"WHOOP_HOME": str(tmp_path / "home")}) as wire:
        wire.initialize()
        for name in ("list_whoop_cycles", "sync_whoop", "get_whoop_profile"):
            result = wire.tool(name)
            assert result["isError"]
            error = result["structuredContent"]["error"]
            assert error["code"] == "AUTH_FAILED" and "whoop-mcp login" in error["hint"]
        health = wire.tool("health_check")["structuredContent"]
        assert health["status"] == "unhealthy" and health["checks"]["auth"]["status"] == "fail"


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"not a database at all" * 99, b""])
def test_a_database_that_is_not_ours_is_left_alone(
    tmp_path: Path, environ: dict[str, str], content: bytes
) -> None:
    """CACHE_ERROR from every tool that needs it, the bytes as they were; an empty file is used."""
    path = tmp_path / "home" / "whoop.db"
    path.write_bytes(content)
    with served(environ=environ) as wire:
        wire.initialize()
        result = wire.tool("list_whoop_cycles")
        if content:
            assert result["structuredContent"]["error"]["code"] == "CACHE_ERROR"
            checks = wire.tool("health_check")["structuredContent"]["checks"]
            assert checks["cache_readable"]["status"] == "fail"
            assert checks["api_reachable"]["status"] == "ok"
            assert path.read_bytes() == content
        else:
            assert result["structuredContent"]["complete"]
