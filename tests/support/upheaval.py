"""What may happen to an account at WHOOP: edits, deletions, late entries, things moved about."""

from __future__ import annotations

import random
from contextlib import suppress

from whoop_mcp import times
from whoop_mcp.simulator.account import Account, Id

ACTS = ["edit", "touch", "delete", "restore", "add", "extend", "move"]


class Upheaval:
    """Random changes of an account, the same ones for the same dice."""

    def __init__(self, account: Account, dice: random.Random) -> None:
        self.account = account
        self.dice = dice
        self.deleted: list[tuple[str, Id]] = []

    def change(self) -> None:
        """One change, of a recent record more often than of an old one."""
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
