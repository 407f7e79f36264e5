"""Say in one look how last night, the week and the month lie against what is usual for a person."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from functools import partial

from ..insights.metrics import Series
from ..insights.timeseries import day
from . import parts, wording
from .content import Content
from .html import Child, Markup, element, join
from .parts import drawn
from .standing import WEEK, Standing, in_all, reasons, standings
from .tiles import MEASURES, Measure

_SHOWN = [one for one in MEASURES if one.id != "strain"]
"""What a night tells: a day's strain is the wearer's own choice, and has no usual band."""

_ACROSS = 3.0  # SDs of a day to each side of the mean that a bar shows


def section(content: Content) -> Markup:
    """Draw a card for each measure, and say in a sentence how the last night was."""
    answer, last = content.answer, content.answer.period.last
    found = {one.id: standings(answer, one.id) for one in _SHOWN}
    why = {id: text for id, text in reasons(content.why).items() if found[id][0].value is None}
    this_year = content.today[:4]
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
        element(
            "p",
            *_sentence(found, last, year, explained=bool(why)),
            *(part for text in in_all(why.values()) for part in [" ", *_dated(text, this_year)]),
            class_="lead",
        ),
        element(
            "div",
            *(
                drawn(
                    f"stand-{one.id}",
                    one.title,
                    partial(
                        _card,
                        one,
                        found[one.id],
                        names,
                        year,
                        answer.series[one.id],
                        _dated(_brief(why.get(one.id, "")), this_year),
                    ),
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


def _sentence(
    found: dict[str, list[Standing]], last: int, year: str, *, explained: bool
) -> list[Child]:
    """Say of the last night which measures lie where, each with its number; or that there is none,
    and why, where that is not `explained` after it."""
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
    whys = sorted({found[one.id][0].why for one in _SHOWN})
    reason = "" if explained else f": {'; '.join(whys)}"
    return ["Of the night to ", at, f" there is no figure{reason}."]


_NAMES = {"sleep_duration": "time asleep"}
_MONTHS = [wording.month_name(number)[:3] for number in range(1, 13)]
_DATE = re.compile(rf"(\b\d{{1,2}} (?:{'|'.join(_MONTHS)})\b(?: \d{{4}})?)")


def _dated(text: str, this_year: str) -> list[Child]:
    """Mark the dates of a sentence, which have a year where it is another than this one."""

    def marked(date: str) -> Markup:
        number, month, *year = date.split(" ")
        at = f"{_MONTHS.index(month) + 1:02d}-{int(number):02d}"
        return element("time", date, datetime="-".join([*(year or [this_year]), at]))

    return [marked(part) if at % 2 else part for at, part in enumerate(_DATE.split(text)) if part]


def _brief(text: str) -> str:
    """Keep what is so of a reason that is told in full above, without what explains it."""
    return re.split(r": | \(|, mostly ", text)[0].removesuffix(".")


def _listed(names: Sequence[str]) -> str:
    return " and ".join([*filter(None, [", ".join(names[:-1])]), names[-1]])


def _with_unit(shown: Measure, value: float) -> str:
    return f"{shown.say(value)} {shown.unit}"


def _card(
    shown: Measure,
    found: Sequence[Standing],
    names: Sequence[str],
    year: str,
    series: Series,
    why: Sequence[Child],
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
            element("span", *_words(shown, one, year, series, why), class_="where"),
        )
        for name, one, when in zip(names, found, dates, strict=True)
    ]
    title = element("h3", element("i", class_=f"key {shown.kind}", aria_hidden="true"), shown.title)
    return element("div", title, element("ul", *lines), class_="card stand", id=f"stand-{shown.id}")


def _value(shown: Measure, one: Standing) -> list[Child]:
    if one.value is None:
        return ["–"]
    return [shown.say(one.value), element("small", f" {shown.unit}")]


def _words(
    shown: Measure, one: Standing, year: str, series: Series, why: Sequence[Child]
) -> list[Child]:
    """Say where a value lies, or why that cannot be said; `why` is of the night."""
    if one.value is None:
        reason = why if why and one.dates.days == 1 else [one.why]
        return [*reason, _latest(shown, one, year, series)]
    of = f" ({one.days} of {one.dates.days} days)" if one.days < one.dates.days else ""
    if one.low is None or one.high is None:
        return [f"{one.why}{of}"]
    band = f"{shown.say(one.low)}–{shown.say(one.high)} {shown.unit}"
    usual = element("span", band, class_="usual")
    return [element("b", place(shown, one)), " the usual ", usual, of]


def place(shown: Measure, one: Standing) -> str:
    """Name the place: where rounding hides that a value is outside, it is just outside."""
    edge = {"below": one.low, "above": one.high}.get(one.where or "")
    hidden = edge is not None and one.value is not None and shown.say(edge) == shown.say(one.value)
    return f"{'just ' if hidden else ''}{one.where}"


def _latest(shown: Measure, one: Standing, year: str, series: Series) -> str:
    """Name the newest value of the week before, where a night has none."""
    if one.dates.days > 1:
        return ""
    at = max((at for at in series.values if 0 < one.dates.last - at <= WEEK), default=None)
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
