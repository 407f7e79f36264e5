"""The surface as clients see it, held still. `python -m tests.test_golden` writes it anew."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mcp

from .server.test_process import talk

SURFACE = Path(__file__).parent / "data" / "surface.json"


def surface() -> str:
    """All that a client can list, as JSON with a line per value, so that a diff shows a word."""

    async def act(client: mcp.Client) -> dict[str, Any]:
        listed = {
            "tools/list": await client.list_tools(),
            "prompts/list": await client.list_prompts(),
            "resources/list": await client.list_resources(),
            "resources/templates/list": await client.list_resource_templates(),
        }
        return {
            method: found.model_dump(mode="json", by_alias=True, exclude_unset=True)
            for method, found in listed.items()
        }

    return json.dumps(talk(None, act), indent=2, ensure_ascii=False) + "\n"


def test_the_surface_changes_only_on_purpose() -> None:
    """Tools, prompts, URIs and templates are word for word those of the golden file."""
    known = SURFACE.read_text(encoding="utf-8")
    assert surface() == known, "if that is meant: python -m tests.test_golden"


if __name__ == "__main__":
    SURFACE.write_text(surface(), encoding="utf-8")
