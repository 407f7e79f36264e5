"""Families of cases: every one is tried, and the telling ones of them whenever anything is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest


def pairs(rows: Sequence[Any], columns: Sequence[Any]) -> list[Any]:
    """Every row with every column, as parameters; a row may be a tuple of several.

    Each row and each column is in the default suite at least once, on a diagonal; the other pairs
    are marked slow.
    """
    return [
        pytest.param(
            *(row if isinstance(row, tuple) else (row,)),
            column,
            marks=[] if at % len(columns) == to or to % len(rows) == at else [pytest.mark.slow],
        )
        for at, row in enumerate(rows)
        for to, column in enumerate(columns)
    ]
