"""Renew a cache that another program version has written: columns, flat forms, dates and views."""

from __future__ import annotations

import json

from ..whoop.fields import Absurd, Malformed, Raw
from ..whoop.records import flat
from ..whoop.resources import COLLECTIONS, SNAPSHOTS, Resource
from . import ask_again, changes, dates, intake, schema
from .database import Connection, meta, set_meta
from .rows import DERIVED, as_json, derived


def renew(connection: Connection) -> None:
    """Make all that follows from the raw records anew where another program version made it.

    It is one transaction, so that whoever is killed leaves the cache as it was. Nothing is asked
    of WHOOP.
    """
    if is_new(connection):
        return
    connection.execute("BEGIN IMMEDIATE")
    if is_new(connection):  # another process was quicker
        connection.execute("COMMIT")
        return
    for table, columns in schema.ADDED_COLUMNS.items():
        present = {name for _, name, *_ in connection.execute(f"PRAGMA table_info({table})")}
        for name, kind in columns.items():
            if name not in present:
                connection.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")
    for statement in (*schema.ARCHIVE, *schema.EXPERIMENTS, *schema.DATING, *schema.views()):
        connection.execute(statement)
    dates.clear(connection)
    for resource in (*COLLECTIONS, *SNAPSHOTS):
        rows = connection.execute(
            # An export's records are what they are until it is imported anew.
            "SELECT id, raw FROM records WHERE resource = ? AND raw IS NOT NULL AND source = 'api'",
            (resource.name,),
        ).fetchall()
        for key, text in rows:
            raw = json.loads(text)
            (parent,) = intake.parents(connection, resource, [raw])
            try:
                record = resource.record.from_api(raw, parent)
            except Absurd as problem:
                _unkeep(connection, resource, key, raw, str(problem))
            except Malformed:
                pass  # a stricter reading keeps what the older one made of it
            else:
                connection.execute(
                    "UPDATE records SET flat = ?, "
                    f"{', '.join(f'{name} = ?' for name in DERIVED)} "
                    "WHERE resource = ? AND id = ?",
                    (as_json(flat(record)), *derived(resource, raw, record), resource.name, key),
                )
    dates.decide(connection)
    set_meta(connection, "flattening", schema.FLATTENING)
    connection.execute("COMMIT")


def is_new(connection: Connection) -> bool:
    """Tell whether all that follows from the raw records is as this program version makes it."""
    return meta(connection, "flattening") == schema.FLATTENING


def _unkeep(connection: Connection, resource: Resource, key: str, raw: Raw, reason: str) -> None:
    """Treat a record that would not be taken in any more as one that came malformed."""
    ask_again.note(connection, resource, raw, reason, None)
    at = "SELECT asked_at FROM records WHERE resource = ? AND id = ?"
    ((asked_at,),) = connection.execute(at, (resource.name, key)).fetchall()
    log = changes.Log(connection)
    position = log.note(resource, key, changes.DELETED, asked_at, asked_at)
    log.flush()
    connection.execute(
        "UPDATE records SET raw = NULL, flat = NULL, changed_at = ?, change = ? "
        "WHERE resource = ? AND id = ?",
        (asked_at, position, resource.name, key),
    )
