"""HTTP to WHOOP: the one place that knows `requests`, and when to ask again."""

from __future__ import annotations

import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from .answers import Answer, Transient, meaning
from .call import Call
from .errors import UpstreamError, ValidationError
from .limits import Limits, http_date

log = logging.getLogger(__name__)

BASE_URL = "https://api.prod.whoop.com"
DATA = "/developer"

Token = Callable[[str | None], str]
"""Gives an access token. Its argument is one that WHOOP has just refused, or None: the answer is
never that one. AuthFailed when there is none to be had."""

_CONNECT, _READ = 5.0, 15.0  # seconds
_ATTEMPTS = 4
_LARGEST_ANSWER = 16 * 1024 * 1024
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


class Transport:
    """Sends requests to one WHOOP server, no faster than it allows.

    `token` is asked for each request. `trust_env` lets `requests` read proxies and CA bundles
    from the environment; a `.netrc` is never used. `ssl_context` replaces the default trust.
    `tls_advice` turns a failed TLS handshake with `(host, port)` into words on what is in the way.
    """

    def __init__(
        self,
        base_url: str = BASE_URL,
        token: Token | None = None,
        *,
        user_agent: str = "whoop-mcp",
        trust_env: bool = False,
        ssl_context: ssl.SSLContext | None = None,
        tls_advice: Callable[[str, int], str] | None = None,
    ) -> None:
        self.base_url = checked(base_url)
        self._token = token
        self._user_agent = user_agent
        self._trust_env = trust_env
        self._ssl_context = ssl_context
        self._tls_advice = tls_advice
        self._limits = Limits()
        self._idle: list[requests.Session] = []
        self._lock = threading.Lock()
        self.clock_skew: float | None = None  # WHOOP's clock minus ours, in seconds

    def get(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        call: Call | None = None,
        template: str | None = None,
        scope: str | None = None,
    ) -> Any:
        """The JSON at a data path, tried again as long as that makes sense and `call` allows.

        `template` is the path as it may be logged and shown (`/v2/cycle/{id}`), `scope` what
        WHOOP wants for it. Raises AuthFailed, RateLimited, NotFound or UpstreamError.
        """
        call = call or Call()
        shown = template or path
        refused: str | None = None
        attempt = 0
        while True:
            call.check()
            token = None if self._token is None else self._token(refused)
            self._limits.enter(call)
            attempt += 1
            try:
                answer = self.exchange(
                    "GET",
                    DATA + path,
                    query=query,
                    token=token,
                    call=call,
                    template=shown,
                    attempt=attempt,
                )
            except Transient:
                if attempt >= _ATTEMPTS:
                    raise
                self._pause(attempt, call)
                continue
            finally:
                self._limits.leave()
            self._limits.learn(answer.headers)
            if answer.status == 401 and refused is None and not answer.is_page():
                refused = token
                continue
            if answer.status == 429:
                pause = self._limits.refused(answer.headers, attempt)
                self._limits.refuse_or_wait(pause, call)
                continue
            try:
                return meaning(answer, shown, scope)
            except Transient:
                if attempt >= _ATTEMPTS:
                    raise
            self._pause(attempt, call)

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
    ) -> Answer:
        """One request and its answer, whatever its status, sent exactly once.

        `path` is absolute on the server; `form` is sent url-encoded. UpstreamError when there is
        no answer, only part of one, or it comes too late for `call`.
        """
        call = call or Call()
        shown = template or path
        began, status = time.monotonic(), "failed"

        def authorize(request: requests.PreparedRequest) -> requests.PreparedRequest:
            # As `auth=`, not as a header: requests would replace a header by a .netrc entry.
            if token is not None:
                request.headers["Authorization"] = f"Bearer {token}"
            return request

        try:
            with self._session() as session:
                response = session.request(
                    method,
                    self.base_url + path,
                    params=query,
                    data=form,
                    auth=authorize,
                    timeout=(min(_CONNECT, call.left()), max(min(read_timeout, call.left()), 0.01)),
                    allow_redirects=False,
                    stream=True,
                )
                with response:
                    answer = Answer(response.status_code, response.headers, _read(response, call))
            status = str(answer.status)
            self._notice_clock(answer)
            return answer
        except requests.exceptions.SSLError:
            raise self._tls_failure(shown) from None
        except (requests.exceptions.RequestException, OSError) as problem:
            raise Transient(
                _unreachable(problem), hint="Try again in a minute.", endpoint=shown
            ) from None
        finally:
            milliseconds = round((time.monotonic() - began) * 1000)
            log.info("%s %s %s %d ms attempt %d", method, shown, status, milliseconds, attempt)

    def close(self) -> None:
        """Close the connections that are not in use."""
        with self._lock:
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()

    def _pause(self, attempt: int, call: Call) -> None:
        call.wait(0.25 * 2**attempt)

    @contextmanager
    def _session(self) -> Iterator[requests.Session]:
        """A session that no other thread has; its connection is used again by whoever is next."""
        with self._lock:
            session = self._idle.pop() if self._idle else None
        session = session or self._new_session()
        try:
            yield session
        finally:
            with self._lock:
                self._idle.append(session)

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = self._trust_env
        session.headers.update({"User-Agent": self._user_agent, "Accept": "application/json"})
        if self._ssl_context is not None:
            session.mount("https://", _ContextAdapter(self._ssl_context))
        return session

    def _tls_failure(self, shown: str) -> UpstreamError:
        parts = urlsplit(self.base_url)
        hint = "If your network inspects TLS, set REQUESTS_CA_BUNDLE to its CA's PEM file."
        if self._tls_advice is not None:
            hint = self._tls_advice(parts.hostname or "", parts.port or 443)
        return UpstreamError(
            "The TLS connection to WHOOP could not be trusted.", hint=hint, endpoint=shown
        )

    def _notice_clock(self, answer: Answer) -> None:
        said = http_date(answer.headers.get("Date", ""))
        if said is not None:
            self.clock_skew = said - time.time()


class _ContextAdapter(HTTPAdapter):
    """Lets a session trust what an SSL context trusts, also through a proxy."""

    def __init__(self, context: ssl.SSLContext) -> None:
        self._context = context
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **options)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._context, **options)


def checked(base_url: str) -> str:
    """The base URL without a trailing slash. ValidationError unless https, or plain loopback."""
    try:
        parts = urlsplit(base_url)
        safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
        whole = bool(parts.hostname) and not (parts.query or parts.fragment or parts.username)
        _ = parts.port  # raises when it is no number
    except ValueError:
        safe = whole = False
    if not (safe and whole):
        raise ValidationError(
            "The WHOOP base URL must be https (plain http only to this computer itself).",
            hint=f"Unset WHOOP_BASE_URL, or set it to {BASE_URL}.",
        )
    return base_url.rstrip("/")


def _read(response: requests.Response, call: Call) -> bytes:
    """The whole body, given up when it drips in too slowly or never ends."""
    parts: list[bytes] = []
    size = 0
    # read1 answers what has come so far, so that the deadline is looked at between drips.
    step = getattr(response.raw, "read1", response.raw.read)
    began = time.monotonic()
    while True:
        try:
            part = step(65536, decode_content=True)
        except Exception:
            # urllib3's own errors, which requests wraps in its own readers only.
            raise requests.exceptions.ChunkedEncodingError from None
        if not part:
            return b"".join(parts)
        call.check()
        parts.append(part)
        size += len(part)
        if size > _LARGEST_ANSWER or time.monotonic() - began > 2 * _READ:
            raise requests.exceptions.Timeout


def _unreachable(problem: Exception) -> str:
    if isinstance(problem, requests.exceptions.ProxyError):
        return "The proxy in front of WHOOP could not be used."
    if isinstance(problem, requests.exceptions.Timeout):
        return "WHOOP did not answer in time."
    if isinstance(problem, requests.exceptions.ConnectionError):
        return "WHOOP could not be reached."
    return "The connection to WHOOP broke off."
