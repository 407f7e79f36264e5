"""Edit one table of a TOML file as text, so that all else stays as it was, comments included."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from .edit_json import Unreadable

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BASIC = re.compile(r'"(?:[^"\\\n]|\\.)*"')
_LITERAL = re.compile(r"'[^'\n]*'")
_LONG = {
    '"""': re.compile(r'"""(?:[^"\\]|\\.|"(?!"")|""(?!"))*"{3,5}', re.DOTALL),
    "'''": re.compile(r"'''(?:[^']|'(?!'')|''(?!'))*'{3,5}", re.DOTALL),
}
_SCALAR = re.compile(r"[^\s,\[\]{}#\"'][^,\[\]{}#\"'\r\n]*")
_TO_END = re.compile(r"[ \t]*(?:#[^\n]*)?(?:\r?\n|$)")
_CLOSING = {"[": "]", "{": "}"}


class _Statement(NamedTuple):
    """Hold a header or a key with its value; `path` is from the root."""

    path: tuple[str, ...]
    start: int  # of its line
    end: int  # behind its line's end
    value: tuple[int, int] | None  # where that stands; None: a header
    is_list: bool = False  # one of an array of tables


def put(text: str, path: Sequence[str], entry: Mapping[str, Any], drop: Sequence[str] = ()) -> str:
    """Set a table's keys; others that it has stay, but for those named in `drop`. Unreadable.

    Values are text, lists of text, and objects of text. What is empty is left out.
    """
    path = tuple(path)
    header, inner = _entry(text, path)
    if header is None:
        for one in inner:
            names = _inline(text, one) if one.path == path else [one.path[len(path)]]
            if any(name not in entry and name not in drop for name in names):
                raise Unreadable(
                    f"`{'.'.join(path)}` in it has no header, and holds more than the entry does"
                )
        text = _cut(text, inner)
        body = "".join(_pair(name, value) for name, value in entry.items())
        gap = "" if not text.strip() else "\n" if text.endswith("\n") else "\n\n"
        block = f"{gap}[{'.'.join(map(_key, path))}]\n{body}"
        return text + block.replace("\n", _line(text))
    here = {one.path[-1]: one for one in inner if one.value and len(one.path) == len(path) + 1}
    spans: list[tuple[int, int, str]] = []
    for name, value in entry.items():
        simple = [one for one in inner if one.path[: len(path) + 1] == (*path, name)]
        there = here.get(name)
        if there is not None and there.value and len(simple) == 1:
            spans.append((*there.value, _spelled(value)))
        else:
            spans += [(one.start, one.end, "") for one in simple]
            spans.append((header.end, header.end, _pair(name, value).replace("\n", _line(text))))
    for name in drop:
        if name not in entry:
            spans += [
                (one.start, one.end, "")
                for one in inner
                if one.path[: len(path) + 1] == (*path, name)
            ]
    if header.end == len(text) and not text.endswith("\n"):
        text += _line(text)
        return put(text, path, entry, drop)
    for start, end, new in sorted(spans, key=lambda span: span[:2], reverse=True):
        text = text[:start] + new + text[end:]
    _entry(text, path)  # still to be read
    return text


def take_out(text: str, path: Sequence[str]) -> str:
    """Remove a table and those below it, if it is there. Unreadable."""
    path = tuple(path)
    header, inner = _entry(text, path)
    return _cut(text, [*([header] if header else []), *inner])


def _entry(text: str, path: tuple[str, ...]) -> tuple[_Statement | None, list[_Statement]]:
    """Find a table's header and all that belongs to it. Unreadable where that is not clear."""
    header: _Statement | None = None
    inner: list[_Statement] = []
    for one in _statements(text):
        if one.path[: len(path)] == path:
            if one.is_list:
                raise Unreadable(f"`{'.'.join(path)}` in it is a list")
            if one.path == path and one.value is None:
                if header is not None:
                    raise Unreadable(f"it has `[{'.'.join(path)}]` twice")
                header = one
            else:
                inner.append(one)
        elif one.value and one.path == path[: len(one.path)]:
            raise Unreadable(f"`{'.'.join(one.path)}` in it is no table of its own")
    return header, inner


def _cut(text: str, statements: Sequence[_Statement]) -> str:
    for one in sorted(statements, key=lambda one: one.start, reverse=True):
        before, after = text[: one.start], text[one.end :]
        # The empty line above a table goes with it.
        if one.value is None and before.endswith(("\n\n", "\n\r\n")):
            before = before[: -2 if before.endswith("\r\n") else -1]
        text = before + after
    return text if text.strip() else ""


# ── reading ──


def _statements(text: str) -> Iterator[_Statement]:
    table: tuple[str, ...] = ()
    at = 0
    while (at := _skip(_SPACE, text, at)) < len(text):
        start = text.rfind("\n", 0, at) + 1
        if text[at] == "[":
            mark = "[[" if text.startswith("[[", at) else "["
            table, at = _dotted(text, at + len(mark))
            at = _expect("]" * len(mark), text, at)
            value, path = None, table
        else:
            keys, at = _dotted(text, at)
            begins = _skip(re.compile(r"[ \t]*"), text, _expect("=", text, at))
            at = _value(text, begins)
            value, path = (begins, begins + len(text[begins:at].rstrip())), (*table, *keys)
            mark = ""
        ends = _TO_END.match(text, at)
        if ends is None:
            raise _broken()
        at = ends.end()
        yield _Statement(path, start, at, value, mark == "[[")


def _dotted(text: str, at: int) -> tuple[tuple[str, ...], int]:
    keys: list[str] = []
    while True:
        at = _skip(re.compile(r"[ \t]*"), text, at)
        for pattern in (_BARE, _BASIC, _LITERAL):
            if match := pattern.match(text, at):
                break
        else:
            raise _broken()
        word, at = match[0], match.end()
        try:
            keys.append(json.loads(word) if word[0] == '"' else word.strip("'"))
        except ValueError:
            raise _broken() from None
        at = _skip(re.compile(r"[ \t]*"), text, at)
        if text[at : at + 1] != ".":
            return tuple(keys), at
        at += 1


def _value(text: str, at: int) -> int:
    """Find the end of a value."""
    open_: list[str] = []
    while True:
        if open_:
            at = _skip(_SPACE, text, at)
        first = text[at : at + 1]
        if first and first in _CLOSING:
            open_.append(_CLOSING[first])
            at += 1
        elif open_ and first == open_[-1]:
            open_.pop()
            at += 1
        elif open_ and first and first in ",=":
            at += 1
            continue
        else:
            patterns = (*_LONG.values(), _BASIC, _LITERAL, _SCALAR)
            if text[at : at + 3] in _LONG:
                patterns = (_LONG[text[at : at + 3]],)
            match = next((found for one in patterns if (found := one.match(text, at))), None)
            if match is None:
                raise _broken()
            at = match.end()
        if not open_:
            return at


def _inline(text: str, one: _Statement) -> list[str]:
    """List an inline table's own names. Unreadable where it is none."""
    at, end = one.value or (0, 0)
    if text[at : at + 1] != "{":
        raise Unreadable(f"`{'.'.join(one.path)}` in it is no table")
    names: list[str] = []
    at += 1
    while (at := _skip(_SPACE, text, at)) < end and text[at] != "}":
        keys, at = _dotted(text, at)
        names.append(keys[0])
        at = _value(text, _skip(_SPACE, text, _expect("=", text, at)))
        at = _skip(_SPACE, text, at)
        at += text[at : at + 1] == ","
    return names


def _skip(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at


def _expect(sign: str, text: str, at: int) -> int:
    if not text.startswith(sign, at):
        raise _broken()
    return at + len(sign)


def _broken() -> Unreadable:
    return Unreadable("it is not TOML that can be read")


# ── writing ──


def _pair(name: str, value: Any) -> str:
    return f"{_key(name)} = {_spelled(value)}\n"


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else json.dumps(name, ensure_ascii=False)


def _spelled(value: Any) -> str:
    """Spell a value: TOML's basic strings take every escape that JSON makes."""
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(name)} = {_spelled(one)}" for name, one in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _line(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
