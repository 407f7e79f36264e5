"""Read days with what was not fetched or purged of them; say why a record must not be used."""

from __future__ import annotations

from collections import defaultdict

from .. import times
from ..cache.coverage import Standing, floor_bound
from ..cache.snapshot import Snapshot
from ..times import Span, Window
from ..whoop.records import Cycle, Recovery, Sleep
from ..whoop.resources import COLLECTIONS, CYCLES, RECOVERIES, SLEEPS
from .days import Day, read_days

NOT_FETCHED = "not fetched from WHOOP"
PURGED = "purged here"
NOT_RECORDED = "not recorded"
NOT_SCORED = "not scored"
NOT_OVER = "not over"

Measured = Cycle | Recovery | Sleep
PARTS = {"cycle": CYCLES.name, "recovery": RECOVERIES.name, "sleep": SLEEPS.name}
"""The parts of a day that are measured, each with the name of its resource."""


def read_known(seen: Snapshot, first: str, last: str) -> tuple[list[Day], dict[str, Standing]]:
    """Read one day for each date from `first` to `last`, both included, and how well each resource
    is known in them."""
    span = Span(first, times.plus(times.midnight(last), days=1)[:10])
    known = {one.name: seen.standing(one, span) for one in COLLECTIONS}
    unseen: dict[str, list[str]] = defaultdict(list)
    for name, standing in known.items():
        for date in {date for gap in standing.missing for date in _touched(seen, gap, first, last)}:
            unseen[date].append(name)
    purged = _purged_until(seen)
    found = [
        one._replace(unseen=unseen.get(one.date, ()), purged=one.date <= purged)
        for one in read_days(seen, first, last)
    ]
    return found, known


def lacking(day: Day, part: str) -> str | None:
    """Return the reason for which a day's cycle, recovery or sleep must not be used, if any."""
    record = getattr(day, part)
    if record is None and day.purged:
        return PURGED
    # Without its cycle no record is on any date: it may be held all the same.
    undated = day.cycle is None and CYCLES.name in day.unseen
    absent = record is None and (undated or PARTS[part] in day.unseen)
    return NOT_FETCHED if absent else unusable(record)


def unusable(record: Measured | None) -> str | None:
    """Return the reason for which a record must not be used, if any."""
    if record is None:
        return NOT_RECORDED
    # Neither what a day's strain will be nor how long a sleep was is known before it is over.
    if record.end is None and not isinstance(record, Recovery):  # that is done when it is there
        return NOT_OVER
    if record.score_state != "SCORED":
        return NOT_SCORED
    return "calibrating" if isinstance(record, Recovery) and record.user_calibrating else None


def _touched(seen: Snapshot, gap: Window, first: str, last: str) -> list[str]:
    """List the local dates that a gap touches on the clocks that the wearer had around it: a
    traveller's was not today's."""
    clocks, end = seen.offsets(gap) or {0}, times.plus(gap.end, milliseconds=-1)
    began = max(first, min(times.plus(gap.start, minutes=east)[:10] for east in clocks))
    ended = min(last, max(times.plus(end, minutes=east)[:10] for east in clocks))
    return list(times.dates(began, ended))


def _purged_until(seen: Snapshot) -> str:
    """Return the last local date of which anything was purged; empty where nothing was."""
    bound = floor_bound(seen.connection)
    if bound is None:
        return ""
    if times.is_date(bound):
        return times.plus(times.midnight(bound), days=-1)[:10]
    last = times.plus(bound, milliseconds=-1)
    clocks = seen.offsets(Window(last, bound)) or {0}
    return max(times.plus(last, minutes=east)[:10] for east in clocks)
