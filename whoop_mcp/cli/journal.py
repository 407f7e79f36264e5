"""Run the commands that import WHOOP's data export and keep the journal."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from ..errors import ValidationError
from .commands import absolute, checked, open_app
from .console import Console
from .journal_words import entered, imported, logged

# What only one command needs is imported in its function: help comes by here, too.


def import_export(given: Namespace, console: Console) -> int:
    """Import WHOOP's data export."""
    from ..archive.importing import take_in

    wanted = checked("import_whoop_export", path=absolute(given.path))
    app = open_app()
    answer = take_in(
        app.cache, wanted["path"], rule=app.settings.journal_day, force=bool(given.force)
    )
    console.answer(answer, imported(answer))
    return 0


def log_entry(given: Namespace, console: Console) -> int:
    """Keep one entry of one's own, or take it back."""
    from ..reads import journal
    from ..server.today import wearers_today

    entry: dict[str, Any] = {
        "behaviour": given.behaviour,
        "date": given.date,
        "amount": None if given.amount is None else _number(given.amount),
        "unit": given.unit,
        "notes": given.notes,
        "same_as": given.same_as,
    }
    if given.no or given.same_as is None:
        entry["answer"] = not given.no
    wanted = checked("log_whoop_journal", entries=[entry], remove=given.remove)
    app = open_app()
    answer = journal.log(
        app.cache, wanted["entries"], today=wearers_today(app), remove=wanted["remove"]
    )
    names = (given.behaviour.strip(), (given.same_as or "").strip())
    noted = bool(given.notes)
    console.answer(answer, logged(answer, remove=wanted["remove"], names=names, noted=noted))
    return 0


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValidationError(
            "`--amount` is not a number.", hint="For example --amount 2"
        ) from None


def show_journal(given: Namespace, console: Console) -> int:
    """Show the journal."""
    from ..reads import journal

    wanted = checked("get_whoop_journal", start=given.start, end=given.end)
    app = open_app()
    answer = journal.read(
        app.cache, **wanted, rule=app.settings.journal_day, notes=bool(given.notes)
    )
    console.answer(answer, entered(answer))
    return 0
