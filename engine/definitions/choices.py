"""What may be chosen while a process is drawn: forms, decision tables, operations, messages, roles, processes, functions, known data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from engine.bpmn.language.expressions import parse
from engine.definitions.designs import sources_of
from engine.definitions.diagram import Diagram, attribute, children, parameters, text
from engine.definitions.explain import page
from engine.definitions.rules import BESIDE, RULES, severity
from engine.definitions.rules.vocabulary import WHERE
from engine.definitions.shelf import Shelf
from engine.definitions.source import Sources, decision_key, form_key
from engine.directory.posts import ROLES
from engine.history.transaction import Reading
from engine.kernel.errors import InvalidInput

_EXAMPLE = re.compile(r"^\| `(?P<example>[^`]+)` \| `[^`]+` \|(?P<said>[^|]*)\|$", re.MULTILINE)
_PART = re.compile(r"\b(?P<what>Parameters?|Results?): (?P<names>[^.]*(?:\.(?! [A-Z])[^.]*)*)")
_NAME = re.compile(r"(?P<free>\[)?\b(?P<name>[a-z][a-z_]*)\b\]?")
_ASIDE = re.compile(r"\([^)]*\)| \bof a person\b.*| as above.*")
SETS = re.compile(r"^\s*(?P<name>[^\W\d]\w*)\s*=[^=]", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowChoices:
    """Ask what a diagram of a design may name."""

    design: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field of a form. `kind`: its JSON type; `options`: (value, title); `routed`: the process reads it by its name."""

    name: str
    title: str
    kind: str
    options: tuple[tuple[Any, str], ...]
    routed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class FormChoice:
    """A form by the key that tasks call it by."""

    key: str
    path: str
    title: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """A parameter of an operation. `example`: an expression that a diagram gives it, "" where none does; `free`: it may be left out."""

    name: str
    example: str
    free: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationChoice:
    """An installed operation. `drawn`: what diagrams call steps that use it; `results`: names that it puts into the data."""

    name: str
    does: str
    drawn: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessChoice:
    """A process that may be called: the names that its own steps put into the data, its forms, and the processes that it calls."""

    key: str
    name: str
    path: str
    sets: tuple[str, ...]
    forms: tuple[str, ...]
    calls: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionChoice:
    """A function of expressions, by an example of its page; `said`: Vietnamese and English."""

    example: str
    said: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """All that a diagram may name. `where`: attribute of our vocabulary → the elements that it is read at, None: many;
    `rules`: rule → (severity, Vietnamese title); `payloads`: message → what senders put into it."""

    forms: tuple[FormChoice, ...]
    decisions: tuple[tuple[str, str], ...]
    operations: tuple[OperationChoice, ...]
    messages: tuple[str, ...]
    payloads: Mapping[str, tuple[str, ...]]
    roles: tuple[str, ...]
    processes: tuple[ProcessChoice, ...]
    functions: tuple[FunctionChoice, ...]
    where: Mapping[str, tuple[str, ...] | None]
    rules: Mapping[str, tuple[str, str]]


def answer_choices(query: ShowChoices, reading: Reading, *, operations: Mapping[str, str]) -> Choices:
    """List what a diagram of the design may name. `operations`: name → the sentence that says what it does. Raises NotFound."""
    sources = sources_of(reading.connection, query.design)
    shelf = Shelf(sources.diagrams)
    drawn = [shelf.open(path) for path in shelf.surveys]
    able = tuple(_operation(name, operations[name], drawn) for name in sorted(operations))
    return Choices(
        forms=tuple(sorted(_forms(sources), key=lambda form: form.title)),
        decisions=tuple(sorted((decision_key(path), path) for path in sources.decisions)),
        operations=able,
        messages=tuple(sorted({name for diagram in drawn for name in diagram.messages.values() if name})),
        payloads=payloads_of(drawn),
        roles=ROLES,
        processes=tuple(sorted(_processes(drawn, {each.name: each.results for each in able}), key=lambda process: process.name)),
        functions=_functions(),
        where=WHERE,
        rules=_rules(),
    )


def _forms(sources: Sources) -> Iterator[FormChoice]:
    for path, content in sorted(sources.forms.items()):
        key = form_key(path)
        try:
            schema = json.loads(content)
        except ValueError:  # one that is being written
            schema = {}
        known = schema if isinstance(schema, dict) else {}
        parts = known.get("properties") if isinstance(known.get("properties"), dict) else {}
        fields = tuple(_field(name, part) for name, part in (parts or {}).items() if isinstance(part, dict))
        yield FormChoice(key=key, path=path, title=str(known.get("title") or key), fields=fields)


def _field(name: str, part: Mapping[str, Any]) -> Field:
    named = [(each.get("const"), str(each.get("title", each.get("const")))) for each in part.get("oneOf", ()) if isinstance(each, dict) and "const" in each]
    plain = [(each, str(each)) for each in part.get("enum", ()) if isinstance(each, str | int)]
    kind = part.get("type")
    return Field(
        name=name, title=str(part.get("title") or name), kind=kind if isinstance(kind, str) else "", options=tuple(named or plain),
        routed=part.get("x-route") is True,
    )  # fmt: skip


def results_of(does: str) -> tuple[str, ...]:
    """Return the names that an operation puts into the data, as the sentence that says what it does names them."""
    named = {match["what"].rstrip("s"): match["names"] for match in _PART.finditer(does)}
    return tuple(found for found, _ in _names(named.get("Result", "")))


def _operation(name: str, does: str, drawn: Sequence[Diagram]) -> OperationChoice:
    """Return an operation with the parameters that its sentence names and that diagrams give it."""
    named = {match["what"].rstrip("s"): match["names"] for match in _PART.finditer(does)}
    given: dict[str, str] = {}
    called: dict[str, None] = {}
    for diagram in drawn:
        for task in diagram.elements("serviceTask", "businessRuleTask"):
            if attribute(task, "operation") == name:
                called.setdefault(task.get("name", ""))
                for each in parameters(task):
                    given.setdefault(each.get("name", ""), each.get("value", ""))
    wanted = {found: free for found, free in _names(named.get("Parameter", "")) if found in given or not given}
    every = [*wanted, *(each for each in given if each not in wanted)]
    return OperationChoice(
        name=name, does=does, drawn=tuple(each for each in called if each)[:3],
        parameters=tuple(Parameter(name=each, example=given.get(each, ""), free=wanted.get(each, True)) for each in every),
        results=results_of(does),
    )  # fmt: skip


def _names(listed: str) -> Iterator[tuple[str, bool]]:
    """Yield (name, may be left out) of a list such as "directive, code, [form]"."""
    for part in re.split(r"[,;]", _ASIDE.sub("", listed)):
        match = _NAME.search(part)
        if match:
            yield match["name"], match["free"] is not None


def payloads_of(drawn: Sequence[Diagram]) -> dict[str, tuple[str, ...]]:
    """Return message → the names that those who send it put into it."""
    found: dict[str, dict[str, None]] = {}
    for diagram in drawn:
        for element in diagram.elements("sendTask", "intermediateThrowEvent", "endEvent"):
            references = [element.get("messageRef"), *(each.get("messageRef") for each in children(element, "messageEventDefinition"))]
            for reference in filter(None, references):
                found.setdefault(diagram.messages.get(reference, ""), {}).update(dict.fromkeys(each.get("name", "") for each in parameters(element)))
    return {name: tuple(parts) for name, parts in found.items() if name}


def _processes(drawn: Sequence[Diagram], results: Mapping[str, tuple[str, ...]]) -> Iterator[ProcessChoice]:
    for diagram in drawn:
        for process in diagram.processes:
            scripts = [name for script in diagram.inside(process, "script") for name in SETS.findall(text(script))]
            operated = [name for task in diagram.inside(process, "serviceTask") for name in results.get(attribute(task, "operation") or "", ())]
            forms = (attribute(task, "form") for task in diagram.inside(process, "userTask", "manualTask"))
            key = process.get("id", "")
            yield ProcessChoice(
                key=key, name=process.get("name") or key, path=diagram.file, sets=tuple(dict.fromkeys([*scripts, *operated])),
                forms=tuple(dict.fromkeys(filter(None, forms))), calls=tuple(dict.fromkeys(name for _, name in diagram.called(process) if name)),
            )  # fmt: skip


@cache
def _functions() -> tuple[FunctionChoice, ...]:
    """Return the examples of the page of expressions: each is a function or an operator that runs as it says."""
    written = files("engine.bpmn.language").joinpath("EXPRESSIONS.md").read_text("utf-8")
    found = []
    for match in _EXAMPLE.finditer(written):
        try:
            parse(match["example"])
        except InvalidInput:  # how other tools write it
            continue
        vietnamese, _, english = match["said"].strip().partition(" · ")
        found.append(FunctionChoice(example=match["example"], said=(vietnamese, english or vietnamese)))
    return tuple(found)


@cache
def _rules() -> dict[str, tuple[str, str]]:
    """Return rule → (severity, the title of its page in Vietnamese)."""
    return {rule: (severity(rule), page(rule).splitlines()[0].partition(": ")[2]) for rule in sorted({*RULES, *BESIDE})}
