"""Databases as whoop-mcp 0.8.x leaves them, made from what is known of it and not by it."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from whoop_mcp.simulator.account import Account
from whoop_mcp.whoop.resources import COLLECTIONS

from . import samples

_RECORDS = ("cycles", "recoveries", "sleeps", "workouts")
SNAPSHOTS = ("profile_snapshots", "body_measurements")
TABLES = (*_RECORDS, *SNAPSHOTS)
LEARNED = "2026-10-20T06:00:00.123456Z"

Rows = Mapping[str, Iterable[Any]]
"""Per table, WHOOP's raw records; or (id, updated_at, text) where a row is to be an odd one."""


def make(path: Path, rows: Rows) -> Path:
    """A database of 0.8.x that nobody has open."""
    opened(path, rows).close()
    return path


def opened(path: Path, rows: Rows) -> sqlite3.Connection:
    """The same, with the connection that a server of 0.8.x keeps while it runs."""
    path.parent.mkdir(exist_ok=True)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("BEGIN")
    for table in _RECORDS:
        connection.execute(
            f'CREATE TABLE {table} (id TEXT PRIMARY KEY, start TEXT, "end" TEXT, updated_at TEXT '
            "NOT NULL, score_state TEXT, cycle_id TEXT, raw_json TEXT NOT NULL, "
            "flat_json TEXT NOT NULL)"
        )
        connection.execute(f"CREATE INDEX idx_{table}_updated_at ON {table} (updated_at)")
    for table in SNAPSHOTS:
        connection.execute(
            f"CREATE TABLE {table} (id TEXT PRIMARY KEY, updated_at TEXT NOT NULL, "
            "raw_json TEXT NOT NULL, flat_json TEXT NOT NULL)"
        )
    connection.execute(
        "CREATE TABLE sync_runs (id INTEGER PRIMARY KEY AUTOINCREMENT, started_at TEXT NOT NULL, "
        "completed_at TEXT, resource TEXT NOT NULL, records_fetched INTEGER NOT NULL DEFAULT 0, "
        "records_upserted INTEGER NOT NULL DEFAULT 0, status TEXT NOT NULL, error_message TEXT, "
        "since_cursor TEXT, until_cursor TEXT)"
    )
    connection.execute("PRAGMA user_version = 1")
    for table, records in rows.items():
        for record in records:
            insert(connection, table, record)
    connection.execute("COMMIT")
    path.chmod(0o600)
    return connection


def insert(connection: sqlite3.Connection, table: str, record: Any) -> None:
    """Store a record as 0.8.x does, or a (id, updated_at, text) as it stands."""
    if isinstance(record, tuple):
        key, updated_at, text = record
    else:
        key = "current" if table in SNAPSHOTS else record.get("id") or record.get("cycle_id")
        updated_at, text = record.get("updated_at") or LEARNED, json.dumps(record)
    connection.execute(
        f"INSERT OR REPLACE INTO {table} (id, updated_at, raw_json, flat_json) "
        "VALUES (?, ?, ?, '{}')",
        (str(key), updated_at, text),
    )


def check_health(connection: sqlite3.Connection) -> None:
    """Leave what the health check of 0.8.x leaves."""
    connection.execute("CREATE TABLE _health (id INTEGER PRIMARY KEY AUTOINCREMENT, ts TEXT)")
    connection.execute("INSERT INTO _health (ts) VALUES (?)", (LEARNED,))
    connection.execute("DELETE FROM _health")


def abandoned(path: Path, rows: Rows) -> Path:
    """The same as a server leaves it that was killed: all of it still in the write-ahead log."""
    elsewhere = path.with_name("elsewhere.db")
    running = opened(elsewhere, rows)
    for end in ("", "-wal"):
        shutil.copy(f"{elsewhere}{end}", f"{path}{end}")
    running.close()
    elsewhere.unlink()
    return path


def of(account: Account) -> dict[str, list[Any]]:
    """All that an account holds."""
    records: dict[str, list[Any]] = {one.name: list(account.all(one.name)) for one in COLLECTIONS}
    return {**records, "profile_snapshots": [account.profile], "body_measurements": [account.body]}


def day(number: int = 1) -> dict[str, list[Any]]:
    """One of each kind."""
    key = samples.uuid(number)
    return {
        "cycles": [samples.cycle(number)],
        "sleeps": [samples.sleep(key, cycle_id=number)],
        "recoveries": [samples.recovery(number, sleep_id=key)],
        "workouts": [samples.workout(samples.uuid(1000 + number))],
        "profile_snapshots": [samples.profile()],
        "body_measurements": [
            {"height_meter": 1.8, "weight_kilogram": 80.5, "max_heart_rate": 190}
        ],
    }


def contents(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """Each record that such a database holds, however it is named now."""
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
    try:
        return {
            table: connection.execute(
                f"SELECT id, updated_at, raw_json FROM {table} ORDER BY id"
            ).fetchall()
            for table in TABLES
        }
    finally:
        connection.close()
