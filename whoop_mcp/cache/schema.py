"""Lay out the tables, the triggers and the views of the cache.

`records` holds every raw record beside its flat form, so that a change of the flattening needs
no download and a read needs no flattening. The views show that flat form as typed columns to any
program that opens the file; nested values become columns of their own. The view `days` gathers
the cycle, sleep, naps and workouts of each local date, as `dates.py` has dated them. It looks each
date up by index, without a GROUP BY, so that what it costs grows with the dates asked for and not
with the years held.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..whoop.records import Cycle, Record, Recovery, Sleep, Workout, kinds, parts
from ..whoop.resources import COLLECTIONS

APPLICATION_ID = 0x77683039  # "wh09": tells the file from other programs' databases
VERSION = 2
WITH_EXPORT = 3  # of a cache that holds an export's records: earlier versions would look for them
OLD_VERSION = 1  # what whoop-mcp 0.8.x wrote
FLATTENING = "7"  # raise it when a flat record, date or view changes: all are made anew then

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
    share      REAL,              -- how much of it is no other workout's time, 0 to 1
    source     TEXT NOT NULL DEFAULT 'api',  -- or export: WHOOP's data export
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
    error           TEXT,
    replaced        INTEGER NOT NULL DEFAULT 0  -- an export's records that gave way
);
CREATE INDEX runs_under_way ON runs (id) WHERE completed_at IS NULL;
"""

DATE_COLUMNS = {
    "local_date": "TEXT",
    "utc_date": "TEXT",
    "turns_at": "TEXT",
    "main_sleep": "TEXT",
    "precedence": "TEXT",
    "share": "REAL",
}
"""The columns that `dates.py` decides, with their types."""
PRECEDENCE_LENGTH = 68
"""Characters of a cycle's precedence before its id."""

ARCHIVE = (
    # What an export knows whole, and the date of that export; the rows never overlap.
    "CREATE TABLE IF NOT EXISTS archived (resource TEXT NOT NULL, start TEXT NOT NULL, "
    '"end" TEXT NOT NULL, confirmed_at TEXT NOT NULL, PRIMARY KEY (resource, start))',
    # One answer to one question, the person's own or from WHOOP's journal.
    """CREATE TABLE IF NOT EXISTS entries (
    source    TEXT NOT NULL,     -- export or own
    moment    TEXT NOT NULL,     -- the start of the cycle it was given in; of one's own the date
    woke_on   TEXT NOT NULL,     -- the local date on which that cycle wakes; of one's own the date
    date      TEXT NOT NULL,     -- the local date on which it happened
    behaviour TEXT NOT NULL,
    question  TEXT NOT NULL,
    answer    INTEGER NOT NULL,  -- 1 yes, 0 no
    amount    REAL,
    unit      TEXT,
    notes     TEXT,
    as_of     TEXT NOT NULL,     -- of the export; of one's own when it was written down
    PRIMARY KEY (source, moment, behaviour)
) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS entries_by_date ON entries (date)",
    "CREATE TABLE IF NOT EXISTS synonyms (behaviour TEXT PRIMARY KEY, meant TEXT NOT NULL)",
    "CREATE INDEX IF NOT EXISTS records_archived ON records (resource, start) "
    "WHERE source = 'export'",
)
"""What an import and the journal need beside the other tables; older caches are given it."""

EXPERIMENTS = (
    # What a person has registered to try on themselves; no sync touches it.
    """CREATE TABLE IF NOT EXISTS experiments (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    plan          TEXT NOT NULL,  -- JSON, the seed of the lot in it
    digest        TEXT NOT NULL,  -- SHA-256 of the plan
    behaviour     TEXT NOT NULL,
    first         TEXT NOT NULL,  -- local dates of the behaviour
    last          TEXT NOT NULL,
    ended_on      TEXT,           -- ended before its time: the last date that counts
    ended_at      TEXT,
    journal_floor TEXT            -- the journal of before this date was purged
)""",
    # Own entries of an experiment's days that were changed afterwards; null: no entry.
    """CREATE TABLE IF NOT EXISTS corrections (
    experiment INTEGER NOT NULL,
    date       TEXT NOT NULL,
    before     INTEGER,
    after      INTEGER,
    at         TEXT NOT NULL
)""",
    """CREATE TRIGGER IF NOT EXISTS experiments_fixed
BEFORE UPDATE OF id, plan, digest, behaviour, first, last ON experiments
BEGIN SELECT RAISE(ABORT, 'what was registered is never changed'); END""",
)
"""What experiments need; older caches are given it."""

_INDEXES = (
    "records_by_date ON records (resource, local_date) WHERE raw IS NOT NULL",
    "records_by_utc_date ON records (resource, utc_date) WHERE raw IS NOT NULL",
)
_TRIGGERS = {  # when, which cycles, and which workouts' date
    "undate_inserted": (
        # Only this version says a share; a row that is replaced does not count as deleted.
        "BEFORE INSERT ON records WHEN new.share IS NULL",
        "new.cycle_id, "
        "(SELECT cycle_id FROM records WHERE resource = new.resource AND id = new.id)",
        "(SELECT local_date FROM records WHERE resource = new.resource AND id = new.id "
        "AND resource = 'workouts')",
    ),
    "undate_updated": (
        'AFTER UPDATE OF raw, flat, start, "end", zone, cycle_id, sleep_id ON records',
        "old.cycle_id, new.cycle_id",
        "(SELECT old.local_date WHERE old.resource = 'workouts')",
    ),
    "undate_deleted": (
        "AFTER DELETE ON records",
        "old.cycle_id",
        "(SELECT old.local_date WHERE old.resource = 'workouts')",
    ),
}
DATING = (
    *(f"CREATE INDEX IF NOT EXISTS {index}" for index in _INDEXES),
    *(
        f"CREATE TRIGGER IF NOT EXISTS {name} {when} BEGIN "
        "UPDATE records SET local_date = NULL, utc_date = NULL WHERE resource = 'cycles' "
        f"AND local_date IS NOT NULL AND id IN ({cycles}); "
        "UPDATE records SET local_date = NULL, utc_date = NULL WHERE resource = 'workouts' "
        f"AND raw IS NOT NULL AND local_date = {date}; END"
        for name, (when, cycles, date) in _TRIGGERS.items()
    ),
)
"""Indexes of the dates, and triggers that clear a date when what it or a share depends on is
deleted, or written by an older program version, which knows nothing of them."""

_TYPES = {"str": "TEXT", "float": "REAL", "int": "INTEGER", "bool": "INTEGER"}

ADDED_COLUMNS = {
    "records": {**DATE_COLUMNS, "source": "TEXT NOT NULL DEFAULT 'api'"},
    "runs": {"replaced": "INTEGER NOT NULL DEFAULT 0"},
}
"""The columns of each table that the first caches of this program had not."""

RUN_COLUMNS = (
    "id, resource, started_at, completed_at, status, window_start, window_end, records_fetched, "
    "created, updated, deleted, unchanged, skipped, requests, error, replaced"
)

VIEWS = (*(resource.name for resource in COLLECTIONS), "days", "journal", "changes", "sync_runs")
"""The names of all that can be asked in SQL."""

_HELD = "FROM records x WHERE x.raw IS NOT NULL AND x.resource ="
_NAP = "json_extract(x.flat, '$.nap') = 1"
_RUNNING = f"""{_HELD} 'cycles' AND x.local_date IS NULL"""
_DATE_NOW = """date(x.start, x.zone || ' minutes',
        (coalesce(x.turns_at, '9999') < strftime('%Y-%m-%dT%H:%M:%fZ', 'now')) || ' days')"""
"""The date of a cycle that runs and has no sleep yet."""
_CYCLES = f"""FROM (
        SELECT x.precedence {_HELD} 'cycles' AND x.local_date = d.date
        UNION ALL SELECT x.precedence {_RUNNING} AND {_DATE_NOW} = d.date)"""
_NAPS = f"{_HELD} 'sleeps' AND x.local_date = d.date AND {_NAP}"
_WORKOUTS = f"{_HELD} 'workouts' AND x.local_date = d.date"
_FURTHER = (
    "FROM records x WHERE x.cycle_id = c.id AND x.resource = 'sleeps' AND x.raw IS NOT NULL "
    "AND x.id IS NOT c.main_sleep AND json_extract(x.flat, '$.nap') IS NOT 1"
)
"""The sleeps of a day's cycle that are neither its main one nor naps."""
_DAYS = f"""
CREATE VIEW days AS WITH dates AS (  -- so spelled, any SQLite looks only at the dates asked for
    SELECT DISTINCT date FROM (
        SELECT x.local_date AS date {_HELD} 'cycles'
        UNION ALL SELECT {_DATE_NOW} {_RUNNING}
        UNION ALL SELECT x.local_date {_HELD} 'sleeps' AND {_NAP}
        UNION ALL SELECT x.local_date {_HELD} 'workouts'
    )
)
SELECT d.date,
    {{columns}},
    (SELECT max(count(*) - 1, 0) {_CYCLES}) AS other_cycle_count,
    (SELECT count(*) {_FURTHER}) AS other_sleep_count,
    (SELECT round(sum(json_extract(x.flat, '$.asleep_seconds')), 1) {_FURTHER})
        AS other_sleep_asleep_seconds,
    (SELECT count(*) {_NAPS}) AS nap_count,
    (SELECT round(sum(json_extract(x.flat, '$.asleep_seconds')), 1) {_NAPS}) AS nap_asleep_seconds,
    (SELECT count(*) {_WORKOUTS}) AS workout_count,
    (SELECT max(CAST(json_extract(x.flat, '$.strain') AS REAL)) {_WORKOUTS}) AS workout_max_strain,
    (SELECT CAST(round(sum(json_extract(x.flat, '$.calories') * x.share)) AS INTEGER) {_WORKOUTS})
        AS workout_calories,
    (SELECT round(sum(round(x.seconds * x.share, 3)), 1) {_WORKOUTS}) AS workout_seconds,
    {{zones}}
FROM dates d
LEFT JOIN records c ON c.resource = 'cycles'
    AND c.id = (SELECT substr(max(precedence), {PRECEDENCE_LENGTH + 1}) {_CYCLES})
LEFT JOIN records r ON r.resource = 'recoveries' AND r.id = c.id AND r.raw IS NOT NULL
LEFT JOIN records s ON s.resource = 'sleeps' AND s.id = c.main_sleep
WHERE d.date IS NOT NULL
"""
_NOT_A_DAYS = ("start", "end", "timezone_offset", "nap")
_SHARED = ("id", "start_local", "end_local", "score_state", "source")


def views() -> Iterator[str]:
    """Spell the statements that make the views anew."""
    for view in VIEWS:
        yield f"DROP VIEW IF EXISTS {view}"
    for resource in COLLECTIONS:
        select = ",\n    ".join(_spell("", *column) for column in _columns(resource.record))
        yield (
            f"CREATE VIEW {resource.name} AS SELECT\n    {select}\n"
            f"FROM records WHERE resource = '{resource.name}' AND raw IS NOT NULL"
        )
    yield _days()
    yield (  # without the notes, which are nobody's business
        "CREATE VIEW journal AS SELECT e.date, coalesce(s.meant, e.behaviour) AS behaviour, "
        "e.question, e.answer, e.amount, e.unit, e.source "
        "FROM entries e LEFT JOIN synonyms s ON s.behaviour = e.behaviour"
    )
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
    zones = [
        f"(SELECT round(sum(json_extract(x.flat, '$.zone_durations_seconds.{zone}') * x.share), 1) "
        f"{_WORKOUTS}) AS workout_{zone}_seconds"
        for zone in Workout.parts["zone_durations_seconds"]
    ]
    return _DAYS.format(columns=",\n    ".join(columns), zones=",\n    ".join(zones))


def _of_a_day(table: str, one: str, record: type[Record], *known: str) -> Iterator[str]:
    """Spell a record's columns; those that others have too are named after it."""
    for path, kind, name in _columns(record):
        if name not in (*_NOT_A_DAYS, *known):
            yield _spell(f"{table}.", path, kind, f"{one}_{name}" if name in _SHARED else name)


def _columns(record: type[Record]) -> Iterator[tuple[str, str, str]]:
    """List each flat field as an SQL column: its path, its type and its name."""
    nested = parts(record)
    for name, kind in kinds(record).items():
        for part in nested.get(name, ()):
            prefix = "sleep_needed_" if name == "sleep_needed_seconds" else ""
            yield f"{name}.{part}", "REAL", f"{prefix}{part}_seconds"
        if name not in nested:
            yield name, _TYPES[kind], name


def _spell(table: str, path: str, kind: str, name: str) -> str:
    """Spell a column in SQL; the CAST gives it a type that other programs see.

    The times are columns of the table as well, by which it has an index.
    """
    if path in ("start", "end", "source"):
        return f'{table}"{path}" AS "{name}"'
    return f"CAST(json_extract({table}flat, '$.{path}') AS {kind}) AS {name}"
