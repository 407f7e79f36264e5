"""docs/EXPORTS.md, run: other programs over the exports and over the cache.

`python -m tests.whole.test_readers` writes what comes out of each block into the document.
"""

from __future__ import annotations

import os
import re
import shlex
import sqlite3
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from whoop_mcp.cache import schema
from whoop_mcp.cache.cache import Cache
from whoop_mcp.cache.save import Findings
from whoop_mcp.simulator import life
from whoop_mcp.times import Window
from whoop_mcp.whoop.resources import BODY, COLLECTIONS, PROFILE

from ..support.commands import environ
from ..support.venvs import ROOT, output

DOCUMENT = ROOT / "docs" / "EXPORTS.md"
FENCE = re.compile(r"^```(sh|sql|python)\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.M | re.S)
BLOCKS = FENCE.findall(DOCUMENT.read_text(encoding="utf-8"))
"""(language, what is run, what comes out) of each block."""
NOW = "2026-02-10T12:00:00.000Z"


def blocks(language: str, word: str = "") -> list[Any]:
    """The blocks of a language in which a word is, and what they answer."""
    found = [(text, answer) for one, text, answer in BLOCKS if one == language and word in text]
    assert found
    return found


def fill(home: Path) -> Cache:
    """The made-up account's cache, where a person's is."""
    cache = Cache(home / ".whoop-mcp-server" / "whoop.db", clock=lambda: NOW)
    account = life.make(seed=7, days=90, until=NOW)
    seen = Window("2010-01-01T00:00:00.000Z", NOW)
    cache.save(
        *(Findings(one, NOW, account.all(one.name), window=seen) for one in COLLECTIONS[::-1]),
        Findings(PROFILE, NOW, [account.profile]),
        Findings(BODY, NOW, [account.body]),
    )
    return cache


def export(home: Path) -> None:
    """Run the document's exports in that home, word by word."""
    programs = home / "programs"
    programs.mkdir()
    script = programs / "whoop-mcp"
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m whoop_mcp "$@"\n')
    script.chmod(0o700)
    env = environ(home, PATH=f"{programs}:{os.environ['PATH']}")
    ((commands, _),) = blocks("sh", "whoop-mcp export")
    output("sh", "-euc", commands, env=env, cwd=home)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which all that the document begins with was done."""
    folder = tmp_path_factory.mktemp("person")
    fill(folder)
    export(folder)
    return folder


def lines(rows: list[tuple[Any, ...]]) -> str:
    """Rows as the sqlite3 shell prints them."""
    return "".join("|".join("" if v is None else str(v) for v in row) + "\n" for row in rows)


def run_sql(home: Path, sql: str) -> str:
    """What DuckDB answers in the folder of exports."""
    import duckdb  # from the extra `dev`

    before = Path.cwd()
    os.chdir(home / "whoop-data")
    try:
        with closing(duckdb.connect()) as connection:
            return lines(connection.execute(sql).fetchall())
    finally:
        os.chdir(before)


def run_python(home: Path, program: str) -> str:
    """What a Python without any library prints."""
    env = {**environ(home), "PYTHONPATH": ""}
    return output(sys.executable, "-S", "-W", "error", "-c", program, env=env, cwd=home)


def shell(home: Path, command: str) -> str:
    """A command of the sqlite3 shell, done by Python's own SQLite."""
    program, uri, sql = shlex.split(command.replace("\\\n", "").replace("$HOME", str(home)))
    assert program == "sqlite3"
    with closing(sqlite3.connect(uri, uri=True)) as connection:
        return lines(connection.execute(sql).fetchall())


def opened(home: Path) -> sqlite3.Connection:
    """The cache, as the document says to open it."""
    path = home / ".whoop-mcp-server" / "whoop.db"
    return sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)


@pytest.mark.parametrize(("program", "answer"), blocks("python"))
@pytest.mark.slow
def test_python(home: Path, program: str, answer: str) -> None:
    """Python's own csv (in Excel's dialect) and sqlite3 read exports and cache as shown."""
    assert run_python(home, program) == answer


@pytest.mark.parametrize(("command", "answer"), blocks("sh", "sqlite3"))
def test_any_sqlite_reader(home: Path, command: str, answer: str) -> None:
    """SQLite answers the document's questions as shown."""
    assert shell(home, command) == answer


@pytest.mark.parametrize(
    "act", ["DELETE FROM records", "DROP VIEW days", "PRAGMA user_version = 1"]
)
def test_a_reader_cannot_write(home: Path, act: str) -> None:
    """Opened as the document says, the cache cannot be changed."""
    with (
        closing(opened(home)) as reader,
        pytest.raises(sqlite3.OperationalError, match="readonly"),
    ):
        reader.execute(act)


def test_a_reader_does_not_stand_in_the_way(tmp_path: Path) -> None:
    """While a reader is at it, the cache is written, and the reader still sees its own moment."""
    cache = fill(tmp_path)
    changes = "SELECT count(*) FROM changes"
    with closing(opened(tmp_path)) as reader:
        reader.execute("BEGIN")
        (before,) = reader.execute(changes).fetchone()
        cache.save(Findings(BODY, NOW, [{"height_meter": 1.8}]))
        assert reader.execute(changes).fetchone() == (before,)
        reader.execute("ROLLBACK")
        assert reader.execute(changes).fetchone() == (before + 1,)


def test_every_view_opens(home: Path) -> None:
    """Each view is listed in the file, and answers with named columns."""
    with closing(opened(home)) as reader:
        views = reader.execute("SELECT name FROM sqlite_master WHERE type = 'view' ORDER BY name")
        assert [name for (name,) in views] == sorted(schema.VIEWS)
        for view in schema.VIEWS:
            assert reader.execute(f"SELECT * FROM {view}").description


@pytest.mark.slow
@pytest.mark.parametrize(("command", "answer"), blocks("sh", "sqlite3"))
def test_the_sqlite3_shell(home: Path, command: str, answer: str) -> None:
    """The shell itself, given the document's command, prints what is shown."""
    assert output("sh", "-euc", command, env=environ(home), cwd=home) == answer


@pytest.mark.slow
@pytest.mark.parametrize(("sql", "answer"), blocks("sql"))
def test_duckdb(home: Path, sql: str, answer: str) -> None:
    """DuckDB reads Parquet, a folder by year, CSV and JSON lines as shown."""
    assert run_sql(home, sql) == answer


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_duckdb_finds_every_record_and_type(home: Path, suffix: str) -> None:
    """In each format DuckDB finds as many records as the cache has, instants and numbers typed."""
    for resource in COLLECTIONS:
        file = f"'{resource.name}.{suffix}'"
        with closing(opened(home)) as reader:
            held = reader.execute(f"SELECT count(*) FROM {resource.name}").fetchall()
        assert run_sql(home, f"SELECT count(*) FROM {file}") == lines(held)
        typed = run_sql(home, f'SELECT typeof(start), typeof("end") FROM {file} LIMIT 1')
        assert typed == "TIMESTAMP WITH TIME ZONE|TIMESTAMP WITH TIME ZONE\n"
    strain = run_sql(home, f"SELECT DISTINCT typeof(strain) FROM 'cycles.{suffix}'")
    assert strain == "DOUBLE\n"


def main() -> None:
    """Write what comes out of each block into the document."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        fill(home)
        export(home)

        def told(found: re.Match[str]) -> str:
            language, text = found[1], found[2]
            if "whoop-mcp export" in text:
                return found[0]
            run = {"sh": shell, "sql": run_sql, "python": run_python}[language]
            return f"```{language}\n{text}```\n\n```text\n{run(home, text)}```\n"

        text = DOCUMENT.read_text(encoding="utf-8")
        DOCUMENT.write_text(FENCE.sub(told, text), encoding="utf-8")


if __name__ == "__main__":
    main()
