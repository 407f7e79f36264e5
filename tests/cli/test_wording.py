"""Text that lines up, and answers as a person reads them."""

from __future__ import annotations

from typing import Any

from whoop_mcp.cli import console, insight_words, journal_words, wording
from whoop_mcp.insights.statistic import SECTIONS

EVENT: dict[str, Any] = {
    "resource": "sleeps",
    "id": "5c1e",
    "updated_at": "2026-04-20T06:30:00.000Z",
    "change": "updated",
    "diff": {"asleep_seconds": [25200.0, 27000.5], "nap": [None, True]},
    "record": {"start_local": "2026-04-19T23:10:00.000-04:00"},
}
_SPAN = {"since": "2026-04-19", "until": "2026-04-21T00:00:00.000Z"}


def test_columns_line_up_and_fit() -> None:
    """Numbers end flush, words begin flush, and what is too wide ends in `…`."""
    lines = console.table(
        ["what", "n", "why"], [["a", "5", "x" * 99], ["bcd", "1,000", "y"]], right=[1]
    )
    assert lines[0] == "what      n  why"
    assert lines[2] == "bcd   1,000  y"
    assert lines[1].endswith("x…")
    assert len(lines[1]) == 80


def test_values_wrap_under_themselves() -> None:
    """A long value goes on below where it began; a word is never broken."""
    long = "z" * 90
    lines = console.pairs([("Name", "word " * 20), ("N", long)], indent="  ")
    assert lines[0].startswith("  Name  word")
    assert lines[1].startswith("        word")
    assert lines[-1] == f"  N     {long}"
    assert max(map(len, lines[:-1])) <= 80
    assert console.wrapped("") == [""]


def test_an_event_says_which_and_what() -> None:
    """An event's line has the record's local time and what changed from what to what."""
    answer = {"events": [EVENT], **_SPAN, "next_cursor": None, "resume_cursor": "eyJ9"}
    head, line, diff, *rest = wording.changed(answer)
    assert head.split() == ["changed", "(UTC)", "what", "how", "which"]
    assert line == "2026-04-20 06:30  sleeps  updated  2026-04-19 23:10"
    assert diff == "    asleep_seconds 25200 → 27000.5, nap – → True"
    assert rest[-1].endswith("events --since eyJ9")


def test_a_deletion_and_nothing_have_words() -> None:
    """A deleted record is told by its id; where nothing changed, that is said."""
    gone = {**EVENT, "change": "deleted", "record": None, "diff": {}}
    answer = {"events": [gone], **_SPAN, "next_cursor": "eyJ8", "resume_cursor": "eyJ9"}
    assert wording.changed(answer)[1].endswith("deleted  5c1e")
    assert "  whoop-mcp events --since eyJ8" in wording.changed(answer)
    assert wording.changed({**answer, "events": []})[0] == "Nothing changed."
    words = "Nothing can be there yet: 2026-04-23 is still to come."
    assert wording.changed({**answer, "events": [], "warnings": [words]})[0] == words


def test_a_journal_without_entries_says_why_where_there_can_be_none() -> None:
    """An empty window is named as one, and nobody is told how to begin a journal for that."""
    words = "The window is empty, as its end is exclusive: it ends where it begins."
    assert journal_words.entered({"entries": [], "warnings": [words]}) == [words]
    assert "no entries for these dates" in journal_words.entered({"entries": []})[0]


def test_what_an_import_did_not_take_is_not_called_known() -> None:
    """Rows that gave way to what is here need not agree with it, which is told below them; of an
    import that was taken whole nothing of that is said."""
    counts = {"rows": 59, "new": 0, "renewed": 0, "known": 59, "skipped": 0}
    answer = {
        "kinds": {"cycles": counts},
        "span": {"start": "2026-04-01", "end": "2026-05-01"},
        "as_of": "2026-05-01",
        "cannot_tell": "No steps.",
        "agreement": {"compared": 163, "agree": 0},
    }
    head, row, *rest = journal_words.imported(answer)
    assert head.split() == ["rows", "new", "renewed", "not", "needed", "skipped"]
    assert row.split() == ["cycles", "59", "0", "0", "59", "0"]
    said = " ".join(rest)
    assert "Not needed: WHOOP's API or another import has told of these, and that stays." in said
    assert "0 of 163 records that were here from that time agree with it." in said
    taken = {**answer, "kinds": {"cycles": {**counts, "new": 59, "known": 0}}}
    assert "Not needed" not in " ".join(journal_words.imported(taken))


def test_an_export_of_nothing_says_why() -> None:
    """What its answer warns of stands below the files."""
    file = {"path": "a.csv", "records": 0, "bytes": 9, "complete": True}
    said = wording.exported({"files": [file], "warnings": ["Nothing can be there yet."]})
    assert said[-1] == "Nothing can be there yet."


def test_what_is_not_known_is_told_in_utc() -> None:
    """A gap's times are said to be UTC, as they are."""
    gap = {"start": "2026-04-19T23:10:00.000Z", "end": "2026-04-20T06:30:00.000Z"}
    file = {"path": "a.csv", "records": 1, "bytes": 9, "complete": False, "missing": [gap]}
    said = " ".join(" ".join(wording.exported({"files": [file]})).split())
    assert "not known: 2026-04-19 23:10 to 2026-04-20 06:30 (UTC)" in said


def test_a_day_without_anything_says_so() -> None:
    """Where a day has no record or no score, words stand, never a number."""
    pending = dict.fromkeys(("recovery_score", "hrv_rmssd_ms"), None) | {
        "score_state": "PENDING_SCORE"
    }
    summary = {
        "date": "2026-04-20",
        "recovery": pending,
        "sleep": None,
        "cycle": None,
        "other_sleeps": [],
        "naps": [],
        "workouts": [],
        "complete": False,
    }
    text = "\n".join(wording.day(summary))
    assert text.splitlines()[0] == "Monday, 20 April 2026"
    assert "Recovery  not scored yet" in text
    assert "Sleep     none" in text
    assert "not been fetched yet" in text
    assert not any(letter.isdigit() for letter in text.replace("20 April 2026", ""))


def test_a_sync_report_tells_errors_and_what_is_left() -> None:
    """A resource that failed is explained below the table, and going on is offered."""
    counts = dict.fromkeys(("records_fetched", "created", "updated", "deleted", "unchanged"), 1200)
    failed = {**counts, "status": "error", "error": {"message": "WHOOP is failing (503)."}}
    report = {"resources": {"cycles": failed}, "warnings": ["One was skipped."], "remaining": {}}
    lines = wording.synced(report)
    assert "1,200" in lines[1]
    assert lines[2] == "cycles: WHOOP is failing (503)."
    assert "One was skipped." in lines
    assert "again" in lines[-1]


def test_amounts_have_units() -> None:
    """Durations, sizes and amounts read as people write them; the unknown is left out."""
    assert wording.duration(27660) == "7 h 41 min"
    assert wording.duration(59 * 60) == "59 min"
    assert [wording.size(n) for n in (12, 3500, 2_000_000)] == ["12 bytes", "3.5 kB", "2.0 MB"]
    assert wording.amount(44.6, "ms", "HRV") == "HRV 45 ms"
    assert wording.amount(None, "ms", "HRV") == ""


def _difference(name: str, metric: str, q: float, **more: Any) -> dict[str, Any]:
    return {
        "id": f"behaviour.{name}~{metric}",
        "behaviour": name,
        "value": -12.345,
        "ci": [-20.0, -3.21],
        "unit": "%",
        "yes": 14,
        "no": 58,
        "q": q,
        **more,
    }


def test_the_mornings_after_are_told_surest_first() -> None:
    """What is beyond chance has a mark that is explained; HRV is told in ms; what has no figure
    says why, each behaviour once; no line is too wide."""
    in_ms = {"unit": "ln ms", "difference_ms": [-7.9, -12.5, -2.3]}
    lines = journal_words.behaviours(
        [
            _difference("a behaviour with a name of many words", "recovery", 0.4),
            _difference("alcohol", "ln_hrv", 0.001, **in_ms),
            {"id": "behaviour.sauna", "value": None, "reason": "3 days with it"},
            {"id": "x", "behaviour": "tea", "value": None, "reason": "too few mornings"},
            {"id": "y", "behaviour": "tea", "value": None, "reason": "too few mornings"},
        ]
    )
    assert lines[1].split() == [
        "*",
        "alcohol",
        "hrv",
        "-7.90",
        "-12.5",
        "to",
        "-2.30",
        "ms",
        "14/58",
    ]
    assert "…" in lines[2] and "-12.3" in lines[2] and "points" in lines[2]
    assert "does not show the cause" in " ".join(lines)
    assert lines[-2:] == ["sauna: 3 days with it.", "tea: too few mornings."]
    assert max(map(len, lines)) <= 80
    widest = {"value": -10.123, "ci": [-20.456, -10.321], "yes": 140, "no": 224}
    wide = journal_words.behaviours([_difference("x" * 40, "sleep_performance", 0.001, **widest)])
    assert wide[1].endswith("points  140/224") and max(map(len, wide)) <= 80
    unsure = journal_words.behaviours([_difference("tea", "recovery", 0.5)])
    assert "None of these differs by more than chance" in " ".join(unsure)
    nothing = journal_words.behaviours([{"id": "behaviours", "value": None, "reason": "no answer"}])
    assert nothing == ["behaviours: no answer."]


def test_what_rounds_to_zero_has_no_sign() -> None:
    """A bound of an interval that is all but 0 is 0.00."""
    for low in (-0.004, 0.004):
        near = _difference("tea", "recovery", 0.5, ci=[low, 2.06])
        assert " 0.00 to +2.06 " in journal_words.behaviours([near])[1]


def test_what_was_compared_is_not_said_to_lack_anything() -> None:
    """What lacks are its amounts, which are named; one outcome of several that lacks is no news."""
    lines = journal_words.behaviours(
        [
            _difference("tea", "recovery", 0.5),
            {"id": "behaviour.tea~ln_hrv", "behaviour": "tea", "reason": "too few mornings"},
            {
                "id": "behaviour.tea~recovery.amount",
                "behaviour": "tea",
                "reason": "10 days with an amount; at least 20 are needed",
            },
        ]
    )
    assert lines[-1] == "tea, amount: 10 days with an amount; at least 20 are needed."
    assert "too few mornings" not in " ".join(lines)


def test_a_statistic_is_in_the_unit_that_people_read() -> None:
    """Points of per cents, shares of logarithms, ms; a scale is no unit."""
    told = [
        ("recovery.slope", "% per 4 weeks", {}, ["-0.1", "9", "points per 4 weeks"]),
        ("ln_hrv.slope", "ln ms per 4 weeks", {}, ["-9.516", "9", "% of its level per 4 weeks"]),
        ("strain.slope", "0–21 per 4 weeks", {}, ["-0.1", "9", "per 4 weeks"]),
        ("ln_hrv.mean", "ln ms", {"geometric_mean_ms": 60.0}, ["60", "9", "ms"]),
        ("recovery.mean", "%", {}, ["-0.1", "9", "%"]),
    ]
    answer = {
        "period": {"days": 30, "start": "2026-04-21", "end": "2026-05-21"},
        "summary": [],
        **dict.fromkeys(SECTIONS, ()),
        "trends": [
            {"id": id, "value": -0.1, "n": 9, "unit": unit, **more} for id, unit, more, _ in told
        ],
    }
    head, *_ = lines = insight_words.statistics(answer)
    assert head == "30 days, 21 April to 20 May 2026"
    lines = lines[-len(told) :]
    for line, (id, _, _, words) in zip(lines, told, strict=True):
        assert line.split() == [id, *" ".join(words).split()]


def test_why_there_is_no_value_is_told_whole() -> None:
    """However long a reason is, it goes on below itself, and no line is too wide."""
    why = "30 days with it and 0 without; at least 10 of each are needed, and a day is unknown"
    lacking = {"id": "sleep.regularity_index", "value": None, "n": 3, "unit": "", "reason": why}
    answer = {
        "period": {"start": "2026-05-20", "end": "2026-05-21"},
        "summary": [],
        **dict.fromkeys(SECTIONS, ()),
        "sleep": [lacking],
    }
    lines = insight_words.statistics(answer)
    assert lines[0] == "1 day, 20 May 2026"
    told = lines[-2:]
    assert "…" not in "".join(lines) and max(map(len, lines)) <= 80
    assert " ".join(" ".join(told).split()).endswith(f"3 {why}")
