"""Plan an experiment: read its plan from what is asked for, and tell what it can see."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .. import times
from ..cache import journal, trials
from ..cache.cache import Cache
from ..cache.snapshot import Snapshot
from ..counts import counted
from ..errors import ValidationError
from ..insights import answer as insights
from ..insights.metrics import read_series
from ..insights.timeseries import Dates, day, number
from . import payload, power, wording
from .choices import LONGEST, MOST_BLOCK, OUTCOMES
from .conduct import local_today
from .design import LEAST_PAIRS, Plan, checked_worth, pairs_within
from .history import history, look_back
from .randomisation import smallest_p
from .safety import refuse_medical

_DEFAULT_DAYS = 28
_LONGEST_NAME = 200


def plan(cache: Cache, given: Mapping[str, Any]) -> dict[str, Any]:
    """Tell what an experiment can see; nothing is registered.

    ValidationError on what is no plan, can show nothing, or begins before today; CacheEmpty.
    """
    with cache.reading() as seen:
        seen.require_content()
        plan = read_plan(seen, given, "")
        refuse_past(plan, local_today(seen)[0])
        return payload.clock(seen) | {"registered": False, **promise(seen, plan)}


def read_plan(seen: Snapshot, given: Mapping[str, Any], seed: str) -> Plan:
    """Read a plan from arguments. ValidationError where it is none, or can tell nothing."""
    today = local_today(seen)[0]
    for name in ("behaviour", "outcome"):
        if given[name] is None:
            raise ValidationError(
                f"`{name}` is missing.",
                example={
                    "action": "plan",
                    "behaviour": "late coffee",
                    "outcome": "recovery",
                    "days": 28,
                },
            )
    behaviour = journal.behaviour(given["behaviour"])
    if not behaviour or len(behaviour) > _LONGEST_NAME or not behaviour.isprintable():
        raise ValidationError(
            "`behaviour` has no name in it.", hint="Use the journal's word, such as late coffee."
        )
    refuse_medical(behaviour)
    behaviour = trials.known_as(seen.connection, behaviour)
    refuse_medical(behaviour)
    if given["outcome"] not in OUTCOMES:
        raise ValidationError(
            f"`outcome` must be one of {', '.join(OUTCOMES)}.", hint="For example: recovery."
        )
    first = given["start"] or day(number(today) + 1)
    if not times.is_date(first):
        raise ValidationError(
            "`start` must be a day as YYYY-MM-DD.", hint="Leave it out to begin tomorrow."
        )
    if number(first) - number(today) > LONGEST:
        raise ValidationError(
            "`start` is more than a year from now.", hint="Plan it when its start is nearer."
        )
    block = 1 if given["block_days"] is None else given["block_days"]
    washout = 0 if given["washout_days"] is None else given["washout_days"]
    if not 1 <= block <= MOST_BLOCK:
        raise ValidationError(f"`block_days` must be from 1 to {MOST_BLOCK}.", hint="1 is usual.")
    if not 0 <= washout < block:
        raise ValidationError(
            f"`washout_days` must leave a day of each block of {block}: 0 to {block - 1}.",
            hint="For a behaviour that works on for two days: `block_days` 4, `washout_days` 2.",
        )
    worth = checked_worth(given["worth"], given["outcome"])
    pairs = pairs_within(_length(given, first), block)
    least = 2 * block * LEAST_PAIRS
    if pairs < LEAST_PAIRS:
        raise ValidationError(
            f"{counted(pairs, 'pair')} can show nothing: the smallest p is "
            f"{smallest_p(pairs):.2g}, and under 0.05 is needed.",
            hint=f"Plan at least {least} days, or shorter blocks."
            if least <= LONGEST
            else "Plan shorter blocks.",
        )
    return Plan(
        behaviour,
        given["outcome"],
        first,
        pairs,
        block,
        washout,
        worth,
        seed,
        seen.now,
    )


def _length(given: Mapping[str, Any], first: str) -> int:
    days, end = given["days"], given["end"]
    if end is not None:
        if not times.is_date(end):
            raise ValidationError("`end` must be a day as YYYY-MM-DD.", hint="Or give `days`.")
        if end <= first:
            raise ValidationError(
                f"`end` must be after the first day, {first}.", hint="Or give `days`."
            )
        until = number(end) - number(first)
        if days is not None and days != until:
            raise ValidationError(
                f"`days` and `end` differ: `end` makes it {counted(until, 'day')}.",
                hint="Give one of them.",
            )
        days = until
    days = _DEFAULT_DAYS if days is None else days
    if not 1 <= days <= LONGEST:
        raise ValidationError(
            f"An experiment takes from 1 to {LONGEST} days.", hint="28 are usual."
        )
    return int(days)


def refuse_past(plan: Plan, today: str) -> None:
    """Raise ValidationError where a plan begins before today."""
    if plan.first < today:
        raise ValidationError(
            f"`start` is before today, {today}: days that are over cannot be drawn.",
            hint="Leave it out: it then begins tomorrow.",
        )


def promise(seen: Snapshot, plan: Plan) -> dict[str, Any]:
    """Tell what a plan can see by what is usual of its outcome up to today. ValidationError where
    the mornings that are likely to be missing leave it nothing."""
    dates = Dates.ending(number(local_today(seen)[0]), look_back(plan.block_days))
    series = read_series(insights.read_dates(seen, dates)[0])[plan.outcome]
    usual = history(series, dates, plan.block_days, plan.washout_days)
    metric = series.metric
    if usual.pair_sd is None or usual.complete is None:
        said = wording.promise(plan, metric, None, usual.reason, None, None)
        return payload.plan(plan, metric, usual, None, None, None, said)
    found = power.detectable(usual.pair_sd, plan.pairs, usual.complete)
    if found is None:
        raise ValidationError(
            f"Of your pairs of blocks only {100 * usual.complete:.0f} % have an outcome in both: "
            f"{plan.pairs} pairs are likely to show nothing.",
            hint="Plan more days, or wear the strap every night first.",
        )
    share = needed = None
    if plan.worth is not None:
        share = power.power(plan.worth, usual.pair_sd, plan.pairs, usual.complete)
        needed = power.days_needed(plan.worth, usual.pair_sd, usual.complete, plan.block_days)
    said = wording.promise(plan, metric, found, None, needed, share)
    return payload.plan(plan, metric, usual, found, share, needed, said)
