"""Behaviours of the journal beside the next morning: a second implementation, truths put in, noise,
and journals as they are."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from whoop_mcp.archive import take_in
from whoop_mcp.cache.cache import Cache
from whoop_mcp.cache.journal import Told
from whoop_mcp.insights import answer as insights
from whoop_mcp.insights import behaviours, fitting, habits, metrics, payload, shifts
from whoop_mcp.insights.metrics import Series
from whoop_mcp.insights.statistic import SECTIONS, Statistic
from whoop_mcp.insights.student import student
from whoop_mcp.insights.timeseries import Dates, day, false_discovery
from whoop_mcp.reads import journal
from whoop_mcp.simulator import life

from ..support import athlete_days, exports_of_whoop, reference_statistics
from ..support.athlete_days import LAST
from ..support.families import pairs

NOW = "2026-05-20T16:00:00.000Z"
Array = Any


def close(expected: float | None) -> Any:
    return pytest.approx(expected, abs=1e-9, rel=1e-9)


def series(*arrays: Array) -> dict[str, Series]:
    """The outcomes of a life that ends on the last day, NaN where there is none."""
    by_id = {name: one.metric for name, one in metrics.read_series([]).items()}
    table = {}
    for name, values in zip(behaviours.OUTCOMES, arrays, strict=True):
        first = LAST - len(values) + 1
        known = {first + at: float(one) for at, one in enumerate(values) if not np.isnan(one)}
        table[name] = Series(by_id[name], known, dict.fromkeys(known, 1))
    return table


def told(name: str, done: Array, amounts: Array | None = None, unit: str = "cups") -> list[Told]:
    """What the journal tells: each answer stands the day before the outcome at its place."""
    first = LAST - len(done)
    return [
        Told(
            day(first + at),
            name,
            bool(one),
            None if amounts is None or not one else float(amounts[at]),
            None if amounts is None or not one else unit,
        )
        for at, one in enumerate(done)
        if not np.isnan(one)
    ]


def autocorrelated(rng: Any, days: int, phi: float) -> Array:
    noise = rng.standard_normal(days + 100)
    for at in range(1, len(noise)):
        noise[at] = phi * noise[at - 1] + np.sqrt(1 - phi**2) * noise[at]
    return noise[100:]


def habit(rng: Any, days: int, share: float, keep: float = 0.0) -> Array:
    """Yes and no, on `keep` of the days as the day before."""
    drawn, same = rng.random(days) < share, rng.random(days) < keep
    for at in range(1, days):
        if same[at]:
            drawn[at] = drawn[at - 1]
    return drawn.astype(float)


def holes(rng: Any, values: Array, share: float) -> Array:
    return np.where(rng.random(len(values)) < share, np.nan, values)


def judged(found: list[Statistic]) -> list[tuple[Statistic, float]]:
    """Those with a p and their q, as if nothing else had been tried."""
    tried = [one for one in found if one.p is not None]
    return list(zip(tried, false_discovery([one.p or 0.0 for one in tried]), strict=True))


# ── the arithmetic ──


@pytest.mark.parametrize(
    ("days", "seed", "kind"),
    pairs([(44, 1), (70, 2), (182, 3), (364, 4)], ["even", "sluggish", "weekends", "short"]),
)
def test_a_contrast_agrees_with_numpy(days: int, seed: int, kind: str) -> None:
    """Difference, both ends of the interval, p, and the difference a day earlier: by one design
    matrix, every shift in turn, and ends that are looked for, not solved for."""
    rng = np.random.default_rng(seed)
    y = holes(rng, 60 + 12 * autocorrelated(rng, days, 0.4), 0.07)
    x = habit(rng, days, 0.4, 0.7 if kind == "sluggish" else 0.0)
    first = LAST - days + 1
    if kind == "weekends":
        weekend = (np.arange(first, first + days) - 1) % 7 > 4
        y = y + weekend * 6 * rng.standard_normal(days)
        x = (rng.random(days) < np.where(weekend, 0.7, 0.15)).astype(float)
    x = holes(rng, np.where(np.isnan(y), np.nan, x), 0.1)
    if kind == "short":
        x[: days - 40] = np.nan
    points = reference_points(y, first)
    outcome = shifts.outcome(points)
    assert outcome is not None
    marks = shifts.marks(reference_points(x, first), outcome)
    assert marks is not None
    found = shifts.contrast(marks, outcome)
    expected = reference_statistics.contrast(x, y, first)
    assert found.value == close(expected["value"]) and found.before == close(expected["before"])
    assert found.ci == (close(expected["low"]), close(expected["high"]))
    assert found.p == close(expected["p"])


def reference_points(values: Array, first: int) -> dict[int, float]:
    return {first + at: float(one) for at, one in enumerate(values) if not np.isnan(one)}


def test_sums_of_products_are_those_of_every_shift() -> None:
    """By one multiplication what enumerating all shifts gives, to the last digit."""
    rng = np.random.default_rng(5)
    for days in (7, 42, 364):
        x, y = ([round(1e9 * one) for one in rng.standard_normal(days)] for _ in range(2))
        forward = shifts._as_number(y)
        backward = shifts._as_number([x[-at] for at in range(days)])
        expected = [sum(x[at - k] * y[at] for at in range(days)) for k in range(days)]
        assert shifts.products(backward, forward, days) == expected


def test_p_is_that_of_all_shifts_enumerated() -> None:
    """On six weeks without a gap: every shift made by hand, none of them drawn at random."""
    rng = np.random.default_rng(8)
    first = LAST - 41
    y = dict(enumerate(rng.standard_normal(42), start=first))
    x = dict(enumerate((rng.random(42) < 0.4).astype(float), start=first))
    left_y, left_x = (list(shifts.Slow().without(one)[0].values()) for one in (y, x))
    found = [
        sum(left_x[at - k] * left_y[at] for at in range(42)) / sum(a * a for a in left_x)
        for k in range(42)
    ]
    outcome = shifts.outcome(y)
    assert outcome is not None
    marks = shifts.marks(x, outcome)
    assert marks is not None
    wider = max(1, sum(map(float.__mul__, marks.weekdays, outcome.weekdays)))
    variance = sum(one**2 for one in found[1:]) / 41 * 42 / 34 * wider
    got = shifts.contrast(marks, outcome)
    assert got.shifts == 41
    assert got.p == close(student(found[0] / variance**0.5, 34))
    assert shifts.contrast(marks, outcome) == got


@pytest.mark.slow
def test_interval_and_p_are_one_test() -> None:
    """The interval holds 0 exactly where p is 0.05 or more, in whatever life."""
    rng = np.random.default_rng(11)
    seen = set()
    for _ in range(60):
        days, share = int(rng.integers(60, 300)), rng.uniform(0.15, 0.8)
        x = habit(rng, days, share, rng.choice([0, 0.8]))
        y = autocorrelated(rng, days, rng.choice([0, 0.6])) + rng.choice([0, 0.5]) * x
        found = behaviours.behaviours(
            series(*[y] * 5), Dates.ending(LAST, 30), told("a", holes(rng, x, 0.1))
        )
        for one in found:
            if one.ci and one.p is not None:
                assert (one.ci[0] <= 0 <= one.ci[1]) == (one.p >= 0.05)
                assert one.ci[0] < (one.value or 0) < one.ci[1]
                seen.add(one.p >= 0.05)
    assert seen == {True, False}


def test_what_changed_once_or_comes_like_a_clock_tells_nothing() -> None:
    """One change may be anything's, and every second day is a rhythm of its own: no interval is
    made up, and nothing is claimed."""
    rng = np.random.default_rng(2)
    moved, second = np.r_[np.zeros(60), np.ones(60)], np.arange(120) % 2.0
    y = rng.standard_normal(120) + 2 * moved + second
    entries = [*told("moved", moved), *told("second", second)]
    found = behaviours.behaviours(series(*[y] * 5), Dates.ending(LAST, 30), entries)
    for one in found[:5]:
        assert one.reason == "season, trend and weekdays leave too little of it to compare days by"
    for one in found[5:]:
        assert one.value == pytest.approx(1, abs=0.5) and one.ci is None and one.p is None
        assert one.verdict and "too regularly" in one.verdict.words and not one.claims


# ── truths that were put in ──


@pytest.mark.parametrize("seed", [1, *(pytest.param(n, marks=pytest.mark.slow) for n in (2, 3))])
def test_what_alcohol_does_is_told(seed: int, tmp_path: Path) -> None:
    """An export's journal and records, as they are: HRV and recovery are lower, heart rate higher,
    with HRV in ms for people; caffeine, which does nothing, claims nothing."""
    answer = demo(tmp_path, seed)
    found = {one["id"]: one for one in answer["behaviours"]}
    for metric, sign in (("ln_hrv", -1), ("recovery", -1), ("resting_heart_rate", 1)):
        one = found[f"behaviour.have any alcoholic drinks~{metric}"]
        assert one["verdict"].endswith("seen in this window") and one["q"] < 0.05
        low, high = (sign * end for end in one["ci"])
        assert min(low, high) > 0 and one["lag"] == 1
        assert one["yes"] >= 10 and one["no"] >= 10 and one["n"] == one["yes"] + one["no"]
        assert sum(one["n_excluded"].values()) == 182 - one["n"]
        assert len(one["evidence"]) == one["n"]
        assert one["same_morning"] is not None
    one = found["behaviour.have any alcoholic drinks~ln_hrv"]
    assert one["ci"][0] < -0.2 < one["ci"][1] and -20 < one["difference_ms"][0] < -5
    assert found["behaviour.consumed caffeine~recovery"]["verdict"] == (
        "not distinguishable from chance"
    )
    assert any("alcoholic drinks" in sentence for sentence in answer["summary"])


def demo(folder: Path, seed: int = 1, language: str = "en") -> dict[str, Any]:
    cache = Cache(folder / "home" / "whoop.db", clock=lambda: NOW)
    account = life.make(seed, 200, NOW, alcohol_effect=-0.2)
    take_in(cache, str(exports_of_whoop.save(account, folder, language)))
    return insights.insights(cache)


def test_questions_in_another_language_are_told_in_it(tmp_path: Path) -> None:
    """Names are the person's own: nothing about them is known beforehand."""
    rng = np.random.default_rng(1)
    x = habit(rng, 182, 0.4)
    y = 60 - 15 * x + 10 * rng.standard_normal(182)
    (one, *_) = behaviours.behaviours(
        series(*[y] * 5), Dates.ending(LAST, 30), told("hast du alkohol getrunken", x)
    )
    assert one.id == "behaviour.hast du alkohol getrunken~recovery"
    assert one.title == "Hast du alkohol getrunken: recovery of the next morning"
    assert one.value == pytest.approx(-15, abs=5) and one.ci and one.ci[1] < 0
    assert one.behaviour and one.behaviour.lag == 1
    assert one.behaviour.same_morning == pytest.approx(0, abs=5), "before it, there is none of it"


def test_an_effect_is_that_of_equal_weekdays() -> None:
    """Who drinks at weekends, and always sleeps better then: the difference is the drink's alone,
    where a plain one would be the weekend's as well."""
    rng = np.random.default_rng(6)
    weekend = (np.arange(LAST - 363, LAST + 1) - 1) % 7 > 4
    x = (rng.random(364) < np.where(weekend, 0.8, 0.2)).astype(float)
    y = 60 + 15 * weekend - 10 * x + 6 * rng.standard_normal(364)
    (one, *_) = behaviours.behaviours(series(*[y] * 5), Dates.ending(LAST, 364), told("drinks", x))
    assert one.ci and one.ci[0] < -10 < one.ci[1] < 0
    assert abs(np.mean(y[x == 1]) - np.mean(y[x == 0])) < 5, "and nothing is seen so"


def test_more_against_less_is_told_where_amounts_are_logged() -> None:
    """By rank among the days with an amount; of two units the commoner; too few say so."""
    rng = np.random.default_rng(9)
    x = habit(rng, 364, 0.6)
    cups = rng.integers(1, 6, 364).astype(float)
    y = 60 - 4 * x * cups + 5 * rng.standard_normal(364)
    entries = told("coffee", x, cups)
    entries[5] = entries[5]._replace(answer=True, amount=900.0, unit="ml")
    found = {
        one.id: one
        for one in behaviours.behaviours(series(*[y] * 5), Dates.ending(LAST, 364), entries)
    }
    one = found["behaviour.coffee~recovery.amount"]
    assert one.value == pytest.approx(-16, abs=4) and one.p is not None and one.p < 1e-6
    assert one.excluded["no amount in the commonest unit"] == 1
    few = told("coffee", x, np.where(np.arange(364) < 350, np.nan, cups))
    few = [one._replace(amount=None) if one.amount != one.amount else one for one in few]
    found = {
        one.id: one for one in behaviours.behaviours(series(*[y] * 5), Dates.ending(LAST, 364), few)
    }
    reason = found["behaviour.coffee~recovery.amount"].reason
    assert reason and reason.endswith("days with an amount; at least 20 are needed")
    few = told("coffee", x, np.where(np.cumsum(x) <= x.sum() - 25, np.nan, cups))
    few = [one._replace(amount=None) if one.amount != one.amount else one for one in few]
    found = {
        one.id: one for one in behaviours.behaviours(series(*[y] * 5), Dates.ending(LAST, 364), few)
    }
    one = found["behaviour.coffee~recovery.amount"]
    assert one.n == 25 and one.p is not None and one.value and one.value < 0
    same = told("coffee", x, np.ones(364))
    assert not any(
        one.id.endswith(".amount")
        for one in behaviours.behaviours(series(*[y] * 5), Dates.ending(LAST, 364), same)
    )


# ── journals as they are ──


def test_what_mostly_comes_together_is_named(tmp_path: Path) -> None:
    """φ beyond 0.5 either way; how many other things such days have."""
    rng = np.random.default_rng(3)
    wine = habit(rng, 182, 0.4)
    late = np.where(rng.random(182) < 0.9, wine, 1 - wine)
    entries = [*told("wine", wine), *told("late meal", late), *told("tea", 1 - wine)]
    entries += told("reading", habit(rng, 182, 0.5))
    y = rng.standard_normal(182)
    found = behaviours.behaviours(series(*[y] * 5), Dates.ending(LAST, 30), entries)
    by_name = {one.behaviour.name: one for one in found if one.behaviour}
    one = by_name["wine"]
    assert one.behaviour and one.behaviour.together == ("late meal",)
    assert one.behaviour.instead == ("tea",)
    assert one.note == (
        "mostly done on the same days as late meal; mostly done instead of tea: their effects "
        "cannot be told apart"
    )
    assert by_name["reading"].note is None
    more, fewer = one.behaviour.others
    assert more == pytest.approx(0.9 + 0.5, abs=0.3) and fewer == pytest.approx(1.6, abs=0.3)


def test_too_few_days_say_so_and_a_day_without_an_entry_is_unknown() -> None:
    """Under ten of either: no figure, and the reason; only ever yes: what to do about it."""
    rng = np.random.default_rng(4)
    y = rng.standard_normal(182)
    nine = np.where(np.arange(182) < 9, 1.0, 0.0)
    only = np.where(rng.random(182) < 0.3, 1.0, np.nan)
    found = {
        one.id: one
        for one in behaviours.behaviours(
            series(*[y] * 5),
            Dates.ending(LAST, 30),
            [*told("sauna", nine), *told("sweets", only)],
        )
    }
    assert list(found) == ["behaviour.sauna", "behaviour.sweets"]
    one = found["behaviour.sauna"]
    assert one.value is None and one.n == 182
    assert one.reason == "9 days with it and 173 without; at least 10 of each are needed"
    assert "unknown: log the days without it" in (found["behaviour.sweets"].reason or "")
    # Ten with it, but for one of them the morning is lacking.
    ten = np.where(np.arange(182) < 10, 1.0, 0.0)
    y[3] = np.nan
    found = {
        one.id: one
        for one in behaviours.behaviours(
            series(*[y] * 5), Dates.ending(LAST, 30), told("sauna", ten)
        )
    }
    assert (found["behaviour.sauna~recovery"].reason or "").startswith("9 days with it")


def test_a_journal_without_answers_says_so() -> None:
    """Nobody logged anything: one line with the reason, and nothing in the family."""
    days, dates = athlete_days.life()
    (one,) = athlete_days.computed(days, dates)["behaviours"]
    assert one["id"] == "behaviours" and one["value"] is None
    assert one["reason"] == "the journal has no answer in this window"


@pytest.mark.parametrize("mornings", [20, 41])
def test_too_short_a_life_says_so(mornings: int) -> None:
    """Six weeks of mornings are needed, and an outcome that varies."""
    rng = np.random.default_rng(4)
    x = habit(rng, 182, 0.5)
    y = np.where(np.arange(182) < 182 - mornings, np.nan, rng.standard_normal(182))
    same = np.full(182, 5.0)
    table = series(y, same, *[rng.standard_normal(182)] * 3)
    one, other, third, *_ = behaviours.behaviours(table, Dates.ending(LAST, 30), told("tea", x))
    assert one.reason and one.value is None
    assert mornings < 30 or one.reason == "41 mornings; at least 42 are needed"
    assert other.reason == "the values do not vary beyond season, trend and weekdays"
    assert third.p is not None


def test_a_behaviour_that_is_a_weekday_cannot_be_told_from_it() -> None:
    """Every Saturday and no other day: nothing is left to compare days by."""
    rng = np.random.default_rng(4)
    saturday = ((np.arange(LAST - 181, LAST + 1) - 1) % 7 == 5).astype(float)
    y = rng.standard_normal(182)
    (one, *_) = behaviours.behaviours(
        series(*[y] * 5), Dates.ending(LAST, 30), told("party", saturday)
    )
    assert one.value is None
    assert one.reason == "season, trend and weekdays leave too little of it to compare days by"


def test_two_sources_make_one_behaviour(tmp_path: Path) -> None:
    """An export's answers and one's own of the same name, or of one taken for it; a day that says
    both yes and no is left out, and counted."""
    cache = Cache(tmp_path / "home" / "whoop.db", clock=lambda: NOW)
    account = life.make(1, 100, NOW)
    take_in(cache, str(exports_of_whoop.save(account, tmp_path)))
    with cache.reading() as seen:
        rows = seen.connection.execute(
            "SELECT date, answer FROM entries WHERE behaviour = 'experienced stress' "
            "ORDER BY date DESC LIMIT 2"
        ).fetchall()
    (agreed, yes), (against, no) = rows
    own = [
        {"behaviour": "Stress", "same_as": "Experienced stress"},
        {"behaviour": "stress", "date": agreed, "answer": bool(yes)},
        {"behaviour": "stress", "date": against, "answer": not no},
    ]
    before = behaviour_of(cache, "experienced stress")
    journal.log(cache, own, today=NOW[:10])
    after = behaviour_of(cache, "experienced stress")
    assert before.no + before.yes - 1 == after.no + after.yes
    assert len(after.contradicted) == 1
    excluded = {
        key: many
        for one in insights.insights(cache)["behaviours"]
        if one["id"].startswith("behaviour.experienced stress")
        for key, many in one["n_excluded"].items()
    }
    assert excluded["answered both yes and no"] == 1
    assert not any(
        "behaviour.stress" in one["id"] for one in insights.insights(cache)["behaviours"]
    )


def behaviour_of(cache: Cache, name: str) -> habits.Habit:
    with cache.reading() as seen:
        known = insights.read(seen)
    (one,) = [
        habit
        for habit in habits.read(known.told, behaviours.window(known.period))
        if habit.name == name
    ]
    return one


def test_an_own_journal_is_enough(tmp_path: Path) -> None:
    """Without any export: entries by `log`, and the records of the API."""
    cache = Cache(tmp_path / "home" / "whoop.db", clock=lambda: NOW)
    account = life.make(1, 120, NOW)
    take_in(cache, str(exports_of_whoop.save(account, tmp_path)))
    with cache.database.writing() as connection:
        connection.execute("DELETE FROM entries")
    dates = [day(LAST - at) for at in range(1, 81)]
    for some in (dates[:40], dates[40:]):
        own = [
            {"behaviour": "tea", "date": date, "answer": at % 3 == 0}
            for at, date in enumerate(some)
        ]
        journal.log(cache, own, today=NOW[:10])
    found = [one for one in insights.insights(cache)["behaviours"] if one["value"] is not None]
    assert [one["behaviour"] for one in found] == ["tea"] * 5
    assert all(one["q"] >= 0.05 or one["p"] < 0.05 for one in found)


def test_the_window_is_longer_than_the_period() -> None:
    """Half a year at least, a year at most, in whole weeks, and what is asked for between them."""
    for days, length in ((7, 182), (30, 182), (183, 189), (300, 301), (3650, 364)):
        assert behaviours.window(Dates.ending(LAST, days)) == Dates.ending(LAST, length)
    reach = insights.reach(Dates.ending(LAST, 7))
    assert reach.first < behaviours.window(Dates.ending(LAST, 7)).first - habits.LAG


# ── one family, one answer ──


def many(seed: int, names: int) -> tuple[list[Any], Dates, list[Told]]:
    """A made-up athlete with a journal of so many behaviours that do nothing."""
    days, dates = athlete_days.life(1, 400, 30)
    rng = np.random.default_rng(seed)
    entries = []
    for name in range(names):
        x = holes(rng, habit(rng, 380, rng.uniform(0.1, 0.8)), 0.1)
        entries += told(f"something that was done {name}", x)
    return days, dates, entries


def test_they_are_in_the_family_and_the_verdict_goes_by_it() -> None:
    """One q over slopes, links and behaviours, the last with half of its level; what is beyond
    chance alone but not so says that."""
    days, dates, entries = many(3, 12)
    answer = payload.as_dict(insights.compute(days, dates, told=entries))
    kinds = [
        [one for one in answer[name] if "q" in one and "by construction" not in one.get("note", "")]
        for name in ("trends", "correlations", "behaviours")
    ]
    ps = [[one["p"] for one in kind] for kind in kinds]
    expected = reference_statistics.shared_discovery(ps, [1, 1, 2])
    for kind, qs in zip(kinds, expected, strict=True):
        assert [one["q"] for one in kind] == close(qs)
    alone = [one for one in answer["behaviours"] if one["p"] < 0.05 <= one["q"]]
    assert alone and {one["verdict"] for one in alone} == {
        "beyond chance by itself, but not among all that was tried"
    }
    assert not [one for one in answer["behaviours"] if one["evidence"] and one not in alone]


@pytest.mark.parametrize("period", [7, 30, 90, 365])
@pytest.mark.slow
def test_an_answer_with_a_journal_fits(period: int) -> None:
    """In every period, with a claim, whose method and source are told in full or by whose they
    are; none points at what has none."""
    days, dates = athlete_days.life(1, 800, period)
    rng = np.random.default_rng(5)
    x = habit(rng, 700, 0.3)
    entries = told("beer", x) + told("tea", habit(rng, 700, 0.5))
    whole = payload.as_dict(insights.compute(days, dates, told=entries))
    for one in whole["behaviours"][:2]:
        one["q"] = 0.001  # as if they claimed something
    for budget in (40_000, 36_000):
        short = fitting.fit(whole, budget)
        assert len(json.dumps(short, ensure_ascii=False, separators=(",", ":"))) <= budget
        known = {one["id"]: one for name in SECTIONS for one in short[name]}
        for one in known.values():
            for name in ("method", "source"):
                owner = one.get(name, "").removeprefix("as ")
                assert owner not in known or name in known[owner]
                assert one.get("shortened") or one[name]
        for one in short["behaviours"][:2]:
            assert not one.get("shortened") and one["window"]


@pytest.mark.parametrize("names", [pytest.param(10, marks=pytest.mark.slow), 20, 40])
def test_a_long_journal_fits(names: int) -> None:
    """Every behaviour stays in the answer, the unsure with their figures alone; of dozens the
    surest, and how many more there are."""
    days, dates, entries = many(3, names)
    whole = payload.as_dict(insights.compute(days, dates, told=entries))
    assert len(whole["behaviours"]) == 5 * names
    short = fitting.fit(whole, 40_000)
    assert len(json.dumps(short, ensure_ascii=False, separators=(",", ":"))) <= 40_000
    told, long = short["behaviours"], {one["id"]: one for one in whole["behaviours"]}
    assert (told[-1]["id"] == "behaviours") == (names == 40)
    if names == 40:
        *told, last = told
        assert last["reason"].startswith(f"{len(long) - len(told)} more that claim nothing")
        qs = sorted(one["q"] for one in long.values())
        assert max(one["q"] for one in told) <= 1.001 * qs[len(told)]
    else:
        assert [one["id"] for one in told] == list(long)
    for one in told:
        assert one["shortened"] and one["q"] == pytest.approx(long[one["id"]]["q"], rel=0.01)
    assert fitting.fit(whole, 10**9) is whole


# ── noise ──


def noise(kind: str, rng: Any, days: int) -> tuple[list[Array], list[Array]]:
    """Five outcomes, of which four are akin in pairs, and ten behaviours that do nothing."""
    at = np.arange(LAST - days + 1, LAST + 1)
    weekend = (at - 1) % 7 > 4
    grown = np.sin(np.pi * np.arange(days) / days)
    trips = habit(rng, days, 0.2, 0.85)
    season = np.sin(2 * np.pi * at / 365 + rng.uniform(0, 6.3))
    wander = {
        "sluggish": lambda: autocorrelated(rng, days, 0.9),
        "heavy tails": lambda: rng.standard_t(3, days),
        "random walk": lambda: np.cumsum(rng.standard_normal(days)) / np.sqrt(days / 12),
        "season": lambda: autocorrelated(rng, days, 0.3) + 1.2 * season,
        "travel": lambda: autocorrelated(rng, days, 0.3) - 1.5 * trips,
        "weekend drinkers": lambda: (1 + weekend) * rng.standard_normal(days) + weekend,
        "weekends of a summer": lambda: autocorrelated(rng, days, 0.3) + 1.5 * weekend * grown,
    }.get(kind, lambda: autocorrelated(rng, days, 0.4))
    a, b, c, d, e = (wander() for _ in range(5))
    shares = rng.uniform(0.12, 0.7, 10)
    done = {
        "sluggish": lambda share: habit(rng, days, 0.5, 0.93),
        "random walk": lambda share: habit(rng, days, 0.5, 0.93),
        "season": lambda share: (rng.random(days) < 0.5 + 0.4 * season).astype(float),
        "travel": lambda share: habit(rng, days, share, 0.85),
        "heavy tails": lambda share: habit(rng, days, 0.02 + 14 / days),
        "weekend drinkers": lambda share: (rng.random(days) < np.where(weekend, 0.6, 0.06)).astype(
            float
        ),
        "weekends of a summer": lambda share: (
            rng.random(days) < np.where(weekend, 0.1 + 0.7 * grown, 0.08)
        ).astype(float),
    }.get(kind, lambda share: habit(rng, days, share))
    outcomes = [a, 0.8 * a + 0.6 * b, -0.6 * a + 0.8 * c, d, 0.8 * d + 0.6 * e]
    known = rng.random(days) > 0.06
    answered = rng.random(days) > 0.12
    if kind == "answers lacking after bad mornings":
        answered &= ~((a < -0.5) & (rng.random(days) < 0.5))
    return (
        [np.where(known, one, np.nan) for one in outcomes],
        [np.where(answered, done(share), np.nan) for share in shares],
    )


KINDS = (
    *("ordinary", "sluggish", "heavy tails", "random walk", "season", "travel"),
    *("weekend drinkers", "weekends of a summer", "answers lacking after bad mornings"),
)


@pytest.mark.slow
@pytest.mark.parametrize("days", [90, 182, 364])
@pytest.mark.parametrize("kind", KINDS)
def test_noise_makes_few_claims(kind: str, days: int) -> None:
    """Of sixty lives in which no behaviour does anything, six at most see a claim, even if
    nothing but behaviours is tried: a hundred such tests expect three or so."""
    rng = np.random.default_rng([days, KINDS.index(kind)])
    claims = 0
    for _ in range(60):
        outcomes, done = noise(kind, rng, days)
        entries = [one for name, x in enumerate(done) for one in told(f"thing {name}", x)]
        found = behaviours.behaviours(series(*outcomes), Dates.ending(LAST, days), entries)
        claims += any(behaviours.judge(one, q).claim for one, q in judged(found))
    assert claims <= 6


@pytest.mark.slow
@pytest.mark.parametrize(("days", "done"), [(182, 30), (182, 60), (364, 60)])
def test_an_effect_of_one_sd_is_found_in_most_lives(days: int, done: int) -> None:
    """On one outcome alone, beside nine behaviours that do nothing."""
    rng = np.random.default_rng([days, done])
    hits = 0
    for _ in range(30):
        outcomes, others = noise("ordinary", rng, days)
        x = habit(rng, days, done / days / 0.83)
        outcomes[0] = outcomes[0] - x
        answered = np.where(np.isnan(others[0]), np.nan, x)
        entries = [
            one
            for name, y in enumerate([answered, *others[1:]])
            for one in told(f"thing {name}", y)
        ]
        found = behaviours.behaviours(series(*outcomes), Dates.ending(LAST, days), entries)
        hits += any(
            one.id == "behaviour.thing 0~recovery" and behaviours.judge(one, q).claim
            for one, q in judged(found)
        )
    assert hits >= 20
