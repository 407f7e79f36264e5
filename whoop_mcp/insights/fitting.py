"""Cut an answer to a size: first what is told twice, then digits, then what claims nothing, and of
the evidence the oldest."""

from __future__ import annotations

import json
from bisect import bisect
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

from .statistic import CHANCE, SECTIONS

_Answer = dict[str, Any]
_One = dict[str, Any]

_LONG = ("correlations", "weekdays", "behaviours")
"""The sections that rest on half a year at least, and give up evidence first."""

_DIGITS, _FEW = 6, 3  # of figures in a long answer; of those that may be chance
_AMPLE, _FULL = 0.75, 1.0  # of the size: what all but the evidence may take before more is cut
_NEWEST = 10  # unusual days that are told whole


def fit(answer: _Answer, budget: int) -> _Answer:
    """Cut an answer to so many characters of JSON (0: leave it).

    A method and a source that are told already are told by whose they are (`as ID`), figures to six
    digits; of behaviours, then of weekdays, correlations and older unusual days that claim nothing,
    only the figures are left (`shortened`), and of dozens of behaviours the surest. Then evidence
    is cut to the newest, first that of correlations, weekdays and behaviours, last that of unusual
    days (`evidence_omitted`). What claims something, and all else, stays.
    """
    if not budget or _size(answer) <= budget:
        return answer
    answer = {**answer, **{name: [_rounded(one) for one in answer[name]] for name in SECTIONS}}
    for share, cut in _CUTS:
        size = _size(_bare(_told_once(answer)))
        if size > share * budget:
            answer = cut(answer, budget - size)
    return _with_evidence(_told_once(answer), budget)


def shorten(answer: _Answer, name: str, budget: int) -> _Answer:
    """Cut an answer that has one list of statistics, `name`, to so many characters of JSON (0:
    leave it), the evidence of each shortened to the newest; what was cut says so."""
    found: list[_One] = answer[name]
    lengths = [_lengths(one["evidence"]) for one in found]
    rest = _size({**answer, name: [one | {"evidence": []} for one in found]})

    def size(keep: int) -> int:
        return rest + sum(_evidence_size(known, min(len(known), keep)) for known in lengths)

    most = max(map(len, lengths), default=0)
    if not budget or size(most) <= budget:
        return answer
    keep = max(bisect(range(most), budget, key=size) - 1, 0)
    return {**answer, name: [_newest(one, keep) for one in found]}


# ── all but the evidence ──


def _rounded(one: _One) -> _One:
    """Write all figures but those of the evidence to six digits."""
    return {
        name: value if name == "evidence" else _rough(value, _DIGITS) for name, value in one.items()
    }


def _rough(value: Any, digits: int) -> Any:
    if isinstance(value, list):
        return [_rough(one, digits) for one in value]
    if isinstance(value, dict):
        return {name: _rough(one, digits) for name, one in value.items()}
    return float(f"{value:.{digits}g}") if isinstance(value, float) else value


def _told_once(answer: _Answer) -> _Answer:
    """Tell each method and source in full where it is first used, and then as `as ID`."""
    first: dict[str, str] = {}

    def shorter(one: _One) -> _One:
        refer = {}
        for name in ("method", "source"):
            if name in one:
                words = f"as {first.setdefault(one[name], one['id'])}"
                if words != f"as {one['id']}" and len(words) < len(one[name]):
                    refer[name] = words
        return one | refer

    return {**answer, **{name: [shorter(one) for one in answer[name]] for name in SECTIONS}}


def _bare(answer: _Answer) -> _Answer:
    """Leave out all evidence, as far as an answer can be cut."""
    return {**answer, **{name: [_newest(one, 0) for one in answer[name]] for name in SECTIONS}}


def _claims(one: _One) -> bool:
    return bool(one.get("q", 1.0) < CHANCE)


def _only(one: _One, *names: str) -> _One:
    """Leave of what may be chance some figures alone."""
    kept = {name: _rough(one[name], _FEW) for name in names if name in one}
    return {"id": one["id"], **kept, "shortened": True, "evidence": []}


def _figures(section: str, *names: str) -> Callable[[_Answer, int], _Answer]:
    """Return what leaves of a section's statistics that claim nothing the named figures; of what
    has no value, the reason if that is named, and all if not."""

    def cut(answer: _Answer, _: int) -> _Answer:
        shorter = [
            one
            if _claims(one) or (one["value"] is None and "reason" not in names)
            else _only(one, *names)
            for one in answer[section]
        ]
        return {**answer, section: shorter}

    return cut


def _older(answer: _Answer, _: int) -> _Answer:
    """Leave of unusual days but the newest what they were called."""
    rate, *days = answer["anomalies"]
    older = len(days) - _NEWEST
    shorter = [_only(one, "value", "level") if at < older else one for at, one in enumerate(days)]
    return {**answer, "anomalies": [rate, *shorter]}


def _fewest(answer: _Answer, room: int) -> _Answer:
    """Leave of behaviours the surest that there is room for (which lacks so much), and say how many
    more there are."""
    section = answer["behaviours"]
    if len(section) < 2:
        return answer
    order = sorted(range(len(section)), key=lambda place: section[place].get("q", 2.0))
    words = "{} more that claim nothing are left out to keep the answer short"
    last: _One = {"id": "behaviours", "value": None, "shortened": True, "evidence": []}
    room -= _size({**last, "reason": words.format(len(section))}) + 1
    kept = set(order)
    while order and room < 0 and not _claims(section[order[-1]]):
        place = order.pop()
        kept.discard(place)
        room += _size(section[place]) + 1
    last["reason"] = words.format(len(section) - len(kept))
    return {**answer, "behaviours": [*(section[place] for place in sorted(kept)), last]}


_CUTS: tuple[tuple[float, Callable[[_Answer, int], _Answer]], ...] = (
    (_AMPLE, _figures("behaviours", "value", "unit", "ci", "n", "q")),
    (_FULL, _figures("weekdays", "value", "unit", "n", "q", "verdict")),
    (_FULL, _older),
    (_FULL, _figures("behaviours", "value", "unit", "reason", "q")),
    (_FULL, _figures("correlations", "value", "ci", "n", "q", "verdict")),
    (_FULL, _fewest),
)
"""What is cut in turn, while all but the evidence takes more than this share of the size."""

# ── the evidence ──


class Cut(NamedTuple):
    """Keep `pairs` lines of evidence of each statistic of the long sections, `keep` of each other
    one, and none of the first `bare` anomalies."""

    pairs: int
    keep: int
    bare: int


def _with_evidence(answer: _Answer, budget: int) -> _Answer:
    """Keep as much of the evidence as there is room for, the newest."""
    lengths = {name: [_lengths(one["evidence"]) for one in answer[name]] for name in SECTIONS}
    without = {name: [one | {"evidence": []} for one in answer[name]] for name in SECTIONS}
    rest = _size({**answer, **without})

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
    cuts = [
        *(Cut(0, 0, bare) for bare in reversed(range(len(answer["anomalies"])))),
        *(Cut(0, keep, 0) for keep in range(1, whole + 1)),
        *(Cut(keep, whole, 0) for keep in range(1, pairs)),
    ]
    chosen = cuts[max(bisect(cuts, budget, key=size) - 1, 0)]
    shorter = partial(_kept, cut=chosen)
    return {
        **answer,
        **{
            name: [
                _newest(one, shorter(name, place, len(one["evidence"])))
                for place, one in enumerate(answer[name])
            ]
            for name in SECTIONS
        },
    }


def _kept(name: str, place: int, n: int, cut: Cut) -> int:
    """Tell how many of a statistic's n lines of evidence are left, by its section and place."""
    if name == "anomalies" and place:
        return n if place > cut.bare else 0
    return min(n, cut.pairs if name in _LONG else cut.keep)


def _newest(one: _One, keep: int) -> _One:
    """Keep so many lines of a statistic's evidence, and say how many were left out."""
    omitted = len(one["evidence"]) - keep
    if omitted <= 0:
        return one
    return {**one, "evidence": one["evidence"][omitted:], "evidence_omitted": omitted}


def _lengths(evidence: list[_One]) -> list[int]:
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
