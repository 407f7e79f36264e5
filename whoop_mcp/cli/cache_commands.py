"""The commands that fill, read and empty the cache."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from .. import times
from ..errors import ValidationError
from . import desk, wording
from .console import FAILED, Console


def sync(given: Namespace, console: Console) -> int:
    """Bring the cache up to date."""
    wanted = desk.checked(
        "sync_whoop", full=given.full, since=given.since, resources=given.resources
    )
    report = synced(desk.open_app(), console, wanted)
    console.answer(report, wording.synced(report))
    return 0 if report["status"] == "success" else FAILED


def synced(app: Any, console: Console, wanted: dict[str, Any]) -> dict[str, Any]:
    """Sync; a full one again and again, as long as that gets on by an hour of history."""
    from ..sync.run import sync

    with console.call() as call:
        report = sync(app.mirror, **wanted, call=call)
        while wanted.get("full") and "remaining" in report:
            further = sync(app.mirror, **wanted, call=call)
            got_on = _remaining(report) - _remaining(further) >= 3600
            report = _together(report, further)
            if not got_on:
                break
    return report


def _remaining(report: dict[str, Any]) -> float:
    return sum(
        times.seconds(gap["start"], gap["end"])
        for gaps in report.get("remaining", {}).values()
        for gap in gaps
    )


def _together(report: dict[str, Any], further: dict[str, Any]) -> dict[str, Any]:
    """Two reports as one: the later one's words, both their counts."""
    for name, one in further["resources"].items():
        before = report["resources"][name]
        one.update({key: n + before[key] for key, n in one.items() if isinstance(n, int)})
    return {**further, "started_at": report["started_at"]}


def events(given: Namespace, console: Console) -> int:
    """List what changed."""
    from ..reads import events as feed

    wanted = desk.checked(
        "get_whoop_events",
        since=given.since,
        until=given.until,
        resources=given.resources,
        limit=given.limit,
    )
    answer = feed.events(desk.open_app().cache, **wanted)
    console.answer(answer, wording.changed(answer))
    return 0


def export(given: Namespace, console: Console) -> int:
    """Write files."""
    from ..reads.exports import export

    wanted = desk.checked(
        "export_whoop",
        kind=given.kind,
        format=given.format,
        path=desk.place(given.out),
        start=given.start,
        end=given.end,
        overwrite=given.overwrite,
    )
    app = desk.open_app()
    by_year = given.partition_by_year
    answer = export(app.cache, **wanted, home=app.settings.home, partition_by_year=by_year)
    console.answer(answer, wording.exported(answer))
    return 0


def query(given: Namespace, console: Console) -> int:
    """Answer one SELECT over the cache's views."""
    from ..reads import sql as query

    wanted = desk.checked("query_whoop", sql=given.sql, max_rows=given.max_rows)
    answer = query.run(desk.open_app().cache, **wanted)
    console.answer(answer, wording.queried(answer))
    return 0


def insights(given: Namespace, console: Console) -> int:
    """Compute the statistics of a period."""
    from ..insights import answer as insights

    wanted = desk.checked("get_whoop_insights", days=given.days, end=given.end)
    answer = insights.insights(desk.open_app().cache, **wanted)
    console.answer(answer, wording.insights(answer))
    return 0


def report(given: Namespace, console: Console) -> int:
    """Write the dashboard."""
    from ..report import document as report

    wanted = desk.checked(
        "create_whoop_report",
        path=desk.place(given.out),
        days=given.days,
        end=given.end,
        overwrite=given.overwrite,
    )
    app = desk.open_app()
    answer = report.create(app.cache, **wanted, home=app.settings.home)
    console.answer(answer, wording.reported(answer))
    return 0


def purge(given: Namespace, console: Console) -> int:
    """Remove records for good, once that was agreed to."""
    from .. import spans
    from ..cache import purge
    from ..server.arguments import check
    from ..server.kinds import TIME

    if (given.before is None) is not given.all:
        raise ValidationError(
            "Either --before or --all is needed, not both.",
            hint="For example: whoop-mcp purge --before 2025-01-01",
        )
    bound = None if given.all else check("before", TIME, given.before)
    cache = desk.open_app().cache
    if bound is not None and spans.Span(bound, bound).window().start > cache.clock():
        raise ValidationError("`before` is in the future.", hint="To remove everything: --all")
    what = "Everything in the cache" if bound is None else f"What was over by {bound}"
    if not given.yes and not console.asks:
        raise ValidationError(
            f"{what} would be removed for good, and nobody can be asked here.",
            hint="Add --yes to have it done.",
        )
    if not given.yes and not console.agrees(f"{what} will be removed for good?", default=False):
        console.say("Nothing was removed.")
        return FAILED
    if bound is None:
        purge.everything(cache)
        console.answer({"status": "success", "before": None}, ["The cache is empty."])
        return 0
    purged = purge.before(cache, bound)
    said = f"{purged:,} records removed. Nothing from before {bound} is fetched again."
    console.answer({"status": "success", "before": bound, "purged": purged}, [said])
    return 0
