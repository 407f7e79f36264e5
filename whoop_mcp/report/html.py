"""Write HTML and SVG as elements, whose text cannot be anything but text.

Whatever is not `Markup` is escaped, so that a name or a sport from outside never becomes a tag,
an attribute or a control character.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_VOID = {"meta", "br", "hr", "col", "input"}
_LEAVES = {"rect", "line", "circle", "path"}
"""SVG's own empty elements, closed in one tag."""


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Child = str | int | float | None
Value = str | int | float | bool | None


def element(name: str, /, *children: Child, **attributes: Value) -> Markup:
    """Write one element. Children are escaped unless they are Markup; None leaves one out.

    An attribute's `_` is written `-`, but for one at the end (`class_`); None or False leaves it
    out, True gives its name alone.
    """
    opening = name + "".join(map(_attribute, attributes, attributes.values()))
    inside = join(children)
    if name in _VOID:
        return Markup(f"<{opening}>")
    if name in _LEAVES and not inside:
        return Markup(f"<{opening}/>")
    return Markup(f"<{opening}>{inside}</{name}>")


def join(children: Iterable[Child]) -> Markup:
    """Write several children one after another."""
    return Markup("".join(map(_child, children)))


def number(value: float) -> str:
    """Write a coordinate: two decimals at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _child(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    return _escaped(child if isinstance(child, str) else number(child))


def _attribute(name: str, value: Value) -> str:
    name = name.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    return f' {name}="{_escaped(value if isinstance(value, str) else number(value))}"'


def _escaped(text: str) -> str:
    return html.escape(_UNFIT.sub("\ufffd", text))
