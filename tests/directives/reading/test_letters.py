"""Invented documents of the other kinds: state letters, plans, guidelines, weekly and quarterly duties, two orders in one letter."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import pytest

from engine.directives.reading import read_document

LETTERS = Path(__file__).parent / "letters"


@cache
def read(name: str) -> dict[str, Any]:
    path = LETTERS / f"{name}.txt"
    (reading,) = read_document(path.name, path.read_bytes())
    return reading.to_json()


def dates(name: str) -> dict[str, list[tuple[str, str]]]:
    return {
        item["id"]: [(action["deadline"]["date"], action["deadline"]["operator"]) for action in item["actions"] if action["deadline"]]
        for item in read(name)["items"]
    }


@pytest.mark.parametrize(
    ("name", "issuer", "superior", "level", "code", "doc_type"),
    [
        ("state_letter", "Sở Văn hóa, Thể thao và Du lịch tỉnh Sơn Bình", "Ủy ban nhân dân tỉnh Sơn Bình", "province", "12/SVHTTDL-QLVH", "công văn"),
        ("party_plan", "Tỉnh ủy Sơn Bình", None, "province", "88-KH/TU", "kế hoạch"),
        ("commune_guideline", "Ban Tuyên giáo Đảng ủy xã Đồng Ngàn", "Đảng ủy xã Đồng Ngàn", "commune", "07-HD/BTGĐU", "hướng dẫn"),
        ("district_two_orders", "Ủy ban nhân dân huyện Phú Lâm", None, "district", "156/UBND-VHTT", "công văn"),
        ("weekly", "Văn phòng Huyện ủy Phú Lâm", "Huyện ủy Phú Lâm", "district", "310-CV/VPHU", "công văn"),
        ("ministry", "Cục Thư viện", "Bộ Văn hóa, Thể thao và Du lịch", "central", "88/CTV-NV", "công văn"),
        ("bullets_only", "Ủy ban Kiểm tra Thành ủy Bình Hà", "Thành ủy Bình Hà", "district", "15-CV/UBKTTU", "công văn"),
        ("urge", "Ban Tuyên giáo Tỉnh ủy Sơn Bình", "Tỉnh ủy Sơn Bình", "province", "1002-CV/BTGTU", "công văn"),
        ("cell_report", "Chi bộ bản Suối Hoa", "Đảng ủy xã Đồng Ngàn", "cell", "03-BC/CB", "báo cáo"),
        (
            "front_plan", "Ban Thường trực Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh Sơn Bình",
            "Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh Sơn Bình", "province", "77/MTTQ-BTT", "kế hoạch",
        ),
    ],
)  # fmt: skip
def test_the_letterhead_names_issuer_level_and_code(
    name: str, issuer: str, superior: str | None, level: str, code: str, doc_type: str
) -> None:
    found = read(name)
    assert (found["issuer"]["name"], found["superior"]["name"]) == (issuer, superior)
    assert (found["level"], found["code"], found["doc_type"]) == (level, code, doc_type)


@pytest.mark.parametrize(
    ("name", "duty", "to", "due", "day"),
    [
        ("state_letter", "quarterly", "Sở Văn hóa, Thể thao và Du lịch", None, 20),
        ("party_plan", "final_by_date", "Ban Thường vụ Tỉnh ủy", "2025-05-15", None),
        ("commune_guideline", "weekly", "Ban Tuyên giáo Đảng ủy", None, None),
        ("district_two_orders", "final_by_date", "Phòng Văn hóa và Thông tin huyện", "2025-05-30", None),
        ("weekly", "weekly", "Văn phòng Huyện ủy", None, None),
        ("ministry", "final_by_date", "Cục Thư viện", "2025-05-30", None),
        ("bullets_only", "monthly", "Ủy ban Kiểm tra Thành ủy", None, 25),
        ("urge", "final_by_date", "Ban Tuyên giáo Tỉnh ủy", "2025-11-28", None),
        ("cell_report", "none", None, None, None),
        ("front_plan", "final_by_date", "Ban Thường trực Ủy ban MTTQ Việt Nam tỉnh", "2026-11-30", None),
    ],
)
def test_the_reporting_duty_is_read(name: str, duty: str, to: str | None, due: str | None, day: int | None) -> None:
    found = read(name)["reporting"]
    assert (found["duty"], found["to"], found["due"] and found["due"]["date"], found["due_day_of_month"]) == (duty, to, due, day)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("state_letter", {"1.a": [("2025-03-15", "by")], "1.b": [("2025-04-30", "within")], "2": [("2025-03-31", "before")], "3": []}),
        ("party_plan", {"1": [("2025-03-20", "before")], "2": [("2025-06-30", "within")], "3": [("2025-03-10", "by"), ("2025-05-15", "before")]}),
        ("commune_guideline", {"1": [], "2": [("2025-04-10", "before")], "3": []}),
        ("weekly", {"-": [("2025-08-31", "within")]}),
        ("ministry", {"1": [], "2": [("2025-04-21", "on")], "3": [("2025-05-30", "before")]}),
        ("bullets_only", {"-": [("2025-06-30", "within"), ("2025-07-10", "by")]}),
        ("urge", {"1": [("2025-11-28", "by")], "2": [("2026-01-05", "before")], "3": [], "4": []}),
        ("front_plan", {"1.a": [("2026-09-30", "within")], "1.b": [("2026-11-30", "by")], "2": []}),
    ],
)
def test_items_keep_their_numbers_and_their_own_deadlines(name: str, expected: dict[str, list[tuple[str, str]]]) -> None:
    assert dates(name) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("state_letter", [("45/KH-UBND", "2025-02-20", "based_on"), ("31/UBND-VX", "2025-02-21", "implements")]),
        ("party_plan", [("05-NQ/TU", "2024-10-01", "implements")]),
        ("district_two_orders", [("140/UBND-VHTT", "2025-05-02", "follows_up")]),
        ("weekly", [("77-TB/HU", "2025-05-30", "implements")]),
        ("ministry", [("329/QĐ-TTg", "2017-03-15", "implements")]),
        ("bullets_only", [("22-QĐ/TW", "2021-07-28", "based_on"), ("10-CTr/UBKTTU", "2025-01-05", "implements")]),
        ("urge", [("215-CV/BTGTU", "2025-03-03", "follows_up")]),
    ],
)
def test_citations_carry_their_relation(name: str, expected: list[tuple[str, str, str]]) -> None:
    assert [(cited["code"], cited["date"], cited["relation"]) for cited in read(name)["cited_documents"]] == expected


def test_a_letter_may_order_two_bodies() -> None:
    items = read("district_two_orders")["items"]
    assert [item["addressees"] for item in items] == [["Ủy ban nhân dân các xã, thị trấn"], ["Phòng Văn hóa và Thông tin huyện"]]


def test_items_without_addressee_take_the_one_of_the_mandate() -> None:
    assert {party for item in read("ministry")["items"] for party in item["addressees"]} == {"Sở Văn hóa, Thể thao và Du lịch các tỉnh, thành phố"}


def test_a_state_letter_may_be_answered_by_telephone_or_mail() -> None:
    contact = read("state_letter")["contact"]
    assert (contact["to"], contact["phone"], contact["email"]) == ("Phòng Quản lý văn hóa", "02993000042", "qlvh@sonbinh.example")


@pytest.mark.parametrize(
    ("name", "authority", "title", "person"),
    [
        ("state_letter", "KT.", "PHÓ GIÁM ĐỐC", "Hoàng Thị Lan"),
        ("district_two_orders", "TM.", "CHỦ TỊCH", "Lò Văn Bình"),
        ("commune_guideline", None, "TRƯỞNG BAN", "NGUYỄN VĂN SÁCH"),
        ("urge", "Q.", "TRƯỞNG BAN", "Đào Thị Nga"),
        ("weekly", "T/L", "CHÁNH VĂN PHÒNG", "Vàng A Páo"),
        ("front_plan", "KT.", "PHÓ CHỦ TỊCH", "Lý Văn Hòa"),
    ],
)
def test_the_signer_is_read_with_the_authority(name: str, authority: str | None, title: str, person: str) -> None:
    signer = read(name)["signer"]
    assert (signer["authority"], signer["title"], signer["name"]) == (authority, title, person)


def test_a_plan_has_no_addresses_and_says_so() -> None:
    assert read("party_plan")["recipients"] == []
    assert read("party_plan")["confidence"]["recipients"] == 0


def test_what_is_told_is_no_order() -> None:
    assert read("cell_report")["items"] == []
