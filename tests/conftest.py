"""What holds for every test: no network but loopback, nothing in the real home, nothing left."""

from __future__ import annotations

import atexit
import gc
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from .support import answers, leftovers

_REAL_HOME = Path(os.path.expanduser("~")) / ".whoop-mcp-server"  # noqa: PTH111 - before HOME moves
_REAL_APPS = tuple(os.environ[name] for name in ("APPDATA", "LOCALAPPDATA") if name in os.environ)
_TEMPORARY = tempfile.gettempdir()  # which on Windows lies among the latter
_MEMORY = "/dev/shm"
_ROOM = 1 << 30  # bytes: what the suite has at once is far less, but others may want some as well
_FILES = frozenset(
    ("open", "os.mkdir", "os.remove", "os.rename", "os.chmod", "sqlite3.connect", "os.listdir")
)
_LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0", "::")


class Trespass(RuntimeError):
    """A test reached for the network or for the real home."""


def _guard(event: str, details: tuple[Any, ...], files: frozenset[str] = _FILES) -> None:
    if event in files and details and isinstance(details[0], (str, bytes, os.PathLike)):
        path = os.fsdecode(details[0])
        if path.startswith(str(_REAL_HOME)):
            raise Trespass(f"{event} in the real home")
        if _REAL_APPS and path.startswith(_REAL_APPS) and not path.startswith(_TEMPORARY):
            raise Trespass(f"{event} where programs of this user keep their own")
    elif event in ("socket.connect", "socket.sendto") and isinstance(details[1], tuple):
        if not str(details[1][0]).startswith(_LOOPBACK):
            raise Trespass(f"{event} outside this computer")
    elif event == "socket.getaddrinfo" and details[0]:
        host = os.fsdecode(details[0])
        if not host.startswith(_LOOPBACK):
            raise Trespass("a look-up of a name outside this computer")


sys.addaudithook(_guard)

# A shell makes what it runs in the background deaf to these, and with it the processes that tests
# start and stop by them.
for _name in ("SIGINT", "SIGQUIT", "SIGHUP"):
    if (_number := getattr(signal, _name, None)) and signal.getsignal(_number) is signal.SIG_IGN:
        _heard = signal.default_int_handler if _name == "SIGINT" else signal.SIG_DFL
        signal.signal(_number, _heard)


# Some hundred processes would each compile the whole program anew, and each worker all tests.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The modules, the rewritten tests and the list of them are there until the end: looking through
# them for garbage again and again is a tenth of the suite's time.
gc.disable()


def pytest_configure(config: pytest.Config) -> None:
    """Try a property on a quarter of the examples where what is slow is left out, and judge none by
    the time that it takes; have a folder for what is temporary, and a mark on what is started; hold
    every answer against its tool's schema."""
    untimed = settings(deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
    settings.register_profile("whole", untimed)
    settings.register_profile("quick", untimed, max_examples=25)
    quick = "not slow" in config.option.markexpr
    settings.load_profile("quick" if quick else "whole")
    # pytest's own folders go there as well; what is slow makes whole environments in them.
    root = os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", _root() if quick else _TEMPORARY)
    within = None if leftovers.MARK in os.environ else root  # a worker's lies in its starter's
    if within == _MEMORY:
        atexit.register(_leave, root)  # after pytest's own, which is registered later
    tempfile.tempdir = os.environ["TMPDIR"] = tempfile.mkdtemp(prefix="t-", dir=within)
    Path(tempfile.tempdir).chmod(0o711)  # some tests act as nobody
    os.environ[leftovers.MARK] = str(os.getpid())
    answers.watch()


def _root() -> str:
    """Where what is temporary goes: into memory, where that has room and programs may run in it. To
    wait until a disk has what a test throws away would be a fifth of the suite's time."""
    if os.name == "nt" or not os.access(_MEMORY, os.W_OK | os.X_OK):
        return _TEMPORARY
    about = os.statvfs(_MEMORY)
    fits = about.f_bavail * about.f_frsize >= _ROOM and not about.f_flag & os.ST_NOEXEC
    return _MEMORY if fits else _TEMPORARY


def _leave(root: str) -> None:
    """Remove pytest's folder where no failed test has left anything in it."""
    for place in Path(root).glob("pytest-of-*"):
        with suppress(OSError):
            place.rmdir()


def pytest_unconfigure() -> None:
    """Remove the folder for what is temporary."""
    shutil.rmtree(tempfile.gettempdir(), ignore_errors=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Share the tests of `-n auto` among all cores, but no more than eight: each worker collects
    the whole suite anew. One core runs them as without `-n`."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(cores or 1, 8) if cores != 1 else 0


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """Search seldom for garbage, and not in what there is before the first test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)
    gc.enable()


@pytest.fixture
def _tidy() -> Iterator[None]:
    """Search for garbage as often as programs do: for a test that measures memory."""
    seldom = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*seldom)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out on Windows what it does not have."""
    if sys.platform == "win32":
        for item in items:
            if item.get_closest_marker("posix"):
                item.add_marker(pytest.mark.skip(reason="not on Windows"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(
    item: pytest.Function, nextitem: pytest.Item | None
) -> Generator[None, None, None]:
    """A module's tests have ended what they started, and removed what was temporary."""
    yield
    # On Windows a file stays for as long as anybody has it open.
    if os.name != "nt" and (nextitem is None or nextitem.path != item.path):
        item.funcargs.clear()  # what they own goes with them
        # Slow tests start uv, npm and others, which leave locks where this folder's end takes them.
        ours = "not slow" in item.config.option.markexpr
        left = leftovers.left(str(os.getpid()), Path(tempfile.gettempdir()) if ours else None)
        assert not left, "left behind:\n" + "\n".join(left)


@pytest.fixture(autouse=True)
def _a_home_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Every test, and every process it starts, has an empty home and no WHOOP settings."""
    home = tmp_path / "home-of-the-test"
    home.mkdir()
    for name in [name for name in os.environ if name.startswith("WHOOP_")]:
        monkeypatch.delenv(name)
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(home))
    for name, folder in (("APPDATA", "Roaming"), ("LOCALAPPDATA", "Local")):
        monkeypatch.setenv(name, str(home / "AppData" / folder))
    # Where clients' files are, and hints as somebody reads them who has the command on the PATH.
    for name in ("XDG_CONFIG_HOME", "CLAUDE_CONFIG_DIR", "CODEX_HOME", "COPILOT_HOME"):
        monkeypatch.delenv(name, raising=False)
    programs = os.path.dirname(sys.executable)  # noqa: PTH120 - as the path says, links not followed
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
    for name in (
        "HTTPS_PROXY",
        "https_proxy",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
    ):
        monkeypatch.delenv(name, raising=False)
    yield
