"""Say who the server is: its name, and the icon that a client may show beside it."""

from __future__ import annotations

import base64
from typing import Any

from mcp import types

NAME, TITLE = "whoop", "WHOOP"

_SHOWN = "io.modelcontextprotocol/serverInfo"
_DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" '
    'rx="6" fill="#123"/><path d="M3 13h4l2-6 4 11 3-8 1 3h4" fill="none" stroke="#4dc" '
    'stroke-width="2"/></svg>'
)

ICON = types.Icon(
    src="data:image/svg+xml;base64," + base64.b64encode(_DRAWING.encode()).decode(),
    mime_type="image/svg+xml",
    sizes=["any"],
)
"""A pulse on a dark tile, drawn for this program, within the address itself: nothing is fetched."""


def shorten(frame: dict[str, Any]) -> None:
    """Take the icon out of who answers, which in the protocol of 2026 every answer says."""
    shown = (frame.get("_meta") or {}).get(_SHOWN)
    if isinstance(shown, dict):
        shown.pop("icons", None)
