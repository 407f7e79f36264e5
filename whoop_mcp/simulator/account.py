"""Hold one WHOOP user's account: its records as they are now, and how it lives on.

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
"""(ms, resource, id, a whole raw record that appears or the fields of it that change)."""

_OPEN = "9999"


class Plan(Protocol):
    """Plan what will happen: `day()` gives the steps of the day that begins at `due` (ms)."""

    due: int

    def day(self) -> list[Step]:
        """Give the next day's steps, after which `due` is the day after."""
        ...


class Account:
    """Hold an account at its own present, which stands still until `pass_time` moves it.

    `profile` and `body` are WHOOP's raw JSON and may be replaced. Resources are `cycles`,
    `recoveries`, `sleeps`, `workouts`; a recovery's id is its cycle's. All instants are canonical
    text. Safe to use from many threads.
    """

    def __init__(self, profile: Raw, body: Raw, now: str, plan: Plan | None = None) -> None:
        self.profile = profile
        self.body = body
        self._now = payloads.milli(now)
        self._plan = plan
        self._rng = Random(self.user_id)  # noqa: S311
        self._lock = threading.RLock()
        self._records: dict[str, dict[Id, Raw]] = {name: {} for name in RESOURCES}
        self._queue: list[tuple[int, int, str, Id, Raw]] = []
        self._count = count()
        self._indexes: dict[str, _Index] = {}
        self._windows: dict[tuple[str, str, str], list[Raw]] = {}
        self._live()

    # ── reads ──

    @property
    def user_id(self) -> int:
        """Name the user whose account it is."""
        return int(self.profile["user_id"])

    def now(self) -> str:
        """Tell the account's present."""
        return payloads.spell(self._now)

    def all(self, resource: str) -> list[Raw]:
        """List every record in WHOOP's order, latest start first."""
        return self.window(resource, "", _OPEN)

    def get(self, resource: str, id: Id) -> Raw | None:
        """Find one record, or None."""
        with self._lock:
            return self._records[resource].get(id)

    def window(self, resource: str, start: str, end: str) -> list[Raw]:
        """List the records whose own interval overlaps `[start, end)`, latest start first."""
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
        """Find the sleep that a cycle's recovery names, else its longest that is no nap."""
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
        return max(found, default=None, key=_length)

    # ── the account's life ──

    def pass_time(self, **span: float) -> None:
        """Move the present on by a timedelta's keywords; what was planned by then happens."""
        with self._lock:
            self._now += timedelta(**span) // timedelta(milliseconds=1)
            self._live()

    def edit(self, resource: str, id: Id, /, **fields: Any) -> Raw:
        """Change fields of a record now. Answers the new record; KeyError for an unknown id."""
        with self._lock:
            return self._put(
                resource, id, {**self._records[resource][id], **fields, "updated_at": self.now()}
            )

    def add_workout(self, start: str, minutes: float = 45, sport: str = "running") -> Raw:
        """Log a workout now, for whenever it was (`start`, an instant). Answers its record."""
        with self._lock:
            around = self.window("cycles", start, payloads.spell(payloads.milli(start) + 1))
            zone = around[0]["timezone_offset"] if around else "Z"
            raw = payloads.workout(
                self._rng, payloads.milli(start), minutes, sport, zone, self._now
            )
            return self._put("workouts", raw["id"], {**raw, "user_id": self.user_id})

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
            elif "created_at" in raw:
                records[id] = {**raw, "user_id": self.user_id}
        self._changed()

    def _put(self, resource: str, id: Id, raw: Raw) -> Raw:
        self._records[resource][id] = raw
        self._changed()
        return raw

    def _changed(self) -> None:
        self._indexes.clear()
        self._windows.clear()

    def _intervals(self, resource: str) -> Iterable[tuple[str, str, Raw]]:
        for raw in self._records[resource].values():
            timed = raw
            if resource == "recoveries":
                sleep = self._records["sleeps"].get(raw["sleep_id"])
                cycle = self._records["cycles"].get(raw["cycle_id"])
                timed = sleep or cycle or {"start": raw["created_at"], "end": raw["created_at"]}
            yield timed["start"], timed.get("end") or _OPEN, raw


class _Index:
    """Keep one resource by time, for windows found by bisection."""

    def __init__(self, intervals: Iterable[tuple[str, str, Raw]]) -> None:
        self._rows = sorted(intervals, key=lambda row: row[:2])
        self._starts = [start for start, _, _ in self._rows]
        # The latest end so far never falls, so it can be bisected where ends themselves cannot.
        self._reach = list(accumulate((end for _, end, _ in self._rows), max))

    def window(self, start: str, end: str) -> list[Raw]:
        rows = self._rows[bisect_left(self._reach, start) : bisect_left(self._starts, end)]
        return [raw for began, ended, raw in reversed(rows) if ended > start or began >= start]


def _length(raw: Raw) -> int:
    return payloads.milli(raw["end"]) - payloads.milli(raw["start"])
