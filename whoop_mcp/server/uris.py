"""Offer the cache under URIs.

All are cache only: reading one never asks WHOOP.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote

from .. import times
from ..call import Call
from ..errors import ValidationError
from ..whoop.resources import BODY, COLLECTIONS, PROFILE, Resource
from .acts import Act, page, snapshot
from .arguments import Arguments, Parameter, read, shown
from .kinds import SINCE, TIME, UNTIL, whole
from .replies import Answer
from .today import wearers_today

if TYPE_CHECKING:
    from ..app import App
    from ..reads.watch import Changes

Touched = Callable[[Arguments, "Changes"], bool]

PREFIX = "whoop://db/"
_EVENTS_AT_MOST = 500


@dataclass(frozen=True)
class Uri:
    """Describe one URI, or with parameters the template of many."""

    path: str  # with {name} for each parameter
    title: str
    description: str
    act: Act
    touched: Touched  # whether changes show under it
    parameters: tuple[Parameter, ...] = ()

    @property
    def uri(self) -> str:
        """Spell the URI or URI template."""
        return PREFIX + self.path

    @property
    def name(self) -> str:
        """Name it in one word."""
        return self.path.replace("/{", "_by_", 1).replace("/{", "_").replace("}", "")

    def match(self, parts: list[str]) -> dict[str, str] | None:
        """Take the parameters' texts out of a path's parts; None when it is another one's."""
        own = self.path.split("/")
        if len(own) != len(parts) or own[0] != parts[0]:
            return None
        return {name[1:-1]: part for name, part in zip(own[1:], parts[1:], strict=True)}


def answer(app: App, uri: str, call: Call) -> Answer:
    """Answer what the cache holds under a URI. ValidationError for one that there is not."""
    one, wanted = find(app, uri)
    return one.act(app, wanted, call)


def find(app: App, uri: str) -> tuple[Uri, Arguments]:
    """Find what a URI stands for, and its checked arguments. ValidationError where it is none."""
    parts = [unquote(part) for part in uri.removeprefix(PREFIX).split("/")]
    for one in URIS if uri.startswith(PREFIX) else ():
        given = one.match(parts)
        if given is not None:
            return one, read(one.parameters, given, lambda: wearers_today(app))
    raise ValidationError(
        f"There is no resource {shown(uri)}.",
        hint=f"For example: {PREFIX}sleeps/2026-04-13/2026-04-20.",
    )


def _sync_runs(app: App, given: Arguments, call: Call) -> Answer:
    from ..reads.paging import fill

    with app.cache.reading() as seen:
        runs = seen.sync_runs(given["limit"])
        if not runs:
            seen.require_content()
    room = app.settings.max_response_chars or math.inf
    fitting, more = fill(runs, lambda one: len(json.dumps(one)), room=room - 60, limit=math.inf)
    answer = {"sync_runs": fitting, "count": len(fitting)}
    return {**answer, "truncated": True} if more else answer


def _events(app: App, given: Arguments, call: Call) -> Answer:
    from ..reads import events

    budget = app.settings.max_response_chars
    return events.events(app.cache, **given, limit=_EVENTS_AT_MOST, budget=budget, as_json=True)


# ── whether a change shows ──


def _page_touched(resource: Resource) -> Touched:
    def touched(given: Arguments, found: Changes) -> bool:
        window = times.parse(given["start"], given["end"], times.now()).window()
        if found.pages is not None and times.common(window, found.pages):
            return True
        return any(one.resource == resource.name and one.touches(window) for one in found.records)

    return touched


def _snapshot_touched(resource: Resource) -> Touched:
    return lambda given, found: any(one.resource == resource.name for one in found.records)


def _syncs_touched(given: Arguments, found: Changes) -> bool:
    return found.syncs


def _events_touched(given: Arguments, found: Changes) -> bool:
    """Tell whether events have come; what is stamped from `until` on is none of them."""
    until = given.get("until")
    latest = times.LATEST if until is None else times.Span(until, until).window().end
    return any(one.updated_at < latest for one in found.records)


# ── what there is ──

_START = Parameter("start", TIME, required=True)
_END = Parameter("end", UNTIL, required=True)
_SINCE = Parameter("since", SINCE, required=True)
_UNTIL = Parameter("until", UNTIL, required=True)
_LIMIT = Parameter("limit", whole(1, 1000, example=20), required=True)

_PAGE = (
    "The cached {} whose own time overlaps the window from start (inclusive) to end (exclusive), "
    "each a date or an instant. What does not fit goes on through list_whoop_{} with next_cursor."
)

URIS = (
    *(
        Uri(
            f"{resource.name}/{{start}}/{{end}}",
            f"Cached {resource.name}",
            _PAGE.format(resource.name, resource.name),
            page(resource, cached_only=True),
            _page_touched(resource),
            (_START, _END),
        )
        for resource in COLLECTIONS
    ),
    Uri(
        "profile",
        "Cached profile",
        "Name and e-mail, as last seen.",
        snapshot(PROFILE, cached_only=True),
        _snapshot_touched(PROFILE),
    ),
    Uri(
        "body_measurement",
        "Cached body measurement",
        "Height, weight and maximum heart rate, as last seen.",
        snapshot(BODY, cached_only=True),
        _snapshot_touched(BODY),
    ),
    Uri(
        "sync_runs/{limit}",
        "Sync runs",
        "The latest syncs, newest first: what each fetched and how it ended.",
        _sync_runs,
        _syncs_touched,
        (_LIMIT,),
    ),
    Uri(
        "events/{since}",
        "Changes since",
        "What changed since an instant, a date or a cursor; next_cursor goes on in its place.",
        _events,
        _events_touched,
        (_SINCE,),
    ),
    Uri(
        "events/{since}/{until}",
        "Changes between",
        "What changed between two instants or dates, both exclusive; next_cursor goes on as since.",
        _events,
        _events_touched,
        (_SINCE, _UNTIL),
    ),
)
