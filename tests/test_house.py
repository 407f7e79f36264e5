"""The plan of the code, held by reading its imports."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "whoop_mcp"

SHELVES = [
    {"errors", "budget", "connections", "words", "tables", "registration", "series"}
    | {"markup", "numerals", "periods", "styles", "host_script"},
    {"times", "units", "intervals", "call", "files", "cursors", "destination", "tls", "phrases"}
    | {"menu", "handshake", "statistic", "axes", "heat"},
    {"fields", "limits", "answers", "spans", "abreast", "draft", "digest", "skill"}
    | {"shell_completion", "client_files", "plots", "scatter"},
    {"records", "wire", "lock", "nights", "charts"},
    {"resources", "transport", "columns", "overlaps"},
    {"schema", "text_files", "parquet_file", "dataset"},
    {"database", "statement"},
    {"coverage", "changes", "selection", "skips", "readings"},
    {"ledger", "snapshot"},
    {"takeover"},
    {"cache", "api"},
    {"mirror", "runs", "plan", "reader", "purge", "feed", "query", "diary"},
    {"lanes", "metrics", "sports"},
    {"sync", "export", "freshness"}
    | {"baselines", "trends", "load", "rest", "anomalies", "correlations", "gist"}
    | {"figures"},
    {"reads", "insights", "sheets", "exhibits"},
    {"days", "panels"},
    {"sections"},
    {"report"},
    # The core ends here.
    {"settings", "vault", "redaction", "payloads", "simulator_http", "kinds"},
    {"logs", "network", "account", "simulator_edge", "simulator_oauth", "arguments"},
    {"life", "grants", "errand", "token_endpoint", "prompts", "replies"},
    {"login_store", "athlete", "completion"},
    {"tokens"},
    {"app", "simulator", "authorization", "console"},
    {"health", "callback", "paste", "dashboard"},
    {"tools", "uris", "oauth", "stdio", "status"},
    {"protocol", "stage", "desk"},
    {"server"},
    {"demo"},
    {"cache_commands", "setup_commands"},
    {"login_commands"},
    {"commands"},
    {"cli"},
    {"__main__"},
]
CORE = 18
"""How many shelves, from the bottom, run on the standard library and requests alone."""

ONLY = {
    "requests": {"wire"},
    "sqlite3": {"connections", "database", "query", "takeover"},
    "cryptography": {"vault"},
    "pyarrow": {"parquet_file"},
    "truststore": {"tls"},
    "mcp": {"protocol", "stdio"},
    "anyio": {"protocol", "stdio", "server"},
}
"""Outside libraries (and sqlite3) and the modules that alone may import them."""

FOREIGN_TO_THE_CORE = ("mcp", "mcp_types", "anyio", "pydantic", "cryptography", "pyarrow")


def modules() -> list[Path]:
    """Every module of the package but its `__init__`."""
    return sorted(path for path in PACKAGE.rglob("*.py") if path.name != "__init__.py")


def imports(path: Path) -> list[tuple[int, str, list[str]]]:
    """(level, module, names) of each import statement, wherever in the file it stands."""
    found: list[tuple[int, str, list[str]]] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [(0, alias.name, []) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append((node.level, node.module or "", [alias.name for alias in node.names]))
    return found


def siblings(path: Path) -> set[str]:
    """The package's own modules that a module imports."""
    names: set[str] = set()
    for level, module, imported in imports(path):
        if level == 1:
            names |= {module.split(".")[0]} if module else set(imported)
    return names


def shelf(name: str) -> int:
    """On which shelf a module stands."""
    for number, names in enumerate(SHELVES):
        if name in names:
            return number
    raise AssertionError(f"{name} stands on no shelf: add it to SHELVES")


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.stem)
def test_modules_import_only_from_lower_shelves(path: Path) -> None:
    """A module imports its siblings relatively, and only those on a strictly lower shelf."""
    assert not [name for level, name, _ in imports(path) if level == 0 and "whoop_mcp" in name]
    for sibling in siblings(path) - {"__version__"}:
        assert shelf(sibling) < shelf(path.stem), f"{path.stem} reaches up to {sibling}"


def test_every_shelf_is_real() -> None:
    """The plan names no module that is gone, and none twice."""
    planned = [name for names in SHELVES for name in names]
    assert sorted(planned) == sorted({path.stem for path in modules()} & set(planned))
    assert len(planned) == len(set(planned))


@pytest.mark.parametrize("library", ONLY)
def test_each_library_has_its_module(library: str) -> None:
    """An outside library is imported in its own module and nowhere else."""
    users = {
        path.stem
        for path in modules()
        if any(not level and name.split(".")[0] == library for level, name, _ in imports(path))
    }
    assert users == ONLY[library]


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.stem)
def test_modules_stay_small(path: Path) -> None:
    """No module passes 400 lines, so that each can be read in one sitting."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_the_core_runs_in_a_strangers_package(tmp_path: Path) -> None:
    """Copied under another name, with the heavy libraries unimportable, all of the core imports."""
    stranger = tmp_path / "stranger" / "data_of_whoop"
    shutil.copytree(PACKAGE, stranger, ignore=shutil.ignore_patterns("__pycache__"))
    (stranger.parent / "__init__.py").touch()
    core = sorted(name for names in SHELVES[:CORE] for name in names)
    program = f"""
import sys
for name in {FOREIGN_TO_THE_CORE!r}:
    sys.modules[name] = None
import importlib
importlib.import_module("stranger.data_of_whoop")
for name in {core!r}:
    importlib.import_module("stranger.data_of_whoop." + name)
assert not [name for name in sys.modules if name.startswith("whoop_mcp")]
"""
    subprocess.run(
        [sys.executable, "-I", "-c", f"import sys; sys.path[:0] = [{str(tmp_path)!r}]" + program],
        check=True,
    )
