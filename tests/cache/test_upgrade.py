"""The cache of whoop-mcp 0.8.x is taken over whole or not at all, and nothing of it is lost."""

from __future__ import annotations

import json
import logging
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.app import App
from whoop_mcp.cache import purge, schema, upgrade
from whoop_mcp.cache.cache import Cache
from whoop_mcp.errors import CacheEmpty, CacheError
from whoop_mcp.reads import events as feed
from whoop_mcp.reads import sql
from whoop_mcp.server import health
from whoop_mcp.simulator import life
from whoop_mcp.whoop.resources import (
    BODY,
    COLLECTIONS,
    CYCLES,
    PROFILE,
    RECOVERIES,
    SLEEPS,
    WORKOUTS,
)

from ..server.test_stdio import served
from ..support import logins, lookups, old_caches, samples
from ..support.faults import FaultySimulator
from ..support.kill_at_lines import kill_at_lines, printed_by
from ..support.mirrored_accounts import mirrored_account
from ..support.samples import NOW, Shelf
from .test_database import NOBODY

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / ".venv-reference" / "bin" / "python"
"""An installed whoop-mcp 0.8.5, where `.ci/run` puts it."""

EVER = "2010-01-01T00:00:00Z"


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A cache whose file is not there yet."""
    return Shelf(tmp_path / "whoop.db")


def backup(path: Path) -> Path:
    """Where the copy of the old database is."""
    return path.with_name(path.name + upgrade.BACKUP)


def assert_taken(path: Path, held: dict[str, list[tuple[Any, ...]]]) -> None:
    """It is a whole cache with those records, the copy has them all, and nothing else is there."""
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert connection.execute("PRAGMA application_id").fetchone() == (schema.APPLICATION_ID,)
    (records,) = connection.execute("SELECT count(*) FROM records").fetchone()
    (events,) = connection.execute("SELECT count(*) FROM change_log").fetchone()
    connection.close()
    assert records == events == sum(map(len, held.values()))
    assert old_caches.contents(backup(path)) == held
    assert {one.name for one in path.parent.glob("whoop.db*")} == {path.name, backup(path).name}


def refusal(path: Path, user: int | None = None) -> CacheError:
    """The CACHE_ERROR with which the old file is refused, untouched and with nothing beside it."""
    before = {one: one.read_bytes() for one in path.parent.glob("whoop.db*")}
    with pytest.raises(CacheError) as caught:
        Cache(path, login=samples.KnownLogin(user)).require_content()
    assert caught.value.hint
    assert {one: one.read_bytes() for one in path.parent.glob("whoop.db*")} == before
    return caught.value


# ── what is taken over ──


@pytest.mark.posix
def test_every_record_is_there(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """All records of an old cache are held as if WHOOP had sent them; the old file is kept beside
    it for its owner only, and the log says how many they were, with nothing of them."""
    with mirrored_account(tmp_path, days=60) as one, caplog.at_level(logging.INFO, "whoop_mcp"):
        rows = old_caches.of(one.account)
        old_caches.make(one.cache.path, rows)
        held = old_caches.contents(one.cache.path)
        one.cache.require_content()
        one.assert_exact()
        assert lookups.snapshot(one.cache, PROFILE) == PROFILE.flatten(one.account.profile)
        assert lookups.snapshot(one.cache, BODY) == BODY.flatten(one.account.body)
        assert one.cache.recall("user_id") == str(one.account.user_id)
        assert one.cache.raw(CYCLES, str(rows["cycles"][0]["id"])) == rows["cycles"][0]
        assert one.requests() == 0
        assert_taken(one.cache.path, held)
        assert backup(one.cache.path).stat().st_mode & 0o777 == 0o600
        (line,) = caplog.messages
        assert f"Took over {sum(map(len, held.values()))} records" in line
        assert str(one.account.user_id) not in line


def test_nothing_is_claimed(shelf: Shelf) -> None:
    """What an old cache holds is held, but no window of it counts as seen whole."""
    old_caches.make(shelf.path, old_caches.day())
    shelf.cache.require_content()
    assert shelf.sql("SELECT count(*) FROM coverage") == [(0,)]
    assert not lookups.standing(shelf.cache, CYCLES, "2026-10-19T00:00:00.000Z", NOW).complete


def test_each_record_is_one_event_of_its_own_time(shelf: Shelf) -> None:
    """A walk shows each record once, as created when WHOOP last touched it; snapshots now."""
    old_caches.make(shelf.path, old_caches.day())
    events = feed.events(shelf.cache, since=EVER, until="2099-01-01")["events"]
    assert {one["change"] for one in events} == {"created"}
    assert {one["resource"]: one["updated_at"] for one in events} == {
        "cycles": "2026-10-20T05:00:00.000Z",
        "recoveries": "2026-10-19T12:01:00.000Z",
        "sleeps": "2026-10-19T12:00:00.000Z",
        "workouts": "2026-10-19T22:20:00.000Z",
        "profile": NOW,
        "body_measurement": NOW,
    }
    assert len(events) == 6


def test_a_recovery_has_its_sleeps_times(shelf: Shelf) -> None:
    """In whichever order 0.8.x has stored them, a recovery's window is its sleep's."""
    old_caches.make(shelf.path, {"recoveries": [samples.recovery()], "sleeps": [samples.sleep()]})
    recovery, sleep = shelf.cache.get(RECOVERIES, "1"), shelf.cache.get(SLEEPS, samples.NIGHT)
    assert recovery and sleep
    assert (recovery["start"], recovery["end"]) == (sleep["start"], sleep["end"])


def test_the_newest_of_several_rows_counts(shelf: Shelf) -> None:
    """Two spellings of one id are one record: what WHOOP said last, and one event."""
    old = samples.sleep(samples.NIGHT.upper(), nap=True, updated_at="2026-10-19T11:50:00.000Z")
    old_caches.make(shelf.path, {"sleeps": [samples.sleep(), old]})
    held = shelf.cache.get(SLEEPS, samples.NIGHT)
    assert held and held["nap"] is False
    assert shelf.log() == [("sleeps", samples.NIGHT, "created")]


def test_a_later_answer_of_whoop_counts_more(shelf: Shelf) -> None:
    """What was taken over is as old as WHOOP's last touch of it, also for what is asked at once."""
    old_caches.make(shelf.path, old_caches.day())
    assert lookups.asked_at(shelf.cache, CYCLES, "1") == "2026-10-20T05:00:00.000Z"
    assert lookups.asked_at(shelf.cache, PROFILE, "current") == "2026-10-20T06:00:00.123Z"
    assert shelf.save(CYCLES, samples.cycle(step_count=1)) == {"updated": 1}
    assert shelf.log()[-1] == ("cycles", "1", "updated")


ODD = [
    ("2", "2026-10-19T00:00:00Z", "{no JSON"),
    ("3", "2026-10-19T00:00:00Z", "[1, 2]"),
    ("4", "2026-10-19T00:00:00Z", b"\xff\xfe\xfa"),
    ("5", "no time", "[" * 100_000),
    ("six", "2026-10-19T00:00:00Z", "null"),
    ("7", "2026-10-19T00:00:00Z", json.dumps(samples.cycle(7, start="yesterday"))),
    ("8", "2026-10-19T00:00:00Z", json.dumps(samples.cycle(8, end="2026-10-01T00:00:00Z"))),
    ("9", "2026-10-19T00:00:00Z", json.dumps({"id": "nine"})),
]


def test_malformed_rows_stop_nothing(shelf: Shelf, caplog: pytest.LogCaptureFixture) -> None:
    """A row that is no record is counted, kept in the copy, and asked for again by its id."""
    sound = samples.cycle(10, updated_at="no time")
    old_caches.make(shelf.path, {"cycles": [*ODD, sound]})
    with caplog.at_level(logging.INFO, "whoop_mcp"):
        assert [one["id"] for one in lookups.stream(shelf.cache, CYCLES)] == []
    assert "Took over 0 records of whoop-mcp 0.8.x; 9 were malformed" in caplog.text
    ids = {key for (key,) in shelf.sql("SELECT id FROM skipped")}
    assert ids == {"", "2", "3", "4", "5", "7", "8", "10"}
    assert len(old_caches.contents(backup(shelf.path))["cycles"]) == 9


def test_unknown_recoveries_are_not_made_up(shelf: Shelf) -> None:
    """A row whose JSON is lost becomes no empty record, also where its sleep is known."""
    old_caches.make(shelf.path, {"cycles": [samples.cycle()], "recoveries": [("1", NOW, "lost")]})
    assert shelf.cache.get(RECOVERIES, "1") is None
    assert shelf.sql("SELECT resource, id FROM skipped") == [("recoveries", "1")]


def test_an_empty_old_cache_is_empty(shelf: Shelf) -> None:
    """One that 0.8.x made and never filled is taken over too, and says that it is empty."""
    old_caches.make(shelf.path, {})
    with pytest.raises(CacheEmpty):
        shelf.cache.require_content()
    assert shelf.save(CYCLES, samples.cycle()) == {"created": 1}


def test_a_sync_heals_what_the_old_program_missed(tmp_path: Path) -> None:
    """After a full sync the mirror is exact: what was deleted is gone, what changed is an event
    with its difference, what was malformed or missing is there, and the rest makes none."""
    with mirrored_account(tmp_path, days=60) as one:
        rows = old_caches.of(one.account)
        gone = [rows["workouts"][3]["id"], rows["workouts"][20]["id"]]
        edited = rows["sleeps"][10]["id"]
        missed = rows["sleeps"].pop(30)["id"]
        broken = rows["cycles"].pop(15)["id"]
        rows["cycles"].append((broken, "2026-04-20T00:00:00.000Z", "{"))
        old_caches.make(one.cache.path, rows)
        for key in gone:
            one.account.delete("workouts", key)
        one.account.edit("sleeps", edited, nap=True)
        before = one.cache.recall("cache_id")
        position = feed.events(one.cache, since=one.now())["resume_cursor"]
        one.sync(full=True)
        one.assert_exact()
        assert one.cache.recall("cache_id") == before
        events = feed.events(one.cache, since=position)["events"]
        changed = {(one["resource"], str(one["id"])): one for one in events}
        assert {key: one["change"] for key, one in changed.items() if key[0] != "recoveries"} == {
            **{("workouts", key): "deleted" for key in gone},
            ("sleeps", edited): "updated",
            ("sleeps", missed): "created",
            ("cycles", str(broken)): "created",
        }
        assert changed["sleeps", edited]["diff"]["nap"] == [False, True]


def test_whoever_comes_first_takes_it_over(tmp_path: Path) -> None:
    """A query, a health check and a purge find it made; the checks are well, the copies go."""
    for number, act in enumerate(
        (
            lambda cache: sql.run(cache, "SELECT count(*) FROM days JOIN cycles"),
            lambda cache: purge.before(cache, "2020-01-01"),
            lambda cache: purge.everything(cache),
        )
    ):
        path = old_caches.make(tmp_path / str(number) / "whoop.db", old_caches.day())
        act(Cache(path, clock=lambda: NOW))
        assert backup(path).exists() is (number == 0)
    old_caches.make(tmp_path / "home" / "whoop.db", old_caches.day())
    app = App(logins.settings(tmp_path, "http://127.0.0.1:9"))
    checks = health.check(app, live=False)["checks"]
    assert {name: one["status"] for name, one in checks.items() if name != "auth"} == {
        "api_reachable": "skipped",
        "cache_readable": "ok",
        "cache_writable": "ok",
        "schema_version": "ok",
    }


# ── what is refused ──


def test_two_users_in_one_file(shelf: Shelf) -> None:
    """An old cache with records of several users is refused and left as it is: whose is whose,
    only they can say."""
    rows = old_caches.day()
    old_caches.make(shelf.path, {**rows, "workouts": [samples.workout(user_id=samples.USER + 1)]})
    assert "several WHOOP users" in refusal(shelf.path).message


def test_another_users_login(shelf: Shelf) -> None:
    """With another login than its owner's nothing of it is touched; with theirs it is taken.

    Anybody may empty it, as any cache, and then nothing of it is left.
    """
    for owner in (True, False):
        old_caches.make(shelf.path, old_caches.day())
        assert "another WHOOP user" in refusal(shelf.path, user=samples.USER + 1).message
        if owner:
            assert Cache(shelf.path, login=samples.KnownLogin(samples.USER)).get(CYCLES, "1")
        else:
            purge.everything(Cache(shelf.path, login=samples.KnownLogin(samples.USER + 1)))
            (left,) = shelf.path.parent.glob("whoop.db*")
            assert b"athlete@example.com" not in left.read_bytes()
        shelf.path.unlink()


def add_a_table(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE recipes (name TEXT)")
    connection.close()


def lose_a_table(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("DROP TABLE workouts")
    connection.close()


@pytest.mark.parametrize("change", [add_a_table, lose_a_table])
def test_what_is_not_quite_it_is_not_ours(shelf: Shelf, change: Callable[[Path], None]) -> None:
    """A database with the same number but other tables is not a cache, and keeps every byte."""
    old_caches.make(shelf.path, old_caches.day())
    change(shelf.path)
    assert "not a whoop-mcp cache" in refusal(shelf.path).message


# ── the file and its neighbours ──


def test_what_a_killed_server_left_in_the_log(shelf: Shelf) -> None:
    """Records that are only in the old write-ahead log are taken over and in the copy, too."""
    old_caches.abandoned(shelf.path, old_caches.day())
    assert b"athlete@example.com" not in shelf.path.read_bytes()
    assert shelf.cache.get(CYCLES, "1")
    assert b"athlete@example.com" in backup(shelf.path).read_bytes()
    held = old_caches.contents(backup(shelf.path))
    assert [len(rows) for rows in held.values()] == [1] * 6
    assert_taken(shelf.path, held)


def test_an_old_server_that_still_runs(shelf: Shelf) -> None:
    """What it stored until then is taken over; from then on it finds its tables gone, and can
    harm nothing."""
    running = old_caches.opened(shelf.path, old_caches.day())
    old_caches.check_health(running)
    assert shelf.cache.get(CYCLES, "1")
    with pytest.raises(sqlite3.OperationalError):
        running.execute("SELECT flat_json FROM cycles").fetchall()
    with pytest.raises(sqlite3.OperationalError):
        old_caches.insert(running, "cycles", samples.cycle(2))
    running.execute("CREATE TABLE IF NOT EXISTS _health (id INTEGER PRIMARY KEY, ts TEXT)")
    running.close()
    assert shelf.save(CYCLES, samples.cycle(2)) == {"created": 1}
    assert Cache(shelf.path).get(CYCLES, "1")


def test_an_old_server_in_the_midst_of_reading(shelf: Shelf) -> None:
    """Whoever reads in the old file holds nobody up, and reads to the end what was there."""
    running = old_caches.opened(shelf.path, old_caches.day())
    running.execute("BEGIN")
    running.execute("SELECT count(*) FROM cycles").fetchone()
    assert shelf.cache.get(CYCLES, "1")
    assert running.execute("SELECT count(*) FROM workouts").fetchone() == (1,)
    running.close()


def test_a_file_without_a_write_ahead_log(shelf: Shelf) -> None:
    """An old file that was switched to another journal is taken over all the same."""
    connection = old_caches.opened(shelf.path, old_caches.day())
    assert connection.execute("PRAGMA journal_mode = DELETE").fetchone() == ("delete",)
    connection.close()
    held = old_caches.contents(shelf.path)
    assert shelf.cache.get(CYCLES, "1")
    assert shelf.sql("PRAGMA journal_mode") == [("wal",)]
    assert_taken(shelf.path, held)


def test_a_file_that_is_being_written(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another program writes and does not end it is CACHE_ERROR; afterwards it is taken."""
    monkeypatch.setattr(upgrade, "_WAIT", 50)
    running = old_caches.opened(shelf.path, old_caches.day())
    running.execute("BEGIN IMMEDIATE")
    with pytest.raises(CacheError, match="in use by another program"):
        shelf.cache.require_content()
    running.execute("ROLLBACK")
    assert shelf.cache.get(CYCLES, "1")
    running.close()


@pytest.mark.skipif(sys.platform == "win32", reason="rights are others there")
@pytest.mark.parametrize("make", [old_caches.make, old_caches.abandoned])
def test_a_folder_that_cannot_be_written(make: Callable[[Path, old_caches.Rows], Path]) -> None:
    """Where nothing can be written, also not by root, it is CACHE_ERROR and the file as it was."""
    root = os.geteuid() == 0
    with TemporaryDirectory() as name:  # not below tmp_path, which an ordinary user cannot enter
        path = make(Path(name) / "whoop.db", old_caches.day())
        for one in (*path.parent.iterdir(), path.parent):
            if root:
                os.chown(one, NOBODY, -1)
        path.parent.chmod(0o500)
        if root:
            os.seteuid(NOBODY)
        try:
            assert "cannot be opened or written" in refusal(path).message
        finally:
            if root:
                os.seteuid(0)
            path.parent.chmod(0o700)


@pytest.mark.parametrize("what", ["whoop.db", "whoop.db.v1-backup.part"])
def test_a_disk_that_is_full(shelf: Shelf, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the copy or the new tables find no room it is CACHE_ERROR, the old records are as
    they were, and nothing half-made takes up what room there is; with room it is taken."""
    old_caches.make(shelf.path, old_caches.day())
    held = old_caches.contents(shelf.path)
    connect = sqlite3.connect

    def full(place: Any, **options: Any) -> sqlite3.Connection:
        connection = connect(place, **options)
        if Path(str(place)).name == what:
            pages = connection.execute("PRAGMA page_count").fetchone()[0]
            connection.execute(f"PRAGMA max_page_count = {pages + 2}")
        return connection

    with monkeypatch.context() as broken:
        broken.setattr(sqlite3, "connect", full)
        with pytest.raises(CacheError, match="disk is full"):
            shelf.cache.require_content()
    assert old_caches.contents(shelf.path) == held
    assert not list(shelf.path.parent.glob("*.part*"))
    assert shelf.cache.get(CYCLES, "1")
    assert_taken(shelf.path, held)


def test_a_copy_that_cannot_be_made(shelf: Shelf) -> None:
    """Something else in the copy's place is CACHE_ERROR, and the old file is as it was."""
    old_caches.make(shelf.path, old_caches.day())
    held = old_caches.contents(shelf.path)
    backup(shelf.path).with_name("whoop.db.v1-backup.part").mkdir()
    with pytest.raises(CacheError, match="cannot be opened or written"):
        shelf.cache.require_content()
    assert old_caches.contents(shelf.path) == held


# ── an earlier copy ──


def test_an_earlier_copy_of_the_same_is_replaced(shelf: Shelf) -> None:
    """The copy of an attempt that was cut short gives way to one that has all it has, and more."""
    old_caches.make(shelf.path, old_caches.day())
    shutil.copy(shelf.path, backup(shelf.path))
    connection = sqlite3.connect(shelf.path)
    old_caches.insert(connection, "cycles", samples.cycle(2))
    old_caches.insert(connection, "cycles", samples.cycle(updated_at="2026-10-20T07:00:00.000Z"))
    connection.commit()
    connection.close()
    held = old_caches.contents(shelf.path)
    shelf.cache.require_content()
    assert_taken(shelf.path, held)


@pytest.mark.parametrize(
    "other", [old_caches.day(2), None], ids=["another's records", "no database"]
)
def test_an_earlier_copy_of_more_is_kept(shelf: Shelf, other: Any) -> None:
    """A copy that holds what the file does not is kept beside the new one, however often."""
    kept = []
    for number in range(1, 3):
        backup(shelf.path).unlink(missing_ok=True)
        if other:
            old_caches.make(
                backup(shelf.path), {**other, "workouts": [samples.workout(samples.uuid(number))]}
            )
        else:
            backup(shelf.path).write_text(f"something else {number}")
        kept.append(backup(shelf.path).read_bytes())
        shelf.path.unlink(missing_ok=True)
        old_caches.make(shelf.path, old_caches.day())
        Cache(shelf.path).require_content()
    for number, content in enumerate(kept, 1):
        assert backup(shelf.path).with_name(f"whoop.db.v1-backup.{number}").read_bytes() == content
    assert len(upgrade.copies(shelf.path)) == 3
    purge.before(shelf.cache, "2020-01-01")
    assert upgrade.copies(shelf.path) == []


# ── killed, and at the same moment as others ──


def try_every_step(folder: str, stride: str) -> None:
    """Take an old cache over, killed at every so-manyth line; print how many lines there are. Each
    time the next to open it goes on from what was left."""
    old = old_caches.abandoned(Path(folder) / "whoop.db", old_caches.day())
    held = old_caches.contents(
        old_caches.make(Path(folder) / "whole" / "whoop.db", old_caches.day())
    )
    home = Path(folder) / "tried"

    def prepare() -> None:
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        for end in ("", "-wal"):
            shutil.copy(f"{old}{end}", f"{home / old.name}{end}")

    def act() -> None:
        Cache(home / old.name).require_content()

    def check(step: int) -> None:
        act()
        assert_taken(home / old.name, held)

    modules = ("upgrade.py", "database.py", "access.py", "files.py")
    print(kill_at_lines(modules, int(stride), prepare, act, check))


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and kill")
@pytest.mark.parametrize("stride", [61, pytest.param(1, marks=pytest.mark.slow)])
def test_killed_between_any_two_lines(tmp_path: Path, stride: int) -> None:
    """Whichever line is the last one that runs, the next to open the cache finds all of it."""
    assert printed_by(__name__, "try_every_step", tmp_path, stride) > 100


OPEN = """
import sys
from pathlib import Path
from whoop_mcp.cache import Cache
sys.stdin.readline()
cache = Cache(Path(sys.argv[1]))
cache.require_content()
print(cache.recall("cache_id"))
"""


def start(path: Path) -> subprocess.Popen[str]:
    """A process that opens the cache when told to."""
    return subprocess.Popen(
        [sys.executable, "-c", OPEN, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def go(process: subprocess.Popen[str]) -> None:
    """Tell it."""
    assert process.stdin
    process.stdin.write("go\n")
    process.stdin.flush()


def test_processes_may_come_at_once(tmp_path: Path) -> None:
    """One of them takes it over, and the others wait for it and find the same cache."""
    path = tmp_path / "home" / "whoop.db"
    old_caches.make(path, old_caches.of(life.make(days=90)))
    held = old_caches.contents(path)
    started = [start(path) for _ in range(3)]
    for process in started:
        go(process)
    said = [process.communicate(timeout=60)[0] for process in started]
    assert [process.returncode for process in started] == [0] * 3
    assert len(set(said)) == 1
    assert_taken(path, held)


@pytest.mark.slow
def test_killed_at_random_moments(tmp_path: Path) -> None:
    """Killed in the midst of SQLite's own work, too, it is there whole for the next."""
    dice = random.Random(8)
    old = old_caches.make(tmp_path / "whoop.db", old_caches.of(life.make(days=900)))
    held = old_caches.contents(old)
    for number in range(30):
        home = tmp_path / str(number)
        home.mkdir()
        shutil.copy(old, home)
        process = start(home / old.name)
        go(process)
        time.sleep(0.1 + dice.random() * 1.4)
        process.kill()
        process.communicate()
        Cache(home / old.name).require_content()
        assert_taken(home / old.name, held)
        shutil.rmtree(home)


@pytest.mark.slow
@pytest.mark.usefixtures("_tidy")
def test_memory_does_not_grow_with_history(tmp_path: Path) -> None:
    """Eight times the records need no more memory to take over."""
    peaks = []
    for years in (1, 8):
        path = tmp_path / f"{years}.db"
        days = [times.plus("2018-01-01T00:00:00.000Z", days=n) for n in range(365 * years)]
        cycles = (samples.cycle(n, start=day, end=None) for n, day in enumerate(days, 1))
        sleeps = (samples.sleep(samples.uuid(n), start=day) for n, day in enumerate(days, 1))
        old_caches.make(path, {"cycles": cycles, "sleeps": sleeps})
        cache = Cache(path)
        tracemalloc.start()
        cache.require_content()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    more = 2 * 7 * 365  # records, of which each takes more than a thousand bytes
    assert peaks[1] - peaks[0] < 100 * more


# ── a home that an installed whoop-mcp 0.8.5 has made ──

LIVE = """
import asyncio, json, sys
import config
config.WHOOP_API_BASE = sys.argv[1] + "/developer/v2"
from auth_manager import TokenManager
TokenManager().save_tokens(json.loads(sys.argv[2]))
import whoop_mcp_server as old
report = asyncio.run(old.sync_whoop(full=True))
assert report["status"] == "success", report
assert old._check_cache_writable()["status"] == "ok"
store = old._get_store()
tables = (*old.RECORD_TABLES, *old.SNAPSHOT_TABLES)
print(json.dumps({table: store.count(table) for table in tables}))
"""


@pytest.mark.reference
def test_a_real_home_of_0_8_5(tmp_path: Path) -> None:
    """Its login is valid and all its records are there, and WHOOP is not asked for anything."""
    assert REFERENCE.exists(), "`.ci/run` shows how to install whoop-mcp 0.8.5"
    account = life.make(seed=6, days=200, until=times.now())
    with FaultySimulator(account, limit=None, day_limit=None) as simulator:
        made = subprocess.run(
            [REFERENCE, "-c", LIVE, simulator.url, json.dumps(simulator.grant())],
            env={"HOME": str(tmp_path), "PATH": os.environ["PATH"]},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        counts = json.loads(made.stdout.splitlines()[-1])
        assert all(counts[one.name] == len(list(account.all(one.name))) for one in COLLECTIONS)
        simulator.clear_log()
        home = tmp_path / ".whoop-mcp-server"
        held = old_caches.contents(home / "whoop.db")
        environ = {"HOME": str(tmp_path), "WHOOP_BASE_URL": simulator.url, "WHOOP_LOG_FILE": ""}
        with served(environ=environ) as wire:
            wire.initialize()

            def ask(name: str, **given: Any) -> Any:
                result = wire.tool(name, given)
                assert not result.get("isError"), result
                return result["structuredContent"]

            assert ask("get_whoop_auth_status")["status"] == "valid"
            for one in COLLECTIONS:
                answer = ask("query_whoop", sql=f"SELECT count(*) FROM {one.name}")
                assert answer["rows"] == [[counts[one.name]]]
                uri = f"whoop://db/{one.name}/2010-01-01/2100-01-01"
                (content,) = wire.ask("resources/read", uri=uri)["result"]["contents"]
                page = json.loads(content["text"])
                assert page["total"] == counts[one.name] and not page["complete"]
            for name in ("profile", "body_measurement"):
                (content,) = wire.ask("resources/read", uri=f"whoop://db/{name}")["result"][
                    "contents"
                ]
                assert "error" not in json.loads(content["text"])
            wire.leave()
        assert simulator.log == []
        cache = Cache(home / "whoop.db")
        for one in (CYCLES, SLEEPS, WORKOUTS):
            flat = {one.key(raw): one.flatten(raw) for raw in account.all(one.name)}
            assert {str(found["id"]): found for found in lookups.stream(cache, one)} == flat
        assert old_caches.contents(backup(home / "whoop.db")) == held
