"""Make the MCP server as the SDK wants it: plain functions in threads, answers on the wire.

The SDK's low-level server is used with schemas and checks of our own, so that no words of a
validation library ever reach a client.
"""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import anyio
import anyio.from_thread
import anyio.lowlevel
import anyio.to_thread
from mcp import types
from mcp.server import Server
from mcp.server.context import CallNext, HandlerResult

from .. import __version__
from ..call import Call, Tell
from ..errors import UpstreamError, ValidationError, WhoopError
from ..jsontext import JsonText
from . import catalogue, dashboard, identity, replies
from . import links as links_to_files
from .catalogue import Context, refusal
from .client_log import ClientLog
from .descriptions import INSTRUCTIONS
from .login_offer import LEFT, LoginOffer
from .replies import Answer, Reply
from .subscriptions import Subscriptions

if TYPE_CHECKING:
    from ..app import App

# No client waits at the start for what tools, URIs and prompts need: whoever is first to ask for
# one brings it along.

T = TypeVar("T")
OpenApp = Callable[[], "App"]
"""Gives the one App, or raises ValidationError when its settings are bad."""

THREADS = 8
PATIENCE = 49.0  # seconds a call may take, and one to end it; clients give up after about 60
_STUCK = 5.0  # seconds more, after which a thread that heeds no deadline is left to itself
_SUGGESTED = 100  # values of an argument that the protocol allows at once
_PROGRESS_PAUSE = 0.25  # seconds between two reports of progress


def build(open_app: OpenApp) -> Server[Any]:
    """Build the server for `stdio.serve`. The App is opened when a call needs it."""
    surface = _Surface(open_app)
    server: Server[Any] = Server(
        identity.NAME,
        version=__version__,
        title=identity.TITLE,
        icons=[identity.ICON],
        instructions=INSTRUCTIONS,
        cache_hints=catalogue.CACHE_HINTS,
        lifespan=surface.connection,
        on_list_tools=catalogue.list_tools,
        on_call_tool=surface.call_tool,
        on_list_resources=catalogue.list_resources,
        on_list_resource_templates=catalogue.list_templates,
        on_read_resource=surface.read_resource,
        on_subscribe_resource=surface.subscribe,
        on_unsubscribe_resource=surface.unsubscribe,
        on_subscriptions_listen=surface.listen,
        on_list_prompts=catalogue.list_prompts,
        on_get_prompt=surface.get_prompt,
        on_completion=surface.complete,
    )
    # The constructor takes this one as well, but warns of it: the newest protocol has it no more.
    server.add_request_handler("logging/setLevel", types.SetLevelRequestParams, surface.set_level)
    discover = server.get_request_handler("server/discover")
    if discover is not None:
        told = catalogue.without_changing_lists(discover.handler)
        server.add_request_handler("server/discover", types.RequestParams, told)
    # The SDK's own middleware would report every call to a tracer, should one be installed.
    server.middleware[:] = [surface.answer_tool, dashboard.announce]
    server.extensions[dashboard.EXTENSION] = {}
    return server


@dataclass(frozen=True)
class Client:
    """Hold what is told to one client between its answers: as each request's `lifespan_context`."""

    subscriptions: Subscriptions
    log: ClientLog


class _Surface:
    """Serve what needs the App: the tools, the URIs, and the prompts for today's date."""

    def __init__(self, open_app: OpenApp) -> None:
        self._app = open_app
        # The SDK reads and writes on anyio's shared threads, which busy tools must not use up.
        self._threads = anyio.CapacityLimiter(THREADS)
        self._login = LoginOffer(open_app)
        self._replies: dict[int, Reply] = {}  # by the identity of the request's context

    @asynccontextmanager
    async def connection(self, server: Server[Any]) -> AsyncIterator[Client]:
        """Serve one client: in the block it is told what it wants to know between its answers."""
        client = Client(Subscriptions(self._app), ClientLog())
        async with client.log.serving(), anyio.create_task_group() as tasks:
            tasks.start_soon(client.subscriptions.run, tasks)
            yield client
            tasks.cancel_scope.cancel()

    async def answer_tool(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """Put a tool's answer into its frame as JSON text, which `stdio` writes as it is.

        The SDK, which checks the request and makes the frame, would read all that is in an answer
        and make it anew three times over.
        """
        try:
            async with ctx.lifespan_context.log.during(ctx):
                frame = await call_next(ctx)
            result = self._replies.get(id(ctx))
        finally:
            self._replies.pop(id(ctx), None)
        if not isinstance(frame, dict):
            return frame
        if ctx.method != "server/discover":  # the one answer that has to show the icon
            identity.shorten(frame)
        if result is None:  # no tool's, or the client is asked for something first
            return frame
        ctx.lifespan_context.subscriptions.look_soon()
        text = JsonText(f'{{"type":"text","text":{result.quoted}}}')
        links = result.links if ctx.protocol_version >= links_to_files.SINCE else ()
        return {
            **frame,
            "content": JsonText.array([text, *links]),
            "structuredContent": result.text,
            "isError": result.failed,
        }

    async def call_tool(
        self, ctx: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        """Call a tool, and lay its reply down for `answer_tool`; the result here is its frame."""
        asked = _call_tool, params.name, params.arguments or {}
        begun = anyio.current_time()
        links = partial(links_to_files.links, params.name)
        result = await self._run(ctx, *asked, links=links)
        further = await self._login.after(ctx, params, result, begun)
        if isinstance(further, types.InputRequiredResult):
            return further
        from . import app_tools

        reply = further or await self._run(ctx, *asked, patience=LEFT, links=links)
        self._replies[id(ctx)] = app_tools.brief(params.name, reply)
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

    async def subscribe(
        self, ctx: Context, params: types.SubscribeRequestParams
    ) -> types.EmptyResult:
        await ctx.lifespan_context.subscriptions.subscribe(ctx, params)
        return types.EmptyResult()

    async def unsubscribe(
        self, ctx: Context, params: types.UnsubscribeRequestParams
    ) -> types.EmptyResult:
        ctx.lifespan_context.subscriptions.unsubscribe(params)
        return types.EmptyResult()

    async def listen(
        self, ctx: Context, params: types.SubscriptionsListenRequestParams
    ) -> types.SubscriptionsListenResult:
        subscriptions: Subscriptions = ctx.lifespan_context.subscriptions
        return await subscriptions.listen(ctx, params)

    async def set_level(
        self, ctx: Context, params: types.SetLevelRequestParams
    ) -> types.EmptyResult:
        ctx.lifespan_context.log.set_level(params.level)
        return types.EmptyResult()

    async def get_prompt(
        self, ctx: Context, params: types.GetPromptRequestParams
    ) -> types.GetPromptResult:
        """Answer a prompt, or the protocol's own error: a prompt has no place for an envelope."""
        from . import arguments, prompts

        prompt = prompts.BY_NAME.get(params.name)
        if prompt is None:
            raise refusal(ValidationError(f"There is no prompt {arguments.shown(params.name)}."))
        try:
            text = prompt.text(params.arguments or {}, await self._today())
        except ValidationError as error:
            raise refusal(error) from None
        message = types.PromptMessage(role="user", content=types.TextContent(text=text))
        return types.GetPromptResult(description=prompt.description, messages=[message])

    async def complete(
        self, ctx: Context, params: types.CompleteRequestParams
    ) -> types.CompleteResult:
        """Suggest values of a prompt's or a template's argument, a hundred at most."""
        from . import prompts

        name, typed = params.argument.name, params.argument.value
        known: list[str] = []
        if name in prompts.NAMES:
            known = await self._seek(lambda app: prompts.known(name, app), known)
        values = prompts.suggest(name, typed, await self._today(), known)
        return types.CompleteResult(
            completion=types.Completion(
                values=values[:_SUGGESTED], total=len(values), has_more=len(values) > _SUGGESTED
            )
        )

    async def _today(self) -> str:
        """Find the wearer's date, or else this computer's: a prompt is there even so."""
        from . import today

        return await self._seek(today.today, "") or today.this_computers_today()

    async def _seek(self, find: Callable[[App], T], otherwise: T) -> T:
        """Find something out of the cache; answer `otherwise` where it cannot tell in time."""

        def work() -> T:
            try:
                return find(self._app())
            except WhoopError:
                return otherwise

        with anyio.move_on_after(_STUCK):
            return await anyio.to_thread.run_sync(work, abandon_on_cancel=True)
        return otherwise

    async def _run(
        self,
        ctx: Context,
        answer: Callable[..., Answer],
        *asked: object,
        patience: float | None = None,
        links: Callable[[Answer], list[JsonText]] | None = None,
    ) -> Reply:
        """Call `answer(app, *asked, call)` in a thread of our own; reply in time, come what may."""
        patience = PATIENCE if patience is None else patience
        ends = time.monotonic() + patience  # the wait for a free thread counts too
        tell = _teller(ctx)

        def work() -> Reply:
            left = ends - time.monotonic()
            call = Call(left, cancelled=anyio.from_thread.check_cancelled, tell=tell)
            return replies.reply(lambda: answer(self._app(), *asked, call), links)

        with anyio.move_on_after(patience + _STUCK):
            return await anyio.to_thread.run_sync(
                work, abandon_on_cancel=True, limiter=self._threads
            )
        return replies.spell(_too_long().envelope())


def _call_tool(app: App, name: str, given: dict[str, Any], call: Call) -> Answer:
    from . import app_tools

    return app_tools.call_tool(app, name, given, call)


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
