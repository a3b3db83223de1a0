"""Annexes with broad tables lie: in a Word file each change between standing and lying pages is the end of a section."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docx.document import Document

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
