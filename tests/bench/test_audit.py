"""`chidao bench audit` runs, verifies what it wrote, and leaves the keys of the installation alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.bench.audit import Plan, lines_of, measure_audit


def test_a_small_history_is_written_signed_and_verified(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIDAO_HOME", str(tmp_path / "home"))
    report = measure_audit(Plan(records=220, newest=100, actions=3, timeline=150))
    assert report["records"] > 220
    assert (report["whole"]["records"], report["whole"]["result"]) == (report["records"], "intact")
    assert report["since"]["records"] < report["whole"]["records"]
    assert report["whole"]["levels"] == report["since"]["levels"] == [1, 2, 3, 4, 6]
    assert min(report[name] for name in ("bytes_per_record", "database_bytes_per_record", "share_percent", "written_per_second")) > 0
    assert report["timeline"]["records"] == 150
    assert min(value for name, value in report["timeline"].items() if name.endswith("_ms")) > 0
    assert len(list(lines_of(report))) == 6
    assert not (tmp_path / "home").exists()
