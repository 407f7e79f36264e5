"""Offer the login in the chat: where a tool finds none, the client is asked to open its page.

The page is a program's own, on loopback. Its address is all that client and model learn; the app's
id and secret are typed there. A client that cannot open addresses (elicitation with `url`) is
asked for nothing, and reads the hint as before.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import anyio
import anyio.from_thread
import anyio.to_thread
from mcp import types
from mcp.server import ServerRequestContext
from mcp.shared.exceptions import MCPError

from ..errors import WhoopError
from .replies import Reply, spell

if TYPE_CHECKING:
    from ..app import App
    from ..login.page import LoginPage

log = logging.getLogger(__name__)

Context = ServerRequestContext[Any, Any]

LEFT = 17.0
"""Seconds that a call has for its answer, after it has waited for the person."""
# Seconds from a call's begin that its first answer, its turn, the offer and the login may take
# together. This and LEFT are what a call may take.
_WAIT = 32.0
_LEAST = 8.0  # seconds that a person is given at least to answer an offer
_AGAIN = 600.0  # seconds for which whoever declined is not asked again
_ROUNDS = 8  # that a call of 2026-07-28 may take, each as long as a call, before it is answered
_KEY = "login"
_NEEDED = ("no_tokens", "reauth_required")
_WORDS = (
    "WHOOP asks for a login. The page that opens is this computer's own: paste your app's id and "
    "secret there, not into the chat, and agree at WHOOP. Then the answer follows."
)
_OFFERED = (
    "The login page is open, and the person has been asked to go there: once they have logged in, "
    "ask again. Or run `whoop-mcp login`."
)
_OPEN = (
    "The login page is open in the person's browser: once they have finished there, ask again. "
    "Or run `whoop-mcp login`."
)


class LoginOffer:
    """Offer one page at a time to the client of this process, and remember a no."""

    def __init__(self, open_app: Callable[[], App]) -> None:
        self._app = open_app
        self._page: LoginPage | None = None
        self._accepted = False
        self._declined: float | None = None
        self._obstacle = ""  # why no page could be opened, in words for the person
        self._turn = anyio.Lock()

    async def after(
        self, ctx: Context, params: types.CallToolRequestParams, result: Reply, begun: float
    ) -> Reply | types.InputRequiredResult | None:
        """Answer what to do about a tool's result: None when the tool is to be called once more.

        Else the result itself, or what a client of 2026-07-28 has to do before it calls again.
        `begun`: when the call did, by the loop's clock.
        """
        if not self._is_for_us(ctx, result):
            return result
        modern = ctx.protocol_version >= "2026-07-28"
        ends = begun + _WAIT
        with anyio.CancelScope(deadline=ends) as waited:
            await self._turn.acquire()
        if waited.cancelled_caught:  # another call is asking, or this one has had its time
            return self._later(result)
        try:
            # Before the look at the file: a page that ends after it has made the login we wait for.
            if self._page is not None and self._page.outcome.done():
                self._drop()
            if not await anyio.to_thread.run_sync(self._is_needed):
                return None  # another call has just brought the login
            if modern:
                return await self._by_rounds(params, result, ends)
            return await self._by_request(ctx, result, ends)
        finally:
            self._turn.release()

    def _is_for_us(self, ctx: Context, result: Reply) -> bool:
        if not result.failed or result.value["error"]["code"] != "AUTH_FAILED":
            return False
        capabilities = ctx.session.client_capabilities
        able = capabilities.elicitation if capabilities is not None else None
        return able is not None and able.url is not None

    def _is_needed(self) -> bool:
        """Ask the file: a login that was granted too little is not mended by another one."""
        try:
            return self._app().login.status()["status"] in _NEEDED
        except WhoopError:
            return False

    # ── clients that are asked while their call waits ──

    async def _by_request(self, ctx: Context, result: Reply, ends: float) -> Reply | None:
        if not self._has_begun() and ends - anyio.current_time() < _LEAST:
            return self._later(result)
        page = await self._open_page()
        if page is None:
            return self._unoffered(result)
        if not (self._has_begun() or page.outcome.done()):
            answer: types.ElicitResult | None = None
            try:
                with anyio.CancelScope(deadline=ends):
                    answer = await ctx.session.elicit_url(
                        _WORDS, page.address, _id(page), related_request_id=ctx.request_id
                    )
            except (MCPError, ValueError) as problem:
                log.warning("the client could not offer the login: %s", type(problem).__name__)
                self._close()
                return result
            if answer is None:  # the person has not looked yet: the page stays for the next call
                return self._later(result)
            if not self._has_begun() and not self._take(answer.action):
                return result
        if not await self._finished(page, ends):
            return self._later(result)
        if ctx.protocol_version >= "2025-11-25":
            await ctx.session.send_elicit_complete(_id(page), related_request_id=ctx.request_id)
        return self._outcome(page, result)

    # ── clients that call again with what they were asked for ──

    async def _by_rounds(
        self, params: types.CallToolRequestParams, result: Reply, ends: float
    ) -> Reply | types.InputRequiredResult | None:
        page = await self._open_page()
        if page is None:
            return self._unoffered(result)
        name, _, count = (params.request_state or "").rpartition(".")
        answer = (params.input_responses or {}).get(_KEY)
        if isinstance(answer, types.ElicitResult) and not self._has_begun():
            of_this = name == _id(page)  # a yes to a page that is over is none to this one
            if (of_this or answer.action != "accept") and not self._take(answer.action):
                return result
        if not (self._has_begun() or page.outcome.done()):
            asked = types.ElicitRequest(
                params=types.ElicitRequestURLParams(message=_WORDS, url=page.address)
            )
            state = f"{_id(page)}.0"
            return types.InputRequiredResult(input_requests={_KEY: asked}, request_state=state)
        if await self._finished(page, ends):
            return self._outcome(page, result)
        rounds = _rounds(count)
        if rounds >= _ROUNDS:
            return self._later(result)
        return types.InputRequiredResult(request_state=f"{_id(page)}.{rounds + 1}")

    # ── the page ──

    async def _open_page(self) -> LoginPage | None:
        """Find the page that is open, or open one; None where it is not to be offered."""
        if self._page is None:
            if self._declined is not None and time.monotonic() - self._declined < _AGAIN:
                return None
            self._obstacle = ""
            try:
                self._page = await anyio.to_thread.run_sync(self._new_page)
            except (OSError, WhoopError) as problem:
                log.warning("the login page could not be opened: %s", problem)
                if isinstance(problem, WhoopError):
                    self._obstacle = f"{problem.message} {problem.hint or ''}".rstrip()
        return self._page

    def _unoffered(self, result: Reply) -> Reply:
        """Answer where no page is open, with what keeps one from being so."""
        return _with_hint(result, self._obstacle) if self._obstacle else result

    def _new_page(self) -> LoginPage:
        from ..login.page import LoginPage  # no start waits for what it needs

        return LoginPage(self._app().settings).open()

    def _has_begun(self) -> bool:
        """Tell whether the person has said yes, or is on the page: no other dialog ends it then."""
        return self._accepted or (self._page is not None and self._page.is_used)

    def _take(self, action: str) -> bool:
        """Take the client's answer to the offer; False for a no."""
        self._accepted = action == "accept"
        if not self._accepted:
            self._close()
        return self._accepted

    def _close(self) -> None:
        """End the page, which the person does not want."""
        if self._page is not None:
            self._page.close()
        self._drop()
        self._declined = time.monotonic()

    def _drop(self) -> None:
        """Let a page that is over go by itself, once the browser has seen how it ended."""
        self._page, self._accepted = None, False

    def _later(self, result: Reply) -> Reply:
        """Answer whoever has no time left for the page that is open, if there is one."""
        page = self._page
        if page is None or page.outcome.done():
            return result
        return _with_hint(result, _OPEN if self._has_begun() else _OFFERED)

    async def _finished(self, page: LoginPage, ends: float) -> bool:
        """Wait for the person, in a thread that no tool can keep waiting."""
        left = ends - anyio.current_time()

        def wait() -> bool:
            return page.wait(left, anyio.from_thread.check_cancelled)

        limiter = anyio.CapacityLimiter(1)
        return await anyio.to_thread.run_sync(wait, abandon_on_cancel=True, limiter=limiter)

    def _outcome(self, page: LoginPage, result: Reply) -> Reply | None:
        """Answer None where the login is made; what went wrong is in the result's hint else."""
        problem = page.outcome.exception()
        self._drop()
        if problem is None:
            return None
        return _with_hint(result, str(getattr(problem, "message", "The login was not completed.")))


def _id(page: LoginPage) -> str:
    """Make the name by which the client knows the offer; it is no way to the page."""
    return hashlib.sha256(page.address.encode()).hexdigest()[:16]


def _rounds(count: str) -> int:
    """Read how often this call came back; what a client made up counts as too often."""
    return int(count) if count in map(str, range(_ROUNDS)) else _ROUNDS


def _with_hint(result: Reply, hint: str) -> Reply:
    error: Mapping[str, Any] = result.value["error"]
    return spell({"error": {**error, "hint": hint}})
