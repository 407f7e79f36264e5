"""Write numbers and dates as people read them: rounded, with units and a true minus sign."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Literal, NamedTuple

from ..insights.timeseries import MONTHS, in_words

Say = Callable[[float], str]

_MOST = 1e7
"""The largest number that is spelled out: no measure of a body is more."""


def beyond(value: float) -> str | None:
    """Return words in place of a number that no one can read, None for all others."""
    if abs(value) < _MOST:
        return None
    return (
        "no number" if math.isnan(value) else "under −9,999,999" if value < 0 else "over 9,999,999"
    )


def amount(unit: str, decimals: int = 0, *, signed: bool = False) -> Say:
    """Return a function that writes values in one unit."""
    form = f"{'+' if signed else ''}.{decimals}f"

    def say(value: float) -> str:
        if words := beyond(value):
            return f"{words} {unit}".strip()
        rounded = round(value, decimals) + 0.0  # what rounds to zero has no sign
        return f"{rounded:{form}} {unit}".strip().replace("-", "−")

    return say


def short(value: float) -> str:
    """Write three digits or so."""
    size = abs(value)
    return amount("", 0 if size >= 100 else 1 if size >= 10 else 2)(value)


def signed(value: float) -> str:
    """Write three digits or so, a rise with its plus."""
    return f"{'+' if value > 0 else ''}{short(value)}"


def chance(name: str, value: float | None) -> str:
    """Write a probability: `q = 0.015`, or `q < 0.001`."""
    if value is None or math.isnan(value):
        return f"{name} unknown"
    return f"{name} < 0.001" if value < 0.001 else f"{name} = {value:.2g}"


def hours(value: float) -> str:
    """Write hours as `7 h 05 min`."""
    if words := beyond(value):
        return f"{words} h"
    whole, minutes = divmod(round(abs(value) * 60), 60)
    return f"{'−' if value < 0 else ''}{whole} h {minutes:02d} min"


def clock(value: float) -> str:
    """Write hours as `7:05`."""
    if words := beyond(value):
        return words
    whole, minutes = divmod(round(value * 60), 60)
    return f"{whole}:{minutes:02d}"


def sentence(words: str) -> str:
    """Write words with a capital and a full stop."""
    return f"{words[:1].upper()}{words[1:]}."


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


def cut(dates: Sequence[str]) -> tuple[list[Slot], Step]:
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


def mean(values: Sequence[float | None], slot: Slot) -> float | None:
    """Return the mean of what is known in a slot; None where nothing is."""
    known = [value for value in values[slot.start : slot.stop] if value is not None]
    return sum(known) / len(known) if known else None


day = in_words


def span(first: str, last: str) -> str:
    """Write `21 April – 20 May 2026`: what both ends share is said once."""
    if first == last:
        return day(first)
    words = day(first)
    if first[:4] == last[:4]:
        words = words[:-5]
        if first[5:7] == last[5:7]:
            words = words.split(" ")[0]
    return f"{words} – {day(last)}"


def month_name(number: int) -> str:
    """Name a month, 1 to 12, in English whatever the computer's own language is."""
    return MONTHS[number - 1]


def monday(text: str) -> str:
    """Return the Monday of a date's week."""
    one = date.fromisoformat(text)
    return (one - timedelta(days=one.weekday())).isoformat()


def _key(text: str, step: Step) -> str:
    return {"day": text, "month": text[:7]}.get(step) or monday(text)


def _words(first: str, last: str, step: Step) -> str:
    if step == "day":
        return day(first, weekday=True)
    if step == "month":
        return f"{month_name(int(first[5:7]))} {first[:4]}"
    return f"week of {span(first, last)}"
