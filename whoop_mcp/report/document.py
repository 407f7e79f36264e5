"""The dashboard as one HTML page that asks nobody for anything: a file, or a view in a host."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .. import __version__, destination
from ..cache.cache import Cache
from ..draft import draft
from ..insights import answer as insights
from ..insights.timeseries import day
from ..whoop.resources import PROFILE
from . import mcp_app, sheets, style
from .html import Child, Markup, element
from .sections import Matter, sections, span

SUFFIX = ".html"
DAYS = 30
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def create(
    cache: Cache,
    path: str,
    *,
    days: int = DAYS,
    end: str | None = None,
    overwrite: bool = False,
    home: Path,
) -> dict[str, Any]:
    """Write the page of `days` local dates up to `end` (exclusive; now) to `path`; WHOOP is not
    asked. Answers `{"status", "path", "bytes", "summary": [sentences]}`.

    `path` is judged as an export's is, and ends in .html. Raises ValidationError, FileExists,
    CacheEmpty and ExportError.
    """
    place = destination.file_at(path, SUFFIX, home=home, overwrite=overwrite)
    matter = _gather(cache, end, days)
    content = _page(matter).encode()
    with draft(place, overwrite=overwrite) as file:
        file.write(content)
    return {
        "status": "success",
        "path": str(place),
        "bytes": len(content),
        "summary": matter.answer["summary"],
    }


def page(cache: Cache, *, end: str | None = None, days: int = DAYS) -> str:
    """The page as text, without any script. Raises ValidationError and CacheEmpty."""
    return _page(_gather(cache, end, days))


def app_page(cache: Cache, *, end: str | None = None, days: int = DAYS) -> str:
    """The same for a host of MCP Apps, with the few lines that greet it."""
    return _page(_gather(cache, end, days), app=True)


def excuse(message: str, hint: str | None) -> str:
    """What a host shows in the view's place: why there is none, and what helps."""
    body = [
        element("h1", "There is no dashboard yet"),
        element("p", message, class_="lead"),
        element("p", hint, class_="lead") if hint else None,
    ]
    return _document("WHOOP", body, mcp_app.script(__version__, DAYS))


def _gather(cache: Cache, end: str | None, days: int) -> Matter:
    with cache.reading() as seen:
        known = insights.read(seen, end=end, days=days)
        profile = seen.current(PROFILE) or {}
    sheet = sheets.sheet(known.days, day(known.period.first))
    answer = insights.answer(known)
    return Matter(answer, known.period, sheet, profile.get("first_name"), known.east)


def _page(matter: Matter, *, app: bool = False) -> str:
    lines = mcp_app.script(__version__, matter.period.days) if app else None
    return _document(f"WHOOP, {span(matter.period)}", sections(matter, app=app), lines)


def _document(title: str, body: Sequence[Child], lines: str | None) -> str:
    policy = f"{_POLICY}; script-src {mcp_app.source(lines)}" if lines else _POLICY
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=policy),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", Markup(style.sheet(themed=lines is not None))),
    )
    script = element("script", Markup(lines)) if lines else None
    page = element(
        "html", head, element("body", _hatch(), element("main", *body), script), lang="en"
    )
    return f"<!DOCTYPE html>\n{page}\n"


def _hatch() -> Markup:
    """The pattern of what is not known, which all charts share."""
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
