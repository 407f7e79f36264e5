"""Parts that tests of the commands share: an account, an environment of its own, a process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def environ(folder: Path, **more: str) -> dict[str, str]:
    """An environment whose home and temporary files are in `folder`, with nothing of WHOOP's."""
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("WHOOP_")}
    kept.pop("NO_COLOR", None)
    return {
        **kept,
        "HOME": str(folder),
        "USERPROFILE": str(folder),
        "TMPDIR": str(folder / "tmp"),
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONWARNINGS": "error",
        **more,
    }


def run(
    *arguments: str, env: Mapping[str, str], text: str = "", cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """`python -m whoop_mcp` with these arguments, to its end."""
    return subprocess.run(
        [sys.executable, "-m", "whoop_mcp", *arguments],
        env=dict(env),
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        cwd=cwd,
        check=False,
    )
