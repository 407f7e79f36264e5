"""The MCP Inspector, another implementation's eye, on the server as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ..test_golden import SURFACE

ROOT = Path(__file__).parents[2]
BIN = ROOT / ".venv-node" / "node_modules" / ".bin"
"""Where AGENTS.md has Node and the Inspector put."""

pytestmark = pytest.mark.node


def inspect(*asked: str) -> subprocess.CompletedProcess[str]:
    """What the Inspector says when it asks one thing of the demo's server."""
    assert (BIN / "mcp-inspector").exists(), "AGENTS.md says how to install the Inspector"
    server = [sys.executable, "-m", "whoop_mcp", "demo", "--serve"]
    told = ["--cli", "--quiet", "--format", "json", "--connect-timeout", "120000"]
    return subprocess.run(
        [BIN / "mcp-inspector", *told, *asked, "--", *server],
        cwd=ROOT,
        env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=240,
    )


def result(*asked: str) -> Any:
    """The result, of which the Inspector has nothing to say but what it is."""
    said = inspect(*asked)
    assert (said.returncode, said.stderr) == (0, "")
    return json.loads(said.stdout)["result"]


@pytest.mark.parametrize("era", ["legacy", "modern"])
def test_the_strict_check_of_the_tools_passes(era: str) -> None:
    """No schema is told to be unportable, neither as an error nor as a warning."""
    tools = result("--method", "tools/list", "--strict", "--protocol-era", era)["tools"]
    assert tools == json.loads(SURFACE.read_text(encoding="utf-8"))["tools/list"]["tools"]


@pytest.mark.parametrize("method", ["prompts/list", "resources/list", "resources/templates/list"])
def test_the_lists_are_read(method: str) -> None:
    """Prompts, URIs and templates arrive as they are in the golden file."""
    assert result("--method", method) == json.loads(SURFACE.read_text(encoding="utf-8"))[method]


def test_a_tool_answers() -> None:
    """A call by the Inspector brings back records, in structure and in text alike."""
    asked = ("--tool-name", "list_whoop_sleeps", "--tool-args-json", '{"limit": 3}')
    answer = result("--method", "tools/call", *asked)
    page = answer["structuredContent"]
    assert json.loads(answer["content"][0]["text"]) == page
    assert page["count"] == len(page["records"]) == 3
    assert page["complete"]


def test_an_error_is_seen_as_one() -> None:
    """An envelope reaches the Inspector as a failed call."""
    asked = ("--tool-name", "get_whoop_cycle", "--tool-args-json", '{"cycle_id": 1}')
    said = inspect("--method", "tools/call", *asked)
    assert said.returncode != 0
    answer = json.loads(said.stdout)["result"]
    assert answer["isError"]
    assert answer["structuredContent"]["error"]["code"] == "NOT_FOUND"
