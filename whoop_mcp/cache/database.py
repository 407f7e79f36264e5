"""Know what a cache says of itself: its tables, its notes, its owner, and SQLite's complaints."""

from __future__ import annotations

import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .. import files
from ..errors import CacheError
from . import schema

Connection = sqlite3.Connection

_INDEX = 2**15  # bytes that SQLite makes beside the file, before it reads a page of it


class Unusable(CacheError):
    """Say that the file cannot be used now, whatever is to be done with it."""


def lay_out(connection: Connection) -> None:
    """Make the tables of a cache, and the file ours, in the transaction under way."""
    for statement in (
        *schema.TABLES.split(";\n"),
        *schema.ARCHIVE,
        *schema.EXPERIMENTS,
        *schema.DATING,
    ):
        connection.execute(statement)
    new_identity(connection)
    connection.execute(f"PRAGMA application_id = {schema.APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {schema.VERSION}")


@contextmanager
def filling(connection: Connection, table: str) -> Iterator[None]:
    """Until the block ends, an empty table has no indexes but its key, in the transaction under
    way: many rows at once are indexed in half the time that each takes by itself."""
    (filled,) = connection.execute(f"SELECT EXISTS (SELECT 1 FROM {table})").fetchone()
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = ? "
        "AND sql IS NOT NULL AND NOT ? ORDER BY rowid",
        (table, filled),
    ).fetchall()
    for name, _ in indexes:
        connection.execute(f"DROP INDEX {name}")
    yield
    for _, spelled in indexes:
        connection.execute(spelled)


def meta(connection: Connection, key: str) -> str | None:
    """Read a setting that belongs to the cache itself."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return row[0] if row else None


def set_meta(connection: Connection, key: str, value: str | None) -> None:
    """Keep a setting; None forgets it."""
    if value is None:
        connection.execute("DELETE FROM meta WHERE key = ?", (key,))
    else:
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))


def mark_export(connection: Connection) -> None:
    """Keep programs out that know nothing of an export's records, in the transaction under way:
    they would ask WHOOP for each, and take it for deleted."""
    connection.execute(f"PRAGMA user_version = {schema.WITH_EXPORT}")


def is_marked(connection: Connection) -> bool:
    """Tell whether an export was imported since the cache was made or emptied."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return bool(version == schema.WITH_EXPORT)


def new_identity(connection: Connection) -> None:
    """Make the cache another one, so that cursors of what it was are refused."""
    set_meta(connection, "cache_id", secrets.token_hex(8))


def check_owner(connection: Connection, user: int) -> None:
    """CacheError when the cache is another WHOOP user's."""
    owner = meta(connection, "user_id")
    if owner is not None and owner != str(user):
        raise CacheError(
            "The cache belongs to another WHOOP user than the one now logged in.",
            hint="Set WHOOP_HOME to a folder of your own, log in as the cache's owner again, "
            "or empty it, your own journal and experiments with it: "
            "`whoop-mcp purge --all --journal`.",
        )


def translation(path: Path, problem: str) -> Unusable:
    """Turn what SQLite or the system says of a cache's file into an error users can read."""
    words = problem.lower()
    if "locked" in words or "busy" in words:
        return Unusable(
            f"The cache {path} is in use by another program.",
            hint="Close what holds it open (a database browser, say), then try again.",
        )
    if "full" in words or "no space" in words or ("disk i/o" in words and _is_full(path.parent)):
        return Unusable(
            f"The disk is full: the cache {path} could not be written.",
            hint="Free some space, then try again; what was stored is unharmed.",
        )
    if "malformed" in words or "not a database" in words or "corrupt" in words:
        return Unusable(
            f"The cache {path} is damaged or not a database.",
            hint="It was left as it is. Move it away, and keep it: your own journal entries and "
            "experiments are nowhere else. Then `whoop-mcp sync --full` fetches WHOOP's records "
            "again; a data export has to be imported again.",
        )
    if "open" in words and files.few_files_left():
        return Unusable(
            f"The cache {path} cannot be opened: too many files are open at once (ulimit -n).",
            hint="Try again when less is going on, or raise the limit: `ulimit -n 256`.",
        )
    return Unusable(
        f"The cache {path} cannot be opened or written.",
        hint="Check that the folder exists, is yours and is writable, or set WHOOP_HOME.",
    )


def _is_full(folder: Path) -> bool:
    """Tell whether a disk has no room for the index of the log, without which SQLite opens nothing
    and calls it an I/O error."""
    try:
        return shutil.disk_usage(folder).free < _INDEX
    except OSError:
        return False
