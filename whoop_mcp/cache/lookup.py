"""Look up what is held of records that have just come, before they are stored."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress

from ..whoop import fields
from ..whoop.fields import Malformed, Raw
from ..whoop.resources import Resource
from .database import Connection
from .rows import as_json


def starts(connection: Connection, resource: Resource, keys: Sequence[str]) -> dict[str, str]:
    """Get the starts of those of some records that are held, by id."""
    return dict(
        connection.execute(
            "SELECT r.id, r.start FROM json_each(?) CROSS JOIN records r ON r.id = value "
            "WHERE r.resource = ? AND r.raw IS NOT NULL AND r.source = 'api'",
            (as_json(keys), resource.name),
        ).fetchall()
    )


def touched(
    connection: Connection, resource: Resource, came: Mapping[str, Sequence[Raw]]
) -> tuple[dict[str, str], bool]:
    """Get the instants of WHOOP's last change of those of some records, by id, that are held
    otherwise than the first of their id has come; an empty text where they do not say so. Tells
    also whether any is held."""
    rows = connection.execute(
        "SELECT r.id, r.raw FROM json_each(?) CROSS JOIN records r ON r.id = value "
        "WHERE r.resource = ? AND r.raw IS NOT NULL AND r.source = 'api'",
        (as_json([*came]), resource.name),
    ).fetchall()
    touched = {}
    for key, raw in rows:
        if raw == as_json(came[key][0]):
            continue
        with suppress(Malformed):
            touched[key] = fields.touched_at(json.loads(raw), None) or ""
    return touched, bool(rows)
