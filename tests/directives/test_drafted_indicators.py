"""Who drafts a letter chooses sets of indicators and writes names; keys are made from the names."""

from __future__ import annotations

import pytest

from engine.directives.drafted_indicators import drafted_indicators
from engine.directory.indicator_sets import KeepIndicatorSet, SetRow, key_of
from engine.storage import Database
from tests.door.office import Office


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def keep(office: Office, name: str, *labels: str) -> str:
    rows = tuple(SetRow(label=each, unit="buổi", aggregation="sum") for each in labels)
    return str(office.do(KeepIndicatorSet(name=name, rows=rows, reason="Quyết định số 12-QĐ/TU"))["indicator_set"])


def test_the_indicators_of_the_chosen_sets_follow_those_that_were_written(office: Office) -> None:
    chosen = keep(office, "Tuyên truyền", "Số buổi tuyên truyền", "Số người dự")
    keep(office, "Khác", "Số pa nô")
    written = {"key": None, "label": "Số người dự", "unit": "lượt", "aggregation": "max", "required": False}
    with office.database.reading() as connection:
        found = drafted_indicators(connection, {"indicators": [written], "indicator_sets": [chosen]})
    assert [(each["key"], each["unit"], each["aggregation"]) for each in found] == [("so_nguoi_du", "lượt", "max"), ("so_buoi_tuyen_truyen", "buổi", "sum")]


def test_keys_are_made_from_names_and_a_ratio_names_its_parts(office: Office) -> None:
    named = [{"label": label, "unit": "x", "aggregation": "sum", "required": True} for label in ("Số hội nghị", "Số hội nghị", "63 tỉnh", "…")]
    ratio = {"label": "Tỷ lệ", "unit": "%", "aggregation": "ratio", "required": True, "numerator": "63 tỉnh", "denominator": "own"}
    own = {"key": "own", "label": "Tự đặt", "unit": "x", "aggregation": "sum", "required": True}
    with office.database.reading() as connection:
        found = drafted_indicators(connection, {"indicators": [*named, ratio, own]})
    assert [each["key"] for each in found] == ["so_hoi_nghi", "so_hoi_nghi_2", "so_63_tinh", "chi_tieu_4", "ty_le", "own"]
    assert (found[4]["numerator"], found[4]["denominator"]) == ("so_63_tinh", "own")


@pytest.mark.parametrize(("label", "key"), [("Số Đảng viên mới", "so_dang_vien_moi"), ("  %  ", ""), ("a" * 80, "a" * 60)])
def test_a_key_is_a_name_without_marks(label: str, key: str) -> None:
    assert key_of(label) == key
