"""Put the dashboard's style sheet together: its colours, by day and by night, and its rules.

The rules are in `style.css`, those of the printed page in `print.css`.

The colours of data differ in lightness as well as in hue (blue against orange), so that they can
be told apart without colour vision and in print. Words have a contrast of 4.5 : 1 or more.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import resources

from . import mcp_app

LIGHT = {
    "paper": "#f5f5f2",
    "card": "#ffffff",
    "ink": "#15191e",
    "soft": "#545d68",
    "rule": "#dfe0db",
    "grid": "#ebebe7",
    "link": "#0b5a96",
    "alert": "#a23c00",
    "hatch": "#d3d5d0",
    "high": "#2878b5",
    "on-high": "#ffffff",
    "middle": "#dfae3a",
    "on-middle": "#15191e",
    "low": "#c24a14",
    "on-low": "#ffffff",
    "band": "#d9e7f2",
    "main": "#1c6fae",
    "pale": "#8fb6d6",
    "deep": "#173f6e",
    "rem": "#3f84c0",
    "light": "#a8cce6",
    "awake": "#e2a13a",
    "strain": "#3d6480",
    "load": "#86a3b5",
    "need": "#15191e",
}
DARK = {
    "paper": "#101316",
    "card": "#191d22",
    "ink": "#eceff2",
    "soft": "#a4aeb9",
    "rule": "#2c323a",
    "grid": "#262b32",
    "link": "#8cc4f0",
    "alert": "#ffa873",
    "hatch": "#3d444d",
    "high": "#6fb2e4",
    "on-high": "#0f1418",
    "middle": "#e3b950",
    "on-middle": "#0f1418",
    "low": "#e9834e",
    "on-low": "#0f1418",
    "band": "#203446",
    "main": "#79b9ea",
    "pale": "#47729a",
    "deep": "#3868a8",
    "rem": "#6ea6dc",
    "light": "#bbd8ee",
    "awake": "#e6b253",
    "strain": "#8db4cf",
    "load": "#56758a",
    "need": "#eceff2",
}

_FILLS = (
    *("high", "middle", "low", "main", "pale"),
    *("deep", "rem", "light", "awake", "strain", "load"),
)


def sheet(*, themed: bool = False) -> str:
    """Make the CSS of the page. `themed`: for a host, whose choice of theme goes before the
    system's, with the style of the controls."""
    rules = [
        _scheme(":root", LIGHT),
        f"@media (prefers-color-scheme: dark) {{ {_scheme(':root', DARK)} }}",
    ]
    if themed:
        rules += [
            _scheme(":root[data-theme=light]", LIGHT, "light"),
            _scheme(":root[data-theme=dark]", DARK, "dark"),
        ]
    fills = [f".{name} {{ fill: var(--{name}); background: var(--{name}) }}" for name in _FILLS]
    inks = [f".on-{name} {{ fill: var(--on-{name}) }}" for name in ("high", "middle", "low")]
    paper = _scheme(":root", {**LIGHT, "paper": "#ffffff"}, "light")
    printed = f"@media print {{ {paper}\n{_read('print.css')} }}"
    hosted = [mcp_app.sheet()] if themed else []
    return "\n".join([*rules, *fills, *inks, f"\n{_read('style.css')}", *hosted, printed])


def _scheme(selector: str, colours: Mapping[str, str], scheme: str = "light dark") -> str:
    colours_set = "; ".join(f"--{name}: {colour}" for name, colour in colours.items())
    return f"{selector} {{ color-scheme: {scheme}; {colours_set} }}"


def _read(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")
