"""Accounts of which anything can be changed, as their users and WHOOP change theirs."""

from __future__ import annotations

import heapq
import threading
from contextlib import suppress
from copy import copy, deepcopy
from itertools import count
from random import Random
from typing import Any

from whoop_mcp import times
from whoop_mcp.simulator import life, payloads
from whoop_mcp.simulator.account import Account, Id, Plan, Step
from whoop_mcp.simulator.payloads import Raw

ACTS = ["edit", "touch", "delete", "restore", "add", "extend", "move"]


_MADE: dict[Any, EditableAccount] = {}
"""The accounts that were made, by what of; nobody changes these, and each test has a twin."""


class EditableAccount(Account):
    """An account with a method for each change. All raise KeyError for an unknown id."""

    def __init__(self, *beginning: Any) -> None:
        self._deleted: dict[tuple[str, Id], Raw] = {}
        super().__init__(*beginning)

    def twin(self) -> EditableAccount:
        """Another account that has lived as this one did, and lives on by itself.

        The records are the same objects, as none is ever altered in place.
        """
        other = copy(self)
        other._lock = threading.RLock()
        other._rng, other._plan = deepcopy((self._rng, self._plan))
        other._records = {name: dict(records) for name, records in self._records.items()}
        other._queue = [(*step, dict(raw)) for *step, raw in self._queue]
        other._count = count(1 + max((place for _, place, *_ in self._queue), default=0))
        other._indexes, other._windows = dict(self._indexes), dict(self._windows)
        other._deleted = dict(self._deleted)
        return other

    def travel(self, offset: str) -> None:
        """Record everything from now on at another offset, such as `+05:30`."""
        with self._lock:
            for _, _, _, _, raw in self._queue:
                if "timezone_offset" in raw:
                    raw["timezone_offset"] = offset
            assert self._plan
            self._plan = _Elsewhere(self._plan, offset)

    def score(self, resource: str, id: Id, /, **fields: Any) -> Raw:
        """Let a late score come in: the planned one, else one like the latest of its kind."""
        with self._lock:
            raw = self._records[resource][id]
            late = [step for step in self._queue if _scores(step, resource, id)]
            self._queue = [step for step in self._queue if not _scores(step, resource, id)]
            heapq.heapify(self._queue)
            like = [*(step[4] for step in late), raw, *self.all(resource)]
            score = next(one["score"] for one in like if one.get("score"))
            scored = {"score_state": "SCORED", "score": {**score, **fields}}
            return super().edit(resource, id, **scored)

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
            if touch and "updated_at" not in fields:
                raw = {**raw, "updated_at": self.now()}
            return self._put(resource, id, raw)

    def add(self, resource: str, raw: Raw) -> Raw:
        """Add a record as it is given, made now by this user unless it says otherwise."""
        made = {"created_at": self.now(), "updated_at": self.now(), "user_id": self.user_id}
        id = raw["cycle_id" if resource == "recoveries" else "id"]
        with self._lock:
            return self._put(resource, id, {**made, **raw})

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
            deleted = self._deleted.pop((resource, id))
            raw = self._put(resource, id, {**deleted, "updated_at": self.now()})
            recovery = self._deleted.get(("recoveries", raw.get("cycle_id", 0)))
            if resource == "sleeps" and recovery and recovery["sleep_id"] == id:
                self.restore("recoveries", raw["cycle_id"])
            return raw

    def extend_sleep(self, id: str, minutes: float) -> Raw:
        """Move a sleep's end, and its score and recovery with it."""
        with self._lock:
            raw = self._records["sleeps"][id]
            end = payloads.milli(raw["end"]) + round(minutes * payloads.MINUTE)
            return self._resize(raw, _start(raw), end)

    def move_cycle_bound(self, cycle_id: int, minutes: float) -> Raw:
        """Move a cycle's start, and with it the end of the one before and its main sleep."""
        with self._lock:
            cycle = self._records["cycles"][cycle_id]
            bound = _start(cycle) + round(minutes * payloads.MINUTE)
            for before in self.window("cycles", "", cycle["start"])[:1]:
                super().edit("cycles", before["id"], end=payloads.spell(bound))
            sleep = self.main_sleep(cycle_id)
            if sleep:
                self._resize(sleep, bound, payloads.milli(sleep["end"]))
            return super().edit("cycles", cycle_id, start=payloads.spell(bound))

    def _resize(self, sleep: Raw, start: int, end: int) -> Raw:
        self._recalculate(sleep["id"])
        return super().edit("sleeps", sleep["id"], **payloads.resized(sleep, start, end))

    def _recovery(self, sleep: Raw) -> Raw | None:
        recovery = self._records["recoveries"].get(sleep["cycle_id"])
        return recovery if recovery and recovery["sleep_id"] == sleep["id"] else None

    def _recalculate(self, sleep_id: Id, touch: bool = True) -> None:
        recovery = self._recovery(self._records["sleeps"][sleep_id])
        if recovery:
            raw = payloads.recalculated(recovery)
            now = {"updated_at": self.now()} if touch else {}
            self._put("recoveries", recovery["cycle_id"], {**raw, **now})


class RandomChanges:
    """Changes of an account by chance, the same ones for the same dice."""

    def __init__(self, account: EditableAccount, dice: Random) -> None:
        self.account = account
        self.dice = dice
        self.deleted: list[tuple[str, Id]] = []

    def change(self) -> None:
        """Make one change, of a recent record more often than of an old one."""
        name = self.dice.choice(["cycles", "recoveries", "sleeps", "sleeps", "workouts"])
        records = self.account.all(name)
        if self.dice.random() < 0.7:
            records = records[:20]
        key = "cycle_id" if name == "recoveries" else "id"
        act = self.dice.choice(ACTS)
        if act == "restore" and self.deleted:
            with suppress(KeyError):  # a recovery has come back with its sleep
                self.account.restore(*self.deleted.pop(self.dice.randrange(len(self.deleted))))
        elif act == "add":
            back = times.plus(self.account.now(), hours=-self.dice.uniform(2, 24 * 60))
            self.account.add_workout(back, minutes=self.dice.randint(10, 90), sport="running")
        elif act == "extend":
            sleeps = self.account.all("sleeps")[:20]
            self.account.extend_sleep(self.dice.choice(sleeps)["id"], self.dice.randint(1, 15))
        elif act == "move":
            cycles = self.account.all("cycles")[1:15]
            self.account.move_cycle_bound(self.dice.choice(cycles)["id"], self.dice.randint(-9, 9))
        elif act == "delete" and records:
            raw = self.dice.choice(records)
            if name != "cycles":
                self.account.delete(name, raw[key])
                self.deleted.append((name, raw[key]))
        elif act == "touch" and records:
            self.account.edit(name, self.dice.choice(records)[key], unheard_of=self.dice.random())
        elif records:
            raw = self.dice.choice(records)
            if raw.get("score"):
                field = {"recoveries": "recovery_score", "sleeps": "respiratory_rate"}.get(
                    name, "strain"
                )
                touched = self.dice.random() < 0.8
                value = self.dice.randint(1, 20)
                self.account.edit(name, raw[key], touch=touched, **{field: value})


def make(
    seed: int = 1,
    days: int = 90,
    until: str | None = None,
    user_id: int = 10129,
    **truths: object,
) -> EditableAccount:
    """Make the account that `life.make` makes, to be changed at will."""
    if until is None:
        return EditableAccount(*life.athlete(seed, days, until, user_id, **truths))
    athlete = seed, days, until, user_id, repr(truths)
    if athlete not in _MADE:
        _MADE[athlete] = EditableAccount(*life.athlete(seed, days, until, user_id, **truths))
    return _MADE[athlete].twin()


class _Elsewhere:
    """The same days at another offset."""

    def __init__(self, plan: Plan, offset: str) -> None:
        self._plan = plan
        self._offset = offset

    @property
    def due(self) -> int:
        return self._plan.due

    def day(self) -> list[Step]:
        return [
            (at, resource, id, {**raw, "timezone_offset": self._offset} if "start" in raw else raw)
            for at, resource, id, raw in self._plan.day()
        ]


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
