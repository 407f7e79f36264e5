"""Make the MCP server as the SDK wants it: plain functions in threads, answers on the wire.

The SDK's low-level server is used with schemas and checks of our own, so that no words of a
validation library ever reach a client.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import anyio
import anyio.from_thread
import anyio.lowlevel
import anyio.to_thread
from mcp import types
from mcp.server import Server
from mcp.server.context import CallNext, HandlerResult
from mcp.shared.exceptions import MCPError

from .. import __version__
from ..call import Call, Tell
from ..errors import UpstreamError, ValidationError, WhoopError
from ..jsontext import JsonText
from . import catalogue, dashboard, replies
from .catalogue import Context
from .descriptions import INSTRUCTIONS
from .login_offer import LEFT, LoginOffer
from .replies import Answer, Reply

if TYPE_CHECKING:
    from ..app import App

# No client waits at the start for what tools, URIs and prompts need: whoever is first to ask for
# one brings it along.

OpenApp = Callable[[], "App"]
"""Gives the one App, or raises ValidationError when its settings are bad."""

THREADS = 8
PATIENCE = 49.0  # seconds a call may take, and one to end it; clients give up after about 60
_STUCK = 5.0  # seconds more, after which a thread that heeds no deadline is left to itself
_PROGRESS_PAUSE = 0.25  # seconds between two reports of progress


def build(open_app: OpenApp) -> Server[Any]:
    """Build the server for `stdio.serve`. The App is opened when a call needs it."""
    surface = _Surface(open_app)
    server: Server[Any] = Server(
        "whoop",
        version=__version__,
        title="WHOOP",
        instructions=INSTRUCTIONS,
        on_list_tools=catalogue.list_tools,
        on_call_tool=surface.call_tool,
        on_list_resources=catalogue.list_resources,
        on_list_resource_templates=catalogue.list_templates,
        on_read_resource=surface.read_resource,
        on_list_prompts=catalogue.list_prompts,
        on_get_prompt=surface.get_prompt,
        on_completion=surface.complete,
    )
    # The SDK's own middleware would report every call to a tracer, should one be installed.
    server.middleware[:] = [surface.answer_tool]
    return server


class _Surface:
    """Serve what needs the App: the tools, the URIs, and the prompts for today's date."""

    def __init__(self, open_app: OpenApp) -> None:
        self._app = open_app
        # The SDK reads and writes on anyio's shared threads, which busy tools must not use up.
        self._threads = anyio.CapacityLimiter(THREADS)
        self._login = LoginOffer(open_app)
        self._replies: dict[int, Reply] = {}  # by the identity of the request's context

    async def answer_tool(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """Put a tool's answer into its frame as JSON text, which `stdio` writes as it is.

        The SDK, which checks the request and makes the frame, would read all that is in an answer
        and make it anew three times over.
        """
        try:
            frame = await call_next(ctx)
            result = self._replies.get(id(ctx))
        finally:
            self._replies.pop(id(ctx), None)
        if result is None or not isinstance(frame, dict):  # the client is asked for something first
            return frame
        return {
            **frame,
            "content": JsonText(f'[{{"type":"text","text":{result.quoted}}}]'),
            "structuredContent": result.text,
            "isError": result.failed,
        }

    async def call_tool(
        self, ctx: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        """Call a tool, and lay its reply down for `answer_tool`; the result here is its frame."""
        asked = _call_tool, params.name, params.arguments or {}
        begun = anyio.current_time()
        result = await self._run(ctx, *asked)
        further = await self._login.after(ctx, params, result, begun)
        if isinstance(further, types.InputRequiredResult):
            return further
        self._replies[id(ctx)] = further or await self._run(ctx, *asked, patience=LEFT)
        return types.CallToolResult(content=[])

    async def read_resource(
        self, ctx: Context, params: types.ReadResourceRequestParams
    ) -> types.ReadResourceResult:
        if params.uri == dashboard.URI:
            result = await self._run(ctx, dashboard.answer)
            mime, text = dashboard.MIME, dashboard.html(result)
        else:
            result = await self._run(ctx, _read_uri, params.uri)
            mime, text = catalogue.JSON, result.text
        contents = types.TextResourceContents(uri=params.uri, mime_type=mime, text=text)
        return types.ReadResourceResult(contents=[contents])

    async def get_prompt(
        self, ctx: Context, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        """Answer a prompt, or the protocol's own error: a prompt has no place for an envelope."""
        from . import arguments, prompts

        prompt = prompts.BY_NAME.get(params.name)
        if prompt is None:
            raise _refusal(ValidationError(f"There is no prompt {arguments.shown(params.name)}."))
        try:
            text = prompt.text(params.arguments or {}, await self._today())
        except ValidationError as error:
            raise _refusal(error) from None
        message = types.PromptMessage(role="user", content=types.TextContent(text=text))
        return types.GetPromptResult(description=prompt.description, messages=[message])

    async def complete(
        self, ctx: Context, params: types.CompleteRequestParams
    ) -> types.CompleteResult:
        from . import prompts

        asked = params.argument
        values = prompts.suggest(asked.name, asked.value, await self._today())
        return types.CompleteResult(completion=types.Completion(values=values, total=len(values)))

    async def _today(self) -> str:
        """Find the wearer's date; where the cache cannot tell it in time, this computer's: a prompt
        is there even so."""
        from . import today

        def work() -> str:
            try:
                return today.today(self._app())
            except WhoopError:
                return today.this_computers_today()

        with anyio.move_on_after(_STUCK):
            return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
        return today.this_computers_today()

    async def _run(
        self,
        ctx: Context,
        answer: Callable[..., Answer],
        *asked: object,
        patience: float | None = None,
    ) -> Reply:
        """Call `answer(app, *asked, call)` in a thread of our own; reply in time, come what may."""
        patience = PATIENCE if patience is None else patience
        ends = time.monotonic() + patience  # the wait for a free thread counts too
        tell = _teller(ctx)

        def work() -> Reply:
            left = ends - time.monotonic()
            call = Call(left, cancelled=anyio.from_thread.check_cancelled, tell=tell)
            return replies.reply(lambda: answer(self._app(), *asked, call))

        with anyio.move_on_after(patience + _STUCK):
            return await anyio.to_thread.run_sync(
                work, abandon_on_cancel=True, limiter=self._threads
            )
        return replies.spell(_too_long().envelope())


def _call_tool(app: App, name: str, given: dict[str, Any], call: Call) -> Answer:
    from . import tools

    return tools.call_tool(app, name, given, call)


def _read_uri(app: App, uri: str, call: Call) -> Answer:
    from . import uris

    return uris.answer(app, uri, call)


def _too_long() -> UpstreamError:
    return UpstreamError(
        "The call took too long and was given up.", hint="Try again; what came is stored."
    )


def _teller(ctx: Context) -> Tell:
    """Pass progress on to the client, seldom enough not to slow down the work."""
    token = anyio.lowlevel.current_token()
    lock = threading.Lock()
    reported, last = -1, -_PROGRESS_PAUSE

    def tell(done: int, total: int | None, words: str) -> None:
        nonlocal reported, last
        with lock:
            moment = time.monotonic()
            if done <= reported or moment - last < _PROGRESS_PAUSE:
                return
            reported, last = done, moment
        anyio.from_thread.run(ctx.session.report_progress, done, total, words, token=token)

    return tell


def _refusal(error: ValidationError) -> MCPError:
    words = f"{error.message} {error.hint or ''}".strip()
    return MCPError(code=types.INVALID_PARAMS, message=words)
