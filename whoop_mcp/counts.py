"""Write numbers with their nouns."""

from __future__ import annotations


def counted(n: int, singular: str, plural: str | None = None) -> str:
    """Write a number with its noun: `1 day`, `2 days`."""
    return f"{n:,} {singular if n == 1 else plural or f'{singular}s'}"


def of_all(n: int, total: int, singular: str) -> str:
    """Write a number of all there are: `0 of 1 day`, `1 of 2 days`."""
    return f"{n} of {counted(total, singular)}"
