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
$schema: x
name: a (b)
models: [
  {a: "b # c"},
]
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
    comment = empty.partition(" #")[2]
    heading = f"extensions: #{comment}" if comment else "extensions:"
    assert edit_yaml.put(f"{empty}\nb: 1\n", MAP, IN_MAP) == f"{heading}\n{ENTRY}b: 1\n"
    assert edit_yaml.put("b: 1", MAP, IN_MAP) == f"b: 1\nextensions:\n{ENTRY}"
    assert edit_yaml.take_out(f"extensions:\n{ENTRY}b: 1\n", MAP) == "extensions: {}\nb: 1\n"


@pytest.mark.parametrize("sign", ["|", ">-", "|2", "> # folded"])
def test_a_text_of_several_lines_is_one_value(sign: str) -> None:
    """What looks like a comment or a key at a text's end belongs to it: the entry comes behind."""
    before = f"""\
extensions:
  foo:
    code: {sign}
      print(1)

      # done
    # about foo
  # about what follows
"""
    after = edit_yaml.put(before, MAP, IN_MAP)
    assert after == before.replace("    # about foo", f"{ENTRY}    # about foo")
    assert edit_yaml.take_out(after, MAP) == before
    tail = f"a: {sign}\n  extensions:\n    whoop:\n  # done\n"
    assert edit_yaml.put(tail, MAP, IN_MAP) == f"{tail}extensions:\n{ENTRY}"


def test_the_last_entry_goes_and_its_comment_stays() -> None:
    """Where no other entry is left the place is empty, not null, whatever comments stand in it."""
    before = "extensions: # all\n  # mine\n  whoop:\n    cmd: x\n  # end\nz: 1\n"
    after = "extensions: {} # all\n  # mine\n  # end\nz: 1\n"
    assert edit_yaml.take_out(before, MAP) == after
    listed = "mcpServers:\n  # mine\n  - name: whoop\n"
    assert edit_yaml.take_out(listed, LIST) == "mcpServers: []\n  # mine\n"


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
        ("a: 1\n...\n", "several documents"),
        ("a: 1\n---\nextensions:\n", "several documents"),
        ("%YAML 1.2\n---\na: 1\n", "several documents"),
        ("extensions:\n  whoop: {\n  cmd: x\n  }\n  b: 1\n", "block style"),
        ("extensions:\n  b:\n    args: [\n      a]\n", "block style"),
        ("extensions:\n  b:\n    text: 'a\n\n      b'\n", "block style"),
        ("extensions:\n  b:\n    text: |+\n      a\n\nz: 1\n", "block style"),
        ("extensions:\n  whoop: &a\n    cmd: x\n  b: *a\n", "anchor"),
        ("extensions:\n  whoop:\n    envs: &e\n      A: 1\n  b:\n    envs: *e\n", "anchor"),
        ("extensions:\n  b: &e\n    c: 1\n  whoop:\n    args: [*e]\n", "anchor"),
        ("extensions:\n  <<: *b\n  a: 1\n", "block style"),
        ("<<: *b\n", "block style"),
        ("extensions:\n  just words\n", "block style"),
        ("a: [1,\n2\n", "not closed"),
        ("a: 'b\n", "not closed"),
        ("a: 1\rb: 2\n", "line ends"),
        ("a: |\n  b", "no end"),
    ],
)
def test_what_cannot_be_edited_is_told(text: str, why: str) -> None:
    """A text that is not clear is refused with the reason, to add and to remove alike."""
    for edit in (lambda: edit_yaml.put(text, MAP, IN_MAP), lambda: edit_yaml.take_out(text, MAP)):
        with pytest.raises(Unreadable, match=why):
            edit()


@pytest.mark.parametrize(
    "text",
    [
        "mcpServers:\n-\n  name: whoop\n  command: y\n",
        "mcpServers:\n  -\n    name: x\n",
        "mcpServers:\n  - &w\n    name: whoop\n",
        "mcpServers:\n  - name: &w whoop\n",
        "mcpServers:\n  - name: >-\n      whoop\n",
        'mcpServers:\n  - name: "\\x77hoop"\n',
        "mcpServers:\n  - name:\n      whoop\n",
        "mcpServers:\n  - name: whoop\n    name: x\n",
        "mcpServers:\n  - command: x\n    <<: *name\n",
        "mcpServers:\n  - - name: whoop\n",
        "mcpServers:\n  a:\n    b: 1\n",
    ],
)
def test_an_entry_of_a_list_that_is_not_plain_is_told(text: str) -> None:
    """Where it is not sure whose name an entry has, none is added beside it."""
    with pytest.raises(Unreadable):
        edit_yaml.put(text, LIST, IN_LIST)


def test_an_edit_that_is_not_what_was_meant_is_not_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """The result is read again, and is thrown away where more than the entry is another."""
    for wrong in ("  # lost:\n", "  a: 1\n  whoop:\n", "b:\n  whoop:\n"):
        with monkeypatch.context() as patch:
            patch.setattr(edit_yaml, "_spelled", lambda *_, wrong=wrong: [wrong])
            with pytest.raises(Unreadable, match="something else"):
                edit_yaml.put(GOOSE, MAP, IN_MAP)


def test_a_list_in_an_entry_may_have_its_dashes_below_its_key() -> None:
    """The style that PyYAML writes is read as any other: the entry goes in and out again."""
    before = 'mcpServers:\n- name: x\n  args:\n  - "a"\n  - -b\n  -\n    c\n  command: y\n'
    after = edit_yaml.put(before, LIST, IN_LIST)
    assert after == f'{before}- name: whoop\n  command: "/p"\n  args: ["-m"]\n'
    assert edit_yaml.take_out(after, LIST) == before
    assert edit_yaml.take_out(before, ("mcpServers", "x")) != before
