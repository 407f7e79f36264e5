"""Put the server's entry into MCP clients, and the skill where agents look for theirs."""

from __future__ import annotations

import os
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from .. import files, surroundings
from ..errors import ExportError, ValidationError, WhoopError
from . import clients, wording
from .clients import Client, Place, Start, Written
from .console import Console

# ── clients ──


def install_entries(given: Namespace, console: Console) -> int:
    """Print the clients' entries, or put them where the clients look for them.

    Either way the server is started first as a client would start it.
    """
    from ..settings import Settings
    from . import handshake

    Settings.read()  # what a client would be given has to be good
    wanted = [one for one in clients.CLIENTS if given.client in (None, one.name)]
    start = Start(clients.command(), clients.carried(os.environ))
    plans: list[Callable[[], Written]] = []
    if given.write:
        # All that may fail comes before the first file is written.
        places = _places(wanted, named=given.client is not None)
        plans = [clients.planned(client, place.file, start) for client, place in places.items()]
        wanted = [*places]
    proof = handshake.shake(start, os.environ)
    written = _write(plans)
    entries = clients.entries(start, wanted)
    answer = {
        "status": "success",
        "entries": [entry._asdict() for entry in entries],
        "written": [one.answer() for one in written],
        "handshake": proof._asdict(),
    }
    lines = wording.registered(written) if given.write else clients.lines(entries)
    console.answer(answer, [*lines, "", *wording.shaken(proof)])
    return 0


def _places(wanted: Sequence[Client], *, named: bool) -> dict[Client, Place]:
    """Find the files of those clients that are on this computer. ValidationError for none."""
    home = surroundings.home()
    places = {client: client.place(home, os.environ) for client in wanted}
    here = {client: place for client, place in places.items() if place.is_here()}
    if not here:
        raise ValidationError(
            f"{wanted[0].title} was not found here."
            if named
            else "None of the MCP clients was found here.",
            hint="Start it once, then run this again; or leave --write out, and paste the "
            "entry yourself.",
        )
    return here


def _write(plans: Sequence[Callable[[], Written]]) -> list[Written]:
    done: list[Written] = []
    for write in plans:
        try:
            done.append(write())
        except WhoopError as problem:
            if done:  # a disk may fill up between two files
                before = ", ".join(str(one.path) for one in done)
                problem.hint = f"{problem.hint} Written before this: {before}."
            raise
    return done


# ── the skill ──

SKILL = "whoop-insights"


class Installed(NamedTuple):
    """Tell where the skill is now; `backup` is another text that stood there before."""

    path: Path
    backup: Path | None


def install_skill(given: Namespace, console: Console) -> int:
    """Install the skill."""
    if given.target == "":
        raise ValidationError("`target` is empty.", hint="For example: --target ~/.claude/skills")
    done = put_skill(surroundings.expanded(given.target or "~/.claude/skills"))
    lines = [f"Installed: {done.path}"]
    if done.backup:
        lines.append(f"  as it was: {done.backup}")
    answer = {"path": str(done.path), "backup": done.backup and str(done.backup)}
    console.answer({"status": "success", **answer}, lines)
    return 0


def put_skill(target: Path) -> Installed:
    """Put the skill into a folder of skills, which is made if need be. ExportError."""
    path = target / SKILL / "SKILL.md"
    new = skill_text().encode()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        there = files.read(path) if path.exists() else None
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


def skill_text() -> str:
    """Read the skill itself, Markdown with a heading that agents read first."""
    import importlib.resources

    package = importlib.resources.files(__package__)
    return (package / "skills" / SKILL / "SKILL.md").read_text(encoding="utf-8")
