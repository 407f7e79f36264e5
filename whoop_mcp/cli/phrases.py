"""Single values as people say them: durations, clock times, amounts with their unit, sizes."""

from __future__ import annotations

from typing import Any

Flat = dict[str, Any]

_MOST = 10**9
"""More than this is not spelled out: neither a body nor a year of it comes so far."""


def duration(seconds: float) -> str:
    """`7 h 41 min`."""
    if not abs(seconds) < _MOST:
        return f"{_beyond(seconds)} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"


def minute(instant: str) -> str:
    """`2026-04-20 06:30`, on whichever clock the instant is told."""
    return instant[:16].replace("T", " ")


def clocks(record: Flat) -> str:
    """`23:54–07:27` on the wearer's clock."""
    start, end = record["start_local"] or "", record["end_local"] or ""
    return f"{start[11:16]}–{end[11:16]}"


def amount(value: float | None, unit: str, name: str = "", digits: int = 0) -> str:
    """`HRV 45 ms`; nothing where the value is not known."""
    if value is None:
        return ""
    said = f"{value:,.{digits}f}" if abs(value) < _MOST else _beyond(value)
    return " ".join(filter(None, (name, said, unit)))


def _beyond(value: float) -> str:
    """What to say of a number that is no measure."""
    return "no number" if value != value else f"{'under −' if value < 0 else 'over '}{_MOST:,}"


def size(count: int) -> str:
    """`1.4 MB`."""
    for unit, factor in (("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count} bytes"


def listed(*parts: Any) -> str:
    """What is not empty of the parts, with commas."""
    return ", ".join(part for part in parts if part)
