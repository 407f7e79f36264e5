"""Learn from a person's own days how much two neighbouring blocks differ without any experiment."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from statistics import fmean
from typing import NamedTuple

from ..insights.metrics import Series
from ..insights.statistic import too_few
from ..insights.timeseries import Dates, detrended, deviation, persistence, varies
from ..reads.usable import NOT_FETCHED, PURGED

_DAYS = 365
FLOOR = 28  # mornings
_PAIRS_FLOOR = 10  # pairs of blocks side by side


def look_back(block_days: int) -> int:
    """Return how many days back it looks: a year, or two where that has too few pairs of blocks."""
    return _DAYS if (_PAIRS_FLOOR + 1) * 2 * block_days <= _DAYS else 2 * _DAYS


class History(NamedTuple):
    """What is usual of an outcome, in its unit.

    `sd` and `autocorrelation` are of the n mornings without trend and weekdays. `pair_sd` is the
    root mean square difference between two neighbouring blocks, taken from each day on, with all
    that makes neighbours differ in it: noise, its persistence, weekdays. `complete` is the share of
    such pairs in which both blocks have a morning. `reason` says why these two are None.
    """

    dates: Dates
    n: int
    excluded: Mapping[str, int]
    sd: float | None
    autocorrelation: float | None
    pair_sd: float | None
    complete: float | None
    reason: str | None


def history(series: Series, dates: Dates, block_days: int, washout_days: int) -> History:
    """Learn it from the mornings of some dates, as many as are known."""
    sample = series.within(dates)
    points = sample.points
    first = min(points, default=dates.last)
    unknown = {at for at, why in series.why.items() if why in (NOT_FETCHED, PURGED)}
    known = Dates(first, dates.last)
    pair_sd, complete, reason = _pairs(points, known, unknown, block_days, washout_days)
    sd = phi = None
    if len(points) >= FLOOR and varies(list(points.values())):
        left, _ = detrended(points)
        sd = deviation(list(left.values())) * deviation(list(points.values()))
        phi = persistence(left)
    since = series.within(known)
    return History(known, len(points), since.excluded, sd, phi, pair_sd, complete, reason)


def _pairs(
    points: Mapping[int, float],
    dates: Dates,
    unknown: Collection[int],
    block_days: int,
    washout_days: int,
) -> tuple[float | None, float | None, str | None]:
    """Go along the calendar with two blocks side by side; how much they differ, how often both are
    known, or why that cannot be told."""
    if len(points) < FLOOR:
        return None, None, too_few(len(points), FLOOR, "mornings known")
    squares, met = [], 0
    for start in range(dates.first, dates.last - 2 * block_days + 2):
        pair = range(start, start + 2 * block_days)
        if any(at in unknown for at in pair):
            continue
        met += 1
        means = [
            mean_of(points, range(begin + washout_days, begin + block_days))
            for begin in (start, start + block_days)
        ]
        if means[0] is not None and means[1] is not None:
            squares.append((means[1] - means[0]) ** 2)
    if len(squares) < _PAIRS_FLOOR * 2 * block_days:
        return (
            None,
            None,
            (
                f"the mornings known are too few for blocks of {block_days} days; about "
                f"{(_PAIRS_FLOOR + 1) * 2 * block_days} in a row are needed"
            ),
        )
    if not any(squares):
        return None, None, "the values do not vary"
    return math.sqrt(math.fsum(squares) / len(squares)), len(squares) / met, None


def mean_of(points: Mapping[int, float], days: range) -> float | None:
    """Return the mean of the days that are known; None without any."""
    found = [points[at] for at in days if at in points]
    return fmean(found) if found else None
