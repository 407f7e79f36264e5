"""What a read has to ask WHOOP before it may answer, and how well it knows what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from . import clock_repair, coverage, plan
from .call import Call
from .coverage import Standing
from .database import Connection
from .errors import CacheError, UpstreamError, WhoopError
from .intervals import Window, gaps, union
from .lanes import cover
from .mirror import Mirror
from .present import ClockSet
from .resources import Resource, with_parents
from .spans import Span

_WARNINGS = 20  # what a reader can take in


class Outcome(NamedTuple):
    """What came of asking WHOOP before a read."""

    errors: list[WhoopError]
    warnings: list[str]


def confirm(
    mirror: Mirror,
    wanted: Mapping[Resource, Span],
    call: Call,
    *,
    fresh: bool = False,
    again: bool = True,
) -> Outcome:
    """Fetch what is missing of these spans, and confirm the live tail where it is too old.

    `fresh` fetches all of them, and raises what stands in the way. CacheError is always raised:
    it says that nothing can be stored, or that the records are somebody else's. `again`: it is
    done once more where WHOOP tells another time than was reckoned with.
    """
    clock_repair.settle(mirror, call)
    now = mirror.cache.clock()
    with mirror.cache.database.reading() as connection:
        recent = mirror.cache.recent(now)
        windows: dict[Resource, list[Window]] = {}
        for resource, span in wanted.items():
            for one in with_parents(resource):
                window = _kept(connection, span, now)
                missing = [window] if fresh else _doubtful(connection, one, window, now, recent)
                windows[one] = union([*windows.get(one, []), *missing])
    if not any(windows.values()):
        return Outcome([], [])
    errors, warnings = cover(mirror, windows, call)
    if again and any(isinstance(error, ClockSet) for error in errors):
        return confirm(mirror, wanted, call, fresh=fresh, again=False)
    if words := mirror.api.present.wrong():
        warnings = [f"{words[0].upper()}{words[1:]} WHOOP's time was used.", *warnings]
    for error in errors:
        if fresh or isinstance(error, CacheError):
            raise error
    if fresh and any(plan.left(mirror.cache, one, parts, now) for one, parts in windows.items()):
        raise UpstreamError(
            "WHOOP's answer was not whole: " + " ".join(warnings),
            hint="Ask without `fresh` for what the cache holds.",
        )
    return Outcome(errors, warnings)


def standing(
    connection: Connection,
    mirror: Mirror,
    resource: Resource,
    span: Span,
    *,
    aged: bool = False,
    began: str | None = None,
) -> Standing:
    """How well a span is known; `aged` holds the live tail unknown where it was not confirmed.

    Age is reckoned from when the question `began`, however long its answer took.
    """
    now = mirror.cache.clock()
    recent = mirror.cache.recent(min(began or now, now))  # it may have begun by a clock ahead
    known = coverage.known_up_to(connection, resource, span.window(), now, recent)
    window = Window(span.window().start, min(span.window().end, now))
    unconfirmed = [
        gap
        for one in with_parents(resource)
        if aged
        for gap in _stale(connection, one, window, now, recent)
    ]
    return Standing(union([*known.missing, *unconfirmed]), known.as_of)


def explain(connection: Connection, span: Span, outcome: Outcome) -> list[str]:
    """The warnings of an answer: what could not be asked, and what was purged."""
    words = [f"{one.message} {one.hint or ''}".strip() for one in outcome.errors]
    floor = coverage.floor(connection)
    if span.window().start < floor:
        words.append(f"Records from before {floor} were purged and are not fetched again.")
    return list(dict.fromkeys([*words, *outcome.warnings]))[:_WARNINGS]


def _kept(connection: Connection, span: Span, now: str) -> Window:
    """The part of a span that can be known: not in the future, not purged."""
    window = span.window()
    return Window(max(window.start, coverage.floor(connection)), min(window.end, now))


def _doubtful(
    connection: Connection, resource: Resource, window: Window, now: str, recent: str
) -> list[Window]:
    """What of a window has to be read: its gaps, and all of the live tail if that is stale."""
    if window.start >= window.end:
        return []
    missing = coverage.standing(connection, resource, window, forgiven=recent).missing
    if _stale(connection, resource, window, now, recent):
        missing = [*missing, Window(coverage.tail_start(connection, resource, now), now)]
    return union(missing)


def _stale(
    connection: Connection, resource: Resource, window: Window, now: str, recent: str
) -> list[Window]:
    """The part of a window that lies in the live tail and was confirmed too long ago."""
    tail = Window(max(window.start, coverage.tail_start(connection, resource, now)), window.end)
    if tail.start >= tail.end:
        return []
    known = coverage.stretches(connection, resource, tail)
    believed = [one.window for one in known if recent <= one.confirmed_at <= now]
    if believed and believed[-1].end >= recent:
        believed.append(Window(believed[-1].end, now))
    return gaps(tail, believed)
