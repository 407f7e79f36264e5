"""Draw README's two pictures from a made-up account: the page, and a question with its answer.

    python -m tests.tools.pictures

It needs Chromium, and writes docs/page.webp and docs/chat.webp. Every number in them is what the
tools answer.
"""

from __future__ import annotations

import base64
import tempfile
from datetime import date, timedelta
from html import escape
from pathlib import Path
from typing import Any, cast

from whoop_mcp.cache.cache import Cache
from whoop_mcp.reads import days
from whoop_mcp.report import document
from whoop_mcp.sync.mirror import Mirror

from ..support import dashboards
from ..support.chromium import Page, chromium

DOCS = Path(__file__).parents[2] / "docs"
DAY = "2026-05-20"
QUESTION = "How did I sleep last night, and how recovered am I?"
"""As somebody types it into a chat."""

_CHAT = """\
<!DOCTYPE html><html lang="en"><meta charset="utf-8"><style>
body {{ margin: 0; padding: 28px 32px; width: 656px; background: #faf9f7; color: #1f1e1d;
  font: 17px/1.5 system-ui, "DejaVu Sans", sans-serif }}
.asked {{ margin-left: auto; width: fit-content; max-width: 480px; padding: 10px 16px;
  border-radius: 18px; background: #e9e5dd }}
.tool {{ margin: 18px 0; padding: 8px 14px; border: 1px solid #dcd7cc; border-radius: 10px;
  color: #5c5850; font: 14px/1.5 ui-monospace, "DejaVu Sans Mono", monospace }}
p {{ margin: 0 0 10px }}
</style><body><div class="asked">{question}</div>
<div class="tool">whoop · get_whoop_daily_summary {{"date": "{day}"}}</div>{answer}</body></html>
"""


def told(summary: dict[str, Any]) -> list[str]:
    """Answer the question from a daily summary, as a model does that follows the skill."""
    sleep, recovery = summary["sleep"], summary["recovery"]
    day = date.fromisoformat(summary["date"])
    night = (day - timedelta(days=1)).strftime("%A")
    hours, minutes = divmod(round(sleep["asleep_seconds"] / 60), 60)
    needed = round(sleep["sleep_needed_seconds"]["total"] / 60)
    return [
        f"In the night from {night} to {day:%A} you slept <b>{hours} h {minutes} min</b>, from "
        f"{sleep['start_local'][11:16]} to {sleep['end_local'][11:16]}. WHOOP says that you "
        f"needed {needed // 60} h {needed % 60} min, and calls it "
        f"{sleep['sleep_performance_pct']:.0f} % of that.",
        f"Your recovery is <b>{recovery['recovery_score']:.0f} %</b>, with an HRV of "
        f"{recovery['hrv_rmssd_ms']:.0f} ms and a resting heart rate of "
        f"{recovery['resting_heart_rate_bpm']:.0f} bpm.",
        f"All of {day.day} {day:%B} is known, as of {summary['as_of'][11:16]} UTC.",
    ]


def chat(cache: Cache) -> str:
    """Write the page of one question and its answer."""
    summary = days.summary(Mirror(cache, cast(Any, None)), DAY)  # all is fresh: nobody is asked
    answer = "".join(f"<p>{line}</p>" for line in told(summary))
    return _CHAT.format(question=escape(QUESTION), day=DAY, answer=answer)


def shoot(page: Page, address: str, path: Path, *, width: int, height: int | None = None) -> None:
    """Photograph the top of a page, all of it without a height."""
    page.open(address, width=width)
    tall = height or page.value("document.body.offsetHeight")
    clip = {"x": 0, "y": 0, "width": width, "height": tall, "scale": 1}
    shot = page.ask(
        "Page.captureScreenshot", format="webp", quality=80, clip=clip, captureBeyondViewport=True
    )
    path.write_bytes(base64.b64decode(shot["data"]))


def main() -> None:
    """Draw both."""
    with tempfile.TemporaryDirectory() as name, chromium() as page:
        folder = Path(name)
        cache = dashboards.mirror(folder, days=400)
        (folder / "page.html").write_text(document.page(cache, days=30), encoding="utf-8")
        (folder / "chat.html").write_text(chat(cache), encoding="utf-8")
        shoot(page, (folder / "page.html").as_uri(), DOCS / "page.webp", width=1000, height=1320)
        shoot(page, (folder / "chat.html").as_uri(), DOCS / "chat.webp", width=720)


if __name__ == "__main__":
    main()
