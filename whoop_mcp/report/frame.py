"""Put a page's body into an HTML document that loads nothing."""

from __future__ import annotations

from collections.abc import Sequence

from . import mcp_app, style
from .html import Child, Markup, element

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def document(title: str, body: Sequence[Child], script: str | None) -> str:
    """Write a whole page about its body, with a policy that lets nothing in but its own style, and
    the script's text if there is one."""
    policy = f"{_POLICY}; script-src {mcp_app.source(script)}" if script else _POLICY
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", Markup(style.sheet(themed=script is not None))),
    )
    parts: list[Child] = [_hatch(), element("main", *body)]
    if script:
        lines = element("script", Markup(script))
        parts = [_hatch(), mcp_app.controls(), parts[1], mcp_app.opener(), lines]
    page = element("html", head, element("body", *parts), lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def _hatch() -> Markup:
    """Draw the pattern of what is not known, which all charts share."""
    return element(
        "svg",
        element(
            "defs",
            element(
                "pattern",
                element("path", class_="hatch", d="M-1 1L1 -1M0 6L6 0M5 7L7 5"),
                id="hatch",
                width=6,
                height=6,
                patternUnits="userSpaceOnUse",
            ),
        ),
        class_="defs",
        width=0,
        height=0,
        aria_hidden="true",
    )
