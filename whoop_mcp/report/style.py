"""How the dashboard looks: its colours, by day and by night, and its one style sheet.

The colours of data differ in lightness as well as in hue (blue against orange), so that they can
be told apart without colour vision and in print. Words have a contrast of 4.5 : 1 or more.
"""

from __future__ import annotations

from collections.abc import Mapping

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
    """The CSS of the page. `themed`: a host's choice of theme goes before the system's."""
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
    return "\n".join([*rules, *fills, *inks, _RULES, f"@media print {{ {_print()} }}"])


def _scheme(selector: str, colours: Mapping[str, str], scheme: str = "light dark") -> str:
    told = "; ".join(f"--{name}: {colour}" for name, colour in colours.items())
    return f"{selector} {{ color-scheme: {scheme}; {told} }}"


def _print() -> str:
    return _scheme(":root", {**LIGHT, "paper": "#ffffff"}, "light") + _PRINT


_PRINT = """
@page { margin: 13mm }
body { font-size: 12px }
main { max-width: none; padding: 0 }
section { margin-top: 24px }
h1 { font-size: 26px }
h2, section > p { break-after: avoid; break-inside: avoid }
svg text { font-size: 10px }
.tile, .card, .notice, .summary { border: 1px solid var(--rule) }
.tile, .card:not(.all), .figures tr { break-inside: avoid }
.tile { padding: 10px 12px 6px }
.tile .value { font-size: 20px }
.tile .before, .tile dt, .says, .unit, .legend, table { font-size: 11px }
.wide, .card:not(.all) > details, .all details:not([open], :only-child) {
  display: none }
.figures .how, .figures th:first-child { min-width: 0 }
.scroll { max-height: none; overflow: visible }
svg, i { print-color-adjust: exact; -webkit-print-color-adjust: exact }
"""

_RULES = """
* { box-sizing: border-box }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100% }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word }
main { max-width: 1160px; margin: 0 auto; padding: 40px 24px 56px }
h1, h2, h3, p, ul, dl, figure { margin: 0; padding: 0 }
h1 { font-size: 34px; line-height: 1.15; font-weight: 680; letter-spacing: -0.02em;
  text-wrap: balance }
h2 { font-size: 21px; line-height: 1.3; font-weight: 650; letter-spacing: -0.01em }
h3 { font-size: 15px; font-weight: 650 }
.eyebrow { color: var(--soft); font-size: 13px; margin-bottom: 6px }
.lead { color: var(--soft); margin-top: 10px; max-width: 68ch }
section { margin-top: 44px }
section > h2 + p { color: var(--soft); max-width: 68ch; margin-top: 2px }
section > h2 { margin-bottom: 14px }
section > h2:has(+ p) { margin-bottom: 0 }
section > h2 + p + *, section > p + .charts { margin-top: 14px }
.notice { margin-top: 24px; padding: 14px 18px; border-radius: 12px; background: var(--card);
  border-left: 4px solid var(--alert) }
.notice b { color: var(--alert) }
.notice ul { padding-left: 18px; margin-top: 4px }
.summary { margin-top: 14px; padding: 8px 22px; border-radius: 14px; background: var(--card);
  list-style: none; columns: 2; column-gap: 36px }
.summary li { padding: 9px 0; break-inside: avoid }
time { white-space: nowrap }
.tiles { display: grid; gap: 14px; grid-template-columns: repeat(5, minmax(0, 1fr));
  margin-top: 28px }
.tile { padding: 16px 18px 12px; border-radius: 14px; background: var(--card); min-width: 0 }
.tile dt { color: var(--soft); font-size: 13px }
.tile dd { margin: 0 }
.tile .value { font-size: 30px; line-height: 1.2; font-weight: 650; letter-spacing: -0.02em }
.tile .value small { font-size: 14px; font-weight: 500; color: var(--soft); letter-spacing: 0;
  margin-left: 3px }
.tile .before { color: var(--soft); font-size: 13px; min-height: 2.9em }
.tile .before b { color: var(--ink); font-weight: 600 }
.spark { display: block; margin-top: 8px }
.spark .trace { stroke-width: 1.75 }
.charts { display: grid; gap: 14px; grid-template-columns: repeat(2, minmax(0, 1fr)) }
.charts > .whole, .charts > #hrv, .charts:has(> .strips) > .card, .charts > :only-child {
  grid-column: 1 / -1 }
.card { padding: 20px 22px 14px; border-radius: 14px; background: var(--card); min-width: 0 }
.card + .card { margin-top: 14px }
.charts .card { margin-top: 0; display: flex; flex-direction: column }
.charts .card details { margin-top: auto }
h3 { display: inline }
.unit { color: var(--soft); font-size: 13px; margin-left: 8px }
.says { color: var(--soft); font-size: 13px; line-height: 1.45; max-width: 72ch;
  margin-top: 2px }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin-top: 10px; list-style: none;
  color: var(--soft); font-size: 13px }
.key { display: inline-block; width: 12px; height: 12px; border-radius: 3px; margin-right: 6px;
  vertical-align: -1px }
.key.gap {
  background: repeating-linear-gradient(135deg, var(--hatch) 0 1.5px, transparent 1.5px 5px);
  outline: 1px solid var(--hatch); outline-offset: -1px }
.key.band { background: var(--band) }
.key.trace, .key.need, .key.mean, .key.before { height: 0; border-radius: 0; width: 16px;
  vertical-align: 4px; border-top: 2.5px solid var(--main); background: none }
.key.need { border-color: var(--need) }
.key.mean { border-top: 1.5px solid var(--ink) }
.key.before { border-top: 1.5px dashed var(--soft) }
.key.dot { width: 7px; height: 7px; border-radius: 50%; background: var(--pale);
  vertical-align: 1px; margin-left: 3px }
.key.ink { height: 0; width: 16px; border-radius: 0; border-top: 2px solid var(--ink);
  vertical-align: 4px }
.plot { margin: 18px 14px 0 40px }
.plot > svg { display: block; overflow: visible }
.sheet .plot { margin: 12px 0 8px 0 }
.strips .plot { margin: 12px 0 8px 22px }
.scatter .plot { margin-top: 28px }
svg text { font-size: 12px; fill: var(--soft) }
.grid, .zero { stroke: var(--grid); stroke-width: 1; shape-rendering: crispEdges }
.zero { stroke: var(--soft) }
.up { text-anchor: end }
.below { text-anchor: middle }
.name { text-anchor: end }
.name.first { text-anchor: start }
svg .gap { fill: url(#hatch) }
.hatch { stroke: var(--hatch); stroke-width: 1.5 }
.trace, .ink { fill: none; stroke: var(--main); stroke-width: 2.25; stroke-linejoin: round;
  stroke-linecap: round; vector-effect: non-scaling-stroke }
.ink { stroke: var(--ink); stroke-width: 1.75 }
.trace.lone { fill: var(--main); stroke: none }
.ink.lone { fill: var(--ink); stroke: none }
.trace.full { fill: var(--main); stroke: var(--card); stroke-width: 1.5 }
.dot { fill: var(--pale) }
.point { fill: var(--main); fill-opacity: 0.55; stroke: var(--card); stroke-width: 0.75 }
.point:hover { fill-opacity: 1 }
.band { fill: var(--band) }
.need { stroke: var(--need); stroke-width: 2 }
line.mean { stroke: var(--ink); stroke-width: 1.5 }
line.before { stroke: var(--soft); stroke-width: 1.5; stroke-dasharray: 5 4 }
.hit { fill: transparent }
.hit:hover { fill: var(--ink); fill-opacity: 0.07 }
svg .figure { text-anchor: middle; font-size: 15px; font-weight: 650 }
svg .date { text-anchor: middle; font-size: 11px }
svg .on-high { fill: var(--on-high) }
svg .on-middle { fill: var(--on-middle) }
svg .on-low { fill: var(--on-low) }
svg .year { font-weight: 650; fill: var(--ink) }
.empty { color: var(--soft); padding: 28px 0 36px }
.card.empty { padding: 26px 22px }
.note { color: var(--soft); font-size: 13px; margin-top: 10px; max-width: 80ch }
details { border-top: 1px solid var(--rule); margin-top: 16px; padding-top: 8px }
.charts .card > :not(details):nth-last-child(2) { margin-bottom: 16px }
.all details:first-child { border: 0; margin: 0; padding: 0 }
.all summary { font-size: 15px }
summary { color: var(--link); font-size: 13px; cursor: pointer; padding: 3px 0; width: fit-content }
summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--link); outline-offset: 3px;
  border-radius: 4px }
.scroll { overflow-x: auto; max-height: 420px; margin: 8px 0 6px }
table { border-collapse: collapse; width: 100%; font-size: 13px }
th, td { text-align: right; padding: 5px 10px; border-bottom: 1px solid var(--rule);
  vertical-align: top; white-space: nowrap }
tbody th, thead th:first-child { text-align: left; font-weight: 400; padding-left: 0 }
thead th { color: var(--soft); font-weight: 600; position: sticky; top: 0;
  background: var(--card) }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
.defs { position: absolute }
.figures { max-height: none }
.figures td, .figures th { white-space: normal; text-align: left }
.figures td:nth-child(2) { font-weight: 600; white-space: nowrap }
.figures td:nth-child(3), .figures td:nth-child(4) { white-space: nowrap }
.figures th:first-child { min-width: 170px }
.figures th:nth-child(3) { white-space: nowrap }
.figures .how { color: var(--soft); min-width: 300px }
.figures .how p + p { margin-top: 3px }
.pill { display: inline-block; padding: 1px 9px; border-radius: 99px; font-size: 12px;
  font-weight: 600; border: 1px solid var(--rule); color: var(--soft) }
.pill.sure { border-color: var(--link); color: var(--link) }
.pill.flag { border-color: var(--alert); color: var(--alert) }
footer { margin-top: 48px; padding-top: 18px; border-top: 1px solid var(--rule);
  color: var(--soft); font-size: 13px }
footer p { max-width: 80ch }
footer p + p { margin-top: 6px }
[hidden] { display: none }
@media screen and (max-width: 1080px) {
  .charts { grid-template-columns: minmax(0, 1fr) }
}
@media screen and (max-width: 900px) {
  .tiles { grid-template-columns: repeat(3, minmax(0, 1fr)) }
  .tile:last-child { grid-column: span 2 }
  .figures thead { display: none }
  .figures tr { display: block; padding: 10px 0; border-bottom: 1px solid var(--rule) }
  .figures th, .figures td { display: block; border: 0; padding: 1px 0 }
  .figures th { font-weight: 600 }
  .figures .none { display: none }
  .figures .how, .figures th:first-child { min-width: 0 }
  .figures td[data-label]::before { content: attr(data-label) " "; color: var(--soft);
    font-weight: 400 }
}
@media screen and (max-width: 760px) {
  main { padding: 24px 14px 40px }
  h1 { font-size: 27px }
  .tiles { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 10px }
  .tile { padding: 13px 14px 10px }
  .tile .value { font-size: 26px }
  .tile:last-child { grid-column: 1 / -1 }
  th, td { padding: 5px 6px }
  .card { padding: 16px 14px 10px }
  .summary { padding: 4px 16px; columns: 1 }
  .plot { margin-left: 34px; margin-right: 10px }
  .wide { display: none }
}
"""
