"""Two stretches compared: a second implementation, noise that must not differ, and bad input."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from whoop_mcp.cache import purge
from whoop_mcp.cli import insight_words
from whoop_mcp.errors import CacheEmpty, ValidationError
from whoop_mcp.insights import load, metrics, payload, periods
from whoop_mcp.insights.difference import difference, judge, look_back
from whoop_mcp.insights.metrics import Series
from whoop_mcp.insights.timeseries import Dates, day, false_discovery, number, weekday
from whoop_mcp.insights.wander import Spectra
from whoop_mcp.reads.days import Day
from whoop_mcp.report import comparison
from whoop_mcp.server import comparing

from ..support import athlete_days
from ..support.athlete_days import LAST
from ..support.reference_periods import NOISE, Lives
from ..support.samples import Shelf
from .test_answer import stored

METRIC = metrics.read_series([])["resting_heart_rate"].metric
B = Dates.ending(LAST, 30)
A = B.before(30)


def close(expected: float) -> Any:
    return pytest.approx(expected, abs=1e-9, rel=1e-9)


def series(values: Any, last: int = LAST) -> Series:
    """A metric whose last day has the last of the values; NaN is a gap."""
    first = last - len(values) + 1
    found = {first + at: float(one) for at, one in enumerate(values) if not math.isnan(one)}
    return Series(METRIC, found, dict.fromkeys(found, 1))


def lives(values: Any, a: Dates, b: Dates, last: int = LAST) -> Lives:
    """The same for the second implementation: lives in rows, gaps where the first has them."""
    days = np.arange(last - values.shape[1] + 1, last + 1)
    return Lives(
        values,
        ~np.isnan(values[0]),
        (days >= a.first) & (days <= a.last),
        (days >= b.first) & (days <= b.last),
        np.array([weekday(int(at)) for at in days]),
    )


def test_the_metrics_are_those_that_the_tool_names() -> None:
    """The tool's list, kept apart so that no start waits, is the list of what can be compared."""
    assert comparing.METRICS == periods.METRICS
    assert set(periods.METRICS) == {*metrics.read_series([]), "load"}


@pytest.mark.parametrize("kind", ["white", "AR 0.6", "random walk", "weekly"])
@pytest.mark.parametrize(
    ("a", "b"),
    [
        (A, B),
        (Dates(LAST - 400, LAST - 390), Dates(LAST - 13, LAST - 1)),
        (B, Dates(A.first, A.first + 9)),
    ],
    ids=["adjacent", "a year apart", "the later first"],
)
def test_a_difference_agrees_with_numpy(kind: str, a: Dates, b: Dates) -> None:
    """Value, weekdays' share, interval, p and the least that would be seen, with days missing."""
    draw = np.random.default_rng(7)
    values = NOISE[kind](draw, 1, 900)
    values[0, draw.random(900) < 0.1] = np.nan
    found, noise = difference(series(values[0]), a, b, Dates(LAST - 899, LAST), Spectra())
    expected = lives(values, a, b)
    assert noise is not None and found.ci is not None and found.figures is not None
    assert found.value == close(expected.value[0])
    assert (found.figures["from_weekdays"] or 0.0) == close(expected.explained[0])
    assert found.phi == close(expected.phi[0]) and found.p == close(expected.p()[0])
    half = expected.reach(0.05)
    assert found.ci == (close(expected.value[0] - half), close(expected.value[0] + half))
    least = expected.reach(0.05 / 9) + stats.norm.ppf(0.8) * half / stats.norm.ppf(0.975)
    assert noise.least_seen(9) == close(least)


# ── truths ──


def test_a_lasting_rise_is_seen_and_said() -> None:
    """A shift of two SDs in thirty days is claimed, in its own unit, with both means and n."""
    draw = np.random.default_rng(3)
    values = 55 + 2 * draw.standard_normal(800)
    values[-30:] += 4
    found, _ = difference(series(values), A, B, Dates(LAST - 799, LAST), Spectra())
    assert found.p is not None and found.p < 1e-6 and found.value == pytest.approx(4, abs=1)
    one = replace(found, q=found.p, verdict=judge(found, found.p, 1))
    said = periods.sentences(
        A, B, [{"recovery": 30, "total": 30}] * 2, [replace(one, figures={"smallest_seen": 1.5})]
    )
    assert "Resting heart rate was" in said[1] and "higher in B (21 April" in said[1]
    assert "30 and 30 days" in said[1] and "1.5 bpm" in said[2]


def test_weekdays_against_a_weekend_differ_by_no_rhythm() -> None:
    """What weekends always are is taken off; two days are too few for any verdict, and said so."""
    values = 50 + 5.0 * (np.array([weekday(at) for at in range(LAST - 799, LAST + 1)]) > 4)
    values += 0.01 * np.random.default_rng(1).standard_normal(800)
    sunday = next(at for at in range(LAST, LAST - 7, -1) if weekday(at) == 6)
    weekend, week = Dates(sunday - 1, sunday), Dates(sunday - 6, sunday - 2)
    found, _ = difference(series(values), week, weekend, Dates(LAST - 799, LAST), Spectra())
    assert found.value == pytest.approx(0, abs=0.05) and found.figures is not None
    assert found.figures["from_weekdays"] == pytest.approx(5, abs=0.05)
    assert found.p is None and found.ci is None
    assert found.verdict is not None and "too few days" in found.verdict.words


def test_a_short_history_gives_neither_interval_nor_verdict() -> None:
    """With few days around both, how the metric wanders is not known: that is said, once."""
    values = np.random.default_rng(5).standard_normal(160)
    found, noise = difference(series(values), A, B, Dates(LAST - 159, LAST), Spectra())
    assert noise is None and found.p is None and found.ci is None and found.value is not None
    assert found.verdict is not None
    assert found.verdict.words.endswith(
        "100 days around the two periods are known; at least 300 are needed"
    )
    assert found.reason is None and not found.claims
    said = periods.sentences(A, B, [{"recovery": 30, "total": 30}] * 2, [found])
    assert said[1:] == [
        "Too little history to rule out chance: 100 days around the two periods are known; at "
        "least 300 are needed."
    ]


@pytest.mark.parametrize("length", [137, 365])
def test_long_periods_are_judged_where_history_is_there(length: int) -> None:
    """History is read back as far as it is needed, the days that lack among it."""
    b = Dates.ending(LAST, length)
    a = b.before(length)
    history = Dates(a.first - look_back(a, b), LAST)
    draw = np.random.default_rng(3)
    values = draw.standard_normal(history.days)
    values[draw.random(history.days) < 0.1] = np.nan
    found, noise = difference(series(values), a, b, history, Spectra())
    assert found.p is not None and found.ci is not None and noise is not None


def test_years_are_too_long_to_be_judged() -> None:
    """That no history is enough for them is said, and no more is read than for short ones."""
    b = Dates.ending(LAST, 457)
    a = b.before(457)
    assert look_back(a, b) == look_back(A, B) == 1095
    values = np.random.default_rng(3).standard_normal(5000)
    found, noise = difference(series(values), a, b, Dates(LAST - 4999, LAST), Spectra())
    assert noise is None and found.ci is None and found.verdict is not None
    assert found.verdict.words.startswith("a period of more than 456 days is too long")


def judged_alone(metric: str, values: Any, a: Dates, b: Dates) -> Any:
    """The difference of any metric, judged as if no other were compared."""
    one = series(values)
    one.metric = metrics.read_series([])[metric].metric
    found, noise = difference(one, a, b, Dates(LAST - len(values) + 1, LAST), Spectra())
    assert noise is not None and found.p is not None and found.figures is not None
    figures = {**found.figures, "smallest_seen": noise.least_seen(1)}
    return replace(found, q=found.p, verdict=judge(found, found.p, 1), figures=figures)


def claim_of(one: Any, a: Dates, b: Dates) -> str:
    """The sentence that claims the difference."""
    return periods.sentences(a, b, [{"recovery": 5, "total": 5}] * 2, [one])[1]


def test_what_unlike_weekdays_explain_is_said_where_means_do_not_add_up() -> None:
    """Thursday to Monday beside Monday to Friday; strain is told without a unit."""
    monday = next(at for at in range(LAST - 12, LAST - 5) if weekday(at) == 0)
    b, a = Dates(monday, monday + 4), Dates(monday - 11, monday - 7)
    days = range(LAST - 899, LAST + 1)
    values = np.array([18.0 if weekday(at) > 4 else 8.0 for at in days])
    values += 0.7 * np.random.default_rng(1).standard_normal(900)
    values[[b.first <= at <= b.last for at in days]] += 8
    said = claim_of(judged_alone("strain", values, a, b), a, b)
    assert ") once unlike weekdays are allowed for, more than chance would do: " in said
    assert "0–21" not in said
    alike = claim_of(
        judged_alone("strain", values, b.before(14)._replace(last=b.last - 14), b), a, b
    )
    assert "higher in B (" in alike and "weekdays" not in alike


def test_a_bedtime_differs_by_the_clock() -> None:
    """It is earlier or later, by hours, and its means are times of day: in the sentence, in the
    report's table and on the terminal."""
    b, a = Dates(LAST - 29, LAST), Dates(LAST - 59, LAST - 30)
    values = 11.3 + 0.5 * np.random.default_rng(1).standard_normal(900)
    values[-60:-30] += 11.3 - values[-60:-30].mean()
    values[-30:] += 8.9 - values[-30:].mean()
    one = judged_alone("bedtime", values, a, b)
    said = claim_of(one, a, b)
    assert "Bedtime was 2.4 hours earlier in B (" in said and ": 20:54 against 23:18 (" in said
    assert "lower" not in said and "after noon" not in said
    later = claim_of(judged_alone("bedtime", -values, a, b), a, b)
    assert " hours later in B (" in later
    assert comparison._row(one)[1:3] == ["23:18, n = 30", "20:54, n = 30"]
    answer = {"summary": [said], "metrics": [payload.as_object(one)]}
    (row,) = (line for line in insight_words.compared(answer) if line.startswith("bedtime"))
    assert row.split()[1:3] == ["23:18", "20:54"]


def test_per_cents_differ_by_points_and_hrv_by_ms() -> None:
    """A share of a level and a share of the scale have not one name; ms add up with both means."""
    values = np.random.default_rng(3).standard_normal(800)
    values[-28:] += 3
    b = Dates.ending(LAST, 28)
    a = b.before(28)
    recovery = judged_alone("recovery", 50 + 3 * values, a, b)
    assert " points higher in B" in claim_of(recovery, a, b) and recovery.change_unit == "points"
    hrv = judged_alone("ln_hrv", 4 + 0.05 * values, a, b)
    first, second = (math.exp(one.mean) for one in hrv.sides)
    assert hrv.change_unit == "ms" and hrv.change(hrv.value) == pytest.approx(second - first)
    assert " ms higher in B (" in claim_of(hrv, a, b)


def test_too_few_days_and_constants_say_so() -> None:
    """Below three days there is no mean; what never varies has no verdict."""
    values = np.random.default_rng(5).standard_normal(800)
    values[-30:-2] = np.nan
    found, _ = difference(series(values), A, B, Dates(LAST - 799, LAST), Spectra())
    assert found.value is None and found.reason == "2 days of B; at least 3 are needed"
    assert found.sides is not None and found.sides[1].mean is None and found.sides[0].mean
    same, noise = difference(series(np.full(800, 5.0)), A, B, Dates(LAST - 799, LAST), Spectra())
    assert same.value == 0 and same.p is None and same.ci is None and noise is None
    assert same.verdict is not None and "do not vary" in same.verdict.words


def test_the_verdict_never_denies_its_interval() -> None:
    """What stands out alone, but not among all that were compared, is called that."""
    values = np.random.default_rng(3).standard_normal(800)
    values[-30:] += 0.7
    found, _ = difference(series(values), A, B, Dates(LAST - 799, LAST), Spectra())
    assert found.p is not None and found.ci is not None
    low, high = found.ci
    assert (found.p < 0.05) is not (low <= 0 <= high)
    assert "alone" in judge(replace(found, p=0.01), 0.09, 9).words
    assert judge(replace(found, p=0.2), 0.2, 9).words == "no difference beyond chance"


def test_zones_before_and_after_their_change_are_never_compared() -> None:
    """The load of two definitions is null with the reason; within one of them it is compared."""
    days, _ = athlete_days.life(seed=1, days=400)
    change = load.ZONES_SINCE
    moved = [one._replace(date=day(number(one.date) - LAST + change + 60)) for one in days]
    history = Dates(number(moved[0].date), number(moved[-1].date))
    after, before = Dates(change + 10, change + 30), Dates(change - 40, change - 10)
    (found,) = periods.compute(moved, before, after, history, ["load"]).metrics
    assert found.value is None and "2024-11-21" in (found.reason or "")
    assert found.p is None and found.ci is None
    for a, b in (
        (Dates(change - 60, change - 41), before),
        (after, Dates(change + 31, change + 50)),
    ):
        (one,) = periods.compute(moved, a, b, history, ["load"]).metrics
        assert one.value is not None
        assert not {line.date for line in one.evidence} & {day(change)}


# ── noise ──

# Days of each stretch, of the gap between them, and before both.
LAYOUTS = [
    (7, 0, 400),
    (14, 0, 400),
    (30, 0, 730),
    (90, 0, 1095),
    (7, 358, 300),
    (30, 335, 300),
    (90, 275, 500),
    (200, 0, 2000),
    (365, 0, 3285),
]
LIVES, FAMILY = 600, 9


def claimed(
    kind: str, layout: tuple[int, int, int], shift: float = 0.0, off: float = 0.08
) -> float:
    """The share of lives of nine such metrics in which one is claimed; where the first is shifted,
    in which that is. The strap is off on a share of the days."""
    n, gap, before = layout
    draw = np.random.default_rng(11)
    days = before + 2 * n + gap
    values = NOISE[kind](draw, LIVES * FAMILY, days)
    values[:, draw.random(days) < off] = np.nan
    values[::FAMILY, -n:] += shift
    b = Dates.ending(LAST, n)
    a = Dates(b.first - gap - n, b.first - gap - 1)
    ps = lives(values, a, b).p().reshape(LIVES, FAMILY)
    qs = np.array([false_discovery(list(one)) for one in ps])
    return float((qs[:, 0] < 0.05).mean() if shift else (qs < 0.05).any(1).mean())


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
@pytest.mark.parametrize("kind", NOISE)
def test_noise_differs_in_few_lives(kind: str, layout: tuple[int, int, int]) -> None:
    """In at most 5 % of lives, within the error of 600 of them, is any of nine metrics claimed."""
    assert claimed(kind, layout) <= 0.05 + 2 * math.sqrt(0.05 * 0.95 / LIVES)


@pytest.mark.slow
def test_a_real_difference_is_found() -> None:
    """One SD in thirty days against thirty, after three years: in 80 % of lives among nine, within
    the error of 600 of them."""
    error = 2 * math.sqrt(0.8 * 0.2 / LIVES)
    assert claimed("white", (30, 0, 1095), shift=1.0, off=0.0) >= 0.8 - error


# ── from the cache ──


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Shelf:
    """Four hundred days in a cache, known whole."""
    return stored(tmp_path_factory.mktemp("periods") / "whoop.db", 400)


def compare(
    shelf: Shelf, a: str = "2026-03-01..2026-04-01", b: str = "2026-04-01..2026-05-01", **more: Any
) -> dict[str, Any]:
    """The answer of two half-open periods."""
    (a_start, a_end), (b_start, b_end) = a.split(".."), b.split("..")
    return periods.compare(
        shelf.cache,
        a_start=a_start,
        a_end=a_end or None,
        b_start=b_start,
        b_end=b_end or None,
        **more,
    )


def test_the_cache_answers_as_the_days_do(shelf: Shelf) -> None:
    """Windows, coverage, nine metrics with both sides, and sentences; no other order of reading."""
    found = compare(shelf)
    assert list(found) == ["window", "coverage", "metrics", "summary"]
    assert found["window"]["a"] == {"start": "2026-03-01", "end": "2026-04-01", "days": 31}
    assert found["window"]["b"] == {"start": "2026-04-01", "end": "2026-05-01", "days": 30}
    assert found["coverage"]["a"]["complete"] and found["coverage"]["b"]["days"]["total"] == 30
    assert [one["id"] for one in found["metrics"]] == [f"{one}.difference" for one in periods.USUAL]
    days, _ = athlete_days.life(1, 400, 30)
    table = metrics.read_series(days)
    for one in found["metrics"][:8]:
        of_metric = table[one["id"].split(".")[0]]
        means = []
        for side, name in (("a", "a"), ("b", "b")):
            dates = Dates(
                number(found["window"][name]["start"]), number(found["window"][name]["end"]) - 1
            )
            values = of_metric.values_within(dates)
            means.append(np.mean(values))
            assert one[side]["mean"] == close(means[-1]) and one[side]["n"] == len(values)
            assert one[side]["n"] + sum(one[side]["n_excluded"].values()) == dates.days
        assert one["value"] == close(means[1] - means[0] - one.get("from_weekdays", 0))
        assert one["method"] and one["source"] and one["evidence"][0]["id"]
    hrv = found["metrics"][0]
    assert hrv["percent"] == close(100 * math.expm1(hrv["value"]))
    assert hrv["difference_ms"][0] == close(math.exp(hrv["a"]["mean"]) * math.expm1(hrv["value"]))
    assert len(hrv["difference_ms"]) == 3
    assert hrv["a"]["geometric_mean_ms"] == close(math.exp(hrv["a"]["mean"]))
    assert "1 to 30 April 2026" in found["summary"][0]
    json.dumps(found, allow_nan=False)


def test_a_mean_of_hrv_is_in_ms_where_the_other_side_has_none(shelf: Shelf) -> None:
    """Where one period has too few days there is no difference, yet the other's mean is told in ms
    as elsewhere, to programs and to people, and never the bare logarithm."""
    began = LAST - 399
    found = compare(shelf, f"{day(began - 20)}..{day(began + 2)}", metrics=["ln_hrv", "recovery"])
    (hrv, recovery) = found["metrics"]
    assert hrv["value"] is None and "days of A" in hrv["reason"]
    assert hrv["a"]["mean"] is None and "geometric_mean_ms" not in hrv["a"]
    assert hrv["b"]["geometric_mean_ms"] == close(math.exp(hrv["b"]["mean"]))
    assert "difference_ms" not in hrv and "geometric_mean_ms" not in recovery["b"]
    (shown,) = (line for line in insight_words.compared(found) if line.startswith("ln_hrv "))
    assert shown.split()[1:3] == ["–", f"{hrv['b']['geometric_mean_ms']:.4g}"]


def test_an_end_is_exclusive_and_never_after_today(shelf: Shelf) -> None:
    """Instants are read on the wearer's clock, an end in the future is cut to today."""
    found = compare(
        shelf, "2026-03-01T04:00:00.000Z..2026-03-08T04:00:00.000Z", "2026-05-10..2026-07-01"
    )
    assert found["window"]["a"] == {"start": "2026-03-01", "end": "2026-03-08", "days": 7}
    assert found["window"]["b"] == {"start": "2026-05-10", "end": "2026-05-21", "days": 11}
    assert compare(shelf, b="2026-05-10..")["window"]["b"]["end"] == "2026-05-21"


@pytest.mark.parametrize(
    ("a", "b", "says"),
    [
        ("2026-04-01..2026-03-01", "2026-04-01..2026-05-01", "`a_end` is not after `a_start`"),
        ("2026-03-01..2026-04-01", "2026-04-01..2026-04-01", "`b_end` is not after `b_start`"),
        ("2026-03-01..2026-04-02", "2026-04-01..2026-05-01", "share days, from 2026-04-01"),
        ("2026-03-01..2026-04-01", "2026-06-01..2026-07-01", "Period B is in the future"),
        ("2019-03-01..2019-04-01", "2026-04-01..2026-05-01", "Period A ends before anything"),
        ("2026-02-30..2026-04-01", "2026-04-01..2026-05-01", "`a_start` is no such day"),
        ("2026-03-01..2026-04-01", "2026-04-01..soon", "`b_end` is not an ISO-8601 instant"),
        ("2001-03-01..2002-04-01", "2026-04-01..9999-12-31", "Period A ends before anything"),
    ],
)
def test_bad_periods_have_a_hint(shelf: Shelf, a: str, b: str, says: str) -> None:
    """Inverted, empty, overlapping, in the future, before all that is known."""
    with pytest.raises(ValidationError) as caught:
        compare(shelf, a, b)
    assert says in caught.value.message and caught.value.hint


def test_what_is_from_before_all_that_is_known_says_whether_it_can_be_had(tmp_path: Path) -> None:
    """Where a sync may bring it both doors to one are named; where WHOOP was asked down to its
    beginning, or a purge took it, nobody is sent to sync in vain."""

    def refused(shelf: Shelf, a: str = "2019-03-01..2019-04-01") -> tuple[str, str]:
        with pytest.raises(ValidationError) as caught:
            compare(shelf, a)
        return caught.value.message, caught.value.hint or ""

    whole = stored(tmp_path / "whole.db", 90)
    message, hint = refused(whole)
    assert "WHOOP has nothing from then, its first record here is of 2026-02-" in message
    assert "sync" not in hint and hint

    purge.before(whole.cache, "2026-04-01")
    message, hint = refused(whole)
    kept = "records from before 2026-04-01 are not kept (purge or retention)"
    assert kept in message
    assert "sync" not in hint and hint

    recent = stored(tmp_path / "recent.db", 90, "2026-02-01T00:00:00.000Z")
    message, hint = refused(recent)
    assert "the cache begins on 2026-02-" in message
    assert "sync_whoop with full=true, or run `whoop-mcp sync --full`" in hint
    message, hint = refused(recent, "2009-01-01..2010-01-01")
    assert "WHOOP has nothing from then" in message and "sync" not in hint
    assert "the cache begins on" in refused(recent, "2009-01-01..2010-01-02")[0]
    purge.before(recent.cache, "2026-01-01")
    message, hint = refused(recent, "2025-12-01..2026-01-01")
    assert "records from before 2026-01-01 are not kept" in message and "sync" not in hint


def test_an_empty_cache_says_so(tmp_path: Path) -> None:
    """As every act on the cache alone."""
    with pytest.raises(CacheEmpty):
        compare(Shelf(tmp_path / "whoop.db"))


def test_only_what_is_wanted_is_compared(shelf: Shelf) -> None:
    """The family is what was asked for, in that order, the rarer metrics among it."""
    found = compare(shelf, metrics=["bedtime", "spo2"])
    assert [one["id"] for one in found["metrics"]] == ["bedtime.difference", "spo2.difference"]
    assert all(one["value"] is not None for one in found["metrics"])
    with pytest.raises(ValidationError, match="'mood', which cannot be compared"):
        compare(shelf, metrics=["recovery", "mood"])


def test_an_answer_fits_by_its_evidence_alone(shelf: Shelf) -> None:
    """Every figure stays; the oldest evidence goes first, and how much is said."""
    whole = compare(shelf)
    for budget in (60_000, 30_000, 25_000):
        short = compare(shelf, budget=budget)
        size = len(json.dumps(short, ensure_ascii=False, separators=(",", ":")))
        assert size <= budget
        for one, full in zip(short["metrics"], whole["metrics"], strict=True):
            left_out = one.pop("evidence_omitted", 0)
            assert one == {**full, "evidence": full["evidence"][left_out:]}


def test_what_was_left_out_is_told_side_by_side() -> None:
    """Not scored, not fetched, purged here: by reason, for each of the two."""
    days, _ = athlete_days.life(1, 400, 30)

    def without(one: Day) -> Day:
        at = number(one.date)
        if at == B.first:
            return one._replace(recovery=None, unseen=["recoveries"])
        if at in (A.first + 1, A.first + 2):
            return one._replace(recovery=None, unseen=["recoveries"], purged=True)
        if at == A.first and one.recovery:
            return one._replace(recovery=replace(one.recovery, score_state="UNSCORABLE"))
        return one

    history = Dates(number(days[0].date), LAST)
    (found,) = periods.compute([without(one) for one in days], A, B, history, ["recovery"]).metrics
    assert found.sides is not None
    assert found.sides[0].excluded["not scored"] >= 1
    assert found.sides[1].excluded["not fetched from WHOOP"] == 1
    said = periods.sentences(A, B, [{"recovery": 30, "total": 30}] * 2, [found])
    assert found.sides[0].excluded["purged here"] == 2
    assert "1 day of B was not fetched from WHOOP, so nothing is known of it." in said
    assert "2 days of A lie before what is kept here and are not fetched again." in said
    assert not any("A was not fetched" in one or "A were not fetched" in one for one in said)
