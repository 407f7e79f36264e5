"""The report at the terminal: shown in a browser, and every day by the system's own schedule."""

from __future__ import annotations

import json
import os
import plistlib
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path, PureWindowsPath
from typing import Any

import pytest

from whoop_mcp.cli import schedule
from whoop_mcp.cli.schedule import When
from whoop_mcp.cli.table import COMMANDS as TABLE
from whoop_mcp.errors import ValidationError

from ..support import logins
from ..support.commands import environ, run
from ..support.faults import FaultySimulator

ODD = 'Ann\'s "runs" 100% é $HOME `x` \\ b'
"""A folder's name that a shell, cron and XML would each read as something else."""

PYTHON = "/opt/my tools/python"
COMMANDS = [
    [PYTHON, "-m", "whoop_mcp", "sync"],
    [PYTHON, "-m", "whoop_mcp", "report", "--out", f"/home/{ODD}/whoop.html", "--overwrite"],
]


@pytest.fixture
def whoop() -> Iterator[FaultySimulator]:
    """A WHOOP server, its account a few days long."""
    with logins.whoop() as simulator:
        yield simulator


@pytest.fixture
def env(tmp_path: Path, whoop: FaultySimulator) -> dict[str, str]:
    """The environment of a person who is logged in, and whose folders have odd names."""
    folder = tmp_path / (ODD if os.name != "nt" else "Ann b")
    folder.mkdir()
    logins.logged_in(folder, whoop)
    more = {"WHOOP_HOME": str(folder / "home"), "WHOOP_BASE_URL": whoop.url}
    kept = environ(folder, **more)
    for name in ("BROWSER", "DISPLAY", "WAYLAND_DISPLAY", "SSH_CONNECTION", "SSH_TTY"):
        kept.pop(name, None)
    return kept


def answer(*typed: str, env: dict[str, str]) -> dict[str, Any]:
    """What a command prints as JSON, once it was done."""
    done = run(*typed, "--json", env=env)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


# ── when ──


@pytest.mark.parametrize(
    ("typed", "when"),
    [
        ("morning", When(8, 0)),
        ("every morning", When(8, 0)),
        ("Evening", When(20, 0)),
        ("noon", When(12, 0)),
        ("7:05", When(7, 5)),
        ("23:59", When(23, 59)),
        ("daily 06:30", When(6, 30)),
        ("monday", When(8, 0, 1)),
        ("Sundays", When(8, 0, 0)),
        ("sunday evening", When(20, 0, 0)),
        ("07:15 fri", When(7, 15, 5)),
    ],
)
def test_a_time_as_people_say_it(typed: str, when: When) -> None:
    """A part of the day, a clock's time, a weekday, or both in either order."""
    assert schedule.read(typed) == when


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "24:00",
        "7",
        "7:5",
        "morning evening",
        "monday tuesday",
        "daily",
        "soon",
        "* * *",
        "१:३०",
    ],
)
def test_no_time_is_refused(typed: str) -> None:
    """With examples; nothing is printed."""
    with pytest.raises(ValidationError, match="--every") as refused:
        schedule.read(typed)
    assert "07:30" in str(refused.value.hint)


def test_a_wrong_time_is_2_and_says_what_to_type(env: dict[str, str]) -> None:
    """As every usage error; no file is written."""
    done = run("report", "--every", "whenever", env=env)
    assert done.returncode == 2 and "monday" in done.stderr and not done.stdout
    assert not (Path(env["HOME"]) / "whoop.html").exists()


def test_a_fixed_end_is_not_for_every_day(env: dict[str, str]) -> None:
    """Each page would tell of the same days: it is refused, with what to do."""
    done = run("report", "--every", "morning", "--end", "2026-05-01", env=env)
    assert done.returncode == 2 and "Leave it out" in done.stderr and not done.stdout


# ── Linux ──


def cron_runs(line: str) -> tuple[list[str], str]:
    """The fields of a crontab's line and the command that cron hands to `sh -c`."""
    *fields, command = line.split(" ", 5)
    out, rest = "", command
    while rest:
        if rest.startswith(r"\%"):
            out, rest = out + "%", rest[2:]
            continue
        assert rest[0] not in "%\n", "cron would end the command here"
        out, rest = out + rest[0], rest[1:]
    return fields, out


def test_a_crontab_line_says_when_and_keeps_every_word() -> None:
    """Five fields, then commands of which a shell makes the words that were meant."""
    settings = {"WHOOP_HOME": f"/srv/{ODD}"}
    (part,) = schedule.parts(When(7, 5, 0), COMMANDS, settings, system="linux", home=Path("/home"))
    fields, command = cron_runs(part.text)
    assert fields == ["5", "7", "*", "*", "0"] and part.file is None
    words = shlex.split(command.replace(";", " ; "))
    exported, *rest = [
        words[start:end]
        for start, end in zip(
            [0, *(at + 1 for at, word in enumerate(words) if word == ";")],
            [*(at for at, word in enumerate(words) if word == ";"), len(words)],
            strict=True,
        )
    ]
    assert exported == ["export", f"WHOOP_HOME=/srv/{ODD}"]
    assert rest == [[*each, ">/dev/null"] for each in COMMANDS]


@pytest.mark.posix
@pytest.mark.skipif(sys.platform != "linux", reason="crontab is what Linux is given")
@pytest.mark.slow
def test_what_cron_would_run_syncs_and_writes_the_report(
    env: dict[str, str], whoop: FaultySimulator
) -> None:
    """The printed line, run as cron runs it, with nothing of this environment but a home: the
    cache is synced, the report is there, twice in a row, and nothing is said."""
    page = Path(env["HOME"]) / "my page.html"
    told = answer("report", "--every", "morning", "--out", str(page), "--days", "7", env=env)
    assert not page.exists() and not whoop.log and "warnings" not in told
    fields, command = cron_runs(told["parts"][0]["text"])
    assert fields == ["0", "8", "*", "*", "*"]
    bare = {name: env[name] for name in ("HOME", "PYTHONPATH")}
    for _ in range(2):
        done = subprocess.run(
            ["/bin/sh", "-c", command], env=bare, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
        page.write_text("old", encoding="utf-8")
    assert whoop.log and (Path(env["WHOOP_HOME"]) / "whoop.db").exists()


# ── macOS and Windows ──


def test_a_launchd_agent_is_a_property_list_of_the_same() -> None:
    """As launchd reads it: the weekday, the settings, and a shell that makes the words meant."""
    settings = {"WHOOP_HOME": f"/srv/{ODD}"}
    home = Path("/Users/Ann B")
    save, load = schedule.parts(When(7, 5, 2), COMMANDS, settings, system="darwin", home=home)
    agent = plistlib.loads(save.text.encode())
    assert agent["Label"] == schedule.LABEL and agent["EnvironmentVariables"] == settings
    assert agent["StartCalendarInterval"] == {"Hour": 7, "Minute": 5, "Weekday": 2}
    shell, option, line = agent["ProgramArguments"]
    assert (shell, option) == ("/bin/sh", "-c")
    first, second = line.split("; ")
    assert [shlex.split(first), shlex.split(second)] == [[*w, ">/dev/null"] for w in COMMANDS]
    assert save.file == f"/Users/Ann B/Library/LaunchAgents/{schedule.LABEL}.plist"
    loading = shlex.split(load.text.replace("$(id -u)", "501"))
    assert loading == ["launchctl", "bootstrap", "gui/501", save.file]


def test_windows_starts_a_batch_file() -> None:
    """Its paths between quotes, a per cent sign doubled; schtasks is given the file alone, in
    fewer characters than it takes at most."""
    python = r"C:\Program Files\100% Python\python.exe"
    commands = [[python, "-m", "whoop_mcp", "sync"], [python, "--out", "C:\\a b\\"]]
    home = PureWindowsPath(r"C:\Users\Ann B")
    batch, task = schedule.parts(
        When(20, 0, 6), commands, {"WHOOP_HOME": r"D:\50% of it"}, system="win32", home=home
    )
    lines = batch.text.splitlines()
    quoted = r'"C:\Program Files\100%% Python\python.exe"'
    assert lines == [
        "@echo off",
        "chcp 65001 >nul",
        r'set "WHOOP_HOME=D:\50%% of it"',
        f"{quoted} -m whoop_mcp sync >nul",
        f'{quoted} --out "C:\\a b\\\\" >nul',
    ]
    assert batch.file == r"C:\Users\Ann B\whoop-report.cmd"
    run_by = r'"\"C:\Users\Ann B\whoop-report.cmd\""'
    assert task.text == (
        f"schtasks /Create /TN whoop-report /SC WEEKLY /D SAT /ST 20:00 /TR {run_by}"
    )
    (_, daily) = schedule.parts(When(8, 0), commands, {}, system="win32", home=home)
    assert "/SC DAILY /ST 08:00" in daily.text


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
@pytest.mark.parametrize("name", ["two\nlines", "re\rturn", "nul\0", "half \ud800", "next\u2028"])
def test_what_cannot_be_written_is_refused(system: str, name: str) -> None:
    """A line break in a folder's name would make another line of the schedule."""
    for commands, settings in (([[PYTHON, name]], {}), (COMMANDS[:1], {"WHOOP_HOME": name})):
        with pytest.raises(ValidationError, match="cannot hold"):
            schedule.parts(When(8, 0), commands, settings, system=system, home=Path("/home/a"))


# ── what is carried along, and what is said ──


def test_settings_are_carried_and_secrets_never(env: dict[str, str]) -> None:
    """Neither the app's id and secret nor a proxy's password; what was asked of the report is."""
    secrets = {
        "WHOOP_CLIENT_ID": "id-5b1d",
        "WHOOP_CLIENT_SECRET": "secret-9c2e",
        "HTTPS_PROXY": "http://ann:password-77@proxy.example:3128",
    }
    more = {**env, **secrets, "WHOOP_RETENTION_DAYS": "400", "NO_PROXY": "127.0.0.1"}
    told = answer("report", "--every", "sunday", "--free-days", "fri,sat", "--open", env=more)
    text = "\n".join(part["text"] for part in told["parts"])
    assert "400" in text and "fri,sat" in text and "--open" in text and "--overwrite" in text
    assert str(Path(env["HOME"]) / "whoop.html").rpartition("%")[2] in text
    assert not any(word in text for word in ("5b1d", "9c2e", "password"))
    assert told["every"] == {"time": "08:00", "weekday": "sunday"}


def test_a_person_reads_what_to_do(env: dict[str, str]) -> None:
    """Where the lines go, that nothing is set up, and what would be replaced; the schedule's own
    lines are not wrapped."""
    (Path(env["HOME"]) / "whoop.html").write_text("mine", encoding="utf-8")
    done = run("report", "--every", "morning", env=env)
    assert done.returncode == 0 and not done.stderr
    said = " ".join(done.stdout.split())
    assert "every day at 08:00" in said and "Nothing is set up yet" in said
    assert "is there already, and would be replaced" in said
    told = answer("report", "--every", "morning", env=env)
    assert all(line in done.stdout for part in told["parts"] for line in part["text"].splitlines())
    assert (Path(env["HOME"]) / "whoop.html").read_text(encoding="utf-8") == "mine"


def test_what_the_shell_offers_can_be_read() -> None:
    """Each word that completes `--every` is a time."""
    (every,) = (one for one in TABLE["report"].arguments if one.name == "--every")
    assert len(every.words) == 10 and all(schedule.read(word) for word in every.words)


def test_a_python_that_is_thrown_away_is_warned_of(env: dict[str, str]) -> None:
    """The lines are printed all the same, with the way to install the program first."""
    there = str(Path(sys.executable).parent)
    told = answer("report", "--every", "morning", env={**env, "UV_CACHE_DIR": there})
    (warning,) = told["warnings"]
    assert "cleared away, and what is printed here fails from then on" in warning
    assert "uv tool install" in warning and told["parts"]


@pytest.mark.parametrize("path", ["/nowhere/whoop.html", "~/whoop.txt"])
def test_a_path_that_no_report_can_have_is_refused(env: dict[str, str], path: str) -> None:
    """Now, and not every morning by a mail of cron's."""
    done = run("report", "--every", "morning", "--out", path, env=env)
    assert done.returncode == 2 and done.stderr.startswith(f"`{path}` ")


# ── --open ──


@pytest.mark.posix
def test_open_shows_the_page_in_the_browser(env: dict[str, str], tmp_path: Path) -> None:
    """The browser is given the file's address, odd names and all."""
    shown, browser, hold = tmp_path / "shown", tmp_path / "browser", tmp_path / "hold"
    hold.touch()  # a browser stays
    browser.write_text(
        f"#!/bin/sh\nexec >{tmp_path}/said 2>&1\n"
        f'printf %s "$1" >{shown}.part && mv {shown}.part {shown}\n'
        f"while [ -e {hold} ]; do sleep 0.05; done\n"
    )
    browser.chmod(0o755)
    assert run("sync", env=env).returncode == 0
    try:
        told = answer("report", "--open", env={**env, "BROWSER": f"{browser} %s &"})
        assert told["opened"] is True
        until = time.monotonic() + 60
        while not shown.exists() and time.monotonic() < until:
            time.sleep(0.02)
        assert shown.read_text() == Path(told["path"]).as_uri()
        away = {**env, "BROWSER": f"{browser} %s &", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}
        shown.unlink()
        assert answer("report", "--open", "--overwrite", env=away)["opened"] is False
        assert not shown.exists()
    finally:
        hold.unlink()


@pytest.mark.posix
@pytest.mark.slow
def test_without_a_browser_the_path_is_said(env: dict[str, str]) -> None:
    """The report is written and the command succeeds."""
    assert run("sync", env=env).returncode == 0
    done = run("report", "--open", env={**env, "PATH": "/nowhere"})
    assert done.returncode == 0 and str(Path(env["HOME"]) / "whoop.html") in done.stdout
    assert "No browser opens here: open it." in done.stdout
    again = run("report", "--open", env=env)
    assert again.returncode == 1 and "--overwrite" in again.stderr
