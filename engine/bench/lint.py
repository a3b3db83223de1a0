"""`chidao bench lint`: what a check costs by number of elements, in several shapes; a flat cost per element is the aim."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from itertools import count
from statistics import median
from typing import Any

from lxml import etree

from engine.bench.canvas import Canvas
from engine.bench.machine import machine
from engine.bench.shapes import SHAPES
from engine.definitions.check import examine
from engine.definitions.source import Sources
from engine.kernel.clock import stopwatch

SIZES = (250, 500, 1_000, 2_000, 4_000)
_numbers = count()  # a diagram that was compiled once is compiled; each check gets a new one


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much to measure. `sizes`: nodes and flows of a diagram; `rounds`: checks of each, of which the median counts."""

    sizes: Sequence[int] = SIZES
    rounds: int = 3


def measure_lint(plan: Plan) -> dict[str, Any]:
    """Check diagrams of each shape and size, in turns; return seconds, microseconds per element and how those grow."""
    for shape in SHAPES:
        _check(shape, plan.sizes[0])  # the schema is compiled, the code is warm
    spent: dict[tuple[str, int], list[float]] = {}
    elements: dict[tuple[str, int], int] = {}
    for _ in range(plan.rounds):
        for size in plan.sizes:
            for shape in SHAPES:
                elements[shape, size], seconds = _check(shape, size)
                spent.setdefault((shape, size), []).append(seconds)
    figures = {shape: [_figures(elements[shape, size], median(spent[shape, size])) for size in plan.sizes] for shape in SHAPES}
    return {
        "machine": machine(),
        "versions": {
            "python": platform.python_version(),
            "libxml2": ".".join(map(str, etree.LIBXML_VERSION)),
            **{name: version(name) for name in ("chidao", "SpiffWorkflow", "lxml")},
        },
        "shapes": figures,
        "ratio_large_to_small": {shape: round(rows[-1]["us_per_element"] / rows[0]["us_per_element"], 2) for shape, rows in figures.items()},
    }


def _check(shape: str, size: int) -> tuple[int, float]:
    """Return how many nodes and flows were checked, and the seconds it took."""
    canvas = Canvas()
    SHAPES[shape](canvas, size)
    sources = Sources(files={f"{shape}{next(_numbers)}.bpmn": canvas.file()})
    began = stopwatch()
    checked = examine(sources, operations=())
    seconds = stopwatch() - began
    if "p" not in checked.definitions:
        raise AssertionError(f"Expected the diagram {shape} to be sound, but found: {checked.findings[0].sentence()}")
    return canvas.elements, seconds


def _figures(elements: int, seconds: float) -> dict[str, float]:
    return {"elements": elements, "seconds": round(seconds, 4), "us_per_element": round(seconds / elements * 1e6, 1)}
