"""The one shape of every statistic, so that nothing can be quoted without its basis."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .timeseries import Dates

log = logging.getLogger(__name__)

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


def attempt(id: str, unit: str, dates: Dates, compute: Callable[[], Statistic]) -> Statistic:
    """What `compute` answers; where it fails, a statistic without a value, which says so.

    What goes wrong with one says nothing of the others. How it went wrong is in the log.
    """
    try:
        found = compute()
    except Exception:
        log.exception("The statistic %s could not be computed.", id)
        reason = "it could not be computed; the log says how that failed"
    else:
        if _sound([one for name, one in found.items() if name != "evidence"]):
            return found
        log.error("The statistic %s came to no finite number.", id)
        reason = "it comes to no finite number"
    return statistic(
        id, unit, "not computed", "this project", dates, n=0, excluded={}, reason=reason
    )


def _sound(value: Any) -> bool:
    """Whether every number in it is one that JSON can say."""
    if isinstance(value, Mapping):
        return all(map(_sound, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(_sound, value))
    return not isinstance(value, float) or math.isfinite(value)


def too_few(n: int, floor: int, what: str = "days") -> str | None:
    """Why there is no value, where n is below the floor."""
    return None if n >= floor else f"{n} {what}; at least {floor} are needed"
