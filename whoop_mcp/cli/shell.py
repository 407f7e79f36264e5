"""Put an error into the words of a shell: what was typed, in place of a function's arguments.

The core names its arguments (`` `path` ``), shows an example as an object and calls its acts by the
names of tools. Whoever typed a command reads of its options, and of commands.
"""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Mapping

from ..errors import WhoopError, for_example
from .rows import Argument, Command

_LONGEST_SHOWN = 60
_QUOTED = re.compile(r"`(\w+)`")
_SWITCHED_ON = re.compile(r"\b(\w+)=true\b")
_PLAIN = re.compile(r"[\w./~:,@+-]+")


def worded(
    problem: WhoopError, command: Command, given: Namespace, commands: Mapping[str, Command]
) -> WhoopError:
    """Reword an error of a command, in its place, for whom typed what is `given`.

    A message has names of files and tables in it, which are no tools, whatever they are called:
    there only quoted arguments are reworded.
    """
    known = _typed(command, given)
    hint = problem.hint or ""
    if problem.example is not None:
        hint = hint.replace(
            for_example(problem.example), f"For example: {_example(problem.example, command)}"
        )
    problem.message = _quoted(problem.message, known)
    problem.hint = _advice(hint, known, commands) or None
    return problem


def _typed(command: Command, given: Namespace) -> dict[str, str]:
    """List what is typed for each argument of a function that a command has."""
    known: dict[str, str] = {}
    for argument in command.arguments:
        known[argument.field] = argument.typed
        if argument.is_path:
            known["path"] = _path(argument, given)
    return known


def _quoted(text: str, known: Mapping[str, str]) -> str:
    return _QUOTED.sub(lambda found: f"`{known.get(found[1], found[1])}`", text)


def _advice(text: str, own: Mapping[str, str], commands: Mapping[str, Command]) -> str:
    """Reword a hint: tools are commands there, with the options of each."""
    known: dict[str, str] = {}
    for one in commands.values():
        if not one.tool or one.tool not in text:
            continue
        known |= {argument.field: argument.typed for argument in one.arguments}
        # "Call sync_whoop, or run `whoop-mcp sync`": for a person the second half is all of it.
        both = rf"call {one.tool}(?: with \w+=\w+)?,? or run\b"
        text = re.sub(rf"\b{both}", "run", text)
        text = re.sub(rf"\bC{both[1:]}", "Run", text)
        text = re.sub(rf"`?\b{one.tool}\b`?", f"`whoop-mcp {one.name}`", text)
    known |= own
    return _SWITCHED_ON.sub(lambda found: known.get(found[1], found[0]), _quoted(text, known))


def _path(argument: Argument, given: Namespace) -> str:
    """Name a path as it was typed, where that can be shown; else by its option."""
    typed = getattr(given, argument.field, None) or ""
    return typed if typed.isprintable() and 0 < len(typed) <= _LONGEST_SHOWN else argument.typed


def _example(example: Mapping[str, object], command: Command) -> str:
    """Spell an example as one types it: its options alone, or all of a command."""
    for several in example.values():  # of which a command takes one
        if isinstance(several, list) and isinstance(several[0], dict):
            example = several[0]
    known = {argument.field: argument for argument in command.arguments}
    needed = {one.field for one in command.arguments if one.is_needed}
    options: list[str] = []
    for name, value in example.items():
        if name not in known:
            return _first(command)
        if known[name].is_option:
            options.append(f"{known[name].typed} {_word(value)}")
    if len(options) == len(example):
        return " ".join(options)
    if not needed <= set(example):
        return _first(command)
    places = [_word(example[one.field]) for one in command.arguments if not one.is_option]
    return " ".join(["whoop-mcp", command.name, *places, *options])


def _first(command: Command) -> str:
    """The first example of a command's help, without its remark."""
    return command.examples[0].partition("   #")[0].rstrip()


def _word(value: object) -> str:
    """Spell a value as a word that every shell takes for one."""
    text = ",".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
    return text if _PLAIN.fullmatch(text) else f'"{text}"'
