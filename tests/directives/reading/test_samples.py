"""The invented letters that the product ships."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.directives.reading import read_document

SAMPLES = Path(__file__).resolve().parents[3] / "processes/samples/documents"


def read(name: str) -> dict[str, Any]:
    (reading,) = read_document(name, (SAMPLES / name).read_bytes())
    return reading.to_json()


@pytest.fixture(scope="module")
def province() -> dict[str, Any]:
    return read("215-cv-btgtu.txt")


@pytest.fixture(scope="module")
def city() -> dict[str, Any]:
    return read("42-cv-btgtu.txt")


def test_the_province_letter_has_three_groups_of_recipients(province: dict[str, Any]) -> None:
    assert province["recipients"] == [
        "Các sở, ban, ngành, đoàn thể tỉnh",
        "Các huyện ủy, thành ủy, đảng ủy trực thuộc tỉnh",
        "Các cơ quan báo chí Trung ương thường trú tại tỉnh",
    ]


def test_issuer_and_level_come_from_the_letterhead(province: dict[str, Any], city: dict[str, Any]) -> None:
    assert (province["issuer"]["name"], province["level"]) == ("Ban Tuyên giáo Tỉnh ủy Sơn Bình", "province")
    assert (city["issuer"]["name"], city["level"]) == ("Ban Tuyên giáo Thành ủy Bình Hà", "district")


def test_the_city_letter_implements_the_province_letter(city: dict[str, Any], province: dict[str, Any]) -> None:
    (cited,) = city["cited_documents"]
    assert (cited["code"], cited["date"], cited["relation"]) == (province["code"], province["date"], "implements")


def test_both_report_monthly_inside_a_regular_report(province: dict[str, Any], city: dict[str, Any]) -> None:
    found = [(one["reporting"]["duty"], one["reporting"]["embedded_in"], one["reporting"]["to"]) for one in (province, city)]
    assert found == [
        ("monthly", "báo cáo công tác tuyên giáo", "Ban Tuyên giáo Tỉnh ủy"),
        ("monthly", "báo cáo thực hiện nhiệm vụ chính trị", "Ban Tuyên giáo Thành ủy"),
    ]


def test_items_keep_their_printed_numbers(province: dict[str, Any], city: dict[str, Any]) -> None:
    assert [item["id"] for item in province["items"]] == ["1", "2", "3", "4", "5", "6"]
    assert [item["id"] for item in city["items"]] == ["1", "2.a", "2.b", "2.c", "2.d", "3"]


def test_every_key_says_how_sure_it_is_and_where_it_stands(city: dict[str, Any]) -> None:
    assert city["confidence"].keys() == city["evidence"].keys()
    assert all(0 <= value <= 100 for value in city["confidence"].values())
    assert city["evidence"]["recipients"] == [[15, 20]]
    assert city["evidence"]["date"] == [[8, 8]]
