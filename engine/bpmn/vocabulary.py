"""What chidao adds to BPMN (namespace urn:chidao:bpmn:1): roles, forms, operations, decisions, keys, addresses, parameters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from lxml import etree

NAMESPACE = "urn:chidao:bpmn:1"
PERSON = "person"  # chidao:startedBy of a process that people start
NOTHING = "none"  # chidao:subject of one that is about no directive
ISSUED, RECEIVED = "issued", "received"  # chidao:subject of one that only the issuer, or only a recipient, of the directive starts
MODEL = "http://www.omg.org/spec/BPMN/20100524/MODEL"
LINE = "{urn:chidao:reading}line"  # what the reader of a file notes beyond line 65,534


def tag(name: str) -> str:
    """Return the full name of a BPMN element."""
    return f"{{{MODEL}}}{name}"


def local(node: etree._Element) -> str:
    """Return the element's name without its namespace."""
    return etree.QName(node).localname


def ident(node: etree._Element) -> str:
    """Return the element's id; reading a file gave one to every element."""
    return str(node.get("id"))


def is_true(node: etree._Element, name: str) -> bool:
    """Tell whether the boolean attribute `name` is set (XML Schema, xs:boolean)."""
    return (node.get(name) or "").strip() in ("true", "1")


def title(node: etree._Element) -> str:
    """Return the element's name on one line, "" when it has none."""
    return " ".join((node.get("name") or "").split())


def line(node: etree._Element) -> int:
    """Return the line at which the element begins in its file."""
    return int(node.get(LINE) or cast("int", node.sourceline))


def model(node: etree._Element) -> list[etree._Element]:
    """Return the child elements that are BPMN's own."""
    return [child for child in node if str(child.tag).startswith(f"{{{MODEL}}}")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The chidao attributes of one element. `due`, `key`, `to` and the parameters' values are expressions."""

    role: str | None = None
    form: str | None = None
    operation: str | None = None
    decision: str | None = None
    due: str | None = None
    key: str | None = None
    to: str | None = None
    started_by: str | None = None
    subject: str | None = None
    parameters: tuple[tuple[str, str], ...] = ()

    def expressions(self) -> Iterator[tuple[str, str]]:
        """Yield (where it stands, expression)."""
        for name, source in (("chidao:key", self.key), ("chidao:to", self.to)):
            if source is not None:
                yield name, source
        yield from ((f"chidao:parameter {name}", source) for name, source in self.parameters)


def read(node: etree._Element) -> Vocabulary:
    """Return what `node` says in the chidao vocabulary."""

    def said(name: str) -> str | None:
        value = node.get(f"{{{NAMESPACE}}}{name}")
        return value.strip() if value and value.strip() else None

    found = node.iterfind(f"{tag('extensionElements')}/{{{NAMESPACE}}}parameter")
    return Vocabulary(
        role=said("role"),
        form=said("form"),
        operation=said("operation"),
        decision=said("decision"),
        due=said("due"),
        key=said("key"),
        to=said("to"),
        started_by=said("startedBy"),
        subject=said("subject"),
        parameters=tuple((each.get("name") or "", each.get("value") or "") for each in found),
    )
