"""Run `whoop-mcp`: read what is typed, run the command, and make its outcome an exit code."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, NoReturn

from .. import surroundings, windows
from ..errors import InternalError, ValidationError
from .console import Console

if TYPE_CHECKING:
    import argparse

    from ..app import App

# Nothing heavy is imported up here: each command brings along what it needs when it runs.

INTERRUPTED = 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run what the arguments ask for; without a command, serve MCP until the client leaves.

    0 when it was done, 1 when it failed, 2 when it cannot be asked for, 130 after Ctrl-C.
    """
    surroundings.fill_closed_descriptors()
    arguments = sys.argv[1:] if argv is None else list(argv)
    surroundings.open_errors()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal may know fewer letters than we use
    try:
        given = _given(arguments)
        if given is None or given.command != "completion":
            surroundings.require_files()
        if given is None:
            serve()
        surroundings.open_streams()
        return _run(given)
    except ValidationError as problem:
        return Console(as_json="--json" in arguments).fail(problem)
    except KeyboardInterrupt:
        print("\nStopped. Everything stored so far is safe.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output has left; Python would complain once more when it ends.
        surroundings.give_up(sys.stdout)
        return 1


def _run(given: argparse.Namespace) -> int:
    """Run a command and show what came of it; answer the exit code."""
    from .. import logs
    from . import shell
    from .table import COMMANDS

    console = Console(as_json=getattr(given, "json", False))
    try:
        return COMMANDS[given.command].run(given, console)
    except BrokenPipeError:
        raise
    except Exception as problem:
        error = surroundings.error_of(problem, "The command")
        if isinstance(error, InternalError) and not logs.has_file():
            error.hint = (
                "There is no log file: the details went to standard error. Please report it with "
                "them."
            )
        elif isinstance(error, InternalError) and given.command == "status":
            # It cannot say more than it just did.
            error.hint = "The log has the details (WHOOP_LOG_FILE). Please report it with them."
        return console.fail(shell.worded(error, COMMANDS[given.command], given, COMMANDS))
    finally:
        logs.close()


def _given(arguments: Sequence[str]) -> argparse.Namespace | None:
    """Read what was typed; None where no command is, and so MCP is to be served.

    Help and the version end the program, once they were really shown.
    """
    if not arguments:  # so a client starts the server, and it waits: no parser is made
        return None
    from . import parser

    try:
        given = parser.read(arguments)
        return None if given.command is None else given
    except SystemExit:
        try:
            if sys.stdout is not None:
                sys.stdout.flush()
        except OSError as problem:
            if windows.has_left(problem):
                raise BrokenPipeError from None
            surroundings.give_up(sys.stdout)
            raise ValidationError(
                f"Standard output cannot be written ({problem.strerror}).",
                hint="Make room there, or send it somewhere else.",
            ) from None
        raise


def serve() -> NoReturn:
    """Serve MCP on standard input and output; where the settings are bad, its tools say so."""
    from .. import logs
    from ..server import process

    logs.set_up(None)

    def make_app() -> App:
        from .. import app  # no client waits at the start for what only calls need
        from ..settings import Settings

        settings = Settings.read()
        settings.require_home()
        logs.set_up(settings)
        return app.App(settings)

    process.serve(make_app)
