"""Letters and reports as offices write them: the Word file and the PDF hold the same lines, in the sizes and places of their form (DOMAIN.md 3.1, 3.2)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from docx.shared import Mm, Pt

from engine.documents.letters import pdf
from engine.documents.letters.forms import FORMS, MARGINS, day_line, day_short, form_named, mark_of, number_line
from engine.documents.letters.layout import sheet_of, short_name, signature_lines
from engine.documents.letters.make_templates import write_templates
from engine.documents.letters.model import Chapter, Figures, Paragraph, PrintedDocument, Signature
from engine.documents.letters.pdf import letter_pdf, register_pdf
from engine.documents.letters.word import letter_word
from engine.kernel.errors import InvalidInput
from tests.documents.printed import MOMENT, PARTY_LETTER, REPORT, STATE_LETTER, box_of, opened, pages, paragraphs

EVERY_LETTER = "aàáãảạăằắẵẳặâầấẫẩậeèéẽẻẹêềếễểệiìíĩỉịoòóõỏọôồốỗổộơờớỡởợuùúũủụưừứữửựyỳýỹỷỵđ"
NOWHERE = Path("/nonexistent")


def word(document: Any) -> Any:
    return opened(letter_word(document, NOWHERE))


# ---------------------------------------------------------------------------------------------------------------- words


@pytest.mark.parametrize(("day", "line"), [
    (date(2024, 2, 5), "Sơn Bình, ngày 05 tháng 02 năm 2024"),
    (date(2024, 3, 15), "Sơn Bình, ngày 15 tháng 3 năm 2024"),
    (date(2024, 12, 31), "Sơn Bình, ngày 31 tháng 12 năm 2024"),
])  # fmt: skip
def test_days_below_ten_and_the_first_two_months_have_a_zero(day: date, line: str) -> None:
    assert day_line("Sơn Bình", day) == line


def test_what_is_not_known_yet_is_left_open() -> None:
    assert day_line("", None) == "………, ngày …… tháng …… năm ………"
    assert number_line(FORMS["party"], "-CV/TU") == "Số ………-CV/TU"
    assert number_line(FORMS["state"], "/BC-UBND") == "Số: ………/BC-UBND"


@pytest.mark.parametrize(("form", "code", "line"), [
    ("party", "370-CV/BTGTU", "Số 370-CV/BTGTU"),
    ("party", "05-CV/TU", "Số 05-CV/TU"),
    ("state", "5/UBND-VX", "Số: 05/UBND-VX"),
    ("state", "12/UBND-VX", "Số: 12/UBND-VX"),
])  # fmt: skip
def test_numbers_below_ten_have_a_zero(form: str, code: str, line: str) -> None:
    assert number_line(FORMS[form], code) == line


@pytest.mark.parametrize(("form", "authority", "lines"), [
    ("party", "K/T", ["K/T TRƯỞNG BAN", "PHÓ TRƯỞNG BAN"]),
    ("state", "K/T", ["KT. TRƯỞNG BAN", "PHÓ TRƯỞNG BAN"]),
    ("party", "TM.", ["T/M TRƯỞNG BAN", "PHÓ TRƯỞNG BAN"]),
    ("state", "T/L", ["TL. TRƯỞNG BAN", "PHÓ TRƯỞNG BAN"]),
    ("party", "T/UQ", ["TUQ. TRƯỞNG BAN", "PHÓ TRƯỞNG BAN"]),
    ("state", "Q.", ["Q. PHÓ TRƯỞNG BAN"]),
    ("party", "", ["PHÓ TRƯỞNG BAN"]),
])  # fmt: skip
def test_the_mark_of_authority_is_written_as_the_form_writes_it(form: str, authority: str, lines: list[str]) -> None:
    signature = Signature(authority=authority, behalf="Trưởng ban", title="Phó Trưởng ban", name="X")
    assert signature_lines(FORMS[form], signature) == lines


def test_a_mark_that_nobody_knows_is_none() -> None:
    assert mark_of(FORMS["party"], "?") == ""


def test_a_department_stands_under_its_committee_by_its_short_name() -> None:
    assert short_name("Ban Tuyên giáo Tỉnh ủy Sơn Bình", "Tỉnh ủy Sơn Bình") == "Ban Tuyên giáo"
    assert short_name("Sở Nội vụ", "Ủy ban nhân dân tỉnh Sơn Bình") == "Sở Nội vụ"


def test_the_state_ends_entries_with_a_semicolon_and_the_party_with_a_comma() -> None:
    assert sheet_of(PARTY_LETTER)["copies"] == ["- Như trên,", "- Thường trực Tỉnh ủy (b/c),", "- Lưu VT."]
    assert sheet_of(STATE_LETTER)["copies"] == ["- Như trên;", "- Thường trực Tỉnh ủy (b/c);", "- Lưu: VT."]
    assert sheet_of(PARTY_LETTER)["to_list"] == ["- Các sở, ban, ngành tỉnh,", "- Các huyện ủy, thành ủy."]


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(InvalidInput, match="party or state"):
        form_named("church")


def test_days_in_running_text() -> None:
    assert [day_short(date(2024, month, 3)) for month in (1, 3, 11)] == ["03/01/2024", "03/3/2024", "03/11/2024"]


# ----------------------------------------------------------------------------------------------------------------- Word


def test_a_party_letter_in_word() -> None:
    found = paragraphs(word(PARTY_LETTER))
    assert found[:8] == [
        ("Superior", "TỈNH ỦY SƠN BÌNH"),
        ("Issuer", "BAN TUYÊN GIÁO"),
        ("Issuer", "*"),
        ("Code", "Số 215-CV/BTGTU"),
        ("About", "V/v phối hợp tuyên truyền Tuần lễ đọc sách"),
        ("Motto", "ĐẢNG CỘNG SẢN VIỆT NAM"),
        ("Place and day", "Sơn Bình, ngày 05 tháng 02 năm 2024"),
        ("To", "Kính gửi:"),
    ]
    assert ("Table figure", "1.250 cuộc") in found
    assert ("Table text", "Số buổi") in found
    assert found[-7:] == [
        ("Copies head", "Nơi nhận:"),
        ("Copies", "- Như trên,"),
        ("Copies", "- Thường trực Tỉnh ủy (b/c),"),
        ("Copies", "- Lưu VT."),
        ("Authority", "K/T TRƯỞNG BAN"),
        ("Authority", "PHÓ TRƯỞNG BAN"),
        ("Signer", "Trần Văn Thư"),
    ]


def test_a_state_letter_in_word() -> None:
    found = [text for _style, text in paragraphs(word(STATE_LETTER))]
    assert found[:6] == [
        "ỦY BAN NHÂN DÂN TỈNH SƠN BÌNH",
        "Số: 05/UBND-VX",
        "V/v phối hợp tuyên truyền Tuần lễ đọc sách",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Sơn Bình, ngày 05 tháng 3 năm 2024",
    ]


@pytest.mark.parametrize(("form", "sizes"), [
    ("party", {"Motto": 15, "Superior": 14, "Issuer": 14, "Code": 14, "Place and day": 14, "About": 12, "Kind": 16, "Body": 14,
               "Authority": 14, "Signer": 14, "To": 14, "Copies head": 14, "Copies": 12}),
    ("state", {"Motto": 12, "Motto 2": 13, "Issuer": 12, "Code": 13, "Place and day": 13, "About": 12, "Body": 14, "Copies head": 12, "Copies": 11}),
])  # fmt: skip
def test_sizes_and_typeface_are_those_of_the_form(form: str, sizes: dict[str, int]) -> None:
    styles = word(PARTY_LETTER if form == "party" else STATE_LETTER).styles
    assert {name: styles[name].font.size for name in sizes} == {name: Pt(size) for name, size in sizes.items()}
    assert {styles[name].font.name for name in sizes} == {"Times New Roman"}


def test_bold_italic_and_underlined_are_those_of_the_form() -> None:
    def look(document: Any, name: str) -> tuple[bool, bool, bool]:
        font = document.styles[name].font
        return bool(font.bold), bool(font.italic), bool(font.underline)

    party, state = word(PARTY_LETTER), word(STATE_LETTER)
    assert [look(each, "About") for each in (party, state)] == [(False, True, False), (False, False, False)]
    assert [look(each, "Copies head") for each in (party, state)] == [(False, False, True), (True, True, False)]
    for name in ("Motto", "Issuer", "Authority", "Signer"):
        assert look(party, name) == look(state, name) == (True, False, False)


def test_the_page_is_a4_with_the_margins_of_the_form_and_its_number_from_the_second_page_on() -> None:
    for letter, mirrored in ((PARTY_LETTER, True), (STATE_LETTER, False)):
        document = word(letter)
        section = document.sections[0]
        assert [round(side / Mm(1)) for side in (section.page_width, section.page_height)] == [210, 297]
        margins = {"top": section.top_margin, "bottom": section.bottom_margin, "left": section.left_margin, "right": section.right_margin}
        assert {name: round(side / Mm(1)) for name, side in margins.items()} == MARGINS
        assert section.different_first_page_header_footer
        assert "PAGE" in section.header.paragraphs[0]._p.xml
        assert ("mirrorMargins" in document.settings.element.xml) is mirrored


def test_what_people_write_is_never_markup() -> None:
    told = "Thực hiện Kế hoạch số 88-KH/TU, Ban Tuyên giáo đề nghị #emph[x] & <w:p/> {{ 7 * 7 }} thực hiện:"
    assert ("Body", told) in paragraphs(word(PARTY_LETTER))
    assert "".join(told.split()) in "".join(pages(letter_pdf(PARTY_LETTER, MOMENT))[0].split())


def test_a_report_is_signed_before_its_annexes() -> None:
    found = paragraphs(word(REPORT))
    texts = [text for _style, text in found]
    assert ("Kind", "BÁO CÁO") in found
    assert ("To", "Kính gửi: Tỉnh ủy Sơn Bình") in found
    assert ("Body 1", "Đã báo cáo.") in found
    assert texts.index("Trần Văn Thư") < texts.index("PHỤ LỤC 1. NGUỒN") < texts.index("Xã Một: 3")
    first, second = pages(letter_pdf(REPORT, MOMENT))
    assert "Trần Văn Thư" in first
    assert second == "2 PHỤ LỤC 1. NGUỒN Xã Một: 3"


def test_a_draft_is_marked() -> None:
    draft = replace(PARTY_LETTER, mark="Dự thảo", code="-CV/BTGTU", day=None)
    assert ("Mark", "DỰ THẢO") in paragraphs(word(draft))
    assert "DỰ THẢO" in pages(letter_pdf(draft, MOMENT))[0]


def test_an_office_prints_by_the_template_that_it_has_edited(tmp_path: Path) -> None:
    assert [path.name for path in write_templates(tmp_path)] == ["party.docx", "state.docx"]
    own = opened((tmp_path / "party.docx").read_bytes())
    own.add_paragraph("Mẫu của cơ quan, {{ name }}")
    own.save(str(tmp_path / "party.docx"))
    assert paragraphs(opened(letter_word(PARTY_LETTER, tmp_path)))[-1][1] == "Mẫu của cơ quan, Trần Văn Thư"


@pytest.mark.parametrize("spoilt", ["{% for %}", "{{ name.__class__.__mro__ }}", "{{ nobody.knows }}"])
def test_a_template_that_cannot_be_filled_is_named(tmp_path: Path, spoilt: str) -> None:
    write_templates(tmp_path)
    own = opened((tmp_path / "state.docx").read_bytes())
    own.add_paragraph(spoilt)
    own.save(str(tmp_path / "state.docx"))
    with pytest.raises(InvalidInput, match=r"in state\.docx"):
        letter_word(STATE_LETTER, tmp_path)


def test_what_is_no_word_file_is_named_too(tmp_path: Path) -> None:
    (tmp_path / "party.docx").write_bytes(b"PK nothing")
    with pytest.raises(InvalidInput, match=r"party\.docx"):
        letter_word(PARTY_LETTER, tmp_path)


# ------------------------------------------------------------------------------------------------------------------ PDF


@pytest.mark.parametrize("document", [PARTY_LETTER, STATE_LETTER, REPORT], ids=["party", "state", "report"])
def test_the_pdf_holds_what_the_word_file_holds(document: Any) -> None:
    printed = "".join(" ".join(pages(letter_pdf(document, MOMENT))).split())
    for _style, text in paragraphs(word(document)):
        assert "".join(text.split()) in printed


def test_the_pdf_keeps_to_the_margins_and_numbers_the_second_page_in_the_middle() -> None:
    long = replace(PARTY_LETTER, body=tuple(Paragraph(text="Phổ biến đến từng chi bộ. " * 30, first=f"{number}. ") for number in range(1, 9)))
    content = letter_pdf(long, MOMENT)
    first, second = pages(content)[:2]
    assert second.startswith("2 ")
    assert not first.startswith("1 ")
    left, top, right, _bottom = box_of(content, "2", 1)
    assert (left + right) / 2 == pytest.approx((15 + 180) / 2, abs=0.5)  # the back: 30 mm are on the right
    assert top < MARGINS["top"]
    assert box_of(content, "TỈNH ỦY")[1] == pytest.approx(20, abs=2)
    assert box_of(content, "Phổ biến")[0] > 30
    left_of_title, right_of_title = box_of(content, "TỈNH ỦY SƠN BÌNH")[0], box_of(content, "ĐẢNG CỘNG SẢN VIỆT NAM")[2]
    assert left_of_title >= 30
    assert right_of_title <= 210 - 15


def test_the_copies_stand_on_the_left_and_the_signature_on_the_right() -> None:
    content = letter_pdf(STATE_LETTER, MOMENT)
    last = len(pages(content)) - 1
    assert box_of(content, "Nơi nhận", last)[0] == pytest.approx(30, abs=1)
    assert box_of(content, "KT. TRƯỞNG BAN", last)[0] > 105


def test_nobody_signs_an_empty_page() -> None:
    for lines in range(20, 30):
        body = tuple(Paragraph(text=f"Nội dung thứ {number}.") for number in range(lines))
        last = pages(letter_pdf(replace(PARTY_LETTER, body=body), MOMENT))[-1]
        assert f"Nội dung thứ {lines - 1}." in last
        assert "Trần Văn Thư" in last


def test_the_pdf_is_tagged_and_for_archives_and_the_same_each_time() -> None:
    content = letter_pdf(PARTY_LETTER, MOMENT)
    assert content == letter_pdf(PARTY_LETTER, MOMENT)
    document = pypdfium2.PdfDocument(content)
    try:
        assert document.is_tagged()
        told = document.get_metadata_dict()
    finally:
        document.close()
    assert (told["Title"], told["Author"]) == ("Công văn số 215-CV/BTGTU phối hợp tuyên truyền Tuần lễ đọc sách", "Ban Tuyên giáo Tỉnh ủy Sơn Bình")
    assert b"<pdfaid:part>2</pdfaid:part>" in content
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in content
    assert b"/Lang" in content


def test_a_letter_that_no_typeface_has_is_printed_as_a_box_rather_than_not_at_all() -> None:
    content = letter_pdf(replace(PARTY_LETTER, subject="hội nghị \U0001fae8"), MOMENT)
    assert "hội nghị" in pages(content)[0]


@pytest.mark.parametrize("form", ["party", "state"])
def test_a_machine_without_typefaces_has_every_vietnamese_letter(form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import typst

    monkeypatch.setattr(pdf, "_fonts", lambda: typst.Fonts(include_system_fonts=False))
    monkeypatch.setattr(pdf, "_typefaces", pdf._typefaces.__wrapped__)
    whole = f"{EVERY_LETTER} {EVERY_LETTER.upper()}"
    letter = replace(PARTY_LETTER, form=form, kind="kế hoạch", subject=whole, note=whole, issuer=whole, body=(Paragraph(text=whole),))
    content = letter_pdf(letter, MOMENT)
    assert b"<pdfaid:part>2</pdfaid:part>" in content  # the standard does not allow a letter without a shape
    printed = " ".join(pages(content))
    assert [each for each in EVERY_LETTER + EVERY_LETTER.upper() if each not in printed] == []
    assert "Nơi nhận:" in printed


def test_a_register_lies_on_a4_with_its_columns_numbered() -> None:
    content = register_pdf(
        title="SỔ ĐĂNG KÝ VĂN BẢN ĐẾN", issuer="Ban Tuyên giáo", note="Từ ngày 01/02/2024", heads=("Ngày đến", "Số đến"), rows=[["05/02/2024", "1"]], printed_at=MOMENT
    )
    document = pypdfium2.PdfDocument(content)
    width, height = document[0].get_size()
    document.close()
    assert (round(width / 72 * 25.4), round(height / 72 * 25.4)) == (297, 210)
    assert pages(content) == ["BAN TUYÊN GIÁO SỔ ĐĂNG KÝ VĂN BẢN ĐẾN Từ ngày 01/02/2024 Ngày đến Số đến (1) (2) 05/02/2024 1 1/1"]


def test_an_empty_register_says_so() -> None:
    content = register_pdf(title="SỔ", issuer="X", note="", heads=("A",), rows=[], printed_at=MOMENT)
    assert "Chưa có văn bản nào" in pages(content)[0]


# -------------------------------------------------------------------------------------------------------------- broad annexes

BROAD = Figures(heads=("Đơn vị", *(f"Chỉ tiêu {number}" for number in range(8))), rows=tuple((f"Phường {unit}", *("12",) * 8) for unit in range(3)))


@pytest.mark.parametrize("form", sorted(FORMS))
def test_annexes_with_broad_tables_lie_and_the_others_stand(form: str) -> None:
    body = (Paragraph(text="Báo cáo."), Chapter(text="PHỤ LỤC 1", annex=True), BROAD, Chapter(text="PHỤ LỤC 2", annex=True), Paragraph(text="Không có."))
    document = PrintedDocument(form=form, issuer="Ban Tuyên giáo", kind="báo cáo", body=body)
    printed = word(document)
    assert [section.orientation for section in printed.sections] == [0, 1, 0]
    assert [section.different_first_page_header_footer for section in printed.sections] == [True, False, False]
    broad = next(table for table in printed.tables if table.style is not None and table.style.name == "Table Grid")
    assert sum(column.width for column in broad.columns) == pytest.approx(252 * 36000, rel=0.01)  # EMU: a lying page between its margins
    sizes = [page.get_size() for page in pypdfium2.PdfDocument(letter_pdf(document, MOMENT))]
    assert [width > height for width, height in sizes] == [False, True, False]
