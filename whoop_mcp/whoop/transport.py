"""Send requests to WHOOP: with a token, no faster than allowed, and again where that helps."""

from __future__ import annotations

import logging
import math
import re
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from ..call import Call, Stopped
from ..errors import UpstreamError, ValidationError, WhoopError
from .answers import Answer, Transient, meaning
from .limits import Limits, refusal
from .present import APART, Present, age

if TYPE_CHECKING:
    from ssl import SSLContext

    from .wire import Session, Wire

log = logging.getLogger(__name__)

BASE_URL = "https://api.prod.whoop.com"
DATA = "/developer"

Token = Callable[[str | None], str]
"""Gives an access token. Its argument is one that WHOOP has just refused, or None: the answer is
never that one. AuthFailed when there is none to be had."""

_READ = 15.0  # seconds without a byte after which an answer is given up
_ATTEMPTS = 4  # at one question that fails
_AT_ONCE = 0.02  # seconds: where an answer takes longer, nothing is gained by asking ahead
_FRESH = 1.0  # seconds for which what was begun is taken: an answer tells the time, too
_REFUSALS = 10  # of one question, each waited out as WHOOP asked
_HOST = re.compile(r"[\w.:-]+")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Begun(NamedTuple):
    """Hold a request that was sent, and whose answer is still to be taken."""

    session: Session
    token: str | None
    shown: str
    sent: tuple[float, float]  # when, on the steady clock and on the one that may be set

    def is_fresh(self) -> bool:
        """Tell whether its answer may still tell the time, and what WHOOP allows now."""
        steady, wall = self.sent
        # The steady one stands still while the machine sleeps.
        gone = time.monotonic() - steady, abs(time.time() - wall)
        return max(gone) <= _FRESH


class Transport:
    """Send requests to one WHOOP server, no faster than it allows.

    `token` is asked for each request. `trust_env` lets `requests` read proxies and CA bundles
    from the environment; a `.netrc` is never used. `ssl_context` makes the trust to use instead.
    `backoff` is how many seconds are waited before the first further attempt; each wait doubles.
    `tls_advice` turns a failed TLS handshake with `(host, port)` into words on what is in the way.
    `present` is the clock that WHOOP's answers set right.
    """

    def __init__(
        self,
        base_url: str = BASE_URL,
        token: Token | None = None,
        *,
        user_agent: str = "whoop-mcp",
        trust_env: bool = False,
        ssl_context: Callable[[], SSLContext | None] | None = None,
        tls_advice: Callable[[str, int], str] | None = None,
        backoff: float = 0.5,
        present: Present | None = None,
    ) -> None:
        self.base_url = checked(base_url)
        self._token = token
        self._user_agent = user_agent
        self._trust_env = trust_env
        self._ssl_context = ssl_context
        self._tls_advice = tls_advice
        self._backoff = backoff
        self._limits = Limits()
        self._wire: Wire | None = None
        self._took = math.inf  # seconds for which the last answer was waited for
        self._lock = threading.Lock()
        self.present = present or Present()

    @property
    def clock_skew(self) -> float | None:
        """Tell WHOOP's clock minus ours, in seconds; None until it has told the time."""
        return self.present.skew

    def allowance(self) -> tuple[int, float] | None:
        """Tell how many requests WHOOP still allows, and in how many seconds more; None: unsaid."""
        return self._limits.allowance()

    def get(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        call: Call | None = None,
        template: str | None = None,
        scope: str | None = None,
        begun: Begun | None = None,
    ) -> Any:
        """Get the JSON at a data path, trying again as long as that makes sense and `call` allows.

        `template` is the path as it may be logged and shown (`/v2/cycle/{id}`), `scope` what
        WHOOP wants for it. `begun`, of this path and query and in this thread, is the first
        attempt. Raises AuthFailed, RateLimited, NotFound or UpstreamError.
        """
        call = call or Call()
        shown = template or path
        refused: str | None = None
        failures = refusals = 0
        if begun is not None and not begun.is_fresh():
            self.drop(begun)
            begun = None
        while True:
            token = self._enter(refused, call) if begun is None else self._still(begun, call)
            try:
                answer = self.exchange(
                    "GET",
                    DATA + path,
                    query=query,
                    token=token,
                    call=call,
                    template=shown,
                    attempt=failures + refusals + 1,
                    begun=begun,
                )
            except Transient:
                failures += 1
                if failures >= _ATTEMPTS:
                    raise
                self._pause(failures, call)
                continue
            finally:
                self._limits.leave()
                begun = None
            self._limits.learn(answer.headers)
            if age(answer.headers) > APART:
                failures += 1
                if failures >= _ATTEMPTS:
                    raise _kept(shown)
                self._pause(failures, call)
                continue
            if answer.status == 401 and token and refused is None and not answer.is_page():
                refused = token
                continue
            if answer.status == 429:
                refusals += 1
                pause = self._limits.refused(answer.headers, refusals)
                if refusals >= _REFUSALS:
                    raise refusal(pause)
                self._limits.refuse_or_wait(pause, call)
                continue
            try:
                return meaning(answer, shown, scope)
            except Transient:
                failures += 1
                if failures >= _ATTEMPTS:
                    raise
            self._pause(failures, call)

    def begin(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        call: Call,
        template: str | None = None,
    ) -> Begun | None:
        """Send the request of a `get` that will be, and do not wait for its answer.

        What is begun goes to `get` or to `drop`, in this thread. None where it cannot go at once,
        on a connection that is open and not in use, or answers take long: then nothing was sent.
        """
        if self._wire is None or self._took > _AT_ONCE:
            return None
        try:
            call.check()
            token = None if self._token is None else self._token(None)
        except (Stopped, WhoopError):
            return None  # `get` says why
        if not self._limits.enter_at_once():
            return None
        session = None
        try:
            sent = time.monotonic(), time.time()
            session = self._wire.begin(DATA + path, query, token, call)
        finally:
            if session is None:
                self._limits.give_back()
        return Begun(session, token, template or path, sent) if session else None

    def drop(self, begun: Begun) -> None:
        """Want no answer any more to what was begun: its connection is closed."""
        self._open().drop(begun.session)
        self._limits.leave()
        _note("GET", begun.shown, "dropped", 0.0, 1)

    def _enter(self, refused: str | None, call: Call) -> str | None:
        """Wait until a request may go; answers its token."""
        call.check()
        token = None if self._token is None else self._token(refused)
        self._limits.enter(call)
        return token

    def _still(self, begun: Begun, call: Call) -> str | None:
        """Check that what was begun is still wanted; answers its token."""
        try:
            call.check()
        except BaseException:
            self.drop(begun)
            raise
        return begun.token

    def exchange(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        token: str | None = None,
        call: Call | None = None,
        template: str | None = None,
        attempt: int = 1,
        read_timeout: float = _READ,
        begun: Begun | None = None,
    ) -> Answer:
        """Send one request exactly once, if it was not begun, and read its answer, whatever its
        status.

        `path` is absolute on the server; `form` is sent url-encoded. UpstreamError when there is
        no answer, only part of one, or it comes too late for `call`.
        """
        call = call or Call()
        shown = template or path
        waits, status = time.monotonic(), "failed"
        try:
            answer = self._open().send(
                method,
                path,
                query=query,
                form=form,
                token=token,
                call=call,
                shown=shown,
                read_timeout=read_timeout,
                begun=begun.session if begun else None,
            )
            status = str(answer.status)
            self.present.learn(answer.headers)
            return answer
        finally:
            self._took = time.monotonic() - waits
            _note(method, shown, status, self._took, attempt)

    def get_ready(self) -> None:
        """Import the libraries that send requests, and read the certificates that are trusted:
        both take longer among busy threads. What is wrong is told by the first request."""
        with suppress(WhoopError):
            self._open()

    def close(self) -> None:
        """Close the connections that are not in use."""
        if self._wire is not None:
            self._wire.close()

    def _open(self) -> Wire:
        """Make the wire, and import its libraries, when it is first needed."""
        from .wire import Wire

        with self._lock:
            if self._wire is None:
                self._wire = Wire(
                    self.base_url,
                    user_agent=self._user_agent,
                    trust_env=self._trust_env,
                    ssl_context=self._ssl_context() if self._ssl_context else None,
                    tls_advice=self._tls_advice,
                )
            return self._wire

    def _pause(self, attempt: int, call: Call) -> None:
        call.wait(self._backoff * 2 ** (attempt - 1))


def _note(method: str, shown: str, status: str, waited: float, attempt: int) -> None:
    log.info("%s %s %s %d ms attempt %d", method, shown, status, round(waited * 1000), attempt)


def _kept(shown: str) -> UpstreamError:
    """Make the error for an old answer of WHOOP's, which says nothing of its present."""
    return UpstreamError(
        "Something between this computer and WHOOP gives out old answers that it has kept.",
        hint="Have the proxy or firewall of your network keep nothing of WHOOP's API.",
        endpoint=shown,
    )


def is_loopback(base_url: str) -> bool:
    """Tell whether a URL leads to this computer itself."""
    return urlsplit(base_url).hostname in _LOOPBACK


def checked(base_url: str) -> str:
    """Check a base URL, and cut its last slash. ValidationError unless https, or plain loopback."""
    try:
        parts = urlsplit(base_url)
        safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(base_url))
        whole = bool(parts.hostname) and not (parts.query or parts.fragment or "@" in parts.netloc)
        host = parts.hostname or ""
        _ = host.encode("idna")  # raises when no such name can be
        whole = whole and bool(_HOST.fullmatch(host)) and parts.port != 0  # no number raises
    except ValueError:
        safe = whole = False
    if not (safe and whole):
        raise ValidationError(
            "The WHOOP base URL must be https (plain http only to this computer itself).",
            hint=f"Unset WHOOP_BASE_URL, or set it to {BASE_URL}.",
        )
    return base_url.rstrip("/")
