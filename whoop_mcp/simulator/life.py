"""Make up an athlete's days: nights, training, illness, travel, the strap left at home.

Every night draws from slow (autocorrelated) states and the day before, so that what statistics
look for in a real life is here to be found, and can be put in or left out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from random import Random

from .. import times
from . import diary, payloads
from .account import Account, Step
from .payloads import DAY, HOUR, MINUTE, Raw, clamp

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_HRV = math.log(62)
# Monday first: what is trained, how much later to bed the evening before, HRV in ln units.
_SPORTS = (
    (),
    ("running",),
    ("weightlifting",),
    ("cycling", "yoga"),
    (),
    ("hiking-rucking", "running", "cycling"),
    ("walking", "swimming", "functional-fitness"),
)
_LATER = (0, 0, 0, 0, 10, 55, 70)
_WEEKLY = (-0.03, 0.03, 0.0, 0.02, 0.04, 0.0, -0.05)
_AWAY = ("+05:30", "+01:00", "-08:00", "+09:00", "-03:30", "Z")


@dataclass(frozen=True)
class Truths:
    """Say what is true of an athlete; None leaves it to chance, an empty tuple rules it out.

    Dates are local days, `YYYY-MM-DD`, on which a sleep ends. HRV effects are in ln units of
    rMSSD: 0.1 is about ten per cent.
    """

    illness: tuple[tuple[str, int], ...] | None = None  # (first date, days)
    travel: tuple[tuple[str, int, str], ...] | None = None  # (first date, days, offset)
    hrv_shift: tuple[str, float] | None = None  # (from date on, ln units)
    strain_effect: float = -0.012  # a point of strain, on the next HRV
    alcohol_effect: float = 0.0  # of alcohol on a day, on the HRV after it
    sleep_effect: float = 0.03  # an hour of sleep, on the HRV after it
    weekly: float = 1.0  # how much of the weekly rhythm there is
    autocorrelation: float = 0.6  # of one night's HRV with the next
    quirks: bool = True  # late, unscorable and missing data
    home: str = "-05:00"  # with the summer time of the eastern United States


class Life:
    """Make up an athlete's days to come, one after another.

    A day is numbered by the local date (proleptic ordinal) on which its sleep ends.
    """

    def __init__(self, seed: int, first: int, truths: Truths) -> None:
        self._home = truths.home
        self._truths = truths
        self._rng = Random(seed)  # noqa: S311
        self._date = first
        self._ill = _dates(truths.illness)
        self._trips = {
            day: offset
            for began, days, offset in truths.travel or ()
            for day in _dates([(began, days)])
        }
        self._shift_from = _ordinal(truths.hrv_shift[0]) if truths.hrv_shift else None
        self._cycle_id = 93_000_000 + self._rng.randrange(10**6)
        self._mood = self._slow = 0.0
        self._strain = 10.0
        self._debt = 0
        self._nights = 0
        self._open: tuple[int, Raw] | None = None
        self.due = self._onset(first)

    def day(self) -> list[Step]:
        """Give the steps from this sleep's onset to the next; they may end later than that."""
        rng, today, onset = self._rng, self._date, self.due
        zone = self._zone(today)
        ill = today in self._ill
        free = self._truths.weekly * ((today - 1) % 7 > 4)
        wake = onset + round(clamp(rng.gauss(7.7 + 0.6 * free, 0.75), 4.2, 11) * HOUR)
        made = wake + rng.randrange(6 * MINUTE, 50 * MINUTE)
        self._cycle_id += rng.randrange(900, 90_000)
        cycle_id = self._cycle_id
        self._nights += 1

        steps: list[Step] = []
        if self._open:
            before, outcome = self._open
            steps.append((made, "cycles", before, {"end": payloads.spell(onset), **outcome}))
        self._chance(today)
        self._date = self._next_day(today)
        self.due = max(self._onset(self._date), wake + 5 * HOUR)

        respiratory = 15.2 + 0.25 * self._slow + 1.3 * ill + rng.gauss(0, 0.25)
        need = self._need()
        sleep = payloads.sleep(
            rng, cycle_id, onset, wake, zone, made, need=need, respiratory_rate=respiratory
        )
        recovery = payloads.recovery(sleep, self._recovery(today, sleep, ill))
        asleep = (wake - onset) - sleep["score"]["stage_summary"]["total_awake_time_milli"]
        self._debt = round(clamp(0.5 * (sum(need.values()) - asleep), 0, 3 * HOUR))

        load, peak = self._work(today, zone, wake, ill, steps)
        self._nap(cycle_id, zone, wake, steps)
        base = clamp(rng.gauss(7.5, 1.4) - 3 * ill, 2, 12)
        self._strain = round(21 * (1 - math.exp(-(base / 14 + load))), 7)
        self._open = cycle_id, {"score": payloads.cycle_score(self._strain, 1.0, peak)}
        if self._truths.quirks and rng.random() < 0.008:
            self._open = cycle_id, {"score_state": "UNSCORABLE", "score": None}
        length = self.due - onset
        for at in range(made, self.due, 3 * HOUR):
            running = payloads.cycle_score(self._strain, (at - onset) / length, peak)
            begun = payloads.cycle(cycle_id, onset, zone, made, running, rng) if at == made else {}
            steps.append((at, "cycles", cycle_id, begun or {"score": running}))
        steps.append((self.due + rng.randrange(12, 40) * HOUR, "cycles", cycle_id, {}))
        self._appear(steps, made, sleep, recovery)
        return steps

    # ── what the days are like ──

    def _zone(self, day: int) -> str:
        away = self._trips.get(day)
        if away or self._home != "-05:00":
            return away or self._home
        year = date.fromordinal(day).year
        march, november = date(year, 3, 8).toordinal(), date(year, 11, 1).toordinal()
        # The second Sunday of March to the first of November; ordinal 7 was a Sunday.
        summer = march + -march % 7 <= day < november + -november % 7
        return "-04:00" if summer else self._home

    def _onset(self, day: int) -> int:
        late = self._rng.gauss(self._truths.weekly * _LATER[(day - 1) % 7], 32) * MINUTE
        midnight = (day - _EPOCH_DAY) * DAY - times.offset(self._zone(day)) * MINUTE
        return round(midnight - 50 * MINUTE + clamp(late, -HOUR, 3 * HOUR))

    def _chance(self, today: int) -> None:
        rng = self._rng
        if self._truths.illness is None and today not in self._ill and rng.random() < 0.012:
            self._ill.update(range(today + 1, today + 1 + rng.randint(3, 6)))
        if self._truths.travel is None and today not in self._trips and rng.random() < 0.015:
            away = rng.choice(_AWAY)
            self._trips.update(dict.fromkeys(range(today + 1, today + rng.randint(4, 11)), away))

    def _next_day(self, today: int) -> int:
        """Pick tomorrow, or, when the strap stays off, the first morning it is worn again."""
        unworn = self._truths.quirks and self._rng.random() < 0.012
        return today + 1 + (self._rng.randint(1, 3) if unworn else 0)

    def _need(self) -> Raw:
        return {
            "baseline_milli": 27_395_716,
            "need_from_sleep_debt_milli": self._debt,
            "need_from_recent_strain_milli": round(clamp(self._strain - 8, 0, 13) * 150_000),
            "need_from_recent_nap_milli": 0,
        }

    def _recovery(self, today: int, sleep: Raw, ill: bool) -> Raw:
        rng, truths = self._rng, self._truths
        keep = truths.autocorrelation
        self._mood = keep * self._mood + math.sqrt(1 - keep**2) * rng.gauss(0, 0.13)
        self._slow = 0.9 * self._slow + rng.gauss(0, 0.4)
        hours = sleep["score"]["stage_summary"]["total_in_bed_time_milli"] / HOUR
        hrv = (
            self._mood
            + truths.weekly * _WEEKLY[(today - 1) % 7]
            + truths.strain_effect * (self._strain - 11)
            + truths.sleep_effect * (hours - 7.7)
            - 0.32 * ill
        )
        if truths.alcohol_effect and diary.drank(sleep["start"]):
            hrv += truths.alcohol_effect
        if truths.hrv_shift and self._shift_from is not None and today >= self._shift_from:
            hrv += truths.hrv_shift[1]
        pulse = 53 - 11 * hrv + self._slow + 4 * ill + rng.gauss(0, 0.9)
        feel = 60 + 95 * hrv - 1.5 * (pulse - 53) + rng.gauss(0, 4)
        oxygen = round(clamp(rng.gauss(96.4, 0.9), 90, 100), 4) if rng.random() < 0.94 else None
        return {
            "user_calibrating": self._nights <= 4,
            "recovery_score": round(clamp(feel, 1, 99)),
            "resting_heart_rate": round(clamp(pulse, 38, 95)),
            "hrv_rmssd_milli": round(math.exp(_HRV + hrv), 6),
            "spo2_percentage": oxygen,
            "skin_temp_celsius": round(33.6 + 0.15 * self._slow + 0.8 * ill + rng.gauss(0, 0.2), 6),
        }

    def _work(
        self, today: int, zone: str, wake: int, ill: bool, steps: list[Step]
    ) -> tuple[float, int]:
        rng, room = self._rng, self.due - wake - 3 * HOUR
        weekday = (today - 1) % 7 if self._truths.weekly else rng.randrange(7)
        sports = () if ill or room < 8 * HOUR else _SPORTS[weekday]
        chosen = [sport for sport in sports if rng.random() < 0.72]
        if self._truths.quirks and room > 8 * HOUR and rng.random() < 0.04:
            chosen.append("meditation")
        load, peak = 0.0, round(rng.gauss(122, 8))
        for place, sport in enumerate(chosen):
            # Each has a stretch of the waking day to itself.
            stretch = min(room, 13 * HOUR) / len(chosen)
            minutes = clamp(payloads.SPORTS[sport].minutes * rng.gauss(1, 0.2), 5, 170)
            spare = max(stretch - minutes * MINUTE, MINUTE)
            start = wake + HOUR + round(place * stretch + rng.random() * spare)
            made = start + round(minutes * MINUTE) + rng.randrange(2 * MINUTE, 3 * HOUR)
            raw = payloads.workout(rng, start, minutes, sport, zone, made)
            if raw["score"]:
                load += -math.log(1 - raw["score"]["strain"] / 21)
                peak = max(peak, raw["score"]["max_heart_rate"])
            self._show(steps, made, "workouts", raw["id"], raw, self._state())
        return load, peak

    def _nap(self, cycle_id: int, zone: str, wake: int, steps: list[Step]) -> None:
        rng = self._rng
        if self.due - wake < 12 * HOUR or rng.random() > 0.1:
            return
        start = wake + rng.randrange(6 * HOUR, 8 * HOUR)
        end = start + rng.randrange(18 * MINUTE, 85 * MINUTE)
        made = end + rng.randrange(5 * MINUTE, HOUR)
        need = {**self._need(), "need_from_recent_nap_milli": start - end}
        raw = payloads.sleep(
            rng, cycle_id, start, end, zone, made, nap=True, need=need, respiratory_rate=15.4
        )
        self._show(steps, made, "sleeps", raw["id"], raw, self._state())

    # ── how it comes to light ──

    def _state(self) -> str:
        draw = self._rng.random() if self._truths.quirks else 1.0
        return "UNSCORABLE" if draw < 0.012 else "PENDING_SCORE" if draw < 0.05 else "SCORED"

    def _appear(self, steps: list[Step], made: int, sleep: Raw, recovery: Raw) -> None:
        state = self._state()
        self._show(steps, made, "sleeps", sleep["id"], sleep, state)
        self._show(steps, made, "recoveries", recovery["cycle_id"], recovery, state)
        if state == "SCORED" and self._truths.quirks and self._rng.random() < 0.05:
            at = made + self._rng.randrange(1, 20) * HOUR
            start, end = payloads.milli(sleep["start"]), payloads.milli(sleep["end"])
            longer = payloads.resized(sleep, start, end + self._rng.randrange(2, 25) * MINUTE)
            changes = {"end": longer["end"], "score": longer["score"]}
            steps.append((at, "sleeps", sleep["id"], changes))
            score = payloads.recalculated(recovery)["score"]
            steps.append((at, "recoveries", recovery["cycle_id"], {"score": score}))

    def _show(
        self, steps: list[Step], made: int, resource: str, id: int | str, raw: Raw, state: str
    ) -> None:
        """Let a record appear in a state of scoring, and settle within two days or so."""
        rng = self._rng
        if state == "SCORED":
            steps.append((made, resource, id, raw))
        else:
            bare = {**raw, "score_state": state, "score": None}
            if rng.random() < 0.5:
                del bare["score"]
            steps.append((made, resource, id, bare))
        if state == "PENDING_SCORE":
            at = made + rng.randrange(1, 60) * HOUR
            steps.append((at, resource, id, {"score_state": "SCORED", "score": raw["score"]}))
        elif rng.random() < 0.6:
            steps.append((made + rng.randrange(HOUR, 46 * HOUR), resource, id, {}))


def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def _dates(stretches: Iterable[tuple[str, int]] | None) -> set[int]:
    return {_ordinal(began) + day for began, days in stretches or () for day in range(days)}


def make(
    seed: int = 1,
    days: int = 90,
    until: str | None = None,
    user_id: int = 10129,
    **truths: object,
) -> Account:
    """Make an account whose athlete has worn the strap for `days` days.

    `until` is the account's present, a canonical instant (default: now). The same arguments make
    the same account, and time passed in it leads to the same days as a later `until`.
    `truths` are the fields of `Truths`.
    """
    return Account(*athlete(seed, days, until, user_id, **truths))


def athlete(
    seed: int, days: int, until: str | None, user_id: int, **truths: object
) -> tuple[Raw, Raw, str, Life]:
    """Make what an `Account` begins with: profile, body, present, and the days to come."""
    present = until or times.now()
    known = Truths(**truths)  # type: ignore[arg-type]
    today = date.fromisoformat(times.local(present, known.home)[:10]).toordinal()
    profile = {
        "user_id": user_id,
        "email": f"athlete.{user_id}@example.com",
        "first_name": "Demo",
        "last_name": "Athlete",
    }
    body = {"height_meter": 1.7526, "weight_kilogram": 71.4, "max_heart_rate": 191}
    return profile, body, present, Life(seed, today - days + 1, known)
