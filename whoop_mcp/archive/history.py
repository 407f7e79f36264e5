"""Put an export's rows together: the records that they make, and what the export knows whole."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from .. import times
from ..cache.archived import Answered, Archived, Export
from ..cache.rows import as_json
from ..call import Call
from ..times import Window, gaps
from ..whoop.records import EXPORT, Cycle, Recovery, Sleep, Workout
from ..whoop.resources import CYCLES, RECOVERIES, SLEEPS, WORKOUTS, Resource
from ..whoop.sport_names import SPORT_NAMES
from . import identity, questions
from .cells import Clock, impossible
from .tables import Row, Skipped, Table
from .telling import Telling

_SLUGS = frozenset(SPORT_NAMES.values())
_MOMENTS = ("start", "end", "onset", "wake", "began", "ended")
_PAIRS = (("onset", "wake"), ("began", "ended"))
_RECOVERED = ("recovery", "resting_heart_rate", "hrv", "skin_temp", "blood_oxygen")
_STAGES = ("asleep", "in_bed", "light", "deep", "rem", "awake")
_SCORED = ("performance", "respiratory_rate", *_STAGES, "efficiency", "consistency")


def read(
    tables: Mapping[str, Table], dated: str | None, now: str, call: Call
) -> tuple[Export, Telling]:
    """Read all tables of an export, and merge them before anything is made of them.

    `dated` is the day in the export's name, of which nobody knows on what clock; the export is
    taken to be no younger than that day's beginning, or than the last moment that it tells of, and
    no younger than `now`. A row from the future, by more than a clock may be behind, is left out.
    """
    reading = _Reading(Telling(), times.plus(now, days=1), call)
    for name in ("cycles", "sleeps", "workouts", "journal"):
        if name in tables:
            reading.take(name, tables[name])
    return reading.export(tables, dated, now), reading.telling


class _Reading:
    """Merge the rows of all tables, by the instants at which things began."""

    def __init__(self, telling: Telling, latest: str, call: Call) -> None:
        self.telling = telling
        self.call = call
        self.clock = Clock()
        self.latest = latest  # that a row may tell of
        self.cycles: dict[str, Row] = {}
        self.nights: dict[str, Row] = {}  # main sleeps as the cycles tell them
        self.sleeps: dict[str, Row] = {}
        self.workouts: dict[tuple[str, int], Row] = {}
        self._begun: dict[str, set[tuple[Any, ...]]] = {}  # what workouts say, by their starts
        self.journal = questions.Journal(telling)
        self.whole_journal = True
        self.order: dict[str, list[Window | None]] = defaultdict(list)  # of each table's rows
        self.english = True

    def take(self, name: str, table: Table) -> None:
        """Take in one table, row by row; cycles come first."""
        self.english = self.english and table.english
        if name == "journal":
            self._take_journal(table)
            return
        act = getattr(self, f"_take_{name}")
        names = [column.name for column in table.columns]
        moments = [one for one in _MOMENTS if one in names]
        pairs = [pair for pair in _PAIRS if pair[0] in names]
        order = self.order[name]
        for row in table.rows(self.clock, self.call):
            self.telling.rows[name] += 1
            reason = (
                row.reason
                if isinstance(row, Skipped)
                else self._from_the_future(row.values, moments) or _impossible(row.values, pairs)
            )
            if isinstance(row, Skipped) or reason is not None:
                order.append(None)
                self.telling.leave_out(name, row.line, str(reason))
                continue
            start = str(row.values["start"])
            order.append(Window(start, str(row.values["end"] or start)))
            act(row)

    def _take_journal(self, table: Table) -> None:
        cycle, reason = None, None
        for row in table.answers(self.clock, self.call):
            self.telling.rows["journal"] += 1
            if isinstance(row, Skipped):
                self.telling.leave_out("journal", row.line, row.reason)
                self.whole_journal = False
                continue
            if row.cycle is not cycle:
                cycle = row.cycle
                reason = self._from_the_future(cycle, ("start", "end"))
            if reason is None:
                self.journal.take(row)
            else:
                self.telling.leave_out("journal", row.line, reason)
                self.whole_journal = False

    def _from_the_future(self, values: Mapping[str, Any], moments: Sequence[str]) -> str | None:
        for name in moments:
            moment = values[name]
            if moment is not None and moment > self.latest:
                return "a time in it is in the future"
        return None

    def _take_cycles(self, row: Row) -> None:
        self._merge("cycles", self.cycles, str(row.values["start"]), row)
        if (onset := row.values["onset"]) is not None:
            self.nights.setdefault(str(onset), row)

    def _take_sleeps(self, row: Row) -> None:
        if row.values["onset"] is None:
            self.order["sleeps"][-1] = None
            self.telling.leave_out("sleeps", row.line, "it has no onset")
        else:
            self._merge("sleeps", self.sleeps, str(row.values["onset"]), row)

    def _take_workouts(self, row: Row) -> None:
        began = row.values["began"]
        if began is None:
            self.order["workouts"][-1] = None
            self.telling.leave_out("workouts", row.line, "it has no start")
            return
        # Two devices may have recorded one at the same second.
        same = self._begun.setdefault(str(began), set())
        said = tuple(row.values.values())
        if said in same:
            self.telling.leave_out("workouts", row.line, "it repeats another row")
            return
        self.workouts[str(began), len(same)] = row
        same.add(said)

    def _merge(self, name: str, known: dict[str, Row], key: str, row: Row) -> None:
        """Put a row beside another of the same start: a blank never hides what the other says."""
        other = known.get(key)
        if other is None:
            known[key] = row
            return
        self.telling.leave_out(name, row.line, "it repeats another row")
        contradicts = any(
            None not in (value, other.values[column]) and value != other.values[column]
            for column, value in row.values.items()
        )
        if contradicts:
            self.telling.note(name, row.line, "it contradicts an earlier row, which counts")
        merged = {
            column: value if value is not None else row.values[column]
            for column, value in other.values.items()
        }
        cells = {**json.loads(row.cells), **json.loads(other.cells)}
        known[key] = Row(other.line, merged, as_json(cells))

    # ── what they make ──

    def export(self, tables: Mapping[str, Table], dated: str | None, now: str) -> Export:
        as_of = self._as_of(dated, now)
        claimed = {
            resource: self._known(name, as_of)
            for name, resources in _TELLS.items()
            if name in tables
            for resource in resources
        }
        records: dict[Resource, list[Archived]] = {
            CYCLES: [],
            RECOVERIES: [],
            SLEEPS: list(self.call.over(self._make_sleeps())),
            WORKOUTS: list(self.call.over(self._make_workouts())),
        }
        for start, row in self.call.over(self.cycles.items()):
            records[CYCLES].append(Archived(_cycle(self.clock, start, row.values), row.cells))
            if any(row.values[name] is not None for name in _RECOVERED):
                records[RECOVERIES].append(
                    Archived(_recovery(self.clock, start, row.values), row.cells)
                )
        self.telling.rows["recoveries"] = len(records[RECOVERIES])
        if "sleeps" not in tables:
            self.telling.rows["sleeps"] = len(records[SLEEPS])
        answers: Iterator[Answered] | None = None
        if "journal" in tables:
            answers = self.journal.answers(self._wakings())
        return Export(as_of, records, claimed, answers, self.whole_journal)

    def _make_sleeps(self) -> Iterator[Archived]:
        for onset, row in self.sleeps.items():
            night = self.nights.get(onset)
            values = dict(row.values)
            if night is not None:
                for name in ("wake", *_SCORED, "need", "debt"):
                    if values[name] is None:
                        values[name] = night.values[name]
            yield Archived(self._sleep(onset, values), row.cells)
        for onset, row in self.nights.items():
            if onset not in self.sleeps:
                yield Archived(self._sleep(onset, {**row.values, "nap": False}), row.cells)

    def _sleep(self, onset: str, values: Mapping[str, Any]) -> Sleep:
        start = values["start"]
        in_cycle = start in self.cycles
        needed = None
        if values["need"] is not None or values["debt"] is not None:
            needed = dict.fromkeys(Sleep.parts["sleep_needed_seconds"])
            needed |= {"from_debt": _seconds(values["debt"]), "total": _seconds(values["need"])}
        scored = any(values[name] is not None for name in _SCORED)
        return Sleep(
            id=identity.uuid("sleep", onset),
            cycle_id=identity.of_cycle(start) if in_cycle else None,
            **self.clock.when(onset, values["wake"], values["zone"]),
            nap=values["nap"],
            score_state="SCORED" if scored else None,
            sleep_performance_pct=values["performance"],
            sleep_consistency_pct=values["consistency"],
            sleep_efficiency_pct=values["efficiency"],
            respiratory_rate=values["respiratory_rate"],
            in_bed_seconds=_seconds(values["in_bed"]),
            asleep_seconds=_seconds(values["asleep"]),
            light_sleep_seconds=_seconds(values["light"]),
            rem_sleep_seconds=_seconds(values["rem"]),
            deep_sleep_seconds=_seconds(values["deep"]),
            awake_seconds=_seconds(values["awake"]),
            no_data_seconds=None,
            sleep_cycle_count=None,
            disturbance_count=None,
            sleep_needed_seconds=needed,
            source=EXPORT,
        )

    def _make_workouts(self) -> Iterator[Archived]:
        for (began, place), row in self.workouts.items():
            yield Archived(self._workout(began, place, row.values), row.cells)

    def _workout(self, began: str, place: int, values: Mapping[str, Any]) -> Workout:
        ended = values["ended"]
        length = times.seconds(began, ended) if ended else None
        shares = [values[f"zone_{n}"] for n in range(1, 6)]
        zones: dict[str, float | None] | None = None
        if length is not None and any(share is not None for share in shares):
            lasting = [None if one is None else round(one / 100 * length, 1) for one in shares]
            zones = dict(
                zip(Workout.parts["zone_durations_seconds"], [None, *lasting], strict=True)
            )
        measured = ("strain", "energy", "max_heart_rate", "average_heart_rate")
        return Workout(
            id=identity.uuid("workout", began, place),
            **self.clock.when(began, ended, values["zone"]),
            sport_name=self._sport(values["activity"]),
            sport_id=None,
            score_state="SCORED" if any(values[one] is not None for one in measured) else None,
            strain=values["strain"],
            avg_hr_bpm=values["average_heart_rate"],
            max_hr_bpm=values["max_heart_rate"],
            calories=_whole(values["energy"]),
            distance_meter=values.get("distance"),
            altitude_gain_meter=values.get("gain"),
            altitude_change_meter=values.get("change"),
            percent_recorded=None,
            zone_durations_seconds=zones,
            source=EXPORT,
        )

    def _sport(self, name: str | None) -> str | None:
        """Spell a display name as the API does; one in another language stays as it is."""
        if name is None:
            return None
        slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
        ours = slug in _SLUGS or (self.english and name.isascii() and slug)
        return slug if ours else name[:256]

    # ── what it knows ──

    def _as_of(self, dated: str | None, now: str) -> str:
        newest, zone = "", "+00:00"
        for row in (*self.cycles.values(), *self.sleeps.values(), *self.workouts.values()):
            for name in _MOMENTS:
                found = row.values.get(name)
                if isinstance(found, str) and found > newest:
                    newest, zone = found, str(row.values["zone"])
        if dated is not None:
            with suppress(ValueError):  # a name that says no day that there is says none
                if times.is_date(dated):
                    begun = times.midnight(dated)  # or on the person's clock, where that is first
                    newest = max(newest, min(begun, times.midnight(dated, zone)))
                    newest = min(newest, times.plus(begun, days=2))  # its end on any clock
        return min(newest or times.BEGINNING, now)

    def _known(self, name: str, as_of: str) -> list[Window]:
        """Tell what a table knows whole: all of the past, but where a row is left out."""
        order = self.order[name]
        known = [place for place, window in enumerate(order) if window is not None]
        holes = []
        for place, window in enumerate(order):
            if window is not None:
                continue
            at = bisect_left(known, place)
            above = order[known[at - 1]] if at else None
            below = order[known[at]] if at < len(known) else None
            ends = [*(above or ()), *(below or ())] or [times.BEGINNING, as_of]
            first = min(ends) if below or above is None else times.BEGINNING
            last = max(ends) if above or below is None else as_of
            holes.append(Window(times.plus(first, days=-1), times.plus(max(last, first), days=1)))
        if as_of <= times.BEGINNING:
            return []
        return gaps(Window(times.BEGINNING, times.plus(as_of, milliseconds=1)), holes)

    def _wakings(self) -> dict[str, str]:
        """Find by each cycle's start the local date on which it wakes, or else mostly is."""
        found = {}
        for start, row in self.cycles.items():
            zone = str(row.values["zone"])
            wake = row.values["wake"]
            end = wake or row.values["end"]
            found[start] = questions.waking(
                start, None if end is None else str(end), zone, slept=bool(wake)
            )
        return found


_TELLS: dict[str, tuple[Resource, ...]] = {
    "cycles": (CYCLES, RECOVERIES),
    "sleeps": (SLEEPS,),
    "workouts": (WORKOUTS,),
}
"""What each table knows the whole of."""


def _cycle(clock: Clock, start: str, values: Mapping[str, Any]) -> Cycle:
    measured = ("strain", "energy", "max_heart_rate", "average_heart_rate")
    return Cycle(
        id=identity.of_cycle(start),
        **clock.when(start, values["end"], values["zone"]),
        score_state="SCORED" if any(values[one] is not None for one in measured) else None,
        strain=values["strain"],
        avg_hr_bpm=values["average_heart_rate"],
        max_hr_bpm=values["max_heart_rate"],
        calories=_whole(values["energy"]),
        step_count=None,
        source=EXPORT,
    )


def _recovery(clock: Clock, start: str, values: Mapping[str, Any]) -> Recovery:
    onset = values["onset"]
    first, last = (onset, values["wake"]) if onset else (start, values["end"])
    return Recovery(
        cycle_id=identity.of_cycle(start),
        sleep_id=identity.uuid("sleep", onset) if onset else None,
        score_state="SCORED",
        recovery_score=values["recovery"],
        resting_heart_rate_bpm=values["resting_heart_rate"],
        hrv_rmssd_ms=values["hrv"],
        spo2_pct=values["blood_oxygen"],
        skin_temp_c=values["skin_temp"],
        user_calibrating=None,
        **clock.when(first, last, values["zone"]),
        source=EXPORT,
    )


def _impossible(values: Mapping[str, Any], pairs: Sequence[tuple[str, str]]) -> str | None:
    for first, last in pairs:
        if reason := impossible(values[first], values[last]):
            return reason
    return None


def _seconds(minutes: float | None) -> float | None:
    return None if minutes is None else round(minutes * 60.0, 1)


def _whole(value: float | None) -> int | None:
    return None if value is None else round(value)
