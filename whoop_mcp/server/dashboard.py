"""Offer the report as an MCP App, to hosts that show such pages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..call import Call
from .replies import Answer, Reply

if TYPE_CHECKING:
    from ..app import App

URI = "ui://whoop/dashboard"
MIME = "text/html;profile=mcp-app"
META = {"ui": {"resourceUri": URI}}
"""What a tool carries whose answer a host may show beside this page."""


def answer(app: App, call: Call) -> Answer:
    """Answer `{"html": the page of the last 30 days}`. Raises what the report raises."""
    from ..reads import journal
    from ..report import document  # no start waits for what it needs

    journal.settle(app.cache, app.settings.journal_day)
    return {"html": document.app_page(app.cache)}


def html(reply: Reply) -> str:
    """Choose what the host shows: the page, or in its place what went wrong and what helps."""
    from ..report import document

    if reply.failed:
        error = reply.value["error"]
        return document.error_page(error["message"], error.get("hint"))
    return str(reply.value["html"])
