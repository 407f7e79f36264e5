"""Say in one look how last night, the week and the month lie against what is usual for a person."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from ..insights import baselines, metrics
from ..insights.metrics import Series
from ..insights.statistic import Answer, Position, Statistic
from ..insights.timeseries import Dates, day
from . import parts, wording
from .content import Content
from .html import Child, Markup, element, join
from .parts import drawn
from .tiles import MEASURES, Measure

_SHOWN = [one for one in MEASURES if one.id != "strain"]
"""What a night tells: a day's strain is the wearer's own choice, and has no usual band."""

_WEEK, _MONTH = 7, 30
_ACROSS = 3.0  # SDs of a day to each side of the mean that a bar shows

_ABSENT = {
    metrics.NOT_FETCHED: "not fetched from WHOOP: a sync brings it",
    metrics.NOT_RECORDED: "nothing recorded",
    "not scored": "not scored by WHOOP",
    "not over": "not over yet",
    "calibrating": "WHOOP was still calibrating",
    "not measured": "not measured",
}
"""Why a night has no value, in the page's words."""


class Standing(NamedTuple):
    """A value over some dates, with the band that is usual for such a value; `days` of the dates
    have one. Where there is no value or no band, the reason is said."""

    dates: Dates
    days: int
    value: float | None
    why: str
    low: float | None = None
    high: float | None = None
    middle: float = 0.0
    sd: float = 0.0  # of single days

    @property
    def where(self) -> Position | None:
        """The place of the value; None where it or the band is not known."""
        if self.value is None or self.low is None or self.high is None:
            return None
        return "below" if self.value < self.low else "above" if self.value > self.high else "within"


def section(content: Content) -> Markup:
    """Draw a card for each measure, and say in a sentence how the last night was."""
    answer, last = content.answer, content.answer.period.last
    found = {one.id: standings(answer, one.id) for one in _SHOWN}
    recent = day(last) == content.today
    names = (
        "Last night" if recent else "The night",
        "The week",
        "The month",
    )
    year = day(last)[:4]
    return parts.section(
        "head",
        "Against the usual",
        element("p", *_sentence(found, last, year), class_="lead"),
        element(
            "div",
            *(
                drawn(
                    f"stand-{one.id}",
                    one.title,
                    partial(_card, one, found[one.id], names, year, answer.series[one.id]),
                )
                for one in _SHOWN
            ),
            class_="stands",
        ),
        element(
            "p",
            "Usual is the mean of the 60 days before, for a single night ± 1 SD (about two nights "
            "in three lie within it), for the mean of a week or month ± 0.5 SD. Outside of it is "
            "where to look, not a finding: what goes beyond chance is told below.",
            class_="note",
        ),
    )


def standings(answer: Answer, metric: str) -> list[Standing]:
    """Return how the last night, the 7 and the 30 days to it lie against the 60 days before each.

    The figures are those of insights: means, and of HRV the week with its band.
    """
    series, last = answer.series[metric], answer.period.last
    found = []
    for length in (1, _WEEK, _MONTH):
        if length == _WEEK and metric == "ln_hrv":
            found.append(_of_week(answer.by_id[baselines.HRV.id]))
        else:
            mean = baselines.mean(series, Dates.ending(last, length))
            found.append(_of_mean(mean, series, 1.0 if length == 1 else 0.5))
    return found


def _of_mean(one: Statistic, series: Series, sds: float) -> Standing:
    usual = one.baseline
    why = ""
    if one.value is None:
        why = _known(one)
        if one.dates.days == 1:
            reason = series.why.get(one.dates.last, metrics.NOT_RECORDED)
            why = _ABSENT.get(reason, reason)
    if usual is None or usual.mean is None or usual.sd is None:
        n = usual.n if usual else 0
        why = why or f"no usual yet: {n} of the 60 days before, {baselines.BASELINE_FLOOR} needed"
        return Standing(one.dates, one.n, one.value, why)
    low, high = usual.mean - sds * usual.sd, usual.mean + sds * usual.sd
    return Standing(one.dates, one.n, one.value, why, low, high, usual.mean, usual.sd)


def _of_week(one: Statistic) -> Standing:
    """Take the week of HRV as it is judged: with 5 of 7 days, and against its own band."""
    if one.value is None or one.band is None:
        usual = one.baseline.n if one.baseline else 0
        short = one.n < baselines.WEEK_FLOOR
        why = (
            f"{one.n} of 7 days known, {baselines.WEEK_FLOOR} needed"
            if short
            else f"no usual yet: {usual} of the 60 days before, {baselines.BASELINE_FLOOR} needed"
        )
        return Standing(one.dates, one.n, None, why)
    low, high = one.band.low, one.band.high
    return Standing(
        one.dates, one.n, one.value, "", low, high, (low + high) / 2, high - low
    )  # half an SD to each side


def _known(one: Statistic) -> str:
    return f"{one.n} of {one.dates.days} days known, {min(3, one.dates.days)} needed"


def _sentence(found: dict[str, list[Standing]], last: int, year: str) -> list[Child]:
    """Say of the last night which measures lie where, each with its number."""
    at = element("time", wording.short_day(day(last), year), datetime=day(last))
    told: dict[str, list[str]] = {"below": [], "above": [], "within": [], "alone": []}
    for one in _SHOWN:
        night = found[one.id][0]
        if night.value is not None:
            name = one.title if one.title.isupper() else one.title.lower()
            said = f"{_NAMES.get(one.id, name)} ({_with_unit(one, night.value)})"
            told[night.where or "alone"].append(said)
    groups = [
        f"{_listed(names)} {'was' if len(names) == 1 else 'were'} {words}"
        for names, words in (
            (told["below"], "below the usual"),
            (told["above"], "above the usual"),
            (told["within"], "within the usual"),
        )
        if names
    ]
    if told["alone"]:
        names = told["alone"]
        also = "there is no usual yet to set beside" if not groups else "there is no usual yet for"
        groups.append(f"{also} {_listed(names)}")
    if groups:
        return ["On ", at, f", {'; '.join(groups)}."]
    whys = {found[one.id][0].why for one in _SHOWN}
    return ["Of the night to ", at, f" there is no figure: {'; '.join(sorted(whys))}."]


_NAMES = {"sleep_duration": "time asleep"}


def _listed(names: Sequence[str]) -> str:
    return " and ".join([*filter(None, [", ".join(names[:-1])]), names[-1]])


def _with_unit(shown: Measure, value: float) -> str:
    return f"{shown.say(value)} {shown.unit}"


def _card(
    shown: Measure, found: Sequence[Standing], names: Sequence[str], year: str, series: Series
) -> Markup:
    """Draw the lines of a measure: the value, the bar with the band, and the same in words."""
    dates = [wording.short_span(one.dates, year) for one in found]
    lines = [
        element(
            "li",
            element(
                "span",
                name,
                " ",
                element("small", wording.short_span(one.dates, year)),
                class_="when",
            ),
            element("span", *_value(shown, one), class_="value"),
            bar(one),
            element("span", *_words(shown, one, year, series), class_="where"),
        )
        for name, one, when in zip(names, found, dates, strict=True)
    ]
    title = element("h3", element("i", class_=f"key {shown.kind}", aria_hidden="true"), shown.title)
    return element("div", title, element("ul", *lines), class_="card stand", id=f"stand-{shown.id}")


def _value(shown: Measure, one: Standing) -> list[Child]:
    if one.value is None:
        return ["–"]
    return [shown.say(one.value), element("small", f" {shown.unit}")]


def _words(shown: Measure, one: Standing, year: str, series: Series) -> list[Child]:
    """Say where a value lies, or why that cannot be said."""
    if one.value is None:
        return [f"{one.why}{_latest(shown, one, year, series)}"]
    of = f" ({one.days} of {one.dates.days} days)" if one.days < one.dates.days else ""
    if one.low is None or one.high is None:
        return [f"{one.why}{of}"]
    band = f"{shown.say(one.low)}–{shown.say(one.high)} {shown.unit}"
    return [element("b", place(shown, one)), f" the usual {band}{of}"]


def place(shown: Measure, one: Standing) -> str:
    """Name the place: where rounding hides that a value is outside, it is just outside."""
    edge = {"below": one.low, "above": one.high}.get(one.where or "")
    hidden = edge is not None and one.value is not None and shown.say(edge) == shown.say(one.value)
    return f"{'just ' if hidden else ''}{one.where}"


def _latest(shown: Measure, one: Standing, year: str, series: Series) -> str:
    """Name the newest value of the week before, where a night has none."""
    if one.dates.days > 1:
        return ""
    at = max((at for at in series.values if 0 < one.dates.last - at <= _WEEK), default=None)
    if at is None:
        return ""
    return f"; {_with_unit(shown, series.values[at])} on {wording.short_day(day(at), year)}"


def bar(one: Standing) -> Markup | None:
    """Draw where a value lies: a band on a line, its middle, and the value as a mark."""
    if one.value is None or one.low is None or one.high is None or not one.sd > 0:
        return None

    def across(value: float) -> float:
        share = 0.5 + (value - one.middle) / (2 * _ACROSS * one.sd)
        return round(100 * min(max(share, 0.02), 0.98), 2) if math.isfinite(share) else 50.0

    left, right = across(one.low), across(one.high)
    at = f"{across(one.value)}%"
    kind = "here" if one.where == "within" else "here out"
    return element(
        "svg",
        join(
            [
                element("line", class_="grid", x1="0", x2="100%", y1=9, y2=9),
                element(
                    "rect",
                    class_="band",
                    x=f"{left}%",
                    width=f"{round(right - left, 2)}%",
                    y=3,
                    height=12,
                    rx=3,
                ),
                element("line", class_="middle", x1="50%", x2="50%", y1=3, y2=15),
                element("circle", class_=kind, cx=at, cy=9, r=5.5),
            ]
        ),
        class_="range",
        width="100%",
        height=18,
        aria_hidden="true",
    )
