"""Editing one entry of a YAML file as text."""

from __future__ import annotations

import pytest

from whoop_mcp.cli import edit_yaml
from whoop_mcp.cli.edit_json import Unreadable

MAP, LIST = ("extensions", "whoop"), ("mcpServers", "whoop")
IN_MAP = {"enabled": True, "cmd": "/p", "args": ["-m"], "envs": {}}
IN_LIST = {"name": "whoop", "command": "/p", "args": ["-m"]}

GOOSE = """\
# mine
GOOSE_MODEL: x
extensions:
  # the other one
  developer:
    enabled: true
    text: |
      whoop:
        no entry

  memory: {enabled: false}
# about what follows
keyring: false
"""
ENTRY = """\
  whoop:
    enabled: true
    cmd: "/p"
    args: ["-m"]
    envs: {}
"""
CONTINUE = """\
name: a
models: []
mcpServers:
- name: other
  command: x
- command: y
  name: "third" # of them
rules:
  - whoop
"""


@pytest.mark.parametrize("line", ["\n", "\r\n"])
def test_an_entry_of_a_mapping(line: str) -> None:
    """It comes behind the others and goes again; not a byte of the rest changes."""
    before = GOOSE.replace("\n", line)
    after = before.replace(f"{line}# about", f"{line}{ENTRY.replace(chr(10), line)}# about")
    assert edit_yaml.put(before, MAP, IN_MAP) == after
    assert edit_yaml.put(after, MAP, IN_MAP) == after
    assert edit_yaml.take_out(after, MAP) == before
    other = after.replace("/p", "/q")
    assert edit_yaml.put(other, MAP, IN_MAP) == after


def test_an_entry_of_a_list() -> None:
    """A list's entry is known by its name, wherever in it that stands."""
    after = CONTINUE.replace("rules:", '- name: whoop\n  command: "/p"\n  args: ["-m"]\nrules:')
    assert edit_yaml.put(CONTINUE, LIST, IN_LIST) == after
    assert edit_yaml.put(after, LIST, IN_LIST) == after
    assert edit_yaml.take_out(after, LIST) == CONTINUE
    assert "third" not in edit_yaml.take_out(CONTINUE, ("mcpServers", "third"))


@pytest.mark.parametrize("empty", ["extensions:", "extensions: {}", "extensions: ~ # none"])
def test_an_empty_place(empty: str) -> None:
    """Nothing yet, however it is said, becomes the first entry."""
    assert edit_yaml.put(f"{empty}\nb: 1\n", MAP, IN_MAP) == f"extensions:\n{ENTRY}b: 1\n"
    assert edit_yaml.put("b: 1", MAP, IN_MAP) == f"b: 1\nextensions:\n{ENTRY}"
    assert edit_yaml.take_out(f"extensions:\n{ENTRY}b: 1\n", MAP) == "extensions: {}\nb: 1\n"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("extensions: {a: 1}\n", "block style"),
        ("extensions: &x\n  a: 1\n", "block style"),
        ("extensions:\n  whoop:\n  whoop:\n", "twice"),
        ("extensions:\n  a: 1\nextensions:\n  b: 1\n", "twice"),
        ("extensions:\n\ta: 1\n", "tabs"),
        ("extensions:\n    a: 1\n  b: 1\n", "unevenly"),
        ("--- \na: 1\n---\nb: 1\n", "several documents"),
        ("{a: 1}\n", "block style"),
        ("extensions:\n  - {name: whoop}\n", "block style"),
    ],
)
def test_what_cannot_be_edited_is_told(text: str, why: str) -> None:
    """A text that is not clear is refused with the reason, to add and to remove alike."""
    for edit in (lambda: edit_yaml.put(text, MAP, IN_MAP), lambda: edit_yaml.take_out(text, MAP)):
        with pytest.raises(Unreadable, match=why):
            edit()
