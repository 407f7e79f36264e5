"""Draw the table of every statistic: its value, its interval, and what it rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from ..insights.metrics import Format, clock
from ..insights.statistic import Statistic
from .html import Child, Markup, element, join
from .wording import chance, dates, hours, sentence, short, signed, within

_SECTIONS = (
    ("baselines", "What is usual"),
    ("trends", "Trends"),
    ("load", "Training load"),
    ("sleep", "Sleep"),
    ("anomalies", "Unusual days"),
    ("correlations", "What went together"),
    ("weekdays", "By weekday"),
    ("behaviours", "The mornings after"),
)


def every_statistic(found: Mapping[str, Sequence[Statistic]]) -> Markup:
    """Draw every statistic of each section: its value, interval and n, or why there is none, and
    how it was computed."""
    parts = [
        element(
            "details",
            element("summary", f"{name} ({len(found[section])})"),
            _table(name, found[section]),
            open=section == "baselines",
        )
        for section, name in _SECTIONS
    ]
    return element("div", *parts, class_="card all")


def _table(name: str, found: Sequence[Statistic]) -> Markup:
    names = ("Figure", "Value", "95 % CI", "n", "How, from where, what was left out")
    rows = []
    for one in found:
        interval = " to ".join(signed(one.change(end)) for end in one.ci or ())
        rows.append(
            element(
                "tr",
                element("th", one.title, scope="row"),
                element("td", value(one)),
                element(
                    "td",
                    interval or "–",
                    data_label="95 % CI",
                    class_=None if interval else "none",
                ),
                element("td", one.n, data_label="n"),
                element("td", *_basis(one), class_="how"),
            )
        )
    head = element("thead", element("tr", *(element("th", one, scope="col") for one in names)))
    caption = element("caption", name, class_="unseen")
    return element("table", caption, head, element("tbody", *rows), class_="figures")


def value(one: Statistic) -> str:
    """Write a statistic's value with its unit; a dash where there is none."""
    return "–" if one.value is None else _written(one, one.value)


def _written(one: Statistic, value: float) -> str:
    """Write a value as the statistic's own is written."""
    match one.format:
        case Format.HOURS:
            return hours(value)
        case Format.LOGARITHM:
            return f"{math.exp(value):.1f} ms"
        case Format.CHANGE:
            return f"{signed(one.change(value))} {one.change_unit}".rstrip()
        case Format.CORRELATION:
            return f"{signed(value)} ρ"
        case Format.SCALE:
            return short(value)
        case Format.NUMBER:
            return f"{short(value)} {one.unit}"


def _basis(one: Statistic) -> list[Markup]:
    lines: list[Child] = []
    if one.reason:
        lines.append(join([element("b", "No value: "), f"{one.reason}."]))
    lines.append(f"{sentence(one.method)} Source: {one.source}.")
    lines.append(_beside(one))
    if one.verdict:
        chances = [chance(name, p) for name, p in (("p", one.p), ("q", one.q)) if p is not None]
        by = f": {', '.join(chances)}" if chances else ""
        lines.append(sentence(f"{one.verdict.words}{by}"))
    if one.note:
        lines.append(sentence(one.note))
    parts = [dates_of(one)]
    if one.excluded:
        left = ", ".join(f"{count} {reason}" for reason, count in one.excluded.items())
        parts.append(f"left out: {left}")
    lines.append(f"{'; '.join(parts)}.")
    return [element("p", line) for line in lines if line]


def _beside(one: Statistic) -> str | None:
    """Write what a statistic is set beside."""
    parts = []
    for other, mean in (
        (one.previous, one.previous and one.previous.value),
        (one.baseline, one.baseline and one.baseline.mean),
    ):
        if other and mean is not None:
            when = within(one.dates, other.dates)
            parts.append(f"{_written(one, mean)} {when} (n = {other.n})")
    if one.band:
        parts.append(f"band {one.band.low_ms:.1f}–{one.band.high_ms:.1f} ms")
    if one.behaviour and one.behaviour.same_morning is not None:
        same = one.change(one.behaviour.same_morning)
        with_it, without = one.behaviour.others
        parts.append(
            f"{signed(same)} {one.change_unit} on the same day's morning, before it; "
            f"{with_it:.1f} other behaviours on days with it, {without:.1f} without"
        )
    if one.usual and one.usual.value is not None:
        parts.append(f"median {short(one.usual.value)} % in the 60 days before")
    if one.weekdays:
        parts += [f"{each.name} {_weekday(one, each.mean)} (n = {each.n})" for each in one.weekdays]
    return f"Beside it: {'; '.join(parts)}." if parts else None


def _weekday(one: Statistic, mean: float) -> str:
    """Write the mean of a weekday as people know the metric."""
    if one.metric is None:
        return short(mean)
    if one.format is Format.HOURS:
        return hours(mean)
    if one.metric.format is Format.SCALE:
        return short(mean)
    if one.metric.is_time_of_day:
        return clock(mean)
    return f"{short(one.metric.natural(mean))} {one.metric.natural_unit}"


def dates_of(one: Statistic) -> str:
    """Write the dates that a statistic is of."""
    return dates(one.dates)
