"""Reading process files from folders."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.definitions.check import check
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


def test_files_of_one_name_in_different_folders_are_told_apart(tmp_path: Path) -> None:
    for name in ("a", "b", "c/b"):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "p.bpmn").write_bytes(simple(name[0]))
    found = load_sources([tmp_path / "a" / "p.bpmn", tmp_path / "b" / "p.bpmn", tmp_path / "c" / "b" / "p.bpmn"])
    assert found.files == {"p.bpmn": simple("a"), "b/p.bpmn": simple("b"), "c/b/p.bpmn": simple("c")}
    assert set(load_sources([tmp_path, tmp_path / "a" / "p.bpmn"]).files) == {"a/p.bpmn", "b/p.bpmn", "c/b/p.bpmn"}


def test_diagrams_are_found_under_all_the_names_that_tools_give_them(tmp_path: Path) -> None:
    names = {"p.BPMN", "q.bpmn20.xml", "r.bpmn2", "s.bpmn.xml"}
    for name in (*names, "pom.xml", "logic.java"):
        (tmp_path / name).write_bytes(simple())
    assert set(load_sources([tmp_path]).diagrams) == names
    assert set(load_sources([tmp_path / "pom.xml"]).diagrams) == {"pom.xml"}


def test_a_folder_that_links_back_to_itself_is_read_once(tmp_path: Path) -> None:
    (tmp_path / "p.bpmn").write_bytes(simple())
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert set(load_sources([tmp_path]).files) == {"p.bpmn"}


def test_a_link_that_leads_nowhere_is_a_finding_and_stops_no_other_file(tmp_path: Path) -> None:
    (tmp_path / "p.bpmn").write_bytes(simple())
    (tmp_path / "gone.bpmn").symlink_to(tmp_path / "nowhere")
    found = load_sources([tmp_path])
    assert set(found.files) == {"p.bpmn"}
    assert [(each.file, each.rule) for each in check(found, operations=[]) if each.severity == "error"] == [("gone.bpmn", "xml"), ("p.bpmn", "unknown_form")]


def test_a_file_whose_name_is_no_utf8_is_read_under_a_name_that_can_be_written(tmp_path: Path) -> None:
    folders = [tmp_path / "cu", tmp_path / os.fsdecode(b"m\xe1")]
    for place in folders:
        place.mkdir()
        (place / os.fsdecode(b"b\xe1o c\xe1o.bpmn")).write_bytes(b"<a/>")
    found = load_sources(folders)
    assert sorted(found.files) == ["b\\xe1o c\\xe1o.bpmn", "m\\xe1/b\\xe1o c\\xe1o.bpmn"]
    assert all(name.encode() for name in found.files)
    assert check(found, operations=())
