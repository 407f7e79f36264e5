"""Hold every answer that the tests bring about against what its tool says that it answers."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator
from typing import Any

import jsonschema
from jsonschema.exceptions import best_match

from whoop_mcp import errors, jsontext
from whoop_mcp.archive import importing
from whoop_mcp.insights import answer, periods
from whoop_mcp.reads import days, events, exports, journal, records, single, sql
from whoop_mcp.report import document
from whoop_mcp.server import health, output, shapes
from whoop_mcp.sync import run
from whoop_mcp.trials import experiment
from whoop_mcp.whoop.resources import (
    COLLECTIONS,
    CYCLES,
    RECOVERIES,
    RESOURCES,
    SLEEPS,
    WORKOUTS,
    Resource,
)

CODES = {
    one.code
    for one in vars(errors).values()
    if isinstance(one, type) and issubclass(one, errors.WhoopError)
}
ENVELOPE = {
    "type": "object",
    "properties": {
        "code": {"enum": sorted(CODES)},
        "message": {"type": "string", "minLength": 1},
        "hint": {"type": "string"},
        "endpoint": {"type": "string"},
        "retry_after_seconds": {"type": "number"},
    },
    "required": ["code", "message"],
    "additionalProperties": False,
}

_DAY = {
    "cycle": CYCLES,
    "recovery": RECOVERIES,
    "sleep": SLEEPS,
    "naps": SLEEPS,
    "other_sleeps": SLEEPS,
    "workouts": WORKOUTS,
}
_LISTS = {f"list_whoop_{one.name}": one for one in COLLECTIONS}


def check(tool: str, found: dict[str, Any]) -> None:
    """Assert that an answer, or an error's envelope, is as the tool's output schema has it, and the
    records within as that of a tool which answers one."""
    schema = output.schema(tool)
    assert schema is not None, f"{tool} does not say what it answers"
    _is(tool, _validator(json.dumps(schema)), found)
    if "error" in found:
        _is(tool, _ENVELOPE, found["error"])
        return
    for resource, record in _records(tool, found):
        _is(tool, _of_record(resource.name), record)


def _records(tool: str, found: dict[str, Any]) -> Iterator[tuple[Resource, dict[str, Any]]]:
    if tool in _LISTS:
        yield from ((_LISTS[tool], one) for one in found["records"])
    if tool == "get_whoop_daily_summary":
        for name, resource in _DAY.items():
            part = found[name]
            yield from (
                (resource, one) for one in (part if isinstance(part, list) else [part]) if one
            )


def _is(tool: str, validator: Any, value: Any) -> None:
    problem = best_match(validator.iter_errors(value))
    if problem is not None:
        raise AssertionError(f"{tool}: {problem.json_path}: {problem.message[:500]}")


_GOOD: set[tuple[int, int]] = set()
"""Parts of answers that are as they should be: the schema's `id`, and the hash of the part's JSON.
Tests share athletes, so that most of an answer was in another one already."""


def _once(validator: Any, part: Any, schema: Any, place: str | int) -> Iterator[Any]:
    """The errors of a part of an answer, which is looked at once."""
    known = id(schema), hash(json.dumps(part))
    if known not in _GOOD:
        wrong = list(validator.descend(part, schema, path=place, schema_path=place))
        yield from wrong
        if not wrong:
            _GOOD.add(known)


def _properties(validator: Any, shapes: Any, value: Any, schema: Any) -> Iterator[Any]:
    for name, shape in shapes.items() if isinstance(value, dict) else ():
        if name in value:
            yield from _once(validator, value[name], shape, name)


def _items(validator: Any, shape: Any, value: Any, schema: Any) -> Iterator[Any]:
    for number, one in enumerate(value if isinstance(value, list) else ()):
        yield from _once(validator, one, shape, number)


_Validator = jsonschema.validators.extend(
    jsonschema.Draft202012Validator, {"properties": _properties, "items": _items}
)


@functools.cache
def _validator(schema: str) -> Any:
    """What holds an answer against a schema. It stays, as the ids of its schemas are kept."""
    return _Validator(json.loads(schema))


@functools.cache
def _of_record(name: str) -> Any:
    """What holds a record of a resource: there are thousands, and the schema is long to write."""
    return _Validator(shapes.record_of(RESOURCES[name]))


_ENVELOPE = jsonschema.Draft202012Validator(ENVELOPE)


# ── where answers are made ──

_PLACES: tuple[tuple[Any, str, Callable[..., str]], ...] = (
    (records, "page", lambda mirror, resource, **_: f"list_whoop_{resource.name}"),
    (single, "one", lambda mirror, resource, key, **_: _single(resource)),
    (single, "of_cycle", lambda mirror, resource, *_, **__: f"get_whoop_cycle_{resource.one}"),
    (single, "snapshot", lambda mirror, resource, **_: f"get_whoop_{resource.name}"),
    (days, "summary", lambda *_, **__: "get_whoop_daily_summary"),
    (run, "sync", lambda *_, **__: "sync_whoop"),
    (events, "events", lambda *_, **__: "get_whoop_events"),
    (exports, "export", lambda *_, **__: "export_whoop"),
    (health, "check", lambda *_, **__: "health_check"),
    (answer, "insights", lambda *_, **__: "get_whoop_insights"),
    (sql, "run", lambda *_, **__: "query_whoop"),
    (document, "create", lambda *_, **__: "create_whoop_report"),
    (importing, "take_in", lambda *_, **__: "import_whoop_export"),
    (journal, "read", lambda *_, **__: "get_whoop_journal"),
    (journal, "log", lambda *_, **__: "log_whoop_journal"),
    (periods, "compare", lambda *_, **__: "compare_whoop_periods"),
    (experiment, "experiment", lambda *_, **__: "whoop_experiment"),
)


def _single(resource: Resource) -> str:
    return "get_whoop_cycle_recovery" if resource is RECOVERIES else f"get_whoop_{resource.one}"


def watch() -> None:
    """Have every answer checked from now on, where a test calls what answers by its module."""
    for module, name, tool in _PLACES:
        act = getattr(module, name)
        if not hasattr(act, "__wrapped__"):
            setattr(module, name, _checked(act, tool))


def _checked(act: Callable[..., dict[str, Any]], tool: Callable[..., str]) -> Any:
    @functools.wraps(act)
    def checked(*given: Any, **named: Any) -> dict[str, Any]:
        found = act(*given, **named)
        check(tool(*given, **named), json.loads("".join(jsontext.parts(found))))
        return found

    return checked
