"""Experiments from plan to result, in a real cache: what is told, refused, kept and never shown."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from whoop_mcp.cache import purge
from whoop_mcp.cache.cache import Cache
from whoop_mcp.errors import CacheEmpty, CacheError, ValidationError
from whoop_mcp.insights import answer as insights
from whoop_mcp.insights.metrics import read_series
from whoop_mcp.insights.timeseries import in_words
from whoop_mcp.reads import journal, underway
from whoop_mcp.report import document
from whoop_mcp.trials.choices import OUTCOMES
from whoop_mcp.trials.experiment import experiment

from ..support import reference_trials as reference
from ..support.experimenters import BEGAN, HABIT, Experimenter, later

END = later(BEGAN, 14)


@pytest.fixture
def person(tmp_path: Path) -> Experimenter:
    return Experimenter(tmp_path)


def figures(answer: Any) -> set[str]:
    """The names of all that tells of an outcome, anywhere in an answer."""
    if isinstance(answer, dict):
        own = {name for name, value in answer.items() if name in FIGURES and value is not None}
        return own.union(*map(figures, answer.values())) if answer else own
    return set().union(*map(figures, answer)) if isinstance(answer, list) else set()


FIGURES = {"p", "ci", "means", "difference", "value", "as_assigned", "as_lived", "seed"}


@pytest.fixture(scope="module")
def planner(tmp_path_factory: pytest.TempPathFactory) -> Experimenter:
    """Somebody who only plans, or is refused: nothing is ever registered."""
    return Experimenter(tmp_path_factory.mktemp("planner"))


# ── before it ──


def test_a_plan_tells_what_it_can_see_and_keeps_nothing(planner: Experimenter) -> None:
    """28 days see more than 14, the days that are needed do see it, and nothing is registered."""
    answers = [
        planner.ask("plan", behaviour="Late coffee?", outcome="recovery", days=days, worth=9)
        for days in (14, 28, 84)
    ]
    seen = [one["detectable"]["difference"] for one in answers]
    assert seen == sorted(seen, reverse=True)
    assert answers[0]["plan"]["behaviour"] == HABIT
    needed = answers[0]["worth"]["days_needed"]
    again = planner.ask("plan", behaviour=HABIT, outcome="recovery", days=needed, worth=9)
    assert again["worth"]["power"] >= 0.8 > answers[0]["worth"]["power"]
    assert f"For 9 points you need {needed} days" in " ".join(answers[0]["summary"])
    assert answers[0]["history"]["n"] > 80
    assert answers[0]["history"]["sd"] > 5
    assert planner.ask("status")["experiments"] == []
    assert planner.cache.path.exists()


@pytest.mark.parametrize(
    ("given", "word"),
    [
        ({"days": 11}, "at least 12 days"),
        ({"block_days": 3, "days": 28}, "at least 36 days"),
        ({"block_days": 5, "washout_days": 5, "days": 100}, "washout"),
        ({"start": later(BEGAN, -1)}, "before today"),
        ({"start": later(BEGAN, 9), "end": later(BEGAN, 2)}, "after the first day"),
        ({"end": END, "days": 30}, "differ"),
        ({"days": 400}, "366"),
        ({"outcome": "strain"}, "recovery, ln_hrv"),
        ({"outcome": None}, "missing"),
        ({"behaviour": "?!"}, "no name"),
        ({"behaviour": None}, "missing"),
        ({"worth": 0}, "above 0"),
        ({"outcome": "ln_hrv", "worth": 5.0}, "0.05 is about 5 %"),
        ({"experiment": 1}, "not for the action start"),
    ],
)
def test_what_can_tell_nothing_is_refused(
    planner: Experimenter, given: dict[str, Any], word: str
) -> None:
    """Bad arguments are named with what to do, and nothing is registered."""
    with pytest.raises(ValidationError) as refused:
        planner.start(**given)
    assert word in f"{refused.value.message} {refused.value.hint}"
    assert planner.ask("status")["experiments"] == []


@pytest.mark.parametrize(
    "behaviour",
    [
        "skipped my medication",
        "Took prescription medication?",
        "intermittent fasting",
        "insulin",
        "Blutdrucksenker",
        "Fasten",
        "jeûne",
        "ayuno",
        "断食",
        "薬を飲む",
        "without CPAP",
        "my meds",
        "the pill",
        "intermittent fast",
        "skip dinner and fast",
        "fast until noon",
        "16:8",
        "Ibuprofen",
        "ibuprofène",
        "aspirin",
        "Paracétamol",
        "melatonin gummies",
        "mélatonine",
        "мелатонин",
        "メラトニン",
        "Benadryl before bed",
        "St. John's wort",
        "CBD oil",
        "médicament",
        "antibióticos",
        "remédio",
    ],
)
def test_what_a_doctor_has_to_speak_of_is_refused(planner: Experimenter, behaviour: str) -> None:
    """Medicines, treatments and fasting are refused in several languages, with the way to go."""
    with pytest.raises(ValidationError) as refused:
        planner.start(behaviour=behaviour)
    assert "doctor" in (refused.value.hint or "")


@pytest.mark.parametrize(
    "behaviour",
    [
        *("late breakfast", "breakfast", "steady pace", "caffeine", "sauna", "酒", "desayuno"),
        *(
            "medicine ball workout",
            "dose of sunlight",
            "fast food",
            "a fast walk",
            "eating too fast",
        ),
        *("tablet in bed", "second pillow", "magnesium", "creatine", "alcohol", "meditation"),
    ],
)
def test_habits_are_not_taken_for_medicine(planner: Experimenter, behaviour: str) -> None:
    """Everyday words that begin or sound alike are planned."""
    assert planner.ask("plan", behaviour=behaviour, outcome="recovery")["detectable"]["difference"]


def test_an_empty_cache_has_nothing_to_plan_by(tmp_path: Path) -> None:
    """Without any record every act says so."""
    for action in ("plan", "start", "today", "status", "result", "end"):
        given = {"behaviour": HABIT, "outcome": "recovery"} if action in ("plan", "start") else {}
        with pytest.raises(CacheEmpty):
            experiment(Cache(tmp_path / "none.db"), action, **given)


# ── the registration ──


def test_the_lot_follows_from_the_seed_as_documented(person: Experimenter) -> None:
    """With hashlib alone, from the seed that the result shows, anyone finds every day's arm and the
    digest that was told at the start."""
    began = person.start(block_days=1)
    arms = person.obey(14)
    answer = person.ask("result")
    expected = []
    for pair in range(7):
        bit = hashlib.sha256(f"{answer['seed']}:{pair}".encode()).digest()[-1] & 1
        expected += ["do", "leave"] if bit else ["leave", "do"]
    assert arms == expected == [one["arm"] for one in answer["days"]]
    plan = {
        "behaviour": HABIT,
        "block_days": 1,
        "first": BEGAN,
        "outcome": "recovery",
        "pairs": 7,
        "registered_at": answer["registered_at"],
        "rule": answer["rule"],
        "seed": answer["seed"],
        "washout_days": 0,
        "worth": None,
    }
    text = json.dumps(plan, sort_keys=True, separators=(",", ":"))
    assert hashlib.sha256(text.encode()).hexdigest() == began["digest"] == answer["digest"]


def test_the_same_start_is_the_same_experiment(person: Experimenter) -> None:
    """A repeated call answers what runs, later too; another on its outcome or behaviour is refused
    until it is over, one on neither is not."""
    began = person.start()
    again = person.start()
    assert (began["new"], again["new"]) == (True, False)
    assert again["digest"] == began["digest"] and again["experiment"] == began["experiment"]
    person.live_on(later(BEGAN, 2), synced=False)
    assert not person.start(start=None)["new"]
    assert not person.start()["new"]  # though its first day is over by now
    with pytest.raises(ValidationError, match="before today"):
        person.start(behaviour="sauna", outcome="ln_hrv")
    for given in ({"days": 20}, {"behaviour": "sauna"}, {"outcome": "ln_hrv"}, {"worth": 3.0}):
        with pytest.raises(ValidationError, match=f"Experiment {began['experiment']}"):
            person.start(start=None, **given)
    assert person.start(start=None, behaviour="sauna", outcome="ln_hrv")["new"]
    person.live_on(END)
    assert person.start(start=None)["new"]


def test_a_start_up_to_an_end_may_be_repeated(person: Experimenter) -> None:
    """A start without its first day, repeated on another day with the same end, answers what runs,
    also where the days that are left would be too few; another end is refused."""
    given = {"start": None, "days": None, "end": later(BEGAN, 13)}
    began = person.start(**given)
    assert began["plan"]["first"] == later(BEGAN, 1)
    for past in (1, 5):
        person.live_on(later(BEGAN, past))
        again = person.start(**given)
        assert (again["new"], again["digest"]) == (False, began["digest"])
    with pytest.raises(ValidationError, match="Experiment 1 with"):
        person.start(**{**given, "end": later(BEGAN, 15)})


@pytest.mark.parametrize("action", ["today", "status", "result", "end"])
def test_what_was_registered_is_not_changed(person: Experimenter, action: str) -> None:
    """No act takes another arm, length or day, and SQL itself refuses to."""
    person.start()
    with pytest.raises(ValidationError, match="cannot be changed"):
        person.ask(action, days=30)
    connection = sqlite3.connect(person.cache.path)
    for column in ("plan", "digest", "behaviour", "first", "last"):
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            connection.execute(f"UPDATE experiments SET {column} = '2026-01-01'")
    connection.close()
    assert person.ask("status")["experiments"][0]["state"] == "running"


@pytest.mark.parametrize(
    ("old", "new"), [(BEGAN, later(BEGAN, 1)), ('"pairs":7', '"pairs":9'), ("{", "")]
)
def test_a_plan_that_was_edited_is_told(person: Experimenter, old: str, new: str) -> None:
    """Whoever gets around that is found out by the digest: nothing is told of it any more."""
    person.start()
    connection = sqlite3.connect(person.cache.path)
    connection.execute("DROP TRIGGER experiments_fixed")
    connection.execute("UPDATE experiments SET plan = replace(plan, ?, ?)", (old, new))
    connection.commit()
    connection.close()
    for action in ("today", "status", "result", "end"):
        with pytest.raises(CacheError, match="not the one that was registered"):
            person.ask(action)


# ── during it ──


def test_today_tells_the_arm_the_morning_and_the_clock(person: Experimenter) -> None:
    """Each day of a block of three has its block's arm; the first is washed out; before and after
    there is none."""
    person.start(start=later(BEGAN, 1), block_days=3, washout_days=1, days=36)
    before = person.ask("today")
    assert before["experiments"][0]["arm"] is None or before["experiments"] == []
    assert before["clock"].startswith("UTC")
    seen = []
    for day in range(1, 37):
        person.live_on(later(BEGAN, day), synced=False)
        [one] = person.ask("today")["experiments"]
        assert one["morning"] == later(BEGAN, day + 1) and one["day"] == day
        seen.append((one["arm"], one["counts"]))
        assert ("washout" in one["sentence"]) is not one["counts"]
    assert [counts for _, counts in seen] == [False, True, True] * 12
    for place in range(0, 36, 6):
        first, second = {arm for arm, _ in seen[place : place + 3]}, seen[place + 3][0]
        assert len(first) == 1 and second not in first
    person.live_on(later(BEGAN, 37), synced=False)
    assert person.ask("today")["experiments"] == []


def test_an_early_look_shows_no_figure(person: Experimenter) -> None:
    """From its start to its last morning neither result nor status tells a mean, a difference, a p,
    or the seed by which the coming days could be known."""
    person.start()
    for days in (1, 1, 6, 5, 1):
        for action in ("status", "today", "result"):
            answer = person.ask(action)
            assert figures(answer) == set()
        assert answer["result"] is None
        assert "2026" in answer["reason"]
        person.obey(days)
    assert person.ask("result")["result"] is not None


# ── after it ──


def test_the_result_is_that_of_its_days(person: Experimenter) -> None:
    """Means, difference, interval and p are those that numpy finds in the days told, by all lots;
    their values are the mornings' recoveries in the cache."""
    person.start(days=28)
    person.obey(28)
    answer = person.ask("result")
    found, days = answer["result"]["as_assigned"], answer["days"]
    with person.cache.reading() as seen:
        scores = dict(seen.connection.execute("SELECT date, recovery_score FROM days").fetchall())
    assert [one["value"] for one in days] == [scores[one["morning"]] for one in days]
    pairs = list(zip(days[::2], days[1::2], strict=True))
    differences = np.array(
        [a["value"] - b["value"] if a["arm"] == "do" else b["value"] - a["value"] for a, b in pairs]
    )
    signs = reference.lots(14, answer["seed"])
    assert found["difference"] == pytest.approx(differences.mean(), abs=1e-9)
    assert found["p"] == pytest.approx(reference.p_of(differences, signs), abs=1e-9)
    assert found["ci"] == pytest.approx(reference.interval(differences, signs), abs=1e-9)
    assert found["means"]["do"] - found["means"]["leave"] == pytest.approx(found["difference"])
    assert (found["n"], found["pairs"], found["lots"]) == ({"do": 14, "leave": 14}, 14, 2**14)
    assert answer["result"]["as_lived"]["difference"] == pytest.approx(found["difference"])
    assert answer["adherence"]["do"]["kept"] == 14
    verdict = "No effect of" if found["p"] > 0.05 else "On the days drawn for"
    assert answer["summary"][0].startswith(verdict)


def test_a_real_effect_is_found_and_set_beside_its_worth(
    person: Experimenter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the habit costs 40 points each time, the result says so and that it is worth it; where
    each morning was lived the other way round, what was lived has the other sign."""
    from whoop_mcp.trials import conduct

    person.start(days=28, worth=5.0)
    for _ in range(28):
        [one] = person.ask("today")["experiments"]
        person.log(person.now[:10], one["arm"] != "do")
        person.live_on(later(person.now[:10], 1), synced=False)
    person.live_on(person.now[:10])
    real = conduct.read_series
    [kept] = conduct_trials(person)
    did = {at + 1 for block in kept.plan.blocks() if block.arm == "do" for at in block.days}

    def shifted(days: Any) -> Any:
        found = real(days)
        for at in did & set(found["recovery"].values):
            found["recovery"].values[at] -= 40
        return found

    monkeypatch.setattr(conduct, "read_series", shifted)
    answer = person.ask("result")
    assert "lower" in answer["summary"][0] and "at least the 5 points" in answer["summary"][0]
    assigned, lived = answer["result"]["as_assigned"], answer["result"]["as_lived"]
    assert assigned["p"] < 0.001 and assigned["difference"] < -20
    assert lived["difference"] == pytest.approx(-assigned["difference"])
    assert "p" not in lived
    assert answer["adherence"]["do"]["broken"] == 14
    assert answer["summary"][1].startswith("You kept to the draw on 0 of 28")


def conduct_trials(person: Experimenter) -> Any:
    from whoop_mcp.trials.conduct import trials_of

    with person.cache.reading() as seen:
        return trials_of(seen)


def test_missing_mornings_are_left_out_and_told(person: Experimenter) -> None:
    """A night without the strap takes its pair out; with fewer than six pairs nothing can be told,
    in these words."""
    person.lost = {later(BEGAN, 3), later(BEGAN, 9)}
    person.start()
    person.obey(14)
    answer = person.ask("result")
    found = answer["result"]["as_assigned"]
    assert (found["pairs"], found["pairs_drawn"]) == (5, 7)
    told = [reason for arm in found["n_excluded"].values() for reason in arm]
    assert "not recorded" in told and "the other of its pair is lacking" in told
    assert sum(n for arm in found["n_excluded"].values() for n in arm.values()) == 4
    assert answer["summary"][0].startswith("No conclusion: only 5 of 7 pairs")
    assert found["ci"] is None
    assert "2 mornings have no outcome" in " ".join(answer["summary"])


def test_the_last_morning_is_waited_for(person: Experimenter) -> None:
    """Until it is scored and synced the result says wait; three days later it is left out; who
    ends the wait has the result of what is there."""
    person.start()
    person.obey(13)
    person.live_on(END, scored=False)
    waits = person.ask("result")
    assert (waits["state"], waits["result"]) == ("waiting", None)
    assert figures(waits) == set() and "3 April 2026" in waits["reason"]
    assert person.ask("result") == waits
    person.live_on(later(END, 1), synced=False)
    assert person.ask("result")["state"] == "waiting"
    person.live_on(END)
    whole = person.ask("result")
    assert whole["result"]["as_assigned"]["pairs"] == 7
    person.lost = {END}
    person.live_on(later(END, 3))
    assert person.ask("status")["experiments"][0]["state"] in ("waiting", "finished")


def test_who_ends_the_wait_has_what_is_there(person: Experimenter) -> None:
    """`end` after the last day does not make it early: the rest is tested."""
    person.start(days=16)
    person.obey(15)
    person.live_on(later(BEGAN, 16), scored=False)
    answer = person.ask("end")
    assert answer["state"] == "finished"
    assert answer["result"]["as_assigned"]["pairs"] == 7
    assert answer["result"]["as_assigned"]["p"] is not None


def test_ended_early_describes_and_tests_nothing(person: Experimenter) -> None:
    """Whoever may stop when it looks good gets no p and no interval; it cannot be taken up again,
    and the next one like it says that there was one."""
    person.start(days=28)
    person.obey(16)
    answer = person.ask("end")
    found = answer["result"]["as_assigned"]
    assert (answer["state"], answer["ended_on"]) == ("ended_early", later(BEGAN, 15))
    assert (found["p"], found["ci"]) == (None, None)
    assert found["difference"] is not None and found["pairs"] == 8
    assert f"ended early, after {in_words(later(BEGAN, 15))}." in answer["summary"][0]
    assert "not a test" in answer["summary"][0]
    assert person.ask("end") == person.ask("end")
    person.live_on(later(BEGAN, 40))
    assert person.ask("result")["result"]["as_assigned"] == found
    again = person.start(start=None)
    assert again["new"] and again["earlier"] == [1]


def test_a_block_that_was_cut_short_is_none(person: Experimenter) -> None:
    """Ended amid the second block of a pair, that pair is not among those described."""
    person.start(days=36, block_days=3)
    person.live_on(later(BEGAN, 11))  # 11 days lived: the fourth block lacks its last
    answer = person.ask("end")
    assert answer["result"]["as_assigned"]["pairs"] == 1
    assert sum(answer["result"]["as_assigned"]["n"].values()) == 6


@pytest.mark.parametrize(("past", "state"), [(5, "upcoming"), (0, "running")])
def test_withdrawn_before_a_day_was_over(person: Experimenter, past: int, state: str) -> None:
    """Ended before its first day or on it, it tells nothing and names no last day, the page says
    that it was ended and not that it begins, and another can be started."""
    person.start(start=later(BEGAN, past))
    assert person.ask("status")["experiments"][0]["state"] == state
    answer = person.ask("end")
    assert answer["result"] is None and "ended_on" not in answer
    assert "before its first day was over" in answer["reason"]
    person.live_on(later(BEGAN, 6))
    page = document.page(person.cache)
    assert "Nothing to show: it was ended before its first day was over." in page
    assert "it begins on" not in page
    assert person.start(start=None)["new"]


def test_with_several_a_number_is_needed(person: Experimenter) -> None:
    """The numbers that there are stand in the hint."""
    person.start()
    person.start(behaviour="sauna", outcome="ln_hrv")
    assert len(person.ask("today")["experiments"]) == 2
    with pytest.raises(ValidationError) as refused:
        person.ask("result")
    assert "1 (late coffee), 2 (sauna)" in (refused.value.hint or "")
    assert person.ask("result", experiment=2)["plan"]["behaviour"] == "sauna"
    with pytest.raises(ValidationError, match="no experiment 7"):
        person.ask("end", experiment=7)


def test_the_one_that_runs_is_ended_without_its_number(person: Experimenter) -> None:
    """Where others are known and one runs, `end` ends that one and answers it; where several run
    it names them and ends none; where none does it answers the newest and changes nothing."""
    person.start()
    person.start(behaviour="sauna", outcome="ln_hrv")
    with pytest.raises(ValidationError, match="`experiment` is missing"):
        person.ask("end")
    states = [one["state"] for one in person.ask("status")["experiments"]]
    assert states == ["running", "running"]
    assert person.ask("end", experiment=2)["experiment"] == 2
    answer = person.ask("end")
    assert (answer["experiment"], answer["state"]) == (1, "ended_early")
    known = person.ask("status")
    assert person.ask("end")["experiment"] == 2
    assert person.ask("status") == known


# ── its journal ──


def test_corrections_are_marked(person: Experimenter) -> None:
    """An entry changed or taken back once the morning's outcome could be seen is marked so; one
    before is not; what is written late is counted; entries of other days and habits are not."""
    person.start()
    person.obey(5)
    assert "corrections" not in person.ask("status")["experiments"][0]
    today = person.now[:10]
    first = person.ask("status")["experiments"][0]["adherence"]
    assert sum(arm["kept"] for arm in first.values()) == 5
    person.log(today, True)
    person.log(today, False)  # before its morning
    person.log(BEGAN, None)
    person.log(later(BEGAN, -3), True)
    person.log(later(BEGAN, -3), False)
    journal.log(person.cache, [{"behaviour": "beer", "answer": True}], today=today)
    journal.log(person.cache, [{"behaviour": "beer", "answer": False}], today=today)
    [one] = person.ask("status")["experiments"]
    assert [(c["date"], c["outcome_was_known"]) for c in one["corrections"]] == [
        (today, False),
        (BEGAN, True),
    ]
    person.log(BEGAN, True)
    [one] = person.ask("status")["experiments"]
    assert sum(arm["late"] for arm in one["adherence"].values()) == 1


def test_a_day_that_is_changed_again_is_one_day(person: Experimenter) -> None:
    """The summary counts the days whose entries were changed late, not how often each was."""
    person.start()
    arms = person.obey(14, synced=True)
    for answer in (arms[0] != "do", arms[0] == "do", arms[0] != "do"):
        person.log(BEGAN, answer)
    person.log(later(BEGAN, 1), arms[1] != "do")
    found = person.ask("result")
    assert len(found["corrections"]) == 4
    assert any("and changed for 2." in one for one in found["summary"])


def test_another_name_for_it_counts(person: Experimenter) -> None:
    """What is logged under a name that stands for the habit is its journal."""
    journal.log(person.cache, [{"behaviour": "espresso", "same_as": HABIT}], today=BEGAN)
    assert person.start(behaviour="Espresso")["plan"]["behaviour"] == HABIT
    journal.log(person.cache, [{"behaviour": "espresso", "date": BEGAN}], today=BEGAN)
    person.live_on(later(BEGAN, 1))
    [one] = person.ask("status")["experiments"]
    assert sum(arm["unknown"] for arm in one["adherence"].values()) == 0


def test_names_are_not_joined_while_it_runs(person: Experimenter) -> None:
    """Until its last morning no name is joined with the habit or parted from it, nor are two habits
    under trial made one; nothing of such a call is kept, and a join that holds may be repeated."""
    joined = {"behaviour": "latte", "same_as": HABIT}
    journal.log(person.cache, [joined], today=BEGAN)
    began = person.start()
    person.start(behaviour="sauna", outcome="ln_hrv")
    for names, remove in (
        (("espresso", HABIT), False),
        ((HABIT, "tea"), False),
        (("sauna", HABIT), False),
        (("latte", "tea"), False),
        (("latte", HABIT), True),
    ):
        entry = dict(zip(("behaviour", "same_as"), names, strict=True))
        with pytest.raises(ValidationError, match=r"Experiment [12] on") as refused:
            journal.log(person.cache, [{"behaviour": "x"}, entry], today=END, remove=remove)
        assert "after its end" in (refused.value.hint or "")
    assert journal.log(person.cache, [joined], today=END)["unchanged"] == 1
    assert journal.read(person.cache)["entries"] == []
    assert [one["behaviour"] for one in person.ask("today")["experiments"]] == [HABIT, "sauna"]
    person.ask("end", experiment=began["experiment"])
    person.ask("end", experiment=2)
    person.live_on(later(BEGAN, 1))
    journal.log(person.cache, [{"behaviour": "tea", "same_as": HABIT}], today=person.now[:10])


def test_names_joined_after_the_end_are_corrections(person: Experimenter) -> None:
    """Where a name that is joined or parted changes what the journal of a past experiment says,
    each such day is a correction, made when its outcome was known."""
    person.start()
    arms = person.obey(14)
    for past in range(14):
        entry = {"behaviour": "espresso", "date": later(BEGAN, past)}
        journal.log(person.cache, [entry], today=later(BEGAN, past))
    person.live_on(later(END, 2))
    before = person.ask("result")
    assert "corrections" not in before
    entry = {"behaviour": "espresso", "same_as": HABIT}
    journal.log(person.cache, [entry], today=person.now[:10])
    after = person.ask("result")
    left = [later(BEGAN, at) for at, arm in enumerate(arms) if arm == "leave"]
    assert [one["date"] for one in after["corrections"]] == left
    assert all(one["outcome_was_known"] for one in after["corrections"])
    assert {(one["before"], one["after"]) for one in after["corrections"]} == {(False, True)}
    assert after["adherence"]["leave"]["kept"] == 0
    journal.log(person.cache, [entry], today=person.now[:10], remove=True)
    again = person.ask("result")
    assert again["adherence"] == before["adherence"]
    assert len(again["corrections"]) == 2 * len(left)


def test_an_amount_that_comes_later_makes_no_entry_late(person: Experimenter) -> None:
    """What was answered in time stays so when only its amount or its notes are added."""
    person.start()
    arms = person.obey(14, synced=True)
    for past, arm in enumerate(arms):
        more = {"amount": 2.0, "notes": "strong"} if arm == "do" else {"notes": "none"}
        entry = {"behaviour": HABIT, "date": later(BEGAN, past), "answer": arm == "do", **more}
        journal.log(person.cache, [entry], today=person.now[:10])
    answer = person.ask("result")
    assert [arm["late"] for arm in answer["adherence"].values()] == [0, 0]
    assert "corrections" not in answer
    assert journal.read(person.cache, notes=True)["entries"][0]["notes"] in ("strong", "none")


def test_insights_wait_for_the_last_morning(tmp_path: Path) -> None:
    """While an experiment runs, statistics show no difference that its habit makes, under any name
    of it, but the reason; before its first morning and once its last is scored they do."""
    person = Experimenter(tmp_path)
    entries = [
        {"behaviour": name, "date": later(BEGAN, -past), "answer": past % 3 == 0}
        for past in range(1, 41)
        for name in ("espresso", "sauna")
    ]
    journal.log(person.cache, entries, today=BEGAN)
    journal.log(person.cache, [{"behaviour": "espresso", "same_as": HABIT}], today=BEGAN)

    def told(end: str | None = None) -> dict[str, Any]:
        found = insights.insights(person.cache, end=end)["behaviours"]
        return {one["id"].partition("~")[0]: one for one in found}

    person.start()
    assert "ci" in told()[f"behaviour.{HABIT}"]
    person.obey(13)
    for date in (later(BEGAN, 13), later(BEGAN, 7)):
        person.live_on(date)
        found = told()
        one = found[f"behaviour.{HABIT}"]
        assert one["id"] == f"behaviour.{HABIT}" and one["value"] is None
        assert one["reason"] == f"an experiment on it is running until {in_words(END)}"
        assert found["behaviour.sauna"]["ci"]
        assert told(end=BEGAN)[f"behaviour.{HABIT}"]["ci"]
    path = tmp_path / "page.html"
    document.create(person.cache, str(path), home=tmp_path / "none")
    assert f"Late coffee: an experiment on it is running until {in_words(END)}" in path.read_text()
    person.live_on(END)
    assert told()[f"behaviour.{HABIT}"]["ci"]
    assert person.ask("result")["result"]


@pytest.mark.parametrize(
    ("scored", "fetched", "until"),
    [(True, True, 0), (False, True, 4), (False, False, None)],
    ids=["scored", "not scored", "not fetched"],
)
def test_what_waits_is_looked_at_nowhere(
    tmp_path: Path, scored: bool, fetched: bool, until: int | None
) -> None:
    """As long as the result waits for a morning, three days for a score and without end for what
    was not fetched, no behaviour's difference is told and no name is joined; all of that ends with
    the same day, or when the wait is ended."""
    person = Experimenter(tmp_path)
    entries = [
        {"behaviour": HABIT, "date": later(BEGAN, -past), "answer": past % 3 == 0}
        for past in range(1, 41)
    ]
    journal.log(person.cache, entries, today=BEGAN)
    person.start()
    person.obey(13)
    person.log(person.now[:10], False)
    if fetched:
        person.live_on(END, scored=scored)

    def waits() -> tuple[bool, bool, bool]:
        today = person.now[:10]
        found = insights.insights(person.cache)["behaviours"]
        reasons = [one.get("reason", "") for one in found]
        try:
            joined = {"behaviour": "espresso", "same_as": HABIT}
            journal.log(person.cache, [joined], today=today)
            journal.log(person.cache, [joined], today=today, remove=True)
            refused = False
        except ValidationError as problem:
            refused = "waits for the figures of 2026-04-03" in problem.message
        hidden = reasons == ["an experiment on it waits for the figures of 3 April 2026"]
        return person.ask("result")["state"] == "waiting", hidden, refused

    for past in range(6):
        person.live_on(later(END, past), synced=False)
        assert waits() == (until is None or past < until,) * 3
    person.ask("end", experiment=1)
    assert waits() == (False, False, False)


def test_an_outcome_is_waited_for_where_it_is_read() -> None:
    """What an experiment waits for is the record that tells its outcome."""
    series = read_series([])
    parts = {one: "recovery" if one in underway.RECOVERED else "sleep" for one in OUTCOMES}
    assert parts == {one: series[one].metric.part for one in OUTCOMES}


def test_a_journal_purged_under_it_is_told(person: Experimenter) -> None:
    """The experiment stands, its purged mornings and entries are told as purged, and it ends with
    what is left; without the own journal, entries stay."""
    person.start()
    person.obey(14)
    purge.before(person.cache, later(BEGAN, 6), journal=True)
    answer = person.ask("result")
    assert answer["journal_floor"] == later(BEGAN, 6)
    assert "purged" in " ".join(answer["summary"])
    assert answer["result"]["as_assigned"]["pairs"] < 7
    told = [
        reason for arm in answer["result"]["as_assigned"]["n_excluded"].values() for reason in arm
    ]
    assert "purged here" in told
    assert sum(arm["unknown"] for arm in answer["adherence"].values()) == 6
    assert person.ask("status")["experiments"][0]["state"] == "finished"


def test_purges_take_experiments_with_the_own_journal_alone(person: Experimenter) -> None:
    """`--all` and `--before` leave them as they leave own entries; with `--journal` they go, those
    that are over by the date, and nothing of them stays in the file."""
    began = person.start()
    person.obey(14)
    purge.everything(person.cache)
    person.live_on(later(END, 2))
    assert person.ask("status")["experiments"][0]["digest"] == began["digest"]
    purge.before(person.cache, later(END, 1))
    assert len(person.ask("status")["experiments"]) == 1
    purge.before(person.cache, later(END, 1), journal=True)
    assert person.ask("status")["experiments"] == []
    person.start(start=None, behaviour="a habit nobody has")
    purge.everything(person.cache, journal=True)
    assert b"a habit nobody has" not in person.cache.path.read_bytes()


def test_a_long_answer_fits_its_budget(person: Experimenter) -> None:
    """The days of a result are cut to the newest, and it says how many were; figures stay."""
    person.start()
    person.obey(14)
    whole = person.ask("result")
    cut = person.ask("result", budget=len(json.dumps(whole)) - 300)
    assert len(json.dumps(cut)) <= len(json.dumps(whole)) - 300
    assert cut["days"] == whole["days"][cut["days_omitted"] :]
    assert cut["result"] == whole["result"]
