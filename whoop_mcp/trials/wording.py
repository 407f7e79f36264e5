"""Say in plain sentences what a plan can find, what a day is for and what an experiment showed."""

from __future__ import annotations

import math

from ..insights.metrics import Format, Metric
from ..insights.timeseries import in_words
from .conduct import ENDED, RUNNING, UPCOMING, WAITING, Course
from .design import DO, LEAVE, Plan
from .result import Assigned, Result

ARMS = {DO: "do it", LEAVE: "leave it"}
"""How an arm is told to the person."""


def amount(metric: Metric, value: float, *, sign: bool = False) -> str:
    """Write a difference of an outcome as people know it: `6.2 points`, `25 min`, `−4.9 %`."""
    if metric.format is Format.LOGARITHM:
        figure, unit, digits = 100 * math.expm1(value), "%", 1
    elif metric.format is Format.HOURS or metric.unit.startswith("hours"):
        figure, unit, digits = 60 * value, "min", 0
    elif metric.unit == "%":
        figure, unit, digits = value, "points", 1
    else:
        figure, unit, digits = value, metric.unit, 1 if abs(value) >= 0.1 else 2
    text = f"{abs(figure):.{digits}f}"
    if digits and text.endswith(".0"):
        text = text[:-2]
    minus = figure < 0 and float(text) != 0
    return f"{'−' if minus else '+' if sign and float(text) else ''}{text} {unit}"


def outcome(metric: Metric) -> str:
    """Name an outcome with its morning."""
    if metric.part == "sleep":
        return f"{metric.name_within} of the night that follows"
    return f"{metric.name_within} of the next morning"


def promise(
    plan: Plan,
    metric: Metric,
    seen: float | None,
    reason: str | None,
    needed: int | None,
    share: float | None,
) -> list[str]:
    """Say what a plan can see: `seen` with 80 % power, `share` of what is worth it, for which
    `needed` days are enough."""
    if seen is None:
        return [f"What {plan.days} days can find is not known yet: {reason}."]
    said = [
        f"{plan.days} days, in {plan.pairs} pairs, would find a difference of "
        f"{amount(metric, seen)} in the {outcome(metric)} in 8 of 10 such experiments."
    ]
    if plan.worth is not None and share is not None:
        worth = amount(metric, plan.worth)
        if share >= 0.8:
            said.append(
                f"The {worth} that you call worth it would be found in {100 * share:.0f} %."
            )
        elif needed is None:
            said.append(
                f"The {worth} that you call worth it would be found in only {100 * share:.0f} %, "
                "even a year would not be enough: choose another outcome or a larger difference."
            )
        else:
            said.append(
                f"For {worth} you need {needed} days; these find it in only {100 * share:.0f} %."
            )
    return said


def arm_of(plan: Plan, arm: str, *, counts: bool, morning: str, metric: Metric) -> str:
    """Say what a day is for."""
    what = f"“{plan.behaviour}” today: {ARMS[arm]}."
    if not counts:
        return f"{what} This is a washout day: live it this way, but it does not count."
    when = "the night to" if metric.part == "sleep" else "the morning of"
    return f"{what} It counts for the {metric.name_within} of {when} {in_words(morning)}."


def stands(course: Course) -> str:
    """Say where an experiment stands that has no result yet."""
    plan = course.trial.plan
    if course.state == UPCOMING:
        return f"It begins on {in_words(plan.first)}."
    if course.state == RUNNING:
        return (
            f"It runs until the morning of {in_words(plan.last_morning)}. No figures before then: "
            "looking early, and stopping when it looks good, finds things that are only chance."
        )
    if course.state == WAITING:
        dates = ", ".join(in_words(one.morning) for one in course.waits_for[:3])
        more = len(course.waits_for) - 3
        return (
            f"Its days are over, but WHOOP's figures for {dates}"
            f"{f' and {more} more' if more > 0 else ''} are not here yet: wait until they are "
            "scored, and sync. If they will never come, end it, and the rest is tested."
        )
    if course.state == ENDED and not course.days:
        return "It was ended before its first day was over, so it shows nothing."
    return ""


def told(course: Course, found: Result) -> str:
    """Say in one sentence what an experiment showed."""
    one, metric, plan = found.assigned, course.metric, course.trial.plan
    if course.state == ENDED:
        return _told_early(course, one)
    test = one.test
    if test is None or test.low is None or test.high is None:
        return (
            f"No conclusion: only {one.pairs} of {one.drawn} pairs have both outcomes, and with "
            "fewer than 6 no difference can be larger than chance."
        )
    low, high = (amount(metric, bound, sign=True) for bound in (test.low, test.high))
    between = f"{low.partition(' ')[0]} to {high}"
    basis = f"95 % interval {between}, {_p(test.p)}, {one.pairs} pairs"
    if not test.clear:
        worth = plan.worth
        said = (
            f"No effect of “{plan.behaviour}” was shown: the {outcome(metric)} differed by "
            f"{amount(metric, test.difference, sign=True)} ({basis}), no more than chance would do."
        )
        if worth is not None and -worth < test.low and test.high < worth:
            return f"{said} A difference of {amount(metric, worth)} either way can be ruled out."
        return said
    way = metric.ways[test.difference < 0]
    said = (
        f"On the days drawn for “{plan.behaviour}”, the {outcome(metric)} was "
        f"{_size(metric, test.difference)} {way} than on the days drawn against it: more "
        f"than chance would do ({basis})."
    )
    return f"{said} {_beside_worth(metric, plan.worth, test.low, test.high)}".rstrip()


def _size(metric: Metric, value: float) -> str:
    """Write a difference whose way the words tell: of a logarithm, a fall is another share than a
    rise as large."""
    return amount(metric, value).removeprefix("−")


def _told_early(course: Course, one: Assigned) -> str:
    plan, metric = course.trial.plan, course.metric
    if one.difference is None:
        return "It was ended early, before any pair of blocks was complete, so it shows nothing."
    return (
        f"It was ended early, after {in_words(course.trial.kept.ended_on or plan.last)}. On the "
        f"{one.pairs} of {one.drawn} pairs that were lived, the {outcome(metric)} differed by "
        f"{amount(metric, one.difference, sign=True)}. That describes these days; it is not a "
        "test, because stopping when it looks good finds things that are only chance."
    )


def _beside_worth(metric: Metric, worth: float | None, low: float, high: float) -> str:
    if worth is None:
        return ""
    least, most = min(abs(low), abs(high)), max(abs(low), abs(high))
    words = _size(metric, math.copysign(worth, low))
    if (planned := amount(metric, worth)) != words:  # of a logarithm: the plan names a rise
        words = f"{words} (a rise of {planned})"
    if least >= worth:
        return f"That is at least the {words} that you called worth it."
    if most < worth:
        return f"That is less than the {words} that you called worth it."
    return f"It may or may not reach the {words} that you called worth it."


def _p(p: float) -> str:
    return f"p {p:.3f}" if p >= 0.001 else f"p {p:.1g}"


def mornings_lacking(one: Assigned) -> int:
    """Count the mornings of days that count of which there is no outcome."""
    return sum(
        n
        for found in one.excluded.values()
        for reason, n in found.items()
        if reason != "the other of its pair is lacking"
    )
