"""Say most of an answer in a few sentences, each with a date and a number."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import partial

from .metrics import Format
from .statistic import Statistic, surest
from .timeseries import Dates, day

log = logging.getLogger(__name__)

_FINEST = 6  # decimals
_MEANS = (
    ("recovery.mean", "Recovery", "{:.0f} %"),
    ("resting_heart_rate.mean", "Resting heart rate", "{:.1f} bpm"),
    ("sleep_duration.mean", "Time asleep without naps", "{:.1f} hours"),
)


def sentences(
    period: Dates,
    counts: Mapping[str, int],
    sections: Mapping[str, Sequence[Statistic]],
) -> list[str]:
    """Write those of what is known: a statistic without a value is not spoken of."""
    found = {one.id: one for section in sections.values() for one in section}
    lines = [_days(period, counts)]
    for write in (
        partial(_hrv, found["hrv.baseline"]),
        partial(_means, found),
        partial(_drifts, sections["trends"]),
        partial(_anomalies, period, sections["anomalies"]),
        partial(_correlations, sections["correlations"]),
        partial(_weekdays, sections["weekdays"]),
        partial(_behaviours, sections["behaviours"]),
        partial(_load, found["load.acute_chronic"]),
        partial(_debt, found["sleep.debt_14_cycles"], found["sleep.debt_whoop"]),
        partial(_regularity, found["sleep.regularity_index"]),
    ):
        try:
            lines += write()
        except Exception:  # the figures that it would tell of are there all the same
            log.exception("A sentence of the summary could not be written.")
    return lines


def _days(period: Dates, counts: Mapping[str, int]) -> str:
    when = _when(period)
    return (
        f"{when[0].upper()}{when[1:]}, {counts['recovery']} of {counts['total']} days have a "
        f"recovery and {counts['sleep']} a sleep that can be reckoned with."
    )


def _hrv(one: Statistic) -> Iterator[str]:
    mean, band = one.geometric_mean_ms, one.band
    if mean is not None and band and one.verdict:
        nearest = {"below": band.low_ms, "above": band.high_ms}.get(band.position)
        decimals = 0 if nearest is None else _decimals(mean, nearest)
        low, high = (f"{end:.{decimals}f}" for end in (band.low_ms, band.high_ms))
        yield (
            f"HRV over the 7 days to {_last(one)} was {mean:.{decimals}f} ms, {band.position} the "
            f"band of {low}–{high} ms from the 60 days before, and {one.verdict.words}"
            f"{_how_often(one.figures or {})}."
        )


def _how_often(figures: Mapping[str, float | None]) -> str:
    """Tell on how many days of the last year the week up to them was unusual."""
    days, unusual = figures.get("judged_days"), figures.get("unusual_days")
    return "" if unusual is None else f" (as the week was on {unusual} of the last {days} days)"


def _decimals(one: float, other: float, least: int = 0) -> int:
    """Tell with how many decimals two numbers that differ are seen to."""
    return next((n for n in range(least, _FINEST) if round(one, n) != round(other, n)), _FINEST)


def _means(found: Mapping[str, Statistic]) -> Iterator[str]:
    for id, name, form in _MEANS:
        one = found[id]
        if one.value is None:
            continue
        known = (
            ("60 days", one.baseline and one.baseline.mean),
            ("period", one.previous and one.previous.value),
        )
        others = [
            f"{form.format(mean)} in the {words} before"
            for words, mean in known
            if mean is not None
        ]
        beside = f"; {' and '.join(others)}" if others else ""
        yield f"{name} averaged {form.format(one.value)} {_when(one.dates)}{beside}."


def _drifts(slopes: Sequence[Statistic]) -> Iterator[str]:
    """Tell the drift that is a question of its own, and the surest of the others; none where chance
    explains it."""
    own = [one for one in slopes if one.q is None and one.claims]
    told = [*own, *[one for one in surest(slopes) if one.claims][:1]]
    found = [
        f"{one.metric.name if at == 0 else one.metric.name_within} drifted {_when(one.dates)}: "
        f"{_changed(one, one.value, one.ci)}"
        for at, one in enumerate(told)
        if one.ci and one.metric and one.value is not None
    ]
    if found:
        yield f"{'; '.join(found)}."


def _changed(one: Statistic, value: float, ci: tuple[float, float]) -> str:
    value, low, high = map(one.change, (value, *ci))
    n = max(_decimals(each, 0, 2) for each in (value, low, high))
    unit = f" {one.change_unit}".rstrip()
    return f"{value:+.{n}f}{unit} (95 % interval {low:+.{n}f} to {high:+.{n}f})"


def _load(one: Statistic) -> Iterator[str]:
    if one.value is not None:
        yield (
            f"In the 7 days to {_last(one)} the training load was {one.value:.2f} times that of "
            "the 21 days before (a description, no measure of risk)."
        )


def _debt(debt: Statistic, of_whoop: Statistic) -> Iterator[str]:
    """Tell what short nights lacked beside WHOOP's own figure, which is another thing."""
    own = of_whoop.value
    theirs = (
        "" if own is None else f"WHOOP's own sleep debt of {_last(of_whoop)} is {own:.1f} hours"
    )
    if debt.value is not None:
        beside = f"; {theirs}, reckoned otherwise" if theirs else ""
        yield (
            f"In the 14 days to {_last(debt)}, short nights lacked {debt.value:.1f} hours of "
            f"sleep together ({debt.n} days known; long nights are not set against them){beside}."
        )
    elif theirs:
        yield f"{theirs}."


def _regularity(regularity: Statistic) -> Iterator[str]:
    if regularity.value is not None:
        yield f"Sleep regularity was {regularity.value:.0f} of 100 {_when(regularity.dates)}."


def _anomalies(period: Dates, found: Sequence[Statistic]) -> Iterator[str]:
    rate, *days = found
    if rate.value is None or not rate.firing or not rate.firing.judged_in_period:
        return
    judged = rate.firing.judged_in_period
    flagged = 100 * rate.firing.flag_days / rate.n
    often = (
        f"on {rate.value:.1f} % of {rate.n} days up to {_last(rate)}, on {flagged:.1f} % as a flag"
    )
    within = Dates(max(period.first, rate.dates.first), period.last)
    among = f"of the {judged} days {_when(within)} that could be judged"
    if days:
        last = days[-1]
        yield (
            f"Several vital signs were off together on {len(days)} {among}, last on "
            f"{_last(last)} ({last.level}); the rule fires {often}."
        )
    else:
        yield f"On none {among} were several vital signs off together; the rule fires {often}."


def _correlations(tried: Sequence[Statistic]) -> Iterator[str]:
    # What WHOOP has built in is told only where nothing else is claimed.
    judged = sorted(surest(tried), key=lambda one: (not one.claims, _built_in(one)))
    if not judged:
        return
    one = judged[0]
    if one.claims and one.verdict and one.ci and one.relation:
        low, high = one.ci
        built_in = ", but partly by construction" if one.note else ""
        yield (
            f"{one.relation.words}: ρ = {one.value:.2f} ({low:.2f} to {high:.2f}) up "
            f"to {_last(one)}, {one.verdict.words}{built_in}."
        )
    else:
        yield (
            f"Of {len(judged)} relations tried up to {_last(one)}, none can be told from chance."
        )


def _built_in(one: Statistic) -> bool:
    return one.relation is not None and one.relation.built_in


def _weekdays(tried: Sequence[Statistic]) -> Iterator[str]:
    """Tell the surest rhythm of the week; none where chance explains it."""
    for one in surest(tried):
        if one.claims and one.verdict and one.metric and one.weekdays:
            natural = one.metric.natural
            low = min(one.weekdays, key=lambda each: each.mean)
            high = max(one.weekdays, key=lambda each: each.mean)
            unit = "" if one.format is Format.SCALE else f" {one.metric.natural_unit}"
            n = max(1, _decimals(natural(low.mean), natural(high.mean)))
            yield (
                f"{one.metric.name} by weekday up to {_last(one)}: {one.verdict.words}; from "
                f"{natural(low.mean):.{n}f} on {low.name}s to {natural(high.mean):.{n}f}{unit} on "
                f"{high.name}s in the mean."
            )
            return


def _behaviours(tried: Sequence[Statistic]) -> Iterator[str]:
    """Tell the surest difference that a behaviour makes; nothing of a journal that has none yet."""
    judged = surest(tried)
    if not judged:
        return
    one = judged[0]
    names = {other.behaviour.name for other in judged if other.behaviour}
    if one.claims and one.verdict and one.ci and one.metric and one.behaviour:
        value, low, high = map(one.change, (one.value or 0.0, *one.ci))
        n = max(_decimals(each, 0, 1) for each in (value, low, high))
        days = f"{one.behaviour.yes} days with it, {one.behaviour.no} without"
        apart = f"; {one.note}" if one.note else ""
        yield (
            f"{one.title} differed by {value:+.{n}f} {one.change_unit} (95 % interval {low:+.{n}f} "
            f"to {high:+.{n}f}; {days}, up to {_last(one)}), {one.verdict.words}, which names no "
            f"cause{apart}."
        )
    else:
        which = "one behaviour" if len(names) == 1 else f"{len(names)} behaviours"
        yield (
            f"Of {which} of the journal looked at in {len(judged)} ways up to {_last(one)}, none "
            "differs from days without by more than chance would have it."
        )


def _when(dates: Dates) -> str:
    first, last = day(dates.first), day(dates.last)
    return f"on {first}" if first == last else f"from {first} to {last}"


def _last(one: Statistic) -> str:
    return day(one.dates.last)
