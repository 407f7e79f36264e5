"""An athlete's days without a cache or a server between: what the tests of the statistics read."""

from __future__ import annotations

from functools import cache
from typing import Any

from whoop_mcp.cache import dates
from whoop_mcp.cache.dates import Dates as Dated
from whoop_mcp.insights import answer as insights
from whoop_mcp.insights import payload
from whoop_mcp.insights.timeseries import Dates, day, number
from whoop_mcp.reads.days import Day, Night, arrange
from whoop_mcp.simulator.account import Account
from whoop_mcp.simulator.life import make
from whoop_mcp.whoop.records import Cycle, Recovery, Sleep, Workout

UNTIL = "2026-05-20T16:00:00.000Z"
LAST = number("2026-05-20")

NOISE: dict[str, Any] = {
    "strain_effect": 0.0,
    "sleep_effect": 0.0,
    "weekly": 0.0,
    "illness": (),
    "travel": (),
    "quirks": False,
}
"""An athlete in whom nothing depends on anything, and nothing ever happens."""


def days_of(account: Account, first: str, last: str) -> list[Day]:
    """The diary of an account, by the same rule as the cache's."""
    sleeps = {raw["id"]: Sleep.from_api(raw) for raw in account.all("sleeps")}
    recoveries = {
        raw["cycle_id"]: Recovery.from_api(raw, account.get("sleeps", raw["sleep_id"]))
        for raw in account.all("recoveries")
    }
    slept: dict[int | None, list[Sleep]] = {}
    for sleep in sorted(sleeps.values(), key=lambda one: one.start):
        slept.setdefault(sleep.cycle_id, []).append(sleep)
    nights = [
        Night.of(Cycle.from_api(raw), slept.get(raw["id"], []), recoveries.get(raw["id"]))
        for raw in reversed(account.all("cycles"))
    ]
    nights.sort(key=Night.precedence, reverse=True)
    dated = [(dates.of_cycle(one.cycle, one.sleep, account.now()), one) for one in nights]
    by_start = sorted(sleeps.values(), key=lambda one: one.start)
    naps = [(dates.of_sleep(one), one) for one in by_start if one.nap]
    workouts = [Workout.from_api(raw) for raw in reversed(account.all("workouts"))]
    begun = [(dates.of_workout(one), one) for one in workouts]
    return arrange(*map(_local, (dated, naps, begun)), first, last)


def _local(dated: list[tuple[Dated | None, Any]]) -> list[tuple[str, Any]]:
    """Those that have a date, with the wearer's one."""
    return [(date.local, one) for date, one in dated if date is not None]


def life(
    seed: int = 1, days: int = 400, period: int = 30, **truths: Any
) -> tuple[list[Day], Dates]:
    """The days of a made-up athlete, and the period that ends with the last of them."""
    made, dates = _lived(seed, days, period, tuple(truths.items()))
    return list(made), dates


@cache
def _lived(
    seed: int, days: int, period: int, truths: tuple[tuple[str, Any], ...]
) -> tuple[list[Day], Dates]:
    dates = Dates.ending(LAST, period)
    reach = insights.reach(dates)
    account = make(seed=seed, days=days, until=UNTIL, **dict(truths))
    return days_of(account, day(reach.first), day(reach.last)), dates


def answer(seed: int = 1, days: int = 400, period: int = 30, **truths: Any) -> dict[str, Any]:
    """Compute the answer of that life, as it leaves the program."""
    return computed(*life(seed, days, period, **truths))


def computed(days: list[Day], period: Dates, **how: Any) -> dict[str, Any]:
    """Compute the answer of some days, as it leaves the program."""
    return payload.as_dict(insights.compute(days, period, **how))


def claims(answer: dict[str, Any]) -> list[str]:
    """The ids of the slopes and correlations that an answer claims beyond chance."""
    said = ("clearly seen in this window", "seen in this window", "drift")
    return [
        one["id"]
        for section in ("trends", "correlations")
        for one in answer[section]
        if one.get("verdict") in said and "q" in one
    ]
