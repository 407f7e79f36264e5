"""Keep connections to a file open for whoever comes next: for a block, or until none is used.

What a file holds must not depend on that. The log beside it is emptied into the file whenever
nothing goes on, as SQLite does it only where the last connection of all programs is closed; and
a connection is used again only if the file is still the one that it was opened to.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

_MOST = 4  # of those that wait for no one in particular

Place = tuple[int, int, int, int]
"""The file at a path, as (device, inode, size, time of its last change).

Another file may come there at any time, and a copy may be written over it. SQLite, which looks at
the log alone, would take what it remembers of the old one for the new one's. What is written to
the log changes none of the four.
"""


@dataclass(frozen=True)
class _Idle:
    """A connection that nobody uses, the file that it was opened to, and since when."""

    connection: sqlite3.Connection
    place: Place
    since: float


class Connections:
    """Keep what is open but idle. A process that was forked off neither uses nor closes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._emptied = threading.Condition(self._lock)
        self._holders = 0
        self._seconds = 0.0
        self._idle: list[_Idle] = []  # whoever was used last is the last
        self._unsettled = False
        self._watcher: threading.Thread | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Until the block ends, what is given back stays open for whoever comes next."""
        if not self._is_ours():
            yield
            return
        with self._lock:
            self._holders += 1
        try:
            yield
        finally:
            if self._is_ours():
                self._let_go()

    def keep(self, seconds: float) -> None:
        """From now on, what is given back stays open until nobody has used it for so long."""
        self._seconds = seconds

    def close(self) -> None:
        """Close what is idle, and keep nothing from now on."""
        if self._is_ours():
            with self._lock:
                self._seconds = 0.0
                self._close_all_but(None)
                self._emptied.notify_all()

    def place(self) -> Place:
        """Look up the file now at the path. Raises OSError."""
        found = self._path.stat()
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns

    def take(self, place: Place) -> sqlite3.Connection | None:
        """Take one that is open to the file at this place, if there is any.

        All others are closed first. They share the new file's lock files with it: to close one
        later would take away the locks of a connection to the new one.
        """
        if not self._is_ours():
            return None
        with self._lock:
            self._close_all_but(place)
            return self._idle.pop().connection if self._idle else None

    def moved(self, before: Place, now: Place) -> Place:
        """Tell that a commit of our own has made the file at one place that at another; answers
        where what was opened to the first is now."""
        if now[:2] != before[:2]:  # another file came there meanwhile
            return before
        if now != before and self._is_ours():
            with self._lock:
                self._idle = [
                    replace(one, place=now) if one.place == before else one for one in self._idle
                ]
        return now

    def give(self, place: Place, connection: sqlite3.Connection, changed: bool) -> None:
        """Give back one that works and was opened after `place` was looked up.

        `changed` tells that something was written with it.
        """
        connection.rollback()
        if self._is_ours():
            if changed:
                self._unsettled = True
            usable = self._holders or not self._unsettled or self._settle(connection)
            with self._lock:
                if usable and (self._holders or (self._seconds and len(self._idle) < _MOST)):
                    self._idle.append(_Idle(connection, place, time.monotonic()))
                    self._watch()
                    return
        connection.close()

    def _is_ours(self) -> bool:
        return self._process == os.getpid()

    def _let_go(self) -> None:
        with self._lock:
            self._holders -= 1
            last = not self._holders
            one = self._idle.pop() if last and self._idle else None
        if one is not None:
            self.give(one.place, one.connection, changed=False)
        with self._lock:
            if last and not self._holders and not self._seconds:
                self._close_all_but(None)

    def _settle(self, connection: sqlite3.Connection) -> bool:
        """Empty the log into the file, unless somebody uses it; whether the connection is well.

        Then who copies the file has all of it, and who writes a copy over it gets what is in that.
        """
        self._unsettled = False  # first, as another thread may write meanwhile
        try:
            (patience,) = connection.execute("PRAGMA busy_timeout").fetchone()
            connection.execute("PRAGMA busy_timeout = 0")  # whoever uses it does this later
            (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            connection.execute(f"PRAGMA busy_timeout = {patience:d}")
        except sqlite3.Error:  # what was stored is in the log; whoever comes next tries it again
            self._unsettled = True
            return False
        if busy:
            self._unsettled = True
        return True

    def _watch(self) -> None:
        """See to it that somebody closes what nobody uses."""
        if not self._seconds or self._watcher is not None:
            return
        self._watcher = threading.Thread(target=self._close_unused, daemon=True)
        try:
            self._watcher.start()
        except RuntimeError:  # no thread can be started: nothing stays open
            self._watcher = None
            if not self._holders:
                self._close_all_but(None)

    def _close_unused(self) -> None:
        with self._lock:
            while self._idle and self._seconds:
                left = self._idle[0].since + self._seconds - time.monotonic()
                if left > 0:
                    self._emptied.wait(left)
                else:
                    self._idle.pop(0).connection.close()
            self._watcher = None

    def _close_all_but(self, place: Place | None) -> None:
        for one in self._idle:
            if one.place != place:
                one.connection.close()
        self._idle = [one for one in self._idle if one.place == place]
