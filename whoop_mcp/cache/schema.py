"""The tables and views of the cache.

`records` holds every raw record beside its flat form, so that a change of the flattening needs
no download and a read needs no flattening. The views show that flat form as typed columns to any
program that opens the file; nested values become columns of their own. The view `days` says in SQL
what `days.py` says of one date: the cycle, sleep, naps and workouts it has on the wearer's clock;
and what `overlaps.py` says of workouts that overlap: whose the time is that they share.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..whoop.records import Cycle, Record, Recovery, Sleep, Workout, kinds, parts
from ..whoop.resources import COLLECTIONS

APPLICATION_ID = 0x77683039  # "wh09": tells the file from other programs' databases
VERSION = 2
OLD_VERSION = 1  # what whoop-mcp 0.8.x wrote
FLATTENING = "4"  # raise it when a flat record or a view changes: all are made anew then

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
CREATE INDEX runs_under_way ON runs (id) WHERE completed_at IS NULL;
"""

_TYPES = {"str": "TEXT", "float": "REAL", "int": "INTEGER", "bool": "INTEGER"}

RUN_COLUMNS = (
    "id, resource, started_at, completed_at, status, window_start, window_end, records_fetched, "
    "created, updated, deleted, unchanged, skipped, requests, error"
)

VIEWS = (*(resource.name for resource in COLLECTIONS), "days", "changes", "sync_runs")
"""What there is to ask in SQL, by name."""

_DAYS = """
CREATE VIEW days AS WITH
nights AS (  -- each cycle with its main sleep
    SELECT c.id, c.start, c."end", c.seconds, c.zone, coalesce(
        (SELECT s.id FROM records s WHERE s.resource = 'sleeps' AND s.id = r.sleep_id
            AND s.cycle_id = c.id AND s.raw IS NOT NULL),
        (SELECT s.id FROM records s WHERE s.cycle_id = c.id AND s.resource = 'sleeps'
            AND s.raw IS NOT NULL AND s."end" IS NOT NULL AND json_extract(s.flat, '$.nap') IS NOT 1
            ORDER BY +s.seconds DESC, s.start LIMIT 1)  -- the plus: find by cycle, then sort
    ) AS main
    FROM records c LEFT JOIN records r
        ON r.resource = 'recoveries' AND r.id = c.id AND r.raw IS NOT NULL
    WHERE c.resource = 'cycles' AND c.raw IS NOT NULL
),
lengths AS (  -- in milliseconds: the cycle, and what its first local day has left at its start
    SELECT id, start, "end", zone, main,
        CASE WHEN "end" IS NULL THEN (julianday('now') - julianday(start)) * 86400000
            ELSE round(seconds * 1000) END AS lasting,
        86400000 - strftime('%s', substr(start, 1, 19), zone || ' minutes') % 86400 * 1000
            - substr(start, 21, 3) AS first
    FROM nights
),
dated AS (
    SELECT n.id, n.main, s.seconds AS asleep, n.start, coalesce(n."end", '9999') AS "end",
        CASE WHEN s."end" IS NOT NULL THEN date(s."end", s.zone || ' minutes')
            -- The second day has most when it has more than the first; a third never has more.
            ELSE date(n.start, n.zone || ' minutes',
                (lasting > 2 * first AND first < 86400000) || ' days') END AS date
    FROM lengths n LEFT JOIN records s ON s.resource = 'sleeps' AND s.id = n.main
),
ranked AS (
    SELECT date, id, main, count(*) OVER (PARTITION BY date) - 1 AS others, row_number() OVER (
        PARTITION BY date ORDER BY main IS NULL, asleep DESC, "end" DESC, start, id) AS place
    FROM dated
),
sessions AS (  -- each workout, and up to when those of its date that began before it lasted
    SELECT *, max("end") OVER (PARTITION BY date ORDER BY start, id
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
    FROM (
        SELECT id, start, "end", seconds, flat, date(start, zone || ' minutes') AS date,
            json_extract(flat, '$.score_state') IS 'SCORED'
                AND (json_extract(flat, '$.strain') IS NOT NULL
                    OR json_extract(flat, '$.zone_durations_seconds') IS NOT NULL) AS measured
        FROM records WHERE resource = 'workouts' AND raw IS NOT NULL
    )
),
crowded AS (SELECT date FROM sessions WHERE reached > start),
crowd AS (SELECT * FROM sessions WHERE date IN (SELECT date FROM crowded)),
shared AS (  -- of each workout what others that are measured, longer or earlier have of its time
    SELECT id, start, "end", max("end") OVER (PARTITION BY id ORDER BY start, "end"
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
    FROM (
        SELECT a.id, max(a.start, b.start) AS start, min(a."end", b."end") AS "end"
        FROM crowd a JOIN crowd b ON b.date = a.date AND b.start < a."end" AND b."end" > a.start
            AND (a.measured, a.seconds, b.start, b.id) < (b.measured, b.seconds, a.start, a.id)
    )
),
taken AS (
    SELECT id, sum(round((julianday("end") - julianday(max(start, coalesce(reached, start))))
        * 86400, 3)) AS seconds
    FROM shared WHERE "end" > coalesce(reached, start) GROUP BY id
),
happened AS (
    SELECT date, id AS cycle, main, others, NULL AS nap, NULL AS workout, NULL AS seconds,
        NULL AS share
    FROM ranked WHERE place = 1
    UNION ALL
    SELECT date("end", zone || ' minutes'), NULL, NULL, NULL, flat, NULL, NULL, NULL FROM records
    WHERE resource = 'sleeps' AND raw IS NOT NULL AND "end" IS NOT NULL
        AND json_extract(flat, '$.nap') = 1
    UNION ALL
    SELECT w.date, NULL, NULL, NULL, NULL, w.flat,
        CASE WHEN w.reached > w.start AND w."end" > w.start THEN max(0.0, round(
            (julianday(w."end") - julianday(w.reached)) * 86400, 3)) ELSE w.seconds END,
        CASE WHEN t.seconds > 0 THEN 1 - t.seconds / w.seconds ELSE 1.0 END
    FROM sessions w LEFT JOIN taken t ON t.id = w.id
),
dates AS (  -- put together by grouping: a join on the date would have no index
    SELECT date, max(cycle) AS cycle, max(main) AS main, max(others) AS others,
        count(nap) AS nap_count,
        round(sum(json_extract(nap, '$.asleep_seconds')), 1) AS nap_asleep_seconds,
        count(workout) AS workout_count,
        max(CAST(json_extract(workout, '$.strain') AS REAL)) AS workout_max_strain,
        CAST(round(sum(json_extract(workout, '$.calories') * share)) AS INTEGER)
            AS workout_calories,
        round(sum(seconds), 1) AS workout_seconds,
        {sums}
    FROM happened GROUP BY date
)
SELECT d.date,
    {columns},
    coalesce(d.others, 0) AS other_cycle_count,
    (SELECT count(*) {further}) AS other_sleep_count,
    (SELECT round(sum(json_extract(o.flat, '$.asleep_seconds')), 1) {further})
        AS other_sleep_asleep_seconds,
    d.nap_count, d.nap_asleep_seconds,
    d.workout_count, d.workout_max_strain, d.workout_calories, d.workout_seconds,
    {zones}
FROM dates d
LEFT JOIN records c ON c.resource = 'cycles' AND c.id = d.cycle
LEFT JOIN records r ON r.resource = 'recoveries' AND r.id = d.cycle AND r.raw IS NOT NULL
LEFT JOIN records s ON s.resource = 'sleeps' AND s.id = d.main
"""
_FURTHER = (
    "FROM records o WHERE o.cycle_id = d.cycle AND o.resource = 'sleeps' AND o.raw IS NOT NULL "
    "AND o.id IS NOT d.main AND json_extract(o.flat, '$.nap') IS NOT 1"
)
"""The sleeps of a day's cycle that are neither its main one nor naps."""
_NOT_A_DAYS = ("start", "end", "timezone_offset", "nap")
_SHARED = ("id", "start_local", "end_local", "score_state")


def views() -> Iterator[str]:
    """The statements that make the views anew."""
    for view in VIEWS:
        yield f"DROP VIEW IF EXISTS {view}"
    for resource in COLLECTIONS:
        select = ",\n    ".join(_spell("", *column) for column in _columns(resource.record))
        yield (
            f"CREATE VIEW {resource.name} AS SELECT\n    {select}\n"
            f"FROM records WHERE resource = '{resource.name}' AND raw IS NOT NULL"
        )
    yield _days()
    yield (
        "CREATE VIEW changes AS SELECT position, learned_at, resource, id, change, updated_at, "
        "diff FROM change_log"
    )
    yield f"CREATE VIEW sync_runs AS SELECT {RUN_COLUMNS} FROM runs"


def _days() -> str:
    columns = [
        *_of_a_day("c", "cycle", Cycle),
        *_of_a_day("r", "recovery", Recovery, "sleep_id", "cycle_id", "start_local", "end_local"),
        *_of_a_day("s", "sleep", Sleep, "cycle_id"),
    ]
    zones = {
        f"workout_{zone}_seconds": f"json_extract(workout, '$.zone_durations_seconds.{zone}')"
        for zone in Workout.parts["zone_durations_seconds"]
    }
    return _DAYS.format(
        columns=",\n    ".join(columns),
        further=_FURTHER,
        sums=",\n        ".join(
            f"round(sum({one} * share), 1) AS {name}" for name, one in zones.items()
        ),
        zones=", ".join(f"d.{name}" for name in zones),
    )


def _of_a_day(table: str, one: str, record: type[Record], *known: str) -> Iterator[str]:
    """A record's columns; those that others have too are named after it."""
    for path, kind, name in _columns(record):
        if name not in (*_NOT_A_DAYS, *known):
            yield _spell(f"{table}.", path, kind, f"{one}_{name}" if name in _SHARED else name)


def _columns(record: type[Record]) -> Iterator[tuple[str, str, str]]:
    """Each flat field as an SQL column: its path, its type and its name."""
    nested = parts(record)
    for name, kind in kinds(record).items():
        for part in nested.get(name, ()):
            prefix = "sleep_needed_" if name == "sleep_needed_seconds" else ""
            yield f"{name}.{part}", "REAL", f"{prefix}{part}_seconds"
        if name not in nested:
            yield name, _TYPES[kind], name


def _spell(table: str, path: str, kind: str, name: str) -> str:
    """The column in SQL; the CAST gives it a type that other programs see.

    The times are columns of the table as well, by which it has an index.
    """
    if path in ("start", "end"):
        return f'{table}"{path}" AS "{name}"'
    return f"CAST(json_extract({table}flat, '$.{path}') AS {kind}) AS {name}"
