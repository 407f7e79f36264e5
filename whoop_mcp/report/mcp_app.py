"""Make the page an MCP App: its script, its style, and the controls that stand around it.

The script greets the host and follows its looks; where the host passes tool calls on, it shows the
controls, and asks for another period or for a day. Without a host all of this stays hidden.
"""

from __future__ import annotations

import base64
import hashlib
import json
from importlib import resources

from ..insights.timeseries import WEEKDAYS, Dates, day, number
from . import wording
from .daily_charts import ChartData, band_of
from .html import Child, Markup, element, join

PROTOCOL = "2026-01-26"
"""The revision of the MCP Apps extension that the script speaks."""

OTHER_PERIOD = "other-period"
"""The id of the words that are shown when the tool was asked for another period than the page's."""

FILES = ("mcp_app_host.js", "mcp_app_panel.js", "mcp_app.js")
"""The script in parts: the talk with the host, what is drawn of an answer, and the page itself."""

PERIODS = {7: "7 days", 30: "30 days", 90: "90 days", 365: "A year"}
"""The periods that can be chosen, by their days."""

_BESIDE = {"before": "With the days before", "year": "With a year before"}
_WEEK = 7


def script(version: str) -> str:
    """Put the script together."""
    hello = {
        "protocolVersion": PROTOCOL,
        "appInfo": {"name": "whoop-mcp", "version": version},
        "appCapabilities": {"availableDisplayModes": ["inline", "fullscreen"]},
    }
    lines = "".join(map(_read, FILES)).replace("HELLO", json.dumps(hello))
    return f"\n(() => {{\n{lines}}})();\n"


def sheet() -> str:
    """Read the style of what stands around the page."""
    return _read("mcp_app.css")


def source(script: str) -> str:
    """Make the expression by which a content security policy allows this script alone."""
    digest = hashlib.sha256(script.encode()).digest()
    return f"'sha256-{base64.b64encode(digest).decode()}'"


def controls() -> Markup:
    """Draw what chooses a period, what is said, and the place of a panel; all hidden at first."""
    days = [_button(words, data_days=days, tabindex=-1) for days, words in PERIODS.items()]
    beside = [
        _button(words, data_beside=kind, aria_pressed="false") for kind, words in _BESIDE.items()
    ]
    return join(
        [
            element(
                "nav",
                _group("Days shown", *days, id="app-days"),
                _group(
                    "Earlier or later",
                    _button("Earlier", id="app-earlier"),
                    _button("Later", id="app-later"),
                ),
                _group("Compare", *beside, id="app-beside"),
                element(  # no form: a sandboxed frame may not send one, be it only to itself
                    "div",
                    element("label", "Day ", element("input", type="date", id="app-date")),
                    _button("Open", id="app-open"),
                    class_="app-set",
                    id="app-any",
                ),
                id="app-bar",
                aria_label="Choose what is shown",
                hidden=True,
            ),
            element("p", id="app-said", role="status", aria_live="polite"),
            element("section", id="app-panel", aria_labelledby="app-title", hidden=True),
        ]
    )


def opener() -> Markup:
    """Draw the button that opens the whole page, hidden at first."""
    button = _button("Open all", id="app-all", aria_expanded="false")
    return element("p", button, id="app-more", hidden=True)


def again() -> Markup:
    """Draw the button that asks for the page once more, where there was none; hidden at first."""
    return _button("Try again", id="app-again", hidden=True)


def shown(dates: Dates, data: ChartData) -> Markup:
    """Draw what the app knows of the page: its dates, and its last week as days to open."""
    words = (
        f"This page shows the last {'day' if dates.days == 1 else f'{dates.days} days'}. "
        "The answer was asked for another period; a report as a file can show it."
    )
    week = [
        _day(day(at), data)
        for at in range(max(dates.first, dates.last - _WEEK + 1), dates.last + 1)
    ]
    return join(
        [
            element("p", words, class_="notice", id=OTHER_PERIOD, hidden=True),
            _group(
                "Recovery of the last days",
                *week,
                id="week",
                data_first=day(dates.first),
                data_last=day(dates.last),
            ),
        ]
    )


def _day(date: str, data: ChartData) -> Markup:
    """Draw a day as a button that opens it, with its recovery."""
    value = data.table["recovery"].values.get(number(date))
    said = "no recovery" if value is None else f"recovery {value:.0f} %"
    kind = "gap" if value is None else band_of(value)
    return _button(
        element("span", WEEKDAYS[(number(date) - 1) % 7], aria_hidden="true"),
        element("b", "–" if value is None else f"{value:.0f}", aria_hidden="true", class_=kind),
        data_date=date,
        aria_label=f"{wording.day(date, weekday=True)}: {said}",
    )


def _group(name: str, *children: Child, id: str | None = None, **more: str) -> Markup:
    kind = "app-week" if id == "week" else "app-set"
    return element("div", *children, id=id, class_=kind, role="group", aria_label=name, **more)


def _button(*children: Child, **more: str | int | bool) -> Markup:
    return element("button", *children, type="button", **more)


def _read(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
