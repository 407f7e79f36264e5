"""Sentences of the summary: none denies what it says, none hides what stands beside it."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import Any

import pytest

from whoop_mcp.cli.wording import duration
from whoop_mcp.insights import answer, comparison_words, correlations, summary, weekdays
from whoop_mcp.insights.statistic import Band, Statistic, Verdict, Weekday, too_few
from whoop_mcp.insights.timeseries import WEEKDAY_NAMES, Dates, day, in_short
from whoop_mcp.report import statistics_table

from ..support import athlete_days

QUIET: dict[str, Any] = {"illness": (), "travel": (), "quirks": False}


@pytest.fixture(scope="module")
def known() -> answer.Answer:
    """The answer of a made-up athlete."""
    return answer.compute(*athlete_days.life(1, 300, 30, **QUIET))


def said(known: answer.Answer, *changed: Statistic) -> list[str]:
    """The summary, with some statistics in place of those that have their ids."""
    new = {one.id: one for one in changed}
    sections = {
        name: [new.get(one.id, one) for one in found] for name, found in known.sections.items()
    }
    return summary.sentences(known.period, known.counts, sections)


@pytest.mark.parametrize("away", [0.4, 0.04, 0.004, -0.4, -0.04])
def test_rounding_never_denies_where_the_week_lies(known: answer.Answer, away: float) -> None:
    """A mean just outside the band is written so that it is outside it."""
    low, high = math.log(53.4), math.log(64.1)
    value = math.log(64.1 + away if away > 0 else 53.4 + away)
    position = "above" if away > 0 else "below"
    week = replace(
        known.by_id["hrv.baseline"],
        value=value,
        band=Band(low, high, position),  # type: ignore[arg-type]
        verdict=Verdict("not unusual", False),
    )
    (line,) = (one for one in said(known, week) if one.startswith("HRV averaged"))
    mean, least, most = map(float, re.findall(r"([0-9.]+)(?: ms|–)", line))
    assert position in line and (mean > most if away > 0 else mean < least)


@pytest.mark.parametrize("size", [0.2, 0.004, 0.00004])
def test_a_drift_of_hrv_is_told_as_a_share_and_is_not_nothing(
    known: answer.Answer, size: float
) -> None:
    """Of logarithms nobody thinks, and what drifted did not do so by 0.00."""
    drift = replace(
        known.by_id["ln_hrv.slope"],
        value=-size,
        ci=(-1.5 * size, -0.5 * size),
        q=0.001,
        verdict=Verdict("drift", True),
    )
    (line,) = (one for one in said(known, drift) if "HRV fell" in one)
    found = re.search(
        r" by (\S+) % per 4 weeks .* \(95 % interval (\S+) to (\S+); \d+ days\)", line
    )
    assert found and "ln" not in line
    value, low, high = map(float, found.groups())
    assert value == pytest.approx(-100 * math.expm1(-size), abs=0.006) and 0 < low < value < high
    shown = statistics_table.value(replace(drift, value=-0.2))
    assert shown == "−18.1 % of its level per 4 weeks"


def test_a_drift_that_is_a_question_of_its_own_is_told_beside_the_surest(
    known: answer.Answer,
) -> None:
    """Resting heart rate is told by its own p, with no q; of the others, the surest one."""
    heart, slope = known.by_id["resting_heart_rate.drift"], known.by_id["recovery.slope"]
    drifted = Verdict("drift", True)
    own = replace(heart, value=6.0, ci=(2.0, 10.0), p=0.004, verdict=drifted)
    surest = replace(slope, value=-5.0, ci=(-8.0, -2.0), q=0.01, verdict=drifted)
    (line,) = (one for one in said(known, own, surest) if "per 4 weeks" in one)
    assert line.startswith("Resting heart rate rose by 6.00 bpm per 4 weeks from ")
    assert "; recovery fell by 5.00 points per 4 weeks from " in line
    assert f"(95 % interval 2.00 to 8.00; {slope.n} days): more than chance would do." in line
    assert statistics_table.value(surest) == "−5.00 points per 4 weeks"
    (line,) = (one for one in said(known, own) if "per 4 weeks" in one)
    assert line.count(";") == 1
    assert f"(95 % interval 2.00 to 10.00; {heart.n} days): more" in line
    assert not any("per 4 weeks" in one for one in said(known))
    sections = dict.fromkeys(known.sections, ()) | {"trends": [own]}
    shown = str(statistics_table.every_statistic(sections))
    assert "Drift: p = 0.004." in shown and "q unknown" not in shown


def test_a_flag_stands_beside_the_rate_of_flags(known: answer.Answer) -> None:
    """Watch and flag together are more frequent than a flag alone; both rates are told."""
    rate = known.by_id["anomaly.rate"]
    assert rate.firing and rate.value is not None
    (line,) = (one for one in said(known) if "vital signs" in one)
    flags = 100 * rate.firing.flag_days / rate.n
    assert f"over the {rate.n} days judged" in line
    assert line.endswith(
        f" on {rate.value:.1f} %, and on {flags:.1f} % strongly enough for a flag."
    )


@pytest.mark.parametrize(
    ("n", "floor", "what", "words"),
    [
        (0, 1, "days", "0 days; at least 1 is needed"),
        (1, 3, "days that could be judged", "1 day that could be judged; at least 3 are needed"),
        (1, 2, "free nights", "1 free night; at least 2 are needed"),
        (1, 4, "of the last 7 days", "1 of the last 7 days; at least 4 are needed"),
        (2, 3, "days of B", "2 days of B; at least 3 are needed"),
        (3, 3, "days", None),
    ],
)
def test_what_is_too_few_is_counted(n: int, floor: int, what: str, words: str | None) -> None:
    """One is told in the singular."""
    assert too_few(n, floor, what) == words


@pytest.mark.parametrize(
    ("n", "total", "words"),
    [
        (1, 1, "(1 day, with a recovery)"),
        (0, 1, "(1 day, without a recovery)"),
        (1, 7, "(1 of 7 days has a recovery)"),
        (6, 7, "(6 of 7 days have a recovery)"),
    ],
)
def test_recoveries_of_a_period_are_counted(n: int, total: int, words: str) -> None:
    """Of one day and of many."""
    one = Dates(800_000, 800_000 + total - 1)
    counts = {"recovery": n, "total": total}
    assert words in comparison_words.sentences(one, one, [counts, counts], [])[0]


@pytest.mark.parametrize(
    ("value", "words"), [(-0.004, "0.00"), (0.004, "0.00"), (-0.02, "−0.02"), (2.06, "+2.1")]
)
def test_a_bound_that_rounds_to_zero_has_no_sign(value: float, words: str) -> None:
    """Others have theirs."""
    assert comparison_words._signed(value) == words


def test_one_day_is_judged_as_one() -> None:
    """Of a period of one day it is said that it had the signs, or had not; never `none of`."""
    period = answer.compute(*athlete_days.life(1, 300, 1, **QUIET))
    (line,) = (one for one in said(period) if "vital signs" in one)
    assert re.match(r"The one day that could be judged on [\w ]+ did not have several", line)
    ill = answer.compute(*athlete_days.life(1, 300, 300, quirks=False))
    rate, *_, flag = ill.sections["anomalies"]
    assert rate.firing
    firing = rate.firing._replace(judged_in_period=1)
    sections = {**ill.sections, "anomalies": [replace(rate, firing=firing), flag]}
    told = summary.sentences(ill.period, ill.counts, sections)
    (line,) = (one for one in told if "vital signs" in one)
    assert line.startswith("The one day that could be judged") and " had several" in line
    assert f"at once ({flag.level}); over" in line


def test_time_asleep_says_that_naps_are_not_in_it(known: answer.Answer) -> None:
    """As the statistic's note does."""
    (line,) = (one for one in said(known) if one.startswith("Time asleep"))
    assert line.startswith("Time asleep, not counting naps, averaged ")


def test_sleep_owed_stands_beside_the_debt_that_whoop_counts(known: answer.Answer) -> None:
    """Two figures by the name of debt differ widely: neither is told without the other."""
    owed, theirs = known.by_id["sleep.debt_14_cycles"], known.by_id["sleep.debt_whoop"]
    (line,) = (one for one in said(known) if "less sleep" in one)
    assert owed.value is not None and theirs.value is not None
    assert f"add up to {duration(3600 * owed.value)} less sleep than you needed" in line
    on = f"{duration(3600 * theirs.value)} on {in_short(day(theirs.dates.last))}"
    assert f"WHOOP's own sleep debt was {on}, which it works out differently." in line
    nothing = replace(owed, value=None, reason="too few")
    assert f"WHOOP's own sleep debt was {on}." in said(known, nothing)
    alone = said(known, replace(theirs, value=None, reason="none"))
    assert any("less sleep" in one for one in alone) and not any(
        "WHOOP's own" in one for one in alone
    )


def test_a_link_that_is_built_in_hides_no_other(known: answer.Answer) -> None:
    """Of two links that are claimed, the one that WHOOP has not built in is told."""
    claimed = [
        replace(known.by_id[id], q=q, verdict=Verdict("seen in this window", True))
        for id, q in (("sleep_duration~recovery", 0.0), ("strain~recovery+1", 0.04))
    ]
    (line,) = (one for one in said(known, *claimed) if "rank correl" in one)
    assert line.startswith("Strain and recovery a day later moved ") and "made of" not in line
    (alone,) = (one for one in said(known, claimed[0]) if "rank correl" in one)
    assert alone.endswith("but WHOOP's recovery is partly made of sleep.")


def test_weekdays_are_told_with_their_means(known: answer.Answer) -> None:
    """One sentence, of the surest metric, where any weekday differs; else none."""
    days = [Weekday(name, 26, 10.0 + n, n - 3.0, 0.0) for n, name in enumerate(WEEKDAY_NAMES)]
    differs = Verdict("Monday lower, Sunday higher than the days around", True)
    strain = replace(known.by_id["strain.weekdays"], weekdays=days, q=0.0, verdict=differs)
    (line,) = (one for one in said(known, strain) if "follows the week" in one)
    assert line.startswith("Strain follows the week in the 180 days to ") and line.endswith(
        "Monday lower, Sunday higher than the days around; on average from 10.0 on Mondays to 16.0 "
        f"on Sundays ({strain.n} days)."
    )


@pytest.mark.parametrize("q", [0.0, 0.009, 0.011, 0.049])
def test_what_one_window_shows_is_said_of_that_window(known: answer.Answer, q: float) -> None:
    """However small its q, a relation is established by no single window."""
    verdict = correlations.judge(known.by_id["strain~recovery+1"], q)
    assert verdict.claim and verdict.words.endswith("seen in this window")
    assert verdict.words.startswith("clearly") is (q < 0.01)


def test_a_slope_that_there_is_not_is_not_blamed_on_the_history() -> None:
    """Values that never change, or too few of them, are the nearer reason and the only one."""
    days, dates = athlete_days.life(1, 40, 30, **QUIET)
    same = [
        one._replace(recovery=one.recovery and replace(one.recovery, recovery_score=60.0))
        for one in days
    ]
    found = answer.compute(same, dates).by_id
    constant, short = found["recovery.slope"], found["ln_hrv.slope"]
    assert constant.reason == "the values do not vary" and constant.verdict is None
    assert short.value is not None and short.verdict
    assert short.verdict.words.startswith("too little history to tell a drift apart from chance")
    assert short.verdict.words.endswith(" days before these are needed")


def test_a_change_of_strain_has_no_unit_and_of_a_bedtime_is_in_hours(known: answer.Answer) -> None:
    """A scale is no unit, and a difference is at no time of day; one of per cents is in points."""
    slope = replace(known.by_id["strain.slope"], value=0.5)
    assert statistics_table.value(slope) == "+0.50 per 4 weeks"
    assert known.by_id["bedtime.weekdays"].unit == "hours"
    assert statistics_table.value(replace(known.by_id["recovery.weekdays"], value=9.0)) == (
        "+9.00 points"
    )


def test_a_drift_takes_the_place_of_no_other_sentence(known: answer.Answer) -> None:
    """Where all can be told, all is."""
    slope = known.by_id["recovery.slope"]
    drift = replace(slope, value=-5.0, ci=(-8.0, -2.0), q=0.01, verdict=Verdict("drift", True))
    behaviour = replace(
        slope, id="behaviour.x~recovery", title="X: recovery", q=0.5, verdict=Verdict("no", False)
    )
    week = known.by_id["recovery.weekdays"]
    differs = replace(week, q=0.0, verdict=Verdict("Monday lower", True))
    sections = {
        name: [{drift.id: drift, week.id: differs}.get(one.id, one) for one in found]
        for name, found in known.sections.items()
    }
    lines = summary.sentences(known.period, known.counts, sections | {"behaviours": [behaviour]})
    assert len(lines) == 13 and any("fell by 5.00 points" in one for one in lines)
    assert "sleep regularity" in lines[-1]


def test_a_bedtime_is_earlier_or_later_by_the_clock(known: answer.Answer) -> None:
    """A time of day is neither lower nor higher, and hours after noon are no clock's."""
    days = [
        Weekday(name, 26, 10.5 + n / 4, n - 3.0, 0.0 if n in (0, 6) else 1.0)
        for n, name in enumerate(WEEKDAY_NAMES)
    ]
    bedtime = replace(known.by_id["bedtime.weekdays"], weekdays=days, q=0.0)
    bedtime = replace(bedtime, verdict=weekdays.judge(bedtime, 0.0))
    assert "Sunday 00:00 (n = 26)" in "".join(statistics_table._basis(bedtime))
    (line,) = (one for one in said(known, bedtime) if "follows the week" in one)
    assert line.endswith(
        "Monday earlier, Sunday later than the days around; on average from 22:30 on Mondays to "
        f"00:00 on Sundays ({bedtime.n} days)."
    )
