"""The two programs side by side: where each is, its home, and how it is given a job."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import venv
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .whoop import ROOT, Whoop

HERE = Path(__file__).parent
Pair = tuple[list[dict[str, Any]], list[dict[str, Any]]]
"""What our driver found, round by round, and what theirs did."""
_REFERENCE = ("whoop-mcp==0.8.5", "mcp<2", "pyarrow")
_SERVE_REFERENCE = """
import os
import config
if "WHOOP_BASE_URL" in os.environ:  # it reads no such variable
    config.WHOOP_API_BASE = os.environ["WHOOP_BASE_URL"] + "/developer/v2"
import whoop_mcp_server
whoop_mcp_server.main()
"""


@dataclass(frozen=True)
class Program:
    """One of the two; `words` before a job are what runs its driver, `serve` its server."""

    name: str
    words: tuple[str, ...]
    serve: tuple[str, ...]

    def environ(self, home: Path) -> dict[str, str]:
        """The environment in which a folder is where its user lives and no answer is cut short.

        What was confirmed counts for a day, so that no read of a slow bench asks WHOOP again.
        """
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return kept | {
            "HOME": str(home),
            "WHOOP_HOME": str(home / ".whoop-mcp-server"),
            "WHOOP_MAX_RESPONSE_CHARS": "0",
            "WHOOP_MAX_AGE": "86400",
        }

    def run(self, job: str, home: Path, whoop: Whoop | None = None, **given: Any) -> Any:
        """Let a driver do a job in a home, and answer what it found."""
        environ = self.environ(home)
        if whoop:
            environ["WHOOP_BASE_URL"] = whoop.url
            given["tokens"] = whoop.tokens
        done = subprocess.run(
            [*self.words, json.dumps({"job": job, **given})],
            cwd=ROOT,
            env=environ,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"{self.name} failed at {job}:\n{done.stderr[-2000:]}")
        return json.loads(done.stdout.splitlines()[-1])


@dataclass
class Contest:
    """Ours, theirs, a folder for both, and how often each measurement is made."""

    ours: Program
    theirs: Program
    folder: Path
    rounds: int
    _homes: int = field(default=0)

    def home(self) -> Path:
        """A home that nobody has used."""
        self._homes += 1
        path = self.folder / f"home-{self._homes}"
        path.mkdir()
        return path

    def both(self, job: str, whoop: Whoop, **given: Any) -> Pair:
        """What each found at a job, round by round in turn, each time in a new home."""
        found: Pair = ([], [])
        for _ in range(self.rounds):
            for program, answers in zip((self.ours, self.theirs), found, strict=True):
                answers.append(program.run(job, self.home(), whoop, **given))
        return found


def programs(reference: Path) -> tuple[Program, Program]:
    """Ours in this interpreter, and 0.8.5 in its own."""
    ours = Program(
        "ours", (sys.executable, "-m", "tests.bench.ours"), (sys.executable, "-m", "whoop_mcp")
    )
    # Isolated, so that it sees nothing of this folder.
    alone = (str(reference), "-I")
    serve = (*alone, "-c", _SERVE_REFERENCE)
    return ours, Program("0.8.5", (*alone, str(HERE / "theirs.py")), serve)


def install() -> Path:
    """The interpreter of a venv with 0.8.5 alone, made if it is not there yet."""
    folder = Path(tempfile.gettempdir()) / "whoop-mcp-bench-0.8.5"
    python = folder / "bin" / "python"
    done = folder / "installed"
    if not done.exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([str(python), "-m", "pip", "install", "--quiet", *_REFERENCE], check=True)
        done.touch()
    return python
