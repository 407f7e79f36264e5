"""Write the dashboard, show it, or print how this computer writes it every day."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from .. import surroundings
from ..errors import ValidationError
from . import commands, starts, wording
from .console import Console

if TYPE_CHECKING:
    from ..server.arguments import Arguments

PATH = "~/whoop.html"
"""Where the dashboard goes unless that is told."""


def write(given: Namespace, console: Console) -> int:
    """Write the dashboard, on request show it; or print how it is written every day."""
    from ..reads import journal
    from ..report import document

    wanted = commands.checked(
        "create_whoop_report",
        path=commands.absolute(given.out or PATH),
        days=given.days,
        end=given.end,
        overwrite=given.overwrite,
        free_days=given.free_days,
        compare=given.compare,
    )
    if given.every is not None:
        if given.end is not None:
            raise ValidationError(
                "`--end` is not for `--every`: each page would tell of the same days again.",
                hint="Leave it out: each page then goes up to its own day.",
            )
        return _print_schedule(given, wanted, console)
    app = commands.open_app()
    journal.settle(app.cache, app.settings.journal_day)
    answer = wanted.told(document.create(app.cache, **wanted, home=app.settings.home))
    lines = wording.reported(answer)
    if given.open:
        opened = _open_page(answer["path"])
        answer = {**answer, "opened": opened}
        shown = "It is open in your browser." if opened else "No browser opens here: open it."
        lines = [lines[0], shown, *lines[1:]]
    console.answer(answer, lines)
    return 0


def _open_page(path: str) -> bool:
    """Show a page in the person's browser; False where there is none, or only far away."""
    from ..login.flow import show

    if any(os.environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT")):
        return False
    try:
        return show(Path(path).as_uri())
    except OSError:  # the page is written: what a browser does cannot change that
        return False


def _print_schedule(given: Namespace, wanted: Arguments, console: Console) -> int:
    """Print how this computer is told to sync and to write the report every day or week."""
    from ..destination import file_at
    from ..report.document import SUFFIX
    from ..settings import Settings
    from . import schedule

    when = schedule.read(given.every)
    place = file_at(wanted["path"], SUFFIX, home=Settings.read().home, overwrite=True)
    asked = {name: getattr(given, name) for name in ("days", "free_days", "compare")}
    words = [
        word
        for name, value in asked.items()
        if value is not None
        for word in (f"--{name.replace('_', '-')}", str(value))
    ]
    opens = ["--open"] if given.open else []
    report = starts.command("report", "--out", str(place), "--overwrite", *words, *opens)
    environ = starts.carried(os.environ)
    parts = schedule.parts(
        when,
        [starts.command("sync"), report],
        environ,
        system=sys.platform,
        home=surroundings.home(),
    )
    warnings = [f"{place} is there already, and would be replaced."] if place.exists() else []
    install = starts.installation()
    where = starts.address_words(install)
    warnings += schedule.warnings(
        sys.platform,
        parts,
        lasts=starts.lasts(sys.executable, os.environ),
        opens=given.open,
        install=f"{install} ({where})" if where else install,
    )
    answer = {
        "status": "success",
        "every": {
            "time": when.clock(),
            "weekday": None if when.weekday is None else schedule.WEEKDAYS[when.weekday],
        },
        "parts": [part._asdict() for part in parts],
        **({"warnings": warnings} if warnings else {}),
    }
    console.answer(answer, schedule.lines(when, parts, warnings))
    return 0
