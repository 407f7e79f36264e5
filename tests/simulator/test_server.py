"""WHOOP on loopback: paging, filters, limits, scopes, OAuth and every fault, over real HTTP."""

from __future__ import annotations

import base64
import hashlib
import http.client
import json
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from whoop_mcp import times
from whoop_mcp.simulator import life
from whoop_mcp.simulator.http_server import Answer, Request
from whoop_mcp.simulator.oauth_server import SCOPES
from whoop_mcp.simulator.server import RateLimit, Serve, Simulator, by_the_clock

from ..support import accounts
from ..support.accounts import EditableAccount
from ..support.faults import FaultySimulator

UNTIL = "2026-10-20T15:00:00.000Z"
REDIRECT = "http://localhost:8000/callback"
APP = {"client_id": "demo-app", "client_secret": "demo-secret"}
PATHS = {
    "cycles": "/v2/cycle",
    "recoveries": "/v2/recovery",
    "sleeps": "/v2/activity/sleep",
    "workouts": "/v2/activity/workout",
}


class Reply:
    """An answer as it came back; `json` is the payload of a JSON body."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Plain HTTP over one kept-alive connection, with an agent and a token of its own."""

    def __init__(self, simulator: Any, token: str | None = None) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(simulator.url).netloc, timeout=60)
        self.token = token or simulator.grant()["access_token"]

    def ask(self, path: str, method: str = "GET", body: str | None = None, **more: str) -> Reply:
        headers = {"User-Agent": "tests/1", "Authorization": f"Bearer {self.token}", **more}
        self.connection.request(method, path, body, headers)
        return Reply(self.connection.getresponse())

    def get(self, path: str, **query: object) -> Reply:
        return self.ask(f"/developer{path}?{urlencode(query)}")

    def pages(self, path: str, **query: object) -> list[dict[str, Any]]:
        records: list[dict[str, Any]] = []
        while True:
            page = self.get(path, **query).json
            records += page["records"]
            if not page.get("next_token"):
                return records
            query["nextToken"] = page["next_token"]

    def token_request(self, **form: str) -> Reply:
        body = urlencode({**APP, **form})
        kind = "application/x-www-form-urlencoded"
        self.connection.request(
            "POST",
            "/oauth/oauth2/token",
            body,
            {"User-Agent": "tests/1", "Content-Type": kind},
        )
        return Reply(self.connection.getresponse())

    def authorize(self, **changes: str) -> Reply:
        query = {
            "response_type": "code",
            "client_id": "demo-app",
            "redirect_uri": REDIRECT,
            "scope": "read:sleep offline",
            "state": "12345678",
            **changes,
        }
        return self.ask(f"/oauth/oauth2/auth?{urlencode(query)}")

    def code(self, **changes: str) -> str:
        return back(self.authorize(**changes))["code"]


def back(reply: Reply) -> dict[str, str]:
    """Read what the redirect carries back to the app."""
    assert reply.status == 302
    assert reply.headers["Location"].startswith(REDIRECT + "?")
    return dict(parse_qsl(urlsplit(reply.headers["Location"]).query))


@pytest.fixture
def account() -> EditableAccount:
    return accounts.make(seed=4, days=60, until=UNTIL)


@pytest.fixture
def simulator(account: EditableAccount) -> Iterator[FaultySimulator]:
    with FaultySimulator(account) as running:
        yield running


@pytest.fixture
def client(simulator: FaultySimulator) -> Iterator[Client]:
    one = Client(simulator)
    yield one
    one.connection.close()


# ── data ──


@pytest.mark.parametrize("resource", PATHS)
def test_pages_hold_everything_in_order(
    client: Client, account: EditableAccount, resource: str
) -> None:
    """All pages together are the account's records, latest start first, none twice."""
    assert client.pages(PATHS[resource], limit=25) == account.all(resource)
    assert len(client.get(PATHS[resource]).json["records"]) == 10


def test_recoveries_are_ordered_and_filtered_by_their_sleep(
    client: Client, account: EditableAccount
) -> None:
    """A recovery has no time of its own: its sleep's interval decides."""
    recoveries = client.pages("/v2/recovery", limit=25)
    starts = [account.get("sleeps", raw["sleep_id"])["start"] for raw in recoveries]  # type: ignore[index]
    assert starts == sorted(starts, reverse=True)
    sleep = account.get("sleeps", recoveries[5]["sleep_id"])
    assert sleep
    found = client.pages("/v2/recovery", start=sleep["start"], end=sleep["end"])
    assert [raw["sleep_id"] for raw in found] == [sleep["id"]]


def test_end_of_pages_in_its_three_ways(client: Client) -> None:
    """The last page has no next_token, a null one or an empty one."""
    ends = {name: client.get(path, start=UNTIL, limit=25).json for name, path in PATHS.items()}
    assert "next_token" not in ends["cycles"]
    assert ends["recoveries"]["next_token"] is None
    assert ends["sleeps"]["next_token"] == ""


@pytest.mark.parametrize("limit", [0, 26, -1, "x"])
def test_limit_has_bounds(client: Client, limit: object) -> None:
    """A page larger than 25, or of nothing, is a 400."""
    assert client.get("/v2/cycle", limit=limit).status == 400


@pytest.mark.parametrize("value", ["2026-10-01", "2026-10-01T00:00:00", "yesterday", ""])
def test_times_need_a_zone(client: Client, value: str) -> None:
    """Date-only and naive times are answered 404, as WHOOP does."""
    assert client.get("/v2/cycle", start=value).status == 404
    assert client.get("/v2/cycle", end=value).status == 404


def test_any_zone_is_understood(client: Client) -> None:
    """The same instant in another zone asks the same question."""
    east = client.get("/v2/activity/sleep", start="2026-10-10T05:30:00+05:30").json
    zulu = client.get("/v2/activity/sleep", start="2026-10-10T00:00:00Z").json
    assert east == zulu


def test_foreign_page_token(client: Client) -> None:
    """A token that the server did not give is a 400."""
    assert client.get("/v2/cycle", nextToken="b3RoZXI").status == 400


def test_records_by_id(client: Client, account: EditableAccount) -> None:
    """Each record is at its own path, a cycle's sleep and recovery beneath the cycle."""
    for resource in ("cycles", "sleeps", "workouts"):
        raw = account.all(resource)[2]
        assert client.get(f"{PATHS[resource]}/{raw['id']}").json == raw
    recovery = account.all("recoveries")[2]
    cycle = f"/v2/cycle/{recovery['cycle_id']}"
    assert client.get(f"{cycle}/recovery").json == recovery
    assert client.get(f"{cycle}/sleep").json["id"] == recovery["sleep_id"]
    assert client.get("/v2/user/profile/basic").json == account.profile
    assert client.get("/v2/user/measurement/body").json == account.body


def test_what_is_not_there_is_404(client: Client, account: EditableAccount) -> None:
    """Unknown and deleted records, unknown paths and version 1 are 404 in JSON."""
    cycle = account.all("cycles")[2]["id"]
    account.delete("recoveries", cycle)
    account.delete("sleeps", account.main_sleep(cycle)["id"])  # type: ignore[index]
    uuid = "00000000-0000-4000-8000-000000000000"
    for path in (
        "/v2/cycle/1",
        f"/v2/cycle/{cycle}/sleep",
        f"/v2/cycle/{cycle}/recovery",
        "/v2/cycle/1/sleep",
        f"/v2/activity/sleep/{uuid}",
        f"/v2/activity/workout/{uuid}",
        "/v2/activity/workout/12",
        "/v1/cycle",
    ):
        reply = client.get(path)
        assert (reply.status, "message" in reply.json) == (404, True), path
    assert client.ask("/v2/cycle").status == 404


def test_deletion_while_paging_shifts_offsets(client: Client, account: EditableAccount) -> None:
    """The token is an offset: a record deleted between pages makes another one be missed."""
    everything = account.all("cycles")
    first = client.get("/v2/cycle", limit=10).json
    account.delete("cycles", everything[0]["id"])
    second = client.get("/v2/cycle", limit=10, nextToken=first["next_token"]).json
    assert second["records"][0] == everything[11]


# ── scopes, agents, limits ──


def test_scopes_are_checked(simulator: FaultySimulator) -> None:
    """Each path takes its scope; without it there is a 403 in JSON."""
    needs = {
        "/v2/user/profile/basic": "read:profile",
        "/v2/user/measurement/body": "read:body_measurement",
        "/v2/cycle": "read:cycles",
        "/v2/cycle/1": "read:cycles",
        "/v2/cycle/1/sleep": "read:sleep",
        "/v2/cycle/1/recovery": "read:recovery",
        "/v2/recovery": "read:recovery",
        "/v2/activity/sleep": "read:sleep",
        "/v2/activity/workout": "read:workout",
    }
    for path, scope in needs.items():
        others = tuple(set(SCOPES) - {scope})
        client = Client(simulator, simulator.grant(others)["access_token"])
        reply = client.get(path)
        assert (reply.status, "message" in reply.json) == (403, True)
        client.token = simulator.grant((scope,))["access_token"]
        assert client.get(path).status in (200, 404)
        client.connection.close()


def test_bad_tokens_are_401(client: Client, simulator: FaultySimulator) -> None:
    """A token that is unknown or has expired is a 401 in JSON."""
    simulator.expire_access_tokens()
    assert client.get("/v2/cycle").status == 401
    simulator.oauth.token_life = 0
    client.token = simulator.grant()["access_token"]
    reply = client.get("/v2/cycle")
    assert (reply.status, "message" in reply.json) == (401, True)


def test_library_agents_are_blocked(simulator: FaultySimulator) -> None:
    """The bot filter refuses the default User-Agent of a library, on data and token paths."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for path in ("/developer/v2/cycle", "/oauth/oauth2/token"):
        with pytest.raises(urllib.error.HTTPError) as refused:
            opener.open(simulator.url + path, timeout=60)
        with refused.value as error:
            assert (error.code, error.read()) == (403, b"error code: 1010")


def test_rate_headers(client: Client) -> None:
    """The headers tell both windows, and what is left of the nearest."""
    client.get("/v2/cycle")
    headers = client.get("/v2/cycle").headers
    assert headers["X-RateLimit-Limit"] == "100, 100;window=60, 10000;window=86400"
    assert headers["X-RateLimit-Remaining"] == "98"
    assert 1 <= int(headers["X-RateLimit-Reset"]) <= 60


def test_rate_limit_refuses(account: EditableAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the limit there is 429 until the window ends, without a Retry-After."""
    passed = [1000.0]
    monkeypatch.setattr("whoop_mcp.simulator.server.time.monotonic", lambda: passed[0])
    with FaultySimulator(account, limit=2, limit_window=60) as simulator:
        client = Client(simulator)
        assert [client.get("/v2/cycle").status for _ in range(3)] == [200, 200, 429]
        reply = client.get("/v2/cycle")
        assert reply.headers["X-RateLimit-Remaining"] == "0"
        assert reply.headers["Retry-After"] is None
        passed[0] += 61
        assert client.get("/v2/cycle").status == 200
        client.connection.close()


def test_no_window_is_longer_than_it_is() -> None:
    """Reset never says more seconds than the window has, wherever the clock stands: a float's last
    digit once made it a day and a second, which nobody believes."""
    for moment in (80_619.412, 129_960.422, 473_234.222):
        assert moment + 86_400.0 - moment > 86_400.0
        day = RateLimit([(1, 86_400.0)]).windows[0]
        day.turn(moment)
        assert day.whole_seconds(moment) == 86_400
        assert day.whole_seconds(moment + 86_399.5) == 1


def test_day_limit_is_named_first(client: Client, simulator: FaultySimulator) -> None:
    """When the day is nearest exhaustion, Limit begins with the day's and Reset means hours."""
    simulator.leave_requests(3)
    headers = client.get("/v2/cycle").headers
    assert headers["X-RateLimit-Limit"] == "10000, 100;window=60, 10000;window=86400"
    assert headers["X-RateLimit-Remaining"] == "2"
    assert int(headers["X-RateLimit-Reset"]) > 80_000


def test_no_limit(account: EditableAccount) -> None:
    """Without limits there are neither refusals nor headers."""
    with FaultySimulator(account, limit=None, day_limit=None) as simulator:
        client = Client(simulator)
        replies = [client.get("/v2/user/profile/basic") for _ in range(120)]
        assert {reply.status for reply in replies} == {200}
        assert replies[0].headers["X-RateLimit-Limit"] is None
        client.connection.close()


# ── OAuth ──


def test_code_flow_with_pkce(client: Client) -> None:
    """A code and its verifier give tokens that read; the code works once, and takes them back."""
    verifier = "v" * 43
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    sent = back(client.authorize(code_challenge=challenge, code_challenge_method="S256"))
    assert sent["state"] == "12345678"
    form = {
        "grant_type": "authorization_code",
        "code": sent["code"],
        "redirect_uri": REDIRECT,
        "code_verifier": verifier,
    }
    answer = client.token_request(**form).json
    assert set(answer) == {"access_token", "refresh_token", "expires_in", "scope", "token_type"}
    assert (answer["expires_in"], answer["scope"]) == (3600, "read:sleep offline")
    client.token = answer["access_token"]
    assert client.get("/v2/activity/sleep").status == 200
    again = client.token_request(**form)
    assert (again.status, again.json["error"]) == (400, "invalid_grant")
    assert client.get("/v2/activity/sleep").status == 401


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "w" * 43},
        {},
        {"redirect_uri": "http://localhost:8000/other", "code_verifier": "v" * 43},
    ],
)
def test_code_needs_its_verifier_and_address(client: Client, changes: dict[str, str]) -> None:
    """A wrong or missing verifier, or another address, is invalid_grant."""
    digest = hashlib.sha256(b"v" * 43).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    code = client.code(code_challenge=challenge, code_challenge_method="S256")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT, **changes}
    reply = client.token_request(**form)
    assert (reply.status, reply.json["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"state": "1234567"}, "invalid_state"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "read:secrets"}, "invalid_scope"),
        ({"code_challenge": "x", "code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_authorize_refuses(client: Client, changes: dict[str, str], error: str) -> None:
    """A bad request is told to the app by its redirect."""
    assert back(client.authorize(**changes))["error"] == error


def test_authorize_redirects_to_nobody_unknown(client: Client) -> None:
    """An unknown app, or an address not registered to the letter, is told to the user instead."""
    assert client.authorize(client_id="other").status == 401
    reply = client.authorize(redirect_uri=REDIRECT + "/")
    assert (reply.status, b"redirect_uri" in reply.body) == (400, True)


def test_user_says_no(client: Client, simulator: FaultySimulator) -> None:
    """deny_next refuses once."""
    simulator.deny_next = True
    assert back(client.authorize())["error"] == "access_denied"
    assert "code" in back(client.authorize())


def test_user_ticks_less(account: EditableAccount) -> None:
    """Only the ticked scopes are granted; without offline there is no refresh token."""
    with FaultySimulator(account, granted=("read:sleep",)) as simulator:
        client = Client(simulator)
        answer = client.token_request(
            grant_type="authorization_code", code=client.code(), redirect_uri=REDIRECT
        ).json
        assert answer["scope"] == "read:sleep"
        assert "refresh_token" not in answer
        client.connection.close()


def test_refresh_rotates(client: Client, simulator: FaultySimulator) -> None:
    """A refresh gives two new tokens, and both old ones are dead at once."""
    old = simulator.grant()
    new = client.token_request(
        grant_type="refresh_token", refresh_token=old["refresh_token"], scope="offline"
    ).json
    client.token = old["access_token"]
    assert client.get("/v2/cycle").status == 401
    client.token = new["access_token"]
    assert client.get("/v2/cycle").status == 200
    assert new["refresh_token"] != old["refresh_token"]
    assert new["scope"] == " ".join(SCOPES)


def test_refresh_may_echo_only_offline(client: Client, simulator: FaultySimulator) -> None:
    """As some have seen it: the scope says offline, and the token reads all the same."""
    simulator.echo_offline = True
    old = simulator.grant()["refresh_token"]
    new = client.token_request(grant_type="refresh_token", refresh_token=old).json
    client.token = new["access_token"]
    assert new["scope"] == "offline"
    assert client.get("/v2/cycle").status == 200


def test_spent_refresh_token_revokes_all(client: Client, simulator: FaultySimulator) -> None:
    """Presented again, a spent refresh token ends the whole grant, the new tokens too."""
    old = simulator.grant()["refresh_token"]
    new = client.token_request(grant_type="refresh_token", refresh_token=old).json
    again = client.token_request(grant_type="refresh_token", refresh_token=old)
    assert (again.status, again.json["error"]) == (401, "token_inactive")
    client.token = new["access_token"]
    assert client.get("/v2/cycle").status == 401
    dead = client.token_request(grant_type="refresh_token", refresh_token=new["refresh_token"])
    assert (dead.status, dead.json["error"]) == (400, "invalid_grant")


def test_two_refreshes_at_once(simulator: FaultySimulator) -> None:
    """Of two refreshes with one token exactly one succeeds."""
    old = simulator.grant()["refresh_token"]
    clients = [Client(simulator), Client(simulator)]

    def refresh(client: Client) -> int:
        return client.token_request(grant_type="refresh_token", refresh_token=old).status

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(refresh, clients)) == [200, 401]
    for client in clients:
        client.connection.close()


def test_app_credentials_go_in_the_body(client: Client) -> None:
    """A wrong secret is invalid_client, and so is the right one sent as Basic."""
    wrong = client.token_request(grant_type="refresh_token", client_secret="other")
    assert (wrong.status, wrong.json["error"]) == (401, "invalid_client")
    basic = base64.b64encode(b"demo-app:demo-secret").decode()
    body = urlencode({"grant_type": "refresh_token", "refresh_token": "x"})
    reply = client.ask("/oauth/oauth2/token", "POST", body, Authorization=f"Basic {basic}")
    assert (reply.status, reply.json["error"]) == (401, "invalid_client")
    other = client.token_request(grant_type="password")
    assert (other.status, other.json["error"]) == (400, "unsupported_grant_type")


def test_access_can_be_revoked(client: Client, simulator: FaultySimulator) -> None:
    """DELETE of the user's access answers 204 and ends the grant."""
    tokens = simulator.grant()
    client.token = tokens["access_token"]
    assert client.ask("/developer/v2/user/access", "DELETE").status == 204
    assert client.get("/v2/cycle").status == 401
    old = tokens["refresh_token"]
    assert client.token_request(grant_type="refresh_token", refresh_token=old).status == 400


def test_grant_can_be_revoked_by_lever(client: Client, simulator: FaultySimulator) -> None:
    """revoke_grant is what a user does in the app."""
    simulator.revoke_grant()
    assert client.get("/v2/cycle").status == 401


# ── the seam ──


def test_around_each_request(account: EditableAccount) -> None:
    """What stands around a request may change it, alter its answer, or give another, or none."""

    def around(request: Request, serve: Serve) -> Answer | None:
        if request.path.endswith("/recovery"):
            return None
        if request.path.endswith("/sleep"):
            return Answer(200, iter([b"in ", b"pieces"]), {"Content-Length": "9"})
        if request.path.endswith("/cycle"):
            request = request._replace(query={"limit": "3"})
        return serve(request).with_headers({"X-Seen": request.path})

    with Simulator(account, around=around) as simulator:
        client = Client(simulator, "no token")
        reply = client.get("/v2/cycle")
        assert (reply.status, reply.headers["X-Seen"]) == (401, "/developer/v2/cycle")
        form = {"grant_type": "authorization_code", "redirect_uri": REDIRECT}
        redeemed = client.token_request(code=client.code(scope="read:cycles"), **form)
        client.token = redeemed.json["access_token"]
        assert len(client.get("/v2/cycle").json["records"]) == 3
        assert client.get("/v2/activity/sleep").body == b"in pieces"
        with pytest.raises(http.client.RemoteDisconnected):
            client.get("/v2/recovery")
        client.connection.close()


def test_the_demos_account_lives_by_the_real_clock() -> None:
    """Before each request the account's present becomes the real one."""
    account = life.make(days=2, until=times.plus(times.now(), hours=-5))
    with Simulator(account, around=by_the_clock(account)) as simulator:
        client = Client(simulator, "no token")
        assert client.get("/v2/cycle").status == 401
        client.connection.close()
    assert 0 <= times.seconds(account.now(), times.now()) < 60


# ── faults ──


@pytest.mark.parametrize(
    ("status", "options", "body"),
    [
        (500, {}, b"{"),
        (502, {}, b"<!DOCTYPE html>"),
        (401, {}, b"{"),
        (403, {}, b"{"),
        (403, {"body": "html"}, b"<!DOCTYPE html>"),
        (403, {"body": "empty"}, b""),
        (400, {"body": {"error": "invalid_request"}}, b'{"error":"invalid_request"'),
        (403, {"body": "error code: 1020"}, b"error code: 1020"),
        (404, {}, b"{"),
    ],
)
def test_fault_statuses(
    client: Client, simulator: FaultySimulator, status: int, options: dict[str, Any], body: bytes
) -> None:
    """A status fault strikes once, with the body that was asked for, and is then over."""
    simulator.fault(status, **options)
    reply = client.get("/v2/cycle")
    assert reply.status == status
    assert reply.body.startswith(body)
    assert bool(reply.body) == bool(body)
    assert client.get("/v2/cycle").status == 200


def test_fault_429(client: Client, simulator: FaultySimulator) -> None:
    """A 429 may carry seconds, a date, or only the reset header."""
    simulator.fault(429, retry_after=7)
    simulator.fault(429, retry_after="Wed, 21 Oct 2026 07:28:00 GMT")
    simulator.fault(429, reset=600)
    seconds, date, reset = (client.get("/v2/cycle").headers for _ in range(3))
    assert seconds["Retry-After"] == "7"
    assert date["Retry-After"].endswith("GMT")
    assert reset["Retry-After"] is None
    assert (reset["X-RateLimit-Remaining"], reset["X-RateLimit-Reset"]) == ("0", "600")


def test_fault_path_times_and_after(client: Client, simulator: FaultySimulator) -> None:
    """A fault waits for its path, lets some pass, and strikes as often as it should."""
    simulator.fault(500, path="sleep$", times=2, after=1)
    sleeps = [client.get("/v2/activity/sleep").status for _ in range(4)]
    assert sleeps == [200, 500, 500, 200]
    simulator.fault(503, times=None)
    assert {client.get("/v2/cycle").status for _ in range(5)} == {503}
    simulator.clear_faults()
    assert client.get("/v2/cycle").status == 200


def test_unknown_fault(simulator: FaultySimulator) -> None:
    """A misspelled fault is not taken for none."""
    with pytest.raises(ValueError, match="no such fault"):
        simulator.fault("dorp")


def test_fault_drop(client: Client, simulator: FaultySimulator) -> None:
    """The connection closes without an answer, which the log tells as no status."""
    simulator.fault("drop")
    with pytest.raises(http.client.RemoteDisconnected):
        client.get("/v2/cycle")
    assert simulator.log[-1].status is None


def test_fault_lose(client: Client, simulator: FaultySimulator) -> None:
    """The request is carried out though its answer is lost: a refresh token is spent."""
    simulator.fault("lose", path="token")
    old = simulator.grant()["refresh_token"]
    with pytest.raises(http.client.RemoteDisconnected):
        client.token_request(grant_type="refresh_token", refresh_token=old)
    again = client.token_request(grant_type="refresh_token", refresh_token=old)
    assert again.json["error"] == "token_inactive"


def test_fault_truncate(client: Client, simulator: FaultySimulator) -> None:
    """The body ends before its promised length."""
    simulator.fault("truncate")
    with pytest.raises(http.client.IncompleteRead):
        client.get("/v2/cycle")


def test_fault_slow(client: Client, simulator: FaultySimulator) -> None:
    """The body drips, and is whole in the end."""
    simulator.fault("slow", seconds=0.2)
    began = time.monotonic()
    assert len(client.get("/v2/cycle").json["records"]) == 10
    assert time.monotonic() - began >= 0.19


def test_faults_of_content(client: Client, simulator: FaultySimulator) -> None:
    """JSON of the wrong shape, no JSON, and a redirect elsewhere."""
    simulator.fault("wrong_json")
    assert isinstance(client.get("/v2/cycle").json, list)
    simulator.fault("wrong_json", payload="text")
    assert client.get("/v2/cycle").json == "text"
    simulator.fault("not_json")
    with pytest.raises(json.JSONDecodeError):
        _ = client.get("/v2/cycle").json
    simulator.fault("redirect")
    reply = client.get("/v2/cycle")
    assert (reply.status, reply.headers["Location"]) == (302, simulator.url + "/elsewhere")


def test_fault_repeat_token(client: Client, simulator: FaultySimulator) -> None:
    """The same next_token for ever."""
    simulator.fault("repeat_token", times=None)
    token = client.get("/v2/cycle").json["next_token"]
    for _ in range(3):
        token_again = client.get("/v2/cycle", nextToken=token).json["next_token"]
        assert token_again == token


def test_fault_mangle(client: Client, simulator: FaultySimulator, account: EditableAccount) -> None:
    """A payload is altered on its way out; the account is not."""

    def mangle(payload: dict[str, Any]) -> dict[str, Any]:
        payload["records"][0].pop("id")
        return payload

    simulator.fault("mangle", mangle=mangle)
    reply = client.get("/v2/cycle")
    assert "id" not in reply.json["records"][0]
    assert reply.headers["X-RateLimit-Remaining"] == "99"
    assert all("id" in raw for raw in account.all("cycles"))


def test_before_hook(client: Client, simulator: FaultySimulator, account: EditableAccount) -> None:
    """What happens just before a request is answered is in its answer."""
    simulator.before = lambda request: account.pass_time(hours=1)
    client.get("/v2/cycle")
    assert account.now() == "2026-10-20T16:00:00.000Z"


def test_latency(account: EditableAccount) -> None:
    """Each answer waits, those of several connections side by side."""
    with FaultySimulator(account, latency=0.1) as simulator:
        clients = [Client(simulator) for _ in range(5)]
        together = threading.Barrier(5)  # broken, unless all five are being answered at once
        simulator.before = lambda request: together.wait(60)
        began = time.monotonic()
        with ThreadPoolExecutor(5) as pool:
            assert {*pool.map(lambda one: one.get("/v2/cycle").status, clients)} == {200}
        assert time.monotonic() - began >= 0.1
        for one in clients:
            one.connection.close()


def test_log_and_count(client: Client, simulator: FaultySimulator) -> None:
    """The log has every answered request, with its query and status."""
    client.get("/v2/cycle", limit=5)
    client.get("/v2/activity/sleep/x")
    client.token_request(grant_type="refresh_token", refresh_token="x")
    first, second, third = simulator.log
    assert first == ("GET", "/developer/v2/cycle", {"limit": "5"}, 200)
    assert second.status == 404
    assert third.query == {"grant_type": "refresh_token"}
    assert simulator.count() == 3
    assert simulator.count("sleep") == 1
    simulator.clear_log()
    assert simulator.count() == 0


def test_clock_skew(client: Client, simulator: FaultySimulator) -> None:
    """The Date header is the account's present, which may be told wrong."""
    simulator.clock_skew = 7200
    date = parsedate_to_datetime(client.get("/v2/cycle").headers["Date"])
    present = times.moment(simulator.account.now()).timestamp()
    assert date.timestamp() == int(present) + 7200


def test_end_leaves_nothing(account: EditableAccount) -> None:
    """After the block the port is closed, even with a slow answer under way."""
    with FaultySimulator(account) as simulator:
        client = Client(simulator)
        client.get("/v2/cycle")
        address = urlsplit(simulator.url)
        simulator.fault("slow", seconds=60)
        client.connection.request("GET", "/developer/v2/cycle", headers={"User-Agent": "tests/1"})
    late = http.client.HTTPConnection(address.netloc, timeout=60)
    with pytest.raises(ConnectionRefusedError):
        late.request("GET", "/")
    late.close()
    client.connection.close()


def test_module_serves() -> None:
    """`python -m whoop_mcp.simulator` says where it is and how to point the program at it."""
    command = [sys.executable, "-m", "whoop_mcp.simulator", "--days", "5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        lines = [process.stdout.readline() for _ in range(10)]
        said = "".join(lines)
        url = lines[0].split()[-1]
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=60)
        connection.request("GET", "/developer/v2/cycle", headers={"User-Agent": "tests/1"})
        assert connection.getresponse().status == 401
        connection.close()
        process.terminate()
    for setting in ("WHOOP_BASE_URL=" + url, "WHOOP_CLIENT_ID=", "WHOOP_CLIENT_SECRET="):
        assert setting in said


def test_its_export_goes_to_a_folder(tmp_path: Path) -> None:
    """`--zip` makes the folder where there is none; a file's name says what is wanted instead."""
    command = [sys.executable, "-m", "whoop_mcp.simulator", "--days", "5", "--zip"]
    (tmp_path / "file").touch()
    for wrong in ("mine.zip", "file", "file/below"):
        done = subprocess.run(
            [*command, str(tmp_path / wrong)], capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 2 and "--zip takes a folder" in done.stderr
        assert "Traceback" not in done.stderr
    with subprocess.Popen([*command, str(tmp_path / "new" / "one")], stdout=subprocess.PIPE) as run:
        try:
            assert run.stdout and b"would mail" in run.stdout.readline()
        finally:
            run.terminate()
    (made,) = (tmp_path / "new" / "one").iterdir()
    assert made.name.startswith("my_whoop_data_")
