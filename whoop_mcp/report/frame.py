"""Put a page's body into an HTML document that loads nothing."""

from __future__ import annotations

from collections.abc import Sequence

from . import mcp_app, style
from .html import Child, Markup, element, join

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_LINES, _ACROSS = "M-1 1L1 -1M0 6L6 0M5 7L7 5", "M-1 5L1 7M0 0L6 6M5 -1L7 1"


def document(
    title: str,
    body: Sequence[Child],
    script: str | None,
    *,
    header: Child = None,
    footer: Child = None,
) -> str:
    """Write a whole page about its body, with a policy that lets nothing in but its own style, and
    the script's text if there is one. Header and footer are landmarks beside the main part."""
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
    whole = element("div", landmarks(body, header, footer), class_="page")
    parts: list[Child] = [whole]
    if script:
        parts = [mcp_app.controls(), whole, mcp_app.opener(), element("script", Markup(script))]
    page = element("html", head, element("body", _hatch(), *parts), lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def landmarks(body: Sequence[Child], header: Child, footer: Child) -> Markup:
    """Write what a page holds: its main part between header and footer."""
    return join([header, element("main", *body), footer])


def _hatch() -> Markup:
    """Draw the patterns of what is not enough and of what is not known, which all charts share."""
    return element(
        "svg",
        element("defs", _pattern("hatch", _LINES), _pattern("crossed", _LINES + _ACROSS)),
        class_="defs",
        width=0,
        height=0,
        aria_hidden="true",
    )


def _pattern(key: str, lines: str) -> Markup:
    return element(
        "pattern",
        element("path", class_="hatch", d=lines),
        id=key,
        width=6,
        height=6,
        patternUnits="userSpaceOnUse",
    )
