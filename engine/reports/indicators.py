"""What several figures make together, and how one is written. The indicators are data of each directive (DOMAIN.md 2.9).

sum, max, last: whole numbers. ratio: computed from the summed numerator and denominator, never averaged; kept in
hundredths of a percent. text: words, each with the name of the unit that wrote them.
"""

from __future__ import annotations

from collections.abc import Sequence

RATIO, TEXT = "ratio", "text"
HUNDREDTHS_OF_PERCENT = 10_000


def combine(aggregation: str, values: Sequence[int]) -> int:
    """Return one figure for several, oldest first: their sum, their maximum, or the last of them; 0 for none."""
    match aggregation:
        case "max":
            return max(values, default=0)
        case "last":
            return values[-1] if values else 0
    return sum(values)


def ratio(numerator: int, denominator: int) -> int | None:
    """Return numerator / denominator in hundredths of a percent, rounded half up; None when nothing can be divided."""
    if denominator == 0:
        return None
    return (2 * numerator * HUNDREDTHS_OF_PERCENT + denominator) // (2 * denominator)


def figure_text(aggregation: str, value: int, unit: str = "") -> str:
    """Return a figure as Vietnamese paperwork writes it: 1.234 cuộc, 97,5 %."""
    if aggregation == RATIO:
        whole, rest = divmod(value, 100)
        return f"{_grouped(whole)},{rest:02d}".rstrip("0").rstrip(",") + " %"
    return f"{_grouped(value)} {unit}".rstrip()


def _grouped(value: int) -> str:
    return f"{value:,}".replace(",", ".")
