"""Offer what the page in a host asks for: a tool that no model is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .. import jsontext
from ..call import Call
from . import dashboard, tools
from .arguments import Arguments, Parameter
from .kinds import STRETCH
from .replies import Answer, Reply
from .tools import DAYS, END, Tool

if TYPE_CHECKING:
    from ..app import App


def _show(app: App, given: Arguments, call: Call) -> Answer:
    return dashboard.period(app, **given)


TOOL = Tool(
    "whoop_dashboard",
    "Another period",
    _show,
    (DAYS, END, Parameter("against", STRETCH, "A period beside it.")),
    open_world=False,
    meta={"ui": {"visibility": ["app"]}},
)
"""The page's own: the host passes it on, and keeps it from the model."""


def listed(capabilities: Any) -> tuple[Tool, ...]:
    """Choose the tools that a client is told of beside `TOOLS`, by what it has announced: none
    where it knows no MCP Apps, whose models would be shown them."""
    extensions: Mapping[str, Any] = getattr(capabilities, "extensions", None) or {}
    known = extensions.get(dashboard.EXTENSION)
    if known is None:
        return ()
    mimes = known.get("mimeTypes") if isinstance(known, Mapping) else None
    return (TOOL,) if not mimes or dashboard.MIME in mimes else ()


def call_tool(app: App, name: str, given: Mapping[str, object], call: Call) -> Answer:
    """Call a tool by its name, the page's own too. Raises WhoopError."""
    if name == TOOL.name:
        return TOOL.call(app, given, call)
    return tools.call_tool(app, name, given, call)


def brief(name: str, reply: Reply) -> Reply:
    """Say in a sentence what the page's own tool answers: its HTML is sent once, as structured
    content, and no model has any use for it."""
    if name != TOOL.name or reply.failed:
        return reply
    window = reply.value["window"]
    words = f"The page of {window['start']} to {window['end']} (exclusive), for the app to show."
    return replace(reply, quoted=jsontext.JsonText(jsontext.spell(words)))
