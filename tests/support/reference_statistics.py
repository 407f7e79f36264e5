"""The statistics a second time, by numpy and scipy on arrays with NaN for gaps."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import optimize, stats

from whoop_mcp.insights.timeseries import day, number
from whoop_mcp.reads.days import Day
from whoop_mcp.whoop.records import Sleep, Workout

from .reference_periods import shapes

Z = stats.norm.ppf(0.975)
Array = Any


def array(points: dict[int, float], first: int, last: int) -> Array:
    """Points on the calendar."""
    found = np.full(last - first + 1, np.nan)
    for at, value in points.items():
        if first <= at <= last:
            found[at - first] = value
    return found


def shared_discovery(kinds: list[list[float]], shares: list[float]) -> list[list[float]]:
    """The q of one family of several kinds, each with its share of the level; of those of which
    anything was asked."""
    shares = [share for share, one in zip(shares, kinds, strict=True) if one]
    kinds = [one for one in kinds if one]
    m, level = sum(map(len, kinds)), np.array(shares) / sum(shares)
    p = np.concatenate(
        [np.array(one) * len(one) / m / w for one, w in zip(kinds, level, strict=True)]
    )
    order = np.argsort(p)
    q = np.empty(m)
    q[order] = np.minimum.accumulate((p[order] * m / np.arange(1, m + 1))[::-1])[::-1]
    whole = np.minimum(np.maximum(q, np.concatenate(kinds)), 1)
    return [list(one) for one in np.split(whole, np.cumsum([len(one) for one in kinds])[:-1])]


def metric(days: list[Day], part: str, field: str, first: int, last: int) -> Array:
    """A field of the usable records of one part of the days."""
    found = {}
    for one in days:
        record = getattr(one, part)
        usable = (
            record is not None
            and record.score_state == "SCORED"
            and (record.end is not None or part == "recovery")
            and not getattr(record, "user_calibrating", False)
        )
        if usable and getattr(record, field) is not None:
            found[number(one.date)] = getattr(record, field)
        if usable and field == "asleep_seconds":
            for other in further(one):
                known = other.score_state == "SCORED" and other.end is not None
                found[number(one.date)] += getattr(other, field) if known else np.nan
    return array(found, first, last)


def counted(workouts: list[Workout]) -> Array:
    """The share of each workout that counts: every stretch between two boundaries is given to one
    of those that it lies in, the measured, the longer, the earlier first."""
    spans = [(_moment(one.start), _moment(one.end)) for one in workouts]
    bounds = sorted({at for span in spans for at in span})

    def right(place: int) -> Any:
        one, (start, end) = workouts[place], spans[place]
        measured = one.score_state == "SCORED" and bool(
            one.strain is not None or one.zone_durations_seconds is not None
        )
        return measured, end - start, -start.astype(int), [-ord(c) for c in one.id]

    got = np.zeros(len(workouts))
    for low, high in pairwise(bounds):
        inside = [place for place, (start, end) in enumerate(spans) if start <= low < end]
        if inside:
            got[max(inside, key=right)] += (high - low) / np.timedelta64(1, "ms")
    lengths = np.array([(end - start) / np.timedelta64(1, "ms") for start, end in spans])
    return np.where(lengths > 0, got / np.where(lengths > 0, lengths, 1), 1.0)


def acf(x: Array, lag: int) -> float:
    if np.nanmin(x) == np.nanmax(x) or lag >= len(x):
        return 0.0
    off = x - np.nanmean(x)
    products = off[: len(x) - lag] * off[lag:]
    products = products[~np.isnan(products)]
    return float(products.mean() / np.nanmean(off**2)) if len(products) else 0.0


def phi(x: Array) -> float:
    n = int(np.sum(~np.isnan(x)))
    r = acf(x, 1)
    return float(np.clip(r + (1 + 4 * r) / n, 0, 0.9))


def toeplitz(n: int, phi: float) -> float:
    """The variance of a mean, as a sum over the whole correlation matrix."""
    places = np.arange(n)
    return float(np.sum(phi ** np.abs(places[:, None] - places[None, :])) / n**2)


def week_z(x: Array) -> float:
    """The distance of the last 7 of 67 days from the 60 before, NaN below the floors."""
    week, base = x[-7:], x[:-7]
    n, b = np.sum(~np.isnan(week)), np.sum(~np.isnan(base))
    if n < 5 or b < 21 or np.nanstd(base, ddof=1) < 1e-6:
        return np.nan
    away = np.nanmean(week) - np.nanmean(base)
    return float(np.round(away / np.nanstd(base, ddof=1) / np.sqrt(1 / n + 1 / b), 9))


def hrv(x: Array) -> dict[str, Any]:
    """Of all days' ln rMSSD, NaN where there is none, at least 804 of them: the last week, its
    baseline, its p, and on how many days of the last year the week up to them was unusual."""
    z = np.array([week_z(x[end - 67 : end]) for end in range(67, len(x) + 1)])
    z[:-553] = np.nan  # a year, the week, and the 26 that the earliest is ranked among
    past = z[-372:-7]
    n, farther = np.sum(~np.isnan(past)), np.sum(np.abs(past) >= np.abs(z[-1]))
    week, base, history = x[-7:], x[-67:-7], x[-372:-7]
    usual, sd = np.nanmean(base), np.nanstd(base, ddof=1)
    keep, p = None, (7 + farther) / (7 + n)
    if n < 182:
        keep = phi(history)
        keep = min(keep + np.sqrt((1 - keep**2) / np.sum(~np.isnan(history))), 0.9)
        days, many = (int(np.sum(~np.isnan(one))) for one in (week, base))
        spread = toeplitz(many, keep)
        inflation = min(many * spread, many - 2)
        error = sd * np.sqrt((many - 1) / (many - inflation))
        t = (np.nanmean(week) - usual) / error / np.sqrt(toeplitz(days, keep) + spread)
        p = 2 * stats.t.sf(abs(t), max(many / inflation - 1, 1))
        if n >= 14:
            p = max(p, 2 * stats.t.sf(abs(z[-1]) / np.sqrt(np.nanmean(past**2)), n / 7))
    ranks = []
    for end in range(len(z) - 365, len(z)):
        before = z[end - 371 : end - 6]
        known = np.sum(~np.isnan(before))
        if known >= 182 and not np.isnan(z[end]):
            ranks.append((7 + np.sum(np.abs(before) >= np.abs(z[end]))) / (7 + known))
    return {
        "value": float(np.nanmean(week)),
        "low": float(usual - sd / 2),
        "high": float(usual + sd / 2),
        "phi": keep,
        "p": float(p),
        "past_days": int(n),
        "farther_days": int(farther),
        "judged_days": len(ranks),
        "unusual_days": int(np.sum(np.array(ranks) < 0.05)),
    }


def weekdays(x: Array, first: int) -> dict[str, Any]:
    """The means of the weekdays from Monday on, how far each is off the days around it that are
    not other ones themselves, and p."""
    at = np.arange(first, first + len(x))
    out: list[int] = []
    off = _from_days_around(x, at, out)
    ps = [float(stats.ttest_1samp(one, 0).pvalue) for one in off]
    p = min(1.0, 7 * min(ps))
    while len(out) < 3:
        surest = min((one for one in range(7) if one not in out), key=lambda one: ps[one])
        if 7 * ps[surest] >= 0.005:
            break
        out.append(surest)
        off = _from_days_around(x, at, out)
        ps = [float(stats.ttest_1samp(one, 0).pvalue) for one in off]
    return {
        "means": [float(np.nanmean(x[(at - 1) % 7 == one])) for one in range(7)],
        "off": [float(one.mean()) for one in off],
        "ps": ps,
        "p": p,
    }


def _from_days_around(x: Array, at: Array, out: list[int]) -> list[Array]:
    """By weekday, each value less the mean of the three days to each side whose weekday is not
    out, two of them lacking at most."""
    day_of_week = (at - 1) % 7
    others = np.where(np.isin(day_of_week, out), np.nan, x)
    padded = np.concatenate([np.full(3, np.nan), others, np.full(3, np.nan)])
    around = np.delete(np.lib.stride_tricks.sliding_window_view(padded, 7), 3, axis=1)
    many = np.array([6 - sum(one != here for one in out) for here in day_of_week])
    known = np.sum(~np.isnan(around), axis=1)
    enough = known >= np.maximum(many - 2, 2)
    off = np.where(enough, x - np.nansum(around, axis=1) / np.maximum(known, 1), np.nan)
    return [off[(day_of_week == one) & ~np.isnan(off)] for one in range(7)]


def away(days: list[Day], first: int, last: int) -> Array:
    """Which dates are marked by travel, by the clocks of cycle and sleep."""
    clocks = np.full((last - first + 1, 2), np.nan)
    for one in days:
        for column, record in enumerate((one.cycle, one.sleep)):
            if record and first <= number(one.date) <= last:
                minutes = _minutes(record.timezone_offset) / np.timedelta64(1, "m")
                clocks[number(one.date) - first, column] = minutes
    latest = np.where(np.isnan(clocks[:, 1]), clocks[:, 0], clocks[:, 1])
    found = np.zeros(len(clocks), dtype=bool)
    for at in np.flatnonzero(~np.isnan(latest)):
        near = latest[max(0, at - 30) : at + 31]
        near = np.sort(near[~np.isnan(near)])
        before = latest[:at][~np.isnan(latest[:at])]
        usual = [near[(len(near) - 1) // 2], *before[-1:]]
        own = clocks[at][~np.isnan(clocks[at])]
        if np.max(np.abs(own[:, None] - usual)) > 60:
            found[at : at + 6] = True
    return found


def slope(x: Array, past: Array) -> dict[str, float]:
    """Per day: scipy's Theil–Sen slope of x, and Student's t by the lines of numpy's least squares
    through all stretches of as many days in the past, from its first value to just before x."""
    past = past[np.argmax(~np.isnan(past)) :]
    at = np.flatnonzero(~np.isnan(x))
    value = stats.theilslopes(x[at], at).slope
    now = float(np.sum((at - at.mean()) ** 2))
    squares = []
    for first in range(len(past) - len(x) + 1):
        stretch = past[first : first + len(x)]
        days = np.flatnonzero(~np.isnan(stretch))
        if len(days) >= max(0.75 * len(at), 2):
            line = np.polynomial.Polynomial.fit(days, stretch[days], 1).convert().coef
            spread = float(np.sum((days - days.mean()) ** 2))
            squares.append((line[1] if len(line) > 1 else 0.0) ** 2 * max(1.0, spread / now))
    m, error = len(squares), float(np.sqrt(np.mean(squares))) if squares else np.nan
    apart = np.abs(np.arange(m)[:, None] - np.arange(m)[None, :]) / len(x)
    alike = walks(np.minimum(apart, 1.0)) ** 2
    freedom = m**2 / alike.sum() if m else np.nan
    reach = stats.t.ppf(0.975, freedom) * error
    return {
        "value": float(value),
        "low": float(value - reach),
        "high": float(value + reach),
        "error": error,
        "freedom": float(freedom),
        "stretches": m,
        "p": float(2 * stats.t.sf(abs(value) / error, freedom)) if error else np.nan,
    }


def long_slope(x: Array, past: Array) -> dict[str, float]:
    """Per day: the median slope of x with pairs across its middle twice, and Student's t through
    eighteen spectra of the past, from its first value to just before x."""
    past = past[np.argmax(~np.isnan(past)) :]
    at, middle = np.flatnonzero(~np.isnan(x)), (len(x) - 1) / 2
    i, j = np.triu_indices(len(at), 1)
    pairs = (x[at[j]] - x[at[i]]) / (at[j] - at[i])
    across = (at[i] < middle) & (at[j] > middle)
    value = np.median(np.concatenate([pairs, pairs[across]]))
    scores = np.bincount(j, 1.0 + across, len(at)) - np.bincount(i, 1.0 + across, len(at))
    scores -= scores.mean()
    contrast = np.zeros(len(past))
    contrast[at] = scores / (scores @ at)
    there = ~np.isnan(past)
    n, days = there.sum(), len(past)
    left = np.where(there, past - np.nanmean(past), 0.0)
    waves = days // 14
    angle = 2 * np.pi * np.outer(np.arange(1, waves + 1), np.arange(days)) / days
    power = ((np.cos(angle) @ left) ** 2 + (np.sin(angle) @ left) ** 2) / n
    spread, kept = left @ left / n, max((there[1:] & there[:-1]).sum() / n, 0.5)
    power = spread + (power - spread) / kept
    coarse, before = shapes(np.arange(1, waves + 1) / days)
    scale = np.maximum((power / coarse).mean(1), 1e-9 * power.mean())
    logs = np.log(before) - waves * np.log(scale) - np.log(coarse).sum(1)
    weight = np.exp(logs - logs.max())
    weight /= weight.sum()
    size = 1 << int(2 * days - 1).bit_length()
    passed = np.abs(np.fft.fft(contrast, size)[1 : size // 2 + 1]) ** 2 * 2 / size
    passed[-1] /= 2
    fine, _ = shapes(np.arange(1, size // 2 + 1) / size)
    variance = 1.06 * scale * (fine @ passed)

    def p(away: float) -> float:
        tails = stats.t.sf(abs(away) / np.sqrt(variance), 2 * waves)
        return float(2 * (weight * tails).sum())

    top = 100 * float(np.sqrt(variance.max()))
    reach = optimize.brentq(lambda away: p(away) - 0.05, 0, top, xtol=1e-14)
    return {
        "value": float(value),
        "low": float(value - reach),
        "high": float(value + reach),
        "error": float(np.sqrt(weight @ variance)),
        "freedom": float(2 * waves),
        "days": int(n),
        "p": p(float(value)),
    }


def walks(u: Array) -> Array:
    """The correlation of the slopes of two stretches of a random walk that begin so many lengths
    apart: the integral over the steps that they share of their two weights, s(1 − s); by Boole's
    rule, which is exact for it."""
    s = np.linspace(0, 1, 5)[:, None] * (1 - np.ravel(u))[None, :]
    weights = np.array([7, 32, 12, 32, 7])[:, None] / 90
    products = s * (1 - s) * (s + np.ravel(u)) * (1 - s - np.ravel(u))
    return 30 * ((weights * products).sum(axis=0) * (1 - np.ravel(u))).reshape(np.shape(u))


def residuals(x: Array, first: int) -> tuple[Array, int]:
    """Without trend, waves slower than 90 days and weekday means, by least squares on the design
    matrix."""
    at = np.flatnonzero(~np.isnan(x))
    days = at[-1] - at[0] + 1
    weekday = np.array([date.fromordinal(first + int(one)).weekday() for one in at])
    columns = [np.ones(len(at)), (at - at.mean()) / days]
    k = 1
    while 2 * days / k > 90:
        columns.append(np.cos(np.pi * k * (at - at[0] + 0.5) / days))
        k += 1
    if len(at) < 42:
        columns.append((weekday >= 5).astype(float))
    else:
        columns += [(weekday == one).astype(float) for one in range(1, 7)]
    design = np.column_stack(columns)
    fitted, _, rank, _ = np.linalg.lstsq(design, x[at], rcond=None)
    rest = np.full_like(x, np.nan)
    rest[at] = np.round((x[at] - design @ fitted) / np.std(x[at]), 9) + 0.0
    return rest, int(rank) - 1


def ranked(x: Array) -> Array:
    found = np.full_like(x, np.nan)
    there = ~np.isnan(x)
    found[there] = stats.rankdata(x[there])
    return found


def link(x: Array, y: Array, first: int, lag: int) -> dict[str, float]:
    """x and y as arrays from `first` on, y already moved back by its lag."""
    both = ~np.isnan(x) & ~np.isnan(y)
    x, y = np.where(both, x, np.nan), np.where(both, y, np.nan)
    rest_x, columns = residuals(x, first)
    rest_y, others = residuals(y, first + lag)
    rank_x, rank_y = ranked(rest_x), ranked(rest_y)
    n = int(both.sum())
    rho = stats.spearmanr(rest_x[both], rest_y[both]).statistic
    keep = phi(rank_x) * phi(rank_y)
    reach = 1 + 2 * sum(acf(rank_x, j) * acf(rank_y, j) for j in range(1, n // 5 + 1))
    n_eff = min(n, n * (1 - keep) / (1 + keep), n / max(reach, 1)) - max(columns, others)
    error = np.sqrt((1 + rho**2 / 2) / (n_eff - 3))
    z = np.arctanh(rho)
    return {
        "rho": float(rho),
        "n_eff": float(n_eff),
        "low": float(np.tanh(z - Z * error)),
        "high": float(np.tanh(z + Z * error)),
        "p": float(2 * stats.norm.sf(abs(z) / error)),
    }


def regularity(days: list[Day], now: str = "9999-12-31T00:00:00.000Z") -> float:
    """The index from every stretch between two boundaries, each judged at its middle."""
    recorded, asleep = [], []
    for one in days:
        sleep = one.sleep
        if sleep and sleep.score_state == "SCORED":
            offset = sleep.timezone_offset
            midnight = np.datetime64(one.date, "ms") - _minutes(offset)
            twelve = np.timedelta64(12 * 3600 * 1000, "ms")
            recorded.append((midnight - twelve, min(midnight + twelve, _moment(now))))
            asleep.append((_moment(sleep.start), _moment(sleep.end)))
        asleep += [
            (_moment(nap.start), _moment(nap.end))
            for nap in slept_beside(one)
            if nap.score_state == "SCORED"
        ]
    later = np.timedelta64(24 * 3600 * 1000, "ms")
    bounds = np.array(sorted({at for one in recorded + asleep for at in one}))
    bounds = np.unique(np.concatenate([bounds, bounds - later]))
    middles = bounds[:-1] + (bounds[1:] - bounds[:-1]) / 2

    def inside(intervals: list[Any], at: Array) -> Array:
        return np.any([(start <= at) & (at < end) for start, end in intervals], axis=0)

    lengths = (bounds[1:] - bounds[:-1]) / np.timedelta64(1, "ms")
    told = inside(recorded, middles) & inside(recorded, middles + later)
    differ = told & (inside(asleep, middles) != inside(asleep, middles + later))
    return float(100 * (1 - 2 * lengths[differ].sum() / lengths[told].sum()))


def further(one: Day) -> list[Sleep]:
    """What was slept on a date beside its main sleep, naps apart."""
    return [sleep for sleep in slept_beside(one) if not sleep.nap]


def slept_beside(one: Day) -> list[Sleep]:
    """All that was slept on a date beside its main sleep, each once."""
    nights = [one, *one.other_cycles]
    found = [*one.naps, *(sleep for night in nights for sleep in night.other_sleeps)]
    found += [night.sleep for night in one.other_cycles if night.sleep]
    return list({sleep.id: sleep for sleep in found}.values())


def _moment(instant: str) -> Any:
    return np.datetime64(instant[:-1], "ms")


def _minutes(offset: str) -> Any:
    if offset == "Z":
        return np.timedelta64(0, "ms")
    hours, minutes = int(offset[1:3]), int(offset[4:6])
    minutes = (hours * 60 + minutes) * (-1 if offset[0] == "-" else 1)
    return np.timedelta64(minutes * 60_000, "ms")


def jetlag(days: list[Day]) -> float:
    """Free minus work, of circular means."""
    free, work = [], []
    for one in days:
        if one.sleep and one.sleep.score_state == "SCORED":
            start, end = (_moment(getattr(one.sleep, name)) for name in ("start", "end"))
            middle = start + (end - start) / 2 + _minutes(one.sleep.timezone_offset)
            hour = (middle - middle.astype("datetime64[D]")) / np.timedelta64(1, "h")
            (free if date.fromisoformat(one.date).weekday() > 4 else work).append(float(hour))
    difference = stats.circmean(free, high=24) - stats.circmean(work, high=24)
    return float((difference + 12) % 24 - 12)


def z_of(x: Array, sign: int, floor: float) -> float | None:
    """The robust z of the last value of 31 days."""
    base = x[:28]
    base = base[~np.isnan(base)]
    if np.isnan(x[30]) or len(base) < 21:
        return None
    scale = max(1.4826 * stats.median_abs_deviation(base), floor)
    return float(sign * (x[30] - np.median(base)) / scale)


def dates(days: list[Day], first: int, last: int) -> list[Day]:
    """The days from one to another."""
    return [one for one in days if day(first) <= one.date <= day(last)]


def without_slow(x: Array, first: int) -> tuple[Array, int]:
    """Without trend, weekday means and cosines of more than 90 days, as `residuals`."""
    at = np.flatnonzero(~np.isnan(x))
    weekday = np.array([date.fromordinal(first + int(one)).weekday() for one in at])
    since = at - at[0] + 0.5
    length = -(-(at[-1] - at[0] + 1) // 7) * 7
    columns = [np.ones(len(at)), since - since.mean()]
    if len(at) < 42:
        columns.append((weekday >= 5).astype(float))
    else:
        columns += [(weekday == one).astype(float) for one in range(1, 7)]
    columns += [np.cos(np.pi * j * since / length) for j in range(1, 2 * length // 90 + 1)]
    design = np.column_stack(columns)
    fitted, _, rank, _ = np.linalg.lstsq(design, x[at], rcond=None)
    rest = np.full_like(x, np.nan)
    rest[at] = np.round((x[at] - design @ fitted) / np.std(x[at]), 9) + 0.0
    return rest, int(rank) - 1


def contrast(x: Array, y: Array, first: int) -> dict[str, float]:
    """x (1 with, 0 without) and y as arrays from `first` on, y known wherever x is: least squares
    on one design matrix, every shift taken in turn, the ends of the interval looked for."""
    known = np.flatnonzero(~np.isnan(y))
    y, x, first = y[known[0] :], x[known[0] :], first + int(known[0])
    size = -(-(int(known[-1] - known[0]) + 1) // 7) * 7
    y, x = (np.append(one, np.full(size, np.nan))[:size] for one in (y, x))
    of_y, columns = without_slow(y, first)
    of_x, _ = without_slow(x, first)
    of_y, of_x = of_y * np.nanstd(y), of_x * np.nanstd(x)
    there, n = ~np.isnan(of_y), int(np.sum(~np.isnan(of_x)))
    freedom = int(there.sum()) - columns - 1
    shifts, overlap = [], []
    for k in range(size):
        both = int(np.sum(~np.isnan(np.roll(of_x, k)) & there))
        if 2 * both >= n:
            shifts.append(k)
            overlap.append(both)
    scale = np.sqrt(n / np.array(overlap))
    square = np.nansum(of_x**2)
    whole = np.array(shifts) % 7 == 0
    weekday = np.arange(size) % 7
    spread = np.array([np.nanmean(of_y[weekday == one] ** 2) for one in range(7)])
    weight = np.array([np.nansum(of_x[weekday == one] ** 2) for one in range(7)]) / square
    wider = max(1.0, float(weight @ spread) / float(np.nanmean(of_y**2)))

    def p_of(d: float) -> float:
        left = np.where(there, of_y, 0) - d * np.nan_to_num(of_x)
        tk = np.array([np.nansum(np.roll(of_x, k) * left) for k in shifts]) / square * scale
        true, others = tk[0], np.arange(len(tk)) > 0
        grown, weeks = there.sum() / freedom, whole & others
        found = stats.t.sf(abs(true) / np.sqrt(np.mean(tk[others] ** 2) * wider * grown), freedom)
        if weeks.sum() >= 20:
            error, degrees = np.sqrt(np.mean(tk[weeks] ** 2) * grown), min(weeks.sum(), freedom)
            found = max(found, stats.t.sf(abs(true) / error, degrees))
        return float(2 * found)

    value = float(np.nansum(of_x * of_y) / square)
    p = p_of(0.0)
    away = abs(value) / stats.norm.isf(p / 2)  # about a standard error
    ends = [
        optimize.brentq(lambda d: p_of(d) - 0.05, value, value + side * 40 * away, xtol=1e-13)
        for side in (-1, 1)
    ]
    before = float(np.nansum(np.roll(of_x, -1) * of_y) / square)
    return {"value": value, "low": ends[0], "high": ends[1], "p": p, "before": before}
