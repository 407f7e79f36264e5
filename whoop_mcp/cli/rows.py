"""Describe a row of the table of commands: a command and its arguments."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from .console import Console


class Argument(NamedTuple):
    """Describe an argument: name, purpose, argparse's own keywords, and what a shell offers."""

    name: str
    about: str
    options: Mapping[str, Any] = {}
    words: tuple[str, ...] = ()  # that it may be
    is_path: bool = False

    @property
    def is_option(self) -> bool:
        return self.name.startswith("-")

    @property
    def is_needed(self) -> bool:
        return not self.is_option or bool(self.options.get("required"))

    @property
    def field(self) -> str:
        """Name it as the functions do, and what was parsed holds it: `partition_by_year`."""
        return self.name.lstrip("-").replace("-", "_")

    @property
    def typed(self) -> str:
        """Name it as a person reads it: an option, or what stands for a place: `PATH`."""
        return self.name if self.is_option else str(self.options.get("metavar") or self.name)


class Command(NamedTuple):
    """Describe a command: the function that answers its exit code, its use, and what it takes."""

    name: str
    run: Callable[[Namespace, Console], int]
    about: str
    examples: tuple[str, ...]
    arguments: tuple[Argument, ...] = ()
    tool: str = ""  # that does the same, by whose table the arguments are checked
