"""Editing one entry of a JSON file as text."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from whoop_mcp.cli import edit_json
from whoop_mcp.cli.edit_json import Unreadable

PATH = ("mcpServers", "whoop")
ENTRY = {"command": "/p", "args": ["-m", "whoop_mcp"]}

WITH_COMMENTS = """\
// what I like
{
    "theme": "dark", /* or light */
    "mcpServers": {
        // the other one
        "other": {"url": "http://localhost"}, // stays
    },
    "last": 1.50,
}
"""
AFTER = """\
// what I like
{
    "theme": "dark", /* or light */
    "mcpServers": {
        // the other one
        "other": {"url": "http://localhost"}, // stays
        "whoop": {
            "command": "/p",
            "args": [
                "-m",
                "whoop_mcp"
            ]
        },
    },
    "last": 1.50,
}
"""


@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_comments_commas_and_line_ends_stay(line: str) -> None:
    """The entry is added in the file's own manner; not a byte of the rest changes."""
    before, after = (text.replace("\n", line) for text in (WITH_COMMENTS, AFTER))
    assert edit_json.put(before, PATH, ENTRY) == after
    assert edit_json.put(after, PATH, ENTRY) == after
    assert edit_json.take_out(after, PATH) == before


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('{"a": 1}', '{"a": 1, "s": {"w": {"x": 1}}}'),
        ('{"s": {"w": 2}}', '{"s": {"w": {"x": 1}}}'),
        ('{"s": {"w": {"x": 2, "trust": true}}}', '{"s": {"w": {"x": 1, "trust": true}}}'),
        ('{"s": {"w": {"url": "u", "trust": 1}}}', '{"s": {"w": {"trust": 1, "x": 1}}}'),
        ('{"s": {\n}}', '{"s": {\n  "w": {\n    "x": 1\n  }\n}}'),
        ("", '{\n  "s": {\n    "w": {\n      "x": 1\n    }\n  }\n}\n'),
        (
            "// nothing yet\n",
            '// nothing yet\n{\n  "s": {\n    "w": {\n      "x": 1\n    }\n  }\n}\n',
        ),
    ],
)
def test_where_it_goes(before: str, after: str) -> None:
    """Into what there is, or what is made for it; what the user set beside our command is kept, an
    address of another kind of server is not."""
    assert edit_json.put(before, ("s", "w"), {"x": 1}, ("url",)) == after


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"mcpServers": {"whoop": {}, "whoop": {}}}', "`whoop` twice"),
        ('{"mcpServers": {}, "mcpServers": {}}', "`mcpServers` twice"),
        ('{"mcpServers": [1]}', "`mcpServers` in it is not an object"),
        ("[]", "not a JSON object"),
        ('{"a": 1', "not JSON"),
        ('{"a": 1} x', "not JSON"),
        ('{"a" 1}', "not JSON"),
        ('{"a": 1 "b": 2}', "not JSON"),
        ('{"a": [1 2]}', "not JSON"),
        ("{a: 1}", "not JSON"),
        ('{"a": "\n"}', "not JSON"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_what_cannot_be_edited_is_told(text: str, why: str) -> None:
    """A text that is not clear is refused with the reason, to add and to remove alike."""
    for edit in (lambda: edit_json.put(text, PATH, ENTRY), lambda: edit_json.take_out(text, PATH)):
        with pytest.raises(Unreadable, match=why):
            edit()


def test_what_is_twice_elsewhere_is_nobodys_business() -> None:
    """Only what leads to the entry has to be there once."""
    text = '{"a": 1, "a": 2, "half a character": "\\ud800", "big": 1e999}'
    new = edit_json.put(text, PATH, ENTRY)
    assert new.startswith(text[:-1])


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(st.text(max_size=3), VALUES, max_size=3),
    st.dictionaries(st.sampled_from(["a", "whoop", "z"]), VALUES, max_size=3),
    st.sampled_from([None, 2, "\t"]),
)
def test_the_rest_of_any_file_is_kept(rest: dict[str, Any], servers: Any, indent: Any) -> None:
    """However a file is written, adding changes the entry alone, and removing takes it alone."""
    whole = {**rest, "mcpServers": servers}
    text = json.dumps(whole, indent=indent, ensure_ascii=False)
    new = edit_json.put(text, PATH, ENTRY)
    old = servers.get("whoop")
    entry = {**old, **ENTRY} if isinstance(old, dict) else ENTRY
    assert json.loads(new) == {**whole, "mcpServers": {**servers, "whoop": entry}}
    gone = edit_json.take_out(new, PATH)
    left = {name: value for name, value in servers.items() if name != "whoop"}
    assert json.loads(gone) == {**whole, "mcpServers": left}
