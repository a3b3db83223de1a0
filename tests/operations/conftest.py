"""What the tests of operations share: the command line in a home of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from engine.cli import main
from engine.storage import database as storage

Run = Callable[..., Result]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of an installation, named by the environment."""
    monkeypatch.setenv("CHIDAO_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("CHIDAO_DATABASE", raising=False)
    monkeypatch.setattr(storage, "SYNCHRONOUS", "FULL")  # as the product is set: `chidao doctor` looks
    return tmp_path / "home"


@pytest.fixture
def run(home: Path) -> Run:
    """Run `chidao …`. A traceback fails the test: what goes wrong is told in a sentence."""

    def run_command(*arguments: str | Path, typed: str | None = None) -> Result:
        result = CliRunner().invoke(main, [str(argument) for argument in arguments], input=typed)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return run_command
