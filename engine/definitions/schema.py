"""What the BPMN 2.0 schema allows, element by element and in any order: attributes, children, how often. Read from the schema itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from lxml import etree

from engine.bpmn.xsd import bpmn_vocabulary

XSD = "{http://www.w3.org/2001/XMLSchema}"
EXPRESSIONS = frozenset({"tExpression", "tFormalExpression"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A child element: its type, and how often it or what stands for it (`group`) may come; None: any number."""

    type: str
    group: str
    maximum: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A type of the schema. `attributes`: name → simple type; `words`: attribute → the words that it may be."""

    attributes: Mapping[str, str]
    required: frozenset[str]
    words: Mapping[str, frozenset[str]]
    children: Mapping[str, Child]
    open: bool  # holds elements of anyone


@cache
def kinds() -> Mapping[str, Kind]:
    """Return every complex type by its name, with what it inherits."""
    types = {node.get("name", ""): node for root in bpmn_vocabulary() for node in root.iterfind(f"{XSD}complexType")}
    found: dict[str, Kind] = {}
    for name in types:
        _kind(name, types, found)
    return found


@cache
def element_names() -> frozenset[str]:
    """Return the names of all elements of BPMN."""
    nested = {name for kind in kinds().values() for name in kind.children}
    return frozenset(nested | {"definitions"} | _globals().keys())


@cache
def _globals() -> Mapping[str, str]:
    """Return global element → type."""
    return {node.get("name", ""): node.get("type", "") for root in bpmn_vocabulary() for node in root.iterfind(f"{XSD}element")}


@cache
def _substitutes() -> Mapping[str, tuple[str, ...]]:
    """Return element → those that may stand in its place, itself first."""
    heads = {
        node.get("name", ""): node.get("substitutionGroup") for root in bpmn_vocabulary() for node in root.iterfind(f"{XSD}element")
    }

    def chain(name: str | None) -> Iterator[str]:
        while name is not None:
            yield name
            name = heads.get(name)

    return {head: (head, *(name for name in heads if name != head and head in chain(name))) for head in heads}


@cache
def _words(simple: str) -> frozenset[str]:
    """Return the words of an enumeration; none for any other type."""
    for root in bpmn_vocabulary():
        for node in root.iterfind(f"{XSD}simpleType"):
            if node.get("name") == simple and node.find(f"{XSD}union") is None:
                return frozenset(each.get("value", "") for each in node.iter(f"{XSD}enumeration"))
    return frozenset()


def _kind(name: str, types: Mapping[str, etree._Element], found: dict[str, Kind]) -> Kind | None:
    if name in found or name not in types:
        return found.get(name)
    node = types[name]
    extension = next(node.iter(f"{XSD}extension"), None)
    base = _kind(extension.get("base", ""), types, found) if extension is not None else None
    own = list(node.iter(f"{XSD}attribute"))
    types_of = {each.get("name", ""): (each.get("type") or "").removeprefix("xsd:") for each in own}
    found[name] = Kind(
        attributes={**(base.attributes if base else {}), **types_of},
        required=(base.required if base else frozenset()) | {each.get("name", "") for each in own if each.get("use") == "required"},
        words={**(base.words if base else {}), **{key: words for key, simple in types_of.items() if (words := _words(simple))}},
        children={**(base.children if base else {}), **dict(_children(node))},
        open=any(True for _ in node.iter(f"{XSD}any")) or bool(base and base.open),
    )
    return found[name]


def _children(node: etree._Element) -> Iterator[tuple[str, Child]]:
    for each in node.iter(f"{XSD}element"):
        many = {each.get("maxOccurs", "1"), *(around.get("maxOccurs", "1") for around in each.iterancestors(f"{XSD}choice"))}
        maximum = None if "unbounded" in many else max(int(number) for number in many)
        if each.get("name"):
            yield each.get("name", ""), Child(type=each.get("type", ""), group=each.get("name", ""), maximum=maximum)
            continue
        head = each.get("ref", "")
        for name in _substitutes().get(head, ()):
            yield name, Child(type=_globals()[name], group=head, maximum=maximum)
