"""Draw what differs after each behaviour of the journal: a difference with its interval a row."""

from __future__ import annotations

from collections.abc import Sequence

from ..counts import counted
from ..insights.metrics import Metric
from ..insights.statistic import Behaviour, Statistic, surest
from . import charts
from .charts import Head
from .html import Child, Markup, element, join
from .marks import Axis, axis, tick_label
from .statistics_table import dates_of
from .wording import chance, isolated, signed

_MOST = 8  # rows of a drawing: the surest ones
_ROW, _NAME, _FIGURES, _MARK = 58, 14, 31, 44  # pixels
_BELOW = 26
_LONGEST = 36  # characters of a name in a drawing
_LEGEND = (("sure", "beyond chance"), ("unsure", "may be chance, of so many tried"))
_CAUTION = (
    "What the journal tells, beside the morning after each day. A difference names no cause: who "
    "does one thing often does others that day."
)


def forest(found: Sequence[Statistic]) -> Markup:
    """Draw a figure for each outcome that any behaviour was compared by, and say of those that
    could not be why; there is one statistic at least."""
    compared = [one for one in surest(found) if one.ci and one.metric and one.behaviour]
    metrics: dict[str, Metric] = {}
    for one in found:
        if one.metric and one in compared:
            metrics.setdefault(one.metric.id, one.metric)
    figures = [
        _figure(metric, [one for one in compared if one.metric == metric])
        for metric in metrics.values()
    ]
    sure = sum(one.claims for one in compared)
    words = (
        f"Of {counted(len(compared), 'difference')} looked at, {sure or 'none'} "
        f"{'are' if sure > 1 else 'is'} beyond chance."
    )
    if compared:
        words = f"{words} The days: {dates_of(compared[0])}."
    return join(
        [
            element("p", f"{_CAUTION} {words}" if compared else "Nothing can be compared yet."),
            element("div", *figures, class_="charts") if figures else None,
            *_not_told_apart(compared),
            _lacking(found),
        ]
    )


def _figure(metric: Metric, rows: Sequence[Statistic]) -> Markup:
    unit = rows[0].change_unit
    shown = rows[:_MOST]
    ends = [one.change(end) for one in shown for end in one.ci or ()]
    across = axis(ends, hold=(0.0,))
    height = len(shown) * _ROW
    layers: list[Child] = [*_grid(across, height)]
    for place, one in enumerate(shown):
        layers += _row(one, across, place * _ROW)
    head = Head(
        key(metric),
        f"{metric.name} of the next morning",
        unit,
        "Days with the behaviour minus days without (n), trend and weekdays taken out; the line is "
        "the 95 % interval.",
    )
    more = len(rows) - len(shown)
    left_out = f"{counted(more, 'more is', 'more are')} in the table." if more else None
    return charts.figure(
        head,
        join(layers),
        height + _BELOW,
        legend=_LEGEND,
        table=charts.table(
            head.title,
            [
                "Behaviour",
                f"Difference, {unit}",
                "95 % CI",
                "Days with",
                "Days without",
                "q",
                "Same morning, before it",
                "Verdict",
            ],
            [_cells(one) for one in rows],
        ),
        note=left_out,
        kind="forest",
    )


def _row(one: Statistic, across: Axis, top: int) -> list[Child]:
    value, low, high = (one.change(end) for end in (one.value or 0.0, *(one.ci or ())))
    kind = "sure" if one.claims else "unsure"
    behaviour = _behaviour(one)
    n = f"{one.n}" if one.by_amount else f"{behaviour.yes} / {behaviour.no}"
    figures = f"{signed(value)} ({signed(low)} to {signed(high)}), n {n}"
    y = top + _MARK
    return [
        element("text", isolated(_cut(name(one))), class_=f"row {kind}", x=0, y=top + _NAME),
        element("text", figures, class_="row", x=0, y=top + _FIGURES),
        element(
            "line",
            class_=f"reach {kind}",
            x1=_at(across, low),
            x2=_at(across, high),
            y1=y,
            y2=y,
        ),
        element(
            "circle",
            element("title", f"{isolated(name(one))}\n{figures}\n{chance('q', one.q)}"),
            class_=f"effect {kind}",
            cx=_at(across, value),
            cy=y,
            r=6 if one.claims else 4.5,
        ),
    ]


def _grid(across: Axis, height: int) -> list[Child]:
    found: list[Child] = []
    for place, tick in enumerate(across.ticks):
        at = _at(across, tick)
        kind = "zero" if tick == 0 else "grid"
        found.append(element("line", class_=kind, x1=at, x2=at, y1=0, y2=height))
        wide = " wide" if place % 2 and len(across.ticks) > 5 and tick else ""
        words = tick_label(tick, across)
        found.append(element("text", words, class_=f"below{wide}", x=at, y=height + 18))
    return found


def _cells(one: Statistic) -> list[Child]:
    behaviour = _behaviour(one)
    low, high = (signed(one.change(end)) for end in one.ci or (0.0, 0.0))
    same = behaviour.same_morning
    return [
        isolated(name(one)),
        signed(one.change(one.value or 0.0)),
        f"{low} to {high}",
        str(behaviour.yes),
        None if one.by_amount else str(behaviour.no),
        chance("q", one.q),
        None if same is None else signed(one.change(same)),
        one.verdict and one.verdict.words,
    ]


def _not_told_apart(compared: Sequence[Statistic]) -> list[Markup]:
    """Say once of each behaviour what it mostly comes with, or in place of."""
    notes = {
        _behaviour(one).name: f"{isolated(name(one))}: {one.note}." for one in compared if one.note
    }
    return [element("p", words, class_="note") for words in notes.values()]


def _lacking(found: Sequence[Statistic]) -> Markup | None:
    """List the behaviours, or their amounts, that could not be compared by any outcome, with the
    reason."""
    named = [(name(one) if one.behaviour else one.title, one) for one in found]
    compared = {name for name, one in named if one.value is not None}
    reasons = {name: one.reason for name, one in named if one.reason and name not in compared}
    lines = [element("li", f"{isolated(name)}: {reason}") for name, reason in reasons.items()]
    if not lines:
        return None
    summary = element("summary", f"Not compared: {len(lines)}")
    return element(
        "div", element("details", summary, element("ul", *lines)), class_="card all whole"
    )


def key(metric: Metric) -> str:
    """Return the anchor of an outcome's drawing."""
    return f"after-{metric.id.replace('_', '-')}"


def _behaviour(one: Statistic) -> Behaviour:
    if one.behaviour is None:
        raise TypeError("only the difference that a behaviour makes can be drawn")
    return one.behaviour


def name(one: Statistic) -> str:
    """Name a behaviour as the statistic's own title does."""
    return one.title.rpartition(": ")[0]


def _cut(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"


def _at(across: Axis, value: float) -> str:
    return f"{100 * across.share(value):.2f}%"
