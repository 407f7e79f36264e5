"""Spell a client's entry for a person: its own command, quoted for a shell, or text to paste."""

from __future__ import annotations

import json
import re
import shlex
import sys
from collections.abc import Sequence
from typing import NamedTuple

from .clients import CLIENTS, Client, here
from .starts import Start


class Entry(NamedTuple):
    """Pair the `text` that one client wants with `where` it goes."""

    client: str
    where: str
    text: str


def entries(start: Start, clients: Sequence[Client] = CLIENTS) -> list[Entry]:
    """Spell each client's entry for a server that is started so."""
    return [_entry(client, start) for client in clients]


def nearest(start: Start) -> list[Entry]:
    """Spell the entries of the clients on this computer; where there is none, of the first few."""
    return entries(start, here(CLIENTS) or CLIENTS[:6])


def lines(entries: Sequence[Entry]) -> list[str]:
    """List the entries to read, each text once."""
    places: dict[str, list[str]] = {}
    for entry in entries:
        places.setdefault(entry.text, []).append(f"{entry.client}: {entry.where}")
    return [
        line
        for text, where in places.items()
        for line in (*where, *(f"  {line}" for line in text.splitlines()), "")
    ][:-1]


def _entry(client: Client, start: Start) -> Entry:
    line = quoted(words(client, start)) if client.own_command else None
    if line is not None:
        return Entry(client.title, client.where, line)
    where = client.files[-1] if client.own_command else client.where
    if client.language == "json":
        text = json.dumps({client.key: {start.name: client.shape(start)}}, indent=2)
    else:
        text = client._replace(head="").put("", start).rstrip()
    return Entry(client.title, where, text)


def words(client: Client, start: Start) -> list[str]:
    """List the words of a client's own command."""
    inserted = {
        "{name}": [start.name],
        "{env}": [w for name, value in start.environ.items() for w in ("--env", f"{name}={value}")],
        "{command}": [*start.command],
        "{program}": [start.command[0]],
        "{arguments}": [*start.command[1:]],
    }
    return [each for word in client.own_command for each in inserted.get(word, [word])]


def quoted(words: Sequence[str]) -> str | None:
    """Join words to a line for the shell; None where Windows' three do not take it alike.

    On Windows that is cmd, PowerShell and Git Bash: all take a path between double quotes. A bare
    `--` would be swallowed by PowerShell before npm's scripts.
    """
    if sys.platform != "win32":
        return shlex.join(words)
    spelled = []
    for word in words:
        word = "/".join(("", *word[1:].split("\\"))) if word.startswith("\\\\") else word
        if re.search(r"[\"$`%!\r\n]", word) or word.endswith("\\"):
            return None
        plain = re.fullmatch(r"[A-Za-z0-9_./:=-]+", word) and word != "--"
        spelled.append(word if plain else f'"{word}"')
    return " ".join(spelled)
