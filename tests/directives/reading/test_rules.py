"""Single rules of the reader, and files that hold no directive."""

from __future__ import annotations

import textwrap
from contextlib import suppress
from datetime import date
from pathlib import Path

import pytest

from engine.directives.reading import read_document
from engine.directives.reading.deadlines import deadlines
from engine.directives.reading.names import place_name
from engine.directives.reading.parties import addressed, split_parties
from engine.kernel.errors import InvalidInput
from tests.directives.reading.compare import facts
from tests.documents.test_text import make_pdf

ISSUED = date(2025, 3, 10)
SAMPLES = Path(__file__).resolve().parents[3] / "processes/samples/documents"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("gửi về Sở trước ngày 30/4/2025", [("2025-04-30", "before", "2025-04-29")]),
        ("xong trước 30/4/2025", [("2025-04-30", "before", "2025-04-29")]),
        ("chậm nhất ngày 30 tháng 4 năm 2025", [("2025-04-30", "by", "2025-04-30")]),
        ("chậm nhất là ngày 30-4-2025", [("2025-04-30", "by", "2025-04-30")]),
        ("trước 17 giờ 00, ngày 30/4/2025", [("2025-04-30", "by", "2025-04-30")]),
        ("hoàn thành trong tháng 4/2025", [("2025-04-30", "within", "2025-04-30")]),
        ("trong tháng 2", [("2026-02-28", "within", "2026-02-28")]),
        ("trong quý III năm 2025", [("2025-09-30", "within", "2025-09-30")]),
        ("vào ngày 21/4/2025", [("2025-04-21", "on", "2025-04-21")]),
        ("trước thứ Sáu, ngày 14/3/2025", [("2025-03-14", "before", "2025-03-13")]),
        ("trước ngày 05/01", [("2026-01-05", "before", "2026-01-04")]),
        ("trước ngày 3O/O4/2025", [("2025-04-30", "before", "2025-04-29")]),
    ],
)
def test_the_word_before_a_date_makes_a_deadline(text: str, expected: list[tuple[str, str, str]]) -> None:
    found = deadlines(text, ISSUED)
    assert [(one.day.isoformat(), one.operator.value, one.last_day_strict.isoformat()) for one in found] == expected


@pytest.mark.parametrize(
    "text",
    [
        "kỷ niệm 20 năm (30/11/2025 - 30/11/2026)",
        "nhiệm kỳ 2025 - 2030",
        "đã ban hành trước ngày 01/01/2024",
        "từ ngày 15/4/2025 đến hết ngày 21/4/2025",
        "diễn ra vào ngày 21/4/2025",
        "trước ngày 20 hằng tháng",
        "trước ngày 25/11 hằng năm",
        "trước ngày 31/02/2026",
        "trong tháng 13/2025",
        "trong năm 2025",
    ],
)
def test_other_dates_are_no_deadlines(text: str) -> None:
    assert deadlines(text, ISSUED) == []


@pytest.mark.parametrize(
    ("text", "parties"),
    [
        ("Sở Văn hóa, Thể thao và Du lịch", ["Sở Văn hóa, Thể thao và Du lịch"]),
        ("Các chi bộ, đảng bộ cơ sở", ["Các chi bộ, đảng bộ cơ sở"]),
        ("các cơ quan, đơn vị, các chi bộ", ["các cơ quan, đơn vị", "các chi bộ"]),
        ("Thư viện tỉnh; Báo Sơn Bình, Sở Giáo dục và Đào tạo", ["Thư viện tỉnh", "Báo Sơn Bình", "Sở Giáo dục và Đào tạo"]),
        ("Ban Tuyên giáo và Dân vận và Văn phòng Tỉnh ủy", ["Ban Tuyên giáo và Dân vận", "Văn phòng Tỉnh ủy"]),
    ],
)
def test_a_list_of_bodies_is_cut_only_between_bodies(text: str, parties: list[str]) -> None:
    assert list(split_parties(text)) == parties


@pytest.mark.parametrize(
    ("text", "party"),
    [
        ("Sở Thông tin và Truyền thông tăng cường quản lý", "Sở Thông tin và Truyền thông"),
        ("Đề nghị các cơ quan báo chí tích cực đưa tin", "các cơ quan báo chí"),
        ("Các chi bộ: Tổ chức sinh hoạt", "Các chi bộ"),
        ("Giao Văn phòng Huyện ủy theo dõi", "Văn phòng Huyện ủy"),
        ("Mỗi chi bộ chọn một cuốn sách", "Mỗi chi bộ"),
    ],
)
def test_an_order_begins_with_whom_it_addresses(text: str, party: str) -> None:
    found = addressed(text)
    assert found is not None
    assert found.parties == (party,)


@pytest.mark.parametrize("text", ["Tổ chức ngày hội sách", "Ban hành kế hoạch", "Báo cáo kết quả", "Các mô hình hay", "Trang trí điểm đọc", "Xã hội hóa"])
def test_an_order_may_address_nobody(text: str) -> None:
    assert addressed(text) is None


@pytest.mark.parametrize(
    ("printed", "place"), [("Hung Yên", "Hưng Yên"), ("TP. Hai Phong", "TP. Hải Phòng"), ("Phú Lâm", "Phú Lâm"), ("Hà Nội", "Hà Nội")]
)
def test_a_province_is_read_through_lost_marks(printed: str, place: str) -> None:
    assert place_name(printed) == place


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.txt")), ids=lambda path: path.stem)
def test_a_pdf_without_empty_lines_reads_the_same(path: Path) -> None:
    printed = [part for line in path.read_text(encoding="utf-8").replace("*", "").split("\n") for part in textwrap.wrap(line.strip(), 95)]
    found = read_document("letter.pdf", make_pdf(printed))
    expected = read_document(path.name, path.read_bytes())
    assert [facts(reading.to_json()) for reading in found] == [facts(reading.to_json()) for reading in expected]


@pytest.mark.parametrize("text", ["Danh sách mua sắm: sách, bút, giấy.", "Kính gửi: Bạn,\n\nChào bạn.", "<html><body>Số 12-CV/TU</body></html>"])
def test_a_file_that_is_no_directive_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"Expected a directive .*note\.txt"):
        read_document("note.txt", text.encode())


def test_a_paragraph_of_endless_length_is_refused() -> None:
    text = (SAMPLES / "42-cv-btgtu.txt").read_text(encoding="utf-8").replace("Để Tuần lễ", "Để " + "sách, " * 5000, 1)
    with pytest.raises(InvalidInput, match="paragraphs of at most"):
        read_document("42.txt", text.encode())


def test_lines_of_a_document_in_any_order_are_read_or_refused() -> None:
    lines = (SAMPLES / "215-cv-btgtu.txt").read_text(encoding="utf-8").split("\n")
    for start in range(0, len(lines), 3):
        with suppress(InvalidInput):
            assert read_document("moved.txt", "\n".join(lines[start:] + lines[:start]).encode())
