"""A dispatch reads the same from a Word file with a letterhead table and a signature table, and from a PDF, as from its text."""

from __future__ import annotations

import re
import textwrap
from pathlib import Path

import docx
import pytest

from engine.directives.reading import read_document
from engine.documents.legacy_fonts import TCVN3
from tests.directives.reading.compare import facts
from tests.directives.reading.test_exact import EXACT
from tests.directives.reading.test_expected import DIRECTIVES, SAMPLES
from tests.documents.test_text import make_docx, make_pdf

_RIGHT = re.compile(r"ĐẢNG CỘNG SẢN|CỘNG HÒA|Độc lập|.{2,30}, ngày .* năm \d{4}$")
_HEAD_END = re.compile(r"[-* ]*Kính gửi|(?:KẾ HOẠCH|HƯỚNG DẪN|CHỈ THỊ|THÔNG BÁO|QUYẾT ĐỊNH|TỜ TRÌNH|CÔNG ĐIỆN)\b")
_OLD = {letter: code for code, letter in TCVN3.items()}
LETTERS = sorted(path for folder in (EXACT, SAMPLES, DIRECTIVES) for path in folder.glob("*.txt"))
#: Two documents, two columns already run together, or tables in the text: no letterhead for the simple writer below.
ODD = {"1469-cv-btgtu", "chairman_orders", "ward_opinions", "table_plan", "missing_header"}
PRINTED = [path for path in LETTERS if path.stem not in ODD and path.read_text(encoding="utf-8").count("Nơi nhận") == 1]


def word_file(text: str) -> bytes:
    lines = [line.replace("*", "").strip() for line in text.split("\n")]
    start = next(index for index, line in enumerate(lines) if _HEAD_END.match(line))
    end = next(index for index, line in enumerate(lines) if line.startswith("Nơi nhận"))
    signed = next(index for index in range(end + 1, len(lines)) if lines[index].isupper())
    document = docx.Document()
    head = document.add_table(rows=1, cols=2)
    head.cell(0, 0).text = "\n".join(line for line in lines[:start] if line and not _RIGHT.match(line))
    head.cell(0, 1).text = "\n".join(line for line in lines[:start] if _RIGHT.match(line))
    for line in lines[start:end]:
        document.add_paragraph(line)
    foot = document.add_table(rows=1, cols=2)
    foot.cell(0, 0).text = "\n".join(line for line in lines[end:signed] if line)
    foot.cell(0, 1).text = "\n".join(lines[signed:])
    return make_docx(document)


def pages(text: str) -> list[str]:
    return [part for line in text.replace("*", "").split("\n") for part in textwrap.wrap(line.strip(), 95)]


@pytest.mark.parametrize("path", PRINTED, ids=lambda path: path.stem)
def test_a_word_file_reads_the_same(path: Path) -> None:
    (found,) = read_document("letter.docx", word_file(path.read_text(encoding="utf-8")))
    (expected,) = read_document(path.name, path.read_bytes())
    assert facts(found.to_json()) == facts(expected.to_json())


@pytest.mark.parametrize("path", PRINTED, ids=lambda path: path.stem)
def test_a_pdf_file_without_empty_lines_reads_the_same(path: Path) -> None:
    (found,) = read_document("letter.pdf", make_pdf(pages(path.read_text(encoding="utf-8"))))
    (expected,) = read_document(path.name, path.read_bytes())
    assert facts(found.to_json()) == facts(expected.to_json())


@pytest.mark.parametrize("name", ["commune_2025", "district_board", "province_anniversary"])
def test_a_letter_typed_for_an_old_font_reads_the_same_and_is_marked(name: str) -> None:
    text = (EXACT / f"{name}.txt").read_text(encoding="utf-8")
    old = "".join(_OLD.get(letter, _OLD.get(letter.lower(), letter)) for letter in text)
    (found,) = read_document("letter.txt", old.encode())
    (expected,) = read_document("letter.txt", text.encode())
    assert facts(found.to_json()) == facts(expected.to_json())
    assert max(found.to_json()["confidence"].values()) < 100
