"""Write an answer as the JSON object that leaves the program."""

from __future__ import annotations

from typing import Any

from .metrics import Evidence
from .statistic import SECTIONS, Answer, Band, Baseline, Behaviour, Comparison, Statistic


def as_dict(answer: Answer) -> dict[str, Any]:
    """Write an answer as the JSON object that leaves the program."""
    period = answer.period
    coverage = {
        name: {"period": known.period.told(), "reach": known.reach.told()}
        for name, known in answer.coverage.items()
    }
    return {
        "period": {
            **period.as_window(),
            "days": period.days,
            "previous": period.before(period.days).as_window(),
        },
        "coverage": {"days": dict(answer.counts), **coverage},
        **{name: [as_object(one) for one in answer.sections[name]] for name in SECTIONS},
        "summary": list(answer.summary),
    }


def as_object(one: Statistic) -> dict[str, Any]:
    """Write `{"id", "value", "unit", "method", "source", "n", "n_excluded", "window", "ci"?,
    "reason"?, …, "note"?, "evidence", "q"?, "verdict"?}`."""
    band, relation, judged = one.band, one.relation, one.q is not None
    behaviour = one.behaviour
    verdict = one.verdict and one.verdict.words
    in_ms = {"geometric_mean_ms": one.geometric_mean_ms}
    optional = {
        "ci": one.ci and list(one.ci),
        "reason": one.reason,
        **({} if band else in_ms),
        "baseline": one.baseline and _baseline(one.baseline),
        **(in_ms | {"band": _band(band)} if band else {}),
        "previous": one.previous and _comparison(one.previous),
        "usual": one.usual and _comparison(one.usual),
        "level": one.level,
        **(one.firing._asdict() if one.firing else {}),
        "lag": relation.lag if relation else behaviour and behaviour.lag,
        **(_behaviour(one, behaviour) if behaviour else {}),
        **({name: _baseline(side) for name, side in zip("ab", one.sides or (), strict=False)}),
        "n_eff": one.n_eff,
        "phi": one.phi,
        "p": one.p,
        "verdict": None if judged else verdict,
        **(one.figures or {}),
        "weekdays": one.weekdays and [each._asdict() for each in one.weekdays],
        "note": one.note,
        "evidence": [_evidence(line) for line in one.evidence],
        "q": one.q,
    }
    return {
        "id": one.id,
        "value": one.value,
        "unit": one.unit,
        "method": one.method,
        "source": one.source,
        "n": one.n,
        "n_excluded": dict(one.excluded),
        "window": one.dates.as_window(),
        **{name: figure for name, figure in optional.items() if figure is not None},
        **({"verdict": verdict} if judged else {}),
    }


def _baseline(one: Baseline) -> dict[str, Any]:
    return {
        "mean": one.mean,
        "sd": one.sd,
        "n": one.n,
        "n_excluded": dict(one.excluded),
        "window": one.dates.as_window(),
    }


def _band(one: Band) -> dict[str, Any]:
    return {
        "low": one.low,
        "high": one.high,
        "low_ms": one.low_ms,
        "high_ms": one.high_ms,
        "position": one.position,
    }


def _behaviour(one: Statistic, behaviour: Behaviour) -> dict[str, Any]:
    """Write what days are compared by; a difference of logarithms in ms as well."""
    ends = (one.value, *(one.ci or ()))
    in_ms = [one.change(end) for end in ends if end is not None and one.change_unit == "ms"]
    return {
        "behaviour": behaviour.name,
        "yes": behaviour.yes,
        "no": behaviour.no,
        "same_morning": behaviour.same_morning,
        "other_behaviours": dict(zip(("yes", "no"), behaviour.others, strict=True)),
        "seen_together": list(behaviour.together) or None,
        "seen_instead": list(behaviour.instead) or None,
        "difference_ms": in_ms or None,
    }


def _comparison(one: Comparison) -> dict[str, Any]:
    return {one.name: one.value, "n": one.n, "window": one.dates.as_window()}


def _evidence(line: Evidence) -> dict[str, Any]:
    pair = len(line.values) > 1
    value = list(line.values) if pair else line.values[0]
    found = {"date": line.date, "value": value, "id": line.id}
    if line.metric is not None:
        found |= {"metric": line.metric.id, "measured": line.measured}
    return found
