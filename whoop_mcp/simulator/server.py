"""Serve WHOOP on loopback: its paths, paging, filters, scopes and refusals, over an `Account`.

`python -m whoop_mcp.simulator` serves one to anyone who develops against WHOOP without a strap.
"""

from __future__ import annotations

import argparse
import base64
import math
import re
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from .. import times
from . import data_export, life
from .account import Account
from .export_words import LANGUAGES
from .http_server import Answer, Request, Server, json_answer
from .oauth_server import AUTHORIZE_PATH, TOKEN_PATH, OAuth

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
_LIMITS = ((100, 60.0), (10_000, 86_400.0))

Serve = Callable[[Request], Answer]
Around = Callable[[Request, Serve], Answer | None]


class Simulator:
    """Serve one account as WHOOP would, from `with` to the end of its block.

    `limits`: how many requests in how many seconds, each counted in windows of its own.
    `around` is called with each request and with what serves it, from several threads at once: it
    may delay, change, drop (None) or refuse a request, alter its answer, or answer otherwise.
    """

    def __init__(
        self,
        account: Account,
        *,
        port: int = 0,
        redirect_uris: tuple[str, ...] = ("http://localhost:8000/callback",),
        limits: Iterable[tuple[int, float]] = _LIMITS,
        around: Around | None = None,
    ) -> None:
        self.account = account
        self.oauth = OAuth(redirect_uris)
        self.rate = RateLimit(limits)
        self._around = around
        self._port = port
        self._server: Server | None = None

    def __enter__(self) -> Simulator:
        self._server = Server(self._port, self._reply, self._now)
        return self

    def __exit__(self, *_: object) -> None:
        self.server.stop()
        self._server = None

    @property
    def server(self) -> Server:
        """Give the running HTTP server."""
        assert self._server is not None, "only inside its `with` block"  # noqa: S101
        return self._server

    @property
    def url(self) -> str:
        """Give `http://127.0.0.1:PORT`, to be used as WHOOP_BASE_URL."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def serve(self, request: Request) -> Answer:
        """Answer a request as WHOOP would."""
        endpoint = (request.method, request.path)
        if endpoint == ("GET", AUTHORIZE_PATH):
            return self.oauth.authorize(request)
        if _is_bot(request):
            return Answer(403, b"error code: 1010", {"Content-Type": "text/plain; charset=UTF-8"})
        if endpoint == ("POST", TOKEN_PATH):
            return self.oauth.token(request)
        allowed, headers = self.rate.take()
        answer = self._data(request) if allowed else _error(429, "Too Many Requests")
        return answer.with_headers(headers)

    def _now(self) -> float:
        return times.moment(self.account.now()).timestamp()

    def _reply(self, request: Request) -> Answer | None:
        return self._around(request, self.serve) if self._around else self.serve(request)

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
            offset = _page_offset(query["nextToken"]) if query.get("nextToken") else 0
            matching = self.account.window(resource, times.utc(start), times.utc(end))
        except ValueError:
            return _error(400, "Bad Request")
        if not 1 <= size <= 25:
            return _error(400, "limit must be from 1 to 25")
        reached = offset + size
        more = {"next_token": page_token(reached)} if reached < len(matching) else None
        payload = {"records": matching[offset:reached], **(more or _NO_TOKEN[resource])}
        return json_answer(200, payload)


class RateLimit:
    """Count requests in fixed windows: so many in so many seconds, such as a minute and a day.

    Headers say what is left.
    """

    def __init__(self, limits: Iterable[tuple[int, float]]) -> None:
        self._lock = threading.Lock()
        self.windows = [_Window(limit, span) for limit, span in limits]

    def take(self) -> tuple[bool, dict[str, str]]:
        """Count one more request, if it is allowed: that it is, and the headers of its answer."""
        if not self.windows:
            return True, {}
        with self._lock:
            now = time.monotonic()
            for window in self.windows:
                window.turn(now)
            allowed = all(window.left > 0 for window in self.windows)
            if allowed:
                for window in self.windows:
                    window.left -= 1
            tightest = min(self.windows, key=lambda window: window.left)
            known = [f"{window.limit};window={window.span:g}" for window in self.windows]
            return allowed, {
                "X-RateLimit-Limit": ", ".join([str(tightest.limit), *known]),
                "X-RateLimit-Remaining": str(tightest.left),
                "X-RateLimit-Reset": str(tightest.whole_seconds(now)),
            }


class _Window:
    """Hold what is left of a limit until the window ends, at a monotonic second."""

    def __init__(self, limit: int, span: float) -> None:
        self.limit = limit
        self.span = span
        self.left = limit
        self.ends = 0.0

    def turn(self, now: float) -> None:
        """Begin the next window where this one has ended."""
        if now >= self.ends:
            self.left, self.ends = self.limit, now + self.span

    def whole_seconds(self, now: float) -> int:
        """Tell the seconds until it ends, rounded up, and never more than it is long: a sum of
        floats less one of its parts can be a little more than the other."""
        return max(1, math.ceil(min(self.ends - now, self.span)))


def by_the_clock(account: Account) -> Around:
    """Make an `around` that lets an account live on by the real clock."""

    def around(request: Request, serve: Serve) -> Answer:
        account.pass_time(seconds=times.seconds(account.now(), times.now()))
        return serve(request)

    return around


def page_token(offset: int) -> str:
    """Make the opaque cursor of a page that begins at an offset."""
    return base64.urlsafe_b64encode(f"offset:{offset}".encode()).decode()


def _page_offset(token: str) -> int:
    word, _, offset = base64.urlsafe_b64decode(token).decode().partition(":")
    if word != "offset":
        raise ValueError("no page token")
    return int(offset)


def _is_bot(request: Request) -> bool:
    """Tell a library's default User-Agent, or none, which WHOOP's filter refuses."""
    agent = request.headers.get("User-Agent", "")
    return not agent or agent.startswith(("python-requests/", "Python-urllib/", "Python/"))


def _route(path: str) -> tuple[str, str, str | None] | None:
    """Find the resource, the scope it takes and the id that a path asks for."""
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
    parser.add_argument("--zip", metavar="DIR", help="save the account's data export there first")
    parser.add_argument("--language", choices=LANGUAGES, default="en", help="of the export (en)")
    given = parser.parse_args(arguments)
    folder = None if given.zip is None else Path(given.zip)
    if folder is not None:
        try:
            if folder.suffix.lower() == ".zip":
                raise FileExistsError("it is named as a ZIP")
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as problem:
            reason = problem.strerror or str(problem)
            parser.error(f"--zip takes a folder, which is made if need be: {reason}")
    account = life.make(given.seed, given.days, alcohol_effect=-0.25)
    if folder is not None:
        place = folder / data_export.name(account)
        place.write_bytes(data_export.package(account, given.language))
        print(f"{place}: the export that WHOOP would mail")
    with Simulator(account, port=given.port, around=by_the_clock(account)) as simulator:
        print(
            f"A WHOOP account with {given.days} days is at {simulator.url}\n"
            "Point whoop-mcp at it, in a home of its own:\n\n"
            f"  export WHOOP_BASE_URL={simulator.url}\n"
            f"  export WHOOP_CLIENT_ID={simulator.oauth.client_id}\n"
            f"  export WHOOP_CLIENT_SECRET={simulator.oauth.client_secret}\n"
            "  export WHOOP_HOME=$(mktemp -d)\n"
            "  whoop-mcp login\n\n"
            "Ctrl-C ends it.",
            flush=True,
        )
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            return
