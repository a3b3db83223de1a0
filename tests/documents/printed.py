"""Two letters as offices write them, one of each form, and what a reader finds in the files."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import docx
import pypdfium2

from engine.documents.letters.model import Chapter, CopyTo, Figures, Paragraph, PrintedDocument, Section, Signature

MOMENT = datetime(2024, 2, 5, 1, tzinfo=UTC)
MM = 72 / 25.4  # points
PARTY_LETTER = PrintedDocument(
    form="party",
    issuer="Ban Tuyên giáo Tỉnh ủy Sơn Bình",
    superior="Tỉnh ủy Sơn Bình",
    code="215-CV/BTGTU",
    place="Sơn Bình",
    day=date(2024, 2, 5),
    subject="phối hợp tuyên truyền Tuần lễ đọc sách",
    to=("Các sở, ban, ngành tỉnh;", "Các huyện ủy, thành ủy"),
    body=(
        Paragraph(text="Thực hiện Kế hoạch số 88-KH/TU, Ban Tuyên giáo đề nghị #emph[x] & <w:p/> {{ 7 * 7 }} thực hiện:"),
        Paragraph(first="1. ", text="Phổ biến đến từng chi bộ. " * 40),
        Figures(heads=("Chỉ tiêu", "Kỳ này"), rows=(("Số buổi", "1.250 cuộc"), ("Số lượt người", "97,5 %"))),
        Paragraph(text="Trân trọng."),
    ),
    signature=Signature(authority="K/T", behalf="Trưởng ban", title="Phó Trưởng ban", name="Trần Văn Thư"),
    copies=(CopyTo(body="Như trên"), CopyTo(body="Thường trực Tỉnh ủy", marker="b/c"), CopyTo(body="Lưu VT")),
)
STATE_LETTER = replace(PARTY_LETTER, form="state", issuer="Ủy ban nhân dân tỉnh Sơn Bình", superior="", code="5/UBND-VX", day=date(2024, 3, 5))
REPORT = replace(
    PARTY_LETTER,
    kind="báo cáo",
    code="-BC/BTGTU",
    to=("Tỉnh ủy Sơn Bình",),
    note="(tháng 02/2024)",
    body=(
        Chapter(text="I. KẾT QUẢ"),
        Section(text="1. Số liệu"),
        Paragraph(text="Đã làm.\nĐã báo cáo.", deep=1),
        Chapter(text="PHỤ LỤC 1. NGUỒN", annex=True),
        Paragraph(text="Xã Một: 3", deep=2),
    ),
)


def opened(content: bytes) -> Any:
    return docx.Document(io.BytesIO(content))


def paragraphs(document: Any) -> list[tuple[str, str]]:
    """(style, text) of every paragraph that says something, in reading order, also in tables."""
    found: list[tuple[str, str]] = []

    def look(place: Any) -> None:
        for block in place.iter_inner_content():
            if hasattr(block, "rows"):
                for row in block.rows:
                    for cell in row.cells:
                        look(cell)
            elif block.text.strip():
                found.append((block.style.name, block.text))

    look(document)
    return found


def pages(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    try:
        return [_text(page) for page in document]
    finally:
        document.close()


def _text(page: Any) -> str:
    layer = page.get_textpage()
    try:
        return " ".join(str(layer.get_text_range()).split())
    finally:
        layer.close()


def box_of(content: bytes, words: str, number: int = 0) -> tuple[float, float, float, float]:
    """(left, top, right, bottom) in millimetres from the upper left corner of a page, of where some words first stand."""
    document = pypdfium2.PdfDocument(content)
    try:
        page = document[number]
        layer = page.get_textpage()
        searcher = layer.search(words, match_case=True)
        found = searcher.get_next()
        assert found is not None, f"{words!r} is not on page {number + 1}"
        boxes = [layer.get_charbox(place) for place in range(found[0], found[0] + found[1])]
        height = page.get_height()
        searcher.close()
        layer.close()
        sides = min(box[0] for box in boxes), height - max(box[3] for box in boxes), max(box[2] for box in boxes), height - min(box[1] for box in boxes)
        left, top, right, bottom = (side / MM for side in sides)
        return left, top, right, bottom
    finally:
        document.close()
