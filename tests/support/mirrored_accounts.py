"""An account, WHOOP in front of it and a mirror behind: what the tests of the mirror share."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from whoop_mcp import times
from whoop_mcp.cache.cache import Cache
from whoop_mcp.simulator.account import Account
from whoop_mcp.sync.mirror import Mirror
from whoop_mcp.sync.run import sync
from whoop_mcp.whoop.api import Api
from whoop_mcp.whoop.present import Present
from whoop_mcp.whoop.resources import COLLECTIONS, RECOVERIES, Resource
from whoop_mcp.whoop.transport import Transport

from . import accounts, lookups, samples
from .faults import FaultySimulator

UNTIL = "2026-05-20T12:00:00.000Z"


_FILLED: dict[Any, tuple[bytes, int]] = {}
"""The file that a first sync made, and its looks at the clock, by how the world started."""


class MirroredAccount:
    """An account, a simulator of it, and a mirror whose present is the account's.

    Each look at the clock is a moment later.
    """

    def __init__(
        self,
        account: Account,
        simulator: FaultySimulator,
        folder: Path,
        start: Any = None,
        **kept: Any,
    ) -> None:
        self.account = account
        self.simulator = simulator
        self.start = start
        self._unchanged = account.all("cycles")  # a lever of the account makes it another list
        token = simulator.grant()["access_token"]
        self.ahead: dict[str, float] = {}  # how far this computer's clock is off, as for `plus`
        self._ticks = itertools.count(1)
        self.present = Present(lambda: times.plus(self.now(), **self.ahead))
        self.transport = Transport(
            simulator.url,
            lambda refused: token,
            user_agent="tests",
            backoff=0.01,
            present=self.present,
        )
        self.login = samples.KnownLogin()
        self.cache = Cache(
            folder / "whoop.db",
            login=self.login,
            clock=self.present,
            max_age=kept.pop("max_age", 600.0),
        )
        self.mirror = Mirror(self.cache, Api(self.transport), **kept)

    def now(self) -> str:
        return times.plus(self.account.now(), milliseconds=next(self._ticks))

    def sync(self, **how: Any) -> dict[str, Any]:
        return sync(self.mirror, **how)

    def fill(self, **how: Any) -> None:
        """Sync for the first time, or take the file that a world that started the same got by it.

        For tests of what comes after: nothing may have happened in this world or been changed.
        """
        assert not self.simulator.log and not self.ahead and not self.cache.path.exists()
        assert self.account.all("cycles") is self._unchanged
        start = self.start, repr(how)
        if start not in _FILLED:
            self.sync(**how)
            _FILLED[start] = self.cache.path.read_bytes(), next(self._ticks)
            return
        file, ticks = _FILLED[start]
        self._ticks = itertools.count(ticks + 1)
        samples.private(self.cache.path, file)
        self.present.learn({"Date": format_datetime(times.moment(self.account.now()), usegmt=True)})

    def requests(self) -> int:
        """Count those that were answered since the last call of this."""
        number = len(self.simulator.log)
        self.simulator.clear_log()
        return number

    def truth(self, resource: Resource) -> dict[str, dict[str, Any]]:
        """WHOOP's records as flat ones, by key."""
        return {
            resource.key(raw): resource.flatten(raw, self._parent(resource, raw))
            for raw in self.account.all(resource.name)
        }

    def held(self, resource: Resource) -> dict[str, dict[str, Any]]:
        """The cache's records, by key."""
        field = resource.id_field
        return {str(flat[field]).lower(): flat for flat in lookups.stream(self.cache, resource)}

    def _parent(self, resource: Resource, raw: Any) -> Any:
        if resource is not RECOVERIES:
            return None
        return self.account.get("sleeps", raw["sleep_id"]) or self.account.get(
            "cycles", raw["cycle_id"]
        )

    def assert_exact(self) -> None:
        """The cache holds what WHOOP holds, no more, no less, no other."""
        for resource in COLLECTIONS:
            assert self.held(resource) == self.truth(resource), resource.name


@contextmanager
def mirrored_account(
    folder: Path, *, days: int = 90, seed: int = 1, **options: Any
) -> Iterator[MirroredAccount]:
    """Mirror an athlete of so many days; `options` are the simulator's and the mirror's."""
    kept = {name: options.pop(name) for name in ("max_age", "retention_days") if name in options}
    account = accounts.make(seed=seed, days=days, until=UNTIL)
    options = {"limit": None, "day_limit": None, **options}
    with FaultySimulator(account, **options) as simulator:
        start = days, seed, repr(kept), repr(options)
        one = MirroredAccount(account, simulator, folder, start, **kept)
        try:
            yield one
        finally:
            one.transport.close()
