"""What Windows alone does, asked of Python for Windows: nothing is replaced that somebody has open.

`.ci/windows` runs this under Wine; on a Windows machine `pytest -m windows` does.
"""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import logs, surroundings, windows
from whoop_mcp.app import App
from whoop_mcp.cache import Cache
from whoop_mcp.cli import demo
from whoop_mcp.destination import file_at
from whoop_mcp.errors import CacheEmpty, ExportError, ValidationError
from whoop_mcp.patience import patiently
from whoop_mcp.reads.exports import export
from whoop_mcp.report import document
from whoop_mcp.sync import audit, run

from ..support.commands import environ
from ..support.commands import run as command
from ..support.logins import age, logged_in, login, settings, whoop

pytestmark = [
    pytest.mark.windows,
    pytest.mark.skipif(sys.platform != "win32", reason="Python for Windows runs it"),
]

ROOT = Path(__file__).parents[2]


@contextmanager
def held_again_and_again(file: Path, *, seconds: float) -> Iterator[None]:
    """Have a file open for so long, again and again, as a scanner or an editor would."""
    over = threading.Event()

    def hold() -> None:
        while not over.wait(0.1):
            with suppress(OSError), file.open("rb"):
                over.wait(seconds)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


RENEWING = """
import sys, time
from pathlib import Path
from tests.support.logins import login
made = login(Path(sys.argv[1]), sys.argv[2])
ends, count, token = time.monotonic() + float(sys.argv[3]), 0, None
while time.monotonic() < ends:
    token = made.token(refused=token)
    count += 1
    time.sleep(0.02)
print(count)
"""


@pytest.mark.parametrize("processes", [2, 5])
def test_processes_renew_one_login_for_half_a_minute_each(tmp_path: Path, processes: int) -> None:
    """While another program has the file open again and again, none of them loses it, and nobody
    is told to log in."""
    with whoop() as simulator:
        made = logged_in(tmp_path, simulator)
        with held_again_and_again(tmp_path / "home" / "tokens.json", seconds=0.3):
            given = [sys.executable, "-c", RENEWING, str(tmp_path), simulator.url, "30"]
            running = [
                subprocess.Popen(
                    given, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT
                )
                for _ in range(processes)
            ]
            told = [process.communicate(timeout=120) for process in running]
        assert [errors for _, errors in told] == processes * [""]
        assert all(int(count) > 1 for count, _ in told)
        assert made.status()["status"] == "valid"
        answer = made._transport.exchange(
            "GET", "/developer/v2/user/profile/basic", token=made.token()
        )
        assert answer.status == 200


def test_a_file_that_is_never_let_go_costs_no_login(tmp_path: Path) -> None:
    """Where it is held for good, the renewed login is written into the file itself, and a new
    process has it."""
    with whoop() as simulator:
        made = logged_in(tmp_path, simulator)
        file = tmp_path / "home" / "tokens.json"
        stop = threading.Event()

        def hold() -> None:
            with file.open("rb"):
                stop.wait()

        thread = threading.Thread(target=hold)

        def begin(request: object) -> None:
            if not thread.is_alive():
                thread.start()
                time.sleep(0.2)

        simulator.before = begin
        age(tmp_path, 0)
        try:
            fresh = made.token()
            assert login(tmp_path, simulator.url).token() == fresh
        finally:
            stop.set()
            thread.join()


LOGGING = """
import logging, sys
from whoop_mcp import logs
from whoop_mcp.settings import Settings
logs._LARGEST, logs._BACKUPS = 40_000, 40
logs.set_up(Settings.read({"WHOOP_HOME": sys.argv[1]}), console=False)
for number in range(600):
    logging.getLogger("whoop_mcp.any").info("%s-%s %s", sys.argv[2], number, "x" * 200)
"""


def test_several_processes_write_one_log(tmp_path: Path) -> None:
    """Each line of each is there once and whole, in the log or in one of its backups."""
    running = [
        subprocess.Popen(
            [sys.executable, "-c", LOGGING, str(tmp_path), str(number)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=ROOT,
        )
        for number in range(4)
    ]
    assert [process.wait(timeout=120) for process in running] == [0, 0, 0, 0]
    found = [
        re.fullmatch(r"(\d-\d+) x{200}", json.loads(line)["message"])
        for file in (tmp_path / "logs").iterdir()
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    counted = Counter(one and one[1] for one in found)
    assert counted == {f"{one}-{number}": 1 for one in range(4) for number in range(600)}


def test_a_log_that_somebody_reads_grows_and_keeps_its_backups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is lost while an editor has the log or a backup open; afterwards it moves on."""
    monkeypatch.setattr(logs, "_LARGEST", 1000)
    logs.set_up(settings(tmp_path, "http://127.0.0.1:9"), console=False)
    log = logging.getLogger("whoop_mcp.any")
    file = tmp_path / "home" / "logs" / "whoop-mcp.log"
    try:
        log.info("first %s", "x" * 1000)
        log.info("second %s", "x" * 1000)
        before = file.with_name("whoop-mcp.log.1").read_bytes()
        with file.open("rb"):
            for number in range(7):
                log.info("held %s %s", number, "x" * 1000)
        assert file.with_name("whoop-mcp.log.1").read_bytes() == before
        assert file.read_bytes().count(b"held") == 7
        log.info("free")
        assert file.read_bytes().count(b"\n") == 1
        assert file.with_name("whoop-mcp.log.2").read_bytes() == before
    finally:
        logs.close()


# ── the cache of a server ──


@pytest.mark.parametrize("how", ["replaced", "removed"])
def test_a_server_lets_its_cache_go(app: App, tmp_path: Path, how: str) -> None:
    """A second after its last answer a server has the file open no more: whoever waits a little
    may put another in its place, and the next answer is of that."""
    place = app.settings.db_path
    Cache(tmp_path / "other.db").remember("whose", "the other's")
    app.cache.keep_open()
    app.cache.remember("whose", "the first's")
    assert app.cache.recall("whose") == "the first's"
    if how == "replaced":
        patiently(partial((tmp_path / "other.db").replace, place))
    else:
        patiently(place.unlink)
    assert app.cache.recall("whose") == ("the other's" if how == "replaced" else None)


def test_another_process_purges_what_a_server_has_open(app: App, tmp_path: Path) -> None:
    """It finds nobody in its way, and what is deleted is gone from the disk."""
    app.cache.keep_open()
    with app.cache.reading() as seen:
        seen.require_content()
    env = environ(tmp_path / "person", WHOOP_HOME=str(app.settings.home))
    done = command("purge", "--all", "--yes", env=env)
    assert (done.returncode, done.stderr) == (0, "")
    with app.cache.reading() as seen, pytest.raises(CacheEmpty):
        seen.require_content()


# ── exports, the report, clients' files ──


@pytest.fixture
def app() -> Iterator[App]:
    """An account that is synced, for as long as the sandbox around it lasts."""
    with demo.sandbox() as sandbox:
        made = sandbox.login()
        run.sync(made.mirror)
        yield made
        made.cache.close()


@pytest.mark.parametrize("what", ["export", "report"])
def test_a_table_that_is_open_elsewhere(
    app: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """It is waited for; held for good, the error says who may hold it, and the old one stays."""
    place = tmp_path / ("a.csv" if what == "export" else "a.html")

    def write() -> None:
        if what == "export":
            export(app.cache, "sleeps", "csv", str(place), home=app.settings.home, overwrite=True)
        else:
            document.create(app.cache, str(place), home=app.settings.home, overwrite=True)

    place.write_bytes(b"old")
    with held_again_and_again(place, seconds=0.5):
        write()
    assert place.read_bytes() != b"old"
    place.write_bytes(b"old")
    monkeypatch.setattr("whoop_mcp.patience.SECONDS", 0.5)
    with place.open("rb"), pytest.raises(ExportError, match="Excel"):
        write()
    assert [(one.name, one.read_bytes()) for one in tmp_path.glob("a.*")] == [(place.name, b"old")]


def test_a_client_that_is_running(tmp_path: Path) -> None:
    """The entry goes into the file of one that reads it again and again; twice does no harm."""
    person = tmp_path / "person"
    folder = person / "AppData" / "Roaming" / "Claude"
    folder.mkdir(parents=True)
    file = folder / "claude_desktop_config.json"
    file.write_text('{"theme": "dark"}')
    env = environ(person, APPDATA=str(folder.parent), LOCALAPPDATA=str(tmp_path / "local"))
    with held_again_and_again(file, seconds=0.3):
        for _ in range(2):
            done = command("install", "--client", "claude-desktop", "--write", env=env)
            assert (done.returncode, done.stderr) == (0, "")
    whole = json.loads(file.read_text())
    assert whole["theme"] == "dark"
    assert whole["mcpServers"]["whoop"]["command"] == sys.executable


@pytest.mark.parametrize(
    "path",
    [
        r"\\127.0.0.1\share\a.csv",
        "//127.0.0.1/share/a.csv",
        r"\\.\pipe\a.csv",
        r"\\?\C:\a.csv",
        r"C:\a.txt:b.csv",
        "~/con.csv",
        r"~\Downloads\..\nul.csv",
    ],
)
def test_names_that_are_no_files(tmp_path: Path, path: str) -> None:
    """They are refused by their spelling, before anybody is asked for them."""
    with pytest.raises(ValidationError, match="path"):
        file_at(path, ".csv", home=tmp_path / "home")


# ── programs ──


def test_the_demo_ends_and_leaves_its_report_alone(tmp_path: Path) -> None:
    """It ends by itself, and its folder is gone with the log that was open in it."""
    person = tmp_path / "person"
    done = command("demo", env=environ(person))
    assert (done.returncode, done.stderr) == (0, "")
    assert [one.name[:17] for one in (person / "tmp").iterdir()] == ["whoop-mcp-report-"]


def test_the_served_demo_ends_with_its_client(tmp_path: Path) -> None:
    """It answers, and when its input ends it is gone with its folder."""
    person = tmp_path / "person"
    asked: list[dict[str, Any]] = [
        {
            "id": 1,
            "method": "initialize",
            "params": {
                "protocolVersion": "2025-06-18",
                "capabilities": {},
                "clientInfo": {"name": "test", "version": "1"},
            },
        },
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": {"name": "list_whoop_sleeps"}},
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "whoop_mcp", "demo", "--serve"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=environ(person),
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        for one in asked:
            server.stdin.write(json.dumps({"jsonrpc": "2.0", **one}).encode() + b"\n")
            server.stdin.flush()
        answers = [json.loads(server.stdout.readline()) for _ in range(2)]
        server.stdin.close()
        assert server.wait(timeout=60) == 0
    assert answers[1]["result"]["structuredContent"]["records"]
    assert list((person / "tmp").iterdir()) == []


def test_who_leaves_is_no_error(tmp_path: Path) -> None:
    """Where the reader of the output goes away, the program ends without a word."""
    with subprocess.Popen(
        [sys.executable, "-m", "whoop_mcp", "demo"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environ(tmp_path),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 1


def test_nothing_is_no_terminal(tmp_path: Path) -> None:
    """NUL, which calls itself one, is asked for nothing."""
    with Path(os.devnull).open() as nothing:
        assert nothing.isatty()
        assert not surroundings.is_terminal(nothing)
        assert not windows.takes_escapes(nothing)


def test_a_sync_of_another_process_is_not_interrupted(app: App) -> None:
    """One that runs is told from one that was killed, and from another with its number since."""
    with subprocess.Popen(
        [sys.executable, "-c", "input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        began = audit._beginning(process.pid)
        assert audit._alive(f"{process.pid}:began {began}")
        assert audit._alive(f"{process.pid}:0f0f0f0f")  # an older version's
        assert not audit._alive(f"{process.pid}:began 1")
        process.kill()
        process.wait()
        assert not audit._alive(f"{process.pid}:began {began}")
    assert audit._alive(audit._name(os.getpid()))
