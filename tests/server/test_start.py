"""What a start of the server brings along, and what waits until it is asked for."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.errors import ValidationError
from whoop_mcp.server import process

from ..support.fake_core import FakeCore
from .test_stdio import ROOT, Wire

AT_THE_START = {
    *("__main__", "cli", "cli.main", "cli.console", "surroundings", "windows", "errors", "logs"),
    *("redaction", "call", "patience", "jsontext", "server", "server.process", "server.protocol"),
    *("server.stdio", "server.catalogue", "server.dashboard", "server.descriptions"),
    *("server.client_log", "server.identity", "server.links", "server.subscriptions"),
    *("server.login_offer", "server.replies"),
}
"""Our own modules that the answer to the first message takes."""

HEAVY = {"sqlite3", "requests", "argparse", "difflib", "webbrowser"}
"""What the SDK does without, and so has to wait."""

AFTER_THE_LISTS = ("app", "settings", "cache", "sync", "reads", "archive", "login.", "insights")
ELSEWHERE = ("archive", "insights", "report", "trials.experiment", "reads.exports", "cli.table")
"""What only other calls than a day's summary need."""

LISTS = ("tools/list", "prompts/list", "resources/list", "resources/templates/list")


@contextmanager
def traced(folder: Path) -> Iterator[tuple[Wire, Path]]:
    """The server as clients start it, and a file in which it names what it imports."""
    imports = folder / "imports"
    with imports.open("wb") as errors:
        server = subprocess.Popen(
            [sys.executable, "-X", "importtime", "-m", "whoop_mcp"],
            cwd=ROOT,
            env={**os.environ, "WHOOP_HOME": str(folder / "home")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    watchdog = threading.Timer(60, server.kill)  # a silent server fails its test, not all of them
    watchdog.start()
    with server:
        try:
            yield Wire(server), imports
        finally:
            watchdog.cancel()
            server.kill()


def imported(imports: Path) -> tuple[set[str], set[str]]:
    """Our own modules that were imported by now, and those of `HEAVY`."""
    lines = imports.read_text(encoding="utf-8").splitlines()
    names = {line.rpartition("|")[2].strip() for line in lines if line.startswith("import time:")}
    ours = {name.partition(".")[2] for name in names if name.startswith("whoop_mcp.")}
    return ours, names & HEAVY


def test_the_first_answer_takes_no_more_than_it_needs(tmp_path: Path) -> None:
    """The answer to `initialize` imports the wire's own modules, and the lists the tables; what
    reads, asks WHOOP or reckons comes with the first call that does. Nothing is in the home before
    that."""
    with traced(tmp_path) as (wire, imports):
        wire.initialize()
        ours, heavy = imported(imports)
        assert {"server.protocol", "server.stdio"} <= ours <= AT_THE_START
        assert not heavy
        assert all("result" in wire.ask(method) for method in LISTS)
        ours, heavy = imported(imports)
        assert {"server.tools", "server.prompts", "server.uris"} <= ours
        assert not {one for one in ours if one.startswith(AFTER_THE_LISTS)}
        assert not heavy - {"difflib"}
        assert not (tmp_path / "home").exists()
        assert "error" in wire.tool("get_whoop_daily_summary")["structuredContent"]
        ours, heavy = imported(imports)
        assert {"app", "reads.days", "cache.cache"} <= ours
        assert not {one for one in ours if one.startswith(ELSEWHERE)}
        assert (tmp_path / "home" / "logs" / "whoop-mcp.log").exists()
        assert wire.process.stdin is not None
        wire.process.stdin.close()
        assert wire.process.wait(60) == 0


def test_a_server_that_is_asked_for_nothing_leaves_nothing(tmp_path: Path) -> None:
    """A client that leaves before any call finds the home as it was: not even made."""
    with traced(tmp_path) as (wire, imports):
        wire.initialize()
        assert wire.process.stdin is not None
        wire.process.stdin.close()
        assert wire.process.wait(60) == 0
        assert imported(imports)[0] <= AT_THE_START
    assert not (tmp_path / "home").exists()


@pytest.mark.slow
def test_calls_that_come_first_and_at_once_are_answered(tmp_path: Path) -> None:
    """Where the first calls need different parts, and need them at once, none finds one half made:
    each is answered as on an empty home, and as it is when asked again."""
    halves = {"a_start": "2026-03-01", "a_end": "2026-04-01", "b_start": "2026-04-01"}
    asked: list[tuple[str, dict[str, Any]]] = [
        ("get_whoop_insights", {}),
        ("sync_whoop", {}),
        ("query_whoop", {"sql": "SELECT count(*) FROM sleeps"}),
        ("compare_whoop_periods", {**halves, "b_end": "2026-05-01"}),
        ("export_whoop", {"kind": "all", "format": "csv", "path": str(tmp_path / "out")}),
        ("create_whoop_report", {"path": str(tmp_path / "report.html")}),
        ("import_whoop_export", {"path": str(tmp_path / "none.zip")}),
        ("whoop_experiment", {"action": "plan", "behaviour": "tea", "outcome": "recovery"}),
        ("get_whoop_journal", {}),
        ("get_whoop_events", {"since": "2026-04-01"}),
        ("list_whoop_sleeps", {}),
        ("health_check", {"live": False}),
    ]
    with traced(tmp_path) as (wire, _):
        wire.initialize()
        numbers = [wire.request("tools/call", name=name, arguments=given) for name, given in asked]
        answers = {}
        while len(answers) < len(numbers):
            answer = wire.receive()
            answers[answer.get("id")] = answer["result"]["structuredContent"]
        for number, (name, given) in zip(numbers, asked, strict=True):
            code = answers[number].get("error", {}).get("code")
            assert code != "INTERNAL_ERROR", answers[number]
            again = wire.tool(name, given)["structuredContent"]
            assert again.get("error", {}).get("code") == code


def test_calls_at_once_share_one_app() -> None:
    """However many threads ask first, the App is made once, and all of them get it."""
    made: list[Any] = []

    def make() -> Any:
        time.sleep(0.05)  # in which all the others come
        made.append(FakeCore())
        return made[-1]

    opening = process._Opening(make)
    found: list[Any] = []
    threads = [threading.Thread(target=lambda: found.append(opening.open())) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == made * 8


def test_an_app_that_could_not_be_made_is_tried_again() -> None:
    """Settings that were bad are read anew by the next call, and nothing of the failure stays."""
    outcomes = [ValidationError("WHOOP_MAX_AGE is not a number."), None]

    def make() -> Any:
        if problem := outcomes.pop(0):
            raise problem
        return FakeCore()

    opening = process._Opening(make)
    with pytest.raises(ValidationError):
        opening.open()
    assert opening.app is None
    assert opening.open() is opening.app
