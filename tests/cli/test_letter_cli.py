"""`chidao letter templates` gives an office what it may edit, and never writes over what it has edited."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.cli import main
from engine.documents.letters.word import letter_word
from tests.documents.printed import PARTY_LETTER, opened, paragraphs


def test_templates_are_written_once_and_used_from_then_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIDAO_HOME", str(tmp_path))
    told = CliRunner().invoke(main, ["letter", "templates"])
    assert told.output.split() == [str(tmp_path / "templates" / name) for name in ("party.docx", "state.docx")]
    own = opened((tmp_path / "templates" / "party.docx").read_bytes())
    own.add_paragraph("Mẫu riêng")
    own.save(str(tmp_path / "templates" / "party.docx"))
    assert paragraphs(opened(letter_word(PARTY_LETTER)))[-1][1] == "Mẫu riêng"

    refused = CliRunner().invoke(main, ["letter", "templates"])
    assert refused.exit_code == 1
    assert "--again" in refused.stderr
    assert CliRunner().invoke(main, ["letter", "templates", "--again"]).exit_code == 0
    assert paragraphs(opened(letter_word(PARTY_LETTER)))[-1][1] != "Mẫu riêng"
