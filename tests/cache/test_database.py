"""The file on a real disk: its modes, its refusals, and several processes at once."""

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
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import pytest

from whoop_mcp.cache import access, database, schema
from whoop_mcp.cache.access import Database
from whoop_mcp.cache.cache import Cache
from whoop_mcp.cache.database import set_meta
from whoop_mcp.errors import CacheError
from whoop_mcp.whoop.resources import CYCLES

from ..support import samples

ROOT = Path(__file__).parents[2]
NOBODY = 65534


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the cache is to be."""
    return tmp_path / "home" / "whoop.db"


@pytest.fixture
def sealed() -> Iterator[Path]:
    """A cache in a folder where nothing may be made, also not by root, for as long as it acts."""
    with TemporaryDirectory() as name:  # not below tmp_path, which an ordinary user cannot enter
        folder = Path(name)
        Cache(folder / "whoop.db").remember("a", "b")
        root = os.geteuid() == 0
        if root:
            for path in (folder, folder / "whoop.db"):
                os.chown(path, NOBODY, -1)
        folder.chmod(0o500)
        if root:
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o700)


def refusal(act: Callable[[], object]) -> CacheError:
    """The CACHE_ERROR that an act ends with."""
    with pytest.raises(CacheError) as caught:
        act()
    assert caught.value.hint
    return caught.value


def read(path: Path) -> object:
    """An ordinary read of the cache."""
    return Cache(path).get(CYCLES, "1")


def mode(path: Path) -> int:
    """A file's permissions."""
    return path.stat().st_mode & 0o777


def test_making_one_touches_nothing(path: Path) -> None:
    """The object is a description: a file comes into being with the first operation."""
    Database(path)
    assert not path.parent.exists()


@pytest.mark.posix
def test_files_are_for_their_owner_only(path: Path) -> None:
    """The database, its -wal and its -shm are 0600 and a folder made for it 0700.

    That is so whatever the umask says.
    """
    before = os.umask(0)
    try:
        cache = Database(path)
        with cache.writing() as connection:
            set_meta(connection, "a", "b")
            beside = [path.with_name(path.name + end) for end in ("-wal", "-shm")]
            assert [mode(one) for one in (path, *beside)] == [0o600] * 3
    finally:
        os.umask(before)
    assert mode(path.parent) == 0o700


def test_a_block_that_raises_stores_nothing(path: Path) -> None:
    """A transaction is whole or not at all."""
    cache = Database(path)
    with pytest.raises(LookupError), cache.writing() as connection:
        set_meta(connection, "a", "b")
        raise LookupError
    with cache.reading() as connection:
        assert database.meta(connection, "a") is None


def test_a_reader_sees_one_moment(path: Path) -> None:
    """What is written while somebody reads is not seen by that reader, nor held up by it."""
    cache = Database(path)
    with cache.reading() as reader:
        assert database.meta(reader, "a") is None
        with cache.writing() as writer:
            set_meta(writer, "a", "b")
        assert database.meta(reader, "a") is None
    with cache.reading() as reader:
        assert database.meta(reader, "a") == "b"


def foreign(path: Path) -> None:
    """Another program's database."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (text)")
    connection.close()


def numbered(application: int, version: int) -> Callable[[Path], None]:
    """A database without tables that carries these numbers."""

    def make(path: Path) -> None:
        connection = sqlite3.connect(path)
        connection.execute(f"PRAGMA application_id = {application}")
        connection.execute(f"PRAGMA user_version = {version}")
        connection.close()

    return make


def half_overwritten(path: Path) -> None:
    """A cache of ours whose middle is gone."""
    cache = Cache(path)
    with cache.database.writing() as connection:
        for number in range(1, 200):
            set_meta(connection, f"key {number}", "x" * 200)
    cache.database.erase()
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xa5" * (path.stat().st_size - 4096))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (foreign, "not a whoop-mcp cache"),
        (numbered(0, 7), "not a whoop-mcp cache"),
        (numbered(schema.APPLICATION_ID, schema.WITH_EXPORT + 1), "newer"),
        (numbered(schema.APPLICATION_ID + 1, schema.VERSION), "not a whoop-mcp cache"),
        (lambda path: path.write_bytes(b"not a database at all, " * 100), "damaged"),
        (lambda path: path.write_bytes(b"SQLite format 3\0" + b"\xff" * 4080), "damaged"),
        (half_overwritten, "damaged"),
    ],
    ids=["foreign", "numbered", "newer", "another's", "no database", "broken head", "broken"],
)
def test_what_is_not_ours_is_left_as_it_is(
    path: Path, make: Callable[[Path], object], words: str
) -> None:
    """A file that is another's, newer or damaged is a CACHE_ERROR, and keeps every byte."""
    path.parent.mkdir()
    make(path)
    before = path.read_bytes()
    for act in (lambda: read(path), lambda: Cache(path).remember("a", "b")):
        assert words in refusal(act).message
    assert path.read_bytes() == before


def test_what_is_not_ours_is_not_waited_for(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program's file is refused for what it is while that program writes to it, too: no
    lock is asked of a file that has not been looked at."""
    monkeypatch.setattr(access, "_WAIT", 0.1)
    path.parent.mkdir()
    foreign(path)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        other.execute("INSERT INTO notes VALUES ('one')")
        problem = refusal(lambda: Cache(path).remember("a", "b"))
        other.execute("COMMIT")
    assert "not a whoop-mcp cache" in problem.message


def test_a_damaged_cache_is_not_said_to_be_worthless(path: Path) -> None:
    """What only that file holds is named, and the sync that brings back the rest is the full."""
    path.parent.mkdir()
    path.write_bytes(b"not a database at all, " * 100)
    hint = str(refusal(lambda: read(path)).hint)
    assert "keep it" in hint and "journal" in hint and "`whoop-mcp sync --full`" in hint


def test_an_empty_file_becomes_a_cache(path: Path) -> None:
    """A file of no bytes belongs to nobody: it is taken."""
    path.parent.mkdir()
    path.touch()
    assert read(path) is None
    Cache(path).remember("a", "b")
    assert Cache(path).recall("a") == "b"


def test_a_lock_held_too_long_is_an_error(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another program writes and does not end, writing is CACHE_ERROR, reading goes on."""
    monkeypatch.setattr(access, "_WAIT", 0.05)
    cache = Cache(path)
    cache.remember("a", "b")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    assert "in use by another program" in refusal(lambda: cache.remember("a", "c")).message
    assert cache.recall("a") == "b"
    other.close()
    cache.remember("a", "c")


def test_threads_take_turns(path: Path) -> None:
    """Threads of one process that write at once all get their turn, and none is refused."""
    cache = Cache(path)
    threads = [
        threading.Thread(target=cache.remember, args=(f"key {number}", "x")) for number in range(30)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(cache.recall(f"key {number}") == "x" for number in range(30))


@pytest.mark.posix
@pytest.mark.parametrize("name", ["whoop.db", "another.db", "below/whoop.db"])
def test_a_folder_that_cannot_be_written(sealed: Path, name: str) -> None:
    """Where no file may be made, a cache to be read and one to be made are CACHE_ERROR alike."""
    before = sorted(sealed.iterdir())
    assert "cannot be opened" in refusal(lambda: read(sealed / name)).message
    assert "cannot be opened" in refusal(lambda: Cache(sealed / name).remember("a", "c")).message
    assert sorted(sealed.iterdir()) == before


@pytest.mark.parametrize("taken", ["folder", "file"])
def test_a_place_that_is_taken(path: Path, taken: str) -> None:
    """A folder where the file should be, or a file where its folder should be, is CACHE_ERROR."""
    if taken == "folder":
        path.mkdir(parents=True)
    else:
        path.parent.write_bytes(b"here already")
    assert "cannot be opened" in refusal(lambda: read(path)).message


@pytest.mark.parametrize(
    ("free", "words"),
    [
        (0, "The disk is full"),
        (2**15 - 1, "The disk is full"),
        (2**15, "cannot be opened or written"),
        (None, "cannot be opened or written"),
    ],
    ids=["full", "less than it takes", "room", "unknown"],
)
def test_a_disk_without_room_to_open_a_cache(
    path: Path, monkeypatch: pytest.MonkeyPatch, free: int | None, words: str
) -> None:
    """SQLite calls it an I/O error where a full disk has no room for what it makes beside the file.
    It is told as what it is; where there is room, the words are of the file."""

    def usage(folder: Path) -> SimpleNamespace:
        if free is None:
            raise OSError
        return SimpleNamespace(free=free)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    assert words in database.translation(path, "disk I/O error").message
    assert "The disk is full" in database.translation(path, "database or disk is full").message


def test_another_users_cache(path: Path) -> None:
    """With another login every act is refused, with the ways out, but the purge of all of it."""
    owner = Cache(path, login=samples.KnownLogin(samples.USER))
    with owner.database.writing() as connection:
        set_meta(connection, "user_id", str(samples.USER))
    assert read(path) is None
    stranger = Cache(path, login=samples.KnownLogin(samples.USER + 1))
    for act in (
        lambda: stranger.get(CYCLES, "1"),
        lambda: stranger.remember("a", "b"),
        lambda: owner.check_owner(samples.USER + 1),
    ):
        error = refusal(act)
        assert "WHOOP_HOME" in str(error.hint)
        assert "purge --all --journal" in str(error.hint)
        assert str(samples.USER) not in str(error.envelope())
    with stranger.database.writing(whoever=True):
        pass
    assert owner.recall("a") is None


CREATE = """
import sys
from pathlib import Path
from whoop_mcp.cache import Cache
sys.stdin.readline()
cache = Cache(Path(sys.argv[1]))
cache.remember("process " + sys.argv[2], "was here")
print(cache.recall("cache_id"))
"""


def test_processes_may_create_it_at_once(path: Path) -> None:
    """Processes that find no cache and make one at the same moment end with the same one."""
    started = [
        subprocess.Popen(
            [sys.executable, "-c", CREATE, str(path), str(number)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for number in range(3)
    ]
    for process in started:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    said = [process.communicate(timeout=60)[0] for process in started]
    assert [process.returncode for process in started] == [0] * 3
    assert len(set(said)) == 1
    cache = Cache(path)
    assert [cache.recall(f"process {number}") for number in range(3)] == ["was here"] * 3


def test_no_thread_waits_for_ever(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A writer that others of its process keep from writing is told, as if they were another's."""
    monkeypatch.setattr(access, "_WAIT", 0.05)
    one = Database(path)
    refused: list[CacheError] = []

    def write() -> None:
        try:
            with one.writing():
                pass
        except CacheError as problem:
            refused.append(problem)

    with one.writing():
        thread = threading.Thread(target=write)
        thread.start()
        thread.join()
    assert [problem.code for problem in refused] == ["CACHE_ERROR"]


@pytest.mark.slow
def test_many_processes_may_make_the_cache_at_once(path: Path) -> None:
    """Whoever comes second finds it made, or waits until it is; none takes it for foreign."""
    program = (
        "import sys; from pathlib import Path; from whoop_mcp.cache import Cache\n"
        "Cache(Path(sys.argv[1])).remember('a', 'b')"
    )
    command = [sys.executable, "-c", program, str(path)]
    makers = [subprocess.Popen(command, cwd=ROOT) for _ in range(6)]
    assert [maker.wait() for maker in makers] == [0] * 6


@pytest.mark.parametrize("kept", [True, False])
def test_a_new_file_gets_its_views_whoever_makes_it(path: Path, kept: bool) -> None:
    """Moved away or removed under a program that runs, the cache is made anew with its views."""
    cache = Cache(path)
    cache.remember("a", "b")
    (path.rename if kept else lambda _: path.unlink())(path.with_name("aside.db"))
    cache.remember("a", "b")
    with cache.database.reading() as connection:
        assert connection.execute("SELECT count(*) FROM days").fetchone() == (0,)


def test_what_is_ones_own_is_on_the_disk_when_it_is_said_to_be_stored(path: Path) -> None:
    """SQLite waits for the disk in such a transaction, and not in the next one: what WHOOP has
    still need not be waited for."""
    cache = Cache(path)
    cache.keep_open()
    for own in (False, True, False):
        with cache.database.writing(own=own) as connection:
            assert connection.execute("PRAGMA synchronous").fetchone() == (2 if own else 1,)
        with cache.database.reading() as connection:
            assert connection.execute("PRAGMA synchronous").fetchone() == (1,)
    cache.close()
