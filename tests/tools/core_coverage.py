"""Measure how much of the core the tests run through: `python -m tests.tools.core_coverage`.

What is given besides goes to pytest, such as the tests to run. What is left out, and why, is in
setup.cfg.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from ..test_house import PACKAGE, core

LEAST = 97  # percent
_LEFT_OUT = "not full_disk and not nothing_heavy"
"""What the measuring itself upsets: it writes files and imports modules of its own."""


def main() -> int:
    """0 when the tests pass and enough is covered."""
    measured = [str(path.relative_to(PACKAGE.parent)) for path in core()]
    with tempfile.TemporaryDirectory() as folder:
        env = {**os.environ, "COVERAGE_FILE": str(Path(folder) / "coverage")}

        def coverage(*arguments: str) -> int:
            return subprocess.run(
                [sys.executable, "-m", "coverage", *arguments], env=env, check=False
            ).returncode

        pytest = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", _LEFT_OUT)
        failed = coverage("run", *pytest, *sys.argv[1:])
        coverage("combine", "--quiet")
        chosen = f"--include={','.join(measured)}"
        too_little = coverage("report", chosen, f"--fail-under={LEAST}", "--skip-covered", "-m")
        return failed or too_little


if __name__ == "__main__":
    sys.exit(main())
