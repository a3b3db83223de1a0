"""Safe XML, the one way in which a file is read: no document type, no entities, no network, bounded size, depth and width.

A first pass with expat refuses what is dangerous before a tree exists, and notes where each element begins: lxml counts
lines up to 65,535 only, and names the line where a start tag ends.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import NoReturn
from xml.parsers import expat

from lxml import etree

from engine.bpmn.encoding import to_utf8
from engine.bpmn.tidy import NAMED, give_ids, tidy
from engine.bpmn.vocabulary import LINE, MODEL, tag
from engine.kernel.errors import DefinitionInvalid, Finding, InvalidInput

RULE = "xml"
MAX_BYTES = 5_000_000
MAX_DEPTH = 200
MAX_ELEMENTS = 100_000  # with those of the picture
MAX_MODEL = 40_000  # BPMN's own, with what stands in them
MAX_NODES = 8_000  # nodes, flows and lanes; a large diagram has 2,000
MAX_EXPRESSIONS = 400_000  # characters of conditions, scripts, names of nodes in lanes …
MAX_SCOPES = 40  # sub-processes inside each other
MAX_ATTRIBUTES = 100  # of one element
MAX_TAG = 500_000  # bytes of a start tag or a comment
MAX_ID = 250
CHUNK = 65_536
BPMN = (tag("definitions"),)
SEPARATOR = "\f"  # between namespace and name: no XML holds it, while namespaces of some tools hold blanks
COUNTED = frozenset(name[1:].replace("}", SEPARATOR) for name in NAMED)
PROSE = frozenset(tag(name) for name in ("documentation", "text", "extensionElements"))
SCOPES = frozenset(f"{MODEL}{SEPARATOR}{name}" for name in ("subProcess", "transaction", "adHocSubProcess"))
ELSEWHERE = (
    ("wfmc.org", "XPDL"),
    ("schema.omg.org/spec/BPMN/2.0", "a draft of BPMN 2.0"),
    ("bpmn.org", "BPMN 1"),
    ("spec/DMN", "DMN, a decision table"),
    ("spec/CMMN", "CMMN, a case model"),
    ("w3.org/2000/svg", "SVG, a picture"),
    ("w3.org/1999/xhtml", "a web page"),
    ("jbpm.org", "jPDL"),
    ("wsbpel", "BPEL"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file that was read: its tree, the true line of each element, and the ids that elements without one were given."""

    file: str
    root: etree._Element
    lines: Mapping[etree._Element, int]
    given: frozenset[str]


def parse(file: str, content: bytes, *, roots: Collection[str] | None = None) -> Document:
    """Read one XML file, its root one of `roots`. Raises `DefinitionInvalid` with a finding that names file and line.

    BPMN is tidied on the way: spellings that mean the same become one, and what a token meets gets an id (engine.bpmn.tidy).
    """
    if len(content) > MAX_BYTES:
        _refuse(file, 1, f"Expected at most {MAX_BYTES // 1_000_000} MB, but the file is larger. Split the process into call activities.")
    try:
        text = to_utf8(content)
    except InvalidInput as error:
        _refuse(file, error.details["line"] or 1, error.message)
    starts = _Scan(file).run(text)
    root, lines = _tree(file, text, starts)
    if roots is not None and root.tag not in roots:
        _refuse(file, lines[root], _other(root, roots), root.get("id"))
    _weigh(file, lines)
    tidy(root)
    given = give_ids(root)
    for element, place in lines.items():
        _mark(element, place)
    return Document(file=file, root=root, lines=lines, given=given)


def read(file: str, content: bytes, *, roots: Collection[str] = BPMN) -> etree._Element:
    """Return the root of a file, one of `roots`; every element that a token meets has an id. Raises as `parse` does."""
    return parse(file, content, roots=roots).root


def read_as_written(file: str, content: bytes) -> etree._Element:
    """Return the root of a file as it was written: nothing is tidied, no id given, comments stay. Raises as `parse` does."""
    parse(file, content)
    return etree.fromstring(to_utf8(content), _parser(remove_comments=False))


def _tree(file: str, text: bytes, starts: list[int]) -> tuple[etree._Element, dict[etree._Element, int]]:
    """Return the tree of a text that the scan let pass, and where its elements begin.

    The library finds fault with namespaces that are no URI, which tools write and expat lets pass; so it recovers, and any
    other fault is looked for here.
    """
    parser = _parser()
    root = etree.fromstring(text, parser)
    faults = [entry for entry in parser.error_log if entry.domain != etree.ErrorDomains.NAMESPACE and entry.level != etree.ErrorLevels.WARNING]
    elements = [] if root is None else [element for element in root.iter() if isinstance(element.tag, str)]
    if faults or len(elements) != len(starts):
        words = "a place that two readers of XML read differently" if faults else "elements that two readers count differently"
        _refuse(file, faults[0].line if faults else 1, f"Expected well-formed XML, but found: {words}. Mend that place, or export the diagram again.")
    return root, dict(zip(elements, starts, strict=True))


def _parser(*, remove_comments: bool = True) -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, remove_comments=remove_comments,
        remove_pis=True, recover=True,
    )  # fmt: skip


def _mark(element: etree._Element, place: int) -> None:
    """Let an element know its true line: the library's counter ends at 65,535."""
    if place < 65_535:
        element.sourceline = place  # type: ignore[assignment]  # the stubs know it as read-only
    elif element.get("id"):
        element.set(LINE, str(place))


def _weigh(file: str, lines: Mapping[etree._Element, int]) -> None:
    """Refuse a file whose expressions alone would take long to read."""
    weight = 0
    for element, place in lines.items():
        if element.text and element.tag.startswith(f"{{{MODEL}}}") and element.tag not in PROSE:
            weight += len(element.text)
            if weight > MAX_EXPRESSIONS:
                owner = next((around.get("id") for around in (element, *element.iterancestors()) if around.get("id")), None)
                _refuse(file, place, f"Expected at most {MAX_EXPRESSIONS} characters of conditions and scripts, but found more. Split the process into call activities.", owner)


def _other(root: etree._Element, roots: Collection[str]) -> str:
    name = etree.QName(root)
    known = next((words for part, words in ELSEWHERE if part in (name.namespace or "")), None)
    found = known or f"<{name.localname[:60]}> of {(name.namespace or 'no namespace')[:100]}"
    wanted = f"BPMN 2.0 (<definitions> of {MODEL})" if tuple(roots) == BPMN else f"the root {' or '.join(roots)}"
    return f"Expected {wanted}, but found {found}. Export the diagram as {'BPMN 2.0 XML' if tuple(roots) == BPMN else 'a DMN decision table'}."


class _Scan:
    """The first pass over one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.reader = expat.ParserCreate("utf-8", SEPARATOR)
        self.starts: list[int] = []
        self.path: list[str | None] = []  # of the open elements the id, or that of the nearest around that has one
        self.scopes = 0
        self.namespaces = 0
        self.model = 0
        self.nodes = 0
        self.reader.StartElementHandler = self.begin
        self.reader.EndElementHandler = self.end
        self.reader.StartDoctypeDeclHandler = self.doctype
        self.reader.StartNamespaceDeclHandler = self.namespace

    def run(self, text: bytes) -> list[int]:
        """Return the line at which each element begins, in document order; refuse what a diagram never needs."""
        try:
            for place in range(0, len(text), CHUNK):
                self.reader.Parse(text[place : place + CHUNK], False)
                if place - self.reader.CurrentByteIndex > MAX_TAG:
                    self.refuse(f"Expected start tags and comments of at most {MAX_TAG} bytes, but found a longer one. Move the text into documentation.")
            self.reader.Parse(b"", True)
        except expat.ExpatError as error:
            words = expat.ErrorString(error.code)
            if error.code == expat.errors.codes[expat.errors.XML_ERROR_UNBOUND_PREFIX]:
                words = "a prefix that no xmlns:… declares"
            self.refuse(f"Expected well-formed XML, but found: {words}. Mend that place, or export the diagram again.", error.lineno)
        return self.starts

    def begin(self, name: str, attributes: Mapping[str, str]) -> None:
        """An element begins."""
        self.starts.append(self.reader.CurrentLineNumber)
        self.path.append(attributes.get("id", self.path[-1] if self.path else None))
        self.scopes += name in SCOPES
        self.namespaces = 0
        if len(self.path) > MAX_DEPTH:
            self.refuse(f"Expected elements nested at most {MAX_DEPTH} deep, but found more. Move the inner part to a call activity.")
        if name.startswith(MODEL):
            self.model += 1
            self.nodes += name in COUNTED
        if len(self.starts) > MAX_ELEMENTS or self.model > MAX_MODEL or self.nodes > MAX_NODES:
            bound = f"{MAX_NODES} nodes, flows and lanes ({MAX_MODEL} BPMN elements, {MAX_ELEMENTS} with the picture)"
            self.refuse(f"Expected at most {bound}, but found more. Split the process into call activities.")
        if self.scopes > MAX_SCOPES:
            self.refuse(f"Expected at most {MAX_SCOPES} sub-processes inside each other, but found more. Move the inner part to a call activity.")
        if len(attributes) > MAX_ATTRIBUTES:
            self.refuse(f"Expected at most {MAX_ATTRIBUTES} attributes of an element, but found {len(attributes)}. Move them into extensionElements.")
        if len(attributes.get("id", "")) > MAX_ID:
            self.path[-1] = None
            self.refuse(f"Expected an id of at most {MAX_ID} characters, but found {len(attributes['id'])}. Shorten it.")

    def end(self, name: str) -> None:
        """An element ends."""
        self.path.pop()
        self.scopes -= name in SCOPES

    def doctype(self, *_arguments: object) -> None:
        """A document type may declare entities: bombs, and files of others."""
        self.refuse("Expected XML without a document type, but found <!DOCTYPE …>. Remove that declaration.")

    def namespace(self, *_arguments: object) -> None:
        """A prefix is declared at the element that comes next."""
        self.namespaces += 1
        if self.namespaces > MAX_ATTRIBUTES:
            self.refuse(f"Expected at most {MAX_ATTRIBUTES} namespaces at an element, but found more. Remove those that nothing uses.")

    def refuse(self, message: str, line: int | None = None) -> NoReturn:
        """Stop at a line, else where the reader is, and name the element that it is in."""
        _refuse(self.file, line or self.reader.CurrentLineNumber, message, self.path[-1] if self.path else None)


def _refuse(file: str, line: int, message: str, element: str | None = None) -> NoReturn:
    raise DefinitionInvalid([Finding(file=file, element=element or None, line=line, rule=RULE, severity="error", message=message)])
