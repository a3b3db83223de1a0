"""From bytes to XML in UTF-8: byte order marks, declared encodings, and what is no XML at all, said in words."""

from __future__ import annotations

import codecs
import re

from engine.kernel.errors import InvalidInput

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)  # fmt: skip
UNMARKED = ((b"<\0?\0", "utf-16-le"), (b"\0<\0?", "utf-16-be"), (b"<\0\0\0", "utf-32-le"), (b"\0\0\0<", "utf-32-be"))
DECLARED = re.compile(rb"""\A<\?xml\s[^>]{0,200}?encoding\s*=\s*["']([A-Za-z][A-Za-z0-9._:-]{0,40})["']""")
# Codecs that decode text in linear time; Python knows others that are no encodings of text, or slow ones
KNOWN = re.compile(r"utf-8|utf-16|utf-32|ascii|iso8859-\d+|cp125\d|cp437|cp85\d|cp866|koi8-[ru]|mac-roman|gbk|gb2312|gb18030|big5|shift_jis|cp932|euc_jp|euc_kr")
SIGNATURES = (
    (b"PK\x03\x04", "a zip archive", "Unpack it and hand in the BPMN files"),
    (b"\x1f\x8b", "a gzip archive", "Unpack it and hand in the BPMN files"),
    (b"%PDF", "a PDF document", "Export the diagram as BPMN 2.0 XML"),
    (b"\x89PNG", "a picture", "Export the diagram as BPMN 2.0 XML"),
    (b"\xff\xd8\xff", "a picture", "Export the diagram as BPMN 2.0 XML"),
    (b"GIF8", "a picture", "Export the diagram as BPMN 2.0 XML"),
    (b"\xd0\xcf\x11\xe0", "an Office or Visio document", "Export the diagram as BPMN 2.0 XML"),
    (b"\x7fELF", "a program", "Export the diagram as BPMN 2.0 XML"),
    (b"MZ", "a program", "Export the diagram as BPMN 2.0 XML"),
    (b"version https://git-lfs", "a pointer of Git LFS", "Fetch the file itself with git lfs pull"),
)


def to_utf8(content: bytes) -> bytes:
    """Return XML as UTF-8 without a byte order mark; its declaration, if any, stays and no longer counts. Lines stay lines.

    Raises InvalidInput, with `line` where one can be named, for what is no XML or cannot be decoded.
    """
    if not content.strip(b"\0 \t\r\n"):
        raise InvalidInput("Expected XML text, but the file is empty. Export the diagram as BPMN 2.0 XML.", line=None)
    for start, kind, remedy in SIGNATURES:
        if content.startswith(start):
            raise InvalidInput(f"Expected XML text, but found {kind}. {remedy}.", line=None)
    mark, encoding = _encoding(content)
    try:
        text = content[mark:].decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, mark + error.start) + 1
        message = f"Expected XML in {encoding}, but found bytes that are none. Save the file as UTF-8."
        raise InvalidInput(message, line=None if encoding.startswith(("utf-16", "utf-32")) else line) from None
    _look(text)
    return text.encode("utf-8", "surrogatepass")  # a surrogate is refused by the reader, which knows its line


def encoding_of(content: bytes) -> str:
    """Return the codec in which XML stands. Raises InvalidInput for one that is not known."""
    return _encoding(content)[1]


def _encoding(content: bytes) -> tuple[int, str]:
    """Return how many bytes the mark takes, and the codec: what the mark says, else the first bytes, else the declaration."""
    for mark, codec in MARKS:
        if content.startswith(mark):
            return len(mark), codec
    for start, codec in UNMARKED:
        if content.startswith(start):
            return 0, codec
    declared = DECLARED.match(content)
    if declared is None:
        return 0, "utf-8"
    name = declared.group(1).decode("ascii")
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        codec = ""
    if not KNOWN.fullmatch(codec):
        raise InvalidInput(f"Expected XML in UTF-8, but the encoding {name!r} cannot be read. Save the file as UTF-8.", line=1)
    # A declaration that is read byte by byte stands in no such encoding: tools write it around text in UTF-8
    return 0, "utf-8" if codec.startswith(("utf-16", "utf-32")) else codec


def _look(text: str) -> None:
    """Refuse at once what is plainly something else."""
    start = text.lstrip()[:200].lower()
    found = None
    if start.startswith(("{", "[")):
        found = "JSON"
    elif start.startswith(("<!doctype html", "<html")):
        found = "a web page"
    elif not start.startswith("<"):
        found = "other text"
    if found:
        raise InvalidInput(f"Expected BPMN 2.0 XML, but found {found}. Export the diagram as BPMN 2.0 XML.", line=1)
    if text[0] != "<" and start.startswith("<?xml"):
        message = "Expected <?xml …?> at the very start of the file, but blanks stand before it. Remove them."
        raise InvalidInput(message, line=1)
