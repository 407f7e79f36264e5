"""The login page: who may use it, what it says, and that a secret goes into the login alone."""

from __future__ import annotations

import io
import json
import logging
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

import pytest

from whoop_mcp.errors import AuthFailed, UpstreamError
from whoop_mcp.login import listener
from whoop_mcp.login import page as module
from whoop_mcp.login.page import LoginPage, login_by_page
from whoop_mcp.login.single_flight import NoThread
from whoop_mcp.login.tokens import Login

from ..support.commands import environ
from ..support.faults import FaultySimulator
from ..support.logins import free_port, login, settings, whoop

SECRET = "demo-secret"


class Browser:
    """A browser with cookies, which follows where it is sent."""

    def __init__(self) -> None:
        self.cookies: dict[str, str] = {}
        self.seen: list[str] = []  # every address
        self.text = ""
        self.status = 0

    def ask(self, method: str, address: str, body: str = "", **headers: str) -> HTTPResponse:
        """One request."""
        parts = urlsplit(address)
        self.seen.append(address)
        way = HTTPConnection(parts.netloc, timeout=60)
        given = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()), **headers}
        if body:
            given["Content-Type"] = "application/x-www-form-urlencoded"
        query = f"?{parts.query}" if parts.query else ""
        way.request(method, f"{parts.path}{query}", body or None, given)
        answer = way.getresponse()
        self.text, self.status = answer.read().decode(), answer.status
        way.close()
        if cookie := answer.getheader("Set-Cookie"):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer

    def get(self, address: str) -> str:
        """The page at an address, redirects followed."""
        answer = self.ask("GET", address)
        while where := answer.getheader("Location"):
            answer = self.ask("GET", where)
        return self.text

    def fill(self, place: str, **fields: str) -> str:
        """Send the form that is shown at a place."""
        found = re.search(r'name="token" value="([^"]+)"', self.text)
        self.ask("POST", place, urlencode({"token": found[1] if found else "", **fields}))
        return self.text

    def consent(self) -> str:
        """Go to WHOOP, agree, and see where that ends."""
        found = re.search(r'class="button" href="([^"]+)"', self.text)
        assert found, self.text
        return self.get(found[1].replace("&amp;", "&"))

    def settle(self, address: str) -> str:
        """Look until the page waits for nothing any more."""
        ends = time.monotonic() + 60
        while 'http-equiv="refresh" content="1"' in self.text:
            assert time.monotonic() < ends, self.text
            time.sleep(0.02)
            self.get(address)
        return self.text


@pytest.fixture(autouse=True)
def _looks_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is closed while nothing goes on ends the next time that it looks; and it waits
    for a busy machine's browser to look once more."""
    monkeypatch.setattr(module, "_STEP", 0.01)
    monkeypatch.setattr(module, "_LAST_LOOK", 60.0)


@pytest.fixture
def uri() -> str:
    """A redirect URI on a port that is free."""
    return f"http://localhost:{free_port()}/callback"


@pytest.fixture
def simulator(uri: str) -> Iterator[FaultySimulator]:
    """WHOOP, with an app that lists the redirect URI."""
    with whoop(redirect_uris=(uri, "https://elsewhere.example/callback")) as running:
        yield running


@pytest.fixture
def page(tmp_path: Path, simulator: FaultySimulator, uri: str) -> Iterator[LoginPage]:
    """A page that is served."""
    made = LoginPage(settings(tmp_path, simulator.url, WHOOP_REDIRECT_URI=uri)).open()
    yield made
    made.close()
    made.join()


def good(browser: Browser, page: LoginPage, secret: str = SECRET) -> str:
    """Log in by the page; what it says at the end."""
    browser.get(page.address)
    browser.fill(page.address, client_id="demo-app", client_secret=secret)
    browser.consent()
    return browser.settle(page.address)


def test_the_whole_way(
    page: LoginPage, tmp_path: Path, simulator: FaultySimulator, caplog: pytest.LogCaptureFixture
) -> None:
    """Id and secret typed, consent given, the person comes back to a page that says all is well;
    the login is stored, and the secret was in no address, page or log line."""
    caplog.set_level(logging.DEBUG)
    browser = Browser()
    assert "You are logged in" in good(browser, page)
    assert "WHOOP answers" in browser.text
    assert page.outcome.result(60).user_id == 10129
    assert login(tmp_path, simulator.url).app() == ("demo-app", SECRET)
    assert SECRET not in "".join(browser.seen) + browser.text + caplog.text
    page.join()
    with pytest.raises(OSError):
        browser.ask("GET", page.address)


def test_its_head_keeps_everything_in(page: LoginPage) -> None:
    """Nothing is stored, loaded from elsewhere, framed or told to WHOOP; the cookie is for this
    page alone and no script's."""
    browser = Browser()
    answer = browser.ask("GET", page.address)
    assert answer.getheader("Cache-Control") == "no-store"
    assert answer.getheader("Referrer-Policy") == "no-referrer"
    policy = answer.getheader("Content-Security-Policy") or ""
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "form-action 'self'" in policy
    cookie = answer.getheader("Set-Cookie") or ""
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert f"Path={urlsplit(page.address).path}" in cookie
    assert not re.search(r"<script|src=", browser.text)


def test_a_second_tab_shows_the_same(page: LoginPage) -> None:
    """The same browser may open the page again, at any moment: it says how things stand, and a
    form that was sent already is not sent twice."""
    browser = Browser()
    browser.get(page.address)
    assert "App secret" in browser.get(page.address)
    browser.fill(page.address, client_id="demo-app", client_secret=SECRET)
    leaving = browser.text
    assert "Waiting for WHOOP" in browser.get(page.address)
    browser.text = leaving
    browser.consent()
    assert "You are logged in" in browser.settle(page.address)


def test_another_users_request_is_refused(page: LoginPage) -> None:
    """Whoever comes second without the cookie gets nothing, and as nobody can tell who of the two
    is the person, the page is closed; its words say what to do."""
    browser, stranger = Browser(), Browser()
    browser.get(page.address)
    assert "belongs to the browser that opened it first" in stranger.get(page.address)
    assert stranger.status == 403
    assert not stranger.cookies
    with pytest.raises(AuthFailed, match="two browsers"):
        page.outcome.result(60)


@pytest.mark.parametrize("by", ["a stranger", "close"])
def test_nothing_is_stored_once_the_page_is_closed(
    page: LoginPage, tmp_path: Path, simulator: FaultySimulator, by: str
) -> None:
    """A page that is closed while WHOOP answers for the code stores no login: who waits for it has
    been told that there is none, and so is the person's browser where it was not closed by them."""

    def meanwhile(request: Any) -> None:
        if request.path.endswith("/token"):
            if by == "close":
                page.close()
            else:
                assert "two have come" in Browser().get(page.address)
            with pytest.raises(AuthFailed):
                page.outcome.result(60)

    simulator.before = meanwhile
    browser = Browser()
    browser.get(page.address)
    browser.fill(page.address, client_id="demo-app", client_secret=SECRET)
    if by == "close":
        with suppress(ConnectionError):  # nobody serves it any more, perhaps, or nobody soon
            browser.consent()
    else:
        browser.consent()
        assert "two have come" in browser.settle(page.address)
    page.join()
    wait_for_threads()
    assert not (tmp_path / "home" / "tokens.json").exists()
    assert login(tmp_path, simulator.url).status()["status"] == "no_tokens"


@pytest.mark.parametrize("fails", [False, True])
def test_a_stranger_while_the_login_is_stored(
    page: LoginPage, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    """Whoever comes while the login is being written gets nothing, and the outcome is what became
    of it; where it cannot be written, the page is closed as ever."""
    store = Login.save_grant

    def save_grant(self: Login, *given: Any, **more: Any) -> None:
        assert "opened it first" in Browser().get(page.address)
        if fails:
            raise AuthFailed("The disk is full.")
        store(self, *given, **more)

    monkeypatch.setattr(Login, "save_grant", save_grant)
    browser = Browser()
    browser.get(page.address)
    browser.fill(page.address, client_id="demo-app", client_secret=SECRET)
    browser.consent()
    if fails:
        with pytest.raises(AuthFailed, match="two browsers"):
            page.outcome.result(60)
        assert "two have come" in browser.settle(page.address)
    else:
        assert page.outcome.result(60).user_id == 10129
        assert "You are logged in" in browser.settle(page.address)


def test_another_app_than_the_environments_is_refused(
    tmp_path: Path, simulator: FaultySimulator, uri: str
) -> None:
    """A login is renewed with the environment's app wherever there is one, so that no other app's
    is made on the page: the variables are named, and the environment's own goes through."""
    app = {"WHOOP_CLIENT_ID": "demo-app", "WHOOP_CLIENT_SECRET": SECRET}
    page = LoginPage(settings(tmp_path, simulator.url, WHOOP_REDIRECT_URI=uri, **app)).open()
    browser = Browser()
    assert "given by WHOOP_CLIENT_ID and WHOOP_CLIENT_SECRET" in browser.get(page.address)
    for typed in (("another-app", SECRET), ("demo-app", "another-secret")):
        text = browser.fill(page.address, client_id=typed[0], client_secret=typed[1])
        assert "hold another app than you typed" in text
        assert SECRET not in text
        assert "Waiting" not in browser.get(page.address)
    assert "You are logged in" in good(browser, page)
    page.join()


def test_what_goes_wrong_is_answered(page: LoginPage, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no thread can be had, or the login's file is kept by another program, the browser is
    told, and the page goes on for the next try."""
    browser = Browser()
    browser.get(page.address)

    def none(*_: object) -> None:
        raise NoThread

    def kept(_: Login) -> None:
        raise UpstreamError("Another program keeps it.", hint="Close that.")

    shown = browser.text
    with monkeypatch.context() as patch:
        patch.setattr(module, "start", none)
        answer = browser.fill(page.address, client_id="demo-app", client_secret=SECRET)
        assert "no room for another thread" in answer
        assert browser.status == 500
    with monkeypatch.context() as patch:
        patch.setattr(Login, "app", kept)
        assert "Another program keeps it. Close that." in browser.get(page.address)
    browser.text = shown
    assert "You are logged in" in good(browser, page)


def test_a_page_that_cannot_be_served_says_so(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who waits for a page whose server gets no thread is told, and waits no longer."""

    def none(*_: object) -> None:
        raise NoThread

    for where in (listener, module):
        monkeypatch.setattr(where, "start", none)
        with pytest.raises(NoThread):
            login_by_page(
                settings(tmp_path, simulator.url), pkce=True, open_browser=None, out=io.StringIO()
            )


def test_a_try_that_is_given_up_leaves_no_thread(page: LoginPage) -> None:
    """Each try's thread, which holds the secret, ends with its try."""
    browser = Browser()
    browser.get(page.address)
    for _ in range(3):
        shown = browser.text
        browser.fill(page.address, client_id="demo-app", client_secret=SECRET)
        browser.text = shown
    page.close()
    page.join()
    wait_for_threads()


def wait_for_threads() -> None:
    """Wait until no try's thread is left; pytest's own limit ends it."""
    for thread in threading.enumerate():
        if "_follow" in thread.name:
            thread.join(60)
            assert not thread.is_alive()


@pytest.mark.parametrize("host", ["localhost:PORT", "evil.example", "127.0.0.1", "[::1]:PORT"])
def test_another_name_is_not_answered(page: LoginPage, host: str) -> None:
    """A page elsewhere whose name leads here (DNS rebinding) learns nothing and opens nothing."""
    browser = Browser()
    port = str(urlsplit(page.address).port)
    answer = browser.ask("GET", page.address, Host=host.replace("PORT", port))
    assert answer.status == 404
    assert "App secret" not in browser.text
    assert "App secret" in browser.get(page.address)


def test_another_address_is_not_answered(page: LoginPage) -> None:
    """Without the word made for it, the page is not there, and stays unopened."""
    browser = Browser()
    root = page.address.rpartition("/")[0]
    for path in ("/", "/favicon.ico", "/callback"):
        assert browser.ask("GET", root + path).status == 404
    assert browser.ask("DELETE", page.address).status == 404
    assert "App secret" in browser.get(page.address)


def test_a_form_from_elsewhere_is_refused(page: LoginPage) -> None:
    """Without the form's own token, or from another origin, nothing typed is believed."""
    browser = Browser()
    shown = browser.get(page.address)
    fields = urlencode({"client_id": "evil", "client_secret": "evil"})
    assert browser.ask("POST", page.address, fields).status == 403
    assert browser.ask("POST", page.address, f"{fields}&token=x").status == 403
    found = re.search(r'name="token" value="([^"]+)"', shown)
    assert found
    whole = f"{fields}&token={found[1]}"
    assert browser.ask("POST", page.address, whole, Origin="http://evil.example").status == 403
    assert "Waiting" not in browser.get(page.address)


@pytest.mark.parametrize(
    ("client_id", "secret", "said"),
    [
        ("", SECRET, "Paste the app id"),
        ("demo-app", "", "Paste the app secret"),
        ("demo app", SECRET, "a character that no id has"),
        ("demo-app", "caf\u00e9", "a character that no secret has"),
        ("demo-app", "demo-app", "the app id once more"),
    ],
)
def test_what_cannot_be_right_is_said_at_once(
    page: LoginPage, client_id: str, secret: str, said: str
) -> None:
    """What is missing or cannot be is named beside its field, before anything is sent; the id
    stays typed, the secret never comes back."""
    browser = Browser()
    browser.get(page.address)
    text = browser.fill(page.address, client_id=client_id, client_secret=secret)
    assert said in text
    assert 'aria-invalid="true"' in text
    assert f'value="{client_id}"' in text
    assert SECRET not in text


def test_a_wrong_secret_is_told_apart_from_a_wrong_id(page: LoginPage) -> None:
    """WHOOP took the id and sent the browser back, then refused: it is the secret. The next try on
    the same page goes through."""
    browser = Browser()
    text = good(browser, page, "demo-secreT")
    assert "does not take this secret" in text
    assert 'value="demo-app"' in text
    assert "demo-secreT" not in text
    assert not page.outcome.done()
    browser.fill(page.address, client_id="demo-app", client_secret=SECRET)
    browser.consent()
    assert "You are logged in" in browser.settle(page.address)


def test_a_wrong_id_can_be_corrected(page: LoginPage) -> None:
    """WHOOP's own page refuses an unknown id, and nobody comes back: the page says what WHOOP's
    word means, and takes another id."""
    browser = Browser()
    browser.get(page.address)
    browser.fill(page.address, client_id="demo-ap", client_secret=SECRET)
    assert "invalid_client" in browser.consent()
    text = browser.get(page.address)
    assert "<em>invalid_client</em> means that the app id is wrong" in text
    browser.fill(page.address, client_id="demo-app", client_secret=SECRET)
    browser.consent()
    assert "You are logged in" in browser.settle(page.address)


def test_a_no_at_whoop_is_told(page: LoginPage, simulator: FaultySimulator) -> None:
    """Whoever declines comes back to the page, which says so and can begin again."""
    simulator.deny_next = True
    text = good(Browser(), page)
    assert "declined" in text
    assert "App secret" in text
    assert not page.outcome.done()


def test_a_port_that_is_taken(page: LoginPage, uri: str) -> None:
    """Where the browser cannot come back, the page takes the address that it ended at, and says
    what is wrong with anything else."""
    browser = Browser()
    with socket.create_server(("127.0.0.1", urlsplit(uri).port or 0)):
        browser.get(page.address)
        text = browser.fill(page.address, client_id="demo-app", client_secret=SECRET)
    found = re.search(r'<a href="([^"]+oauth2/auth[^"]+)"', text)
    assert found
    answer = Browser().ask("GET", found[1].replace("&amp;", "&"))
    end = answer.getheader("Location") or ""
    assert "whole address" in browser.fill(page.address, address="x")
    browser.fill(page.address, address=end)
    assert "You are logged in" in browser.settle(page.address)


def test_a_stored_app_need_not_be_typed_again(
    tmp_path: Path, simulator: FaultySimulator, uri: str
) -> None:
    """With an app in the environment or a former login, both fields may stay empty; neither value
    is shown."""
    app = {"WHOOP_CLIENT_ID": "demo-app", "WHOOP_CLIENT_SECRET": SECRET}
    given = settings(tmp_path, simulator.url, WHOOP_REDIRECT_URI=uri, **app)
    page = LoginPage(given).open()
    browser = Browser()
    text = browser.get(page.address)
    assert "leave both fields empty" in text
    assert "demo-app" not in text
    browser.fill(page.address, client_id="", client_secret="")
    browser.consent()
    assert "You are logged in" in browser.settle(page.address)
    page.join()


def test_nobody_comes(
    tmp_path: Path, simulator: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its time the page is gone, and who waits for it learns that nobody logged in."""
    monkeypatch.setattr(module, "LIFETIME", 0.1)
    page = LoginPage(settings(tmp_path, simulator.url)).open()
    page.join()
    with pytest.raises(AuthFailed, match="Nobody logged in"):
        page.outcome.result(0)


def test_the_command_waits_for_the_page(
    tmp_path: Path, simulator: FaultySimulator, uri: str
) -> None:
    """`login --page` opens the page, shows its address, and ends once the browser has seen the
    last words; where no browser opens, that is said."""
    browser, out = Browser(), io.StringIO()
    threads: list[threading.Thread] = []

    def open_browser(address: str) -> bool:
        def use() -> None:
            browser.get(address)
            browser.fill(address, client_id="demo-app", client_secret=SECRET)
            browser.consent()
            browser.settle(address)

        threads.append(threading.Thread(target=use))
        threads[0].start()
        return False

    given = settings(tmp_path, simulator.url, WHOOP_REDIRECT_URI=uri)
    made: Any = login_by_page(given, pkce=True, open_browser=open_browser, out=out)
    threads[0].join()
    assert made.status()["status"] == "valid"
    assert "You are logged in" in browser.text
    assert "No browser could be opened" in out.getvalue()
    assert SECRET not in out.getvalue()


@pytest.mark.parametrize("json_too", [False, True])
def test_as_a_command(tmp_path: Path, simulator: FaultySimulator, uri: str, json_too: bool) -> None:
    """`whoop-mcp login --page --no-browser` shows the address, needs no terminal, and ends well
    once somebody has logged in there; for a program the outcome alone is on standard output."""
    env = environ(tmp_path, WHOOP_BASE_URL=simulator.url, WHOOP_REDIRECT_URI=uri)
    words = ["login", "--page", "--no-browser", *(["--json"] if json_too else [])]
    process = subprocess.Popen(
        [sys.executable, "-m", "whoop_mcp", *words],
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        shown = process.stderr if json_too else process.stdout
        assert shown is not None
        address = next(line.strip() for line in shown if line.strip().startswith("http"))
        browser = Browser()
        browser.get(address)
        browser.fill(address, client_id="demo-app", client_secret=SECRET)
        browser.consent()
        assert "You are logged in" in browser.settle(address)
        out, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert SECRET not in out + errors
    if json_too:
        assert json.loads(out)["status"] == "valid"
