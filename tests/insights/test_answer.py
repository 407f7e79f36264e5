"""The statistics as a whole: a second implementation, truths that were put in, and noise."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from whoop_mcp import times
from whoop_mcp.cache import purge
from whoop_mcp.cache.save import Findings
from whoop_mcp.errors import CacheEmpty, ValidationError
from whoop_mcp.insights import anomalies, correlations, fitting, load, metrics, periods, trends
from whoop_mcp.insights import answer as insights
from whoop_mcp.insights.timeseries import Dates, day, in_short, number
from whoop_mcp.reads.days import Day
from whoop_mcp.report import document
from whoop_mcp.simulator.life import make
from whoop_mcp.times import Window
from whoop_mcp.whoop.records import Cycle, Workout
from whoop_mcp.whoop.resources import COLLECTIONS, CYCLES, RECOVERIES, SLEEPS, WORKOUTS

from ..support import athlete_days, reference_statistics, samples
from ..support.athlete_days import LAST, NOISE
from ..support.samples import Shelf

SECTIONS = [
    "baselines",
    "trends",
    "load",
    "sleep",
    "anomalies",
    "correlations",
    "weekdays",
    "behaviours",
]
FIELDS = {
    "ln_hrv": ("recovery", "hrv_rmssd_ms"),
    "resting_heart_rate": ("recovery", "resting_heart_rate_bpm"),
    "recovery": ("recovery", "recovery_score"),
    "sleep_duration": ("sleep", "asleep_seconds"),
    "sleep_performance": ("sleep", "sleep_performance_pct"),
    "strain": ("cycle", "strain"),
    "respiratory_rate": ("sleep", "respiratory_rate"),
    "skin_temperature": ("recovery", "skin_temp_c"),
    "spo2": ("recovery", "spo2_pct"),
    "sleep_efficiency": ("sleep", "sleep_efficiency_pct"),
    "sleep_consistency": ("sleep", "sleep_consistency_pct"),
}
QUIET: dict[str, Any] = {"illness": (), "travel": (), "quirks": False}
SEEDS = [0, *(pytest.param(n, marks=pytest.mark.slow) for n in (1, 2))]
LIVES = [(1, 30), *(pytest.param(one, marks=pytest.mark.slow) for one in ((2, 45), (3, 90)))]


def found(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Every statistic by its id."""
    return {one["id"]: one for name in SECTIONS for one in answer[name]}


def close(expected: float | None) -> Any:
    return pytest.approx(expected, abs=1e-9, rel=1e-9)


class Life:
    """An athlete's answer beside their arrays."""

    def __init__(self, seed: int, period: int) -> None:
        self.days, self.period = athlete_days.life(seed, 400, period)
        self.answer = athlete_days.computed(self.days, self.period)
        self.found = found(self.answer)
        self._whole: dict[str, reference_statistics.Array] = {}

    def array(self, name: str, first: int, last: int = LAST) -> reference_statistics.Array:
        if name == "load":
            return reference_statistics.array(load.series(self.days, LAST).values, first, last)
        if name == "bedtime":
            return reference_statistics.array(
                metrics.read_series(self.days)["bedtime"].values, first, last
            )
        began = LAST - 1600
        if name not in self._whole:
            self._whole[name] = reference_statistics.metric(self.days, *FIELDS[name], began, LAST)
        got = self._whole[name][first - began : last - began + 1].copy()
        if name == "ln_hrv":
            return np.log(got)
        return got / 3600 if name == "sleep_duration" else got


@pytest.fixture(scope="module", params=LIVES, ids=lambda one: f"seed {one[0]}, {one[1]} days")
def life(request: pytest.FixtureRequest) -> Life:
    """A made-up athlete with all of life's quirks."""
    return Life(*request.param)


def test_baselines_agree_with_numpy(life: Life) -> None:
    """HRV with band and p, its variation, and the means of period, baseline and period before."""
    expected = reference_statistics.hrv(life.array("ln_hrv", LAST - 803))
    one = life.found["hrv.baseline"]
    assert one["value"] == close(expected["value"]) and one["p"] == close(expected["p"])
    assert one.get("phi") == (expected["phi"] and close(expected["phi"]))
    for name in ("past_days", "farther_days", "judged_days", "unusual_days"):
        assert one[name] == expected[name]
    assert [one["band"][name] for name in ("low", "high")] == [
        close(expected[name]) for name in ("low", "high")
    ]
    weeks = [life.array("ln_hrv", at - 6, at) for at in range(LAST - 66, LAST + 1)]
    cvs = [100 * np.nanstd(w, ddof=1) / np.nanmean(w) for w in weeks if np.sum(~np.isnan(w)) > 4]
    assert life.found["hrv.cv"]["value"] == close(cvs[-1])
    before = cvs[: -sum(np.sum(~np.isnan(w)) > 4 for w in weeks[-7:])]
    assert life.found["hrv.cv"]["usual"]["median"] == close(float(np.median(before)))
    length, first = life.period.days, life.period.first
    for name in list(FIELDS)[:8]:
        one = life.found[f"{name}.mean"]
        values = life.array(name, first)
        assert one["value"] == close(np.nanmean(values))
        assert one["n"] == np.sum(~np.isnan(values))
        assert sum(one["n_excluded"].values()) == length - one["n"]
        base = life.array(name, first - 60, first - 1)
        assert one["baseline"]["mean"] == close(np.nanmean(base))
        assert one["baseline"]["sd"] == close(np.nanstd(base, ddof=1))
        previous = life.array(name, first - length, first - 1)
        assert one["previous"]["mean"] == close(np.nanmean(previous))


def test_trends_agree_with_scipy(life: Life) -> None:
    """Slopes per four weeks; intervals and p by the slopes of the person's own past, of 60 days and
    more by its spectrum."""
    for one in life.answer["trends"]:
        name = one["id"].split(".")[0]
        days = 28 if one["id"].endswith("drift") else life.period.days
        first = LAST - days + 1
        past = life.array(name, LAST - trends.look_back(days) + 1, first - 1)
        long = days >= 60
        reference = reference_statistics.long_slope if long else reference_statistics.slope
        expected = reference(life.array(name, first), past)
        assert one["value"] == close(28 * expected["value"])
        assert one["ci"] == [close(28 * expected["low"]), close(28 * expected["high"])]
        assert one["p"] == close(expected["p"])
        assert one["standard_error"] == close(28 * expected["error"])
        assert one["degrees_of_freedom"] == close(expected["freedom"])
        assert one.get("past_stretches") == expected.get("stretches")
        assert one.get("past_days") == expected.get("days")


def test_load_agrees_with_numpy(life: Life) -> None:
    """Zone-minutes a day, monotony, Foster's strain, acute : chronic."""
    by_date = {one.date: one for one in life.days}
    for at, value in load.series(life.days, LAST).values.items():
        zones = [one.zone_durations_seconds for one in by_date[day(at)].workouts]
        minutes = np.array([list(one.values()) for one in zones if one]).reshape(-1, 6) / 60
        assert value == close(float((minutes @ np.arange(6)).sum()))
    back = LAST - 1  # today's cycle still runs
    week = life.array("load", back - 6, back)
    if np.isnan(week).any():
        assert life.found["load.monotony"]["value"] is None
    else:
        ratio = week.mean() / week.std(ddof=1)
        assert life.found["load.monotony"]["value"] == close(ratio)
        assert life.found["load.foster_strain"]["value"] == close(week.sum() * ratio)
    month = life.array("load", back - 27, back)
    expected = month[21:].mean() / month[:21].mean()
    one = life.found["load.acute_chronic"]
    assert (one["value"] is None) if np.isnan(expected) else one["value"] == close(expected)
    assert life.found["load.daily_mean"]["value"] == close(
        np.nanmean(life.array("load", life.period.first))
    )


def test_sleep_agrees_with_numpy(life: Life) -> None:
    """Regularity by the exact intervals, jetlag by circular means, both debts."""
    period = reference_statistics.dates(life.days, life.period.first, LAST)
    assert life.found["sleep.regularity_index"]["value"] == close(
        reference_statistics.regularity(period)
    )
    month = reference_statistics.dates(life.days, LAST - 27, LAST)
    assert life.found["sleep.social_jetlag"]["value"] == close(reference_statistics.jetlag(month))
    owed = []
    for one in reference_statistics.dates(life.days, LAST - 13, LAST):
        if one.sleep and one.sleep.score_state == "SCORED":
            naps = [
                nap.asleep_seconds
                for other in life.days
                for nap in other.naps
                if nap.cycle_id == one.sleep.cycle_id
            ]
            if None not in naps:
                need = one.sleep.sleep_needed_seconds
                wanted = need["baseline"] + need["from_strain"]
                owed.append(max(0, wanted - one.sleep.asleep_seconds - sum(naps)))
                latest = need["from_debt"]
    assert life.found["sleep.debt_14_cycles"]["value"] == close(sum(owed) / 3600)
    assert life.found["sleep.debt_14_cycles"]["n"] == len(owed)
    assert life.found["sleep.debt_whoop"]["value"] == close(latest / 3600)


def test_anomalies_agree_with_scipy(life: Life) -> None:
    """Robust z, levels and the back-tested rate."""
    judged = fired = 0
    for at in range(LAST - 364, LAST + 1):
        zs = [
            z
            for name, (sign, floor) in anomalies.WORSE.items()
            if (z := reference_statistics.z_of(life.array(name, at - 30, at), sign, floor))
            is not None
        ]
        watch = len(zs) >= 3 and sum(z >= 2 for z in zs) >= 2
        judged += len(zs) >= 3
        fired += watch
        one = life.found.get(f"anomaly.{day(at)}")
        assert (one is not None) == (watch and at >= life.period.first)
        if one:
            total = np.clip(zs, -4, 4).sum() / np.sqrt(len(zs))
            assert one["value"] == close(total)
            assert one["level"] == ("flag" if total >= 3.5 else "watch")
    rate = life.found["anomaly.rate"]
    assert rate["value"] == close(100 * fired / judged) and rate["n"] == judged
    assert rate["watch_days"] + rate["flag_days"] == fired


def test_correlations_agree_with_scipy(life: Life) -> None:
    """ρ, effective n, interval and p of every pair."""
    window = min(max(life.period.days, 180), 365)
    for pair, one in zip(correlations.PAIRS_TRIED, life.answer["correlations"], strict=True):
        first = LAST - window + 1 - pair.lag
        x = life.array(pair.x, first, LAST - pair.lag)
        y = life.array(pair.y, first + pair.lag, LAST)
        travel = reference_statistics.away(life.days, LAST - 820, LAST)[821 - window - pair.lag :]
        x[travel[: len(x)] | travel[pair.lag :]] = np.nan
        expected = reference_statistics.link(x, y, first, pair.lag)
        assert one["value"] == close(expected["rho"]), pair
        assert one["ci"] == [close(expected["low"]), close(expected["high"])]
        assert (one["n_eff"], one["p"]) == (close(expected["n_eff"]), close(expected["p"]))
        both = ~np.isnan(x) & ~np.isnan(y)
        assert one["n"] == both.sum() and sum(one["n_excluded"].values()) == window - both.sum()
        assert one["raw"] == close(stats.spearmanr(x[both], y[both]).statistic)


def test_weekdays_agree_with_scipy(life: Life) -> None:
    """Means, distances from the days around, and p of every metric compared by weekday."""
    first = LAST - min(max(life.period.days, 180), 365) + 1
    for one in life.answer["weekdays"]:
        expected = reference_statistics.weekdays(life.array(one["id"].split(".")[0], first), first)
        rows = one["weekdays"]
        assert [row["mean"] for row in rows] == close(expected["means"])
        assert [row["off"] for row in rows] == close(expected["off"])
        assert [row["p"] for row in rows] == close(expected["ps"])
        assert one["p"] == close(expected["p"])
        assert one["value"] == close(max(expected["means"]) - min(expected["means"]))


def test_claims_are_held_against_all_of_their_family(life: Life) -> None:
    """q is Benjamini and Hochberg's over slopes and correlations, half its level to each; over the
    links built in, whose p count ten times; and over the weekdays. The week's HRV and the drift of
    a resting heart rate are asked alone."""
    claims = [one for one in life.found.values() if "q" in one]
    built_in = [one for one in claims if "by construction" in one.get("note", "")]
    weekly = life.answer["weekdays"]
    others = [one for one in claims if one not in built_in and one not in weekly]
    assert len(built_in) == 4 and len(weekly) == 6
    assert len(others) == 7 + len(correlations.PAIRS_TRIED) - len(built_in)
    alone = [one["id"] for one in life.found.values() if "p" in one and "q" not in one]
    assert alone == ["hrv.baseline", "resting_heart_rate.drift"]
    slopes = [one for one in others if "lag" not in one]
    links = [one for one in others if "lag" in one]
    for kinds, counted in (([built_in], 10), ([weekly], 1), ([slopes, links], 1)):
        ps = [[counted * one["p"] for one in kind] for kind in kinds]
        expected = reference_statistics.shared_discovery(ps, [1.0] * len(ps))
        for kind, qs in zip(kinds, expected, strict=True):
            assert [one["q"] for one in kind] == close(qs)
    for one in claims:
        claimed = one["verdict"] in (
            "drift",
            "seen in this window",
            "clearly seen in this window",
        )
        assert not claimed or one["q"] < 0.05
    week = life.found["hrv.baseline"]
    assert "q" not in week and (week["verdict"] == "unusual") == (week["p"] < 0.05)


def test_every_statistic_has_its_basis(life: Life) -> None:
    """The one shape: what it is, from what, without what, and why there is none."""
    for one in life.found.values():
        assert {"id", "value", "unit", "method", "source", "n", "n_excluded", "window"} <= set(one)
        assert (one["value"] is None) == ("reason" in one)
        assert all({"date", "value", "id"} <= set(line) for line in one["evidence"])
        window = one["window"]
        if one["id"] != "anomaly.rate":
            assert all(window["start"] <= row["date"] < window["end"] for row in one["evidence"])
        assert [row["date"] for row in one["evidence"]] == sorted(
            row["date"] for row in one["evidence"]
        )
    assert len(life.found) == sum(len(life.answer[name]) for name in SECTIONS)
    json.dumps(life.answer, allow_nan=False)


def test_the_summary_is_a_few_sentences_with_a_date_and_a_number(life: Life) -> None:
    """Plain sentences, each of which can be checked."""
    assert 1 <= len(life.answer["summary"]) <= 13
    for sentence in life.answer["summary"]:
        assert sentence.endswith(".") and sum(part[:1].isdigit() for part in sentence.split()) >= 2
        assert re.search(r"\b\d\d? (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b", sentence)
        assert " ln" not in sentence and not re.search(r"\d{4}-\d\d-\d\d", sentence)


# ── truths that were put in ──


@pytest.mark.parametrize("seed", SEEDS)
def test_an_effect_of_strain_is_found_on_the_next_day(seed: int) -> None:
    """Three hundredths of an ln unit a point of strain: seen at lag 1, with the right sign."""
    one = found(athlete_days.answer(seed, 300, **QUIET, strain_effect=-0.03))
    for id in ("strain~ln_hrv+1", "strain~recovery+1"):
        low, high = one[id]["ci"]
        assert (
            one[id]["verdict"] == "clearly seen in this window"
            and low < one[id]["value"] < high < 0
        )


@pytest.mark.parametrize("seed", SEEDS)
def test_an_illness_is_flagged_and_nothing_else_is(seed: int) -> None:
    """Each day of it is at least a watch day, most are flagged; a quiet month has hardly any."""
    one = athlete_days.answer(seed, 300, **{**QUIET, "illness": (("2026-05-05", 4),)})
    levels = {line["id"][8:]: line["level"] for line in one["anomalies"][1:]}
    ill = [levels.pop(f"2026-05-0{n}", None) for n in range(5, 9)]
    assert None not in ill and ill.count("flag") >= 3
    assert len(levels) <= 3 and "flag" not in levels.values()


@pytest.mark.parametrize("seed", SEEDS)
def test_a_shift_of_hrv_is_unusual(seed: int) -> None:
    """A third lower for nine days: below the band and unusual, as an equal month is not."""
    one = found(athlete_days.answer(seed, 300, **QUIET, hrv_shift=("2026-05-12", -0.4)))[
        "hrv.baseline"
    ]
    assert (one["verdict"], one["band"]["position"]) == ("unusual", "below")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.slow
def test_a_week_away_makes_sleep_irregular_not_late(seed: int) -> None:
    """Ten and a half hours east and back cost regularity; on the clock of the place nothing
    moved."""
    trip = {**QUIET, "travel": (("2026-05-05", 7, "+05:30"),)}
    away = found(athlete_days.answer(seed, 300, **trip))
    home = found(athlete_days.answer(seed, 300, **QUIET))
    assert away["sleep.regularity_index"]["value"] < home["sleep.regularity_index"]["value"] - 3
    assert abs(away["sleep.social_jetlag"]["value"] - home["sleep.social_jetlag"]["value"]) < 0.5


def _noisy(seeds: range, days: int, period: int) -> list[list[str]]:
    return [
        claims for seed in seeds if (claims := athlete_days.claims(_of_noise(seed, days, period)))
    ]


def _of_noise(seed: int, days: int, period: int) -> dict[str, Any]:
    return athlete_days.answer(seed, days, period, **NOISE)


@pytest.mark.slow
def test_noise_makes_few_claims() -> None:
    """Of ten athletes in whom nothing depends on anything, at most one yields any claim."""
    assert len(_noisy(range(10), 120, 30)) <= 1


@pytest.mark.slow
@pytest.mark.parametrize(("days", "period"), [(400, 30), (400, 90), (90, 30)])
def test_two_hundred_athletes_of_noise_make_few_claims(days: int, period: int) -> None:
    """At least 184 of 200 autocorrelated nothings yield no claim at all."""
    assert len(_noisy(range(200), days, period)) <= 16


# ── worked checks, and too little of everything ──


@pytest.mark.parametrize(("trained", "expected"), [(3, 0.80), (6, 2.27)])
def test_monotony_as_worked_by_hand(trained: int, expected: float) -> None:
    """Three equal days and four rests give 0.80, six and one give 2.27."""
    found = load.series(_loads([60.0] * trained + [0.0] * (7 - trained)), LAST)
    one = load.monotony(found, LAST)
    assert one.value is not None and round(one.value, 2) == expected
    strain = load.foster_strain(found, LAST).value
    assert strain == pytest.approx(60 * trained * one.value)


def test_a_day_without_a_strap_is_no_rest_day() -> None:
    """A gap makes the week's monotony null, a constant load and no chronic load as well."""
    week = _loads([60.0, 0.0] * 14)
    whole = load.acute_chronic(load.series(week, LAST), LAST)
    assert whole.value == pytest.approx((3 * 60 / 7) / (11 * 60 / 21))
    bare = [one._replace(cycle=None) if at == 25 else one for at, one in enumerate(week)]
    for statistic in (load.monotony, load.foster_strain, load.acute_chronic):
        one = statistic(load.series(bare, LAST), LAST)
        assert one.value is None and one.excluded == {"not recorded": 1}
    same = load.monotony(load.series(_loads([60.0] * 7), LAST), LAST)
    assert same.reason == "the daily load does not vary"
    idle = load.acute_chronic(load.series(_loads([0.0] * 21 + [60.0] * 7), LAST), LAST)
    assert idle.reason == "no load in the 21 days before"


def test_what_makes_a_load_unknown() -> None:
    """Unscored, barely recorded and unfetched workouts; a breathing session adds nothing."""
    days = _loads([60.0] * 5)
    poor = [
        {"score_state": "PENDING_SCORE"},
        {"percent_recorded": 89.0},
        {"percent_recorded": None},
        {"strain": None, "zone_durations_seconds": None},
    ]
    for at, changes in enumerate(poor):
        days[at] = days[at]._replace(workouts=[replace(days[at].workouts[0], **changes)])
    first = LAST - 4
    days[-1] = days[-1]._replace(unseen=["workouts"])
    got = load.series(days, LAST)  # its cycle is over
    assert got.values == {first + 3: 0.0}
    assert got.why == {
        first: "workout not scored",
        first + 1: "workout recorded under 90 %",
        first + 2: "workout of which it is not known how much was recorded",
        LAST: "workouts not fetched",
    }


def test_a_day_that_is_not_over_is_not_yet_looked_at() -> None:
    """Today is left out while its cycle runs, and yesterday too before today's has begun; a day
    without the strap in the midst of the week is not stepped over."""
    days = _loads([60.0, 0.0] * 4)
    running = days[-1]._replace(cycle=replace(days[-1].cycle, end=None))
    today = load.series([*days[:-1], running._replace(unseen=["workouts"])], LAST)
    assert today.why == {LAST: "not over"} and load.anchor(today, LAST) == LAST - 1
    assert load.monotony(today, LAST - 1).value is not None
    early = [one._replace(date=day(number(one.date) - 1)) for one in [*days[:-1], running]]
    assert load.anchor(load.series(early, LAST), LAST) == LAST - 2
    assert load.anchor(load.series(days, LAST), LAST) == LAST
    assert load.anchor(load.series([], LAST), LAST) == LAST - 2


def test_zones_of_two_definitions_never_meet() -> None:
    """Before 21 November 2024 WHOOP's zones were others: after it they are left out."""
    change = load.ZONES_SINCE
    days = [
        one._replace(date=day(change - 20 + at)) for at, one in enumerate(_loads([30.0, 60.0] * 14))
    ]
    after = load.series(days, change + 7)
    assert min(after.values) == change and "before WHOOP's zones of 2024-11-21" in set(
        after.why.values()
    )
    assert max(load.series(days, change - 1).values) > change - 2
    assert load.acute_chronic(after, change + 7).value is None


def _loads(minutes: list[float]) -> list[Day]:
    """Days up to the last one, with so many minutes in zone one."""
    days = []
    for at, minute in enumerate(minutes, start=LAST - len(minutes) + 1):
        cycle = Cycle.from_api(samples.cycle(at))
        zones = dict.fromkeys(("zone_zero", "zone_two", "zone_three", "zone_four", "zone_five"), 0)
        workout = replace(
            Workout.from_api(samples.workout()),
            percent_recorded=100.0,
            zone_durations_seconds={**zones, "zone_one": 60 * minute},
        )
        days.append(Day(day(at), cycle, None, None, [], [workout] if minute else []))
    return days


def _nothing(one: Day) -> Day:
    return Day(one.date, None, None, None, [], [])


def _unscored(one: Day) -> Day:
    def bare(record: Any) -> Any:
        return record and replace(record, score_state="UNSCORABLE")

    return one._replace(cycle=bare(one.cycle), recovery=bare(one.recovery), sleep=bare(one.sleep))


@pytest.mark.parametrize("period", [1, 3, 30])
def test_of_nothing_nothing_is_said(period: int) -> None:
    """Days that are empty, or unscored throughout: every value is null and says why."""
    days, dates = athlete_days.life(days=60, period=period)
    for made, why in ((_nothing, "not recorded"), (_unscored, "not scored")):
        answer = athlete_days.computed([made(one) for one in days], dates)
        for one in found(answer).values():
            assert one["value"] is None and one["reason"]
        assert answer["baselines"][2]["n_excluded"][why] >= 1 and athlete_days.claims(answer) == []
        nothing = "no usable recovery" if period == 1 else f"0 of the {period} days"
        assert len(answer["summary"]) == 1 and nothing in answer["summary"][0]


@pytest.mark.parametrize("worn", [1, 3, 8, 25, 45])
def test_a_short_history_is_answered_honestly(worn: int) -> None:
    """From the first day on: what has its floor is told, all else says how far it is from it."""
    answer = athlete_days.answer(days=worn)
    got = found(answer)
    assert got["recovery.mean"]["n"] == min(30, max(0, worn - 4))  # four days of calibrating
    assert got["recovery.mean"]["n_excluded"].get("calibrating", 0) == (
        min(worn, 4) if worn < 30 else 0
    )
    assert got["hrv.baseline"]["value"] is None or worn >= 32
    assert all(one["value"] is None for one in answer["correlations"]) or worn >= 45
    json.dumps(answer, allow_nan=False)


def test_a_constant_says_so() -> None:
    """What never changes has no trend, no band and no correlation, and is no error."""
    days, dates = athlete_days.life(days=300, **QUIET)
    same = [
        one._replace(recovery=one.recovery and replace(one.recovery, hrv_rmssd_ms=60.0))
        for one in days
    ]
    got = found(athlete_days.computed(same, dates))
    assert got["hrv.baseline"]["reason"] == "the baseline does not vary"
    assert got["ln_hrv.slope"]["reason"] == "the values do not vary"
    assert "does not vary" in got["strain~ln_hrv+1"]["reason"]
    assert got["ln_hrv.mean"]["geometric_mean_ms"] == pytest.approx(60)


def test_free_days_can_be_told() -> None:
    """Whoever has Friday off says so, and no longer counts the weekend."""
    days, dates = athlete_days.life(days=100, **QUIET)
    jetlag = found(athlete_days.computed(days, dates, free=(4,)))["sleep.social_jetlag"]
    assert jetlag["method"].endswith("Friday") and (jetlag["n_free"], jetlag["n_work"]) == (4, 24)


# ── from the cache ──


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Two hundred days in a cache, known whole."""
    return stored(tmp_path_factory.mktemp("insights") / "whoop.db", 200)


@pytest.fixture(scope="module")
def whole(shelf: Shelf) -> dict[str, Any]:
    """The answer of that cache."""
    return insights.insights(shelf.cache)


def stored(path: Path, days: int, since: str = times.BEGINNING) -> Shelf:
    account = make(seed=1, days=days, until=athlete_days.UNTIL)
    shelf = Shelf(path)
    shelf.now = athlete_days.UNTIL
    whole = Window(since, athlete_days.UNTIL)
    shelf.cache.save(
        *(
            Findings(one, athlete_days.UNTIL, account.all(one.name), (), whole)
            for one in COLLECTIONS
        )
    )
    return shelf


def test_the_cache_answers_as_the_days_do(whole: dict[str, Any]) -> None:
    """The same statistics, with what is known of the cache's windows beside them."""
    answer = whole
    assert list(answer) == ["period", "coverage", *SECTIONS, "summary"]
    assert answer["period"] == {
        "start": "2026-04-21",
        "end": "2026-05-21",
        "days": 30,
        "previous": {"start": "2026-03-22", "end": "2026-04-21"},
    }
    days, dates = athlete_days.life(1, 200, 30)
    expected = athlete_days.computed(days, dates)
    assert {name: answer[name] for name in SECTIONS} == {name: expected[name] for name in SECTIONS}
    assert answer["coverage"]["days"] == expected["coverage"]["days"]
    for one in COLLECTIONS:
        known = answer["coverage"][one.name]
        assert known["period"] == {"complete": True, "as_of": athlete_days.UNTIL} == known["reach"]


def test_the_end_is_exclusive(shelf: Shelf) -> None:
    """A bare date ends the day before; an instant in its own day; never after today."""
    for end, last in (
        ("2026-05-01", "2026-04-30"),
        ("2026-05-01T03:59:00Z", "2026-04-30"),  # four hours west of UTC
        ("2026-05-01T04:00:00Z", "2026-04-30"),
        ("2026-05-01T04:00:01Z", "2026-05-01"),
        ("2030-01-01", "2026-05-20"),
        (None, "2026-05-20"),
    ):
        with shelf.cache.reading() as seen:
            got = insights.period(seen, end=end, days=7)
        assert got == Dates.ending(number(last), 7), end


def test_an_end_that_is_still_to_come_is_named(shelf: Shelf, tmp_path: Path) -> None:
    """The statistics end today then, as the page does, and both say so; today itself is meant whole
    by who says it, and nothing is said of that."""
    for end, named in (
        ("2026-05-22", True),
        ("2030-01-01", True),
        ("2026-05-21T04:00:01Z", True),  # four hours west of UTC
        ("2026-05-21T04:00:00Z", False),
        ("2026-05-21", False),
        ("2026-05-01", False),
        (None, False),
    ):
        answer = insights.insights(shelf.cache, end=end, days=7, budget=40_000)
        path = str(tmp_path / f"{end}.html".replace(":", ""))
        page = document.create(shelf.cache, path, end=end, home=tmp_path / "h")
        assert answer.get("warnings") == page.get("warnings"), end
        assert ("warnings" in answer) is named, end
        if named:
            assert answer["warnings"][0].startswith("The period ends today, 2026-05-20: what")


def test_what_is_before_whoop_is_not_missing(shelf: Shelf) -> None:
    """No sync can fetch it: after a full one the longest period is complete, its reach as well."""
    for end, days in ((None, 3650), ("2012-01-01", 3650)):
        answer = insights.insights(shelf.cache, end=end, days=days)
        assert answer["period"]["start"] >= "2010-01-02"
        for one in COLLECTIONS:
            known = answer["coverage"][one.name]
            assert known["period"]["complete"] and known["reach"]["complete"], one.name


def test_workouts_never_fetched_are_no_rest(tmp_path: Path) -> None:
    """Where workouts were not read whole, the load of those days is not known."""
    account = make(seed=1, days=60, until=athlete_days.UNTIL)
    shelf = Shelf(tmp_path / "whoop.db")
    shelf.now = athlete_days.UNTIL
    whole = Window("2010-01-01T00:00:00.000Z", athlete_days.UNTIL)
    shelf.cache.save(
        *(
            Findings(one, athlete_days.UNTIL, account.all(one.name), (), whole)
            for one in COLLECTIONS[:3]
        )
    )
    answer = insights.insights(shelf.cache)
    daily = found(answer)["load.daily_mean"]
    assert daily["value"] is None and daily["n_excluded"] == {
        "workouts not fetched": 29,
        "not over": 1,
    }
    assert answer["coverage"]["workouts"]["period"]["missing"]


@pytest.mark.parametrize(
    "wrong", [{"days": 0}, {"days": 3651}, {"end": "May"}, {"end": "2009-01-01"}]
)
def test_bad_arguments_have_a_hint(shelf: Shelf, wrong: dict[str, Any]) -> None:
    """Days out of range, an end that is no date or lies before everything."""
    with pytest.raises(ValidationError) as caught:
        insights.insights(shelf.cache, **wrong)
    assert caught.value.hint


def test_an_empty_cache_says_so(tmp_path: Path) -> None:
    """As every act on the cache alone; a cache of one record is answered."""
    shelf = Shelf(tmp_path / "whoop.db")
    with pytest.raises(CacheEmpty):
        insights.insights(shelf.cache)
    shelf.save(CYCLES, samples.cycle())
    assert "0 of the 30 days" in insights.insights(shelf.cache)["summary"][0]


def alike(rough: Any, exact: Any) -> bool:
    """The same, but for floats to six digits."""
    if isinstance(exact, dict):
        return list(rough) == list(exact) and all(alike(rough[one], exact[one]) for one in exact)
    if isinstance(exact, list):
        return len(rough) == len(exact) and all(map(alike, rough, exact))
    if isinstance(exact, float):
        return bool(rough == pytest.approx(exact, rel=1e-5))
    return bool(rough == exact)


def test_an_answer_fits_by_its_evidence_alone(shelf: Shelf, whole: dict[str, Any]) -> None:
    """Every statistic stays; the oldest evidence goes first, and how much is said."""
    short = insights.insights(shelf.cache, budget=40_000)
    assert len(json.dumps(short, ensure_ascii=False, separators=(",", ":"))) <= 40_000
    long, cut = found(whole), found(short)
    assert list(long) == list(cut)
    for id, one in cut.items():
        left_out = one.pop("evidence_omitted", 0)
        evidence = long[id]["evidence"]
        for name in ("method", "source"):
            if one[name].startswith("as "):
                one[name] = long[one[name].removeprefix("as ")][name]
        assert one["evidence"] == evidence[left_out:]
        assert alike({**one, "evidence": []}, {**long[id], "evidence": []}), id
    assert fitting.fit(whole, 0) is whole
    bare = fitting.fit(whole, 1)
    assert list(found(bare)) == list(long)
    assert not any(one["evidence"] for one in found(bare).values())


def test_evidence_that_helps_most_is_cut_last(shelf: Shelf, whole: dict[str, Any]) -> None:
    """Correlations and weekdays give theirs up before any other statistic loses a line."""
    long = ("correlations", "weekdays")
    bare = {name: [{**one, "evidence": []} for one in whole[name]] for name in long}
    rest = len(json.dumps({**whole, **bare}, ensure_ascii=False))
    short = insights.insights(shelf.cache, budget=rest)
    assert all(one["evidence_omitted"] for name in long for one in short[name])
    for name in SECTIONS:
        assert name in long or [one["evidence"] for one in short[name]] == [
            one["evidence"] for one in whole[name]
        ]


def test_what_was_never_fetched_is_not_called_unrecorded(tmp_path: Path) -> None:
    """Days that the mirror has not seen are left out for that reason, in every section."""
    shelf = Shelf(tmp_path / "whoop.db")
    shelf.save(CYCLES, samples.cycle())
    answer = insights.insights(shelf.cache)
    for id in ("recovery.mean", "sleep.debt_14_cycles", "sleep.regularity_index"):
        assert set(found(answer)[id]["n_excluded"]) == {"not fetched from WHOOP"}
    assert "not recorded" not in found(answer)["load.daily_mean"]["n_excluded"]


def test_nights_without_their_cycles_are_not_called_unrecorded(tmp_path: Path) -> None:
    """A night is on the date of its cycle: where those were not fetched, nights that are held are
    left out for that reason, in statistics and comparisons, and the summary says so."""
    life = make(seed=1, days=60, until="2026-04-25T16:00:00.000Z", **QUIET)
    shelf = Shelf(tmp_path / "whoop.db")
    shelf.now = "2026-04-25T16:00:00.000Z"
    window = Window("2026-03-01T00:00:00.000Z", shelf.now)
    for resource in (RECOVERIES, SLEEPS):
        shelf.save(resource, *life.all(resource.name), window=window)
    answer = insights.insights(shelf.cache, days=14)
    for id in ("recovery.mean", "sleep_duration.mean", "sleep.debt_14_cycles", "load.daily_mean"):
        assert found(answer)[id]["n_excluded"] == {"not fetched from WHOOP": 14}, id
    lacking = "not everything was fetched from WHOOP: a sync may bring more."
    assert answer["summary"][1] == f"For 14 of these days {lacking}"
    assert f"For that day {lacking}" in insights.insights(shelf.cache, days=1)["summary"]
    weeks = {"a_start": "2026-04-08", "a_end": "2026-04-15", "b_start": "2026-04-15"}
    said = periods.compare(shelf.cache, **weeks, b_end="2026-04-22")["summary"]
    assert any("7 days of A were not fetched" in one for one in said)
    shelf.save(CYCLES, *life.all("cycles"), window=window)
    whole = insights.insights(shelf.cache, days=14)
    assert found(whole)["recovery.mean"]["n"] == 14
    assert not any("fetched" in one for one in whole["summary"])


@pytest.mark.parametrize("zone", ["-10:00", "+00:00", "+14:00"])
@pytest.mark.parametrize("instant", [False, True], ids=["a date", "an instant"])
def test_what_was_purged_is_called_so(tmp_path: Path, zone: str, instant: bool) -> None:
    """Wherever its wearer lives, a day whose records were purged is neither called unfetched nor
    unrecorded, and a workout that was purged makes no day of rest."""
    shelf = Shelf(tmp_path / "whoop.db")
    shelf.now = "2026-04-25T00:00:00.000Z"
    window = Window("2010-01-01T00:00:00.000Z", shelf.now)
    nights = [f"2026-04-{date:02d}" for date in range(10, 25)]
    midnights = [times.midnight(one, zone) for one in nights]
    bodies: dict[str, list[dict[str, Any]]] = {one.name: [] for one in COLLECTIONS}
    for key, midnight in enumerate(midnights, 1):
        # Whoever goes to bed at half past midnight has a day that ends on the next one.
        onset, woke = (times.plus(midnight, minutes=minutes) for minutes in (30, 480))
        of_all = {"start": onset, "end": woke, "timezone_offset": zone, "created_at": woke}
        bodies["cycles"].append(
            samples.cycle(key, **{**of_all, "end": times.plus(onset, days=1)}, updated_at=woke)
        )
        night = samples.uuid(key)
        bodies["sleeps"].append(samples.sleep(night, cycle_id=key, **of_all))
        bodies["recoveries"].append(samples.recovery(key, sleep_id=night, created_at=woke))
    for resource in (CYCLES, SLEEPS, RECOVERIES, WORKOUTS):
        shelf.save(resource, *bodies[resource.name], window=window)
    purge.before(shelf.cache, midnights[7] if instant else nights[7])
    answer = found(insights.insights(shelf.cache, end="2026-04-24", days=14))
    assert answer["recovery.mean"]["n_excluded"] == {"purged here": 7}
    assert answer["sleep_duration.mean"]["n_excluded"] == {"purged here": 7}
    # The cycle of the last day before is still there: it was not over.
    assert answer["strain.mean"]["n_excluded"] == {"purged here": 6}
    assert answer["load.daily_mean"]["n_excluded"] == {"purged here": 6, "workouts purged here": 1}


def test_days_that_could_not_be_judged_are_not_called_quiet() -> None:
    """That no vital signs were off is said of the days that had three, and of no other."""
    days, dates = athlete_days.life(period=30, **QUIET)
    gone = [_nothing(one) if number(one.date) > LAST - 10 else one for one in days]
    answer = athlete_days.computed(gone, dates)
    (said,) = (one for one in answer["summary"] if "vital signs" in one)
    first = in_short(dates.as_window()["start"], "2026")
    judged = answer["anomalies"][0]["judged_in_period"]
    assert f"of the {judged} days that could be judged from {first} to" in said
    assert answer["anomalies"][0]["judged_in_period"] <= 20
    last = athlete_days.computed(gone, Dates.ending(LAST, 7))
    assert last["anomalies"][0]["value"] is not None
    assert not any("vital signs" in one for one in last["summary"])


@pytest.mark.slow
def test_ten_years_are_answered(tmp_path: Path) -> None:
    """All periods up to the longest, with slopes over medians of weeks, and no crash."""
    shelf = stored(tmp_path / "whoop.db", 3650)
    for days in (30, 400, 3650):
        answer = insights.insights(shelf.cache, days=days, budget=40_000)
        assert found(answer)["recovery.mean"]["n"] > 0.85 * days
        text = json.dumps(answer, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
        assert len(text) <= 40_000
    assert "medians of 28 days" in answer["trends"][1]["method"]
    assert math.isfinite(answer["trends"][1]["value"]) and times.is_date(answer["period"]["end"])
