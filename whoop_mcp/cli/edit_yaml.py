"""Edit one entry of a YAML file as text, by its lines, so that all else stays as it was.

Only the plain block style is edited, which clients and people write; anything else is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .edit_json import Unreadable

_EMPTY = re.compile(r"(?:\{\s*\}|\[\s*\]|~|null)?\s*(?:#.*)?$")
_NAMED = re.compile(r"""-?\s*(?:"name"|'name'|name)\s*:\s+["']?([^"'#]*?)["']?\s*(?:#.*)?$""")


class _Block(NamedTuple):
    """Hold where the entries stand: lines from `start` to `end`, each entry's first at `indent`."""

    start: int
    end: int
    indent: int
    heading: int  # the line of the key


def put(text: str, path: Sequence[str], entry: Mapping[str, Any], drop: Sequence[str] = ()) -> str:
    """Set an entry as a whole. Unreadable.

    `path` is a key at the root and the entry's name. An entry that holds its own `name` first is
    one of a list. Values are all that JSON can say, and are spelled as JSON, which YAML takes.
    """
    key, name = path
    is_list = next(iter(entry), None) == "name" and entry["name"] == name
    lines = _lines(text)
    block = _block(lines, key)
    line = "\r\n" if "\r\n" in text else "\n"
    if block is None:
        gap = [] if not lines or lines[-1].endswith("\n") else [line]
        return "".join([*lines, *gap, f"{key}:{line}", *_spelled(name, entry, 2, is_list, line)])
    new = _spelled(name, entry, block.indent, is_list, line)
    if block.start == block.end:  # an empty one, which may be said by {} or []
        new = [f"{key}:{line}", *new]
        return "".join([*lines[: block.heading], *new, *lines[block.end :]])
    found = _entry(lines, block, name)
    if found is None:
        end = block.end
        if not lines[end - 1].endswith("\n"):
            lines[end - 1] += line
        return "".join([*lines[:end], *new, *lines[end:]])
    return "".join([*lines[: found[0]], *new, *lines[found[1] :]])


def take_out(text: str, path: Sequence[str]) -> str:
    """Remove an entry, if it is there. Unreadable."""
    key, name = path
    lines = _lines(text)
    block = _block(lines, key)
    found = block and _entry(lines, block, name)
    if not block or not found:
        return text
    left = [*lines[: found[0]], *lines[found[1] :]]
    if (found[0], found[1]) == (block.start, block.end):
        empty = "[]" if lines[found[0]].lstrip().startswith("-") else "{}"
        heading = lines[block.heading]
        left[block.heading] = heading.replace(":", f": {empty}", 1)
    return "".join(left)


def _lines(text: str) -> list[str]:
    lines = text.splitlines(keepends=True)
    if any(one.lstrip(" ").startswith("\t") for one in lines):
        raise Unreadable("it is indented with tabs")
    if sum(one.rstrip() == "---" for one in lines) > 1 or any(one.startswith("%") for one in lines):
        raise Unreadable("it holds several documents")
    first = next((one for one in lines if _indent(one) is not None), "a:")
    if _indent(first) != 0 or not re.match(r"[\"'\w]|---", first):
        raise Unreadable("it is not YAML in block style")
    return lines


def _indent(line: str) -> int | None:
    """Count the spaces a line begins with; None for one without content."""
    bare = line.strip()
    return None if not bare or bare.startswith("#") else len(line) - len(line.lstrip(" "))


def _block(lines: Sequence[str], key: str) -> _Block | None:
    heading = [
        (at, match[1])
        for at, one in enumerate(lines)
        if (match := re.match(rf"[\"']?{key}[\"']?\s*:(?=\s)(.*)$", one.rstrip("\r\n") + " "))
    ]
    if not heading:
        return None
    if len(heading) > 1:
        raise Unreadable(f"it names `{key}` twice")
    [(at, behind)] = heading
    if not _EMPTY.match(behind.strip()):
        raise Unreadable(f"`{key}` in it is not in block style")
    end = start = at + 1
    indent: int | None = None
    for number in range(start, len(lines)):
        here = _indent(lines[number])
        if here is None:
            continue
        if here == 0 and not lines[number].startswith("- "):
            break
        indent = here if indent is None else indent
        if here < indent:
            raise Unreadable(f"`{key}` in it is indented unevenly")
        end = number + 1
    if indent is not None and behind.split("#")[0].strip():
        raise Unreadable(f"`{key}` in it is not in block style")
    return _Block(start, end, 2 if indent is None else indent, at)


def _entry(lines: Sequence[str], block: _Block, name: str) -> tuple[int, int] | None:
    """Find the lines of an entry. Unreadable where there are two."""
    if block.start == block.end:
        return None
    starts = [at for at in range(block.start, block.end) if _indent(lines[at]) == block.indent]
    found: list[tuple[int, int]] = []
    for start, end in zip(starts, [*starts[1:], block.end], strict=True):
        while end > start + 1 and _indent(lines[end - 1]) is None:
            end -= 1  # what stands above the next one belongs to that
        if _is_named([one.rstrip("\r\n") for one in lines[start:end]], name):
            found.append((start, end))
    if len(found) > 1:
        raise Unreadable(f"it names `{name}` twice")
    return found[0] if found else None


def _is_named(entry: Sequence[str], name: str) -> bool:
    first = entry[0].strip()
    if not first.startswith("-"):
        return re.match(rf"[\"']?{re.escape(name)}[\"']?\s*:(\s|$)", first) is not None
    if first.startswith("- {"):
        raise Unreadable("it holds entries that are not in block style")
    inner = len(entry[0]) - len(entry[0].lstrip(" -"))
    own = [entry[0], *(one for one in entry[1:] if _indent(one) == inner)]
    return any((match := _NAMED.match(one.strip())) and match[1] == name for one in own)


def _spelled(
    name: str, entry: Mapping[str, Any], indent: int, is_list: bool, line: str
) -> list[str]:
    space = " " * indent
    pairs = [f"{key}: {_value(value)}" for key, value in entry.items()]
    if is_list:
        return [f"{space}{'  ' if n else '- '}{pair}{line}" for n, pair in enumerate(pairs)]
    inner = space + "  "
    return [f"{space}{name}:{line}", *(f"{inner}{pair}{line}" for pair in pairs)]


def _value(value: Any) -> str:
    if isinstance(value, str) and re.fullmatch(r"[a-z][a-z_-]*", value) and value not in _WORDS:
        return value
    return json.dumps(value, ensure_ascii=False)


_WORDS = ("true", "false", "yes", "no", "on", "off", "null", "y", "n")
