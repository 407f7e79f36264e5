"""Questions that nothing inside SQLite stops: they end with their process, and cost no more."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.cache import query_process
from whoop_mcp.cache.query_process import Processes, Unavailable
from whoop_mcp.call import Call, Stopped
from whoop_mcp.errors import CacheEmpty, CacheError, ValidationError
from whoop_mcp.reads import sql as query

from ..support.leaping import LeapingClock
from ..support.samples import USER, KnownLogin, Shelf
from .test_schema import SAMPLES

LONG = (
    "WITH RECURSIVE t(x) AS (SELECT 'aaaaaaaaaaaaaaaa' UNION ALL SELECT x || x FROM t LIMIT 13), "
    "b(x) AS MATERIALIZED (SELECT max(x) FROM t), "
    "n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000) "
)
"""`b` has one text of 65,536 characters, `n` a million rows."""


def chained(step: str, count: int) -> str:
    """Names of WITH, each used once by the next: what is copied are their columns."""
    names = ["a0 AS (SELECT strain AS x FROM days)"]
    names += [f"a{n} AS (SELECT {step} AS x FROM a{n - 1})" for n in range(1, count)]
    return f"WITH {', '.join(names)} SELECT x FROM a{count - 1}"


ENDLESS = {
    "a pattern of half the text": "SELECT x LIKE '%' || substr(x, 1, 40000) || 'b' FROM b",
    "and with GLOB": "SELECT x GLOB '*' || substr(x, 1, 40000) || 'b*' FROM b",
    "many texts": "SELECT count(*) FROM b, n WHERE x || i LIKE '%' || substr(x, 1, 999) || 'b'",
    "text put together again and again": "SELECT max(x || n.i), max(m.i || x) FROM b, n, n m",
    "a recursion": "SELECT max(i) FROM (WITH RECURSIVE r(i) AS (SELECT 1 UNION SELECT i + 1 FROM r)"
    " SELECT i FROM r)",
}
GREEDY = {
    "columns that double when compiled": chained("x + x", 30),
    "and as CASE": chained("CASE WHEN x THEN x ELSE x END", 20),
    "a sort": LONG + "SELECT i, x || i AS y FROM b, n ORDER BY y",
    "a union": LONG
    + "SELECT count(*) FROM (SELECT x || i FROM b, n UNION SELECT i || x FROM b, n)",
}
TOO_LARGE = {
    "a text that grows": "WITH RECURSIVE t(x) AS (SELECT 'a' UNION ALL SELECT x || x FROM t) "
    "SELECT max(x) FROM t",
    "a group": LONG + "SELECT group_concat(x) FROM b, (SELECT * FROM n LIMIT 99)",
    "a pattern": LONG + "SELECT x LIKE x || '%' || x FROM b",
    "a row": LONG + f"SELECT {', '.join('x' for _ in range(700))} FROM b",
    "a bracket in a bracket": f"SELECT {'(' * 2000}1{')' * 2000}",
    "a denial of a denial": f"SELECT {'NOT ' * 900}1",
    "more views than a join holds": "SELECT 1 FROM "
    + " JOIN ".join(f"days t{n}" for n in range(40)),
    "columns of columns": "WITH a AS (SELECT *, *, *, *, *, *, * FROM days), "
    "b AS (SELECT *, *, *, * FROM a) SELECT * FROM b x, b y",
}


def quick(family: dict[str, str], *names: str) -> list[Any]:
    """Its questions as parameters: those named are always asked, the others are slow."""
    return [
        pytest.param(sql, id=name, marks=[] if name in names else [pytest.mark.slow])
        for name, sql in family.items()
    ]


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a test says nothing of time, none runs out, however slow this machine is."""
    monkeypatch.setattr(query, "_SECONDS", 60.0)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A cache that holds one record of each list."""
    made = Shelf(tmp_path / "whoop.db")
    for resource, raw in SAMPLES.items():
        made.save(resource, raw)
    return made


class Started(list[subprocess.Popen[bytes]]):
    """The processes that a test started, and the threads that were there before them."""

    def __init__(self) -> None:
        super().__init__()
        self.before = set(threading.enumerate())


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Iterator[Started]:
    """Every process that is started, so that a test sees what became of it."""
    found = Started()
    begin = subprocess.Popen

    def popen(*arguments: Any, **how: Any) -> subprocess.Popen[bytes]:
        found.append(begin(*arguments, **how))
        return found[-1]

    monkeypatch.setattr(query_process.subprocess, "Popen", popen)
    yield found
    for one in found:
        one.kill()
        one.wait()


def refused(shelf: Shelf, sql: str) -> str:
    """Why a question is not answered; the next one is."""
    with pytest.raises(ValidationError) as caught:
        query.run(shelf.cache, sql)
    assert caught.value.hint
    assert query.run(shelf.cache, "SELECT count(*) FROM days")["rows"] == [[1]]
    return caught.value.message


def none_of_ours_is_busy(started: Started) -> bool:
    """Whether the first process is gone, and no thread waits for it."""
    alive = [one for one in started if one.poll() is None]
    threads = set(threading.enumerate()) - started.before
    hearing = [one for one in threads if one.name.endswith("(_hear)")]
    while sum(one.is_alive() for one in hearing) > len(alive):
        time.sleep(0.01)  # whose process is gone ends by itself
    return started[0].poll() is not None and len(alive) == 1


@pytest.mark.parametrize("sql", quick(ENDLESS, "a pattern of half the text", "a recursion"))
def test_what_outlives_its_time_takes_its_process_with_it(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, started: Started, sql: str
) -> None:
    """Also amid a comparison, where SQLite looks at no clock; no thread stays behind."""
    with monkeypatch.context() as hasty:
        hasty.setattr(query, "_SECONDS", 0.1)
        hasty.setattr(query_process, "_GRACE", 0.1)
        with pytest.raises(ValidationError, match=r"longer than 0\.1 seconds"):
            query.run(shelf.cache, sql if "FROM r)" in sql else LONG + sql)
    assert query.run(shelf.cache, "SELECT count(*) FROM days")["rows"] == [[1]]
    assert none_of_ours_is_busy(started)


@pytest.mark.parametrize("sql", quick(GREEDY, "columns that double when compiled", "a sort"))
def test_memory_has_an_end(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, started: Started, sql: str
) -> None:
    """SQLite may take so much and no more, also while it compiles, and on no disk instead."""
    monkeypatch.setattr(query_process, "_HEAP", 20_000_000)
    assert "more memory" in refused(shelf, sql)
    assert none_of_ours_is_busy(started)


@pytest.mark.parametrize(
    "sql", quick(TOO_LARGE, "a text that grows", "a pattern", "a row", "a denial of a denial")
)
def test_values_rows_and_statements_have_a_size(shelf: Shelf, started: Started, sql: str) -> None:
    """What is too large is refused at once; nothing has to be ended for that."""
    assert "longer than" not in refused(shelf, sql)
    assert len(started) == 1 or sys.version_info < (3, 11)  # whose values have no limit


def test_one_process_answers_all_that_is_easy(shelf: Shelf, started: Started) -> None:
    """It is started once, holds no file open between two questions, and ends with the cache."""
    for sql in ("SELECT 1", "SELECT nothing", "SELECT count(*) FROM days", "DELETE FROM records"):
        try:
            query.run(shelf.cache, sql)
        except ValidationError as problem:
            assert problem.hint
    [process] = started
    assert [one.name for one in shelf.path.parent.glob("whoop.db*")] == ["whoop.db"]
    del shelf.cache
    assert process.wait() is not None


def test_one_that_was_ended_meanwhile_is_replaced(shelf: Shelf, started: Started) -> None:
    """Whoever ended it, the next question is answered."""
    query.run(shelf.cache, "SELECT 1")
    started[0].kill()
    started[0].wait()
    assert query.run(shelf.cache, "SELECT 1")["rows"] == [[1]]


def test_one_that_breaks_down_over_a_question_is_told_of(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A process that ends without an answer is a VALIDATION_ERROR of the question, no traceback."""
    program = tmp_path / "brittle.py"
    program.write_text("print('{}', flush=True)\ninput()\n")
    monkeypatch.setattr(query_process, "_PROGRAM", program)
    with pytest.raises(ValidationError, match="more memory"):
        query.run(shelf.cache, "SELECT 1")


def test_one_that_ended_itself_when_its_time_was_over_was_slow(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where this process came too late to end it, as on a computer that slept, the time is what the
    question took too much of, not the memory."""
    program = tmp_path / "late.py"
    program.write_text("print('{}', flush=True)\ninput()\n")
    monkeypatch.setattr(query_process, "_PROGRAM", program)
    clock = LeapingClock()
    monkeypatch.setattr(query_process, "time", clock)
    hear = query_process._Process._hear

    def late(process: Any, seconds: float, call: Call) -> bytes | None:
        said = hear(process, seconds, call)
        clock.leapt += 3600
        return said

    monkeypatch.setattr(query_process._Process, "_hear", late)
    with pytest.raises(ValidationError, match="longer than"):
        query.run(shelf.cache, "SELECT 1")


def test_who_goes_away_takes_the_process_along(shelf: Shelf, started: Started) -> None:
    """A cancelled question is ended while SQLite is deaf, not when it comes to an end."""
    call = Call()

    def gone() -> None:
        if started and started[0].poll() is None and len(asked) > 2:
            call.stop()
        asked.append(1)

    asked: list[int] = []
    call._cancelled = gone
    with pytest.raises(Stopped):
        query.run(shelf.cache, LONG + ENDLESS["a pattern of half the text"], call=call)
    assert started[0].poll() is not None


def test_so_many_at_once_and_no_more(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """A question waits for its turn; whoever waits can go away."""
    monkeypatch.setattr(query_process, "_AT_ONCE", 1)
    shelf.cache.queries = Processes()
    with shelf.cache.queries._turn(Call()):
        call = Call()
        call.stop()
        with pytest.raises(Stopped):
            query.run(shelf.cache, "SELECT 1", call=call)
    assert query.run(shelf.cache, "SELECT 1")["rows"] == [[1]]


def no_process(*arguments: Any, **how: Any) -> None:
    raise OSError(24, "too many open files")


@pytest.mark.parametrize("lacking", ["processes", "a python", "threads", "a program"])
def test_where_no_process_can_be_the_query_is_answered_here(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lacking: str
) -> None:
    """Then what nothing could stop is not there: patterns, and what gathers text."""
    if lacking == "processes":
        monkeypatch.setattr(query_process.subprocess, "Popen", no_process)
    elif lacking == "a python":
        monkeypatch.setattr(sys, "frozen", True, raising=False)
    elif lacking == "threads":
        monkeypatch.setattr(threading.Thread, "start", lambda self: (_ for _ in ()).throw(
            RuntimeError("can't start new thread")))  # fmt: skip
    else:
        monkeypatch.setattr(query_process, "_PROGRAM", tmp_path / "not-there.py")
    with pytest.raises(Unavailable):
        Processes().ask({"seconds": 1}, Call())
    assert query.run(shelf.cache, "SELECT count(*), max(strain) FROM days")["rows"] == [[1, 11.25]]
    for sql in (
        "SELECT 'a' LIKE 'a'",
        "SELECT 'a' GLOB 'a'",
        "SELECT group_concat(date) FROM days",
        "SELECT raw FROM records",
        "DELETE FROM records",
    ):
        with pytest.raises(ValidationError):
            query.run(shelf.cache, sql)
    with monkeypatch.context() as older:
        older.setattr(sys, "version_info", (3, 10))
        with pytest.raises(ValidationError, match=r"\|\|"):
            query.run(shelf.cache, "SELECT 'a' || 'b'")


def test_a_query_in_this_process_is_stopped_as_well(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the clock, and when nobody waits for it any more."""
    monkeypatch.setattr(query_process.subprocess, "Popen", no_process)
    monkeypatch.setattr(query, "_SECONDS", 0.1)
    sql = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with pytest.raises(ValidationError, match="longer than"):
        query.run(shelf.cache, sql)
    call = Call()
    call.stop()
    with pytest.raises(Stopped):
        query.run(shelf.cache, sql, call=call)


def test_a_file_that_became_anothers_meanwhile_says_nothing(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between our look at whose it is and the process's own: it looks again."""
    shelf.cache.check_owner(USER)
    monkeypatch.setattr(shelf.cache, "login", KnownLogin(USER + 1))
    with pytest.raises(CacheError):
        query.run(shelf.cache, "SELECT 1")


def test_the_program_needs_nothing_of_ours(shelf: Shelf) -> None:
    """It starts without this package and without what is installed beside it."""
    program = [sys.executable, "-I", "-S", "-c"]
    names = "import runpy, sys; runpy.run_path(sys.argv[1]); print(*sys.modules)"
    path = str(query_process._PROGRAM)
    loaded = subprocess.run([*program, names, path], capture_output=True, text=True, check=True)
    assert not [one for one in loaded.stdout.split() if one.startswith(("whoop", "requests"))]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_a_fork_leaves_its_parents_processes_alone(shelf: Shelf, started: Started) -> None:
    """It starts its own, and ends none that it does not own."""
    query.run(shelf.cache, "SELECT 1")
    child = os.fork()
    if not child:
        taken = shelf.cache.queries._take()
        query_process._end_all(shelf.cache.queries._idle)
        os._exit(0 if taken is None else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert started[0].poll() is None
    query.run(shelf.cache, "SELECT 1")
    assert len(started) == 1


# ── with the file kept open ──

COUNT = "SELECT count(*) FROM cycles"


@pytest.fixture
def kept(shelf: Shelf) -> Iterator[Shelf]:
    """A cache as a server has it, whose process has answered one question."""
    shelf.cache.queries.keep(60.0)
    assert query.run(shelf.cache, COUNT)["rows"] == [[1]]
    yield shelf
    shelf.cache.close()


def files(shelf: Shelf) -> list[str]:
    """The names of the cache's file and of those that SQLite has beside it while it is open."""
    return sorted(one.name for one in shelf.path.parent.glob("whoop.db*"))


@pytest.mark.skipif(sys.version_info < (3, 11), reason="nothing is kept open there")
@pytest.mark.skipif(os.name == "nt", reason="nor there")
def test_kept_open_until_it_is_closed(
    kept: Shelf, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file stays open after an answer; the end of the cache's use, or a while, closes it."""
    monkeypatch.setattr(query_process, "_GRACE", 60.0)  # however slow this machine is
    assert files(kept) == ["whoop.db", "whoop.db-shm", "whoop.db-wal"]
    kept.cache.close()
    assert files(kept) == ["whoop.db"]
    kept.cache.queries.keep(0.001)
    assert query.run(kept.cache, COUNT)["rows"] == [[1]]
    while files(kept) != ["whoop.db"]:
        time.sleep(0.01)  # until nobody has asked for so long
    assert query.run(kept.cache, COUNT)["rows"] == [[1]]
    assert len(started) == 1


@pytest.mark.parametrize("way", ["written", "moved in", "copied over", "deleted"])
def test_kept_open_it_answers_from_what_is_there(kept: Shelf, tmp_path: Path, way: str) -> None:
    """Whatever becomes of the file, the next answer is of what lies there then."""
    other = Path(shutil.copy(kept.path, tmp_path / "other.db"))
    target = kept.path if way == "written" else other
    with closing(sqlite3.connect(target)) as connection, connection:
        connection.execute("DELETE FROM records WHERE resource = 'cycles'")
    if way == "moved in":
        other.replace(kept.path)
    elif way == "copied over":
        shutil.copyfile(other, kept.path)
    elif way == "deleted":
        kept.path.unlink()
        with pytest.raises(CacheEmpty):
            query.run(kept.cache, COUNT)
        return
    assert query.run(kept.cache, COUNT)["rows"] == [[0]]


def test_kept_open_it_is_as_bounded_as_before(kept: Shelf) -> None:
    """What the process itself reads of the file is not open to who asks, however it is spelled."""
    for sql in (
        "SELECT value FROM meta WHERE key = 'user_id'",
        "SELECT name, sql FROM sqlite_master WHERE type = 'view' ORDER BY name",
        "SELECT raw FROM records",
        "SELECT load_extension('x')",
    ):
        for _ in range(2):
            assert refused(kept, sql)
    with pytest.raises(ValidationError):
        query.run(kept.cache, TOO_LARGE["a text that grows"])
    assert query.run(kept.cache, COUNT)["rows"] == [[1]]
