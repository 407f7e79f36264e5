"""Questions in SQL: any one SELECT over the cache's views, and nothing else that SQL can do.

The text is first compiled against an empty database of views with the same names and columns, so
that it can name nothing but those. Only then does it run, on a connection that cannot write, with
the functions listed here, and is stopped after a few seconds.
"""

from __future__ import annotations

import difflib
import json
import math
import re
import sqlite3
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any

from . import statement
from .budget import fill
from .cache import Cache
from .call import Call
from .database import Connection
from .errors import ValidationError
from .schema import VIEWS

MOST = 5000
_SECONDS = 5.0
_STEPS = 1000  # of SQLite's machine between two looks at the clock
_LONGEST = 100_000  # of any value: while SQLite makes one, nothing can stop it
_ROOM = 100  # characters for the counts around the rows

_CAN_LIMIT = sys.version_info >= (3, 11)
_GROWING = {"group_concat", "string_agg"} if _CAN_LIMIT else set()
_HARMLESS = """
-> ->> abs acos asin atan atan2 avg ceil ceiling coalesce cos count cume_dist current_date
current_time current_timestamp date datetime degrees dense_rank exp first_value floor glob ifnull
iif json_extract julianday lag last_value lead length like ln log log10 log2 lower max min mod
nth_value ntile nullif percent_rank pi pow power radians rank round row_number sign sin sqrt
strftime substr substring sum tan time timediff total typeof unixepoch upper
"""
_FUNCTIONS = _GROWING.union(_HARMLESS.split())
_TABLES = {*VIEWS, "records", "change_log", "runs"}  # the last three are the views' own
_CACHE_FAILS = ("database ", "disk ", "file ", "unable to open ", "attempt to write ")

Columns = Mapping[str, Sequence[str]]
"""The columns of each view, by its name."""


def run(
    cache: Cache, sql: str, max_rows: int = 200, *, budget: int = 0, call: Call | None = None
) -> dict[str, Any]:
    """The answer to one SELECT: `{"columns", "rows", "row_count", "truncated"}`.

    Rows are lists in the order of the columns, at most `max_rows` and as many as `budget`
    characters hold. ValidationError on SQL that is not allowed, wrong, or too slow; CacheEmpty.
    """
    if not 1 <= max_rows <= MOST:
        raise ValidationError(f"`max_rows` must be from 1 to {MOST}.", hint="Leave it out for 200.")
    statement.check(sql)
    if not _CAN_LIMIT and "||" in sql:
        raise ValidationError(
            "`||` cannot be answered safely on this version of Python.",
            hint="Ask for the parts as columns of their own.",
        )
    cache.require_content()
    call = call or Call()
    with cache.database.reading(alone=True) as connection:
        columns = {
            view: _columns(connection.execute(f"SELECT * FROM {view} LIMIT 0")) for view in VIEWS
        }
        _compile(sql, columns)
        connection.execute("PRAGMA query_only = ON")
        _confine(connection)
        ends = time.monotonic() + _SECONDS

        def stop() -> bool:
            call.still_wanted()  # what it raises stops SQLite here, and is raised again below
            return time.monotonic() > ends

        connection.set_progress_handler(stop, _STEPS)
        try:
            return _answer(connection.execute(sql), max_rows, budget)
        except sqlite3.Error as problem:
            call.still_wanted()
            if str(problem).startswith(_CACHE_FAILS):
                raise
            if time.monotonic() > ends:
                raise ValidationError(
                    f"The query took longer than {_SECONDS:g} seconds and was stopped.",
                    hint="Narrow it by date first, and join only on a condition.",
                ) from None
            raise _refusal(str(problem), sql, columns) from None


def _compile(sql: str, columns: Columns) -> None:
    """ValidationError unless it is one statement that could run on the views, and on them alone."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for view, names in columns.items():
            empty = ", ".join(f'NULL AS "{name}"' for name in names)
            connection.execute(f"CREATE VIEW {view} AS SELECT {empty}")
        _confine(connection)
        try:
            connection.execute(f"EXPLAIN {sql}")
        except (sqlite3.Error, sqlite3.Warning) as problem:
            raise _refusal(str(problem), sql, columns) from None


def _confine(connection: Connection) -> None:
    """Let a connection do nothing but SELECT from the views, with harmless functions."""
    connection.set_authorizer(_allow)
    connection.text_factory = lambda text: text.decode(errors="replace")
    if sys.version_info >= (3, 11):
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)


def _allow(act: int, first: str | None, second: str | None, *where: str | None) -> int:
    table, name = first or "", second or ""
    if act == sqlite3.SQLITE_READ:  # without a column, the table may be one that WITH has made
        allowed = table in _TABLES or not (name or table.startswith("sqlite_"))
    elif act == sqlite3.SQLITE_FUNCTION:
        allowed = name.lower() in _FUNCTIONS
    else:
        allowed = act in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE)
    return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY


def _answer(found: sqlite3.Cursor, max_rows: int, budget: int) -> dict[str, Any]:
    columns = _columns(found)
    room = budget - len(json.dumps(columns)) - _ROOM if budget else math.inf
    plain = ([_plain(value) for value in values] for values in found)
    rows, truncated = fill(plain, _size, room=room, limit=max_rows)
    if rows and _size(rows[0]) > room:
        raise ValidationError(
            f"Not even one row fits into an answer of {budget} characters.",
            hint="Select fewer columns.",
        )
    return {"columns": columns, "rows": rows, "row_count": len(rows), "truncated": truncated}


def _size(row: list[Any]) -> int:
    return len(json.dumps(row))


def _columns(found: sqlite3.Cursor) -> list[str]:
    return [one[0] for one in found.description]


def _plain(value: Any) -> Any:
    """The value as JSON can say it: bytes as hex, and no number beyond all numbers."""
    if isinstance(value, bytes):
        return value.hex()
    return None if isinstance(value, float) and not math.isfinite(value) else value


# ── what to do when SQLite refuses ──


def _refusal(problem: str, sql: str, columns: Columns) -> ValidationError:
    words = problem[:200].rstrip(".")
    return ValidationError(f"SQLite says: {words}.", hint=_hint(problem, sql, columns))


def _hint(problem: str, sql: str, columns: Columns) -> str:
    kind, _, name = problem.rpartition(": ")
    if kind == "no such column":
        words = set(re.findall(r"\w+", sql.lower()))
        asked = [view for view in columns if view in words] or list(columns)
        near = _near(name.rpartition(".")[2], {one for view in asked for one in columns[view]})
        return near or f"`SELECT * FROM {asked[0]} LIMIT 1` shows the columns of {asked[0]}."
    if kind == "no such table":
        return _near(name, columns) or f"The views are {', '.join(columns)}."
    if "function" in kind:
        near = None if "not authorized" in kind else _near(name, _FUNCTIONS)
        return near or "Use SQLite's arithmetic, aggregate, date and window functions."
    return f"Ask one SELECT, or WITH … SELECT, of the views {', '.join(columns)}."


def _near(name: str, known: Iterable[str]) -> str | None:
    name, names = name.lower(), sorted(known)
    near = [one for one in names if name in one][:3] or difflib.get_close_matches(name, names)
    return f"Did you mean {' or '.join(f'`{one}`' for one in near)}?" if near else None
