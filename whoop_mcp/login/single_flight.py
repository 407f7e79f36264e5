"""Do work once for all threads that wait for it, and to its end, whoever stops waiting."""

from __future__ import annotations

import contextvars
import math
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import Generic, TypeVar

from ..call import Call, Stopped
from ..errors import UpstreamError

T = TypeVar("T")

_INTERVAL = 0.1  # seconds between two looks whether the work is done


class NoThread(UpstreamError):
    """Signal that the system starts no further thread for this program; nothing was begun."""

    def __init__(self) -> None:
        super().__init__(
            "There is no room for another thread, so WHOOP was not asked.",
            hint="Close some programs, or raise the limit on processes; then try again.",
        )


def start(work: Callable[..., object], *given: object, daemon: bool = True) -> threading.Thread:
    """Run `work(*given)` in a thread of its own. NoThread when none can be had."""
    # Whoever listens to what one call logs is known by the context that the call runs in.
    run = contextvars.copy_context().run
    thread = threading.Thread(target=run, args=(work, *given), daemon=daemon)
    try:
        thread.start()
    except (RuntimeError, MemoryError):
        raise NoThread from None
    return thread


class SingleFlight(Generic[T]):
    """Run one piece of work at a time; whoever asks meanwhile gets the same outcome.

    The work runs in a thread of its own, not a daemon, so that no Ctrl-C, cancellation or exit
    of whoever asked can cut it short.
    """

    def __init__(self) -> None:
        self._guard = threading.RLock()  # a signal handler may come upon it in its own thread
        self._outcome: Future[T] | None = None
        self._patience = Call()
        self._closed = False

    def outcome(self, work: Callable[[Call], T], seconds: float) -> T:
        """Answer what `work` returns or raises.

        Stopped after `close`, NoThread when the work cannot be begun.

        The work's own waits go through the Call it is given, which ends after `seconds` and is
        stopped by Ctrl-C and `close`: before its point of no return, not after.
        """
        with self._guard:
            if self._outcome is None or self._outcome.done():
                if self._closed:
                    raise Stopped
                self._begin(work, seconds)
            outcome, patience = self._outcome, self._patience
            assert outcome is not None  # noqa: S101
        try:
            return outcome.result()
        except KeyboardInterrupt:
            patience.stop()
            raise

    def _begin(self, work: Callable[[Call], T], seconds: float) -> None:
        outcome: Future[T] = Future()
        self._outcome, self._patience = outcome, Call(seconds)
        try:
            start(_run, work, self._patience, outcome, daemon=False)
        except BaseException:
            if outcome.cancel():  # else it has begun, and goes on to its end
                self._outcome = None
            raise

    def close(self, timeout: float) -> bool:
        """Begin nothing any more, and wait for what is under way; False if it goes on.

        Time in which the process was stopped is not counted: the work stood still as well.
        """
        with self._guard:
            self._closed = True
            outcome = self._outcome
        self._patience.stop()
        if outcome is None:
            return True
        looks = range(max(1, math.ceil(timeout / _INTERVAL)))
        return any(wait([outcome], _INTERVAL).done for _ in looks)


def _run(work: Callable[[Call], T], patience: Call, outcome: Future[T]) -> None:
    if not outcome.set_running_or_notify_cancel():
        return
    try:
        outcome.set_result(work(patience))
    except BaseException as problem:
        outcome.set_exception(problem)
