"""The bench runs and reports its keys. Never asserts a time: a test machine proves nothing about speed."""

from __future__ import annotations

from engine.bench.step import Plan, measure_step
from engine.bench.where import PARTS, measure_where

KEYS = {"machine", "versions", "product", "naive", "ratio_simple3", "ratio_month12", "ratio_month60", "growth_1000_to_10", "state_bytes"}
KEYS |= {"history_bytes_per_record"}


def test_a_small_run_reports_every_figure() -> None:
    report = measure_step(Plan(actions=6, instances=1, near=2, far=4, window=2))
    assert report.keys() >= KEYS
    for side in ("product", "naive"):
        assert report[side].keys() == {"simple3", "month12", "month60"}
        assert {workload: found["actions"] for workload, found in report[side].items()} == {"simple3": 6, "month12": 5, "month60": 5}
        assert all(type(found[name]) is float for found in report[side].values() for name in ("rate", "p50_ms", "p95_ms"))
    assert all(type(report[name]) is float for name in KEYS if name.startswith(("ratio", "growth", "history")))
    assert type(report["state_bytes"]) is int


def test_where_the_time_goes_adds_up() -> None:
    found = measure_where(actions=6)
    assert found["percent"].keys() == found["parts_ms"].keys() == PARTS.keys()
    assert abs(sum(found["percent"].values()) - 100) < 1
    assert all(found["parts_ms"][name] > 0 for name in ("authorise", "read", "step", "check", "write", "seal", "commit"))
