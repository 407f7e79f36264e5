"""The loopback listener that WHOOP sends the browser back to, written for a hostile neighbourhood.

Any page in the browser and any program on this computer can reach it. It answers nothing but the
one path under its one name, believes nothing but this attempt's state, and takes one answer.
"""

from __future__ import annotations

import errno
import html
import os
import selectors
import socket
import threading
import time
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from urllib.parse import urlsplit

from .authorization import Attempt, Denied

_PATIENCE = 5.0  # seconds a browser may take for its whole request
_LAST_PAGE = 1.0
_LARGEST = 16 * 1024  # bytes of it
_AT_ONCE = 16

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>whoop-mcp</title>
<style>body{{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto;padding:0 1rem}}
</style><h1>{title}</h1><p>{text}</p></html>
"""


class Listener:
    """Listens from `with` to the end of its block; the code, or Denied, goes into `outcome`.

    OSError where the port cannot be had: on one of the two families is as bad as on both, because
    a browser may try either, and would carry the code to whoever has the other.
    """

    def __init__(self, attempt: Attempt, outcome: Future[str]) -> None:
        parts = urlsplit(attempt.redirect_uri)
        self._attempt = attempt
        self._outcome = outcome
        self._host = parts.netloc.lower()
        self._path = parts.path or "/"
        self._slots = threading.BoundedSemaphore(_AT_ONCE)
        self._lock = threading.Lock()
        self._sockets = _bind(parts.hostname or "", parts.port or 80)
        self._bell, self._ear = socket.socketpair()

    def __enter__(self) -> Listener:
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bell.send(b"x")
        self._thread.join()
        # The browser gets its page before the process may end; whoever dawdles is not waited for.
        until = time.monotonic() + _LAST_PAGE
        for _slot in range(_AT_ONCE):
            self._slots.acquire(timeout=max(until - time.monotonic(), 0))
        for each in (*self._sockets, self._bell, self._ear):
            each.close()

    def _listen(self) -> None:
        with selectors.DefaultSelector() as selector:
            for each in (*self._sockets, self._ear):
                selector.register(each, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self._ear:
                        return
                    assert isinstance(key.fileobj, socket.socket)  # noqa: S101
                    with suppress(OSError):  # it may have hung up already
                        self._accept(key.fileobj.accept()[0])

    def _accept(self, connection: socket.socket) -> None:
        if not self._slots.acquire(blocking=False):
            connection.close()
            return
        threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, suppress(OSError):
                head = _head(connection)
                if head is not None:
                    connection.sendall(_response(*self._answer(head)))
                    # What it may still be sending must not reset the answer on its way.
                    connection.shutdown(socket.SHUT_WR)
        finally:
            self._slots.release()

    def _answer(self, head: str) -> tuple[int, str, str]:
        first, *lines = head.split("\r\n")
        method, _, rest = first.partition(" ")
        target, _, version = rest.rpartition(" ")
        path, _, query = target.partition("?")
        hosts = [
            line.partition(":")[2].strip() for line in lines if line.lower().startswith("host:")
        ]
        # A page elsewhere can make its own name lead here (DNS rebinding): the name must be ours.
        ours = [host.lower() for host in hosts] == [self._host] and path == self._path
        if method != "GET" or not version.startswith("HTTP/1.") or not ours:
            return 404, "Not found", "There is nothing here."
        with self._lock:
            if self._outcome.done():
                return 400, "Already done", "This login has had its answer."
            try:
                self._outcome.set_result(self._attempt.code(query))
            except Denied as denied:
                self._outcome.set_exception(denied)
                return 200, "Not logged in", f"{denied.message} {denied.detail}"
            except (ValueError, InvalidStateError):
                return 400, "Not this login", "Go back to the terminal and use its newest address."
        return 200, "Almost there", "You can close this page: the terminal says how it went."


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
            listener.listen(_AT_ONCE)
        if not found:
            raise OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    except BaseException:
        for listener in found:
            listener.close()
        raise
    return found


def _head(connection: socket.socket) -> str | None:
    """A request's first lines; None when they are too long, too slow or cut off."""
    ends = time.monotonic() + _PATIENCE
    data = b""
    while b"\r\n\r\n" not in data:
        left = ends - time.monotonic()
        if left <= 0 or len(data) > _LARGEST:
            return None
        connection.settimeout(left)
        part = connection.recv(4096)
        if not part:
            return None
        data += part
    return data.partition(b"\r\n\r\n")[0].decode("latin-1")


def _response(status: int, title: str, text: str) -> bytes:
    body = _PAGE.format(title=html.escape(title), text=html.escape(text)).encode()
    words = {200: "OK", 400: "Bad Request", 404: "Not Found"}[status]
    head = (
        f"HTTP/1.1 {status} {words}\r\nContent-Type: text/html; charset=utf-8\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\nCache-Control: no-store\r\n"
        "Referrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\n"
        "Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; "
        "frame-ancestors 'none'\r\n\r\n"
    )
    return head.encode() + body
