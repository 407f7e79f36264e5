"""Say how a client is to start the server: the command, the variables beside it, and if it lasts.

What stands in a client's file is started for years: an interpreter that will be gone next week
must not be in it, nor any secret.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from ..errors import ValidationError
from ..redaction import address
from ..surroundings import BUNDLES, PROXIES

_UNKNOWN = "git+ADDRESS"
_PLAIN = re.compile(r"[\w.:/\\+-]+")

NAME = "whoop"
"""The server's name in every client."""
DEMO_NAME = "whoop-demo"
"""The name of a server on the made-up account, which stands beside the real one."""


class Start(NamedTuple):
    """Hold how a client starts the server: the command's words, and the variables beside it."""

    command: Sequence[str]
    environ: Mapping[str, str] = {}
    name: str = NAME


# What a server needs of the environment and a client does not hand on by itself.
_SETTINGS = (
    "WHOOP_HOME",
    "WHOOP_DB_PATH",
    "WHOOP_BASE_URL",
    "WHOOP_REDIRECT_URI",
    "WHOOP_MAX_AGE",
    "WHOOP_MAX_RESPONSE_CHARS",
    "WHOOP_RETENTION_DAYS",
    "WHOOP_JOURNAL_DAY",
    "WHOOP_LOG_FILE",
    "WHOOP_LOG_LEVEL",
    "WHOOP_LOG_JSON",
    "NO_PROXY",
    "no_proxy",
)
_EMPTY_TOO = ("WHOOP_LOG_FILE", *PROXIES)  # set to nothing, they say something


def command(*arguments: str, interpreter: str | None = None) -> list[str]:
    """List the words that start the server; absolute, as clients do not know the shell's PATH."""
    return [interpreter or sys.executable, "-m", __package__.rpartition(".")[0], *arguments]


def carried(environ: Mapping[str, str]) -> dict[str, str]:
    """Pick what of an environment belongs into an entry: where things are, how to reach out.

    Never the app's id or secret, which the login holds, nor a proxy's password.
    """
    kept = {name: environ[name] for name in _SETTINGS if environ.get(name)}
    kept |= {name: "" for name in _EMPTY_TOO if name in environ and not environ[name].strip()}
    kept |= {name: environ[name] for name in [n for n in BUNDLES if environ.get(n)][:1]}
    for name in (name for small in PROXIES for name in (small.upper(), small)):
        proxy = address(environ.get(name, ""))
        if proxy is not None and not proxy.has_user:
            kept[name] = environ[name]
    return kept


# ── interpreters that do not last ──

_PASSING = (  # folders of a path, one in the other, in which their makers throw away
    ("uv", "archive-v0"),
    ("uv", "builds-v0"),
    ("uv", "environments-v2"),
    ("cache", "archive-v0"),
    ("cache", "builds-v0"),
    ("cache", "environments-v2"),
    ("pipx", ".cache"),
    (".cache", "pipx"),
    ("pipx", "cache"),
    ("caches", "pipx"),
)


def lasts(interpreter: str, environ: Mapping[str, str], *, temporary: str | None = None) -> bool:
    """Tell whether an interpreter is in no place that is cleared away one day.

    Such are what `uvx` and `pipx run` make, and the system's folder for temporary files.
    """
    path = Path(interpreter)
    places = [temporary or tempfile.gettempdir(), environ.get("UV_CACHE_DIR", "")]
    parts = [part.casefold() for part in path.parts]
    passing = any(pair in _PASSING for pair in itertools.pairwise(parts))
    return not passing and not any(place and path.is_relative_to(place) for place in places)


def installation() -> str:
    """Spell the command that installs this program for good, with `ADDRESS` where none is known."""
    return f"uv tool install {_origin() or _UNKNOWN}"


def address_words(command: str) -> str:
    """Say what `ADDRESS` in the command of `installation` is, where that stands in it."""
    if not command.endswith(_UNKNOWN):
        return ""
    return "ADDRESS is the https address of the program's repository, as its README has it."


def require_lasting(
    interpreter: str, environ: Mapping[str, str], *, temporary: str | None = None
) -> None:
    """Raise ValidationError for an interpreter that does not last."""
    if not lasts(interpreter, environ, temporary=temporary):
        install = installation()
        also = "`pipx install` instead of `uv tool install` does as well."
        raise ValidationError(
            f"The Python that runs this will be cleared away: {interpreter}",
            hint="A client's entry has to last. Install the program first, for instance so:\n"
            f"{install}\n"
            "whoop-mcp install --write\n"
            f"({' '.join(filter(None, (address_words(install), also)))})",
        )


def _origin() -> str | None:
    """Find where this program was installed from, as an installer takes it; None if unknown."""
    import importlib.metadata
    from urllib.request import url2pathname

    with suppress(importlib.metadata.PackageNotFoundError, ValueError, KeyError, TypeError):
        record = importlib.metadata.distribution("whoop-mcp").read_text("direct_url.json")
        found = json.loads(record or "null")
        if "vcs_info" in found and "@" not in urlsplit(found["url"]).netloc:
            return _word(f"git+{found['url']}")
        folder = Path(url2pathname(urlsplit(found["url"]).path))
        if "dir_info" in found and folder.is_dir():
            return _word(str(folder))
    return None


def _word(text: str) -> str:
    """Spell a path as one word of the system's shell; on Windows as each of its three takes it."""
    if os.name != "nt":
        return shlex.quote(text)
    return text if _PLAIN.fullmatch(text) else f'"{text}"'


def is_from_the_store(interpreter: str, base_prefix: str) -> bool:
    """Tell whether a Python is the Microsoft Store's, which writes %APPDATA% to a copy aside."""
    return any(
        "windowsapps" in path.casefold() and "pythonsoftwarefoundation" in path.casefold()
        for path in (interpreter, base_prefix)
    )
