"""Keep one deadline over an exchange: connecting, handshakes, the way through a proxy, the answer.

`requests` knows only how long one wait for bytes may take, so that whoever sends a byte now and
then would hold a thread for ever. Here every wait is cut to what is left of the whole.
"""

from __future__ import annotations

import io
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from functools import partial
from http.client import HTTPResponse
from typing import Any, TypeVar

from urllib3 import PoolManager, ProxyManager
from urllib3._collections import HTTPHeaderDict
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError

from .heads import PlainAnswer, PlainResponse, read_head

T = TypeVar("T")

URLLIB3_ERROR: type[Exception] = HTTPError
"""What a connection raises that neither `OSError` nor `HTTPException` is."""

_STOPPED = 1.0  # seconds that passed in no wait of ours: the process or the machine stood still
_AFTERWARDS = 2.0  # seconds that an answer under way is given then
_AT_ONCE = 1 << 16  # bytes: a whole page with its head, and not in two or three parts
_LATE = 1 << 20  # bytes read at most of what lies there when the time is over


class Deadline:
    """Bound the exchange under way. Begun anew for each; for one thread at a time."""

    def __init__(self) -> None:
        self.begin(0.0, 0.0)

    def begin(self, seconds: float, silence: float) -> None:
        """Allow an exchange so many seconds, and so many of them without a byte."""
        self.missed = False
        self._silence = silence
        self._seen = time.monotonic()
        self._ends = self._seen + seconds
        self._woken = False
        self._late = 0

    def is_over(self) -> bool:
        """Tell whether the exchange has had its time."""
        return self.missed or time.monotonic() >= self._ends

    def at_most(self, seconds: float | None) -> float:
        """Cut a time-out to what is left. TimeoutError when nothing is."""
        self._seen = time.monotonic()
        left = self._ends - self._seen
        if left <= 0:
            raise self._timeout()
        return left if seconds is None else min(seconds, left)

    def look_after(self, seconds: float = 0.0) -> bool:
        """Give some time anew, once, where more has passed than the wait that was meant to be.

        The process was stopped, or its machine slept: the answer may be on its way.
        """
        now = time.monotonic()
        stopped = now - self._seen > seconds + _STOPPED and not self._woken
        if stopped:
            self._woken = True
            self._ends = max(self._ends, now + _AFTERWARDS)
        self._seen = now
        return stopped

    def receive(self, source: Any, take: Callable[[], T], size: Callable[[T], int]) -> T:
        """Read from `source`, a socket, by `take`. TimeoutError when nothing comes in time.

        What has come already is read however late it is: to be late is not to be lost.
        """
        self.look_after()
        while (left := self._ends - self._seen) > 0:
            wait = min(left, self._silence)
            source.settimeout(wait)
            try:
                return take()
            except TimeoutError:
                if not self.look_after(wait):
                    break
        source.settimeout(0)
        try:
            got = take()
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise self._timeout() from None
        self._late += size(got)
        if self._late > _LATE:
            raise self._timeout()
        return got

    def _timeout(self) -> TimeoutError:
        self.missed = True
        return TimeoutError("timed out")


def keep(manager: PoolManager, deadline: Deadline) -> None:
    """Let all connections that a manager makes from now on keep a deadline."""
    # A SOCKS manager opens its connections itself.
    bounded = _Bounded if type(manager) in (PoolManager, ProxyManager) else _Read
    pools = manager.pool_classes_by_scheme
    if not any(isinstance(pool, partial) for pool in pools.values()):
        manager.pool_classes_by_scheme = {
            scheme: _pools(pool, bounded, deadline) for scheme, pool in pools.items()
        }


def _pools(pool: Any, bounded: type[_Read], deadline: Deadline) -> Any:
    connection = type(bounded.__name__, (bounded, pool.ConnectionCls), {})
    return partial(_pool, pool, connection, deadline)


def _pool(kind: Any, connection: Any, deadline: Deadline, *given: Any, **named: Any) -> Any:
    pool = kind(*given, **named)
    pool.ConnectionCls = partial(connection, deadline)
    return pool


class _Read:
    """Have a connection of urllib3 send and read within the deadline."""

    def __init__(self, deadline: Deadline, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self._deadline = deadline
        self._came: bytes | None = None  # of an answer, where its request was sent already
        self.timeout: float | None
        self.sock: Any

    def hear(self, target: str, headers: Mapping[str, str]) -> Any:
        """Wait for the answer to a GET that was sent by `send`, and not by `request`.

        Where its head is plain, it is read past all that urllib3 makes of an answer.
        """
        came = self._more(_AT_ONCE)
        head = read_head(came)
        if head and not head.is_packed and head.length is not None:
            body = came[head.size :]
            if len(body) <= head.length:
                return PlainAnswer(HTTPHeaderDict(head.fields), body, head.length, self._more)
        me: Any = self
        self._came = came
        try:  # urllib3 answers only what it thinks that it has sent
            me.request("GET", target, headers=headers, preload_content=False, decode_content=False)
            return me.getresponse()
        finally:
            self._came = None

    def _more(self, most: int) -> bytes:
        take: Callable[[], bytes] = partial(self.sock.recv, most)
        return self._deadline.receive(self.sock, take, len)

    def response_class(self, sock: Any, *given: Any, **named: Any) -> HTTPResponse:
        """Read an answer within the deadline, also a proxy's to CONNECT."""
        came, self._came = self._came or b"", None
        source: Any = _Stream(sock, self._deadline, came)
        return PlainResponse(source, *given, **named)

    def send(self, data: Any) -> None:
        if self._came is not None:
            return
        # What is begun too late would be heard, and its answer not waited for.
        try:
            if self.sock is not None:
                self.sock.settimeout(self._deadline.at_most(self.timeout))
        except TimeoutError:
            raise ConnectTimeoutError("timed out") from None
        super().send(data)  # type: ignore[misc] # urllib3's
        self._deadline.look_after()

    def _tunnel(self) -> None:
        super()._tunnel()  # type: ignore[misc] # urllib3's
        self.sock.settimeout(self._deadline.at_most(self.timeout))


class _Bounded(_Read):
    """Keep the deadline also while it connects, whatever addresses a name has."""

    _dns_host: str
    port: int
    socket_options: Any

    def _new_conn(self) -> socket.socket:
        me: Any = self
        problem: Exception = OSError("no address")
        try:
            for family, kind, protocol, _, address in socket.getaddrinfo(
                self._dns_host.strip("[]"), self.port, type=socket.SOCK_STREAM
            ):
                try:
                    return self._connected(socket.socket(family, kind, protocol), address)
                except OSError as failure:
                    problem = failure
        except (OSError, UnicodeError) as failure:  # no such name
            problem = failure
        if isinstance(problem, TimeoutError):
            raise ConnectTimeoutError(me, "timed out")
        raise NewConnectionError(me, type(problem).__name__)

    def _connected(self, sock: socket.socket, address: Any) -> socket.socket:
        try:
            for option in self.socket_options or ():
                sock.setsockopt(*option)
            sock.settimeout(self._deadline.at_most(self.timeout))
            sock.connect(address)
            # One handshake is one wait: OpenSSL's time-out is for the whole of it.
            sock.settimeout(self._deadline.at_most(self.timeout))
        except BaseException:
            sock.close()
            raise
        return sock

    def _connect_tls_proxy(self, *given: Any) -> Any:
        # TLS within TLS reads in a loop of its own, which looks at no deadline.
        return _Inner(super()._connect_tls_proxy(*given), self._deadline)  # type: ignore[misc]


class _Stream(io.RawIOBase):
    """A socket's bytes, waited for within the deadline."""

    def __init__(self, sock: Any, deadline: Deadline, came: bytes) -> None:
        self._sock: socket.socket = sock
        self._deadline = deadline
        self._came = came  # already
        self._held = sock.makefile("rb", buffering=0)  # keeps the socket open, and counts in it

    def makefile(self, mode: str) -> io.BufferedReader:
        """Make of it the file that `HTTPResponse` reads, as it would of a socket."""
        return io.BufferedReader(self, _AT_ONCE)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self._came:
            size = min(len(self._came), len(buffer))
            buffer[:size], self._came = self._came[:size], self._came[size:]
            return size
        return self._deadline.receive(self._sock, partial(self._sock.recv_into, buffer), int)

    def fileno(self) -> int:
        return int(self._held.fileno())

    def close(self) -> None:
        self._held.close()
        super().close()


class _Inner:
    """The connection to a proxy that speaks TLS, for another TLS within it."""

    def __init__(self, sock: Any, deadline: Deadline) -> None:
        self.__dict__.update(_sock=sock, _deadline=deadline)

    _sock: socket.socket
    _deadline: Deadline

    def recv(self, size: int) -> bytes:
        return self._deadline.receive(self._sock, partial(self._sock.recv, size), len)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._sock, name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self._sock, name, value)  # how many files are made of it
