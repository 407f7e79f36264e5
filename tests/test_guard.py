"""The guard around the tests works: what it forbids cannot happen unnoticed."""

from __future__ import annotations

import os
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from . import conftest
from .conftest import _REAL_HOME, Trespass, pytest_xdist_auto_num_workers
from .support.commands import REPOSITORY


def test_the_real_home_cannot_be_written() -> None:
    """Opening, making or connecting to anything in the real home raises."""
    with pytest.raises(Trespass):
        (_REAL_HOME / "tokens.json").open("w")
    with pytest.raises(Trespass):
        _REAL_HOME.mkdir()
    with pytest.raises(Trespass):
        sqlite3.connect(_REAL_HOME / "whoop.db")


def test_the_network_cannot_be_reached() -> None:
    """A connection or look-up beyond loopback raises."""
    with socket.socket() as plain, pytest.raises(Trespass):
        plain.connect(("192.0.2.1", 443))
    with pytest.raises(Trespass):
        socket.create_connection(("api.prod.whoop.com", 443))


def test_a_test_has_a_home_of_its_own() -> None:
    """What looks for the home finds a temporary one, and no WHOOP setting."""
    assert not str(Path.home()).startswith(str(_REAL_HOME.parent))
    assert not [name for name in os.environ if name.startswith("WHOOP_")]


@pytest.mark.skipif(os.name == "nt", reason="there are no such signals")
def test_the_suite_can_be_interrupted_in_the_background() -> None:
    """Where a shell has made it deaf to Ctrl-C, the processes that tests start still hear it."""
    program = """
import signal, subprocess, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGHUP, signal.SIG_IGN)
from tests import conftest
sleeping = [sys.executable, "-c", "import time; print(flush=True); time.sleep(60)"]
for number in (signal.SIGINT, signal.SIGHUP):
    process = subprocess.Popen(sleeping, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    process.stdout.readline()
    process.send_signal(number)
    assert process.wait(60) == -number
"""
    subprocess.run([sys.executable, "-c", program], cwd=REPOSITORY, check=True, timeout=60)


UNTIDY = """
import subprocess, sys, tempfile
from tests.support import leftovers
from tests.test_guard import test_a_test_has_a_home_of_its_own
from tests.test_guard import test_the_network_cannot_be_reached
from tests.test_guard import test_the_real_home_cannot_be_written
leftovers.PATIENCE = 0.1
reading = [sys.executable, "-c", "import sys; sys.stdin.read()"]

def test_leaves_a_process_and_a_file():
    test_leaves_a_process_and_a_file.process = subprocess.Popen(reading, stdin=subprocess.PIPE)
    tempfile.mkstemp(suffix="-lies-there")
"""


@pytest.mark.parametrize(("cores", "workers"), [(1, 0), (2, 2), (8, 8), (64, 8)])
def test_the_suite_takes_the_cores_that_it_may(
    monkeypatch: pytest.MonkeyPatch, cores: int, workers: int
) -> None:
    """With `-n auto` one core runs the tests without workers, no machine more than eight."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(cores)), raising=False)
    assert pytest_xdist_auto_num_workers() == workers


@pytest.mark.skipif(not hasattr(os, "ST_NOEXEC"), reason="Linux has such a folder")
@pytest.mark.parametrize(
    ("pages", "flag", "used"),
    [(1 << 18, 0, True), ((1 << 18) - 1, 0, False), (1 << 20, getattr(os, "ST_NOEXEC", 0), False)],
)
def test_memory_is_used_where_it_has_room_and_runs_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pages: int, flag: int, used: bool
) -> None:
    """What is temporary goes there with a gigabyte to spare, and else to where it always goes."""
    about = SimpleNamespace(f_bavail=pages, f_frsize=4096, f_flag=flag)
    with monkeypatch.context() as patch:
        patch.setattr(conftest, "_MEMORY", str(tmp_path))
        patch.setattr(os, "statvfs", lambda place: about)
        assert (conftest._root() == str(tmp_path)) is used
        patch.setattr(conftest, "_MEMORY", str(tmp_path / "nowhere"))
        assert conftest._root() == conftest._TEMPORARY


@pytest.mark.posix
@pytest.mark.slow
def test_the_guard_holds_in_each_worker(tmp_path: Path) -> None:
    """Where several processes share the tests, each is kept from home and network, and a process or
    a file that its tests leave behind is an error; afterwards nothing is there."""
    (tmp_path / "test_untidy.py").write_text(UNTIDY)
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n    posix\n    slow\n")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    command = "-m pytest -p tests.conftest -p no:cacheprovider --tx 2*popen --dist each -q"
    done = subprocess.run(
        [sys.executable, *command.split(), "-m", "not slow", "test_untidy.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "8 passed, 2 errors" in done.stdout, done.stdout + done.stderr
    errors = done.stdout.split("= ERRORS =")[1]
    assert errors.count("left behind:") >= 2 and errors.count("-lies-there") >= 2
    assert errors.count("sys.stdin.read()") >= 2
    assert not list(temporary.iterdir())
