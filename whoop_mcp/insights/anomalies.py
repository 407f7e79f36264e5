"""Find days on which several vital signs are off at once, and how often the rule fires."""

from __future__ import annotations

import logging
import math
from collections import Counter
from collections.abc import Mapping
from statistics import median
from typing import Any, Literal, NamedTuple

from ..reads.usable import NOT_RECORDED
from .metrics import Evidence, Format, Series, Usual
from .statistic import Definition, Firing, Statistic, too_few
from .timeseries import Dates, day, in_words

log = logging.getLogger(__name__)

WORSE = {
    "skin_temperature": (1, 0.1),
    "resting_heart_rate": (1, 1.0),
    "respiratory_rate": (1, 0.2),
    "ln_hrv": (-1, 0.05),
    "spo2": (-1, 0.5),
}
"""The direction that is worse, and the least scale in the metric's unit: this project's choice."""

BASELINE_DAYS, GAP, FLOOR = 28, 3, 21
LEAST, WATCH, FLAG, CLIP = 3, 2.0, 3.5, 4.0
BACK_TEST = 365
RATE_FLOOR = 28  # evaluated days

_METHOD = (
    "z = (x − median)/max(1.4826·MAD, floor) of the 28 days that end 3 before, up is worse; watch: "
    "z ≥ 2 on two or more of at least three; flag: that, and Σ clip(z, ±4)/√k ≥ 3.5"
)
_SOURCE = (
    "Leys 2013, 10.1016/j.jesp.2013.03.013; Mishra 2020, 10.1038/s41551-020-00640-6; "
    "Miller 2020, 10.1371/journal.pone.0243693"
)
_NOTE = (
    "a healthy person has 6–17 such days a year, about 20 with alcohol once a week; alcohol and "
    "the menstrual cycle are common causes; not a diagnosis"
)

RATE = Definition("anomaly.rate", "How often the rule fires", "% of judged days", Format.NUMBER)


class DayScores(NamedTuple):
    """A day's vital signs in robust SDs, up is worse, and why the others are not among them."""

    at: int
    zs: dict[str, float]
    excluded: dict[str, int]

    @property
    def total(self) -> float:
        clipped = (max(-CLIP, min(CLIP, z)) for z in self.zs.values())
        return math.fsum(clipped) / math.sqrt(len(self.zs))

    @property
    def level(self) -> Literal["watch", "flag"] | None:
        if len(self.zs) < LEAST or sum(z >= WATCH for z in self.zs.values()) < 2:
            return None
        return "flag" if self.total >= FLAG else "watch"


def anomalies(table: Mapping[str, Series], period: Dates) -> list[Statistic]:
    """Count how often the rule fired over the last 365 days at most, in % of the days that could be
    judged; and make each watch and flag day of the period one statistic: S, in combined SD.

    Sources in `source`; floor 21 of 28 baseline days per metric, 28 judged days for the rate.
    """
    try:
        found = _anomalies(table, period)
    except Exception:
        log.exception("The days could not be judged.")
        reason = "it could not be computed; the log says how that failed"
        none = Statistic(
            *RATE,
            _METHOD,
            _SOURCE,
            period,
            n=0,
            excluded={},
            reason=reason,
            firing=Firing(),
            note=_NOTE,
        )
        return [none]
    return found


def _anomalies(table: Mapping[str, Series], period: Dates) -> list[Statistic]:
    first, whole = _first(table, period), Dates.ending(period.last, BACK_TEST)
    past = Dates(max(whole.first, first), period.last)
    older = max(period.first, first) < whole.first
    scores = [score_day(table, at) for at in range(past.first, past.last + 1)]
    judged = [one for one in scores if len(one.zs) >= LEAST]
    fired = [one for one in judged if one.level]
    reason = too_few(len(judged), RATE_FLOOR, "days that could be judged")
    rate = Statistic(
        *RATE,
        f"watch or flag days among the last {past.days} days; {_METHOD}",
        _SOURCE,
        past,
        n=len(judged),
        excluded=_left_out(len(scores) - len(judged)),
        value=None if reason else 100 * len(fired) / len(judged),
        reason=reason,
        firing=Firing(
            sum(one.level == "watch" for one in fired),
            sum(one.level == "flag" for one in fired),
            sum(one.at >= period.first for one in judged),
        ),
        note=_NOTE + (f"; no day before {day(whole.first)} was judged" if older else ""),
        evidence=[Evidence(day(one.at), (round(one.total, 4),), _id(table, one)) for one in fired],
    )
    shown = [one for one in fired if one.at >= period.first]
    return [rate, *(_unusual_day(table, one) for one in shown)]


def score_day(table: Mapping[str, Series], at: int) -> DayScores:
    """Compute a day's z of every metric that it and its baseline have."""
    zs: dict[str, float] = {}
    lacking: Counter[str] = Counter()
    for name, (sign, floor) in WORSE.items():
        series = table[name]
        if at not in series.values:
            lacking[series.why.get(at, NOT_RECORDED)] += 1
            continue
        before = usual(series, at)
        if before is None:
            lacking["baseline under 21 days"] += 1
            continue
        scale = max(1.4826 * before.deviation, floor)
        zs[name] = sign * (series.values[at] - before.median) / scale
    return DayScores(at, zs, dict(lacking))


def usual(series: Series, at: int) -> Usual | None:
    """Return what was usual in the 28 days that end 3 before a day, None under 21 of them.

    It is computed once a day, and kept with the series.
    """
    if at not in series.usual:
        values = series.values_within(Dates.ending(at - GAP, BASELINE_DAYS))
        series.usual[at] = None
        if len(values) >= FLOOR:
            middle = median(values)
            series.usual[at] = Usual(middle, median([abs(value - middle) for value in values]))
    return series.usual[at]


def _unusual_day(table: Mapping[str, Series], one: DayScores) -> Statistic:
    date = day(one.at)
    return Statistic(
        f"anomaly.{date}",
        in_words(date, weekday=True),
        "combined SD",
        Format.NUMBER,
        "see anomaly.rate",
        "see anomaly.rate",
        Dates(one.at - GAP - BASELINE_DAYS + 1, one.at),
        n=len(one.zs),
        excluded=one.excluded,
        value=one.total,
        level=one.level,
        evidence=[
            Evidence(
                date,
                (round(z, 4),),
                table[name].ids[one.at],
                table[name].metric,
                round(table[name].values[one.at], 4),
            )
            for name, z in one.zs.items()
        ],
    )


def _first(table: Mapping[str, Series], period: Dates) -> int:
    """Find the first day that has any of the metrics, so that no day before it is counted."""
    known = (min(table[name].values, default=period.last) for name in WORSE)
    return min(known)


def _left_out(days: int) -> dict[str, int]:
    return {"fewer than three metrics": days} if days else {}


def _id(table: Mapping[str, Series], one: DayScores) -> Any:
    return table[next(iter(one.zs))].ids[one.at]
