"""Safe XML: no document type, no entities, no network, bounded size; and an id for every BPMN element that may need one."""

from __future__ import annotations

from collections.abc import Collection

from lxml import etree

from engine.bpmn.vocabulary import MODEL, line, tag
from engine.kernel.errors import DefinitionInvalid, Finding

MAX_BYTES = 5_000_000
DOCTYPES = tuple("<!DOCTYPE".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"))


BPMN = (tag("definitions"),)


def read(file: str, content: bytes, *, roots: Collection[str] = BPMN) -> etree._Element:
    """Return the root of a file, one of `roots`. Raises DefinitionInvalid when it is unsafe, no XML, or of another kind."""
    if len(content) > MAX_BYTES:
        raise _invalid(file, None, "xml-size", f"Expected at most {MAX_BYTES} bytes, but found {len(content)}. Split the file.")
    if any(each in content for each in DOCTYPES):
        raise _invalid(file, None, "xml-doctype", "Expected plain XML, but found a document type declaration. Remove the <!DOCTYPE …>.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError as error:
        raise _invalid(file, error.lineno, "xml-syntax", f"Expected well-formed XML, but found: {error.msg}.") from None
    except ValueError as error:
        raise _invalid(file, None, "xml-syntax", f"Expected well-formed XML, but found: {error}.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise _invalid(file, None, "xml-doctype", "Expected plain XML, but found a document type declaration. Remove the <!DOCTYPE …>.")
    if root.tag not in roots:
        raise _invalid(file, line(root), "not-bpmn" if roots is BPMN else "not-dmn", f"Expected the root {' or '.join(roots)}, but found {root.tag}.")
    _give_ids(root)
    return root


def _give_ids(root: etree._Element) -> None:
    """Give an id to flows and nodes without one: the library would drop them without a word."""
    taken = {node.get("id") for node in root.iter() if node.get("id")}
    count = 0
    for node in root.iter(f"{{{MODEL}}}*"):
        if node.get("id"):
            continue
        while (name := f"{etree.QName(node).localname}_{count}") in taken:
            count += 1
        count += 1
        node.set("id", name)


def _invalid(file: str, line: int | None, rule: str, message: str) -> DefinitionInvalid:
    return DefinitionInvalid([Finding(file=file, element=None, line=line, rule=rule, severity="error", message=message)])
