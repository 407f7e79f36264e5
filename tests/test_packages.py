"""The packages for one click: of setup.cfg's data, taken by the official tools, and started."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import pytest

from whoop_mcp import __version__
from whoop_mcp.cli import handshake
from whoop_mcp.cli.starts import Start
from whoop_mcp.server.tools import TOOLS

from .support import venvs
from .tools import packages

ADDRESS = "https://github.com/Somebody/whoop-mcp"
BIN = venvs.ROOT / ".venv-node" / "node_modules" / ".bin"


def read(path: Path) -> dict[str, object]:
    """A file of JSON."""
    return json.loads(path.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_one_command_builds_all_from_one_place(tmp_path: Path) -> None:
    """Version, description and dependencies are the same everywhere, as setup.cfg and the package
    have them; twice built is the same to the byte, and the registry's checksum is the bundle's."""
    archive, plugin, registry = packages.build(ADDRESS, tmp_path)
    first = archive.read_bytes()
    assert packages.build(ADDRESS, tmp_path)[0].read_bytes() == first
    facts = packages.Facts()
    with zipfile.ZipFile(archive) as bundle:
        project = bundle.read("pyproject.toml").decode()
        manifest = json.loads(bundle.read("manifest.json"))
        names = set(bundle.namelist())
    assert f'version = "{__version__}"' in project
    for need in facts.needs:
        assert json.dumps(need) in project
    assert {"whoop_mcp/__main__.py", "whoop_mcp/login/page.css", "LICENSE"} <= names
    assert not [name for name in names if name.startswith(("tests/", ".")) or ".pyc" in name]
    assert [tool["name"] for tool in manifest["tools"]] == [tool.name for tool in TOOLS]
    said = read(registry)
    assert said["name"] == "io.github.somebody/whoop-mcp"
    assert len(str(said["description"])) <= 100
    [package] = said["packages"]  # type: ignore[misc]
    assert package["fileSha256"] == hashlib.sha256(first).hexdigest()
    for about in (
        manifest,
        said,
        read(plugin / ".claude-plugin" / "plugin.json"),
        read(plugin / "gemini-extension.json"),
    ):
        assert about["version"] == __version__
        assert about["description"] == facts.description
    servers = read(plugin / ".mcp.json")
    assert servers["mcpServers"] == read(plugin / "gemini-extension.json")["mcpServers"]
    skill = plugin / "skills" / "whoop-insights" / "SKILL.md"
    assert skill.read_bytes() == (venvs.ROOT / packages.SKILL / "SKILL.md").read_bytes()


def checked(home: Path, *words: str | Path) -> str:
    """What a program from npm says, which must be content."""
    assert (BIN / words[0]).exists(), "AGENTS.md says how to install the programs"
    env = {**os.environ, "HOME": str(home), "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [BIN / words[0], *words[1:]],
        env=env,
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def started(command: Sequence[str], home: Path, programs: Path) -> handshake.Handshake:
    """The server as a client starts it by that command, found by the PATH."""
    env = {
        **venvs.ENVIRON,
        "HOME": str(home),
        "UV_CACHE_DIR": str(home / "uv"),
        "UV_PYTHON": sys.executable,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
    }
    env.pop("PYTHONPATH", None)
    subprocess.run([*command, "--version"], env=env, check=True, capture_output=True, cwd=home)
    return handshake.shake(Start(list(command), env), env)


@pytest.mark.clients
def test_the_bundle_is_valid_and_starts(tmp_path: Path) -> None:
    """The official tool takes the manifest, unpacks the bundle and names it; its own command then
    starts a server with all tools, and brings the libraries along."""
    archive, *_ = packages.build(ADDRESS, tmp_path)
    unpacked = tmp_path / "unpacked"
    checked(tmp_path, "mcpb", "unpack", archive, unpacked)
    assert "valid" in checked(tmp_path, "mcpb", "validate", unpacked / "manifest.json").lower()
    programs = venvs.fresh(tmp_path / "venv", "uv")
    config = read(unpacked / "manifest.json")["server"]["mcp_config"]  # type: ignore[index]
    words = [word.replace("${__dirname}", str(unpacked)) for word in config["args"]]
    command = str(programs / config["command"])
    assert started([command, *words], tmp_path, programs).tools == len(TOOLS)


@pytest.mark.clients
def test_the_plugin_is_valid_and_starts(tmp_path: Path) -> None:
    """Claude Code and Gemini take the plugin as valid; the command in it starts a server of this
    very version from a repository."""
    clone = venvs.clone(tmp_path / "whoop")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(clone)]
    tag = ["tag", f"v{__version__}"]
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "all"], tag):
        subprocess.run([*git, *words], check=True, capture_output=True)
    _, plugin, _ = packages.build(clone.as_uri(), tmp_path)
    assert "passed" in checked(tmp_path, "claude", "plugin", "validate", plugin).lower()
    checked(tmp_path, "gemini", "extensions", "validate", plugin)
    programs = venvs.fresh(tmp_path / "venv", "uv")
    server = read(plugin / ".mcp.json")["mcpServers"]["whoop"]  # type: ignore[index]
    command = [str(programs / server["command"]), *server["args"]]
    proof = started(command, tmp_path, programs)
    assert (proof.version, proof.tools) == (__version__, len(TOOLS))


@pytest.mark.slow
def test_uv_runs_a_clone(tmp_path: Path) -> None:
    """`uv run` in a clone brings the libraries along and runs the command."""
    programs = venvs.fresh(tmp_path / "venv", "uv")
    clone = venvs.clone(tmp_path / "clone")
    env = {**venvs.ENVIRON, "HOME": str(tmp_path), "UV_CACHE_DIR": str(tmp_path / "uv")}
    env.pop("PYTHONPATH", None)
    words = ("run", "--quiet", "--no-dev", "--python", sys.executable, "whoop-mcp", "--version")
    done = subprocess.run(
        [programs / "uv", *words], env=env, cwd=clone, capture_output=True, text=True, check=False
    )
    assert done.stdout == f"whoop-mcp {__version__}\n", done.stderr
