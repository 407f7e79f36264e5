"""Deadlines, stops and cancellations."""

from __future__ import annotations

import threading
import time

import pytest

from whoop_mcp.call import Call, OutOfTime, Stopped


def test_without_a_deadline_there_is_always_time() -> None:
    """A call that was given no seconds never runs out of them."""
    call = Call()
    call.check()
    assert call.left() == float("inf")


def test_a_wait_beyond_the_deadline_ends_at_it() -> None:
    """Whoever waits longer than the call may take is told so when its time is up: this test would
    take an hour otherwise."""
    with pytest.raises(OutOfTime):
        Call(0.05).wait(3600)


def test_a_wait_within_the_deadline_is_a_wait() -> None:
    """A wait that fits takes its time and raises nothing."""
    began = time.monotonic()
    Call(10).wait(0.03)
    assert round(time.monotonic() - began, 3) >= 0.03


def test_a_stopped_call_wakes_its_waiters() -> None:
    """`stop` ends a wait in another thread at once."""
    call, ended = Call(), threading.Event()

    def waiter() -> None:
        try:
            call.wait(60)
        except Stopped:
            ended.set()

    thread = threading.Thread(target=waiter)
    thread.start()
    call.stop()
    thread.join(60)
    assert ended.is_set()


def test_the_caller_is_asked_in_its_own_thread_only() -> None:
    """`cancelled` is called where the call was made, since elsewhere it would mean nothing."""

    class Gone(Exception):
        pass

    def cancelled() -> None:
        raise Gone

    call = Call(cancelled=cancelled)
    with pytest.raises(Gone):
        call.check()
    thread = threading.Thread(target=call.check)
    thread.start()
    thread.join()


def test_a_stop_goes_before_a_deadline() -> None:
    """A call that is no longer wanted says that, not that it is late."""
    call = Call(-1)
    with pytest.raises(OutOfTime):
        call.check()
    call.stop()
    with pytest.raises(Stopped):
        call.check()
