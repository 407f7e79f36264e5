"""Hold values against what is usual for a person: last night, the week, the month."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import NamedTuple

from ..counts import of_all
from ..insights import baselines
from ..insights.metrics import Series
from ..insights.statistic import Answer, Position, Statistic, attempt
from ..insights.timeseries import Dates
from ..reads.usable import NOT_FETCHED, NOT_RECORDED, PURGED

WEEK, MONTH = 7, 30

_ABSENT = {
    NOT_FETCHED: "not fetched from WHOOP: a sync brings it",
    PURGED: "purged here",
    NOT_RECORDED: "nothing recorded",
    "not scored": "not scored by WHOOP",
    "not over": "not over yet",
    "calibrating": "WHOOP was still calibrating",
    "not measured": "not measured",
}
"""Why a night has no value, in the page's words: where its records are there all the same."""

_FOR_WANT_OF_SLEEP = "A recovery needs the night's sleep. "


_OF = {
    "recovery": "recovery",
    "ln_hrv": "recovery",
    "resting_heart_rate": "recovery",
    "sleep_duration": "sleep",
}
"""The record that a measure of a night comes from."""


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


def standings(answer: Answer, metric: str) -> list[Standing]:
    """Return how the last night, the 7 and the 30 days to it lie against the 60 days before each.

    The figures are those of insights: means, and of HRV the week with its band.
    """
    series, last = answer.series[metric], answer.period.last
    found = []
    for length in (1, WEEK, MONTH):
        dates = Dates.ending(last, length)
        mean = partial(baselines.mean, series, dates)
        one = attempt(baselines.mean_of(series.metric), dates, mean)
        found.append(_of_mean(one, series, 1.0 if length == 1 else 0.5))
    week = answer.by_id[baselines.HRV.id]
    # Where insights have no week of HRV for want of days before it, its mean is known all the same.
    if metric == "ln_hrv" and (week.value is not None or week.n < baselines.WEEK_FLOOR):
        found[1] = _of_week(week)
    return found


def reasons(why: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Return by measure the sentence that tells why a night lacks it, of what `absence.explain`
    answers; that of the sleep, where a recovery lacks for want of it."""
    texts = {name: one["text"].removeprefix(_FOR_WANT_OF_SLEEP) for name, one in why.items()}
    return {measure: texts[name] for measure, name in _OF.items() if name in texts}


def in_all(found: Iterable[str]) -> list[str]:
    """Keep each reason once: where all that sets two apart is that one is of the recovery and one
    of the sleep, the sleep's, which a recovery needs."""
    kept: dict[str, str] = {}
    for text in dict.fromkeys(found):
        alike = text.replace("recovery", "sleep")
        kept[alike] = text if alike not in kept else alike
    return list(kept.values())


def _of_mean(one: Statistic, series: Series, sds: float) -> Standing:
    usual = one.baseline
    why = ""
    if usual is None:
        why = one.reason or ""
    elif one.value is None:
        why = _known(one)
        if one.dates.days == 1:
            reason = series.why.get(one.dates.last, NOT_RECORDED)
            why = _ABSENT.get(reason, reason)
    if usual is None or usual.mean is None or usual.sd is None:
        return Standing(one.dates, one.n, one.value, why or _no_usual(usual.n if usual else 0))
    low, high = usual.mean - sds * usual.sd, usual.mean + sds * usual.sd
    return Standing(one.dates, one.n, one.value, why, low, high, usual.mean, usual.sd)


def _of_week(one: Statistic) -> Standing:
    """Take the week of HRV as it is judged: with 5 of 7 days, and against its own band."""
    if one.value is None or one.band is None:
        few = f"{one.n} of 7 days known, {baselines.WEEK_FLOOR} needed"
        return Standing(one.dates, one.n, None, few if one.baseline else one.reason or "")
    low, high = one.band.low, one.band.high
    sd = high - low  # half of it lies to each side
    return Standing(one.dates, one.n, one.value, "", low, high, (low + high) / 2, sd)


def _no_usual(n: int) -> str:
    return f"no usual yet: {n} of the 60 days before, {baselines.BASELINE_FLOOR} needed"


def _known(one: Statistic) -> str:
    return f"{of_all(one.n, one.dates.days, 'day')} known, {min(3, one.dates.days)} needed"
