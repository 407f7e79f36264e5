"""Say in plain sentences what differs between two stretches of days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..reads.usable import NOT_FETCHED, PURGED
from .metrics import Format, Metric, clock
from .statistic import Statistic, surest
from .timeseries import MONTHS, Dates, day

_NAMED = 3  # metrics whose smallest difference is told


def sentences(
    a: Dates, b: Dates, counts: Sequence[Mapping[str, int]], found: Sequence[Statistic]
) -> list[str]:
    """Say what was compared, and each metric that differs beyond chance; or that none does."""
    has = [_recoveries(one["recovery"], one["total"]) for one in counts]
    lines = [
        f"Period B, {in_words(b)} ({has[1]}), is compared with period A, {in_words(a)} ({has[0]})."
    ]
    for name, side in (("A", 0), ("B", 1)):
        missing, purged = (
            max((one.sides[side].excluded.get(why, 0) for one in found if one.sides), default=0)
            for why in (NOT_FETCHED, PURGED)
        )
        if purged:
            lines.append(
                f"1 day of {name} lies before what is kept here and is not fetched again."
                if purged == 1
                else f"{purged} days of {name} lie before what is kept here and are not fetched "
                "again."
            )
        if missing:
            lines.append(
                f"1 day of {name} was not fetched from WHOOP, so nothing is known of it."
                if missing == 1
                else f"{missing} days of {name} were not fetched from WHOOP, so nothing is known "
                "of them."
            )
    judged = surest(found)
    claims = [one for one in judged if one.claims]
    between = f"between A ({in_words(a)}) and B ({in_words(b)})"
    lines += [_claim(one, a, b) for one in claims]
    if judged and not claims:
        lines.append(
            f"None of the {len(judged)} metrics compared differs {between} by more than chance "
            "would do."
            if len(judged) > 1
            else f"{_named(judged[0])} does not differ {between} by more than chance would do."
        )
    if judged:
        lines.append(_least([one for one in found if one.q is not None]))
    if not judged:
        lines.append(_nothing(found))
    return lines


def _recoveries(n: int, total: int) -> str:
    if total == 1:
        return "1 day, with a recovery" if n else "1 day, without a recovery"
    return f"{n} of {total} days {'has' if n == 1 else 'have'} a recovery"


def _nothing(found: Sequence[Statistic]) -> str:
    """Say why no metric could be judged."""
    untold = next((one.verdict.words for one in found if one.verdict), None)
    if untold:
        return f"{untold[:1].upper()}{untold[1:]}."
    reason = next((one.reason for one in found if one.reason), None)
    return f"Nothing could be compared: {reason}."


def _named(one: Statistic) -> str:
    return one.metric.name if one.metric else one.title


def _claim(one: Statistic, a: Dates, b: Dates) -> str:
    if one.metric is None or one.value is None or one.ci is None or one.sides is None:
        raise TypeError("only a difference that has a value can be worded")
    first, second = one.sides
    metric, unit = one.metric, _unit(one)
    low, high = map(one.change, one.ci)
    means = [_mean(metric, side.mean) for side in (second, first) if side.mean is not None]
    higher = metric.ways[one.value < 0]
    explained = (one.figures or {}).get("from_weekdays")
    taken_out = ""
    if explained and _figure(one.change(one.value)) != _figure(one.change(one.value + explained)):
        taken_out = " once unlike weekdays are allowed for"
    return (
        f"{metric.name} was {_figure(abs(one.change(one.value)))}{unit} {higher} in B "
        f"({in_words(b)}) than in A ({in_words(a)}){taken_out}, more than chance would do: "
        f"{' against '.join(means)} (95 % interval of the difference {_signed(low)} to "
        f"{_signed(high)}{unit}; {second.n} and {first.n} days)."
    )


def _mean(metric: Metric, value: float) -> str:
    if metric.is_time_of_day:
        return clock(value)
    of_mean = "" if metric.format is Format.SCALE else f" {metric.natural_unit}"
    return f"{_figure(metric.natural(value))}{of_mean}"


def _least(judged: Sequence[Statistic]) -> str:
    told = [
        f"{one.metric.name_within} {_figure(one.change(least))}{_unit(one)}"
        for one in judged[:_NAMED]
        if one.metric and one.figures and (least := one.figures["smallest_seen"]) is not None
    ]
    return (
        f"A difference of this size or more would most likely have been found: {', '.join(told)}."
    )


def in_words(dates: Dates) -> str:
    """Write dates as `1 May 2026`, `1 to 14 May 2026` or `28 April to 14 May 2026`."""
    first, last = (day(at) for at in (dates.first, dates.last))
    said = [f"{int(one[8:])} {MONTHS[int(one[5:7]) - 1]} {one[:4]}" for one in (first, last)]
    if first == last:
        return said[0]
    if first[:7] == last[:7]:
        return f"{int(first[8:])} to {said[1]}"
    return f"{said[0][:-5] if first[:4] == last[:4] else said[0]} to {said[1]}"


def _unit(one: Statistic) -> str:
    """Write the unit of a difference, with a space before it."""
    return f" {one.change_unit}".rstrip()


def _figure(value: float) -> str:
    size = abs(value)
    decimals = 0 if size >= 100 else 1 if size >= 1 else 2
    return f"{round(value, decimals) + 0.0:.{decimals}f}"


def _signed(value: float) -> str:
    figure = _figure(value)
    return f"{'+' if float(figure) > 0 else ''}{figure}".replace("-", "−")
