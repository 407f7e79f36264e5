"""Do what each tool does, with checked arguments.

What an act needs is imported when it is first called, as a client waits for the tools to be listed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .. import choices, surroundings
from ..call import Call
from ..whoop.resources import Resource
from .arguments import Arguments
from .replies import Answer
from .today import today, wearers_today

if TYPE_CHECKING:
    from ..app import App

Act = Callable[["App", Arguments, Call], Answer]
"""What a tool does with checked arguments. Raises WhoopError."""


def login(app: App, given: Arguments, call: Call) -> Answer:
    """Answer how the login stands."""
    status = app.login.status()
    return {**status, "hint": surroundings.runnable(status["hint"])} if "hint" in status else status


def snapshot(resource: Resource, **more: Any) -> Act:
    """Answer a resource's present value; `more` goes on to `single.snapshot`."""

    def act(app: App, given: Arguments, call: Call) -> Answer:
        from ..reads import single

        return single.snapshot(app.mirror, resource, **given, **more, call=call)

    return act


def page(resource: Resource, **more: Any) -> Act:
    """List a resource's records of a window, as many as fit; `more` goes on to `records.page`."""

    def act(app: App, given: Arguments, call: Call) -> Answer:
        from ..reads import records

        budget = app.settings.max_response_chars
        return records.page(
            app.mirror, resource, **given, budget=budget, as_json=True, **more, call=call
        )

    return act


def one(resource: Resource, id_name: str) -> Act:
    """Answer the one record of an id."""

    def act(app: App, given: Arguments, call: Call) -> Answer:
        from ..reads import single

        return single.one(app.mirror, resource, given[id_name], fresh=given["fresh"], call=call)

    return act


def of_cycle(resource: Resource) -> Act:
    """Answer what belongs to a cycle: its main sleep, or its recovery."""

    def act(app: App, given: Arguments, call: Call) -> Answer:
        from ..reads import single

        return single.of_cycle(app.mirror, resource, **given, call=call)

    return act


def summary(app: App, given: Arguments, call: Call) -> Answer:
    """Answer one day, today's where none is said."""
    from ..reads import days

    def of(date: str) -> Answer:
        wanted = {**given, "date": date}
        return days.summary(app.mirror, **wanted, budget=app.settings.max_response_chars, call=call)

    if given["date"]:
        return of(given["date"])
    supposed = today(app, given["day"])
    answer = of(supposed)
    known = today(app, given["day"])  # what was fetched may be from another clock
    return answer if known == supposed else of(known)


def sync(app: App, given: Arguments, call: Call) -> Answer:
    """Make the cache like WHOOP."""
    from ..sync import run

    return run.sync(app.mirror, **given, call=call)


def events(app: App, given: Arguments, call: Call) -> Answer:
    """List what changed."""
    from ..reads import events

    budget = app.settings.max_response_chars
    return events.events(app.cache, **given, budget=budget, as_json=True)


def export(app: App, given: Arguments, call: Call) -> Answer:
    """Write records, or the journal, to files."""
    from ..reads import exports, journal

    if given["kind"] == choices.JOURNAL:
        journal.settle(app.cache, app.settings.journal_day)
    return exports.export(app.cache, **given, home=app.settings.home, call=call)


def check_health(app: App, given: Arguments, call: Call) -> Answer:
    """Check login, WHOOP and cache."""
    from . import health

    return health.check(app, **given)


def insights(app: App, given: Arguments, call: Call) -> Answer:
    """Answer the statistics of some days."""
    from ..insights import answer
    from ..reads import journal

    journal.settle(app.cache, app.settings.journal_day)
    return answer.insights(app.cache, **given, budget=app.settings.max_response_chars)


def report(app: App, given: Arguments, call: Call) -> Answer:
    """Write them as a page."""
    from ..reads import journal
    from ..report import document

    journal.settle(app.cache, app.settings.journal_day)
    return document.create(app.cache, **given, home=app.settings.home)


def take_in(app: App, given: Arguments, call: Call) -> Answer:
    """Import WHOOP's own data export."""
    from ..archive import importing

    return importing.take_in(app.cache, given["path"], rule=app.settings.journal_day, call=call)


def read_journal(app: App, given: Arguments, call: Call) -> Answer:
    """Answer the journal's entries of a window."""
    from ..reads import journal

    budget = app.settings.max_response_chars
    return journal.read(app.cache, **given, rule=app.settings.journal_day, budget=budget)


def log_journal(app: App, given: Arguments, call: Call) -> Answer:
    """Note entries of the user's own, or take them back."""
    from ..reads import journal

    return journal.log(
        app.cache, given["entries"], today=wearers_today(app), remove=given["remove"]
    )


def query(app: App, given: Arguments, call: Call) -> Answer:
    """Answer one SELECT."""
    from ..reads import sql

    if "journal" in given["sql"].lower():
        from ..reads import journal

        journal.settle(app.cache, app.settings.journal_day)
    return sql.run(app.cache, **given, budget=app.settings.max_response_chars, call=call)
