"""Have the jobs of a call done by threads, a few at a time."""

from __future__ import annotations

import contextvars
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from functools import partial
from queue import SimpleQueue

from ..call import Call
from ..errors import SyncError
from .gate import PATIENCE, Gate

CONNECTIONS = 20
"""How many requests may be under way at once."""

_LOOK = 0.2  # seconds between two looks at how the jobs do

Job = Callable[[], None]
Beside = Callable[[Job], None]
"""Has a job done: by another thread where threads work side by side, else at once."""
Leader = Callable[[Beside], None]


def run(
    jobs: Iterable[Job],
    call: Call,
    watch: Callable[[], None] = lambda: None,
    *,
    leaders: Iterable[Leader] = (),
    followers: Callable[[], Iterable[Job]] = lambda: (),
) -> None:
    """Run the leaders and the jobs in their order, a few at a time, until all are done.

    A leader may have jobs done beside it. As soon as the leaders and these are done, `followers`
    says what else is to be run because of them. `watch` is called a few times a second. When the
    caller goes away, or a job raises, the rest is stopped at its next check and the exception
    raised once all of them are at rest.
    """
    leaders, jobs = [*leaders], [*jobs]
    if len(leaders) + len(jobs) < 2:  # no threads for a single question
        alone: list[Job] = [*(partial(leader, here) for leader in leaders), *jobs]
        for job in alone:
            job()
            watch()
        if after := [*followers()]:
            run(after, call, watch)
        return
    gate = Gate(call)
    added: SimpleQueue[Future[None]] = SimpleQueue()

    def beside(job: Job) -> None:
        if not gate.is_open:
            job()
            return
        try:
            added.put(_submitted(pool, gate, job))
        except SyncError:
            call.still_wanted()  # else it ends as stopped, and not for want of threads
            raise

    with ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="whoop") as pool:
        pending: set[Future[None]] = set()
        try:
            for leader in leaders:
                pending.add(_submitted(pool, gate, partial(leader, beside)))
            leading = set(pending)
            for job in jobs:
                pending.add(_submitted(pool, gate, job))
            _finish(leading, pending, added, call, gate, watch)
            for job in followers():
                pending.add(_submitted(pool, gate, job))
            _finish(pending, pending, added, call, gate, watch)
        except BaseException:
            call.stop()
            gate.open()
            for future in pending:
                future.cancel()
            raise


def _finish(
    wanted: set[Future[None]],
    pending: set[Future[None]],
    added: SimpleQueue[Future[None]],
    call: Call,
    gate: Gate,
    watch: Callable[[], None],
) -> None:
    """Wait for those that are wanted and those that they have added, and raise what any of them all
    raises meanwhile."""
    looked, pause = time.monotonic(), PATIENCE
    while wanted:
        wanted = wait(wanted, timeout=_LOOK if gate.is_open else pause).not_done
        pause = min(pause * 1.5, _LOOK)  # the longer answers come at once, the longer they may
        while not added.empty():  # all that those who are done have added, as they did so before
            pending.add(one := added.get())
            wanted.add(one)
        gate.look()
        if wanted and time.monotonic() - looked < _LOOK:
            continue
        looked = time.monotonic()
        for future in pending:
            if future.done():
                future.result()
        watch()
        call.still_wanted()


def here(job: Job) -> None:
    """Do a job at once, in this thread."""
    job()


def _submitted(pool: ThreadPoolExecutor, gate: Gate, job: Job) -> Future[None]:
    try:
        # Whoever listens to what one call logs is known by the context that the call runs in.
        return pool.submit(contextvars.copy_context().run, gate.through, job)
    except RuntimeError as problem:
        raise SyncError(
            "WHOOP could not be asked: there is no room for more threads.",
            hint="Close some programs, then try again.",
        ) from problem
