"""What an experiment's sentences say of its figures."""

from __future__ import annotations

import math
import re
from statistics import fmean

import pytest

from whoop_mcp.cache.trials import Registered
from whoop_mcp.trials import payload
from whoop_mcp.trials.conduct import FINISHED, Course, Trial, metric_of
from whoop_mcp.trials.design import Plan
from whoop_mcp.trials.randomisation import try_lots
from whoop_mcp.trials.result import Adherence, Arms, AsLived, Assigned, Result


def sentences(
    outcome: str, differences: list[float], worth: float | None = None, late: int = 0
) -> list[str]:
    """What is told of a finished experiment whose pairs differ so, of which one also differs by
    what was lived, some days of it written `late`."""
    pairs = len(differences)
    plan = Plan("alcohol", outcome, "2026-01-01", pairs, 1, 0, worth, "seed", "2025-12-31")
    kept = Registered(1, plan.text(), plan.digest, None, None, None)
    course = Course(Trial(kept, plan), metric_of(outcome), FINISHED, [], [], [])
    test = try_lots(differences, plan.seed)
    both = Arms(pairs, pairs)
    found = Assigned(both, test.difference, test, both, pairs, pairs, {})
    kept_to = {"do": Adherence(1, 1, 0, 0, late), "leave": Adherence(0, 0, 0, 0, 0)}
    return payload.sentences(course, Result(found, AsLived(1.0, 1, Arms(1, 1)), kept_to))


def sentence(outcome: str, differences: list[float], worth: float | None = None) -> str:
    """What it is said to have shown."""
    return sentences(outcome, differences, worth)[0]


FALL = [-0.30, -0.31, -0.29, -0.30, -0.32, -0.28, -0.30, -0.30]


@pytest.mark.parametrize("way", [-1, 1], ids=["fall", "rise"])
def test_a_share_is_that_of_its_way(way: int) -> None:
    """HRV that falls by 0.3 of its logarithm is 25.9 % lower, and one that rises so 35 % higher:
    the share lies within its own interval, and what is worth it is a share of the same way,
    beside the rise that the plan names."""
    differences = [-way * one for one in FALL]
    said = sentence("ln_hrv", differences, worth=0.2)
    share = abs(100 * math.expm1(fmean(differences)))
    assert f"was {share:.1f} %".replace(".0 %", " %") in said
    assert ("lower" if way < 0 else "higher") in said
    low, high = (
        float(one.replace("−", "-")) for one in re.findall(r"interval (\S+) to (\S+) %", said)[0]
    )
    assert low <= way * share <= high
    worth = abs(100 * math.expm1(way * 0.2))
    planned = f" (a rise of {100 * math.expm1(0.2):.1f} %)" if way < 0 else ""
    assert f"at least the {worth:.1f} %{planned} that you called worth it" in said


def test_a_time_of_day_is_earlier_or_later() -> None:
    """A bedtime is no higher nor lower, and its difference is in minutes either way."""
    assert "was 18 min earlier than" in sentence("bedtime", FALL)
    assert "was 18 min later than" in sentence("bedtime", [-one for one in FALL])


def test_one_day_and_one_pair_are_no_plural() -> None:
    """Of days kept to, of pairs as lived, and of entries that were written late."""
    said = " ".join(sentences("recovery", FALL, late=1))
    assert "on 1 of 1 day." in said and "(1 pair)" in said and "written for 1 day and" in said
    assert "written for 2 days and" in " ".join(sentences("recovery", FALL, late=2))
