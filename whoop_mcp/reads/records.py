"""List the records of a span, page by page, and ask WHOOP first for what may be missing."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from typing import Any

from .. import times
from ..cache.selection import Row
from ..cache.snapshot import Snapshot
from ..call import Call
from ..errors import ValidationError
from ..jsontext import JsonText
from ..sync import freshness
from ..sync.freshness import Outcome
from ..sync.mirror import Mirror
from ..times import Span
from ..whoop.resources import WORKOUTS, Resource
from . import overlaps, paging, sports
from .paging import fill

_CURSOR = {"resource": str, "start": str, "end": str, "after": list}
_OF_SPORT = {"sport": {**_CURSOR, "sport": str}}
_ROOM = 300  # characters for the cursor and the counts around the records of a page


def page(
    mirror: Mirror,
    resource: Resource,
    *,
    start: str | None = None,
    end: str | None = None,
    limit: int | None = None,
    cursor: str | None = None,
    sport: str | None = None,
    fresh: bool = False,
    budget: int = 0,
    cached_only: bool = False,
    as_json: bool = False,
    call: Call | None = None,
) -> dict[str, Any]:
    """List the records of a span, newest first, as many as `limit` and `budget` characters hold.

    Answers `{"records", "count", "total", "window", "next_cursor", "complete", "missing"?,
    "as_of", "warnings"?}`; with `as_json` the records are one JsonText. Of workouts, `sport` lists
    only that one's, and a cursor carries it; what is known of the span is told of all sports.
    ValidationError on bad arguments; with nothing at all to show, what stood in the way of asking
    WHOOP.
    """
    if limit is not None and limit < 1:
        raise ValidationError("`limit` must be 1 or more.", hint="Leave it out for all that fits.")
    span, after, sport = _where(mirror, resource, start, end, cursor, sport)
    if sport is not None:
        with mirror.cache.reading() as seen:
            sports.require_known(seen, sport, span, fresh=fresh)

    def answer(seen: Snapshot, outcome: Outcome | None) -> dict[str, Any]:
        how: dict[str, Any] = {"limit": limit, "fresh": fresh, "budget": budget}
        found, records = _page(seen, resource, span, after, sport, outcome, **how)
        return {**found, "records": records if as_json else json.loads(records)}

    if cached_only:
        with mirror.cache.reading() as seen:
            seen.require_content()
            return answer(seen, None)
    return freshness.settle(
        mirror, lambda seen: [{resource: span}], answer, call or Call(), fresh=fresh
    )


def _page(
    seen: Snapshot,
    resource: Resource,
    span: Span,
    after: tuple[str, str] | None,
    sport: str | None,
    outcome: Outcome | None,
    *,
    limit: int | None,
    fresh: bool,
    budget: int,
) -> tuple[dict[str, Any], JsonText]:
    """Make a page, its records apart; without an outcome WHOOP was not to be asked."""
    outcome, cached_only = outcome or Outcome([], [], seen.now), outcome is None
    known = seen.standing(resource, span, aged=not cached_only, began=outcome.began, edge=True)
    # Of what WHOOP sends malformed now, what is held is older: not what `fresh` asks for.
    stale = seen.malformed(resource) if fresh else set()
    said = freshness.explain(seen, span, outcome, edge=True)
    if (words := times.remark(span, seen.now)) and not seen.count(resource, span, None):
        said = [*said, words]
    only = None if sport is None else sports.held(seen, sport)
    if sport is not None and not only:
        said = [*said, sports.none_of(seen, sport)]
    answer: dict[str, Any] = {
        "records": [],
        "count": 0,
        "total": 0,
        "window": {"start": span.start, "end": span.end},
        "next_cursor": None,
        **known.told(),
    }

    def shown(warnings: list[str]) -> tuple[list[Row], bool]:
        """Choose the records that fit beside these warnings."""
        around = {**answer, "warnings": warnings} if warnings else answer
        rows = seen.select(resource, span, after=after, sports=only)
        return fill(
            (row for row in rows if row.id not in stale) if stale else rows,
            lambda row: len(row.flat),
            room=budget - _ROOM - len(json.dumps(around)) if budget else math.inf,
            limit=limit or math.inf,
        )

    rows, more = shown(said)
    warnings = [*said, *_overlaps(seen, resource, rows)]
    if budget and warnings != said:
        # Fewer records have no more to be warned of than these.
        rows, more = shown(warnings)
        warnings = [*said, *_overlaps(seen, resource, rows)]
    answer["count"] = answer["total"] = len(rows)
    if more or after is not None:
        held = seen.select(resource, span, sports=only) if stale else ()
        answer["total"] = seen.count(resource, span, only) - sum(row.id in stale for row in held)
    bare = not answer["total"] and known.as_of is None and seen.archived_as_of() is None
    if outcome.errors and bare:
        raise outcome.errors[0]
    if more:
        last = (rows[-1].start, rows[-1].id)
        goes_on = {"resource": resource.name, "start": span.start, "end": span.end, "after": last}
        kind = {"kind": "page"} if sport is None else {"kind": "sport", "sport": sport}
        answer["next_cursor"] = paging.write(**kind, **goes_on)
    if warnings:
        answer["warnings"] = warnings
    return answer, JsonText.array(row.flat for row in rows)


def _overlaps(seen: Snapshot, resource: Resource, rows: Sequence[Row]) -> list[str]:
    """Warn of workouts of a page that overlap others, on it or not."""
    if not resource.may_overlap or not rows:
        return []
    last = max(row.end or seen.now for row in rows)
    around = Span(rows[-1].start, max(last, times.plus(rows[0].start, milliseconds=1)))
    held = list(seen.select(WORKOUTS, around, oldest_first=True))
    return overlaps.warnings(held, seen.now, {row.id for row in rows})


def _where(
    mirror: Mirror,
    resource: Resource,
    start: str | None,
    end: str | None,
    cursor: str | None,
    sport: str | None,
) -> tuple[Span, tuple[str, str] | None, str | None]:
    """Read the span and the sport asked for, and the record after which a cursor goes on."""
    kinds = {"page": _CURSOR, **(_OF_SPORT if resource is WORKOUTS else {})}
    if sport is not None:
        if resource is not WORKOUTS:
            raise ValidationError("`sport` is for workouts alone.", hint="Leave it out.")
        sport = sports.spelled(sport)
        if not sport:
            raise ValidationError(
                "`sport` names no sport.", hint="Leave it out for all, or name one: running."
            )
    if cursor is None:
        return times.parse(start, end, mirror.cache.clock()), None, sport
    content = paging.read("cursor", cursor, kinds)
    span = Span(times.bound("cursor", content["start"]), times.bound("cursor", content["end"]))
    for name, given, carried in (("start", start, span.start), ("end", end, span.end)):
        if given is not None and times.bound(name, given) != carried:
            raise ValidationError(
                f"`{name}` is not the one of the page that `cursor` goes on from.",
                hint="Leave start and end out beside a cursor: it carries them.",
            )
    its_sport = content["sport"] if content["kind"] == "sport" else None
    if sport is not None and sport != its_sport:
        raise ValidationError(
            "`sport` is not the one of the page that `cursor` goes on from.",
            hint="Leave sport out beside a cursor: it carries it. For another, leave cursor out.",
        )
    after = content["after"]
    if content["resource"] != resource.name or len(after) != 2:
        raise ValidationError(
            "`cursor` comes from another tool.", hint="Pass it to the list it came from."
        )
    return span, (after[0], after[1]), its_sport
