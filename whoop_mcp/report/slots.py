"""Cut a period into the columns of a chart: days, or the calendar's weeks or months."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Literal, NamedTuple

from ..insights.timeseries import in_words
from .wording import month_name, span

Step = Literal["day", "week", "month"]

_DAYS, _WEEKS = 120, 120
"""As many columns as can be told apart on a phone."""


class Slot(NamedTuple):
    """One column of a chart: the days `first` to `last`, `[start:stop]` of the period's."""

    first: str
    last: str
    start: int
    stop: int
    words: str


def slots(dates: Sequence[str]) -> tuple[list[Slot], Step]:
    """Cut consecutive dates into slots: each day, or the calendar's weeks or months that hold
    them."""
    step: Step = "day"
    if len(dates) > _DAYS:
        step = "week" if len(dates) <= 7 * _WEEKS else "month"
    slots: list[Slot] = []
    for _, group in groupby(range(len(dates)), lambda index: _key(dates[index], step)):
        within = list(group)
        start, stop = within[0], within[-1] + 1
        first, last = dates[start], dates[stop - 1]
        slots.append(Slot(first, last, start, stop, _words(first, last, step)))
    return slots, step


def mean_in(values: Sequence[float | None], slot: Slot) -> float | None:
    """Return the mean of what is known in a slot; None where nothing is."""
    known = [value for value in values[slot.start : slot.stop] if value is not None]
    return sum(known) / len(known) if known else None


def monday(text: str) -> str:
    """Return the Monday of a date's week."""
    one = date.fromisoformat(text)
    return (one - timedelta(days=one.weekday())).isoformat()


def _key(text: str, step: Step) -> str:
    return {"day": text, "month": text[:7]}.get(step) or monday(text)


def _words(first: str, last: str, step: Step) -> str:
    if step == "day":
        return in_words(first, weekday=True)
    if step == "month":
        return f"{month_name(int(first[5:7]))} {first[:4]}"
    return f"week of {span(first, last)}"
