"""Point a client to the files that a tool wrote."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..jsontext import JsonText, spell
from .replies import Answer

SINCE = "2025-06-18"
"""The protocol's first version that has links in an answer; clients of older ones know none."""

_MIMES = {
    ".csv": "text/csv",
    ".jsonl": "application/x-ndjson",
    ".parquet": "application/vnd.apache.parquet",
    ".html": "text/html",
}

_FILES: Mapping[str, Callable[[Answer], list[Any]]] = {
    "export_whoop": lambda answer: list(answer.get("files", ())),
    "create_whoop_report": lambda answer: [answer],
}
"""By tool: the objects of its answer that have the `path` and `bytes` of a file."""


def links(tool: str, answer: Answer) -> list[JsonText]:
    """Spell a `resource_link` for each file that a tool wrote, in the answer's order."""
    found = _FILES[tool](answer) if tool in _FILES else []
    return [JsonText(spell(one)) for one in map(_link, found) if one is not None]


def _link(file: Mapping[str, Any]) -> dict[str, Any] | None:
    if "path" not in file:
        return None
    path = Path(file["path"])
    # Half a surrogate pair, as a name that is no UTF-8 has one, is no text of a client's.
    name = path.name.encode("utf-8", "replace").decode()
    kind = {"mimeType": _MIMES[path.suffix]} if path.suffix in _MIMES else {}
    return {
        "type": "resource_link",
        "uri": path.as_uri(),
        "name": name,
        **kind,
        "size": file["bytes"],
    }
