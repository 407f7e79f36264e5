"""Read each metric of a person's days, in its unit, and the reason where a day has none.

Only scored records count, recoveries while WHOOP calibrates do not, null is not 0, and what no body
can do is no measurement: it is left out with that reason, so that one such number spoils no other.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any, NamedTuple

from .. import times
from ..reads.days import Day
from ..reads.usable import NOT_RECORDED, PARTS, Measured, lacking, unusable
from ..whoop.records import Cycle, Recovery, Sleep
from .timeseries import Dates, day, number

LONGEST = 72  # hours of sleep in a night, and some more
_AFTER_NOON = " after noon"  # a unit that ends so is of times of day


class Format(Enum):
    """The ways of writing a figure for people."""

    NUMBER = auto()  # with its unit
    SCALE = auto()  # a ratio, or a place on a scale: the number alone
    HOURS = auto()  # as hours and minutes
    LOGARITHM = auto()  # a logarithm of ms, written in ms
    CHANGE = auto()  # with its sign and its unit
    CORRELATION = auto()  # with its sign, as ρ


@dataclass(frozen=True)
class Metric:
    """One measure of a day, in `unit`, from its cycle, recovery or sleep."""

    id: str
    name: str
    unit: str
    part: str
    read: Callable[[Any], float | None]
    low: float
    high: float  # what a body can do, and some more
    format: Format = Format.NUMBER
    further: bool = False  # further sleeps of the date, which are no naps, are added
    note: str | None = None

    @property
    def name_within(self) -> str:
        """The name in the middle of a sentence."""
        return self.name if self.name.isupper() else self.name.lower()

    @property
    def axis(self) -> str:
        """The name with the unit that people know."""
        return f"{self.name}, {self.natural_unit}"

    @property
    def natural_unit(self) -> str:
        return "ms" if self.format is Format.LOGARITHM else self.unit

    @property
    def unit_of_difference(self) -> str:
        """The unit of a difference: that of times of day is in hours."""
        return self.unit.removesuffix(_AFTER_NOON)

    @property
    def is_time_of_day(self) -> bool:
        return self.unit.endswith(_AFTER_NOON)

    @property
    def ways(self) -> tuple[str, str]:
        """What a sentence calls more of it, and less."""
        return ("later", "earlier") if self.is_time_of_day else ("higher", "lower")

    def natural(self, value: float) -> float:
        """Convert a value to `natural_unit`."""
        return math.exp(value) if self.format is Format.LOGARITHM else value


class Evidence(NamedTuple):
    """A day that a statistic rests on, with the id of its record.

    `values` has one value, or both of a pair; an unusual day also has the `metric` that the value
    was computed from, and what was `measured`.
    """

    date: str
    values: tuple[float, ...]
    id: Any
    metric: Metric | None = None
    measured: float | None = None


class Sample(NamedTuple):
    """The points of a series within some dates, oldest first, and the days it lacks by reason."""

    dates: Dates
    points: dict[int, float]
    excluded: dict[str, int]

    @property
    def values(self) -> list[float]:
        return list(self.points.values())


class Usual(NamedTuple):
    """The median of the days before, and their median absolute deviation."""

    median: float
    deviation: float


@dataclass
class Series:
    """A metric by day number: values with the ids of their records, why days have none, where
    part of a day's workouts was left out of its value, and what was usual before those days that
    were asked for."""

    metric: Metric
    values: dict[int, float] = field(default_factory=dict)
    ids: dict[int, Any] = field(default_factory=dict)
    why: dict[int, str] = field(default_factory=dict)
    overlapped: dict[int, int] = field(default_factory=dict)  # workouts that count in part
    usual: dict[int, Usual | None] = field(default_factory=dict)

    def within(self, dates: Dates) -> Sample:
        """Cut it to some dates."""
        days, values = range(dates.first, dates.last + 1), self.values
        points = {at: values[at] for at in days if at in values}
        lacking: dict[str, int] = {}
        if len(points) < len(days):
            absent = (self.why.get(at, NOT_RECORDED) for at in days if at not in values)
            lacking = dict(Counter(absent))
        if self.overlapped and (overlapped := sum(self.overlapped.get(at, 0) for at in points)):
            lacking["overlapped workouts, of which the overlap counts once"] = overlapped
        return Sample(dates, points, lacking)

    def values_within(self, dates: Dates) -> list[float]:
        """Return the values within some dates, oldest first."""
        found = map(self.values.get, range(dates.first, dates.last + 1))
        return [value for value in found if value is not None]

    def evidence(self, days: Iterable[int]) -> list[Evidence]:
        """Return some days that have a value, each with its record."""
        return [Evidence(day(at), (round(self.values[at], 4),), self.ids[at]) for at in days]


def hours(seconds: float | None) -> float | None:
    """Convert seconds to hours; None as well where those are more than a night can have."""
    return None if seconds is None or not bodily(seconds) else seconds / 3600


def bodily(seconds: float) -> bool:
    """Tell whether a part of a night, or what is lacking to it, can be so long."""
    return abs(seconds) <= LONGEST * 3600


def clock(after_noon: float) -> str:
    """Write hours after noon as the clock has them: `22:35`."""
    whole, minutes = divmod(round(after_noon * 60) + 12 * 60, 60)
    return f"{whole % 24:02d}:{minutes:02d}"


def _log(value: float | None) -> float | None:
    return math.log(value) if value and value > 0 else None


def _bedtime(sleep: Sleep) -> float:
    """Count hours from the noon before the date on which a sleep ended to its start."""
    start, end = sleep.start_local or sleep.start, sleep.end_local or sleep.end or sleep.start
    noon = f"{day(number(end[:10]) - 1)}T12:00:00.000Z"
    return times.seconds(noon, start[:23] + "Z") / 3600


_Read = tuple[str, Callable[[Any], float | None]]
"""The part of a day that has a measure, and how it is read off that."""


def _of_cycle(read: Callable[[Cycle], float | None]) -> _Read:
    return "cycle", read


def _of_recovery(read: Callable[[Recovery], float | None]) -> _Read:
    return "recovery", read


def _of_sleep(read: Callable[[Sleep], float | None]) -> _Read:
    return "sleep", read


_LIST = (
    Metric(
        "ln_hrv",
        "HRV",
        "ln ms",
        *_of_recovery(lambda one: _log(one.hrv_rmssd_ms)),
        math.log(0.1),
        math.log(1000),
        Format.LOGARITHM,
    ),
    Metric(
        "resting_heart_rate",
        "Resting heart rate",
        "bpm",
        *_of_recovery(lambda one: one.resting_heart_rate_bpm),
        1,
        400,
    ),
    Metric("recovery", "Recovery", "%", *_of_recovery(lambda one: one.recovery_score), 0, 100),
    Metric(
        "sleep_duration",
        "Time asleep",
        "hours",
        *_of_sleep(lambda one: None if one.asleep_seconds is None else one.asleep_seconds / 3600),
        0,
        LONGEST,
        Format.HOURS,
        further=True,
        note="the main sleep, its cycle's further sleeps that are no naps, and another cycle's of "
        "the date; naps are not in it",
    ),
    Metric(
        "sleep_performance",
        "Sleep performance",
        "%",
        *_of_sleep(lambda one: one.sleep_performance_pct),
        0,
        1000,
    ),
    Metric("strain", "Strain", "0–21", *_of_cycle(lambda one: one.strain), 0, 21.5, Format.SCALE),
    Metric(
        "respiratory_rate",
        "Respiratory rate",
        "breaths/min",
        *_of_sleep(lambda one: one.respiratory_rate),
        0,
        120,
    ),
    Metric(
        "skin_temperature",
        "Skin temperature",
        "°C",
        *_of_recovery(lambda one: one.skin_temp_c),
        -20,
        60,
    ),
    Metric("spo2", "Blood oxygen", "%", *_of_recovery(lambda one: one.spo2_pct), 0, 100),
    Metric(
        "sleep_efficiency",
        "Sleep efficiency",
        "%",
        *_of_sleep(lambda one: one.sleep_efficiency_pct),
        0,
        101,
    ),
    Metric(
        "sleep_consistency",
        "Sleep consistency",
        "%",
        *_of_sleep(lambda one: one.sleep_consistency_pct),
        0,
        101,
    ),
    Metric("bedtime", "Bedtime", f"hours{_AFTER_NOON}", *_of_sleep(_bedtime), -LONGEST, LONGEST),
)

BEYOND = "beyond what a body can do"


def read_series(days: Sequence[Day]) -> dict[str, Series]:
    """Read every metric's series, by its id."""
    found = {metric.id: Series(metric) for metric in _LIST}
    dated = [(number(one.date), one) for one in days]
    for part in PARTS:
        of_part = [series for series in found.values() if series.metric.part == part]
        for at, one in dated:
            record, why = getattr(one, part), lacking(one, part)
            if why:
                for series in of_part:
                    series.why[at] = why
            else:
                key = record.cycle_id if isinstance(record, Recovery) else record.id
                further = further_sleeps(one)
                for series in of_part:
                    _read(series, at, record, further, key)
    return found


def _read(series: Series, at: int, record: Measured, further: Sequence[Sleep], key: Any) -> None:
    """Read a day's value off its record, which is fit for use, or note why there is none."""
    metric = series.metric
    why, value = None, metric.read(record)
    if metric.further and further:
        why = further_unusable(further)
        value = total([value, *map(metric.read, further)])
    if value is not None and not metric.low <= value <= metric.high:
        why = why or BEYOND
    if why or value is None:
        series.why[at] = why or "not measured"
    else:
        series.values[at] = value
        series.ids[at] = key


def further_sleeps(one: Day) -> list[Sleep]:
    """List what was slept on a date beside the main sleep and naps: the further sleeps of its
    cycle, and those of another cycle of the date."""
    found = list(one.other_sleeps)
    for night in one.other_cycles:
        found += [sleep for sleep in (night.sleep, *night.other_sleeps) if sleep and not sleep.nap]
    return found


def total(parts: Iterable[float | None]) -> float | None:
    """Add what is measured; None where any part is not, or there is none."""
    known = list(parts)
    return sum(one for one in known if one is not None) if known and None not in known else None


def further_unusable(sleeps: Iterable[Sleep]) -> str | None:
    """Return the reason for which a day's time asleep is not known though its main sleep is."""
    return "further sleep not scored" if any(map(unusable, sleeps)) else None
