"""Write each finding in a sentence or two, with its date and its numbers."""

from __future__ import annotations

from collections.abc import Iterator

from ..counts import counted
from ..insights.metrics import Format, clock
from ..insights.statistic import Statistic, surest
from ..insights.timeseries import Dates
from . import behaviour_chart, highlights
from .finding import CHARTS, MOST, Finding, Writer, built_in
from .html import Child, element, join
from .wording import apart, hours, sentence, short, signed

_HIGHER = {"sleep_duration": ("longer", "shorter")}
"""What a sentence calls more and less of a metric, where that is not the metric's own."""


# ── what is beyond chance ──


def unusual(writer: Writer) -> Iterator[Finding]:
    """Tell on how many days several vital signs were far from usual, and the last of them."""
    rate, *days = writer.answer.sections["anomalies"]
    if not days or rate.value is None or rate.firing is None:
        return
    last, judged = days[-1], rate.firing.judged_in_period
    within = Dates(max(writer.answer.period.first, rate.dates.first), writer.answer.period.last)
    yield Finding(
        "low",
        "Vital signs",
        [
            join(
                [
                    f"On {len(days)} of {judged} {'day' if judged == 1 else 'days'} that could be "
                    "judged ",
                    writer.dates(within),
                    ", two or more vital signs were far from usual at once; the last was ",
                    writer.date(last.dates.last),
                    f" ({last.level}).",
                ]
            ),
            join(
                [
                    f"The rule picks out {rate.value:.1f} % of this person's days ({rate.n} judged "
                    "up to ",
                    writer.date(rate.dates.last),
                    ").",
                ]
            ),
        ],
        "unusual",
    )


def hrv(writer: Writer) -> Iterator[Finding]:
    """Tell of a week of HRV that is unusual for this person."""
    one = writer.answer.by_id["hrv.baseline"]
    mean, band = one.geometric_mean_ms, one.band
    if mean is None or band is None or not one.claims:
        return
    figures = one.figures or {}
    days, unusual = figures.get("judged_days"), figures.get("unusual_days")
    often = ""
    if unusual is not None:
        often = (
            f" (the 7-day average was unusual on {unusual} of {days} days judged in the year up "
            "to then)"
        )
    where, edge = _place(mean, band.low_ms, band.high_ms)
    decimals = 0 if edge is None else apart(mean, edge)
    low, high = (f"{end:.{decimals}f}" for end in (band.low_ms, band.high_ms))
    yield Finding(
        "main",
        "HRV",
        [
            join(
                [
                    f"HRV averaged {mean:.{decimals}f} ms over the 7 days to ",
                    writer.date(one.dates.last),
                    f", {where} the usual {low}–{high} ms of the 60 days before. "
                    f"That is unusual for this person{often}.",
                ]
            )
        ],
        "hrv",
    )


def _place(mean: float, low: float, high: float) -> tuple[str, float | None]:
    """Say where a mean lies, and beyond which edge; an unusual one may be within the band all the
    same."""
    if mean < low:
        return "below", low
    return ("above", high) if mean > high else ("within", None)


def drifts(writer: Writer) -> Iterator[Finding]:
    """Tell the surest trends: what is a question of its own first."""
    slopes = writer.answer.sections["trends"]
    own = [one for one in slopes if one.q is None and one.claims]
    for one in [*own, *(one for one in surest(slopes) if one.claims)][:MOST]:
        if one.metric is None or one.value is None or one.ci is None:
            continue
        value, low, high = (one.change(each) for each in (one.value, *one.ci))
        anchor, kind = CHARTS.get(one.metric.id, ("figures", "main"))
        went = "rose" if value > 0 else "fell"
        yield Finding(
            kind,
            f"{one.metric.name}, a trend",
            [
                join(
                    [
                        f"{one.metric.name} {went} by {_amount(one, abs(value))} ",
                        writer.dates(one.dates),
                        f" (95 % interval {signed(low)} to {signed(high)}; "
                        f"{counted(one.n, 'day')}).",
                    ]
                )
            ],
            anchor,
        )


def _amount(one: Statistic, value: float) -> str:
    return f"{short(value)} {one.change_unit}".strip()


def behaviours(writer: Writer) -> Iterator[Finding]:
    """Tell what differs most surely on mornings after a behaviour, each behaviour once."""
    sure = [one for one in surest(writer.answer.sections["behaviours"]) if one.claims][:MOST]
    by_name: dict[str, list[Statistic]] = {}
    for one in sure:
        by_name.setdefault(behaviour_chart.name(one), []).append(one)
    for name, of in by_name.items():
        words = [line for one in of for line in _after(writer, one)]
        notes = dict.fromkeys(sentence(one.note) for one in of if one.note)
        metric = of[0].metric
        yield Finding(
            "main",
            element("bdi", name),
            [*words, *notes, "A difference names no cause."],
            behaviour_chart.key(metric) if metric else "after",
        )


def _after(writer: Writer, one: Statistic) -> Iterator[Child]:
    if one.metric and one.behaviour and one.value is not None and one.ci:
        value, low, high = (one.change(each) for each in (one.value, *one.ci))
        than = "with more of it than with less" if one.by_amount else "after it"
        yield join(
            [
                f"{one.metric.name} of the next morning was {_amount(one, abs(value))} "
                f"{'higher' if value > 0 else 'lower'} {than} (95 % interval {signed(low)} to "
                f"{signed(high)}; {one.days_compared}, up to ",
                writer.date(one.dates.last),
                ").",
            ]
        )


def pairs(writer: Writer) -> Iterator[Finding]:
    """Tell the surest pairs, without those that WHOOP has built in."""
    tried = writer.answer.sections["correlations"]
    shown = highlights.shown(tried)
    sure = [one for one in surest(tried) if one.claims and not built_in(one)]
    for one in sure[:MOST]:
        if one.relation is None or one.value is None or one.ci is None:
            continue
        x, y, lag, *_ = one.relation
        when = ("on the same day", "on the next day")[lag] if lag < 2 else f"{lag} days later"
        more, _ = _HIGHER.get(x.id, x.ways)
        up, down = _HIGHER.get(y.id, y.ways)
        low, high = map(signed, one.ci)
        yield Finding(
            CHARTS.get(y.id, ("", "main"))[1],
            one.title,
            [
                join(
                    [
                        f"Where {x.name_within} was {more}, {y.name_within} {when} tended to be "
                        f"{up if one.value > 0 else down} (ρ = {signed(one.value)}, 95 % interval "
                        f"{low} to {high}, {one.n} days up to ",
                        writer.date(one.dates.last),
                        ").",
                    ]
                )
            ],
            highlights.key(one) if one in shown else "pairs",
        )


def weekdays(writer: Writer) -> Iterator[Finding]:
    """Tell the surest rhythms of the week."""
    sure = [one for one in surest(writer.answer.sections["weekdays"]) if one.claims]
    for one in sure[:MOST]:
        if one.metric is None or one.verdict is None or not one.weekdays:
            continue
        lowest = min(one.weekdays, key=lambda each: each.mean)
        highest = max(one.weekdays, key=lambda each: each.mean)
        anchor, kind = CHARTS.get(one.metric.id, ("figures", "main"))
        yield Finding(
            kind,
            f"{one.metric.name} by weekday",
            [
                join(
                    [
                        f"{one.verdict.words}: on average from {_mean(one, lowest.mean)} on "
                        f"{lowest.name}s to {_mean(one, highest.mean)} on {highest.name}s, "
                        f"{one.n} days up to ",
                        writer.date(one.dates.last),
                        ".",
                    ]
                )
            ],
            "calendar" if one.metric.id == "recovery" else anchor,
        )


def _mean(one: Statistic, value: float) -> str:
    """Write a weekday's mean as people know the metric; a time of day as one."""
    metric = one.metric
    if metric is None:
        return short(value)
    if metric.is_time_of_day:
        return clock(value)
    if metric.format is Format.HOURS:
        return hours(value)
    if metric.format is Format.SCALE:
        return short(value)
    return f"{short(metric.natural(value))} {metric.natural_unit}"


# ── what describes ──


def load(writer: Writer) -> Iterator[Finding]:
    """Tell the week's training load beside that of the weeks before."""
    one = writer.answer.by_id["load.acute_chronic"]
    if one.value is not None:
        words = [
            "In the 7 days to ",
            writer.date(one.dates.last),
            f" the training load was {one.value:.2f} times that of the 21 days before. It "
            "describes, and is no measure of risk.",
        ]
        yield Finding("load", "Training load", [join(words)], "load")


def sleep(writer: Writer) -> Iterator[Finding]:
    """Tell what sleep is owed, and how regular it was."""
    by_id = writer.answer.by_id
    owed, of_whoop = by_id["sleep.debt_14_cycles"], by_id["sleep.debt_whoop"]
    regular = by_id["sleep.regularity_index"]
    lines: list[Child] = []
    if owed.value is not None:
        lines.append(
            join(
                [
                    "Short nights of the 14 days to ",
                    writer.date(owed.dates.last),
                    f" fell {hours(owed.value)} short of the need in all ({owed.n} days known).",
                ]
            )
        )
    if of_whoop.value is not None:
        lines.append(
            join(
                [
                    f"WHOOP's own sleep debt{', counted in another way,' if lines else ''} was "
                    f"{hours(of_whoop.value)} on ",
                    writer.date(of_whoop.dates.last),
                    ".",
                ]
            )
        )
    if regular.value is not None:
        lines.append(
            join(
                [
                    f"Sleep regularity was {regular.value:.0f} of 100 ",
                    writer.dates(regular.dates),
                    ".",
                ]
            )
        )
    if lines:
        yield Finding("deep", "Sleep", lines, "sleep")


KINDS = (unusual, hrv, drifts, behaviours, pairs, weekdays, load, sleep)
"""The writers of all kinds of findings: what is beyond chance first, what only describes last."""
