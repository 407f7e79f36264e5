"""What a person may be about to type for an argument of a URI or a prompt."""

from __future__ import annotations

from .. import times
from . import prompts

_DAYS_BACK = (0, 1, 6, 13, 29, 89, 364)


def suggest(argument: str, typed: str, today: str) -> list[str]:
    """The usual values of an argument that go on from what is typed, the likeliest first."""
    return [value for value in _usual(argument, today) if value.startswith(typed)]


def _usual(argument: str, today: str) -> list[str]:
    if argument in ("start", "end", "since", "until"):
        midnight = times.midnight(today)
        return [times.plus(midnight, days=-back)[:10] for back in _DAYS_BACK]
    if argument == prompts.FOCUS.name:
        return list(prompts.FOCUS.kind.schema["enum"])
    return {"period": ["7", "14", "28", "90"], "limit": ["10", "50", "200"]}.get(argument, [])
