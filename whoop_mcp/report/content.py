"""Hold all that one page shows, as it was read at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

from ..insights.periods import Comparison
from ..insights.statistic import Answer
from ..trials.conduct import Course
from .daily_charts import ChartData


class Content(NamedTuple):
    """All that one page shows."""

    answer: Answer
    data: ChartData
    name: str | None
    east: int  # minutes, of where the newest record was made
    today: str = ""  # the date there
    entries: Sequence[Mapping[str, Any]] = ()  # of the journal
    beside: Comparison | None = None
    experiments: Sequence[Course] = ()
    why: Mapping[str, Mapping[str, str]] = MappingProxyType({})  # the last day lacks what it does
