"""A login that lasts, through races, outages, kills and full disks."""

from __future__ import annotations

import json
import os
import random
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import network, times
from whoop_mcp.app import App
from whoop_mcp.call import Call
from whoop_mcp.cli import status
from whoop_mcp.errors import AuthFailed, UpstreamError
from whoop_mcp.login import endpoint, login_file, tokens
from whoop_mcp.login.attempt import SCOPES
from whoop_mcp.login.login_file import LoginFile
from whoop_mcp.login.tokens import Login
from whoop_mcp.server import health
from whoop_mcp.server.tools import BY_NAME

from ..support.faults import FaultySimulator
from ..support.logins import age, logged_in, login, settings, whoop

PROCESS = """
import os, pathlib, signal, sys, threading
from tests.support.logins import login
made = login(pathlib.Path(sys.argv[1]), sys.argv[2])
def finish(*_):
    made.finish(10)
    os._exit(0)
signal.signal(signal.SIGTERM, finish)
refused = sys.argv[4] if len(sys.argv) > 4 else None
answers = []
threads = [
    threading.Thread(target=lambda: answers.append(made.token(refused)))
    for _ in range(int(sys.argv[3]))
]
import requests, cryptography.fernet
print("ready", flush=True)
sys.stdin.readline()
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(len(answers), *set(answers), flush=True)
"""


@pytest.fixture
def simulator() -> Iterator[FaultySimulator]:
    """WHOOP."""
    with whoop() as running:
        yield running


def process(home: Path, url: str, *arguments: str) -> subprocess.Popen[str]:
    """Another process on the same home, which asks for tokens when it gets a line."""
    started = subprocess.Popen(
        [sys.executable, "-c", PROCESS, str(home), url, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"
    return started


def works(simulator: FaultySimulator, token: str) -> bool:
    """Whether WHOOP takes an access token."""
    made = login(Path("/nowhere").absolute(), simulator.url)
    answer = made._transport.exchange("GET", "/developer/v2/user/profile/basic", token=token)
    made._transport.close()
    return answer.status == 200


def refreshes(simulator: FaultySimulator) -> list[int | None]:
    """How WHOOP answered each token request."""
    return [line.status for line in simulator.log if line.path == endpoint.PATH]


# ── one refresh for all ──


def test_a_living_token_costs_nothing(tmp_path: Path, simulator: FaultySimulator) -> None:
    """A token with life left is given as it is, without a request."""
    made = logged_in(tmp_path, simulator)
    assert made.token() == made.token()
    assert simulator.count() == 0


def test_with_less_than_five_minutes_left_it_is_renewed(
    tmp_path: Path, simulator: FaultySimulator
) -> None:
    """A token about to end is renewed once, and the new one is on disk before it is given."""
    made = logged_in(tmp_path, simulator, expires_in=299)
    token = made.token()
    assert works(simulator, token)
    assert login(tmp_path, simulator.url).token() == token
    assert refreshes(simulator) == [200]


@pytest.mark.slow
def test_five_processes_and_twenty_calls_each_refresh_once(
    tmp_path: Path, simulator: FaultySimulator
) -> None:
    """A hundred calls in five processes on one dead token: one token request, all served."""
    logged_in(tmp_path, simulator, expires_in=0)
    simulator.latency = 0.1
    processes = [process(tmp_path, simulator.url, "20") for _ in range(5)]
    answers = [one.communicate("go\n", timeout=60)[0].split() for one in processes]
    assert {answer[0] for answer in answers} == {"20"}
    tokens = {token for answer in answers for token in answer[1:]}
    assert refreshes(simulator) == [200]
    assert tokens == {login(tmp_path, simulator.url).token()}
    assert works(simulator, tokens.pop())


def test_a_refused_token_is_renewed_once_for_all_who_hold_it(
    tmp_path: Path, simulator: FaultySimulator
) -> None:
    """Threads whose token was refused before its time cause one forced refresh together."""
    made = logged_in(tmp_path, simulator)
    old = made.token()
    simulator.expire_access_tokens()
    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(made.token(old))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 20
    assert len(set(answers)) == 1
    assert answers[0] != old
    assert refreshes(simulator) == [200]
    assert made.token(old) == answers[0]


def test_a_siblings_token_is_adopted(tmp_path: Path, simulator: FaultySimulator) -> None:
    """What another process has renewed is used, without a request of one's own."""
    made = logged_in(tmp_path, simulator)
    old = made.token()
    sibling = login(tmp_path, simulator.url)
    token = sibling.token(old)
    simulator.clear_log()
    assert made.token(old) == made.token() == token
    assert not refreshes(simulator)


def test_who_waited_for_the_lock_takes_what_was_renewed_meanwhile(
    tmp_path: Path, simulator: FaultySimulator
) -> None:
    """Whoever gets the lock after another has renewed the login uses that, and asks nothing."""
    made = logged_in(tmp_path, simulator)
    old = made.token()
    sibling = login(tmp_path, simulator.url)
    answers: list[str] = []
    waiting = threading.Thread(target=lambda: answers.append(made.token(old)))
    locked, at_the_door = made._store.locked, threading.Event()

    def announced(*given: Any) -> Any:
        at_the_door.set()
        return locked(*given)

    made._store.locked = announced  # type: ignore[method-assign]
    with sibling._store.locked():
        waiting.start()
        assert at_the_door.wait(60)
        token = sibling._refresh(sibling._store.get()).access_token
    waiting.join()
    assert answers == [token]
    assert refreshes(simulator) == [200]


def test_where_the_lock_cannot_be_had_a_living_token_serves(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While another program holds the login for long, a token is used as long as it lives."""
    monkeypatch.setattr(login_file, "LOCK_WAIT", 0.05)
    made = logged_in(tmp_path, simulator, expires_in=120)
    with login(tmp_path, simulator.url)._store.locked():
        token = made.token()
        assert works(simulator, token)
        with pytest.raises(UpstreamError):
            made.token(token)
    assert not refreshes(simulator)


def test_an_outage_is_forgotten_with_its_token(tmp_path: Path, simulator: FaultySimulator) -> None:
    """What came of one refresh token says nothing of the next, which is presented at once."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    simulator.fault(503, path="token")
    with pytest.raises(UpstreamError):
        made.token()
    siblings = login(tmp_path, simulator.url).token()
    assert works(simulator, made.token(siblings))


def test_a_renewal_is_asked_for_as_whoop_wants_it(
    tmp_path: Path, simulator: FaultySimulator
) -> None:
    """The form names the grant, the app and the scope that keeps the login renewable."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    forms: list[dict[str, str]] = []
    simulator.before = lambda request: forms.append(dict(request.form))
    made.token()
    assert forms[0].pop("refresh_token")
    assert forms == [
        {
            "grant_type": "refresh_token",
            "scope": "offline",
            "client_id": simulator.oauth.client_id,
            "client_secret": simulator.oauth.client_secret,
        }
    ]


def kill_rounds(home: Path, simulator: FaultySimulator, rounds: int, seed: int) -> tuple[int, int]:
    """Kill a refreshing process at a random moment, again and again.

    Answers (kept, taken): how often the login lived on, how often WHOOP had rotated unheard.
    """
    chance = random.Random(seed)
    kept = taken = 0
    simulator.latency = 0.05
    for _ in range(rounds):
        logged_in(home, simulator, expires_in=0)
        simulator.clear_log()
        with process(home, simulator.url, "3") as refreshing:
            assert refreshing.stdin is not None
            refreshing.stdin.write("go\n")
            refreshing.stdin.flush()
            time.sleep(chance.uniform(0, 0.12))
            refreshing.kill()
        made = login(home, simulator.url)
        try:
            assert works(simulator, made.token())
            kept += 1
        except AuthFailed as problem:
            # Only where WHOOP had given new tokens to the dead: nobody could have kept those.
            assert 200 in refreshes(simulator)
            assert "cut off" in problem.message
            assert made.status()["status"] == "reauth_required"
            taken += 1
        made._transport.close()
    return kept, taken


@pytest.mark.slow
def test_a_killed_refresh_loses_no_login(tmp_path: Path, simulator: FaultySimulator) -> None:
    """Killed while refreshing, a process leaves a login that works, or that WHOOP itself ended."""
    kept, taken = kill_rounds(tmp_path, simulator, 3, seed=1)
    assert kept + taken == 3


@pytest.mark.slow
def test_fifty_killed_refreshes_lose_no_login(tmp_path: Path, simulator: FaultySimulator) -> None:
    """The same at fifty random moments."""
    kept, _ = kill_rounds(tmp_path, simulator, 50, seed=2)
    assert kept


@pytest.mark.slow
def test_whoever_is_told_to_end_finishes_the_refresh(
    tmp_path: Path, simulator: FaultySimulator
) -> None:
    """SIGTERM while WHOOP rotates: the new tokens are on disk before the process is gone."""
    logged_in(tmp_path, simulator, expires_in=0)
    sent = threading.Event()
    simulator.before = lambda request: sent.set()
    simulator.latency = 0.3
    with process(tmp_path, simulator.url, "2") as refreshing:
        assert refreshing.stdin is not None
        refreshing.stdin.write("go\n")
        refreshing.stdin.flush()
        assert sent.wait(60)
        refreshing.send_signal(signal.SIGTERM)
    token = login(tmp_path, simulator.url).token()
    assert refreshes(simulator) == [200]
    assert works(simulator, token)


def test_once_ending_nothing_is_begun(tmp_path: Path, simulator: FaultySimulator) -> None:
    """After `finish` no refresh is started that nobody would wait for."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    assert made.finish(1)
    with pytest.raises(UpstreamError, match="ending"):
        made.token()
    assert simulator.count() == 0


def test_a_short_life_is_used_before_it_is_renewed(tmp_path: Path) -> None:
    """A token that lives four minutes is given again and again, and renewed once near its end."""
    with whoop(token_life=240) as simulator:
        made = logged_in(tmp_path, simulator)
        assert made.token() == made.token()
        assert not refreshes(simulator)
        age(tmp_path, 50)
        token = made.token()
        assert made.token() == login(tmp_path, simulator.url).token() == token
        assert refreshes(simulator) == [200]


def repeating(home: Path, simulator: FaultySimulator) -> tuple[Login, str]:
    """A login whose token is dead, at a token endpoint that gives it out again; both."""
    made = logged_in(home, simulator)
    token = made.token()
    simulator.expire_access_tokens()
    answer = {**simulator.grant(), "access_token": token}
    simulator.fault(200, path="token", body=answer, times=None)
    return made, token


def test_the_refused_token_once_more_is_an_error(
    tmp_path: Path, simulator: FaultySimulator
) -> None:
    """A renewal that brings the very token that was refused is said, and not tried again for a
    minute by any thread or process; then once more."""
    made, token = repeating(tmp_path, simulator)
    problems: list[UpstreamError] = []

    def ask(asked: Login) -> None:
        with pytest.raises(UpstreamError, match="the very token") as caught:
            asked.token(token)
        problems.append(caught.value)

    threads = [threading.Thread(target=ask, args=(made,)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ask(login(tmp_path, simulator.url))
    assert len(problems) == 13
    assert "whoop-mcp login" in str(problems[0].hint)
    assert refreshes(simulator) == [200]
    in_two_minutes = times.plus(times.now(), minutes=2)
    given = settings(tmp_path, simulator.url)
    later = Login(given, made._transport, clock=lambda: in_two_minutes)
    ask(later)
    ask(later)
    assert refreshes(simulator) == [200, 200]
    simulator.clear_faults()
    in_an_hour = times.plus(times.now(), minutes=62)
    assert works(simulator, Login(given, made._transport, clock=lambda: in_an_hour).token())


def test_questions_with_a_repeated_token_end(tmp_path: Path, simulator: FaultySimulator) -> None:
    """Each question that meets such a token ends with UPSTREAM_ERROR; two cost one renewal."""
    made, _ = repeating(tmp_path, simulator)
    transport = network.transport(settings(tmp_path, simulator.url), made.token)
    for _ in range(2):
        with pytest.raises(UpstreamError, match="the very token"):
            transport.get("/v2/user/profile/basic")
    transport.close()
    assert refreshes(simulator) == [200]


@pytest.mark.parametrize(
    "expires_in",
    [
        *("-1e18", "-5", "0", "1e18", "1e999", "1" + "0" * 400, "9" * 5000),
        *("NaN", "-Infinity", "true", '"soon"', "null", "[]"),
    ],
    ids=lambda text: text[:9],
)
def test_an_absurd_life_costs_no_login(
    tmp_path: Path, simulator: FaultySimulator, expires_in: str
) -> None:
    """Whatever WHOOP says of how long its new tokens live, they are stored, and serve for a minute
    to a month without being renewed at each request."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    answer = json.dumps({**simulator.grant(), "expires_in": "?"}).replace('"?"', expires_in)
    simulator.fault(200, path="token", body=answer)
    token = made.token()
    assert works(simulator, token)
    assert login(tmp_path, simulator.url).token() == made.token() == token
    assert refreshes(simulator) == [200]
    left = times.seconds(times.now(), made.status()["expires_at"])
    assert 50 < left <= 30 * 86400


def no_thread(*_: object) -> None:
    """What a system without room for another thread does."""
    raise RuntimeError("can't start new thread")


def test_where_no_thread_can_be_had_it_is_said(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A renewal that cannot be begun is an error, or the living token serves; the next works."""
    made = logged_in(tmp_path, simulator, expires_in=120)
    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", no_thread)
        token = made.token()
        with pytest.raises(UpstreamError, match="no room for another thread"):
            made.token(token)
    assert not refreshes(simulator)
    assert made.token(token) != token
    assert refreshes(simulator) == [200]
    assert made.finish(0)


# ── death and outage ──


OUTAGES: list[tuple[int | str, dict[str, Any]]] = [
    (503, {"body": "json"}),
    (502, {"body": "html"}),
    (200, {"body": "html"}),
    (400, {"body": "html"}),
    (403, {"body": "html"}),
    (200, {"body": {"something": "else"}}),
    (400, {"body": {"error": "server_busy"}}),
    (400, {"body": "empty"}),
    (429, {"body": "json"}),
    ("drop", {}),
    ("truncate", {}),
    ("not_json", {}),
    ("redirect", {}),
    ("slow", {"seconds": 5}),
]


@pytest.mark.parametrize(("kind", "options"), OUTAGES, ids=str)
def test_an_outage_is_not_a_logout(
    tmp_path: Path,
    simulator: FaultySimulator,
    monkeypatch: pytest.MonkeyPatch,
    kind: int | str,
    options: dict[str, Any],
) -> None:
    """Whatever goes wrong on the way is UPSTREAM_ERROR, and the stored login is as it was."""
    if kind == "slow":
        monkeypatch.setattr(endpoint, "PATIENCE", 0.5)
    made = logged_in(tmp_path, simulator, expires_in=0)
    before = LoginFile(tmp_path / "home").load()
    simulator.fault(kind, path="token", times=None, **options)
    with pytest.raises(UpstreamError):
        made.token()
    after = LoginFile(tmp_path / "home").load()
    assert before is not None
    assert after is not None
    assert after.refresh_token == before.refresh_token
    assert len(refreshes(simulator)) <= 1  # never blindly again
    assert made.status()["status"] == "expired"
    if kind not in ("slow", "truncate"):  # those WHOOP may have heard
        simulator.clear_faults()
        assert works(simulator, made.token())


def test_in_an_outage_a_living_token_serves(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With minutes of life left, a token is used where it cannot be renewed; refused, it is not."""
    monkeypatch.setattr(tokens, "_AFTER_OUTAGE", 3600.0)  # however slow this machine is
    made = logged_in(tmp_path, simulator, expires_in=120)
    simulator.fault(503, path="token", times=None)
    token = made.token()
    assert works(simulator, token)
    with pytest.raises(UpstreamError):
        made.token(token)
    assert len(refreshes(simulator)) == 1  # not presented again so soon


@pytest.mark.parametrize("error", ["invalid_grant", "token_inactive", "invalid_request"])
def test_a_dead_grant_asks_for_a_new_login(
    tmp_path: Path, simulator: FaultySimulator, error: str
) -> None:
    """What WHOOP itself refuses needs a new login; the stored one is kept, and status knows."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    simulator.fault(400, path="token", body={"error": error, "error_description": "hush"})
    with pytest.raises(AuthFailed) as caught:
        made.token()
    assert "whoop-mcp login" in str(caught.value.hint)
    assert "hush" not in f"{caught.value.message} {caught.value.hint}"
    assert made.status()["status"] == "reauth_required"
    assert login(tmp_path, simulator.url).status()["has_refresh_token"]
    # Were WHOOP wrong about it, the next call would find out.
    assert works(simulator, made.token())
    assert made.status()["status"] == "valid"


def test_wrong_app_credentials_are_no_death(tmp_path: Path, simulator: FaultySimulator) -> None:
    """`invalid_client` names the app's settings, and the login is as good as before."""
    logged_in(tmp_path, simulator, expires_in=0)
    wrong = login(
        tmp_path, simulator.url, WHOOP_CLIENT_ID="demo-app", WHOOP_CLIENT_SECRET="mistyped"
    )
    with pytest.raises(AuthFailed) as caught:
        wrong.token()
    assert "WHOOP_CLIENT_SECRET" in str(caught.value.hint)
    assert "mistyped" not in f"{caught.value.message} {caught.value.hint}"
    assert wrong.status()["status"] == "expired"
    assert works(simulator, login(tmp_path, simulator.url).token())


def test_a_sibling_without_our_lock_is_adopted(tmp_path: Path, simulator: FaultySimulator) -> None:
    """Refused, because a program that knows no lock was quicker: what it stored is used."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    newer = simulator.grant()

    def overtake(request: object) -> None:
        grant = LoginFile(tmp_path / "home").load()
        assert grant is not None
        LoginFile(tmp_path / "home").save(grant.renewed(newer, times.now()))

    simulator.before = overtake
    simulator.fault(400, path="token", body={"error": "invalid_request"})
    assert made.token() == newer["access_token"]
    assert made.status()["status"] == "valid"


def test_a_siblings_login_is_not_written_over(tmp_path: Path, simulator: FaultySimulator) -> None:
    """Refused, because a program that knows no lock was quicker: also where its token has run out
    by now, what it stored stays, and the next call renews that."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    newer = simulator.grant()

    def overtake(request: object) -> None:
        grant = LoginFile(tmp_path / "home").load()
        assert grant is not None
        LoginFile(tmp_path / "home").save(grant.renewed(newer, times.now()))
        age(tmp_path, 0)

    simulator.before = overtake
    simulator.fault(400, path="token", body={"error": "invalid_grant"})
    with pytest.raises(AuthFailed):
        made.token()
    simulator.before = None
    stored = LoginFile(tmp_path / "home").load()
    assert stored is not None
    assert (stored.refresh_token, stored.refused_at) == (newer["refresh_token"], None)
    assert works(simulator, made.token())


def test_an_unfinished_refresh_is_recognised(tmp_path: Path, simulator: FaultySimulator) -> None:
    """An answer that got lost: the next call tries what is stored, and says what happened."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    simulator.fault("lose", path="token")
    with pytest.raises(UpstreamError):
        made.token()
    with pytest.raises(AuthFailed, match="cut off before its answer was stored"):
        made.token()
    assert made.status()["status"] == "reauth_required"


def test_an_unfinished_refresh_is_not_blamed_for_wrong_credentials(
    tmp_path: Path, simulator: FaultySimulator
) -> None:
    """Where WHOOP refuses the app and not the login, that is said, whatever was cut off before."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    simulator.fault("lose", path="token")
    with pytest.raises(UpstreamError):
        made.token()
    wrong = login(
        tmp_path, simulator.url, WHOOP_CLIENT_ID="demo-app", WHOOP_CLIENT_SECRET="mistyped"
    )
    with pytest.raises(AuthFailed) as caught:
        wrong.token()
    assert "cut off" not in caught.value.message
    assert "WHOOP_CLIENT_SECRET" in str(caught.value.hint)


# ── what is stored ──


def test_a_login_without_offline_cannot_be_renewed(
    tmp_path: Path, simulator: FaultySimulator
) -> None:
    """Without a refresh token the login ends with its access token, and says why."""
    made = logged_in(tmp_path, simulator, expires_in=0, refresh_token=None)
    with pytest.raises(AuthFailed, match="offline"):
        made.token()
    status = made.status()
    assert status["status"] == "reauth_required"
    assert "`offline`" in status["hint"]
    assert simulator.count() == 0


def test_a_login_without_offline_says_so_at_once(
    tmp_path: Path, simulator: FaultySimulator
) -> None:
    """While it still lives, the tool, the health check and status say that it ends within the
    hour, which box to tick and where, and to log in again; status says it once."""
    logged_in(tmp_path, simulator, refresh_token=None, scope=" ".join(SCOPES[:-1]))
    app = App(settings(tmp_path, simulator.url))
    told = BY_NAME["get_whoop_auth_status"].call(app, {}, Call())
    assert told["status"] == "valid"
    for words in ("within the hour", "the box `offline`", "developer dashboard", "whoop-mcp login"):
        assert words in told["hint"]
    assert health.check(app, live=False)["checks"]["auth"]["status"] == "warn"
    report = status.report_on(app)
    said = [one["what"] for one in report["findings"] if "offline" in one["what"]]
    assert len(said) == 1
    assert told["hint"] in said[0]
    assert report["login"]["missing_scopes"] == ["offline"]
    app.transport.close()
    assert "hint" not in logged_in(tmp_path, simulator).status()


def test_what_cannot_be_renewed_serves_as_long_as_it_lives(
    tmp_path: Path, simulator: FaultySimulator
) -> None:
    """Without a refresh token the last five minutes count too."""
    made = logged_in(tmp_path, simulator, expires_in=200, refresh_token=None)
    token = made.token()
    assert works(simulator, token)
    with pytest.raises(AuthFailed, match="offline"):
        made.token(token)


def test_no_login(tmp_path: Path) -> None:
    """Without a login, asking for a token says how to get one, and nothing is made on disk."""
    made = login(tmp_path, "http://127.0.0.1:9")
    with pytest.raises(AuthFailed) as caught:
        made.token()
    assert "whoop-mcp login" in str(caught.value.hint)
    status = made.status()
    assert status.pop("hint")
    assert status == {
        "status": "no_tokens",
        "expires_at": None,
        "scopes": None,
        "has_refresh_token": False,
    }
    assert made.user_id is None
    assert made.app() is None
    assert not made.logout()
    assert not (tmp_path / "home").exists()


def test_a_login_without_its_app_cannot_be_renewed(
    tmp_path: Path, simulator: FaultySimulator
) -> None:
    """A login that came without id and secret says which to set, and sends nothing."""
    made = login(tmp_path, simulator.url)
    made.save_grant(simulator.grant(), app=("", ""), scopes=["offline"])
    age(tmp_path, 0)
    simulator.clear_log()
    with pytest.raises(AuthFailed, match="no app id and secret") as caught:
        made.token()
    assert "WHOOP_CLIENT_ID" in str(caught.value.hint)
    assert simulator.count() == 0


def test_who_renews_at_this_moment_is_told(tmp_path: Path, simulator: FaultySimulator) -> None:
    """While the lock is held its holder's pid is to be had, and nobody's afterwards."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    seen: list[int | None] = []
    simulator.before = lambda request: seen.append(login(tmp_path, simulator.url).lock_holder())
    made.token()
    simulator.before = None
    assert seen == [os.getpid()]
    assert made.lock_holder() is None


def test_status_tells_what_is_stored(tmp_path: Path, simulator: FaultySimulator) -> None:
    """A valid login shows its scopes and its end; whose it is is remembered."""
    made = logged_in(tmp_path, simulator)
    made.remember_user(10129)
    assert made.user_id == login(tmp_path, simulator.url).user_id == 10129
    status = made.status()
    assert status["status"] == "valid"
    assert "hint" not in status
    assert "offline" in status["scopes"]
    assert times.seconds(times.now(), status["expires_at"]) > 3000
    assert made.lock_holder() is None


def test_the_scopes_first_granted_are_kept(tmp_path: Path, simulator: FaultySimulator) -> None:
    """A refresh that names only `offline` does not make the other scopes forgotten."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    simulator.echo_offline = True
    made.token()
    assert "read:sleep" in made.status()["scopes"]


def test_the_environments_app_goes_before_the_stored_one(
    tmp_path: Path, simulator: FaultySimulator
) -> None:
    """Both variables set, they win; else the app stored with the login serves."""
    made = logged_in(tmp_path, simulator)
    assert made.app() == ("demo-app", "demo-secret")
    both = login(tmp_path, simulator.url, WHOOP_CLIENT_ID="a", WHOOP_CLIENT_SECRET="b")
    assert both.app() == ("a", "b")
    assert login(tmp_path, simulator.url, WHOOP_CLIENT_ID="a").app() == ("demo-app", "demo-secret")


def test_a_broken_login_is_told_and_a_new_one_replaces_it(
    tmp_path: Path, simulator: FaultySimulator
) -> None:
    """Unreadable tokens ask for a new login, which keeps the broken file aside."""
    made = logged_in(tmp_path, simulator)
    path = tmp_path / "home" / "tokens.json"
    path.write_text("{")
    with pytest.raises(AuthFailed):
        made.token()
    assert made.status()["status"] == "reauth_required"
    assert "whoop-mcp login" in made.status()["hint"]
    assert made.app() is None
    app = {"WHOOP_CLIENT_ID": "a", "WHOOP_CLIENT_SECRET": "b"}
    assert login(tmp_path, simulator.url, **app).app() == ("a", "b")
    assert path.read_text() == "{"
    assert works(simulator, logged_in(tmp_path, simulator).token())
    assert len(list(path.parent.glob("tokens.json.broken-*"))) == 1


@pytest.mark.posix
def test_everything_written_is_private_and_tells_nothing(
    tmp_path: Path, simulator: FaultySimulator
) -> None:
    """Home 0700, files 0600, and no token or secret readable in any of them."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    token = made.token()
    home = tmp_path / "home"
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    for path in home.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert token not in path.read_text()
        assert "demo-secret" not in path.read_text()
    assert json.loads((home / "tokens.json").read_text()).keys() == {"format", "sealed"}


def test_where_nothing_can_be_written_nothing_is_sent(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A login file that cannot be written is not renewed: the token stays good for later."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    with monkeypatch.context() as full:
        full.setattr("os.fsync", full_disk)
        with pytest.raises(UpstreamError) as caught:
            made.token()
    assert "Nothing was sent" in caught.value.message
    assert simulator.count() == 0
    assert works(simulator, made.token())


def full_disk(*_: object) -> None:
    """What a full disk does."""
    raise OSError(28, "No space left on device")


def test_what_cannot_be_stored_is_kept_in_memory(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that fills after the refresh was sent: the new tokens serve, status says so, and
    they are stored as soon as there is room."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    with monkeypatch.context() as full:
        simulator.before = lambda request: full.setattr("os.fsync", full_disk)
        token = made.token()
        simulator.before = None
        assert works(simulator, token)
        assert made.token() == token
        assert "not on disk" in made.status()["hint"]
    assert made.token() == token
    assert "hint" not in made.status()
    assert login(tmp_path, simulator.url).token() == token
    assert refreshes(simulator) == [200]


@pytest.mark.parametrize("renewable", [True, False])
def test_a_newer_login_goes_before_what_could_not_be_stored(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch, renewable: bool
) -> None:
    """A login that another process makes while new tokens wait in memory is not written over."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    with monkeypatch.context() as full:
        simulator.before = lambda request: full.setattr("os.fsync", full_disk)
        old = made.token()
        simulator.before = None
    newer = logged_in(tmp_path, simulator, **({} if renewable else {"refresh_token": None}))
    expected = LoginFile(tmp_path / "home").load()
    assert made.status()["expires_at"] == newer.status()["expires_at"]
    assert "not on disk" not in made.status().get("hint", "")
    assert made.token() == newer.token() != old
    assert LoginFile(tmp_path / "home").load() == expected


def test_what_could_not_be_stored_does_not_undo_a_logout(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once another process has logged out, what waits in memory is not stored any more, whoever
    was about to store it."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    with monkeypatch.context() as full:
        simulator.before = lambda request: full.setattr("os.fsync", full_disk)
        made.token()
        simulator.before = None
    login(tmp_path, simulator.url).logout(local=True)
    made._store.retry_save()
    assert made.status()["status"] == "no_tokens"
    assert not (tmp_path / "home" / "tokens.json").exists()


def test_a_login_made_during_the_renewal_stays(tmp_path: Path, simulator: FaultySimulator) -> None:
    """A program that knows no lock stores a new login while a renewal is under way: that login
    stays in the file, and is the one that serves."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    newer = simulator.grant()

    def overtake(request: object) -> None:
        grant = LoginFile(tmp_path / "home").load()
        assert grant is not None
        LoginFile(tmp_path / "home").save(grant.renewed(newer, times.now()))

    simulator.before = overtake
    assert made.token() == newer["access_token"]
    simulator.before = None
    stored = LoginFile(tmp_path / "home").load()
    assert stored is not None
    assert stored.refresh_token == newer["refresh_token"]


def test_a_key_that_goes_during_the_renewal_costs_no_login(
    tmp_path: Path, simulator: FaultySimulator
) -> None:
    """New tokens that cannot be sealed any more are kept in memory and serve, as on a full disk."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    key = tmp_path / "home" / ".encryption_key"
    before = key.read_bytes()
    simulator.before = lambda request: key.unlink()
    token = made.token()
    simulator.before = None
    assert made.token() == token
    assert "not on disk" in made.status()["hint"]
    key.write_bytes(before)
    assert made.token() == login(tmp_path, simulator.url).token() == token
    assert works(simulator, token)


# ── logout ──


def test_logout_ends_the_grant_and_removes_the_login(
    tmp_path: Path, simulator: FaultySimulator
) -> None:
    """An expired login is renewed, revoked at WHOOP, and its files are gone."""
    made = logged_in(tmp_path, simulator, expires_in=0)
    (tmp_path / "home" / ".tokens.json.00ff.tmp").touch()
    assert made.logout()
    assert ("DELETE", 204) in {(line.method, line.status) for line in simulator.log}
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["tokens.lock"]
    assert made.status()["status"] == "no_tokens"


def test_a_logout_that_fails_keeps_the_login(tmp_path: Path, simulator: FaultySimulator) -> None:
    """Where WHOOP cannot be told, all is kept and the local way is named; that one only removes."""
    made = logged_in(tmp_path, simulator)
    simulator.fault(503, path="access", times=None)
    with pytest.raises(UpstreamError) as caught:
        made.logout()
    assert "logout --local" in str(caught.value.hint)
    assert made.status()["status"] == "valid"
    simulator.clear_log()
    assert made.logout(local=True)
    assert simulator.count() == 0
    assert made.status()["status"] == "no_tokens"


def test_a_refused_token_does_not_stop_the_logout(
    tmp_path: Path, simulator: FaultySimulator
) -> None:
    """A token refused before its time is renewed once, then the grant is revoked."""
    made = logged_in(tmp_path, simulator)
    simulator.expire_access_tokens()
    assert made.logout()


def test_a_login_object_touches_nothing(tmp_path: Path) -> None:
    """Making one touches neither disk nor network."""
    given = settings(tmp_path, "http://127.0.0.1:9")
    Login(given, login(tmp_path, "http://127.0.0.1:9")._transport)
    assert not (tmp_path / "home").exists()
