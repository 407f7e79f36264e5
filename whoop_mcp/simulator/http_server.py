"""Serve requests over loopback HTTP/1.1, kept alive, each answer one write."""

from __future__ import annotations

import json
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from email.message import Message
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit


class Request(NamedTuple):
    """Hold what came in. `query` and `form` keep the last value of a repeated name."""

    method: str
    path: str
    query: dict[str, str]
    form: dict[str, str]
    headers: Message[str, str]


@dataclass(frozen=True)
class Answer:
    """Hold what goes out. A body in pieces is written as they come, and brings a Content-Length.

    The connection ends after an answer whose body is not as long as its headers say.
    """

    status: int
    body: bytes | Iterable[bytes] = b""
    headers: dict[str, str] = field(default_factory=dict)

    def with_headers(self, headers: Mapping[str, str]) -> Answer:
        """Make the same answer with more headers."""
        return replace(self, headers={**self.headers, **headers})


def json_answer(status: int, payload: Any) -> Answer:
    """Make an answer of JSON."""
    body = json.dumps(payload, separators=(",", ":")).encode()
    return Answer(status, body, {"Content-Type": "application/json"})


def page_answer(status: int, text: str) -> Answer:
    """Make an answer of HTML, such as a person would see it."""
    body = f"<!DOCTYPE html><html><head><title>{text}</title></head><body>{text}</body></html>"
    return Answer(status, body.encode(), {"Content-Type": "text/html; charset=UTF-8"})


class Server(ThreadingHTTPServer):
    """Serve `reply` on loopback until `stop`, from a thread of its own.

    `reply` answers one request; None closes the connection without a word. `clock` gives the
    seconds since the epoch for the `Date` header.
    """

    daemon_threads = False  # so that closing waits for every handler and leaves none behind
    request_queue_size = 128

    def __init__(
        self,
        port: int,
        reply: Callable[[Request], Answer | None],
        clock: Callable[[], float],
    ) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.reply = reply
        self.clock = clock
        self._open: set[socket.socket] = set()
        self._thread = threading.Thread(target=self.serve_forever, args=(0.005,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Close the port and every connection; no thread is left."""
        self.shutdown()
        for connection in list(self._open):
            _hang_up(connection)
            if sys.platform == "win32":  # where that wakes no thread that waits for a request
                with suppress(OSError):
                    socket.close(connection.detach())
        self.server_close()
        self._thread.join()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Tell only of what is our own fault: clients hang up whenever they like."""
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
        whole = answer.body if isinstance(answer.body, bytes) else b""
        headers = {
            "Date": formatdate(self.server.clock(), usegmt=True),
            "Content-Length": str(len(whole)),
            **answer.headers,
        }
        lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.wfile.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + whole)
        sent = len(whole)
        if not isinstance(answer.body, bytes):
            sent = sum(map(self.wfile.write, answer.body))
        if headers["Content-Length"] != str(sent):
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet."""


def _hang_up(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # it is closed already
