"""Text out of document files, and one clear sentence for each file that gives none."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Callable

import docx
import pytest

from engine.documents import limits as module
from engine.documents.text import extract_text
from engine.kernel.errors import InvalidInput

LETTER = "Số 12-CV/BTGTU\nTỉnh ủy Sơn Bình"


def make_pdf(lines: list[str]) -> bytes:
    """A one-page PDF whose text layer holds Vietnamese: glyph numbers are code points, named by a ToUnicode table."""
    shown = " ".join(f"<{''.join(f'{ord(letter):04X}' for letter in line)}> Tj 0 -20 Td" for line in lines)
    stream = f"BT /F1 12 Tf 40 780 Td {shown} ET".encode() if lines else b""
    letters = sorted({ord(letter) for line in lines for letter in line})
    table = "".join(f"1 beginbfchar <{code:04X}> <{code:04X}> endbfchar\n" for code in letters)
    names = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapType 2 def\n"
        f"1 begincodespacerange <0000> <FFFF> endcodespacerange\n{table}endcmap end end"
    ).encode()
    system = b"<< /Registry (Adobe) /Ordering (Identity) /Supplement 0 >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type0 /BaseFont /F /Encoding /Identity-H /DescendantFonts [6 0 R] /ToUnicode 7 0 R >>",
        b"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /F /CIDSystemInfo %s /FontDescriptor 8 0 R /DW 600 >>" % system,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(names), names),
        b"<< /Type /FontDescriptor /FontName /F /Flags 4 /FontBBox [0 0 600 800] /ItalicAngle 0 /Ascent 800 /Descent 0 /CapHeight 700 /StemV 80 >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    index = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    return body + b"xref\n0 %d\n0000000000 65535 f \n%strailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF" % (size, index, size, len(body))


def make_docx(document: docx.document.Document) -> bytes:
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def test_plain_text_comes_in_nfc_with_its_line_numbers() -> None:
    content = b"\xef\xbb\xbf" + unicodedata.normalize("NFD", LETTER).replace("\n", "\r\n").encode()
    assert extract_text("letter.txt", content) == LETTER


def test_text_of_a_windows_editor_in_utf16_is_read() -> None:
    assert extract_text("LETTER.TXT", LETTER.encode("utf-16")) == LETTER


def test_a_word_letterhead_table_gives_its_left_column_first() -> None:
    document = docx.Document()
    table = document.add_table(rows=1, cols=2)
    table.cell(0, 0).text = "TỈNH ỦY SƠN BÌNH"
    table.cell(0, 1).text = "ĐẢNG CỘNG SẢN VIỆT NAM"
    document.add_paragraph("Kính gửi:")
    assert extract_text("letter.docx", make_docx(document)).split("\n\n") == ["TỈNH ỦY SƠN BÌNH", "ĐẢNG CỘNG SẢN VIỆT NAM", "Kính gửi:"]


def test_numbers_and_dashes_that_word_prints_itself_are_written_out() -> None:
    document = docx.Document()
    for style in ("List Number", "List Bullet", "List Number"):
        document.add_paragraph("một việc", style=style)
    assert extract_text("letter.docx", make_docx(document)).split("\n\n") == ["1. một việc", "- một việc", "2. một việc"]


def test_merged_cells_are_read_once() -> None:
    document = docx.Document()
    table = document.add_table(rows=1, cols=3)
    table.cell(0, 0).merge(table.cell(0, 2)).text = "KẾ HOẠCH"
    assert extract_text("letter.docx", make_docx(document)).count("KẾ HOẠCH") == 1


def test_the_text_layer_of_a_pdf_is_read() -> None:
    assert extract_text("letter.pdf", make_pdf(LETTER.split("\n"))).split() == LETTER.split()


def unpacked_bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * (6 * module.MAX_BYTES))
    return buffer.getvalue()


def entity_bomb() -> bytes:
    return changed_docx(lambda text: text.replace("?>", '?><!DOCTYPE d [<!ENTITY a SYSTEM "file:///etc/passwd">]>', 1).replace("letter", "&a;"))


def many_entries() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<a/>")
        for number in range(module.MAX_ENTRIES):
            archive.writestr(f"word/{number}.bin", "")
    return buffer.getvalue()


def changed_docx(change: Callable[[str], str]) -> bytes:
    """A Word document whose main part was changed by hand."""
    document = docx.Document()
    document.add_paragraph("letter")
    source, target = zipfile.ZipFile(io.BytesIO(make_docx(document))), io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for entry in source.infolist():
            part = source.read(entry)
            archive.writestr(entry, change(part.decode()) if entry.filename == "word/document.xml" else part)
    return target.getvalue()


def test_the_text_of_a_text_box_is_read_where_it_hangs() -> None:
    box = '<w:r><w:pict><v:shape xmlns:v="urn:schemas-microsoft-com:vml"><v:textbox><w:txbxContent><w:p><w:r><w:t>BOX</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict></w:r>'
    content = changed_docx(lambda text: text.replace("<w:r><w:t>letter", f"{box}<w:r><w:t>letter"))
    assert extract_text("letter.docx", content).split("\n\n") == ["BOX", "letter"]


def test_a_table_of_assignments_gives_one_line_for_each_row() -> None:
    document = docx.Document()
    table = document.add_table(rows=2, cols=3)
    for cell, text in zip(table._cells, ["TT", "Nội dung", "Thời hạn", "1", "Lập kế\nhoạch", "15/4"], strict=True):
        cell.text = text
    assert extract_text("letter.docx", make_docx(document)) == "| TT | Nội dung | Thời hạn |\n| 1 | Lập kế hoạch | 15/4 |"


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.txt", b"", "a.txt is empty"),
        ("a.txt", b" \n\t\n", "only white space"),
        ("a.txt", b"\x00\x01\x02", "a binary file"),
        ("a.txt", b"T\xd8nh \xf1y", "encoding UTF-8"),
        ("a.doc", b"\xd0\xcf\x11\xe0", "is a .doc file"),
        ("noname", b"text", "without an ending"),
        ("a.docx", b"not a zip", "save it as .docx"),
        ("a.docx", unpacked_bomb(), "MB unpacked"),
        ("a.pdf", b"%PDF-1.4 broken", "damaged or locked"),
        ("a.docx", entity_bomb(), "declares XML entities"),
        ("many.docx", many_entries(), "MB unpacked"),
        ("a.png", b"GIF89a", "scan the page again"),
        ("a.pdf", make_pdf([]), "only empty pages"),
        ("a.txt", b"x" * (module.MAX_CHARACTERS + 1), "characters"),
        ("a.txt", b"x" * (module.MAX_BYTES + 1), "at most 20 MB"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_without_readable_text_is_refused_in_one_sentence(name: str, content: bytes, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        extract_text(name, content)
    message = str(refused.value)
    assert message.startswith("Expected ")
    assert sentence in message
    assert name in message
    assert refused.value.details == {"file": name}


def test_a_word_file_with_damaged_parts_is_refused() -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", "<broken")
    with pytest.raises(InvalidInput, match="cannot be opened"):
        extract_text("a.docx", buffer.getvalue())
