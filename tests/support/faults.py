"""A simulator that fails, waits and counts as a test has it."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from email.message import Message
from email.utils import formatdate
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode, urlsplit

from whoop_mcp.simulator.account import Account
from whoop_mcp.simulator.http_server import Answer, Request, json_answer, page_answer
from whoop_mcp.simulator.oauth_server import AUTHORIZE_PATH, SCOPES
from whoop_mcp.simulator.server import Serve, Simulator, page_token

KINDS = ("drop", "lose", "truncate", "slow", "wrong_json", "not_json", "redirect", "repeat_token",
         "mangle")  # fmt: skip
_DENIED = {
    "error": "access_denied",
    "error_description": "The resource owner denied the request",
}


class Answered(NamedTuple):
    """A line of the log; `status` is None where the connection was closed without an answer.

    Of a token request `query` holds the grant type.
    """

    method: str
    path: str
    query: dict[str, str]
    status: int | None


class FaultySimulator(Simulator):
    """A simulator in the hands of a test: faults, delays, limits, and a log of what it answered.

    `limit` requests a `limit_window` (seconds) and `day_limit` a day; None: no such limit.
    `latency` in seconds goes before each answer. `token_life` in seconds. `granted`: the scopes
    the user ticks, None for all that are asked. `before` is called with each request before it is
    answered. `deny_next`: the user says no, once. `echo_offline`: a refresh names only `offline`
    as its scope, as some have seen. `clock_skew` (seconds) shifts the `Date` header.
    """

    def __init__(
        self,
        account: Account,
        *,
        latency: float = 0.0,
        limit: int | None = 100,
        limit_window: float = 60.0,
        day_limit: int | None = 10_000,
        token_life: float = 3600,
        granted: tuple[str, ...] | None = None,
        before: Callable[[Request], object] | None = None,
        **options: Any,
    ) -> None:
        limits = [(limit, limit_window), (day_limit, 86_400.0)]
        known = [(most, span) for most, span in limits if most is not None]
        super().__init__(account, limits=known, around=self._handle, **options)
        self.oauth.token_life = token_life
        self.latency = latency
        self.granted = granted
        self.before = before
        self.deny_next = False
        self.echo_offline = False
        self.clock_skew = 0.0
        self.log: list[Answered] = []
        self._faults: list[Fault] = []
        self._issued: set[str] = set()
        self._expired: set[str] = set()
        self._lock = threading.Lock()
        self._ending = threading.Event()

    def __exit__(self, *error: object) -> None:
        self._ending.set()
        super().__exit__(*error)

    # ── what a test may do ──

    def fault(
        self,
        kind: int | str,
        *,
        path: str = "",
        times: int | None = 1,
        after: int = 0,
        **options: Any,
    ) -> None:
        """Spoil the next `times` requests (None: all) whose path the regex finds, after `after`.

        `kind` is a status (options: `body` "json", "html", "empty", text or a payload;
        `retry_after`, `reset`, `headers`) or a word: `drop` closes unanswered, `lose` carries the
        request out and then closes, `truncate` ends half-way, `slow` drips over `seconds`,
        `wrong_json` sends `payload`, `not_json`, `redirect` goes `to` an address, `repeat_token`
        gives the same next_token for ever, `mangle` alters the payload by the function `mangle`.
        """
        if isinstance(kind, str) and kind not in KINDS:
            raise ValueError(f"no such fault: {kind}")
        many = float("inf") if times is None else times
        with self._lock:
            self._faults.append(Fault(kind, path, many, after, options))

    def clear_faults(self) -> None:
        """Remove every fault."""
        with self._lock:
            self._faults.clear()

    def count(self, path_substring: str | None = None) -> int:
        """Count the requests that were answered, or only those whose path contains a text."""
        with self._lock:
            return sum((path_substring or "") in line.path for line in self.log)

    def clear_log(self) -> None:
        """Forget what was answered."""
        with self._lock:
            self.log.clear()

    def leave_requests(self, left: int) -> None:
        """Leave only so many requests in the longest window of the limits."""
        window = self.rate.windows[-1]
        window.turn(time.monotonic())
        window.left = left

    def grant(self, scopes: tuple[str, ...] = SCOPES) -> dict[str, Any]:
        """Get tokens without the browser's step, as the token endpoint answers them."""
        app = {"client_id": self.oauth.client_id, "redirect_uri": self.oauth.redirect_uris[0]}
        query = {**app, "response_type": "code", "scope": " ".join(scopes), "state": "12345678"}
        consent = self.oauth.authorize(Request("GET", "", query, {}, Message()))
        code = _carried(consent)["code"]
        secret = {"client_secret": self.oauth.client_secret}
        form = {**app, **secret, "grant_type": "authorization_code", "code": code}
        answer = self.oauth.token(Request("POST", "", {}, form, Message()))
        self._remember_tokens(answer)
        return _payload(answer)

    def expire_access_tokens(self) -> None:
        """Let every access token be dead; refresh tokens live."""
        with self._lock:
            self._expired |= self._issued

    def revoke_grant(self) -> None:
        """Let every token of the user be dead, as after a click in WHOOP's app."""
        self.oauth.revoke()

    # ── around each request ──

    def _handle(self, request: Request, serve: Serve) -> Answer | None:
        if self.before:
            self.before(request)
        if self.latency:
            self._ending.wait(self.latency)
        with self._lock:
            fault = next((one for one in self._faults if one.strikes(request)), None)
        if fault:
            answer = fault.answer(request, lambda: self._real(request, serve), self)
        else:
            answer = self._real(request, serve)
        query = request.query
        if "grant_type" in request.form:
            query = {"grant_type": request.form["grant_type"]}
        with self._lock:
            status = answer.status if answer else None
            self.log.append(Answered(request.method, request.path, query, status))
        if answer and self.clock_skew:
            date = formatdate(self._now() + self.clock_skew, usegmt=True)
            answer = answer.with_headers({"Date": date})
        return answer

    def _real(self, request: Request, serve: Serve) -> Answer:
        """Answer as WHOOP does, but for what this user and these tokens are to do."""
        if request.path == AUTHORIZE_PATH:
            return self._consent(request, serve)
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token in self._expired:
            headers = copy(request.headers)
            del headers["Authorization"]
            request = request._replace(headers=headers)
        answer = serve(request)
        if "grant_type" in request.form and answer.status == 200:
            self._remember_tokens(answer)
            if self.echo_offline and request.form["grant_type"] == "refresh_token":
                answer = json_answer(200, {**_payload(answer), "scope": "offline"})
        return answer

    def _consent(self, request: Request, serve: Serve) -> Answer:
        if self.granted is not None:
            asked = request.query.get("scope", "").split()
            ticked = " ".join(scope for scope in asked if scope in self.granted)
            request = request._replace(query={**request.query, "scope": ticked})
        answer = serve(request)
        if self.deny_next and answer.status == 302 and "code" in _carried(answer):
            self.deny_next = False
            told = urlencode({**_DENIED, "state": _carried(answer)["state"]})
            answer = Answer(302, headers={"Location": f"{request.query['redirect_uri']}?{told}"})
        return answer

    def _remember_tokens(self, answer: Answer) -> None:
        with self._lock:
            self._issued.add(_payload(answer)["access_token"])

    def drip(self, body: bytes, seconds: float) -> Iterator[bytes]:
        """Cut a body into twenty pieces, over so many seconds or until the simulator ends."""
        pieces = 20
        size = -(-len(body) // pieces) or 1
        for at in range(0, len(body), size):
            self._ending.wait(seconds / pieces)
            yield body[at : at + size]


@dataclass
class Fault:
    """A fault on so many matching requests; see `FaultySimulator.fault`."""

    kind: int | str
    path: str
    times: float
    after: int
    options: dict[str, Any]

    def strikes(self, request: Request) -> bool:
        """Tell whether this request is one it is meant for, and count it."""
        if self.times <= 0 or not re.search(self.path, request.path):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        self.times -= 1
        return True

    def answer(
        self, request: Request, real: Callable[[], Answer], simulator: FaultySimulator
    ) -> Answer | None:
        """Make what goes out instead of, or after, the real answer; None: nothing at all."""
        if isinstance(self.kind, int):
            return _status(self.kind, **self.options)
        if self.kind == "drop":
            return None
        if self.kind == "not_json":
            return Answer(200, b'{"records": [', {"Content-Type": "application/json"})
        if self.kind == "wrong_json":
            return json_answer(200, self.options.get("payload", ["not", "what", "was", "asked"]))
        if self.kind == "redirect":
            elsewhere = self.options.get("to", f"{simulator.url}/elsewhere")
            return Answer(302, headers={"Location": elsewhere})
        answer = real()
        if self.kind == "lose":
            return None
        body = _whole(answer)
        if self.kind in ("truncate", "slow"):
            half = body[: len(body) // 2]
            drip = simulator.drip(body, self.options.get("seconds", 1.0))
            sent: bytes | Iterable[bytes] = half if self.kind == "truncate" else drip
            return replace(answer, body=sent).with_headers({"Content-Length": str(len(body))})
        if not body.startswith(b"{"):
            return answer
        payload = json.loads(body)
        if self.kind == "repeat_token":
            payload["next_token"] = request.query.get("nextToken") or page_token(0)
        else:
            payload = self.options["mangle"](payload)
        return replace(answer, body=json.dumps(payload).encode())


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


def _whole(answer: Answer) -> bytes:
    return answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)


def _payload(answer: Answer) -> dict[str, Any]:
    return dict(json.loads(_whole(answer)))


def _carried(answer: Answer) -> dict[str, str]:
    """Read what a redirect carries back to the app."""
    return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))
