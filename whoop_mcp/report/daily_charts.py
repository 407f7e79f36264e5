"""Draw the charts of a person's days: each with its words and its units."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from .. import times
from ..cache.shares import shares
from ..insights import anomalies, baselines, load, metrics
from ..insights.metrics import Series
from ..insights.statistic import Statistic
from ..insights.timeseries import number
from ..reads.days import Day
from ..reads.usable import unusable
from ..whoop.records import Sleep, Workout
from . import calendar_chart, charts, marks, slots, wording
from .calendar_chart import Cell
from .charts import Cut, Head, Track
from .html import Markup, element
from .wording import Say, amount, hours

Read = Callable[[int], float | None]
"""A figure by day number."""


class ChartData(NamedTuple):
    """All that is drawn: a period's days, how they are cut, and the series by metric that the
    statistics were computed from, which reach further back."""

    days: Sequence[Day]
    cut: Cut
    table: Mapping[str, Series]

    def track(self, name: str, read: Read, say: Say, **drawn: Any) -> Track:
        """Lay a figure out by slot: in each the mean of its days."""
        daily = [read(number(day.date)) for day in self.days]
        return Track(name, [slots.mean_in(daily, slot) for slot in self.cut.slots], say, **drawn)

    def values(self, series: Series) -> Sequence[float | None]:
        """Return a series by slot."""
        return self.track("", series.values.get, str).values

    def why(self, series: Series, otherwise: str = "") -> list[str]:
        """Return, by slot, the commonest reason for which a day has no value; `otherwise` where it
        has."""
        return [
            Counter(
                series.why.get(at, otherwise)
                for at in range(number(slot.first), number(slot.last) + 1)
            ).most_common(1)[0][0]
            for slot in self.cut.slots
        ]

    @property
    def each(self) -> str:
        """Words for what a mark stands for, where that is not a day."""
        return "" if self.cut.step == "day" else f" Each mark is the mean of a {self.cut.step}."


def chart_data(days: Sequence[Day], first: str, table: Mapping[str, Series]) -> ChartData:
    """Lay out the days from `first` on; those before are what baselines rest on."""
    shown = [day for day in days if day.date >= first]
    return ChartData(shown, Cut(*slots.slots([day.date for day in shown])), table)


BANDS = (("high", "67–100 %"), ("middle", "34–66 %"), ("low", "0–33 %"))
"""WHOOP's own three bands of recovery."""

_PARTS = (("deep", "Deep"), ("rem", "REM"), ("light", "Light"), ("awake", "Awake"))
_STAGES: dict[str, Callable[[Sleep], float | None]] = {
    "deep": lambda night: night.deep_sleep_seconds,
    "rem": lambda night: night.rem_sleep_seconds,
    "light": lambda night: night.light_sleep_seconds,
    "awake": lambda night: night.awake_seconds,
}


def band_of(value: float) -> str:
    """Return the class of a recovery, by WHOOP's own bands."""
    return "high" if value >= 66.5 else "middle" if value >= 33.5 else "low"


def recovery_chart(data: ChartData, mean: Statistic) -> Markup:
    """Draw a column for each recovery, with the period's mean and the one before."""
    series = data.table["recovery"]
    return charts.bars(
        Head("recovery", "Recovery", "%", f"How recovered each morning was.{data.each}"),
        data.cut,
        data.track("Recovery", series.values.get, amount("%"), why=data.why(series)),
        marks.fixed(0, 100, 25),
        kinds=band_of,
        legend=BANDS,
        levels=_levels(mean),
    )


def recovery_calendar(data: ChartData) -> Markup:
    """Draw recovery on the calendar, each day on its own however long the period."""
    series = data.table["recovery"]
    cells = []
    for day in data.days:
        at = number(day.date)
        value = series.values.get(at)
        words = series.why[at] if value is None else f"{value:.0f} %"
        cells.append(
            Cell(day.date, value, f"{wording.day(day.date, weekday=True)}\nRecovery: {words}")
        )
    head = Head("calendar", "Recovery by day", "%", "A calendar: what repeats by week shows here.")
    if not any(cell.value is not None for cell in cells):
        return charts.nothing(head, charts.nearest(data.why(series)))
    drawing, height, kind = calendar_chart.calendar(cells, band_of)
    rows = [
        [wording.day(cell.date, weekday=True), f"{cell.value:.0f} %"]
        for cell in cells
        if cell.value is not None
    ]
    table = charts.table(head.title, ["Day", "Recovery"], rows)
    return charts.figure(
        head, drawing, height, legend=[*BANDS, ("gap", "no value")], table=table, kind=kind
    )


def hrv_chart(data: ChartData) -> Markup:
    """Draw HRV by day and its weekly mean, or the means of longer slots, over the band of what was
    usual in the 60 days before."""
    series = data.table["ln_hrv"]
    weeks = [baselines.week(series, number(slot.last)) for slot in data.cut.slots]
    bands = [one.band for one in weeks]
    banded, daily = any(bands), data.cut.step == "day"
    ms = amount("ms")
    means = [None if one.mean is None else math.exp(one.mean) for one in weeks]
    low = Track("Band from", [band and band.low_ms for band in bands], ms, "band", "usual band")
    high = Track("Band to", [band and band.high_ms for band in bands], ms)
    lined = banded and daily
    shown = data.track(
        "HRV",
        lambda at: math.exp(series.values[at]) if at in series.values else None,
        ms,
        kind="dot" if lined else "trace",
        drawn="each day" if lined else "",
        why=data.why(series),
    )
    says = "The usual band needs 21 of the 60 days before a week."
    if banded:
        says = (
            f"{'The 7-day mean' if daily else 'HRV'} over its usual band, mean ± 0.5 SD of 60 days "
            "before. A healthy person is often outside it."
        )
    return charts.curve(
        Head("hrv", "Heart-rate variability", "ms, rMSSD", says + data.each),
        data.cut,
        shown,
        line=Track("Mean of 7 days", means, ms, "trace", "7-day mean") if lined else None,
        band=(low, high) if banded else None,
    )


def pulse_chart(data: ChartData) -> Markup:
    """Draw the resting heart rate, joined from day to day."""
    series = data.table["resting_heart_rate"]
    return charts.curve(
        Head("resting", "Resting heart rate", "bpm", f"As WHOOP reads it in sleep.{data.each}"),
        data.cut,
        data.track(
            "Resting heart rate",
            series.values.get,
            amount("bpm", 0 if data.cut.step == "day" else 1),
            kind="trace",
            why=data.why(series),
        ),
    )


def temperature_chart(data: ChartData) -> Markup:
    """Draw skin temperature as its distance to the median of four weeks, up and down from zero."""
    series = data.table["skin_temperature"]

    def off(at: int) -> float | None:
        if at not in series.values:
            return None
        before = anomalies.usual(series, at)
        return before and series.values[at] - before.median

    degrees = amount("°C", 1)
    shown = data.track(
        "Deviation",
        off,
        amount("°C", 2, signed=True),
        why=data.why(
            series, f"too little history; {anomalies.FLOOR} of the 28 days before it are needed"
        ),
    )
    return charts.bars(
        Head(
            "temperature",
            "Skin temperature",
            "°C from usual",
            f"Distance to the median of the 28 days that end 3 days before.{data.each}",
        ),
        data.cut,
        shown,
        marks.axis(shown.values, hold=(-0.5, 0.5)),
        kinds=lambda value: "low" if value > 0 else "high",
        legend=[("low", "warmer"), ("high", "cooler")],
        more=[data.track("Measured", series.values.get, degrees)],
    )


def sleep_chart(data: ChartData) -> Markup:
    """Draw a night's stages in one column, with what WHOOP says was needed."""
    nights = {number(day.date): day.sleep for day in data.days}

    def stage(kind: str) -> Read:
        def read(at: int) -> float | None:
            night = nights[at]
            if night is None or unusable(night):
                return None
            return metrics.hours(_STAGES[kind](night))

        return read

    def need(at: int) -> float | None:
        needed = (night := nights[at]) and night.sleep_needed_seconds
        return metrics.hours(needed.get("total") if needed else None)

    asleep = data.table["sleep_duration"]
    return charts.stacked(
        Head(
            "sleep",
            "Sleep stages",
            "hours a night",
            "Stages as the strap sees them, which is far from a laboratory: look at their sum "
            f"first.{data.each}",
        ),
        data.cut,
        [data.track(name, stage(kind), hours, kind=kind, drawn=name) for kind, name in _PARTS],
        data.track("Needed", need, hours, kind="need", drawn="needed, says WHOOP"),
        [data.track("Asleep", asleep.values.get, hours, why=data.why(asleep))],
    )


def strain_chart(data: ChartData, mean: Statistic) -> Markup:
    """Draw the strain of each day, on its scale of 21."""
    series = data.table["strain"]
    return charts.bars(
        Head(
            "strain",
            "Day strain",
            "0–21",
            f"WHOOP's scale is compressed: the higher, the harder to add to.{data.each}",
        ),
        data.cut,
        data.track("Strain", series.values.get, amount("", 1), kind="strain", why=data.why(series)),
        marks.fixed(0, 21, 7),
        levels=_levels(mean),
    )


def load_chart(data: ChartData) -> Markup:
    """Draw the load of each day, and the mean of the week that ends with it."""
    series = data.table["load"]
    say = amount("zone-minutes")
    shown = data.track(
        "Load", series.values.get, say, kind="load", drawn="load", why=data.why(series)
    )
    weekly = [load.week_mean(series, number(slot.last)) for slot in data.cut.slots]
    daily = data.cut.step == "day"
    line = Track("Mean of 7 days", weekly, say, "ink", "7-day mean") if daily else None
    return charts.bars(
        Head(
            "load",
            "Training load",
            "zone-minutes a day",
            f"Minutes in each heart-rate zone times its number, 1–5. A rest day is 0.{data.each}",
        ),
        data.cut,
        shown,
        marks.axis([*shown.values, *weekly], hold=(0.0,)),
        line=line,
    )


def _levels(one: Statistic) -> list[tuple[str, float | None, str]]:
    """Draw a mean, and the one of the period that it is set beside, as levels of a chart."""
    levels: list[tuple[str, float | None, str]] = [("mean", one.value, "mean")]
    if other := one.previous:
        levels.append((f"mean of {wording.beside(one.dates, other.dates)}", other.value, "before"))
    return levels


_NAMED = 12  # sports; the rest in one row


class Counted(NamedTuple):
    """A workout, and how much of its time counts: what two share counts once."""

    workout: Workout
    share: float


def sports_table(days: Sequence[Day]) -> Markup:
    """List sessions, time and the highest strain of each sport, the longest first. Strain is never
    summed."""
    done: dict[str, list[Counted]] = defaultdict(list)
    for day in days:
        for workout, share in zip(day.workouts, shares(day.workouts), strict=True):
            done[_name(workout)].append(Counted(workout, share))
    ranked = sorted(done.items(), key=lambda item: -_seconds(item[1]))
    rows = [(element("bdi", name), workouts) for name, workouts in ranked[:_NAMED]]
    if others := [one for _, workouts in ranked[_NAMED:] for one in workouts]:
        rows.append((element("bdi", f"{len(ranked) - _NAMED} others"), others))
    head = Head("sports", "Workouts by sport", "", "Counted on the day on which each began.")
    if not rows:
        return charts.nothing(head, "no workout is recorded in this period")
    table = charts.table(
        head.title,
        ["Sport", "Workouts", "Time", "Highest strain"],
        [
            [name, len(workouts), hours(_seconds(workouts) / 3600), _highest(workouts)]
            for name, workouts in rows
        ],
    )
    return element(
        "div",
        element("h3", head.title),
        element("p", head.says, class_="says"),
        table,
        class_="card whole",
        id=head.key,
    )


def _name(workout: Workout) -> str:
    if workout.sport_name:
        return workout.sport_name.replace("-", " ")
    return "unnamed" if workout.sport_id is None else f"sport {workout.sport_id}"


def _seconds(workouts: Sequence[Counted]) -> float:
    return sum(share * times.seconds(one.start, one.end) for one, share in workouts if one.end)


def _highest(workouts: Sequence[Counted]) -> str | None:
    known = [one.strain for one, _ in workouts if one.strain is not None]
    return amount("", 1)(max(known)) if known else None
