"""Tables and paragraphs of plain text, as a printed report has them."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence

from engine.documents.letters.model import right_columns

WIDTH = 92


def paragraph(text: str, *, indent: int = 3, first: str = "") -> list[str]:
    """Return a text wrapped into lines; `first` stands before it, the other lines are set in."""
    margin = " " * indent
    inner = margin + "  " * bool(first)
    lines: list[str] = []
    for part in text.splitlines():
        lines += textwrap.wrap(part, WIDTH, initial_indent=inner if lines else margin + first, subsequent_indent=inner)
    return lines


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], *, indent: int = 3, widest: int = 46) -> list[str]:
    """Return a ruled table; columns of numbers are set to the right, long cells are wrapped."""
    widths = [min(widest, max(len(row[place]) for row in (heads, *rows))) for place in range(len(heads))]
    right = right_columns(rows, len(heads))
    margin = " " * indent
    rule = margin + "+" + "+".join("-" * (width + 2) for width in widths) + "+"
    lines = [rule]
    for row in (heads, *rows):
        cells = [textwrap.wrap(cell, width) or [""] for cell, width in zip(row, widths, strict=True)]
        for number in range(max(map(len, cells))):
            parts = [cell[number] if number < len(cell) else "" for cell in cells]
            to_the_right = [side and row is not heads for side in right]
            padded = [
                part.rjust(width) if side else part.ljust(width)
                for part, width, side in zip(parts, widths, to_the_right, strict=True)
            ]
            lines.append(f"{margin}| {' | '.join(padded)} |")
        if row is heads:
            lines.append(rule)
    return [*lines, rule]
