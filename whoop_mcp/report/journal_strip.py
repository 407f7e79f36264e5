"""Draw the journal: a row for each behaviour under the days, with what was answered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from ..counts import counted, of_all
from . import charts
from .charts import Cut, Head
from .html import Child, Markup, element, join
from .wording import isolated

_MOST = 12  # behaviours: the most answered ones
_ROW, _MARK, _LABEL = 36, 12, 15  # pixels
_KINDS = {True: "main", False: "pale", None: "gap"}
_LEGEND = (("main", "yes"), ("pale", "no"), ("gap", "no entry"))

Entry = Mapping[str, Any]


def strip(entries: Sequence[Entry], dates: Sequence[str], cut: Cut) -> Markup:
    """Draw the behaviours of a period by slot, the most answered first; there is one at least.

    A slot of several days is a yes where any of them is one.
    """
    answers: dict[str, dict[str, bool]] = defaultdict(dict)
    within = set(dates)
    for one in entries:
        if one["date"] in within:
            known = answers[one["behaviour"]]
            # One's own entry counts beside WHOOP's: what was done once that day was done.
            known[one["date"]] = known.get(one["date"], False) or one["answer"]
    ordered = sorted(answers.items(), key=lambda item: (-len(item[1]), item[0]))
    head = Head(
        "journal",
        "Journal",
        "",
        "What was answered for each day on which it happened. A day without an entry is unknown.",
    )
    layers: list[Child] = []
    for place, (behaviour, known) in enumerate(ordered[:_MOST]):
        name, top = isolated(behaviour), place * _ROW
        layers.append(element("text", name, class_="row", x=0, y=top + _LABEL - 3))
        layers += _marks(name, known, dates, cut, top + _LABEL)
    rows: list[list[Child]] = [
        [isolated(name), str(sum(known.values())), str(len(known) - sum(known.values()))]
        for name, known in ordered
    ]
    note = None
    if len(ordered) > _MOST:
        note = f"{counted(len(ordered) - _MOST, 'more is', 'more are')} in the table."
    return charts.figure(
        head,
        join(layers),
        len(ordered[:_MOST]) * _ROW,
        legend=_LEGEND,
        table=charts.table("Journal", ["Behaviour", "Days with yes", "Days with no"], rows),
        note=note,
    )


def _marks(
    name: str, known: Mapping[str, bool], dates: Sequence[str], cut: Cut, top: int
) -> list[Child]:
    width = 100 / len(cut.slots)
    found: list[Child] = []
    for place, slot in enumerate(cut.slots):
        said = [known[date] for date in dates[slot.start : slot.stop] if date in known]
        answer = any(said) if said else None
        words = dict(_LEGEND)[_KINDS[answer]]
        if cut.step != "day" and said:
            words = f"yes on {of_all(sum(said), len(said), 'day')}"
        found.append(
            element(
                "rect",
                element("title", f"{slot.words}\n{name}: {words}"),
                class_=_KINDS[answer],
                x=f"{place * width + width * 0.06:.2f}%",
                y=top,
                width=f"{width * 0.88:.2f}%",
                height=_MARK,
            )
        )
    return found
