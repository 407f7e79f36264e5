"""What pip makes of a clean clone: the wheel, the source archive, and the scripts installed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from whoop_mcp import __version__
from whoop_mcp.report import mcp_app

from .support import venvs

pytestmark = pytest.mark.slow

STEM = f"whoop_mcp-{__version__}"
SCRIPTS = {"whoop-mcp": "whoop_mcp.cli.main:main", "whoop-mcp-oauth": "whoop_mcp.oauth:main"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the source archive of a clean clone, and the wheel built from that alone."""
    folder = tmp_path_factory.mktemp("made")
    programs = venvs.fresh(folder / "venv", "build")
    clone = venvs.clone(folder / "clone")
    venvs.tool(programs / "python", "build", "--outdir", folder, clone)
    return folder


def package_files() -> set[str]:
    """Every file of the package that is not made by running it."""
    return {
        path.relative_to(venvs.ROOT).as_posix()
        for path in (venvs.ROOT / "whoop_mcp").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }


def test_the_wheel_holds_the_package_and_nothing_else(made: Path) -> None:
    """All of `whoop_mcp` is in it, data and `py.typed` too; no test, no document, nothing else."""
    with zipfile.ZipFile(made / f"{STEM}-py3-none-any.whl") as wheel:
        names = set(wheel.namelist())
    own = {name for name in names if not name.startswith(f"{STEM}.dist-info/")}
    assert own == package_files()
    files = ("style.css", "print.css", "mcp_app.css", *mcp_app.FILES)
    report = {f"whoop_mcp/report/{name}" for name in files}
    assert {"whoop_mcp/py.typed", *report} <= own
    assert [name for name in names - own if name.endswith("/LICENSE")]


def test_the_metadata_says_what_it_is(made: Path) -> None:
    """Version, Python, scripts, and the few libraries that an installation brings along."""
    with zipfile.ZipFile(made / f"{STEM}-py3-none-any.whl") as wheel:
        metadata = wheel.read(f"{STEM}.dist-info/METADATA").decode()
        scripts = wheel.read(f"{STEM}.dist-info/entry_points.txt").decode()
    assert f"\nVersion: {__version__}\n" in metadata
    assert "\nRequires-Python: >=3.10\n" in metadata
    needed = re.findall(r"^Requires-Dist: ([\w-]+)[^;\n]*$", metadata, re.MULTILINE)
    assert sorted(needed) == ["anyio", "cryptography", "mcp", "requests"]
    assert dict(re.findall(r"^(\S+) = (\S+)$", scripts, re.MULTILINE)) == SCRIPTS


def test_the_source_archive_is_enough(made: Path) -> None:
    """It holds the package, its licence and what builds it; the wheel was built from it alone."""
    with tarfile.open(made / f"{STEM}.tar.gz") as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert package_files() | {"setup.cfg", "pyproject.toml", "README.md", "LICENSE"} <= names
    assert not [name for name in names if re.search(r"\.(db|pyc)$|(^|/)\.", name)]


def test_both_scripts_run_when_installed(tmp_path: Path) -> None:
    """`pip install` of a clean clone gives two programs that run from anywhere, cut off from all
    else that Python might find, and change nothing in the home by saying what they are."""
    programs = venvs.fresh(tmp_path / "venv", str(venvs.clone(tmp_path / "clone")))
    elsewhere = tmp_path / "else where"
    elsewhere.mkdir()
    env = {**os.environ, "PYTHONWARNINGS": "error", "PYTHONNOUSERSITE": "1"}
    env.pop("PYTHONPATH", None)

    def said(*command: str) -> str:
        first, *rest = command
        return venvs.output(programs / first, *rest, env=env, cwd=elsewhere)

    version = f"whoop-mcp {__version__}\n"
    assert said("whoop-mcp", "--version") == version
    assert said("python", "-I", "-m", "whoop_mcp", "--version") == version
    for way in (["whoop-mcp-oauth"], ["python", "-I", "-m", "whoop_mcp.oauth"]):
        assert "--no-browser" in said(*way, "--help")
    demo = said("python", "-I", "-m", "whoop_mcp", "demo")
    assert "Recovery" in demo or "recovery" in demo
    where = "import whoop_mcp; print(whoop_mcp.__file__)"
    assert str(tmp_path / "venv") in said("python", "-I", "-c", where)
    assert not list(elsewhere.iterdir())
    assert not [path for path in Path(env["HOME"]).rglob("*") if path.is_file()]


def test_it_installs_without_an_index(tmp_path: Path) -> None:
    """Wheels made elsewhere are all that a machine needs on which pip may ask nobody."""
    maker = venvs.fresh(tmp_path / "maker", "wheel")
    wheels = tmp_path / "wheels"
    clone = venvs.clone(tmp_path / "clone")
    venvs.tool(maker / "python", "pip", "wheel", "--quiet", "--wheel-dir", wheels, clone)
    offline = ("--no-index", "--find-links", wheels, "whoop-mcp")
    taker = venvs.fresh(tmp_path / "taker", *offline)
    env = {**os.environ, "PYTHONNOUSERSITE": "1"}
    env.pop("PYTHONPATH", None)
    version = venvs.output(taker / "whoop-mcp", "--version", env=env, cwd=tmp_path)
    assert version == f"whoop-mcp {__version__}\n"


def test_a_tool_of_uv_is_on_the_path_and_lasts(tmp_path: Path) -> None:
    """`uv tool install` puts the command on the PATH; from there `install` writes an entry, from
    `uvx` it refuses and shows the two lines."""
    programs = venvs.fresh(tmp_path / "venv", "uv")
    clone = venvs.clone(tmp_path / "clone")
    home = tmp_path / "person"
    (home / ".cursor").mkdir(parents=True)
    folders = {"UV_TOOL_DIR": "tools", "UV_TOOL_BIN_DIR": "bin", "UV_CACHE_DIR": "cache"}
    env = {
        **venvs.ENVIRON,
        **{name: str(tmp_path / folder) for name, folder in folders.items()},
        "HOME": str(home),
        "TMPDIR": str(tmp_path / "tmp"),
    }
    env.pop("PYTHONPATH", None)
    (tmp_path / "tmp").mkdir()

    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            words, env=env, cwd=tmp_path, capture_output=True, text=True, check=False
        )

    python = ("--python", sys.executable)
    passing = run(
        *(programs / "uvx", "--quiet", *python, "--from", clone),
        *("whoop-mcp", "install", "--write"),
    )
    assert passing.returncode == 2
    assert "uv tool install" in passing.stderr
    assert not (home / ".cursor" / "mcp.json").exists()
    done = run(programs / "uv", "tool", "install", "--quiet", *python, clone)
    assert done.returncode == 0, done.stderr
    env["PATH"] = f"{tmp_path / 'bin'}{os.pathsep}{env['PATH']}"
    lasting = run("whoop-mcp", "install", "--write")
    assert lasting.returncode == 0, lasting.stderr
    entry = json.loads((home / ".cursor" / "mcp.json").read_text())["mcpServers"]["whoop"]
    assert str(tmp_path / "tools") in entry["command"]
    hint = json.loads(run("whoop-mcp", "sync", "--json").stdout)["error"]["hint"]
    assert hint == "Run `whoop-mcp login`."
