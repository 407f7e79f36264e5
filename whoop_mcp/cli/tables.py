"""How rows become text that lines up within a width; no colour, no terminal, no meaning."""

from __future__ import annotations

from collections.abc import Collection, Sequence

WIDTH = 80
_GAP = "  "


def table(
    head: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Collection[int] = (),
    width: int = WIDTH,
) -> list[str]:
    """Lines of a head and rows in columns; those numbered in `right` end flush.

    What is too wide for `width` is taken from the last column, with `…`.
    """
    cells = [[cut(cell, width) for cell in row] for row in (head, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(head))]
    lines = []
    for row in cells:
        laid = [
            cell.rjust(size) if column in right else cell.ljust(size)
            for column, (cell, size) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(cut(_GAP.join(laid).rstrip(), width))
    return lines


def pairs(rows: Sequence[tuple[str, str]], *, indent: str = "", width: int = WIDTH) -> list[str]:
    """Lines of a name, cut at half of the width, and its value, wrapped under itself."""
    rows = [(cut(name, width // 2), value) for name, value in rows]
    reach = max((len(name) for name, _ in rows), default=0) + len(_GAP)
    lines = []
    for name, value in rows:
        first, *rest = wrapped(value, width - reach - len(indent))
        lines.append(f"{indent}{name.ljust(reach)}{first}".rstrip())
        lines += [f"{indent}{' ' * reach}{line}" for line in rest]
    return lines


def wrapped(text: str, width: int = WIDTH) -> list[str]:
    """The words of a text in lines; a word that is longer than a line stays whole."""
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".lstrip()
    return lines


def cut(text: str, width: int = WIDTH) -> str:
    """The text, or as much of it as fits, with `…` at its end."""
    return text if len(text) <= width else text[: width - 1] + "…"
