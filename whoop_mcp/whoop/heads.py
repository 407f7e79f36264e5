"""Read the head of an HTTP answer in a tenth of the time, where it is as plain as almost all are.

The standard library reads heads with the parser of e-mail, which was a twentieth of a long sync.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from http.client import HTTPMessage, HTTPResponse
from typing import NamedTuple

# At most fifty fields, each of which ends where it can only end: nothing is looked at twice.
_HEAD = re.compile(
    rb"HTTP/1\.1 200(?: ([ -~]*))?\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~]*\r\n){0,50})\r\n"
)
_FRAMING = ("content-length", "transfer-encoding")


class Head(NamedTuple):
    """Hold a plain head."""

    reason: str
    fields: list[tuple[str, str]]
    length: int | None  # of what follows; None: it comes in chunks
    size: int  # of the head itself
    is_packed: bool


def read_head(came: bytes) -> Head | None:
    """Read the head that an answer begins with. None where it is not plain.

    Plain is a 200 that has come with its whole head at once, says once how long it is and leaves
    the connection open.
    """
    found = _HEAD.match(came)
    if not found:
        return None
    fields: list[tuple[str, str]] = []
    framing, is_packed = [], False
    for line in found[2].decode("ascii").split("\r\n")[:-1]:
        name, _, value = line.partition(":")
        value = value.lstrip(" \t")
        fields.append((name, value))
        name = name.lower()
        if name in _FRAMING:
            framing.append((name, value))
        elif name == "connection" and "close" in value.lower():
            return None
        elif name == "content-encoding":
            is_packed = True
    reason, size = (found[1] or b"").decode("ascii").strip(), found.end()
    if framing == [("transfer-encoding", "chunked")]:
        return Head(reason, fields, None, size, is_packed)
    if len(framing) != 1 or framing[0][0] != "content-length":
        return None
    length = framing[0][1]
    if not length.isdigit() or len(length) > 15:
        return None
    return Head(reason, fields, int(length), size, is_packed)


class PlainResponse(HTTPResponse):
    """Read an answer as `HTTPResponse` does, to which whatever is not plain is left."""

    def begin(self) -> None:
        """Read the head."""
        if self.headers is not None or self._method == "HEAD" or not self._begin_plainly():
            super().begin()

    def _begin_plainly(self) -> bool:
        head = read_head(self.fp.peek())
        if head is None:
            return False
        self.fp.read(head.size)
        message = HTTPMessage()
        for name, value in head.fields:
            message.set_raw(name, value)
        message.set_payload("")
        self.headers = self.msg = message
        self.version, self.code, self.status = 11, 200, 200
        self.reason = head.reason
        self.length, self.chunked, self.will_close = head.length, head.length is None, False
        if self.chunked:
            self.chunk_left = None
        return True


class PlainAnswer:
    """Read the body of an answer whose plain head says how long it is, as urllib3's would."""

    status = 200

    def __init__(
        self, headers: Mapping[str, str], came: bytes, length: int, more: Callable[[int], bytes]
    ) -> None:
        self.headers = headers
        self._came, self._missing, self._more = came, length - len(came), more

    def read1(self, most: int, decode_content: bool = True) -> bytes:
        """Read what has come, or wait for more; nothing at the end."""
        came, self._came = self._came, b""
        if not came and self._missing:
            came = self._more(min(most, self._missing))
            self._missing -= len(came)
            if not came:
                raise OSError("hung up amid an answer")
        return came

    def close(self) -> None:
        """Do nothing: its connection is closed by whoever lent it, where all was not read."""
