"""The package as another program uses it: what it offers, LIBRARY.md's example, and its manners."""

from __future__ import annotations

import ast
import csv
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

import whoop_mcp
from whoop_mcp import times
from whoop_mcp.cache.cache import Cache
from whoop_mcp.simulator import life
from whoop_mcp.simulator.account import Account
from whoop_mcp.whoop.resources import COLLECTIONS, SLEEPS

from ..support import lookups, venvs
from ..support.faults import FaultySimulator
from ..test_house import FOREIGN_TO_THE_CORE, PACKAGE, core, name_of

LIBRARY = (PACKAGE.parent / "docs" / "LIBRARY.md").read_text(encoding="utf-8")
SECTION = LIBRARY.partition("\n## Use it as a library\n")[2].partition("\n## ")[0]
(EXAMPLE,) = re.findall(r"^```python\n(.*?)^```$", SECTION, re.MULTILINE | re.DOTALL)

DAYS = 30
COLLECTED = [resource.name for resource in COLLECTIONS]


@pytest.fixture
def account() -> Account:
    """An athlete of thirty days, up to the present."""
    return life.make(days=DAYS)


@pytest.fixture
def whoop(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultySimulator]:
    """WHOOP for that account, where the example's own variables lead to it."""
    with FaultySimulator(account, limit=None, day_limit=None) as simulator:
        monkeypatch.setenv("MY_WHOOP_URL", simulator.url)
        monkeypatch.setenv("MY_WHOOP_TOKEN", simulator.grant()["access_token"])
        yield simulator


def example(folder: Path, *names: str) -> list[Path]:
    """The example on disk, once for each name that the package is imported by."""
    folder.mkdir(exist_ok=True)
    paths = []
    for name in names:
        paths.append(folder / f"for_{name.replace('.', '_')}.py")
        text = re.sub(r"^from whoop_mcp ", f"from {name} ", EXAMPLE, flags=re.MULTILINE)
        assert (text == EXAMPLE) is (name == "whoop_mcp")
        paths[-1].write_text(text, encoding="utf-8")
    return paths


def vendored(folder: Path, *names: str) -> Path:
    """The package's folder copied under other names, as a stranger's program would have it."""
    for name in names:
        copy = folder.joinpath(*name.split("."))
        shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
        for outer in copy.parents:
            if outer == folder:
                break
            (outer / "__init__.py").touch()
    return folder


def records(account: Account) -> int:
    """How many records the account has, profile and body measurement included."""
    return sum(len(account.all(name)) for name in COLLECTED) + 2


def check(said: str, folder: Path, account: Account, *, new: int) -> None:
    """What the example printed and wrote is what the account has."""
    assert said.startswith("sync: success\n")
    assert sum(int(number) for number in re.findall(r": (\d+) new", said)) == new
    assert f"\nchanges: {new}\n" in said
    assert "not known" not in said
    sleeps = [SLEEPS.flatten(raw) for raw in account.all("sleeps")]
    assert re.findall(r"slept from (\S+) for (\S+) seconds", said) == [
        (one["start_local"], str(one["asleep_seconds"])) for one in sleeps[:3]
    ]
    scores = {
        str((raw.get("score") or {}).get("recovery_score")) for raw in account.all("recoveries")
    }
    assert re.findall(r"recovery of \d{4}-\d\d-\d\d (.+)", said)[0] in {*scores, "None"}
    assert said.endswith(f"\nwritten: {len(sleeps)}\n")
    with (folder / "sleeps.csv").open(newline="", encoding="utf-8") as file:
        assert [row["id"] for row in csv.DictReader(file)] == [one["id"] for one in sleeps[::-1]]


# ── what is offered ──


def test_what_is_offered_is_there() -> None:
    """Every name of `__all__` can be had, is sorted in, and is told to type checkers too."""
    assert dir(whoop_mcp) == sorted(whoop_mcp.__all__)
    for name in whoop_mcp.__all__:
        assert getattr(whoop_mcp, name) is not None
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    (typed,) = [node for node in tree.body if isinstance(node, ast.If)]
    told = [
        one.asname or one.name
        for node in ast.walk(typed)
        if isinstance(node, ast.ImportFrom)
        for one in node.names
    ]
    assert sorted([*told, "__version__"]) == sorted(whoop_mcp.__all__)


def test_what_is_not_offered_is_refused_as_ever() -> None:
    """A name that is not there is an AttributeError that says so; modules can still be imported."""
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = whoop_mcp.nonsense  # type: ignore[attr-defined]
    from whoop_mcp.sync import sync

    assert sync is whoop_mcp.sync.sync


def test_importing_it_brings_nothing_along() -> None:
    """The package alone imports no module of its own, and all that it offers none of the libraries
    that only the server and the login need."""
    program = f"""
import sys
import whoop_mcp
assert not [name for name in sys.modules if name.startswith("whoop_mcp.")]
for name in {FOREIGN_TO_THE_CORE!r}:
    sys.modules[name] = None
from whoop_mcp import *
assert Mirror and sync.sync and days.summary
assert "whoop_mcp.oauth" not in sys.modules
assert "requests" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", program], cwd=PACKAGE.parent, check=True)


# ── LIBRARY.md's example ──


def test_the_example_runs(tmp_path: Path, account: Account, whoop: FaultySimulator) -> None:
    """Word by word: it fills its cache, tells what is there, and the next time only what is new."""
    (program,) = example(tmp_path / "program", "whoop_mcp")
    folder = tmp_path / "folder"
    env = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    command = (sys.executable, "-W", "error", "-X", "dev", program, folder)
    check(venvs.output(*command, env=env, cwd=tmp_path), folder, account, new=records(account))
    account.add_workout(times.plus(account.now(), days=-3), minutes=20)
    check(venvs.output(*command, env=env, cwd=tmp_path), folder, account, new=1)
    assert sorted(path.name for path in folder.iterdir()) == ["data", "seen", "sleeps.csv"]
    assert not list((tmp_path / "home-of-the-test").iterdir())


@pytest.mark.slow
def test_the_example_without_a_login_says_so(
    tmp_path: Path, whoop: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the caller's own `token` raises is what the program ends with; so does a refused one."""
    (program,) = example(tmp_path / "program", "whoop_mcp")
    for token in (None, "refused"):
        monkeypatch.delenv("MY_WHOOP_TOKEN", raising=False)
        if token:
            monkeypatch.setenv("MY_WHOOP_TOKEN", token)
        done = subprocess.run(
            [sys.executable, program, tmp_path / "folder"],
            env={**os.environ, "PYTHONPATH": str(PACKAGE.parent)},
            capture_output=True,
            text=True,
            check=False,
        )
        said = "AUTH_FAILED: There is no login. Log in at my program.\n"
        assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


@pytest.mark.slow
def test_two_copies_live_in_one_process(
    tmp_path: Path, account: Account, whoop: FaultySimulator
) -> None:
    """Copied under two names and run at once on one cache, they share nothing but that file."""
    names = ("theirs.whoop", "ours")
    first, second = example(vendored(tmp_path / "program", *names), *names)
    folder = tmp_path / "folder"
    program = f"""
import runpy, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
for name in {FOREIGN_TO_THE_CORE!r}:
    sys.modules[name] = None
mains = [runpy.run_path(path) for path in ({str(first)!r}, {str(second)!r})]
assert mains[0]["WhoopError"] is not mains[1]["WhoopError"]
with ThreadPoolExecutor(2) as threads:
    for done in [threads.submit(one["main"], Path({str(folder)!r})) for one in mains]:
        done.result()
assert not [name for name in sys.modules if name.startswith("whoop_mcp")]
assert {{"theirs.whoop.sync", "ours.sync"}} <= set(sys.modules)
"""
    env = {**os.environ, "PYTHONPATH": str(tmp_path / "program")}
    said = venvs.output(sys.executable, "-W", "error", "-c", program, env=env, cwd=tmp_path)
    assert said.count(f"written: {len(account.all('sleeps'))}\n") == 2
    assert_exact(folder, account)


@pytest.mark.slow
def test_many_threads_share_one_cache(
    tmp_path: Path, account: Account, whoop: FaultySimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The example in eight threads at once on one folder: none fails, every record is learned
    once, and the cache is exact."""
    space: dict[str, Any] = {"__name__": "example"}
    exec(EXAMPLE, space)
    folder = tmp_path / "folder"
    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(space["main"], folder) for _ in range(8)]:
            done.result()
    assert_exact(folder, account)


def assert_exact(folder: Path, account: Account) -> None:
    """The cache holds what the account has, each record learned once; the export is whole."""
    with closing(sqlite3.connect(folder / "data" / "whoop.db")) as connection:
        learned = connection.execute("SELECT change, count(*) FROM changes GROUP BY change")
        assert learned.fetchall() == [("created", records(account))]
    cache = Cache(folder / "data" / "whoop.db")
    for resource in COLLECTIONS:
        held = {
            resource.key({resource.id_field: one[resource.id_field]})
            for one in lookups.stream(cache, resource)
        }
        assert held == {resource.key(raw) for raw in account.all(resource.name)}
    with (folder / "sleeps.csv").open(newline="", encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == len(account.all("sleeps"))


@pytest.mark.slow
def test_the_example_needs_requests_alone(
    tmp_path: Path, account: Account, whoop: FaultySimulator
) -> None:
    """In an environment that has only `requests`, it runs from a copied folder of this name and of
    any other, and a strict type checker agrees with it."""
    programs = venvs.fresh(tmp_path / "venv", "requests")
    names = ("whoop_mcp", "vendored.their_name")
    paths = example(vendored(tmp_path / "program", *names), *names)
    for number, program in enumerate(paths):
        folder = tmp_path / f"folder-{number}"
        said = venvs.output(programs / "python", "-W", "error", program, folder, cwd=tmp_path)
        check(said, folder, account, new=records(account))
    (program,) = example(tmp_path / "typed", "whoop_mcp")
    venvs.output(
        *(sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"),
        *("--config-file=", "--cache-dir", tmp_path / "mypy", program),
        env={**os.environ, "MYPYPATH": str(PACKAGE.parent)},
        cwd=tmp_path,
    )


# ── manners of the core ──

STREAMS = {"stdin", "stdout", "stderr", "argv", "path", "modules"}
SETTERS = {
    *("basicConfig", "addHandler", "removeHandler", "setLevel", "captureWarnings"),
    *("filterwarnings", "simplefilter", "setdefaulttimeout", "setlocale", "setrecursionlimit"),
    *("chdir", "umask", "putenv", "unsetenv", "register", "signal", "excepthook"),
}
"""What changes a whole process, for everybody in it."""
MUTATORS = {
    *("append", "extend", "insert", "add", "update", "setdefault", "remove", "discard", "pop"),
    *("popitem", "clear", "sort", "reverse", "appendleft", "popleft", "put"),
}

OF_A_PROGRAM = {"cache.query_worker": {"sys.stdin", "sys.stdout", "signal", "chdir"}}
"""What is a core module's own when it is not imported, but started as a process of its own."""


def liberties(source: str) -> list[str]:
    """What a module takes that belongs to the whole process, or keeps outside of its objects."""
    tree = ast.parse(source)
    own = {
        name.id
        for node in tree.body
        if isinstance(node, (ast.Assign, ast.AnnAssign))
        for name in ast.walk(node)
        if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
    }
    return [found for node in ast.walk(tree) if (found := _liberty(node, own))]


def _liberty(node: ast.AST, own: set[str]) -> str | None:
    """`own` are the names that the module itself binds, outside of its functions."""
    match node:
        case ast.Attribute(ast.Name("os"), "environ" | "environb" | "getenv" as name):
            return f"os.{name}"
        case ast.Attribute(ast.Name("sys"), name) if name in STREAMS:
            return f"sys.{name}"
        case ast.Call(ast.Name("print" | "input" as name)):
            return name
        case ast.Call(ast.Attribute(_, name)) if name in SETTERS:
            return name
        case ast.Global():
            return "global"
        case ast.Attribute(ast.Name("functools"), "cache" | "lru_cache" as name):
            return f"functools.{name}"
        case ast.Call(ast.Attribute(ast.Name(name), act)) if name in own and act in MUTATORS:
            return f"{name}.{act}"
        case ast.Subscript(ast.Name(name), ctx=ast.Store() | ast.Del()) if name in own:
            return f"{name}[…]"
        case ast.ImportFrom(module="os" | "sys" | "functools", names=names):
            taken = {one.name for one in names} & {
                *("environ", "getenv", "cache", "lru_cache"),
                *STREAMS,
            }
            return ", ".join(taken) or None
    return None


@pytest.mark.parametrize("path", [PACKAGE / "__init__.py", *core()], ids=name_of)
def test_the_core_takes_no_liberties(path: Path) -> None:
    """No module of the core reads the environment, prints, sets up logging or anything else that
    is the whole process's, or keeps state outside of its objects; but for one that is a program."""
    taken = liberties(path.read_text(encoding="utf-8"))
    assert set(taken) <= OF_A_PROGRAM.get(name_of(path), set())


@pytest.mark.parametrize(
    "source",
    [
        "import os\nhome = os.environ.get('HOME')",
        "from os import environ",
        "import os\ndef f():\n    return os.getenv('HOME')",
        "def f():\n    print('hello')",
        "import logging\nlogging.basicConfig()",
        "import logging\nlogging.getLogger(__name__).addHandler(None)",
        "import sys\ndef f():\n    sys.stderr.write('')",
        "N = 0\ndef f():\n    global N\n    N += 1",
        "SEEN = set()\ndef f(x):\n    SEEN.add(x)",
        "SEEN: dict[str, int] = {}\ndef f(x):\n    SEEN[x] = 1",
        "SEEN = {}\ndef f(x):\n    del SEEN[x]",
        "from functools import lru_cache",
        "import functools\n@functools.lru_cache\ndef f(): ...",
    ],
)
def test_liberties_are_seen(source: str) -> None:
    """The test of the core's manners notices what it is there for."""
    assert liberties(source)
