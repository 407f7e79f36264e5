"""Build what clients install by one click, from setup.cfg's data: `python -m tests.tools.packages`.

Into `dist/` come a bundle (`.mcpb`) for desktop clients, a plugin folder for Claude Code, Codex,
GitHub Copilot CLI and Gemini CLI, and `server.json` for the MCP registry. Version, dependencies and
description stand in setup.cfg and the package alone.
"""

from __future__ import annotations

import argparse
import configparser
import hashlib
import json
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from whoop_mcp import __version__
from whoop_mcp.server.tools import TOOLS

ROOT = Path(__file__).parents[2]
TITLE = "WHOOP"
NAME = "whoop-mcp"
SERVER = "whoop"
SKILL = Path("whoop_mcp/cli/skills/whoop-insights")
_UV = ["run", "--directory", "${__dirname}", "--no-dev", "python", "-m", "whoop_mcp"]
_SCHEMA = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json"


class Facts:
    """What setup.cfg says, in the words that the packages need."""

    def __init__(self, root: Path = ROOT) -> None:
        config = configparser.ConfigParser()
        config.read(root / "setup.cfg", encoding="utf-8")
        self.description = config["metadata"]["description"]
        self.licence = config["metadata"]["license"]
        self.python = config["options"]["python_requires"]
        needs = config["options"]["install_requires"].splitlines()
        self.needs = [line.strip() for line in needs if line.strip()]


def files(root: Path) -> list[Path]:
    """What the server needs to run, relative to the repository."""
    found = [path for path in (root / "whoop_mcp").rglob("*") if path.is_file()]
    own = [path for path in found if path.suffix != ".pyc"]
    return sorted(path.relative_to(root) for path in [*own, root / "README.md", root / "LICENSE"])


def project(facts: Facts) -> str:
    """The `pyproject.toml` inside the bundle: uv reads nothing else, and builds nothing."""
    needs = "".join(f"    {json.dumps(need)},\n" for need in facts.needs)
    return (
        f'[project]\nname = "{NAME}"\nversion = "{__version__}"\n'
        f"description = {json.dumps(facts.description)}\n"
        f"requires-python = {json.dumps(facts.python)}\ndependencies = [\n{needs}]\n\n"
        "[tool.uv]\npackage = false\n"
    )


def manifest(facts: Facts, address: str) -> dict[str, Any]:
    """The bundle's manifest: what it is, how it starts, what its tools are."""
    return {
        "manifest_version": "0.4",
        "name": NAME,
        "display_name": TITLE,
        "version": __version__,
        "description": facts.description,
        "long_description": f"{facts.description}. Not made or endorsed by WHOOP. Not a medical "
        "device. It needs an app of your own at developer.whoop.com; the login is made in a "
        "browser, and no secret is asked for here.",
        "author": {"name": f"The {NAME} authors"},
        "repository": {"type": "git", "url": address},
        "license": facts.licence,
        "server": {
            "type": "uv",
            "entry_point": "whoop_mcp/__main__.py",
            "mcp_config": {"command": "uv", "args": _UV},
        },
        "tools": [{"name": tool.name, "description": tool.title} for tool in TOOLS],
        "compatibility": {
            "platforms": ["darwin", "linux", "win32"],
            "runtimes": {"python": facts.python},
        },
    }


def bundle(facts: Facts, address: str, dist: Path, root: Path = ROOT) -> Path:
    """Write the bundle; the same sources make the same bytes."""
    path = dist / f"{NAME}-{__version__}.mcpb"
    made = {
        "manifest.json": json.dumps(manifest(facts, address), indent=2).encode(),
        "pyproject.toml": project(facts).encode(),
        **{one.as_posix(): (root / one).read_bytes() for one in files(root)},
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(made.items()):
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return path


def plugin(facts: Facts, address: str, dist: Path, root: Path = ROOT) -> Path:
    """Write the plugin: the server by `uvx`, which fetches this very version, and the skill."""
    folder = dist / "plugin"
    shutil.rmtree(folder, ignore_errors=True)
    command = ["--from", f"git+{address}@v{__version__}", NAME]
    servers = {"mcpServers": {SERVER: {"command": "uvx", "args": command}}}
    about = {"name": NAME, "version": __version__, "description": facts.description}
    author = {"name": f"The {NAME} authors"}
    market = {
        "name": NAME,
        "owner": author,
        "metadata": {"description": facts.description},
        "plugins": [{"name": NAME, "source": "./", "description": facts.description}],
    }
    for name, content in {
        ".claude-plugin/plugin.json": {**about, "author": author, "license": facts.licence},
        ".claude-plugin/marketplace.json": market,
        ".mcp.json": servers,
        "gemini-extension.json": {**about, **servers},
    }.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    shutil.copytree(root / SKILL, folder / "skills" / SKILL.name)
    shutil.copy(root / "LICENSE", folder)
    return folder


def registration(facts: Facts, address: str, archive: Path) -> dict[str, Any]:
    """`server.json`: where the registry finds the bundle of this version, and its checksum."""
    if len(facts.description) > 100:
        raise SystemExit("setup.cfg's description is longer than the registry's 100 characters.")
    parts = urlsplit(address)
    owner = parts.path.strip("/").partition("/")[0].lower()
    host = ".".join(reversed((parts.hostname or "").split(".")[-2:]))
    space = f"io.github.{owner}" if host == "com.github" else host
    return {
        "$schema": _SCHEMA,
        "name": f"{space}/{NAME}",
        "title": TITLE,
        "description": facts.description,
        "version": __version__,
        "repository": {"url": address, "source": "github" if host == "com.github" else "git"},
        "packages": [
            {
                "registryType": "mcpb",
                "identifier": f"{address}/releases/download/v{__version__}/{archive.name}",
                "fileSha256": hashlib.sha256(archive.read_bytes()).hexdigest(),
                "transport": {"type": "stdio"},
            }
        ],
    }


def build(address: str, dist: Path = ROOT / "dist", root: Path = ROOT) -> list[Path]:
    """Build all three; their paths."""
    facts = Facts(root)
    dist.mkdir(exist_ok=True)
    archive = bundle(facts, address, dist, root)
    registry = dist / "server.json"
    said = json.dumps(registration(facts, address, archive), indent=2)
    registry.write_text(said + "\n", encoding="utf-8")
    return [archive, plugin(facts, address, dist, root), registry]


def main() -> None:
    """Build for the address that is given."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("address", help="the repository's address, such as https://github.com/A/B")
    given = parser.parse_args().address.rstrip("/").removesuffix(".git")
    if not re.fullmatch(r"(https|file)://\S+", given):
        raise SystemExit("The address begins with https://")
    for path in build(given):
        print(path)


if __name__ == "__main__":
    main()
