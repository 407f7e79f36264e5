"""Build the dashboard as one HTML page that loads nothing: a file, or a view in a host."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from .. import __version__, files, times
from ..cache import journal
from ..cache.cache import Cache
from ..files import draft
from ..insights import answer as insights
from ..insights import periods
from ..insights.statistic import Answer
from ..insights.timeseries import Dates, day, number
from ..times import Span
from ..trials import conduct
from ..trials.conduct import Course
from ..whoop.resources import COLLECTIONS, CURRENT, PROFILE
from . import (
    behaviour_chart,
    charts,
    comparison,
    daily_charts,
    experiment_chart,
    frame,
    highlights,
    journal_strip,
    mcp_app,
    statistics_table,
    wording,
)
from .charts import Head
from .daily_charts import ChartData, sports_table
from .html import Child, Markup, element, join

log = logging.getLogger(__name__)

SUFFIX = ".html"
DAYS = 30


class Content(NamedTuple):
    """All that one page shows."""

    answer: Answer
    data: ChartData
    name: str | None
    east: int  # minutes, of where the newest record was made
    entries: Sequence[Mapping[str, Any]] = ()  # of the journal
    beside: periods.Comparison | None = None
    experiments: Sequence[Course] = ()


def sections(content: Content, *, app: bool) -> list[Child]:
    """Build the page's parts in their order; a view in a host can say that it shows another
    period."""
    answer, data = content.answer, content.data
    found = answer.by_id
    return [
        _header(content),
        mcp_app.shown(answer.period, data) if app else None,
        _missing(content),
        _tiles(content),
        highlights.summary(answer.summary, answer.period.last),
        comparison.section(content.beside),
        _section(
            "Recovery",
            _drawn(
                "recovery",
                "Recovery",
                lambda: daily_charts.recovery_chart(data, found["recovery.mean"]),
            ),
            _drawn("calendar", "Recovery by day", lambda: daily_charts.recovery_calendar(data)),
        ),
        _journal(content),
        *experiment_chart.sections(content.experiments, _drawn, _section),
        _section(
            "Heart and skin",
            _drawn("hrv", "Heart-rate variability", lambda: daily_charts.hrv_chart(data)),
            _drawn("resting", "Resting heart rate", lambda: daily_charts.pulse_chart(data)),
            _drawn("temperature", "Skin temperature", lambda: daily_charts.temperature_chart(data)),
        ),
        _section("Sleep", _drawn("sleep", "Sleep stages", lambda: daily_charts.sleep_chart(data))),
        _section(
            "Strain and training",
            _drawn(
                "strain",
                "Day strain",
                lambda: daily_charts.strain_chart(data, found["strain.mean"]),
            ),
            _drawn("load", "Training load", lambda: daily_charts.load_chart(data)),
            _drawn("sports", "Workouts by sport", lambda: sports_table(data.days)),
        ),
        element(
            "section",
            element("h2", "Unusual days"),
            element(
                "p",
                "Days on which two or more vital signs were far from the four weeks before. "
                "A sign to look at, not a diagnosis.",
            ),
            _drawn(
                "unusual", "Unusual days", lambda: highlights.unusual(answer.sections["anomalies"])
            ),
        ),
        element(
            "section",
            element("h2", "What went together"),
            element(
                "p",
                "Each point is a day. The figures have trend and weekday rhythm taken out; the "
                "points have not. Going together is not causing.",
            ),
            _drawn(
                "pairs",
                "What went together",
                lambda: highlights.surest_pairs(answer.sections["correlations"]),
            ),
        ),
        _after_behaviours(answer),
        element(
            "section",
            element("h2", "Every figure"),
            element("p", "What each number rests on, and why some have none."),
            _drawn(
                "figures", "Every figure", lambda: statistics_table.every_statistic(answer.sections)
            ),
        ),
        _footer(),
    ]


def _journal(content: Content) -> Markup | None:
    """Draw what the journal has of the period, where it has anything."""
    data = content.data
    dates = [one.date for one in data.days]
    if not any(one["date"] in dates for one in content.entries):
        return None
    return _section(
        "Journal",
        _drawn(
            "journal",
            "Journal",
            lambda: journal_strip.strip(content.entries, dates, data.cut),
        ),
    )


def _after_behaviours(answer: Answer) -> Markup | None:
    """Draw what differs on mornings after a behaviour, where the journal tells of any."""
    found = answer.sections["behaviours"]
    if not any(one.n for one in found):
        return None
    drawn = _drawn("after", "The mornings after", lambda: behaviour_chart.forest(found))
    return element("section", element("h2", "The mornings after"), drawn)


def _tiles(content: Content) -> Markup:
    found, data, days = content.answer.by_id, content.data, content.answer.period.days
    tiles = [
        _drawn(
            f"tile-{one.id}",
            one.title,
            partial(
                highlights.tile,
                one,
                found[f"{one.id}.mean"],
                days,
                data.values(data.table[one.id]),
            ),
        )
        for one in highlights.TILES
    ]
    return element("div", *tiles, class_="tiles")


def _drawn(key: str, title: str, draw: Callable[[], Markup]) -> Markup:
    """Draw a part of the page; where that fails, draw its place and say so: the others are
    there."""
    try:
        return draw()
    except Exception:
        log.exception("A part of the page could not be drawn: %s.", title)
        head = Head(key, title, "", "")
        return charts.nothing(head, "it could not be drawn; the log says how that failed")


def _section(title: str, *cards: Markup) -> Markup:
    return element("section", element("h2", title), element("div", *cards, class_="charts"))


def _header(content: Content) -> Markup:
    answer, has = content.answer, content.answer.counts
    whose: Child = join([" of ", element("bdi", content.name)]) if content.name else None
    before = content.beside.a if content.beside else answer.period.before(answer.period.days)
    confirmed = [answer.coverage[one.name].period.as_of for one in COLLECTIONS]
    as_of = min((one for one in confirmed if one), default=None)
    asked = f" Confirmed with WHOOP at {_clock(as_of, content.east)}." if as_of else ""
    return element(
        "header",
        element("p", "WHOOP data", whose, class_="eyebrow"),
        element("h1", in_words(answer.period)),
        element(
            "p",
            f"Of {has['total']} days, {has['recovery']} have a recovery, {has['sleep']} a sleep, "
            f"{has['cycle']} a day strain and {has['workout']} a workout. Beside it: "
            f"{in_words(before)}.{asked}",
            class_="lead",
        ),
    )


def _missing(content: Content) -> Markup | None:
    """Name the days of the period that were not fetched; resources that lack the same days share a
    line."""
    lacking: dict[str, list[str]] = defaultdict(list)
    for resource in COLLECTIONS:
        days = [number(one.date) for one in content.data.days if resource.name in one.unseen]
        if days:
            lacking[_stretches(days)].append(resource.name)
    if not lacking:
        return None
    lines = [
        element("li", f"{', '.join(names).capitalize()}: {when}") for when, names in lacking.items()
    ]
    return element(
        "div",
        element("b", "Not all of this period was fetched from WHOOP."),
        " What is missing is unknown, not zero. A sync fetches it.",
        element("ul", *lines),
        class_="notice",
    )


def _stretches(days: list[int]) -> str:
    """Write day numbers in order as spans of dates."""
    spans = []
    # Days in a row keep their distance to their places in the list.
    for _, run in groupby(enumerate(days), lambda placed: placed[1] - placed[0]):
        numbers = [at for _, at in run]
        spans.append(wording.span(day(numbers[0]), day(numbers[-1])))
    return ", ".join(spans)


def _footer() -> Markup:
    return element(
        "footer",
        element(
            "p",
            "Not medical advice, and not made or endorsed by WHOOP. A strap is not a medical "
            "device: see a doctor about anything that worries you.",
        ),
        element(
            "p",
            "Dates are the wearer's own: a night belongs to the day of waking. Only scored records "
            "count, recoveries of the first, calibrating days do not, and a gap is never filled. "
            "Every figure was computed on this computer from the copy kept there; how, stands "
            "beside it.",
        ),
        element("p", f"Made by whoop-mcp {__version__}. This page holds personal data."),
    )


def in_words(dates: Dates) -> str:
    """Write dates in words."""
    return wording.span(day(dates.first), day(dates.last))


def _clock(instant: str, east: int) -> str:
    local = times.plus(instant, minutes=east)
    sign, (hours, minutes) = "−" if east < 0 else "+", divmod(abs(east), 60)
    return f"{local[11:16]} on {wording.day(local[:10])} (UTC{sign}{hours:02d}:{minutes:02d})"


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
    asked. Answers `{"status", "path", "bytes", "summary": [sentences]}`.

    `free_days` are the weekdays without work, Monday 0; `compare` is another period beside it,
    local dates, the end exclusive. `path` is judged as an export's is, and ends in .html. Raises
    ValidationError, FileExists, CacheEmpty, ExportError.
    """
    place = files.file_at(path, SUFFIX, home=home, overwrite=overwrite)
    content = _gather(cache, end, days, free_days, compare)
    page = _page(content).encode()
    with draft(place, overwrite=overwrite) as file:
        file.write(page)
    return {
        "status": "success",
        "path": str(place),
        "bytes": len(page),
        "summary": [*content.answer.summary, *(content.beside.summary if content.beside else ())],
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
    return content.answer.period, join(sections(content, app=True))


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
        both = compare and periods.read(snapshot, compare, Span(**known.period.as_window()))
        profile = snapshot.record(PROFILE, CURRENT)
        within = day(known.period.first), day(known.period.last)
        entries = journal.entries(snapshot.connection, *within)
        experiments = conduct.within(snapshot, *within)
    answer = insights.answer(known, free_days=free_days)
    data = daily_charts.chart_data(known.days, day(known.period.first), answer.series)
    return Content(
        answer,
        data,
        profile.first_name if profile else None,
        known.east,
        entries,
        periods.compared(both) if both else None,
        experiments,
    )


def _page(content: Content, *, app: bool = False) -> str:
    script = mcp_app.script(__version__) if app else None
    return frame.document(
        f"WHOOP, {in_words(content.answer.period)}", sections(content, app=app), script
    )
