"""What flat records are as rows: the type of each field, and how batches of them are handed on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

from .records import Record

Batch = list[str]
"""Flat records as their JSON texts, the fields in their order."""

Write = Callable[[Batch], None]


def kinds(record: type[Record]) -> dict[str, str]:
    """The type of each field, but for null: `int`, `float`, `bool`, `str` or a dictionary's."""
    return {field.name: str(field.type).split(" |")[0] for field in dataclasses.fields(record)}


def parts(record: type[Record]) -> Mapping[str, tuple[str, ...]]:
    """What the nested fields consist of, in their order."""
    nested: Mapping[str, tuple[str, ...]] = getattr(record, "parts", {})
    return nested


def seldom(record: type[Record]) -> frozenset[str]:
    """The fields that a record has only where they are known; as a row it always has them."""
    names: frozenset[str] = getattr(record, "seldom", frozenset())
    return names
