"""Ask WHOOP for what a read lacks: look at the cache, fetch what is missing, and answer from one
last look alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeVar

from .. import times
from ..cache.snapshot import Snapshot
from ..call import Call, OutOfTime
from ..errors import CacheError, UpstreamError, WhoopError
from ..times import Span, Window, gaps, union
from ..whoop.present import ClockSet
from ..whoop.resources import Resource, with_parents
from . import clock_repair, plan
from .fetch import Reader
from .inquiry import Tally
from .mirror import Mirror
from .plan import Plan
from .tasks import Task, read_windows

_WARNINGS = 20  # what a reader can take in
_LOOKS = 4  # at the cache: what is asked for may show that more is needed, but not for ever

Answer = TypeVar("Answer")
Asked = dict[Resource, list[Window]]


class Outcome(NamedTuple):
    """The errors and warnings of asking WHOOP before a read, and when the read began."""

    errors: list[WhoopError]
    warnings: list[str]
    began: str


def settle(
    mirror: Mirror,
    needs: Callable[[Snapshot], list[Mapping[Resource, Span]]],
    answer: Callable[[Snapshot, Outcome], Answer],
    call: Call,
    *,
    fresh: bool = False,
) -> Answer:
    """Ask WHOOP for what the cache lacks of what is needed, then answer from one snapshot.

    `needs` says in a snapshot which spans have to be known, those on which others depend first.
    What is missing of them is fetched and the live tail confirmed where it is too old, nothing
    twice; the snapshot in which nothing is left to ask is the one that `answer` is made of, so
    that a cache which knows all is looked at once. If another sync moves things about meanwhile,
    what is still unknown at the last look is for the answer to admit.

    `fresh` fetches all of the spans, and raises what stands in the way. CacheError is always
    raised: it says that nothing can be stored, or that the records are somebody else's.
    """
    asked: Asked = {}
    errors: list[WhoopError] = []
    warnings: list[str] = []
    began = None
    again = True  # once more where WHOOP tells another time than was reckoned with
    with mirror.cache.held():
        for look in range(1, _LOOKS + 1):
            with mirror.cache.reading() as seen:
                void = look == 1 and clock_repair.is_due(seen.connection, seen.now)
                if not void:
                    began = began or seen.now
                    windows = _to_ask(seen, needs(seen), asked, fresh)
                    if not windows or look == _LOOKS:
                        return answer(seen, Outcome(errors, warnings, began))
                    now = seen.now
            if void:
                clock_repair.settle(mirror, call)
                continue
            try:
                failed, said = _ask(mirror, windows, now, call, fresh, again)
            except ClockSet:
                began, again = None, False
                continue
            errors, warnings = [*errors, *failed], [*warnings, *said]
            for resource, parts in windows.items():
                # What reaches up to the present is not asked for again because that has gone on.
                later = [Window(now, times.LATEST)] if parts[-1].end >= now else []
                asked[resource] = union([*asked.get(resource, []), *parts, *later])
    raise AssertionError("the last look answers")


def _to_ask(
    seen: Snapshot, needs: list[Mapping[Resource, Span]], asked: Asked, fresh: bool
) -> Asked:
    """Find the windows of the first needs of which anything was not asked for yet."""
    for wanted in needs:
        windows: Asked = {}
        for resource, span in wanted.items():
            for one in with_parents(resource):
                parts = [
                    gap
                    for window in seen.doubtful(one, span, fresh=fresh)
                    for gap in gaps(window, asked.get(one, []))
                ]
                windows[one] = union([*windows.get(one, []), *parts])
        if any(windows.values()):
            return {resource: parts for resource, parts in windows.items() if parts}
    return {}


def _ask(
    mirror: Mirror, windows: Asked, now: str, call: Call, fresh: bool, again: bool
) -> tuple[list[WhoopError], list[str]]:
    tally = Tally()
    tasks = [
        Task(Reader(mirror, resource, call, tally), Plan(parts))
        for resource, parts in windows.items()
    ]
    read_windows(tasks, call)
    errors = [task.error or OutOfTime() for task in tasks if task.has_failed]
    warnings = tally.warnings
    if again and any(isinstance(error, ClockSet) for error in errors):
        raise ClockSet
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
    return errors, warnings


def explain(seen: Snapshot, span: Span, outcome: Outcome, *, edge: bool = False) -> list[str]:
    """Put the warnings of an answer into words: what could not be asked, and what was purged, with
    `edge` also in the hours after a purge's date."""
    words = [f"{one.message} {one.hint or ''}".strip() for one in outcome.errors]
    if purged := seen.purged_from(span, edge=edge):
        words.append(f"Records from before {purged} were purged and are not fetched again.")
    return list(dict.fromkeys([*words, *outcome.warnings]))[:_WARNINGS]
