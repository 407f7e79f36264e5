"""The ten sentences that say most of an answer, each with a date and a number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from .series import day, number
from .statistic import CHANCE, Statistic

MOST = 10
_MEANS = (
    ("recovery.mean", "Recovery", "{:.0f} %"),
    ("resting_heart_rate.mean", "Resting heart rate", "{:.1f} bpm"),
    ("sleep_duration.mean", "Time asleep", "{:.1f} hours"),
)


def sentences(answer: Mapping[str, Any]) -> list[str]:
    """At most ten, of what is known: a statistic without a value is not spoken of."""
    found = {
        one["id"]: one
        for name, section in answer.items()
        if isinstance(section, list)
        for one in section
        if one["value"] is not None
    }
    lines = [
        _days(answer),
        *_hrv(found),
        *_means(found),
        *_drifts(answer["trends"]),
        *_anomalies(answer),
        *_correlations(answer["correlations"]),
        *_load(found),
        *_sleep(found),
    ]
    return lines[:MOST]


def _days(answer: Mapping[str, Any]) -> str:
    has, first, last = answer["coverage"]["days"], *_bounds(answer["period"])
    return (
        f"From {first} to {last}, {has['recovery']} of {has['total']} days have a recovery and "
        f"{has['sleep']} a sleep that can be reckoned with."
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
            first, last = _bounds(one["window"])
            others = [
                f"{form.format(before['mean'])} in the {words} before"
                for words, before in (("60 days", one["baseline"]), ("period", one["previous"]))
                if before["mean"] is not None
            ]
            beside = f"; {' and '.join(others)}" if others else ""
            yield f"{name} averaged {form.format(one['value'])} from {first} to {last}{beside}."


def _drifts(slopes: list[Statistic]) -> Iterator[str]:
    """The surest drift; none where chance will do."""
    sure = [one for one in slopes if one.get("verdict") == "drift"]
    if sure:
        one = min(sure, key=lambda one: float(one["q"]))
        name = one["id"].split(".")[0].replace("_", " ")
        low, high = one["ci"]
        yield (
            f"Drift of {name} to {_last(one)}: {one['value']:+.2f} {one['unit']} "
            f"(95 % interval {low:+.2f} to {high:+.2f})."
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
            f"In the 14 days to {_last(one)}, {one['value']:.1f} hours less than needed were slept "
            f"on {one['n']} known days together."
        )
    if one := found.get("sleep.regularity_index"):
        first, last = _bounds(one["window"])
        yield f"Sleep regularity was {one['value']:.0f} of 100 from {first} to {last}."


def _anomalies(answer: Mapping[str, Any]) -> Iterator[str]:
    rate, *days = answer["anomalies"]
    if rate["value"] is None:
        return
    often = f"on {rate['value']:.1f} % of {rate['n']} days up to {_last(rate)}"
    if days:
        last = days[-1]
        yield (
            f"Several vital signs were off together on {len(days)} days, last on "
            f"{last['evidence'][0]['date']} ({last['level']}); the rule fires {often}."
        )
    else:
        yield f"On no day were several vital signs off together; the rule fires {often}."


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


def _last(one: Statistic) -> str:
    return _bounds(one["window"])[1]
