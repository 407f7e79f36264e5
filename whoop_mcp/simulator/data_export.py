"""Make of an account the ZIP that WHOOP mails to its members, in any of five languages."""

from __future__ import annotations

import csv
import io
import zipfile
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from .. import times
from . import diary
from .account import Account
from .export_words import LANGUAGES
from .payloads import Raw

_EARLIEST = datetime(1, 1, 1, tzinfo=timezone.utc)

Rows = list[list[Any]]


def package(
    account: Account, language: str = "en", *, columns: int = 17, folder: str = ""
) -> bytes:
    """Make the ZIP of all that an account has now; `columns` of a workout are 17, or 20 as once.

    Scores are rounded as WHOOP rounds them, times are the wall clock at the cycle's own zone.
    """
    words = LANGUAGES[language]
    headers = (
        words.cycle + words.day + words.sleep,
        (*words.cycle, *words.sleep, words.nap),
        words.cycle + words.workout[: columns - 3],
        words.cycle + words.journal,
    )
    tables = _Tables(account)
    content = (
        tables.cycles(),
        tables.sleeps(),
        tables.workouts(distances=columns == 20),
        tables.journal(),
    )
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for name, header, rows in zip(words.files, headers, content, strict=True):
            text = io.StringIO(newline="")
            csv.writer(text, lineterminator="\n").writerows([header, *rows])
            # One of them with a mark of its order of bytes, as they are met.
            mark = "\ufeff" if name == words.files[0] else ""
            file.writestr(folder + name, (mark + text.getvalue()).encode())
    return packed.getvalue()


def name(account: Account) -> str:
    """Name the ZIP as WHOOP does: by the day in UTC."""
    return f"my_whoop_data_{account.now()[:10].replace('-', '_')}.zip"


class _Tables:
    """Make the rows of the four tables, newest first."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._cycles: list[Raw] = sorted(account.all("cycles"), key=lambda raw: str(raw["start"]))
        self._starts = [raw["start"] for raw in self._cycles]
        self._by_id = {raw["id"]: raw for raw in self._cycles}
        self._recoveries = {raw["cycle_id"]: raw for raw in account.all("recoveries")}
        self._sleeps: dict[int, list[Raw]] = {}
        for raw in account.all("sleeps"):
            self._sleeps.setdefault(raw["cycle_id"], []).append(raw)

    def cycles(self) -> Rows:
        rows = []
        for raw in reversed(self._cycles):
            recovery = _scores(self._recoveries.get(raw["id"]))
            score = _scores(raw) if raw["end"] else {}
            main = self._main(raw["id"])
            rows.append(
                [
                    *_cycle(raw),
                    _whole(recovery.get("recovery_score")),
                    _whole(recovery.get("resting_heart_rate")),
                    _whole(recovery.get("hrv_rmssd_milli")),
                    _rounded(recovery.get("skin_temp_celsius"), 2),
                    _rounded(recovery.get("spo2_percentage"), 2),
                    _rounded(score.get("strain"), 1),
                    _kcal(score),
                    _whole(score.get("max_heart_rate")),
                    _whole(score.get("average_heart_rate")),
                    *(_sleep(main, raw) if main else [""] * 14),
                ]
            )
        return rows

    def sleeps(self) -> Rows:
        found = []
        for raw in self._account.all("sleeps"):
            cycle = self._by_id.get(raw["cycle_id"]) or self._around(raw["start"])
            if cycle is not None:
                nap = "true" if raw["nap"] else "false"
                found.append((raw["start"], [*_cycle(cycle), *_sleep(raw, cycle), nap]))
        return _newest_first(found)

    def workouts(self, *, distances: bool) -> Rows:
        found = []
        for raw in self._account.all("workouts"):
            cycle = self._around(raw["start"])
            if cycle is not None:
                row = [*_cycle(cycle), *_workout(raw, cycle)]
                found.append((raw["start"], row + (_distances(raw) if distances else [])))
        return _newest_first(found)

    def journal(self) -> Rows:
        """Answer some questions on most mornings; the same account gives the same answers."""
        rows = []
        for raw in reversed(self._cycles):
            if raw["id"] not in self._sleeps:
                continue
            for question, yes, note in diary.answers(str(raw["start"])):
                rows.append([*_cycle(raw), question, "true" if yes else "false", note])
        return rows

    def _main(self, cycle_id: int) -> Raw | None:
        sleeps = self._sleeps.get(cycle_id, [])
        named = (self._recoveries.get(cycle_id) or {}).get("sleep_id")
        for raw in sleeps:
            if raw["id"] == named:
                return raw
        nights = [raw for raw in sleeps if not raw["nap"]]
        return max(nights, key=lambda raw: times.seconds(raw["start"], raw["end"]), default=None)

    def _around(self, start: str) -> Raw | None:
        place = bisect_right(self._starts, start) - 1
        return self._cycles[place] if place >= 0 else None


def _newest_first(found: Iterable[tuple[str, list[Any]]]) -> Rows:
    return [row for _, row in sorted(found, key=lambda one: one[0], reverse=True)]


def _cycle(raw: Raw) -> list[str]:
    zone = raw["timezone_offset"]
    spelled = "UTCZ" if times.offset(zone) == 0 else f"UTC{zone}"
    return [_wall(raw["start"], raw), _wall(raw["end"], raw), spelled]


def _wall(instant: str | None, cycle: Raw) -> str:
    """Spell an instant on the clock of a cycle, to the second."""
    if instant is None:
        return ""
    moment = datetime.fromisoformat(instant[:-1] + "+00:00")
    moment += timedelta(minutes=times.offset(cycle["timezone_offset"]))
    return moment.strftime("%Y-%m-%d %H:%M:%S") if moment > _EARLIEST else ""


def _scores(raw: Raw | None) -> Raw:
    found: Raw = (raw or {}).get("score") or {}
    return found if (raw or {}).get("score_state") == "SCORED" else {}


def _sleep(raw: Raw, cycle: Raw) -> Sequence[Any]:
    score = _scores(raw)
    stages = score.get("stage_summary") or {}
    need = score.get("sleep_needed") or {}
    parts = ("light_sleep", "slow_wave_sleep", "rem_sleep")
    lasting = [stages.get(f"total_{one}_time_milli") for one in parts]
    return [
        _wall(raw["start"], cycle),
        _wall(raw["end"], cycle),
        _whole(score.get("sleep_performance_percentage")),
        _rounded(score.get("respiratory_rate"), 1),
        _minutes(sum(lasting) if stages and None not in lasting else None),  # type: ignore[arg-type]
        _minutes(stages.get("total_in_bed_time_milli")),
        *map(_minutes, lasting),
        _minutes(stages.get("total_awake_time_milli")),
        _minutes(sum(need.values()) if need else None),
        _minutes(need.get("need_from_sleep_debt_milli")),
        _whole(score.get("sleep_efficiency_percentage")),
        _whole(score.get("sleep_consistency_percentage")),
    ]


def _workout(raw: Raw, cycle: Raw) -> list[Any]:
    score = _scores(raw)
    length = times.seconds(raw["start"], raw["end"])
    zones = score.get("zone_durations") or {}
    shares = [zones.get(f"zone_{name}_milli") for name in ("one", "two", "three", "four", "five")]
    title = raw["sport_name"].replace("-", " ").title()
    return [
        _wall(raw["start"], cycle),
        _wall(raw["end"], cycle),
        round(length / 60),
        title,
        _rounded(score.get("strain"), 1),
        _kcal(score),
        _whole(score.get("max_heart_rate")),
        _whole(score.get("average_heart_rate")),
        *("" if one is None else round(one / 10 / length) for one in shares),
        "false",
    ]


def _distances(raw: Raw) -> list[Any]:
    score = _scores(raw)
    names = ("distance_meter", "altitude_gain_meter", "altitude_change_meter")
    return ["" if score.get(name) is None else score[name] for name in names]


def _whole(value: float | None) -> Any:
    return "" if value is None else round(value)


def _rounded(value: float | None, digits: int) -> Any:
    return "" if value is None else round(value, digits)


def _minutes(milliseconds: float | None) -> Any:
    return "" if milliseconds is None else round(milliseconds / 60_000)


def _kcal(score: Raw) -> Any:
    energy = score.get("kilojoule")
    return "" if energy is None else round(energy / 4.184)
