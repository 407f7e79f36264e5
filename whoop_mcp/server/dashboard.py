"""The report as an MCP App: where a host finds it, and what it shows where there is none."""

from __future__ import annotations

from typing import Any

from ..app import App
from ..report import document
from .replies import Reply

URI = "ui://whoop/dashboard"
MIME = "text/html;profile=mcp-app"
META = {"ui": {"resourceUri": URI}}
"""What a tool carries whose answer a host may show beside this page."""


def answer(app: App) -> dict[str, Any]:
    """`{"html": the page of the last 30 days}`. Raises what the report raises."""
    return {"html": document.app_page(app.cache)}


def html(reply: Reply) -> str:
    """What the host is to show: the page, or in its place what went wrong and what helps."""
    if reply.failed:
        error = reply.value["error"]
        return document.error_page(error["message"], error.get("hint"))
    return str(reply.value["html"])
