"""Listen on loopback for the browser that WHOOP sends back, in a hostile neighbourhood.

Any page in the browser and any program on this computer can reach it. It answers nothing but the
one path under its one name, believes nothing but this attempt's state, and takes one answer.
`LoopbackServer` is the part of it that the login page stands on, too.
"""

from __future__ import annotations

import errno
import html
import math
import os
import selectors
import socket
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import ExitStack
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from .. import surroundings
from .attempt import Attempt, Denied, settle
from .single_flight import NoThread, start

_PATIENCE = 5.0  # seconds a browser may take for its whole request
_LAST_PAGE = 1.0
_LARGEST = 16 * 1024  # bytes of it
_MOST_CONNECTIONS = 100  # at once
_PAUSE_WITHOUT_ROOM = 0.05  # seconds, while all descriptors are taken

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>whoop-mcp</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem}}
</style><h1>{title}</h1><p>{text}</p></html>
"""


_WORDS = {
    200: "OK",
    303: "See Other",
    400: "Bad Request",
    403: "Forbidden",
    404: "Not Found",
    410: "Gone",
    500: "Internal Server Error",
}
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)


class Request(NamedTuple):
    """Hold what a browser asks for; names of headers are in small letters."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes


class Response(NamedTuple):
    """Hold what a browser gets: a page of HTML, which may load nothing, and further headers."""

    status: int
    page: str
    headers: Mapping[str, str] = {}

    def encoded(self) -> bytes:
        """Spell it for the wire."""
        body = self.page.encode()
        head = {
            "Content-Type": "text/html; charset=utf-8",
            "Content-Length": str(len(body)),
            "Connection": "close",
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": _POLICY,
            **self.headers,
        }
        lines = [f"HTTP/1.1 {self.status} {_WORDS[self.status]}"]
        lines += [f"{name}: {value}" for name, value in head.items()]
        return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


class _Visit:
    """Hold one connection, from its first byte to the end of its answer."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.ends = time.monotonic() + _PATIENCE
        self.data = b""
        self.answered = False


class LoopbackServer:
    """Answer browsers on this computer by `respond`, from `with` to the end of its block.

    One thread serves everybody, and holds a bounded number of connections: one more, and the
    oldest makes room. So whoever says at once what it wants, as a browser does, is answered,
    however many others hold connections open.

    OSError where the port cannot be had: on one of the two families is as bad as on both, because
    a browser may try either, and would carry the code to whoever has the other.
    """

    def __init__(self, host: str, port: int, respond: Callable[[Request], Response]) -> None:
        self._respond = respond
        self._visits: dict[int, _Visit] = {}  # by descriptor, the oldest first
        with ExitStack() as stack:
            self._sockets = _bind(host, port)
            for each in self._sockets:
                stack.enter_context(each)
            self._wake, self._woken = (stack.enter_context(end) for end in socket.socketpair())
            self._selector = stack.enter_context(selectors.DefaultSelector())
            for each in (*self._sockets, self._woken):
                self._selector.register(each, selectors.EVENT_READ)
            self._closing = stack.pop_all()

    @property
    def port(self) -> int:
        """Tell the port, also where any was asked for with 0."""
        return int(self._sockets[0].getsockname()[1])

    def __enter__(self) -> LoopbackServer:
        try:
            self._thread = start(self._listen)
        except NoThread:
            self._closing.close()
            raise
        return self

    def close(self) -> None:
        """Free the port of a server that never began."""
        self._closing.close()

    def __exit__(self, *_: object) -> None:
        self._wake.send(b"x")
        self._thread.join()
        self._closing.close()

    def _listen(self) -> None:
        until = math.inf
        while until == math.inf or (self._waits() and time.monotonic() < until):
            ready = {key.fileobj for key, _ in self._selector.select(self._pause(until))}
            for visit in [*self._visits.values()]:
                if visit.connection in ready:
                    self._receive(visit)
                elif time.monotonic() >= visit.ends:
                    self._end(visit)
            for listener in ready.intersection(self._sockets):
                self._accept(listener)
            if self._woken in ready:
                # The browser gets its page before the process may end, also where it still stands
                # at the door; whoever dawdles is not waited for.
                until = time.monotonic() + _LAST_PAGE
                self._stop_accepting()
        for visit in [*self._visits.values()]:
            self._end(visit)

    def _stop_accepting(self) -> None:
        self._selector.unregister(self._woken)
        for listener in self._sockets:
            self._selector.unregister(listener)
            for _ in range(_MOST_CONNECTIONS):
                if not self._accept(listener):
                    break

    def _waits(self) -> bool:
        return not all(visit.answered for visit in self._visits.values())

    def _pause(self, until: float) -> float | None:
        ends = min([until, *(visit.ends for visit in self._visits.values())])
        return None if ends == math.inf else max(ends - time.monotonic(), 0)

    def _accept(self, listener: Any) -> bool:
        """Let one in, if there is one."""
        if len(self._visits) >= _MOST_CONNECTIONS:
            self._end(next(iter(self._visits.values())))
        try:
            connection = listener.accept()[0]
        except OSError as problem:
            if problem.errno in (errno.EMFILE, errno.ENFILE):
                if not self._visits:
                    time.sleep(
                        _PAUSE_WITHOUT_ROOM
                    )  # others have all descriptors: it can only be waited for
                else:
                    self._end(next(iter(self._visits.values())))
            return False  # it may have hung up already
        connection.setblocking(False)
        visit = self._visits[connection.fileno()] = _Visit(connection)
        self._selector.register(connection, selectors.EVENT_READ)
        self._receive(visit)
        return True

    def _receive(self, visit: _Visit) -> None:
        try:
            part = visit.connection.recv(4096)
            visit.data += b"" if visit.answered else part
            if b"\r\n\r\n" in visit.data and not visit.answered:
                request, missing = _read(visit.data)
                if missing <= 0:
                    visit.connection.sendall(self._answered(request))
                    # What it may still be sending must not reset the answer on its way.
                    visit.connection.shutdown(socket.SHUT_WR)
                    visit.answered, visit.ends = True, time.monotonic() + _LAST_PAGE
            if not part or len(visit.data) > _LARGEST:
                self._end(visit)
        except BlockingIOError:
            pass  # nothing has come yet
        except OSError:
            self._end(visit)

    def _answered(self, request: Request) -> bytes:
        """Answer, whatever goes wrong: the one thread is there for everybody who comes later."""
        try:
            return self._respond(request).encoded()
        except Exception as crash:
            problem = surroundings.error_of(crash, "The login page")
            text = f"{problem.message} {problem.hint or ''}"
            return plain_page(500, "That did not work", text).encoded()

    def _end(self, visit: _Visit) -> None:
        del self._visits[visit.connection.fileno()]
        self._selector.unregister(visit.connection)
        visit.connection.close()


class Listener(LoopbackServer):
    """Listen from `with` to the end of its block; the code, or Denied, goes into `outcome`.

    `then` is an address at which the browser learns how it went on; without, it is the terminal.
    OSError as of LoopbackServer.
    """

    def __init__(self, attempt: Attempt, outcome: Future[str], then: str | None = None) -> None:
        parts = urlsplit(attempt.redirect_uri)
        self._attempt = attempt
        self._outcome = outcome
        self._then = then
        self._host = parts.netloc.lower()
        self._path = parts.path or "/"
        super().__init__(parts.hostname or "", parts.port or 80, self._called_back)

    def _called_back(self, request: Request) -> Response:
        status, title, text = self._answer(request)
        if self._then is not None and status == 200:
            return Response(303, "", {"Location": self._then})
        return plain_page(status, title, text)

    def _answer(self, request: Request) -> tuple[int, str, str]:
        # A page elsewhere can make its own name lead here (DNS rebinding): the name must be ours.
        ours = request.headers.get("host", "").lower() == self._host
        if request.method != "GET" or not ours or request.path != self._path:
            return 404, "Not found", "There is nothing here."
        try:
            found: str | Denied = self._attempt.code(request.query)
        except Denied as denied:
            found = denied
        except ValueError:
            return 400, "Not this login", "Go back to the terminal and use its newest address."
        if not settle(self._outcome, found):  # by a paste, it may be at this very moment
            return (
                400,
                "Already done",
                "This login has had its answer: the terminal says how it went.",
            )
        if isinstance(found, Denied):
            return 200, "Not logged in", f"{found.message} {found.detail}"
        return 200, "Almost there", "You can close this page: the terminal says how it went."


def _read(data: bytes) -> tuple[Request, int]:
    """Read a request from its first bytes; and how many more belong to it."""
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, _, rest = first.partition(" ")
    target, _, version = rest.rpartition(" ")
    path, _, query = target.partition("?")
    headers: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        name = name.strip().lower()
        # Of what is said twice nothing is believed: no host, no path, no cookie is like that.
        headers[name] = f"{headers[name]}, {value.strip()}" if name in headers else value.strip()
    length = headers.get("content-length", "0")
    if not version.startswith("HTTP/1.") or not length.isascii() or not length.isdigit():
        return Request("", path, query, headers, b""), 0
    return Request(method, path, query, headers, body), int(length[:9]) - len(body)


def plain_page(status: int, title: str, text: str) -> Response:
    """Make a page that says one thing."""
    return Response(status, _PAGE.format(title=html.escape(title), text=html.escape(text)))


def _bind(host: str, port: int) -> list[socket.socket]:
    wanted = {"127.0.0.1": ["127.0.0.1"], "::1": ["::1"]}.get(host, ["127.0.0.1", "::1"])
    found: list[socket.socket] = []
    try:
        for address in wanted:
            family = socket.AF_INET6 if ":" in address else socket.AF_INET
            try:
                listener = socket.socket(family, socket.SOCK_STREAM)
            except OSError:
                continue  # this computer has no such family
            found.append(listener)
            if os.name == "nt":
                listener.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_EXCLUSIVEADDRUSE"), 1)  # noqa: B009
            else:
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind((address, port))
            except OSError as problem:
                if problem.errno != errno.EADDRNOTAVAIL:
                    raise
                found.pop().close()
                continue
            listener.listen(_MOST_CONNECTIONS)
            listener.setblocking(False)
        if not found:
            raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    except BaseException:
        for listener in found:
            listener.close()
        raise
    return found
