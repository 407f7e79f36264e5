"""How WHOOP's units become ours; what is unknown stays unknown."""

from __future__ import annotations

KILOJOULES_PER_KCAL = 4.184


def seconds(milliseconds: float | None) -> float | None:
    """Milliseconds as seconds with one decimal."""
    return None if milliseconds is None else round(milliseconds / 1000, 1)


def calories(kilojoules: float | None) -> int | None:
    """Kilojoules as whole kilocalories."""
    return None if kilojoules is None else round(kilojoules / KILOJOULES_PER_KCAL)


def percent(value: float | None) -> float | None:
    """A share as 0–100. WHOOP documents that and sends 0–1: what is at most 1 is a fraction."""
    return value if value is None or value > 1 else round(value * 100, 4)


def total(*parts: float | None) -> float | None:
    """The whole, which is unknown as soon as one part is."""
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None
