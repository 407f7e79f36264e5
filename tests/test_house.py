"""The plan of the house, held by reading its imports."""

from __future__ import annotations

import ast
import functools
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "whoop_mcp"

ROOMS = ("ground", "whoop", "cache", "sync", "reads", "archive", "insights", "trials", "report")
"""The core's packages, from the bottom: each imports from those before it."""

MAY_USE = {
    **{room: set(ROOMS[:number]) for number, room in enumerate(ROOMS)},
    "outer": {"ground", "whoop"},
    "login": {"ground", "whoop", "outer"},
    "app": {"ground", "whoop", "cache", "sync", "outer", "login"},
    "server": {*ROOMS, "outer", "login", "app"},
    "simulator": {"times"},
    "cli": {*ROOMS, "outer", "login", "app", "server", "simulator"},
    "doors": {"cli"},
}
"""Which packages each may import from, beside itself."""

OUTER = ("surroundings", "settings", "network", "logs", "log_file")
DOORS = ("__main__", "oauth")

ONLY = {
    "requests": {"whoop.wire"},
    "urllib3": {"whoop.deadline"},
    "sqlite3": {"cache"},
    "cryptography": {"login.vault"},
    "pyarrow": {"reads.parquet"},
    "truststore": {"whoop.tls"},
    "mcp": {"server"},
    "anyio": {"server"},
}
"""Outside libraries (and sqlite3), and the modules or packages that alone may import them."""

FOREIGN_TO_THE_CORE = ("mcp", "mcp_types", "anyio", "pydantic", "cryptography", "pyarrow")


def modules() -> list[Path]:
    """Every module of the package, the packages' own `__init__` left out."""
    return sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def name_of(path: Path) -> str:
    """A module's name inside the package, such as `cache.coverage`."""
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def room_of(name: str) -> str:
    """The package that a module belongs to; the modules at the top are groups of their own."""
    first, _, rest = name.partition(".")
    if rest or (PACKAGE / first).is_dir():
        return first
    if first == "app":
        return "app"
    return "outer" if first in OUTER else "doors" if first in DOORS else "ground"


def core() -> list[Path]:
    """The modules that run on the standard library and requests alone."""
    return [path for path in modules() if room_of(name_of(path)) in ROOMS]


@functools.cache
def imports(path: Path) -> list[tuple[int, str, list[str]]]:
    """(level, module, names) of each import statement, wherever in the file it stands."""
    found: list[tuple[int, str, list[str]]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(0, alias.name, []) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.level, node.module or "", [alias.name for alias in node.names]))
    return found


@functools.cache
def siblings(path: Path) -> set[str]:
    """The package's own modules that a module imports, by their names inside the package."""
    found: set[str] = set()
    folder = path.parent
    for level, module, names in imports(path):
        if not level:
            continue
        base = folder
        for _ in range(level - 1):
            base = base.parent
        base = base.joinpath(*module.split(".")) if module else base
        for name in names if base.is_dir() else [""]:
            target = base / name if name else base
            if target.with_suffix(".py").exists() or target.is_dir():
                found.add(".".join(target.relative_to(PACKAGE).parts))
            elif base != PACKAGE:
                found.add(".".join(base.relative_to(PACKAGE).parts))
    return found


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_packages_import_only_from_those_below(path: Path) -> None:
    """A module imports its own package's modules, relatively, and those of packages below it."""
    assert not [name for level, name, _ in imports(path) if level == 0 and "whoop_mcp" in name]
    room = room_of(name_of(path))
    for sibling in siblings(path):
        allowed = room_of(sibling) in {room, *MAY_USE[room]} or sibling in MAY_USE[room]
        assert allowed, f"{name_of(path)} reaches out to {sibling}"


def test_no_imports_run_in_a_circle() -> None:
    """Modules can be put in an order in which each imports only earlier ones."""
    left = {name_of(path): siblings(path) - {name_of(path)} for path in modules()}
    while ready := [name for name, needs in left.items() if not needs & set(left)]:
        for name in ready:
            del left[name]
    assert not left


def test_the_plan_names_what_is_there() -> None:
    """Every package stands in the plan, and the plan names none that is gone."""
    folders = {path.parent.name for path in PACKAGE.rglob("__init__.py")} - {PACKAGE.name}
    groups = {"ground", "outer", "app", "doors"}
    assert folders == set(MAY_USE) - groups
    top = {path.stem for path in PACKAGE.glob("*.py")}
    assert {*OUTER, *DOORS, "app"} <= top


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("__init__.py")), ids=lambda p: p.parent.name)
def test_every_package_has_a_face(path: Path) -> None:
    """A package says in a sentence or two what it is for, and in `__all__` what others may use."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    assert any(
        isinstance(node, (ast.Assign, ast.AnnAssign)) and "__all__" in ast.unparse(node)
        for node in tree.body
    )


@pytest.mark.parametrize("library", ONLY)
def test_each_library_has_one_home(library: str) -> None:
    """An outside library is imported in its own home and nowhere else."""
    users = {
        name_of(path)
        for path in modules()
        if any(not level and name.split(".")[0] == library for level, name, _ in imports(path))
    }
    homes = ONLY[library]
    assert users
    assert not {name for name in users if not ({name, name.split(".")[0]} & homes)}


@pytest.mark.parametrize("path", modules(), ids=name_of)
def test_modules_stay_small(path: Path) -> None:
    """No module passes 400 lines, so that each can be read in one sitting."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_the_core_runs_in_a_strangers_package(tmp_path: Path) -> None:
    """The core's folders alone, copied under another name, import with nothing but requests."""
    stranger = tmp_path / "stranger" / "data_of_whoop"
    stranger.mkdir(parents=True)
    (stranger.parent / "__init__.py").touch()
    shutil.copy(PACKAGE / "__init__.py", stranger)
    for room in ROOMS[1:]:
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(PACKAGE / room, stranger / room, ignore=ignored)
    for path in PACKAGE.glob("*.py"):
        if room_of(path.stem) == "ground" and path.stem != "__init__":
            shutil.copy(path, stranger)
    program = f"""
import sys
for name in {FOREIGN_TO_THE_CORE!r}:
    sys.modules[name] = None
import importlib
importlib.import_module("stranger.data_of_whoop")
for name in {[name_of(path) for path in core()]!r}:
    importlib.import_module("stranger.data_of_whoop." + name)
assert not [name for name in sys.modules if name.startswith("whoop_mcp")]
"""
    subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path[:0] = [{str(tmp_path)!r}]" + program],
        check=True,
    )
