"""What the schemas of answers share: each record is described by its fields."""

from __future__ import annotations

import dataclasses
from typing import Any

import jsonschema
import pytest

from whoop_mcp.server import shapes
from whoop_mcp.whoop.resources import RESOURCES


@pytest.mark.parametrize("resource", RESOURCES.values(), ids=lambda one: one.name)
def test_a_record_is_described_by_its_fields(resource: Any) -> None:
    """Each field is required but those that come seldom, and has its own type; a wrong type, a null
    where there is none, and a field that is lacking are noticed."""
    schema = shapes.record_of(resource)
    fields = {field.name: str(field.type) for field in dataclasses.fields(resource.record)}
    seldom = getattr(resource.record, "seldom", set())
    assert schema["required"] == [name for name in fields if name not in seldom]
    values = {"int": 5, "float": 0.5, "bool": True, "str": "x", "dict": None}
    record = {name: values[kind.split("[")[0].split(" ")[0]] for name, kind in fields.items()}
    jsonschema.validate(record, schema)
    for name, kind in fields.items():
        if name in seldom:
            continue
        wrong: list[dict[str, Any]] = [{k: v for k, v in record.items() if k != name}]
        wrong.append({**record, name: ["no field is a list"]})
        wrong.append({**record, name: 0.5 if kind.startswith("str") else "x"})
        if "None" not in kind:
            wrong.append({**record, name: None})
        for one in wrong:
            assert not jsonschema.Draft202012Validator(schema).is_valid(one), name
    for name in fields:
        if "None" in fields[name]:
            jsonschema.validate({**record, name: None}, schema)
