"""What stands before WHOOP's API: rate limits, the bot filter, and faults put there on purpose."""

from __future__ import annotations

import base64
import json
import math
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from .http_server import Answer, Request, json_answer, page_answer

KINDS = ("drop", "lose", "truncate", "slow", "wrong_json", "not_json", "redirect", "repeat_token",
         "mangle")  # fmt: skip


def refused_as_bot(request: Request) -> Answer | None:
    """The filter's answer to a library's default User-Agent, or to none."""
    agent = request.headers.get("User-Agent", "")
    if agent and not agent.startswith(("python-requests/", "Python-urllib/", "Python/")):
        return None
    return Answer(403, b"error code: 1010", {"Content-Type": "text/plain; charset=UTF-8"})


class RateLimit:
    """Requests counted in fixed windows, the minute's and the day's."""

    def __init__(self, limits: list[tuple[int, float]]) -> None:
        self._lock = threading.Lock()
        self._windows = [_Window(limit, span) for limit, span in limits]

    def take(self) -> tuple[bool, dict[str, str]]:
        """Whether one more request is allowed, and the headers that say what is left."""
        if not self._windows:
            return True, {}
        with self._lock:
            now = time.monotonic()
            for window in self._windows:
                window.turn(now)
            allowed = all(window.left > 0 for window in self._windows)
            if allowed:
                for window in self._windows:
                    window.left -= 1
            tightest = min(self._windows, key=lambda window: window.left)
            known = [f"{window.limit};window={window.span:g}" for window in self._windows]
            return allowed, {
                "X-RateLimit-Limit": ", ".join([str(tightest.limit), *known]),
                "X-RateLimit-Remaining": str(tightest.left),
                "X-RateLimit-Reset": str(max(1, math.ceil(tightest.ends - now))),
            }

    def leave(self, left: int, window: int = -1) -> None:
        """Only so many requests are left in a window: the longest, or the one at an index."""
        with self._lock:
            self._windows[window].turn(time.monotonic())
            self._windows[window].left = left


class _Window:
    def __init__(self, limit: int, span: float) -> None:
        self.limit = limit
        self.span = span
        self.left = limit
        self.ends = 0.0

    def turn(self, now: float) -> None:
        if now >= self.ends:
            self.left, self.ends = self.limit, now + self.span


@dataclass
class Fault:
    """A fault on so many matching requests; see `Simulator.fault`."""

    kind: int | str
    path: str
    times: float
    after: int
    options: dict[str, Any]

    def strikes(self, request: Request) -> bool:
        """Whether this request is one it is meant for; counts it."""
        if self.times <= 0 or not re.search(self.path, request.path):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True

    def answer(self, request: Request, real: Callable[[], Answer], url: str) -> Answer | None:
        """What goes out instead of, or after, the real answer; None: nothing at all."""
        if isinstance(self.kind, int):
            return _status(self.kind, **self.options)
        if self.kind == "drop":
            return None
        if self.kind == "not_json":
            return Answer(200, b'{"records": [', {"Content-Type": "application/json"})
        if self.kind == "wrong_json":
            return json_answer(200, self.options.get("payload", ["not", "what", "was", "asked"]))
        if self.kind == "redirect":
            return Answer(302, headers={"Location": self.options.get("to", f"{url}/elsewhere")})
        answer = real()
        if self.kind == "lose":
            return None
        if self.kind == "truncate":
            return replace(answer, body=answer.body[: len(answer.body) // 2],
                           promised=len(answer.body))  # fmt: skip
        if self.kind == "slow":
            return replace(answer, drip=self.options.get("seconds", 1.0))
        if not answer.body.startswith(b"{"):
            return answer
        payload = json.loads(answer.body)
        if self.kind == "repeat_token":
            payload["next_token"] = request.query.get("nextToken") or page_token(0)
        else:
            payload = self.options["mangle"](payload)
        return replace(answer, body=json.dumps(payload).encode())


def page_token(offset: int) -> str:
    """The opaque cursor of a page that begins at an offset."""
    return base64.urlsafe_b64encode(f"offset:{offset}".encode()).decode()


def page_offset(token: str) -> int:
    """The offset in a cursor. ValueError when it is none of ours."""
    word, _, offset = base64.urlsafe_b64decode(token).decode().partition(":")
    if word != "offset":
        raise ValueError("no page token")
    return int(offset)


def _status(
    status: int,
    body: Any = None,
    retry_after: float | str | None = None,
    reset: int | None = None,
    headers: dict[str, str] | None = None,
) -> Answer:
    if body is None:
        body = "html" if status >= 502 else "json"
    if body == "html":
        answer = page_answer(status, f"{status} Bad Gateway" if status == 502 else str(status))
    elif body == "empty":
        answer = Answer(status)
    elif body == "json":
        answer = json_answer(status, {"error": f"status {status}", "status_code": status})
    elif isinstance(body, str):
        answer = Answer(status, body.encode(), {"Content-Type": "text/plain; charset=UTF-8"})
    else:
        answer = json_answer(status, body)
    more = dict(headers or {})
    if retry_after is not None:
        more["Retry-After"] = str(retry_after)
    if reset is not None:
        more |= {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
    return answer.with_headers(more)
