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

BEGAN = "2026-03-20"
HABIT = "late coffee"


@remembered
def _account(days: int) -> Account:
    return life.make(seed=5, days=days, until="2026-05-30T16:00:00.000Z", quirks=False)


class Experimenter:
    """Who asks at noon of each day, synced: `effect` is what the habit adds to a recovery."""

    def __init__(self, folder: Path, *, days: int = 160) -> None:
        self.cache = Cache(folder / "whoop.db", clock=lambda: self.now)
        self.now = ""
        self.account = _account(days)
        self.lost: set[str] = set()  # mornings without a recovery
        self.live_on(BEGAN)

    def live_on(self, date: str, *, synced: bool = True, scored: bool = True) -> None:
        """Come to the noon of a date; `scored`: its recovery is."""
        self.now = f"{date}T16:00:00.000Z"
        if not synced:
            return
        for resource in (*(one for one in COLLECTIONS if one is not RECOVERIES), RECOVERIES):
            found = []
            for raw in self.account.all(resource.name):
                made = raw.get("start") or raw["created_at"]
                if made >= self.now:
                    continue
                if resource is RECOVERIES:
                    if made[:10] in self.lost:
                        continue
                    if made[:10] == date and not scored:
                        raw = {**raw, "score_state": "PENDING_SCORE", "score": None}
                found.append(raw)
            window = Window("2025-01-01T00:00:00.000Z", self.now)
            self.cache.save(Findings(resource, self.now, found, window=window))

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
        for _ in range(days):
            [one] = [one for one in self.ask("today")["experiments"] if one["behaviour"] == HABIT]
            arms.append(one["arm"])
            self.log(self.now[:10], one["arm"] == "do")
            self.live_on(later(self.now[:10], 1), synced=synced)
        self.live_on(self.now[:10])
        return arms


def later(date: str, days: int) -> str:
    """The date so many days later."""
    return times.plus(times.midnight(date), days=days)[:10]
