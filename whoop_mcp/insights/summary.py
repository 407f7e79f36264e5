"""Say most of an answer in a few sentences, each with a date and a number."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from ..counts import counted
from ..reads.usable import NOT_FETCHED
from .correlations import CLEAR
from .metrics import Format, Metric, clock
from .statistic import Statistic, few_known, surest
from .timeseries import Dates, day, in_short

log = logging.getLogger(__name__)

_FINEST = 6  # decimals


class _Calendar(NamedTuple):
    """Dates as people write them: the year only where it is not this one."""

    year: str

    def last(self, one: Statistic) -> str:
        return in_short(day(one.dates.last), self.year)

    def within(self, dates: Dates) -> str:
        """Write `on 26 Nov`, or `from 28 Oct to 26 Nov`."""
        first, last = map(day, dates)
        until = in_short(last, self.year)
        if first == last:
            return f"on {until}"
        same = last[:4] if first[:4] == last[:4] else self.year
        return f"from {in_short(first, same)} to {until}"


def sentences(
    period: Dates,
    counts: Mapping[str, int],
    sections: Mapping[str, Sequence[Statistic]],
    year: str = "",
) -> list[str]:
    """Write those of what is known: a statistic without a value is not mentioned.

    `year` is the present one, which dates leave out.
    """
    found = {one.id: one for section in sections.values() for one in section}
    dated = _Calendar(year)
    lines = [_days(dated, period, counts)]
    for write in (
        partial(_unfetched, period, found),
        partial(_hrv, dated, found["hrv.baseline"]),
        partial(_means, dated, found),
        partial(_drifts, dated, sections["trends"]),
        partial(_anomalies, dated, period, sections["anomalies"]),
        partial(_correlations, dated, sections["correlations"]),
        partial(_weekdays, dated, sections["weekdays"]),
        partial(_behaviours, dated, sections["behaviours"]),
        partial(_load, dated, found["load.acute_chronic"]),
        partial(_debt, dated, found["sleep.debt_14_cycles"], found["sleep.debt_whoop"]),
        partial(_regularity, dated, found["sleep.regularity_index"]),
    ):
        try:
            lines += write()
        except Exception:  # the figures that it would tell of are there all the same
            log.exception("A sentence of the summary could not be written.")
    return lines


def _days(dated: _Calendar, period: Dates, counts: Mapping[str, int]) -> str:
    recoveries, sleeps, when = counts["recovery"], counts["sleep"], dated.within(period)
    if period.days == 1:
        return (
            f"{when.removeprefix('on ')} has {'a' if recoveries else 'no'} usable recovery and "
            f"{'a' if sleeps else 'no'} usable sleep."
        )
    return (
        f"{recoveries} of the {counts['total']} days {when} {'has' if recoveries == 1 else 'have'} "
        f"a usable recovery, and {sleeps} "
        "a usable sleep."
    )


def _unfetched(period: Dates, found: Mapping[str, Statistic]) -> Iterator[str]:
    """Tell how many days lack what was not fetched: it may be there all the same."""
    means = (found["recovery.mean"], found["sleep_duration.mean"])
    unknown = max(one.excluded.get(NOT_FETCHED, 0) for one in means)
    if unknown:
        days = "that day" if period.days == 1 else f"{unknown} of these days"
        yield f"For {days} not everything was fetched from WHOOP: a sync may bring more."


def _hrv(dated: _Calendar, one: Statistic) -> Iterator[str]:
    mean, band = one.geometric_mean_ms, one.band
    if mean is not None and band and one.verdict:
        nearest = {"below": band.low_ms, "above": band.high_ms}.get(band.position)
        decimals = 0 if nearest is None else _decimals(mean, nearest)
        low, high = (f"{end:.{decimals}f}" for end in (band.low_ms, band.high_ms))
        agree = (band.position != "within") is one.verdict.claim
        yield (
            f"HRV averaged {mean:.{decimals}f} ms over the 7 days to {dated.last(one)}: "
            f"{band.position} your band of {low}–{high} ms from the 60 days before, "
            f"{'and' if agree else 'but'} {one.verdict.words} for you"
            f"{_how_often(one.figures or {})}."
        )


def _how_often(figures: Mapping[str, float | None]) -> str:
    """Tell on how many days of the last year the week up to them was unusual."""
    days, unusual = figures.get("judged_days"), figures.get("unusual_days")
    return (
        ""
        if unusual is None
        else f" (your 7-day average was unusual on {unusual} of {days} days judged in the year up "
        "to then)"
    )


def _means(dated: _Calendar, found: Mapping[str, Statistic]) -> Iterator[str]:
    for id, name in (
        ("recovery.mean", "Recovery"),
        ("resting_heart_rate.mean", "Resting heart rate"),
        ("sleep_duration.mean", "Time asleep, not counting naps,"),
    ):
        one = found[id]
        if one.value is None:
            continue
        known = {
            other.dates.days: (value, other.n)
            for other, value in (
                (one.baseline, one.baseline and one.baseline.mean),
                (one.previous, one.previous and one.previous.value),
            )
            if other and value is not None
        }
        others = [
            f"{_mean(one, value)} {_before(days, first=at == 0)}{few_known(n, days)}"
            for at, (days, (value, n)) in enumerate(known.items())
        ]
        compared = f", compared with {' and '.join(others)}" if others else ""
        when = f"{dated.within(one.dates)}{few_known(one.n, one.dates.days)}"
        yield f"{name} averaged {_mean(one, one.value)} {when}{compared}."


def _before(days: int, *, first: bool) -> str:
    stretch = "day" if days == 1 else f"{days} days"
    return f"{'over' if days > 1 else 'on'} the {stretch} before{' that' if first else ''}"


def _mean(one: Statistic, value: float) -> str:
    if one.format is Format.HOURS:
        return _duration(value)
    return f"{value:.0f} %" if one.unit == "%" else f"{value:.1f} {one.unit}"


def _drifts(dated: _Calendar, slopes: Sequence[Statistic]) -> Iterator[str]:
    """Tell the drift that is a question of its own, and the surest of the others; none where chance
    explains it."""
    own = [one for one in slopes if one.q is None and one.claims]
    told = [*own, *[one for one in surest(slopes) if one.claims][:1]]
    found = [
        f"{one.metric.name if at == 0 else one.metric.name_within} "
        f"{_changed(one, one.value, one.ci, dated.within(one.dates))}"
        for at, one in enumerate(told)
        if one.ci and one.metric and one.value is not None
    ]
    if found:
        yield f"{'; '.join(found)}: more than chance would do."


def _changed(one: Statistic, value: float, ci: tuple[float, float], when: str) -> str:
    """Write `rose by 6.00 bpm per 4 weeks from 30 Oct to 26 Nov (95 % interval 2.00 to 10.00; 28
    days)`."""
    size, low, high = _sized(map(one.change, (value, *ci)))
    n = max(_decimals(each, 0, 2) for each in (size, low, high))
    unit = one.change_unit.replace("% of its level", "%")
    return (
        f"{'rose' if value > 0 else 'fell'} by {size:.{n}f} {unit} {when} "
        f"(95 % interval {_signed(low, n)} to {_signed(high, n)}; {counted(one.n, 'day')})"
    )


def _anomalies(dated: _Calendar, period: Dates, found: Sequence[Statistic]) -> Iterator[str]:
    rate, *days = found
    if rate.value is None or not rate.firing or not rate.firing.judged_in_period:
        return
    judged = rate.firing.judged_in_period
    flagged = 100 * rate.firing.flag_days / rate.n
    often = (
        f"over the {rate.n} days judged up to {dated.last(rate)} that happened on "
        f"{rate.value:.1f} %, and on {flagged:.1f} % strongly enough for a flag"
    )
    within = dated.within(Dates(max(period.first, rate.dates.first), period.last))
    worse = "had several vital signs clearly worse than usual at once"
    if judged == 1:
        worse = worse if days else worse.replace("had", "did not have", 1)
        level = f" ({days[-1].level})" if days else ""
        yield f"The one day that could be judged {within} {worse}{level}; {often}."
    elif days:
        last = days[-1]
        yield (
            f"{len(days)} of the {judged} days that could be judged {within} {worse}, the last on "
            f"{dated.last(last)} ({last.level}); {often}."
        )
    else:
        yield f"None of the {judged} days that could be judged {within} {worse}; {often}."


def _correlations(dated: _Calendar, tried: Sequence[Statistic]) -> Iterator[str]:
    # What WHOOP has built in is told only where nothing else is claimed.
    judged = sorted(surest(tried), key=lambda one: (not one.claims, _built_in(one)))
    if not judged:
        return
    one = judged[0]
    window = f"in the {one.dates.days} days to {dated.last(one)}"
    if one.claims and one.value is not None and one.ci and one.relation:
        low, high = one.ci
        how = "together" if one.value > 0 else "in opposite directions"
        built_in = ", but WHOOP's recovery is partly made of sleep" if one.note else ""
        yield (
            f"{one.relation.words} moved {how} {window}, {_clearly(one)}more than chance would do "
            f"(rank correlation {_signed(one.value, 2)}, 95 % interval {_signed(low, 2)} to "
            f"{_signed(high, 2)}; {counted(one.n, 'day')}){built_in}."
        )
    else:
        yield (
            f"Of {len(judged)} links tried {window}, none is stronger than chance alone would "
            "make it."
            if len(judged) > 1
            else f"The one link tried {window} is no stronger than chance alone would make it."
        )


def _built_in(one: Statistic) -> bool:
    return one.relation is not None and one.relation.built_in


def _weekdays(dated: _Calendar, tried: Sequence[Statistic]) -> Iterator[str]:
    """Tell the surest rhythm of the week; none where chance explains it."""
    for one in surest(tried):
        if one.claims and one.verdict and one.metric and one.weekdays:
            low = min(one.weekdays, key=lambda each: each.mean)
            high = max(one.weekdays, key=lambda each: each.mean)
            least, most = _apart(one.metric, low.mean, high.mean)
            yield (
                f"{one.metric.name} follows the week in the {one.dates.days} days to "
                f"{dated.last(one)}, more than chance would do: {one.verdict.words}; on average "
                f"from {least} on {low.name}s to {most} on {high.name}s "
                f"({counted(one.n, 'day')})."
            )
            return


def _apart(metric: Metric, low: float, high: float) -> tuple[str, str]:
    """Write two different values of a metric so that they are seen to differ: bedtimes by the
    clock, sleep as hours and minutes."""
    if metric.is_time_of_day:
        return clock(low), clock(high)
    if metric.format is Format.HOURS:
        return _duration(low), _duration(high)
    low, high = metric.natural(low), metric.natural(high)
    n = max(1, _decimals(low, high))
    unit = "" if metric.format is Format.SCALE else f" {metric.natural_unit}"
    return f"{low:.{n}f}{unit}", f"{high:.{n}f}{unit}"


def _behaviours(dated: _Calendar, tried: Sequence[Statistic]) -> Iterator[str]:
    """Tell the surest difference that a behaviour makes; nothing of a journal that has none yet."""
    judged = surest(tried)
    if not judged:
        return
    one = judged[0]
    names = {other.behaviour.name for other in judged if other.behaviour}
    if one.claims and one.ci and one.metric and one.behaviour and one.value is not None:
        name, unit = one.behaviour.name, one.change_unit
        size, low, high = _sized(map(one.change, (one.value, *one.ci)))
        n = max(_decimals(each, 0, 1) for each in (size, low, high))
        more = f"more of “{name}” rather than less"
        days = more if one.by_amount else f"days with “{name}”"
        apart = f"; {one.note}" if one.note else ""
        yield (
            f"After {days}, {one.metric.name_within} was {size:.{n}f} {unit} "
            f"{'higher' if one.value > 0 else 'lower'} the next morning, {_clearly(one)}more than "
            f"chance would do (95 % interval {_signed(low, n)} to {_signed(high, n)} {unit}; "
            f"{one.days_compared}, up to {dated.last(one)}). That does not show the cause{apart}."
        )
    else:
        which = "one behaviour" if len(names) == 1 else f"{len(names)} behaviours"
        yield (
            f"Of {which} in the journal, compared in {counted(len(judged), 'way')} up to "
            f"{dated.last(one)}, none goes with mornings that differ by more than chance would do."
        )


def _load(dated: _Calendar, one: Statistic) -> Iterator[str]:
    if one.value is not None:
        yield (
            f"Daily training load over the 7 days to {dated.last(one)} was {one.value:.2f} times "
            "that of the 21 days before; this describes your training, it does not predict injury."
        )


def _debt(dated: _Calendar, debt: Statistic, of_whoop: Statistic) -> Iterator[str]:
    """Tell what short nights lacked beside WHOOP's own figure, which is another thing."""
    own = of_whoop.value
    theirs = (
        ""
        if own is None
        else f"WHOOP's own sleep debt was {_duration(own)} on {dated.last(of_whoop)}"
    )
    if debt.value is not None:
        other = f"; {theirs}, which it works out differently" if theirs else ""
        yield (
            f"In the 14 days to {dated.last(debt)}, the nights that were too short add up to "
            f"{_duration(debt.value)} less sleep than you needed ({debt.n} days known; longer "
            f"nights do not make up for them){other}."
        )
    elif theirs:
        yield f"{theirs}."


def _regularity(dated: _Calendar, one: Statistic) -> Iterator[str]:
    if one.value is not None:
        value = f"{_signed(one.value, 0)} out of 100"
        yield f"Your sleep regularity index was {value} {dated.within(one.dates)}."


# ── numbers ──


def _decimals(one: float, other: float, least: int = 0) -> int:
    """Tell with how many decimals two numbers that differ are seen to."""
    return next((n for n in range(least, _FINEST) if round(one, n) != round(other, n)), _FINEST)


def _sized(change: Iterator[float]) -> tuple[float, float, float]:
    """Turn a change and its interval so that a fall, whose word says so, is a number above 0."""
    value, low, high = change
    return (value, low, high) if value > 0 else (-value, -high, -low)


def _signed(value: float, decimals: int) -> str:
    """Write a number with a true minus, and with no sign where it rounds to 0."""
    return f"{round(value, decimals) + 0.0:.{decimals}f}".replace("-", "−")


def _clearly(one: Statistic) -> str:
    return "clearly " if one.q is not None and one.q < CLEAR else ""


def _duration(hours: float) -> str:
    """Write hours as `7 h 05 min`."""
    whole, minutes = divmod(round(abs(hours) * 60), 60)
    words = f"{whole} h {minutes:02d} min" if whole else f"{minutes} min"
    return f"−{words}" if hours < 0 and (whole or minutes) else words
