"""Draw a chart as a whole: its title, its marks, the words for each slot that is pointed at, and
the same figures as a table."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from ..reads.usable import NOT_RECORDED
from ..whoop import fields
from . import marks
from .html import Child, Markup, element, join
from .marks import Axis, Frame, Values
from .slots import Slot, Step

_BELOW = 28  # pixels for the labels
_A_DAY = 48  # hours; a stack beyond has no tick for every second one


class Head(NamedTuple):
    """The heading of a chart: `key` names its elements, `says` tells in words what it shows."""

    key: str
    title: str
    unit: str
    says: str


class Cut(NamedTuple):
    """A period as slots of one step."""

    slots: list[Slot]
    step: Step


class Track(NamedTuple):
    """Values by slot, their name, how one is said, and the class of their marks.

    `drawn` are the words of the legend (empty: not in it), `why` says by slot why there is none.
    """

    name: str
    values: Values
    say: Callable[[float], str]
    kind: str = ""
    drawn: str = ""
    why: Sequence[str] = ()


def bars(
    head: Head,
    cut: Cut,
    shown: Track,
    axis: Axis,
    *,
    kinds: Callable[[float], str] | None = None,
    legend: Sequence[tuple[str, str]] = (),
    line: Track | None = None,
    levels: Sequence[tuple[str, float | None, str]] = (),
    more: Sequence[Track] = (),
) -> Markup:
    """Draw a column per slot, with a line through the same days or levels `(name, value,
    class)`."""
    frame = Frame(len(cut.slots), axis)
    layers = [marks.columns(frame, shown.values, kinds or shown.kind)]
    layers += [marks.level(frame, value, kind) for _, value, kind in levels]
    if line is not None:
        layers.append(marks.line(frame, line.values, line.kind))
    tracks = [shown, *([line] if line else []), *more]
    keys = [*legend, *((kind, name) for name, value, kind in levels if value is not None)]
    return _chart(head, cut, frame, layers, tracks, shown.values, keys)


def curve(
    head: Head,
    cut: Cut,
    shown: Track,
    *,
    line: Track | None = None,
    band: tuple[Track, Track] | None = None,
) -> Markup:
    """Draw a dot per slot and a line, over the band of what is usual, which may be left out.

    Without a `line` of its own the dots themselves are joined.
    """
    drawn = line or shown
    low, high = band or (None, None)
    of_band = [*low.values, *high.values] if low and high else []
    frame = Frame(len(cut.slots), marks.axis([*shown.values, *drawn.values, *of_band]))
    layers = [marks.band(frame, low.values, high.values)] if low and high else []
    layers.append(marks.line(frame, drawn.values, drawn.kind))
    if line:
        layers.append(marks.dots(frame, shown.values, "dot"))
    elif frame.slots <= marks.ROOMY:
        layers.append(marks.dots(frame, shown.values, f"{shown.kind} full"))
    tracks = [shown, *(one for one in (line, low, high) if one)]
    return _chart(head, cut, frame, layers, tracks, shown.values)


def stacked(
    head: Head, cut: Cut, parts: Sequence[Track], mark: Track, more: Sequence[Track] = ()
) -> Markup:
    """Draw columns of parts, the first lowest, each with a mark of what it is to be held
    against."""
    totals = [
        fields.total(*(part.values[slot] for part in parts)) for slot in range(len(cut.slots))
    ]
    known = [value for value in [*totals, *mark.values] if value is not None]
    highest = max((value for value in known if value < _A_DAY), default=0)
    upward = marks.fixed(0, 2 * math.ceil(max(highest, 2) / 2), 2)
    if any(not value < _A_DAY for value in known):
        upward = marks.axis(known, hold=(0.0,))
    frame = Frame(len(cut.slots), upward, 220)
    layers = [
        marks.stack(frame, [(part.kind, part.values) for part in parts]),
        marks.marks(frame, mark.values, mark.kind),
    ]
    return _chart(head, cut, frame, layers, [*more, *parts, mark], totals)


def figure(
    head: Head,
    drawing: Markup,
    height: int,
    *,
    legend: Sequence[tuple[str, str]] = (),
    table: Markup,
    note: Child = None,
    kind: str = "",
) -> Markup:
    """Set any drawing as a titled figure: `legend` is `(class, words)`, `kind` a class of the
    whole."""
    keys = [element("li", element("i", class_=f"key {mark}"), words) for mark, words in legend]
    image = element(
        "svg",
        element("title", head.title, id=f"{head.key}-title"),
        element("desc", head.says, id=f"{head.key}-says"),
        drawing,
        role="img",
        aria_labelledby=f"{head.key}-title {head.key}-says",
        width="100%",
        height=height,
    )
    return element(
        "figure",
        element(
            "figcaption",
            element("h3", head.title),
            element("span", head.unit, class_="unit") if head.unit else None,
            element("p", head.says, class_="says"),
        ),
        element("ul", *keys, class_="legend") if keys else None,
        element("div", image, class_="plot"),
        element("p", note, class_="note") if note else None,
        element("details", element("summary", f"{head.title} as a table"), table),
        class_=f"card {kind}".strip(),
        id=head.key,
    )


def nothing(head: Head, reason: str, *, table: Markup | None = None) -> Markup:
    """Draw a figure's place where there is nothing to show, and why; with the table of what is
    known all the same."""
    return element(
        "figure",
        element("figcaption", element("h3", head.title)),
        element("p", f"Nothing to show: {reason}.", class_="empty"),
        None
        if table is None
        else element("details", element("summary", f"{head.title} as a table"), table),
        class_="card",
        id=head.key,
    )


def nearest(why: Sequence[str]) -> str:
    """Choose why there is nothing to show at all: the commonest reason; that nothing was recorded
    only where no day has another."""
    found = Counter(why)
    if len(found) > 1:
        del found[NOT_RECORDED]
    return found.most_common(1)[0][0]


def table(name: str, head: Sequence[str], rows: Sequence[Sequence[Child]]) -> Markup:
    """Build a table whose first column names its rows; it scrolls by itself where it is too
    wide."""
    return element(
        "div",
        element(
            "table",
            element("caption", name, class_="unseen"),
            element("thead", element("tr", *(element("th", one, scope="col") for one in head))),
            element(
                "tbody",
                *(
                    element(
                        "tr",
                        element("th", row[0], scope="row"),
                        *(element("td", "–" if one is None else one) for one in row[1:]),
                    )
                    for row in rows
                ),
            ),
        ),
        class_="scroll",
        tabindex="0",
        role="group",  # a region would be one landmark more for each table
        aria_label=name,
    )


def _chart(
    head: Head,
    cut: Cut,
    frame: Frame,
    layers: Sequence[Markup],
    tracks: Sequence[Track],
    needed: Values,
    legend: Sequence[tuple[str, str]] = (),
) -> Markup:
    if all(value is None for value in needed):
        return nothing(head, nearest(tracks[0].why))
    known = [value is not None for value in needed]
    words = [_words(cut, slot, tracks) for slot in range(frame.slots)]
    drawing = join(
        [
            marks.grid(frame, marks.date_labels(cut.slots, cut.step)),
            marks.hatching(frame, known),
            *layers,
            marks.hover(frame, words),
        ]
    )
    keys = [*((one.kind, one.drawn) for one in tracks if one.drawn), *legend]
    if not all(known):
        keys.append(("gap", "no value"))
    rows = [
        [slot.words, *(_say(one, slot_number) for one in tracks)]
        for slot_number, slot in enumerate(cut.slots)
    ]
    names = [cut.step.capitalize(), *(one.name for one in tracks)]
    return figure(
        head,
        drawing,
        frame.height + _BELOW,
        legend=keys,
        table=table(head.title, names, rows),
    )


def _words(cut: Cut, slot: int, tracks: Sequence[Track]) -> str:
    lines = [f"{one.name}: {_say(one, slot)}" for one in tracks if one.values[slot] is not None]
    if tracks[0].values[slot] is None and tracks[0].why:
        lines = [f"{tracks[0].name}: {tracks[0].why[slot]}", *lines]
    return "\n".join([cut.slots[slot].words, *lines])


def _say(track: Track, slot: int) -> str | None:
    value = track.values[slot]
    return None if value is None else track.say(value)
