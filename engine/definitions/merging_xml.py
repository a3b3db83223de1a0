"""Diagrams and decision tables as units (engine/definitions/merging.py), and one file made of those of two.

A unit of a diagram is an element with an id that stands in a process, a sub-process, a collaboration or a lane, with all that it holds;
its shape or edge is a unit of its own. Of a table it is a column or a rule. References that BPMN writes twice (which flows come in and
go out, which elements stand in a lane) are merged one by one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from lxml import etree

from engine.bpmn import xml
from engine.bpmn.vocabulary import local
from engine.definitions.diagram import Element
from engine.definitions.merging import MINE, THEIRS, Settled, Unit, in_order
from engine.definitions.outline import IGNORED, USUAL
from engine.kernel.errors import Refused

CONTAINERS = frozenset({
    "definitions", "collaboration", "process", "subProcess", "transaction", "adHocSubProcess", "laneSet", "childLaneSet", "lane", "BPMNDiagram", "BPMNPlane",
    "decision", "decisionTable", "DMNDI", "DMNDiagram",
})  # fmt: skip
LISTED = ("incoming", "outgoing", "flowNodeRef")  # texts of child elements that repeat what other elements say
TIES = ("sourceRef", "targetRef", "attachedToRef")  # what cannot be without what it names
COLUMNS = ("input", "output")
PICTURE = "picture"
WHOLE = "/"  # the key of the root
TOOLS = frozenset({"exporter", "exporterVersion"})  # with what a file was written says nothing of what it holds
_DRAWN = "bpmnElement"


@dataclass(slots=True)
class Node:
    """A unit in its file. `slots`: its children in their order, a unit by its key."""

    element: Element
    slots: list[str | Element] = field(default_factory=list)

    def listed(self, name: str) -> list[str]:
        """Return the texts of its children of a name of LISTED."""
        return [_text(each) for each in self.slots if not isinstance(each, str) and _name(each) == name]

    def says(self) -> dict[str, str]:
        """Return its attributes, by their names without a namespace."""
        return {etree.QName(str(name)).localname: str(value) for name, value in self.element.attrib.items()}

    def units(self) -> list[str]:
        """Return the keys of the units in it."""
        return [each for each in self.slots if isinstance(each, str)]


@dataclass(slots=True)
class Tree:
    """A file as units."""

    units: dict[str, Unit] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)

    def take(self, element: Element, key: str = WHOLE, parent: str = "") -> None:
        """Add an element and all units in it. Raises Refused when two have one id."""
        if key in self.nodes:
            raise Refused(f"Expected each id once, but found {key!r} twice. Choose one of the two files as a whole.")
        node = self.nodes[key] = Node(element)
        seen: Counter[str] = Counter()
        for child in element:
            inner = _key(child, key, seen) if _name(element) in CONTAINERS else ""
            node.slots.append(inner or child)
            if inner:
                self.take(child, inner, key)
        own = [each for each in node.slots if not isinstance(each, str) and _name(each) not in LISTED]
        said = (parent, *_shell(element), tuple(map(_plain, own)))
        names = frozenset(_values(element, own))
        shown = element.get(_DRAWN, "") if key.startswith("di:") else ""
        kind = PICTURE if key.startswith(("di:", "plane:", "diagram:")) else local(element)
        ties = tuple(str(element.get(name)) for name in TIES if element.get(name))
        called = element.get("name") or element.get("label") or ""
        self.units[key] = Unit(key=key, parent=parent, kind=kind, name=called, says=said, pictures=shown, ties=ties, names=names)


def read_tree(file: str, content: bytes) -> Tree:
    """Return a file as units. Raises DefinitionInvalid for XML that cannot be read, Refused for one in which an id stands twice."""
    tree = Tree()
    tree.take(xml.read_as_written(file, content))
    return tree


def check_together(base: Tree, mine: Tree, theirs: Tree) -> None:
    """Raise Refused for files that can only be taken as a whole: other columns of a table, other meanings of a prefix."""
    columns = {tuple(key for key, unit in tree.units.items() if unit.kind in COLUMNS) for tree in (base, mine, theirs)}
    if len(columns) > 1:
        raise Refused("Expected the same columns in both tables, but found others. Choose one of the two files as a whole.")
    first, second = (tree.nodes[WHOLE].element for tree in (mine, theirs))
    if first.tag != second.tag or any(second.nsmap.get(prefix, name) != name for prefix, name in first.nsmap.items()):
        raise Refused("Expected both files to begin alike, but found other namespaces. Choose one of the two files as a whole.")


def write_merged(base: Tree, mine: Tree, theirs: Tree, settled: Settled) -> bytes:
    """Return one file of the units that were settled on."""
    joined = _Joined(base, {MINE: mine, THEIRS: theirs}, settled)
    root = joined.build(WHOLE)
    etree.indent(root, space="  ")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + etree.tostring(root, encoding="UTF-8", xml_declaration=False) + b"\n"


class _Joined:
    """Builds the file."""

    def __init__(self, base: Tree, trees: Mapping[str, Tree], settled: Settled) -> None:
        self._base, self._trees, self._settled = base, trees, settled
        self._namespaces = {**trees[THEIRS].nodes[WHOLE].element.nsmap, **trees[MINE].nodes[WHOLE].element.nsmap}
        self._kept: dict[str, bool] = {}

    def build(self, key: str) -> Element:
        """Return the element of a unit with all that stands in it."""
        side = self._settled.sides[key]
        node, other = self._trees[side].nodes[key], self._trees[THEIRS if side == MINE else MINE].nodes.get(key)
        names: Any = self._namespaces if key == WHOLE else node.element.nsmap  # a default one has the prefix None, which the stubs do not know
        made = etree.Element(node.element.tag, attrib={str(name): str(value) for name, value in node.element.attrib.items()}, nsmap=names)
        made.text = node.element.text
        for slot in self._slots(key, node, other):
            made.append(self.build(slot) if isinstance(slot, str) else deepcopy(slot))
        if not len(made) and not (made.text or "").strip():
            made.text = None
        return made

    def _slots(self, key: str, node: Node, other: Node | None) -> list[str | Element]:
        """Return the children of a unit: what belongs to it as its side has it, units and references of both."""
        wanted = {name: self._listed(key, name) for name in LISTED}
        units, found = iter(self._units(key)), list[str | Element]()
        for slot in node.slots:
            if isinstance(slot, str):
                found.extend(islice(units, 1))
            elif _name(slot) not in LISTED or _text(slot) in wanted[_name(slot)]:
                found.append(slot)
        last = next((number + 1 for number in reversed(range(len(found))) if isinstance(found[number], str)), len(found))
        found[last:last] = units
        for slot in other.slots if other else ():
            if not isinstance(slot, str) and _name(slot) in LISTED and _text(slot) in wanted[_name(slot)] - set(node.listed(_name(slot))):
                found.insert(_behind(found, _name(slot)), slot)
        return found

    def _units(self, key: str) -> list[str]:
        """Return the units that stand in another one."""
        base, mine, theirs = ([] if key not in tree.nodes else tree.nodes[key].units() for tree in (self._base, self._trees[MINE], self._trees[THEIRS]))
        return [each for each in in_order(base, mine, theirs) if self._stands(each, key)]

    def _listed(self, key: str, name: str) -> set[str]:
        """Return the references of a name that a unit has: those of both, without what one took away; to what only one has, as that one has them."""
        base, mine, theirs = (set(tree.nodes[key].listed(name)) if key in tree.nodes else set[str]() for tree in (self._base, self._trees[MINE], self._trees[THEIRS]))
        sides = self._settled.sides
        alone = {each for each in mine | theirs if each in sides and any(each not in tree.units for tree in self._trees.values())}
        return {each for each in (mine & theirs) | (mine - base) | (theirs - base) | alone if each not in sides or self._is_kept(each)}

    def _stands(self, key: str, parent: str) -> bool:
        """Tell whether a unit is kept, and in which other."""
        unit = self._trees[self._settled.sides[key]].units.get(key)
        return unit is not None and unit.parent == parent and self._is_shown(unit)

    def _is_shown(self, unit: Unit) -> bool:
        """A picture of what is not there any more is not kept."""
        return not unit.pictures or unit.pictures not in self._settled.sides or self._is_kept(unit.pictures)

    def _is_kept(self, key: str) -> bool:
        if key not in self._kept:
            unit = self._trees[self._settled.sides[key]].units.get(key)
            self._kept[key] = unit is not None and (not unit.parent or self._is_kept(unit.parent))
        return self._kept[key]


def _key(child: Element, parent: str, seen: Counter[str]) -> str:
    """Return the key of a child that is a unit, "" for one that only belongs to its parent."""
    name = _name(child)
    seen[name] += 1
    if name == "BPMNDiagram":
        return "diagram:" if seen[name] == 1 else f"diagram:{next((each.get(_DRAWN, '') for each in child), '')}"
    if name == "BPMNPlane":
        return f"plane:{parent.removeprefix('diagram:')}"
    if parent.startswith("plane:") and child.get(_DRAWN):
        return f"di:{child.get(_DRAWN)}{parent.removeprefix('plane')}"
    if name in LISTED or not name:
        return ""
    return child.get("id") or (f"{parent}/{name}/{seen[name]}" if name in CONTAINERS else "")


def _behind(slots: list[str | Element], name: str) -> int:
    """Return where a further reference stands: behind its like, else where BPMN's order has it."""
    before = LISTED[: LISTED.index(name) + 1] if name != "flowNodeRef" else (name,)
    leading = ("documentation", "extensionElements", *before)
    return next((number + 1 for number in reversed(range(len(slots))) if not isinstance(each := slots[number], str) and _name(each) in leading), 0)


def _shell(element: Element) -> tuple[Hashable, ...]:
    """Return what an element itself says."""
    said = {str(name): value.strip() for name, value in element.attrib.items()}
    known = {name: value for name, value in said.items() if USUAL.get(name) != value and name not in IGNORED | TOOLS}
    return _tag(element), tuple(sorted(known.items())), (element.text or "").strip()


def _plain(element: Element) -> Hashable:
    """Return all that an element says, in a form that can be compared; how its text is laid out does not count."""
    return (*_shell(element), tuple(map(_plain, element)), (element.tail or "").strip())


def _values(element: Element, own: list[Element]) -> Iterator[str]:
    for each in (element, *(inner for child in own for inner in child.iter())):
        yield from (str(value) for value in each.attrib.values() if each is not element or value != element.get("id"))
        yield _text(each)


def _name(element: Element) -> str:
    return local(element) if _tag(element) else ""


def _tag(element: Element) -> str:
    """Return the full name of an element, "" of a comment."""
    tag: object = element.tag
    return tag if isinstance(tag, str) else ""


def _text(element: Element) -> str:
    return (element.text or "").strip()
