"""Makes the Word templates of both forms: `python -m engine.documents.letters.make_templates FOLDER` writes them for an office to edit.

A template is an ordinary .docx with the marks of docxtpl in it. Nothing that is built is kept: without an office's own file the
template is made in memory, once in a process.
"""

from __future__ import annotations

import io
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.documents.letters.forms import A4, FORMS, MARGINS, PARTY, Form

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table

TYPEFACE = "Times New Roman"
COLUMNS = (72, 93)  # mm, of the letterhead; they fill the page between the margins
HALVES = (82.5, 82.5)
INDENT = 12.7  # mm, of a paragraph's first line (Decree 30/2020: 1 to 1.27 cm)
DEEPER = 8  # mm, what a step sets in
NUMBER_SIZE = 13  # points, of the page number


@cache
def template_of(name: str) -> bytes:
    """Return the template of a form as a .docx file."""
    import docx

    form = FORMS[name]
    document = docx.Document()
    _page(document, form)
    _styles(document, form)
    _head(document, form)
    _titles(document, form)
    _addressees(document)
    _blocks(document, "body")
    _foot(document)
    _blocks(document, "annexes")
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _page(document: Document, form: Form) -> None:
    from docx.oxml import OxmlElement
    from docx.shared import Mm

    section = document.sections[0]
    section.page_width, section.page_height = Mm(A4[0]), Mm(A4[1])
    section.top_margin, section.bottom_margin = Mm(MARGINS["top"]), Mm(MARGINS["bottom"])
    section.left_margin, section.right_margin = Mm(MARGINS["left"]), Mm(MARGINS["right"])
    section.header_distance = Mm(10)
    section.different_first_page_header_footer = True  # no number on page 1
    if form.mirrored:
        document.settings.element.insert(1, OxmlElement("w:mirrorMargins"))  # its place is behind w:zoom (ECMA-376, 17.15.1.78)
    number = section.header.paragraphs[0]
    number.style = document.styles["Header"]
    number.alignment = 1
    _field(number, "PAGE")


def _field(paragraph: Any, code: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    for kind in ("begin", None, "end"):
        run = paragraph.add_run()
        if kind is None:
            element = OxmlElement("w:instrText")
            element.set(qn("xml:space"), "preserve")
            element.text = code
        else:
            element = OxmlElement("w:fldChar")
            element.set(qn("w:fldCharType"), kind)
        run._r.append(element)  # noqa: SLF001 - python-docx has no fields


def _styles(document: Document, form: Form) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH as SIDE
    from docx.shared import Mm, Pt

    sizes, party = form.sizes, form.name == PARTY
    normal = document.styles["Normal"]
    _typeface(normal, sizes["body"])
    normal.paragraph_format.space_before = normal.paragraph_format.space_after = Pt(0)
    _typeface(document.styles["Header"], NUMBER_SIZE)
    centre, left, both, right = SIDE.CENTER, SIDE.LEFT, SIDE.JUSTIFY, SIDE.RIGHT
    wanted: tuple[tuple[str, float, Any, str], ...] = (
        ("Motto", sizes["motto"], centre, "b"),
        ("Motto 2", sizes["motto2"], centre, "b"),
        ("Superior", sizes["superior"], centre, ""),
        ("Issuer", sizes["issuer"], centre, "b"),
        ("Code", sizes["number"], centre, ""),
        ("Place and day", sizes["place"], centre, "i"),
        ("About", sizes["about"], centre, "i" if party else ""),
        ("Mark", sizes["mark"], centre, "b"),
        ("Kind", sizes["kind"], centre, "b"),
        ("Subject line", sizes["subject"], centre, "b"),
        ("Note line", sizes["note"], centre, "i"),
        ("To", sizes["to"], centre, ""),
        ("To list", sizes["to"], left, ""),
        ("Chapter", sizes["body"], left, "b"),
        ("Annex", sizes["body"], centre, "b"),
        ("Part", sizes["body"], left, "b"),
        ("Body", sizes["body"], both, ""),
        ("Body 1", sizes["body"], both, ""),
        ("Body 2", sizes["body"], both, ""),
        ("Body 3", sizes["body"], both, ""),
        ("Table head", sizes["table"], centre, "b"),
        ("Table text", sizes["table"], left, ""),
        ("Table figure", sizes["table"], right, ""),
        ("Authority", sizes["sign"], centre, "b"),
        ("Signer", sizes["name"], centre, "b"),
        ("Copies head", sizes["copies_head"], left, "u" if party else "bi"),
        ("Copies", sizes["copies"], left, ""),
        ("Recorded", sizes["small"], left, ""),
    )
    for name, size, side, look in wanted:
        style = document.styles.add_style(name, 1)
        style.base_style = normal
        _typeface(style, size)
        style.font.bold, style.font.italic, style.font.underline = "b" in look, "i" in look, "u" in look
        style.paragraph_format.alignment = side
    for name in ("Body", "Body 1", "Body 2", "Body 3", "Chapter", "Part"):
        spacing = document.styles[name].paragraph_format
        spacing.space_before = spacing.space_after = Pt(3)  # 6 points between two paragraphs
    document.styles["Body"].paragraph_format.first_line_indent = Mm(INDENT)
    document.styles["Part"].paragraph_format.left_indent = Mm(INDENT)
    for deep in (1, 2, 3):
        document.styles[f"Body {deep}"].paragraph_format.left_indent = Mm(DEEPER * deep)
    for name in ("Chapter", "Part"):
        document.styles[name].paragraph_format.keep_with_next = True
    document.styles["Annex"].paragraph_format.page_break_before = True
    document.styles["Kind"].paragraph_format.space_before = Pt(18)
    document.styles["Signer"].paragraph_format.space_before = Pt(66)  # room for the signature and the seal
    document.styles["Recorded"].paragraph_format.space_before = Pt(12)


def _typeface(style: Any, size: float) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt

    style.font.name, style.font.size = TYPEFACE, Pt(size)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for kind in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(kind), TYPEFACE)


def _head(document: Document, form: Form) -> None:
    left, right = _layout_table(document, COLUMNS)
    _lines(left, ("{%p if superior %}", ""), ("{{ superior }}", "Superior"), ("{%p endif %}", ""), ("{{ issuer }}", "Issuer"))
    if form.star:
        _lines(left, ("*", "Issuer"))
    else:
        _rule(left, inset=22)
    _lines(left, ("{{ number }}", "Code"), ("{%p if about %}", ""), ("{{ about }}", "About"), ("{%p endif %}", ""))
    _lines(right, ("{{ motto }}", "Motto"))
    if len(form.motto) > 1:
        _lines(right, ("{{ motto2 }}", "Motto 2"))
    _rule(right, inset=18 if len(form.motto) > 1 else 8)
    _lines(right, ("{{ place }}", "Place and day"), ("{%p if mark %}", ""), ("{{ mark }}", "Mark"), ("{%p endif %}", ""))


def _titles(document: Document, form: Form) -> None:
    _lines(document, ("{%p if kind %}", ""), ("{{ kind }}", "Kind"), ("{%p if subject %}", ""), ("{{ subject }}", "Subject line"), ("{%p endif %}", ""))
    _lines(document, ("{%p if note %}", ""), ("{{ note }}", "Note line"), ("{%p endif %}", ""))
    if form.star:
        _lines(document, ("-----", "Kind"))
        document.paragraphs[-1].paragraph_format.space_before = 0
    else:
        _rule(document, inset=64)
    _lines(document, ("{%p endif %}", ""))


def _addressees(document: Document) -> None:
    _lines(document, ("", ""), ("{%p if to %}", ""), ("", "To"), ("{%p endif %}", ""), ("{%p if to_list %}", ""))
    alone = document.paragraphs[-3]
    italic = document.styles["About"].font.italic
    alone.add_run("Kính gửi: ").italic = italic
    alone.add_run("{{ to }}")
    word, listed = _layout_table(document, (46, 119))
    _lines(word, ("", "To"))
    word.paragraphs[-1].alignment = 2
    word.paragraphs[-1].add_run("Kính gửi:").italic = italic
    _lines(listed, ("{%p for each in to_list %}", ""), ("{{ each }}", "To list"), ("{%p endfor %}", ""))
    _lines(document, ("{%p endif %}", ""), ("", ""))


def _blocks(document: Document, part: str) -> None:
    """Add the loop over the blocks of a part; annexes stand behind the signature."""
    _lines(document, (f"{{%p for block in {part} %}}", ""))
    for place, (kind, style) in enumerate((("annex", "Annex"), ("chapter", "Chapter"), ("section", "Part"))):
        _lines(document, (f"{{%p {'elif' if place else 'if'} block.kind == '{kind}' %}}", ""), ("{{ block.text }}", style))
    _lines(document, ("{%p elif block.kind == 'figures' %}", ""))
    _figures(document)
    for deep in (1, 2, 3):
        _lines(document, (f"{{%p elif block.deep == {deep} %}}", ""), ("{{ block.text }}", f"Body {deep}"))
    _lines(document, ("{%p else %}", ""), ("{{ block.text }}", "Body"), ("{%p endif %}", ""), ("{%p endfor %}", ""))


def _figures(document: Document) -> None:
    from docx.oxml import OxmlElement

    table = document.add_table(rows=4, cols=3)
    table.style = document.styles["Table Grid"]
    heads, begin, row, end = table.rows
    _cells(heads, "{%tc for head in block.heads %}", "{%tc endfor %}")
    _lines(heads.cells[1], ("{{ head }}", "Table head"))
    heads._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001 - repeated on every page; python-docx cannot say so
    begin.cells[0].paragraphs[0].text = "{%tr for row in block.rows %}"
    _cells(row, "{%tc for cell in row %}", "{%tc endfor %}")
    _lines(row.cells[1], ("{%p if cell.right %}", ""), ("{{ cell.text }}", "Table figure"), ("{%p else %}", ""), ("{{ cell.text }}", "Table text"), ("{%p endif %}", ""))
    end.cells[0].paragraphs[0].text = "{%tr endfor %}"


def _cells(row: Any, begin: str, end: str) -> None:
    row.cells[0].paragraphs[0].text = begin
    row.cells[2].paragraphs[0].text = end


def _foot(document: Document) -> None:
    _lines(document, ("", ""))
    left, right = _layout_table(document, HALVES)
    _lines(left, ("{%p if copies %}", ""), ("Nơi nhận:", "Copies head"), ("{%p for each in copies %}", ""), ("{{ each }}", "Copies"))
    _lines(left, ("{%p endfor %}", ""), ("{%p endif %}", ""), ("", "Copies"))
    _lines(right, ("{%p for each in sign %}", ""), ("{{ each }}", "Authority"), ("{%p endfor %}", ""), ("{{ name }}", "Signer"))
    _lines(document, ("{%p if recorded %}", ""), ("{{ recorded }}", "Recorded"), ("{%p endif %}", ""))


def _layout_table(document: Document, broad: tuple[float, float]) -> tuple[Any, Any]:
    """Return the two cells of a table that only lays out the page."""
    from docx.shared import Mm

    table: Table = document.add_table(rows=1, cols=2)
    table.autofit = False
    for place, width in enumerate(broad):
        table.columns[place].width = table.cell(0, place).width = Mm(width)
    return table.cell(0, 0), table.cell(0, 1)


def _lines(place: Any, *lines: tuple[str, str]) -> None:
    """Add paragraphs with their styles; the empty one with which a cell begins becomes the first of them."""
    for text, style in lines:
        paragraph = place.paragraphs[0] if _is_new(place) else place.add_paragraph()
        if text:
            paragraph.add_run(text)
        if style:
            paragraph.style = place.part.document.styles[style]


def _is_new(place: Any) -> bool:
    """Tell whether a place is a cell to which nothing has been added yet."""
    paragraphs = place.paragraphs
    return not hasattr(place, "sections") and len(paragraphs) == 1 and not paragraphs[0].text and paragraphs[0].style.name == "Normal"


def _rule(place: Any, *, inset: float) -> None:
    """Add a short line: the lower edge of an empty paragraph that is set in on both sides."""
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls
    from docx.shared import Mm, Pt

    paragraph = place.add_paragraph()
    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Mm(inset)
    paragraph.paragraph_format.space_after = Pt(6)
    paragraph.add_run().font.size = Pt(2)
    edge = f'<w:pBdr {nsdecls("w")}><w:bottom w:val="single" w:sz="6" w:space="1" w:color="000000"/></w:pBdr>'
    paragraph._p.get_or_add_pPr().insert_element_before(  # noqa: SLF001 - python-docx has no borders
        parse_xml(edge), "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )
    paragraph.paragraph_format.line_spacing = Pt(4)


def write_templates(folder: Path) -> list[Path]:
    """Write the templates of both forms into a folder; return where they are."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name in FORMS:
        place = folder / f"{name}.docx"
        place.write_bytes(template_of(name))
        written.append(place)
    return written


if __name__ == "__main__":
    for path in write_templates(Path(sys.argv[1] if len(sys.argv) > 1 else ".")):
        sys.stdout.write(f"{path}\n")
