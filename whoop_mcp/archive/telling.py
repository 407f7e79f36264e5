"""Count the rows of an export, and gather what there is to say of them, by their lines alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field

_LINES = 5  # that a warning names


@dataclass
class Telling:
    """Count the rows of an export, and gather what there is to say of them."""

    rows: Counter[str] = field(default_factory=Counter)
    skipped: Counter[str] = field(default_factory=Counter)
    _reasons: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))

    def leave_out(self, name: str, line: int, reason: str) -> None:
        """Note that a row is left out."""
        self.skipped[name] += 1
        self._reasons[name, reason].append(line)

    def note(self, name: str, line: int, reason: str) -> None:
        """Note something of a row that is taken."""
        self._reasons[name, reason].append(line)

    def words(self) -> list[str]:
        """Say what was noted, with the first lines of each kind and no values."""
        return [
            f"{name}: {reason}{_lines(lines)}." for (name, reason), lines in self._reasons.items()
        ]


def _lines(lines: list[int]) -> str:
    lines = [line for line in lines if line]
    if not lines:
        return ""
    shown = ", ".join(map(str, lines[:_LINES]))
    more = f" and {len(lines) - _LINES} more" if len(lines) > _LINES else ""
    return f" (line{'s' if len(lines) > 1 else ''} {shown}{more})"
