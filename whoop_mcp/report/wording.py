"""Write numbers and dates as people read them: rounded, with units and a true minus sign."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable

from ..insights import timeseries
from ..insights.timeseries import MONTHS, Dates, in_words

Say = Callable[[float], str]

_MOST = 1e7
"""The largest number that is spelled out: no measure of a body is more."""

_FINEST = 6  # decimals: what is smaller is left over from computing


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
    """Write three digits or so, and of a small number as many as show that it is not 0."""
    size = abs(value)
    decimals = 0 if size >= 100 else 1 if size >= 10 else apart(size, 0.0, 2)
    return amount("", decimals)(value)


def signed(value: float) -> str:
    """Write three digits or so, a rise with its plus."""
    words = short(value)
    return f"+{words}" if value > 0 and words != short(0.0) else words


def apart(one: float, other: float, least: int = 0) -> int:
    """Return with how many decimals two numbers are seen to differ; `least` where no number of
    decimals that anyone would read shows it."""
    seen = (n for n in range(least, _FINEST + 1) if round(one, n) != round(other, n))
    return next(seen, least)


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


def dates(of: Dates) -> str:
    """Write dates as a span of days in words."""
    return span(timeseries.day(of.first), timeseries.day(of.last))


def beside(period: Dates, other: Dates) -> str:
    """Name the dates that a period is set beside: as the days just before it, or by themselves."""
    if other != period.before(other.days):
        return dates(other)
    return "the day before" if other.days == 1 else f"the {other.days} days before"


def within(period: Dates, other: Dates) -> str:
    """Say that something is so in the dates that a period is set beside."""
    if other.days == 1:
        return f"on {beside(period, other)}"
    return f"{'in' if other == period.before(other.days) else 'over'} {beside(period, other)}"


def isolated(name: str) -> str:
    """Keep a name that runs from right to left from turning the words around it; others are left as
    they are. A drawing's text can hold no markup that would do it."""
    turned = any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in name)
    return f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}" if turned else name


def short_day(text: str, year: str) -> str:
    """Write `2026-04-21` as `21 Apr`, with its year where that is another than `year`."""
    words = f"{int(text[8:])} {month_name(int(text[5:7]))[:3]}"
    return words if text[:4] == year else f"{words} {text[:4]}"


def short_span(of: Dates, year: str) -> str:
    """Write `21 Apr – 20 May`, or `3 – 9 May`; a year only where it is another than `year`."""
    first, last = timeseries.day(of.first), timeseries.day(of.last)
    if first == last:
        return short_day(first, year)
    begins = short_day(first, last[:4])
    if first[:7] == last[:7]:
        begins = begins.split(" ")[0]
    return f"{begins} – {short_day(last, year)}"


def month_name(number: int) -> str:
    """Name a month, 1 to 12, in English whatever the computer's own language is."""
    return MONTHS[number - 1]
