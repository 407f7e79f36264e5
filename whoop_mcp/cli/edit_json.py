"""Edit one entry of a JSON file as text, so that all else stays as it was, comments included."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

_SPACE = re.compile(r"(?:[ \t\r\n]|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_SCALAR = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null", re.ASCII)
_DECODER = json.JSONDecoder()


class Unreadable(ValueError):
    """Signal that a text cannot be edited without harm; it says why, to go into a sentence."""


class _Member(NamedTuple):
    name: str
    start: int
    value: _Value
    comma: int | None  # where the comma behind it stands


class _Value(NamedTuple):
    start: int
    end: int
    data: Any
    members: list[_Member] | None  # None: it is no object


def put(text: str, path: Sequence[str], entry: Mapping[str, Any], drop: Sequence[str] = ()) -> str:
    """Set an entry's members; others that it has stay, but for those named in `drop`. Unreadable.

    `path` names the objects that lead to it and the entry itself; what is missing is made.
    """
    old = _read(text)
    found = _find(old, path)
    if found is not None and found.members is not None:
        new = text
        for name in drop:
            if name in found.data and name not in entry:
                new = _without(new, [*path, name])
        for name, value in entry.items():
            if name not in found.data or found.data[name] != value:
                new = _with(new, [*path, name], value)
        kept = {name: value for name, value in found.data.items() if name not in drop}
        expected = {**kept, **entry}
    else:
        new, expected = _with(text, path, dict(entry)), dict(entry)
    after = _find(_read(new), path)
    if after is None or after.data != expected or _rest(new, path) != _rest(text, path):
        raise Unreadable("it cannot be edited without changing something else")
    return new


def take_out(text: str, path: Sequence[str]) -> str:
    """Remove an entry, if it is there. Unreadable."""
    if _find(_read(text), path) is None:
        return text
    new = _without(text, path)
    if _find(_read(new), path) is not None or _rest(new, path) != _rest(text, path):
        raise Unreadable("it cannot be edited without changing something else")
    return new


def _rest(text: str, path: Sequence[str]) -> Any:
    """Read a text's data without the entry, and without objects that only lead to it."""
    data = _read(text).data

    def without(inside: Any, steps: Sequence[str]) -> Any:
        first, *further = steps
        if not isinstance(inside, dict) or first not in inside:
            return inside
        left = {name: value for name, value in inside.items() if name != first}
        below = without(inside[first], further) if further else None
        return {**left, first: below} if below else left

    return without(data, path)


# ── reading ──


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self.at = 0

    def space(self) -> str:
        """Skip space and comments; answer the character behind them."""
        match = _SPACE.match(self._text, self.at)
        self.at = match.end() if match else self.at
        return self._text[self.at : self.at + 1]

    def value(self) -> _Value:
        first, start = self.space(), self.at
        if first == "{":
            members = self._members()
            names = {member.name: member.value.data for member in members}
            return _Value(start, self.at, names, members)
        if first in ("[", '"'):
            data = self._items() if first == "[" else self._string()
            return _Value(start, self.at, data, None)
        match = _SCALAR.match(self._text, start)
        if match is None:
            raise ValueError
        self.at = match.end()
        return _Value(start, self.at, json.loads(match[0]), None)

    def _string(self) -> str:
        if self._text[self.at : self.at + 1] != '"':
            raise ValueError
        value, self.at = _DECODER.raw_decode(self._text, self.at)
        return str(value)

    def _members(self) -> list[_Member]:
        members: list[_Member] = []
        self.at += 1
        while self.space() != "}":
            if members and members[-1].comma is None:
                raise ValueError
            start, name = self.at, self._string()
            if self.space() != ":":
                raise ValueError
            self.at += 1
            value = self.value()
            members.append(_Member(name, start, value, self._comma()))
        self.at += 1
        return members

    def _items(self) -> list[Any]:
        items: list[Any] = []
        self.at += 1
        comma: int | None = 0
        while self.space() != "]":
            if comma is None:
                raise ValueError
            items.append(self.value().data)
            comma = self._comma()
        self.at += 1
        return items

    def _comma(self) -> int | None:
        back = self.at
        if self.space() == ",":
            self.at += 1
            return self.at - 1
        self.at = back
        return None


def _read(text: str) -> _Value:
    reader = _Reader(text)
    try:
        if not reader.space():
            return _Value(0, 0, {}, [])
        whole = reader.value()
        if reader.space():
            raise ValueError
    except (ValueError, RecursionError):
        raise Unreadable("it is not JSON that can be read") from None
    if whole.members is None:
        raise Unreadable("it is not a JSON object")
    return whole


def _find(value: _Value, path: Sequence[str]) -> _Value | None:
    """Find what a path leads to; None when it ends on the way. Unreadable where it is not clear."""
    for depth, name in enumerate(path):
        if value.members is None:
            raise Unreadable(f"`{path[depth - 1]}` in it is not an object")
        named = [member.value for member in value.members if member.name == name]
        if len(named) > 1:
            raise Unreadable(f"it names `{name}` twice")
        if not named:
            return None
        value = named[0]
    return value


# ── writing ──


def _with(text: str, path: Sequence[str], value: Any) -> str:
    """Set what a path leads to, and make the objects on the way."""
    if not text.strip("\ufeff \t\r\n"):
        return json.dumps(_nested(path, value), indent=2, ensure_ascii=False) + "\n"
    inside = _read(text)
    if inside.end == 0:  # nothing but comments
        return f"{text}{json.dumps(_nested(path, value), indent=2, ensure_ascii=False)}\n"
    for depth, name in enumerate(path):
        found = _find(inside, [name])
        if found is None:
            return _add(text, inside, name, _nested(path[depth + 1 :], value))
        inside = found
    prefix = _indent_at(text, inside.start)
    spelled = _spelled(text, value, prefix, one_line="\n" not in text[inside.start : inside.end])
    return text[: inside.start] + spelled + text[inside.end :]


def _nested(path: Sequence[str], value: Any) -> Any:
    for name in reversed(path):
        value = {name: value}
    return value


def _add(text: str, inside: _Value, name: str, value: Any) -> str:
    """Add a member to an object, in the manner of those that it has."""
    members, close = inside.members or [], inside.end - 1
    line, outer = _line(text), _indent_at(text, inside.start)
    one_line = bool(members) and "\n" not in text[inside.start : inside.end]
    first = members[0].start if members else None
    own_line = first is not None and not text[text.rfind("\n", 0, first) + 1 : first].strip()
    indent = _indent_at(text, first) if first is not None and own_line else outer + _unit(text)
    member = f"{json.dumps(name)}: {_spelled(text, value, indent, one_line=one_line)}"
    comma = "," if members and members[-1].comma is None else ""
    last = members[-1].value.end if members else inside.start + 1
    if one_line:
        space = "" if comma == "" and text[close - 1] == " " else " "
        return f"{text[:last]}{comma}{text[last:close].rstrip()}{space}{member}{text[close:]}"
    between = text[last:close]
    kept = between.rstrip(" \t\r\n")
    # Whoever writes a comma behind the last member has one there afterwards, too.
    behind = "," if members and not comma else ""
    return f"{text[:last]}{comma}{kept}{line}{indent}{member}{behind}{line}{outer}{text[close:]}"


def _without(text: str, path: Sequence[str]) -> str:
    """Remove the member that a path leads to, with its comma and its line."""
    parent = _find(_read(text), path[:-1])
    members = (parent.members if parent else None) or []
    at = next(n for n, member in enumerate(members) if member.name == path[-1])
    member = members[at]
    cuts = [(member.start, member.value.end)]
    if member.comma is not None:
        behind = member.comma + 1
        space = re.compile(r"[ \t]*").match(text, behind)
        cuts = _joined(text, cuts[0], (member.comma, space.end() if space else behind))
    elif at and (before := members[at - 1].comma) is not None:
        cuts = _joined(text, (before, before + 1), cuts[0])
    for start, end in sorted(cuts, reverse=True):
        text = text[:start] + text[end:]
        if start < member.start:
            continue  # the comma before; its line holds more
        begins, ends = text.rfind("\n", 0, start) + 1, text.find("\n", start)
        if begins and ends >= 0 and not text[begins:ends].strip():
            text = text[:begins] + text[ends + 1 :]
    return text


def _joined(text: str, one: tuple[int, int], other: tuple[int, int]) -> list[tuple[int, int]]:
    """Make one piece of two with nothing but space in the line between them."""
    if text[one[1] : other[0]].strip(" \t"):
        return [one, other]
    return [(one[0], other[1])]


def _spelled(text: str, value: Any, prefix: str, *, one_line: bool) -> str:
    if one_line or not isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    spelled = json.dumps(value, ensure_ascii=False, indent=_unit(text))
    return spelled.replace("\n", _line(text) + prefix)


def _line(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _unit(text: str) -> str:
    found = re.search(r"\n([ \t]+)[\"}\]]", text)
    return found[1] if found else "  "


def _indent_at(text: str, at: int) -> str:
    begins = text.rfind("\n", 0, at) + 1
    found = re.match(r"[ \t]*", text[begins:at])
    return found[0] if found else ""
