"""Several jobs at once, watched by the thread that wants them done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from ..call import Call
from ..errors import SyncError

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
