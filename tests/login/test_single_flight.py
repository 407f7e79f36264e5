"""Work that several threads wait for."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from whoop_mcp.call import Call, Stopped
from whoop_mcp.login.single_flight import NoThread, SingleFlight

from ..support.peers import attempts, stand_still, stop


def test_all_who_ask_meanwhile_get_one_outcome() -> None:
    """While work is under way nobody starts it again; its answer and its error reach everybody."""
    errand: SingleFlight[int] = SingleFlight()
    go, runs, answers = threading.Event(), [], []

    def work(call: Call) -> int:
        runs.append(1)
        go.wait()
        return len(runs)

    threads = [
        threading.Thread(target=lambda: answers.append(errand.outcome(work, 5))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    while not runs:
        pass
    go.set()
    for thread in threads:
        thread.join()
    assert set(answers) <= set(range(1, len(runs) + 1))
    with pytest.raises(ZeroDivisionError):
        errand.outcome(lambda call: 1 // 0, 5)


@pytest.mark.parametrize("problem", [RuntimeError("can't start new thread"), MemoryError()])
def test_a_thread_that_cannot_be_had_is_an_answer(
    monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    """Where no thread can be begun that is said, nobody waits for the work, and the next works."""
    errand: SingleFlight[int] = SingleFlight()

    def fail(thread: threading.Thread) -> None:
        raise problem

    with monkeypatch.context() as full:
        full.setattr(threading.Thread, "start", fail)
        with pytest.raises(NoThread):
            errand.outcome(lambda call: 1, 5)
    assert errand.outcome(lambda call: 2, 5) == 2
    assert errand.close(0)


def test_closing_ends_waits_and_begins_nothing_more() -> None:
    """Closed, a wait inside the work ends, and no work is begun."""
    errand: SingleFlight[None] = SingleFlight()
    begun, problems = threading.Event(), []

    def work(call: Call) -> None:
        begun.set()
        call.wait(60)

    def ask() -> None:
        try:
            errand.outcome(work, 60)
        except Stopped as stopped:
            problems.append(stopped)

    thread = threading.Thread(target=ask)
    thread.start()
    begun.wait()
    assert errand.close(10)
    thread.join()
    assert problems
    with pytest.raises(Stopped):
        errand.outcome(work, 1)


@pytest.mark.posix
def test_a_process_that_is_told_to_end_ends_after_the_work(tmp_path: Path) -> None:
    """Ctrl-C in the midst of the work: the work is finished before the process is gone."""
    program = """
import os, pathlib, signal, sys, time
from whoop_mcp.login.single_flight import SingleFlight
def work(call):
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(0.2)
    pathlib.Path(sys.argv[1]).write_text("finished")
SingleFlight().outcome(work, 5)
"""
    done = tmp_path / "done"
    ended = subprocess.run(
        [sys.executable, "-c", program, str(done)], capture_output=True, check=False
    )
    assert b"KeyboardInterrupt" in ended.stderr
    assert done.read_text() == "finished"


CLOSING = """
import sys, threading, time
from whoop_mcp.login.single_flight import SingleFlight
errand, begun = SingleFlight(), threading.Event()
def work(call):
    begun.set()
    sys.stdin.readline()
threading.Thread(target=errand.outcome, args=(work, 60)).start()
begun.wait()
print(time.monotonic(), flush=True)
print(errand.close(1.0), flush=True)
"""


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows cannot stop a process so")
def test_time_in_which_the_process_was_stopped_is_not_counted() -> None:
    """Stopped while it waits for the work to end and woken much later, a process waits on: the
    work stood still as well."""
    for _ in attempts():
        with subprocess.Popen(
            [sys.executable, "-c", CLOSING],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as process:
            assert process.stdout is not None
            began = float(process.stdout.readline())
            in_time = stop(process) < began + 1
            stand_still(1.1)
            process.send_signal(signal.SIGCONT)
            said, _ = process.communicate("done\n", timeout=60)
        if in_time:
            break
    assert said == "True\n"
