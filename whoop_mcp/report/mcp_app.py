"""Give the page, shown as an MCP App, the script by which it talks with its host.

`mcp_app.js` greets the host, takes its theme and says how high the page is. It reads nothing of
the page and asks for nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
from importlib import resources

PROTOCOL = "2026-01-26"
"""The revision of the MCP Apps extension that the script speaks."""

OTHER_PERIOD = "other-period"
"""The id of the words that are shown when the tool was asked for another period than the page's."""


def script(version: str, days: int) -> str:
    """Fill the script in for a page that shows so many days up to now."""
    hello = {
        "protocolVersion": PROTOCOL,
        "appInfo": {"name": "whoop-mcp", "version": version},
        "appCapabilities": {"availableDisplayModes": ["inline", "fullscreen"]},
    }
    file = resources.files(__package__).joinpath("mcp_app.js")
    lines = "\n" + file.read_text(encoding="utf-8")
    lines = lines.replace("OTHER", OTHER_PERIOD).replace("DAYS", str(days))
    return lines.replace("HELLO", json.dumps(hello))


def source(script: str) -> str:
    """Make the expression by which a content security policy allows this script alone."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"
