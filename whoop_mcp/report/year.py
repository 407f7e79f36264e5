"""Draw the last year by weeks: mean recovery, sleep and strain, and on how many days each rests."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from statistics import fmean
from typing import NamedTuple

from ..counts import of_all
from ..insights.metrics import Series
from ..insights.timeseries import Dates, day, weekday
from ..reads.usable import NOT_FETCHED, PURGED
from . import charts, marks, parts, wording
from .charts import Head
from .daily_charts import BANDS, band_of
from .html import Child, Markup, element, join
from .marks import Axis, Frame
from .wording import Say, amount, hours

DAYS = 365
WHOLE = 7
LEAST = 3
"""Days that a week's mean needs, as the mean of a period does."""

_HEIGHT, _TITLE, _GAP, _BELOW = 84, 26, 10, 26  # pixels of a row's marks, its name, and around
_LEGEND = (
    *((kind, f"recovery {words}") for kind, words in BANDS),
    ("gap", f"under {LEAST} days: not enough"),
)
_UNKNOWN = {NOT_FETCHED: "not fetched", PURGED: "purged here"}
"""Why nothing is known of a day, and how the legend names it."""


class Row(NamedTuple):
    """A measure of the year: its metric, name, how a mean is said, the class of its columns, and
    its axis, which its means may choose."""

    id: str
    name: str
    say: Say
    kind: str | Callable[[float], str]
    axis: Callable[[Sequence[float | None]], Axis]


ROWS = (
    Row("recovery", "Recovery, %", amount("%"), band_of, lambda _: marks.fixed(0, 100, 50)),
    Row(
        "sleep_duration",
        "Time asleep, hours",
        hours,
        "deep",
        lambda values: marks.axis(values, hold=(0.0,)),
    ),
    Row("strain", "Day strain, 0–21", amount("", 1), "strain", lambda _: marks.fixed(0, 21, 7)),
)


class Week(NamedTuple):
    """A week from Monday on, or what of it lies within the year: the mean of the days that have a
    value, how many they are, and why nothing is known of so many more that it cannot be told."""

    dates: Dates
    n: int
    mean: float | None
    unknown: str  # empty where it can


def section(table: Mapping[str, Series], period: Dates) -> Markup | None:
    """Draw the year up to the period's last day; None where the page shows all there is of it."""
    year = Dates.ending(period.last, DAYS)
    known = [at for row in ROWS for at in table[row.id].values if year.first <= at <= year.last]
    if period.days >= DAYS or min(known, default=period.first) >= period.first:
        return None
    return parts.section(
        "year",
        "The year by weeks",
        parts.cards(parts.drawn("weeks", "Week by week", lambda: _figure(table, year))),
    )


def weeks(series: Series, year: Dates) -> list[Week]:
    """Cut a metric's days into weeks from Monday on."""
    found = []
    for _, group in groupby(range(year.first, year.last + 1), lambda at: at - weekday(at)):
        days = list(group)
        dates = Dates(days[0], days[-1])
        values = series.values_within(dates)
        unseen = [
            series.why[at]
            for at in days
            if at not in series.values and series.why.get(at) in _UNKNOWN
        ]
        enough = len(values) >= LEAST
        would_do = len(values) + len(unseen) >= min(LEAST, dates.days)
        found.append(
            Week(
                dates,
                len(values),
                fmean(values) if enough else None,
                max(unseen, key=unseen.count) if unseen and would_do and not enough else "",
            )
        )
    return found


def _figure(table: Mapping[str, Series], year: Dates) -> Markup:
    by_row = [weeks(table[row.id], year) for row in ROWS]
    head = Head(
        "weeks",
        "Week by week",
        wording.dates(year),
        f"The mean of each week from Monday to Sunday, of {LEAST} days at least; pointing at a "
        f"week tells on how many it rests. {_all_in_words(by_row)}.",
    )
    layers: list[Child] = []
    top = 0
    for place, (row, found) in enumerate(zip(ROWS, by_row, strict=True)):
        last = place == len(ROWS) - 1
        layers += _row(row, found, top, _months(found) if last else [])
        top += _TITLE + _HEIGHT + _GAP
    kinds = {kind for kind, _ in BANDS} | {_kind(week) for found in by_row for week in found}
    whys = {week.unknown for found in by_row for week in found}
    unknown = " or ".join(words for why, words in _UNKNOWN.items() if why in whys)
    return charts.figure(
        head,
        join(layers),
        top - _GAP + _BELOW,
        legend=[
            (kind, words)
            for kind, words in (*_LEGEND, ("unknown", f"{unknown}: unknown"))
            if kind in kinds
        ],
        table=_table(head.title, by_row),
        kind="whole weeks",
    )


def _kind(week: Week) -> str:
    return "known" if week.mean is not None else "unknown" if week.unknown else "gap"


def _all_in_words(by_row: Sequence[Sequence[Week]]) -> str:
    """Say between which whole weeks each measure lay, or that there is none yet."""
    if not any(week.dates.days == WHOLE and week.n >= LEAST for found in by_row for week in found):
        return f"No whole week has {LEAST} days of any of them yet"
    return "; ".join(map(_in_words, ROWS, by_row))


def _in_words(row: Row, found: Sequence[Week]) -> str:
    """Say between which whole weeks a measure lay."""
    known = [(week.mean, week) for week in found if week.mean is not None]
    name = row.name.partition(",")[0]
    if not known:
        return f"{name}: no week has {LEAST} days"
    whole = [one for one in known if one[1].dates.days == WHOLE]
    if not whole:  # what is left of a week at the year's end is no match for others
        return f"{name}: no whole week has {LEAST} days"
    if len(whole) == 1:
        ((mean, only),) = whole
        when = wording.short_span(only.dates, day(found[-1].dates.last)[:4])
        return f"{name} {row.say(mean)} in the only whole week that has {LEAST} days ({when})"
    low = min(whole, key=lambda one: one[0])
    high = max(whole, key=lambda one: one[0])
    year = day(found[-1].dates.last)[:4]
    lowest, highest = (wording.short_span(week.dates, year) for _, week in (low, high))
    of = f", {len(known)} of {len(found)} weeks known" if len(known) < len(found) else ""
    return f"{name} from {row.say(low[0])} ({lowest}) to {row.say(high[0])} ({highest}){of}"


def _short(week: Week) -> str:
    first, last = day(week.dates.first), day(week.dates.last)
    return wording.span(first, last)


def _row(
    row: Row, found: Sequence[Week], top: int, labels: Sequence[tuple[int, str, bool]]
) -> list[Child]:
    """Draw a measure's weeks in a drawing of its own, so many pixels from the top."""
    values = [week.mean for week in found]
    frame = Frame(len(found), row.axis(values), _HEIGHT)
    layers = [
        marks.grid(frame, labels),
        marks.hatching(frame, [_kind(week) != "gap" for week in found]),
        marks.hatching(frame, [_kind(week) != "unknown" for week in found], "unknown"),
        marks.columns(frame, values, row.kind),
        marks.hover(frame, [_hover(row, week) for week in found]),
    ]
    drawing = element("svg", *layers, class_="row", y=top + _TITLE, width="100%", height=_HEIGHT)
    return [element("text", row.name, class_="row", x=0, y=top + 14), drawing]


def _hover(row: Row, week: Week) -> str:
    return f"{_short(week)}\n{row.name.partition(',')[0]}: {_said(row, week)}"


def _said(row: Row, week: Week) -> str:
    n = of_all(week.n, week.dates.days, "day")
    if week.mean is not None:
        return f"{row.say(week.mean)}, {n}"
    return f"{week.unknown}, {n}" if week.unknown else f"not enough: {n}"


def _months(found: Sequence[Week]) -> list[tuple[int, str, bool]]:
    """Label the first week that begins in a month; every third one on a phone, too."""
    labels = []
    for place, week in enumerate(found[:-1]):
        year, month, date = day(week.dates.first).split("-")
        if int(date) <= 7 and week.dates.days == WHOLE:
            words = wording.month_name(int(month))[:3]
            words = f"{words} {year}" if month == "01" else words
            labels.append((place, words, int(month) % 3 == 1))
    return labels


def _table(title: str, by_row: Sequence[Sequence[Week]]) -> Markup:
    rows: list[list[Child]] = [
        [_short(same[0]), *(_said(row, week) for row, week in zip(ROWS, same, strict=True))]
        for same in zip(*by_row, strict=True)
    ]
    return charts.table(title, ["Week", *(row.name for row in ROWS)], rows)
