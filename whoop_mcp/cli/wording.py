"""Word answers for a person: in local times, with units, and saying what is not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from .console import WIDTH, cut, pairs, table, wrapped

if TYPE_CHECKING:
    from .client_files import LeftAlone, Written
    from .handshake import Handshake

Flat = dict[str, Any]
"""An answer, or a record in it, as the tools give them."""

# ── the commands' answers ──


def synced(report: Flat) -> list[str]:
    """Word a sync's report."""
    fields = ("records_fetched", "created", "updated", "deleted", "unchanged")
    rows = [
        [name, *(f"{one[field]:,}" for field in fields), one["status"]]
        for name, one in report["resources"].items()
    ]
    head = ["", "read", "new", "changed", "deleted", "same", "status"]
    lines = table(head, rows, right=range(1, 6))
    for name, one in report["resources"].items():
        if "error" in one:
            said = f"{name}: {one['error']['message']} {one['error'].get('hint', '')}"
            lines += wrapped(said)
    for warning in report.get("warnings", []):
        lines += wrapped(warning)
    if "remaining" in report:
        lines.append("Not everything is fetched yet: run the same command again to go on.")
    return lines


def became(said: Mapping[str, Any]) -> list[str]:
    """Say what dates became that were typed in words."""
    names = {"end": "up to", "until": "up to", "start": "from", "since": "from"}
    words = ", ".join(f"{names.get(name, name)} {date}" for name, date in said.items())
    return [f"{words[:1].upper()}{words[1:]}", ""] if words else []


_NOTHING = "Nothing changed."


def changed(answer: Flat, *, only: Sequence[str] | None = None) -> list[str]:
    """Word a page of events, of some resources `only`, and how to go on with those."""
    filtered = f" --resources {','.join(only)}" if only else ""
    lines = [line for said in answer.get("warnings", [_NOTHING]) for line in wrapped(said)]
    if answer["events"]:
        rows = [
            [minute(one["updated_at"]), one["resource"], one["change"], _which(one)]
            for one in answer["events"]
        ]
        head, *rows_shown = table(["changed (UTC)", "what", "how", "which"], rows)
        lines = [head]
        for line, one in zip(rows_shown, answer["events"], strict=True):
            lines += [line, *_differences(one)]
    if answer["next_cursor"]:
        further = f"  whoop-mcp events --since {answer['next_cursor']}{filtered}"
        lines += ["", "More follow:", further]
    return [
        *lines,
        "",
        "What changes from here on:",
        f"  whoop-mcp events --since {answer['resume_cursor']}{filtered}",
    ]


def _which(event: Flat) -> str:
    record = event["record"] or {}
    when = minute(record.get("start_local") or "")
    said = listed(
        record.get("sport_name"),
        amount(record.get("recovery_score"), "%", "recovery"),
        amount(record.get("sleep_performance_pct"), "%", "performance"),
        amount(record.get("strain"), "", "strain", 1),
    )
    return f"{when or event['id']}  {said}".rstrip()


def _differences(event: Flat) -> list[str]:
    diff = ", ".join(
        f"{field} {_shown(before)} → {_shown(after)}"
        for field, (before, after) in event.get("diff", {}).items()
    )
    return [f"    {line}" for line in wrapped(diff, WIDTH - 4)] if diff else []


def _shown(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:.6g}" if isinstance(value, float) else cut(str(value), 24)


def exported(answer: Flat) -> list[str]:
    """Word the files of an export."""
    lines = []
    for one in answer["files"]:
        lines.append(one["path"])
        records = "1 record" if one["records"] == 1 else f"{one['records']:,} records"
        lines.append(f"  {records}, {size(one['bytes'])}")
        if not one["complete"]:
            gaps = [
                f"{minute(gap['start'])} to {minute(gap['end'])} (UTC)"
                for gap in one.get("missing", [])
            ]
            lines += pairs([("not known:", ", ".join(gaps) or "all of it")], indent="  ")
    for warning in answer.get("warnings", []):
        lines += ["", *wrapped(warning)]
    return lines


def queried(answer: Flat) -> list[str]:
    """Set the rows of a query: in a table where it fits, else each row by itself."""
    columns = answer["columns"]
    rows = [[_cell(value) for value in row] for row in answer["rows"]]
    widest = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    if sum(widest) + 2 * len(widest) <= WIDTH + 2:
        numbers = {
            at
            for row in answer["rows"]
            for at, value in enumerate(row)
            if isinstance(value, int | float)
        }
        lines = table(columns, rows, right=numbers)
    else:
        lines = [
            line for row in rows for line in (*pairs(list(zip(columns, row, strict=True))), "")
        ]
    count = answer["row_count"]
    more = "; there are more: narrow it, or raise --max-rows" if answer["truncated"] else ""
    return [*lines, f"{count:,} row{'' if count == 1 else 's'}{more}."]


def _cell(value: Any) -> str:
    text = "–" if value is None else f"{value:.6g}" if isinstance(value, float) else str(value)
    return " ".join(text.split())


def reported(answer: Flat) -> list[str]:
    """Name the dashboard that was written."""
    cut = [line for words in answer.get("warnings", []) for line in wrapped(words)]
    lines = [f"{answer['path']}  {size(answer['bytes'])}", *cut, ""]
    return [*lines, *(line for one in answer["summary"] for line in wrapped(one))]


def registered(written: Sequence[Written], left: Sequence[LeftAlone] = ()) -> list[str]:
    """List the clients' files that were changed, and those that were left alone."""
    lines = []
    for one in written:
        lines.append(f"{one.client}: {one.state}, {one.path}")
        if one.backup:
            lines.append(f"  as it was: {one.backup}")
        lines += [f"  {line}" for line in wrapped(one.note, WIDTH - 2)] if one.note else []
    for skipped in left:
        words = f"{skipped.problem.message} {skipped.problem.hint or ''}".strip()
        lines.append(f"{skipped.client}: left alone")
        lines += [f"  {line}" for line in wrapped(words, WIDTH - 2)]
    if all(one.state == "unchanged" for one in written):
        return lines
    return [*lines, "Restart these programs, or reload their servers."]


def shaken(proof: Handshake) -> list[str]:
    """Say what the server answered when it was started as a client starts it."""
    login = "logged in" if proof.login == "valid" else f"login: {proof.login}"
    lines = wrapped(
        f"Started as a client would: {proof.server} {proof.version} answered in "
        f"{proof.seconds} s, with {proof.tools} tools, {login}."
    )
    if proof.login in ("no_tokens", "reauth_required"):
        lines.append("`whoop-mcp login` logs you in; the clients need nothing more.")
    return lines


# ── a day ──

_UNSCORED = {
    "PENDING_SCORE": "not scored yet",
    "UNSCORABLE": "WHOOP could not score it",
}


def day(summary: Flat) -> list[str]:
    """Word a daily summary."""
    from datetime import date  # which help does without

    from ..insights.timeseries import in_words

    recovery, sleep, cycle = summary["recovery"], summary["sleep"], summary["cycle"]
    rows = [
        ("Recovery", _scored(recovery, _recovery)),
        ("Sleep", _scored(sleep, _sleep)),
        *[("", _stages(sleep)) for _ in range(bool(sleep and sleep["asleep_seconds"]))],
        *[("Sleep", _scored(other, _nap)) for other in summary["other_sleeps"]],
        *[("Nap", _scored(nap, _nap)) for nap in summary["naps"]],
        ("Day", _scored(cycle, _cycle)),
        *[("Workout", _workout(one)) for one in summary["workouts"]],
    ]
    if not summary["complete"]:
        rows.append(("Missing", "parts of this day have not been fetched yet"))
    zone = next((one["timezone_offset"] for one in (sleep, cycle) if one), None)
    clock = f", wall-clock times at UTC{zone.replace('Z', '+00:00')}" if zone else ""
    weekday = f"{date.fromisoformat(summary['date']):%A}"
    return [f"{weekday}, {in_words(summary['date'])}{clock}", *pairs(rows, indent="  ")]


def _scored(record: Flat | None, words: Callable[[Flat], str]) -> str:
    if record is None:
        return "none"
    unscored = _UNSCORED.get(record["score_state"])
    return (words(record) or "no values") if unscored is None else unscored


def _recovery(record: Flat) -> str:
    return listed(
        amount(record["recovery_score"], "%"),
        amount(record["resting_heart_rate_bpm"], "bpm", "resting heart rate"),
        amount(record["hrv_rmssd_ms"], "ms", "HRV"),
        amount(record["spo2_pct"], "%", "blood oxygen", 1),
        amount(record["skin_temp_c"], "°C", "skin", 1),
    )


def _sleep(record: Flat) -> str:
    needed = (record["sleep_needed_seconds"] or {}).get("total")
    asleep = record["asleep_seconds"]
    return listed(
        clocks(record),
        asleep and f"{duration(asleep)} asleep",
        needed and f"{duration(needed)} needed",
        amount(record["sleep_performance_pct"], "%", "performance"),
    )


def _stages(record: Flat) -> str:
    return listed(
        *(
            f"{name} {duration(record[field])}"
            for name, field in (
                ("light", "light_sleep_seconds"),
                ("REM", "rem_sleep_seconds"),
                ("deep", "deep_sleep_seconds"),
                ("awake", "awake_seconds"),
            )
            if record[field] is not None
        ),
        amount(record["respiratory_rate"], "breaths a minute", "", 1),
    )


def _nap(record: Flat) -> str:
    asleep = record["asleep_seconds"]
    return listed(clocks(record), asleep and f"{duration(asleep)} asleep")


def _cycle(record: Flat) -> str:
    return listed(
        amount(record["strain"], "", "strain", 1) + (" so far" if record["end"] is None else ""),
        amount(record["calories"], "kcal"),
        amount(record["step_count"], "steps"),
        amount(record["avg_hr_bpm"], "bpm", "heart rate"),
        amount(record["max_hr_bpm"], "bpm", "at most"),
    )


def sport_of(record: Flat) -> str:
    """Name a workout's sport, or what is known of it."""
    number = record.get("sport_id")
    return str(record["sport_name"] or ("activity" if number is None else f"sport {number}"))


def _workout(record: Flat) -> str:
    distance = record["distance_meter"]
    return listed(
        f"{clocks(record)} {sport_of(record)}",
        _UNSCORED.get(record["score_state"]),
        amount(record["strain"], "", "strain", 1),
        amount(record["calories"], "kcal"),
        amount(distance and distance / 1000, "km", "", 1),
        amount(record["avg_hr_bpm"], "bpm", "heart rate"),
    )


# ── single values ──

_MOST = 10**9
"""More than this is not spelled out: neither a body nor a year of it comes so far."""


def duration(seconds: float) -> str:
    """Write seconds as `7 h 41 min`."""
    if not abs(seconds) < _MOST:
        return f"{_beyond(seconds)} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"


def minute(instant: str) -> str:
    """Write an instant as `2026-04-20 06:30`, on the clock that it is given on."""
    return instant[:16].replace("T", " ")


def clocks(record: Flat) -> str:
    """Write a record's time as `23:54–07:27` on the wearer's clock."""
    start, end = record["start_local"] or "", record["end_local"] or ""
    return f"{start[11:16]}–{end[11:16]}"


def amount(value: float | None, unit: str, name: str = "", digits: int = 0) -> str:
    """Write a value as `HRV 45 ms`; nothing where it is not known."""
    if value is None:
        return ""
    said = f"{value:,.{digits}f}" if abs(value) < _MOST else _beyond(value)
    return " ".join(filter(None, (name, said, unit)))


def _beyond(value: float) -> str:
    """Word a number that is no measure."""
    return "no number" if value != value else f"{'under −' if value < 0 else 'over '}{_MOST:,}"


def size(count: int) -> str:
    """Write a count of bytes as `1.4 MB`."""
    for unit, factor in (("MB", 1e6), ("kB", 1e3)):
        if count >= factor:
            return f"{count / factor:.1f} {unit}"
    return f"{count} bytes"


def listed(*parts: Any) -> str:
    """Join with commas what is not empty of the parts."""
    return ", ".join(part for part in parts if part)
