"""Several jobs at once, watched by the thread that wants them done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from .call import Call
from .errors import SyncError

CONNECTIONS = 10
"""How many requests may be under way at once."""


def run(
    jobs: Iterable[Callable[[], None]], call: Call, watch: Callable[[], None] = lambda: None
) -> None:
    """Run the jobs in their order, a few at a time, until all are done.

    `watch` is called a few times a second. When the caller goes away, or a job raises, the rest
    is stopped at its next check and the exception raised once all of them are at rest.
    """
    with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="whoop") as pool:
        pending: set[Future[None]] = set()
        try:
            for job in jobs:
                pending.add(_submitted(pool, job))
            while pending:
                done, pending = wait(pending, timeout=0.2)
                for future in done:
                    future.result()
                watch()
                call.still_wanted()
        except BaseException:
            call.stop()
            for future in pending:
                future.cancel()
            raise


def _submitted(pool: ThreadPoolExecutor, job: Callable[[], None]) -> Future[None]:
    try:
        return pool.submit(job)
    except RuntimeError as problem:
        raise SyncError(
            "WHOOP could not be asked: there is no room for more threads.",
            hint="Close some programs, then try again.",
        ) from problem
