"""Speak HTTP by `requests`, which is imported with the first request and known only here."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from ..call import Call
from ..errors import UpstreamError
from .answers import Answer, Transient
from .deadline import Deadline, keep

_CONNECT, _WHOLE = 5.0, 30.0  # seconds for one step of connecting, and for an exchange as a whole
_LATE = "WHOOP did not answer in time."
_LARGEST_ANSWER = 16 * 1024 * 1024


class Wire:
    """Connections to one server, each used by one thread at a time and kept for the next."""

    def __init__(
        self,
        base_url: str,
        *,
        user_agent: str,
        trust_env: bool,
        ssl_context: ssl.SSLContext | None,
        tls_advice: Callable[[str, int], str] | None,
    ) -> None:
        self._base_url = base_url
        self._user_agent = user_agent
        self._trust_env = trust_env
        self._ssl_context = ssl_context
        self._tls_advice = tls_advice
        self._idle: list[_Session] = []
        self._lock = threading.Lock()

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None,
        form: Mapping[str, str] | None,
        token: str | None,
        call: Call,
        shown: str,
        read_timeout: float,
    ) -> Answer:
        """Send one request once, and read its answer whole. UpstreamError when there is none.

        It ends within the call's time and half a minute, whatever the other side does.
        """

        def authorize(request: requests.PreparedRequest) -> requests.PreparedRequest:
            # As `auth=`, not as a header: requests would replace a header by a .netrc entry.
            if token is not None:
                request.headers["Authorization"] = f"Bearer {token}"
            return request

        out_of_time = False
        try:
            with self._session() as session:
                session.deadline.begin(min(_WHOLE, call.left()), silence=read_timeout)
                try:
                    response = session.request(
                        method,
                        self._base_url + path,
                        params=query,
                        data=form,
                        auth=authorize,
                        timeout=(_at_most(_CONNECT, call), _at_most(read_timeout, call)),
                        allow_redirects=False,
                        stream=True,
                    )
                finally:
                    out_of_time = session.deadline.is_over()
                with response:
                    body = _read(response, call, session.deadline)
                    return Answer(response.status_code, response.headers, body)
        except (requests.exceptions.RequestException, OSError) as problem:
            if out_of_time:  # what is cut short says nothing of trust, nor of a proxy
                raise Transient(_LATE, hint="Try again in a minute.", endpoint=shown) from None
            if isinstance(problem, requests.exceptions.SSLError):
                raise self._tls_failure(shown) from None
            raise Transient(_unreachable(problem), hint=_remedy(problem), endpoint=shown) from None

    def close(self) -> None:
        """Close the connections that are not in use."""
        with self._lock:
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()

    @contextmanager
    def _session(self) -> Iterator[_Session]:
        """Lend a session that no other thread has, and keep its connection for the next."""
        with self._lock:
            session = self._idle.pop() if self._idle else None
        session = session or self._new_session()
        try:
            yield session
        finally:
            with self._lock:
                self._idle.append(session)

    def _new_session(self) -> _Session:
        session = _Session()
        session.trust_env = self._trust_env
        # What the environment says of this server is looked up once, not with each request.
        settings = session.merge_environment_settings(self._base_url, {}, None, None, None)
        session.proxies, session.verify = settings["proxies"], settings["verify"]
        session.trust_env = False
        session.headers.update({"User-Agent": self._user_agent, "Accept": "application/json"})
        for scheme in ("http://", "https://"):
            session.mount(scheme, _Adapter(session.deadline, self._ssl_context))
        return session

    def _tls_failure(self, shown: str) -> UpstreamError:
        parts = urlsplit(self._base_url)
        hint = "If your network inspects TLS, set REQUESTS_CA_BUNDLE to its CA's PEM file."
        if self._tls_advice is not None:
            hint = self._tls_advice(parts.hostname or "", parts.port or 443)
        return UpstreamError(
            "The TLS connection to WHOOP could not be trusted.", hint=hint, endpoint=shown
        )


class _Session(requests.Session):
    """A session that never looks where a redirect leads: a broken `Location` would make it fail.

    Its exchanges, one at a time, keep its deadline.
    """

    def __init__(self) -> None:
        super().__init__()
        self.deadline = Deadline()

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class _Adapter(HTTPAdapter):
    """Lets a session keep a deadline and, where an SSL context is given, trust what that trusts;
    both also through a proxy."""

    def __init__(self, deadline: Deadline, context: ssl.SSLContext | None) -> None:
        self._deadline = deadline
        self._trust: dict[str, Any] = {} if context is None else {"ssl_context": context}
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **{**options, **self._trust})
        keep(self.poolmanager, self._deadline)

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **self._trust, **options)
        keep(manager, self._deadline)
        return manager


def _read(response: requests.Response, call: Call, deadline: Deadline) -> bytes:
    """Read the whole body, and give up when it comes too slowly or never ends."""
    parts: list[bytes] = []
    size = 0
    # read1 answers what has come so far, so that a call given up is noticed between drips.
    step = getattr(response.raw, "read1", response.raw.read)
    while True:
        try:
            part = step(65536, decode_content=True)
        except Exception:
            # urllib3's own errors, which requests wraps in its own readers only.
            if deadline.missed:
                raise requests.exceptions.Timeout from None
            raise requests.exceptions.ChunkedEncodingError from None
        if not part:
            return b"".join(parts)
        # Not whether there is time: what has come is read, however late.
        call.still_wanted()
        parts.append(part)
        size += len(part)
        if size > _LARGEST_ANSWER:
            raise requests.exceptions.Timeout


def _at_most(seconds: float, call: Call) -> float:
    """Cut a time-out to the call's time, which may have run out a moment ago."""
    return max(min(seconds, call.left()), 0.01)


def _remedy(problem: Exception) -> str:
    if isinstance(problem, requests.exceptions.ProxyError):
        return "Is the proxy right that HTTPS_PROXY or ALL_PROXY names? If so, try again later."
    return "Try again in a minute."


def _unreachable(problem: Exception) -> str:
    if isinstance(problem, requests.exceptions.ProxyError):
        return "The proxy in front of WHOOP could not be used."
    if isinstance(problem, requests.exceptions.Timeout):
        return _LATE
    if isinstance(problem, requests.exceptions.ConnectionError):
        return "WHOOP could not be reached."
    return "The connection to WHOOP broke off."
