"""Offer the login as a page on loopback: app id and secret are typed there, and nowhere else.

The page's address holds a word made for it, and belongs to the first browser that opens it, by a
cookie. What is typed is believed only with that cookie, a token of the form and our own name as
host; secrets go into the form's body and the login's file, never into an address, log or answer.
"""

from __future__ import annotations

import hmac
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError, wait
from typing import TextIO
from urllib.parse import parse_qs

from .. import network, surroundings
from ..errors import AuthFailed, UpstreamError, WhoopError
from ..settings import Settings
from . import flow, page_views, paste
from .attempt import Attempt, Denied, settle
from .listener import Listener, LoopbackServer, Request, Response
from .page_views import Form
from .single_flight import NoThread, start
from .tokens import Login

LIFETIME = 600.0  # seconds for which the page is there
_LAST_LOOK = 5.0  # seconds in which the browser fetches the last page
_STEP = 0.2


class _Over(Exception):
    """Signal that a try is not to be stored: the page is closing, or another try has begun."""


class _Round:
    """Hold one try to log in: what was typed, and what waits for WHOOP to send the browser back."""

    def __init__(self, app: tuple[str, str], attempt: Attempt, then: str) -> None:
        self.app = app
        self.attempt = attempt
        self.code: Future[str] = Future()
        self._then = then
        self._guard = threading.Lock()
        self._listener: Listener | None = None

    def listen(self) -> bool:
        """Listen for the browser; False where it cannot come here, and its address is pasted."""
        if self.attempt.is_loopback():
            try:
                listener = Listener(self.attempt, self.code, then=self._then)
            except OSError:
                return False  # the port is another program's
            listener.__enter__()
            self._listener = listener
        return self._listener is not None

    def end(self) -> None:
        """Free the port, once the browser has its answer; again does nothing."""
        with self._guard:
            listener, self._listener = self._listener, None
            # Told as well, or who waits for it would wait for ever.
            if not self.code.cancelled() and self.code.cancel():
                self.code.set_running_or_notify_cancel()
        if listener is not None:
            listener.__exit__()


class LoginPage:
    """Serve the page from `open` on, until the login is made, `close`, or LIFETIME is over.

    `outcome` then holds the Login, or the WhoopError for which there is none. OSError where no
    port can be had, AuthFailed where the home can hold no login.
    """

    def __init__(self, settings: Settings, *, pkce: bool = True) -> None:
        self._settings = settings
        self._pkce = pkce
        self._login = Login(settings, network.transport(settings))
        self._login.require_place()
        self._server = LoopbackServer("127.0.0.1", 0, self._respond)
        self._host = f"127.0.0.1:{self._server.port}"
        self._path = f"/{secrets.token_urlsafe(24)}"
        self._cookie_name = f"whoop-login-{secrets.token_hex(4)}"
        self._cookie = secrets.token_urlsafe(24)
        self._token = secrets.token_urlsafe(24)
        self._opened = False
        self._shared = False  # a second browser has come
        self._guard = threading.Lock()
        self._round: _Round | None = None
        self._storing = False  # the present round's login: the page cannot be closed any more
        self._pastes = False  # the present round's address is pasted
        self._form = Form()
        self._said: list[str] = []
        self._closing = threading.Event()
        self._seen = threading.Event()  # the last page, by the browser; or nobody waits for that
        self.outcome: Future[Login] = Future()

    @property
    def address(self) -> str:
        """Name the page. Whoever opens it first has it."""
        return f"http://{self._host}{self._path}"

    @property
    def is_used(self) -> bool:
        """Tell whether a browser has opened it."""
        return self._opened

    def open(self) -> LoginPage:
        """Begin to serve, in threads of its own. NoThread."""
        try:
            self._thread = start(self._serve)
        except NoThread:
            self._server.close()
            raise
        return self

    def close(self) -> None:
        """End the page; who waits for its outcome learns that nobody logged in.

        A login that is being stored at this moment is still made.
        """
        self._closing.set()
        self._seen.set()

    def join(self) -> None:
        """Wait until the browser has seen how it ended, or does not look."""
        self._thread.join()

    def wait(self, seconds: float, check: Callable[[], object] = lambda: None) -> bool:
        """Wait for the outcome; False if there is none yet. `check` may raise to end the wait."""
        ends = time.monotonic() + seconds
        while not self.outcome.done():
            check()
            left = ends - time.monotonic()
            if left <= 0:
                return False
            wait([self.outcome], min(_STEP, left))
        return True

    def _serve(self) -> None:
        ends = time.monotonic() + LIFETIME
        try:
            with self._server:
                while not self._is_over(ends):
                    wait([self.outcome], _STEP)
                if self.outcome.done():
                    self._seen.wait(_LAST_LOOK)
                self._end_alone()
        except Exception as crash:
            self._end(surroundings.error_of(crash, "The login page"))
        finally:
            self._end_alone()
            with self._guard:
                self._closing.set()
                self._stop_round()

    def _is_over(self, ends: float) -> bool:
        with self._guard:
            if time.monotonic() >= ends and not self._storing:
                self._closing.set()
            return self.outcome.done() or (self._closing.is_set() and not self._storing)

    def _end_alone(self) -> None:
        self._end(AuthFailed("Nobody logged in on the page.", hint="Run `whoop-mcp login`."))

    def _end_shared(self) -> None:
        """End it for both browsers. Only with the guard held."""
        self._end(
            AuthFailed(
                "The login page was opened by two browsers, so it was closed.",
                hint="Ask again for a page, and open it once; or run `whoop-mcp login`.",
            )
        )
        self._stop_round()  # the next page needs the port

    def _end(self, found: Login | WhoopError) -> None:
        try:
            if isinstance(found, Login):
                self.outcome.set_result(found)
            else:
                self.outcome.set_exception(found)
        except InvalidStateError:
            pass  # whoever was first counts

    # ── who may speak ──

    def _respond(self, request: Request) -> Response:
        # A page elsewhere can make its own name lead here (DNS rebinding): the name must be ours.
        if request.headers.get("host") != self._host or request.path != self._path:
            return page_views.nothing()
        if request.method not in ("GET", "POST"):
            return page_views.nothing()
        with self._guard:
            known = self._is_known(request)
            if not known and (self._opened or request.method == "POST"):
                # Who of the two is the person, nobody can tell: neither goes on.
                self._shared = True
                if not self._storing:
                    self._end_shared()
                return page_views.strangers()
            self._opened = True
            if request.method == "POST":
                return self._posted(request)
            if not known:
                cookie = f"{self._cookie_name}={self._cookie}; Path={self._path}; HttpOnly; "
                return self._shown()._replace(headers={"Set-Cookie": f"{cookie}SameSite=Lax"})
            return self._shown()

    def _is_known(self, request: Request) -> bool:
        given = dict(
            pair.strip().partition("=")[::2]
            for pair in request.headers.get("cookie", "").split(";")
        )
        return _same(given.get(self._cookie_name, ""), self._cookie)

    # ── what is shown ──

    def _shown(self) -> Response:
        if self.outcome.done():
            self._seen.set()
            failed = self.outcome.exception() is not None
            return page_views.strangers() if failed else page_views.done(self._said)
        round_ = self._round
        if round_ is not None and round_.code.done():
            return page_views.working()
        return page_views.form(
            self._form,
            path=self._path,
            token=self._token,
            redirect_uri=self._settings.redirect_uri,
            has_app=self._login.app() is not None,
            is_given=self._has_given_app(),
            pastes=self._pastes,
            consent=round_.attempt.address(self._settings.base_url) if round_ else None,
        )

    def _posted(self, request: Request) -> Response:
        given = parse_qs(request.body.decode("utf-8", "replace"), keep_blank_values=True)

        def field(name: str) -> str:
            values = given.get(name, [])
            return values[0].strip() if len(values) == 1 else ""

        own = f"http://{self._host}"
        origin = request.headers.get("origin", own)
        # A browser says `null` instead of an address that it is asked not to tell.
        if not _same(field("token"), self._token) or origin not in (own, "null"):
            return page_views.not_from_here()
        if self.outcome.done() or (self._round is not None and self._round.code.done()):
            return self._shown()  # a second tab, or a second press
        if "address" in given and self._round is not None:
            self._paste(field("address"), self._round)
            return self._shown()
        return self._begin(field("client_id"), field("client_secret"))

    # ── one try ──

    def _begin(self, client_id: str, secret: str) -> Response:
        stored = self._login.app()
        if not (client_id or secret) and stored is not None:
            app = stored
            self._form = Form()
        else:
            app = client_id, secret
            self._form = page_views.checked(client_id, secret)
            if self._has_given_app() and app != stored:
                # The login would be renewed with the environment's, which WHOOP then refuses.
                self._form = page_views.other_than_given(client_id)
        self._stop_round()
        if self._form.wrong or self._form.problem:
            return self._shown()
        attempt = Attempt.begin(app[0], self._settings.redirect_uri, pkce=self._pkce)
        round_ = _Round(app, attempt, self.address)
        try:
            self._pastes = not round_.listen()
            start(self._follow, round_)
        except BaseException:
            round_.end()
            raise
        self._round = round_
        if self._pastes:
            return self._shown()
        return page_views.leaving(attempt.address(self._settings.base_url))

    def _has_given_app(self) -> bool:
        """Tell whether the app is the environment's, which wins over whatever is stored."""
        return bool(self._settings.client_id and self._settings.client_secret)

    def _paste(self, text: str, round_: _Round) -> None:
        self._form = self._form._replace(unclear="")
        try:
            settle(round_.code, paste.code(text, round_.attempt))
        except Denied as denied:
            settle(round_.code, denied)
        except paste.Unclear as problem:
            self._form = self._form._replace(unclear=str(problem))

    def _stop_round(self) -> None:
        """End a try, whose thread then says nothing any more. Only with the guard held."""
        if self._round is not None:
            self._round.end()
            self._round = None

    def _follow(self, round_: _Round) -> None:
        """Wait for the browser that WHOOP sends back, and make the login."""
        wait([round_.code])
        if round_.code.cancelled():
            return
        problem: WhoopError | None = None
        said: list[str] = []
        try:
            code = round_.code.result()
            self._check_present(round_)
            flow.conclude(
                self._settings,
                self._login,
                round_.app,
                round_.attempt,
                code,
                said.append,
                lambda: self._check_present(round_, storing=True),
            )
        except _Over:
            round_.end()
            return
        except Exception as crash:
            problem = surroundings.error_of(crash, "The login page")
        round_.end()  # before the form is shown again: the next try needs the port
        with self._guard:
            self._storing = False
            if self._round is round_:
                self._round = None
                self._form = page_views.after(self._form, problem)
                self._said = said
            if problem is None:
                self._end(self._login)
            elif self._shared:
                self._end_shared()

    def _check_present(self, round_: _Round, *, storing: bool = False) -> None:
        """Raise _Over for a round that was given up; note that what it brought is being stored."""
        with self._guard:
            if self._closing.is_set() or self.outcome.done() or self._round is not round_:
                raise _Over
            self._storing = storing


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def login_by_page(
    settings: Settings, *, pkce: bool, open_browser: Callable[[str], object] | None, out: TextIO
) -> Login:
    """Log in by a page that the person's browser opens; answer the login.

    `open_browser` is left out where the person opens the address. Raises AuthFailed, also when
    nobody has logged in within LIFETIME or the home can hold no login, and UpstreamError where no
    port can be had.
    """
    try:
        page = LoginPage(settings, pkce=pkce).open()
    except OSError as problem:
        raise UpstreamError(
            f"No port is free for the login page ({problem.strerror}).",
            hint="Run `whoop-mcp login` without --page.",
        ) from None
    print(f"Log in on this page, which opens once:\n\n  {page.address}\n", file=out, flush=True)
    try:
        if open_browser is not None and open_browser(page.address) is False:
            print("No browser could be opened from here: open the address.", file=out, flush=True)
        while not page.wait(1.0):  # in steps, because on Windows a Ctrl-C is heard only between
            pass
    except BaseException:
        page.close()
        raise
    page.join()
    return page.outcome.result()
