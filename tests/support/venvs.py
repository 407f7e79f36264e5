"""Fresh virtual environments, for what must run without the libraries that the tests have."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
ENVIRON = dict(os.environ)  # taken before a test moves the home: where pip finds its settings


def fresh(folder: Path, *packages: str | Path) -> Path:
    """A new environment in `folder` with these packages alone; its folder of programs."""
    tool(Path(sys.executable), "venv", folder)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    tool(programs / "python", "pip", "install", "--quiet", "--no-cache-dir", *packages)
    return programs


def tool(python: Path, module: str, *arguments: str | Path) -> None:
    """Run one of Python's tools as whoever runs the tests has set it up: it may need packages."""
    done = subprocess.run(
        [python, "-m", module, *arguments],
        env={**ENVIRON, "PIP_DISABLE_PIP_VERSION_CHECK": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def clone(folder: Path) -> Path:
    """A copy of the repository as a clean clone has it, at `folder`."""
    made = shutil.ignore_patterns(".*", "__pycache__", "build", "dist", "*.egg-info")
    shutil.copytree(ROOT, folder, ignore=made)
    return folder


def output(*command: str | Path, env: Mapping[str, str] | None = None, cwd: Path) -> str:
    """Run a command and give what it prints; it must end well and complain of nothing."""
    done = subprocess.run(
        command, env=env, cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    return done.stdout
