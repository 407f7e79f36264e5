"""Keep a login in a file that processes share, sealed and under a lock.

The files of whoop-mcp 0.8.x are read as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import asdict, fields
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from .. import files, lock, times
from ..call import Call
from ..errors import UpstreamError
from ..patience import Held, patiently
from .grant import Grant
from .vault import Broken, Vault, denied

LOCK_WAIT = 20.0  # seconds

_FORMAT = 1


class Obstacle(NamedTuple):
    """Tell why a login can neither be stored nor removed, and what to do about it: words for a
    sentence each, without its end."""

    what: str
    remedy: str
    can_remove: bool
    """There is only no room, and the lock's file needs none: what is there can be removed."""


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
        return lock.lock(self._lock_path, LOCK_WAIT if wait is None else wait, call)

    def holder(self) -> int | None:
        """Find the pid of who holds the login; None when nobody does."""
        return lock.holder(self._lock_path)

    def exists(self) -> bool:
        """Tell whether there is a login, readable or not."""
        try:
            self.path.stat()
        except FileNotFoundError:
            return False
        except OSError:
            pass  # whoever loads it learns why it cannot be read
        return True

    def obstacle(self) -> Obstacle | None:
        """Find why nothing can be stored here at the moment, by trying to; None where it can."""
        try:
            lock.try_out(self._lock_path)
        except OSError as problem:
            what = f"the lock file {self._lock_path.name} cannot be opened ({problem.strerror})"
            remedy = lock.remedy(self._home, problem, self._lock_path)
            return Obstacle(what, remedy, can_remove=False)
        try:
            files.try_out(self.path)
        except OSError as problem:
            what = f"nothing can be written to {self._home} ({problem.strerror})"
            can_remove = lock.is_full(problem) and self._lock_path.exists()
            return Obstacle(what, lock.remedy(self._home, problem), can_remove)
        return None

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
            raise denied(self.path, problem) from None

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
