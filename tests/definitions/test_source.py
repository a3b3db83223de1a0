"""Reading process files from folders."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.definitions.source import form_key, load_sources, shipped_sources
from engine.kernel.errors import InvalidInput
from tests.definitions.drawings import SHAPE, form, simple


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "type" / "forms").mkdir(parents=True)
    (tmp_path / "type" / "p.bpmn").write_bytes(simple())
    (tmp_path / "type" / "forms" / "slip.schema.json").write_bytes(form())
    (tmp_path / "type" / "notes.txt").write_text("không phải quy trình", "utf-8")
    return tmp_path


def test_a_folder_is_read_with_all_it_holds(folder: Path) -> None:
    assert set(load_sources([folder]).files) == {"type/p.bpmn", "type/forms/slip.schema.json"}


def test_a_diagram_brings_the_forms_beside_it(folder: Path) -> None:
    assert set(load_sources([folder / "type" / "p.bpmn"]).files) == {"p.bpmn", "forms/slip.schema.json"}


@pytest.mark.parametrize("name", ["absent", "type/notes.txt", "type/forms"])
def test_a_path_without_a_diagram_is_refused_by_name(folder: Path, name: str) -> None:
    with pytest.raises(InvalidInput, match=name):
        load_sources([folder / name])


def test_a_diagram_brings_the_decision_tables_beside_it_and_a_table_may_be_read_alone(folder: Path) -> None:
    (folder / "type" / "decisions").mkdir()
    (folder / "type" / "decisions" / "shape.dmn").write_bytes(SHAPE)
    (folder / "type" / "loose.dmn").write_bytes(SHAPE)
    assert set(load_sources([folder / "type" / "p.bpmn"]).decisions) == {"decisions/shape.dmn"}
    assert set(load_sources([folder]).decisions) == {"type/decisions/shape.dmn"}
    assert set(load_sources([folder / "type" / "decisions" / "shape.dmn"]).files) == {"decisions/shape.dmn"}


def test_the_key_of_a_form_is_its_file_name() -> None:
    assert form_key("shared/forms/report_section.schema.json") == "report_section"


def test_the_product_ships_processes_and_their_forms() -> None:
    shipped = shipped_sources()
    assert "coordination_monthly/coordination_monthly.bpmn" in shipped.diagrams
    assert "shared/forms/report_section.schema.json" in shipped.forms
