"""The mirror against a changing account: whatever happens, no answer says more than it knows."""

from __future__ import annotations

import random
import threading
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.cache import coverage
from whoop_mcp.call import Call
from whoop_mcp.errors import WhoopError
from whoop_mcp.reads import records
from whoop_mcp.times import Window
from whoop_mcp.whoop.resources import COLLECTIONS, RECOVERIES, Resource

from ..support.accounts import RandomChanges
from ..support.mirrored_accounts import MirroredAccount, mirrored_account

STEPS = 40
TIMES_OF_ITS_OWN = ("start", "end", "start_local", "end_local", "timezone_offset")


class Killed(BaseException):
    """What a kill is to the code under test: nothing after it happens."""


class Model:
    """A world whose every past state is remembered, so that answers can be held against it."""

    def __init__(self, one: MirroredAccount, seed: int) -> None:
        self.world = one
        self.account = one.account
        self.dice = random.Random(seed)
        self.changes = RandomChanges(one.account, self.dice)
        self.past: list[tuple[str, dict[str, dict[str, Any]]]] = []
        self.turn = threading.Lock()  # changes between pages come on several threads
        self.remember()

    def remember(self) -> None:
        """Keep what WHOOP holds from now on."""
        state = {one.name: self.world.truth(one) for one in COLLECTIONS}
        self.past.append((self.world.now(), state))

    def since(self, instant: str) -> list[dict[str, dict[str, Any]]]:
        """The states that WHOOP has been in from an instant on."""
        first = max((i for i, (t, _) in enumerate(self.past) if t <= instant), default=0)
        return [state for _, state in self.past[first:]]

    # ── what may happen ──

    def change(self) -> None:
        """One random change at WHOOP."""
        self.changes.change()
        self.remember()

    def maybe_change(self, chance: float) -> None:
        """A change in the middle of a sync; each is remembered before the next one happens."""
        with self.turn:
            if self.dice.random() < chance:
                self.change()

    def hurry(self) -> None:
        """Time passes."""
        self.account.pass_time(hours=self.dice.choice([1, 7, 26, 80]))
        self.remember()

    def sync(self) -> None:
        """A sync, with changes between its pages now and then, and what it makes known holds."""
        if self.dice.random() < 0.5:
            chance = self.dice.random() * 0.3
            self.world.simulator.before = lambda request: self.maybe_change(chance)
        try:
            self.world.sync(resources=self.dice.choice([None, None, ["recoveries"], ["sleeps"]]))
        finally:
            self.world.simulator.before = None
        self.check()

    def fail(self) -> None:
        """A sync while WHOOP fails at random requests; what it raises is its own."""
        for _ in range(self.dice.randint(1, 6)):
            kind = self.dice.choice([500, 503, "drop", "truncate", "not_json", 429, 401, 404])
            # By id, 404 is WHOOP's word that a record is gone; on a collection it is a fault.
            path = "/v2/(cycle|recovery|activity/[a-z]+)$" if kind == 404 else ""
            options = {"retry_after": 0} if kind == 429 else {}
            after = self.dice.randint(0, 12)
            self.world.simulator.fault(kind, path=path, after=after, times=4, **options)
        try:
            self.world.sync()
        except WhoopError:
            pass
        finally:
            self.world.simulator.clear_faults()
        self.check()

    def kill(self) -> None:
        """A sync that ends between two transactions, as by a kill."""
        left = self.dice.randint(0, 8)
        save = type(self.world.cache).save

        def dying(*findings: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return save(self.world.cache, *findings)

        self.world.cache.save = dying  # type: ignore[method-assign]
        try:
            self.world.sync()
        except Killed:
            pass
        finally:
            del self.world.cache.save
        self.check()

    def read(self) -> None:
        """A page of a random window: equal to what WHOOP held since `as_of`, or not complete."""
        resource = self.dice.choice(COLLECTIONS)
        now = self.account.now()
        start = times.plus(now, hours=-self.dice.uniform(1, 24 * 150))
        end = times.plus(start, hours=self.dice.uniform(1, 24 * 40))
        if self.dice.random() < 0.3:
            self.world.simulator.fault(503, times=None)
        try:
            page = records.page(self.world.mirror, resource, start=start, end=end, call=Call(20))
        except WhoopError:
            assert self.world.simulator.count() >= 0
            return
        finally:
            self.world.simulator.clear_faults()
        if page["complete"] and page["as_of"]:
            window = Window(start, min(end, self.world.now()))
            self.compare(resource, window, page["as_of"], page["records"])
        self.check()

    # ── what must hold ──

    def check(self) -> None:
        """Every stretch that is claimed to be known is known, as of its confirmation; but for what
        WHOOP no longer lists and does not call gone, either, which is noted to be asked for again.
        """
        everything = Window(times.EARLIEST, times.LATEST)
        for resource in COLLECTIONS:
            held = list(self.world.held(resource).values())
            doubted = {key.lower() for key in self.world.cache.doubted(resource)}
            with self.world.cache.database.reading() as connection:
                known = coverage.stretches(connection, resource, everything)
            for one in known:
                inside = [flat for flat in held if overlaps(flat, one.window)]
                self.compare(resource, one.window, one.confirmed_at, inside, doubted)

    def compare(
        self,
        resource: Resource,
        window: Window,
        as_of: str,
        shown: list[dict[str, Any]],
        doubted: Collection[str] = (),
    ) -> None:
        """Each record is one that WHOOP had since then, and none is lacking that stayed."""
        states = [state[resource.name] for state in self.since(as_of)]
        key = resource.id_field
        for flat in shown:
            if str(flat[key]).lower() in doubted:
                continue
            versions = [
                state[str(flat[key]).lower()] for state in states if str(flat[key]).lower() in state
            ]
            assert versions, f"{resource.name} {flat[key]} was not there since {as_of}"
            if resource is RECOVERIES:  # its times are a sleep's, which may be known better
                versions = [bare(one) for one in versions]
                flat = bare(flat)
            assert flat in versions, f"{resource.name} is out of date: {flat} {versions}"
        ids = {str(flat[key]).lower() for flat in shown}
        for name, flat in states[0].items():
            stayed = all(state.get(name, {}).get("start") == flat["start"] for state in states)
            if stayed and strictly_inside(flat, window):
                assert name in ids, f"{resource.name} {name} is lacking in {window} as of {as_of}"


def bare(flat: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in flat.items() if name not in TIMES_OF_ITS_OWN}


def overlaps(flat: dict[str, Any], window: Window) -> bool:
    return flat["start"] < window.end and (flat["end"] or times.LATEST) > window.start


def strictly_inside(flat: dict[str, Any], window: Window) -> bool:
    return window.start <= flat["start"] and (flat["end"] or times.LATEST) < window.end


def play(folder: Path, seed: int, steps: int) -> None:
    """A random history, and at its end exactness once all has been read again."""
    with mirrored_account(folder, days=150, seed=seed, max_age=0) as one:
        model = Model(one, seed)
        one.sync()
        acts = [model.change] * 6 + [model.hurry] * 2 + [model.sync] * 3 + [model.read] * 3
        acts += [model.fail, model.kill]
        for _ in range(steps):
            model.dice.choice(acts)()
        one.sync(full=True)
        one.sync(full=True)
        one.assert_exact()


@pytest.mark.parametrize(
    ("seed", "steps"),
    [(0, 20), *(pytest.param(seed, STEPS, marks=pytest.mark.slow) for seed in (0, 1))],
)
def test_no_history_makes_the_mirror_lie(tmp_path: Path, seed: int, steps: int) -> None:
    """After each step every covered stretch and every complete page is what WHOOP held, and in
    the end a full pass makes the cache exactly WHOOP's."""
    play(tmp_path, seed, steps)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 104))
def test_no_long_history_makes_the_mirror_lie(tmp_path: Path, seed: int) -> None:
    """The same over hundreds of steps."""
    play(tmp_path, seed, 250)
