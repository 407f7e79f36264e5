"""The commands around the program: a demo of it, and what shells and clients are told."""

from __future__ import annotations

import os
from argparse import Namespace
from typing import Any

from .. import surroundings
from ..errors import ValidationError, WhoopError
from . import registration, wording
from .console import Console


def demo(given: Namespace, console: Console) -> int:
    """Show the whole way on a made-up account, or serve it."""
    from . import demo

    if given.serve:
        demo.serve()
    demo.show(console)
    return 0


def install(given: Namespace, console: Console) -> int:
    """Print the clients' entries, or put them where the clients look for them."""
    from ..settings import Settings
    from . import clients, handshake

    Settings.read()  # what a client would be given has to be good
    wanted = [one for one in registration.CLIENTS if given.client in (None, one.name)]
    environ = registration.carried(os.environ)
    start = registration.command()
    places: dict[registration.Client, clients.Place] = {}
    if given.write:
        home = surroundings.home()
        places = {one: clients.place(one, home, os.environ) for one in wanted}
        here = [one for one in wanted if clients.is_here(places[one])]
        if not here:
            raise ValidationError(
                f"{wanted[0].title} was not found here."
                if given.client
                else "None of the MCP clients was found here.",
                hint="Start it once, then run this again; or leave --write out, and paste the "
                "entry yourself.",
            )
        wanted = here
    # All that may fail comes before the first file is written.
    plans = [
        (one, clients.planned(one, places[one].file, registration.server(one, start, environ)))
        for one in wanted
        if given.write
    ]
    shaken = handshake.shake(start, environ, os.environ)
    done: list[dict[str, Any]] = []
    for one, write in plans:
        try:
            written = write()
        except WhoopError as problem:
            if done:  # a disk may fill up between two files
                before = ", ".join(entry["path"] for entry in done)
                problem.hint = f"{problem.hint} Written before this: {before}."
            raise
        done.append(
            {
                "client": one.name,
                "path": str(places[one].file),
                "state": written.state,
                "backup": written.backup and str(written.backup),
            }
        )
    entries = registration.entries(environ=environ, clients=wanted)
    answer = {
        "status": "success",
        "entries": [entry._asdict() for entry in entries],
        "written": done,
        "handshake": shaken,
    }
    told = wording.registered(done) if given.write else registration.lines(entries)
    console.answer(answer, [*told, "", *wording.shaken(shaken)])
    return 0


def skill(given: Namespace, console: Console) -> int:
    """Install the skill."""
    from . import skill

    if given.target == "":
        raise ValidationError("`target` is empty.", hint="For example: --target ~/.claude/skills")
    done = skill.install(surroundings.expanded(given.target or "~/.claude/skills"))
    lines = [f"Installed: {done.path}"]
    if done.backup:
        lines.append(f"  as it was: {done.backup}")
    told = {"path": str(done.path), "backup": done.backup and str(done.backup)}
    console.answer({"status": "success", **told}, lines)
    return 0


def completion(given: Namespace, console: Console) -> int:
    """Print a shell's completion."""
    from . import shell_completion

    console.say(shell_completion.script(given.shell).rstrip())
    return 0
