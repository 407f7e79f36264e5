"""Say in JSON Schema what each tool answers.

Every schema holds its own `$defs`, describes an object, and is true of the error envelope as well:
either all that an answer has is there, or `error`. Fields that are not named may come beside.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from typing import Any

from ..choices import FORMATS
from ..trials.choices import ACTIONS
from ..whoop.records import parts
from ..whoop.resources import (
    BODY,
    CYCLES,
    PROFILE,
    RECOVERIES,
    RESOURCES,
    SLEEPS,
    WORKOUTS,
    Resource,
)
from .shapes import (
    FLAG,
    NUMBER_OR_NULL,
    OBJECT,
    SHARED,
    STANDING,
    STATISTIC,
    TEXT,
    TEXT_OR_NULL,
    TEXTS,
    WHOLE,
    WINDOWS,
    Schema,
    Shape,
    list_of,
    named,
    object_of,
    one_of,
    or_null,
    record_of,
    shared,
    type_of,
)

_OFTEN = 3  # times that what is said often is said before it is said once for all

SECTIONS = ("baselines", "trends", "load", "sleep", "anomalies", "correlations", "weekdays")
"""The sections of insights, and `behaviours`. Their module takes longer to import than a list of
tools may wait for."""

_COMPARED: Shape = {  # in short: a statistic is described whole where insights answer them
    "value": NUMBER_OR_NULL,
    **{name: STATISTIC[name] for name in ("id", "unit?", "ci?", "q?", "verdict?", "reason?")},
    "n": WHOLE,
}


def _page(resource: Resource) -> Shape:
    # In short: the tool that answers one record says all that is required, and what is within.
    nested = dict.fromkeys(parts(resource.record), or_null(OBJECT))
    record = record_of(resource)
    short = {**record["properties"], **nested}
    required = [resource.id_field, "start", "end", "score_state"]
    return {
        "records": list_of({**record, "properties": short, "required": required}),
        "count": WHOLE,
        "total": WHOLE,
        "window": shared("window"),
        "next_cursor": TEXT_OR_NULL,
        **STANDING,
        "warnings?": TEXTS,
    }


_ENTRY: Shape = {  # as `reads.journal.Line`, which the list of tools does not wait for
    "date": TEXT,
    "behaviour": TEXT,
    "question": TEXT,
    "answer": FLAG,
    "amount?": NUMBER_OR_NULL,
    "unit?": TEXT_OR_NULL,
    "source": TEXT,
}

SHAPES: Mapping[str, Shape] = {
    "get_whoop_auth_status": {
        "status": one_of("valid", "expired", "no_tokens", "reauth_required"),
        "expires_at": TEXT_OR_NULL,
        "scopes": or_null(TEXTS),
        "has_refresh_token": FLAG,
        "hint?": TEXT,
    },
    "list_whoop_cycles": _page(CYCLES),
    "list_whoop_recoveries": _page(RECOVERIES),
    "list_whoop_sleeps": _page(SLEEPS),
    "list_whoop_workouts": _page(WORKOUTS),
    "get_whoop_daily_summary": {
        "date": TEXT,
        "day": one_of("local", "utc"),
        **dict.fromkeys(("cycle", "recovery", "sleep"), or_null(shared("record"))),
        **dict.fromkeys(("other_sleeps", "naps", "workouts"), list_of(shared("record"))),
        "other_cycles": list_of(WHOLE),
        "score_states": named(TEXT_OR_NULL),
        "why_missing?": named(OBJECT),
        **STANDING,
        "warnings?": TEXTS,
    },
    "sync_whoop": {
        "status": one_of("success", "partial", "error"),
        "started_at": TEXT,
        "completed_at": TEXT,
        "resources": named(shared("line")),
        "warnings?": TEXTS,
        "remaining?": named(WINDOWS),
    },
    "get_whoop_events": {
        "status": one_of("success"),
        "count": WHOLE,
        "since": TEXT,
        "until": TEXT,
        "events": list_of(
            object_of(
                {
                    "resource": one_of(*RESOURCES),
                    "id": type_of("string", "integer"),
                    "updated_at": TEXT_OR_NULL,
                    "change": one_of("created", "scored", "updated", "deleted"),
                    "diff?": named({"type": "array"}),
                    "record": type_of("object", "null"),
                }
            )
        ),
        "next_cursor": TEXT_OR_NULL,
        "resume_cursor": TEXT,
    },
    "export_whoop": {
        "status": one_of("success"),
        "format": one_of(*FORMATS),
        "files": list_of(
            object_of({"kind": TEXT, "path": TEXT, "records": WHOLE, "bytes": WHOLE, **STANDING})
        ),
    },
    "health_check": {
        "status": one_of("healthy", "degraded", "unhealthy"),
        "checks": named(shared("check")),
        "server_version": TEXT,
        "timestamp": TEXT,
    },
    "get_whoop_insights": {
        "period": object_of({"start": TEXT, "end": TEXT, "days": WHOLE, "previous": OBJECT}),
        "coverage": OBJECT,
        **dict.fromkeys((*SECTIONS, "behaviours"), shared("statistics")),
        "summary": TEXTS,
    },
    "query_whoop": {
        "columns": TEXTS,
        "rows": list_of(list_of(type_of("string", "number", "null"))),
        "row_count": WHOLE,
        "truncated": FLAG,
    },
    "create_whoop_report": {
        "status": one_of("success"),
        "path": TEXT,
        "bytes": WHOLE,
        "summary": TEXTS,
    },
    "whoop_dashboard": {"window": OBJECT, "html": TEXT},
    "import_whoop_export": {
        "status": one_of("success"),
        "kinds": named(named(WHOLE)),
        "span": named(TEXT_OR_NULL),
        "as_of": TEXT,
        "agreement?": named(WHOLE),
        "cannot_tell": TEXT,
        "warnings?": TEXTS,
    },
    "get_whoop_journal": {
        "entries": list_of(object_of(_ENTRY)),
        "count": WHOLE,
        "behaviours": TEXTS,
        "window": shared("window"),
        "as_of": TEXT_OR_NULL,
        "warnings?": TEXTS,
    },
    "log_whoop_journal": {
        "status": one_of("success"),
        **dict.fromkeys(("new", "changed", "unchanged", "removed"), WHOLE),
        "entries": list_of(object_of({"date": TEXT, "behaviour": TEXT, "answer": FLAG})),
    },
    "compare_whoop_periods": {
        "window": named(OBJECT),
        "coverage": named(OBJECT),
        "metrics": list_of(object_of(_COMPARED)),
        "summary": TEXTS,
    },
    "whoop_experiment": {
        "action": one_of(*ACTIONS),
        "today": TEXT,
        "clock": TEXT,
        "summary": TEXTS,
        "experiment?": WHOLE,
        "state?": TEXT,
        "plan?": OBJECT,
        "result?": type_of("object", "null"),
        "reason?": TEXT,
        "days?": list_of(OBJECT),
        "experiments?": list_of(OBJECT),
        "method?": TEXT,
        "source?": TEXT,
    },
}

RECORDS: Mapping[str, Schema] = {
    "get_whoop_profile": record_of(PROFILE),
    "get_whoop_body_measurement": record_of(BODY),
    "get_whoop_cycle": record_of(CYCLES),
    "get_whoop_cycle_sleep": record_of(SLEEPS),
    "get_whoop_cycle_recovery": record_of(RECOVERIES),
    "get_whoop_sleep": record_of(SLEEPS),
    "get_whoop_workout": record_of(WORKOUTS, context=OBJECT),
}
"""The tools that answer one flat record."""


@functools.cache
def schema(tool: str) -> Schema | None:
    """Make the JSON Schema of what a tool answers, its error envelope included; None for a tool
    that is not in the tables."""
    if tool in RECORDS:
        one = {**RECORDS[tool], "properties": {**RECORDS[tool]["properties"], "error": OBJECT}}
    elif tool in SHAPES:
        one = object_of(SHAPES[tool])
    else:
        return None
    described = {
        **one,
        "anyOf": [{"required": one["required"]}, {"required": ["error"]}],
    }
    del described["required"]
    for name, one in (("text_or_null", TEXT_OR_NULL), ("number_or_null", NUMBER_OR_NULL)):
        if json.dumps(described).count(json.dumps(one)) >= _OFTEN:
            described = _with(described, one, shared(name))
    used = _used(described)
    return {**described, **({"$defs": {name: SHARED[name] for name in used}} if used else {})}


def _with(described: Any, one: Schema, other: Schema) -> Any:
    """Put one schema in another's place, wherever it is."""
    if described == one:
        return other
    if isinstance(described, list):
        return [_with(value, one, other) for value in described]
    if isinstance(described, dict):
        return {name: _with(value, one, other) for name, value in described.items()}
    return described


def _used(described: Schema) -> list[str]:
    """Name what a schema refers to, and what that refers to."""
    found: list[str] = []
    around = [described]
    while around:
        text = json.dumps(around.pop())
        for name in SHARED:
            if name not in found and f'"#/$defs/{name}"' in text:
                found.append(name)
                around.append(SHARED[name])
    return found
