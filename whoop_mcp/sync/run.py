"""The mirror brought up to date, and the report of what that took."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from .. import times
from ..cache import coverage, purge
from ..call import Call
from ..errors import AuthFailed, ValidationError
from ..times import Window
from ..whoop.present import ClockSet
from ..whoop.resources import (
    COLLECTIONS,
    RECOVERIES,
    RESOURCES,
    SLEEPS,
    SNAPSHOTS,
    chosen,
    with_parents,
)
from . import audit, clock_repair, plan, workers
from .fetch import Reader
from .inquiry import Tally
from .mirror import Mirror, in_one_go
from .workers import Job, Lane, confirm_snapshot

_WARNINGS = 20  # what a reader can take in; the log has no more to say
_CLOCKS = 3  # how often a sync begins anew because WHOOP tells another time than before


@in_one_go
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
    call = call or Call()
    began = mirror.cache.clock()
    names = chosen(resources)
    _start(since, began)
    mirror.api.get_ready()
    clock_repair.settle(mirror, call, runs=True)
    tally = Tally()
    rows = audit.begin(mirror.cache, names)
    lanes: dict[str, Lane] = {}
    try:
        for _ in range(_CLOCKS):
            began = mirror.cache.clock()
            lanes = {name: _lane(mirror, name, began, call, tally) for name in _needed(names)}
            plans = {
                resource: plan.make(
                    mirror.cache, resource, began, full=full, since=_start(since, began)
                )
                for resource in COLLECTIONS
                if resource.name in lanes
            }
            for resource, one in plans.items():
                lanes[resource.name].windows = one.windows
            _run(mirror, lanes, plans, call, tally)
            if not any(isinstance(lane.error, ClockSet) for lane in lanes.values()):
                break
            plan.drop_pass(mirror.cache, plans, began)
            clock_repair.settle(mirror, call, runs=True)
        # A clock that nobody has confirmed may be years ahead, and a purge is for good.
        if mirror.retention_days is not None and mirror.api.present.heard:
            bound = times.plus(began, days=-mirror.retention_days)
            purge.before(mirror.cache, bound, at_once=False)
    except BaseException:
        for lane in lanes.values():
            lane.out_of_time = True  # stopped: what was not read is still to do
        raise
    finally:
        # Also when the call was stopped: the audit says how far each resource had come.
        results = {name: _result(mirror, lanes, name, began) for name in names if name in lanes}
        extents = {
            name: Window(lane.windows[0].start, lane.windows[-1].end)
            for name, lane in lanes.items()
            if lane.windows
        }
        told = {name: one for name, (one, _) in results.items()}
        audit.finish(mirror.cache, rows, told, extents, began)
    if words := mirror.api.present.wrong():
        tally.warn(f"{words[0].upper()}{words[1:]} WHOOP's time was used.")
    return _report(mirror, lanes, results, began, tally)


def _start(since: str | None, now: str) -> str | None:
    if since is None:
        return None
    start = times.Span(times.bound("since", since), now).window().start
    if start > now:
        raise ValidationError(
            "`since` is in the future.", hint="Give an earlier date, such as 2026-04-20."
        )
    return max(start, times.BEGINNING)


def _needed(names: Sequence[str]) -> list[str]:
    """Recoveries take their times from sleeps, which are therefore read with them."""
    wanted = {one for name in names for one in with_parents(RESOURCES[name])}
    return [name for name, one in RESOURCES.items() if one in wanted]


def _lane(mirror: Mirror, name: str, now: str, call: Call, tally: Tally) -> Lane:
    return Lane(Reader(mirror.cache, mirror.api, RESOURCES[name], call, tally, now))


def _run(
    mirror: Mirror,
    lanes: dict[str, Lane],
    plans: dict[Any, plan.Plan],
    call: Call,
    tally: Tally,
) -> None:
    tell = partial(_tell, mirror, lanes, plans, call, tally, time.monotonic())
    snapshots = [lanes[one.name] for one in SNAPSHOTS if one.name in lanes]
    jobs: list[Job] = [partial(_read_snapshots, mirror, snapshots, call)] if snapshots else []
    last: list[Job] = []
    leaders: list[Job] = []
    recoveries = lanes.get(RECOVERIES.name)
    for resource, one in plans.items():
        lane = lanes[resource.name]
        if resource is SLEEPS and recoveries:
            leaders = lane.jobs(one.windows, recoveries.follow)
        elif resource is not RECOVERIES:
            jobs += lane.jobs(one.windows)
        last += [partial(lane.attempt, partial(_scrub, mirror, lane, one))]
        last += [partial(lane.attempt, partial(lane.reader.recheck, one.ids))]

    def unfollowed() -> list[Job]:
        """What of the recoveries no sleeps' stretch has brought along."""
        if not recoveries:
            return []
        began = recoveries.reader.now
        return recoveries.jobs(plan.left(mirror.cache, RECOVERIES, recoveries.windows, began))

    workers.run([*jobs, *last], call, tell, leaders=leaders, followers=unfollowed)
    if recoveries:
        recoveries.inherit(lanes[SLEEPS.name])
    plan.end_pass(mirror.cache, plans)


def _tell(
    mirror: Mirror,
    lanes: dict[str, Lane],
    plans: dict[Any, plan.Plan],
    call: Call,
    tally: Tally,
    began: float,
) -> None:
    """Say how many hours of history are known of those that will be, and how fast records come."""
    total = left = 0.0
    for resource, one in plans.items():
        lane = lanes[resource.name]
        total += sum(times.seconds(*window) for window in one.windows)
        unread = plan.left(mirror.cache, resource, one.windows, lane.reader.now)
        left += sum(times.seconds(*window) for window in unread)
    records = sum(one["records_fetched"] for one in list(tally.counts.values()))
    pace = records / max(time.monotonic() - began, 1.0)
    rate = f"{pace:,.0f} a second" if pace >= 10 else f"{pace * 60:,.0f} a minute"
    done = int((total - left) / 3600)
    call.tell(done, int(total / 3600), f"{records:,} records read, {rate}")


def _read_snapshots(mirror: Mirror, snapshots: list[Lane], call: Call) -> None:
    for lane in snapshots:
        lane.attempt(partial(confirm_snapshot, mirror, lane.reader, call))


def _scrub(mirror: Mirror, lane: Lane, one: plan.Plan) -> None:
    for window in one.scrub:
        lane.reader.read(window)
    if one.scrub:
        mirror.cache.remember(f"scrub:{lane.reader.resource.name}", one.scrubbed)


def _result(
    mirror: Mirror, lanes: dict[str, Lane], name: str, began: str
) -> tuple[dict[str, Any], list[Window] | None]:
    """A resource's line in the report, and what calling again would go on with (None: nothing)."""
    lane = lanes[name]
    left = plan.left(mirror.cache, lane.reader.resource, lane.windows, began)
    counts = lane.reader.tally.counts[name]
    status = "success"
    if lane.error is not None:
        stored = any(counts[key] for key in ("created", "updated", "deleted", "unchanged"))
        status = "partial" if stored else "error"
    elif lane.out_of_time and (left or not lane.windows):
        status = "partial"
    result: dict[str, Any] = {"status": status, **{key: counts[key] for key in audit.COUNTS}}
    if lane.error is not None:
        result["error"] = {
            key: value
            for key, value in lane.error.details().items()
            if key in ("code", "message", "hint", "retry_after_seconds")
        }
    goes_on = status != "success" and not isinstance(lane.error, AuthFailed)
    return result, left if goes_on and (left or lane.out_of_time) else None


def _report(
    mirror: Mirror,
    lanes: dict[str, Lane],
    results: dict[str, tuple[dict[str, Any], list[Window] | None]],
    began: str,
    tally: Tally,
) -> dict[str, Any]:
    statuses = {one["status"] for one, _ in results.values()}
    errors = [error for name in results if (error := lanes[name].error)]
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
