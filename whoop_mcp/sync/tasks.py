"""Read windows of several resources at once, each resource as a task that can fail by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Any

from .. import times
from ..call import Call, OutOfTime
from ..errors import WhoopError
from ..times import Window, common, gaps
from ..whoop.resources import Resource
from . import plan
from .fetch import Reader
from .plan import Plan
from .workers import Beside, Job, Leader, here, run

_A_PAGE = 25 * 86_400  # seconds in which there are as many recoveries as a page holds


@dataclass
class Task:
    """The reading of one resource in a call, and how far it came; its first failure ends it."""

    reader: Reader
    plan: Plan = Plan()  # noqa: RUF009 - it cannot be changed
    error: WhoopError | None = None
    out_of_time: bool = False

    @property
    def resource(self) -> Resource:
        """Name the resource that is read."""
        return self.reader.resource

    def left(self) -> list[Window]:
        """Find what of the windows has not been read since the call began."""
        reader = self.reader
        return plan.left(reader.cache, reader.resource, self.plan.windows, reader.now)

    def jobs(self, windows: Sequence[Window]) -> list[Job]:
        """List the jobs that read windows, newest first, cut into parts where that is faster."""
        parts = (plan.pieces(self.resource, window) for window in reversed(windows))
        return [partial(self.read, one) for some in parts for one in some]

    def leading(self, follower: Task) -> list[Leader]:
        """List the same for this task's windows, with `follower` beside each that is one part."""
        leaders: list[Leader] = []
        for window in reversed(self.plan.windows):
            parts = plan.pieces(self.resource, window)
            along = follower if len(parts) == 1 else None
            leaders += [partial(self.lead, part, along) for part in parts]
        return leaders

    def ahead(self, windows: Sequence[Window]) -> list[Job]:
        """List the jobs that ask for windows of about a page before what they build upon is known;
        whoever reads such a window takes its page from there."""
        parts = [part for window in windows for part in plan.pieces(self.resource, window)]
        short = [one for one in parts if times.seconds(*one) <= _A_PAGE]
        return [self.reader.page_ahead(one) for one in short]

    def read(self, window: Window) -> None:
        """Read a window."""
        self.lead(window, None, here)

    def lead(self, window: Window, follower: Task | None, beside: Beside) -> None:
        """Read a window; as soon as a stretch of it is known, `follower` reads its own there."""
        self._attempt(self._read, window, follower, beside)

    def _read(self, window: Window, follower: Task | None = None, beside: Beside = here) -> None:
        with closing(self.reader.read(window)) as stretches:
            for stretch in stretches:
                for wanted in follower.plan.windows if follower else ():
                    if follower and (shared := common(wanted, stretch)):
                        beside(partial(follower.read, shared))

    def scrub(self) -> None:
        """Read old windows again, and note how far that has come."""
        self._attempt(self._scrub)

    def _scrub(self) -> None:
        for window in self.plan.scrub:
            self._read(window)
        if self.plan.scrub:
            self.reader.cache.remember(f"scrub:{self.resource.name}", self.plan.scrubbed)

    def recheck(self) -> None:
        """Ask again for the single records of the plan."""
        self._attempt(self.reader.recheck, self.plan.ids)

    def confirm(self) -> None:
        """Ask for the profile or the body measurement."""
        self._attempt(self.reader.confirm_snapshot)

    @property
    def has_failed(self) -> bool:
        """Tell whether the task ended before all was read."""
        return self.error is not None or self.out_of_time

    def _attempt(self, act: Callable[..., None], *given: Any) -> None:
        """Do something, unless something before it failed; keep its failure for the report."""
        if self.has_failed:
            return
        try:
            act(*given)
        except OutOfTime:
            self.out_of_time = True
        except WhoopError as problem:
            self.error = problem


def read_windows(
    tasks: Iterable[Task],
    call: Call,
    watch: Callable[[], None] = lambda: None,
    *,
    first: Sequence[Job] = (),
    last: Sequence[Job] = (),
) -> None:
    """Read the windows of some tasks, with jobs to do before and after them.

    A resource that takes its times from another shares its windows: there it is read after that
    one, stretch by stretch, and fails with it; elsewhere beside it. Failures are kept in the tasks;
    raises what `run` does.
    """
    by_resource = {task.resource: task for task in tasks}
    followers = {one.resource.leader: one for one in by_resource.values() if one.resource.leader}
    leaders: list[Leader] = []
    ahead: list[Job] = []
    jobs = [*first]
    alone: list[Window] = []  # where only the follower is read; at most one resource is one
    for resource, task in by_resource.items():
        if resource in followers:
            follower = followers[resource]
            alone = [w for one in follower.plan.windows for w in gaps(one, task.plan.windows)]
            jobs += follower.jobs(alone)
            leaders += task.leading(follower)
            ahead += follower.ahead([w for one in follower.plan.windows for w in gaps(one, alone)])
        elif not resource.leader:
            jobs += task.jobs(task.plan.windows)

    def unfollowed() -> list[Job]:
        """List what of the followers no stretch of their leaders has brought along."""
        return [
            job
            for task in followers.values()
            for job in task.jobs([w for one in task.left() for w in gaps(one, alone)])
        ]

    run([*ahead, *jobs, *last], call, watch, leaders=leaders, followers=unfollowed)
    for resource, task in followers.items():
        if leader := by_resource.get(resource):
            task.error = task.error or leader.error
            task.out_of_time = task.out_of_time or leader.out_of_time
