"""How many jobs work beside each other."""

from __future__ import annotations

import threading
import time
from contextlib import nullcontext
from pathlib import Path

import pytest

from whoop_mcp.call import Call, Stopped
from whoop_mcp.simulator.http_server import Request
from whoop_mcp.sync import gate, workers
from whoop_mcp.sync.gate import PATIENCE, Gate

from ..support.mirrored_accounts import mirrored_account


class Jobs:
    """Jobs that note in what order they work, and how many at once."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.order: list[int] = []
        self.running = self.most = 0

    def job(self, number: int) -> None:
        with self.lock:
            self.order.append(number)
            self.running += 1
            self.most = max(self.most, self.running)
        time.sleep(0.001)
        with self.lock:
            self.running -= 1


def test_jobs_work_one_after_the_other_where_nothing_is_waited_for() -> None:
    """In their order, also where they work for longer than an answer may be waited for."""
    jobs = Jobs()
    given = [lambda number=number: jobs.job(number) for number in range(3 * workers.CONNECTIONS)]
    workers.run(given, Call())
    assert jobs.most == 1
    assert jobs.order == [*range(3 * workers.CONNECTIONS)]


def test_an_answer_that_takes_its_time_lets_the_others_in() -> None:
    """A job that waits for its answer is not alone for long."""
    call, others = Call(), threading.Semaphore(0)

    def wait() -> None:
        with call.asking():
            for _ in range(3):
                assert others.acquire(timeout=60)

    workers.run([wait, *[others.release] * 3], call)


@pytest.mark.parametrize("waits", [False, True])
def test_the_gate_opens_for_a_wait_alone(waits: bool) -> None:
    """However long a job works, who looks opens the gate only where an answer is waited for."""
    call = Call()
    one = Gate(call)
    with call.asking() if waits else nullcontext():
        time.sleep(PATIENCE)
        one.look()
    assert one.is_open is waits


def test_many_short_waits_open_it_as_a_long_one_does() -> None:
    """What is waited for each time is waited for by all, be it less than one job may wait."""
    call = Call()
    one = Gate(call)
    for _ in range(20):
        with call.asking():
            time.sleep(0.005)
    assert call.waited() == 0
    one.look()
    assert one.is_open


def test_the_longest_wait_counts() -> None:
    """Of many that wait the first is told of, and none once all are answered."""
    call, asks, answered = Call(), threading.Barrier(2), threading.Event()

    def other() -> None:
        with call.asking():
            asks.wait(60)
            answered.wait(60)

    thread = threading.Thread(target=other)
    thread.start()
    asks.wait(60)
    time.sleep(0.01)
    with call.asking():
        assert call.waited() >= 0.01
    assert call.waited() >= 0.01
    answered.set()
    thread.join()
    assert call.waited() == 0


def test_a_job_that_fails_keeps_no_other_waiting() -> None:
    """Those that were not let in yet end with it."""

    def failing() -> None:
        raise LookupError("this one")

    call, done = Call(), list[int]()
    with pytest.raises((LookupError, Stopped)):
        workers.run([failing, *[lambda: call.check() or done.append(1)] * 5], call)
    assert not [one for one in threading.enumerate() if one.name.startswith("whoop")]


def test_a_sync_of_quick_answers_asks_one_list_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where WHOOP answers at once, one list is read after the other; and all of it comes."""
    monkeypatch.setattr(gate, "PATIENCE", 3600.0)  # however busy the machine is
    monkeypatch.setattr(gate, "_OFTEN", 3600.0)
    with mirrored_account(tmp_path, days=200) as one:
        lists: list[str] = []

        def note(request: Request) -> None:
            lists.append(request.path)

        one.simulator.before = note
        one.sync(full=True)
        one.assert_exact()
        cycles = [place for place, path in enumerate(lists) if path.endswith("/cycle")]
        workouts = [place for place, path in enumerate(lists) if path.endswith("/workout")]
        assert max(cycles) < min(workouts) or max(workouts) < min(cycles)
