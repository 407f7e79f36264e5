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
    {
        "budget",
        "connections",
        "deadline",
        "errors",
        "folders",
        "host_script",
        "intervals",
        "markup",
        "numerals",
        "periods",
        "query_worker",
        "series",
        "sport_names",
        "styles",
        "times",
        "tls",
        "units",
    },
    {
        "answers",
        "axes",
        "call",
        "cursors",
        "destination",
        "fields",
        "files",
        "heat",
        "nights",
        "spans",
        "statistic",
    },
    {
        "abreast",
        "draft",
        "limits",
        "lock",
        "overlaps",
        "plots",
        "query_process",
        "records",
        "scatter",
        "wire",
    },
    {"charts", "columns", "present", "resources"},
    {"dataset", "parquet_file", "schema", "text_files", "transport"},
    {"api", "database", "statement"},
    {"changes", "coverage", "readings", "selection", "skips"},
    {"ledger", "snapshot"},
    {"diary", "takeover"},
    {"cache", "metrics", "sports"},
    {
        "anomalies",
        "baselines",
        "correlations",
        "export",
        "feed",
        "figures",
        "gist",
        "inquiry",
        "load",
        "mirror",
        "plan",
        "purge",
        "query",
        "rest",
        "runs",
        "trends",
    },
    {"clock_repair", "exhibits", "insights", "reader", "sheets"},
    {"lanes", "panels"},
    {"freshness", "sections", "sync"},
    {"days", "reads", "report"},
    # The core ends here.
    {
        "authorization",
        "errand",
        "kinds",
        "payloads",
        "phrases",
        "redaction",
        "simulator_http",
        "skill",
        "stdio",
        "surroundings",
        "tables",
        "token_endpoint",
        "vault",
        "words",
    },
    {
        "account",
        "arguments",
        "callback",
        "console",
        "digest",
        "grants",
        "handshake",
        "paste",
        "registration",
        "replies",
        "settings",
        "simulator_edge",
        "simulator_oauth",
    },
    {"client_files", "life", "login_store", "logs", "menu", "network", "prompts"},
    {"athlete", "completion", "shell_completion", "tokens"},
    {"app", "oauth", "simulator"},
    {"dashboard", "health", "stage", "uris"},
    {"status", "tools"},
    {"desk", "protocol"},
    {"cache_commands", "server"},
    {"demo", "login_commands"},
    {"setup_commands"},
    {"commands"},
    {"cli"},
    {"__main__"},
]
CORE = 15
"""How many shelves, from the bottom, run on the standard library and requests alone."""

ONLY = {
    "requests": {"wire"},
    "urllib3": {"deadline"},
    "sqlite3": {"connections", "database", "query_worker", "takeover"},
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
