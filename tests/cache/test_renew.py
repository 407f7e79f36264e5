"""A cache that an earlier 0.9 made is renewed where it stands: whole or not at all, unasked."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.cache import schema
from whoop_mcp.cache.cache import Cache
from whoop_mcp.cache.save import Findings
from whoop_mcp.simulator import life
from whoop_mcp.whoop.resources import BODY, COLLECTIONS, PROFILE, SLEEPS

from ..support.kill_at_lines import kill_at_lines, printed_by
from ..support.samples import NOW

ROOT = Path(__file__).parents[2]

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE records (
    resource   TEXT NOT NULL,
    id         TEXT NOT NULL,
    start      TEXT,
    "end"      TEXT,
    zone       INTEGER NOT NULL,
    seconds    REAL NOT NULL,
    cycle_id   TEXT,
    sleep_id   TEXT,
    final      INTEGER NOT NULL,
    raw        TEXT,
    flat       TEXT,
    asked_at   TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    change     INTEGER NOT NULL,
    PRIMARY KEY (resource, id)
);
CREATE INDEX records_by_start ON records (resource, start, id) WHERE raw IS NOT NULL;
CREATE INDEX records_by_length ON records (resource, seconds) WHERE raw IS NOT NULL;
CREATE INDEX records_open ON records (resource, start) WHERE raw IS NOT NULL AND NOT final;
CREATE INDEX records_by_cycle ON records (cycle_id, resource) WHERE raw IS NOT NULL;
CREATE INDEX records_by_sleep ON records (sleep_id) WHERE sleep_id IS NOT NULL;
CREATE INDEX records_by_change ON records (changed_at, resource, id);
CREATE TABLE coverage (
    resource     TEXT NOT NULL,
    start        TEXT NOT NULL,
    "end"        TEXT NOT NULL,
    confirmed_at TEXT NOT NULL,
    PRIMARY KEY (resource, start)
);
CREATE TABLE change_log (
    position   INTEGER PRIMARY KEY AUTOINCREMENT,
    learned_at TEXT NOT NULL,
    resource   TEXT NOT NULL,
    id         TEXT NOT NULL,
    change     TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    diff       TEXT
);
CREATE TABLE skipped (
    resource TEXT NOT NULL,
    id       TEXT NOT NULL,
    start    TEXT NOT NULL,
    "end"    TEXT NOT NULL,
    reason   TEXT NOT NULL,
    PRIMARY KEY (resource, id, start)
);
CREATE TABLE runs (
    id              INTEGER PRIMARY KEY,
    resource        TEXT NOT NULL,
    process         TEXT NOT NULL,
    started_at      TEXT NOT NULL,
    completed_at    TEXT,
    status          TEXT NOT NULL,
    window_start    TEXT,
    window_end      TEXT,
    records_fetched INTEGER NOT NULL DEFAULT 0,
    created         INTEGER NOT NULL DEFAULT 0,
    updated         INTEGER NOT NULL DEFAULT 0,
    deleted         INTEGER NOT NULL DEFAULT 0,
    unchanged       INTEGER NOT NULL DEFAULT 0,
    skipped         INTEGER NOT NULL DEFAULT 0,
    requests        INTEGER NOT NULL DEFAULT 0,
    error           TEXT
);
CREATE INDEX runs_under_way ON runs (id) WHERE completed_at IS NULL;
"""
"""As it was before records had dates."""
ITS_OWN = (  # what the earlier program made anew whenever its own number was not there
    "DELETE FROM meta WHERE key = 'flattening'",
    "INSERT INTO meta VALUES ('flattening', '4')",
    "DROP VIEW IF EXISTS days",
    "CREATE VIEW days AS SELECT date(\"end\", zone || ' minutes') AS date FROM records "
    "WHERE resource = 'sleeps' AND raw IS NOT NULL",
)
COLUMNS = (
    'resource, id, start, "end", zone, seconds, cycle_id, sleep_id, final, raw, flat, asked_at, '
    "changed_at, change"
)


def filled(path: Path, days: int) -> Path:
    """A cache of today with everything in it."""
    cache = Cache(path, clock=lambda: NOW)
    account = life.make(seed=5, days=days, until=NOW)
    for resource in COLLECTIONS:
        cache.save(Findings(resource, NOW, account.all(resource.name)))
    cache.save(Findings(PROFILE, NOW, [account.profile]), Findings(BODY, NOW, [account.body]))
    gone = account.all("sleeps")[3]["id"]
    cache.save(Findings(SLEEPS, NOW, gone=[gone]))
    return path


def aged(path: Path, new: Path) -> Path:
    """The same as the earlier program held it."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(TABLES)
    connection.execute("ATTACH ? AS new", (str(new),))
    connection.execute(f"INSERT INTO records ({COLUMNS}) SELECT {COLUMNS} FROM new.records")
    for table in ("meta", "coverage", "change_log", "skipped", "runs"):
        names = ", ".join(
            name for _, name, *_ in connection.execute(f"PRAGMA main.table_info({table})")
        )
        connection.execute(f"INSERT INTO main.{table} SELECT {names} FROM new.{table}")
    connection.execute("DETACH new")
    for statement in ITS_OWN:
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {0x77683039}")
    connection.execute("PRAGMA user_version = 2")
    connection.close()
    return path


def contents(path: Path) -> dict[str, list[Any]]:
    """All that any table holds, what is made of it, and by which statements."""
    connection = sqlite3.connect(path)
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        found: dict[str, list[Any]] = {
            name: connection.execute(f"SELECT * FROM {name} ORDER BY 1, 2").fetchall()
            for name in ("meta", "coverage", "change_log", "skipped", "runs", "days")
        }
        everything = f"SELECT {COLUMNS} FROM records ORDER BY 1, 2"
        found["records"] = connection.execute(everything).fetchall()
        dated = f"SELECT resource, id, {', '.join(schema.DATE_COLUMNS)} FROM records"
        found["dates"] = connection.execute(
            f"{dated} WHERE raw IS NOT NULL ORDER BY 1, 2"
        ).fetchall()
        made = "SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY 1, 2"
        found["made"] = connection.execute(made).fetchall()
        return found
    finally:
        connection.close()


def test_an_earlier_cache_is_renewed_in_its_place(tmp_path: Path) -> None:
    """Opened, it holds what a cache of today would: every row, every date, every view; no event
    tells of it, and its version is the same."""
    new = filled(tmp_path / "new.db", 90)
    old = aged(tmp_path / "old.db", new)
    Cache(old).require_content()
    assert contents(old) == contents(new)
    assert len(contents(old)["days"]) > 80


def test_the_earlier_program_may_come_back(tmp_path: Path) -> None:
    """It finds the tables that it knows with rows that it can write, makes its own views, and
    leaves a cache that is renewed again."""
    new = filled(tmp_path / "new.db", 40)
    connection = sqlite3.connect(new, isolation_level=None)
    for statement in ITS_OWN:
        connection.execute(statement)
    everything = f"SELECT {COLUMNS} FROM records ORDER BY resource, id"
    rows = connection.execute(everything).fetchall()
    connection.executemany(
        f"INSERT OR REPLACE INTO records ({COLUMNS}) VALUES ({', '.join('?' * 14)})", rows
    )
    assert connection.execute(everything).fetchall() == rows
    connection.close()
    Cache(new).require_content()
    assert contents(new) == contents(filled(tmp_path / "other.db", 40)) | {
        name: contents(new)[name]
        for name in ("meta",)  # whose identity is its own
    }


# ── killed ──


def steps(folder: str, stride: str) -> None:
    """Renew a cache, killed at every so-manyth line; print how many lines there are. Each time the
    next to open it finds what is expected."""
    home = Path(folder)
    new = filled(home / "new.db", 6)
    expected = contents(new)
    first = aged(home / "first.db", new)
    old = home / "old.db"

    def prepare() -> None:
        for end in ("", "-wal", "-shm"):
            old.with_name(old.name + end).unlink(missing_ok=True)
        shutil.copy(first, old)

    def check(step: int) -> None:
        Cache(old).require_content()
        assert contents(old) == expected, step

    modules = ("renew.py", "dates.py", "database.py", "access.py")
    print(kill_at_lines(modules, int(stride), prepare, lambda: Cache(old).require_content(), check))


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and kill")
@pytest.mark.parametrize("stride", [97, pytest.param(5, marks=pytest.mark.slow)])
def test_killed_between_any_two_lines(tmp_path: Path, stride: int) -> None:
    """Whichever line is the last one that runs, the next to open the cache renews it whole."""
    assert printed_by(__name__, "steps", tmp_path, stride) > 400
