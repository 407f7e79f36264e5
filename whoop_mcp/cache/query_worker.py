"""Answer SQL over the cache's views, as a program of its own: one line of JSON after another.

SQLite looks at a clock only between the steps of a statement that runs: never while it compiles
one, nor inside a comparison, a pattern or a sort. So questions are answered where the whole process
can be ended from outside, and where a limit of memory is nobody else's. Nothing of this package is
imported here, so that it starts in an instant. A file stays open between two lines for as long as
who asks says, and while it is the same file.
"""

from __future__ import annotations

import faulthandler
import json
import math
import os
import select
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import closing, suppress
from typing import Any

_STEPS = 1000  # of SQLite's machine between two looks at the clock
_ANY = 2**30  # SQLite takes its own bound where that is lower
_MUCH = 10_000_000  # characters of an answer that nobody gave a budget for
_TOO_BIG = "string or blob too big"
_FILE_FAILS = ("database ", "disk ", "file ", "unable to open ", "attempt to write ")

Request = dict[str, Any]
"""`path`, `file` (its application and version), `user` or null, `views`, `tables`, `functions`,
`sql`, `max_rows`, `room` (characters, or null), `seconds`, `longest` (of a value), `heap` (bytes
that SQLite may take in this process, 0 for any) and `keep` (seconds for which the file may stay
open unused)."""

Reply = dict[str, Any]
"""`{"columns", "rows", "truncated"}`, or why there is none: `refused` with SQLite's words, `file`
with what ails the file, or one of `slow`, `greedy`, `wide` and `stranger`. `views` are the columns
of each view, where they help."""


class Failed(Exception):
    """Say that the file does not answer, whatever it is asked."""


class Guard:
    """Keep the columns of a file's views, and an empty database that has the same and no more.

    Kept from question to question, as to read and to make them takes longer than most answers.
    """

    def __init__(self) -> None:
        self.views: dict[str, list[str]] = {}
        self._empty = sqlite3.connect(":memory:")
        self._made_for: list[Any] = []

    def look(self, connection: sqlite3.Connection, request: Request) -> None:
        """Become the guard of this file. Raises Failed."""
        text = "SELECT name, sql FROM sqlite_master WHERE type = 'view' ORDER BY name"
        try:
            views = connection.execute(text).fetchall()
            made_for = [views, request["tables"], request["functions"], request["longest"]]
            if made_for == self._made_for:
                return
            self.close()
            self.views = {
                view: _names(connection.execute(f"SELECT * FROM {view} LIMIT 0"))
                for view in request["views"]
            }
        except sqlite3.Error as problem:
            raise Failed(str(problem)) from None
        self._empty = sqlite3.connect(":memory:")
        for view, names in self.views.items():
            nothing = ", ".join(f'NULL AS "{name}"' for name in names)
            self._empty.execute(f"CREATE VIEW {view} AS SELECT {nothing}")
        _confine(self._empty, request)
        self._made_for = made_for

    def check(self, sql: str) -> None:
        """Raise sqlite3.Error unless it is one statement that could run on the views alone."""
        self._empty.execute(f"EXPLAIN {sql}").close()

    def close(self) -> None:
        self._made_for = []
        self._empty.close()


class Kept:
    """Keep the connection of the last question, which has read the views' text: most of the work.

    It is used for the next one if the file at the path is the same: by its device, inode, size and
    time, as a copy may also be written over it.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._connection: sqlite3.Connection | None = None
        self._place: tuple[object, ...] = ()

    def take(self, request: Request) -> sqlite3.Connection:
        """Open a connection to the file at the path, or take the one that is. Raises Failed."""
        try:
            found = os.stat(request["path"])  # noqa: PTH116 - what is imported has to be loaded
        except (OSError, ValueError):
            self.close()
            raise Failed("unable to open it") from None
        place = (request["path"], found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
        if place != self._place:
            self.close()
        connection, self._connection = self._connection, None
        self._place = place
        return connection or _connected(request)

    def give(self, connection: sqlite3.Connection, seconds: float) -> None:
        """Free one that has answered from its bounds and its moment, and keep it."""
        if not seconds or sys.version_info < (3, 11):  # where an authorizer cannot be taken away
            connection.close()
            return
        connection.set_authorizer(None)
        connection.set_progress_handler(None, 0)
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _ANY)
        connection.text_factory = str
        connection.execute("ROLLBACK")
        connection.execute("PRAGMA query_only = OFF")
        self._connection, self.seconds = connection, seconds

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
        self._connection, self.seconds = None, 0.0


def answer(
    request: Request,
    wanted: Callable[[], None] = lambda: None,
    guard: Guard | None = None,
    kept: Kept | None = None,
) -> Reply:
    """Answer one question; `wanted` is called now and then, and stops it by raising."""
    if guard is None or kept is None:
        with closing(Guard()) as guard, closing(Kept()) as kept:
            return answer(request, wanted, guard, kept)
    try:
        connection = kept.take(request)
        try:
            reply = _answer(connection, request, wanted, guard)
            if "rows" not in reply:
                connection.close()
                return reply
            kept.give(connection, request["keep"])
        except BaseException:
            connection.close()
            raise
        return reply
    except MemoryError:
        return {"greedy": True}
    except Failed as failure:
        return {"file": str(failure)}


def _answer(
    connection: sqlite3.Connection, request: Request, wanted: Callable[[], None], guard: Guard
) -> Reply:
    _begin(connection, request)
    if _stranger(connection, request["user"]):
        return {"stranger": True}
    guard.look(connection, request)
    ends = math.inf

    def stop() -> bool:
        wanted()  # what it raises stops SQLite here, and is raised again below
        return time.monotonic() > ends

    try:
        guard.check(request["sql"])
        connection.execute("PRAGMA query_only = ON")
        _confine(connection, request)
        ends = time.monotonic() + request["seconds"]
        connection.set_progress_handler(stop, _STEPS)
        return _rows(connection.execute(request["sql"]), request)
    except (sqlite3.Error, sqlite3.Warning) as problem:
        wanted()
        words = str(problem)
        if words.startswith(_FILE_FAILS):
            raise Failed(words) from None
        if time.monotonic() > ends:
            return {"slow": True}
        return {"refused": words, "views": guard.views}


def _connected(request: Request) -> sqlite3.Connection:
    connection = None
    try:
        connection = sqlite3.connect(
            request["path"], timeout=5.0, isolation_level=None, cached_statements=0
        )
        if request["heap"]:
            connection.execute(f"PRAGMA hard_heap_limit = {request['heap']:d}")
            connection.execute("PRAGMA temp_store = MEMORY")  # it counts as such, and fills no disk
    except sqlite3.Error as problem:
        if connection is not None:
            connection.close()
        raise Failed(str(problem)) from None
    return connection


def _begin(connection: sqlite3.Connection, request: Request) -> None:
    """See one moment of the very file that is meant."""
    try:
        connection.execute("BEGIN")
        numbers = [
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("application_id", "user_version")
        ]
    except sqlite3.Error as problem:
        raise Failed(str(problem)) from None
    if numbers not in request["file"]:
        raise Failed("unable to open it: it is another file now")


def _stranger(connection: sqlite3.Connection, user: int | None) -> bool:
    """Tell whether the file is another user's, since who asks has looked."""
    found = connection.execute("SELECT value FROM meta WHERE key = 'user_id'").fetchone()
    return None not in (user, found) and found[0] != str(user)


def _names(found: sqlite3.Cursor) -> list[str]:
    return [one[0] for one in found.description]


def _confine(connection: sqlite3.Connection, request: Request) -> None:
    """Let a connection do nothing but SELECT from the views, with harmless functions."""
    tables, functions = set(request["tables"]), set(request["functions"])

    def allow(act: int, first: str | None, second: str | None, *where: str | None) -> int:
        table, name = first or "", second or ""
        if act == sqlite3.SQLITE_READ:  # without a column, the table may be one that WITH has made
            allowed = table in tables or not (name or table.startswith("sqlite_"))
        elif act == sqlite3.SQLITE_FUNCTION:
            allowed = name.lower() in functions
        else:
            allowed = act in (sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE)
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    connection.set_authorizer(allow)
    connection.text_factory = lambda text: text.decode(errors="replace")
    if sys.version_info >= (3, 11):
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, request["longest"])


def _rows(found: sqlite3.Cursor, request: Request) -> Reply:
    """As many whole rows as were asked for and fit, one at least."""
    columns = _names(found)
    room = _MUCH if request["room"] is None else request["room"] - len(json.dumps(columns))
    rows: list[list[Any]] = []
    for values in _stepped(found):
        row = [_plain(value, request["longest"]) for value in values]
        room -= len(json.dumps(row)) + 2  # the comma and, however it is spelled, a space
        if not rows and room < 0:
            return {"wide": True}
        if len(rows) >= request["max_rows"] or room < 0:
            return {"columns": columns, "rows": rows, "truncated": True}
        rows.append(row)
    return {"columns": columns, "rows": rows, "truncated": False}


def _stepped(found: sqlite3.Cursor) -> Iterable[tuple[Any, ...]]:
    with closing(found):
        yield from found


def _plain(value: Any, longest: int) -> Any:
    """Spell a value as JSON can: bytes as hex, and no number beyond all numbers."""
    if isinstance(value, (bytes, str)) and len(value) > longest:  # where SQLite was not told so
        raise sqlite3.DataError(_TOO_BIG)
    if isinstance(value, bytes):
        return value.hex()
    return None if isinstance(value, float) and not math.isfinite(value) else value


# ── as a program ──


def _main() -> None:
    """Answer each line of standard input until it ends; say first that it can begin."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asks, and ends its pipe
    with suppress(OSError):
        os.chdir(os.path.abspath(os.sep))  # noqa: PTH100 - nobody's folder is held
    _say({"ready": True})
    with (
        open(os.devnull, "w") as nobody,  # noqa: PTH123
        closing(Guard()) as guard,
        closing(Kept()) as kept,
    ):
        while line := _line(kept):
            request = json.loads(line)
            # When who asks is gone, nobody else ends what SQLite will not end.
            faulthandler.dump_traceback_later(request["kill_after"], exit=True, file=nobody)
            _bound(request["space"])
            reply = answer(request, guard=guard, kept=kept)
            _say(reply)
            faulthandler.cancel_dump_traceback_later()
            if "greedy" in reply:
                return


def _line(kept: Kept) -> bytes:
    """Await the next line, with what is open closed when none comes for a while."""
    if kept.seconds and not select.select([sys.stdin], [], [], kept.seconds)[0]:
        kept.close()
    return sys.stdin.buffer.readline()


def _bound(space: int) -> None:
    """Bound the whole process where the system can; SQLite's own limit is there everywhere."""
    if sys.platform != "win32":
        import resource

        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_AS, (space, space))


def _say(reply: Reply) -> None:
    sys.stdout.buffer.write(json.dumps(reply).encode() + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    _main()
