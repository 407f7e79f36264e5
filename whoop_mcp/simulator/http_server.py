"""Requests and answers over loopback HTTP/1.1, kept alive, each answer one write."""

from __future__ import annotations

import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from email.message import Message
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit


class Request(NamedTuple):
    """What came in. `query` and `form` keep the last value of a repeated name."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    headers: Message[str, str]


@dataclass(frozen=True)
class Answer:
    """What goes out, and how: `drip` spreads the body over so many seconds."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None  # a Content-Length that is not the body's
    drip: float = 0.0

    def with_headers(self, headers: Mapping[str, str]) -> Answer:
        """The same answer with more headers."""
        return replace(self, headers={**self.headers, **headers})


def json_answer(status: int, payload: Any) -> Answer:
    """An answer of JSON."""
    body = json.dumps(payload, separators=(",", ":")).encode()
    return Answer(status, body, {"Content-Type": "application/json"})


def page_answer(status: int, text: str) -> Answer:
    """An answer of HTML, such as a proxy's or an outage's."""
    body = f"<!DOCTYPE html><html><head><title>{text}</title></head><body>{text}</body></html>"
    return Answer(status, body.encode(), {"Content-Type": "text/html; charset=UTF-8"})


class Server(ThreadingHTTPServer):
    """Serves `reply` on loopback until `stop`, from a thread of its own.

    `reply` answers one request; None closes the connection without a word. `clock` gives the
    seconds since the epoch for the `Date` header.
    """

    daemon_threads = False  # so that closing waits for every handler and leaves none behind
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        reply: Callable[[Request], Answer | None],
        clock: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.reply = reply
        self.clock = clock
        self.clock_skew = 0.0
        self.stopping = threading.Event()
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.005,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every connection; no thread is left."""
        self.stopping.set()
        self.shutdown()
        for connection in list(self._open):
            _hang_up(connection)
        self.server_close()
        self._thread.join()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up whenever they like: only what is our own fault is told."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Server

    def _serve(self) -> None:
        address = urlsplit(self.path)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(
            self.command,
            address.path,
            dict(parse_qsl(address.query, keep_blank_values=True)),
            dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)),
            self.headers,
        )
        answer = self.server.reply(request)
        if answer is None:
            self.close_connection = True
            _hang_up(self.connection)
        else:
            self._send(answer)

    do_GET = do_POST = do_DELETE = _serve

    def _send(self, answer: Answer) -> None:
        promised = len(answer.body) if answer.promised is None else answer.promised
        headers = {
            "Date": formatdate(self.server.clock() + self.server.clock_skew, usegmt=True),
            "Content-Length": str(promised),
            **answer.headers,
        }
        lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        if promised != len(answer.body):
            self.close_connection = True
        if not answer.drip:
            self.wfile.write(head + answer.body)
            return
        self.wfile.write(head)
        pieces = 20
        size = -(-len(answer.body) // pieces) or 1
        for at in range(0, len(answer.body), size):
            self.server.stopping.wait(answer.drip / pieces)
            self.wfile.write(answer.body[at : at + size])

    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the simulator keeps its own log."""


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is closed already
