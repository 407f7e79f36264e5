"""Count how many lives of pure noise make the statistics claim something.

`python -m tests.tools.noise KINDS DAYS LIVES`, as in `python -m tests.tools.noise season,ar6 30,365
150`; KINDS may be `all`. Each life is made-up days, given to the statistics as the cache would give
them, a traveller's on the clocks of the journeys. `--change` puts a true change into each life and
counts where it is found. In two kinds something is true without: a level that jumps (`steps`), and
one straight line (`trend_shared`).
"""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import fields
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from whoop_mcp.cache.journal import Told
from whoop_mcp.insights import answer as insights
from whoop_mcp.insights.statistic import Statistic
from whoop_mcp.insights.timeseries import Dates, day, number
from whoop_mcp.reads.days import Day
from whoop_mcp.whoop.records import Cycle, Recovery, Sleep, Workout

LAST = number("2026-05-20")
HISTORY = 1500
"""Days of a life, more than any statistic looks back over a year."""

Array = Any
Rng = np.random.Generator


class Scale(NamedTuple):
    """The mean and SD that a metric has, and the step that it is rounded to."""

    mean: float
    sd: float
    step: float


SCALES = {
    "ln_hrv": Scale(4.1, 0.2, 0),
    "resting_heart_rate": Scale(52, 2.6, 0),
    "recovery": Scale(60, 12, 0),
    "skin_temperature": Scale(33.5, 0.4, 0),
    "spo2": Scale(96, 0.8, 0),
    "sleep_duration": Scale(7.2, 0.8, 0),
    "sleep_performance": Scale(82, 5, 0),
    "sleep_efficiency": Scale(91, 2, 0),
    "sleep_consistency": Scale(70, 7, 0),
    "respiratory_rate": Scale(15, 0.5, 0),
    "bedtime": Scale(10.8, 0.6, 0),
    "strain": Scale(10, 2, 0),
    "load": Scale(90, 18, 0),
}
METRICS = list(SCALES)
_WHOLE = {"ln_hrv": 0.05, "sleep_duration": 0.5, "respiratory_rate": 0.5, "skin_temperature": 0.5}


def colour(rng: Rng, n: int, phi: float, many: int = len(METRICS)) -> Array:
    """First-order autoregressive noise of SD 1, a row for each metric."""
    found = rng.normal(size=(many, n))
    found[:, 1:] *= np.sqrt(1 - phi * phi)
    for at in range(1, n):
        found[:, at] += phi * found[:, at - 1]
    return found


def _walk(rng: Rng, n: int) -> Array:
    """A random walk of 0.1 SD a day, beneath noise of SD 1."""
    steps = 0.1 * np.cumsum(rng.normal(size=(len(METRICS), n)), axis=1)
    return rng.normal(size=steps.shape) + steps - steps[:, -1:]


def _bare_walk(rng: Rng, n: int) -> Array:
    """A random walk with no noise above it."""
    steps = 0.1 * np.cumsum(rng.normal(size=(len(METRICS), n)), axis=1)
    return steps - steps[:, -1:]


def _long(rng: Rng, n: int) -> Array:
    """Fractional noise with d = 0.4: autocorrelations that fall off as a power of the lag."""
    psi = np.cumprod(np.concatenate([[1.0], (np.arange(1, 2 * n) - 0.6) / np.arange(1, 2 * n)]))
    size = 4 * n
    raw = rng.normal(size=(len(METRICS), 2 * n))
    found = np.fft.irfft(np.fft.rfft(raw, size) * np.fft.rfft(psi, size), size)[:, n : 2 * n]
    return found / np.sqrt(np.sum(psi**2))


def _year(rng: Rng, n: int, shared: bool) -> Array:
    """A yearly wave of 1 SD to each side, with a phase of each metric or one of all."""
    phase = rng.uniform(0, 2 * np.pi, size=(1 if shared else len(METRICS), 1))
    return colour(rng, n, 0.3) + np.sin(2 * np.pi * np.arange(n) / 365.25 + phase)


def _week(rng: Rng, n: int, shared: bool) -> Array:
    """A rhythm of the weekdays, 1 SD wide, of each metric or one of all."""
    rhythm = rng.normal(size=(1 if shared else len(METRICS), 7))
    return colour(rng, n, 0.3) + rhythm[:, np.arange(n) % 7]


def _trend(rng: Rng, n: int) -> Array:
    """One straight line through all metrics, of 2 SD a year: a drift that is there."""
    return colour(rng, n, 0.3) + rng.choice([-1, 1], size=(13, 1)) * 2 * np.arange(n) / 365


def _lacking(rng: Rng, n: int) -> Array:
    found = colour(rng, n, 0.3)
    found[:, rng.uniform(size=n) < 0.25] = np.nan
    return found


def _lacking_by_value(rng: Rng, n: int) -> Array:
    """Days on which the strap is left off: the worse the day, the likelier, and in stretches."""
    found = colour(rng, n, 0.5)
    mood = found[:5].mean(axis=0) + 0.7 * colour(rng, n, 0.8, 1)[0]
    found[:, mood > np.quantile(mood, 0.75)] = np.nan
    return found


def _travel(rng: Rng, n: int) -> Array:
    """Blocks of 3 to 10 days away, in which every metric is off by its own amount."""
    found, off = colour(rng, n, 0.3), rng.normal(size=(len(METRICS), 1))
    return found + off * (_hours_east(rng, n) != 0)


def _hours_east(rng: Rng, n: int) -> Array:
    """How far the clock is from home's on each day of a life of travel, in hours: the same for the
    same seed, whatever was drawn before."""
    rng, found = rng.spawn(1)[0], np.zeros(n, dtype=int)
    at = int(rng.integers(5, 60))
    while at < n:
        until = at + int(rng.integers(3, 11))
        found[at:until] = rng.choice([-9, -8, -6, -5, -3, 3, 5, 6, 8, 9])
        at = until + int(rng.integers(20, 90))
    return found


def _heavy(rng: Rng, n: int) -> Array:
    return rng.standard_t(3, size=(len(METRICS), n)) / np.sqrt(3)


def _outliers(rng: Rng, n: int) -> Array:
    found = colour(rng, n, 0.3)
    return np.where(rng.uniform(size=found.shape) < 0.03, found + 6, found)


def _steps(rng: Rng, n: int) -> Array:
    """A level that jumps by an SD or so about twice a year: a new strap, a new home."""
    jumps = rng.normal(size=(len(METRICS), n)) * (rng.uniform(size=(len(METRICS), n)) < 1 / 180)
    return colour(rng, n, 0.3) + np.cumsum(jumps, axis=1)


def _several(rng: Rng, n: int) -> Array:
    """A season, a weekly rhythm, long memory, gaps and outliers at once, each half as large."""
    found = _long(rng, n) + 0.5 * (_year(rng, n, True) + _week(rng, n, True) + _outliers(rng, n))
    found[:, rng.uniform(size=n) < 0.1] = np.nan
    return found / 1.5


KINDS: dict[str, Callable[[Rng, int], Array]] = {
    "white": partial(colour, phi=0.0),
    "ar3": partial(colour, phi=0.3),
    "ar6": partial(colour, phi=0.6),
    "ar9": partial(colour, phi=0.9),
    "walk": _walk,
    "bare_walk": _bare_walk,
    "long": _long,
    "season": partial(_year, shared=False),
    "season_shared": partial(_year, shared=True),
    "week": partial(_week, shared=False),
    "week_shared": partial(_week, shared=True),
    "trend_shared": _trend,
    "missing": _lacking,
    "missing_by_value": _lacking_by_value,
    "travel": _travel,
    "heavy_tails": _heavy,
    "outliers": _outliers,
    "rounded": partial(colour, phi=0.3),
    "steps": _steps,
    "sluggish": partial(colour, phi=0.8),
    "several": _several,
}
"""Each kind of noise, as a function that makes a row of SD 1 or so for each metric."""


def life(kind: str, seed: int, history: int = HISTORY) -> Array:
    """Make the metrics of a life, a row each of one value a day, NaN where there is none."""
    made = KINDS[kind](_rng(kind, seed), history)
    scales = list(SCALES.values())
    return (
        np.array([one.mean for one in scales])[:, None]
        + made * np.array([one.sd for one in scales])[:, None]
    )


def hours_east(kind: str, seed: int, history: int = HISTORY) -> Array:
    """Tell how many hours east of home's the clock of each day of a life is."""
    at_home = np.zeros(history, dtype=int)
    return _hours_east(_rng(kind, seed), history) if kind == "travel" else at_home


def _rng(kind: str, seed: int) -> Rng:
    return np.random.default_rng([seed, *kind.encode()])


def add(found: Array, metric: str, change: float, over: int, *, step: bool = False) -> None:
    """Put a change of so many SD into the last days of a metric: a straight rise over them, or a
    step in their middle."""
    row = found[METRICS.index(metric)]
    course = (np.arange(over) >= over // 2) * 1.0 if step else np.linspace(0, 1, over)
    row[-over:] += change * SCALES[metric].sd * course


def journal(seed: int, many: int, days: int = 400) -> list[Told]:
    """Make up answers about behaviours that do nothing: some rare, some common, some in stretches,
    an eighth of them lacking."""
    rng = np.random.default_rng([seed, many])
    found = []
    for name in range(many):
        done = rng.random(days) < rng.uniform(0.12, 0.7)
        same = rng.random(days) < rng.choice([0.0, 0.0, 0.7])
        for at in np.flatnonzero(same[1:]) + 1:
            done[at] = done[at - 1]
        for at in np.flatnonzero(rng.random(days) > 0.12):
            date = day(LAST - days + int(at))
            found.append(Told(date, f"thing {name}", bool(done[at]), None, None))
    return found


def as_days(
    found: Array, last: int = LAST, *, whole: bool = False, east: Array | None = None
) -> list[Day]:
    """Write the metrics as the days that the cache would give, on clocks so many hours east."""
    first = last - found.shape[1] + 1
    values = {name: found[row] for row, name in enumerate(METRICS)}
    for name, bound in (("recovery", 100), ("spo2", 100), ("sleep_efficiency", 100)):
        values[name] = np.clip(values[name], 1, bound)
    values["sleep_consistency"] = np.clip(values["sleep_consistency"], 1, 100)
    values["strain"] = np.clip(values["strain"], 0, 21)
    values["load"] = np.clip(values["load"], 0, None)
    values["sleep_duration"] = np.clip(values["sleep_duration"], 0.5, 15)
    if whole:
        for name in METRICS:
            values[name] = np.round(values[name] / (s := _WHOLE.get(name, 1.0))) * s
    columns = {name: row.tolist() for name, row in values.items()}
    hours = [0] * found.shape[1] if east is None else east.tolist()
    return [
        _day(first + at, {name: columns[name][at] for name in METRICS}, at, hours[at])
        for at in range(found.shape[1])
    ]


_UNKNOWN: dict[type, dict[str, Any]] = {
    one: dict.fromkeys(field.name for field in fields(one))
    for one in (Cycle, Recovery, Sleep, Workout)
}


def _day(at: int, value: dict[str, float], id: int, east: int) -> Day:
    if any(number != number for number in value.values()):
        return Day(day(at), None, None, None, [], [])
    bed = value["bedtime"] - 12 + 24  # hours after the midnight before the last
    asleep = value["sleep_duration"]
    up, clock = bed + asleep + 0.5, f"{east:+03}:00" if east else "Z"
    span = {
        "start": _instant(at - 2, bed - east),
        "end": _instant(at - 2, up - east),
        "start_local": _instant(at - 2, bed),
        "end_local": _instant(at - 2, up),
        "timezone_offset": clock,
        "score_state": "SCORED",
    }
    uuid = f"00000000-0000-4000-8000-{id:012x}"
    cycle = Cycle(
        **{
            **_UNKNOWN[Cycle],
            **span,
            "id": id,
            "end": _instant(at - 1, bed - east),
            "end_local": _instant(at - 1, bed),
            "strain": value["strain"],
        }
    )
    recovery = Recovery(
        **{
            **_UNKNOWN[Recovery],
            **span,
            "cycle_id": id,
            "sleep_id": uuid,
            "recovery_score": value["recovery"],
            "resting_heart_rate_bpm": value["resting_heart_rate"],
            "hrv_rmssd_ms": float(np.exp(value["ln_hrv"])),
            "spo2_pct": value["spo2"],
            "skin_temp_c": value["skin_temperature"],
            "user_calibrating": False,
        }
    )
    need = {
        "baseline": 28000.0,
        "from_debt": 0.0,
        "from_strain": 0.0,
        "from_nap": 0.0,
        "total": 28000.0,
    }
    sleep = Sleep(
        **{
            **_UNKNOWN[Sleep],
            **span,
            "id": uuid,
            "cycle_id": id,
            "nap": False,
            "sleep_performance_pct": value["sleep_performance"],
            "sleep_consistency_pct": value["sleep_consistency"],
            "sleep_efficiency_pct": value["sleep_efficiency"],
            "respiratory_rate": value["respiratory_rate"],
            "asleep_seconds": asleep * 3600,
            "sleep_needed_seconds": need,
        }
    )
    zones = {
        **dict.fromkeys(("zone_zero", "zone_two", "zone_three", "zone_four", "zone_five"), 0.0),
        "zone_one": 60 * value["load"],
    }
    workout = Workout(
        **{
            **_UNKNOWN[Workout],
            "id": uuid,
            "start": _instant(at, 10 - east),
            "end": _instant(at, 12 - east),
            "timezone_offset": clock,
            "score_state": "SCORED",
            "strain": 5.0,
            "percent_recorded": 100.0,
            "zone_durations_seconds": zones,
        }
    )
    return Day(day(at), cycle, recovery, sleep, [], [workout])


def _instant(at: int, hours: float) -> str:
    later, left = divmod(round(hours * 3600), 86400)
    return f"{day(at + later)}T{left // 3600:02}:{left // 60 % 60:02}:{left % 60:02}.000Z"


class Change(NamedTuple):
    """A true change put into a metric: SDs, over so many days, as a step or a rise."""

    metric: str
    sds: float
    over: int
    step: bool


CHANGES = {
    "rhr6": (Change("resting_heart_rate", 6 / 2.6, 28, False),),
    "rhr4": (Change("resting_heart_rate", 4 / 2.6, 28, False),),
    "step90": (Change("recovery", 1, 90, True),),
    "rise90": (Change("recovery", 1, 90, False),),
    "step180": (Change("recovery", 1, 180, True),),
    "step365": (Change("recovery", 1, 365, True),),
    "shift90": (Change("ln_hrv", 1, 90, True), Change("recovery", 0.8, 90, True)),
}
"""The true changes that can be put into a life, each of the metrics that it moves."""


def claimed(
    kind: str,
    days: int,
    seed: int,
    history: int = HISTORY,
    change: str = "",
    behaviours: int = 0,
) -> dict[str, list[Statistic]]:
    """Compute a life's statistics by the real code; return those that claim, by section."""
    made = life(kind, seed, history)
    for one in CHANGES.get(change, ()):
        add(made, one.metric, one.sds, one.over, step=one.step)
    period = Dates.ending(LAST, days)
    whole = insights.reach(period).days
    east = hours_east(kind, seed, history)[-whole:]
    found = as_days(made[:, -whole:], whole=kind == "rounded", east=east)
    if whole > history:
        early = range(LAST - whole + 1, LAST - history + 1)
        found = [Day(day(at), None, None, None, [], []) for at in early] + found
    answer = insights.compute(found, period, told=journal(seed, behaviours))
    return {
        name: [one for one in section if one.claims] for name, section in answer.sections.items()
    }


def _ids(job: tuple[str, int, int, int, str, int]) -> dict[str, list[str]]:
    """Return the ids of what a life claims by section, and of questions of their own beside."""
    found: dict[str, list[str]] = {}
    for name, claims in claimed(*job).items():
        for one in claims:
            found.setdefault(_OWN if one.q is None else name, []).append(one.id)
    return found


def shares(
    kind: str,
    days: int,
    lives: int,
    history: int = HISTORY,
    change: str = "",
    behaviours: int = 0,
    run: Callable[..., Iterator[dict[str, list[str]]]] = map,
) -> Iterator[tuple[str, float]]:
    """Tell the share of lives with any claim among what is tried at once, by section and in all,
    that of a claim by a question of its own, and the share of each id."""
    jobs = [(kind, days, seed, history, change, behaviours) for seed in range(lives)]
    sections: Counter[str] = Counter()
    ids: Counter[str] = Counter()
    for one in run(_ids, jobs):
        sections.update(name for name, found in one.items() if found)
        sections["all"] += any(found for name, found in one.items() if name != _OWN)
        ids.update(id for found in one.values() for id in found)
    for name in _COLUMNS:
        yield name, sections[name] / lives
    for id, many in ids.most_common(6):
        yield id, many / lives


_OWN = "own question"
_COLUMNS = ("trends", "correlations", "behaviours", "weekdays", "all", _OWN)


def main(arguments: list[str] | None = None) -> int:
    """Print a line for each kind of noise and length: the share of lives with a claim, in %."""
    parser = argparse.ArgumentParser(prog="tests.tools.noise", description=__doc__)
    parser.add_argument("kinds", help=f"all, or some of: {', '.join(KINDS)}")
    parser.add_argument("days", help="periods, as in 30,90,365")
    parser.add_argument("lives", type=int)
    parser.add_argument("--history", type=int, default=HISTORY, help="days of a life")
    parser.add_argument("--change", default="", choices=["", *CHANGES])
    parser.add_argument("--behaviours", type=int, default=0, help="of a journal, that do nothing")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    asked = parser.parse_args(arguments)
    kinds = list(KINDS) if asked.kinds == "all" else asked.kinds.split(",")
    with ProcessPoolExecutor(asked.processes) as pool:
        run = partial(pool.map, chunksize=4)
        print(f"{'kind':17} days  {' '.join(f'{one:>12}' for one in _COLUMNS)}  most")
        for kind in kinds:
            for days in map(int, asked.days.split(",")):
                more = asked.history, asked.change, asked.behaviours
                found = list(shares(kind, days, asked.lives, *more, run))
                told = " ".join(f"{100 * share:11.1f} " for _, share in found[: len(_COLUMNS)])
                most = ", ".join(f"{id} {100 * share:.0f}" for id, share in found[len(_COLUMNS) :])
                print(f"{kind:17} {days:4}  {told} {most}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
