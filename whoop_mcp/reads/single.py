"""Answer a single record from the cache, and ask WHOOP first where it may have changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..cache.dates import choose_main
from ..cache.snapshot import Snapshot
from ..call import Call
from ..errors import AuthFailed, NotFound, RateLimited, UpstreamError, WhoopError
from ..sync.fetch import Reader
from ..sync.mirror import Mirror
from ..times import Span
from ..whoop import fields
from ..whoop.records import Sleep, flat
from ..whoop.resources import CURRENT, CYCLES, RECOVERIES, SLEEPS, Resource

_UNREACHED = (UpstreamError, RateLimited, AuthFailed)
"""Why WHOOP cannot be asked: what is held is then answered as it is, unless it should be fresh."""


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
    counts = reader.tally.counts[resource.name]
    if counts["purged"] or (counts["deleted"] and counts["records_fetched"]):  # or moved there
        raise NotFound(
            f"This {resource.one} was purged: it is from before what is kept.",
            hint="A purge or WHOOP_RETENTION_DAYS has set how far back records are kept. Without "
            "that setting, emptying the cache (`whoop-mcp purge --all`) and a new sync lift it.",
            endpoint=resource.item,
        )
    if not resource.is_collection:
        raise NotFound(
            f"WHOOP has no {resource.one} of you.",
            hint="Enter it in WHOOP's app, then ask again.",
            endpoint=resource.item,
        )
    raise NotFound(
        f"There is no such {resource.one}, or it is gone.",
        hint=f"List the {resource.name} to find what there is.",
        endpoint=resource.item,
    )
