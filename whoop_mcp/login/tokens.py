"""Make a login last: one refresh for all threads and processes, and nothing lost on the way.

WHOOP's refresh tokens work once, and one presented twice ends the whole grant. So whoever
refreshes holds a lock, reads the file again inside it, marks the refresh as begun before it is
sent, and stores the answer before anybody uses it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .. import times
from ..call import Call, Stopped
from ..errors import AuthFailed, UpstreamError, WhoopError
from ..settings import Settings
from . import endpoint
from .endpoint import Refused
from .grant import Grant
from .login_file import LOCK_WAIT
from .single_flight import SingleFlight
from .store import LoginStore
from .vault import Broken

if TYPE_CHECKING:
    from ..whoop.transport import Transport

log = logging.getLogger(__name__)

_MARGIN = 300.0  # seconds of life below which a token is renewed
_AFTER_OUTAGE = 5.0  # seconds for which the token of a refresh without an answer is not sent again
_REPEATED = 60.0  # seconds for which a renewal that brought the refused token is not tried again
_TRIES = 5
_LOGIN = "Run `whoop-mcp login`."
_OFFLINE = (
    "tick the box `offline` for your app in WHOOP's developer dashboard, "
    "then run `whoop-mcp login`."
)


class _Repeated(UpstreamError):
    def __init__(self) -> None:
        super().__init__(
            "WHOOP's login service gives out the very token that WHOOP refuses.",
            hint="Try again in a few minutes; if it stays so, run `whoop-mcp login`.",
            endpoint=endpoint.PATH,
        )


class Login:
    """Renew and describe one home's login. Safe in many threads; `transport` carries no token."""

    def __init__(
        self, settings: Settings, transport: Transport, *, clock: times.Clock = times.now
    ) -> None:
        self._settings = settings
        self._transport = transport
        self._clock = clock
        self._store = LoginStore(settings.home)
        self._renewal: SingleFlight[str] = SingleFlight()
        # A refresh token presented in vain, when (monotonic), and what came of it.
        self._unanswered: tuple[str | None, float, UpstreamError] | None = None

    # ── the access token ──

    def token(self, refused: str | None = None) -> str:
        """Get an access token that is not the one WHOOP has just refused.

        Renewed when less than five minutes of life are left, or a quarter of a short life; in an
        outage the old one serves as long as it lives. AuthFailed when a new login is needed,
        UpstreamError when WHOOP or the lock cannot be had: then the login is as good as before.
        """
        for _ in range(_TRIES):
            grant = self._store.get()
            if self._lives(grant, refused, _margin(grant)):
                self._store.retry_save()
                return grant.access_token
            try:
                token = self._renewal.outcome(
                    lambda call: self._renew(call, refused), LOCK_WAIT + 5
                )
            except Stopped:
                raise UpstreamError(
                    "This program is ending.", hint="Ask again once it is running."
                ) from None
            except (UpstreamError, AuthFailed) as problem:
                grant = self._store.get()
                if isinstance(problem, Refused) or not self._lives(grant, refused, 0):
                    raise
                log.warning("the login could not be renewed yet: %s", problem.message)
                return grant.access_token
            if token != refused:
                return token
            # Another thread's renewal, for which this token was still a good one.
        raise _Repeated

    def finish(self, timeout: float = endpoint.PATIENCE) -> bool:
        """Start no refresh any more, and wait for the one under way; False if it goes on.

        For whoever ends the process: may be called from a signal handler.
        """
        done = self._renewal.close(timeout)
        if done:  # what could not be stored is lost with this process: by now there may be room
            self._store.retry_save()
        return done

    def _renew(self, call: Call, refused: str | None) -> str:
        with self._store.locked(call):
            grant = self._store.get()
            if self._lives(grant, refused, _margin(grant)):
                return grant.access_token
            if refused is not None:
                self._check_outage(grant)
                if grant.access_token == refused and self._is_repeated(grant):
                    raise _Repeated
            token = self._refresh(grant, refused).access_token
            if token == refused:
                raise _Repeated
            return token

    def _is_repeated(self, grant: Grant) -> bool:
        if grant.repeated_at is None:
            return False
        return abs(times.seconds(grant.repeated_at, self._clock())) < _REPEATED

    def _check_outage(self, grant: Grant) -> None:
        # An old token used after an outage was refused: the refresh may have been heard after
        # all, so its token is not presented again by the same call.
        if self._unanswered is not None:
            presented, when, problem = self._unanswered
            if presented == grant.refresh_token and time.monotonic() - when < _AFTER_OUTAGE:
                raise problem

    def _refresh(self, grant: Grant, refused: str | None = None) -> Grant:
        app = self._app(grant)
        if app is None:
            raise AuthFailed(
                "The login is to be renewed, but there is no app id and secret.",
                hint="Set WHOOP_CLIENT_ID and WHOOP_CLIENT_SECRET, or run `whoop-mcp login`.",
            )
        if grant.refresh_token is None:
            raise AuthFailed(
                "The login has run out and cannot be renewed: it was granted without `offline`.",
                hint=f"To get one that lasts, {_OFFLINE}",
            )
        begun_before = grant.refresh_begun
        self._store.save_first(replace(grant, refresh_begun=self._clock()))
        form = {
            "grant_type": "refresh_token",
            "refresh_token": grant.refresh_token,
            "scope": "offline",
        }
        try:
            answer = endpoint.request(self._transport, app, form)
        except Refused as refusal:
            return self._after_refusal(grant, refusal, begun_before)
        except UpstreamError as problem:
            self._unanswered = grant.refresh_token, time.monotonic(), problem
            raise
        now = self._clock()
        fresh = grant.renewed(answer, now)
        if fresh.access_token == refused:
            fresh = replace(fresh, repeated_at=now)
        self._store.save_or_hold(fresh, grant)
        return self._store.get()

    def _after_refusal(self, grant: Grant, refusal: Refused, begun_before: str | None) -> Grant:
        # A sibling that does not know our lock may have been quicker.
        stored = self._store.find()
        if stored is not None and stored.refresh_token != grant.refresh_token:
            if self._lives(stored, grant.access_token, 0):
                return stored
            raise refusal
        dead = refusal.error in ("invalid_grant", "token_inactive", "invalid_request")
        refused_at = self._clock() if dead else None
        self._store.save_or_hold(replace(grant, refresh_begun=None, refused_at=refused_at), grant)
        if dead and begun_before is not None:
            raise Refused(
                refusal.error,
                f"A renewal begun at {begun_before} was cut off before its answer was stored.",
            )
        raise refusal

    # ── what is stored ──

    def _lives(self, grant: Grant, refused: str | None, margin: float) -> bool:
        left = times.seconds(self._clock(), grant.expires_at)
        return grant.access_token != refused and left > margin

    @property
    def user_id(self) -> int | None:
        """Find whose login it is; None when nobody has said. AuthFailed when it is unreadable."""
        grant = self._store.find()
        return None if grant is None else grant.user_id

    def app(self) -> tuple[str, str] | None:
        """Find the app's (id, secret): the environment's, else those stored with the login."""
        try:
            return self._app(self._store.find())
        except AuthFailed:
            return self._app(None)

    def _app(self, grant: Grant | None) -> tuple[str, str] | None:
        if self._settings.client_id and self._settings.client_secret:
            return self._settings.client_id, self._settings.client_secret
        if grant is not None and grant.client_id and grant.client_secret:
            return grant.client_id, grant.client_secret
        return None

    def require_place(self) -> None:
        """Find out whether a new login could be stored, before anybody is asked for one.

        Nothing is left of it. AuthFailed when the home cannot hold one; UpstreamError when
        another process does not let go of the one that is there.
        """
        if obstacle := self._store.obstacle():
            raise AuthFailed(
                f"No login can be kept here: {obstacle.what}.",
                hint=f"{obstacle.remedy}, or set WHOOP_HOME to another folder; then run "
                "`whoop-mcp login` again.",
            )
        if self._store.exists():  # whose lock somebody may hold for ever
            with self._store.locked():
                pass

    def kept_from_renewal(self) -> str | None:
        """Say why this computer keeps a login from being renewed, and what to do; None where it
        does not."""
        try:
            self._store.find()
        except UpstreamError as problem:
            return f"{problem.message} {problem.hint}"
        obstacle = self._store.obstacle()
        return None if obstacle is None else f"{_sentence(obstacle.what)} {obstacle.remedy}."

    def save_grant(
        self, answer: Mapping[str, Any], *, app: tuple[str, str], scopes: list[str]
    ) -> None:
        """Store a new login's token answer; `scopes` were asked for, where WHOOP names none.

        A login that cannot be read is kept aside. AuthFailed when the home cannot be written.
        """
        asked = Grant("", None, times.EARLIEST, client_id=app[0], client_secret=app[1])
        grant = asked.renewed(answer, self._clock())
        if grant.refresh_token is None:
            scopes = [scope for scope in scopes if scope != "offline"]
        self._store.save_new(replace(grant, scopes=grant.scopes or scopes))

    def remember_user(self, user_id: int) -> None:
        """Note whose login it is, which 0.8.x did not."""
        with self._store.locked():
            grant = self._store.get()
            if grant.user_id != user_id:
                self._store.save_or_hold(replace(grant, user_id=user_id), grant)

    def user(self) -> int | None:
        """Find whose login it is; None where there is none, or it does not say."""
        with suppress(AuthFailed):
            return self.user_id
        return None

    def learn(self, user: int) -> None:
        """Note whose login it is where it does not say, as WHOOP has named the user."""
        if self.user() is None:
            with suppress(WhoopError):  # it is only a note; the next profile brings it again
                self.remember_user(user)

    def status(self) -> dict[str, Any]:
        """Answer `{"status", "expires_at", "scopes", "has_refresh_token", "hint"?}`.

        The status is valid, expired, no_tokens or reauth_required; WHOOP is not asked.
        """
        blank = {"expires_at": None, "scopes": None, "has_refresh_token": False, "hint": _LOGIN}
        try:
            grant = self._store.find()
        except (AuthFailed, UpstreamError) as problem:
            # What somebody keeps to himself for a while is no reason to log in again.
            state = "reauth_required" if isinstance(problem, AuthFailed) else "expired"
            return {**blank, "status": state, "hint": f"{problem.message} {problem.hint}"}
        if grant is None:
            return {"status": "no_tokens", **blank}
        state, hint = self._state(grant)
        answer: dict[str, Any] = {
            "status": state,
            "expires_at": grant.expires_at,
            "scopes": grant.scopes,
            "has_refresh_token": grant.refresh_token is not None,
        }
        return answer if hint is None else {**answer, "hint": hint}

    def _state(self, grant: Grant) -> tuple[str, str | None]:
        if grant.refused_at is not None:
            return "reauth_required", f"WHOOP refused the login at {grant.refused_at}. {_LOGIN}"
        if not self._store.is_stored(grant):
            return "valid", f"The renewed login is not on disk: make room in {self._settings.home}."
        lives = self._lives(grant, None, 0)
        if grant.refresh_token is None:
            end = "ends within the hour" if lives else "has run out"
            hint = (
                f"This login {end} and cannot be renewed, because it was granted without "
                f"`offline`: {_OFFLINE}"
            )
            return "valid" if lives else "reauth_required", hint
        if lives:
            return "valid", None
        return "expired", "It is renewed by the next question that needs WHOOP."

    def lock_holder(self) -> int | None:
        """Find the pid of who is renewing the login at this moment; None when nobody is."""
        return self._store.holder()

    def logout(self, *, local: bool = False) -> bool:
        """End the login at WHOOP, then remove it here; `local` only removes it.

        False when there was none. Where WHOOP cannot be told, its error is raised with a hint
        that names `logout --local`, and all is kept. AuthFailed where it cannot be removed here:
        before WHOOP is told, if that can be seen.
        """
        found = self._store.exists()
        if found and not local:
            obstacle = self._store.obstacle()
            if obstacle is not None and not obstacle.can_remove:
                raise AuthFailed(
                    f"The login cannot be removed: {obstacle.what}. Nothing was sent to WHOOP.",
                    hint=f"{obstacle.remedy}, then run `whoop-mcp logout` again.",
                )
            try:
                endpoint.revoke(self._transport, self.token)
            except WhoopError as problem:
                first = "The login is kept. Try again later, or run"
                if isinstance(problem, Broken):
                    first = "The login is kept, and not ended at WHOOP. Run"
                problem.hint = (
                    f"{first} `whoop-mcp logout --local` to remove it from this computer only."
                )
                raise
        self._store.remove()
        return found


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:]}."


def _margin(grant: Grant) -> float:
    """Find the seconds of life below which a token is renewed: a short life is mostly used."""
    return _MARGIN if grant.lifetime is None else min(_MARGIN, grant.lifetime / 4)
