"""The skill that comes with the program, and how an agent comes to have it."""

from __future__ import annotations

import importlib.resources
from pathlib import Path
from typing import NamedTuple

from .. import files
from ..errors import ExportError, ValidationError

NAME = "whoop-insights"


class Installed(NamedTuple):
    """Where the skill is now; `backup` is another text that stood there before."""

    path: Path
    backup: Path | None


def text() -> str:
    """The skill itself, Markdown with a heading that agents read first."""
    package = importlib.resources.files(__package__)
    return (package / "skills" / NAME / "SKILL.md").read_text(encoding="utf-8")


def install(target: Path) -> Installed:
    """Put the skill into a folder of skills, which is made if need be; `~` stands for a home.

    ValidationError where that is nobody's, ExportError where the disk refuses.
    """
    try:
        path = target.expanduser() / NAME / "SKILL.md"
    except RuntimeError:
        raise ValidationError(
            f"{target} begins with a ~ that stands for no known home.",
            hint="Name a folder with --target, for example --target /somewhere/skills.",
        ) from None
    new = text().encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        there = path.read_bytes() if path.exists() else None
        if there == new:
            return Installed(path, None)
        backup = None if there is None else files.keep_aside(path)
        files.replace(path, new, 0o644)
    except OSError as problem:
        raise ExportError(
            f"The skill cannot be written to {path} ({problem.strerror or 'it failed'}).",
            hint="Name another folder with --target.",
        ) from None
    return Installed(path, backup)
