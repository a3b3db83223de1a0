"""How broad tables and pages of a Word file are: tables fill the page, and annexes with broad tables lie.

Each change between standing and lying pages is the end of a section.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from engine.documents.letters.forms import A4, MARGINS

if TYPE_CHECKING:
    from docx.document import Document

TWIPS = 1440 / 25.4  # in a millimetre
TABLE = "Table Grid"  # the style of tables of figures
STYLE = "Annex"  # with a paragraph of this style an annex begins, also in an office's own template


def lay_broad(document: Document, broad: Sequence[bool]) -> None:
    """Turn the pages of the annexes that are `broad`, told for each in order. A template that has its annexes otherwise stays as it is."""
    starts = [paragraph for paragraph in document.paragraphs if paragraph.style is not None and paragraph.style.name == STYLE]
    if len(starts) != len(broad) or not any(broad):
        return
    last = document.sections[-1]._sectPr  # noqa: SLF001 - python-docx adds sections only at the end
    lying = False
    for start, wanted in zip(starts, broad, strict=True):
        if wanted != lying:
            _end_section(start, last, lying=lying)
            lying = wanted
    _turn(last, lying=lying)
    for section in list(document.sections)[1:]:
        section.different_first_page_header_footer = False  # only the first page of all has no number


def fit_tables(document: Document, blocks: Sequence[dict[str, Any]]) -> None:
    """Give the columns of the tables their shares of the page. A template that has its tables otherwise stays as it is."""
    tables = [table for table in document.tables if table.style is not None and table.style.name == TABLE]
    shares = list(_shares(blocks))
    if len(tables) != len(shares):
        return
    for table, (widths, lying) in zip(tables, shares, strict=True):
        room = A4[lying] - MARGINS["left"] - MARGINS["right"]
        _set_widths(table, [round(room * TWIPS * width / sum(widths)) for width in widths])


def _shares(blocks: Sequence[dict[str, Any]]) -> Iterator[tuple[list[int], bool]]:
    lying = False
    for block in blocks:
        if block["kind"] == "annex":
            lying = block["broad"]
        elif block["kind"] == "figures":
            yield block["widths"], lying


def _set_widths(table: Any, widths: Sequence[int]) -> None:
    from docx.oxml.ns import qn

    table.autofit = False
    for column, width in zip(table._tbl.tblGrid.findall(qn("w:gridCol")), widths, strict=False):  # noqa: SLF001 - of thousands of cells python-docx makes objects
        column.set(qn("w:w"), str(width))
    for row in table._tbl.tr_lst:  # noqa: SLF001
        for cell, width in zip(row.tc_lst, widths, strict=False):
            size = cell.get_or_add_tcPr().get_or_add_tcW()
            size.set(qn("w:type"), "dxa")
            size.set(qn("w:w"), str(width))


def _end_section(start: Any, last: Any, *, lying: bool) -> None:
    """End a section right before an annex, with the margins and headers of the last one."""
    from docx.shared import Pt

    ending = deepcopy(last)
    _turn(ending, lying=lying)
    paragraph = start.insert_paragraph_before()
    paragraph.paragraph_format.line_spacing = Pt(1)
    paragraph._p.get_or_add_pPr().append(ending)  # noqa: SLF001 - as above


def _turn(section: Any, *, lying: bool) -> None:
    from docx.oxml.ns import qn

    size = section.find(qn("w:pgSz"))
    short, long = sorted((size.get(qn("w:w")), size.get(qn("w:h"))), key=int)
    size.set(qn("w:w"), long if lying else short)
    size.set(qn("w:h"), short if lying else long)
    size.set(qn("w:orient"), "landscape" if lying else "portrait")
