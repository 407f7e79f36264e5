"""One WHOOP user's account: what it holds now, how it lives on, and levers on its records.

Records are replaced, never altered in place, so what was read stays as it was read.
"""

from __future__ import annotations

import heapq
import threading
from bisect import bisect_left
from collections.abc import Iterable
from datetime import timedelta
from itertools import accumulate, count
from random import Random
from typing import Any, Protocol

from . import payloads
from .payloads import Raw

RESOURCES = ("cycles", "recoveries", "sleeps", "workouts")
Id = int | str
Step = tuple[int, str, Id, Raw]
"""When, in which resource, which record: a whole raw record that appears, or what changes in it."""

_OPEN = "9999"


class Plan(Protocol):
    """What will happen: `day()` gives the steps of the day that begins at `due` (ms)."""

    due: int

    def day(self) -> list[Step]:
        """The next day's steps, after which `due` is the day after."""
        ...

    def move(self, offset: str) -> None:
        """From the next day on everything is at another offset."""
        ...


class Account:
    """An account at its own present, which stands still until `pass_time` moves it.

    `profile` and `body` are WHOOP's raw JSON and may be replaced. Resources are `cycles`,
    `recoveries`, `sleeps`, `workouts`; a recovery's id is its cycle's. All instants are canonical
    text. Safe to use from many threads. Every lever raises KeyError for an unknown id.
    """

    def __init__(self, profile: Raw, body: Raw, now: str, plan: Plan | None = None) -> None:
        self.profile = profile
        self.body = body
        self._now = payloads.milli(now)
        self._plan = plan
        self._rng = Random(self.user_id)  # noqa: S311
        self._lock = threading.RLock()
        self._records: dict[str, dict[Id, Raw]] = {name: {} for name in RESOURCES}
        self._deleted: dict[tuple[str, Id], Raw] = {}
        self._queue: list[tuple[int, int, str, Id, Raw]] = []
        self._count = count()
        self._indexes: dict[str, _Index] = {}
        self._windows: dict[tuple[str, str, str], list[Raw]] = {}
        self._live()

    # ── reads ──

    @property
    def user_id(self) -> int:
        """Whose account it is."""
        return int(self.profile["user_id"])

    def now(self) -> str:
        """The account's present."""
        return payloads.spell(self._now)

    def all(self, resource: str) -> list[Raw]:
        """Every record in WHOOP's order, latest start first."""
        return self.window(resource, "", _OPEN)

    def get(self, resource: str, id: Id) -> Raw | None:
        """One record, or None."""
        with self._lock:
            return self._records[resource].get(id)

    def window(self, resource: str, start: str, end: str) -> list[Raw]:
        """The records whose own interval overlaps `[start, end)`, latest start first."""
        key = (resource, start, end)
        with self._lock:
            if key not in self._windows:
                if len(self._windows) > 100:  # nobody pages through so many at once
                    self._windows.clear()
                if resource not in self._indexes:
                    self._indexes[resource] = _Index(self._intervals(resource))
                self._windows[key] = self._indexes[resource].window(start, end)
            return self._windows[key]

    def main_sleep(self, cycle_id: int) -> Raw | None:
        """The sleep that a cycle's recovery names, else its longest that is no nap."""
        with self._lock:
            recovery = self._records["recoveries"].get(cycle_id)
            if recovery and recovery["sleep_id"] in self._records["sleeps"]:
                return self._records["sleeps"][recovery["sleep_id"]]
            cycle = self._records["cycles"][cycle_id]
            found = [
                raw
                for raw in self.window("sleeps", cycle["start"], cycle.get("end") or _OPEN)
                if raw["cycle_id"] == cycle_id and not raw["nap"]
            ]
        return max(found, default=None, key=lambda raw: payloads.milli(raw["end"]) - _start(raw))

    # ── the account's life ──

    def pass_time(self, **span: float) -> None:
        """Move the present on by a timedelta's keywords; what was planned by then happens."""
        with self._lock:
            self._now += timedelta(**span) // timedelta(milliseconds=1)
            self._live()

    def travel(self, offset: str) -> None:
        """From now on everything is recorded at another offset, such as `+05:30`."""
        with self._lock:
            for _, _, _, _, raw in self._queue:
                if "timezone_offset" in raw:
                    raw["timezone_offset"] = offset
            if self._plan:
                self._plan.move(offset)

    def score(self, resource: str, id: Id, /, **fields: Any) -> Raw:
        """A late score comes in: the planned one, else one like the latest of its kind."""
        with self._lock:
            raw = self._records[resource][id]
            late = [step for step in self._queue if _scores(step, resource, id)]
            self._queue = [step for step in self._queue if not _scores(step, resource, id)]
            heapq.heapify(self._queue)
            like = [*(step[4] for step in late), raw, *self.all(resource)]
            score = next(one["score"] for one in like if one.get("score"))
            return self._put(
                resource, id, {**raw, "score_state": "SCORED", "score": {**score, **fields}}
            )

    def edit(self, resource: str, id: Id, /, *, touch: bool = True, **fields: Any) -> Raw:
        """Change fields wherever in the record they are; a sleep's recovery is recalculated.

        `touch=False` leaves `updated_at` as it was. A field not there yet is added on top.
        """
        with self._lock:
            raw = self._records[resource][id]
            for name, value in fields.items():
                raw = _replaced(raw, name, value)
            if resource == "sleeps":
                self._recalculate(id, touch)
            return self._put(resource, id, raw, touch and "updated_at" not in fields)

    def add(self, resource: str, raw: Raw) -> Raw:
        """A record as it is given, made now by this user unless it says otherwise."""
        made = {"created_at": self.now(), "updated_at": self.now(), "user_id": self.user_id}
        id = raw["cycle_id" if resource == "recoveries" else "id"]
        with self._lock:
            return self._put(resource, id, {**made, **raw}, touch=False)

    def add_workout(self, start: str, minutes: float = 45, sport: str = "running") -> Raw:
        """A workout logged now, for whenever it was."""
        with self._lock:
            around = self.window("cycles", start, payloads.spell(payloads.milli(start) + 1))
            zone = around[0]["timezone_offset"] if around else "Z"
            raw = payloads.workout(
                self._rng, payloads.milli(start), minutes, sport, zone, self._now
            )
            return self.add("workouts", raw)

    def delete(self, resource: str, id: Id) -> None:
        """Take a record away; a sleep takes its recovery with it."""
        with self._lock:
            raw = self._deleted[resource, id] = self._records[resource].pop(id)
            self._changed()
            if resource == "sleeps" and self._recovery(raw):
                self.delete("recoveries", raw["cycle_id"])

    def restore(self, resource: str, id: Id) -> Raw:
        """Bring a deleted record back, a sleep with the recovery it took along."""
        with self._lock:
            raw = self._put(resource, id, self._deleted.pop((resource, id)))
            recovery = self._deleted.get(("recoveries", raw.get("cycle_id", 0)))
            if resource == "sleeps" and recovery and recovery["sleep_id"] == id:
                self.restore("recoveries", raw["cycle_id"])
            return raw

    def extend_sleep(self, id: str, minutes: float) -> Raw:
        """A sleep's end moves, and its score and recovery with it."""
        with self._lock:
            raw = self._records["sleeps"][id]
            end = payloads.milli(raw["end"]) + round(minutes * payloads.MINUTE)
            self._recalculate(id)
            return self._put("sleeps", id, payloads.resized(raw, _start(raw), end))

    def move_cycle_bound(self, cycle_id: int, minutes: float) -> Raw:
        """A cycle's start moves, and with it the end of the one before and its main sleep."""
        with self._lock:
            cycle = self._records["cycles"][cycle_id]
            bound = _start(cycle) + round(minutes * payloads.MINUTE)
            for before in self.window("cycles", "", cycle["start"])[:1]:
                self._put("cycles", before["id"], {**before, "end": payloads.spell(bound)})
            sleep = self.main_sleep(cycle_id)
            if sleep:
                end = payloads.milli(sleep["end"])
                self._recalculate(sleep["id"])
                self._put("sleeps", sleep["id"], payloads.resized(sleep, bound, end))
            return self._put("cycles", cycle_id, {**cycle, "start": payloads.spell(bound)})

    # ── how it is kept ──

    def _live(self) -> None:
        while self._plan and self._plan.due <= self._now:
            for at, resource, id, raw in self._plan.day():
                heapq.heappush(self._queue, (at, next(self._count), resource, id, raw))
        while self._queue and self._queue[0][0] <= self._now:
            at, _, resource, id, raw = heapq.heappop(self._queue)
            records = self._records[resource]
            if id in records:
                records[id] = {**records[id], **raw, "updated_at": payloads.spell(at)}
            elif "created_at" in raw and (resource, id) not in self._deleted:
                records[id] = {**raw, "user_id": self.user_id}
        self._changed()

    def _put(self, resource: str, id: Id, raw: Raw, touch: bool = True) -> Raw:
        if touch:
            raw = {**raw, "updated_at": self.now()}
        self._records[resource][id] = raw
        self._changed()
        return raw

    def _changed(self) -> None:
        self._indexes.clear()
        self._windows.clear()

    def _recovery(self, sleep: Raw) -> Raw | None:
        recovery = self._records["recoveries"].get(sleep["cycle_id"])
        return recovery if recovery and recovery["sleep_id"] == sleep["id"] else None

    def _recalculate(self, sleep_id: Id, touch: bool = True) -> None:
        recovery = self._recovery(self._records["sleeps"][sleep_id])
        if recovery:
            fresh = payloads.recalculated(recovery)
            self._put("recoveries", recovery["cycle_id"], fresh, touch)

    def _intervals(self, resource: str) -> Iterable[tuple[str, str, Raw]]:
        for raw in self._records[resource].values():
            timed = raw
            if resource == "recoveries":
                sleep = self._records["sleeps"].get(raw["sleep_id"])
                cycle = self._records["cycles"].get(raw["cycle_id"])
                timed = sleep or cycle or {"start": raw["created_at"], "end": raw["created_at"]}
            yield timed["start"], timed.get("end") or _OPEN, raw


class _Index:
    """One resource by time, for windows found by bisection."""

    def __init__(self, intervals: Iterable[tuple[str, str, Raw]]) -> None:
        self._rows = sorted(intervals, key=lambda row: row[:2])
        self._starts = [start for start, _, _ in self._rows]
        # The latest end so far never falls, so it can be bisected where ends themselves cannot.
        self._reach = list(accumulate((end for _, end, _ in self._rows), max))

    def window(self, start: str, end: str) -> list[Raw]:
        rows = self._rows[bisect_left(self._reach, start) : bisect_left(self._starts, end)]
        return [raw for began, ended, raw in reversed(rows) if ended > start or began >= start]


def _scores(step: tuple[int, int, str, Id, Raw], resource: str, id: Id) -> bool:
    changes = step[4]
    return step[2:4] == (resource, id) and changes.get("score_state") == "SCORED"


def _start(raw: Raw) -> int:
    return payloads.milli(raw["start"])


def _replaced(raw: Raw, name: str, value: Any) -> Raw:
    if name not in raw:
        for key, part in raw.items():
            if isinstance(part, dict) and _holds(part, name):
                return {**raw, key: _replaced(part, name, value)}
    return {**raw, name: value}


def _holds(part: Raw, name: str) -> bool:
    return name in part or any(isinstance(one, dict) and _holds(one, name) for one in part.values())
