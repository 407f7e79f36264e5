"""Connections to one file, kept open for as long as something goes on that uses them again.

To open one, SQLite reads the whole schema; when the last one closes, it writes its log back into
the file. Between two calls none is open: the file is then all there is, to be copied or replaced.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

Place = tuple[int, int]
"""Which file is at a path: another one may come there at any time."""


class Connections:
    """What is open but idle. A process that was forked off neither uses nor closes it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._holders = 0
        self._idle: list[tuple[Place, sqlite3.Connection]] = []

    @contextmanager
    def held(self) -> Iterator[None]:
        """Until the block ends, what is given back stays open for whoever comes next."""
        with self._lock:
            self._holders += 1
        try:
            yield
        finally:
            with self._lock:
                self._holders -= 1
                if not self._holders and self._process == os.getpid():
                    self._close_all_but(None)

    def place(self) -> Place:
        """The file now at the path. Raises OSError."""
        found = self._path.stat()
        return found.st_dev, found.st_ino

    def take(self, place: Place) -> sqlite3.Connection | None:
        """One that is open to the file at this place, if there is any."""
        with self._lock:
            if self._process != os.getpid():
                return None
            self._close_all_but(place)
            return self._idle.pop()[1] if self._idle else None

    def give(self, place: Place, connection: sqlite3.Connection) -> None:
        """Give back one that works and was opened after `place` was looked up."""
        connection.rollback()
        with self._lock:
            if self._holders and self._process == os.getpid():
                self._idle.append((place, connection))
                return
        connection.close()

    def _close_all_but(self, place: Place | None) -> None:
        for other, connection in self._idle:
            if other != place:
                connection.close()
        self._idle = [one for one in self._idle if one[0] == place]
