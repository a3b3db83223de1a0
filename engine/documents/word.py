"""The text of a Word document in reading order: letterhead and signature tables, tables of assignments, text boxes, list numbers."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from engine.documents.limits import MAX_CHARACTERS, MAX_ENTRIES, MAX_UNPACKED, MAX_XML, refusal
from engine.documents.list_labels import ListLabels
from engine.kernel.vietnamese import collapse, skeleton

if TYPE_CHECKING:
    from docx.table import Table

_BOXES = ".//*[local-name()='txbxContent'][not(ancestor::*[local-name()='Fallback'])]"
_TABLE_HEAD = re.compile(r"(?:s?tt|so tt|noi dung|nhiem vu|cong viec|don vi|co quan)\b")
_DATA_COLUMNS = 3


def word_text(name: str, content: bytes) -> str:
    """Return the text of a .docx file, an empty line between paragraphs.

    Raises InvalidInput for what is no Word document, or one that would unpack to far more than it weighs.
    """
    import docx
    from docx.opc.exceptions import PackageNotFoundError
    from lxml.etree import LxmlError

    _check_archive(name, content)
    try:
        document = docx.Document(io.BytesIO(content))
        return "\n\n".join(_bounded(name, _blocks(document, ListLabels(document))))
    except (KeyError, ValueError, SyntaxError, AttributeError, LxmlError, PackageNotFoundError, zipfile.BadZipFile, NotImplementedError) as error:
        raise refusal(name, f"Expected a Word document, but {name} cannot be opened as one; save it again as .docx.") from error


def _check_archive(name: str, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if not any(entry.filename == "word/document.xml" for entry in entries):
                raise refusal(name, f"Expected a Word document, but {name} is not one; open it in Word and save it as .docx.")
            xml = [entry for entry in entries if entry.filename.endswith((".xml", ".rels"))]
            size, text = sum(entry.file_size for entry in entries), sum(entry.file_size for entry in xml)
            if size > MAX_UNPACKED or text > MAX_XML or len(entries) > MAX_ENTRIES:
                raise refusal(name, f"Expected at most {MAX_UNPACKED // 1024 // 1024} MB unpacked, but {name} holds more; split it.")
            if any(_declares_entities(archive.read(entry)) for entry in xml):
                raise refusal(name, f"Expected a Word document, but {name} declares XML entities, as Word never does; save it again in Word.")
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError, OSError) as error:
        raise refusal(name, f"Expected a Word document, but {name} is not one or is locked; open it in Word and save it as .docx.") from error


def _declares_entities(part: bytes) -> bool:
    """A DTD may only stand before the first element."""
    head = part[:4096].replace(b"\x00", b"")
    return b"<!DOCTYPE" in head or b"<!ENTITY" in head


def _bounded(name: str, blocks: Iterator[str]) -> Iterator[str]:
    total = 0
    for block in blocks:
        total += len(block)
        if total > MAX_CHARACTERS:
            raise refusal(name, f"Expected at most {MAX_CHARACTERS:,} characters, but {name} has more; split it.")
        yield block


def _blocks(container: Any, labels: ListLabels) -> Iterator[str]:
    """Yield the paragraphs in reading order; a letterhead table gives its left column first."""
    from docx.table import Table

    for block in container.iter_inner_content():
        if isinstance(block, Table):
            yield from _rows(block) if _holds_data(block) else _cells(block, labels)
        else:
            yield from _boxes(block)
            yield labels.of(block) + block.text


def _boxes(paragraph: Any) -> Iterator[str]:
    """Yield the text of the text boxes that hang on a paragraph: many letterheads are drawn with them."""
    for box in paragraph._p.xpath(_BOXES):  # noqa: SLF001 - python-docx gives no access to text boxes
        for inner in box.xpath("./*[local-name()='p']"):
            yield "".join(inner.xpath(".//*[local-name()='t']/text()"))


def _cells(table: Table, labels: ListLabels) -> Iterator[str]:
    """Yield a table that only lays out the page, cell after cell."""
    seen: set[Any] = set()
    for row in table.rows:
        for cell in row.cells:
            # Merged cells come once per column.
            if cell._tc not in seen:  # noqa: SLF001 - the only identity that python-docx gives a cell
                seen.add(cell._tc)  # noqa: SLF001
                yield from _blocks(cell, labels)


def _holds_data(table: Table) -> bool:
    """Tell a table of assignments from one that lays out a letterhead or a signature."""
    first = [collapse(cell.text) for cell in table.rows[0].cells] if len(table.rows) > 1 else []
    named = sum(bool(_TABLE_HEAD.match(skeleton(text))) for text in first)
    return len(set(first) - {""}) >= _DATA_COLUMNS and named > 0


def _rows(table: Table) -> Iterator[str]:
    """Yield one line for each row, its cells between bars."""
    yield "\n".join(f"| {' | '.join(collapse(cell.text).replace('|', '/') for cell in row.cells)} |" for row in table.rows)
