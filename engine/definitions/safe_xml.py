"""Reading XML from people we need not trust: no document type, no entities, no network, bounded size and depth.

A first pass with expat refuses what is dangerous before a tree exists, and notes where each element begins: lxml counts
lines up to 65,535 only, and names the line where a start tag ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn
from xml.parsers import expat

from lxml import etree

from engine.definitions.source import MAX_BYTES
from engine.kernel.errors import DefinitionInvalid, Finding

MAX_DEPTH = 200
MAX_ELEMENTS = 20_000  # with those of the picture; a large diagram has 2,000
RULE = "xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file that was read: its tree and the true line of each element."""

    file: str
    root: etree._Element
    lines: Mapping[etree._Element, int]


def parse(file: str, content: bytes) -> Document:
    """Read one XML file. Raises `DefinitionInvalid` with one finding that names file and line."""
    if len(content) > MAX_BYTES:
        _refuse(file, None, f"Expected at most {MAX_BYTES // 1_000_000} MB, but the file is larger. Split the process into call activities.")
    if content.startswith(b"PK\x03\x04"):
        _refuse(file, None, "Expected XML text, but found a zip archive. Unpack it and hand in the .bpmn files.")
    if not content.strip():
        _refuse(file, None, "Expected XML text, but the file is empty.")
    starts = _scan(file, content)
    try:
        root = etree.fromstring(content, _parser())
    except etree.XMLSyntaxError as error:
        _refuse(file, error.lineno, f"Expected well-formed XML, but found: {error.msg}.")
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    return Document(file=file, root=root, lines=dict(zip(elements, starts, strict=True)))


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, remove_comments=True, remove_pis=True
    )


def _scan(file: str, content: bytes) -> list[int]:
    """Return the line at which each element begins, in document order; refuse what a diagram never needs."""
    reader = expat.ParserCreate()
    starts: list[int] = []
    depth = 0

    def begin(_name: str, _attributes: object) -> None:
        nonlocal depth
        depth += 1
        starts.append(reader.CurrentLineNumber)
        if depth > MAX_DEPTH:
            _refuse(file, starts[-1], f"Expected elements nested at most {MAX_DEPTH} deep, but found more. Move the inner part to a call activity.")
        if len(starts) > MAX_ELEMENTS:
            _refuse(file, starts[-1], f"Expected at most {MAX_ELEMENTS} elements, but found more. Split the process into call activities.")

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    def doctype(*_arguments: object) -> None:
        _refuse(file, reader.CurrentLineNumber, "Expected XML without a document type, but found <!DOCTYPE …>. Remove that declaration.")

    reader.StartElementHandler = begin
    reader.EndElementHandler = end
    reader.StartDoctypeDeclHandler = doctype
    try:
        reader.Parse(content, True)
    except expat.ExpatError as error:
        _refuse(file, error.lineno, f"Expected well-formed XML in UTF-8, but found: {expat.ErrorString(error.code)}. Open and save it in the editor.")
    except (LookupError, ValueError) as error:
        _refuse(file, 1, f"Expected XML in UTF-8, but the encoding cannot be read: {error}. Save it as UTF-8.")
    return starts


def _refuse(file: str, line: int | None, message: str) -> NoReturn:
    raise DefinitionInvalid([Finding(file=file, element=None, line=line, rule=RULE, severity="error", message=message)])
