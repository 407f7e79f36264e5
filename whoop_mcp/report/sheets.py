"""A period's days laid out for drawing: how they are cut, and each series by slot."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from ..insights import load, metrics
from ..insights.metrics import Series
from ..insights.timeseries import number
from ..reads.diary import Day
from . import periods
from .charts import Cut, Track
from .wording import Say

Read = Callable[[int], float | None]
"""A figure by day number."""


class Sheet(NamedTuple):
    """All that is drawn: a period's days, how they are cut, and every series, which reach further
    back."""

    days: Sequence[Day]
    cut: Cut
    table: Mapping[str, Series]
    load: Series

    def track(self, name: str, read: Read, say: Say, **drawn: Any) -> Track:
        """A figure by slot: in each the mean of its days."""
        daily = [read(number(day.date)) for day in self.days]
        return Track(name, [periods.mean(daily, slot) for slot in self.cut.slots], say, **drawn)

    def values(self, series: Series) -> Sequence[float | None]:
        """A series by slot."""
        return self.track("", series.values.get, str).values

    def why(self, series: Series, otherwise: str = "") -> list[str]:
        """By slot, the commonest reason for which a day has no value; `otherwise` where it has."""
        return [
            Counter(
                series.why.get(at, otherwise)
                for at in range(number(slot.first), number(slot.last) + 1)
            ).most_common(1)[0][0]
            for slot in self.cut.slots
        ]

    @property
    def each(self) -> str:
        """What a mark stands for, where that is not a day."""
        return "" if self.cut.step == "day" else f" Each mark is the mean of a {self.cut.step}."


def sheet(days: Sequence[Day], first: str) -> Sheet:
    """The sheet of the days from `first` on; those before are what baselines rest on."""
    shown = [day for day in days if day.date >= first]
    return Sheet(
        shown,
        Cut(*periods.cut([day.date for day in shown])),
        metrics.read(days),
        load.series(days, number(shown[-1].date)),
    )
