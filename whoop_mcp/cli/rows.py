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


class Command(NamedTuple):
    """Describe a command: the function that answers its exit code, its use, and what it takes."""

    name: str
    run: Callable[[Namespace, Console], int]
    about: str
    examples: tuple[str, ...]
    arguments: tuple[Argument, ...] = ()
