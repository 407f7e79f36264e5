"""All benches in one run: `python -m tests.bench` prints their table.

`--write` also puts its ratios into docs/BENCHMARKS.md.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from . import answers, exporting, growing, starting, syncing
from .contest import Contest, install, programs
from .figures import Figure, table, write

GROUPS: dict[str, Callable[[Contest], Iterator[Figure]]] = {
    "start": starting.figures,
    "sync": syncing.figures,
    "answers": answers.figures,
    "exports": exporting.figures,
    "growth": growing.figures,
}


def main() -> int:
    """Run what is asked for; 0 when every target is met."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("groups", nargs="*", metavar="GROUP", help=f"of {', '.join(GROUPS)}")
    parser.add_argument("--reference", type=Path, help="a Python that has whoop-mcp 0.8.5")
    parser.add_argument("--rounds", type=int, default=5, help="measurements of each (5)")
    parser.add_argument("--write", action="store_true", help="into docs/BENCHMARKS.md")
    given = parser.parse_args()
    chosen = given.groups or list(GROUPS)
    if unknown := set(chosen) - set(GROUPS):
        parser.error(f"no such group: {', '.join(unknown)}")
    if given.write and chosen != list(GROUPS):
        parser.error("--write is for all groups")
    ours, theirs = programs(given.reference or install())
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory(prefix="whoop-mcp-bench-") as folder:
        contest = Contest(ours, theirs, Path(folder), given.rounds)
        for name in chosen:
            for figure in GROUPS[name](contest):
                figures.append(figure)
                print(f"{figure.name} …", file=sys.stderr)
    print(table(figures, ratios_only=False))
    if given.write:
        write(figures, given.rounds)
    return int(any(figure.verdict == "**no**" for figure in figures))


if __name__ == "__main__":
    sys.exit(main())
