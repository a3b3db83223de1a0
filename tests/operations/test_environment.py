"""Settings from the environment: one table, clear refusals, secrets in files and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.kernel import environment
from engine.kernel.configuration import PAGE
from engine.kernel.environment import VARIABLES, Variable
from engine.kernel.errors import InvalidInput

TRIED = (
    Variable(name="CHIDAO_TRIED_NUMBER", meaning="A number.", kind="number", default="5", least=1, most=10),
    Variable(name="CHIDAO_TRIED_SWITCH", meaning="A switch.", kind="switch", default="no"),
    Variable(name="CHIDAO_TRIED_SECRET", meaning="A secret.", secret=True),
    Variable(name="CHIDAO_TRIED_URL", meaning="An address.", kind="url", secret=True),
)


@pytest.fixture(autouse=True)
def table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "VARIABLES", {**VARIABLES, **{each.name: each for each in TRIED}})


def test_what_is_not_set_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert environment.number("CHIDAO_TRIED_NUMBER") == 5
    assert environment.switched_on("CHIDAO_TRIED_SWITCH") is False
    assert environment.value("CHIDAO_TRIED_SECRET") is None
    monkeypatch.setenv("CHIDAO_TRIED_NUMBER", "  ")
    assert environment.number("CHIDAO_TRIED_NUMBER") == 5


@pytest.mark.parametrize("found", ["many", "0", "11", "nan"])
def test_a_number_out_of_range_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch, found: str) -> None:
    monkeypatch.setenv("CHIDAO_TRIED_NUMBER", found)
    with pytest.raises(InvalidInput, match=f"^Expected a number from 1 to 10 for CHIDAO_TRIED_NUMBER, but found '{found}'"):
        environment.value("CHIDAO_TRIED_NUMBER")


def test_a_switch_is_yes_or_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIDAO_TRIED_SWITCH", "Yes")
    assert environment.switched_on("CHIDAO_TRIED_SWITCH") is True
    monkeypatch.setenv("CHIDAO_TRIED_SWITCH", "perhaps")
    with pytest.raises(InvalidInput, match="Expected yes or no"):
        environment.switched_on("CHIDAO_TRIED_SWITCH")


def test_a_secret_may_stand_in_a_file_and_is_never_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    place = tmp_path / "secret"
    place.write_text("hush-hush\n", encoding="utf-8")
    monkeypatch.setenv("CHIDAO_TRIED_SECRET_FILE", str(place))
    assert environment.value("CHIDAO_TRIED_SECRET") == "hush-hush"
    assert environment.shown("CHIDAO_TRIED_SECRET") == "***"
    assert environment.unknown() == {}


def test_the_missing_file_of_a_secret_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CHIDAO_TRIED_SECRET_FILE", str(tmp_path / "none"))
    with pytest.raises(InvalidInput, match=r"Expected the secret CHIDAO_TRIED_SECRET in the file .*none, but it cannot be read: No such file"):
        environment.value("CHIDAO_TRIED_SECRET")


def test_an_address_is_shown_without_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIDAO_TRIED_URL", "postgresql://office:hush@host/name?password=hush&sslmode=require")
    assert environment.shown("CHIDAO_TRIED_URL") == "postgresql://office:***@host/name?password=***&sslmode=require"
    monkeypatch.setenv("CHIDAO_TRIED_URL", "hush-hush")
    with pytest.raises(InvalidInput, match="Expected an address with ://") as refused:
        environment.value("CHIDAO_TRIED_URL")
    assert "hush" not in refused.value.message


def test_an_unknown_setting_is_found_and_the_likely_one_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIDAO_DATABSE", "x")
    monkeypatch.setenv("CHIDAO_ZZZ", "x")
    assert environment.unknown() == {"CHIDAO_DATABSE": "CHIDAO_DATABASE", "CHIDAO_ZZZ": None}


def test_another_program_is_started_without_our_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHIDAO_TRIED_SECRET", "hush")
    handed = environment.for_program(MORE="1")
    assert handed["MORE"] == "1"
    assert "PATH" in handed
    assert not [name for name in handed if name.startswith("CHIDAO_")]


def test_the_page_of_settings_is_what_the_table_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "VARIABLES", VARIABLES)
    assert PAGE.read_text(encoding="utf-8") == "\n".join(environment.documentation()) + "\n", "run python -m engine.kernel.configuration"


def test_every_meaning_is_a_sentence() -> None:
    assert [each.name for each in VARIABLES.values() if not each.meaning.endswith(".") or not each.meaning[0].isupper()] == []
