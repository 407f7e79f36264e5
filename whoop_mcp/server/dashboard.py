"""Offer the report as an MCP App, to hosts that show such pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..call import Call
from .replies import Answer, Reply

if TYPE_CHECKING:  # every command comes by here, and the SDK takes a second
    from mcp.server import ServerRequestContext
    from mcp.server.context import CallNext, HandlerResult

    from ..app import App
    from ..times import Span

EXTENSION = "io.modelcontextprotocol/ui"
"""By this name clients and servers announce that they know MCP Apps."""

URI = "ui://whoop/dashboard"
MIME = "text/html;profile=mcp-app"
META = {"ui": {"resourceUri": URI}, "ui/resourceUri": URI}
"""What a tool carries whose answer a host may show beside this page; older hosts know the second
key alone."""


def answer(app: App, call: Call) -> Answer:
    """Answer `{"html": the page of the last 30 days}`. Raises what the report raises."""
    from ..reads import journal
    from ..report import document  # no start waits for what it needs

    journal.settle(app.cache, app.settings.journal_day)
    return {"html": document.app_page(app.cache)}


def period(app: App, *, days: int, end: str | None, against: Span | None) -> Answer:
    """Answer `{"window": {"start", "end"}, "html"}`: what the page holds for `days` local dates up
    to `end` (exclusive), beside `against`, as a fragment. Raises what the report raises."""
    from ..reads import journal
    from ..report import document

    journal.settle(app.cache, app.settings.journal_day)
    dates, body = document.app_body(app.cache, end=end, days=days, compare=against)
    return {"window": dates.as_window(), "html": body}


def html(reply: Reply) -> str:
    """Choose what the host shows: the page, or in its place what went wrong and what helps."""
    from ..report import document

    if reply.failed:
        error = reply.value["error"]
        return document.error_page(error["message"], error.get("hint"))
    return str(reply.value["html"])


async def announce(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Announce the extension also where a client shakes hands as before 2026-07-28: of those
    capabilities the SDK leaves out what their revision had no field for."""
    answer = await call_next(ctx)
    if ctx.method != "initialize" or not isinstance(answer, dict):
        return answer
    capabilities = {**answer["capabilities"], "extensions": {EXTENSION: {}}}
    return {**answer, "capabilities": capabilities}
