"""When the cache's file is opened, and what is never done with what is open."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.cache import database
from whoop_mcp.cache.cache import Cache
from whoop_mcp.errors import CacheEmpty, CacheError
from whoop_mcp.reads import sql
from whoop_mcp.whoop.resources import CYCLES

from ..support import samples
from ..support.samples import Shelf

ROOT = Path(__file__).parents[2]


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    """A cache that exists and has a note."""
    made = Cache(tmp_path / "whoop.db")
    made.remember("a", "b")
    return made


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[sqlite3.Connection]:
    """Every connection that is made from now on."""
    connect, made = sqlite3.connect, []

    def noting(*given: Any, **options: Any) -> sqlite3.Connection:
        made.append(connect(*given, **options))
        return made[-1]

    monkeypatch.setattr(database.sqlite3, "connect", noting)
    return made


def test_each_act_opens_the_file(cache: Cache, opened: list[sqlite3.Connection]) -> None:
    """Without more ado nothing stays open: after each act the file is alone, its log in it."""
    for _ in range(3):
        cache.remember("a", "c")
        assert list(cache.path.parent.glob("whoop.db*")) == [cache.path]
    assert len(opened) == 3


def test_held_it_is_opened_once(cache: Cache, opened: list[sqlite3.Connection]) -> None:
    """While it is held, by whomever, acts follow each other on one connection; then it closes."""
    with cache.held():
        with cache.held():
            assert cache.recall("a") == "b"
            cache.remember("a", "c")
        assert cache.recall("a") == "c"
    assert len(opened) == 1
    assert list(cache.path.parent.glob("whoop.db*")) == [cache.path]


def test_threads_have_one_each(cache: Cache) -> None:
    """Threads that act at once while it is held do not meet on one connection."""
    wrong: list[object] = []

    def act(number: int) -> None:
        for _ in range(20):
            cache.remember(f"key {number}", str(number))
            if cache.recall(f"key {number}") != str(number):
                wrong.append(number)

    with cache.held():
        threads = [threading.Thread(target=act, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_a_failed_one_is_not_used_again(cache: Cache, opened: list[sqlite3.Connection]) -> None:
    """What an act left when it raised is closed with its connection."""
    with cache.held():
        with pytest.raises(CacheEmpty):
            cache.require_content()
        with pytest.raises(LookupError), cache.database.writing() as connection:
            database.set_meta(connection, "a", "c")
            raise LookupError
        assert cache.recall("a") == "b"
    assert len(opened) == 3


def test_a_query_leaves_nothing_behind(tmp_path: Path) -> None:
    """The connection that was made harmless for a query is nobody else's."""
    shelf = Shelf(tmp_path / "whoop.db")
    shelf.save(CYCLES, samples.cycle())
    with shelf.cache.held():
        assert sql.run(shelf.cache, "SELECT id FROM cycles")["rows"] == [[1]]
        shelf.cache.remember("a", "b")
        assert shelf.cache.recall("a") == "b"


def test_another_file_in_its_place_is_opened(cache: Cache) -> None:
    """A file that replaces the held one is read and written from the next act on."""
    other = Cache(cache.path.with_name("other.db"))
    other.remember("a", "the other's")
    with cache.held():
        assert cache.recall("a") == "b"
        other.path.replace(cache.path)
        assert cache.recall("a") == "the other's"
        cache.remember("b", "new")
    with closing(sqlite3.connect(cache.path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert (cache.recall("a"), cache.recall("b")) == ("the other's", "new")


def test_whose_it_is_is_asked_each_time(tmp_path: Path) -> None:
    """A login as another user is refused also by what is open already."""
    users = [samples.USER]
    cache = Cache(tmp_path / "whoop.db", user=lambda: users[-1])
    with cache.held():
        cache.remember("user_id", str(samples.USER))
        users.append(samples.USER + 1)
        with pytest.raises(CacheError):
            cache.recall("a")


FORK = """
import os, sys
from pathlib import Path
from whoop_mcp.cache import Cache
cache = Cache(Path(sys.argv[1]))
with cache.held():
    cache.remember("parent", "1")
    child = os.fork()
    if not child:
        cache.remember("child", "2")
        os._exit(0 if cache.recall("parent") == "1" else 1)
    assert os.waitpid(child, 0)[1] == 0
    print(cache.recall("child"))
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_opens_its_own(cache: Cache) -> None:
    """A process made by fork neither uses nor closes what its parent has open."""
    command = [sys.executable, "-W", "error", "-c", FORK, str(cache.path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "2", "")
