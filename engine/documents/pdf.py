"""The text of a PDF file: its text layer; pages that are pictures go through text recognition."""

from __future__ import annotations

from typing import Any

from engine.documents.limits import MAX_PAGES, MAX_SCANNED_PAGES, refusal
from engine.documents.scans import recognise, tesseract

_DPI = 300
_POINTS_PER_INCH = 72
_MAX_PIXELS = 60_000_000  # an A2 page at 300 dpi


def pdf_text(name: str, content: bytes) -> str:
    """Return the text of a .pdf file, an empty line between pages.

    Raises InvalidInput for a file that is damaged or locked, and for pictures of pages where no tesseract is installed.
    """
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise refusal(name, f"Expected a PDF file, but {name} cannot be opened as one (damaged or locked by a password); save it again.") from error
    try:
        if len(document) > MAX_PAGES:
            raise refusal(name, f"Expected at most {MAX_PAGES} pages, but {name} has {len(document)}; split it.")
        texts = [_page_text(page) for page in document]
        scanned = [index for index, text in enumerate(texts) if not text.strip() and _holds_picture(document[index])]
        if scanned:
            _check_scanned(name, scanned)
        for index in scanned:
            texts[index] = recognise(name, _page_picture(document[index]))
    except pypdfium2.PdfiumError as error:
        raise refusal(name, f"Expected a PDF file, but {name} has a damaged page; save it again.") from error
    finally:
        document.close()
    text = "\n\n".join(texts)
    if not text.strip():
        raise refusal(name, f"Expected a PDF file with text, but {name} has only empty pages; hand in the document itself.")
    return text


def _check_scanned(name: str, scanned: list[int]) -> None:
    pages = ", ".join(str(index + 1) for index in scanned[:10])
    if tesseract() is None:
        raise refusal(
            name,
            f"Expected a PDF file with a text layer, but of {name} these pages are only pictures of pages: {pages}; install tesseract "
            "with its Vietnamese data (on Debian: apt install tesseract-ocr tesseract-ocr-vie) or hand in the .docx.",
        )
    if len(scanned) > MAX_SCANNED_PAGES:
        raise refusal(name, f"Expected at most {MAX_SCANNED_PAGES} scanned pages, but {name} has {len(scanned)}; split it.")


def _page_text(page: Any) -> str:
    layer = page.get_textpage()
    try:
        return str(layer.get_text_range())
    finally:
        layer.close()


def _holds_picture(page: Any) -> bool:
    """Say whether anything is drawn: a picture, or letters drawn as lines."""
    return any(True for _ in page.get_objects(max_depth=3))


def _page_picture(page: Any) -> bytes:
    """Return the page in grey at 300 dpi as a portable grey map, which needs no picture library."""
    width, height = page.get_size()
    scale = min(_DPI / _POINTS_PER_INCH, (_MAX_PIXELS / max(width * height, 1)) ** 0.5)
    bitmap = page.render(scale=scale, grayscale=True)
    rows = bytes(bitmap.buffer)
    lines = (rows[start : start + bitmap.width] for start in range(0, bitmap.stride * bitmap.height, bitmap.stride))
    return b"P5\n%d %d\n255\n" % (bitmap.width, bitmap.height) + b"".join(lines)
