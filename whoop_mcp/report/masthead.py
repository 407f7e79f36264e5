"""Say whose days a page shows, which of them are missing, and what the page is not."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby

from .. import __version__, times
from ..insights.timeseries import day, number
from ..whoop.resources import COLLECTIONS
from . import wording
from .content import Content
from .html import Child, Markup, element, join


def header(content: Content) -> Markup:
    """Name the person, the period, what is known of it, and the period that it is set beside."""
    answer, has = content.answer, content.answer.counts
    whose: Child = join([" of ", element("bdi", content.name)]) if content.name else None
    before = content.beside.a if content.beside else answer.period.before(answer.period.days)
    confirmed = [answer.coverage[one.name].period.as_of for one in COLLECTIONS]
    as_of = min((one for one in confirmed if one), default=None)
    asked = f" Confirmed with WHOOP at {_clock(as_of, content.east)}." if as_of else ""
    days = "day" if has["total"] == 1 else "days"
    have = "has" if has["recovery"] == 1 else "have"
    return element(
        "header",
        element("p", "WHOOP data", whose, class_="eyebrow"),
        element("h1", wording.dates(answer.period)),
        element(
            "p",
            f"Of {has['total']} {days}, {has['recovery']} {have} a recovery, "
            f"{has['sleep']} a sleep, {has['cycle']} a day strain and {has['workout']} a workout. "
            f"Beside it: {wording.dates(before)}.{asked}",
            class_="lead",
        ),
    )


def missing(content: Content) -> Markup:
    """Name the days of the period that were purged, and those that were not fetched."""
    return join([_purged(content), _not_fetched(content)])


def _purged(content: Content) -> Markup | None:
    days = [number(one.date) for one in content.data.days if one.purged]
    if not days:
        return None
    total = content.answer.period.days
    of = "This day lies" if total == 1 else f"{len(days)} of these {total} days lie"
    return element(
        "div",
        element("b", f"{of} before what is kept here."),
        " What a purge took is unknown, not zero, and is not fetched again.",
        element("ul", element("li", _stretches(days))),
        class_="notice",
    )


def _not_fetched(content: Content) -> Markup | None:
    """Name the days that were not fetched; resources that lack the same days share a line."""
    lacking: dict[str, list[str]] = defaultdict(list)
    for resource in COLLECTIONS:
        days = [
            number(one.date)
            for one in content.data.days
            if resource.name in one.unseen and not one.purged
        ]
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


def footer() -> Markup:
    """Say what the page is not, how its days are counted, and what made it."""
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
            "Every figure was computed on this computer from the copy kept there, in the way that "
            "is described beside it.",
        ),
        element("p", f"Made by whoop-mcp {__version__}. This page holds personal data."),
    )


def _clock(instant: str, east: int) -> str:
    local = times.plus(instant, minutes=east)
    sign, (hours, minutes) = "−" if east < 0 else "+", divmod(abs(east), 60)
    return f"{local[11:16]} on {wording.day(local[:10])} (UTC{sign}{hours:02d}:{minutes:02d})"
