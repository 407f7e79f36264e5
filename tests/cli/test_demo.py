"""The demo: the whole way on an account of its own, and nothing of it left."""

from __future__ import annotations

import json
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import logs
from whoop_mcp.cli import demo
from whoop_mcp.cli.console import Console

from ..support.commands import environ, run

# What a person's own environment may hold, all of which would lead the demo astray.
STRAY = {
    "WHOOP_HOME": "/nonexistent/home",
    "WHOOP_BASE_URL": "http://not-loopback.invalid",
    "WHOOP_MAX_AGE": "rubbish",
    "HTTP_PROXY": "http://127.0.0.1:9",
    "http_proxy": "http://127.0.0.1:9",
    "no_proxy": "example.com",
}


def left(folder: Path) -> list[Path]:
    """What a run left in its home and temporary folder, but for the report to look at."""
    reports = folder.glob("tmp/whoop-mcp-report-*")
    shown = {one for report in reports for one in (report, report / "whoop.html")}
    return [path for path in folder.rglob("*") if path.name != "tmp" and path not in shown]


def test_it_tells_the_whole_way_and_leaves_a_report(tmp_path: Path) -> None:
    """From the login to the registration all is told in 80 columns; proxies and WHOOP_* of the
    environment do not count; the last line is the report's path, and nothing else is left."""
    person = tmp_path / "person"
    done = run("demo", env=environ(person, **STRAY))
    assert (done.returncode, done.stderr) == (0, "")
    for words in (
        "1. Log in",
        "2. Sync 90 days",
        "resting heart rate",
        "asleep",
        "strain",
        "recoveries  scored",
        "workouts    created",
        "asleep_seconds,awake_seconds",
        "needs no login at all",
        "late coffee: yes",
        "now removed",
        "claude mcp add",
        sys.executable,
        "-m whoop_mcp",
    ):
        assert words in done.stdout
    assert "demo-secret" not in done.stdout
    assert "\x1b" not in done.stdout
    told = [line for line in done.stdout.splitlines() if os.sep not in line]
    assert max(map(len, told)) <= 80
    assert left(person) == []
    place = Path(done.stdout.splitlines()[-1])
    assert place.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert str(person / "tmp") in str(place)


@pytest.mark.slow
def test_as_json_it_is_one_object(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For a program the same comes as one object, its home gone when it is read."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    demo.show(Console(as_json=True))
    told = json.loads(capsys.readouterr().out)
    assert told["status"] == told["sync"]["status"] == told["export"]["status"] == "success"
    assert set(told["summary"]["score_states"].values()) == {"SCORED"}
    assert {(one["resource"], one["change"]) for one in told["events"]} == {
        ("recoveries", "scored"),
        ("workouts", "created"),
    }
    assert not Path(told["removed"]).exists()
    assert Path(told["report"]["path"]).stat().st_size == told["report"]["bytes"]


def test_a_failing_demo_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when something breaks on the way, the folder is removed."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    before = list(tmp_path.iterdir())

    def broken(*_: object) -> Any:
        raise OSError("broken")

    monkeypatch.setattr(demo.run, "sync", broken)
    with pytest.raises(OSError, match="broken"):
        demo.show(Console(as_json=True))
    assert list(tmp_path.iterdir()) == before


# ── serving ──


class Served:
    """`demo --serve` in a process, spoken to in JSON lines."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "whoop_mcp", "demo", "--serve"],
            env=environ(folder, **STRAY),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        client = {"name": "test", "version": "1"}
        self.ask("initialize", protocolVersion="2025-06-18", capabilities={}, clientInfo=client)
        self._send(method="notifications/initialized")

    def _send(self, **message: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")
        self.process.stdin.flush()

    def ask(self, method: str, **params: Any) -> Any:
        """The result of one request."""
        assert self.process.stdout is not None
        self._send(id=1, method=method, params=params)
        return json.loads(self.process.stdout.readline())["result"]

    def tool(self, name: str, **given: Any) -> Any:
        """A tool's structured answer."""
        return self.ask("tools/call", name=name, arguments=given)["structuredContent"]


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    one = Served(tmp_path / "person")
    with one.process:
        yield one
        one.process.kill()


@pytest.mark.slow
def test_served_it_is_logged_in_and_full(served: Served) -> None:
    """A client finds a login, a healthy server, ninety days and events, and can ask for more;
    when it leaves, the folder goes too."""
    assert served.tool("get_whoop_auth_status")["status"] == "valid"
    assert served.tool("health_check")["status"] == "healthy"
    assert served.tool("list_whoop_cycles", limit=2)["total"] > 20
    assert served.tool("get_whoop_events", since="2020-01-01", limit=1)["count"] == 1
    assert served.tool("sync_whoop")["status"] == "success"
    assert left(served.folder) != []
    assert served.process.stdin is not None
    assert served.process.stdout is not None
    served.process.stdin.close()
    assert served.process.stdout.read() == ""
    assert served.process.wait(60) == 0
    assert left(served.folder) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without a word to it")
@pytest.mark.slow
def test_terminated_it_leaves_nothing(served: Served) -> None:
    """A client that ends the server by a signal leaves nothing behind either."""
    served.process.send_signal(signal.SIGTERM)
    served.process.wait(60)
    assert left(served.folder) == []


def test_the_log_is_closed_before_its_folder_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On Windows an open file keeps its folder: both ways out of a sandbox close it before."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    remove = shutil.rmtree
    seen: list[list[logging.Handler]] = []

    def removing(folder: Path, **options: Any) -> None:
        seen.append(logging.getLogger("whoop_mcp").handlers)
        remove(folder, **options)

    monkeypatch.setattr(shutil, "rmtree", removing)
    for leave in (demo.Sandbox.clear, lambda sandbox: None):
        with demo.sandbox() as sandbox:
            logs.set_up(sandbox.settings, console=False)
            leave(sandbox)
    assert seen
    assert not any(seen)
    assert not list(tmp_path.glob("whoop-mcp-demo-*"))
