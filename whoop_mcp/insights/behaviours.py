"""Compare the mornings after a behaviour of the journal with those after days without it."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from statistics import fmean
from typing import NamedTuple

from ..cache.journal import Told
from ..reads.underway import Underway
from ..reads.usable import NOT_RECORDED
from . import correlations
from .metrics import Evidence, Format, Metric, Sample, Series
from .shifts import LEAST_DAYS, WEEK, Marks, Outcome, Slow, contrast, marks, outcome
from .statistic import CHANCE, Behaviour, Definition, Statistic, Verdict, attempt, too_few
from .timeseries import Dates, day, in_words, ranks

OUTCOMES = ("recovery", "ln_hrv", "resting_heart_rate", "sleep_duration", "sleep_performance")
"""What is looked at on the morning after."""

LAG = 1
FLOOR = 10  # days with and days without: this project's own choice
AMOUNTS_FLOOR = 20  # days with an amount, half as many of them with another than the commonest
SHORTEST, LONGEST = 182, 364  # days of the window: whole weeks, the period within these
TOGETHER = 0.5  # φ from which on two behaviours are not told apart

NOTHING = Definition("behaviours", "Behaviours of the journal", "", Format.CHANGE)

_METHOD = (
    "days with minus days without, by least squares, seasons, trend and weekdays out of both; "
    "ci and p from all shifts of the behaviour along the calendar"
)
_BY_AMOUNT = "most minus least of the amounts, by their ranks among the days with one, as the rest"
_SOURCE = (
    "Harris 2020, 10.1101/2020.11.29.402719; Frisch & Waugh 1933, 10.2307/1907330; "
    "choices this project's own"
)
_CONSTANT = "the values do not vary beyond season, trend and weekdays"
_ALONE = "beyond chance by itself, but not among all that was tried"
_STRETCHES = "its days come too regularly, or in too few stretches, to rule out chance"


@dataclass
class Habit:
    """What the journal tells of a behaviour, by the day after: whether it was done, the amounts,
    and the days with answers that contradict each other."""

    name: str
    done: dict[int, bool] = field(default_factory=dict)
    amounts: dict[int, tuple[float, str]] = field(default_factory=dict)
    contradicted: set[int] = field(default_factory=set)

    @property
    def yes(self) -> int:
        return sum(self.done.values())

    @property
    def no(self) -> int:
        return len(self.done) - self.yes


class _Company(NamedTuple):
    """What else was done on the days of a behaviour: how many others on days with it and without,
    and which mostly come with it or in its place."""

    others: tuple[float, float]
    together: tuple[str, ...]
    instead: tuple[str, ...]


@dataclass
class _Shared:
    """What the comparisons of an answer have in common, each computed once."""

    slow: Slow = field(default_factory=Slow)
    marks: dict[tuple[object, ...], Marks | None] = field(default_factory=dict)


class _Compared(NamedTuple):
    """An outcome in the window, and its days as the shifts need them; without these, the reason."""

    series: Series
    sample: Sample
    y: Outcome | None
    reason: str | None


def behaviours(
    table: Mapping[str, Series],
    period: Dates,
    told: Iterable[Told],
    running: Mapping[str, Underway] | None = None,
) -> list[Statistic]:
    """Compare five outcomes of the next morning, each in its unit, after days with and without
    each behaviour, the most answered first; by amounts as well where they were logged. What an
    experiment is `running` on is not compared before it is over: who looks early at what the lot is
    still deciding finds something by chance.

    Harris 2020, 10.1101/2020.11.29.402719 (shifts); Frisch & Waugh 1933, 10.2307/1907330. Floor: 10
    days with and 10 without; window: the period, but no less than 26 weeks and no more than 52.
    Both, and the way the two are put together, are this project's own choice.
    """
    dates = window(period)
    habits = read(told, dates)
    if not habits:
        return [_none(NOTHING, dates, "the journal has no answer in this window")]
    enough = [one for one in habits if min(one.yes, one.no) >= FLOOR]
    company = _companies(habits, enough)
    shared = _Shared()
    compared = [_compared(table[name], dates, shared) for name in OUTCOMES] if enough else []
    found: list[Statistic] = []
    for one in habits:
        if running and one.name in running:
            found.append(_none(_named(one), dates, _until(running[one.name]), one))
            continue
        if one.name not in company:
            found.append(_none(_named(one), dates, _lacking(one.yes, one.no), one))
            continue
        for by_amount in (False, True):
            points = _amounts(one) if by_amount else {at: float(x) for at, x in one.done.items()}
            if not points:
                continue
            for other in compared:
                compute = partial(
                    _difference, one, other, points, by_amount, company[one.name], shared
                )
                metric = other.series.metric
                found.append(attempt(_defined(one, metric, by_amount), dates, compute))
    return found


def window(period: Dates) -> Dates:
    """Return the whole weeks that behaviours are looked at in."""
    weeks = -(-min(max(period.days, SHORTEST), LONGEST) // WEEK)
    return Dates.ending(period.last, weeks * WEEK)


def read(told: Iterable[Told], dates: Dates) -> list[Habit]:
    """Sort what the journal tells by behaviour, the most answered first; each answer is put to the
    morning after its day, where that is one of the dates. A day without an answer is unknown."""
    found: dict[str, Habit] = {}
    places = {day(at - LAG): at for at in range(dates.first, dates.last + 1)}
    for one in told:
        at = places.get(one.date)
        if at is None:
            continue
        habit = found.get(one.behaviour) or found.setdefault(one.behaviour, Habit(one.behaviour))
        if habit.done.setdefault(at, one.answer) != one.answer:
            habit.contradicted.add(at)
        if one.answer and one.amount is not None:
            amount, unit = habit.amounts.get(at, (0.0, one.unit or ""))
            if unit == (one.unit or ""):
                habit.amounts[at] = amount + one.amount, unit
    for habit in found.values():
        for at in habit.contradicted:
            del habit.done[at]
            habit.amounts.pop(at, None)
    return sorted(found.values(), key=lambda one: (-len(one.done), one.name))


def judge(found: Statistic, q: float) -> Verdict:
    """Judge a difference by its q, as a correlation; of one whose interval alone leaves 0 out, say
    why that is not enough."""
    verdict = correlations.judge(found, q)
    alone = found.p is not None and found.p < CHANCE
    return Verdict(_ALONE, False) if alone and not verdict.claim else verdict


# ── one behaviour and one outcome ──


def _difference(
    habit: Habit,
    other: _Compared,
    points: Mapping[int, float],
    by_amount: bool,
    company: _Company,
    shared: _Shared,
) -> Statistic:
    series, dates, y = other.series, other.sample.dates, other.y
    x = {at: points[at] for at in sorted(points) if at in series.values}
    yes = sum(habit.done[at] for at in x)
    no = len(x) - yes
    reason = _reason(other, x, yes, no, by_amount)
    found = None
    if y is not None and reason is None:
        key = habit.name, by_amount, y.first, y.days, y.known
        if key not in shared.marks:
            shared.marks[key] = marks(x, y, shared.slow)
        shifted = shared.marks[key]
        if shifted is None or not _enough(shifted, by_amount):
            reason = "season, trend and weekdays leave too little of it to compare days by"
        else:
            found = contrast(shifted, y)
    without = [series.values[at] for at in x if not habit.done[at]]
    behaviour = Behaviour(
        habit.name,
        yes,
        no,
        LAG,
        found and found.before,
        company.others,
        company.together,
        company.instead,
        fmean(without or other.sample.values or [0.0]),
    )
    near = found is not None and found.p is not None and found.p < CHANCE
    return Statistic(
        *_defined(habit, series.metric, by_amount),
        _BY_AMOUNT if by_amount else _METHOD,
        _SOURCE,
        dates,
        n=len(x),
        excluded=_left_out(habit, other, x),
        value=found and found.value,
        ci=found and found.ci,
        reason=reason,
        metric=series.metric,
        behaviour=behaviour,
        p=found and found.p,
        verdict=Verdict(_STRETCHES, False) if found and found.p is None else None,
        note=_note(company),
        # Most of a journal's differences are nothing: only what may be something shows its days.
        evidence=[
            Evidence(day(at), (value, round(series.values[at], 4)), series.ids[at])
            for at, value in x.items()
        ]
        if near
        else (),
    )


def _reason(
    other: _Compared, x: Mapping[int, float], yes: int, no: int, by_amount: bool
) -> str | None:
    if by_amount:
        if reason := too_few(len(x), AMOUNTS_FLOOR, "days with an amount"):
            return reason
        differing = len(x) - max(Counter(x.values()).values())
        reason = too_few(differing, FLOOR, "days with an amount other than the commonest")
        return reason or other.reason
    return (_lacking(yes, no) if min(yes, no) < FLOOR else None) or other.reason


def _enough(shifted: Marks, by_amount: bool) -> bool:
    """Tell whether trend and weekdays leave enough of what days are compared by: as much as ten
    days with it and ten without have, of amounts a quarter."""
    return shifted.share >= 0.25 if by_amount else shifted.contrasted >= FLOOR / 2


def _lacking(yes: int, no: int) -> str:
    days = "day" if yes == 1 else "days"
    words = f"{yes} {days} with it and {no} without; at least {FLOOR} of each are needed"
    if no or yes < FLOOR:
        return words
    return f"{words}, and a day without an entry is unknown: log the days without it as well"


def _until(one: Underway) -> str:
    if not one.waits_for:
        return f"an experiment on it is running until {in_words(one.last_morning)}"
    more = len(one.waits_for) - 1
    return (
        f"an experiment on it waits for the figures of {in_words(one.waits_for[0])}"
        f"{f' and {more} more' if more else ''}"
    )


def _compared(series: Series, dates: Dates, shared: _Shared) -> _Compared:
    sample = series.within(dates)
    y, reason = outcome(sample.points, shared.slow), None
    if y is None:
        reason = too_few(len(sample.points), LEAST_DAYS, "mornings") or _CONSTANT
    return _Compared(series, sample, y, reason)


def _left_out(habit: Habit, other: _Compared, x: Mapping[int, float]) -> dict[str, int]:
    """Count the mornings of the window that do not count, by reason."""
    series, found = other.series, Counter[str]()
    for at in range(other.sample.dates.first, other.sample.dates.last + 1):
        if at in x:
            continue
        if at not in series.values:
            found[series.why.get(at, NOT_RECORDED)] += 1
        elif at in habit.contradicted:
            found["answered both yes and no"] += 1
        elif at not in habit.done:
            found["no answer in the journal"] += 1
        else:
            found["without it" if not habit.done[at] else "no amount in the commonest unit"] += 1
    return dict(found)


def _amounts(habit: Habit) -> dict[int, float]:
    """Rank the amounts in their commonest unit from 0, the least, to 1; nothing where there are
    none, or but one."""
    if not habit.amounts:
        return {}
    ((unit, _),) = Counter(unit for _, unit in habit.amounts.values()).most_common(1)
    known = {at: amount for at, (amount, its) in habit.amounts.items() if its == unit}
    ranked = ranks(list(known.values()))
    least, most = min(ranked), max(ranked)
    if least == most:
        return {}
    return {at: (rank - least) / (most - least) for at, rank in zip(known, ranked, strict=True)}


# ── what comes with what ──


def _companies(habits: Sequence[Habit], enough: Sequence[Habit]) -> dict[str, _Company]:
    """Find for each behaviour that has enough days what else is done on them."""
    first = min((at for one in habits for at in one.done), default=0)
    known = {one.name: _bits(one.done, first) for one in habits}
    done = {one.name: _bits([at for at, yes in one.done.items() if yes], first) for one in habits}
    together: dict[str, list[str]] = defaultdict(list)
    instead: dict[str, list[str]] = defaultdict(list)
    for a, b in combinations([one.name for one in enough], 2):
        like = _phi(done[a], done[b], known[a] & known[b])
        if abs(like) > TOGETHER:
            for one, other in ((a, b), (b, a)):
                (together if like > 0 else instead)[one].append(other)
    return {
        one.name: _Company(
            _others(one, done, first), tuple(together[one.name]), tuple(instead[one.name])
        )
        for one in enough
    }


def _others(habit: Habit, done: Mapping[str, int], first: int) -> tuple[float, float]:
    """Return how many other behaviours a day with this one has, and a day without it."""
    yes = done[habit.name]
    no = _bits(habit.done, first) & ~yes
    rest = [bits for name, bits in done.items() if name != habit.name]
    with_it = sum((bits & yes).bit_count() for bits in rest) / habit.yes
    without = sum((bits & no).bit_count() for bits in rest) / habit.no
    return round(with_it, 2), round(without, 2)


def _phi(a: int, b: int, known: int) -> float:
    """Correlate two behaviours by yes and no over the days that both were answered on."""
    n, of_a, of_b = known.bit_count(), (a & known).bit_count(), (b & known).bit_count()
    square = of_a * (n - of_a) * of_b * (n - of_b)
    return (n * (a & b & known).bit_count() - of_a * of_b) / math.sqrt(square) if square else 0.0


def _bits(days: Iterable[int], first: int) -> int:
    return sum(1 << at - first for at in days)


def _note(company: _Company) -> str | None:
    parts = []
    if company.together:
        parts.append(f"mostly done on the same days as {', '.join(company.together)}")
    if company.instead:
        parts.append(f"mostly done instead of {', '.join(company.instead)}")
    return f"{'; '.join(parts)}: their effects cannot be told apart" if parts else None


# ── names ──


def _named(habit: Habit) -> Definition:
    return Definition(f"behaviour.{habit.name}", _capital(habit.name), "", Format.CHANGE)


def _defined(habit: Habit, metric: Metric, by_amount: bool) -> Definition:
    more = ".amount" if by_amount else ""
    words = ", more against less" if by_amount else ""
    return Definition(
        f"behaviour.{habit.name}~{metric.id}{more}",
        f"{_capital(habit.name)}{words}: {metric.name_within} of the next morning",
        metric.unit,
        Format.CHANGE,
    )


def _capital(name: str) -> str:
    return f"{name[:1].upper()}{name[1:]}"


def _none(
    definition: Definition, dates: Dates, reason: str, habit: Habit | None = None
) -> Statistic:
    excluded = {"answered both yes and no": len(habit.contradicted)} if habit else {}
    return Statistic(
        *definition,
        _METHOD,
        _SOURCE,
        dates,
        n=len(habit.done) if habit else 0,
        excluded={why: many for why, many in excluded.items() if many},
        reason=reason,
    )
