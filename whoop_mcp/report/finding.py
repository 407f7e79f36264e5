"""Hold a finding: its heading, its sentences with their dates, and where its chart is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from ..insights.statistic import Answer, Statistic
from ..insights.timeseries import Dates, day
from . import wording
from .html import Child, Markup, element, join

MOST = 3
"""The most findings of one kind; how many more there are is said below."""

CHARTS = {
    "recovery": ("recovery", "high"),
    "ln_hrv": ("hrv", "main"),
    "resting_heart_rate": ("resting", "main"),
    "skin_temperature": ("temperature", "main"),
    "sleep_duration": ("sleep", "deep"),
    "sleep_performance": ("figures", "deep"),
    "bedtime": ("figures", "deep"),
    "strain": ("strain", "strain"),
    "load": ("load", "load"),
}
"""The anchor of a metric's chart, and the class of its colour there."""


class Finding(NamedTuple):
    """A card: the class of its mark, its heading and sentences, and the anchor of its chart."""

    kind: str
    heading: Child
    words: Sequence[Child]
    anchor: str


class Writer(NamedTuple):
    """What all cards are written with: the answer, and the year that needs no saying."""

    answer: Answer
    year: str

    def date(self, number: int) -> Markup:
        text = day(number)
        return element("time", wording.short_day(text, self.year), datetime=text)

    def dates(self, of: Dates) -> Markup:
        if of.days == 1:
            return join(["on ", self.date(of.first)])
        return join(["from ", self.date(of.first), " to ", self.date(of.last)])


def built_in(one: Statistic) -> bool:
    return one.relation is not None and one.relation.built_in
