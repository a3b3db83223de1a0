"""A consolidated report as Vietnamese text for a terminal: the blocks of report_parts, in lines."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from engine.audit.report_parts import ReportSheet, blocks_of, day_of, notes_of, sheet_of_report, subject_of
from engine.audit.text_table import paragraph, table
from engine.documents.letters.forms import day_words
from engine.documents.letters.model import Block, Chapter, Figures, Paragraph, Section

STEP = 3  # spaces that a step sets in


def report_text(connection: Connection, consolidation_id: str, revision: int | None = None) -> str:
    """Return the printed text of a consolidation: of its newest revision, unless one is named."""
    sheet = sheet_of_report(connection, consolidation_id, revision)
    lines = [*_head(sheet), *(line for block in blocks_of(sheet) for line in _lines(block))]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _head(sheet: ReportSheet) -> Iterator[str]:
    yield sheet.row.name.upper()
    yield f"N{day_words(day_of(sheet))[1:]}"
    yield ""
    yield "BÁO CÁO"
    yield from paragraph(subject_of(sheet), indent=0)
    yield from notes_of(sheet)


def _lines(block: Block) -> list[str]:
    match block:
        case Chapter():
            return ["", block.text]
        case Section():
            return [f"{' ' * STEP}{block.text}"]
        case Figures():
            return table(block.heads, block.rows, widest=block.widest)
        case Paragraph():
            return paragraph(block.text, indent=STEP * (block.deep + 1), first=block.first)
