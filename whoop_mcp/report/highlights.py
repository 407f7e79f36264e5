"""The statistics that are worth a picture: tiles, unusual days, and pairs as points."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..insights.statistic import CHANCE, Statistic
from . import charts, scatter, wording
from .charts import Head
from .html import Child, Markup, element, join
from .scatter import Point
from .statistics_table import axis, metric, natural, parts, title, unit, window
from .wording import amount, chance, clock, sentence, short, signed

_CARDS = 4
"""How many unusual days are shown with all their vital signs."""

_SURE, _NEAREST = 4, 2
"""How many pairs are drawn, of those that can be told from chance, or else of all."""


class Tile(NamedTuple):
    """A measure at a glance: which statistic, its name and unit, how its number is said."""

    id: str
    title: str
    unit: str
    say: Callable[[float], str]


TILES = (
    Tile("recovery", "Recovery", "%", amount("")),
    Tile("ln_hrv", "HRV", "ms", lambda value: amount("")(math.exp(value))),
    Tile("resting_heart_rate", "Resting heart rate", "bpm", amount("", 1)),
    Tile("sleep_duration", "Asleep a night", "h", clock),
    Tile("strain", "Day strain", "of 21", amount("", 1)),
)
"""Those that people know."""


def tile(shown: Tile, one: Statistic, days: int, values: Sequence[float | None]) -> Markup:
    """The mean of a period of so many days beside that of the period before, and its course."""
    say, unit = shown.say, shown.unit
    previous = (one.get("previous") or {}).get("mean")
    beside = (
        join([element("b", say(previous)), f" {unit} in the {days} days before"])
        if previous is not None
        else "nothing to compare with before"
    )
    value: Child = "–"
    if one["value"] is not None:
        value = join([say(one["value"]), element("small", unit) if unit else None])
    return element(
        "dl",
        element("dt", shown.title),
        element("dd", value, class_="value"),
        element("dd", beside if one["value"] is not None else one["reason"], class_="before"),
        element("dd", scatter.spark(values, "trace"), aria_hidden="true"),
        class_="tile",
    )


# ── what went together ──


def pairs(found: Sequence[Statistic]) -> Markup:
    """The surest correlations as points, each with its interval and what may be said of it."""
    known = sorted((one for one in found if one["value"] is not None), key=lambda one: one["q"])
    if not known:
        reason = "Nothing can be said yet: a pair needs 30 days that have both."
        return element("p", reason, class_="card empty")
    sure = [one for one in known if one["q"] < CHANCE]
    words = (
        f"Of {len(found)} pairs tried, {len(sure)} can be told from chance."
        if sure
        else f"None of {len(found)} pairs tried can be told from chance. The nearest to it:"
    )
    shown = sure[:_SURE] or known[:_NEAREST]
    return join([element("p", words), element("div", *map(_pair, shown), class_="charts")])


def _pair(one: Statistic) -> Markup:
    x, y, _ = parts(one["id"])
    points = []
    for item in one["evidence"]:
        across, up = natural(x, item["value"][0]), natural(y, item["value"][1])
        words = f"{wording.day(item['date'], weekday=True)}\n{metric(x)}: {short(across)}\n"
        points.append(Point(across, up, f"{words}{metric(y)}: {short(up)}"))
    drawing, height = scatter.scatter(points, axis(x), axis(y))
    low, high = one["ci"]
    head = Head(
        f"pair-{one['id'].replace('~', '-').replace('+', '-')}",
        title(one),
        "",
        f"ρ = {signed(one['value'])} (95 % CI {signed(low)} to {signed(high)}), "
        f"{chance('q', one['q'])}, from {one['n']} days of {window(one)}, worth {one['n_eff']:.0f} "
        "independent ones.",
    )
    kind = "pill" if one["verdict"].startswith("not") else "pill sure"
    note = join([element("span", one["verdict"], class_=kind), " ", one.get("note")])
    rows = [
        [
            wording.day(item["date"], weekday=True),
            *(
                short(natural(name, value))
                for name, value in zip((x, y), item["value"], strict=True)
            ),
        ]
        for item in one["evidence"]
    ]
    table = charts.table(head.title, ["Day", axis(x), axis(y)], rows)
    return charts.figure(head, drawing, height, note=note, table=table, kind="scatter")


# ── unusual days ──


def unusual(found: Sequence[Statistic]) -> Markup:
    """Each watch and flag day with the vital signs that made it one, and how often it happens."""
    rate, days = found[0], found[1:]
    newest = days[::-1]
    cards = [_unusual(one) for one in newest[:_CARDS]]
    if not cards:
        judged = rate["judged_in_period"]
        words = (
            f"None of the {judged} days that could be judged stood out."
            if judged
            else "No day could be judged: that takes three vital signs with 21 days before them."
        )
        cards = [element("p", words, class_="card empty")]
    if older := newest[_CARDS:]:
        rows = [[title(one), one["level"], _combined(one)] for one in older]
        table = charts.table("Earlier unusual days", ["Day", "Level", "Combined SD"], rows)
        summary = element("summary", f"Earlier: {len(older)}")
        cards.append(element("div", element("details", summary, table), class_="card all whole"))
    if rate["value"] is None:
        words = f"How often the rule fires cannot be said: {rate['reason']}."
    else:
        words = (
            f"On this person's own last {rate['n']} judged days the rule fired on "
            f"{rate['value']:.1f} % of them: {rate['watch_days']} to watch, {rate['flag_days']} "
            f"flagged."
        )
    note = element("p", f"{words} {sentence(rate['note'])}", class_="note")
    return join([element("div", *cards, class_="charts"), note])


def _unusual(one: Statistic) -> Markup:
    rows = []
    for item in one["evidence"]:
        id = item["metric"]
        measured = f"{short(natural(id, item['measured']))} {unit(id)}"
        rows.append([metric(id), measured, signed(item["value"])])
    date = one["evidence"][0]["date"]
    name = f"Vital signs of {wording.day(date)}"
    return element(
        "div",
        element("h3", wording.day(date, weekday=True), " ", _level(one["level"])),
        element("p", f"Together {_combined(one)} combined SD; up is worse.", class_="says"),
        charts.table(name, ["Measure", "That night", "z"], rows),
        class_="card",
    )


def _level(level: str) -> Markup:
    return element("span", level, class_="pill flag" if level == "flag" else "pill")


def _combined(one: Statistic) -> str:
    return amount("", 1)(one["value"])
