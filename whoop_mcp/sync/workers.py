"""One resource's share of a call to WHOOP: what it reads, and how far it came."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import partial

from ..call import Call, OutOfTime
from ..errors import SyncError, WhoopError
from ..times import Window, common
from ..whoop import fields
from ..whoop.answers import Forbidden
from ..whoop.fields import Raw
from ..whoop.resources import CURRENT, PROFILE, RECOVERIES, Resource
from . import plan
from .fetch import Reader
from .inquiry import Tally
from .mirror import Mirror

# ── jobs at once, watched by the thread that wants them ──

CONNECTIONS = 10
"""How many requests may be under way at once."""

Job = Callable[[], None]


def run(
    jobs: Iterable[Job],
    call: Call,
    watch: Callable[[], None] = lambda: None,
    *,
    leaders: Iterable[Job] = (),
    followers: Callable[[], Iterable[Job]] = lambda: (),
) -> None:
    """Run the leaders and the jobs in their order, a few at a time, until all are done.

    As soon as the leaders are done, `followers` says what is to be run because of them. `watch`
    is called a few times a second. When the caller goes away, or a job raises, the rest is
    stopped at its next check and the exception raised once all of them are at rest.
    """
    with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="whoop") as pool:
        pending: set[Future[None]] = set()
        try:
            for job in leaders:
                pending.add(_submitted(pool, job))
            leading = set(pending)
            for job in jobs:
                pending.add(_submitted(pool, job))
            _finish(leading, pending, call, watch)
            for job in followers():
                pending.add(_submitted(pool, job))
            _finish(pending, pending, call, watch)
        except BaseException:
            call.stop()
            for future in pending:
                future.cancel()
            raise


def _finish(
    wanted: set[Future[None]], pending: set[Future[None]], call: Call, watch: Callable[[], None]
) -> None:
    """Wait for those that are wanted, and raise what any of them all raises meanwhile."""
    while wanted:
        wanted = wait(wanted, timeout=0.2).not_done
        for future in pending:
            if future.done():
                future.result()
        watch()
        call.still_wanted()


def _submitted(pool: ThreadPoolExecutor, job: Job) -> Future[None]:
    try:
        return pool.submit(job)
    except RuntimeError as problem:
        raise SyncError(
            "WHOOP could not be asked: there is no room for more threads.",
            hint="Close some programs, then try again.",
        ) from problem


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
            run(jobs, call)
    errors = [lane.error or OutOfTime() for lane in lanes if lane.error or lane.out_of_time]
    return errors, tally.warnings
