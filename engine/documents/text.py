"""The text of a document file: .txt, .docx, .pdf with a text layer. What the text means is read elsewhere."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from engine.kernel.errors import InvalidInput
from engine.kernel.vietnamese import nfc

if TYPE_CHECKING:
    from docx.table import Table

MAX_BYTES = 20 * 1024 * 1024
MAX_CHARACTERS = 500_000
MAX_PAGES = 500
FORMATS = (".txt", ".docx", ".pdf")
_FORMATS = "a .txt (UTF-8), .docx or .pdf file"


def extract_text(name: str, content: bytes) -> str:
    """Return the text in NFC with LF line ends; the lines of a .txt file keep their numbers.

    Raises InvalidInput with one sentence for a file that is empty, too large, damaged, of another format or without text.
    """
    kind = PurePath(name).suffix.lower()
    if kind not in FORMATS:
        raise InvalidInput(f"Expected {_FORMATS}, but {name} is {_seen(kind)}; save it as one of these and hand it in again.", file=name)
    if not content:
        raise InvalidInput(f"Expected {_FORMATS} with text, but {name} is empty; hand in the file again.", file=name)
    if len(content) > MAX_BYTES:
        found = f"{len(content) / 1024 / 1024:.1f} MB"
        raise InvalidInput(f"Expected a file of at most {MAX_BYTES // 1024 // 1024} MB, but {name} has {found}; split it.", file=name)
    text = {".txt": _plain, ".docx": _word, ".pdf": _pdf}[kind](name, content)
    text = nfc(text).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    if len(text) > MAX_CHARACTERS:
        raise InvalidInput(f"Expected at most {MAX_CHARACTERS:,} characters, but {name} has {len(text):,}; split it.", file=name)
    if not text.strip():
        raise InvalidInput(f"Expected text, but {name} holds only white space; hand in the document itself.", file=name)
    return text


def _seen(kind: str) -> str:
    return f"a {kind} file" if kind else "a file without an ending"


def _plain(name: str, content: bytes) -> str:
    if b"\x00" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InvalidInput(f"Expected text in UTF-8, but {name} is a binary file; hand in the document as .txt, .docx or .pdf.", file=name)
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise InvalidInput(
            f"Expected text in UTF-8, but byte {error.start + 1} of {name} is not; save the file with the encoding UTF-8 "
            "(text in TCVN3 or VNI fonts has to be converted to Unicode first).",
            file=name,
        ) from error


def _word(name: str, content: bytes) -> str:
    import docx
    from docx.opc.exceptions import PackageNotFoundError

    _check_archive(name, content)
    try:
        document = docx.Document(io.BytesIO(content))
        return "\n\n".join(_blocks(document, _ListLabels(document)))
    except (KeyError, ValueError, SyntaxError, PackageNotFoundError) as error:
        raise InvalidInput(f"Expected a Word document, but {name} cannot be opened as one; save it again as .docx.", file=name) from error


def _check_archive(name: str, content: bytes) -> None:
    """Refuse what is no .docx, and archives that would unpack to far more than they weigh."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
            known = "word/document.xml" in archive.namelist()
    except zipfile.BadZipFile:
        size, known = 0, False
    if not known:
        raise InvalidInput(f"Expected a Word document, but {name} is not one; open it in Word and save it as .docx.", file=name)
    if size > 5 * MAX_BYTES:
        raise InvalidInput(f"Expected at most {5 * MAX_BYTES // 1024 // 1024} MB unpacked, but {name} holds more; split it.", file=name)


def _blocks(container: Any, labels: _ListLabels) -> Iterator[str]:
    """Yield the paragraphs in reading order; a letterhead table gives its left column first."""
    from docx.table import Table

    for block in container.iter_inner_content():
        if isinstance(block, Table):
            yield from _cells(block, labels)
        else:
            yield labels.of(block) + block.text


def _cells(table: Table, labels: _ListLabels) -> Iterator[str]:
    seen: set[Any] = set()
    for row in table.rows:
        for cell in row.cells:
            # Merged cells come once per column.
            if cell._tc not in seen:  # noqa: SLF001 - the only identity that python-docx gives a cell
                seen.add(cell._tc)  # noqa: SLF001
                yield from _blocks(cell, labels)


class _ListLabels:
    """The numbers and dashes that Word prints before list paragraphs and does not keep in their text."""

    def __init__(self, document: Any) -> None:
        self._numbering: Any = next(
            (part.target_part.element for part in document.part.rels.values() if not part.is_external and part.reltype.endswith("/numbering")),
            None,
        )
        self._counts: dict[tuple[str, int], int] = {}

    def of(self, paragraph: Any) -> str:
        """Return the label of the next paragraph with a space behind it, or nothing. Counts; call once per paragraph, in order."""
        found = paragraph._p.xpath("./w:pPr/w:numPr") or paragraph.style.element.xpath("./w:pPr/w:numPr")  # noqa: SLF001
        if self._numbering is None or not found or not found[0].xpath("./w:numId/@w:val"):
            return ""
        list_id = found[0].xpath("./w:numId/@w:val")[0]
        level = int((found[0].xpath("./w:ilvl/@w:val") or ["0"])[0])
        abstract = self._numbering.xpath(f"./w:num[@w:numId='{int(list_id)}']/w:abstractNumId/@w:val")
        if not abstract:
            return ""
        kind, pattern, start = self._rule(abstract[0], level)
        self._counts[abstract[0], level] = self._counts.get((abstract[0], level), start - 1) + 1
        for deeper in range(level + 1, 9):
            self._counts.pop((abstract[0], deeper), None)
        if kind == "bullet":
            return "- "
        for upper in range(level + 1):
            pattern = pattern.replace(f"%{upper + 1}", _numeral(self._counts.get((abstract[0], upper), 1), self._rule(abstract[0], upper)[0]))
        return f"{pattern} " if pattern else ""

    def _rule(self, abstract: str, level: int) -> tuple[str, str, int]:
        """Return the kind of numeral, the pattern (`%1.`) and the first number of a list level."""
        where = f"./w:abstractNum[@w:abstractNumId='{int(abstract)}']/w:lvl[@w:ilvl='{level}']"
        kind = self._numbering.xpath(f"{where}/w:numFmt/@w:val")
        pattern = self._numbering.xpath(f"{where}/w:lvlText/@w:val")
        start = self._numbering.xpath(f"{where}/w:start/@w:val")
        return (kind or ["decimal"])[0], (pattern or [""])[0], int((start or ["1"])[0])


def _numeral(value: int, kind: str) -> str:
    if kind in {"lowerLetter", "upperLetter"}:
        letter = chr(ord("a") + (value - 1) % 26)
        return letter.upper() if kind == "upperLetter" else letter
    if kind in {"upperRoman", "lowerRoman"}:
        ones = ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")
        numeral = "X" * (value // 10) + ones[value % 10]
        return numeral if kind == "upperRoman" else numeral.lower()
    return str(value)


def _pdf(name: str, content: bytes) -> str:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise InvalidInput(f"Expected a PDF file, but {name} cannot be opened as one (damaged or locked by a password); save it again.", file=name) from error
    try:
        if len(document) > MAX_PAGES:
            raise InvalidInput(f"Expected at most {MAX_PAGES} pages, but {name} has {len(document)}; split it.", file=name)
        text = "\n\n".join(_page_text(page) for page in document)
    finally:
        document.close()
    if not text.strip():
        raise InvalidInput(
            f"Expected a PDF file with a text layer, but {name} holds only pictures of pages; run a text recognition over it or hand in the .docx.",
            file=name,
        )
    return text


def _page_text(page: Any) -> str:
    layer = page.get_textpage()
    try:
        return str(layer.get_text_range())
    finally:
        layer.close()
        page.close()
