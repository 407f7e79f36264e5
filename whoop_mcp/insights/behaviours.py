"""Compare the mornings after a behaviour of the journal with those after days without it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from statistics import fmean
from typing import NamedTuple

from ..cache.journal import Told
from ..reads.underway import Underway
from ..reads.usable import NOT_RECORDED
from . import correlations
from .company import Company, companies, note
from .habits import LAG, Habit, ranked_amounts, read
from .metrics import Evidence, Format, Metric, Sample, Series
from .shifts import LEAST_DAYS, WEEK, Marks, Outcome, Slow, contrast, marks, outcome
from .statistic import CHANCE, Behaviour, Definition, Statistic, Verdict, attempt, too_few
from .timeseries import Dates, day, in_words

OUTCOMES = ("recovery", "ln_hrv", "resting_heart_rate", "sleep_duration", "sleep_performance")
"""What is looked at on the morning after."""

FLOOR = 10  # days with and days without: this project's own choice
AMOUNTS_FLOOR = 20  # days with an amount, half as many of them with another than the commonest
SHORTEST, LONGEST = 182, 364  # days of the window: whole weeks, the period within these

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
    company = companies(habits, enough)
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
            points = (
                ranked_amounts(one) if by_amount else {at: float(x) for at, x in one.done.items()}
            )
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
    company: Company,
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
        note=note(company),
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
