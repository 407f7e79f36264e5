"""Run the commands that import WHOOP's data export and keep the journal, and say what they did."""

from __future__ import annotations

from argparse import Namespace
from typing import TYPE_CHECKING, Any

from ..errors import ValidationError
from .commands import absolute, checked, open_app
from .console import Console, pairs, table, wrapped

if TYPE_CHECKING:
    from ..server.replies import Answer

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


def imported(answer: Answer) -> list[str]:
    """Word an import."""
    fields = ("rows", "new", "renewed", "known", "skipped")
    rows = [
        [name, *(f"{one[field]:,}" for field in fields)] for name, one in answer["kinds"].items()
    ]
    lines = table(["", *fields], rows, right=range(1, 6))
    first, last = (answer["span"][name][:10] for name in ("start", "end"))
    lines += ["", f"From {first} to {last}; the export is of {answer['as_of'][:10]}."]
    if (found := answer.get("agreement")) is not None:
        lines.append(f"{found['agree']:,} of {found['compared']:,} records held agree with it.")
    for warning in answer.get("warnings", []):
        lines += wrapped(warning)
    return [*lines, *wrapped(answer["cannot_tell"])]


def log_entry(given: Namespace, console: Console) -> int:
    """Keep one entry of one's own, or take it back."""
    from ..reads import journal
    from ..server.tools import local_today

    entry: dict[str, Any] = {"behaviour": given.text}
    if given.same_as is not None:
        entry["same_as"] = given.same_as
    else:
        entry |= {"answer": not given.no}
        entry |= {
            name: value
            for name, value in (("date", given.date), ("unit", given.unit), ("notes", given.notes))
            if value is not None
        }
        if given.amount is not None:
            entry["amount"] = _number(given.amount)
    wanted = checked("log_whoop_journal", entries=[entry], remove=given.remove)
    app = open_app()
    answer = journal.log(
        app.cache, wanted["entries"], today=local_today(app), remove=wanted["remove"]
    )
    console.answer(answer, logged(answer))
    return 0


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValidationError("`--amount` is no number.", hint="For example --amount 2") from None


def logged(answer: Answer) -> list[str]:
    """Word what was kept of one's own."""
    if answer["removed"]:
        return ["Removed."]
    if not answer["entries"]:
        return ["The two are taken for one." if answer["changed"] else "Nothing has changed."]
    one = answer["entries"][0]
    if not any(answer[name] for name in ("new", "changed", "unchanged")):
        return [f"There is no such entry of {one['date']}."]
    said = "yes" if one["answer"] else "no"
    return [f"{one['date']}  {one['behaviour']}: {said}", "Kept on this computer alone."]


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


def entered(answer: Answer) -> list[str]:
    """Word the journal, a line an entry."""
    if not answer["entries"]:
        return ["The journal has nothing from that time.", *wrapped(_HOW)]
    lines: list[str] = []
    for one in answer["entries"]:
        said = "yes" if one["answer"] else "no"
        if "amount" in one:
            said += f", {one['amount']:g} {one.get('unit', '')}".rstrip()
        own = " (own)" if one["source"] == "own" else ""
        lines += pairs([(one["date"], f"{one['behaviour']}: {said}{own}")])
        if "notes" in one:
            lines += pairs([("", one["notes"])])
    return lines


_HOW = '`whoop-mcp import` takes WHOOP\'s own journal, `whoop-mcp log "late coffee"` your entries.'
