"""Keep the login that processes share: on the disk, sealed and under a lock.

`Place` is the seam at which an operating system's keychain could stand; `LoginFile` is the one
that there is. `LoginStore` adds what memory must do while nothing can be stored.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from .. import files, times
from ..call import Call
from ..errors import AuthFailed, UpstreamError
from ..lock import holder, lock
from ..patience import Held, is_held, patiently
from ..surroundings import path_test
from .vault import Broken, Vault

log = logging.getLogger(__name__)

LOCK_WAIT = 20.0  # seconds

# Seconds that an access token lives, whatever an answer says: less would have it renewed at every
# request, more would be nobody's.
_SHORTEST, _USUAL, _LONGEST = 60.0, 3600.0, 30 * 86400.0


@dataclass(frozen=True)
class Grant:
    """Hold what WHOOP granted, to which app and user, and what has become of it since."""

    access_token: str = field(repr=False)
    refresh_token: str | None = field(repr=False)
    expires_at: str
    scopes: list[str] | None = None  # None: 0.8.x did not say
    user_id: int | None = field(default=None, repr=False)
    client_id: str | None = field(default=None, repr=False)
    client_secret: str | None = field(default=None, repr=False)
    refresh_begun: str | None = None  # set while the outcome of a refresh is unknown
    refused_at: str | None = None  # when WHOOP said that the grant is dead
    lifetime: float | None = None  # seconds that the access token had at first; None: not noted
    repeated_at: str | None = None  # when a renewal brought the very token that was refused

    def renewed(self, answer: Mapping[str, Any], now: str) -> Grant:
        """Take over the tokens of WHOOP's token answer, which came at `now`."""
        lifetime = _lifetime(answer.get("expires_in"))
        refresh = answer.get("refresh_token")
        scope = answer.get("scope")
        scopes = scope.split() if isinstance(scope, str) else []
        return replace(
            self,
            access_token=answer["access_token"],
            refresh_token=(refresh if isinstance(refresh, str) else "") or self.refresh_token,
            expires_at=times.plus(now, seconds=lifetime),
            # A refresh may echo no more than the scope it asked for: the first answer counts.
            scopes=self.scopes if self.scopes or scopes in ([], ["offline"]) else scopes,
            refresh_begun=None,
            refused_at=None,
            lifetime=lifetime,
            repeated_at=None,
        )

    def is_as(self, other: Grant | None) -> bool:
        """Tell whether another holds the same tokens, whatever has become of them."""
        return other is not None and (self.access_token, self.refresh_token) == (
            other.access_token,
            other.refresh_token,
        )


def _lifetime(said: object) -> float:
    if isinstance(said, bool) or not isinstance(said, (int, float)) or not said >= 0:
        return _USUAL
    return float(min(max(said, _SHORTEST), _LONGEST))


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
        self.locked, self.holder, self.exists = (
            self._place.locked,
            self._place.holder,
            self._place.exists,
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
                hint=f"Make {self._home} writable, then run `whoop-mcp login` again.",
            ) from None

    def remove(self) -> None:
        """Remove the login, its key and what is left of broken ones."""
        # Where the home may not be looked at, neither can the lock be had, which says what to do.
        if path_test(self._home.is_dir, denied=True):
            with self._place.locked():
                try:
                    self._place.remove()
                except Held as problem:
                    raise AuthFailed(
                        f"The login cannot be removed ({problem.strerror}).",
                        hint=f"Close what has the files in {self._home} open, then try again.",
                    ) from None
                self._unsaved = None


# ── on the disk ──

_FORMAT = 1


class LoginFile:
    """Keep a grant in `tokens.json`, sealed with the key in `.encryption_key` beside it."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self.path = home / "tokens.json"
        self.name = self.path.name
        self._key_path = home / ".encryption_key"
        self._lock_path = home / "tokens.lock"
        self._vault = Vault(self._key_path)
        self._loaded: tuple[object, Grant] | None = None

    def locked(
        self, call: Call | None = None, *, wait: float | None = None
    ) -> AbstractContextManager[None]:
        """Hold the login for oneself. UpstreamError when it cannot be had in `wait` seconds."""
        return lock(self._lock_path, LOCK_WAIT if wait is None else wait, call)

    def holder(self) -> int | None:
        """Find the pid of who holds the login; None when nobody does."""
        return holder(self._lock_path)

    def exists(self) -> bool:
        """Tell whether there is a login, readable or not."""
        return path_test(self.path.exists, denied=True)  # whoever loads it learns why it cannot

    def load(self) -> Grant | None:
        """Read the stored grant; None when there is none. Broken (AUTH_FAILED) when unreadable.

        Neither file is changed, but for the rights of others, which are taken away.
        """
        try:
            about = self.path.stat()
            mark = (about.st_ino, about.st_mtime_ns, about.st_size)
            # Every request asks for its token: the file is decrypted only when it is another one.
            if self._loaded is None or self._loaded[0] != mark:
                content = files.read(self.path)
                self._loaded = mark, self._parse(content)
                for path in (self._home, self.path, self._key_path):
                    files.tighten(path)
            return self._loaded[1]
        except FileNotFoundError:
            return None
        except Held as problem:  # which is no reason to log in again
            raise UpstreamError(
                f"The stored login cannot be read at the moment ({problem.strerror}).",
                hint=f"Close what has the files in {self._home} open, then try again.",
            ) from None
        except OSError as problem:
            raise Broken(f"{self.path.name}: {problem.strerror}") from None

    def save(self, grant: Grant) -> None:
        """Store a grant durably. Only with the lock held. OSError leaves the old one in place."""
        data = self._sealed(grant)
        files.remove_partials(self.path)
        files.replace(self.path, data)

    def save_last(self, grant: Grant) -> None:
        """Store a grant where the old one is used up, into the file itself if need be. OSError.

        Who holds a file open keeps it from being replaced, but not always from being written.
        """
        try:
            self.save(grant)
        except Held:
            files.overwrite(self.path, self._sealed(grant))

    def _sealed(self, grant: Grant) -> bytes:
        sealed = self._vault.seal(json.dumps(asdict(grant)))
        return json.dumps({"format": _FORMAT, "sealed": sealed}).encode()

    def save_new(self, grant: Grant) -> None:
        """Store a new login's grant; what cannot be read is kept aside. Only with the lock held."""
        try:
            self.load()
            self._vault.seal("")
        except Broken:
            for path in (self.path, self._key_path):
                if path.exists():
                    stamp = times.now().replace(":", "").replace(".", "")
                    aside = path.with_name(f"{path.name}.broken-{stamp}")
                    patiently(partial(path.rename, aside))
        self._vault.make_key()
        self.save(grant)

    def remove(self) -> None:
        """Remove the login, its key, and what is left of broken ones. Only with the lock held."""
        files.remove_partials(self.path)
        files.remove_partials(self._key_path)
        for path in (self.path, self._key_path):
            for one in (path, *self._home.glob(f"{path.name}.broken-*")):
                patiently(partial(one.unlink, missing_ok=True), one)
        files.sync_folder(self._home)

    def _parse(self, content: bytes) -> Grant:
        try:
            if content.startswith(b"gAAAAA"):
                return _of_0_8(json.loads(self._vault.unseal(content.decode().strip())))
            stored = json.loads(content)
            if "sealed" in stored:
                return _ours(json.loads(self._vault.unseal(stored["sealed"])))
            tokens = {
                name: self._vault.unseal(stored[name]) if stored.get(name) else ""
                for name in ("access_token", "refresh_token")
            }
            return _of_0_8({**stored, **tokens})
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
            raise Broken(f"{self.path.name} holds something else") from None


def _ours(stored: Mapping[str, Any]) -> Grant:
    known = {one.name: stored[one.name] for one in fields(Grant) if one.name in stored}
    return Grant(**{**known, "expires_at": _readable(lambda: times.utc(stored["expires_at"]))})


def _of_0_8(stored: Mapping[str, Any]) -> Grant:
    token = stored["access_token"]
    if not (isinstance(token, str) and token):
        raise ValueError
    scope = stored.get("scope")
    return Grant(
        access_token=token,
        refresh_token=stored.get("refresh_token") or None,
        expires_at=_readable(lambda: _expiry(stored)),
        scopes=scope.split() if isinstance(scope, str) else None,
    )


def _readable(expiry: Callable[[], str]) -> str:
    """Read a stored time; one that nobody can read is over, so that the login is renewed."""
    try:
        return expiry()
    except (ValueError, TypeError, KeyError, OverflowError, OSError):
        return times.EARLIEST


def _expiry(stored: Mapping[str, Any]) -> str:
    if "expires_at" in stored:
        # Naive and local, as 0.8.x wrote it: astimezone takes it for just that.
        return times.text(datetime.fromisoformat(stored["expires_at"]).astimezone())
    if "timestamp" in stored:
        made = datetime.fromtimestamp(stored["timestamp"]).astimezone()
        return times.text(made + timedelta(seconds=stored.get("expires_in", 3600)))
    return times.EARLIEST
