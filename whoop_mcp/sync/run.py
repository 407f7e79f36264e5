"""Bring the mirror up to date, and report what that took."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from .. import times
from ..cache import coverage, purge
from ..cache.database import is_marked
from ..call import Call
from ..counts import counted
from ..errors import AuthFailed, ValidationError
from ..times import Span, Window
from ..whoop.present import ClockSet
from ..whoop.resources import RESOURCES, chosen, with_parents
from . import audit, clock_repair, plan
from .fetch import Reader
from .inquiry import Tally
from .mirror import Mirror
from .pages import Pages
from .progress import Progress
from .tasks import Task, read_windows
from .workers import Job

_WARNINGS = 20  # what a reader can take in; the log has no more to say
_CLOCKS = 3  # how often a sync begins anew because WHOOP tells another time than before


def sync(
    mirror: Mirror,
    *,
    full: bool = False,
    since: str | None = None,
    resources: Sequence[str] | None = None,
    call: Call | None = None,
) -> dict[str, Any]:
    """Read what may have changed and what is not known yet; `full` reads all from 2010 on.

    `since` is an instant or a date that is not in the future, `resources` names of the six.
    Answers `{"status", "started_at", "completed_at", "resources", "warnings"?, "remaining"?}`.
    ValidationError before anything is sent; where every resource fails for one reason, that error.
    """
    with mirror.cache.held():
        return _sync(mirror, full, since, chosen(resources), call or Call())


def _sync(
    mirror: Mirror, full: bool, since: str | None, names: list[str], call: Call
) -> dict[str, Any]:
    began = mirror.cache.clock()
    _start(since, began)
    mirror.api.get_ready()
    clock_repair.settle(mirror, call, runs=True)
    tally = Tally()
    pages = Pages(mirror.cache, tally, gather=True)
    rows = audit.begin(mirror.cache, names)
    tasks: dict[str, Task] = {}
    try:
        for _ in range(_CLOCKS):
            began = mirror.cache.clock()
            tasks = {
                name: Task(Reader(mirror, RESOURCES[name], call, tally, began, pages))
                for name in _needed(names)
            }
            collections = [task for task in tasks.values() if task.resource.is_collection]
            for task in collections:
                task.plan = plan.make(
                    mirror.cache, task.resource, began, full=full, since=_start(since, began)
                )
            _run(mirror, tasks, call, tally, pages)
            if not any(isinstance(task.error, ClockSet) for task in tasks.values()):
                break
            plan.drop_pass(mirror.cache, [task.resource for task in collections], began)
            clock_repair.settle(mirror, call, runs=True)
        # A clock that nobody has confirmed may be years ahead, and a purge is for good.
        if mirror.retention_days is not None and mirror.api.present.heard:
            bound = times.plus(began, days=-mirror.retention_days)
            purge.before(mirror.cache, bound, at_once=False)
    except BaseException:
        for task in tasks.values():
            task.out_of_time = True  # stopped: what was not read is still to do
        raise
    finally:
        # Also when the call was stopped: the audit says how far each resource had come.
        results = {name: _result(tasks[name]) for name in names if name in tasks}
        extents = {
            name: Window(task.plan.windows[0].start, task.plan.windows[-1].end)
            for name, task in tasks.items()
            if task.plan.windows
        }
        lines = {
            name: {**line, "replaced": tasks[name].reader.tally.counts[name]["replaced"]}
            for name, (line, _) in results.items()
        }
        audit.finish(mirror.cache, rows, lines, extents, began)
    if words := mirror.api.present.wrong():
        tally.warn(f"{words[0].upper()}{words[1:]} WHOOP's time was used.")
    if full and since:
        tally.warn("All history was asked for: the date that it was to begin with does not count.")
    if full or since:
        asked = times.BEGINNING if full else times.bound("since", str(since))
        with mirror.cache.reading() as seen:
            if purged := seen.purged_from(Span(asked, began)):
                way = "`whoop-mcp purge --all`, then `whoop-mcp sync --full`, fetches all of it."
                if is_marked(seen.connection):
                    way += " What was imported goes with it: import that again, too."
                if mirror.retention_days is not None:
                    kept = counted(mirror.retention_days, "day")
                    way = f"WHOOP_RETENTION_DAYS keeps {kept}: unset it to keep more."
                tally.warn(f"What is from before {purged} is not kept, nor fetched. {way}")
    return _report(mirror, tasks, results, began, tally)


def _start(since: str | None, now: str) -> str | None:
    if since is None:
        return None
    start = Span(times.bound("since", since), now).window().start
    if start > now:
        raise ValidationError(
            "`since` is in the future.", hint="Give an earlier date, such as 2026-04-20."
        )
    return max(start, times.BEGINNING)


def _needed(names: Sequence[str]) -> list[str]:
    """Add what others take their times from: it is read with them."""
    wanted = {one for name in names for one in with_parents(RESOURCES[name])}
    return [name for name, one in RESOURCES.items() if one in wanted]


def _run(mirror: Mirror, tasks: dict[str, Task], call: Call, tally: Tally, pages: Pages) -> None:
    """Do the tasks: snapshots, windows, then what is only read again."""
    snapshots = [task for task in tasks.values() if not task.resource.is_collection]
    collections = [task for task in tasks.values() if task.resource.is_collection]
    again = [job for task in collections for job in (task.scrub, task.recheck)]
    progress = Progress(mirror, [*tasks.values()], tally)

    def watch() -> None:
        pages.store_overdue()
        progress.tell(call)

    first: list[Job] = [partial(_confirm, snapshots)] if snapshots else []
    first += [task.reader.snapshot_ahead() for task in snapshots[1:]]
    read_windows(collections, call, watch, first=first, last=again)
    progress.tell(call, ended=True)
    plan.end_pass(mirror.cache, [task.resource for task in collections])


def _confirm(snapshots: list[Task]) -> None:
    """Ask for the snapshots in turn: the first says whose the others are."""
    for task in snapshots:
        task.confirm()


def _result(task: Task) -> tuple[dict[str, Any], list[Window] | None]:
    """Make a resource's line in the report, with what calling again would go on with (None: no
    more)."""
    left = task.left()
    counts = task.reader.tally.counts[task.resource.name]
    status = "success"
    if task.error is not None:
        stored = any(counts[key] for key in ("created", "updated", "deleted", "unchanged"))
        status = "partial" if stored else "error"
    elif task.out_of_time and (left or not task.plan.windows):
        status = "partial"
    result: dict[str, Any] = {"status": status, **{key: counts[key] for key in audit.COUNTS}}
    if task.error is not None:
        result["error"] = {
            key: value
            for key, value in task.error.details().items()
            if key in ("code", "message", "hint", "retry_after_seconds")
        }
    goes_on = status != "success" and not isinstance(task.error, AuthFailed)
    return result, left if goes_on and (left or task.out_of_time) else None


def _report(
    mirror: Mirror,
    tasks: dict[str, Task],
    results: dict[str, tuple[dict[str, Any], list[Window] | None]],
    began: str,
    tally: Tally,
) -> dict[str, Any]:
    statuses = {one["status"] for one, _ in results.values()}
    errors = [error for name in results if (error := tasks[name].error)]
    if statuses == {"error"} and len({error.code for error in errors}) == 1:
        raise errors[0]
    status = statuses.pop() if len(statuses) == 1 else "partial"
    report: dict[str, Any] = {
        "status": status,
        "started_at": began,
        "completed_at": mirror.cache.clock(),
        "resources": {name: one for name, (one, _) in results.items()},
    }
    if tally.warnings:
        report["warnings"] = tally.warnings[:_WARNINGS]
    remaining = {
        name: coverage.told(left) for name, (_, left) in results.items() if left is not None
    }
    if remaining:
        report["remaining"] = remaining
    return report
