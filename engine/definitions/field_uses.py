"""Where diagrams use what a form hands to its process: conditions, parameters, scripts, lists, decision tables, other forms."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from engine.bpmn import xml
from engine.bpmn.cycles import is_cycle
from engine.bpmn.language.expressions import CONSTANTS, parse
from engine.bpmn.language.foreign_expressions import translated
from engine.bpmn.language.moments import is_literal
from engine.bpmn.language.scripts import parse_script
from engine.definitions.designs import sources_of
from engine.definitions.diagram import Diagram, Element, attribute, local, parameters, process_of, text
from engine.definitions.rules.expression import ATTRIBUTES, FORMAL, TIMES
from engine.definitions.rules.timer import CRON
from engine.definitions.shelf import Shelf
from engine.definitions.source import Sources, decision_key, form_key
from engine.history.transaction import Reading
from engine.kernel.errors import DefinitionInvalid, InvalidInput

TOLD = ("x-from", "x-tells")  # by these a form shows what the process knows
LISTS = ("loopDataInputRef", "inputDataItem")
WITH_FORM = ("task", "userTask", "manualTask")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowFieldUses:
    """Ask which elements use the fields of a form of a design. `path`: of the form."""

    design: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One place that uses a field: the file, the element in it ("" for a form), and what people call the element."""

    path: str
    element: str
    name: str


def answer_uses(query: ShowFieldUses, reading: Reading) -> Mapping[str, tuple[Use, ...]]:
    """Return field → the places that name it, of the processes that have the form and of those that share their data. Raises NotFound."""
    return uses_of(sources_of(reading.connection, query.design), query.path)


def uses_of(sources: Sources, path: str) -> dict[str, tuple[Use, ...]]:
    """Return name → where the processes that have the form at `path` name it; only the form's own fields that a process may read.

    The name "" stands for the form itself: the tasks that have it.
    """
    fields = _routed(sources.files.get(path, b""))
    shelf = Shelf(sources.diagrams)
    found: dict[str, dict[Use, None]] = {}
    shown, tables = set[str](), set[str]()
    for process, place in _sharing(shelf, form_key(path)).items():
        diagram = shelf.open(place)
        for element in diagram.elements():
            if _process(element) != process:
                continue
            owner = diagram.owner(element)
            shown.add(attribute(element, "form") or "")
            tables.add(attribute(element, "decision") or "")
            use = Use(path=place, element=owner.get("id", ""), name=called_as(diagram, owner))
            for name in names_of(diagram, element):
                found.setdefault(name, {})[use] = None
    for name, use in (*_tables(sources, tables), *_forms(sources, shown, path)):
        found.setdefault(name, {})[use] = None
    tasks = tuple(_tasks(shelf, form_key(path)))
    return {**({"": tasks} if tasks else {}), **{name: tuple(found[name]) for name in fields if name in found}}


def _tasks(shelf: Shelf, key: str) -> Iterator[Use]:
    """Yield the tasks that have a form."""
    for file, survey in shelf.surveys.items():
        diagram = shelf.open(file) if key in survey.forms else None
        for task in diagram.elements(*WITH_FORM) if diagram is not None else ():
            if attribute(task, "form") == key:
                yield Use(path=file, element=task.get("id", ""), name=str(task.get("name") or task.get("id")))


def _routed(content: bytes) -> tuple[str, ...]:
    """Return the fields that a form hands to its process."""
    schema = _plain(content)
    parts = schema.get("properties")
    return tuple(name for name, part in parts.items() if isinstance(part, dict) and part.get("x-route") is True) if isinstance(parts, dict) else ()


def _sharing(shelf: Shelf, key: str) -> dict[str, str]:
    """Return process → file of the processes with the form, of those that call them, and of all that these call: they share their data."""
    calls = shelf.calls()
    wanted = {name for name, place in shelf.first.items() if key in shelf.surveys[place.file].forms and _has(shelf.open(place.file), name, key)}
    size = -1
    while size != len(wanted):
        size = len(wanted)
        wanted |= {name for name, called in calls.items() if wanted & set(called)}
    size = -1
    while size != len(wanted):
        size = len(wanted)
        wanted |= {called for name in wanted for called in calls.get(name, ()) if called in shelf.first}
    return {name: shelf.first[name].file for name in sorted(wanted)}


def _has(diagram: Diagram, process: str, key: str) -> bool:
    return any(attribute(task, "form") == key and _process(task) == process for task in diagram.elements(*WITH_FORM))


def _process(element: Element) -> str:
    around = process_of(element)
    return "" if around is None else around.get("id", "")


def called_as(diagram: Diagram, owner: Element) -> str:
    """Return what people call an element: its name; of a flow, where it leaves and its name, or where it leads."""
    ends = [diagram.by_id.get(owner.get(end, "")) for end in ("sourceRef", "targetRef")]
    names = [str(end.get("name") or end.get("id")) for end in ends if end is not None]
    if owner.get("name"):
        return " → ".join([*names[:1], str(owner.get("name"))])
    return " → ".join(names) or str(owner.get("id"))


def names_of(diagram: Diagram, element: Element) -> Iterator[str]:
    """Yield the names of data that an element itself reads."""
    if local(element) in FORMAL and not (local(element) in TIMES and _is_time(text(element))):
        yield from names_in(text(element), element.get("language"), diagram.root.get("expressionLanguage"))
    elif local(element) == "script":
        yield from _in_script(text(element))
    elif local(element) in LISTS:
        yield text(element) or element.get("name", "")
    for name in ATTRIBUTES:
        yield from names_in(attribute(element, name) or "")
    for each in parameters(element):
        yield from names_in(each.get("value") or "")


def names_in(source: str, language: str | None = None, of_file: str | None = None) -> Iterator[str]:
    """Yield the names of data in an expression, not those of functions and constants; none of one that cannot be read, which the check tells."""
    if not source.strip():
        return
    try:
        body = parse(translated(source, language, of_file=of_file)).body
    except InvalidInput:
        return
    yield from _data(body)


def _is_time(source: str) -> bool:
    """Tell whether a moment, a length of time or a cycle is written as such, not as an expression."""
    return is_literal(source) or is_cycle(source) or CRON.match(source) is not None


def _data(body: ast.expr) -> Iterator[str]:
    called = {id(node.func) for node in ast.walk(body) if isinstance(node, ast.Call)}
    own = {node.id for node in ast.walk(body) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}  # of its loops
    for node in ast.walk(body):
        if isinstance(node, ast.Name) and id(node) not in called and node.id not in own and node.id not in CONSTANTS:
            yield node.id


def _in_script(source: str) -> Iterator[str]:
    try:
        lines = parse_script(source)
    except InvalidInput:
        return
    for line in lines:
        yield from _data(line.expression.body)


def _tables(sources: Sources, keys: set[str]) -> Iterator[tuple[str, Use]]:
    """Yield what the decision tables of these processes look at."""
    for path, content in sources.decisions.items():
        if decision_key(path) not in keys:
            continue
        try:
            root = xml.parse(path, content).root
        except DefinitionInvalid:
            continue
        for column in root.iter("{*}input"):
            for source in column.iterfind("{*}inputExpression/{*}text"):
                for name in names_in(source.text or ""):
                    yield name, Use(path=path, element=column.get("id", ""), name=str(column.get("label") or column.get("id")))


def _forms(sources: Sources, keys: set[str], own: str) -> Iterator[tuple[str, Use]]:
    """Yield what the other forms of these processes show of the data of the process."""
    for path, content in sources.forms.items():
        if form_key(path) in keys and path != own:
            schema = _plain(content)
            use = Use(path=path, element="", name=str(schema.get("title") or form_key(path)))
            for name in _told(schema):
                yield name, use


def _told(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for keyword in TOLD:
            told = part.get(keyword)
            yield from (each for each in (told if isinstance(told, list) else [told]) if isinstance(each, str))
        for each in part.values():
            yield from _told(each)


def _plain(content: bytes) -> dict[str, Any]:
    try:
        schema = json.loads(content)
    except (ValueError, RecursionError):  # one that is being written
        return {}
    return schema if isinstance(schema, dict) else {}
