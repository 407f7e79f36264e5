"""Editing one table of a TOML file as text."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from whoop_mcp.cli import edit_toml
from whoop_mcp.cli.edit_json import Unreadable

PATH = ("mcp_servers", "whoop")
ENTRY = {"command": "/p", "args": ["-m", "whoop_mcp"]}
WITH_ENV = {**ENTRY, "env": {"WHOOP_HOME": "/a \\ b", "no_proxy": ""}}

BEFORE = (
    """\
# mine
model = "o" # the best
notes = '''
[mcp_servers.whoop]
'''
more = """
    + '"""'
    + """
[mcp_servers.whoop] \\"""
    + '"'
    + """ ""
"""
    + '"""'
    + """
list = [ # of lists
  ["]", 1],
]

[mcp_servers.other]
command = "x"

[[profiles]]
name = "a"
"""
)


def read(text: str) -> Any:
    """What another reader makes of it."""
    tomllib = pytest.importorskip("tomllib")
    return tomllib.loads(text)


@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_the_rest_stays(line: str) -> None:
    """The table comes to the end, and goes from there; not a byte of the rest changes."""
    before = BEFORE.replace("\n", line)
    text = edit_toml.put(before, PATH, WITH_ENV)
    assert text.startswith(before)
    assert text.count(line) == text.count("\n") or line == "\n"
    assert edit_toml.put(text, PATH, WITH_ENV) == text
    assert edit_toml.take_out(text, PATH) == before
    if sys.version_info >= (3, 11):
        servers = {**read(before)["mcp_servers"], "whoop": WITH_ENV}
        assert read(text) == {**read(before), "mcp_servers": servers}


OWN = """\
[mcp_servers.whoop] # ours
command = "old" # a comment
startup_timeout_sec = 30
url = "http://x"

[mcp_servers.whoop.env]
OLD = "1"

[mcp_servers.whoop.tools.sync_whoop]
approval_mode = "approve"

# about the next
[mcp_servers."whoop.x"]
command = "other"
"""


def test_what_a_user_set_beside_our_command_stays() -> None:
    """Times and approvals are the user's; another way to reach a server and old variables go."""
    text = edit_toml.put(OWN, PATH, WITH_ENV, drop=("url", "env"))
    assert "# ours" in text
    assert "# a comment" in text
    assert edit_toml.put(text, PATH, WITH_ENV, drop=("url", "env")) == text
    gone = edit_toml.take_out(text, PATH)
    assert gone.lstrip() == "# about the next\n" + '[mcp_servers."whoop.x"]\ncommand = "other"\n'
    if sys.version_info >= (3, 11):
        servers = read(text)["mcp_servers"]
        assert servers["whoop"] == {
            **WITH_ENV,
            "startup_timeout_sec": 30,
            "tools": {"sync_whoop": {"approval_mode": "approve"}},
        }
        assert servers["whoop.x"] == {"command": "other"}


@pytest.mark.parametrize(
    "text",
    [
        'mcp_servers.whoop.command = "old"\n',
        '[mcp_servers]\nwhoop = { command = "old" }\n',
        '[mcp_servers]\nwhoop.command = "old"',
        '["mcp_servers".\'whoop\']\ncommand = "old"',
    ],
)
def test_other_spellings_of_the_table(text: str) -> None:
    """A table may be written in four more ways: each gives way to one entry."""
    new = edit_toml.put(text, PATH, ENTRY)
    assert "old" not in new
    if sys.version_info >= (3, 11):
        assert read(new) == {"mcp_servers": {"whoop": ENTRY}}


@pytest.mark.parametrize(
    "text",
    [
        '[mcp_servers]\nwhoop = { command = "old", startup_timeout_sec = 30 }\n',
        '[mcp_servers]\nwhoop = { command = "old", "a, b" = [{ x = "}" }], env.A = "1" }\n',
        '[mcp_servers]\nwhoop.command = "old"\nwhoop.startup_timeout_sec = 30\n',
        'mcp_servers.whoop.enabled_tools = ["a"]\n',
        '[mcp_servers.whoop.tools.x]\napproval_mode = "approve"\n',
        "[mcp_servers]\nwhoop = 1\n",
    ],
)
def test_what_a_user_set_in_another_spelling_is_not_lost(text: str) -> None:
    """A table without a header of its own that holds more than an entry is left to the user; to
    take it out as a whole is no loss."""
    with pytest.raises(Unreadable, match=r"`mcp_servers\.whoop` in it"):
        edit_toml.put(text, PATH, WITH_ENV, drop=("url",))
    assert "whoop" not in edit_toml.take_out(text, PATH)


def test_the_entrys_own_in_another_spelling_gives_way() -> None:
    """What the entry brings or drops is no reason to refuse, however it is spelled."""
    for text in (
        '[mcp_servers]\nwhoop = { command = "old", args = ["old"], env = { old = "1" } }\n',
        '[mcp_servers.whoop.env]\nold = "1"\n',
        '[mcp_servers]\nwhoop.command = "old"\nwhoop.url = "old"\n',
    ):
        new = edit_toml.put(text, PATH, ENTRY, drop=("url", "env"))
        assert "old" not in new
        assert edit_toml.put(new, PATH, ENTRY, drop=("url", "env")) == new


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("mcp_servers = { other = {} }", "no table of its own"),
        ("[mcp_servers.whoop]\n[mcp_servers.whoop]", "twice"),
        ("[[mcp_servers.whoop]]", "a list"),
        ("a = ", "not TOML"),
        ("a = [1", "not TOML"),
        ("[a", "not TOML"),
        ("a = 1 = 2 [", "not TOML"),
        ('a = "b', "not TOML"),
        ("= 1", "not TOML"),
        ('"\\q" = 1', "not TOML"),
    ],
)
def test_what_cannot_be_edited_is_told(text: str, why: str) -> None:
    """A text that is not clear is refused with the reason, to add and to remove alike."""
    for edit in (lambda: edit_toml.put(text, PATH, ENTRY), lambda: edit_toml.take_out(text, PATH)):
        with pytest.raises(Unreadable, match=why):
            edit()
