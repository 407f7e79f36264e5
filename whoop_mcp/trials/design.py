"""Lay out an experiment: its days in pairs of blocks, and the lot that says which block is which.

The lot is drawn once, as a seed. From it alone follows what each day is for, by a rule that anyone
can repeat: in pair i, counted from 0, the first block is a "do" and the second a "leave" where the
last bit of SHA-256 of the text `seed:i` is 1, else the other way round.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import NamedTuple

from ..errors import ValidationError
from ..insights.timeseries import day, number
from ..reads.underway import LAG

DO, LEAVE = "do", "leave"
"""The two arms."""

RULE = "sha256(seed:pair) & 1: do first"
"""The name of the rule above, kept with each plan."""

LEAST_PAIRS = 6
"""With fewer the smallest exact p, 2 of 2^pairs, is not under 0.05."""


class Block(NamedTuple):
    """The days of one arm in a pair; those of the washout are lived, but do not count."""

    pair: int
    arm: str
    days: range  # day numbers
    counted: range


@dataclass(frozen=True)
class Plan:
    """What is registered, and never changed. `first` is a local date; `worth` is the smallest
    difference that the person calls worth it, in the outcome's unit, or None."""

    behaviour: str
    outcome: str
    first: str
    pairs: int
    block_days: int
    washout_days: int
    worth: float | None
    seed: str
    registered_at: str
    rule: str = RULE

    @classmethod
    def read(cls, text: str) -> Plan:
        """Read what `text` wrote."""
        return cls(**json.loads(text))

    def text(self) -> str:
        """Write it as JSON with sorted keys: what its digest is of."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    @property
    def digest(self) -> str:
        """The SHA-256 of `text`, as 64 hexadecimal digits: told at the start, it shows at the end
        that nothing was changed, the lot that was hidden meanwhile included."""
        return hashlib.sha256(self.text().encode()).hexdigest()

    @property
    def days(self) -> int:
        return 2 * self.pairs * self.block_days

    @property
    def last(self) -> str:
        """The last local date of the behaviour."""
        return day(number(self.first) + self.days - 1)

    @property
    def last_morning(self) -> str:
        """The local date of the last outcome."""
        return day(number(self.first) + self.days - 1 + LAG)

    def blocks(self) -> Iterator[Block]:
        """List the blocks in the order of their days."""
        start, long = number(self.first), self.block_days
        for pair in range(self.pairs):
            arms = (DO, LEAVE) if heads(self.seed, pair) else (LEAVE, DO)
            for arm in arms:
                lived = range(start, start + long)
                yield Block(pair, arm, lived, lived[self.washout_days :])
                start += long

    def block_of(self, at: int) -> Block | None:
        """Find the block of a day number; None outside of the experiment."""
        return next((one for one in self.blocks() if at in one.days), None)


def heads(seed: str, pair: int) -> bool:
    """Read the lot of a pair off the seed: whether its first block is a "do"."""
    return bool(hashlib.sha256(f"{seed}:{pair}".encode()).digest()[-1] & 1)


def pairs_within(days: int, block_days: int) -> int:
    """Count the whole pairs of blocks that fit into so many days."""
    return days // (2 * block_days)


def checked_worth(worth: float | None, outcome: str) -> float | None:
    """Check the smallest difference that matters, in the outcome's unit; None where there is none.

    ValidationError where it is not above 0, or of logarithms above 1, nearly three times as much.
    """
    if worth is None:
        return None
    if not (math.isfinite(worth) and worth > 0):
        raise ValidationError(
            "`worth` must be a difference above 0, in the outcome's unit.",
            hint="For recovery 5 is five points; for ln_hrv 0.05 is about 5 %.",
        )
    if outcome.startswith("ln_") and worth > 1:
        raise ValidationError(
            f"`worth` of {outcome} is a difference of logarithms, at most 1.",
            hint="0.05 is about 5 %; neither per cents nor ms are taken.",
        )
    return float(worth)
