"""List the commands in one table: the words, arguments, examples and function of each."""

from __future__ import annotations

from argparse import Namespace

from ..choices import FORMATS, KINDS, WEEKDAYS
from ..trials.choices import ACTIONS, OUTCOMES
from . import clients, commands, completion, experiment, install, journal, report
from .console import Console
from .rows import Argument, Command

_CLIENTS = tuple(client.name for client in clients.CLIENTS)


def _flag(name: str, about: str) -> Argument:
    return Argument(name, about, {"action": "store_true"})


def _value(
    name: str, metavar: str, about: str, *, words: tuple[str, ...] = (), required: bool = False
) -> Argument:
    options = {"metavar": metavar, **({"required": True} if required else {})}
    return Argument(name, about, options, words)


def _choice(name: str, metavar: str, about: str, words: tuple[str, ...]) -> Argument:
    return Argument(name, about, {"metavar": metavar, "choices": words}, words)


def _path(name: str, metavar: str, about: str, *, required: bool = False) -> Argument:
    return _value(name, metavar, about, required=required)._replace(is_path=True)


def print_completion(given: Namespace, console: Console) -> int:
    """Print a shell's completion."""
    console.say(completion.script(given.shell, COMMANDS).rstrip())
    return 0


# ── the table ──

_JSON = _flag("--json", "print one JSON object, errors included")
_PERIOD = (
    _value("--days", "N", "how many days before the end; default 30"),
    _value("--end", "T", "up to this date or instant, exclusive; default now"),
    _value("--free-days", "A,B", "weekdays without work; default saturday,sunday", words=WEEKDAYS),
)
_RESOURCES = _value("--resources", "A,B", "only these, such as sleeps,workouts")
_ACTIONS = (
    "plan: what a length could show, nothing is begun; start: draw the days and begin; today: what "
    "the draw says for today; status: how far each one is; result: what came of it, after the last "
    "morning; end: stop it for good, before its time"
)

_ROWS = (
    Command(
        "login",
        commands.log_in,
        "Log in at WHOOP and keep the login on this computer.",
        (
            "whoop-mcp login",
            "whoop-mcp login --page         # nothing is typed into a terminal",
            "whoop-mcp login --no-browser   # over SSH: paste the last address",
        ),
        (
            _flag("--no-browser", "only show the address to open"),
            _flag("--page", "type the app's id and secret into a page in the browser"),
            _flag("--no-pkce", "leave PKCE out"),
            _JSON,
        ),
    ),
    Command(
        "logout",
        commands.log_out,
        "End the login at WHOOP and remove it from this computer.",
        ("whoop-mcp logout", "whoop-mcp logout --local   # when WHOOP cannot be reached"),
        (_flag("--local", "only remove it here; WHOOP is not told"), _JSON),
    ),
    Command(
        "status",
        commands.show_status,
        "Say how login, network and cache are doing, and how to fix what is wrong.",
        ("whoop-mcp status", "whoop-mcp status --bundle ~/whoop-status.json"),
        (_path("--bundle", "FILE", "write it to a new .json file, redacted, to report"), _JSON),
        tool="health_check",
    ),
    Command(
        "sync",
        commands.sync_cache,
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
        tool="sync_whoop",
    ),
    Command(
        "events",
        commands.list_events,
        "List the records that were created, scored, updated or deleted, from the cache.",
        (
            "whoop-mcp events --since 2026-04-20",
            "whoop-mcp events --since CURSOR --json   # go on from an earlier answer",
        ),
        (
            _value("--since", "T|CURSOR", "a date, an instant, or a cursor", required=True),
            _value("--until", "T", "up to this date or instant, exclusive; default now"),
            _RESOURCES,
            _value("--limit", "N", "at most so many, 1 to 5000; default 500"),
            _JSON,
        ),
        tool="get_whoop_events",
    ),
    Command(
        "export",
        commands.write_export,
        "Write what the cache holds to files; WHOOP is not asked.",
        (
            "whoop-mcp export sleeps --format csv --out ~/sleeps.csv",
            "whoop-mcp export all --format jsonl --out ~/whoop-data   # a folder",
        ),
        (
            Argument("kind", f"one of {', '.join(KINDS)}", {"metavar": "KIND"}, words=KINDS),
            _value("--format", "F", f"one of {', '.join(FORMATS)}", words=FORMATS, required=True),
            _path("--out", "PATH", "the file to write; a folder for all", required=True),
            _value("--start", "T", "from this date or instant on"),
            _value("--end", "T", "up to this date or instant, exclusive"),
            _flag("--overwrite", "replace files that are there"),
            _flag("--partition-by-year", "a folder with a part per year, for DuckDB or Spark"),
            _flag("--notes", "with the journal's notes"),
            _JSON,
        ),
        tool="export_whoop",
    ),
    Command(
        "query",
        commands.run_query,
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
        tool="query_whoop",
    ),
    Command(
        "insights",
        commands.show_insights,
        "Compute baselines, trends, load, sleep and correlations from the cache.",
        ("whoop-mcp insights", "whoop-mcp insights --days 90 --end 2026-04-20 --json"),
        (*_PERIOD, _JSON),
        tool="get_whoop_insights",
    ),
    Command(
        "report",
        report.write,
        "Write a dashboard as one HTML file, from the cache.",
        (
            "whoop-mcp report --open",
            "whoop-mcp report --out april.html --days 90",
            "whoop-mcp report --every morning   # or 07:30, monday, 'sunday evening'",
        ),
        (
            _path("--out", "PATH", "the .html file to write; default ~/whoop.html"),
            *_PERIOD,
            _value("--compare", "A", "another period beside it, such as 2026-04"),
            _flag("--overwrite", "replace a file that is there"),
            _flag("--open", "show it in your browser"),
            _value(
                "--every",
                "WHEN",
                "print how to have this computer sync, and write it, every morning or week",
                words=("morning", "noon", "evening", *WEEKDAYS),
            ),
            _JSON,
        ),
        tool="create_whoop_report",
    ),
    Command(
        "import",
        journal.import_export,
        "Import the data export that WHOOP's app has mailed to you; needs no login.",
        (
            "whoop-mcp import ~/Downloads/my_whoop_data_2026_04_20.zip",
            "whoop-mcp import ~/Downloads/my_whoop_data --force   # it is mine",
        ),
        (
            _path("path", "PATH", "the ZIP, or its folder"),
            _flag("--force", "also where too little agrees with what the cache holds"),
            _JSON,
        ),
        tool="import_whoop_export",
    ),
    Command(
        "log",
        journal.log_entry,
        "Note in your own journal what you did; it stays on this computer.",
        (
            'whoop-mcp log "late coffee" --amount 2 --unit cups',
            "whoop-mcp log alcohol --date 2026-04-19 --no",
            'whoop-mcp log beers --same-as "have any alcoholic drinks"',
        ),
        (
            Argument("behaviour", "what it was", {"metavar": "TEXT"}),
            _value("--date", "D", "when it was; default today"),
            _flag("--no", "it did not happen"),
            _value("--amount", "N", "how much"),
            _value("--unit", "U", "of what: cups"),
            _value("--notes", "TEXT", "anything else; never shown unless asked for"),
            _value("--same-as", "TEXT", "count it as that one from now on"),
            _flag("--remove", "take it back"),
            _JSON,
        ),
        tool="log_whoop_journal",
    ),
    Command(
        "journal",
        journal.show_journal,
        "Show the journal: WHOOP's answers from an import, and your own.",
        ("whoop-mcp journal", "whoop-mcp journal --start 2026-04-01 --notes"),
        (
            _value("--start", "T", "from this date on; default 30 days before the end"),
            _value("--end", "T", "up to this date, exclusive; default now"),
            _flag("--notes", "with the notes"),
            _JSON,
        ),
        tool="get_whoop_journal",
    ),
    Command(
        "experiment",
        experiment.try_out,
        "Test on yourself, by random draw, what a habit does to the next morning.",
        (
            'whoop-mcp experiment plan --behaviour "late coffee" --outcome recovery',
            "whoop-mcp experiment start --behaviour sauna --outcome ln_hrv --days 42",
            "whoop-mcp experiment today    # do it, or leave it?",
            "whoop-mcp experiment result   # after the last morning",
        ),
        (
            _choice("action", "ACTION", _ACTIONS, ACTIONS),
            _value("--behaviour", "TEXT", "what to do or leave, by its name in the journal"),
            _value("--outcome", "NAME", f"one of {', '.join(OUTCOMES)}", words=OUTCOMES),
            _value("--days", "N", "how long; default 28"),
            _value("--start", "D", "the first day; default tomorrow"),
            _value("--end", "D", "up to this date, exclusive, instead of --days"),
            _value("--block-days", "N", "days that are alike; default 1"),
            _value("--washout-days", "N", "of each block, that do not count; default 0"),
            _value("--worth", "N", "the smallest difference that matters"),
            _value("--experiment", "N", "its number, where there are several"),
            _JSON,
        ),
        tool="whoop_experiment",
    ),
    Command(
        "purge",
        commands.purge_cache,
        "Remove records from the cache for good; they are not fetched again.",
        ("whoop-mcp purge --before 2025-01-01", "whoop-mcp purge --all --yes"),
        (
            _value("--before", "DATE", "what was over by this date or instant"),
            _flag("--all", "everything; the next sync begins again"),
            _flag(
                "--journal", "your own journal entries and experiments too, which otherwise stay"
            ),
            _flag("--yes", "do not ask; needed where nobody can be asked"),
            _JSON,
        ),
    ),
    Command(
        "demo",
        commands.show_demo,
        "Show the whole way on a made-up account on this computer, without any network.",
        ("whoop-mcp demo", "whoop-mcp demo --serve   # an MCP server on that account"),
        (_flag("--serve", "serve MCP on standard input and output"), _JSON),
    ),
    Command(
        "install",
        install.install_entries,
        "Print what MCP clients need to know, or write it; prove that the server starts.",
        (
            "whoop-mcp install                  # print the entries",
            "whoop-mcp install --write          # all clients found on this computer",
            "whoop-mcp install --client cursor,zed --write",
            "whoop-mcp install --remove         # out of all of them again",
        ),
        (
            _value("--client", "A,B", f"only these of {', '.join(_CLIENTS)}", words=_CLIENTS),
            _flag("--write", "edit the clients' own files; a copy of each is kept beside it"),
            _flag("--remove", "take the entry out of the clients' own files"),
            _flag("--demo", "the server on the made-up account, as whoop-demo"),
            _JSON,
        ),
    ),
    Command(
        "skill",
        install.install_skill,
        "Install the skill that teaches an agent to speak about this data honestly.",
        (
            "whoop-mcp skill install                    # where the agents here look",
            "whoop-mcp skill install --target .agents/skills",
        ),
        (
            _choice("action", "ACTION", "what to do: install", ("install",)),
            _path(
                "--target",
                "DIR",
                "the folder of skills; default ~/.claude/skills, ~/.agents/skills",
            ),
            _JSON,
        ),
    ),
    Command(
        "compare",
        commands.compare_periods,
        "Compare two periods, from the cache: what differs by more than chance would do.",
        (
            "whoop-mcp compare 2026-04 2026-05",
            "whoop-mcp compare 2026-04-01..2026-04-14 2026-05-01..2026-05-14",
            'whoop-mcp compare 2025-05 "last 30 days" --metrics recovery,ln_hrv',
        ),
        (
            Argument("a", "days such as 2026-04 or 2026-04-01..2026-04-14", {"metavar": "A"}),
            Argument("b", "days to compare them with, such as 30d", {"metavar": "B"}),
            _value("--metrics", "A,B", "only these, such as recovery,ln_hrv,bedtime"),
            _JSON,
        ),
        tool="compare_whoop_periods",
    ),
    Command(
        "completion",
        print_completion,
        "Print the completion of these commands for a shell.",
        (
            'eval "$(whoop-mcp completion bash)"   # in ~/.bashrc',
            'eval "$(whoop-mcp completion zsh)"    # in ~/.zshrc, after compinit',
        ),
        (_choice("shell", "SHELL", "bash or zsh", ("bash", "zsh")),),
    ),
)

COMMANDS = {command.name: command for command in _ROWS}
