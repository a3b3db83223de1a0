"""The text of a document file: .txt, .docx, .pdf, and scans through tesseract. What the text means is read elsewhere."""

from __future__ import annotations

from pathlib import PurePath

from engine.documents.limits import MAX_BYTES, MAX_CHARACTERS, refusal
from engine.documents.pdf import pdf_text
from engine.documents.scans import PICTURES, picture_text
from engine.documents.word import word_text
from engine.kernel.vietnamese import nfc

FORMATS = (".txt", ".docx", ".pdf", *PICTURES)
_FORMATS = "a .txt (UTF-8), .docx or .pdf file, or a scan (.png, .jpg, .tif)"


def extract_text(name: str, content: bytes) -> str:
    """Return the text in NFC with LF line ends; the lines of a .txt file keep their numbers.

    Raises InvalidInput with one sentence for a file that is empty, too large, damaged, of another format or without text.
    """
    kind = PurePath(name).suffix.lower()
    if kind not in FORMATS:
        raise refusal(name, f"Expected {_FORMATS}, but {name} is {_seen(kind)}; save it as one of these and hand it in again.")
    if not content:
        raise refusal(name, f"Expected {_FORMATS} with text, but {name} is empty; hand in the file again.")
    if len(content) > MAX_BYTES:
        found = f"{len(content) / 1024 / 1024:.1f} MB"
        raise refusal(name, f"Expected a file of at most {MAX_BYTES // 1024 // 1024} MB, but {name} has {found}; split it.")
    reader = {".txt": _plain, ".docx": word_text, ".pdf": pdf_text}.get(kind, picture_text)
    text = nfc(reader(name, content)).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n")
    if len(text) > MAX_CHARACTERS:
        raise refusal(name, f"Expected at most {MAX_CHARACTERS:,} characters, but {name} has {len(text):,}; split it.")
    if not text.strip():
        raise refusal(name, f"Expected text, but {name} holds only white space; hand in the document itself.")
    return text


def _seen(kind: str) -> str:
    return f"a {kind} file" if kind else "a file without an ending"


def _plain(name: str, content: bytes) -> str:
    if b"\x00" in content and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise refusal(name, f"Expected text in UTF-8, but {name} is a binary file; hand in the document as .txt, .docx or .pdf.")
    encoding = "utf-16" if content.startswith((b"\xff\xfe", b"\xfe\xff")) else "utf-8-sig"
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        raise refusal(
            name,
            f"Expected text in UTF-8, but byte {error.start + 1} of {name} is not; save the file with the encoding UTF-8 "
            "(text in TCVN3 or VNI fonts has to be converted to Unicode first).",
        ) from error
