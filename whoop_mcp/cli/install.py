"""The commands around the program: a demo of it, and what shells and clients are told."""

from __future__ import annotations

import importlib.resources
import os
from argparse import Namespace
from pathlib import Path
from typing import Any, NamedTuple

from .. import files, surroundings
from ..errors import ExportError, ValidationError, WhoopError
from . import clients, wording
from .console import Console

# ── the skill ──

NAME = "whoop-insights"


class Installed(NamedTuple):
    """Where the skill is now; `backup` is another text that stood there before."""

    path: Path
    backup: Path | None


def skill_text() -> str:
    """The skill itself, Markdown with a heading that agents read first."""
    package = importlib.resources.files(__package__)
    return (package / "skills" / NAME / "SKILL.md").read_text(encoding="utf-8")


def put_skill(target: Path) -> Installed:
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
    new = skill_text().encode()
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
    wanted = [one for one in clients.CLIENTS if given.client in (None, one.name)]
    environ = clients.carried(os.environ)
    start = clients.command()
    places: dict[clients.Client, clients.Place] = {}
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
        (one, clients.planned(one, places[one].file, clients.server(one, start, environ)))
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
    entries = clients.entries(environ=environ, clients=wanted)
    answer = {
        "status": "success",
        "entries": [entry._asdict() for entry in entries],
        "written": done,
        "handshake": shaken,
    }
    told = wording.registered(done) if given.write else clients.lines(entries)
    console.answer(answer, [*told, "", *wording.shaken(shaken)])
    return 0


def skill(given: Namespace, console: Console) -> int:
    """Install the skill."""

    if given.target == "":
        raise ValidationError("`target` is empty.", hint="For example: --target ~/.claude/skills")
    done = put_skill(surroundings.expanded(given.target or "~/.claude/skills"))
    lines = [f"Installed: {done.path}"]
    if done.backup:
        lines.append(f"  as it was: {done.backup}")
    told = {"path": str(done.path), "backup": done.backup and str(done.backup)}
    console.answer({"status": "success", **told}, lines)
    return 0


def completion(given: Namespace, console: Console) -> int:
    """Print a shell's completion."""
    from . import table

    console.say(table.script(given.shell).rstrip())
    return 0
