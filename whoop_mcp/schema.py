"""The tables and views of the cache.

`records` holds every raw record beside its flat form, so that a change of the flattening needs
no download and a read needs no flattening. The views show that flat form as typed columns to any
program that opens the file; nested values become columns of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields

from .records import Record
from .resources import COLLECTIONS

APPLICATION_ID = 0x77683039  # "wh09": tells the file from other programs' databases
VERSION = 2  # whoop-mcp 0.8.x wrote 1
FLATTENING = "1"  # raise it when a flat record changes: every record is flattened anew then

TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);

-- One row per record ever seen. raw and flat are null once it is known to be deleted.
CREATE TABLE records (
    resource   TEXT NOT NULL,
    id         TEXT NOT NULL,
    start      TEXT,              -- null: a snapshot
    "end"      TEXT,              -- null: still running
    zone       INTEGER NOT NULL,  -- minutes east of UTC
    seconds    REAL NOT NULL,     -- how long it is: bounds how far back a window must look
    cycle_id   TEXT,
    sleep_id   TEXT,
    final      INTEGER NOT NULL,
    raw        TEXT,
    flat       TEXT,
    asked_at   TEXT NOT NULL,     -- when the question was sent whose answer this is
    changed_at TEXT NOT NULL,     -- updated_at of its latest change
    change     INTEGER NOT NULL,  -- that change's place in change_log
    PRIMARY KEY (resource, id)
);
CREATE INDEX records_by_start ON records (resource, start, id) WHERE raw IS NOT NULL;
CREATE INDEX records_by_length ON records (resource, seconds) WHERE raw IS NOT NULL;
CREATE INDEX records_open ON records (resource, start) WHERE raw IS NOT NULL AND NOT final;
CREATE INDEX records_by_cycle ON records (cycle_id, resource) WHERE raw IS NOT NULL;
CREATE INDEX records_by_sleep ON records (sleep_id) WHERE sleep_id IS NOT NULL;
CREATE INDEX records_by_change ON records (changed_at, resource, id);

-- What has been seen whole, and when; the rows of a resource never overlap.
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
CREATE INDEX change_log_by_record ON change_log (resource, id);

-- Malformed records, to be asked for again.
CREATE TABLE skipped (
    resource TEXT NOT NULL,
    id       TEXT NOT NULL,  -- empty: it had none that could be used
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
"""

_TYPES = {"str": "TEXT", "float": "REAL", "int": "INTEGER", "bool": "INTEGER"}

RUN_COLUMNS = (
    "id, resource, started_at, completed_at, status, window_start, window_end, records_fetched, "
    "created, updated, deleted, unchanged, skipped, requests, error"
)


def views() -> Iterator[str]:
    """The statements that make the views anew."""
    for resource in COLLECTIONS:
        select = ",\n    ".join(_columns(resource.record))
        yield f"DROP VIEW IF EXISTS {resource.name}"
        yield (
            f"CREATE VIEW {resource.name} AS SELECT\n    {select}\n"
            f"FROM records WHERE resource = '{resource.name}' AND raw IS NOT NULL"
        )
    yield "DROP VIEW IF EXISTS changes"
    yield (
        "CREATE VIEW changes AS SELECT position, learned_at, resource, id, change, updated_at, "
        "diff FROM change_log"
    )
    yield "DROP VIEW IF EXISTS sync_runs"
    yield f"CREATE VIEW sync_runs AS SELECT {RUN_COLUMNS} FROM runs"


def _columns(record: type[Record]) -> Iterator[str]:
    """Each flat field as an SQL column; the CAST gives it a type that other programs see."""
    parts: Mapping[str, tuple[str, ...]] = getattr(record, "parts", {})
    for field in fields(record):
        for part in parts.get(field.name, ()):
            prefix = "sleep_needed_" if field.name == "sleep_needed_seconds" else ""
            yield _column(f"{field.name}.{part}", "REAL", f"{prefix}{part}_seconds")
        if field.name not in parts:
            yield _column(field.name, _TYPES[str(field.type).split(" |")[0]], field.name)


def _column(path: str, kind: str, name: str) -> str:
    return f"CAST(json_extract(flat, '$.{path}') AS {kind}) AS {name}"
