"""Jobs side by side."""

from __future__ import annotations

import threading
import time
from contextvars import ContextVar
from functools import partial

import pytest

from whoop_mcp.call import Call, Stopped
from whoop_mcp.login import single_flight
from whoop_mcp.sync import workers


def test_all_jobs_are_done() -> None:
    """Every job runs once, however many there are, and no thread is left."""
    done: list[int] = []
    workers.run([partial(done.append, number) for number in range(50)], Call())
    assert sorted(done) == list(range(50))
    assert not [one for one in threading.enumerate() if one.name.startswith("whoop")]


def test_jobs_run_in_the_context_of_the_call() -> None:
    """What is so for the call alone, such as who hears its log, is so in its threads, too."""
    caller: ContextVar[str] = ContextVar("caller", default="nobody")
    heard: list[str] = []
    token = caller.set("this call")
    try:
        workers.run([lambda: heard.append(caller.get())] * 3, Call())
        single_flight.start(lambda: heard.append(caller.get())).join()
    finally:
        caller.reset(token)
    assert heard == ["this call"] * 4


def test_no_jobs() -> None:
    """With nothing to do it is done."""
    workers.run([], Call())


def test_jobs_run_side_by_side_and_only_so_many() -> None:
    """As many jobs as there are connections run at once, and never one more."""
    call, lock, running, most = Call(), threading.Lock(), 0, 0
    together = threading.Barrier(workers.CONNECTIONS)

    def job() -> None:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        with call.asking():
            together.wait(60)
        with lock:
            running -= 1

    workers.run([job] * (3 * workers.CONNECTIONS), call)
    assert most == workers.CONNECTIONS


def test_a_failure_ends_the_rest() -> None:
    """A job's exception comes out, the jobs under way are stopped."""
    call, begun = Call(), threading.Event()
    stopped: list[str] = []

    def slow() -> None:
        begun.set()
        try:
            with call.asking():
                call.wait(60)
        except Stopped:
            stopped.append("slow")
            raise

    def failing() -> None:
        begun.wait(60)
        raise LookupError("this one")

    jobs = [slow, *[failing] * workers.CONNECTIONS]
    with pytest.raises(LookupError, match="this one"):
        workers.run(jobs, call)
    assert stopped == ["slow"]


def test_the_caller_may_leave() -> None:
    """When the caller is gone, what runs is stopped, and its own exception comes out."""

    class Gone(Exception):
        pass

    asked = 0

    def cancelled() -> None:
        nonlocal asked
        asked += 1
        if asked > 1:
            raise Gone

    call = Call(cancelled=cancelled)
    call.check()
    with pytest.raises(Gone):
        workers.run([partial(call.wait, 60)], call)


def test_somebody_watches() -> None:
    """`watch` is called in the caller's thread while jobs are under way."""
    seen: list[int] = []
    workers.run([lambda: None], Call(), lambda: seen.append(threading.get_ident()))
    assert set(seen) == {threading.get_ident()}


def test_followers_wait_for_the_leaders_alone() -> None:
    """What is to follow runs once every leader is done, also while other jobs still run."""
    call, order = Call(), list[str]()
    followed = threading.Event()

    def follow() -> None:
        order.append("follower")
        followed.set()

    def other() -> None:
        with call.asking():
            order.append("other" if followed.wait(60) else "late")

    workers.run(
        [other],
        call,
        leaders=[lambda beside: order.append("leader")] * 3,
        followers=lambda: [follow],
    )
    assert order == ["leader"] * 3 + ["follower", "other"]


def test_a_failure_elsewhere_does_not_wait_for_the_leaders() -> None:
    """A job that raises stops the leaders too, and nothing follows them."""
    call = Call()
    asked: list[str] = []

    def failing() -> None:
        raise LookupError("this one")

    def leading(beside: workers.Beside) -> None:
        with call.asking():
            call.wait(60)

    def followers() -> list[workers.Job]:
        asked.append("followers")
        return []

    with pytest.raises(LookupError, match="this one"):
        workers.run([failing], call, leaders=[leading], followers=followers)
    assert asked == []


def test_what_a_leader_has_done_beside_it_is_awaited() -> None:
    """Where answers are waited for it is done by another thread, and before anything follows."""
    call, order = Call(), list[str]()
    begun, led = threading.Event(), threading.Event()

    def beside_it() -> None:
        begun.set()
        assert led.wait(60)
        order.append("beside")

    def leading(beside: workers.Beside) -> None:
        with call.asking():  # the others are let in, which is when threads work side by side
            assert let_in.wait(60)
        beside(beside_it)
        assert begun.wait(60)
        order.append("leader")
        led.set()

    let_in = threading.Event()
    follow = partial(order.append, "follower")
    workers.run([let_in.set], call, leaders=[leading], followers=lambda: [follow])
    assert order == ["leader", "beside", "follower"]


def test_what_fails_beside_a_leader_fails() -> None:
    """Its exception comes out, whichever thread it was done by."""
    call, let_in = Call(), threading.Event()

    def failing() -> None:
        raise LookupError("this one")

    def leading(beside: workers.Beside) -> None:
        with call.asking():
            assert let_in.wait(60)
        beside(failing)

    with pytest.raises(LookupError, match="this one"):
        workers.run([let_in.set], call, leaders=[leading])
    with pytest.raises(LookupError, match="this one"):
        workers.run([lambda: None], Call(), leaders=[lambda beside: beside(failing)])


def test_a_leader_that_is_stopped_lacks_no_threads() -> None:
    """What it would have done beside it once the rest has failed ends it as stopped."""
    call, let_in, ends = Call(), threading.Event(), list[BaseException]()

    def leading(beside: workers.Beside) -> None:
        with call.asking():
            assert let_in.wait(60)
        while not call._stopped.is_set():
            time.sleep(0.001)
        time.sleep(0.05)  # the pool takes no more jobs
        try:
            beside(lambda: None)
        except BaseException as problem:
            ends.append(problem)
            raise

    def failing() -> None:
        let_in.set()
        raise LookupError("this one")

    with pytest.raises(LookupError, match="this one"):
        workers.run([failing], call, leaders=[leading])
    assert [type(one) for one in ends] in ([Stopped], [])
