"""The measurement of a check: what it reports, and that every diagram it measures is sound."""

from __future__ import annotations

import json

from click.testing import CliRunner

from engine.bench.cli import bench
from engine.bench.lint import Plan, measure_lint
from engine.bench.shapes import SHAPES


def test_each_shape_is_measured_at_each_size() -> None:
    report = measure_lint(Plan(sizes=(20, 60), rounds=1))
    assert set(report) == {"machine", "versions", "shapes", "ratio_large_to_small"}
    assert set(report["versions"]) == {"python", "libxml2", "chidao", "SpiffWorkflow", "lxml"}
    assert set(report["shapes"]) == set(report["ratio_large_to_small"]) == set(SHAPES)
    for rows in report["shapes"].values():
        assert [set(row) for row in rows] == [{"elements", "seconds", "us_per_element"}] * 2
        assert rows[0]["elements"] <= rows[1]["elements"]
        assert all(row["seconds"] > 0 for row in rows)


def test_the_command_prints_one_document() -> None:
    done = CliRunner().invoke(bench, ["lint", "--size", "20", "--rounds", "1", "--json"])
    assert done.exit_code == 0
    assert set(json.loads(done.stdout)["shapes"]) == set(SHAPES)


def test_the_command_prints_a_line_for_each_figure() -> None:
    done = CliRunner().invoke(bench, ["lint", "--size", "20", "--rounds", "1"])
    assert done.stdout.count("µs an element") == len(SHAPES)
