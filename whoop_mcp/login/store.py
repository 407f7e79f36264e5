"""The login that processes share: its lock, and what becomes of it while the disk is full."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, suppress
from pathlib import Path

from .. import files
from ..call import Call
from ..errors import AuthFailed, UpstreamError
from ..lock import holder, lock
from .grants import Grant, LoginFile

log = logging.getLogger(__name__)

LOCK_WAIT = 20.0  # seconds


class LoginStore:
    """The login of one home, from the disk or, where it could not be stored, from memory."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._file = LoginFile(home)
        self._lock_path = home / "tokens.lock"
        # A grant that could not be written, after the one in the file that it came for.
        self._unsaved: tuple[Grant, Grant] | None = None

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

    def is_stored(self, grant: Grant) -> bool:
        """Whether a grant that was found is on the disk."""
        unsaved = self._unsaved
        return unsaved is None or not grant.is_as(unsaved[1])

    def find(self) -> Grant | None:
        """The newest grant; None when there is none. AuthFailed when it is unreadable."""
        unsaved = self._unsaved  # before the file, in which another thread may just store it
        try:
            stored = self._file.read()
        except AuthFailed:
            if unsaved is None:
                raise
            return unsaved[1]
        # Somebody else's newer login, or logout, counts for more than what could not be stored.
        return unsaved[1] if unsaved is not None and unsaved[0].is_as(stored) else stored

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
            self._unsaved = None
        except OSError as problem:
            raise UpstreamError(
                f"The login cannot be renewed: {self._file.path.name} cannot be written "
                f"({problem.strerror}). Nothing was sent to WHOOP.",
                hint=f"Make room in {self._home}, or make it writable; then try again.",
            ) from None

    def keep(self, grant: Grant, before: Grant) -> None:
        """Store what became of a grant, or else keep it in memory and say so.

        Only in place of that grant: a login that a program without our lock has stored meanwhile,
        or has removed, stays as it is.
        """
        try:
            if not before.is_as(self.find()):
                log.warning("the login was replaced while it was renewed: the other one is kept")
                return
            self._file.write(grant)
            self._unsaved = None
        except (OSError, AuthFailed) as problem:
            unsaved = self._unsaved
            in_file = unsaved[0] if unsaved is not None and unsaved[1].is_as(before) else before
            self._unsaved = in_file, grant
            log.error(
                "the renewed login could not be stored (%s): it is kept in memory, and lost when "
                "this process ends; make room in %s",
                problem.strerror if isinstance(problem, OSError) else problem.message,
                self._home,
            )

    # ── which take the lock themselves ──

    def keep_again(self) -> None:
        """Store what could not be stored before, if there is room by now and nobody has stored
        or removed anything since."""
        if self._unsaved is not None:
            with suppress(OSError, UpstreamError, AuthFailed), lock(self._lock_path, 0):
                unsaved = self._unsaved
                if unsaved is not None and unsaved[0].is_as(self._file.read()):
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
