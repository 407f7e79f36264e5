"""Define a statistic with all that it rests on, so that none is quoted without its basis."""

from __future__ import annotations

import logging
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, fields
from functools import cached_property
from typing import Literal, NamedTuple

from ..cache.coverage import Standing
from ..counts import counted
from .metrics import Evidence, Format, Metric, Series
from .timeseries import Dates

log = logging.getLogger(__name__)

SECTIONS = (
    "baselines",
    "trends",
    "load",
    "sleep",
    "anomalies",
    "correlations",
    "weekdays",
    "behaviours",
)
"""The lists of statistics of an answer, in its order."""

CHANCE = 0.05
"""The q from which on nothing is claimed."""


class Definition(NamedTuple):
    """The id, title, unit and format of a statistic, known before it is computed."""

    id: str
    title: str
    unit: str
    format: Format


class Baseline(NamedTuple):
    """The days before: mean and sample SD, both None under the floor."""

    dates: Dates
    n: int
    excluded: Mapping[str, int]
    mean: float | None
    sd: float | None


class Comparison(NamedTuple):
    """The same figure over other dates, None where too few days are known; `name` says what it is
    of those days."""

    name: Literal["mean", "median", "value"]
    value: float | None
    n: int
    dates: Dates


Position = Literal["below", "within", "above"]


class Band(NamedTuple):
    """The usual range of ln rMSSD, in ln ms, and the week's place in it."""

    low: float
    high: float
    position: Position

    @property
    def low_ms(self) -> float:
        return math.exp(self.low)

    @property
    def high_ms(self) -> float:
        return math.exp(self.high)


class Firing(NamedTuple):
    """The days on which a rule fired in its back-test, and those it could judge in the period."""

    watch_days: int = 0
    flag_days: int = 0
    judged_in_period: int = 0


class Relation(NamedTuple):
    """Two metrics, the second `lag` days after the first, what a sentence calls the two, and
    whether WHOOP computes one from the other."""

    x: Metric
    y: Metric
    lag: int
    words: str
    built_in: bool = False


class Weekday(NamedTuple):
    """The n days of a weekday: their mean, and how far they are `off` the days around them in the
    mean, with the p of that distance."""

    name: str
    n: int
    mean: float
    off: float
    p: float


class Behaviour(NamedTuple):
    """What an outcome is compared by: a behaviour of the journal, on how many days with the outcome
    it was done and was not, how many days later the outcome is; the difference on the very day's
    morning, before it was done; how many other behaviours days with it and without it have; those
    that mostly come with it, and in its place; and the outcome's mean on days without it."""

    name: str
    yes: int
    no: int
    lag: int
    same_morning: float | None
    others: tuple[float, float]
    together: tuple[str, ...]
    instead: tuple[str, ...]
    without: float


class Verdict(NamedTuple):
    """The words for a statistic once its q is known; `claim` where they claim something."""

    words: str
    claim: bool


@dataclass(frozen=True)
class Statistic:
    """One figure of an answer, and everything that it rests on.

    A value of None has its `reason`. `ci` is of 95 %, `p` and `q` are probabilities, `excluded`
    counts by reason what was left out, `metric` is what a slope is of, `figures` are further
    numbers by their name, `sides` are the two stretches whose difference it is.
    """

    id: str
    title: str
    unit: str
    format: Format
    method: str
    source: str
    dates: Dates
    _: KW_ONLY
    n: int
    excluded: Mapping[str, int]
    value: float | None = None
    ci: tuple[float, float] | None = None
    reason: str | None = None
    baseline: Baseline | None = None
    band: Band | None = None
    previous: Comparison | None = None
    usual: Comparison | None = None
    level: Literal["watch", "flag"] | None = None
    firing: Firing | None = None
    metric: Metric | None = None
    relation: Relation | None = None
    behaviour: Behaviour | None = None
    n_eff: float | None = None
    phi: float | None = None
    p: float | None = None
    q: float | None = None
    verdict: Verdict | None = None
    figures: Mapping[str, float | None] | None = None
    weekdays: Sequence[Weekday] | None = None
    note: str | None = None
    evidence: Sequence[Evidence] = ()
    sides: tuple[Baseline, Baseline] | None = None

    @property
    def claims(self) -> bool:
        return self.verdict is not None and self.verdict.claim

    @property
    def by_amount(self) -> bool:
        """Whether days with a behaviour are compared by how much of it there was: then there are
        none without it among them."""
        return self.id.endswith(".amount")

    @property
    def days_compared(self) -> str:
        """How many days a behaviour's difference rests on, in words."""
        if self.behaviour is None or self.by_amount:
            return f"{self.n} days with an amount"
        return f"{self.behaviour.yes} days with it and {self.behaviour.no} without"

    def change(self, value: float) -> float:
        """Convert a change, as the value of a slope is one, to `change_unit`."""
        if self.metric is None or self.metric.format is not Format.LOGARITHM:
            return value
        usual = self._changed_from
        return (100 if usual is None else math.exp(usual)) * math.expm1(value)

    @property
    def change_unit(self) -> str:
        """The unit of a change that people know, as of `unit_of_change`."""
        return unit_of_change(self.unit, in_ms=self._changed_from is not None)

    @property
    def _changed_from(self) -> float | None:
        """What a difference is added to, where that is known: the mean without the behaviour, or of
        the first of two stretches."""
        if self.behaviour:
            return self.behaviour.without
        return self.sides[0].mean if self.sides else None

    @property
    def geometric_mean_ms(self) -> float | None:
        """The value in ms, of a mean of logarithms."""
        if self.value is None or self.format is not Format.LOGARITHM:
            return None
        return math.exp(self.value)


class Standings(NamedTuple):
    """The standing of a resource over the period, and over all that the statistics reach to."""

    period: Standing
    reach: Standing


@dataclass(frozen=True)
class Answer:
    """The statistics of a period: `counts` of its days by what they have, the series that
    the statistics are computed from, the statistics by section, and the sentences about them."""

    period: Dates
    counts: Mapping[str, int]
    series: Mapping[str, Series]
    sections: Mapping[str, Sequence[Statistic]]
    summary: Sequence[str]
    coverage: Mapping[str, Standings] = field(default_factory=dict)

    @cached_property
    def by_id(self) -> dict[str, Statistic]:
        return {one.id: one for section in self.sections.values() for one in section}


def unit_of_change(unit: str, *, in_ms: bool = False) -> str:
    """Return the unit in which people read a change in `unit`: of per cents it is in points, of a
    logarithm a share, or in ms where it is known of what; a change of strain has none."""
    of, per, time = unit.partition(" per ")
    read = {"ln ms": "ms" if in_ms else "% of its level", "%": "points", "0–21": ""}.get(of, of)
    return f"{read}{per}{time}".strip()


def surest(statistics: Iterable[Statistic]) -> list[Statistic]:
    """Sort those that were judged by their q, the least first."""
    judged = [(one.q, one) for one in statistics if one.q is not None]
    return [one for _, one in sorted(judged, key=lambda pair: pair[0])]


def attempt(definition: Definition, dates: Dates, compute: Callable[[], Statistic]) -> Statistic:
    """Return what `compute` answers; where it fails, a statistic without a value that says so.

    The failure of one says nothing of the others. How it failed is in the log.
    """
    try:
        found = compute()
    except Exception:
        log.exception("The statistic %s could not be computed.", definition.id)
        reason = "it could not be computed; the log says how that failed"
    else:
        if _finite([getattr(found, one.name) for one in fields(found) if one.name != "evidence"]):
            return found
        log.error("The statistic %s came to no finite number.", definition.id)
        reason = "it has no finite value"
    return Statistic(
        *definition, "not computed", "this project", dates, n=0, excluded={}, reason=reason
    )


def _finite(value: object) -> bool:
    """Tell whether JSON can write every number in a value."""
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, (list, tuple)):
        return all(map(_finite, value))
    return not isinstance(value, dict) or all(map(_finite, value.values()))


def few_known(n: int, days: int) -> str:
    """Say in brackets how many of some days a figure rests on, where it is under half of them."""
    return f" ({counted(n, 'day')} known)" if 2 * n < days else ""


def too_few(n: int, floor: int, what: str = "days") -> str | None:
    """Return why there is no value where n is below the floor, else None."""
    if n >= floor:
        return None
    if n == 1 and not what.startswith("of "):
        what = re.sub(r"s\b", "", what, count=1)
    return f"{n} {what}; at least {floor} {'is' if floor == 1 else 'are'} needed"
