"""What each statistic is called and how it is told: its value, its interval, what it rests on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from ..insights.metrics import METRICS
from ..insights.statistic import Statistic
from ..insights.timeseries import day, number
from . import wording
from .html import Child, Markup, element, join
from .wording import chance, hours, sentence, short, signed

_SECTIONS = (
    ("baselines", "What is usual"),
    ("trends", "Trends"),
    ("load", "Training load"),
    ("sleep", "Sleep"),
    ("anomalies", "Unusual days"),
    ("correlations", "What went together"),
)
_TITLES = {
    "hrv.baseline": "HRV, mean of 7 days",
    "hrv.cv": "HRV, coefficient of variation",
    "load.daily_mean": "Training load, mean of a day",
    "load.monotony": "Training monotony",
    "load.foster_strain": "Foster strain",
    "load.acute_chronic": "Acute : chronic load",
    "sleep.regularity_index": "Sleep regularity index",
    "sleep.social_jetlag": "Social jetlag",
    "sleep.debt_whoop": "Sleep debt, as WHOOP counts it",
    "sleep.debt_14_cycles": "Sleep owed over 14 cycles",
    "anomaly.rate": "How often the rule fires",
}


def everything(answer: Mapping[str, Any]) -> Markup:
    """Every statistic: its value, interval and n, or why there is none, and how it was computed."""
    parts = [
        element(
            "details",
            element("summary", f"{name} ({len(answer[section])})"),
            _table(name, answer[section]),
            open=section == "baselines",
        )
        for section, name in _SECTIONS
    ]
    return element("div", *parts, class_="card all")


def _table(name: str, found: Sequence[Statistic]) -> Markup:
    names = ("Figure", "Value", "95 % CI", "n", "How, from where, what was left out")
    rows = []
    for one in found:
        interval = " to ".join(map(signed, one.get("ci") or ()))
        rows.append(
            element(
                "tr",
                element("th", title(one), scope="row"),
                element("td", value(one)),
                element(
                    "td",
                    interval or "–",
                    data_label="95 % CI",
                    class_=None if interval else "none",
                ),
                element("td", one["n"], data_label="n"),
                element("td", *_how(one), class_="how"),
            )
        )
    head = element("thead", element("tr", *(element("th", one, scope="col") for one in names)))
    caption = element("caption", name, class_="unseen")
    return element("table", caption, head, element("tbody", *rows), class_="figures")


def title(one: Statistic) -> str:
    """What a statistic is called in words."""
    id = one["id"]
    if id in _TITLES:
        return _TITLES[id]
    if "~" in id:
        x, y, lag = parts(id)
        when = {0: "", 1: " of the next day"}.get(lag, f" {lag} days later")
        return f"{metric(x)} and {metric(y).lower().replace('hrv', 'HRV')}{when}"
    name, _, kind = id.partition(".")
    if name == "anomaly":
        return wording.day(kind, weekday=True)
    return f"{metric(name)}, {kind}"


def value(one: Statistic) -> str:
    """A statistic's value with its unit; a dash where there is none."""
    if one["value"] is None:
        return "–"
    if one.get("geometric_mean_ms"):
        return f"{one['geometric_mean_ms']:.1f} ms"
    if one["unit"] == "hours":
        return hours(one["value"])
    change = "per" in one["unit"] or "ρ" in one["unit"]
    unit = {"Spearman's ρ": "ρ", "ratio": "", "−100 to 100": "", "0–21": ""}.get(
        one["unit"], one["unit"]
    )
    return f"{signed(one['value']) if change else short(one['value'])} {unit}".strip()


def _how(one: Statistic) -> list[Markup]:
    lines: list[Child] = []
    if one.get("reason"):
        lines.append(join([element("b", "No value: "), f"{one['reason']}."]))
    lines.append(f"{sentence(one['method'])} Source: {one['source']}.")
    lines.append(_beside(one))
    if one.get("verdict"):
        by = f": {chance('p', one['p'])}, {chance('q', one['q'])}" if "p" in one else ""
        lines.append(f"{one['verdict'].capitalize()}{by}.")
    if one.get("note"):
        lines.append(sentence(one["note"]))
    told = [window(one)]
    if one["n_excluded"]:
        left = ", ".join(f"{count} {reason}" for reason, count in one["n_excluded"].items())
        told.append(f"left out: {left}")
    lines.append(f"{'; '.join(told)}.")
    return [element("p", line) for line in lines if line]


def _beside(one: Statistic) -> str | None:
    """What a statistic is set beside."""
    told = []
    for name, words in (("previous", "the period before"), ("baseline", "the 60 days before")):
        other = one.get(name) or {}
        mean = other.get("mean", other.get("value"))
        if mean is not None:
            shown = value({**one, "value": mean, "geometric_mean_ms": None})
            if one["unit"] == "ln ms":
                shown = f"{math.exp(mean):.1f} ms"
            told.append(f"{shown} in {words} (n = {other['n']})")
    if band := one.get("band"):
        told.append(f"band {band['low_ms']:.1f}–{band['high_ms']:.1f} ms")
    if (usual := one.get("usual") or {}).get("median") is not None:
        told.append(f"median {short(usual['median'])} % in the 60 days before")
    return f"Beside it: {'; '.join(told)}." if told else None


def window(one: Statistic) -> str:
    """The dates that a statistic is of, in words."""
    first, end = one["window"]["start"], one["window"]["end"]
    return wording.span(first, day(number(end) - 1))


def parts(id: str) -> tuple[str, str, int]:
    """The two metrics of a correlation's id, and how many days the second comes later."""
    x, _, rest = id.partition("~")
    y, _, lag = rest.partition("+")
    return x, y, int(lag or 0)


def metric(id: str) -> str:
    """What a metric is called."""
    return "Training load" if id == "load" else METRICS[id].name


def unit(id: str) -> str:
    """The unit in which a metric is shown."""
    return {"ln_hrv": "ms", "load": "zone-minutes"}.get(id) or METRICS[id].unit


def axis(id: str) -> str:
    """A metric with its unit."""
    return f"{metric(id)}, {unit(id)}"


def natural(id: str, value: float) -> float:
    """What is reckoned with in logarithms is shown in its own unit."""
    return math.exp(value) if id == "ln_hrv" else value
