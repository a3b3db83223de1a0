"""`chidao bench crowd`: what it reports. Never asserts a time."""

from __future__ import annotations

import json

from click.testing import CliRunner

from engine.bench.beside import KINDS
from engine.bench.cli import bench


def test_people_act_beside_few_and_beside_many_instances() -> None:
    done = CliRunner().invoke(bench, ["crowd", "--few", "20", "--instances", "200", "--actions", "3", "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert set(report) == {"machine", "versions", "few", "many", "actions", "fill_seconds", *(f"ratio_{kind}" for kind in KINDS)}
    assert report["actions"] == 3
    assert (report["few"]["instances"], report["many"]["instances"]) >= (20, 200)
    assert report["many"]["database_bytes"] > report["few"]["database_bytes"]
    assert all(report[side][f"{kind}_ms"]["p50"] > 0 for side in ("few", "many") for kind in KINDS)
