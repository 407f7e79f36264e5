"""One resource's share of a call to WHOOP: what it reads, and how far it came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from ..call import Call, OutOfTime
from ..errors import WhoopError
from ..intervals import Window, common
from ..whoop import fields
from ..whoop.answers import Forbidden
from ..whoop.fields import Raw
from ..whoop.resources import CURRENT, PROFILE, RECOVERIES, Resource
from . import abreast, plan
from .abreast import Job
from .fetch import Reader
from .inquiry import Tally
from .mirror import Mirror


@dataclass
class Lane:
    """Jobs of one resource; the first that fails ends the others."""

    reader: Reader
    windows: list[Window] = field(default_factory=list)  # to be known at the end
    error: WhoopError | None = None
    out_of_time: bool = False

    def attempt(self, job: Job) -> None:
        """Do a job, unless one before it failed; keep its failure for the report."""
        if self.error is not None or self.out_of_time:
            return
        try:
            job()
        except OutOfTime:
            self.out_of_time = True
        except WhoopError as problem:
            self.error = problem

    def jobs(
        self, windows: list[Window], after: Callable[[Window], None] = lambda stretch: None
    ) -> list[Job]:
        """Read windows, newest first, cut into parts where that is faster.

        `after` is called with each stretch that becomes known of a window that was not cut.
        """
        jobs: list[Job] = []
        for window in reversed(windows):
            parts = plan.pieces(self.reader.resource, window)
            read = partial(self.reader.read, after=after) if len(parts) == 1 else self.reader.read
            jobs += [partial(self.attempt, partial(read, part)) for part in parts]
        return jobs

    def inherit(self, leader: Lane) -> None:
        """Where the lane that this one follows failed, this one is not whole either."""
        self.error = self.error or leader.error
        self.out_of_time = self.out_of_time or leader.out_of_time

    def follow(self, stretch: Window) -> None:
        """Read what of this lane's windows a stretch of another lane shares."""
        for window in self.windows:
            shared = common(window, stretch)
            if shared:
                self.attempt(partial(self.reader.read, shared))


def confirm_snapshot(mirror: Mirror, reader: Reader, call: Call) -> None:
    """Read the profile or the body measurement.

    A body measurement does not say whose it is: until the user is known, the profile goes first.
    """
    if reader.resource is not PROFILE and mirror.user() is None:
        try:
            confirm_snapshot(mirror, Reader(mirror.cache, mirror.api, PROFILE, call), call)
        except Forbidden:  # the records say whose they are, as well
            user = reader.inquiry.whose()
            if user is None:
                raise
            mirror.learned_user(user)
            mirror.cache.check_owner(user)

    def learn(raw: Raw) -> None:
        # Before it is stored: another user's cache does not take it, and has to refuse them from
        # now on.
        user = fields.user(raw)
        if reader.resource is PROFILE and user is not None:
            mirror.learned_user(user)

    reader.confirm([CURRENT], learn)


def cover(
    mirror: Mirror, wanted: Mapping[Resource, list[Window]], call: Call
) -> tuple[list[WhoopError], list[str]]:
    """Read windows of some resources; answers what went wrong, and what has to be warned of.

    Recoveries take their times from their sleeps, so those are read first.
    """
    tally = Tally()
    lanes = [
        Lane(Reader(mirror.cache, mirror.api, resource, call, tally), windows)
        for resource, windows in wanted.items()
    ]
    for turn in (False, True):
        jobs = [
            job
            for lane in lanes
            if (lane.reader.resource is RECOVERIES) is turn
            for job in lane.jobs(lane.windows)
        ]
        if len(jobs) == 1:
            jobs[0]()  # no threads for a single question
        else:
            abreast.run(jobs, call)
    errors = [lane.error or OutOfTime() for lane in lanes if lane.error or lane.out_of_time]
    return errors, tally.warnings
