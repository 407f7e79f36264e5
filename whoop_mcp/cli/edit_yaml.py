"""Edit one entry of a YAML file as text, by its lines, so that all else stays as it was.

Only the plain block style is edited, which clients and people write; anything else is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from .edit_json import Unreadable

_KEY = re.compile(r"""("[^"\\]*"|'[^']*'|[\w./$(][^:"'{}\[\],&*!|>#]*?) *:(?=\s|$)""")
_EMPTY = re.compile(r"(\{\s*\}|\[\s*\]|~|null)?\s*(#.*)?$")
_SCALAR = re.compile(r"[|>](?:([+-]?)([1-9]?)|([1-9])([+-]))[ \t]*(?:#.*)?$")
_DEEP = 1 << 30  # stands for the depth of a line that goes on with a text or a bracket


class _Line(NamedTuple):
    """Hold a line, its end included, and what a small reader sees in it."""

    text: str
    indent: int | None  # None: nothing, or a comment
    goes_on: bool = False  # with what was opened by a bracket or a quote above
    has_anchor: bool = False  # or an alias
    keeps: bool = False  # the empty lines below its text belong to that


class _Block(NamedTuple):
    """Hold where the entries stand: lines from `start` to `end`; `entries` are their first ones."""

    start: int
    end: int
    indent: int
    heading: int  # the line of the key
    entries: Sequence[int]
    is_list: bool


def put(text: str, path: Sequence[str], entry: Mapping[str, Any], drop: Sequence[str] = ()) -> str:
    """Set an entry as a whole. Unreadable.

    `path` is a key at the root and the entry's name. An entry that holds its own `name` first is
    one of a list. Values are all that JSON can say, and are spelled as JSON, which YAML takes.
    """
    key, name = path
    is_list = next(iter(entry), None) == "name" and entry["name"] == name
    read = _read(text)
    block = _block(read, key)
    line = "\r\n" if "\r\n" in text else "\n"
    lines = [one.text for one in read]
    # A last line without an end gets one, where something comes behind it.
    whole = [*lines[:-1], *(one if one.endswith("\n") else one + line for one in lines[-1:])]
    if block is None:
        new = _spelled(name, entry, 2, is_list, line)
        result = [*whole, f"{key}:{line}", *new]
    elif not block.entries:  # which may be said by {} or []
        new = _spelled(name, entry, block.indent, is_list, line)
        whole[block.heading] = _without_value(whole[block.heading])
        result = [*whole[: block.start], *new, *whole[block.start :]]
    else:
        if is_list != block.is_list:
            raise Unreadable(f"`{key}` in it is {'no' if is_list else 'a'} list")
        new = _spelled(name, entry, block.indent, is_list, line)
        start, end = _entry(read, block, name) or (block.end, block.end)
        result = [*(lines if end > start else whole)[:start], *new, *lines[end:]]
    _check(text, "".join(result), path, "".join(new))
    return "".join(result)


def take_out(text: str, path: Sequence[str]) -> str:
    """Remove an entry, if it is there. Unreadable."""
    key, name = path
    read = _read(text)
    block = _block(read, key)
    found = block and _entry(read, block, name)
    if not block or not found:
        return text
    left = [one.text for one in read]
    if len(block.entries) == 1:
        empty = "[]" if block.is_list else "{}"
        left[block.heading] = left[block.heading].replace(":", f": {empty}", 1)
    del left[found[0] : found[1]]
    _check(text, "".join(left), path, None)
    return "".join(left)


def _without_value(heading: str) -> str:
    key, _, behind = heading.partition(":")
    bare = behind.strip()
    match = _EMPTY.match(bare)
    comment = f" {match[2]}" if match and match[2] else ""
    return f"{key}:{comment}{behind[len(behind.rstrip()) :]}"


def _check(before: str, after: str, path: Sequence[str], entry: str | None) -> None:
    """Raise Unreadable unless an edit has left all but the entry as it was, line for line."""
    old, new = _rest(before, path), _rest(after, path)
    if new[0] != old[0] or new[1] != entry:
        raise Unreadable("it cannot be edited without changing something else")


def _rest(text: str, path: Sequence[str]) -> tuple[list[tuple[str, int | None]], str | None]:
    """Read all lines but the entry's, as they are understood; and the entry's own."""
    lines = _read(text)
    block = _block(lines, path[0])
    found = block and _entry(lines, block, path[1])
    own = set(range(*found)) if found else set()
    if block and len(block.entries) == bool(found):
        own.add(block.heading)  # it only leads to the entry
    rest = [(one.text.rstrip("\r\n"), one.indent) for at, one in enumerate(lines) if at not in own]
    return rest, "".join(one.text for one in lines[slice(*found)]) if found else None


# ── reading ──


def _read(text: str) -> list[_Line]:
    """Read a text's lines. Unreadable for several documents, and what is not in block style."""
    if re.search(r"\r(?!\n)", text):
        raise Unreadable("it has line ends of an old kind")
    lines: list[_Line] = []
    scan = _Scan()
    has_begun = False
    for raw in re.findall(r"[^\n]*\n|[^\n]+", text):
        bare = raw.rstrip("\r\n")
        if re.match(r"(\.\.\.|---)(\s|$)|%", bare):
            if has_begun or not re.match(r"---\s*(#.*)?$", bare):
                raise Unreadable("it holds several documents, or directives")
            if any(one.text.startswith("---") for one in lines):
                raise Unreadable("it holds several documents, or directives")
            lines.append(_Line(raw, None))
            continue
        one = scan.line(raw, bare)
        if one.indent == 0 and not _KEY.match(bare) and (not has_begun or bare.split()[0] != "-"):
            raise Unreadable("it is not YAML in block style")
        if one.indent not in (0, None) and not has_begun:
            raise Unreadable("it is not YAML in block style")
        has_begun |= one.indent is not None
        lines.append(one)
    if scan.is_open:
        raise Unreadable("a bracket or a quote in it is not closed")
    if lines and scan.in_text and not lines[-1].text.endswith("\n"):
        raise Unreadable("its last line, which is a text's, has no end")
    return lines


class _Scan:
    """Go through a text line by line; know what texts, brackets and quotes go over several."""

    def __init__(self) -> None:
        self._quote = ""
        self._depth = 0  # of brackets
        self._text: tuple[int, int | None] | None = None  # a text's least and own indent

    @property
    def is_open(self) -> bool:
        """Tell whether a bracket or a quote is."""
        return bool(self._quote or self._depth)

    @property
    def in_text(self) -> bool:
        """Tell whether the last line may be one of a text's."""
        return self._text is not None

    def line(self, raw: str, bare: str) -> _Line:
        """Read the next line."""
        if not bare.strip():
            return _Line(raw, _DEEP if self.is_open else None, self.is_open)
        indent = len(bare) - len(bare.lstrip(" "))
        if self._text is not None:
            least, own = self._text
            if indent >= (own or least):
                self._text = least, own or indent
                return _Line(raw, _DEEP)
            self._text = None
        goes_on = self.is_open
        if not goes_on:
            if bare.lstrip().startswith("#"):
                return _Line(raw, None)
            if bare[indent] == "\t":
                raise Unreadable("it is indented with tabs")
        has_anchor, keeps = self._tokens(bare, indent)
        return _Line(raw, _DEEP if goes_on else indent, goes_on, has_anchor, keeps)

    def _tokens(self, bare: str, at: int) -> tuple[bool, bool]:
        """Read a line's tokens; tell whether an anchor is among them, and a text that keeps."""
        fresh, has_anchor = True, False  # fresh: a token may begin
        begins = parent = at
        while at < len(bare):
            sign, then = bare[at], bare[at + 1 : at + 2]
            if self._quote:
                if sign + then in ('\\"', "\\\\", "''") and sign in ("\\", self._quote):
                    at += 1 if sign != "\\" or self._quote == '"' else 0
                elif sign == self._quote:
                    self._quote = ""
            elif sign == "#" and bare[at - 1 : at] in ("", " ", "\t"):
                break
            elif sign in " \t":
                pass
            elif self._depth and sign in ",]}":
                self._depth -= sign != ","
                fresh = sign == ","
            elif sign == ":" and (not then.strip() or (self._depth and bare[at - 1] in "\"']}")):
                fresh, parent = True, begins
            elif not fresh:
                pass
            elif sign in "-?" and not then.strip():
                parent = at
            elif sign in "&*!":
                has_anchor |= sign != "!"
                while at + 1 < len(bare) and bare[at + 1] not in " \t,]}":
                    at += 1
            elif sign in "[{":
                self._depth += 1
            elif sign in "|>" and not self._depth:
                match = _SCALAR.match(bare, at)
                if match is None:
                    raise Unreadable("it is not YAML that can be read")
                digit = match[2] or match[3]
                least = parent + int(digit or 1)
                self._text = least, least if digit else None
                return has_anchor, "+" in (match[1], match[4])
            else:
                fresh, begins = False, at
                self._quote = sign if sign in "\"'" else ""
            at += 1
        return has_anchor, False


def _block(lines: Sequence[_Line], key: str) -> _Block | None:
    headings = [
        at
        for at, one in enumerate(lines)
        if one.indent == 0 and (match := _KEY.match(one.text)) and match[1].strip("\"'") == key
    ]
    if not headings:
        return None
    if len(headings) > 1:
        raise Unreadable(f"it names `{key}` twice")
    [at] = headings
    behind = _EMPTY.match(lines[at].text.partition(":")[2].strip())
    if not behind:
        raise Unreadable(f"`{key}` in it is not in block style")
    end = start = at + 1
    indent: int | None = None
    for number in range(start, len(lines)):
        here = lines[number].indent
        if here is None:
            continue
        if here == 0 and lines[number].text.split()[0] != "-":
            break
        indent = here if indent is None else indent
        if here < indent:
            raise Unreadable(f"`{key}` in it is indented unevenly")
        end = number + 1
    if indent is not None and behind[1]:
        raise Unreadable(f"`{key}` in it is not in block style")
    if any(one.goes_on or one.keeps for one in lines[start:end]):
        raise Unreadable(f"`{key}` in it is not in block style")
    entries = [number for number in range(start, end) if lines[number].indent == indent]
    dashes = [lines[number].text.lstrip().startswith("-") for number in entries]
    for number, dash in zip(entries, dashes, strict=True):
        bare = lines[number].text.strip()
        if dash != dashes[0] or not _KEY.match(re.sub(r"^- +", "", bare)):
            raise Unreadable(f"`{key}` in it holds entries that are not in block style")
    return _Block(start, end, 2 if indent is None else indent, at, entries, any(dashes))


def _entry(lines: Sequence[_Line], block: _Block, name: str) -> tuple[int, int] | None:
    """Find the lines of an entry. Unreadable where there are two, or others lean on it."""
    found: list[tuple[int, int]] = []
    ends = [*block.entries, block.end][1:]
    for start, end in zip(block.entries, ends, strict=True):
        while end > start + 1 and lines[end - 1].indent is None:
            end -= 1  # what stands above the next one belongs to that
        if (_named if block.is_list else _key)(lines[start:end]) == name:
            found.append((start, end))
    if len(found) > 1:
        raise Unreadable(f"it names `{name}` twice")
    if found and any(one.has_anchor for one in lines[slice(*found[0])]):
        raise Unreadable(f"`{name}` in it has an anchor or an alias")
    return found[0] if found else None


def _key(entry: Sequence[_Line]) -> str:
    match = _KEY.match(entry[0].text.strip())
    return match[1].strip("\"'") if match else ""


def _named(entry: Sequence[_Line]) -> str | None:
    """Find the name that an entry of a list holds. Unreadable where that is not clear."""
    inner = len(entry[0].text) - len(entry[0].text.lstrip(" -"))
    found: list[str] = []
    for at, one in enumerate(entry):
        # A list in an entry may have its dashes right below the key that it belongs to.
        if at and (one.indent != inner or re.match(r"-(\s|$)", one.text.strip())):
            continue
        match = _KEY.match(bare := one.text.strip().lstrip("- "))
        if match is None:
            raise Unreadable("it holds entries that are not in block style")
        if match[1].strip("\"'") == "name":
            value = re.match(
                r"""\s+(?:"([^"\\]*)"|'([^']*)'|([^\s"'&*!|>#].*?))(\s+#.*)?$""",
                bare[match.end() :],
            )
            goes_on = next((more.indent for more in entry[at + 1 :] if more.indent is not None), 0)
            if value is None or goes_on > inner:
                raise Unreadable("it holds a name that is not in block style")
            found.append(value[1] or value[2] or value[3] or "")
    if len(found) > 1:
        raise Unreadable("it holds an entry with two names")
    return found[0] if found else None


# ── writing ──


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
