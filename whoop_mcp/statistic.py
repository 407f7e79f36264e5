"""The one shape of every statistic, so that nothing can be quoted without its basis."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from .series import Dates

Statistic = dict[str, Any]

SECTIONS = ("baselines", "trends", "load", "sleep", "anomalies", "correlations")
"""Where an answer has its statistics."""

CHANCE = 0.05
"""The q from which on nothing is claimed."""


def statistic(
    id: str,
    unit: str,
    method: str,
    source: str,
    dates: Dates,
    *,
    n: int,
    excluded: Mapping[str, int],
    value: float | None = None,
    ci: tuple[float, float] | None = None,
    reason: str | None = None,
    note: str | None = None,
    evidence: Iterable[Mapping[str, Any]] = (),
    **more: Any,
) -> Statistic:
    """`{"id", "value", "unit", "method", "source", "n", "n_excluded", "window", "ci"?, "reason"?,
    …, "note"?, "evidence"}`. A value of None has its `reason`; `ci` is of 95 %."""
    optional = {"ci": ci and list(ci), "reason": reason, **more, "note": note}
    return {
        "id": id,
        "value": value,
        "unit": unit,
        "method": method,
        "source": source,
        "n": n,
        "n_excluded": dict(excluded),
        "window": dates.told(),
        **{name: one for name, one in optional.items() if one is not None},
        "evidence": list(evidence),
    }


def too_few(n: int, floor: int, what: str = "days") -> str | None:
    """Why there is no value, where n is below the floor."""
    return None if n >= floor else f"{n} {what}; at least {floor} are needed"
