"""Say why a date's cycle, recovery or sleep is not there, or has no score.

What is said follows from what the cache knows at one moment: how well the hours around the night
are covered and when that was confirmed, what state WHOOP gave a record, and what was deleted.
That nothing is there is taken for WHOOP's own word only where WHOOP was asked late enough.
"""

from __future__ import annotations

from typing import NamedTuple

from .. import times
from ..cache import coverage, traces
from ..cache.dates import DayRule
from ..cache.snapshot import Snapshot
from ..times import Span, Window
from ..whoop.records import Cycle, Recovery, Sleep
from ..whoop.resources import CYCLES, RECOVERIES, SLEEPS, Resource, with_parents

REASONS = (
    "future",
    "still_asleep",
    "not_scored_yet",
    "unscorable",
    "calibrating",
    "no_score",
    "strap_not_worn",
    "not_synced_since",
    "not_fetched",
    "malformed",
    "deleted",
    "purged",
    "no_record",
)
"""The codes there are: see docs/TOOLS.md."""

Why = dict[str, dict[str, str]]
"""By `cycle`, `recovery` or `sleep`: `{"reason": code, "text": sentence}`."""

_RESOURCES: dict[str, Resource] = {"cycle": CYCLES, "recovery": RECOVERIES, "sleep": SLEEPS}
_NIGHT_FROM = -12  # hours from a date's midnight: the night that ends on it began after that
_MORNING_UNTIL = 12  # o'clock: until then it is no wonder that no night has ended
_SCORED_WITHIN = 24  # hours after a night: until then its recovery may still come
_AWAKE_AT_MOST = 72  # hours: in a longer cycle without a night the strap was hardly worn
_MAY_COME = " One that is not processed yet may still come."
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class _Reason(NamedTuple):
    code: str
    text: str


def explain(
    seen: Snapshot,
    date: str,
    cycle: Cycle | None,
    recovery: Recovery | None,
    sleep: Sleep | None,
    *,
    day: DayRule = "local",
    began: str | None = None,
) -> Why:
    """Say why what a date shows lacks its cycle, recovery or main sleep, or their scores.

    Answers by name those that are not there or not scored, `{"sleep": {"reason": one of REASONS,
    "text": a sentence with times on the person's clock}}`; empty when all is there. `date` is read
    by the clock of `day`, and where that is UTC's the times are UTC's, too; `began` is when WHOOP
    was asked for this answer (None: it was not). Of a `Day` of `reads.days`: `explain(seen,
    one.date, one.cycle, one.recovery, one.sleep)`, in the snapshot that it was read in.
    """
    parts = {"cycle": cycle, "recovery": recovery, "sleep": sleep}
    if all(part is not None and _is_scored(part) for part in parts.values()):
        return {}
    there = next((part.timezone_offset for part in (sleep, cycle, recovery) if part), None)
    asked = _Question(seen, date, day, there, began, has_cycle=cycle is not None)
    found = {}
    for name, part in parts.items():
        reason = asked.unscored(name, part) if part is not None else asked.absent(name, sleep)
        if reason is not None:
            found[name] = {"reason": reason.code, "text": reason.text}
    return found


def _is_scored(part: Cycle | Recovery | Sleep) -> bool:
    if part.score_state in ("PENDING_SCORE", "UNSCORABLE"):
        return False
    if isinstance(part, Cycle):
        return part.strain is not None
    return (part.recovery_score if isinstance(part, Recovery) else part.asleep_seconds) is not None


class _Question:
    """Hold one date, and what of the cache its answers follow from."""

    def __init__(
        self,
        seen: Snapshot,
        date: str,
        day: DayRule,
        zone: str | None,
        began: str | None,
        *,
        has_cycle: bool,
    ) -> None:
        self._seen, self._date, self._has_cycle = seen, date, has_cycle
        self._utc = day == "utc"
        self._offset = 0 if self._utc else seen.offset()  # of the person's clock, now
        offset = self._east(zone)
        self._deleted = traces.deleted_on(seen.connection, date, day)
        midnight = times.plus(times.midnight(date), minutes=-offset)
        self._over = times.plus(midnight, days=1)  # when the date is
        self._night = Window(
            times.plus(midnight, hours=_NIGHT_FROM), max(min(self._over, seen.now), midnight)
        )
        wall = times.plus(seen.now, minutes=self._offset)
        self._today, self._hour = wall[:10], int(wall[11:13])
        self._recent = seen.recent(began)
        self._on = self._spelled(date)

    # ── a record that has no score ──

    def unscored(self, name: str, part: Cycle | Recovery | Sleep) -> _Reason | None:
        """Say why a record has no score; None where it has one."""
        if _is_scored(part):
            return None
        key = str(part.cycle_id if isinstance(part, Recovery) else part.id).lower()
        resource = _RESOURCES[name]
        asked = self._asked_for(resource, key)
        if part.score_state == "PENDING_SCORE":
            runs = isinstance(part, Cycle) and part.end is None
            still = "is still running, and WHOOP" if runs else "is there, but WHOOP"
            return _Reason("not_scored_yet", f"The {name} {still} had not scored it {asked}.")
        if part.score_state == "UNSCORABLE":
            return _Reason(
                "unscorable",
                f"WHOOP could not score the {name} of {self._on}, mostly because too little of it "
                "was recorded.",
            )
        if isinstance(part, Recovery) and part.user_calibrating:
            return _calibrating()
        return _Reason(
            "no_score", f"WHOOP has the {name} of {self._on}, but sent no score {asked}."
        )

    # ── a record that is not there ──

    def absent(self, name: str, sleep: Sleep | None) -> _Reason:
        """Say why a date has no such record; of a recovery, its main sleep is given."""
        known = self._unknown(name)
        if known is not None:
            return known
        if name == "recovery":
            return self._no_recovery(sleep)
        if traces.malformed_in(self._seen.connection, _RESOURCES[name], self._night):
            return _Reason(
                "malformed",
                f"WHOOP sent a {name} for {self._on} that cannot be read. A sync asks again.",
            )
        if self._date == self._today and self._hour < _MORNING_UNTIL:
            return _Reason(
                "still_asleep",
                f"At {self._time(self._seen.now)} no night has ended yet on {self._on}: the {name} "
                "comes after waking up, once the strap's data have reached WHOOP.",
            )
        first = self._seen.oldest()
        if first is None or first >= self._over:
            since = f": its first record here is of {self._moment(first)}" if first else ""
            return _Reason("no_record", f"WHOOP has nothing from {self._on}{since}.")
        if (cycle := self._lasting()) is not None:
            began = self._moment(cycle.start, cycle.timezone_offset)
            until, later = f"still went on {self._asked_for(CYCLES, str(cycle.id))}", _MAY_COME
            if cycle.end:
                until, later = f"went on until {self._moment(cycle.end, cycle.timezone_offset)}", ""
            return _Reason(
                "no_record",
                f"WHOOP has no {name} for {self._on}: the cycle that began at {began} {until}, and "
                f"no night's sleep that ended on {self._on} was recorded.{later}",
            )
        return _Reason(
            "strap_not_worn",
            f"WHOOP has none for {self._on} ({self._known(name)}): the strap may not have been "
            "worn, or the night has not been processed.",
        )

    def _lasting(self) -> Cycle | None:
        """Find the cycle of a day before that went on over this date's night and morning, on its
        own clock, as it does with who did not sleep; None where the date has a cycle."""
        if self._has_cycle:
            return None
        anywhere = Span(self._date, times.plus(times.midnight(self._date), days=1)[:10]).window()
        for cycle in self._seen.records(CYCLES, Span(*anywhere)):
            midnight = times.midnight(self._date, None if self._utc else cycle.timezone_offset)
            noon = times.plus(midnight, hours=_MORNING_UNTIL)
            known = cycle.end or self._seen.asked_at(CYCLES, str(cycle.id)) or cycle.start
            longest = times.plus(cycle.start, hours=_AWAKE_AT_MOST)
            if cycle.start <= midnight and noon <= known <= longest:
                return cycle
        return None

    def _no_recovery(self, sleep: Sleep | None) -> _Reason:
        if sleep is None:
            code, text = self.absent("sleep", None)
            return _Reason(code, f"A recovery needs the night's sleep. {text}")
        if sleep.score_state == "UNSCORABLE":
            return _Reason(
                "unscorable",
                f"WHOOP could not score the sleep of {self._on}: there is no recovery.",
            )
        ended = self._time(sleep.end, sleep.timezone_offset) if sleep.end else "its time"
        soon = sleep.end is None or self._seen.now < times.plus(sleep.end, hours=_SCORED_WITHIN)
        if soon or sleep.score_state == "PENDING_SCORE":
            return _Reason(
                "not_scored_yet",
                f"WHOOP has the sleep that ended at {ended} on {self._on}, but had no recovery "
                f"for it {self._known('recovery')}.",
            )
        if self._is_calibrating():
            return _calibrating()
        return _Reason(
            "no_record",
            f"WHOOP has the sleep that ended at {ended} on {self._on}, but no recovery for it.",
        )

    def _unknown(self, name: str) -> _Reason | None:
        """Say why WHOOP's own word on a date is not known, or what else than its silence is."""
        seen, resource = self._seen, _RESOURCES[name]
        if self._date > self._today:
            return _Reason("future", f"The date, {self._on}, is still to come.")
        learned = self._deleted.get(resource.name)
        if learned is not None:
            return _Reason(
                "deleted",
                f"WHOOP had a {name} for {self._on}, but it was deleted there{self._moved()}: this "
                f"was learned at {self._moment(learned)}.",
            )
        if learned := None if self._has_cycle else self._deleted.get(CYCLES.name):
            return _Reason(
                "deleted",
                f"WHOOP had a cycle for {self._on}, to which its {name} belongs, but it was "
                f"deleted there{self._moved()}: this was learned at {self._moment(learned)}.",
            )
        floor, bound = seen.floor(), coverage.floor_bound(seen.connection) or ""
        night = self._night
        if not self._utc and times.is_date(bound) and self._date >= bound:
            night = Window(max(night.start, floor), night.end)  # what ended on the date was kept
        known = seen.standing(resource, Span(*night))
        if self._over <= floor or (known.missing and known.missing[0].start < floor):
            said = self._spelled(bound) if times.is_date(bound) else self._moment(floor)
            return _Reason("purged", f"What was before {said} was purged here.")
        reached = traces.frontier(seen.connection, resource)
        if known.missing:
            if reached is None or known.missing[0].start < reached[0]:
                return _Reason(
                    "not_fetched",
                    f"The hours before and on {self._on} were not fetched from WHOOP.",
                )
            return self._stale(name, reached[1])
        late_enough = min(self._over, self._recent)
        if known.as_of is not None and known.as_of < late_enough:
            return self._stale(name, known.as_of, by_export=self._is_by_export(name))
        return None

    def _moved(self) -> str:
        """Say what else than a deletion may have become of a record, where a purge was."""
        purged = coverage.floor_bound(self._seen.connection) is not None
        return ", or moved to before what is kept here" if purged else ""

    def _stale(self, name: str, asked_at: str, *, by_export: bool = False) -> _Reason:
        if by_export:
            return _Reason(
                "not_synced_since",
                f"WHOOP's data export goes up to {self._moment(asked_at)}: a {name} that came "
                "later is not here.",
            )
        return _Reason(
            "not_synced_since",
            f"WHOOP was last asked about {self._on} at {self._moment(asked_at)}: a {name} that "
            "came later is not here.",
        )

    def _known(self, name: str) -> str:
        """Say when WHOOP told what it has of the night."""
        known = self._seen.standing(_RESOURCES[name], Span(*self._night))
        return self._asked(known.as_of, by_export=self._is_by_export(name))

    def _is_by_export(self, name: str) -> bool:
        """Tell whether a part of the night, which is known, is so from an export alone."""
        return any(
            coverage.standing(
                self._seen.connection, one, self._night, forgiven=self._seen.recent()
            ).missing
            for one in with_parents(_RESOURCES[name])
        )

    def _is_calibrating(self) -> bool:
        """Tell whether the last recovery before the date, not long ago, was one of the first."""
        week = Span(times.plus(self._night.start, days=-7), self._night.start)
        before = [*self._seen.records(RECOVERIES, week)]
        return bool(before) and before[-1].user_calibrating is True

    # ── times on the person's clock ──

    def _asked_for(self, resource: Resource, key: str) -> str:
        """Say when WHOOP told a record."""
        instant = self._seen.asked_at(resource, key)
        return self._asked(instant, by_export=self._seen.is_archived(resource, key))

    def _asked(self, instant: str | None, *, by_export: bool = False) -> str:
        if by_export:
            until = f", which goes up to {self._moment(instant)}" if instant else ""
            return f"in its data export{until}"
        return f"when it was asked at {self._moment(instant)}" if instant else "when it was asked"

    def _moment(self, instant: str, zone: str | None = None) -> str:
        date = times.plus(instant, minutes=self._east(zone))[:10]
        return f"{self._time(instant, zone)} on {self._spelled(date)}"

    def _time(self, instant: str, zone: str | None = None) -> str:
        clock = times.plus(instant, minutes=self._east(zone))[11:16]
        return f"{clock} UTC" if self._utc else clock

    def _east(self, zone: str | None) -> int:
        """Choose the clock of a time: that of its record's zone, or the person's now."""
        return times.offset(zone) if zone and not self._utc else self._offset

    def _spelled(self, date: str) -> str:
        """Spell a date without its year only where it, the question and the present have one."""
        year = "" if date[:4] == self._date[:4] == self._today[:4] else f" {date[:4]}"
        return f"{int(date[8:])} {_MONTHS[int(date[5:7]) - 1]}{year}"


def _calibrating() -> _Reason:
    return _Reason(
        "calibrating",
        "WHOOP was still calibrating: it gives a recovery once it knows its wearer's nights.",
    )
