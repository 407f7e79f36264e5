"""Find where MCP clients keep their files on this system."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from .. import surroundings
from ..errors import ValidationError


class Place(NamedTuple):
    """Name a client's file, and the folder without which the client is not on this computer."""

    file: Path
    folder: Path

    def is_here(self) -> bool:
        """Tell whether the client seems to be on this computer."""
        # A client that its own user may not look at does not start here.
        return surroundings.path_test(self.folder.is_dir, denied=False) or (
            surroundings.path_test(self.file.exists, denied=False)
        )


def path(spelled: str, home: Path, environ: Mapping[str, str]) -> Path:
    """Find the path that a row spells, on this system."""
    base, _, rest = spelled.partition("/")
    return {"{apps}": _apps, "{config}": _config}.get(base, _home)(home, environ) / rest


def _home(home: Path, environ: Mapping[str, str]) -> Path:
    return home


def _apps(home: Path, environ: Mapping[str, str]) -> Path:
    """Find the system's folder of applications' settings."""
    if sys.platform == "darwin":
        return home / "Library" / "Application Support"
    if sys.platform == "win32":
        return _named_folder(environ.get("APPDATA"), home / "AppData" / "Roaming")
    return _config(home, environ)


def _config(home: Path, environ: Mapping[str, str]) -> Path:
    """Find the folder that programs from Unix use on every system."""
    return _named_folder(environ.get("XDG_CONFIG_HOME"), home / ".config")


def _named_folder(named: str | None, usual: Path) -> Path:
    """Take the folder that a variable names; a relative one counts for nothing, by its makers."""
    return Path(named) if named and Path(named).is_absolute() else usual


def packaged(home: Path, environ: Mapping[str, str]) -> Path | None:
    """Find the folder that Claude Desktop from a Windows package (MSIX) reads; None without one."""
    local = _named_folder(environ.get("LOCALAPPDATA"), home / "AppData" / "Local")
    try:
        found = sorted(one for one in (local / "Packages").glob("Claude_*") if one.is_dir())
    except OSError:
        found = []
    if len(found) > 1:
        raise ValidationError(
            "Claude Desktop is installed here more than once, and which one you use cannot be "
            f"seen: {', '.join(one.name for one in found)}.",
            hint="In Claude Desktop, open Settings, Developer, Edit Config: put the entry into "
            "the file that it opens, or take it out there. `whoop-mcp install --client "
            "claude-desktop` prints it.",
        )
    return found[0] / "LocalCache" / "Roaming" / "Claude" if found else None
