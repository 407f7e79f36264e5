"""The commands as a table: their words, arguments and examples, for the parser and the shells."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from . import clients

KINDS = ("cycles", "recoveries", "sleeps", "workouts", "all")
FORMATS = ("csv", "jsonl", "parquet")
SHELLS = ("bash", "zsh")
ACTS = ("install",)
CLIENTS = tuple(client.name for client in clients.CLIENTS)


class Argument(NamedTuple):
    """One argument: its name, what it is for, and argparse's own keywords for it."""

    name: str
    about: str
    options: Mapping[str, Any] = {}


class Command(NamedTuple):
    """One command: what it does, how it is used, and what it takes."""

    about: str
    examples: tuple[str, ...]
    arguments: tuple[Argument, ...] = ()


def _flag(name: str, about: str) -> Argument:
    return Argument(name, about, {"action": "store_true"})


def _value(name: str, metavar: str, about: str, **options: Any) -> Argument:
    return Argument(name, about, {"metavar": metavar, **options})


_JSON = _flag("--json", "print one JSON object, errors included")
_PERIOD = (
    _value("--days", "N", "how many days before the end; default 30"),
    _value("--end", "T", "up to this date or instant; default now"),
)
_RESOURCES = _value("--resources", "A,B", "only these, such as sleeps,workouts")

COMMANDS = {
    "login": Command(
        "Log in at WHOOP and keep the login on this computer.",
        ("whoop-mcp login", "whoop-mcp login --no-browser   # over SSH: paste the last address"),
        (
            _flag("--no-browser", "only show the address to open"),
            _flag("--no-pkce", "leave PKCE out"),
            _JSON,
        ),
    ),
    "logout": Command(
        "End the login at WHOOP and remove it from this computer.",
        ("whoop-mcp logout", "whoop-mcp logout --local   # when WHOOP cannot be reached"),
        (_flag("--local", "only remove it here; WHOOP is not told"), _JSON),
    ),
    "status": Command(
        "Say how login, network and cache stand, and what helps where something is wrong.",
        ("whoop-mcp status", "whoop-mcp status --bundle ~/whoop-status.json"),
        (_value("--bundle", "FILE", "write it to a new .json file, redacted, to report"), _JSON),
    ),
    "sync": Command(
        "Bring the cache up to date with WHOOP; the first time the last 90 days.",
        (
            "whoop-mcp sync",
            "whoop-mcp sync --full   # all history; goes on where it was cut short",
            "whoop-mcp sync --since 2026-01-01 --resources sleeps,recoveries",
        ),
        (
            _flag("--full", "all history since 2010-01-01"),
            _value("--since", "T", "from this date or instant to now"),
            _RESOURCES,
            _JSON,
        ),
    ),
    "events": Command(
        "List the records that were created, scored, updated or deleted, from the cache.",
        (
            "whoop-mcp events --since 2026-04-20",
            "whoop-mcp events --since CURSOR --json   # go on from an earlier answer",
        ),
        (
            _value("--since", "T|CURSOR", "a date, an instant, or a cursor", required=True),
            _value("--until", "T", "up to this date or instant; default now"),
            _RESOURCES,
            _value("--limit", "N", "at most so many, 1 to 5000; default 500"),
            _JSON,
        ),
    ),
    "export": Command(
        "Write what the cache holds to files; WHOOP is not asked.",
        (
            "whoop-mcp export sleeps --format csv --out ~/sleeps.csv",
            "whoop-mcp export all --format jsonl --out ~/whoop   # a folder",
        ),
        (
            Argument("kind", f"one of {', '.join(KINDS)}", {"metavar": "KIND"}),
            _value("--format", "F", f"one of {', '.join(FORMATS)}", required=True),
            _value("--out", "PATH", "the file to write; a folder for all", required=True),
            _value("--start", "T", "from this date or instant on"),
            _value("--end", "T", "up to this date or instant"),
            _flag("--overwrite", "replace files that are there"),
            _flag("--partition-by-year", "a folder with a part per year, for DuckDB or Spark"),
            _JSON,
        ),
    ),
    "query": Command(
        "Answer one SELECT over the cache: averages, trends, joins; WHOOP is not asked.",
        (
            'whoop-mcp query "SELECT date, recovery_score, strain FROM days LIMIT 14"',
            'whoop-mcp query "SELECT sport_name, count(*) FROM workouts GROUP BY 1" --json',
        ),
        (
            Argument("sql", "one read-only SELECT", {"metavar": "SQL"}),
            _value("--max-rows", "N", "at most so many, 1 to 5000; default 200"),
            _JSON,
        ),
    ),
    "insights": Command(
        "Compute baselines, trends, load, sleep and correlations from the cache.",
        ("whoop-mcp insights", "whoop-mcp insights --days 90 --end 2026-04-20 --json"),
        (*_PERIOD, _JSON),
    ),
    "report": Command(
        "Write a dashboard as one HTML file, from the cache.",
        ("whoop-mcp report --out ~/whoop.html", "whoop-mcp report --out april.html --days 90"),
        (
            _value("--out", "PATH", "the .html file to write", required=True),
            *_PERIOD,
            _flag("--overwrite", "replace a file that is there"),
            _JSON,
        ),
    ),
    "purge": Command(
        "Remove records from the cache for good; they are not fetched again.",
        ("whoop-mcp purge --before 2025-01-01", "whoop-mcp purge --all --yes"),
        (
            _value("--before", "DATE", "what was over by this date or instant"),
            _flag("--all", "everything; the next sync begins anew"),
            _flag("--yes", "do not ask; needed where nobody can be asked"),
            _JSON,
        ),
    ),
    "demo": Command(
        "Show the whole way on a made-up account on this computer, without any network.",
        ("whoop-mcp demo", "whoop-mcp demo --serve   # an MCP server on that account"),
        (_flag("--serve", "serve MCP on standard input and output"), _JSON),
    ),
    "install": Command(
        "Print what MCP clients need to know, or write it; prove that the server starts.",
        (
            "whoop-mcp install                  # print the entries",
            "whoop-mcp install --write          # all clients found on this computer",
            "whoop-mcp install --client cursor --write",
        ),
        (
            _value("--client", "NAME", f"one of {', '.join(CLIENTS)}", choices=CLIENTS),
            _flag("--write", "edit the clients' own files; each as it was is kept beside"),
            _JSON,
        ),
    ),
    "skill": Command(
        "Install the skill that teaches an agent to speak of these data honestly.",
        (
            "whoop-mcp skill install                    # into ~/.claude/skills",
            "whoop-mcp skill install --target .agents/skills",
        ),
        (
            Argument("act", "what to do: install", {"metavar": "install", "choices": ACTS}),
            _value("--target", "DIR", "the folder of skills; default ~/.claude/skills"),
            _JSON,
        ),
    ),
    "completion": Command(
        "Print the completion of these commands for a shell.",
        (
            'eval "$(whoop-mcp completion bash)"   # in ~/.bashrc',
            'eval "$(whoop-mcp completion zsh)"    # in ~/.zshrc, after compinit',
        ),
        (Argument("shell", "bash or zsh", {"choices": SHELLS}),),
    ),
}


# ── completion for bash and zsh ──

# Words that may follow an option, or a command itself.
_VALUES = {
    "--format": FORMATS,
    "--client": CLIENTS,
    "export": KINDS,
    "completion": SHELLS,
    "skill": ACTS,
}
_PATHS = ("--out", "--bundle", "--target")

_SCRIPT = """\
_whoop_mcp() {
  local current="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}"
  local command="${COMP_WORDS[1]}" words=""
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="@commands"
  else
    case "$before" in
      @paths) COMPREPLY=($(compgen -f -- "$current")); return ;;
@values
      *) case "$command" in
@options
      esac ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _whoop_mcp whoop-mcp
"""


def script(shell: str) -> str:
    """The script for `bash` or `zsh`."""
    values = [f'      {word}) words="{" ".join(after)}" ;;' for word, after in _VALUES.items()]
    options = []
    for name, command in COMMANDS.items():
        flags = [part.name for part in command.arguments if part.name.startswith("-")]
        options.append(f'        {name}) words="{" ".join([*flags, "--help"])}" ;;')
    filled = (
        _SCRIPT.replace("@commands", " ".join([*COMMANDS, "--help", "--version"]))
        .replace("@paths", "|".join(_PATHS))
        .replace("@values", "\n".join(values))
        .replace("@options", "\n".join(options))
    )
    return f"autoload -U +X bashcompinit && bashcompinit\n{filled}" if shell == "zsh" else filled
