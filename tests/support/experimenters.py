"""A person who tries something on themselves: a cache that is filled as their days go by."""

from __future__ import annotations

from functools import cache as remembered
from pathlib import Path
from typing import Any

from whoop_mcp import times
from whoop_mcp.cache.cache import Cache
from whoop_mcp.cache.save import Findings
from whoop_mcp.reads import journal
from whoop_mcp.simulator import life
from whoop_mcp.simulator.account import Account
from whoop_mcp.times import Window
from whoop_mcp.trials.experiment import experiment
from whoop_mcp.whoop.resources import COLLECTIONS, RECOVERIES

from .samples import private

BEGAN = "2026-03-20"
HABIT = "late coffee"


_FILLED: dict[int, bytes] = {}
"""The file that the first sync made, by the days that were lived."""


@remembered
def _account(days: int) -> Account:
    return life.make(seed=5, days=days, until="2026-05-30T16:00:00.000Z", quirks=False)


class Experimenter:
    """Who asks at noon of each day, synced: `effect` is what the habit adds to a recovery."""

    def __init__(self, folder: Path, *, days: int = 160) -> None:
        path = folder / "whoop.db"
        self.now = f"{BEGAN}T16:00:00.000Z"
        self.account = _account(days)
        self.lost: set[str] = set()  # mornings without a recovery
        fresh = not path.exists()
        known = _FILLED.get(days) if fresh else None
        if known is not None:
            private(path, known)
        self.cache = Cache(path, clock=lambda: self.now)
        self._seen = self.now, set[str]()  # the last sync, and what was lost by then
        if known is None:
            self._sync("2025-01-01T00:00:00.000Z")
            if fresh:
                _FILLED[days] = path.read_bytes()

    def live_on(self, date: str, *, synced: bool = True, scored: bool = True) -> None:
        """Come to the noon of a date; `scored`: its recovery is."""
        self.now = f"{date}T16:00:00.000Z"
        if not synced:
            return
        before, lost = self._seen
        further = before <= self.now and lost == self.lost
        self._sync(times.plus(before, days=-3) if further else "2025-01-01T00:00:00.000Z", scored)
        self._seen = self.now, set(self.lost)

    def _sync(self, since: str, scored: bool = True) -> None:
        """Bring what began since an instant or goes on at it, which the cache may know already."""
        reach = times.plus(since, days=-2)
        with self.cache.held():
            for resource in (*(one for one in COLLECTIONS if one is not RECOVERIES), RECOVERIES):
                found = []
                for raw in self.account.all(resource.name):
                    made = raw.get("start") or raw["created_at"]
                    if not reach <= made < self.now:
                        continue
                    if resource is RECOVERIES:
                        if made[:10] in self.lost:
                            continue
                        if made[:10] == self.now[:10] and not scored:
                            raw = {**raw, "score_state": "PENDING_SCORE", "score": None}
                    found.append(raw)
                self.cache.save(Findings(resource, self.now, found, window=Window(since, self.now)))

    def ask(self, action: str, **given: Any) -> dict[str, Any]:
        return experiment(self.cache, action, **given)

    def start(self, **given: Any) -> dict[str, Any]:
        """Register a late coffee and its recovery, from the day of `BEGAN` on."""
        wanted = {"behaviour": HABIT, "outcome": "recovery", "start": BEGAN, "days": 14}
        return self.ask("start", **{**wanted, **given})

    def log(self, date: str, answer: bool | None) -> None:
        """Note what was done on a date; None takes it back."""
        entry = {"behaviour": HABIT, "date": date, "answer": answer is not False}
        today = self.now[:10]
        journal.log(self.cache, [entry], today=today, remove=answer is None)

    def obey(self, days: int, *, synced: bool = False) -> list[str]:
        """Live so many days as the lot wants, each logged in the evening; answers the arms."""
        arms = []
        with self.cache.held():
            for _ in range(days):
                running = self.ask("today")["experiments"]
                [one] = [one for one in running if one["behaviour"] == HABIT]
                arms.append(one["arm"])
                self.log(self.now[:10], one["arm"] == "do")
                self.live_on(later(self.now[:10], 1), synced=synced)
            self.live_on(self.now[:10])
        return arms


def later(date: str, days: int) -> str:
    """The date so many days later."""
    return times.plus(times.midnight(date), days=days)[:10]
