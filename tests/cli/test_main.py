"""The commands: what they print, for people and programs, and how they end."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import __version__, files, logs, times
from whoop_mcp.cli import console, handshake, main, starts
from whoop_mcp.cli.table import COMMANDS
from whoop_mcp.server.tools import BY_NAME
from whoop_mcp.settings import Settings
from whoop_mcp.whoop.resources import BODY

from ..support import logins
from ..support.commands import REPOSITORY, environ, run
from ..support.faults import FaultySimulator

CLI = [sys.executable, "-m", "whoop_mcp"]
posix = pytest.mark.skipif(os.name == "nt", reason="no pseudo-terminals and signals as here")


@pytest.fixture
def whoop() -> Iterator[FaultySimulator]:
    """A WHOOP server, its account a few days long."""
    with logins.whoop() as simulator:
        yield simulator


@pytest.fixture
def env(tmp_path: Path, whoop: FaultySimulator) -> dict[str, str]:
    """The environment of a person who has not logged in yet."""
    home = str(tmp_path / "person" / "home")
    more = {"WHOOP_HOME": home, "WHOOP_BASE_URL": whoop.url}
    return environ(tmp_path / "person", **more)


@pytest.fixture
def person(
    env: dict[str, str], tmp_path: Path, whoop: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A person who is logged in, in this process too; their folder."""
    logins.logged_in(tmp_path / "person", whoop)
    for name in ("HOME", "WHOOP_HOME", "WHOOP_BASE_URL"):
        monkeypatch.setenv(name, env[name])
    monkeypatch.chdir(tmp_path / "person")
    return tmp_path / "person"


class Told:
    """A command run in this process: its exit code and what it printed."""

    def __init__(self, capsys: pytest.CaptureFixture[str], *arguments: str) -> None:
        self.code = main.main(arguments)
        self.out, self.err = capsys.readouterr()

    @property
    def json(self) -> Any:
        """The one JSON object that was printed."""
        assert self.err == ""
        return json.loads(self.out)

    def fits(self) -> bool:
        """Whether all but paths and cursors fit 80 columns, without colour."""
        lines = [line for line in self.out.splitlines() if "/" not in line and "ey" not in line]
        return max(map(len, lines)) <= 80 and "\x1b" not in self.out


# ── the parser ──


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--help` says what a command does, with its arguments and examples, and ends with 0."""
    with pytest.raises(SystemExit) as ended:
        main.main([name, "--help"])
    said = capsys.readouterr().out
    assert ended.value.code == 0
    assert "examples:" in said
    assert all(example in said for example in COMMANDS[name].examples)
    assert max(map(len, said.splitlines())) <= 80


def test_help_and_version_bring_nothing_heavy_along() -> None:
    """Both answer before any library, the database or the network code is imported."""
    program = """
import sys
import tempfile
from whoop_mcp.cli.main import main
for arguments in (["--help"], ["--version"], ["sync", "--help"]):
    try:
        main(arguments)
    except SystemExit as ended:
        assert ended.code == 0
main(["completion", "bash"])
print(sorted({"requests", "mcp", "anyio", "cryptography", "sqlite3"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert f"whoop-mcp {__version__}" in done.stdout
    assert done.stdout.splitlines()[-1] == "[]"


def test_what_is_typed_is_checked_without_the_sdk(env: dict[str, str]) -> None:
    """Commands read their arguments by the tools' own tables; the SDK, which takes a second to
    import, is for serving."""
    program = """
import sys
from whoop_mcp.cli.main import main
for line in ("report --every morning", "insights", "compare 2026-03 2026-04", "query SELECT",
             "journal", "log tea", "experiment status", "import none.zip", "sync", "status"):
    assert main(line.split()) in (0, 1, 2), line
print(sorted({"mcp", "anyio"} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["sync", "--resorces", "sleeps"],
        ["sync", "--resources", "naps"],
        ["sync", "--since", "last week"],
        ["sync", "--sin", "2026-04-20"],
        ["events"],
        ["events", "--since", "2026-04-20", "--limit", "0"],
        ["export", "sleeps", "--format", "xlsx", "--out", "a.xlsx"],
        ["export", "naps", "--format", "csv", "--out", "a.csv"],
        ["export", "sleeps", "--format", "csv", "--out", ""],
        ["purge"],
        ["purge", "--all", "--before", "2026-04-20"],
        ["purge", "--before", "2026-02-30", "--yes"],
        ["purge", "--before", "9000-01-01", "--yes"],
        ["purge", "--all"],
        ["completion", "fish"],
    ],
)
def test_misuse_is_2(
    arguments: list[str], person: Path, whoop: FaultySimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be meant ends with 2, a message and a hint, and nothing is sent or changed;
    with `--json` it is the error envelope on standard output."""
    told = Told(capsys, *arguments)
    assert (told.code, told.out) == (2, "")
    assert len(told.err.splitlines()) >= 2
    told = Told(capsys, *arguments, "--json")
    assert told.code == 2
    assert told.json["error"]["code"] == "VALIDATION_ERROR"
    assert whoop.log == []
    assert not (person / "home" / "whoop.db").exists()


@pytest.mark.parametrize(
    ("arguments", "help"),
    [
        (["login", "--bogus"], "whoop-mcp login -h"),
        (["login", "extra"], "whoop-mcp login -h"),
        (["sync", "--full", "--bogus"], "whoop-mcp sync -h"),
        (["events"], "whoop-mcp events -h"),
        (["--bogus"], "whoop-mcp -h"),
    ],
)
def test_what_is_no_argument_names_the_help_of_its_command(
    arguments: list[str], help: str, person: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The help that is pointed to is the one that lists what the command takes."""
    told = Told(capsys, *arguments)
    assert told.code == 2
    assert told.err.splitlines()[-1] == f"See {help}."


def test_the_menu_offers_what_the_tools_take() -> None:
    """Kinds and formats in help and completion are those of the export tool."""
    from whoop_mcp.cli import table

    kinds = {one.name: one.kind.schema.get("enum") for one in BY_NAME["export_whoop"].parameters}
    assert (kinds["kind"], kinds["format"]) == (list(table.KINDS), list(table.FORMATS))


# ── the way of the data ──


def test_sync_events_export(
    person: Path, whoop: FaultySimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """Programs get the objects that the tools answer, people tables; a relative path is where
    the person stands."""
    report = Told(capsys, "sync", "--json").json
    assert report["status"] == "success"
    assert set(report["resources"]["cycles"]) >= {"created", "requests"}
    shown = Told(capsys, "sync")
    assert shown.code == 0
    assert shown.fits()
    assert shown.out.splitlines()[1].startswith("cycles ")
    answer = Told(capsys, "events", "--since", "2020-01-01", "--limit", "2", "--json").json
    assert (answer["count"], answer["status"]) == (2, "success")
    listed = Told(capsys, "events", "--since", "2020-01-01", "--limit", "2")
    assert listed.fits()
    assert f"  whoop-mcp events --since {answer['resume_cursor']}" in listed.out.splitlines()
    assert "More follow" in listed.out
    only = Told(capsys, "events", "--since", "2020-01-01", "--limit", "1", "--resources", "sleeps")
    further = [line.strip() for line in only.out.splitlines() if "whoop-mcp events" in line]
    assert len(further) == 2 and all(line.endswith(" --resources sleeps") for line in further)
    for line in further:
        told = Told(capsys, *line.split()[1:], "--json").json
        assert {one["resource"] for one in told["events"]} <= {"sleeps"}
    rest = Told(capsys, "events", "--since", answer["next_cursor"], "--resources", "")
    assert rest.code == 2
    quiet = Told(capsys, "events", "--since", answer["resume_cursor"])
    assert quiet.out.startswith("Nothing changed.")
    ahead = Told(capsys, "events", "--since", "2999-01-01T06:30:00Z")
    assert ahead.out.startswith("Nothing can be there yet: 2999-01-01 06:30 (UTC) is")
    files = Told(capsys, "export", "sleeps", "--format", "csv", "--out", "s.csv", "--json").json
    assert Path(files["files"][0]["path"]) == person / "s.csv"
    again = Told(capsys, "export", "sleeps", "--format", "csv", "--out", "s.csv", "--json")
    assert (again.code, again.json["error"]["code"]) == (1, "FILE_EXISTS")
    folder = Told(capsys, "export", "all", "--format", "jsonl", "--out", "all")
    assert str(person / "all" / "profile.jsonl") in folder.out
    assert "1 record," in folder.out
    yearly = ("export", "cycles", "--format", "csv", "--out", "y", "--partition-by-year")
    assert Told(capsys, *yearly).code == 0
    assert list((person / "y").glob("year=*/*.csv"))


def test_without_a_login_commands_say_how_to_log_in(
    env: dict[str, str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """AUTH_FAILED is 1, in words on standard error or as an envelope on standard output."""
    for name, value in env.items():
        if name.startswith("WHOOP_"):
            monkeypatch.setenv(name, value)
    told = Told(capsys, "sync")
    assert (told.code, told.out) == (1, "")
    assert "whoop-mcp login" in told.err
    assert Told(capsys, "sync", "--json").json["error"]["code"] == "AUTH_FAILED"
    assert Told(capsys, "events", "--since", "2026-01-01", "--json").json["error"]["code"] == (
        "CACHE_EMPTY"
    )


def test_a_partial_sync_is_1_and_told(
    person: Path, whoop: FaultySimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where one resource fails, the others are kept, the reason is said, and the exit code is 1."""
    whoop.fault(403, path="workout", times=None, body="json")
    told = Told(capsys, "sync")
    assert told.code == 1
    assert "workouts: WHOOP refuses this" in told.out
    assert Told(capsys, "sync", "--json").json["resources"]["cycles"]["status"] == "success"


def test_a_full_sync_goes_on_by_itself(
    person: Path, whoop: FaultySimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fault in the middle does not end a full sync as long as it gets on; both rounds count."""
    whoop.fault("repeat_token", path="activity/sleep$", times=1)
    whoop.fault("redirect", path="v2/cycle$", times=1, after=0, to="http://localhost:9/")
    told = Told(capsys, "sync", "--full", "--json")
    assert (told.code, told.json["status"]) == (0, "success")
    assert "remaining" not in told.json
    assert told.json["resources"]["profile"]["requests"] == 2


def test_a_full_sync_that_gets_nowhere_ends(
    person: Path, whoop: FaultySimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where going on brings nothing more, a full sync says what is left instead of going round."""
    whoop.fault("redirect", path="v2/cycle$", times=None, to="http://localhost:9/")
    told = Told(capsys, "sync", "--full", "--json")
    assert told.code == 1
    assert told.json["remaining"]["cycles"]
    assert told.json["resources"]["profile"]["requests"] <= 3


def test_purge(person: Path, whoop: FaultySimulator, capsys: pytest.CaptureFixture[str]) -> None:
    """With `--yes` records go for good, some or all, and how many is said."""
    total = Told(capsys, "sync", "--json").json["resources"]["cycles"]["created"]
    bound = whoop.account.all("cycles")[0]["start"]
    purged = Told(capsys, "purge", "--before", bound, "--yes", "--json").json
    assert purged["before"] == times.utc(bound)
    assert purged["purged"] >= total - 1
    assert (
        Told(capsys, "purge", "--all", "--yes").out
        == "Everything is removed: the cache is empty.\n"
    )
    assert Told(capsys, "events", "--since", "2020-01-01").code == 1


def test_names_are_joined_and_parted_in_words(
    person: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What `--same-as` joins counts as the same, what `--remove` parts each for itself."""
    asked = ("log", "beers", "--same-as", "wine")
    assert Told(capsys, *asked).out == "“beers” and “wine” count as the same from now on.\n"
    assert Told(capsys, *asked).out == "Nothing has changed.\n"
    parted = "“beers” and “wine” count each for itself from now on.\n"
    assert Told(capsys, *asked, "--remove").out == parted
    assert Told(capsys, *asked, "--remove").out == "Nothing has changed.\n"


@pytest.mark.parametrize(
    "more",
    [("--date", "yesterday"), ("--no",), ("--amount", "2"), ("--unit", "cups"), ("--notes", "hi")],
    ids=lambda more: more[0],
)
def test_what_is_typed_beside_names_to_join_is_not_lost(
    person: Path, capsys: pytest.CaptureFixture[str], more: tuple[str, ...]
) -> None:
    """`--same-as` keeps no entry, so what only an entry has is refused beside it, in the shell's
    words, and the names are not joined either."""
    asked = ("log", "beers", "--same-as", "wine")
    told = Told(capsys, *asked, *more)
    assert told.code == 2 and "`--same-as` only joins two names" in told.err
    assert Told(capsys, *asked, "--json").json["changed"] == 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (("x", "--amount", "nan"), "An entry has an `--amount` that is not a number"),
        (("x", "--date", "tomorrow"), "An entry has a `--date` that is in the future."),
        (("x", "--date", "last month"), "An entry has a `--date` that is more than one day."),
        (("x", "--date", "soon"), "An entry has a `--date` that is not a day"),
        (("x", "--unit", " "), "An entry has no `--unit`."),
        (("?",), "An entry has a `TEXT` without a word."),
        (("x", "--same-as", " "), "An entry has no `--same-as`."),
    ],
    ids=("amount", "to_come", "stretch", "date", "unit", "text", "same_as"),
)
def test_a_bad_entry_is_refused_in_words_that_can_be_typed(
    person: Path, capsys: pytest.CaptureFixture[str], typed: tuple[str, ...], words: str
) -> None:
    """The error names what stands on the command line, and its example is a command."""
    told = Told(capsys, "log", *typed)
    said = " ".join(told.err.split())
    assert told.code == 2 and words in said and "entries" not in said
    assert 'whoop-mcp log "late coffee" --date 2026-04-20' in said


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (("--amount", "2", "--unit", "cups"), "late coffee: yes, 2 cups"),
        (("--no", "--amount", "2"), "late coffee: no, 2"),
        (("--unit", "cups"), "late coffee: yes, cups without an amount"),
        ((), "late coffee: yes"),
    ],
    ids=("amount", "no", "unit", "bare"),
)
def test_what_is_logged_is_said_back_whole(
    person: Path, capsys: pytest.CaptureFixture[str], typed: tuple[str, ...], kept: str
) -> None:
    """All that is kept is shown, by `log` as by `journal`; and that it took an entry's place."""
    told = Told(capsys, "log", "late coffee", *typed).out.splitlines()
    assert told[0].endswith(f"  {kept}")
    assert told[1:] == ["Kept on this computer alone."]
    assert f"{kept} (own)" in Told(capsys, "journal").out
    told = Told(capsys, "log", "late coffee", "--amount", "3", "--notes", "strong").out.splitlines()
    assert told[0].endswith("  late coffee: yes, 3")
    assert " ".join(told[1:]) == (
        "Kept on this computer alone, with its note, in place of the entry before it."
    )
    kept_as = Told(capsys, "log", "late coffee", "--amount", "3", "--unit", "cups", "--json").json
    assert kept_as["entries"][0]["amount"] == 3 and kept_as["entries"][0]["unit"] == "cups"


def test_a_purge_says_what_stays(person: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Own entries and experiments stay without `--journal`, which is said and how they go too;
    with it, and where there are none, nothing is said to stay."""
    Told(capsys, "log", "late coffee")
    for more, stays in (((), True), (("--journal",), False), ((), False)):
        said = " ".join(Told(capsys, "purge", "--all", "--yes", *more).out.split())
        assert ("journal entries and experiments stay: `--journal` removes" in said) is stays
        assert ("Everything is removed" in said) is not stays
        assert bool(Told(capsys, "journal", "--json").json["entries"]) is stays


# ── login and status ──


@pytest.fixture
def app_env(env: dict[str, str], whoop: FaultySimulator) -> dict[str, str]:
    """The environment of a person who has an app, but has not logged in yet."""
    redirect_uri = f"http://localhost:{logins.free_port()}/callback"
    whoop.oauth.redirect_uris = (redirect_uri,)
    return {
        **env,
        "WHOOP_CLIENT_ID": whoop.oauth.client_id,
        "WHOOP_CLIENT_SECRET": whoop.oauth.client_secret,
        "WHOOP_REDIRECT_URI": redirect_uri,
    }


def consent(told: str) -> str:
    """Open the address that a login has told, as a person would; nothing is to be typed."""
    logins.browser(next(line for line in told.split() if "/oauth/oauth2/auth?" in line))
    return ""


def log_in(env: dict[str, str], *arguments: str) -> str:
    """Log in where nobody can be asked; what was told."""
    command = [*CLI, "login", "--no-browser", *arguments]
    streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, env=env, text=True, **streams) as process:  # type: ignore[call-overload]
        told = ""
        for line in process.stdout:
            told += line
            if line.startswith("Waiting"):
                consent(told)
        assert process.wait() == 0
    return told


def test_login_status_logout(app_env: dict[str, str], whoop: FaultySimulator) -> None:
    """A login by the browser's way ends with entries for clients that find this home; status is
    healthy, logout revokes; no secret is printed."""
    told = log_in(app_env)
    assert "Logged in: WHOOP answers." in told
    assert f"--env WHOOP_HOME={app_env['WHOOP_HOME']} " in told
    assert f" -- {sys.executable} -m whoop_mcp" in told
    assert whoop.oauth.client_secret not in told
    found = run("status", "--json", env=app_env)
    assert found.returncode == 0
    report = json.loads(found.stdout)
    assert (report["login"]["status"], report["network"]["server"]) == ("valid", whoop.url)
    out = run("logout", env=app_env)
    assert (out.returncode, out.stderr) == (0, "")
    assert "WHOOP has ended the login" in out.stdout
    assert run("logout", "--json", env=app_env).stdout == (
        '{"status": "success", "found": false}\n'
    )


def test_a_login_warns_of_somebody_elses_cache(
    person: Path,
    app_env: dict[str, str],
    whoop: FaultySimulator,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Who logs in beside another person's cache is told so, and what to do."""
    Told(capsys, "sync")
    whoop.account.profile = {**whoop.account.profile, "user_id": 777}
    told = log_in(app_env)
    assert "another WHOOP user" in " ".join(told.split())
    assert "purge --all --journal" in " ".join(told.split())


def test_a_login_that_fails_keeps_the_one_before(
    person: Path, app_env: dict[str, str], whoop: FaultySimulator
) -> None:
    """A declined consent is 1, as an envelope for programs, and the old login stays."""
    whoop.deny_next = True
    command = [*CLI, "login", "--no-browser", "--json"]
    with subprocess.Popen(
        command,
        env=app_env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        assert process.stdout is not None
        told = ""
        for line in process.stderr:
            told += line
            if line.startswith("Waiting"):
                consent(told)
        assert json.loads(process.stdout.read())["error"]["code"] == "AUTH_FAILED"
        assert process.wait() == 1
    assert run("sync", env=app_env).returncode == 0


@posix
@pytest.mark.slow
def test_on_a_terminal_a_login_offers_the_first_sync(app_env: dict[str, str]) -> None:
    """Whoever logs in on a terminal has only to agree to have their data there."""
    steps = [("Ctrl-C stops.", consent), ("[Y/n]", lambda told: "\n")]
    code, told = at_terminal(app_env, "login", "--no-browser", steps=steps)
    assert code == 0
    assert "recoveries" in told
    assert "claude mcp add" in told
    assert json.loads(run("events", "--since", "2020-01-01", "--json", env=app_env).stdout)["count"]


@posix
@pytest.mark.parametrize(
    ("typed", "ends", "says"),
    [
        (["\x04"], 1, "The login was given up"),
        (["an-app\n", "\x04"], 1, "The login was given up"),
        (["an-app\n", "\n"], 2, "The app secret was left empty"),
    ],
)
def test_on_a_terminal_nothing_need_be_typed(
    env: dict[str, str], typed: list[str], ends: int, says: str
) -> None:
    """Ctrl-D at either question, or an empty answer, ends the login in words on lines of their
    own, with how to begin again."""
    answers = [lambda told, one=one: one for one in typed]
    steps = list(zip(("App id: ", "App secret: "), answers, strict=False))
    code, shown = at_terminal(env, "login", steps=steps)
    assert code == ends
    assert f"\n{says}" in shown
    assert "Something went wrong" not in shown
    assert "`whoop-mcp login`" in " ".join(shown.split())


def test_a_login_without_an_app_is_2(env: dict[str, str]) -> None:
    """Where there is no app id and secret and nobody to ask, the variables are named."""
    done = run("login", "--json", env=env)
    assert done.returncode == 2
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "AUTH_FAILED"
    assert "WHOOP_CLIENT_ID" in error["hint"]


def test_status_tells_all_there_is(
    person: Path, whoop: FaultySimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """Login, clock, lock, network, cache, coverage and versions are there, in 80 columns, and
    each finding says what helps."""
    logins.logged_in(person, whoop, scope="read:profile offline")
    before = Told(capsys, "status", "--json").json
    assert before["status"] == "degraded"
    assert "read:sleep" in before["login"]["missing_scopes"]
    said = " ".join(one["what"] for one in before["findings"])
    assert "sync" in said
    assert "lacks read:body_measurement" in said
    Told(capsys, "sync")
    report = Told(capsys, "status", "--json").json
    cycles = report["cache"]["resources"]["cycles"]
    assert cycles["records"] > 0
    assert cycles["from"] < cycles["newest"] < cycles["until"]
    assert report["cache"]["bytes"] > 10_000
    assert abs(report["network"]["clock_skew_seconds"]) < 60
    shown = Told(capsys, "status")
    assert shown.fits()
    shows = ("Login lock", "Clock", "Proxy", "Certificates", "times: UTC", "known from")
    for words in (*shows, __version__):
        assert words in shown.out


def test_a_bundle_can_be_shown_to_others(
    person: Path, whoop: FaultySimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file for a bug report is new, private, and without name, token or the home's path."""
    Told(capsys, "sync")
    told = Told(capsys, "status", "--bundle", "report.json", "--json")
    path = person / "report.json"
    assert told.json["bundle"] == str(path)
    text = path.read_text(encoding="utf-8")
    assert json.loads(text)["log"]
    assert str(person) not in text
    assert whoop.account.profile["email"] not in text
    assert str(whoop.account.user_id) not in text
    if os.name != "nt":
        assert path.stat().st_mode & 0o777 == 0o600
    again = Told(capsys, "status", "--bundle", "report.json", "--json")
    assert (again.code, again.json["error"]["code"]) == (1, "FILE_EXISTS")
    assert "overwrite" not in again.json["error"]["hint"]  # which `status` cannot


def test_a_bundle_is_written_whatever_the_log_and_the_paths_hold(
    person: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A traceback in the log, its paths quoted in `repr` and that in JSON, shows no home; a path
    that is no text keeps nothing from being written."""
    monkeypatch.setenv("HOME", home := str(person / "caf\udce9"))
    monkeypatch.setenv("USERPROFILE", home)
    log = person / "w.log"
    monkeypatch.setenv("WHOOP_LOG_FILE", str(log))
    problem = OSError(13, "No", home + r"\x.db")
    log.write_text(json.dumps({"traceback": f"{problem}"}) + "\n", encoding="utf-8")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(person / "b\udce9.pem"))
    Told(capsys, "status", "--bundle", str(person / "report.json"), "--json")
    text = (person / "report.json").read_text(encoding="utf-8")
    assert "No: '~" in json.loads(text)["log"][0]
    assert "caf" not in text
    assert json.loads(text)["network"]["certificates"].endswith("b\udce9.pem")


def test_an_unhealthy_status_is_1_and_a_broken_cache_no_crash(
    person: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file in the cache's place that is none is told of, not touched."""
    (person / "home" / "whoop.db").write_bytes(b"no database at all" * 100)
    told = Told(capsys, "status", "--json")
    assert (told.code, told.json["status"]) == (1, "unhealthy")
    assert told.json["cache"]["resources"] == {}
    assert not told.json["cache"]["readable"]
    assert (person / "home" / "whoop.db").read_bytes().startswith(b"no database")
    shown = Told(capsys, "status").out
    assert " ".join(shown.split()).count("is damaged or not a database") == 1
    assert "none imported" not in shown and re.search(r"Export +not known", shown)


def test_bad_settings_are_2(person: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """A setting that cannot be is named by the commands."""
    monkeypatch.setenv("WHOOP_MAX_AGE", "soon")
    told = Told(capsys, "sync")
    assert told.code == 2
    assert "WHOOP_MAX_AGE" in told.err


def lives_in(home: Path, env: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Give this process a person's environment, with another home."""
    for name, value in {**env, "WHOOP_HOME": str(home)}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("below", ["home", "home/below"])
@pytest.mark.parametrize(
    "arguments", [["status"], ["login"], ["logout"], ["logout", "--local"], ["sync"], ["journal"]]
)
def test_a_file_is_no_home(
    arguments: list[str],
    below: str,
    env: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A WHOOP_HOME that is a file, or lies below one, is a bad setting for every command, told with
    what is in the way, and nothing else is said."""
    (tmp_path / "person" / "home").write_text("a file")
    lives_in(tmp_path / "person" / below, env, monkeypatch)
    told = Told(capsys, *arguments)
    assert (told.code, told.out) == (2, "")
    what = "it" if below == "home" else str(tmp_path / "person" / "home")
    assert " ".join(told.err.split()) == (
        f"Nothing can be kept in {tmp_path / 'person' / below}: {what} is not a folder. "
        "Set WHOOP_HOME to a folder, or move away what is there."
    )


def test_a_crash_without_a_log_says_where_its_details_are(
    person: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where no log file can be written, that is said in words; a crash does not name the log."""
    (person / "home" / "logs").write_text("in the folder's place")

    def broken(*_: object) -> int:
        logs.set_up(Settings.read(), console=False)
        raise KeyError("surprise")

    monkeypatch.setitem(COMMANDS, "sync", COMMANDS["sync"]._replace(run=broken))
    told = Told(capsys, "sync")  # what is collected keeps the form that was set
    assert told.err.startswith('{"time"') and "There is no log: " in told.err
    monkeypatch.setattr("whoop_mcp.surroundings.is_terminal", lambda stream: True)
    told = Told(capsys, "sync")
    assert told.code == 1
    assert told.err.startswith("There is no log: ") and "WHOOP_LOG_FILE" in told.err
    assert '{"time"' not in told.err
    assert "surprise" in told.err
    assert "The log has the details" not in told.err
    assert "went to standard error" in told.err


def test_a_crash_is_told_in_general_words(
    person: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A bug ends with 1 and INTERNAL_ERROR; the traceback is in the log alone."""

    def broken(*_: object) -> int:
        logs.set_up(Settings.read(), console=False)
        raise KeyError("surprise")

    monkeypatch.setitem(COMMANDS, "sync", COMMANDS["sync"]._replace(run=broken))
    told = Told(capsys, "sync", "--json")
    assert (told.code, told.json["error"]["code"]) == (1, "INTERNAL_ERROR")
    assert "surprise" in (person / "home" / "logs" / "whoop-mcp.log").read_text()


def test_what_a_record_holds_commands_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name with escape sequences is shown without them; our own styles stay, on a terminal."""
    name = "\x1b[31mred\x1b]0;title\x07 \x9b2J\x7f end"
    shown = console.Console()
    shown.say(name, "one\ttwo")
    assert capsys.readouterr().out == "\ufffdred\ufffd]0;title\ufffd \ufffd2J\ufffd end\none\ttwo\n"
    monkeypatch.setattr(shown, "colour", True)
    shown.say(shown.style("good", "green") + "\x1b[2J")
    assert capsys.readouterr().out == "\x1b[32mgood\x1b[0m\ufffd[2J\n"


# ── clients ──

PROOF = handshake.Handshake("whoop", "0", "2025-06-18", 20, "valid", 0.1)


@pytest.fixture
def with_cursor(person: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person with Cursor, whose servers find the program though it is not installed."""
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    real = starts.carried
    monkeypatch.setattr(
        starts, "carried", lambda given: {**real(given), "PYTHONPATH": str(REPOSITORY)}
    )
    # The tests may themselves run where temporary files are, from which nothing is registered.
    monkeypatch.setattr(tempfile, "tempdir", str(person.parent / "tmp"))
    (person.parent / "tmp").mkdir()
    (person / ".cursor").mkdir()
    return person


@pytest.mark.slow
def test_install_prints_and_proves(with_cursor: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without --write every client's entry is shown, the server is started, and nothing changes."""
    before = sorted(with_cursor.rglob("*"))
    told = Told(capsys, "install")
    assert told.code == 0
    assert "claude mcp add" in told.out
    assert "answered in" in told.out
    assert "logged in" in " ".join(told.out.split())
    assert "WHOOP_CLIENT_SECRET" not in told.out
    assert [one for one in sorted(with_cursor.rglob("*")) if "logs" not in str(one)] == [
        one for one in before if "logs" not in str(one)
    ]


def test_install_writes_where_clients_are(
    with_cursor: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--write edits the clients found, keeps what was there, and starts what it has written."""
    file = with_cursor / ".cursor" / "mcp.json"
    file.write_text('{"mcpServers": {"other": {}}}')
    told = Told(capsys, "install", "--write", "--json").json
    [written] = told["written"]
    assert (written["client"], written["state"]) == ("cursor", "added")
    assert Path(written["backup"]).read_text() == '{"mcpServers": {"other": {}}}'
    servers = json.loads(file.read_text())["mcpServers"]
    assert servers["whoop"]["command"] == sys.executable
    assert set(servers) == {"other", "whoop"}
    assert told["handshake"]["login"] == "valid"
    proof = handshake.Handshake(**told["handshake"])
    monkeypatch.setattr(handshake, "shake", lambda *_: proof)
    assert Told(capsys, "install", "--write").out.startswith("cursor: unchanged")
    assert not list(with_cursor.glob(".c*/*windsurf*"))


def test_an_install_that_breaks_off_names_what_it_wrote(
    with_cursor: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where the disk fills up between two clients' files, the one that was written is named."""
    (with_cursor / ".codeium" / "windsurf").mkdir(parents=True)
    real = files.replace

    def replace(path: Path, data: bytes, mode: int, **more: bool) -> None:
        if "windsurf" in str(path):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, data, mode, **more)

    monkeypatch.setattr(files, "replace", replace)
    monkeypatch.setattr(handshake, "shake", lambda *_: {})
    told = Told(capsys, "install", "--write", "--json")
    problem = told.json["error"]
    assert (told.code, problem["code"]) == (1, "EXPORT_ERROR")
    assert "windsurf" in problem["message"]
    assert str(with_cursor / ".cursor" / "mcp.json") in problem["hint"]
    assert not (with_cursor / ".codeium" / "windsurf" / "mcp_config.json").exists()


def test_a_client_that_cannot_be_told_keeps_no_other_from_it(
    with_cursor: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is broken is left alone, with a word; the others are served and the code is 0.
    Where it is the only one, that is the failure."""
    monkeypatch.setattr(handshake, "shake", lambda *_: PROOF)
    broken = with_cursor / ".kiro" / "settings" / "mcp.json"
    broken.parent.mkdir(parents=True)
    broken.write_text('{"mcpServers": ')
    told = Told(capsys, "install", "--write", "--json").json
    assert [one["client"] for one in told["written"]] == ["cursor"]
    [left] = told["left_alone"]
    assert left["client"] == "kiro"
    assert "not JSON" in left["message"]
    told_so = Told(capsys, "install", "--write")
    assert told_so.code == 0
    assert "kiro: left alone" in told_so.out
    assert broken.read_text() == '{"mcpServers": '
    alone = Told(capsys, "install", "--write", "--client", "kiro")
    assert alone.code == 2
    assert "not JSON" in alone.err


def test_an_entry_is_taken_out_of_every_client(
    with_cursor: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--remove takes out what --write put in, and leaves the account of the demo where it is."""
    monkeypatch.setattr(handshake, "shake", lambda *_: PROOF)
    (with_cursor / ".codex").mkdir()
    files = [with_cursor / ".cursor" / "mcp.json", with_cursor / ".codex" / "config.toml"]
    assert Told(capsys, "install", "--write").code == 0
    assert Told(capsys, "install", "--write", "--demo").code == 0
    for file in files:
        assert "demo" in file.read_text()
    told = Told(capsys, "install", "--remove", "--json").json
    assert [one["state"] for one in told["written"]] == ["removed", "removed"]
    assert list(json.loads(files[0].read_text())["mcpServers"]) == ["whoop-demo"]
    assert "[mcp_servers.whoop]" not in files[1].read_text()
    Told(capsys, "install", "--remove", "--demo")
    assert json.loads(files[0].read_text()) == {"mcpServers": {}}
    assert files[1].read_text() == ""
    assert Told(capsys, "install", "--remove", "--write").code == 2
    assert Told(capsys, "install", "--client", "emacs").code == 2


def test_what_is_not_taken_out_is_told_in_words_of_taking_out(
    with_cursor: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither --write, which was not given, nor pasting is in a hint of --remove; and of several
    clients none is "it"."""
    broken = with_cursor / ".cursor" / "mcp.json"
    broken.write_text('{"mcpServers": ')
    absent = ("--client", "kiro"), ("--client", "kiro,zed"), ("--client", "cursor")
    for asked in absent:
        told = Told(capsys, "install", "--remove", *asked)
        said = " ".join(told.err.split())
        assert told.code == 2 and "--write" not in said and "paste" not in said
        assert ("take the entry out of it yourself" in said) is ("cursor" in asked)
        assert ("No entry was found to be taken out" in said) is ("cursor" not in asked)
    broken.unlink()
    broken.parent.rmdir()
    nobody = " ".join(Told(capsys, "install", "--write").err.split())
    assert "Start one of them once" in nobody and "leave --write out" in nobody
    assert "Start it once" in Told(capsys, "install", "--write", "--client", "zed").err
    assert "--write" not in Told(capsys, "install", "--remove").err


def test_the_demo_is_registered_as_what_it_is(
    with_cursor: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its entry starts the made-up account and carries none of WHOOP's own settings."""
    monkeypatch.setenv("WHOOP_MAX_AGE", "60")
    started: list[object] = []
    monkeypatch.setattr(handshake, "shake", lambda start, _: started.append(start) or PROOF)
    Told(capsys, "install", "--write", "--demo")
    servers = json.loads((with_cursor / ".cursor" / "mcp.json").read_text())["mcpServers"]
    assert servers["whoop-demo"]["args"] == ["-m", "whoop_mcp", "demo", "--serve"]
    assert "WHOOP_MAX_AGE" not in servers["whoop-demo"]["env"]
    assert len(started) == 1


def test_an_interpreter_that_vanishes_is_in_no_entry(
    with_cursor: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Under `uvx` nothing is printed or written, but how to get an installation that lasts."""
    monkeypatch.setattr(sys, "executable", "/home/a/.cache/uv/archive-v0/x/bin/python")
    for words in (["install"], ["install", "--write"]):
        told = Told(capsys, *words)
        assert told.code == 2
        assert "\nuv tool install " in told.err
        assert "\nwhoop-mcp install --write" in told.err
    assert not (with_cursor / ".cursor" / "mcp.json").exists()


def test_install_for_a_client_that_is_not_here(
    with_cursor: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A client that is not on this computer gets no file; the way out is told."""
    told = Told(capsys, "install", "--client", "windsurf", "--write")
    assert told.code == 2
    assert "Windsurf was not found" in told.err
    assert not (with_cursor / ".codeium").exists()
    (with_cursor / ".cursor").rmdir()
    assert "None of the MCP clients was found" in Told(capsys, "install", "--write").err


def test_a_server_that_does_not_start_is_not_written(
    with_cursor: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The proof comes first: an entry that would not work changes no file."""
    monkeypatch.setattr(starts, "carried", lambda given: {"PYTHONPATH": "/nowhere"})
    monkeypatch.setattr(
        starts, "command", lambda *_, **__: [sys.executable, "-c", "import no_such_module"]
    )
    told = Told(capsys, "install", "--write")
    assert told.code == 1
    assert "no_such_module" in told.err
    assert not (with_cursor / ".cursor" / "mcp.json").exists()


def test_a_hint_can_be_typed_where_the_command_is_not_on_the_path(
    person: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where a shell would not find `whoop-mcp`, or would find somebody else's, a hint that names it
    shows the interpreter's own line besides; elsewhere it does not."""
    line = f"`{sys.executable} -m whoop_mcp`"
    Told(capsys, "logout", "--local")
    elsewhere = person / "elsewhere"
    elsewhere.mkdir()
    for foreign in (False, True):
        if foreign:
            (elsewhere / "whoop-mcp").write_text("#!/bin/sh\n")
            (elsewhere / "whoop-mcp").chmod(0o755)
        monkeypatch.setenv("PATH", str(elsewhere))
        told = " ".join(Told(capsys, "sync").err.split())
        assert "Run `whoop-mcp login`." in told
        assert line in told
        assert line in Told(capsys, "status", "--json").out.replace("\\", "")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent))
    assert line not in " ".join(Told(capsys, "sync").err.split())


# ── queries ──


def test_a_query_as_a_table(person: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Rows stand in columns with their names, numbers flush right, NULL as a dash."""
    Told(capsys, "sync")
    told = Told(
        capsys, "query", "SELECT 'a' AS word, 1.5 AS n, NULL AS none UNION SELECT 'b', 22, 1"
    )
    assert told.code == 0
    assert told.out.splitlines() == [
        "word    n  none",
        "a     1.5     –",
        "b      22     1",
        "2 rows.",
    ]


def test_a_wide_query_row_by_row(person: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is too wide for a table is told row by row; what was left out is said."""
    Told(capsys, "sync")
    told = Told(capsys, "query", "SELECT * FROM days ORDER BY date DESC", "--max-rows", "1")
    assert told.fits()
    assert told.out.count("\ndate  ") + told.out.startswith("date  ") == 1
    assert "1 row; there are more" in told.out


def test_a_query_that_is_not_allowed(person: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is refused as the tool refuses it, with 2."""
    Told(capsys, "sync")
    told = Told(capsys, "query", "DELETE FROM records", "--json")
    assert (told.code, told.json["error"]["code"]) == (2, "VALIDATION_ERROR")
    assert Told(capsys, "query", "SELECT 1", "--max-rows", "none").code == 2


# ── processes ──


@pytest.mark.slow
def test_no_command_but_serving_imports_the_sdk(person: Path, env: dict[str, str]) -> None:
    """Every command does its work where the SDK cannot be imported."""
    program = """
import sys
import tempfile
sys.modules["mcp"] = sys.modules["anyio"] = None
from whoop_mcp.cli import main as cli
for line in ("sync", "status", "events --since 2020-01-01", "export all --format csv --out x",
             "purge --all --yes", "logout", "demo --json"):
    assert cli.main(line.split()) == 0, line
"""
    subprocess.run([sys.executable, "-c", program], env=env, check=True, capture_output=True)


@pytest.mark.slow
def test_alone_it_serves_also_with_bad_settings(env: dict[str, str]) -> None:
    """Without a command MCP is served; what is wrong with the settings its tools answer."""
    hello = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {}}
    hello["clientInfo"] = {"name": "test", "version": "1"}
    asked = [
        {"id": 1, "method": "initialize", "params": hello},
        {"method": "notifications/initialized"},
        {"id": 2, "method": "tools/call", "params": {"name": "health_check", "arguments": {}}},
    ]
    with subprocess.Popen(
        CLI,
        env={**env, "WHOOP_MAX_AGE": "soon"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for one in asked:
            process.stdin.write(json.dumps({"jsonrpc": "2.0", **one}) + "\n")
        process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.stdin.close()
        assert process.wait(60) == 0
    error = answers[1]["result"]["structuredContent"]["error"]
    assert error["code"] == "VALIDATION_ERROR"
    assert "WHOOP_MAX_AGE" in error["message"]


@pytest.mark.slow
@posix
def test_ctrl_c_ends_a_sync_quietly(
    person: Path, env: dict[str, str], whoop: FaultySimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C in the middle ends with 130 and no traceback, and the next sync goes on well."""
    asked = threading.Event()
    whoop.before = lambda request: asked.set()
    whoop.latency = 0.3
    with subprocess.Popen([*CLI, "sync"], env=env, stderr=subprocess.PIPE, text=True) as process:
        assert asked.wait(60)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert "Stopped" in said
    whoop.latency = 0
    assert Told(capsys, "sync", "--json").json["status"] == "success"


@posix
@pytest.mark.slow
def test_a_reader_that_leaves_is_no_error(person: Path, env: dict[str, str]) -> None:
    """`whoop-mcp … | head` ends without a complaint."""
    assert run("sync", env=env).returncode == 0
    reader, writer = os.pipe()
    os.close(reader)
    command = [*CLI, "events", "--since", "2020-01-01"]
    with subprocess.Popen(command, env=env, stdout=writer, stderr=subprocess.PIPE) as process:
        os.close(writer)
        _, said = process.communicate(timeout=60)
    assert said == b""


@pytest.mark.slow
@posix
def test_on_a_terminal_it_asks_and_colours(person: Path, env: dict[str, str]) -> None:
    """Only a terminal is asked, where no is the answer to what cannot be undone, and a bar shows
    the progress."""
    assert at_terminal(env, "purge", "--all", steps=[("[y/N]", lambda told: "\n")])[0] == 1
    code, shown = at_terminal(env, "purge", "--all", steps=[("[y/N]", lambda told: "y\n")])
    assert code == 0
    assert "Remove all that is from WHOOP for good? [y/N]" in shown
    assert "experiments stay" in shown
    assert "Everything is removed: the cache is empty." in shown
    code, shown = at_terminal(env, "sync")
    assert code == 0
    assert "█" in shown


@posix
@pytest.mark.parametrize("leads_to", ["nowhere", "home"])
def test_a_link_that_leads_nowhere_is_no_home(
    leads_to: str,
    env: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A home on a drive that is not there is a bad setting; nobody is asked for a login."""
    (tmp_path / "home").symlink_to(tmp_path / leads_to)
    lives_in(tmp_path / "home", env, monkeypatch)
    told = Told(capsys, "login")
    assert (told.code, told.out) == (2, "")
    assert f"{tmp_path / 'home'} is a link that leads nowhere" in " ".join(told.err.split())


@posix
def test_a_server_that_nobody_can_be_told_of_serves(env: dict[str, str]) -> None:
    """Started on a terminal whose standard error is a full disk, it waits for its client."""
    main, other = os.openpty()
    with Path("/dev/full").open("w") as full:
        process = subprocess.Popen(CLI, env=env, stdin=other, stdout=other, stderr=full)
    os.close(other)
    os.write(main, b"\x04")
    assert process.wait(60) == 0
    os.close(main)


@posix
def test_on_a_terminal_a_server_says_what_it_waits_for(env: dict[str, str]) -> None:
    """Whoever starts the server by hand reads why nothing happens, and what to type instead."""
    code, shown = at_terminal(env, steps=[("`whoop-mcp --help`", lambda told: "\x04")])
    assert code == 0
    assert "waits for an MCP client on standard input; Ctrl-C ends it." in shown


@posix
@pytest.mark.slow
def test_on_a_terminal_it_colours(env: dict[str, str]) -> None:
    """Colour is there unless NO_COLOR is set."""
    assert "\x1b[1m" in at_terminal(env, "demo")[1]
    assert "\x1b[1m" not in at_terminal({**env, "NO_COLOR": "1"}, "demo")[1]


Step = tuple[str, Callable[[str], str]]


def at_terminal(
    env: dict[str, str], *arguments: str, steps: Sequence[Step] = ()
) -> tuple[int, str]:
    """Run a command on a pseudo-terminal; its exit code and all it showed.

    Each step waits for a text to be shown, and types what it makes of all that was.
    """
    left = list(steps)
    ours, theirs = os.openpty()
    with subprocess.Popen(
        [*CLI, *arguments], env=env, stdin=theirs, stdout=theirs, stderr=theirs
    ) as process:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # how Linux says that nobody is at the other end any more
            while part := os.read(ours, 65536):
                shown += part
                if left and left[0][0] in shown.decode("utf-8", "replace"):
                    os.write(ours, left.pop(0)[1](shown.decode()).encode())
    os.close(ours)
    return process.returncode, shown.decode()


# ── the rest ──


def test_progress_says_how_far_and_how_long() -> None:
    """With a total the bar fills, and the words tell the time left; without one it moves, and the
    time that it took is told."""
    assert console.bar(5, 10, 0.0) == "█" * 6 + "░" * 6
    assert console.bar(5, None, 0.0) != console.bar(5, None, 0.25)
    assert console.pace(None, 0.5) == console.pace(300, 32.0) == ""
    assert console.pace(None, 65.0) == ", 1:05 so far"


def test_plain_progress_comes_now_and_then(capsys: pytest.CaptureFixture[str]) -> None:
    """Where nobody watches, a line is written every few seconds, not at every turn."""
    progress = console.Progress()
    for _ in range(50):
        progress.tell(10, None, "10 records read")
    assert capsys.readouterr().err == ""
    progress._shown_at -= 60
    progress.tell(20, None, "20 records read")
    progress.end()
    assert capsys.readouterr().err == "20 records read\n"


@posix
@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        (["expo"], ["export"]),
        (["sync", "--f"], ["--full"]),
        (["export", "sleeps", "--format", ""], ["csv", "jsonl", "parquet"]),
        (["completion", ""], ["bash", "zsh"]),
        (["sync", "--resources", "s"], ["sleeps"]),
        (["sync", "--resources", "cycles,s"], ["cycles,sleeps"]),
        (
            ["sync", "--resources", "cycles,sleeps,profile,"],
            [f"cycles,sleeps,profile,{one}" for one in ("recoveries", "workouts", BODY.name)],
        ),
        (["sync", "--resources", "cycles,c"], []),
        (["compare", "1d", "2d", "--metrics", "be"], ["bedtime"]),
        (["insights", "--free-days", "friday,sa"], ["friday,saturday"]),
        (["report", "--every", "mo"], ["morning", "monday"]),
        (["report", "--days", ""], []),
        (["experiment", "st"], ["start", "status"]),
        (["journal", "--notes", "--s"], ["--start"]),
        (["import", "my_"], ["my_export.zip"]),
        (["import", "--force", "my_"], ["my_export.zip"]),
        (["import", "--f"], ["--force"]),
        (["report", "--out", "my_"], ["my_export.zip"]),
        (
            ["install", "--client", "c"],
            ["claude-code", "claude-desktop", "codex", "cursor", "copilot", "cline", "continue"],
        ),
    ],
)
def test_bash_completes(
    typed: list[str], offered: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What the completion script offers fits where the cursor stands: files for a path, the next of
    several words, and nothing where a value is free."""
    (tmp_path / "my_export.zip").touch()
    script = Told(capsys, "completion", "bash").out
    words = " ".join(f"'{word}'" for word in ["whoop-mcp", *typed])
    program = f"{script}\nCOMP_WORDS=({words}); COMP_CWORD={len(typed)}; _whoop_mcp\n"
    done = subprocess.run(
        ["bash", "-c", program + 'printf "%s\\n" "${COMPREPLY[@]}"'],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    assert done.stdout.split() == offered


@posix
@pytest.mark.parametrize("typed", [["import"], ["report", "--out"]], ids=["place", "option"])
@pytest.mark.parametrize("may_leave", [True, False], ids=["bash-4", "bash-3"])
def test_bash_completes_paths_as_it_does_elsewhere(
    typed: list[str], may_leave: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A path is left to the shell, which goes on into folders and minds blanks; where it cannot be
    left to it, a name with a blank is one name."""
    (tmp_path / "my export.zip").touch()
    script = Told(capsys, "completion", "bash").out
    words = " ".join(f"'{word}'" for word in ["whoop-mcp", *typed, "my"])
    left = f'compopt() {{ echo "left: $*"; {"true" if may_leave else "false"}; }}'
    call = f"COMP_WORDS=({words}); COMP_CWORD={len(typed) + 1}; _whoop_mcp"
    done = subprocess.run(
        ["bash", "-c", f'{script}\n{left}\n{call}\nprintf "%s\\n" "${{COMPREPLY[@]}}"'],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    )
    offered = [] if may_leave else ["my export.zip"]
    assert [*filter(None, done.stdout.splitlines())] == ["left: -o default", *offered]


def test_zsh_gets_the_same_script(capsys: pytest.CaptureFixture[str]) -> None:
    """zsh runs the same completion, after loading its own bash emulation."""
    bash, zsh = (Told(capsys, "completion", shell).out for shell in ("bash", "zsh"))
    assert zsh.endswith(bash)
    assert zsh.startswith("autoload -U +X bashcompinit")
