"""Answer records from the cache, and ask WHOOP first for what may be missing or have changed."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from typing import Any

from .. import times
from ..cache.dates import choose_main
from ..cache.selection import Row
from ..cache.snapshot import Snapshot
from ..call import Call
from ..errors import AuthFailed, NotFound, RateLimited, UpstreamError, ValidationError, WhoopError
from ..jsontext import JsonText
from ..sync import freshness
from ..sync.fetch import Reader
from ..sync.freshness import Outcome
from ..sync.mirror import Mirror
from ..times import Span
from ..whoop import fields
from ..whoop.records import Sleep, flat
from ..whoop.resources import CURRENT, CYCLES, RECOVERIES, SLEEPS, WORKOUTS, Resource
from . import overlaps, paging, sports
from .paging import fill

_UNREACHED = (UpstreamError, RateLimited, AuthFailed)
"""Why WHOOP cannot be asked: what is held is then answered as it is, unless it should be fresh."""
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


def one(
    mirror: Mirror,
    resource: Resource,
    key: str | int,
    *,
    fresh: bool = False,
    call: Call | None = None,
) -> dict[str, Any]:
    """Answer one flat record, confirmed if it may still change. NotFound when WHOOP has none.

    Where WHOOP cannot be asked, a record that is held is answered as it is, unless `fresh`.
    """
    key, call = str(key).lower(), call or Call()
    with mirror.cache.held():
        with mirror.cache.reading() as seen:
            held = seen.get(resource, key)
            if held is not None and not fresh and _settled(seen, resource, key, held["start"]):
                return held
            if _is_exports(seen, resource, key):
                raise _unknown_to_whoop(resource, held=held is not None)
        reader = Reader(mirror, resource, call)
        try:
            reader.confirm([key])
            _confirm_parent(mirror, resource, key, call)
        except _UNREACHED as problem:
            return _as_it_is(mirror, problem, fresh, lambda seen: seen.get(resource, key))
        return _confirmed(mirror, key, reader, fresh)


def of_cycle(
    mirror: Mirror,
    resource: Resource,
    cycle_id: int,
    *,
    fresh: bool = False,
    call: Call | None = None,
) -> dict[str, Any]:
    """Answer a cycle's recovery, or its main sleep (never a nap). NotFound when it has none."""
    if resource.id_field == "cycle_id":
        return one(mirror, resource, cycle_id, fresh=fresh, call=call)
    call = call or Call()
    with mirror.cache.held():
        with mirror.cache.reading() as seen:
            cycle = seen.record(CYCLES, str(cycle_id))
            held = main_sleep(seen, cycle_id)
            if held and not fresh and _settled(seen, SLEEPS, held.id.lower(), held.start):
                return flat(held)
            if cycle_id < 0:
                raise _unknown_to_whoop(SLEEPS, held=held is not None)
            if held is None and cycle is not None and not fresh:
                span = Span(cycle.start, cycle.end or seen.now)
                if seen.standing(SLEEPS, span, aged=True).complete:
                    raise NotFound(
                        f"Cycle {cycle_id} has no sleep but naps, if any.",
                        hint="List the sleeps of those days to see what there is.",
                    )
        reader = Reader(mirror, SLEEPS, call)
        try:
            asked_at = mirror.cache.clock()
            raw = mirror.api.main_sleep(cycle_id, call)
        except _UNREACHED as problem:
            return _as_it_is(
                mirror,
                problem,
                fresh,
                lambda seen: flat(found) if (found := main_sleep(seen, cycle_id)) else None,
            )
        reader.keep(raw, asked_at)
        key = SLEEPS.key(raw) if fields.is_uuid(raw.get("id")) else ""
        return _confirmed(mirror, key, reader, fresh)


def main_sleep(seen: Snapshot, cycle_id: int) -> Sleep | None:
    """Find the sleep that the cycle's recovery names, else its longest that is not a nap."""
    recovery = seen.record(RECOVERIES, str(cycle_id))
    return choose_main(seen.of_cycles(SLEEPS, [cycle_id]), recovery.sleep_id if recovery else None)


def snapshot(
    mirror: Mirror,
    resource: Resource,
    *,
    fresh: bool = False,
    cached_only: bool = False,
    call: Call | None = None,
) -> dict[str, Any]:
    """Answer the profile or the body measurement, confirmed when it is older than `max_age`."""
    with mirror.cache.held():
        with mirror.cache.reading() as seen:
            if cached_only:
                seen.require_content()
            held = seen.current(resource)
            known = not fresh and seen.confirmed(resource, CURRENT)
        if held is not None and (cached_only or known):
            return held
        if cached_only:
            raise NotFound(
                f"The cache holds no {resource.one} yet.",
                hint=f"Call get_whoop_{resource.name} or sync_whoop.",
            )
        reader = Reader(mirror, resource, call or Call())
        try:
            reader.confirm_snapshot()
        except _UNREACHED as problem:
            return _as_it_is(mirror, problem, fresh, lambda seen: seen.current(resource))
        return _confirmed(mirror, CURRENT, reader, fresh)


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


def _settled(seen: Snapshot, resource: Resource, key: str, start: str) -> bool:
    """Tell whether a record cannot have changed, or was confirmed a moment ago."""
    if seen.confirmed(resource, key) or _is_exports(seen, resource, key):
        return True
    raw = seen.raw(resource, key)
    final = raw is not None and resource.is_final(raw)
    return final and start < seen.tail_start(resource)


def _is_exports(seen: Snapshot, resource: Resource, key: str) -> bool:
    """Tell whether an id is one that this program has made for a record of an export."""
    if resource.read_id is fields.cycle_id:
        return key.startswith("-")
    return seen.is_archived(resource, key)


def _unknown_to_whoop(resource: Resource, *, held: bool) -> NotFound:
    if held:
        return NotFound(
            f"This {resource.one} is from WHOOP's data export: the API does not know its id.",
            hint=f"Leave `fresh` out, or list the {resource.name} of its days with `fresh`.",
        )
    return NotFound(
        f"There is no such {resource.one} from an export, or WHOOP's API has replaced it.",
        hint=f"List the {resource.name} to find what there is.",
    )


def _as_it_is(
    mirror: Mirror,
    problem: WhoopError,
    fresh: bool,
    read: Callable[[Snapshot], dict[str, Any] | None],
) -> dict[str, Any]:
    """Answer what is held, where WHOOP cannot be asked; raise the problem where nothing will do."""
    with mirror.cache.reading() as seen:
        held = read(seen)
    if held is None or fresh:
        raise problem
    return held


def _confirm_parent(mirror: Mirror, resource: Resource, key: str, call: Call) -> None:
    """Fetch what a record takes its times from, where that is not held."""
    if not resource.times_from:
        return
    with mirror.cache.reading() as seen:
        raw = seen.raw(resource, key) or {}
        parents = [
            (one, str(raw[name]).lower()) for one, name in resource.times_from if raw.get(name)
        ]
        if parents and seen.get(*parents[0]) is not None:
            return
    for parent, parent_key in parents:
        if mirror.cache.get(parent, parent_key) is None:
            Reader(mirror, parent, call).confirm([parent_key])
        if mirror.cache.get(parent, parent_key) is not None:
            return


def _confirmed(mirror: Mirror, key: str, reader: Reader, fresh: bool) -> dict[str, Any]:
    """Answer a record that WHOOP was just asked for, or say why there is none."""
    resource = reader.resource
    with mirror.cache.reading() as seen:
        held = seen.get(resource, key)
    if held is not None and not (fresh and reader.tally.warnings):
        return held
    if reader.tally.warnings:
        raise UpstreamError(
            f"WHOOP's {resource.one} cannot be used. {reader.tally.warnings[0]}",
            hint="Try again later; if it stays so, please report it.",
            endpoint=resource.item,
        )
    if reader.tally.counts[resource.name]["purged"]:
        raise NotFound(
            f"This {resource.one} was purged: it is from before what is kept.",
            hint="A purge or WHOOP_RETENTION_DAYS has set how far back records are kept. Without "
            "that setting, emptying the cache (`whoop-mcp purge --all`) and a new sync lift it.",
            endpoint=resource.item,
        )
    raise NotFound(
        f"There is no such {resource.one}, or it is gone.",
        hint=f"List the {resource.name} to find what there is.",
        endpoint=resource.item,
    )
