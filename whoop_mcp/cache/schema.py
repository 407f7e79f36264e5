"""Lay out the tables, the triggers and the views of the cache.

`records` holds every raw record beside its flat form, so that a change of the flattening needs
no download and a read needs no flattening. The views show that flat form as typed columns to any
program that opens the file; nested values become columns of their own. The view `days` gathers
what `dates.py` has dated: the cycle, sleep, naps and workouts of a local date; and says in SQL
what `overlaps.py` says of workouts that overlap: whose the time is that they share.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..whoop.records import Cycle, Record, Recovery, Sleep, Workout, kinds, parts
from ..whoop.resources import COLLECTIONS

APPLICATION_ID = 0x77683039  # "wh09": tells the file from other programs' databases
VERSION = 2
OLD_VERSION = 1  # what whoop-mcp 0.8.x wrote
FLATTENING = "5"  # raise it when a flat record, date or view changes: all are made anew then

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
    local_date TEXT,              -- of a cycle, sleep or workout; null: it still runs
    utc_date   TEXT,
    turns_at   TEXT,              -- of a cycle without a date: later its local one is its second
    main_sleep TEXT,              -- a cycle's
    precedence TEXT,              -- a cycle's among those of its date: the greatest is shown
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

DATE_COLUMNS = ("local_date", "utc_date", "turns_at", "main_sleep", "precedence")
"""What `dates.py` decides of a row."""
PRECEDENCE_LENGTH = 68
"""Characters of a cycle's precedence before its id."""

_UNDATE = "UPDATE records SET local_date = NULL, utc_date = NULL WHERE resource = 'cycles' AND "
DATING = (
    "CREATE INDEX IF NOT EXISTS records_by_date ON records (resource, local_date) "
    "WHERE raw IS NOT NULL",
    "CREATE INDEX IF NOT EXISTS records_by_utc_date ON records (resource, utc_date) "
    "WHERE raw IS NOT NULL",
    # A row that is replaced does not count as deleted.
    "CREATE TRIGGER IF NOT EXISTS undate_inserted BEFORE INSERT ON records BEGIN "
    f"{_UNDATE} local_date IS NOT NULL AND id IN (new.cycle_id, (SELECT cycle_id FROM records "
    "WHERE resource = new.resource AND id = new.id)); END",
    'CREATE TRIGGER IF NOT EXISTS undate_updated AFTER UPDATE OF raw, flat, "end", cycle_id, '
    f"sleep_id ON records BEGIN {_UNDATE} local_date IS NOT NULL "
    "AND id IN (old.cycle_id, new.cycle_id); END",
    "CREATE TRIGGER IF NOT EXISTS undate_deleted AFTER DELETE ON records BEGIN "
    f"{_UNDATE} local_date IS NOT NULL AND id = old.cycle_id; END",
)
"""Indexes of the dates, and triggers that clear a cycle's when what it depends on is written, also
by an older program version, which knows nothing of them."""

_TYPES = {"str": "TEXT", "float": "REAL", "int": "INTEGER", "bool": "INTEGER"}

RUN_COLUMNS = (
    "id, resource, started_at, completed_at, status, window_start, window_end, records_fetched, "
    "created, updated, deleted, unchanged, skipped, requests, error"
)

VIEWS = (*(resource.name for resource in COLLECTIONS), "days", "changes", "sync_runs")
"""What there is to ask in SQL, by name."""

_DAYS = """
CREATE VIEW days AS WITH
happened AS (  -- three indexed ranges of dates, and the few cycles that still run
    SELECT local_date AS date, precedence, NULL AS nap, NULL AS workout, NULL AS seconds,
        NULL AS share
    FROM records WHERE resource = 'cycles' AND raw IS NOT NULL AND local_date IS NOT NULL
    UNION ALL
    SELECT date(start, zone || ' minutes', (coalesce(turns_at, '9999')
        < strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) || ' days'), precedence, NULL, NULL, NULL, NULL
    FROM records WHERE resource = 'cycles' AND raw IS NOT NULL AND local_date IS NULL
    UNION ALL
    SELECT local_date, NULL, flat, NULL, NULL, NULL
    FROM records WHERE resource = 'sleeps' AND raw IS NOT NULL AND local_date IS NOT NULL
        AND json_extract(flat, '$.nap') = 1
    UNION ALL
    SELECT w.local_date, NULL, NULL, w.flat, {seconds}, {share}
    FROM records w WHERE w.resource = 'workouts' AND w.raw IS NOT NULL AND w.local_date IS NOT NULL
),
dates AS (  -- put together by grouping: a join on the date would have no index
    SELECT date, substr(max(precedence), {length} + 1) AS cycle, count(precedence) AS cycles,
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
    max(d.cycles - 1, 0) AS other_cycle_count,
    (SELECT count(*) {further}) AS other_sleep_count,
    (SELECT round(sum(json_extract(o.flat, '$.asleep_seconds')), 1) {further})
        AS other_sleep_asleep_seconds,
    d.nap_count, d.nap_asleep_seconds,
    d.workout_count, d.workout_max_strain, d.workout_calories, d.workout_seconds,
    {zones}
FROM dates d
LEFT JOIN records c ON c.resource = 'cycles' AND c.id = d.cycle
LEFT JOIN records r ON r.resource = 'recoveries' AND r.id = d.cycle AND r.raw IS NOT NULL
LEFT JOIN records s ON s.resource = 'sleeps' AND s.id = c.main_sleep
"""
_EARLIER = (
    "(SELECT max(o.\"end\") FROM records o WHERE o.resource = 'workouts' AND o.raw IS NOT NULL "
    "AND o.local_date = w.local_date AND (o.start, o.id) < (w.start, w.id))"
)
"""Up to when those workouts of a date lasted that began before one of it, `w`."""
_SECONDS = f"""CASE WHEN {_EARLIER} > w.start AND w."end" > w.start
        THEN max(0.0, round((julianday(w."end") - julianday({_EARLIER})) * 86400, 3))
        ELSE w.seconds END"""
"""How much a workout adds to the time that has a workout."""
_MEASURED = (
    "(json_extract({one}.flat, '$.score_state') IS 'SCORED' "
    "AND (json_extract({one}.flat, '$.strain') IS NOT NULL "
    "OR json_extract({one}.flat, '$.zone_durations_seconds') IS NOT NULL))"
)
_SHARE = f"""coalesce(1 - (  -- what others that are measured, longer or earlier have of its time
        SELECT nullif(sum(round((julianday("end") - julianday(max(start, coalesce(reached, start))))
            * 86400, 3)), 0) FROM (
            SELECT start, "end", max("end") OVER (ORDER BY start, "end"
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS reached
            FROM (
                SELECT max(w.start, o.start) AS start, min(w."end", o."end") AS "end"
                FROM records o WHERE o.resource = 'workouts' AND o.raw IS NOT NULL
                    AND o.local_date = w.local_date AND o.start < w."end" AND o."end" > w.start
                    AND o.id <> w.id AND ({_MEASURED.format(one="w")}, w.seconds, o.start, o.id)
                        < ({_MEASURED.format(one="o")}, o.seconds, w.start, w.id)
            )
        ) WHERE "end" > coalesce(reached, start)
    ) / w.seconds, 1.0)"""
"""How much of a workout is counted, 0 to 1."""
_FURTHER = (
    "FROM records o WHERE o.cycle_id = d.cycle AND o.resource = 'sleeps' AND o.raw IS NOT NULL "
    "AND o.id IS NOT c.main_sleep AND json_extract(o.flat, '$.nap') IS NOT 1"
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
        seconds=_SECONDS,
        share=_SHARE,
        length=PRECEDENCE_LENGTH,
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
