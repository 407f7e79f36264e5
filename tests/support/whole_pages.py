"""A page that has every part: journal, experiments, another period, names from right to left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from whoop_mcp.archive import take_in
from whoop_mcp.cache.cache import Cache
from whoop_mcp.cache.save import Findings
from whoop_mcp.reads import journal
from whoop_mcp.report import document
from whoop_mcp.simulator import data_export, life
from whoop_mcp.times import Span, Window
from whoop_mcp.whoop.resources import RESOURCES, WORKOUTS

from .dashboards import UNTIL, mirrored
from .experimenters import Experimenter, later
from .samples import profile, workout

NAME = "שרה"
RIGHT_TO_LEFT = "קפה מאוחר"
SPORT = "Stand-up-paddleboarding-with-obstacles-and-an-unbrokenlylonglonglonglonglongword"
LAST = "2026-04-24"


def drinker(folder: Path) -> Cache:
    """The mirror and the journal of somebody whose HRV alcohol lowers."""
    account = life.make(days=300, until=UNTIL, quirks=False, alcohol_effect=-0.3)
    cache = mirrored(folder / "whoop.db", account)
    mailed = folder / "export.zip"
    mailed.write_bytes(data_export.package(account))
    take_in(cache, str(mailed))
    return cache


def person(folder: Path) -> Experimenter:
    """Who keeps a journal in two scripts, has an experiment behind them and one before them, and
    once did a sport of a long name for 20 hours."""
    found = Experimenter(folder, days=300)
    found.start()
    found.obey(14)
    found.start(behaviour=RIGHT_TO_LEFT, outcome="ln_hrv", start=None)
    found.live_on(LAST)
    for back in range(1, 80):
        date = later(LAST, -back)
        entries: list[dict[str, Any]] = [
            {"behaviour": "alcohol", "date": date, "answer": back % 3 == 0},
            {"behaviour": "ארוחה כבדה בערב", "date": date, "answer": back % 4 == 0},
        ]
        journal.log(found.cache, entries, today=LAST)
    far = workout(
        id="00000000-0000-4000-8000-0000000000ff",
        start="2026-04-20T04:00:00.000Z",
        end="2026-04-21T00:00:00.000Z",
        sport_name=SPORT,
    )
    window = Window("2026-04-20T04:00:00.000Z", "2026-04-20T05:00:00.000Z")
    found.cache.save(Findings(WORKOUTS, found.now, [far], window=window))
    found.cache.save(Findings(RESOURCES["profile"], found.now, [profile(first_name=NAME)]))
    return found


def write(folder: Path) -> Path:
    """Write that page beside the days of February; answer its place."""
    place = folder / "page.html"
    february = Span("2026-02-01", "2026-03-01")
    document.create(
        person(folder).cache,
        str(place),
        compare=february,
        overwrite=True,
        home=folder / "home",
    )
    return place
