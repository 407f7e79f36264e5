"""What a command needs before it can act: the App of the environment, checked arguments, a path.

What a command needs is imported in it: `completion` should not wait for the whole program.
"""

from __future__ import annotations

from typing import Any

from .. import surroundings


def open_app() -> Any:
    """The App of the real environment, its log in the file alone."""
    from .. import logs
    from ..app import App
    from ..settings import Settings

    settings = Settings.read()
    logs.set_up(settings, console=False)
    return App(settings)


def checked(tool: str, **given: object) -> dict[str, Any]:
    """Arguments as a tool of the same purpose would take them. ValidationError."""
    from ..server.arguments import read
    from ..server.tools import BY_NAME

    return read(BY_NAME[tool].parameters, given)


def place(typed: str) -> str:
    """A path as the shell means it: what is not absolute begins where the person stands."""
    return typed if not typed or typed.startswith("~") else str(surroundings.here() / typed)
