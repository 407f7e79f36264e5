"""When the cache's file is opened, and what is never done with what is open."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.cache import database
from whoop_mcp.cache.cache import Cache
from whoop_mcp.cache.connections import Connections, Place
from whoop_mcp.errors import CacheEmpty, CacheError
from whoop_mcp.reads import sql
from whoop_mcp.whoop.resources import CYCLES

from ..support import samples
from ..support.samples import Shelf

ROOT = Path(__file__).parents[2]
_MUCH = 18_000_000  # characters, more than the log may hold


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


@pytest.fixture
def kept(cache: Cache) -> Iterator[Cache]:
    """The same, kept open as a server does, and in use already."""
    cache.keep_open()
    assert cache.recall("a") == "b"
    yield cache
    cache.close()


def run(program: str, *given: str) -> str:
    """What another process says."""
    command = [sys.executable, "-W", "error", "-c", program, *given]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def beside(cache: Cache) -> list[tuple[str, int]]:
    """The names and sizes of SQLite's own files."""
    found = cache.path.parent.glob("whoop.db-*")
    return sorted((one.name, one.stat().st_size) for one in found)


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


@pytest.mark.parametrize("way", ["held", "kept"])
def test_threads_have_one_each(cache: Cache, way: str) -> None:
    """Threads that act at once while it is held, or kept open, do not meet on one connection."""
    wrong: list[object] = []

    def act(number: int) -> None:
        for _ in range(20):
            cache.remember(f"key {number}", str(number))
            if cache.recall(f"key {number}") != str(number):
                wrong.append(number)

    if way == "kept":
        cache.keep_open()
    with cache.held() if way == "held" else closing(cache):
        threads = [threading.Thread(target=act, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert beside(cache) == []


def fill(cache: Cache, then: Callable[[], None] = lambda: None, *, shrinks: bool = False) -> None:
    """Write so much that SQLite empties its log into the file when it is committed."""
    before = cache.path.stat()
    with cache.database.writing() as connection:
        database.set_meta(connection, "a", "much" * (_MUCH // 4))
        then()
    assert (cache.path.stat().st_size > before.st_size) is not shrinks


def test_a_log_that_a_commit_empties_leaves_all_open(
    cache: Cache, opened: list[sqlite3.Connection]
) -> None:
    """What is idle is used again after a commit of our own has changed the file, and sees it."""
    with cache.held():
        with cache.database.reading(), cache.database.reading():
            pass
        fill(cache)
        with cache.database.reading() as one, cache.database.reading() as other:
            for connection in (one, other):
                assert len(database.meta(connection, "a") or "") == _MUCH
    assert len(opened) == 2
    assert beside(cache) == []


@pytest.mark.posix
def test_a_file_that_changed_before_the_commit_is_opened_anew(
    cache: Cache, opened: list[sqlite3.Connection]
) -> None:
    """Where something else has changed the file as well, nothing that was open counts as its."""
    with cache.held():
        assert cache.recall("a") == "b"
        fill(cache, lambda: os.utime(cache.path, (0, 0)))
        assert len(cache.recall("a") or "") == _MUCH
    assert len(opened) == 2


@pytest.mark.posix
def test_a_file_that_came_with_the_commit_is_another(cache: Cache, tmp_path: Path) -> None:
    """Whoever replaces the file just then makes nobody believe that what is open is the new one."""
    connections = Connections(cache.path)
    before = connections.place()
    copied = Path(shutil.copy(cache.path, tmp_path / "other.db"))
    copied.replace(cache.path)
    assert connections.place() != before
    assert connections.moved(before, connections.place()) == before


@pytest.mark.posix
def test_a_copy_that_is_written_over_it_with_the_commit_is_read(
    cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever writes a backup over the file just after a commit has it read at once."""
    backup = Path(shutil.copy(cache.path, tmp_path / "backup.db"))
    connections = cache.database._connections
    look, looks = connections.place, list[int]()

    def place() -> Place:
        looks.append(1)
        if len(looks) == 2:  # the first is before the commit
            cache.path.write_bytes(backup.read_bytes())
        return look()

    with cache.held():
        assert cache.recall("a") == "b"
        fill(cache, lambda: monkeypatch.setattr(connections, "place", place), shrinks=True)
        assert len(looks) == 2
        assert cache.recall("a") == "b"


@pytest.mark.posix
def test_a_file_that_went_before_the_commit_is_no_error(cache: Cache) -> None:
    """Where the file is moved away while an act writes, the act ends well; the next makes one."""
    away = cache.path.with_name("away.db")
    with cache.held():
        with cache.database.writing() as connection:
            database.set_meta(connection, "a", "c")
            cache.path.rename(away)
        assert cache.recall("a") is None


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


@pytest.mark.posix
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
    login = samples.KnownLogin(samples.USER)
    cache = Cache(tmp_path / "whoop.db", login=login)
    with cache.held():
        cache.remember("user_id", str(samples.USER))
        login.known = samples.USER + 1
        with pytest.raises(CacheError):
            cache.recall("a")


FORK = """
import os, sys
from contextlib import nullcontext
from pathlib import Path
from whoop_mcp.cache import Cache
cache = Cache(Path(sys.argv[1]))
if sys.argv[2] == "kept":
    cache.keep_open()
with cache.held() if sys.argv[2] == "held" else nullcontext():
    cache.remember("parent", "1")
    child = os.fork()
    if not child:
        cache.remember("child", "2")
        os._exit(0 if cache.recall("parent") == "1" else 1)
    assert os.waitpid(child, 0)[1] == 0
    print(cache.recall("child"))
"""


@pytest.mark.parametrize("way", ["held", "kept"])
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_process_opens_its_own(cache: Cache, way: str) -> None:
    """A process made by fork neither uses nor closes what its parent has open."""
    assert run(FORK, str(cache.path), way) == "2"


# ── kept open between acts ──


def test_kept_open_it_is_opened_once(kept: Cache, opened: list[sqlite3.Connection]) -> None:
    """While it is kept open and nobody else writes, reads need no more; then it is closed."""
    for _ in range(3):
        assert kept.recall("a") == "b"
    assert opened == []
    kept.close()
    assert beside(kept) == []
    assert kept.recall("a") == "b"
    assert len(opened) == 1
    assert beside(kept) == []


@pytest.mark.parametrize("writer", ["itself", "itself, held", "another"])
def test_the_file_is_whole_without_its_log(kept: Cache, tmp_path: Path, writer: str) -> None:
    """What was written stands in the file itself after each act, whoever keeps it open."""
    if writer == "another":
        Cache(kept.path).remember("a", "c")
    elif writer == "itself":
        kept.remember("a", "c")
    else:
        with kept.held():
            kept.remember("a", "c")
    assert [size for name, size in beside(kept) if name.endswith("-wal")] == [0]
    copy = shutil.copy(kept.path, tmp_path / "copy.db")
    assert Cache(Path(copy)).recall("a") == kept.recall("a") == "c"


def test_who_reads_meanwhile_settles_the_log(kept: Cache) -> None:
    """Where a reader holds the log, it is emptied by the next act after that."""
    with kept.reading() as seen:
        assert seen.recall("a") == "b"
        kept.remember("a", "c")
        assert dict(beside(kept))["whoop.db-wal"] > 0
    assert kept.recall("a") == "c"
    assert dict(beside(kept))["whoop.db-wal"] == 0


def moved_in(other: Path, path: Path) -> None:
    """Another file under the same name."""
    other.replace(path)


def copied_over(other: Path, path: Path) -> None:
    """The same file with another's content."""
    shutil.copyfile(other, path)


def made_anew(other: Path, path: Path) -> None:
    """Away with it, then another."""
    path.unlink()
    shutil.copyfile(other, path)


@pytest.mark.posix
@pytest.mark.parametrize("come", [moved_in, copied_over, made_anew])
@pytest.mark.parametrize("written", [False, True])
def test_a_restored_file_is_seen_at_once(
    kept: Cache, come: Callable[[Path, Path], None], written: bool
) -> None:
    """However a copy comes to its place, also one of the same size, the next act is on that one."""
    other = kept.path.with_name("other.db")
    shutil.copyfile(kept.path, other)
    Cache(other).remember("a", "o")
    assert other.stat().st_size == kept.path.stat().st_size
    if written:
        kept.remember("b", "x")
    os.utime(kept.path, (0, 0))  # a clock that ticks seldom would show the same time
    assert kept.recall("a") == "b"
    come(other, kept.path)
    assert kept.recall("a") == "o"
    assert kept.recall("b") is None
    kept.remember("b", "y")
    kept.close()
    assert beside(kept) == []
    with closing(sqlite3.connect(kept.path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert (kept.recall("a"), kept.recall("b")) == ("o", "y")


@pytest.mark.posix
def test_a_deleted_file_is_made_anew(kept: Cache) -> None:
    """A file that is gone is not written to any more, and the new one is empty."""
    kept.path.unlink()
    assert kept.recall("a") is None
    kept.remember("a", "c")
    assert Cache(kept.path).recall("a") == "c"


def test_what_nobody_uses_is_closed(kept: Cache) -> None:
    """After a while without an act the file is alone, and the thread that saw to it is gone."""
    connections = kept.database._connections
    connections.close()
    connections.keep(0.001)
    assert kept.recall("a") == "b"
    while (watcher := connections._watcher) is not None:
        watcher.join()
    assert beside(kept) == []


OTHER = """
import sys
from pathlib import Path
from whoop_mcp.cache import Cache, purge, schema
cache = Cache(Path(sys.argv[1]))
if sys.argv[2] == "purge":
    purge.everything(cache)
else:
    schema.FLATTENING = "another version's"
    schema.views = lambda: ["DROP VIEW days"]
    assert cache.recall("a") == "b"
"""


def test_another_process_may_purge_it(kept: Cache) -> None:
    """A purge finds nobody in its way, leaves nothing in the log, and is seen at once."""
    run(OTHER, str(kept.path), "purge")
    assert b"cache_id" in kept.path.read_bytes()
    # Gone, not empty, where our own connection was closed meanwhile.
    assert {size for name, size in beside(kept) if name.endswith("-wal")} <= {0}
    assert kept.recall("a") is None
    with pytest.raises(CacheEmpty):
        kept.require_content()


def test_another_version_may_renew_it(kept: Cache) -> None:
    """What another version has made of it meanwhile is made anew before it is read."""
    run(OTHER, str(kept.path), "renew")
    with kept.database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM days").fetchone() == (0,)
    assert kept.recall("a") == "b"


def test_a_file_that_has_changed_is_opened_once_more(
    cache: Cache, opened: list[sqlite3.Connection]
) -> None:
    """Where the file is another than it was, as after its log was emptied into it, what is held is
    opened once for that, and not for each act from then on."""
    with cache.held():
        cache.remember("a", "c")
        os.utime(cache.path, ns=(1, 1))
        for number in range(9):
            cache.remember("a", str(number))
            assert cache.recall("a") == str(number)
    assert len(opened) == 2
