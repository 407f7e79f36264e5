"""Correlate metrics, with all taken off that would make two series agree by accident."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from .metrics import NOT_RECORDED, Evidence, Format, Metric, Series
from .statistic import CHANCE, Definition, Relation, Statistic, Verdict, attempt, too_few
from .timeseries import (
    Dates,
    Points,
    autocorrelation,
    correlation,
    day,
    detrended,
    persistence,
    ranks,
    two_sided,
)
from .timeseries import Z as NORMAL

LEAST_DAYS, MOST_DAYS = 180, 365
"""The window: the period, but no fewer and no more days than these."""

PAIRS_FLOOR, EFFECTIVE_FLOOR = 30, 15
ESTABLISHED = 0.01
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


class Link(NamedTuple):
    """Spearman's ρ of two detrended series, and how sure it is."""

    rho: float
    n_eff: float
    low: float
    high: float
    p: float


def correlations(table: Mapping[str, Series], period: Dates) -> list[Statistic]:
    """Try each pair: ρ of the detrended series, −1 to 1, with `n_eff`, `p` and `lag` in days.

    Bonett & Wright 2000, 10.1007/BF02294183; Bretherton 1999,
    10.1175/1520-0442(1999)012<1990:TENOSD>2.0.CO;2; Pyper & Peterman 1998, 10.1139/f98-104.
    Floor: 30 pairs and n_eff 15. Detrending, n_eff and window are this project's own choice.
    """
    dates = Dates.ending(period.last, min(max(period.days, LEAST_DAYS), MOST_DAYS))
    return [
        attempt(
            _defined(pair, table[pair.x].metric, table[pair.y].metric),
            dates,
            partial(_correlation, table, pair, dates),
        )
        for pair in PAIRS_TRIED
    ]


def judge(found: Statistic, q: float) -> Verdict:
    """Judge a correlation by its q."""
    if q < ESTABLISHED:
        return Verdict("established", True)
    if q < CHANCE:
        return Verdict("seen in this window", True)
    return Verdict("not distinguishable from chance", False)


def link(x: Points, y: Points, lag: int) -> tuple[Link | None, str | None]:
    """Correlate two series by their days, `lag` days apart; where none can be, give the reason."""
    days = [at for at in x if at + lag in y]
    reason = too_few(len(days), PAIRS_FLOOR, "pairs")
    if reason:
        return None, reason
    left_x, columns_x = detrended({at: x[at] for at in days})
    left_y, columns_y = detrended({at + lag: y[at + lag] for at in days})
    rank_x, rank_y = ranks(list(left_x.values())), ranks(list(left_y.values()))
    rho = correlation(rank_x, rank_y)
    if rho is None:
        return None, "one of the two does not vary beyond its trend and weekdays"
    if abs(rho) > 1 - 1e-12:
        return None, "the two order all days alike: no interval can be given"
    n_eff = _effective(dict(zip(days, rank_x, strict=True)), dict(zip(days, rank_y, strict=True)))
    n_eff -= max(columns_x, columns_y)
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


def _effective(x: Points, y: Points) -> float:
    """Estimate the number of independent pairs in these, before detrending takes some."""
    n = len(x)
    both = persistence(x) * persistence(y)
    reach = sum(autocorrelation(x, j) * autocorrelation(y, j) for j in range(1, n // 5 + 1))
    return min(n, n * (1 - both) / (1 + both), n / max(1 + 2 * reach, 1))


def _defined(pair: Pair, x: Metric, y: Metric) -> Definition:
    id = f"{pair.x}~{pair.y}" + (f"+{pair.lag}" if pair.lag else "")
    when = {0: "", 1: " of the next day"}.get(pair.lag, f" {pair.lag} days later")
    title = f"{x.name} and {y.name_within}{when}"
    return Definition(id, title, "Spearman's ρ", Format.CORRELATION)


def _correlation(table: Mapping[str, Series], pair: Pair, dates: Dates) -> Statistic:
    x, y = table[pair.x], table[pair.y]
    later = y.within(dates).points
    earlier = x.within(Dates(dates.first - pair.lag, dates.last - pair.lag)).points
    both = [at for at in earlier if at + pair.lag in later]
    found, reason = link(earlier, later, pair.lag)
    raw = correlation(
        ranks([earlier[at] for at in both]), ranks([later[at + pair.lag] for at in both])
    )
    when = _LATER[pair.lag] if pair.lag else "of the same cycle"
    built_in = pair.lag == 0 and pair.x.startswith("sleep") and pair.y == "recovery"
    words = f"{x.metric.name} and {y.metric.name_within} {when}"
    return Statistic(
        *_defined(pair, x.metric, y.metric),
        f"{words}: Spearman without linear trend and weekday means; CI and p by n_eff",
        "Bonett & Wright 2000, 10.1007/BF02294183; Pyper & Peterman 1998, 10.1139/f98-104",
        dates,
        n=len(both),
        excluded=_left_out(x, y, dates, pair.lag),
        value=found and found.rho,
        ci=(found.low, found.high) if found else None,
        reason=reason,
        relation=Relation(x.metric, y.metric, pair.lag, words),
        n_eff=found and found.n_eff,
        p=found and found.p,
        figures={"raw": raw},
        note="partly by construction: WHOOP's recovery uses sleep" if built_in else None,
        evidence=[
            Evidence(
                day(at + pair.lag),
                (round(earlier[at], 4), round(later[at + pair.lag], 4)),
                y.ids[at + pair.lag],
            )
            for at in both
        ],
    )


def _left_out(x: Series, y: Series, dates: Dates, lag: int) -> dict[str, int]:
    found: Counter[str] = Counter()
    for at in range(dates.first, dates.last + 1):
        for series, then in ((y, at), (x, at - lag)):
            if then not in series.values:
                found[series.why.get(then, NOT_RECORDED)] += 1
                break
    return dict(found)
