"""How a number is said on the page: rounded, with its unit and a true minus sign."""

from __future__ import annotations

import math
from collections.abc import Callable

Say = Callable[[float], str]

_MOST = 1e7
"""What is more than this is no measure of a body: it is not spelled out, but said to be more."""


def beyond(value: float) -> str | None:
    """Words in place of a number that no one can read, None for all others."""
    if abs(value) < _MOST:
        return None
    return (
        "no number" if math.isnan(value) else "under −9,999,999" if value < 0 else "over 9,999,999"
    )


def amount(unit: str, decimals: int = 0, *, signed: bool = False) -> Say:
    """A way of saying values in one unit."""
    form = f"{'+' if signed else ''}.{decimals}f"

    def say(value: float) -> str:
        if words := beyond(value):
            return f"{words} {unit}".strip()
        rounded = round(value, decimals) + 0.0  # what rounds to zero has no sign
        return f"{rounded:{form}} {unit}".strip().replace("-", "−")

    return say


def short(value: float) -> str:
    """Three digits or so."""
    size = abs(value)
    return amount("", 0 if size >= 100 else 1 if size >= 10 else 2)(value)


def signed(value: float) -> str:
    """The same, a rise with its plus."""
    return f"{'+' if value > 0 else ''}{short(value)}"


def chance(name: str, value: float) -> str:
    """A probability: `q = 0.015`, or `q < 0.001`."""
    if math.isnan(value):
        return f"{name} unknown"
    return f"{name} < 0.001" if value < 0.001 else f"{name} = {value:.2g}"


def hours(value: float) -> str:
    """Hours as `7 h 05 min`."""
    if words := beyond(value):
        return f"{words} h"
    whole, minutes = divmod(round(abs(value) * 60), 60)
    return f"{'−' if value < 0 else ''}{whole} h {minutes:02d} min"


def clock(value: float) -> str:
    """Hours as `7:05`."""
    if words := beyond(value):
        return words
    whole, minutes = divmod(round(value * 60), 60)
    return f"{whole}:{minutes:02d}"


def sentence(words: str) -> str:
    """Words with a capital and a full stop."""
    return f"{words[:1].upper()}{words[1:]}."
