"""The database of whoop-mcp 0.8.x, made into a cache of ours in its place, once.

It kept WHOOP's own JSON of each record as `raw_json`. That is entered as if WHOOP had just sent
it; what 0.8.x made of it, and its audit of syncs, stay behind in the copy that is kept beside it.
Nothing it held is claimed to be whole: it could not know what it had missed.

All is one transaction of that file, and the copy is on the disk before it: whoever is killed, or
finds the disk full, leaves the old database as it was. A program that has it open goes on reading
what it began to read, and finds its tables gone then.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import sqlite3
import stat
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from typing import NamedTuple

from .. import files, times
from ..errors import CacheError
from ..folders import Folder, opened
from ..whoop import fields
from ..whoop.fields import Raw
from ..whoop.resources import BODY, CYCLES, PROFILE, RECOVERIES, SLEEPS, WORKOUTS, Resource
from . import ask_again, dates, schema
from .database import Connection, check_owner, lay_out, set_meta, translation
from .save import Findings, Ledger

BACKUP = ".v1-backup"
"""The suffix of the cache's name for the copy of the database that whoop-mcp 0.8.x left."""

_RECORDS: dict[str, Resource] = {
    # A recovery's times are its sleep's or its cycle's, so it comes after both.
    "cycles": CYCLES,
    "sleeps": SLEEPS,
    "recoveries": RECOVERIES,
    "workouts": WORKOUTS,
    "profile_snapshots": PROFILE,
    "body_measurements": BODY,
}
_OTHERS = {"sync_runs", "_health"}  # the last is there once its health check has run
_WAIT = 30_000  # milliseconds: another process may just be at it, and ten years take seconds

log = logging.getLogger(__name__)


class _Row(NamedTuple):
    id: str
    updated_at: str
    raw: Raw | None  # None: not a JSON object


def take_over(connection: Connection, path: Path, now: str, user: int | None) -> None:
    """Make the database at `path` ours if it is one of 0.8.x; any other is left as it is.

    `user` is whose login is in use. CacheError when its records are another's, or of several.
    """
    connection.execute(f"PRAGMA busy_timeout = {_WAIT}")
    connection.execute("BEGIN IMMEDIATE")  # from here on nobody else writes, or takes it over
    old = _is_old(connection)
    taken = _adopt(connection, path, now, user) if old else Counter()
    connection.execute("COMMIT")
    if old:
        log.info(
            "Took over %d records of whoop-mcp 0.8.x; %d were malformed. The old database is kept "
            "as %s.",
            taken["created"],
            taken["skipped"],
            path.name + BACKUP,
        )


def copies(path: Path) -> list[Path]:
    """Find what takeovers have left beside a cache: the copy, older ones, an unfinished one.

    A folder of such a name is somebody else's. OSError.
    """
    name = path.name + BACKUP
    beside = (one for one in path.parent.iterdir() if one.name.startswith(name))
    return [one for one in beside if not stat.S_ISDIR(one.lstat().st_mode)]


def _is_old(connection: Connection) -> bool:
    """Tell whether its tables are those of 0.8.x, and no more than those."""
    found = {
        name
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type <> 'index' AND name NOT LIKE 'sqlite~_%' "
            "ESCAPE '~'"
        )
    }
    return found | {"_health"} == _RECORDS.keys() | _OTHERS


def _adopt(connection: Connection, path: Path, now: str, user: int | None) -> Counter[str]:
    """Turn the old tables into ours; how many records were created, skipped or unchanged."""
    owner = _owner(connection)
    lay_out(connection)
    if owner is not None:
        set_meta(connection, "user_id", str(owner))
    if user is not None:
        check_owner(connection, user)
    try:
        _copy(path)
        files.tighten(path)
    except OSError as problem:
        raise translation(path, str(problem)) from problem
    taken: Counter[str] = Counter()
    for table, resource in _RECORDS.items():
        for row in _rows(connection, table):
            taken[_enter(connection, resource, row, now)] += 1
        connection.execute(f"DROP TABLE {table}")  # what it took is free for the next
    for table in _OTHERS:
        connection.execute(f"DROP TABLE IF EXISTS {table}")
    for statement in schema.views():
        connection.execute(statement)
    dates.clear(connection)  # each was entered by itself, and knows nothing of the others
    dates.decide(connection)
    set_meta(connection, "flattening", schema.FLATTENING)
    return taken


def _owner(connection: Connection) -> int | None:
    """Tell whose records they are, as far as they say; CacheError when of several users."""
    users = set()
    for table in _RECORDS:
        for row in _rows(connection, table):
            user = fields.user(row.raw) if row.raw else None
            if user is not None:
                users.add(user)
    if len(users) > 1:
        raise CacheError(
            "The cache is whoop-mcp 0.8's and holds the records of several WHOOP users.",
            hint="It was left as it is. Move it away, or set WHOOP_DB_PATH to another file, "
            "then run `whoop-mcp sync` to fetch your own again.",
        )
    return users.pop() if users else None


def _rows(connection: Connection, table: str) -> Iterator[_Row]:
    """The records of a table, one by one, the newest first."""
    for values in connection.execute(
        # As bytes: text that is none would end the reading of all that come after it.
        "SELECT CAST(id AS BLOB), CAST(updated_at AS BLOB), CAST(raw_json AS BLOB) "
        f"FROM {table} ORDER BY updated_at DESC"
    ):
        key, updated_at, text = values
        raw = None
        with suppress(ValueError, RecursionError):
            raw = json.loads(text)
        yield _Row(
            key.decode(errors="replace"),
            updated_at.decode(errors="replace"),
            raw if isinstance(raw, dict) else None,
        )


def _enter(connection: Connection, resource: Resource, row: _Row, now: str) -> str:
    """Keep one record; what became of it.

    It was asked for when WHOOP last touched it, or later: nobody knows. So of several rows of one
    record the newest counts, and whatever WHOOP says from now on counts more.
    """
    if row.raw is None:
        key = int(row.id) if row.id.isdecimal() else row.id
        ask_again.note(connection, resource, {resource.id_field: key}, "not JSON", None)
        return "skipped"
    asked_at = times.EARLIEST
    with suppress(ValueError):
        asked_at = min(times.utc(row.updated_at), now)
    ledger = Ledger(connection, now)  # one for each, as it remembers all that was entered
    ledger.enter(Findings(resource, asked_at, [row.raw]))
    (outcome,) = ledger.tallies[resource.name]
    return outcome


def _copy(path: Path) -> None:
    """Put a copy of the old database beside it, private and whole."""
    backup = path.with_name(path.name + BACKUP)
    partial = backup.with_name(backup.name + ".part")  # whoever makes one holds the write lock
    with opened(path.parent) as folder:
        _remove(folder, partial.name)
        try:
            handle = folder.create(partial.name)
            try:
                with (
                    closing(sqlite3.connect(path)) as old,
                    closing(sqlite3.connect(partial)) as new,
                ):
                    new.execute("PRAGMA journal_mode = OFF")  # nothing is left if we are killed
                    old.backup(new)
                    new.execute("PRAGMA journal_mode = DELETE")  # a file that needs no others
                os.fsync(handle)
                if not os.fstat(handle).st_size:  # SQLite opens by path: that was another place
                    raise OSError(errno.ESTALE, "The cache's folder was replaced meanwhile")
            finally:
                os.close(handle)
            if folder.look(backup.name) and not _is_in(path, backup):
                numbers = (f"{backup.name}.{number}" for number in count(1))
                free = next(name for name in numbers if folder.look(name) is None)
                folder.rename(backup.name, free)
            folder.replace(partial.name, backup.name)
        except BaseException:
            _remove(folder, partial.name)
            raise
        folder.sync()


def _remove(folder: Folder, partial: str) -> None:
    """Clear away what an attempt left that was cut short."""
    for end in ("", "-wal", "-shm"):
        folder.remove(partial + end)


def _is_in(path: Path, backup: Path) -> bool:
    """Tell whether all that an earlier copy holds is in the database too, as new or newer."""
    with closing(sqlite3.connect(path.absolute().as_uri(), uri=True)) as both:
        try:
            both.execute("ATTACH ? AS earlier", (f"{backup.absolute().as_uri()}?immutable=1",))
            return not any(
                both.execute(
                    f"SELECT 1 FROM earlier.{table} AS one WHERE NOT EXISTS (SELECT 1 FROM "
                    f"main.{table} WHERE id = one.id AND updated_at >= one.updated_at)"
                ).fetchone()
                for table in _RECORDS
            )
        except sqlite3.Error:
            return False  # it is something else, or damaged: not ours to replace
