"""A home of its own for each test: the processes that it starts sign the history with the keys there, and so does the test."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.storage import keys


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIDAO_HOME", str(tmp_path / "home"))
    keys.make_missing()
