"""What can be told of SQL before SQLite reads it: that it is one question, of bearable size.

Wherever a view or a name made by WITH is used, SQLite puts in a copy of what it stands for, and it
does so before it looks at any clock or limit: thirty short lines can be billions of copies.
"""

from __future__ import annotations

import math
import re
from collections import Counter

from .errors import ValidationError
from .schema import VIEWS

_LONGEST = 4096
_COPIES = 500

_QUOTED_OR_COMMENT = re.compile(
    r"""('(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])|--[^\n]*|/\*.*?(?:\*/|\Z)""",
    re.DOTALL,
)
_WORD = re.compile(r"\w+|[^\w\s]", re.ASCII)  # of SQLite's blanks, all are ASCII
_NAMED = re.compile(r"(\S+) (?:\( [^()]*\) )?as (?:not )?(?:materialized )?\(")


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
    code = _QUOTED_OR_COMMENT.sub(r"\1 ", sql).lower()
    if not re.match(r"\s*(select|with)\b", code):
        raise ValidationError(
            "`sql` is not a SELECT.", hint="Only one SELECT, or WITH … SELECT, is answered."
        )
    if _copies(code) > _COPIES:
        raise ValidationError(
            "`sql` uses views and the names made by WITH too often: each use is a copy of them.",
            hint="Use each such name once or twice, or ask in several queries.",
        )


def _copies(code: str) -> int:
    """How many views the code can stand for when every name is put in: at most so many."""
    words = _WORD.findall(re.sub(r"[\"'`\[\]]", " ", code))
    followers = [*words[1:], ""]
    uses = Counter(word for word, after in zip(words, followers, strict=True) if after != ".")
    copies = math.prod(max(1, uses[name] - 1) for name in _NAMED.findall(" ".join(words)))
    return copies * max(1, sum(uses[view] for view in VIEWS))
