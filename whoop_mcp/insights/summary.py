"""The ten sentences that say most of an answer, each with a date and a number."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from .metrics import METRICS
from .statistic import CHANCE, SECTIONS, Statistic
from .timeseries import day, number

log = logging.getLogger(__name__)

MOST = 10
_MEANS = (
    ("recovery.mean", "Recovery", "{:.0f} %"),
    ("resting_heart_rate.mean", "Resting heart rate", "{:.1f} bpm"),
    ("sleep_duration.mean", "Time asleep", "{:.1f} hours"),
)


def sentences(answer: Mapping[str, Any]) -> list[str]:
    """At most ten, of what is known: a statistic without a value is not spoken of."""
    found = {
        one["id"]: one for name in SECTIONS for one in answer[name] if one["value"] is not None
    }
    lines = [_days(answer)]
    for told in (
        partial(_hrv, found),
        partial(_means, found),
        partial(_drifts, answer["trends"]),
        partial(_anomalies, answer),
        partial(_correlations, answer["correlations"]),
        partial(_load, found),
        partial(_sleep, found),
    ):
        try:
            lines += told()
        except Exception:  # the figures that it would tell of are there all the same
            log.exception("A sentence of the summary could not be written.")
    return lines[:MOST]


def _days(answer: Mapping[str, Any]) -> str:
    has, when = answer["coverage"]["days"], _when(answer["period"])
    return (
        f"{when[0].upper()}{when[1:]}, {has['recovery']} of {has['total']} days have a recovery "
        f"and {has['sleep']} a sleep that can be reckoned with."
    )


def _hrv(found: Mapping[str, Statistic]) -> Iterator[str]:
    if one := found.get("hrv.baseline"):
        band = one["band"]
        yield (
            f"HRV over the 7 days to {_last(one)} was {one['geometric_mean_ms']:.0f} ms, "
            f"{band['position']} the band of {band['low_ms']:.0f}–{band['high_ms']:.0f} ms from "
            f"the 60 days before, and {one['verdict']}."
        )


def _means(found: Mapping[str, Statistic]) -> Iterator[str]:
    for id, name, form in _MEANS:
        if one := found.get(id):
            others = [
                f"{form.format(before['mean'])} in the {words} before"
                for words, before in (("60 days", one["baseline"]), ("period", one["previous"]))
                if before["mean"] is not None
            ]
            beside = f"; {' and '.join(others)}" if others else ""
            yield f"{name} averaged {form.format(one['value'])} {_when(one['window'])}{beside}."


def _drifts(slopes: list[Statistic]) -> Iterator[str]:
    """The surest drift; none where chance will do."""
    sure = [one for one in slopes if one.get("verdict") == "drift"]
    if sure:
        one = min(sure, key=lambda one: float(one["q"]))
        name = METRICS[one["id"].split(".")[0]].name
        low, high = one["ci"]
        yield (
            f"{name} drifted {_when(one['window'])}: {one['value']:+.2f} {one['unit']} (95 % "
            f"interval {low:+.2f} to {high:+.2f})."
        )


def _load(found: Mapping[str, Statistic]) -> Iterator[str]:
    if one := found.get("load.acute_chronic"):
        yield (
            f"In the 7 days to {_last(one)} the training load was {one['value']:.2f} times that of "
            "the 21 days before (a description, no measure of risk)."
        )


def _sleep(found: Mapping[str, Statistic]) -> Iterator[str]:
    if one := found.get("sleep.debt_14_cycles"):
        yield (
            f"In the 14 days to {_last(one)}, short nights lacked {one['value']:.1f} hours of "
            f"sleep together ({one['n']} days known; long nights are not set against them)."
        )
    if one := found.get("sleep.regularity_index"):
        yield f"Sleep regularity was {one['value']:.0f} of 100 {_when(one['window'])}."


def _anomalies(answer: Mapping[str, Any]) -> Iterator[str]:
    rate, *days = answer["anomalies"]
    judged = rate["judged_in_period"]
    if rate["value"] is None or not judged:
        return
    often = f"on {rate['value']:.1f} % of {rate['n']} days up to {_last(rate)}"
    within = {
        **answer["period"],
        "start": max(answer["period"]["start"], rate["window"]["start"]),
    }
    among = f"of the {judged} days {_when(within)} that could be judged"
    if days:
        last = days[-1]
        yield (
            f"Several vital signs were off together on {len(days)} {among}, last on "
            f"{last['evidence'][0]['date']} ({last['level']}); the rule fires {often}."
        )
    else:
        yield f"On none {among} were several vital signs off together; the rule fires {often}."


def _correlations(tried: list[Statistic]) -> Iterator[str]:
    judged = [one for one in tried if "q" in one]
    if not judged:
        return
    one = min(judged, key=lambda one: float(one["q"]))
    if one["q"] < CHANCE:
        low, high = one["ci"]
        built_in = ", but partly by construction" if "note" in one else ""
        yield (
            f"{one['method'].split(':')[0]}: ρ = {one['value']:.2f} ({low:.2f} to {high:.2f}) up "
            f"to {_last(one)}, {one['verdict']}{built_in}."
        )
    else:
        yield (
            f"Of {len(judged)} relations tried up to {_last(one)}, none can be told from chance."
        )


def _bounds(window: Mapping[str, str]) -> tuple[str, str]:
    """The first and the last date of a window, both included."""
    return window["start"], day(number(window["end"]) - 1)


def _when(window: Mapping[str, str]) -> str:
    first, last = _bounds(window)
    return f"on {first}" if first == last else f"from {first} to {last}"


def _last(one: Statistic) -> str:
    return _bounds(one["window"])[1]
