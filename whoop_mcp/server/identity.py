"""Say who the server is: its name, and the icon that a client may show beside it."""

from __future__ import annotations

import base64

from mcp import types

NAME, TITLE = "whoop", "WHOOP"
DESCRIPTION = "The user's own WHOOP data, mirrored into a cache on this computer."

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
