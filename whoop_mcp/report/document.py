"""Build the dashboard as one HTML page that loads nothing: a file, or a view in a host."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

from .. import __version__, times
from ..cache import journal
from ..cache.cache import Cache
from ..destination import file_at
from ..draft import draft
from ..insights import answer as insights
from ..insights import periods
from ..insights.timeseries import Dates, day
from ..reads import absence
from ..times import Span
from ..trials import conduct
from ..whoop.resources import CURRENT, PROFILE
from . import comparison, daily_charts, frame, masthead, mcp_app, wording
from .content import Content
from .html import element
from .sections import sections

SUFFIX = ".html"
DAYS = 30

_NAMES = ("The period to compare with", "The period shown")


def create(
    cache: Cache,
    path: str,
    *,
    days: int = DAYS,
    end: str | None = None,
    overwrite: bool = False,
    free_days: Collection[int] | None = None,
    compare: Span | None = None,
    home: Path,
) -> dict[str, Any]:
    """Write the page of `days` local dates up to `end` (exclusive; now) to `path`; WHOOP is not
    asked. Answers `{"status", "path", "bytes", "summary": [sentences], "warnings"?}`.

    `free_days` are the weekdays without work, Monday 0; `compare` is another period beside it,
    local dates, the end exclusive. `path` is judged as an export's is, and ends in .html. Raises
    ValidationError, FileExists, CacheEmpty, ExportError.
    """
    place = file_at(path, SUFFIX, home=home, overwrite=overwrite)
    content = _gather(cache, end, days, free_days, compare)
    page = _page(content).encode()
    with draft(place, overwrite=overwrite) as file:
        file.write(page)
    return {
        "status": "success",
        "path": str(place),
        "bytes": len(page),
        "summary": [*content.answer.summary, *(content.beside.summary if content.beside else ())],
        **insights.cut_short(end, content.today, content.east),
    }


def page(
    cache: Cache,
    *,
    end: str | None = None,
    days: int = DAYS,
    free_days: Collection[int] | None = None,
) -> str:
    """Build the page as text, without any script. Raises ValidationError and CacheEmpty."""
    return _page(_gather(cache, end, days, free_days))


def app_page(cache: Cache, *, end: str | None = None, days: int = DAYS) -> str:
    """Build the same for a host of MCP Apps, with the script that talks with it."""
    return _page(_gather(cache, end, days), app=True)


def app_body(
    cache: Cache, *, end: str | None = None, days: int = DAYS, compare: Span | None = None
) -> tuple[Dates, str]:
    """Build what that page holds for another period, `compare` beside it: its dates, and a fragment
    of HTML in which all text is escaped. Raises ValidationError and CacheEmpty."""
    content = _gather(cache, end, days, compare=compare)
    header, footer = masthead.header(content), masthead.footer()
    return content.answer.period, frame.landmarks(sections(content, app=True), header, footer)


def error_page(message: str, hint: str | None) -> str:
    """Build the page that a host shows in the view's place: why there is none, and what helps."""
    body = [
        element("h1", "There is no dashboard yet"),
        element("p", message, class_="lead"),
        element("p", hint, class_="lead") if hint else None,
        mcp_app.again(),
    ]
    return frame.document("WHOOP", body, mcp_app.script(__version__))


def _gather(
    cache: Cache,
    end: str | None,
    days: int,
    free_days: Collection[int] | None = None,
    compare: Span | None = None,
) -> Content:
    with cache.reading() as snapshot:
        known = insights.read(snapshot, end=end, days=days)
        both = compare and periods.read(
            snapshot, compare, Span(**known.period.as_window()), names=_NAMES
        )
        profile = snapshot.record(PROFILE, CURRENT)
        within = day(known.period.first), day(known.period.last)
        entries = journal.entries(snapshot.connection, *within)
        experiments = conduct.within(snapshot, *within)
        last = next(one for one in known.days if one.date == within[1])
        why = absence.explain(snapshot, last.date, last.cycle, last.recovery, last.sleep)
    found = periods.compared(both) if both else None
    answer = comparison.beside(insights.answer(known, free_days=free_days), found)
    data = daily_charts.chart_data(known.days, day(known.period.first), answer.series)
    return Content(
        answer,
        data,
        profile.first_name if profile else None,
        known.east,
        times.plus(known.now, minutes=known.east)[:10],
        entries,
        found,
        experiments,
        why,
    )


def _page(content: Content, *, app: bool = False) -> str:
    script = mcp_app.script(__version__) if app else None
    return frame.document(
        f"WHOOP, {wording.dates(content.answer.period)}",
        sections(content, app=app),
        script,
        header=masthead.header(content),
        footer=masthead.footer(),
    )
