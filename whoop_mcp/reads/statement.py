"""What can be told of SQL before SQLite reads it: that it is one question, of bearable size.

Wherever a view or a name made by WITH is used, SQLite puts in a copy of what it stands for, and it
does so before it looks at any clock: thirty short lines can be billions of copies. What is counted
here is refused with a word for it; whatever else takes long to compile ends with its process.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from ..cache.schema import VIEWS
from ..errors import ValidationError

_LONGEST = 4096
_COPIES = 500

_TOKEN = re.compile(
    r"""(?P<blank>[\s\0]+|--[^\n]*|/\*.*?(?:\*/|\Z))"""
    r"""|(?P<quoted>'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])"""
    r"""|(?P<word>(?:[\w$]|[^\x00-\x7f])+)"""
    r"""|(?P<mark>.)""",
    re.DOTALL | re.ASCII,  # of SQLite's blanks, all are ASCII
)


class _Token(NamedTuple):
    """A word, what was quoted, or a mark, in small letters; what is quoted is never a mark."""

    kind: str
    text: str

    def is_mark(self, text: str) -> bool:
        return self.kind == "mark" and self.text == text

    def is_word(self, *texts: str) -> bool:
        return self.kind == "word" and self.text in texts


def check(sql: str) -> None:
    """ValidationError when it is not a question, too long, or would be copied without end."""
    if len(sql) > _LONGEST:
        raise ValidationError(
            f"`sql` is longer than {_LONGEST} characters.", hint="Ask in several shorter queries."
        )
    if "\0" in sql or any("\ud800" <= one <= "\udfff" for one in sql):
        raise ValidationError(
            "`sql` has characters that are not text.", hint="Write it without them."
        )
    tokens = _tokens(sql)
    if not tokens or not tokens[0].is_word("select", "with"):
        raise ValidationError(
            "`sql` is not a SELECT.", hint="Only one SELECT, or WITH … SELECT, is answered."
        )
    if _copies(tokens) > _COPIES:
        raise ValidationError(
            "`sql` uses views and the names made by WITH too often: each use is a copy of them.",
            hint="Use each such name once or twice, or ask in several queries.",
        )


def _tokens(sql: str) -> list[_Token]:
    """The text as SQLite cuts it, names without their quotes."""
    found = []
    for one in _TOKEN.finditer(sql):
        kind, text = str(one.lastgroup), one[0].lower()
        if kind == "quoted":
            close = {"[": "]"}.get(text[0], text[0])
            text = text[1:-1].replace(close * 2, close)
        if kind != "blank":
            found.append(_Token(kind, text))
    return found


def _copies(tokens: list[_Token]) -> int:
    """How many views the code can stand for when every name is put in: at most so many.

    A name before a dot is that of a column's table, which is no copy.
    """
    uses = Counter(
        one.text
        for one, after in zip(tokens, [*tokens[1:], _Token("", "")], strict=True)
        if one.kind != "mark" and not after.is_mark(".")
    )
    copies = math.prod(max(1, uses[name] - 1) for name in _made(tokens))
    return copies * max(1, sum(uses[view] for view in VIEWS))


def _made(tokens: list[_Token]) -> Iterator[str]:
    """What WITH makes: each `name AS (`, `name (columns) AS (`, and so on."""
    for at, one in enumerate(tokens):
        place = at - 1
        if not one.is_mark("("):
            continue
        if tokens[place].is_word("materialized"):
            place -= 2 if tokens[place - 1].is_word("not") else 1
        if place < 1 or not tokens[place].is_word("as"):
            continue
        place -= 1
        if tokens[place].is_mark(")"):
            while place and not tokens[place].is_mark("("):
                place -= 1
            place -= 1
        if place >= 0:
            yield tokens[place].text
