"""Correlate metrics, with all taken off that would make two series agree by accident."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping
from functools import partial
from typing import NamedTuple

from ..reads.usable import NOT_RECORDED
from .metrics import Evidence, Format, Metric, Series
from .statistic import CHANCE, Definition, Relation, Statistic, Verdict, attempt, too_few
from .timeseries import (
    Background,
    Centred,
    Dates,
    Points,
    autocorrelations,
    background,
    centred,
    corrected,
    correlation,
    day,
    detrended,
    ranks,
    two_sided,
)
from .timeseries import Z as NORMAL

LEAST_DAYS, MOST_DAYS = 180, 365
"""The window: the period, but no fewer and no more days than these."""

PAIRS_FLOOR, EFFECTIVE_FLOOR = 30, 15
CLEAR = 0.01
_LATER = {1: "a day later", 2: "two days later"}


class Pair(NamedTuple):
    """Two metrics, the second so many days after the first."""

    x: str
    y: str
    lag: int


PAIRS_TRIED = (
    Pair("sleep_duration", "recovery", 0),
    Pair("sleep_efficiency", "recovery", 0),
    Pair("sleep_performance", "recovery", 0),
    Pair("sleep_consistency", "recovery", 0),
    Pair("sleep_duration", "ln_hrv", 0),
    Pair("sleep_duration", "resting_heart_rate", 0),
    Pair("bedtime", "recovery", 0),
    Pair("bedtime", "ln_hrv", 0),
    Pair("recovery", "strain", 0),
    Pair("strain", "recovery", 1),
    Pair("strain", "ln_hrv", 1),
    Pair("strain", "resting_heart_rate", 1),
    Pair("load", "recovery", 1),
    Pair("load", "ln_hrv", 1),
    Pair("load", "ln_hrv", 2),
    Pair("strain", "sleep_duration", 1),
    Pair("sleep_duration", "recovery", 1),
)


class Ranked(NamedTuple):
    """A series of n days without its trend, slow waves and weekdays, in ranks; how many columns
    that took besides the mean, the autocorrelations of the ranks up to a fifth of the days, and the
    series as it is, in ranks and rounded to be shown. Ranks are None where all are equal."""

    n: int
    ranks: Centred | None
    columns: int
    alike: list[float]
    raw: Centred | None
    shown: list[float]


class Link(NamedTuple):
    """Spearman's ρ of two detrended series, and how sure it is."""

    rho: float
    n_eff: float
    low: float
    high: float
    p: float


def correlations(
    table: Mapping[str, Series], period: Dates, away: Collection[int] = ()
) -> list[Statistic]:
    """Try each pair: ρ of the detrended series, −1 to 1, with `n_eff`, `p` and `lag` in days. Days
    that are `away` are left out: travel moves all series at once.

    Bonett & Wright 2000, 10.1007/BF02294183; Bretherton 1999,
    10.1175/1520-0442(1999)012<1990:TENOSD>2.0.CO;2; Pyper & Peterman 1998, 10.1139/f98-104.
    Floor: 30 pairs and n_eff 15. Detrending, n_eff and window are this project's own choice.
    """
    dates = Dates.ending(period.last, min(max(period.days, LEAST_DAYS), MOST_DAYS))
    ranked = _Ranks(table)
    return [
        attempt(
            _defined(pair, table[pair.x].metric, table[pair.y].metric),
            dates,
            partial(_correlation, table, pair, dates, ranked, away),
        )
        for pair in PAIRS_TRIED
    ]


def judge(found: Statistic, q: float) -> Verdict:
    """Judge a correlation by its q."""
    if q < CLEAR:
        return Verdict("clearly seen in this window", True)
    if q < CHANCE:
        return Verdict("seen in this window", True)
    return Verdict("not distinguishable from chance", False)


class _Ranks:
    """Ranks the series of a table on some of their days, each once: pairs share many of them."""

    def __init__(self, table: Mapping[str, Series]) -> None:
        self._table = table
        self._known: dict[tuple[str, tuple[int, ...]], Ranked] = {}
        self._backgrounds: dict[tuple[int, ...], Background] = {}

    def of(self, metric: str, days: tuple[int, ...]) -> Ranked:
        """Rank a metric's values on these days."""
        found = self._known.get((metric, days))
        if found is None:
            values = self._table[metric].values
            known = self._backgrounds.get(days)
            if known is None:
                known = self._backgrounds[days] = background(days)
            found = self._known[metric, days] = rank({at: values[at] for at in days}, known)
        return found


def rank(points: Points, known: Background | None = None) -> Ranked:
    """Rank a series by days without its trend, slow waves and weekdays."""
    left, columns = detrended(points, known)
    ranks_left = ranks(list(left.values()))
    alike = autocorrelations(dict(zip(points, ranks_left, strict=True)), len(points) // 5)
    values = list(points.values())
    return Ranked(
        len(points),
        centred(ranks_left),
        columns,
        list(alike),
        centred(ranks(values)),
        [round(value, 4) for value in values],
    )


def link(x: Ranked, y: Ranked) -> tuple[Link | None, str | None]:
    """Correlate two series, day by day; where that cannot be, give the reason."""
    reason = too_few(x.n, PAIRS_FLOOR, "pairs")
    if reason:
        return None, reason
    rho = correlation(x.ranks, y.ranks)
    if rho is None:
        return None, "one of the two does not vary beyond its trend, slow waves and weekdays"
    if abs(rho) > 1 - 1e-12:
        return None, "the two order all days alike: no interval can be given"
    n_eff = _effective(x.n, x.alike, y.alike) - max(x.columns, y.columns)
    if n_eff < EFFECTIVE_FLOOR:
        return None, f"n_eff is {n_eff:.1f}; at least {EFFECTIVE_FLOOR} is needed"
    error = math.sqrt((1 + rho**2 / 2) / (n_eff - 3))
    z = math.atanh(rho)
    return Link(
        rho,
        n_eff,
        math.tanh(z - NORMAL * error),
        math.tanh(z + NORMAL * error),
        two_sided(z / error),
    ), None


def _effective(n: int, x: list[float], y: list[float]) -> float:
    """Estimate the number of independent pairs among n of two series with these autocorrelations,
    before detrending takes some."""
    both = corrected(x[0], n) * corrected(y[0], n)
    reach = sum(a * b for a, b in zip(x, y, strict=True))
    return min(n, n * (1 - both) / (1 + both), n / max(1 + 2 * reach, 1))


def _defined(pair: Pair, x: Metric, y: Metric) -> Definition:
    id = f"{pair.x}~{pair.y}" + (f"+{pair.lag}" if pair.lag else "")
    when = {0: "", 1: " of the next day"}.get(pair.lag, f" {pair.lag} days later")
    title = f"{x.name} and {y.name_within}{when}"
    return Definition(id, title, "Spearman's ρ", Format.CORRELATION)


def _correlation(
    table: Mapping[str, Series],
    pair: Pair,
    dates: Dates,
    ranked: _Ranks,
    away: Collection[int],
) -> Statistic:
    x, y = table[pair.x], table[pair.y]
    later = y.within(dates).points
    earlier = x.within(Dates(dates.first - pair.lag, dates.last - pair.lag)).points
    both = [at for at in earlier if at + pair.lag in later]
    if away:
        both = [at for at in both if not _moved(at, pair.lag, away)]
    ranked_x = ranked.of(pair.x, tuple(both))
    ranked_y = ranked.of(pair.y, tuple(at + pair.lag for at in both))
    found, reason = link(ranked_x, ranked_y)
    raw = correlation(ranked_x.raw, ranked_y.raw)
    shown = zip(ranked_x.shown, ranked_y.shown, strict=True)
    when = _LATER[pair.lag] if pair.lag else "of the same cycle"
    built_in = pair.lag == 0 and pair.x.startswith("sleep") and pair.y == "recovery"
    family = "among built-in links alone, p times 10" if built_in else "on this page, level shared"
    words = f"{x.metric.name} and {y.metric.name_within} {when}"
    return Statistic(
        *_defined(pair, x.metric, y.metric),
        f"{words}: Spearman without line, waves slower than 90 days and weekday means, travel left "
        f"out; CI and p by n_eff; seen: q < 0.05 {family}",
        "Bonett & Wright 2000, 10.1007/BF02294183; Pyper & Peterman 1998, 10.1139/f98-104",
        dates,
        n=len(both),
        excluded=_left_out(x, y, dates, pair.lag, away),
        value=found and found.rho,
        ci=(found.low, found.high) if found else None,
        reason=reason,
        relation=Relation(x.metric, y.metric, pair.lag, words, built_in),
        n_eff=found and found.n_eff,
        p=found and found.p,
        figures={"raw": raw},
        note="partly by construction: WHOOP's recovery uses sleep" if built_in else None,
        evidence=[
            Evidence(day(at + pair.lag), values, y.ids[at + pair.lag])
            for at, values in zip(both, shown, strict=True)
        ],
    )


def _moved(at: int, lag: int, away: Collection[int]) -> bool:
    return at in away or at + lag in away


def _left_out(
    x: Series, y: Series, dates: Dates, lag: int, away: Collection[int]
) -> dict[str, int]:
    found: Counter[str] = Counter()
    for at in range(dates.first, dates.last + 1):
        if at not in y.values:
            found[y.why.get(at, NOT_RECORDED)] += 1
        elif at - lag not in x.values:
            found[x.why.get(at - lag, NOT_RECORDED)] += 1
        elif _moved(at - lag, lag, away):
            found["on another clock than usual, or in the five days after"] += 1
    return dict(found)
