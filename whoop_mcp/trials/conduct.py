"""Follow an experiment through its days: where it stands, what was lived, and which mornings are
there."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import NamedTuple

from .. import times
from ..cache import trials
from ..cache.snapshot import Snapshot
from ..cache.trials import Correction, Lived, Registered
from ..errors import CacheError
from ..insights import answer as insights
from ..insights.metrics import Metric, read_series
from ..insights.timeseries import Dates, day, number
from ..reads.underway import LAG, awaited
from ..reads.usable import NOT_RECORDED
from .design import Block, Plan

log = logging.getLogger(__name__)

UPCOMING, RUNNING, WAITING, FINISHED, ENDED = (
    "upcoming",
    "running",
    "waiting",
    "finished",
    "ended_early",
)
"""Where an experiment stands: before its first day; until its last morning; while WHOOP has still
to score one; all there; given up before its time."""


class Trial(NamedTuple):
    """An experiment with its plan, which is the one that was registered."""

    kept: Registered
    plan: Plan

    @property
    def id(self) -> int:
        return self.kept.id

    def is_open(self, today: str) -> bool:
        """Tell whether some of its days are still to be lived, and it was not ended."""
        return self.kept.ended_at is None and today <= self.plan.last


class Day(NamedTuple):
    """A day of an experiment: its date and block, whether it counts, what was lived (None: nobody
    has said), and the outcome of its morning or the reason why there is none."""

    date: str
    block: Block
    counts: bool
    lived: bool | None
    late: bool
    value: float | None
    reason: str | None

    @property
    def morning(self) -> str:
        return day(number(self.date) + LAG)

    @property
    def at(self) -> int:
        return number(self.date)


class Course(NamedTuple):
    """All that is known of an experiment at one moment, oldest day first, up to the last day whose
    outcome could be there."""

    trial: Trial
    metric: Metric
    state: str
    days: Sequence[Day]
    corrections: Sequence[tuple[Correction, bool]]  # and whether the outcome was known by then
    waits_for: Sequence[Day]  # mornings that may still come


def trials_of(seen: Snapshot) -> list[Trial]:
    """Read all experiments, oldest first. CacheError where a plan is not what was registered."""
    return [checked(one) for one in trials.registered(seen.connection)]


def within(seen: Snapshot, first: str, last: str) -> list[Course]:
    """Follow the experiments of which some days lie between two dates, both included, but none
    whose plan was edited."""
    found = []
    for kept in trials.registered(seen.connection):
        try:
            trial = checked(kept)
        except CacheError as problem:
            log.warning("An experiment is left out. %s", problem.message)
            continue
        if trial.plan.first <= last and trial.plan.last >= first:
            found.append(follow(seen, trial))
    return found


def checked(kept: Registered) -> Trial:
    """Read a plan. CacheError where it is not the one that was registered."""
    try:
        plan = Plan.read(kept.plan)
        untouched = plan.digest == kept.digest and plan.text() == kept.plan
    except (ValueError, TypeError, KeyError):
        untouched = False
    if not untouched:
        raise CacheError(
            f"The plan of experiment {kept.id} is not the one that was registered.",
            hint="Somebody has edited the cache, so its result cannot be trusted. "
            "`whoop-mcp purge --all --journal` removes all experiments.",
        )
    return Trial(kept, plan)


def metric_of(outcome: str) -> Metric:
    """Find the metric that is the outcome of a plan."""
    return read_series([])[outcome].metric


def local_today(seen: Snapshot) -> tuple[str, str]:
    """Find today's date where the newest record was made, and that clock as `UTC-04:00`."""
    east = seen.offset()
    hours, minutes = divmod(abs(east), 60)
    clock = f"UTC{'-' if east < 0 else '+'}{hours:02d}:{minutes:02d}"
    return times.plus(seen.now, minutes=east)[:10], clock


def follow(seen: Snapshot, trial: Trial) -> Course:
    """Read how far an experiment has come. `seen` has records, or CacheEmpty is raised."""
    today, _ = local_today(seen)
    plan, kept = trial.plan, trial.kept
    last = min(plan.last, kept.ended_on or plan.last)
    lived = _lived(trials.lived(seen.connection, plan.behaviour, plan.first, plan.last))
    # The days whose morning is today or was before.
    shown = min(number(last), number(today) - LAG)
    seen.require_content()
    first = min(number(plan.first), shown) + LAG
    known, _ = insights.read_dates(seen, Dates(first, shown + LAG))
    series = read_series(known)[plan.outcome]
    days = []
    woken: dict[str, str] = {
        one.date: one.sleep.end for one in known if one.sleep and one.sleep.end
    }
    for block in plan.blocks():
        for at in block.days:
            if at > shown:
                break
            date = day(at)
            said = lived.get(date)
            value = series.values.get(at + LAG)
            why = None if value is not None else series.why.get(at + LAG, NOT_RECORDED)
            late = said is not None and _was_known(woken, date, said.written_at, said.source)
            answer = None if said is None else said.answer
            days.append(Day(date, block, at in block.counted, answer, late, value, why))
    changed = [
        (one, _was_known(woken, one.date, one.at, "own"))
        for one in trials.corrections(seen.connection, trial.id)
    ]
    waits: list[Day] = []
    if kept.ended_at is None:
        counted = [one.morning for one in days if one.counts]
        by_date = {one.date: one for one in known}
        still = set(awaited(by_date, counted, series.metric.part, today))
        waits = [one for one in days if one.morning in still]
    return Course(trial, series.metric, _state(trial, today, days, waits), days, changed, waits)


def _lived(said: Sequence[Lived]) -> dict[str, Lived]:
    """Take for each date one answer: a yes from anywhere, as what was done once was done."""
    found: dict[str, Lived] = {}
    for one in said:
        if one.date not in found or (one.answer and not found[one.date].answer):
            found[one.date] = one
    return found


def _was_known(woken: dict[str, str], date: str, written_at: str, source: str) -> bool:
    """Tell whether an own entry was written when the outcome of its morning could be seen."""
    end = woken.get(day(number(date) + LAG))
    return source == "own" and end is not None and written_at > end


def _state(trial: Trial, today: str, days: Sequence[Day], waits: Sequence[Day]) -> str:
    plan, ended_on = trial.plan, trial.kept.ended_on
    if ended_on is not None and ended_on < plan.last:
        return ENDED
    if today < plan.first:
        return UPCOMING
    if ended_on is not None:
        return FINISHED
    if today < plan.last_morning:
        return RUNNING
    return WAITING if waits else FINISHED
