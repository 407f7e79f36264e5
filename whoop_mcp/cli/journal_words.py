"""Word an import and the journal for a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..counts import counted
from .console import cut, pairs, table, wrapped

if TYPE_CHECKING:
    from ..server.replies import Answer


def imported(answer: Answer) -> list[str]:
    """Word an import."""
    fields = {name: name for name in ("rows", "new", "renewed", "known", "skipped")}
    fields["known"] = "not needed"  # it may say otherwise than what is here
    rows = [
        [name, *(f"{one[field]:,}" for field in fields)] for name, one in answer["kinds"].items()
    ]
    lines = table(["", *fields.values()], rows, right=range(1, 6))
    if any(one["known"] for one in answer["kinds"].values()):
        said = "Not needed: WHOOP's API or another import has told of these, and that stays."
        lines += ["", *wrapped(said)]
    first, last = (answer["span"][name][:10] for name in ("start", "end"))
    lines += ["", f"From {first} to {last}; the export was made on {answer['as_of'][:10]}."]
    if (found := answer.get("agreement")) is not None:
        here = counted(found["compared"], "record that was", "records that were")
        lines.append(f"{found['agree']:,} of {here} here from that time agree with it.")
    for warning in answer.get("warnings", []):
        lines += wrapped(warning)
    return [*lines, *wrapped(answer["cannot_tell"])]


def logged(
    answer: Answer, *, remove: bool, names: tuple[str, str] = ("", ""), noted: bool = False
) -> list[str]:
    """Word what was kept of one's own, `noted` with a note, or with `remove` taken back; `names`
    were joined or parted where nothing was kept."""
    if answer["removed"]:
        return ["Removed."]
    if not answer["entries"]:
        if not answer["changed"]:
            return ["Nothing has changed."]
        became = "each for itself" if remove else "as the same"
        return wrapped(f"“{names[0]}” and “{names[1]}” count {became} from now on.")
    one = answer["entries"][0]
    if not any(answer[name] for name in ("new", "changed", "unchanged")):
        return [f"There is no such entry on {one['date']}."]
    how = ", with its note" if noted else ""
    how += ", in place of the entry before it" if answer["changed"] else ""
    return [
        f"{one['date']}  {one['behaviour']}: {_answered(one)}",
        *wrapped(f"Kept on this computer alone{how}."),
    ]


def _answered(one: Answer) -> str:
    """Write what an entry says: the answer, and of an amount and its unit what there is."""
    said, unit = "yes" if one["answer"] else "no", one.get("unit", "")
    if "amount" in one:
        return f"{said}, {one['amount']:g} {unit}".rstrip()
    return f"{said}, {unit} without an amount" if unit else said


def entered(answer: Answer) -> list[str]:
    """Word the journal, a line an entry."""
    if not answer["entries"]:
        if "warnings" in answer:
            return [line for words in answer["warnings"] for line in wrapped(words)]
        return ["The journal has no entries for these dates.", *wrapped(_HOW)]
    lines: list[str] = []
    for one in answer["entries"]:
        own = " (own)" if one["source"] == "own" else ""
        lines += pairs([(one["date"], f"{one['behaviour']}: {_answered(one)}{own}")])
        if "notes" in one:
            lines += pairs([("", one["notes"])])
    return lines


_HOW = '`whoop-mcp import` takes WHOOP\'s own journal, `whoop-mcp log "late coffee"` your entries.'


# ── the mornings after ──

_NAMED = 18  # characters of a behaviour's name


def behaviours(found: Sequence[Answer], *, most: int | None = None) -> list[str]:
    """Word what differs on mornings after a behaviour, the surest first, `most` of them; then what
    could not be compared, each behaviour once."""
    from ..insights.statistic import CHANCE

    judged = sorted((one for one in found if "q" in one), key=lambda one: float(one["q"]))
    lines: list[str] = []
    if judged:
        rows = [_difference(one, sure=one["q"] < CHANCE) for one in judged[:most]]
        head = ["after a day with", "the morning's", "differs", "95 % interval", "days"]
        lines += table(head, rows, right=(2,))
        lines += wrapped(
            (
                "* more than chance would do. That does not show the cause: days with one habit "
                "often have others, too. Days: with it / without"
                if judged[0]["q"] < CHANCE
                else "None of these differs by more than chance would do. Days: with it / without"
            )
            + ("; of an amount, with one." if any(map(_by_amount, judged[:most])) else ".")
        )
    compared = {_name(one) for one in judged}
    lacking = {
        name: one["reason"]
        for one in found
        if "reason" in one and (name := _name(one)) not in compared
    }
    for name, reason in list(lacking.items())[:most]:
        lines += wrapped(f"{name}: {reason}.")
    return lines


def _name(one: Answer) -> str:
    """Name a behaviour, and its amount where days are compared by that."""
    name = str(one.get("behaviour") or one["id"]).removeprefix("behaviour.")
    return f"{name}, amount" if _by_amount(one) else name


def _by_amount(one: Answer) -> bool:
    return "behaviour" in one and one["id"].endswith(".amount")


def _difference(one: Answer, *, sure: bool) -> list[str]:
    metric = one["id"].rpartition("~")[2].removesuffix(".amount")
    value, (low, high), unit = one["value"], one["ci"], one["unit"]
    if "difference_ms" in one:
        (value, low, high), unit = one["difference_ms"], "ms"
    unit = "points" if unit == "%" else unit
    name = _name(one)
    return [
        cut(f"* {name}" if sure else name, _NAMED),
        metric.removeprefix("ln_").replace("_", " "),
        _figure(value),
        f"{_figure(low)} to {_figure(high)} {unit}",
        f"{one['n']}" if _by_amount(one) else f"{one['yes']}/{one['no']}",
    ]


def _figure(value: float) -> str:
    """Write three digits or so of a change, no more decimals than leave room for the others; and
    with no sign what rounds to 0."""
    size = abs(value)
    text = f"{value:+.{0 if size >= 100 else 1 if size >= 10 else 2}f}"
    return text if float(text) else text[1:]
