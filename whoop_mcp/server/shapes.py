"""Describe in JSON Schema what several answers have in common: records, statistics, windows.

The small functions make a schema's parts; `SHARED` holds what schemas refer to by name.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

from ..whoop.records import parts
from ..whoop.resources import Resource

Schema = dict[str, Any]
Shape = Mapping[str, Schema]
"""The schemas of an object's fields by name; one whose name ends in `?` may be left out."""

_TYPES = {"int": "integer", "float": "number", "bool": "boolean", "str": "string", "None": "null"}


def type_of(*names: str) -> Schema:
    """Describe what is of one of these types. A list of types is not understood by all clients."""
    found: list[Schema] = [{"type": name} for name in names]
    return found[0] if len(found) == 1 else {"anyOf": found}


def or_null(one: Schema) -> Schema:
    """Describe what is of this schema, or null."""
    return {"anyOf": [one, {"type": "null"}]}


TEXT, WHOLE, NUMBER, FLAG = map(type_of, ("string", "integer", "number", "boolean"))
OBJECT = type_of("object")
TEXT_OR_NULL, NUMBER_OR_NULL = or_null(TEXT), or_null(NUMBER)


def one_of(*words: str) -> Schema:
    """Describe one of these words."""
    return {"enum": list(words)}


def list_of(items: Schema) -> Schema:
    """Describe a list of what is of this schema."""
    return {"type": "array", "items": items}


def named(values: Schema) -> Schema:
    """Describe an object whose fields have names that are not known before."""
    return {"type": "object", "additionalProperties": values}


def object_of(shape: Shape) -> Schema:
    """Describe an object of these fields. Others may come beside."""
    return {"type": "object", **_fields(shape)}


def _fields(shape: Shape) -> Schema:
    return {
        "properties": {name.rstrip("?"): one for name, one in shape.items()},
        "required": [name for name in shape if not name.endswith("?")],
    }


def shared(name: str) -> Schema:
    """Refer to one of the schemas of `SHARED`."""
    return {"$ref": f"#/$defs/{name}"}


TEXTS = list_of(TEXT)


def _of(annotation: object) -> Schema:
    """Describe what a dataclass says of a field, such as `float | None`."""
    return type_of(*(_TYPES[one] for one in str(annotation).split(" | ")))


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
            inner = {"required": list(nested[field.name]), **named(NUMBER_OR_NULL)}
            described[field.name] = or_null(inner)
        elif (found := _of(field.type)) == TEXT_OR_NULL:
            texts.append(field.name)
        elif found not in (NUMBER_OR_NULL, or_null(WHOLE)):
            described[field.name] = found
    return {
        "type": "object",
        "properties": described,
        "patternProperties": {f"^({'|'.join(texts)})$": TEXT_OR_NULL},
        "additionalProperties": NUMBER_OR_NULL,
        "required": required,
    }


_WINDOW = object_of({"start": TEXT, "end": TEXT})
WINDOWS = list_of(shared("window"))
STANDING: Shape = {"complete": FLAG, "missing?": WINDOWS, "as_of": TEXT_OR_NULL}
"""What an answer says of how well its window is known."""

STATISTIC: Shape = {
    "id": TEXT,
    "value?": NUMBER_OR_NULL,
    "unit?": TEXT,
    "method?": TEXT,
    "source?": TEXT,
    "n?": WHOLE,
    "n_excluded?": named(WHOLE),
    "window?": shared("window"),
    "ci?": list_of(NUMBER),
    "reason?": TEXT,
    "q?": NUMBER,
    "verdict?": TEXT,
    "evidence": list_of(OBJECT),
    "shortened?": FLAG,
}
"""What a statistic says; one that is shortened lacks most of it."""

_WHOLE_STATISTIC = ("value", "unit", "method", "source", "n", "n_excluded", "window")

SHARED: Mapping[str, Schema] = {
    "text_or_null": TEXT_OR_NULL,
    "number_or_null": NUMBER_OR_NULL,
    "window": _WINDOW,
    "record": {**OBJECT, "required": ["start", "end", "score_state"]},
    "statistic": {
        **object_of(STATISTIC),
        "anyOf": [{"required": list(_WHOLE_STATISTIC)}, {"required": ["shortened"]}],
    },
    "statistics": list_of(shared("statistic")),
    "line": object_of(
        {
            "status": one_of("success", "partial", "error"),
            "error?": OBJECT,
        }
    ),
    "check": object_of(
        {
            "status": one_of("ok", "warn", "fail", "skipped"),
            "detail": TEXT,
            "latency_ms?": NUMBER,
        }
    ),
}
"""What a schema refers to, by name. A schema holds of it what it needs."""
