"""Put the server's entry into MCP clients, and the skill where agents look for theirs."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from .. import files, surroundings
from ..errors import ExportError, ValidationError, WhoopError
from . import client_files, clients, entries, starts, wording
from .client_files import LeftAlone, Plan, Written
from .clients import Client
from .console import Console
from .places import Place
from .starts import Start

# ── clients ──


def install_entries(given: Namespace, console: Console) -> int:
    """Print the clients' entries, put them where the clients look for them, or take them out.

    Where there is an entry, the server is started first as a client would start it.
    """
    from ..settings import Settings

    if given.remove and given.write:
        raise ValidationError(
            "--remove and --write do not go together.", hint="--remove alone takes the entry out."
        )
    wanted = clients.named(given.client)
    name = starts.DEMO_NAME if given.demo else starts.NAME
    if given.remove:
        return _remove(wanted, name, console, named=given.client is not None)
    Settings.read()  # what a client would be given has to be good
    starts.require_lasting(sys.executable, os.environ)
    environ = starts.carried(os.environ)
    if given.demo:  # it has a home and a WHOOP of its own
        environ = {key: value for key, value in environ.items() if not key.startswith("WHOOP_")}
    words = starts.command("demo", "--serve") if given.demo else starts.command()
    return _add(wanted, Start(words, environ, name), given, console)


def _add(wanted: Sequence[Client], start: Start, given: Namespace, console: Console) -> int:
    from . import handshake

    plans: list[Plan] = []
    left: list[LeftAlone] = []
    if given.write:
        # All that may fail comes before the first file is written.
        plans, left, wanted = _plans(
            wanted,
            lambda client, place: client_files.planned(client, place.file, start),
            named=given.client is not None,
            removes=False,
        )
    proof = handshake.shake(start, os.environ)
    written = _run(plans)
    spelled = entries.entries(start, wanted)
    answer = {
        "status": "success",
        "entries": [entry._asdict() for entry in spelled],
        "written": [one.answer() for one in written],
        "left_alone": [one.answer() for one in left],
        "handshake": proof._asdict(),
    }
    lines = wording.registered(written, left) if given.write else entries.lines(spelled)
    console.answer(answer, [*lines, "", *wording.shaken(proof)])
    return 0


def _remove(wanted: Sequence[Client], name: str, console: Console, *, named: bool) -> int:
    plans, left, _ = _plans(
        wanted,
        lambda client, place: client_files.removal(client, place.file, name),
        named=named,
        removes=True,
    )
    written = _run(plans)
    answer = {
        "status": "success",
        "written": [one.answer() for one in written],
        "left_alone": [one.answer() for one in left],
    }
    console.answer(answer, wording.registered(written, left))
    return 0


def _plans(
    wanted: Sequence[Client],
    plan: Callable[[Client, Place], Plan],
    *,
    named: bool,
    removes: bool,
) -> tuple[list[Plan], list[LeftAlone], list[Client]]:
    """Plan the change of each client's file that is on this computer.

    Answers the plans, what has to be left alone and why, and the clients that are served. Where
    none is, its problem is raised, or ValidationError when none of the clients is here.
    """
    home = surroundings.home()
    plans: list[Plan] = []
    left: list[LeftAlone] = []
    served: list[Client] = []
    looked: list[str] = []
    for client in wanted:
        try:
            place = client.place(home, os.environ)
            looked.append(f"{client.title} ({place.folder})")
            if not place.is_here():
                if named:
                    problem = _not_here([client], looked[-1:], removes=removes)
                    left.append(LeftAlone(client.name, problem))
                continue
            clients.check_reader(client, place, os.environ)
            plans.append(plan(client, place))
            served.append(client)
        except WhoopError as problem:
            left.append(LeftAlone(client.name, problem))
    if not plans and left:
        raise left[0].problem
    if not plans:
        raise _not_here(wanted, looked, removes=removes)
    return plans, left, served


def _not_here(wanted: Sequence[Client], looked: Sequence[str], *, removes: bool) -> ValidationError:
    what = wanted[0].title if len(wanted) == 1 else "None of the MCP clients"
    was = "was not found here" if len(wanted) == 1 else "was found here"
    it = "it" if len(wanted) == 1 else "one of them"
    hint = (
        f"Start {it} once, then run this again; or leave --write out, and paste the entry yourself."
    )
    if removes:
        hint = "No entry was found to be taken out. One that is elsewhere you take out yourself."
    return ValidationError(f"{what} {was}. Looked for: {', '.join(looked)}.", hint=hint)


def _run(plans: Sequence[Plan]) -> list[Written]:
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
    """Install the skill where the agents on this computer look for theirs, or where it is said."""
    if given.target == "":
        raise ValidationError("`target` is empty.", hint="For example: --target ~/.claude/skills")
    if given.target is None:
        folders = clients.skill_folders(surroundings.home(), os.environ)
    else:
        folders = [surroundings.expanded(given.target)]
    done = [put_skill(folder) for folder in folders]
    lines: list[str] = []
    for one in done:
        lines.append(f"Installed: {one.path}")
        lines += [f"  as it was: {one.backup}"] if one.backup else []
    answers = [{"path": str(one.path), "backup": one.backup and str(one.backup)} for one in done]
    console.answer({"status": "success", **answers[0], "installed": answers}, lines)
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
