"""Keep the login that processes share: on the disk or, while that is full, in memory.

`Place` is the seam at which an operating system's keychain could stand; `LoginFile` is the one
that there is. `LoginStore` adds what memory must do while nothing can be stored.
"""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Protocol

from .. import files, lock
from ..call import Call
from ..errors import AuthFailed, UpstreamError
from ..patience import Held, is_held
from .grant import Grant
from .login_file import LoginFile, Obstacle

log = logging.getLogger(__name__)


class Place(Protocol):
    """A place in which one grant is kept, shared by processes. It fails with OSError alone, but
    for what is said of each."""

    name: str
    """The word for it in messages."""

    def locked(
        self, call: Call | None = None, *, wait: float | None = None
    ) -> AbstractContextManager[None]:
        """Hold the login for oneself. UpstreamError when it cannot be had in `wait` seconds."""

    def holder(self) -> int | None:
        """Find the pid of who holds the login; None when nobody does."""

    def exists(self) -> bool:
        """Tell whether there is a login, readable or not."""

    def obstacle(self) -> Obstacle | None:
        """Find why nothing can be stored or removed now, by trying to; None where it can."""

    def load(self) -> Grant | None:
        """Read the stored grant; None when there is none.

        AuthFailed when it is unreadable, UpstreamError when it cannot be read at this moment.
        """

    def save(self, grant: Grant) -> None:
        """Store a grant durably, or leave the old one in place. Only with the lock held."""

    def save_last(self, grant: Grant) -> None:
        """Store a grant whose predecessor is worth nothing any more. Only with the lock held."""

    def save_new(self, grant: Grant) -> None:
        """Store a new login's grant; what cannot be read is kept aside. Only with the lock held."""

    def remove(self) -> None:
        """Remove the login and all that belongs to it. Only with the lock held."""


class LoginStore:
    """Hold the login of one home: as it is on the disk or, where that is full, in memory.

    `place` is where it is kept: the home's `LoginFile`, if nothing else is given.
    """

    def __init__(self, home: Path, place: Place | None = None) -> None:
        self._home = home
        self._place = LoginFile(home) if place is None else place
        self.locked, self.holder, self.exists, self.obstacle = (
            self._place.locked,
            self._place.holder,
            self._place.exists,
            self._place.obstacle,
        )
        # A grant that could not be written, after the one in the file that it came for.
        self._unsaved: tuple[Grant, Grant] | None = None

    def is_stored(self, grant: Grant) -> bool:
        """Tell whether a grant that was found is on the disk."""
        unsaved = self._unsaved
        return unsaved is None or not grant.is_as(unsaved[1])

    def find(self) -> Grant | None:
        """Find the newest grant; None when there is none. Raises as `Place.load` does."""
        unsaved = self._unsaved  # before the file, in which another thread may just store it
        try:
            stored = self._place.load()
        except (AuthFailed, UpstreamError):
            if unsaved is None:
                raise
            return unsaved[1]
        # Somebody else's newer login, or logout, counts for more than what could not be stored.
        return unsaved[1] if unsaved is not None and unsaved[0].is_as(stored) else stored

    def get(self) -> Grant:
        """Find the newest grant. AuthFailed when there is none, or as `Place.load` raises."""
        grant = self.find()
        if grant is None:
            raise AuthFailed("There is no WHOOP login yet.", hint="Run `whoop-mcp login`.")
        return grant

    # ── only with the lock held ──

    def save_first(self, grant: Grant) -> None:
        """Store what must be on the disk before anything is sent. UpstreamError when it is not."""
        try:
            self._place.save(grant)
            self._unsaved = None
        except OSError as problem:
            remedy = f"Make room in {self._home}, or make it writable; then try again."
            if is_held(problem):
                remedy = f"Close what has {self._place.name} open, then try again."
            raise UpstreamError(
                f"The login cannot be renewed: {self._place.name} cannot be written "
                f"({problem.strerror}). Nothing was sent to WHOOP.",
                hint=remedy,
            ) from None

    def save_or_hold(self, grant: Grant, before: Grant) -> None:
        """Store what became of a grant, or else keep it in memory and say so.

        Only in place of that grant: a login that a program without our lock has stored meanwhile,
        or has removed, stays as it is.
        """
        try:
            if not before.is_as(self.find()):
                log.warning("the login was replaced while it was renewed: the other one is kept")
                return
            self._place.save_last(grant)
            self._unsaved = None
        except (OSError, AuthFailed, UpstreamError) as problem:
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

    def retry_save(self) -> None:
        """Store what could not be stored before, if there is room by now and nobody has stored
        or removed anything since."""
        if self._unsaved is not None:
            with suppress(OSError, UpstreamError, AuthFailed), self._place.locked(wait=0):
                unsaved = self._unsaved
                if unsaved is not None and unsaved[0].is_as(self._place.load()):
                    self._place.save_last(unsaved[1])
                self._unsaved = None

    def save_new(self, grant: Grant) -> None:
        """Store a new login's grant; an unreadable one is kept aside. AuthFailed if it cannot."""
        try:
            files.private_folder(self._home)
            with self._place.locked():
                self._place.save_new(grant)
                self._unsaved = None
        except OSError as problem:
            raise AuthFailed(
                f"WHOOP granted the login, but it cannot be stored ({problem.strerror}).",
                hint=f"{lock.remedy(self._home, problem)}, then run `whoop-mcp login` again.",
            ) from None

    def remove(self) -> None:
        """Remove the login, its key and what is left of broken ones. AuthFailed if it cannot."""
        try:
            self._home.stat()
        except FileNotFoundError:
            return
        except OSError:
            pass  # the lock cannot be had either, which says what to do
        with self._place.locked():
            try:
                self._place.remove()
            except OSError as problem:
                remedy = f"Make {self._home} and what is in it writable"
                if isinstance(problem, Held):
                    remedy = f"Close what has the files in {self._home} open"
                raise AuthFailed(
                    f"The login cannot be removed from {self._home} ({problem.strerror}).",
                    hint=f"{remedy}, then run `whoop-mcp logout --local`.",
                ) from None
            self._unsaved = None
