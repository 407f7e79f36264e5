"""Speak HTTP by `requests`, which is imported with the first request and known only here."""

from __future__ import annotations

import errno
import re
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from http.client import HTTPException
from typing import Any
from urllib.parse import urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import DEFAULT_CA_BUNDLE_PATH

from ..call import Call
from ..errors import UpstreamError
from .answers import Answer, Transient
from .deadline import URLLIB3_ERROR, Deadline, keep

_CONNECT, _WHOLE = 5.0, 30.0  # seconds for one step of connecting, and for an exchange as a whole
_LATE = "WHOOP did not answer in time."
_LARGEST_ANSWER = 16 * 1024 * 1024
_PLAIN = re.compile(r"/[\w./-]*(?:\?[\w.~%&=+-]*)?", re.ASCII)  # a target as urllib3 spells it, too
_VALUE = re.compile("[ -~]*")  # of a header field


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
        if ssl_context is not None:  # once, and not for each connection: it takes a while
            with suppress(OSError):  # what cannot be read is told by the first request
                ssl_context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
        self._tls_advice = tls_advice
        self._has_distrusted = False
        self._idle: list[Session] = []
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
        begun: Session | None = None,
    ) -> Answer:
        """Send one request once, unless it was begun, and read its answer whole. UpstreamError
        when there is none.

        It ends within the call's time and half a minute, whatever the other side does.
        """
        out_of_time = False
        if self._has_distrusted and self._ssl_context is not None:
            with suppress(OSError):  # what cannot be read is told by the request
                self._ssl_context.set_default_verify_paths()  # what was missing may be there by now
            self._has_distrusted = False
        try:
            with self._session(begun) as session:
                session.deadline.begin(min(_WHOLE, call.left()), silence=read_timeout)
                timeout = _at_most(_CONNECT, call), _at_most(read_timeout, call)
                try:
                    if begun is None:
                        session.begin(method, path, query, form, token, timeout)
                    response = session.answer(timeout)
                finally:
                    out_of_time = session.deadline.is_over()
                with closing(response):
                    body = _read(response, call, session.deadline)
                    session.keep()
                    return Answer(response.status, response.headers, body)
        except (requests.exceptions.RequestException, OSError) as problem:
            if out_of_time:  # what is cut short says nothing of trust, nor of a proxy
                raise Transient(_LATE, hint="Try again in a minute.", endpoint=shown) from None
            if isinstance(problem, requests.exceptions.SSLError):
                self._has_distrusted = True
                raise self._tls_failure(shown) from None
            raise Transient(_unreachable(problem), hint=_remedy(problem), endpoint=shown) from None

    def begin(
        self, path: str, query: Mapping[str, str] | None, token: str | None, call: Call
    ) -> Session | None:
        """Send a GET on the connection that was used last, and do not wait for its answer: that is
        for `send`, or for nobody after `drop`. None, with nothing sent, where it is not open."""
        with self._lock:
            session = self._idle.pop() if self._idle else None
        if session is None:
            return None
        sent = False
        try:
            session.deadline.begin(min(_WHOLE, call.left()), silence=0)
            timeout = _at_most(_CONNECT, call), 0.0
            sent = session.begin("GET", path, query, None, token, timeout)
        except (requests.exceptions.RequestException, OSError):
            pass  # whoever sends it later is told what is wrong
        finally:
            if not sent:
                self.drop(session)
        return session if sent else None

    def drop(self, session: Session) -> None:
        """Take a session back, and close its connection where an answer may still come."""
        session.drop_unread()
        with self._lock:
            self._idle.append(session)

    def close(self) -> None:
        """Close the connections that are not in use."""
        with self._lock:
            idle, self._idle = self._idle, []
        for session in idle:
            session.close()

    @contextmanager
    def _session(self, begun: Session | None) -> Iterator[Session]:
        """Lend a session that no other thread has, and keep its connection for the next."""
        with self._lock:
            session = begun or (self._idle.pop() if self._idle else None)
        session = session or self._new_session()
        try:
            yield session
        finally:
            self.drop(session)

    def _new_session(self) -> Session:
        return Session(self._base_url, self._user_agent, self._trust_env, self._ssl_context)

    def _tls_failure(self, shown: str) -> UpstreamError:
        parts = urlsplit(self._base_url)
        hint = "If your network inspects TLS, set REQUESTS_CA_BUNDLE to its CA's PEM file."
        if self._tls_advice is not None:
            hint = self._tls_advice(parts.hostname or "", parts.port or 443)
        return UpstreamError(
            "The TLS connection to WHOOP could not be trusted.", hint=hint, endpoint=shown
        )


class Session:
    """Send requests to one server, one at a time; all that they share is prepared once.

    It keeps no cookies, follows no redirect and looks into no `.netrc`: a request goes to the
    adapter of `requests`, which does none of these. The connection that it opens is used again
    as its pool would, in less time: what the pool decides anew for each request is the same
    for all that are alike.
    """

    def __init__(
        self, base_url: str, user_agent: str, trust_env: bool, context: ssl.SSLContext | None
    ) -> None:
        self.deadline = Deadline()
        with requests.Session() as lookup:
            lookup.trust_env = trust_env
            # What the environment says of this server is looked up once, not with each request.
            settings = lookup.merge_environment_settings(base_url, {}, None, None, None)
            lookup.trust_env = False
            lookup.headers.update({"User-Agent": user_agent, "Accept": "application/json"})
            prepared = lookup.prepare_request(requests.Request("GET", base_url))
        self._base_url = str(prepared.url).rstrip("/")
        parts = urlsplit(self._base_url)
        host = parts.netloc.removesuffix(":443" if parts.scheme == "https" else ":80")
        host = re.sub(r"\.+(?=:\d+$|$)", "", host)  # as urllib3 tells it
        self._headers = {"Host": host, **prepared.headers}
        self._proxies = settings["proxies"]
        self._verify: bool | str = True if settings["verify"] is None else settings["verify"]
        self._adapter = _Adapter(self.deadline, context)
        self._lent: Any = None  # the connection of the exchange under way or last
        self._kept: Any = None  # the same, where its answer was read whole
        self._request: Any = None  # the one under way or last
        self._sent = False  # whether that was, before its answer is waited for

    def begin(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None,
        form: Mapping[str, str] | None,
        token: str | None,
        timeout: tuple[float, float],
    ) -> bool:
        """Make a request, and send it at once where a connection is open; tells whether it was.

        Raises what `requests` raises.
        """
        request: Any = requests.PreparedRequest()
        request.headers = self._headers.copy()  # a dict: each of these names has one spelling
        request.method = method
        request.url = self._base_url + path + (f"?{urlencode(query)}" if query else "")
        if form is not None:
            request.body = urlencode(form)
            request.headers["Content-Type"] = "application/x-www-form-urlencoded"
            request.headers["Content-Length"] = str(len(request.body))
        if token is not None:
            request.headers["Authorization"] = f"Bearer {token}"
        self._request, self._sent = request, self._adapter.can_use(self._kept, request)
        if self._sent:
            self._lent, self._kept = self._kept, None
            self._adapter.send_again(self._lent, request, timeout)
        return self._sent

    def answer(self, timeout: tuple[float, float]) -> Any:
        """Send what was not sent yet, and give urllib3's answer as soon as its head has come.

        Raises what `requests` raises.
        """
        if self._sent:
            return self._adapter.receive(self._lent, self._request)
        self._lent, self._kept = self._kept, None
        response = self._adapter.send(
            self._request, stream=True, timeout=timeout, verify=self._verify, proxies=self._proxies
        )
        self._lent = response.raw.connection
        return response.raw

    def keep(self) -> None:
        """Keep the connection for the next request: all of its answer was read.

        Not where more has come, which would be taken for the next answer. TLS may have taken it off
        the socket already; there nobody else would see it.
        """
        more: Any = getattr(getattr(self._lent, "sock", None), "pending", None)
        if more is None or not more():
            self._kept = self._lent

    def drop_unread(self) -> None:
        """Close the connection where something of its answer may still come."""
        if self._lent is not None and self._lent is not self._kept:
            self._lent.close()

    def close(self) -> None:
        """Close its connection."""
        self._adapter.close()
        if self._lent is not None:  # which its pool does when nobody knows that any more
            self._lent.close()


class _Adapter(HTTPAdapter):
    """Lets a session keep a deadline and, where an SSL context is given, trust what that trusts;
    both also through a proxy. All its requests are for one server."""

    def __init__(self, deadline: Deadline, context: ssl.SSLContext | None) -> None:
        self._deadline = deadline
        self._trust: dict[str, Any] = {} if context is None else {"ssl_context": context}
        self._pool: Any = None
        self._before_target: int | None = None
        super().__init__()

    def get_connection_with_tls_context(self, *given: Any, **named: Any) -> Any:
        if self._pool is None:  # found by the address, the proxy and the trust of the first request
            self._pool = super().get_connection_with_tls_context(*given, **named)
        return self._pool

    def can_use(self, conn: Any, request: requests.PreparedRequest) -> bool:
        """Tell whether `send_again` sends a request as `send` would: on a connection that is
        still open, if there is one, and with nothing in it that is to be spelled otherwise."""
        return (
            getattr(conn, "is_connected", False)  # which urllib3 1.26 does not tell
            and request.method == "GET"
            and bool(self._before_target)
            and _PLAIN.fullmatch(str(request.url), self._before_target or 0) is not None
            and _VALUE.fullmatch(request.headers.get("Authorization", "")) is not None
        )

    def send_again(
        self, conn: Any, request: requests.PreparedRequest, timeout: tuple[float, float]
    ) -> None:
        """Send a request on a connection that `send` opened, and raise what that raises."""
        head = f"GET {str(request.url)[self._before_target :]} HTTP/1.1\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        with _told(conn):
            conn.timeout = timeout[0]
            try:
                conn.send(f"{head}\r\n".encode("latin-1"))
            except (BrokenPipeError, ConnectionResetError):
                pass  # an answer may lie there
            except OSError as problem:
                if problem.errno != errno.EPROTOTYPE:  # by which macOS may tell the same
                    raise

    def receive(self, conn: Any, request: requests.PreparedRequest) -> Any:
        """Wait for the answer to what `send_again` sent, and raise what `send` raises."""
        with _told(conn):
            return conn.hear(str(request.url)[self._before_target :], request.headers)

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:
        url = str(request.url)
        if self._before_target is None:  # nothing, where a proxy is to be told the whole URL
            self._before_target = len(url) - len(super().request_url(request, proxies))
        return url[self._before_target :]

    def build_response(self, req: requests.PreparedRequest, resp: Any) -> requests.Response:
        response = requests.Response()  # with what is read of it; cookies are not kept
        response.request, response.raw = req, resp
        response.status_code, response.headers = resp.status, resp.headers
        return response

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **{**options, **self._trust})
        keep(self.poolmanager, self._deadline)

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        super().cert_verify(conn, url, verify, cert)  # type: ignore[no-untyped-call]
        plain = conn.proxy is None or conn.proxy.scheme == "http"  # else the proxy is trusted by it
        if self._trust and verify is True and plain:
            conn.ca_certs = None  # which the context holds already

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, **self._trust, **options)
        keep(manager, self._deadline)
        return manager


@contextmanager
def _told(conn: Any) -> Iterator[None]:
    """Raise what `requests` would raise of a connection's errors."""
    try:
        yield
    except ssl.SSLError as problem:
        raise requests.exceptions.SSLError(problem) from None
    except (OSError, HTTPException) as problem:
        if conn.proxy and not conn.has_connected_to_proxy:  # as the pool tells it
            raise requests.exceptions.ProxyError(problem) from None
        raise requests.exceptions.ConnectionError(problem) from None
    except URLLIB3_ERROR as problem:
        raise requests.exceptions.InvalidHeader(problem) from None


def _read(response: Any, call: Call, deadline: Deadline) -> bytes:
    """Read the whole body, and give up when it comes too slowly or never ends."""
    parts: list[bytes] = []
    size = 0
    # read1 answers what has come so far, so that a call given up is noticed between drips.
    step = getattr(response, "read1", None) or response.read
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
