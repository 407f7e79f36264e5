"""The dashboard as one HTML page that asks nobody for anything: a file, or a view in a host."""

from __future__ import annotations

import logging
import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from .. import __version__, files, times
from ..cache.cache import Cache
from ..files import draft
from ..insights import answer as insights
from ..insights.answer import touched
from ..insights.statistic import Answer
from ..insights.timeseries import Dates, day
from ..whoop.resources import COLLECTIONS, PROFILE
from . import charts, daily_charts, highlights, mcp_app, statistics_table, style, wording
from .charts import Head
from .daily_charts import Sheet, sports
from .html import Child, Markup, element, join

# ── sections, from the heading to the small print ──

log = logging.getLogger(__name__)

_DATE = re.compile(r"(\d{4}-\d\d-\d\d)")


class Matter(NamedTuple):
    """All that one page is made of."""

    answer: Answer
    sheet: Sheet
    name: str | None
    east: int  # minutes, of where the newest record was made


def sections(matter: Matter, *, app: bool) -> list[Child]:
    """The page's parts in their order; a view in a host can say that it shows another period."""
    answer, sheet = matter.answer, matter.sheet
    found = answer.by_id
    return [
        _header(matter),
        _other_period(matter) if app else None,
        _missing(matter),
        _tiles(matter),
        element("ul", *map(_sentence, answer.summary), class_="summary"),
        _section(
            "Recovery",
            _drawn(
                "recovery",
                "Recovery",
                lambda: daily_charts.recovery(sheet, found["recovery.mean"]),
            ),
            _drawn("calendar", "Recovery by day", lambda: daily_charts.calendar(sheet)),
        ),
        _section(
            "Heart and skin",
            _drawn("hrv", "Heart-rate variability", lambda: daily_charts.hrv(sheet)),
            _drawn("resting", "Resting heart rate", lambda: daily_charts.resting(sheet)),
            _drawn("temperature", "Skin temperature", lambda: daily_charts.temperature(sheet)),
        ),
        _section("Sleep", _drawn("sleep", "Sleep stages", lambda: daily_charts.sleep(sheet))),
        _section(
            "Strain and training",
            _drawn(
                "strain",
                "Day strain",
                lambda: daily_charts.strain(sheet, found["strain.mean"]),
            ),
            _drawn("load", "Training load", lambda: daily_charts.training(sheet)),
            _drawn("sports", "Workouts by sport", lambda: sports(sheet.days)),
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
                lambda: highlights.pairs(answer.sections["correlations"]),
            ),
        ),
        element(
            "section",
            element("h2", "Every figure"),
            element("p", "What each number rests on, and why some have none."),
            _drawn("figures", "Every figure", lambda: statistics_table.everything(answer.sections)),
        ),
        _footer(),
    ]


def _tiles(matter: Matter) -> Markup:
    found, sheet, days = matter.answer.by_id, matter.sheet, matter.answer.period.days
    tiles = [
        _drawn(
            f"tile-{one.id}",
            one.title,
            partial(
                highlights.tile,
                one,
                found[f"{one.id}.mean"],
                days,
                sheet.values(sheet.table[one.id]),
            ),
        )
        for one in highlights.TILES
    ]
    return element("div", *tiles, class_="tiles")


def _drawn(key: str, title: str, draw: Callable[[], Markup]) -> Markup:
    """A part of the page; where it fails, its place and a word: the others are there."""
    try:
        return draw()
    except Exception:
        log.exception("A part of the page could not be drawn: %s.", title)
        head = Head(key, title, "", "")
        return charts.nothing(head, "it could not be drawn; the log says how that failed")


def _section(title: str, *cards: Markup) -> Markup:
    return element("section", element("h2", title), element("div", *cards, class_="charts"))


def _header(matter: Matter) -> Markup:
    answer, has = matter.answer, matter.answer.counts
    whose: Child = join([" of ", element("bdi", matter.name)]) if matter.name else None
    before = answer.period.before(answer.period.days)
    confirmed = [answer.coverage[one.name].period.as_of for one in COLLECTIONS]
    as_of = min((one for one in confirmed if one), default=None)
    asked = f" Confirmed with WHOOP at {_clock(as_of, matter.east)}." if as_of else ""
    return element(
        "header",
        element("p", "WHOOP data", whose, class_="eyebrow"),
        element("h1", span(answer.period)),
        element(
            "p",
            f"Of {has['total']} days, {has['recovery']} have a recovery, {has['sleep']} a sleep, "
            f"{has['cycle']} a day strain and {has['workout']} a workout. Beside it: "
            f"{span(before)}.{asked}",
            class_="lead",
        ),
    )


def _other_period(matter: Matter) -> Markup:
    words = (
        f"This page shows the last {matter.answer.period.days} days. The answer was asked for "
        "another period; a report as a file can show it."
    )
    return element("p", words, class_="notice", id=mcp_app.OTHER_PERIOD, hidden=True)


def _missing(matter: Matter) -> Markup | None:
    """What of the period was not fetched; resources that lack the same days share a line."""
    answer = matter.answer
    lacking: dict[str, list[str]] = defaultdict(list)
    for resource in COLLECTIONS:
        gaps = answer.coverage[resource.name].period.missing
        days = {at for gap in gaps for at in touched(gap, matter.east, answer.period)}
        if days:
            lacking[_stretches(sorted(days))].append(resource.name)
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
    """Day numbers in order as spans of dates."""
    spans = []
    # Days in a row keep their distance to their places in the list.
    for _, run in groupby(enumerate(days), lambda placed: placed[1] - placed[0]):
        numbers = [at for _, at in run]
        spans.append(wording.span(day(numbers[0]), day(numbers[-1])))
    return ", ".join(spans)


def _sentence(words: str) -> Markup:
    """A sentence of the summary, its dates kept in one piece."""
    parts = _DATE.split(words.replace(" %", "\N{NO-BREAK SPACE}%"))
    marked = [element("time", one) if at % 2 else one for at, one in enumerate(parts)]
    return element("li", *marked)


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


def span(dates: Dates) -> str:
    """Dates in words."""
    return wording.span(day(dates.first), day(dates.last))


def _clock(instant: str, east: int) -> str:
    local = times.plus(instant, minutes=east)
    sign, (hours, minutes) = "−" if east < 0 else "+", divmod(abs(east), 60)
    return f"{local[11:16]} on {wording.day(local[:10])} (UTC{sign}{hours:02d}:{minutes:02d})"


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
    place = files.file_at(path, SUFFIX, home=home, overwrite=overwrite)
    matter = _gather(cache, end, days)
    content = _page(matter).encode()
    with draft(place, overwrite=overwrite) as file:
        file.write(content)
    return {
        "status": "success",
        "path": str(place),
        "bytes": len(content),
        "summary": list(matter.answer.summary),
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
    answer = insights.answer(known)
    sheet = daily_charts.sheet(known.days, day(known.period.first), answer.series)
    return Matter(answer, sheet, profile.get("first_name"), known.east)


def _page(matter: Matter, *, app: bool = False) -> str:
    lines = mcp_app.script(__version__, matter.answer.period.days) if app else None
    return _document(f"WHOOP, {span(matter.answer.period)}", sections(matter, app=app), lines)


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
