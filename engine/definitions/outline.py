"""A version laid out for comparing: its elements, the fields of its forms, the rules of its decision tables. Judges nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from lxml import etree

from engine.bpmn import xml
from engine.bpmn.vocabulary import NAMESPACE, local, model, tag
from engine.definitions import json_text
from engine.definitions.diagram import NODES, Diagram, Element, plain_name, text
from engine.definitions.source import Sources, decision_key, form_key
from engine.kernel.canonical import sha256_hex

PARTS = (*NODES, "sequenceFlow", "dataObject", "dataObjectReference", "lane")
REDUNDANT = frozenset({"id", "name", "incoming", "outgoing", "flowNodeRef", "childLaneSet", "laneSet", "extensionElements", "documentation"})
USUAL = {  # what an attribute means where it is not written
    "cancelActivity": "true", "isInterrupting": "true", "isSequential": "false", "triggeredByEvent": "false", "isForCompensation": "false",
    "startQuantity": "1", "completionQuantity": "1", "instantiate": "false", "isExecutable": "false", "behavior": "All", "testBefore": "false",
    "cancelRemainingInstances": "true", "ordering": "Parallel", "isCollection": "false", "eventGatewayType": "Exclusive", "parallelMultiple": "false",
    "gatewayDirection": "Unspecified", "implementation": "##unspecified",
}  # fmt: skip
IGNORED = frozenset({"gatewayDirection", "isClosed", "processType"})  # they change nothing that runs
REFERENCES = {"messageRef": "message", "signalRef": "signal", "errorRef": "error", "escalationRef": "escalation"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One element of a process: what it is, and everything it says, as texts by name."""

    process: str
    id: str
    type: str
    name: str
    says: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """Everything that two versions are compared by. `calls`: process → the processes that it calls; `digests`: of the files."""

    parts: Mapping[tuple[str, str], Part]
    calls: Mapping[str, frozenset[str]]
    forms: Mapping[str, Mapping[str, Mapping[str, Any]]]
    decisions: Mapping[str, Decision]
    digests: Mapping[tuple[str, str], str]

    def reached(self, process: str) -> frozenset[str]:
        """Return the process and all that it calls, at whatever depth."""
        found: set[str] = set()
        waiting = [process]
        while waiting:
            name = waiting.pop()
            if name not in found and name in self.calls:
                found.add(name)
                waiting += self.calls[name]
        return frozenset(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A decision table: what it says of itself, its columns, its rules (id → column → cell) in their order."""

    says: Mapping[str, str]
    columns: Mapping[str, Mapping[str, str]]
    rules: Mapping[str, Mapping[str, str]]


def outline(sources: Sources) -> Outline:
    """Return the outline of files. Raises DefinitionInvalid for XML that cannot be read, InvalidInput for a form that is no JSON."""
    parts: dict[tuple[str, str], Part] = {}
    calls: dict[str, frozenset[str]] = {}
    digests = {("form", form_key(path)): sha256_hex(content) for path, content in sources.forms.items()}
    digests |= {("decision", decision_key(path)): sha256_hex(content) for path, content in sources.decisions.items()}
    for file, content in sorted(sources.diagrams.items()):
        diagram = Diagram(xml.parse(file, content, roots=xml.BPMN))
        names = _declared(diagram)
        for process in diagram.processes:
            key = process.get("id") or file
            if key in calls:
                continue
            digests["process", key] = sha256_hex(content)
            calls[key] = frozenset(called for _, called in diagram.called(process))
            for element in process.iter(*map(tag, PARTS), tag("process")):
                part = _part(diagram, key, element, names)
                parts[key, part.id] = part
    forms = {form_key(path): _fields(path, content) for path, content in sorted(sources.forms.items())}
    decisions = {decision_key(path): _decision(path, content) for path, content in sorted(sources.decisions.items())}
    return Outline(parts=parts, calls=calls, forms=forms, decisions=decisions, digests=digests)


def _declared(diagram: Diagram) -> dict[str, str]:
    """Return what messages, signals, errors and escalations are called, by id."""
    found = {}
    for element in diagram.elements("message", "signal", "error", "escalation"):
        code = element.get("errorCode") or element.get("escalationCode")
        found[str(element.get("id"))] = str(code or element.get("name") or element.get("id"))
    return found


def _part(diagram: Diagram, process: str, element: Element, names: Mapping[str, str]) -> Part:
    says = dict(_attributes(element, names))
    for path, child in _numbered("", [child for child in model(element) if local(child) not in PARTS]):
        says.update(_nested(path, child, names))
    for block in element.iterfind(tag("extensionElements")):
        for found in block.iterfind(f"{{{NAMESPACE}}}parameter"):
            says[f"parameter {found.get('name', '')}"] = found.get("value", "")
    notes = " ".join(text(each) for each in element.iterfind(tag("documentation")))
    if notes:
        says["documentation"] = notes
    if local(element) in NODES:
        says |= _surroundings(diagram, element)
    return Part(process=process, id=element.get("id", ""), type=local(element), name=" ".join((element.get("name") or "").split()), says=says)


def _attributes(element: Element, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for attribute, value in element.attrib.items():
        name, said = etree.QName(str(attribute)), str(value).strip()
        if name.namespace == NAMESPACE:
            yield name.localname, said
        elif not name.namespace and name.localname not in REDUNDANT | IGNORED and USUAL.get(name.localname) != said:
            if name.localname in REFERENCES:
                yield REFERENCES[name.localname], names.get(said, names.get(plain_name(said), said))
            else:
                yield name.localname, plain_name(said) if name.localname == "calledElement" else said


def _nested(path: str, element: Element, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what a child element says: loops, event definitions, conditions, scripts."""
    children = list(_numbered(f"{path}.", model(element)))
    said = "" if children else text(element)
    yield path, said or "✓"
    for name, value in _attributes(element, names):
        if not name.startswith("evaluatesTo"):
            yield f"{path}.{name}", value
    for inner, child in children:
        yield from _nested(inner, child, names)


def _numbered(prefix: str, children: Iterable[Element]) -> Iterator[tuple[str, Element]]:
    """Yield (path, child) for what a child element is called: of several with one name the later ones are counted."""
    seen: Counter[str] = Counter()
    for child in children:
        name = local(child)
        if name not in REDUNDANT:
            seen[name] += 1
            yield f"{prefix}{name}" if seen[name] == 1 else f"{prefix}{name} {seen[name]}", child


def _surroundings(diagram: Diagram, element: Element) -> dict[str, str]:
    """Return where a node stands: the sub-process around it, its lane and the role of that."""
    parent = element.getparent()
    found = {} if parent is None or local(parent) == "process" else {"inside": str(parent.get("id"))}
    lane = diagram.lane(element)
    if lane is not None:
        found["lane"] = str(lane.get("name") or lane.get("id"))
        role = next((role for each in (lane, *lane.iterancestors()) if (role := each.get(f"{{{NAMESPACE}}}role"))), None)
        if role and not element.get(f"{{{NAMESPACE}}}role"):
            found["role"] = role
    return found


def _fields(path: str, content: bytes) -> dict[str, dict[str, Any]]:
    """Return the fields of a form by their path ("" is the form itself), each with what the schema says of it."""
    found: dict[str, dict[str, Any]] = {}
    _field(found, "", json_text.read(path, content), required=False)
    return found


def _field(found: dict[str, dict[str, Any]], path: str, schema: Any, *, required: bool) -> None:
    if not isinstance(schema, dict):
        found[path] = {"schema": schema}
        return
    nested = {"properties", "items", "required"}
    said = {name: value for name, value in schema.items() if name not in nested or (name == "items" and not isinstance(value, dict))}
    found[path] = {**said, "required": required} if path else said
    wanted = schema.get("required") or []
    for name, part in (schema.get("properties") or {}).items():
        _field(found, f"{path}.{name}".lstrip("."), part, required=name in wanted)
    if isinstance(schema.get("items"), dict):
        _field(found, f"{path}[]", schema["items"], required=False)


def _decision(path: str, content: bytes) -> Decision:
    root = xml.parse(path, content).root
    table = next(root.iter("{*}decisionTable"), None)
    if table is None:
        return Decision(says={"table": "✗"}, columns={}, rules={})
    says = {"hit policy": table.get("hitPolicy", "UNIQUE")} | ({"aggregation": table.get("aggregation", "")} if table.get("aggregation") else {})
    columns: dict[str, dict[str, str]] = {}
    for number, column in enumerate([*table.iterfind("{*}input"), *table.iterfind("{*}output")], start=1):
        name, said = _column(column)
        columns[name if name not in columns else f"{name} ({number})"] = said
    rules: dict[str, dict[str, str]] = {}
    for number, rule in enumerate(table.iterfind("{*}rule"), start=1):
        cells = [_cell(cell) for cell in (*rule.iterfind("{*}inputEntry"), *rule.iterfind("{*}outputEntry"))]
        rules[rule.get("id") or f"rule {number}"] = dict(zip(columns, cells, strict=False))
    return Decision(says=says, columns=columns, rules=rules)


def _column(column: Element) -> tuple[str, dict[str, str]]:
    """Return the name of a column of a table and what it says."""
    source = next((_cell(each) for each in column.iterfind("{*}inputExpression")), "")
    if local(column) == "input":
        return str(column.get("label") or source or column.get("id")), {"kind": "input", "expression": source}
    default = next((_cell(each) for each in column.iterfind("{*}defaultOutputEntry")), "")
    return str(column.get("name") or column.get("id")), {"kind": "output", **({"default": default} if default else {})}


def _cell(element: Element) -> str:
    return " ".join(next((str(each.text or "") for each in element.iterfind("{*}text")), "").split())
