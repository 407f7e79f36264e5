"""Which function does what a command asks, and how its outcome becomes an exit code."""

from __future__ import annotations

import logging
from argparse import Namespace
from collections.abc import Callable

from .. import logs, surroundings
from ..errors import InternalError, WhoopError
from . import cache_commands, install, login_commands
from .console import Console

log = logging.getLogger(__name__)

ACTS: dict[str, Callable[[Namespace, Console], int]] = {
    "login": login_commands.login,
    "logout": login_commands.logout,
    "status": login_commands.status,
    "sync": cache_commands.sync,
    "events": cache_commands.events,
    "export": cache_commands.export,
    "query": cache_commands.query,
    "insights": cache_commands.insights,
    "report": cache_commands.report,
    "purge": cache_commands.purge,
    "demo": install.demo,
    "install": install.install,
    "skill": install.skill,
    "completion": install.completion,
}


def run(given: Namespace) -> int:
    """Do what was asked and show what came of it; answers the exit code."""
    console = Console(as_json=getattr(given, "json", False))
    try:
        return ACTS[given.command](given, console)
    except WhoopError as problem:
        return console.fail(problem)
    except BrokenPipeError:
        raise
    except Exception as problem:
        told = surroundings.out_of_files(problem)
        if told is not None:
            return console.fail(told)
        log.exception("The command crashed.")
        crash = InternalError()
        if given.command == "status":  # which cannot say more than it just did
            crash.hint = "The log has the details (WHOOP_LOG_FILE). Please report it with them."
        return console.fail(crash)
    finally:
        logs.close()
