"""WHOOP on loopback: its paths, paging, filters, scopes and refusals, over an `Account`.

`python -m whoop_mcp.simulator` serves one to anyone who develops against WHOOP without a strap.
"""

from __future__ import annotations

import argparse
import re
import threading
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from .. import times
from . import life
from .account import Account
from .edge import KINDS, Fault, RateLimit, page_offset, page_token, refused_as_bot
from .http_server import Answer, Request, Server, json_answer
from .oauth_server import OAuth

_UUID = r"([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})"
_PATHS = {
    "/v2/user/profile/basic": ("profile", "read:profile"),
    "/v2/user/measurement/body": ("body", "read:body_measurement"),
    "/v2/cycle": ("cycles", "read:cycles"),
    "/v2/recovery": ("recoveries", "read:recovery"),
    "/v2/activity/sleep": ("sleeps", "read:sleep"),
    "/v2/activity/workout": ("workouts", "read:workout"),
}
_ITEMS = (
    (re.compile(r"/v2/cycle/(\d{1,19})/sleep"), "main_sleep", "read:sleep"),
    (re.compile(r"/v2/cycle/(\d{1,19})/recovery"), "recoveries", "read:recovery"),
    (re.compile(r"/v2/cycle/(\d{1,19})"), "cycles", "read:cycles"),
    (re.compile(rf"/v2/activity/sleep/{_UUID}"), "sleeps", "read:sleep"),
    (re.compile(rf"/v2/activity/workout/{_UUID}"), "workouts", "read:workout"),
)
_ZONED = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
# Where no page follows, WHOOP has been seen to say so in three ways.
_NO_TOKEN: dict[str, dict[str, str | None]] = {
    "cycles": {},
    "recoveries": {"next_token": None},
    "sleeps": {"next_token": ""},
    "workouts": {"next_token": None},
}
_APP = "demo-app"
_SECRET = "demo-secret"  # noqa: S105


class Answered(NamedTuple):
    """A line of the log; `status` is None where the connection was closed without an answer.

    Of a token request `query` holds the grant type.
    """

    method: str
    path: str
    query: dict[str, str]
    status: int | None


class Simulator:
    """A WHOOP server for one account, from `with` to the end of its block.

    `limit` requests a `limit_window` (seconds) and `day_limit` a day; None: no such limit.
    `latency` in seconds goes before each answer. `token_life` in seconds. `granted`: the scopes
    the user ticks, None for all that are asked. `before` is called with each request before it is
    answered. `clock_skew` (seconds) shifts the `Date` header. The levers of `OAuth` are at
    `.oauth`, those of the limits at `.rate`.
    """

    def __init__(
        self,
        account: Account,
        *,
        port: int = 0,
        latency: float = 0.0,
        limit: int | None = 100,
        limit_window: float = 60.0,
        day_limit: int | None = 10_000,
        token_life: float = 3600,
        client_id: str = _APP,
        client_secret: str = _SECRET,
        redirect_uris: tuple[str, ...] = ("http://localhost:8000/callback",),
        granted: tuple[str, ...] | None = None,
        before: Callable[[Request], object] | None = None,
    ) -> None:
        self.account = account
        self.latency = latency
        self.before = before
        self.oauth = OAuth(client_id, client_secret, redirect_uris, token_life, granted)
        self.grant = self.oauth.grant
        self.expire_access_tokens = self.oauth.expire_access_tokens
        self.revoke_grant = self.oauth.revoke
        limits = [(limit, limit_window), (day_limit, 86_400.0)]
        self.rate = RateLimit([(most, span) for most, span in limits if most is not None])
        self.log: list[Answered] = []
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._port = port
        self._server: Server | None = None

    def __enter__(self) -> Simulator:
        self._server = Server(self._port, self._reply, self._now)
        return self

    def _now(self) -> float:
        return times.moment(self.account.now()).timestamp()

    def __exit__(self, *_: object) -> None:
        self.server.stop()
        self._server = None

    @property
    def server(self) -> Server:
        """The running HTTP server."""
        assert self._server is not None, "only inside its `with` block"  # noqa: S101
        return self._server

    @property
    def url(self) -> str:
        """`http://127.0.0.1:PORT`, to be used as WHOOP_BASE_URL."""
        return f"http://127.0.0.1:{self.server.server_port}"

    # ── levers ──

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
        """No fault is left."""
        with self._lock:
            self._faults.clear()

    def count(self, path_substring: str | None = None) -> int:
        """How many requests were answered, or only those whose path contains a text."""
        with self._lock:
            return sum((path_substring or "") in line.path for line in self.log)

    def clear_log(self) -> None:
        """Forget what was answered."""
        with self._lock:
            self.log.clear()

    # ── answering ──

    def _reply(self, request: Request) -> Answer | None:
        if self.before:
            self.before(request)
        if self.latency:
            self.server.stopping.wait(self.latency)
        with self._lock:
            fault = next((one for one in self._faults if one.strikes(request)), None)
        if fault:
            answer = fault.answer(request, lambda: self._answer(request), self.url)
        else:
            answer = self._answer(request)
        query = request.query
        if "grant_type" in request.form:
            query = {"grant_type": request.form["grant_type"]}
        with self._lock:
            status = answer.status if answer else None
            self.log.append(Answered(request.method, request.path, query, status))
        return answer

    def _answer(self, request: Request) -> Answer:
        endpoint = (request.method, request.path)
        if endpoint == ("GET", "/oauth/oauth2/auth"):
            return self.oauth.authorize(request)
        refusal = refused_as_bot(request)
        if refusal:
            return refusal
        if endpoint == ("POST", "/oauth/oauth2/token"):
            return self.oauth.token(request)
        allowed, headers = self.rate.take()
        answer = self._data(request) if allowed else _error(429, "Too Many Requests")
        return answer.with_headers(headers)

    def _data(self, request: Request) -> Answer:
        scopes = self.oauth.scopes(request)
        if scopes is None:
            return _error(401, "Authorization was not valid")
        if (request.method, request.path) == ("DELETE", "/developer/v2/user/access"):
            self.oauth.revoke()
            return Answer(204)
        found = _route(request.path)
        if request.method != "GET" or found is None:
            return _error(404, "Not Found")
        resource, scope, id = found
        if scope not in scopes:
            return _error(403, "The token does not have the scope for this request")
        if resource in ("profile", "body"):
            return json_answer(200, getattr(self.account, resource))
        if id is None:
            return self._page(resource, request.query)
        raw = self._one(resource, id)
        return _error(404, "Not Found") if raw is None else json_answer(200, raw)

    def _one(self, resource: str, id: str) -> dict[str, Any] | None:
        if resource == "main_sleep":
            return self.account.main_sleep(int(id)) if self._one("cycles", id) else None
        return self.account.get(resource, int(id) if id.isdecimal() else id.lower())

    def _page(self, resource: str, query: dict[str, str]) -> Answer:
        end = query.get("end", self.account.now())
        start = query.get("start", times.EARLIEST)
        if not (_ZONED.fullmatch(start) and _ZONED.fullmatch(end)):
            return _error(404, "Not Found")
        try:
            size = int(query.get("limit", 10))
            offset = page_offset(query["nextToken"]) if query.get("nextToken") else 0
            matching = self.account.window(resource, times.utc(start), times.utc(end))
        except ValueError:
            return _error(400, "Bad Request")
        if not 1 <= size <= 25:
            return _error(400, "limit must be from 1 to 25")
        reached = offset + size
        more = {"next_token": page_token(reached)} if reached < len(matching) else None
        payload = {"records": matching[offset:reached], **(more or _NO_TOKEN[resource])}
        return json_answer(200, payload)


def _route(path: str) -> tuple[str, str, str | None] | None:
    """The resource, the scope it takes and the id that a path asks for."""
    inner = path.removeprefix("/developer")
    if inner == path:
        return None
    if inner in _PATHS:
        return (*_PATHS[inner], None)
    for pattern, resource, scope in _ITEMS:
        match = pattern.fullmatch(inner)
        if match:
            return resource, scope, match[1]
    return None


def _error(status: int, message: str) -> Answer:
    return json_answer(status, {"message": message, "status_code": status})


def main(arguments: list[str] | None = None) -> None:
    """Serve an account that lives on by the real clock, until Ctrl-C."""
    parser = argparse.ArgumentParser(
        prog="python -m whoop_mcp.simulator", description="A WHOOP account on loopback."
    )
    parser.add_argument("--days", type=int, default=90, help="days of history (90)")
    parser.add_argument("--seed", type=int, default=1, help="which athlete (1)")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (any free one)")
    given = parser.parse_args(arguments)
    account = life.make(given.seed, given.days)
    with Simulator(account, port=given.port) as simulator:
        print(
            f"A WHOOP account with {given.days} days is at {simulator.url}\n"
            "Point whoop-mcp at it, in a home of its own:\n\n"
            f"  export WHOOP_BASE_URL={simulator.url}\n"
            f"  export WHOOP_CLIENT_ID={_APP}\n"
            f"  export WHOOP_CLIENT_SECRET={_SECRET}\n"
            "  export WHOOP_HOME=$(mktemp -d)\n"
            "  whoop-mcp login\n\n"
            "Ctrl-C ends it.",
            flush=True,
        )
        try:
            while True:
                time.sleep(60)
                account.pass_time(seconds=times.seconds(account.now(), times.now()))
        except KeyboardInterrupt:
            return
