"""`chidao bench pages` measures every main page over the demonstration, and the inbox beside many open tasks."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from engine.bench.cli import bench
from engine.bench.pages import Plan, lines_of, measure_pages
from engine.bench.visits import PAGES


def test_every_main_page_is_measured_and_the_inbox_takes_no_more_statements_beside_a_crowd(demonstration_file: Path) -> None:
    before = demonstration_file.stat()
    found = measure_pages(Plan(demonstration=demonstration_file, rounds=1, crowd=2_000, organisations=400))
    assert set(found["pages"]) > {page.name for page in PAGES}
    assert sum(name.startswith("task ") for name in found["pages"]) >= 10, "the page of each form that lies on a desk"
    assert all(each["ms"] > 0 and each["bytes"] > 1_000 for each in found["pages"].values())
    assert all(found["wide"][name]["statements"] < 20 for name in ("cascade", "cascade, its picture")), "whatever the number of organisations"
    assert found["crowd"]["open_tasks"] > 2_000
    assert found["crowd"]["inbox"]["statements"] == found["pages"]["inbox"]["statements"]
    assert found["crowd"]["inbox"]["bytes"] == found["pages"]["inbox"]["bytes"], "the person's own list is the same"
    assert len(lines_of(found)) == len(found["pages"]) + 3
    assert demonstration_file.stat().st_mtime_ns == before.st_mtime_ns, "it is never written to"


def test_the_command_prints_one_json_document(demonstration_file: Path) -> None:
    answer = CliRunner().invoke(bench, ["pages", "--demonstration", str(demonstration_file), "--rounds", "1", "--tasks", "0", "--organisations", "0", "--json"])
    assert answer.exit_code == 0
    assert set(json.loads(answer.stdout)) == {"machine", "versions", "rounds", "pages", "wide", "crowd"}
