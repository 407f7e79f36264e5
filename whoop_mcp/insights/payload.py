"""Write an answer as the JSON object that leaves the program, within a size."""

from __future__ import annotations

import json
from bisect import bisect
from typing import Any, NamedTuple

from .metrics import Evidence
from .statistic import CHANCE, SECTIONS, Answer, Band, Baseline, Behaviour, Comparison, Statistic


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


def shorten(answer: dict[str, Any], name: str, budget: int) -> dict[str, Any]:
    """Cut an answer that has one list of statistics, `name`, to so many characters of JSON (0:
    leave it), the evidence of each shortened to the newest; what was cut says so."""
    found: list[dict[str, Any]] = answer[name]
    lengths = [_lengths(one["evidence"]) for one in found]
    rest = _size({**answer, name: [one | {"evidence": []} for one in found]})

    def size(keep: int) -> int:
        return rest + sum(_evidence_size(known, min(len(known), keep)) for known in lengths)

    most = max(map(len, lengths), default=0)
    if not budget or size(most) <= budget:
        return answer
    keep = max(bisect(range(most), budget, key=size) - 1, 0)
    omitted = [max(len(one["evidence"]) - keep, 0) for one in found]
    cut = [
        {**one, "evidence": one["evidence"][left_out:], "evidence_omitted": left_out}
        if left_out
        else one
        for one, left_out in zip(found, omitted, strict=True)
    ]
    return {**answer, name: cut}


def fit(answer: dict[str, Any], budget: int) -> dict[str, Any]:
    """Cut an answer to so many characters of JSON (0: leave it). First a method and a source that
    are told already are told by whose they are, and weekdays to four digits. Then of behaviours
    that differ by no more than chance only the figures are left (`shortened`), and of dozens of
    behaviours the surest; then evidence is shortened to the newest: first that of correlations,
    weekdays and behaviours, of which there is most, last that of a day's anomaly. What was cut
    says `evidence_omitted`; no other statistic is ever left out."""
    if not budget:
        return answer
    lengths = {name: [_lengths(one["evidence"]) for one in answer[name]] for name in SECTIONS}
    rest = _rest(answer)

    def size(cut: Cut) -> int:
        return rest + sum(
            _evidence_size(known, _kept(name, place, len(known), cut))
            for name in SECTIONS
            for place, known in enumerate(lengths[name])
        )

    most = {name: max(map(len, lengths[name])) for name in SECTIONS}
    pairs = max(most.pop(name) for name in _LONG)
    whole = max(most.values())
    if size(Cut(pairs, whole, 0)) <= budget:
        return answer
    answer = _told_once(answer)
    section, none = answer["behaviours"], Cut(0, 0, max(len(answer["anomalies"]) - 1, 0))
    rest, lengths["behaviours"] = _rest({**answer, "behaviours": []}), []
    room = budget - size(none)
    for shorten in (_figures, _least, _fewest):
        answer = {**answer, "behaviours": shorten(section, room)}
        rest = _rest(answer)
        lengths["behaviours"] = [_lengths(one["evidence"]) for one in answer["behaviours"]]
        if size(none) <= budget:
            break
    if size(Cut(pairs, whole, 0)) <= budget:
        return answer
    cuts = [
        *(Cut(0, 0, bare) for bare in reversed(range(len(answer["anomalies"])))),
        *(Cut(0, keep, 0) for keep in range(1, whole + 1)),
        *(Cut(keep, whole, 0) for keep in range(1, pairs)),
    ]
    return _cut(answer, cuts[max(bisect(cuts, budget, key=size) - 1, 0)])


def _rest(answer: dict[str, Any]) -> int:
    """Measure an answer without any evidence."""
    bare = {name: [one | {"evidence": []} for one in answer[name]] for name in SECTIONS}
    return _size({**answer, **bare})


def _told_once(answer: dict[str, Any]) -> dict[str, Any]:
    """Tell each method and source in full where it is first used, and then as `as ID`; weekdays to
    four digits."""
    first: dict[str, str] = {}

    def shorter(one: dict[str, Any]) -> dict[str, Any]:
        told = {name: first.setdefault(one[name], one["id"]) for name in ("method", "source")}
        refer: dict[str, Any] = {
            name: f"as {id}"
            for name, id in told.items()
            if id != one["id"] and len(one[name]) > len(f"as {id}")
        }
        if "weekdays" in one:
            refer["weekdays"] = [
                {name: _rough(value, 4) for name, value in each.items()} for each in one["weekdays"]
            ]
        return one | refer

    return {**answer, **{name: [shorter(one) for one in answer[name]] for name in SECTIONS}}


_Section = list[dict[str, Any]]


def _figures(section: _Section, room: int) -> _Section:
    """Leave of differences that may be chance the figures alone, to three digits; what may be more
    stays as it is, and so does what has no value."""
    return [
        _only(one, "value", "unit", "ci", "n", "q")
        if one["value"] is not None and one.get("q", 1.0) >= CHANCE
        else one
        for one in section
    ]


def _least(section: _Section, room: int) -> _Section:
    """Leave of all that claims nothing the value, or why there is none."""
    return [
        one if one.get("q", 1.0) < CHANCE else _only(one, "value", "reason", "q") for one in section
    ]


def _fewest(section: _Section, room: int) -> _Section:
    """Leave of these the surest that there is room for, and say how many more there are."""
    order = sorted(range(len(section)), key=lambda place: section[place].get("q", 2.0))
    lines = _least(section, room)
    words = "{} more, which claim nothing, are left out for the answer's length"
    last: dict[str, Any] = {"id": "behaviours", "value": None, "shortened": True, "evidence": []}
    room -= _size({**last, "reason": words.format(len(section))})
    kept = []
    for place in order:
        room -= _size({**lines[place], "evidence": []}) + 1
        if room < 0 and section[place].get("q", 1.0) >= CHANCE:
            break
        kept.append(place)
    last["reason"] = words.format(len(section) - len(kept))
    return [*(lines[place] for place in sorted(kept)), last]


def _only(one: dict[str, Any], *names: str) -> dict[str, Any]:
    kept = {name: _rough(one[name]) for name in names if name in one}
    return {"id": one["id"], **kept, "shortened": True, "evidence": []}


def _rough(value: Any, digits: int = 3) -> Any:
    if isinstance(value, list):
        return [_rough(one, digits) for one in value]
    return float(f"{value:.{digits}g}") if isinstance(value, float) else value


_LONG = ("correlations", "weekdays", "behaviours")
"""The sections that rest on half a year at least, and give up evidence first."""


class Cut(NamedTuple):
    """Keep `pairs` lines of evidence of each statistic of the long sections, `keep` of each other
    one, and none of the first `bare` anomalies."""

    pairs: int
    keep: int
    bare: int


def _kept(name: str, place: int, n: int, cut: Cut) -> int:
    """Tell how many of a statistic's n lines of evidence are left, by its section and place."""
    if name == "anomalies" and place:
        return n if place > cut.bare else 0
    return min(n, cut.pairs if name in _LONG else cut.keep)


def _cut(answer: dict[str, Any], cut: Cut) -> dict[str, Any]:
    def shorter(name: str, place: int, one: dict[str, Any]) -> dict[str, Any]:
        evidence = one["evidence"]
        left = _kept(name, place, len(evidence), cut)
        omitted = len(evidence) - left
        if not omitted:
            return one
        return {**one, "evidence": evidence[omitted:], "evidence_omitted": omitted}

    shortened = {
        name: [shorter(name, place, one) for place, one in enumerate(answer[name])]
        for name in SECTIONS
    }
    return {**answer, **shortened}


def _lengths(evidence: list[dict[str, Any]]) -> list[int]:
    """Measure each line of evidence in characters of JSON, with its comma."""
    # All at once is faster. No text of a line can look like what stands between two of them.
    lines = _encode(evidence)[2:-2].split("},{")
    return [len(line) + len("{},") for line in lines] if evidence else []


def _evidence_size(lengths: list[int], left: int) -> int:
    """Measure what the newest lines of evidence, and the word of those left out, add to JSON."""
    omitted = len(lengths) - left
    size = sum(lengths[omitted:]) - (left > 0)  # the first one has no comma
    return size + (len(f',"evidence_omitted":{omitted}') if omitted else 0)


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def _size(one: Any) -> int:
    return len(_encode(one))
