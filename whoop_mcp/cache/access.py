"""Open the cache's file for one act at a time: the right file, of this version, of this user."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol

from .. import times
from ..errors import CacheError
from . import schema
from .connections import Connections, Place
from .database import Connection, check_owner, lay_out, translation
from .renew import is_new, renew
from .upgrade import take_over

_OURS = {(schema.APPLICATION_ID, one) for one in (schema.VERSION, schema.WITH_EXPORT)}
_WRITE = "BEGIN IMMEDIATE"
_WAIT = 10.0  # seconds to wait for another program's write before giving up
_LOG = 4000  # pages, 16 MB, of SQLite's log before it is emptied into the file, which takes a while
IDLE = 1.0 if os.name == "nt" else 30.0
"""Seconds for which a file that is kept open stays so unused; on Windows nobody can move or replace
it meanwhile."""


class LoginInUse(Protocol):
    """Tell whose login is in use, and be told where it does not say."""

    def user(self) -> int | None:
        """Find the WHOOP user's id; None where there is no login, or it does not say."""

    def learn(self, user: int) -> None:
        """Note what WHOOP has said of whose it is; nothing where that was known."""


class AnyLogin:
    """Stand for a login of which nothing is known, nor kept: any cache is opened for it."""

    def user(self) -> int | None:
        """Answer None."""
        return None

    def learn(self, user: int) -> None:
        """Forget it."""


class Database:
    """Open one cache file while it is in use or `held`; creating the object touches nothing.

    A cache that belongs to another WHOOP user than `login`'s is not opened. Before each act, as
    another program may have changed the file, one of an earlier version is renewed, and one of
    whoop-mcp 0.8.x made ours.
    """

    def __init__(
        self, path: Path, login: LoginInUse | None = None, clock: times.Clock = times.now
    ) -> None:
        self.path = path
        self.login = login or AnyLogin()
        self._clock = clock
        self._writing = threading.Lock()
        self._connections = Connections(path)

    def held(self) -> AbstractContextManager[None]:
        """Until the block ends, in all threads, the file is opened once and not for each act."""
        return self._connections.held()

    def keep_open(self, seconds: float) -> None:
        """From now on, until `close`, the file stays open for so long after each act.

        Not where another file has come to its place.
        """
        self._connections.keep(seconds)

    def close(self) -> None:
        """Close what no act uses; from now on each opens the file itself."""
        self._connections.close()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Open a connection that sees one moment of the cache, however long it reads.

        Its cursors must be at their end, or gone, when the block ends: a later reader may be given
        it.
        """
        with self._translated(), self._opened("BEGIN") as connection:
            yield connection

    @contextmanager
    def writing(self, *, whoever: bool = False, own: bool = False) -> Iterator[Connection]:
        """Open a transaction that is stored whole, or not at all if the block raises.

        `whoever` also opens another user's cache, which only a purge may. What is the person's
        `own` is on the disk when the block has ended: a power cut may take back what else was
        stored of late, and WHOOP has it still.
        """
        opened = self._opened(_WRITE, whoever, own)
        with self._queued(), self._translated(), opened as connection:
            yield connection

    def erase(self) -> bool:
        """Empty the write-ahead log, in which deleted records may still stand; whether it went.

        It does not while another program reads the cache.
        """
        with self._queued(), self._translated(), self._opened(whoever=True) as connection:
            (busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    @contextmanager
    def _queued(self) -> Iterator[None]:
        """This process's threads write in turn: SQLite's own wait polls, and knows no order.

        Where another program holds the file, none of them waits for all the others before it.
        """
        if not self._writing.acquire(timeout=_WAIT):
            raise translation(self.path, "locked")
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def _opened(
        self, begin: str | None = None, whoever: bool = False, own: bool = False
    ) -> Iterator[Connection]:
        place = self._place()
        connection = self._connections.take(place)
        is_known = connection is not None
        if connection is None:
            # To close the others may have emptied the log into the file, which then is another.
            place = self._place()
            connection = self._connect()
        changes = connection.total_changes
        try:
            user = None if whoever else self.login.user()
            if own:
                connection.execute("PRAGMA synchronous = FULL")
            self._begin(connection, begin, user, is_known)
            # The owner is looked at in the transaction: until it begins, another program may empty
            # the cache for another user.
            if user is not None:
                check_owner(connection, user)
            yield connection
            if begin == _WRITE:
                place = self._commit(connection, place)
            if own:
                connection.execute("PRAGMA synchronous = NORMAL")
        except BaseException:
            connection.close()  # rolls back what was not committed
            raise
        self._connections.give(place, connection, connection.total_changes != changes)

    def _begin(
        self, connection: Connection, begin: str | None, user: int | None, is_known: bool
    ) -> None:
        """Open a transaction, if one is asked for, on a cache that is ours and of this version.

        Where it is so already, as almost always, it is looked at in the transaction itself: each
        look by itself would take SQLite as long as the transaction. What was never opened before
        may not be ours, and is not written to unseen.
        """
        if begin and (is_known or begin != _WRITE):
            connection.execute(begin)
            if _numbers(connection) in _OURS and is_new(connection):
                return
            connection.execute("ROLLBACK")
        self._check(connection, user)
        renew(connection)
        if begin:
            connection.execute(begin)

    def _commit(self, connection: Connection, place: Place) -> Place:
        """Store the transaction; answers where the file is then.

        SQLite empties a long log into the file here. Whoever has it open need not open it again for
        that, if it was the one at this place until then, and is as long as SQLite has made it: else
        somebody writes a copy over it just now.
        """
        was_there = self._is_at(place)
        connection.execute("COMMIT")
        if was_there:
            with suppress(OSError):
                now = self._connections.place()
                if now != place and now[2] == _length(connection):
                    return self._connections.moved(place, now)
        return place

    def _is_at(self, place: Place) -> bool:
        with suppress(OSError):
            return self._connections.place() == place
        return False

    def _connect(self) -> Connection:
        connection = sqlite3.connect(
            self.path, timeout=_WAIT, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG}")
            connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
        except BaseException:
            connection.close()
            raise
        return connection

    def _place(self) -> Place:
        """Find the file at the path, made if there is none."""
        try:
            with suppress(FileNotFoundError):
                return self._connections.place()
            self._create_file()
            return self._connections.place()
        except OSError as problem:
            raise translation(self.path, str(problem)) from problem

    def _create_file(self) -> None:
        """Make an empty file, never readable by others; -wal and -shm inherit its mode."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with suppress(FileExistsError):  # another process was quicker
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        except OSError as problem:
            raise translation(self.path, str(problem)) from problem

    def _check(self, connection: Connection, user: int | None) -> None:
        if _numbers(connection) in _OURS:
            return
        application, version, filled = _look(connection)
        if (application, version) == (0, schema.OLD_VERSION):
            take_over(connection, self.path, self._clock(), user)
            application, version, filled = _look(connection)
            if application == schema.APPLICATION_ID:
                _log_ahead(connection)
        ours = application == schema.APPLICATION_ID
        if (application, version) in _OURS:
            return
        if ours and version > schema.WITH_EXPORT:
            raise CacheError(
                f"The cache {self.path} was made by a newer whoop-mcp.",
                hint="Use that version again, or point WHOOP_HOME at another folder.",
            )
        if ours or version or filled:
            raise CacheError(
                f"{self.path} is not a whoop-mcp cache.",
                hint="It was left as it is. Move it away, or set WHOOP_DB_PATH to another file.",
            )
        self._create(connection)

    def _create(self, connection: Connection) -> None:
        """Lay the tables out, unless another process did so since we looked."""
        _log_ahead(connection)
        connection.execute("BEGIN IMMEDIATE")
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            lay_out(connection)
        connection.execute("COMMIT")

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as problem:
            raise translation(self.path, str(problem)) from problem


def _look(connection: Connection) -> tuple[int, int, bool]:
    """Read whose file it is: the numbers it carries, and whether anything is in it."""
    connection.execute("BEGIN")  # one moment: another process may just be making it
    application, version = _numbers(connection)
    filled = connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    connection.execute("COMMIT")
    return application, version, filled is not None


def _numbers(connection: Connection) -> tuple[int, int]:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return application, version


def _log_ahead(connection: Connection) -> None:
    """Switch to the write-ahead log. SQLite does not wait here for others who do the same."""
    until = time.monotonic() + _WAIT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as problem:
            if "locked" not in str(problem) or time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


def _length(connection: Connection) -> int:
    """Tell how many bytes the file has as SQLite knows it."""
    (pages,), (bytes_each,) = (
        connection.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size")
    )
    return int(pages * bytes_each)
