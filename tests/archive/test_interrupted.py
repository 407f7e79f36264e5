"""Imports that are cut off, or meet another one: all of an export is there, or nothing."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp import times
from whoop_mcp.archive.importing import take_in
from whoop_mcp.cache.cache import Cache
from whoop_mcp.cache.database import Connection
from whoop_mcp.simulator import life

from ..support import exports_of_whoop
from ..support.exports_of_whoop import a_day, a_workout, an_answer, write
from ..support.kill_at_lines import kill_at_lines, printed_by
from ..support.mirrored_accounts import mirrored_account

NOW = "2026-11-27T12:00:00.000Z"
MODULES = ("importing.py", "imported.py", "archived.py", "database.py", "cache/journal.py")


def contents(connection: Connection) -> dict[str, list[Any]]:
    """All that an import writes, and the indexes of the tables."""
    asked = {
        "records": "SELECT * FROM records ORDER BY resource, id",
        "entries": "SELECT * FROM entries ORDER BY source, moment, behaviour",
        "archived": "SELECT * FROM archived ORDER BY resource, start",
        "runs": "SELECT resource, status, created FROM runs",
        "meta": "SELECT * FROM meta WHERE key <> 'cache_id' ORDER BY key",
        "schema": "SELECT type, name, sql FROM sqlite_master ORDER BY name",
        "version": "PRAGMA user_version",
    }
    return {name: connection.execute(sql).fetchall() for name, sql in asked.items()}


def held(cache: Cache) -> dict[str, list[Any]]:
    with cache.database.reading() as connection:
        return contents(connection)


def made(folder: Path) -> str:
    days = [a_day(f"2026-11-{day}") for day in range(10, 13)]
    runs = [a_workout("2026-11-11", "18:00:00", "19:00:00")]
    return write(folder / "my_whoop_data_2026_11_20.zip", days, runs, [*map(an_answer, days)])


def steps(folder: str, stride: str) -> None:
    """Kill an import after each `stride` lines, look at what is held, and print how many it has."""
    place, home = made(Path(folder)), Path(folder) / "home"

    def anew(name: str) -> Cache:
        for end in ("", "-wal", "-shm"):
            (home / f"{name}.db{end}").unlink(missing_ok=True)
        return Cache(home / f"{name}.db", clock=lambda: NOW)

    whole = anew("whole")
    empty = held(whole)
    take_in(whole, place)
    expected, cache = held(whole), anew("killed")

    def prepare() -> None:
        held(anew("killed"))

    def check(step: int) -> None:
        found = held(cache)
        assert found in (empty, expected), step
        take_in(cache, place)
        again = held(cache)
        assert {**again, "runs": []} == {**expected, "runs": []}, step

    print(kill_at_lines(MODULES, int(stride), prepare, lambda: take_in(cache, place), check))


@pytest.mark.skipif(sys.platform == "win32", reason="needs fork and kill")
@pytest.mark.parametrize("stride", [61, pytest.param(3, marks=pytest.mark.slow)])
def test_killed_between_any_two_lines(tmp_path: Path, stride: int) -> None:
    """Whichever line is the last one that runs, the cache holds all of the export or nothing, with
    all its indexes, and the next import is whole."""
    assert printed_by(__name__, "steps", tmp_path, stride) > 300


def test_two_imports_at_once_are_one_after_the_other(tmp_path: Path) -> None:
    """Of two of the same export one finds all new, the other all known; an older one beside it
    changes nothing, whichever comes first."""
    places = []
    for back in (0, 0, 3):  # days
        one = life.make(seed=3, days=40 - back, until=times.plus(NOW, days=-back))
        folder = tmp_path / str(len(places))
        folder.mkdir()
        places.append(exports_of_whoop.save(one, folder))
    alone = Cache(tmp_path / "alone" / "whoop.db", clock=lambda: NOW)
    take_in(alone, str(places[0]))
    answers: list[dict[str, Any]] = []
    path = tmp_path / "home" / "whoop.db"

    def run(place: Path) -> None:
        answers.append(take_in(Cache(path, clock=lambda: NOW), str(place), force=True))

    threads = [threading.Thread(target=run, args=[place]) for place in places]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 3
    found, wanted = held(Cache(path, clock=lambda: NOW)), held(alone)
    for name in ("records", "entries", "schema", "version"):
        assert found[name] == wanted[name], name


def test_an_import_during_a_sync_leaves_the_mirror_exact(tmp_path: Path) -> None:
    """What comes from the API while an export is taken in counts, and in the end alone."""
    with mirrored_account(tmp_path, days=60) as one:
        place = str(exports_of_whoop.save(one.account, tmp_path))
        problems: list[BaseException] = []

        def run() -> None:
            try:
                for _ in range(3):
                    take_in(one.cache, place, force=True)
            except BaseException as problem:
                problems.append(problem)

        importing = threading.Thread(target=run)
        importing.start()
        one.sync(full=True)
        importing.join()
        assert not problems
        one.sync(full=True)
        one.assert_exact()
