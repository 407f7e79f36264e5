"""Make the parser of what is typed, of the table of commands."""

from __future__ import annotations

import argparse
import re
from collections.abc import Sequence
from typing import NoReturn

from .. import __version__
from ..errors import ValidationError
from .table import COMMANDS

_NO_CHOICE = re.compile(r"argument (\S+): invalid choice: (.*) \(choose from (.*)\)", re.DOTALL)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        if found := _NO_CHOICE.fullmatch(message):
            from ..server.arguments import shown  # which help does without

            names = found[3].replace("'", "")  # which only some Pythons put around them
            message = f"`{found[1]}` must be one of {names}: {shown(found[2][1:-1])}"
        raise ValidationError(f"{message[:1].upper()}{message[1:]}.", hint=f"See {self.prog} -h.")


def read(arguments: Sequence[str]) -> argparse.Namespace:
    """Read what was typed. ValidationError, with a hint to the help of the command; SystemExit."""
    given, further = parser().parse_known_args(arguments)
    if further:
        of = f" {given.command}" if given.command else ""
        raise ValidationError(
            f"Unrecognized arguments: {' '.join(further)}.", hint=f"See whoop-mcp{of} -h."
        )
    return given


def parser() -> argparse.ArgumentParser:
    """Make the parser of all commands; it raises ValidationError instead of exiting."""
    whole = _Parser(
        prog="whoop-mcp",
        description="Your own WHOOP data, mirrored to your disk and served to your model. "
        "Without a command it serves MCP on standard input and output.",
        epilog="Each command has its own --help. A time is a date, an instant, or words such as "
        "yesterday, 30d, last_7_days, 2026-05.",
        allow_abbrev=False,
    )
    whole.add_argument("--version", action="version", version=f"whoop-mcp {__version__}")
    commands = whole.add_subparsers(dest="command", metavar="COMMAND", title="commands")
    for command in COMMANDS.values():
        one = commands.add_parser(
            command.name,
            help=command.about.split(". ")[0].split(";")[0].rstrip("."),
            description=command.about,
            epilog="examples:\n" + "\n".join(f"  {line}" for line in command.examples),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        for argument in command.arguments:
            one.add_argument(argument.name, help=argument.about, **argument.options)
    return whole
