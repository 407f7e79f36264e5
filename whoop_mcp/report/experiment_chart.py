"""Draw an experiment: what the lot wanted of each day, what was lived, and, once it is over, the
outcome of each day's morning."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from ..insights.metrics import Format, clock
from ..insights.timeseries import in_words
from ..trials import payload
from ..trials.conduct import ENDED, FINISHED, Course, Day
from ..trials.design import DO, LEAVE
from ..trials.result import Result, result
from . import charts, marks, parts, wording
from .charts import Head
from .html import Child, Markup, element, join
from .marks import Frame
from .slots import slots

_BELOW, _ROW, _MARK = 34, 34, 12  # pixels: for the dates, a strip with its name, its marks
_KINDS = {True: "main", False: "pale", None: "gap"}
_WORDS = {True: "do", False: "leave", None: "not logged"}
_LEGEND = (("main", "do"), ("pale", "leave"))


def sections(experiments: Sequence[Course]) -> list[Markup]:
    """Draw the section of experiments; none without."""
    drawn = [
        parts.drawn(f"experiment-{one.trial.id}", "Experiment", partial(figure, one))
        for one in experiments
    ]
    return [parts.section("experiments", "Experiments", parts.cards(*drawn))] if drawn else []


def figure(course: Course) -> Markup:
    """Draw an experiment's days so far; there may be none."""
    plan, metric = course.trial.plan, course.metric
    days = course.days
    over = course.state in (FINISHED, ENDED) and bool(days)
    found = result(course, tested=course.state == FINISHED) if over else None
    said = payload.sentences(course, found) if found else [payload.standing(course)]
    head = Head(
        f"experiment-{course.trial.id}",
        f"“{wording.isolated(plan.behaviour)}” and {metric.name_within}",
        f"{plan.pairs} pairs, {wording.span(plan.first, plan.last)}",
        " ".join(said),
    )
    if not days:
        begins = f"it begins on {in_words(plan.first)}"
        ended = "it was ended before its first day was over"
        return charts.nothing(head, ended if course.state == ENDED else begins)
    layers: list[Child] = []
    top = 0
    if found:
        frame, drawn = _outcomes(course, found)
        layers.append(drawn)
        top = frame.height + _BELOW
    for name, kinds in (
        ("By lot", [one.block.arm == DO for one in days]),
        ("As lived", [one.lived for one in days]),
    ):
        layers.append(element("text", name, class_="row", x=0, y=top + 12))
        layers += _strip(name, kinds, days, len(days) if over else plan.days, top + 16)
        top += _ROW
    return charts.figure(
        head,
        join(layers),
        top,
        legend=[*_LEGEND, ("gap", "not known"), *(_levels(found) if found else ())],
        table=_table(course, over=over),
        kind="whole",
    )


def _levels(found: Result) -> list[tuple[str, str]]:
    if found.assigned.difference is None:
        return []
    return [("mean", "mean of “do”"), ("before", "mean of “leave”")]


def _outcomes(course: Course, found: Result) -> tuple[Frame, Markup]:
    """Draw a dot for each morning over its day, and the means of both arms' blocks."""
    natural = course.metric.natural
    values = [None if one.value is None else natural(one.value) for one in course.days]
    means = [None if one is None else natural(float(one)) for one in found.assigned.means]
    frame = Frame(len(values), marks.axis([*values, *means]))
    arms = [one.block.arm for one in course.days]

    def of(arm: str) -> list[float | None]:
        return [value if arm == own else None for value, own in zip(values, arms, strict=True)]

    dates = [one.date for one in course.days]
    cut, step = slots(dates)
    labels = marks.date_labels(cut, step) if step == "day" else []
    drawn = [
        marks.grid(frame, labels),
        marks.hatching(frame, [value is not None for value in values]),
        marks.level(frame, means[0], "mean"),
        marks.level(frame, means[1], "before"),
        marks.dots(frame, of(LEAVE), "pale"),
        marks.dots(frame, of(DO), "main"),
        marks.hover(frame, [_words(course, one) for one in course.days]),
    ]
    return frame, join(drawn)


def _strip(
    name: str, kinds: Sequence[bool | None], days: Sequence[Day], room: int, top: int
) -> list[Child]:
    """Draw a mark for each day, of as many as there is room for."""
    width = 100 / room
    return [
        element(
            "rect",
            element("title", f"{in_words(one.date, weekday=True)}\n{name}: {_WORDS[kind]}"),
            class_=_KINDS[kind],
            x=f"{place * width + width * 0.06:.2f}%",
            y=top,
            width=f"{width * 0.88:.2f}%",
            height=_MARK,
        )
        for place, (one, kind) in enumerate(zip(days, kinds, strict=True))
    ]


def _say(course: Course, value: float) -> str:
    metric = course.metric
    if metric.format is Format.HOURS:
        return wording.hours(value)
    if metric.is_time_of_day:
        return clock(value)
    return f"{wording.short(metric.natural(value))} {metric.natural_unit}"


def _words(course: Course, one: Day) -> str:
    value = one.reason if one.value is None else _say(course, one.value)
    counted = "" if one.counts else "\nwashout: it does not count"
    return (
        f"{in_words(one.date, weekday=True)}\n"
        f"assigned: {one.block.arm}, lived: {_WORDS[one.lived]}\n"
        f"{in_words(one.morning)}: {value}{counted}"
    )


def _table(course: Course, *, over: bool) -> Markup:
    say = partial(_say, course)
    rows: list[list[Child]] = []
    for one in course.days:
        row: list[Child] = [in_words(one.date), one.block.arm, _WORDS[one.lived]]
        if over:
            row.append(one.reason if one.value is None else say(one.value))
        rows.append([*row, "yes" if one.counts else "washout"])
    head = ["Day", "By lot", "As lived", *(["Outcome"] if over else []), "Counts"]
    return charts.table(f"Experiment {course.trial.id}", head, rows)
