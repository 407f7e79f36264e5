"""Cut long answers into pages, and write the opaque cursors with which they go on."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from ..errors import ValidationError


def write(**content: Any) -> str:
    """Make a cursor that remembers these JSON values, in URL-safe base64."""
    text = json.dumps(content, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


Shape = Mapping[str, type]


def read(name: str, cursor: str, kinds: Mapping[str, Shape]) -> dict[str, Any]:
    """Read what a cursor remembers; `kinds` tells which fields of which type each kind of it has.

    ValidationError when it is none of them. Lists in a cursor hold texts only.
    """
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
        content = json.loads(text)
        if (
            isinstance(content, dict)
            and _has(content, kinds[content["kind"]])
            and _storable(content)
        ):
            return content
    except (binascii.Error, ValueError, KeyError, TypeError, RecursionError):
        pass  # said below, as for every other string that is no cursor
    raise ValidationError(
        f"`{name}` is not a cursor that this tool gave.",
        hint="Pass a next_cursor or resume_cursor exactly as it came, or begin again "
        + ("without one." if name == "cursor" else "with an instant such as 2026-04-20T00:00:00Z."),
    )


def _has(content: dict[str, Any], shape: Shape) -> bool:
    lists = [value for value in content.values() if isinstance(value, list)]
    return all(type(content.get(field)) is kind for field, kind in shape.items()) and all(
        isinstance(item, str) for one in lists for item in one
    )


def _storable(content: dict[str, Any]) -> bool:
    """Tell whether SQLite takes what a forged cursor may hold: half a surrogate pair, say."""
    json.dumps(content, ensure_ascii=False).encode()
    return all(abs(value) < 2**63 for value in content.values() if isinstance(value, int))


# ── how much of a long answer fits ──

Item = TypeVar("Item")


def fill(
    items: Iterable[Item], size: Callable[[Item], int], *, room: float, limit: float
) -> tuple[list[Item], bool]:
    """Take the first items whose sizes (characters) fit into the room, at most `limit` of them, and
    whether more follow."""
    taken: list[Item] = []
    for item in items:
        room -= size(item) + 2  # the comma and, however it is spelled, a space
        if len(taken) >= limit or (taken and room < 0):
            return taken, True
        taken.append(item)
    return taken, False
