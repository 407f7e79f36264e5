"""What a bench found: one figure beside what it is held against, and the table of them all."""

from __future__ import annotations

import os
import platform
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

DOCUMENT = Path(__file__).parents[2] / "docs" / "BENCHMARKS.md"
_BETWEEN = re.compile(r"<!-- figures -->\n.*<!-- end -->", re.DOTALL)


@dataclass(frozen=True)
class Figure:
    """A median of ours and of what it is held against; both None where one of them cannot.

    `target` is the most that ours ÷ theirs may be, or with `absolute` the most that ours may be;
    None: nobody asked for a bound. `against` says what theirs is.
    """

    name: str
    unit: str
    ours: float | None
    theirs: float | None
    target: float | None = None
    against: str = "0.8.5"
    absolute: bool = False

    @property
    def held(self) -> float | None:
        """What is compared with the target."""
        if self.absolute or self.ours is None:
            return self.ours
        return self.ours / self.theirs if self.theirs else None

    @property
    def verdict(self) -> str:
        """`yes` or `**no**` where there is a target."""
        if self.target is None:
            return "–"
        return "yes" if self.held is not None and self.held <= self.target else "**no**"


def table(figures: Sequence[Figure], *, ratios_only: bool) -> str:
    """The figures in markdown; a machine's own numbers are left out with `ratios_only`."""
    numbers = [] if ratios_only else ["ours", "theirs"]
    heads = ["what", *numbers, "ratio", "to", "at most", "met"]
    lines = [heads, ["-" * len(head) for head in heads]]
    for one in figures:
        ratio = _spell(one.held, one.unit if one.absolute else "")
        target = _spell(one.target, one.unit if one.absolute else "")
        measured = [] if ratios_only else [_spell(one.ours, one.unit), _spell(one.theirs, one.unit)]
        lines.append([one.name, *measured, ratio, one.against, target, one.verdict])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def write(figures: Sequence[Figure], rounds: int) -> None:
    """Put the table into docs/BENCHMARKS.md, with the day and the machine's kind."""
    about = (
        f"{date.today().isoformat()}, {platform.system()} on {platform.machine()}, "
        f"{os.cpu_count()} cores, Python {platform.python_version()}; "
        f"{rounds} rounds."
    )
    block = f"<!-- figures -->\n{about}\n\n{table(figures, ratios_only=True)}\n<!-- end -->"
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(_BETWEEN.sub(lambda _: block, text), encoding="utf-8")


def _spell(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    digits = 0 if unit in ("requests", "B") else 1 if value >= 100 else 2
    return f"{value:.{digits}f} {unit}".strip()
