"""What goes with what, with everything taken off that would make two series agree by accident."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

from .metrics import NOT_RECORDED, Series
from .statistic import CHANCE, Statistic, attempt, statistic, too_few
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
    """Each pair tried: ρ of the detrended series, −1 to 1, with `n_eff`, `p` and `lag` in days.

    Bonett & Wright 2000, 10.1007/BF02294183; Bretherton 1999,
    10.1175/1520-0442(1999)012<1990:TENOSD>2.0.CO;2; Pyper & Peterman 1998, 10.1139/f98-104.
    Floor: 30 pairs and n_eff 15. Detrending, n_eff and window are this project's own choice.
    """
    dates = Dates.ending(period.last, min(max(period.days, LEAST_DAYS), MOST_DAYS))
    return [
        attempt(_id(pair), "Spearman's ρ", dates, partial(_told, table, pair, dates))
        for pair in PAIRS_TRIED
    ]


def judge(found: Statistic) -> str:
    """What may be said of a correlation, given its q."""
    if found["q"] < ESTABLISHED:
        return "established"
    return "seen in this window" if found["q"] < CHANCE else "not distinguishable from chance"


def link(x: Points, y: Points, lag: int) -> tuple[Link | None, str | None]:
    """The link of two series by their days, `lag` days apart; or the reason for none."""
    days = [at for at in x if at + lag in y]
    reason = too_few(len(days), PAIRS_FLOOR, "pairs")
    if reason:
        return None, reason
    rest_x, columns_x = detrended({at: x[at] for at in days})
    rest_y, columns_y = detrended({at + lag: y[at + lag] for at in days})
    rank_x, rank_y = ranks(list(rest_x.values())), ranks(list(rest_y.values()))
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
    """How many independent pairs these are worth, before what detrending took."""
    n = len(x)
    both = persistence(x) * persistence(y)
    reach = sum(autocorrelation(x, j) * autocorrelation(y, j) for j in range(1, n // 5 + 1))
    return min(n, n * (1 - both) / (1 + both), n / max(1 + 2 * reach, 1))


def _id(pair: Pair) -> str:
    return f"{pair.x}~{pair.y}" + (f"+{pair.lag}" if pair.lag else "")


def _told(table: Mapping[str, Series], pair: Pair, dates: Dates) -> Statistic:
    x, y = table[pair.x], table[pair.y]
    later = y.within(dates).points
    earlier = x.within(Dates(dates.first - pair.lag, dates.last - pair.lag)).points
    both = [at for at in earlier if at + pair.lag in later]
    found, reason = link(earlier, later, pair.lag)
    raw = correlation(
        ranks([earlier[at] for at in both]), ranks([later[at + pair.lag] for at in both])
    )
    known = found._asdict() if found else {}
    when = _LATER[pair.lag] if pair.lag else "of the same cycle"
    built_in = pair.lag == 0 and pair.x.startswith("sleep") and pair.y == "recovery"
    return statistic(
        _id(pair),
        "Spearman's ρ",
        f"{x.metric.name} and {y.metric.within} {when}: Spearman without linear trend and "
        "weekday means; CI and p by n_eff",
        "Bonett & Wright 2000, 10.1007/BF02294183; Pyper & Peterman 1998, 10.1139/f98-104",
        dates,
        n=len(both),
        excluded=_left_out(x, y, dates, pair.lag),
        value=known.get("rho"),
        ci=(known["low"], known["high"]) if found else None,
        reason=reason,
        lag=pair.lag,
        n_eff=known.get("n_eff"),
        p=known.get("p"),
        raw=raw,
        note="partly by construction: WHOOP's recovery uses sleep" if built_in else None,
        evidence=[
            {
                "date": day(at + pair.lag),
                "value": [round(earlier[at], 4), round(later[at + pair.lag], 4)],
                "id": y.ids[at + pair.lag],
            }
            for at in both
        ],
    )


def _left_out(x: Series, y: Series, dates: Dates, lag: int) -> dict[str, Any]:
    found: Counter[str] = Counter()
    for at in range(dates.first, dates.last + 1):
        for series, then in ((y, at), (x, at - lag)):
            if then not in series.values:
                found[series.why.get(then, NOT_RECORDED)] += 1
                break
    return dict(found)
