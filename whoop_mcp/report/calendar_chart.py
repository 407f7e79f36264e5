"""Draw the calendar: a month sheet with the figure in each day, or in long periods one
strip of weeks for each year."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

from ..insights.timeseries import WEEKDAYS
from . import slots, wording
from .html import Child, Markup, element, join

_SHEET_WEEKS = 11  # with more weeks than this a sheet is taller than a screen
_ROW, _CELL = 38, 13  # pixels: a week of a sheet, a day of a strip
_WIDEST = 10_000  # a day's figure
_STRIP = 54  # weeks that a year may touch


class Cell(NamedTuple):
    """A day of the calendar: its value or None, and what is said when it is pointed at."""

    date: str
    value: float | None
    words: str


def calendar(cells: Sequence[Cell], kinds: Callable[[float], str]) -> tuple[Markup, int, str]:
    """Draw consecutive days; return the drawing, its height in pixels and the class of its kind;
    `kinds` gives a value's class."""
    first = date.fromisoformat(slots.monday(cells[0].date)).toordinal()
    weeks = (date.fromisoformat(cells[-1].date).toordinal() - first) // 7 + 1
    if weeks <= _SHEET_WEEKS:
        return _sheet(cells, kinds, first), 20 + weeks * _ROW, "sheet"
    return (*_strips(cells, kinds), "strips")


def _sheet(cells: Sequence[Cell], kinds: Callable[[float], str], first: int) -> Markup:
    names = [
        element("text", name, class_="below", x=_across(column + 0.5, 7), y=12)
        for column, name in enumerate(WEEKDAYS)
    ]
    days = []
    for cell in cells:
        week, weekday = divmod(date.fromisoformat(cell.date).toordinal() - first, 7)
        top, day = 20 + week * _ROW, int(cell.date[8:])
        month = wording.month_name(int(cell.date[5:7]))[:3]
        named = f"{day} {month}" if day == 1 or cell is cells[0] else str(day)
        kind = "gap" if cell.value is None else kinds(cell.value)
        box = element(
            "rect",
            class_=f"day {kind}",
            x=_across(weekday + 0.03, 7),
            y=top + 1,
            width=_across(0.94, 7),
            height=_ROW - 4,
            rx=4,
        )
        value: Child = None
        if cell.value is not None:
            x, y = _across(weekday + 0.5, 7), top + 29
            value = element("text", _figure(cell.value), class_=f"figure on-{kind}", x=x, y=y)
        ink = "date" if cell.value is None else f"date on-{kind}"
        number = element("text", named, class_=ink, x=_across(weekday + 0.5, 7), y=top + 13)
        days.append(element("g", element("title", cell.words), box, number, value))
    return join([*names, *days])


def _figure(value: float) -> str:
    """Write a day's figure, or a word for one that has no room there."""
    return f"{value:.0f}" if abs(value) < _WIDEST else "?"


def _strips(cells: Sequence[Cell], kinds: Callable[[float], str]) -> tuple[Markup, int]:
    # A period within twelve months is one strip, though New Year may lie in it.
    together = len(cells) <= 7 * (_STRIP - 1)
    marks: list[Child] = []
    top, begun = 0, ""
    for cell in cells:
        year = "" if together else cell.date[:4]
        if not marks or year != begun:
            top += 22 if not marks else 7 * _CELL + 30
            begun = year
            since = cell.date if together else f"{year}-01-01"
            monday = date.fromisoformat(slots.monday(since)).toordinal()
            if year:
                marks.append(element("text", year, class_="year", x=0, y=top - 8))
            marks += [
                element("text", name[:1], class_="up", x=-8, y=top + row * _CELL + 10)
                for row, name in enumerate(WEEKDAYS)
                if row in (0, 2, 4, 6)
            ]
        week, weekday = divmod(date.fromisoformat(cell.date).toordinal() - monday, 7)
        if cell.date.endswith("-01") and week < _STRIP - 2:
            month = wording.month_name(int(cell.date[5:7]))[:3]
            wide = "" if int(cell.date[5:7]) % 3 == 1 else " wide"
            x = _across(week + (1 if weekday else 0), _STRIP)
            if not (year and month == "Jan"):  # where the year stands
                marks.append(element("text", month, class_=f"month{wide}", x=x, y=top - 8))
        kind = "gap" if cell.value is None else kinds(cell.value)
        marks.append(
            element(
                "rect",
                element("title", cell.words),
                class_=kind,
                x=_across(week + 0.06, _STRIP),
                y=top + weekday * _CELL,
                width=_across(0.88, _STRIP),
                height=_CELL - 2,
            )
        )
    return join(marks), top + 7 * _CELL + 4


def _across(place: float, count: int) -> str:
    return f"{100 * place / count:.2f}%"
