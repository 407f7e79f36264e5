"""Build the parts of a page: sections with a heading, and what may fail to be drawn."""

from __future__ import annotations

import logging
from collections.abc import Callable

from . import charts
from .charts import Head
from .html import Child, Markup, element

log = logging.getLogger(__name__)


def section(key: str, title: str, *children: Child) -> Markup:
    """Build a section that its heading names, for screen readers too; `key` is its anchor."""
    heading = element("h2", title, id=f"{key}-heading")
    return element("section", heading, *children, id=key, aria_labelledby=f"{key}-heading")


def cards(*children: Child) -> Markup:
    """Lay charts out side by side where there is room."""
    return element("div", *children, class_="charts")


def drawn(key: str, title: str, draw: Callable[[], Markup]) -> Markup:
    """Draw a part of the page; where that fails, draw its place and say so: the others are
    there."""
    try:
        return draw()
    except Exception:
        log.exception("A part of the page could not be drawn: %s.", title)
        head = Head(key, title, "", "")
        return charts.nothing(head, "it could not be drawn; the log says how that failed")
