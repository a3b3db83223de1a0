"""`chidao bench step`: what one action costs in the product and in the naive baseline, in turns, so both feel the same load."""

from __future__ import annotations

import platform
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from engine.bench.machine import machine
from engine.bench.sides import Naive, Product, Side

NOTE = "Đã hoàn thành 12/15 nội dung; còn 3 nội dung đang phối hợp với các đơn vị liên quan."
GO_ON: Mapping[str, Any] = {"note": NOTE, "again": True}
AROUND = 2  # iterations on each side of a month that count for it
WORKLOADS = ("simple3", "month12", "month60")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much to measure. `actions`: of simple3 on each side; `near`, `far`: the iterations whose cost gives the growth."""

    actions: int = 600
    instances: int = 8  # monthly instances, each run past month 60
    near: int = 10
    far: int = 1000
    window: int = 30  # actions measured from `near` and from `far` on


def measure_step(plan: Plan) -> dict[str, Any]:
    """Run both sides in turns on new SQLite files in a temporary folder; return the report of DESIGN.md 7."""
    with tempfile.TemporaryDirectory(prefix="chidao-bench-") as folder:
        product, naive = Product(Path(folder)), Naive(Path(folder))
        try:
            sides: dict[str, Side] = {"product": product, "naive": naive}
            seconds = {name: {workload: list[float]() for workload in WORKLOADS} for name in sides}
            _simple(sides, seconds, plan)
            sizes = _monthly(sides, seconds, plan)
            growth = _growth(product, plan)
            return _report(seconds, sizes, growth, product.history_bytes_per_record())
        finally:
            product.close()
            naive.close()


def _simple(sides: Mapping[str, Side], seconds: Mapping[str, dict[str, list[float]]], plan: Plan) -> None:
    """Three tasks in sequence on a new instance a round; the first round warms up and does not count."""
    for number in range(-(-plan.actions // 3) + 1):
        for name, side in _in_turns(sides, number):
            identity = side.start("simple3")
            spent = [side.act(identity, GO_ON) for _ in range(3)]
            if number:
                seconds[name]["simple3"] += spent


def _monthly(sides: Mapping[str, Side], seconds: Mapping[str, dict[str, list[float]]], plan: Plan) -> dict[str, int]:
    """Run instances of the loop past month 60, both sides month by month; return the state's size after it."""
    sizes: dict[str, int] = {}
    for number in range(plan.instances):
        identities = {name: side.start("monthly") for name, side in sides.items()}
        for month in range(1, 61 + AROUND):
            for name, side in _in_turns(sides, number + month):
                spent = side.act(identities[name], GO_ON)
                for wanted in (12, 60):
                    if abs(month - wanted) <= AROUND:
                        seconds[name][f"month{wanted}"].append(spent)
        sizes = {name: side.state_bytes(identities[name]) for name, side in sides.items()}
    return sizes


def _growth(product: Product, plan: Plan) -> float:
    """Return the median cost from iteration `far` on, divided by that from `near` on, measured in turns in one database."""
    old, young = product.start("monthly"), product.start("monthly")
    for identity, reached in ((old, plan.far), (young, plan.near)):
        for _ in range(reached - 1):
            product.act(identity, GO_ON)
    pairs = [(product.act(old, GO_ON), product.act(young, GO_ON)) for _ in range(plan.window)]
    return median(pair[0] for pair in pairs) / median(pair[1] for pair in pairs)


def _in_turns(sides: Mapping[str, Side], number: int) -> Sequence[tuple[str, Side]]:
    order = list(sides.items())
    return order if number % 2 else order[::-1]


def _report(
    seconds: Mapping[str, Mapping[str, Sequence[float]]], sizes: Mapping[str, int], growth: float, record: float
) -> dict[str, Any]:
    figures = {name: {workload: _figures(spent) for workload, spent in side.items()} for name, side in seconds.items()}
    ratios = {f"ratio_{workload}": round(figures["product"][workload]["rate"] / figures["naive"][workload]["rate"], 3) for workload in WORKLOADS}
    return {
        "machine": machine(),
        "versions": _versions(),
        **figures,
        **ratios,
        "growth_1000_to_10": round(growth, 3),
        "state_bytes": sizes["product"],
        "naive_state_bytes": sizes["naive"],
        "history_bytes_per_record": record,
    }


def _figures(spent: Sequence[float]) -> dict[str, float]:
    """Return actions per second, and the milliseconds of the median and of the 95th percentile."""
    return {
        "rate": round(len(spent) / sum(spent), 1),
        "p50_ms": round(median(spent) * 1000, 3),
        "p95_ms": round(quantiles(spent, n=20, method="inclusive")[18] * 1000, 3),
        "actions": len(spent),
    }


def _versions() -> dict[str, str]:
    packages = {name: version(name) for name in ("chidao", "SpiffWorkflow", "SQLAlchemy")}
    return {"python": platform.python_version(), "sqlite": sqlite3.sqlite_version, **packages}
