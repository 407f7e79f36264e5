"""Answer the journal from the cache, keep one's own entries in it, and write it to files."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .. import spoken, times
from ..cache import journal, trials
from ..cache.cache import Cache
from ..cache.coverage import Standing
from ..cache.database import Connection
from ..cache.journal import DayOfAnswer, Entry, behaviour
from ..cache.snapshot import Snapshot
from ..counts import counted
from ..errors import ValidationError
from ..times import Span, Window, gaps
from . import names
from .paging import fill
from .underway import underway

MOST = 100  # entries that are written down at once
_ROOM = 700  # characters around the entries: what is left out, and how to go on
_TOLD = 3  # unknown names: the others are misspelled likewise
_LONGEST = 200  # characters of a behaviour, a question, a unit
_LONGEST_NOTE = 4000
_FIELDS = {
    "behaviour",
    "date",
    "answer",
    "amount",
    "unit",
    "question",
    "notes",
    "same_as",
}
_JOINING = {"behaviour", "same_as"}


@dataclass(frozen=True)
class Line:
    """Define an entry as a file holds it."""

    date: str
    behaviour: str
    question: str
    answer: bool
    amount: float | None
    unit: str | None
    source: str


@dataclass(frozen=True)
class NotedLine(Line):
    """Define an entry with its notes, which are left out unless they are asked for."""

    notes: str | None


def settle(cache: Cache, rule: DayOfAnswer) -> None:
    """Date the answers of exports by a rule, where they are dated by another."""
    with cache.reading() as seen:
        if journal.follows(seen.connection, rule):
            return
    with cache.database.writing() as connection:
        journal.follow(connection, rule)


def read(
    cache: Cache,
    *,
    start: str | None = None,
    end: str | None = None,
    behaviours: Sequence[str] | None = None,
    rule: DayOfAnswer = "before",
    notes: bool = False,
    budget: int = 0,
) -> dict[str, Any]:
    """Answer the entries of a span of dates, newest first, by default of the last 30 days.

    `{"entries": [{"date", "behaviour", "question", "answer", "amount"?, "unit"?, "source"}],
    "count", "behaviours", "window", "as_of", "warnings"?}`: `behaviours` are all that the journal
    knows, `as_of` is the date of the export that its answers are from. `notes` adds the notes.
    Within a budget the dates are whole, but for one that does not fit alone, and a warning says how
    to go on; the names take half of it at most. ValidationError on bad arguments.
    """
    settle(cache, rule)
    with cache.reading() as seen:
        span = times.parse(start, end, seen.now)
        first, last = _dates(seen, span)
        found = journal.entries(seen.connection, first, last, behaviours, notes=notes)
        known = names.behaviours(seen)
        as_of = journal.as_of(seen.connection)
        warnings = [] if behaviours is None else _unknown(seen, behaviours, known)
        if not found and (words := times.remark(span, seen.now)):
            warnings.append(words)
    listed, more = fill(
        known,
        lambda name: len(json.dumps(name)),
        room=budget / 2 if budget else math.inf,
        limit=math.inf,
    )
    if more:
        left = counted(len(known) - len(listed), "name is", "names are")
        warnings.append(
            f"{left} left out of `behaviours`, to keep the answer short: query_whoop lists all "
            "with SELECT DISTINCT behaviour FROM journal."
        )
    answer: dict[str, Any] = {
        "entries": [],
        "count": 0,
        "behaviours": listed,
        "window": {"start": span.start, "end": span.end},
        "as_of": as_of,
    }
    room = budget - _ROOM - len(json.dumps([answer, warnings])) if budget else math.inf
    taken, more = fill(found, lambda one: len(json.dumps(one)), room=room, limit=math.inf)
    if more:
        taken, how = _whole_dates(found, len(taken))
        warnings.append(how)
    answer |= {"entries": taken, "count": len(taken)}
    if warnings:
        answer["warnings"] = warnings
    return answer


def _unknown(seen: Snapshot, behaviours: Sequence[str], known: Sequence[str]) -> list[str]:
    """Warn of names that the journal has nowhere, and offer those that are spelled nearly so."""
    unknown = {
        one: name
        for one in behaviours
        if (name := trials.known_as(seen.connection, behaviour(one))) not in known
    }
    return [
        f"The journal has no {names.shown(one)} on any date. {names.near(name, known)}".rstrip()
        for one, name in list(unknown.items())[:_TOLD]
    ]


def _whole_dates(found: list[dict[str, Any]], fitting: int) -> tuple[list[dict[str, Any]], str]:
    """Cut entries, newest first, at the last date that fits whole, and say how to go on.

    `end` is exclusive, so asked again with that date the next answer begins with what follows. A
    date that does not fit alone is cut: no `end` leads to its other entries, only their names do.
    """
    cut = found[fitting]["date"]
    whole = [one for one in found[:fitting] if one["date"] > cut]
    if whole:
        left = counted(len(found) - len(whole), "older entry is", "older entries are")
        reached = whole[-1]["date"]
        return whole, (
            f"{left} left out, to keep the answer short: ask again with `end` {reached}."
        )
    of_date = sum(one["date"] == cut for one in found)
    how = (
        f"Only {fitting} of the {counted(of_date, 'entry', 'entries')} of {cut} fit into an "
        "answer: name those that you want to see in `behaviours`."
    )
    if older := len(found) - of_date:
        left = counted(older, "older entry is", "older entries are")
        how += f" {left} left out, too: `end` {cut} goes on with them, without the rest of {cut}."
    return found[:fitting], how


def texts(seen: Snapshot, span: Span, *, notes: bool) -> Iterator[str]:
    """Spell the entries of a span as JSON texts, oldest first, each with all its fields."""
    names = [one.name for one in dataclasses.fields(NotedLine if notes else Line)]
    first, last = _dates(seen, span)
    for one in reversed(journal.entries(seen.connection, first, last, notes=notes)):
        yield json.dumps({name: one.get(name) for name in names})


def standing(seen: Snapshot, span: Span) -> Standing:
    """Tell how well WHOOP's journal is known in a span, up to now, as of its export."""
    window = span.window()
    window = Window(max(window.start, times.BEGINNING), min(window.end, seen.now))
    known = journal.known(seen.connection)
    return Standing(gaps(window, [known] if known else []), journal.as_of(seen.connection))


def _dates(seen: Snapshot, span: Span) -> tuple[str, str]:
    """Find the first and the last local date of a span; an instant is read where one was last."""
    minutes = seen.offset()
    zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
    first = span.start if len(span.start) == 10 else times.local(span.start, zone)[:10]
    if len(span.end) == 10:
        return first, times.plus(times.midnight(span.end), days=-1)[:10]
    return first, times.local(times.plus(span.end, milliseconds=-1), zone)[:10]


# ── one's own entries ──


def log(
    cache: Cache, given: Sequence[Mapping[str, Any]], *, today: str, remove: bool = False
) -> dict[str, Any]:
    """Keep entries of one's own, or `remove` those of the same dates and behaviours.

    Each is `{"behaviour", "date"?, "answer"?, "amount"?, "unit"?, "question"?, "notes"?}`, by
    default of `today` and a yes; or `{"behaviour", "same_as"}` with nothing else, by which one is
    taken for another from now on. Answers `{"status", "new", "changed", "unchanged", "removed",
    "entries"}`, each of these `{"date", "behaviour", "answer", "amount"?, "unit"?}`.
    ValidationError on a bad entry, and on `same_as` of what an experiment is on that is not over;
    none is kept then. Nothing of it is ever sent anywhere.
    """
    if not 1 <= len(given) <= MOST:
        raise ValidationError(
            f"`entries` must hold from 1 to {MOST}.", hint="Give them in several calls."
        )
    alike = [one for one in given if one.get("same_as") is not None]
    entries = [_entry(one, today) for one in given if one.get("same_as") is None]
    pairs = [_pair(one) for one in alike]
    with cache.database.writing(own=True) as connection:
        now = cache.clock()
        removed = journal.strike(connection, entries, now) if remove else 0
        tally = journal.write_down(connection, [] if remove else entries, now)
        for name, meant in pairs:
            stands_for = None if remove else behaviour(meant)
            if stands_for is None or not _are_one(connection, name, stands_for):
                seen = Snapshot(connection, now, cache.max_age, None)
                _refuse_amid_experiment(seen, (name, behaviour(meant)), today)
            changed = journal.name_alike(connection, name, stands_for, now)
            tally["changed" if changed else "unchanged"] += 1
    return {
        "status": "success",
        **tally,
        "removed": removed,
        "entries": [_as_kept(one) for one in entries],
    }


def _as_kept(entry: Entry) -> dict[str, Any]:
    """Say back what is kept of an entry; its question and notes are known to who has just given
    them."""
    kept = {name: getattr(entry, name) for name in ("date", "behaviour", "answer")}
    more = {"amount": entry.amount, "unit": entry.unit}
    return {**kept, **{name: value for name, value in more.items() if value is not None}}


def _are_one(connection: Connection, name: str, other: str) -> bool:
    return trials.known_as(connection, name) == trials.known_as(connection, other)


def _refuse_amid_experiment(seen: Snapshot, names: Sequence[str], today: str) -> None:
    known = {trials.known_as(seen.connection, one) for one in names}
    for one in underway(seen, today):
        if one.behaviour not in known:
            continue
        lasts = (
            f"waits for the figures of {one.waits_for[0]}"
            if one.waits_for
            else f"runs until {one.last_morning}"
        )
        raise ValidationError(
            f"Experiment {one.id} on “{names[0]}” or “{names[1]}” {lasts}: until then no "
            "other name is joined with its behaviour, or separated from it.",
            hint="Log its days under the name that it has; join the names after its end.",
        )


def _pair(given: Mapping[str, Any]) -> tuple[str, str]:
    """Read two names to be joined. What else stands beside them would be lost, so it is refused."""
    if any(value is not None for name, value in given.items() if name not in _JOINING):
        raise ValidationError(
            "`same_as` only joins two names: it keeps no entry.",
            hint="Log the entry on its own; join the names separately.",
        )
    return _behaviour(given), _name(given, "same_as")


def _entry(given: Mapping[str, Any], today: str) -> Entry:
    unknown = sorted(set(given) - _FIELDS)
    if unknown:
        raise _bad(f"has no field {unknown[0][:40]!r}")
    date = given.get("date") or today
    try:
        if isinstance(date, str):
            date = spoken.day(date, lambda: today, past=True) or date
    except ValueError as problem:  # "is more than one day"
        raise _bad(f"has a `date` that {problem}") from None
    try:
        if not isinstance(date, str) or not times.is_date(date):
            raise ValueError("not a day as YYYY-MM-DD, nor words such as yesterday, 3 days ago")
    except ValueError as problem:
        raise _bad(f"has a `date` that is {problem}") from None
    if date < times.OLDEST[:10]:  # such a one could not be read either
        raise _bad("has a `date` before the year 2000: write its year in full, as in 2026-04-20")
    # A date may be today's further east already.
    if date > times.plus(times.midnight(today), days=1)[:10]:
        raise _bad("has a `date` that is in the future")
    answer, amount = given.get("answer", True), given.get("amount")
    if not isinstance(answer, bool):
        raise _bad("has an `answer` that is neither true nor false")
    if amount is not None and (
        isinstance(amount, bool)
        or not isinstance(amount, (int, float))
        or not 0 <= amount <= 1_000_000
    ):
        raise _bad("has an `amount` that is not a number from 0 to 1000000")
    unit = None if given.get("unit") is None else _name(given, "unit")
    notes = given.get("notes")
    if notes is not None and (not isinstance(notes, str) or len(notes) > _LONGEST_NOTE):
        raise _bad(f"has `notes` that are not text, or longer than {_LONGEST_NOTE} characters")
    question = given.get("question") and _name(given, "question")
    return Entry(
        date=date,
        behaviour=_behaviour(given),
        question=question or _name(given, "behaviour"),
        answer=answer,
        amount=None if amount is None else float(amount),
        unit=unit,
        notes=_clean(notes) if notes else None,
    )


def _behaviour(given: Mapping[str, Any]) -> str:
    found = behaviour(_name(given, "behaviour"))
    if not found:
        raise _bad("has a `behaviour` without a word")
    return found


def _name(given: Mapping[str, Any], field: str) -> str:
    value = given.get(field)
    if not isinstance(value, str) or not value.strip():
        raise _bad(f"has no `{field}`")
    if len(value) > _LONGEST:
        raise _bad(f"has a `{field}` of more than {_LONGEST} characters")
    return _clean(value.strip())


def _clean(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:  # half a character, as from a terminal that is not in UTF-8
        raise _bad("has characters that are not text") from None
    return text.replace("\0", "")


def _bad(problem: str) -> ValidationError:
    return ValidationError(
        f"An entry {problem}.",
        example={"entries": [{"behaviour": "late coffee", "date": "2026-04-20"}]},
    )
