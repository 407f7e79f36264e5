"""A head that is read in a tenth of the time says what the standard library reads in it."""

from __future__ import annotations

import io
import random
from http.client import HTTPException, HTTPResponse
from typing import Any

import pytest

from whoop_mcp.whoop.heads import PlainResponse

BODY = b"{}" * 40
PLAIN = (
    b"HTTP/1.1 200 OK\r\nDate: Fri, 27 Nov 2026 10:00:00 GMT\r\n"
    b"Content-Type: application/json\r\nX-RateLimit-Reset:  12 \r\nEmpty:\r\n"
    b"connection: Keep-Alive\r\nContent-Length: 80\r\n\r\n"
)
HEADS = {
    "plain": PLAIN,
    "chunked": PLAIN.replace(b"Content-Length: 80", b"Transfer-Encoding: chunked"),
    "without a reason": PLAIN.replace(b"200 OK", b"200"),
    "twice the same field": PLAIN.replace(b"Empty:", b"Date: again"),
    "HTTP/1.0": PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0"),
    "another status": PLAIN.replace(b"200 OK", b"429 Too Many"),
    "no content": PLAIN.replace(b"200 OK", b"204 No Content"),
    "continued": b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN,
    "closes": PLAIN.replace(b"Keep-Alive", b"x, CLOSE"),
    "no length": PLAIN.replace(b"Content-Length: 80\r\n", b""),
    "two lengths": PLAIN.replace(b"Empty:", b"content-length: 3"),
    "length and chunks": PLAIN.replace(b"Empty:", b"Transfer-Encoding: chunked"),
    "another coding": PLAIN.replace(b"Content-Length: 80", b"Transfer-Encoding: gzip, chunked"),
    "a negative length": PLAIN.replace(b": 80", b": -80"),
    "no number": PLAIN.replace(b": 80", b": many"),
    "folded": PLAIN.replace(b"Empty:", b"Empty: a\r\n b"),
    "no colon": PLAIN.replace(b"Empty:", b"Empty"),
    "a space before the colon": PLAIN.replace(b"Empty:", b"Empty : a"),
    "not ASCII": PLAIN.replace(b"json", b"j\xe9son"),
    "a control character": PLAIN.replace(b"json", b"j\x0cson"),
    "a bare line feed": PLAIN.replace(b"\r\nEmpty:\r\n", b"\nEmpty:\n"),
    "no end": PLAIN[:-2],
    "nothing": b"",
    "no HTTP": b"hello\r\n\r\n",
    "many fields": PLAIN.replace(b"Empty:", b"\r\n".join(b"f%d: 1" % n for n in range(60))),
    "too many fields": PLAIN.replace(b"Empty:", b"\r\n".join(b"f%d: 1" % n for n in range(160))),
    "long": PLAIN.replace(b"Empty:", b"Empty: " + b"x" * 20_000),
}


class Socket:
    """Bytes that come so many at a time."""

    def __init__(self, sent: bytes, step: int) -> None:
        self.sent, self.step = io.BytesIO(sent), step

    def makefile(self, mode: str) -> io.BufferedReader:
        """The stream that an answer is read from."""
        source, step = self.sent, self.step

        class Raw(io.RawIOBase):
            def readable(self) -> bool:
                return True

            def readinto(self, buffer: Any) -> int:
                part = source.read(min(step, len(buffer)))
                buffer[: len(part)] = part
                return len(part)

        return io.BufferedReader(Raw())


def told(kind: type[HTTPResponse], sent: bytes, step: int, method: str = "GET") -> Any:
    """All that a response says of its head, and the body it reads."""
    response = kind(Socket(sent, step), method=method)  # type: ignore[arg-type]
    try:
        response.begin()
    except HTTPException as problem:
        return type(problem).__name__
    said: Any = response
    try:
        body: Any = response.read()
    except HTTPException as problem:
        body = type(problem).__name__
    return (
        *(said.status, said.code, said.reason, said.version, said.will_close, said.chunked),
        *(said.headers.items(), said.msg is said.headers, said.headers.get_payload()),
        *(
            [type(one) for one in said.headers.defects],
            said.headers.is_multipart(),
            said.getheader("date"),
            body,
        ),
    )


@pytest.mark.parametrize("step", [1, 7, 100_000])
@pytest.mark.parametrize("name", HEADS)
def test_each_head_is_read_as_the_standard_library_reads_it(name: str, step: int) -> None:
    """Whatever is sent, and in whichever pieces: status, fields, length, end and body are its."""
    body = b"50\r\n" + BODY + b"\r\n0\r\n\r\n" if b"hunked" in HEADS[name] else BODY
    for method in ("GET", "HEAD"):
        found = told(PlainResponse, HEADS[name] + body, step, method)
        assert found == told(HTTPResponse, HEADS[name] + body, step, method)


def test_heads_that_chance_has_spoilt_are_read_alike() -> None:
    """A byte that is lost, doubled or another one makes no head mean two things."""
    chance = random.Random(7)
    for _ in range(1500):
        head = bytearray(chance.choice([PLAIN, HEADS["chunked"]]))
        for _ in range(chance.choice([1, 1, 3])):
            place = chance.randrange(len(head))
            head[place : place + chance.randrange(2)] = bytes(
                chance.choices(b"\r\n :;09azAZ\t\0\x85\xff\x1c", k=chance.randrange(3))
            )
        sent = bytes(head) + BODY
        assert told(PlainResponse, sent, 100_000) == told(HTTPResponse, sent, 100_000), sent


def test_a_plain_head_is_not_left_to_the_standard_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """What almost all answers look like takes the short way."""

    def fail(response: HTTPResponse) -> None:
        raise AssertionError

    monkeypatch.setattr(HTTPResponse, "begin", fail)
    assert told(PlainResponse, PLAIN + BODY, 100_000)[-1] == BODY
