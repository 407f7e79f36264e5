"""The login that processes share: its lock, and what becomes of it while the disk is full."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from . import files
from .call import Call
from .errors import AuthFailed, UpstreamError
from .grants import Grant, LoginFile
from .lock import holder, lock

log = logging.getLogger(__name__)

LOCK_WAIT = 20.0  # seconds


class LoginStore:
    """The login of one home, from the disk or, where it could not be stored, from memory."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._file = LoginFile(home)
        self._lock_path = home / "tokens.lock"
        # A grant that could not be written, and the refresh token that it came for.
        self._unsaved: tuple[str | None, Grant] | None = None

    def locked(self, call: Call | None = None) -> AbstractContextManager[None]:
        """Hold the login for oneself. UpstreamError when it cannot be had in time."""
        return lock(self._lock_path, LOCK_WAIT, call)

    def holder(self) -> int | None:
        """The pid of who holds the login; None when nobody does."""
        return holder(self._lock_path)

    def exists(self) -> bool:
        """Whether there is a login, readable or not."""
        try:
            return self._file.path.exists()
        except OSError:
            return True  # whoever asks for it learns why it cannot be read

    def is_stored(self) -> bool:
        """Whether the newest login is on the disk."""
        return self._unsaved is None

    def find(self) -> Grant | None:
        """The newest grant; None when there is none. AuthFailed when it is unreadable."""
        stored = self._file.read()
        unsaved = self._unsaved
        if unsaved is None or stored is None:
            return stored
        presented, grant = unsaved
        # Somebody else's newer login counts for more than what could not be stored.
        return grant if stored.refresh_token == presented else stored

    def get(self) -> Grant:
        """The newest grant. AuthFailed when there is none, or it is unreadable."""
        grant = self.find()
        if grant is None:
            raise AuthFailed("There is no WHOOP login yet.", hint="Run `whoop-mcp login`.")
        return grant

    # ── only with the lock held ──

    def mark(self, grant: Grant) -> None:
        """Store what must be on the disk before anything is sent. UpstreamError when it is not."""
        try:
            self._file.write(grant)
        except OSError as problem:
            raise UpstreamError(
                f"The login cannot be renewed: {self._file.path.name} cannot be written "
                f"({problem.strerror}). Nothing was sent to WHOOP.",
                hint=f"Make room in {self._home}, or make it writable; then try again.",
            ) from None

    def keep(self, grant: Grant, presented: str | None) -> None:
        """Store a grant that came for a refresh token, or else keep it in memory and say so."""
        try:
            self._file.write(grant)
            self._unsaved = None
        except OSError as problem:
            self._unsaved = presented, grant
            log.error(
                "the renewed login could not be stored (%s): it is kept in memory, and lost when "
                "this process ends; make room in %s",
                problem.strerror,
                self._home,
            )

    # ── which take the lock themselves ──

    def keep_again(self) -> None:
        """Store what could not be stored before, if there is room by now."""
        unsaved = self._unsaved
        if unsaved is not None:
            with suppress(OSError, UpstreamError), lock(self._lock_path, 0):
                self._file.write(unsaved[1])
                self._unsaved = None

    def begin_anew(self, grant: Grant) -> None:
        """Store a new login's grant; an unreadable one is kept aside. OSError when it cannot."""
        files.private_folder(self._home)
        with self.locked():
            self._file.begin_anew(grant)
            self._unsaved = None

    def remove(self) -> None:
        """Remove the login, its key and what is left of broken ones."""
        try:
            found = self._home.is_dir()
        except OSError:
            found = True  # the lock cannot be had there, which says what to do
        if found:
            with self.locked():
                self._file.remove()
                self._unsaved = None
