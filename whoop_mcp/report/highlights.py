"""Draw the statistics that are worth a picture: unusual days, and pairs as points."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ..counts import counted
from ..insights.statistic import Firing, Statistic, surest
from ..insights.timeseries import day
from . import charts, scatter, wording
from .charts import Head
from .html import Child, Markup, element, join
from .scatter import Point
from .statistics_table import dates_of
from .wording import amount, chance, sentence, short, signed

_DATE = re.compile(r"(\d{4}-\d\d-\d\d)")

_CARDS = 4
"""The most unusual days that are shown with all their vital signs."""

_SURE, _NEAREST = 4, 2
"""The most pairs that are drawn: of those that claim something, or else of all."""


def summary(sentences: Sequence[str], last: int) -> Markup:
    """List sentences, their dates as people write them: the year only where it is not that of the
    last day that they are about."""
    year = f" {day(last)[:4]}"

    def marked(sentence: str) -> list[Child]:
        parts = _DATE.split(sentence.replace(" %", "\N{NO-BREAK SPACE}%"))
        return [
            element("time", wording.day(one).removesuffix(year), datetime=one) if at % 2 else one
            for at, one in enumerate(parts)
        ]

    return element("ul", *(element("li", *marked(one)) for one in sentences), class_="summary")


def shown(found: Sequence[Statistic]) -> list[Statistic]:
    """Choose the pairs that are drawn: the surest of those that claim something, else of all."""
    known = surest(found)
    return [one for one in known if one.claims][:_SURE] or known[:_NEAREST]


def key(one: Statistic) -> str:
    """Return the anchor of a pair's drawing."""
    if one.relation is None:
        raise TypeError("only a correlation has a drawing")
    x, y, lag = one.relation.x, one.relation.y, one.relation.lag
    return f"pair-{x.id}-{y.id}" + (f"-{lag}" if lag else "")


def surest_pairs(found: Sequence[Statistic]) -> Markup:
    """Draw the surest correlations as points, each with its interval and what may be said of it."""
    known = surest(found)
    if not known:
        reason = "Nothing can be said yet: a pair needs 30 days that have both."
        return element("p", reason, class_="card empty")
    sure = [one for one in known if one.claims]
    words = (
        f"Of {counted(len(known), 'pair')} tried, {len(sure)} "
        f"{'goes' if len(sure) == 1 else 'go'} beyond chance."
        if sure
        else f"None of {counted(len(known), 'pair')} tried goes beyond chance. The nearest to it:"
    )
    return join([element("p", words), element("div", *map(_pair, shown(found)), class_="charts")])


def _pair(one: Statistic) -> Markup:
    relation, ci, rho = one.relation, one.ci, one.value
    if relation is None or ci is None or rho is None:
        raise TypeError("only a correlation that has a value can be drawn")
    x, y = relation.x, relation.y
    points, rows = [], []
    for line in one.evidence:
        across, up = x.natural(line.values[0]), y.natural(line.values[1])
        date = wording.day(line.date, weekday=True)
        words = f"{date}\n{x.name}: {short(across)}\n{y.name}: {short(up)}"
        points.append(Point(across, up, words))
        rows.append([date, short(across), short(up)])
    drawing, height = scatter.scatter(points, x.axis, y.axis)
    low, high = ci
    head = Head(
        key(one),
        one.title,
        "",
        f"ρ = {signed(rho)} (95 % CI {signed(low)} to {signed(high)}), "
        f"{chance('q', one.q)}, from {one.n} days of {dates_of(one)}, worth {one.n_eff:.0f} "
        "independent ones.",
    )
    kind = "pill sure" if one.claims else "pill"
    verdict = one.verdict and one.verdict.words
    note = join([element("span", verdict, class_=kind), " ", one.note])
    table = charts.table(head.title, ["Day", x.axis, y.axis], rows)
    return charts.figure(head, drawing, height, note=note, table=table, kind="scatter")


def unusual(found: Sequence[Statistic]) -> Markup:
    """Draw each watch and flag day with the vital signs that made it one, and how often it
    happens."""
    rate, *days = found
    firing = rate.firing or Firing()
    newest = days[::-1]
    cards = [_unusual(one) for one in newest[:_CARDS]]
    if not cards:
        judged = firing.judged_in_period
        words = (
            f"None of the {judged} days that could be judged stood out."
            if judged > 1
            else "The one day that could be judged did not stand out."
            if judged
            else "No day could be judged: that takes three vital signs with 21 days before them."
        )
        cards = [element("p", words, class_="card empty")]
    if older := newest[_CARDS:]:
        rows = [[one.title, one.level, _combined(one)] for one in older]
        table = charts.table("Earlier unusual days", ["Day", "Level", "Combined SD"], rows)
        summary = element("summary", f"Earlier: {len(older)}")
        cards.append(element("div", element("details", summary, table), class_="card all whole"))
    if rate.value is None:
        words = f"How often the rule fires cannot be said: {rate.reason}."
    else:
        words = (
            f"On this person's own last {rate.n} judged days the rule fired on "
            f"{rate.value:.1f} % of them: {firing.watch_days} to watch, {firing.flag_days} "
            f"flagged."
        )
    note = element("p", f"{words} {sentence(rate.note or '')}", class_="note")
    return join([element("div", *cards, class_="charts"), note])


def _unusual(one: Statistic) -> Markup:
    rows = [
        [
            line.metric.name,
            f"{short(line.metric.natural(line.measured))} {line.metric.natural_unit}",
            signed(line.values[0]),
        ]
        for line in one.evidence
        if line.metric and line.measured is not None
    ]
    name = f"Vital signs of {wording.day(day(one.dates.last))}"
    kind = "pill flag" if one.level == "flag" else "pill"
    return element(
        "div",
        element("h3", one.title, " ", element("span", one.level, class_=kind)),
        element(
            "p",
            f"Together {_combined(one)} combined SD from the usual; plus is the worse direction.",
            class_="says",
        ),
        charts.table(name, ["Measure", "That night", "z"], rows),
        class_="card",
    )


def _combined(one: Statistic) -> str | None:
    return None if one.value is None else amount("", 1)(one.value)
