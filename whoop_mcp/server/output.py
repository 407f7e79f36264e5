"""Say in JSON Schema what each tool answers.

Every schema holds its own `$defs`, describes an object, and is true of the error envelope as well:
either all that an answer has is there, or `error`. Fields that are not named may come beside.
"""

from __future__ import annotations

import dataclasses
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

Schema = dict[str, Any]
Shape = Mapping[str, Schema]
"""The schemas of an object's fields by name; one whose name ends in `?` may be left out."""

_TYPES = {"int": "integer", "float": "number", "bool": "boolean", "str": "string", "None": "null"}


def _type(*names: str) -> Schema:
    """Describe what is of one of these types. A list of types is not understood by all clients."""
    found: list[Schema] = [{"type": name} for name in names]
    return found[0] if len(found) == 1 else {"anyOf": found}


def _or_null(one: Schema) -> Schema:
    return {"anyOf": [one, {"type": "null"}]}


TEXT, WHOLE, NUMBER, FLAG = map(_type, ("string", "integer", "number", "boolean"))
OBJECT = _type("object")
TEXT_OR_NULL, NUMBER_OR_NULL = _or_null(TEXT), _or_null(NUMBER)


def _one_of(*words: str) -> Schema:
    return {"enum": list(words)}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _named(values: Schema) -> Schema:
    """Describe an object whose fields have names that are not known before."""
    return {"type": "object", "additionalProperties": values}


def _object(shape: Shape) -> Schema:
    return {"type": "object", **_fields(shape)}


def _fields(shape: Shape) -> Schema:
    return {
        "properties": {name.rstrip("?"): one for name, one in shape.items()},
        "required": [name for name in shape if not name.endswith("?")],
    }


def _shared(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


TEXTS = _list(TEXT)

# ── what answers share ──


def _of(annotation: object) -> Schema:
    """Describe what a dataclass says of a field, such as `float | None`."""
    return _type(*(_TYPES[one] for one in str(annotation).split(" | ")))


def record_of(resource: Resource, **more: Schema) -> Schema:
    """Describe a flat record by its dataclass, with what a tool adds to it.

    To be short, names that may be text or null are one pattern, and all that is not described, as
    measurements are, is a number or null. All are there but those that come seldom.
    """
    record = resource.record
    nested, seldom = parts(record), getattr(record, "seldom", ())
    described: dict[str, Schema] = dict(more)
    texts, required = [], []
    for field in dataclasses.fields(record):
        if field.name not in seldom:
            required.append(field.name)
        if field.name in nested:
            inner = {"required": list(nested[field.name]), **_named(NUMBER_OR_NULL)}
            described[field.name] = _or_null(inner)
        elif (found := _of(field.type)) == TEXT_OR_NULL:
            texts.append(field.name)
        elif found not in (NUMBER_OR_NULL, _or_null(WHOLE)):
            described[field.name] = found
    return {
        "type": "object",
        "properties": described,
        "patternProperties": {f"^({'|'.join(texts)})$": TEXT_OR_NULL},
        "additionalProperties": NUMBER_OR_NULL,
        "required": required,
    }


_WINDOW = _object({"start": TEXT, "end": TEXT})
_WINDOWS = _list(_shared("window"))
_STANDING: Shape = {"complete": FLAG, "missing?": _WINDOWS, "as_of": TEXT_OR_NULL}

_STATISTIC: Shape = {
    "id": TEXT,
    "value?": NUMBER_OR_NULL,
    "unit?": TEXT,
    "method?": TEXT,
    "source?": TEXT,
    "n?": WHOLE,
    "n_excluded?": _named(WHOLE),
    "window?": _shared("window"),
    "ci?": _list(NUMBER),
    "reason?": TEXT,
    "q?": NUMBER,
    "verdict?": TEXT,
    "evidence": _list(OBJECT),
    "shortened?": FLAG,
}
_WHOLE_STATISTIC = ("value", "unit", "method", "source", "n", "n_excluded", "window")
_COMPARED: Shape = {  # in short: a statistic is described whole where insights answer them
    "value": NUMBER_OR_NULL,
    **{name: _STATISTIC[name] for name in ("id", "unit?", "ci?", "q?", "verdict?", "reason?")},
    "n": WHOLE,
}
SECTIONS = ("baselines", "trends", "load", "sleep", "anomalies", "correlations", "weekdays")
"""The sections of insights, and `behaviours`. Their module takes longer to import than a list of
tools may wait for."""

_OFTEN = 3  # times that what is said often is said before it is said once for all

SHARED: Mapping[str, Schema] = {
    "text_or_null": TEXT_OR_NULL,
    "number_or_null": NUMBER_OR_NULL,
    "window": _WINDOW,
    "record": {**OBJECT, "required": ["start", "end", "score_state"]},
    "statistic": {
        **_object(_STATISTIC),
        "anyOf": [{"required": list(_WHOLE_STATISTIC)}, {"required": ["shortened"]}],
    },
    "statistics": _list(_shared("statistic")),
    "line": _object(
        {
            "status": _one_of("success", "partial", "error"),
            "error?": OBJECT,
        }
    ),
    "check": _object(
        {
            "status": _one_of("ok", "warn", "fail", "skipped"),
            "detail": TEXT,
            "latency_ms?": NUMBER,
        }
    ),
}
"""What a schema refers to, by name. A schema holds of it what it needs."""

# ── what each tool answers ──


def _page(resource: Resource) -> Shape:
    # In short: the tool that answers one record says all that is required, and what is within.
    nested = dict.fromkeys(parts(resource.record), _or_null(OBJECT))
    record = record_of(resource)
    short = {**record["properties"], **nested}
    required = [resource.id_field, "start", "end", "score_state"]
    return {
        "records": _list({**record, "properties": short, "required": required}),
        "count": WHOLE,
        "total": WHOLE,
        "window": _shared("window"),
        "next_cursor": TEXT_OR_NULL,
        **_STANDING,
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
        "status": _one_of("valid", "expired", "no_tokens", "reauth_required"),
        "expires_at": TEXT_OR_NULL,
        "scopes": _or_null(TEXTS),
        "has_refresh_token": FLAG,
        "hint?": TEXT,
    },
    "list_whoop_cycles": _page(CYCLES),
    "list_whoop_recoveries": _page(RECOVERIES),
    "list_whoop_sleeps": _page(SLEEPS),
    "list_whoop_workouts": _page(WORKOUTS),
    "get_whoop_daily_summary": {
        "date": TEXT,
        "day": _one_of("local", "utc"),
        **dict.fromkeys(("cycle", "recovery", "sleep"), _or_null(_shared("record"))),
        **dict.fromkeys(("other_sleeps", "naps", "workouts"), _list(_shared("record"))),
        "other_cycles": _list(WHOLE),
        "score_states": _named(TEXT_OR_NULL),
        "why_missing?": _named(OBJECT),
        **_STANDING,
        "warnings?": TEXTS,
    },
    "sync_whoop": {
        "status": _one_of("success", "partial", "error"),
        "started_at": TEXT,
        "completed_at": TEXT,
        "resources": _named(_shared("line")),
        "warnings?": TEXTS,
        "remaining?": _named(_WINDOWS),
    },
    "get_whoop_events": {
        "status": _one_of("success"),
        "count": WHOLE,
        "since": TEXT,
        "until": TEXT,
        "events": _list(
            _object(
                {
                    "resource": _one_of(*RESOURCES),
                    "id": _type("string", "integer"),
                    "updated_at": TEXT_OR_NULL,
                    "change": _one_of("created", "scored", "updated", "deleted"),
                    "diff?": _named({"type": "array"}),
                    "record": _type("object", "null"),
                }
            )
        ),
        "next_cursor": TEXT_OR_NULL,
        "resume_cursor": TEXT,
    },
    "export_whoop": {
        "status": _one_of("success"),
        "format": _one_of(*FORMATS),
        "files": _list(
            _object({"kind": TEXT, "path": TEXT, "records": WHOLE, "bytes": WHOLE, **_STANDING})
        ),
    },
    "health_check": {
        "status": _one_of("healthy", "degraded", "unhealthy"),
        "checks": _named(_shared("check")),
        "server_version": TEXT,
        "timestamp": TEXT,
    },
    "get_whoop_insights": {
        "period": _object({"start": TEXT, "end": TEXT, "days": WHOLE, "previous": OBJECT}),
        "coverage": OBJECT,
        **dict.fromkeys((*SECTIONS, "behaviours"), _shared("statistics")),
        "summary": TEXTS,
    },
    "query_whoop": {
        "columns": TEXTS,
        "rows": _list(_list(_type("string", "number", "null"))),
        "row_count": WHOLE,
        "truncated": FLAG,
    },
    "create_whoop_report": {
        "status": _one_of("success"),
        "path": TEXT,
        "bytes": WHOLE,
        "summary": TEXTS,
    },
    "whoop_dashboard": {"window": OBJECT, "html": TEXT},
    "import_whoop_export": {
        "status": _one_of("success"),
        "kinds": _named(_named(WHOLE)),
        "span": _named(TEXT_OR_NULL),
        "as_of": TEXT,
        "agreement?": _named(WHOLE),
        "cannot_tell": TEXT,
        "warnings?": TEXTS,
    },
    "get_whoop_journal": {
        "entries": _list(_object(_ENTRY)),
        "count": WHOLE,
        "behaviours": TEXTS,
        "window": _shared("window"),
        "as_of": TEXT_OR_NULL,
        "warnings?": TEXTS,
    },
    "log_whoop_journal": {
        "status": _one_of("success"),
        **dict.fromkeys(("new", "changed", "unchanged", "removed"), WHOLE),
        "entries": _list(_object({"date": TEXT, "behaviour": TEXT, "answer": FLAG})),
    },
    "compare_whoop_periods": {
        "window": _named(OBJECT),
        "coverage": _named(OBJECT),
        "metrics": _list(_object(_COMPARED)),
        "summary": TEXTS,
    },
    "whoop_experiment": {
        "action": _one_of(*ACTIONS),
        "today": TEXT,
        "clock": TEXT,
        "summary": TEXTS,
        "experiment?": WHOLE,
        "state?": TEXT,
        "plan?": OBJECT,
        "result?": _type("object", "null"),
        "reason?": TEXT,
        "days?": _list(OBJECT),
        "experiments?": _list(OBJECT),
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
        one = _object(SHAPES[tool])
    else:
        return None
    described = {
        **one,
        "anyOf": [{"required": one["required"]}, {"required": ["error"]}],
    }
    del described["required"]
    for name, one in (("text_or_null", TEXT_OR_NULL), ("number_or_null", NUMBER_OR_NULL)):
        if json.dumps(described).count(json.dumps(one)) >= _OFTEN:
            described = _with(described, one, _shared(name))
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
