"""What is known of the data of a process before it runs: how it begins, what its names hold, and which of them somebody has to give."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from engine.bpmn import xml
from engine.definitions.choices import SETS, payloads_of
from engine.definitions.diagram import Diagram, Element, attribute, event_definitions, local, process_of, role, text
from engine.definitions.field_uses import called_as, names_of
from engine.definitions.shelf import Shelf
from engine.definitions.source import Sources, decision_key, form_key
from engine.kernel.errors import DefinitionInvalid

Results = Mapping[str, tuple[str, ...]]  # operation → the names that it puts into the data
KEPT = 16  # designs and processes of which what was found is kept: a trial asks for the same with every click
PLAIN, PERSON = "plain", "person"
SENDING = ("sendTask", "intermediateThrowEvent", "endEvent")
ITEMS = ("inputDataItem", "outputDataItem", "dataObject", "dataObjectReference", "dataInput", "dataOutput", "property")
COUNTED = ("loopCounter", "nrOfInstances", "nrOfCompletedInstances", "nrOfActiveInstances")  # what the engine tells each of several


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a process may begin. `kind`: plain, person, message, signal, timer or condition; `name`: of the event, else of what it waits
    for; `role`: of the person who begins it, "" for none."""

    kind: str
    name: str
    role: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownData:
    """What is known of a process. `pieces`: name → what a form's schema says of it, with all that it refers to; `asked`: name → what
    people call the element that asks for it, of names that nothing in the process gives; `payloads`: message → the names that its senders give it."""

    ways: tuple[Way, ...]
    pieces: Mapping[str, Mapping[str, Any]]
    asked: Mapping[str, str]
    payloads: Mapping[str, tuple[str, ...]]


def known_data(sources: Sources, process: str, results: Results) -> KnownData:
    """Return what is known of a process of a design; nothing of one that is not there. Diagrams that cannot be read say nothing."""
    return _known(process, tuple(sorted(sources.files.items())), tuple(sorted(results.items())))


@lru_cache(maxsize=KEPT)
def _known(process: str, files: tuple[tuple[str, bytes], ...], results: tuple[tuple[str, tuple[str, ...]], ...]) -> KnownData:
    sources = Sources(files=dict(files))
    shelf = Shelf(sources.diagrams)
    payloads = payloads_of([shelf.open(file) for file in shelf.surveys])
    if process not in shelf.first:
        return KnownData(ways=(), pieces={}, asked={}, payloads=payloads)
    together = _together(shelf, process)
    keys = {attribute(each, "form") or "" for _diagram, each in together}
    pieces = dict(_pieces(sources, keys))
    given = {*COUNTED, *pieces, *_given(sources, together, dict(results), payloads)}
    asked: dict[str, str] = {}
    for diagram, element in together:
        for name in names_of(diagram, element):
            if name not in given:
                asked.setdefault(name, called_as(diagram, diagram.owner(element)))
    ways = tuple(_way(diagram, each) for diagram, each in together if local(each) == "startEvent" and _begins(each, process))
    return KnownData(ways=ways, pieces=pieces, asked=asked, payloads=payloads)


def _together(shelf: Shelf, process: str) -> list[tuple[Diagram, Element]]:
    """Return the elements of a process, then those of all that it calls, which share its data."""
    calls, order, waiting = shelf.calls(), dict[str, None](), [process]
    while waiting:
        name = waiting.pop(0)
        if name in shelf.first and name not in order:
            order[name] = None
            waiting += calls.get(name, ())
    found: list[tuple[Diagram, Element]] = []
    for name in order:
        diagram = shelf.open(shelf.first[name].file)
        found += [(diagram, each) for each in diagram.elements() if (around := process_of(each)) is not None and around.get("id") == name]
    return found


def _begins(start: Element, process: str) -> bool:
    parent = start.getparent()
    return parent is not None and local(parent) == "process" and parent.get("id") == process


def _way(diagram: Diagram, start: Element) -> Way:
    name = called_as(diagram, start)
    definitions = event_definitions(start)
    if not definitions:
        person = attribute(start, "startedBy") == PERSON
        return Way(kind=PERSON if person else PLAIN, name=name, role=(attribute(start, "role") or role(diagram.lane(start)) or "") if person else "")
    kind = {"conditionalEventDefinition": "condition"}.get(local(definitions[0]), local(definitions[0]).removesuffix("EventDefinition"))
    return Way(kind=kind, name=diagram.messages.get(definitions[0].get("messageRef", ""), "") or name)


def _pieces(sources: Sources, keys: set[str]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield (name, piece of the schema) of what the forms hand to the process."""
    for path, content in sorted(sources.forms.items()):
        if form_key(path) not in keys:
            continue
        schema = _plain(content)
        parts = schema.get("properties")
        for name, part in parts.items() if isinstance(parts, dict) else ():
            if isinstance(part, dict) and part.get("x-route") is True:
                yield name, {**{word: schema[word] for word in ("$defs", "definitions") if word in schema}, "properties": {name: part}}


def _plain(content: bytes) -> dict[str, Any]:
    try:
        schema = json.loads(content)
    except (ValueError, RecursionError):  # one that is being written
        return {}
    return schema if isinstance(schema, dict) else {}


def _given(sources: Sources, together: list[tuple[Diagram, Element]], results: Results, payloads: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Yield the names that the steps put into the data themselves: operations, scripts, tables, lists, messages that come."""
    tables = {attribute(each, "decision") for _diagram, each in together}
    yield from (name for path, content in sources.decisions.items() if decision_key(path) in tables for name in _outputs(path, content))
    for diagram, each in together:
        yield from results.get(attribute(each, "operation") or "", ())
        if local(each) == "script":
            yield from SETS.findall(text(each))
        elif local(each) in ITEMS:
            yield from filter(None, (each.get("name"), each.get("id")))
        elif local(each) == "loopDataOutputRef":
            yield text(each)
        elif (reference := each.get("messageRef")) and local(each) not in SENDING:
            yield from payloads.get(diagram.messages.get(reference, ""), ())


def _outputs(path: str, content: bytes) -> Iterator[str]:
    try:
        root = xml.parse(path, content).root
    except DefinitionInvalid:
        return
    yield from (each.get("name", "") for each in root.iter("{*}output", "{*}variable"))
