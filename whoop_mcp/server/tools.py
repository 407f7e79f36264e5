"""List the tools in one table: what each takes, does, and promises not to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import choices
from ..call import Call
from ..errors import ValidationError
from ..whoop.resources import (
    BODY,
    CYCLES,
    PROFILE,
    RECOVERIES,
    RESOURCES,
    SLEEPS,
    WORKOUTS,
)
from . import acts, comparing, dashboard, experiments, training
from .acts import Act
from .arguments import Parameter, read, shown
from .descriptions import DESCRIPTIONS
from .kinds import (
    CURSOR,
    CYCLE_ID,
    DATE,
    FLAG,
    LIMIT,
    SINCE,
    STRETCH,
    TEXTS,
    TIME,
    UNTIL,
    UUID,
    WEEKDAYS,
    objects,
    one_of,
    some_of,
    whole,
    words,
)
from .replies import Answer
from .today import today

if TYPE_CHECKING:
    from ..app import App


@dataclass(frozen=True)
class Tool:
    """Describe one tool. The four flags are what a client may tell its user before a call."""

    name: str
    title: str
    act: Act
    parameters: tuple[Parameter, ...] = ()
    read_only: bool = True  # towards WHOOP and the user's files; the cache is written through
    destructive: bool = False
    idempotent: bool = True
    open_world: bool = True  # may ask WHOOP
    meta: Mapping[str, Any] | None = None  # what it tells a host beyond the protocol

    @property
    def description(self) -> str:
        """Give the words that a model reads about it."""
        return DESCRIPTIONS[self.name]

    def call(self, app: App, given: Mapping[str, object], call: Call) -> Answer:
        """Check the arguments and act. Raises WhoopError, for arguments a ValidationError."""
        day = given.get("day")  # by which clock its dates are, where a tool takes that
        supposed: list[str] = []

        def now() -> str:
            supposed.append(today(app, day))
            return supposed[-1]

        wanted = read(self.parameters, given, now)
        answer = self.act(app, wanted, call)
        # What was fetched may be from another clock, by which the words mean other days.
        if self.read_only and supposed and today(app, day) != supposed[-1]:
            wanted = read(self.parameters, given, now)
            answer = self.act(app, wanted, call)
        return wanted.told(answer)


def call_tool(app: App, name: str, given: Mapping[str, object], call: Call) -> Answer:
    """Call a tool by its name. Raises WhoopError: a ValidationError for one that there is not."""
    if name not in BY_NAME:
        raise ValidationError(
            f"There is no tool {shown(name)}.", hint=f"The tools are: {', '.join(BY_NAME)}."
        )
    return BY_NAME[name].call(app, given, call)


# ── what they take ──

FRESH = Parameter("fresh", FLAG, "Ask WHOOP again.", default=False)
START = Parameter("start", TIME, "First moment, inclusive: a date or an ISO-8601 instant.")
END = Parameter("end", UNTIL, "Exclusive; default now.")
CYCLE = Parameter("cycle_id", CYCLE_ID, required=True)
WINDOW = (
    Parameter("start", TIME, "Date or instant, inclusive; default 30 days before end."),
    END,
    Parameter("limit", LIMIT, "Default: as many as fit."),
    Parameter("cursor", CURSOR, "next_cursor of the page before."),
    FRESH,
)
DAYS = Parameter(
    "days", whole(1, choices.MOST_DAYS, example=30), "How many days before `end`.", default=30
)
FREE_DAYS = Parameter("free_days", WEEKDAYS, "Days off work: friday,saturday.")
BESIDE = Parameter("compare", STRETCH, "A period to compare with.")
OVERWRITE = Parameter("overwrite", FLAG, "Replace an existing file.", default=False)
_NAMES = tuple(RESOURCES)
_ENTRIES = objects(
    {
        "behaviour": {"type": "string", "description": "late coffee"},
        "date": {"type": "string", "description": "Default today."},
        "answer": {"type": "boolean", "description": "Default true."},
        "amount": {"type": "number", "minimum": 0},
        "unit": {"type": "string", "description": "cups"},
        "notes": {"type": "string"},
        "same_as": {
            "type": "string",
            "description": "Another name for it.",
        },
    },
    ["behaviour"],
    [{"behaviour": "late coffee", "date": "2026-04-20"}],
)

TOOLS = (
    Tool("get_whoop_auth_status", "WHOOP login status", acts.login, open_world=False),
    Tool("get_whoop_profile", "WHOOP profile", acts.snapshot(PROFILE), (FRESH,)),
    Tool("get_whoop_body_measurement", "Body measurement", acts.snapshot(BODY), (FRESH,)),
    Tool("list_whoop_cycles", "List cycles", acts.page(CYCLES), WINDOW),
    Tool("list_whoop_recoveries", "List recoveries", acts.page(RECOVERIES), WINDOW),
    Tool("list_whoop_sleeps", "List sleeps", acts.page(SLEEPS), WINDOW),
    Tool("list_whoop_workouts", "List workouts", acts.page(WORKOUTS), (*WINDOW, training.SPORT)),
    Tool("get_whoop_cycle", "One cycle", acts.one(CYCLES, "cycle_id"), (CYCLE, FRESH)),
    Tool("get_whoop_cycle_sleep", "A cycle's sleep", acts.of_cycle(SLEEPS), (CYCLE, FRESH)),
    Tool(
        "get_whoop_cycle_recovery", "A cycle's recovery", acts.of_cycle(RECOVERIES), (CYCLE, FRESH)
    ),
    Tool(
        "get_whoop_sleep",
        "One sleep",
        acts.one(SLEEPS, "sleep_id"),
        (Parameter("sleep_id", UUID, required=True), FRESH),
    ),
    Tool(
        "get_whoop_workout",
        "One workout",
        training.workout,
        (Parameter("workout_id", UUID, required=True), training.CONTEXT, FRESH),
    ),
    Tool(
        "get_whoop_daily_summary",
        "One day",
        acts.summary,
        (
            Parameter("date", DATE, "YYYY-MM-DD; default today."),
            Parameter("day", one_of("local", "utc"), "The wearer's clock or UTC.", default="local"),
            FRESH,
        ),
        meta=dashboard.META,
    ),
    Tool(
        "sync_whoop",
        "Sync with WHOOP",
        acts.sync,
        (
            Parameter("full", FLAG, "All history since 2010-01-01.", default=False),
            Parameter("since", TIME, "Cover from this past moment to now."),
            Parameter("resources", some_of(*_NAMES), "Only these; default all."),
        ),
        read_only=False,
    ),
    Tool(
        "get_whoop_events",
        "What changed",
        acts.events,
        (
            Parameter("since", SINCE, "An instant, a date or a cursor.", required=True),
            Parameter("until", UNTIL, "Exclusive; default now; not with a resume cursor."),
            Parameter("resources", some_of(*_NAMES), "Only these; default all."),
            Parameter(
                "limit", whole(1, choices.MOST_EVENTS, example=500), "Events at most.", default=500
            ),
        ),
        open_world=False,
    ),
    Tool(
        "export_whoop",
        "Export to files",
        acts.export,
        (
            Parameter("kind", one_of(*choices.KINDS), required=True),
            Parameter("format", one_of(*choices.FORMATS), required=True),
            Parameter("path", words("~/sleeps.csv"), "A file; a folder for all.", required=True),
            START,
            END,
            OVERWRITE,
        ),
        read_only=False,
        destructive=True,
        open_world=False,
    ),
    Tool(
        "health_check",
        "Health check",
        acts.check_health,
        (Parameter("live", FLAG, "Also ask WHOOP's API.", default=True),),
    ),
    Tool(
        "get_whoop_insights",
        "Insights",
        acts.insights,
        (END, DAYS, FREE_DAYS),
        open_world=False,
        meta=dashboard.META,
    ),
    Tool(
        "query_whoop",
        "Query in SQL",
        acts.query,
        (
            Parameter("sql", words("SELECT date, strain FROM days"), "One SELECT.", required=True),
            Parameter(
                "max_rows", whole(1, choices.MOST_ROWS, example=200), "Rows at most.", default=200
            ),
        ),
        open_world=False,
    ),
    Tool(
        "create_whoop_report",
        "Write a dashboard",
        acts.report,
        (
            Parameter("path", words("~/whoop.html"), required=True),
            DAYS,
            END,
            OVERWRITE,
            FREE_DAYS,
            BESIDE,
        ),
        read_only=False,
        destructive=True,
        open_world=False,
        meta=dashboard.META,
    ),
    Tool(
        "import_whoop_export",
        "Import WHOOP's data export",
        acts.take_in,
        (
            Parameter(
                "path",
                words("~/Downloads/my_whoop_data_2026_04_20.zip"),
                "The ZIP that WHOOP mailed, or its folder.",
                required=True,
            ),
        ),
        read_only=False,
        open_world=False,
    ),
    Tool(
        "get_whoop_journal",
        "The journal",
        acts.read_journal,
        (
            Parameter("start", TIME, "First date; default 30 days before end."),
            END,
            Parameter("behaviours", TEXTS, "Only these."),
        ),
        open_world=False,
    ),
    Tool(
        "log_whoop_journal",
        "Note in the user's own journal",
        acts.log_journal,
        (
            Parameter("entries", _ENTRIES, required=True),
            Parameter("remove", FLAG, "Undo: remove these entries.", default=False),
        ),
        read_only=False,
        destructive=True,
        open_world=False,
    ),
    Tool(
        "compare_whoop_periods",
        "Compare two periods",
        comparing.compare,
        comparing.PARAMETERS,
        open_world=False,
        meta=dashboard.META,
    ),
    Tool(
        "whoop_experiment",
        "Experiment on oneself",
        experiments.act,
        experiments.PARAMETERS,
        read_only=False,
        destructive=True,  # what is ended is not taken up again
        open_world=False,
        meta=dashboard.META,
    ),
)

BY_NAME = {tool.name: tool for tool in TOOLS}
