"""Log a person in at WHOOP: the consent in a browser, the code that comes back, and the proof."""

from __future__ import annotations

import io
import sys
import webbrowser
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import ExitStack, closing
from typing import Any, TextIO

from .. import network, surroundings
from ..call import Call
from ..errors import AuthFailed, NotFound, UpstreamError
from ..settings import Settings
from ..whoop import fields
from ..whoop.api import Api
from ..whoop.resources import CURRENT, PROFILE
from . import endpoint, paste
from .attempt import SCOPES, Attempt, missing_scopes
from .endpoint import Refused
from .listener import Listener
from .single_flight import NoThread, start
from .tokens import Login

_NO_BROWSER = "No browser could be opened from here: open the address yourself."


class NoApp(AuthFailed):
    """Signal that there is no app id and secret, and nobody to ask for them; or whoever was asked
    left out what is `lacking`."""

    def __init__(self, lacking: str = "") -> None:
        if lacking:
            super().__init__(
                f"The {lacking} was left empty.",
                hint="WHOOP's developer dashboard shows id and secret of your app: have both at "
                "hand, and run `whoop-mcp login` again.",
            )
            return
        super().__init__(
            "There is no WHOOP app id and secret.",
            hint="Set WHOOP_CLIENT_ID and WHOOP_CLIENT_SECRET, or run `whoop-mcp login` on a "
            "terminal, which asks for them.",
        )


class GivenUp(AuthFailed):
    """Signal that whoever was asked for the app has ended the input (Ctrl-D)."""

    def __init__(self) -> None:
        super().__init__(
            "The login was given up; nothing has changed.",
            hint="To log in, run `whoop-mcp login` again.",
        )


def login(
    settings: Settings,
    *,
    no_browser: bool = False,
    pkce: bool = True,
    stdin: TextIO | None = None,
    out: TextIO | None = None,
    open_browser: Callable[[str], Any] | None = None,
    timeout: float = 300.0,
) -> Login:
    """Log in at WHOOP, store the login and prove it; answer it.

    The code comes to a listener on loopback or is pasted into `stdin`, whichever is first, within
    `timeout` seconds. Only a terminal is ever asked for anything, and nobody where the home can
    hold no login. Raises NoApp, AuthFailed, UpstreamError; a login that was stored before stays
    then.
    """
    stdin, out = stdin or sys.stdin or io.StringIO(), out or sys.stdout

    def say(text: str = "") -> None:
        print(text, file=out, flush=True)

    transport = network.transport(settings)
    result = Login(settings, transport)
    result.require_place()
    app = _app(settings, result, stdin, out)
    attempt = Attempt.begin(app[0], settings.redirect_uri, pkce=pkce)
    opener = None if no_browser else open_browser or show
    with closing(transport):
        code = _code(attempt, settings.base_url, opener, timeout, stdin, say)
        conclude(settings, result, app, attempt, code, say)
    return result


def conclude(
    settings: Settings,
    result: Login,
    app: tuple[str, str],
    attempt: Attempt,
    code: str,
    say: Callable[[str], None],
    before_store: Callable[[], object] = lambda: None,
) -> None:
    """Turn a code into a login that is stored and proven; `say` tells the person what it lacks.

    Raises AuthFailed, UpstreamError; a login that was stored before stays then, and also where
    `before_store` raises, which is called when WHOOP has answered.
    """
    with closing(network.transport(settings)) as transport:
        try:
            answer = endpoint.request(transport, app, attempt.form(code))
        except Refused as refusal:
            refusal.hint = _explained(refusal, app, attempt)
            raise
    before_store()
    result.save_grant(answer, app=app, scopes=list(SCOPES))
    _check_scopes(result, say)
    _prove(settings, result, say)


# ── the steps ──


def _app(settings: Settings, login: Login, stdin: TextIO, out: TextIO) -> tuple[str, str]:
    stored = login.app()
    if settings.client_id and settings.client_secret:
        return settings.client_id, settings.client_secret
    if not surroundings.is_terminal(stdin):
        if stored is None:
            raise NoApp
        return stored
    import getpass

    print("Your app is listed in WHOOP's developer dashboard.", file=out)
    kept = settings.client_id or (stored[0] if stored else "")
    print(f"App id{f' [{kept}]' if kept else ''}: ", end="", file=out, flush=True)
    try:
        client_id = _line(stdin).strip() or kept
        if not client_id:
            raise NoApp("app id")
        keeps = stored is not None and stored[0] == client_id
        secret = getpass.getpass(f"App secret{' [Enter keeps the stored one]' if keeps else ''}: ")
    except EOFError:
        print(file=out, flush=True)  # the question's line has not ended
        raise GivenUp from None
    secret = secret.strip() or (stored[1] if stored is not None and keeps else "")
    if not secret:
        raise NoApp("app secret")
    return client_id, secret


def _line(stdin: TextIO) -> str:
    """Read a line. EOFError where the input has ended."""
    line = stdin.readline()
    if not line:
        raise EOFError
    return line


def _code(
    attempt: Attempt,
    base_url: str,
    opener: Callable[[str], Any] | None,
    timeout: float,
    stdin: TextIO,
    say: Callable[[str], None],
) -> str:
    outcome: Future[str] = Future()
    with ExitStack() as stack:
        listens = attempt.is_loopback()
        if listens:
            try:
                stack.enter_context(Listener(attempt, outcome))
            except OSError as problem:
                listens = False
                say(f"The port of {attempt.redirect_uri} cannot be opened ({problem.strerror}).")
        address = attempt.address(base_url)
        say(f"Open this address and agree to what WHOOP asks:\n\n  {address}\n")
        say(f"Your app must list exactly this redirect URI: {attempt.redirect_uri}")
        if listens:
            say("Waiting for the browser to come back. If it cannot reach this computer,")
            say("paste the address it ends at here and press Enter. Ctrl-C stops.")
        else:
            say("The browser will end at an address that may not load: paste that address here.")
        stack.enter_context(paste.Reader(attempt, outcome, stdin, say, alone=not listens))
        if opener is not None:
            try:
                start(_try_to_open, opener, address, say)
            except NoThread:
                say(_NO_BROWSER)
        # In steps, because on Windows a Ctrl-C is heard only between waits.
        for _ in range(max(1, round(timeout))):
            if wait([outcome], min(timeout, 1.0)).done:
                return outcome.result()
    raise AuthFailed(
        f"Nobody came back from WHOOP within {timeout:g} s.",
        hint="Run the login again; `--no-browser` shows the address to open on any device.",
    )


def _try_to_open(opener: Callable[[str], Any], address: str, say: Callable[[str], None]) -> None:
    try:
        opened = opener(address)
    except Exception:
        opened = False
    if opened is False:
        say(_NO_BROWSER)


def show(address: str) -> bool:
    """Open an address in the person's browser; False where there is none."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return False
    # Of exactly this class are the text browsers, which would take the terminal over.
    return type(browser) is not webbrowser.GenericBrowser and browser.open(address)


def _check_scopes(login: Login, say: Callable[[str], None]) -> None:
    status = login.status()
    if missing := missing_scopes(status["scopes"] or []):
        say(f"Not granted: {', '.join(missing)}. What needs them will not work.")
        say("Tick them for your app in WHOOP's dashboard, then log in again and agree to all.")
    if "hint" in status:
        say(status["hint"])


def _prove(settings: Settings, login: Login, say: Callable[[str], None]) -> None:
    transport = network.transport(settings, login.token)
    try:
        user = fields.user(Api(transport).one(PROFILE, CURRENT, Call(30.0)))
    except (UpstreamError, NotFound) as problem:
        say(f"Logged in, but the login could not be tried out: {problem.message}")
        return
    except AuthFailed as problem:
        if PROFILE.scope in (login.status()["scopes"] or []):
            raise
        say(f"Logged in, but whose account it is cannot be seen: {problem.message}")
        return
    finally:
        transport.close()
    if user is not None:
        login.remember_user(user)
    say("Logged in: WHOOP answers.")


def _explained(refusal: Refused, app: tuple[str, str], attempt: Attempt) -> str:
    if refusal.error in ("invalid_client", "unauthorized_client"):
        return (
            f"Sent were {_shape('id', app[0])} and {_shape('secret', app[1])}: compare both with "
            "your app in WHOOP's dashboard, then log in again."
        )
    uri = attempt.redirect_uri
    return (
        f"Codes work once and for a few minutes: log in again. The redirect URI sent was {uri} "
        f"({len(uri.encode())} bytes); your app must list exactly that."
    )


def _shape(name: str, value: str) -> str:
    odd = [
        f"byte {at + 1} is 0x{byte:02x}"
        for at, byte in enumerate(value.encode())
        if not 0x21 <= byte <= 0x7E
    ]
    said = f"an app {name} of {len(value.encode())} bytes"
    return f"{said} ({', '.join(odd[:3])}, which no {name} has)" if odd else said
