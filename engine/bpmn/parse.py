"""From BPMN files to a definition: which processes belong together, compiled once for the same bytes."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from lxml import etree

from engine.bpmn import xml
from engine.bpmn.build import Builder, Source
from engine.bpmn.definition import Definition, PersonStart
from engine.bpmn.findings import Findings
from engine.bpmn.language.expressions import Functions
from engine.bpmn.nesting import RULE, too_deep
from engine.bpmn.tables.dmn import decision_key, read_table
from engine.bpmn.vocabulary import ISSUED, NOTHING, PERSON, RECEIVED, ident, line, tag, title
from engine.bpmn.xml import MAX_SCOPES
from engine.kernel.errors import DefinitionInvalid, Finding

CACHED = 256
NO_DECISIONS: Mapping[str, bytes] = MappingProxyType({})

_cache: OrderedDict[str, Definition] = OrderedDict()
_lock = threading.Lock()


def compile_definition(
    process_id: str, files: Mapping[str, bytes], *, functions: Functions, decisions: Mapping[str, bytes] = NO_DECISIONS, wired: bool = True
) -> Definition:
    """Return the process `process_id` with the processes that it calls.

    `files`: name → bytes of every BPMN file concerned. `decisions`: the same for the DMN files of its tables; a table has
    the name of its file. `functions`: what expressions may call besides the built-in ones. `wired`: refuse what nobody would
    carry out; otherwise a business rule task that nothing decides waits as an operation.
    The same input is compiled once. Raises DefinitionInvalid with every finding: what would not run as drawn is refused.
    """
    key = _digest(process_id, {**files, **decisions}, functions, wired=wired)
    with _lock:
        known = _cache.get(key)
        if known is not None:
            _cache.move_to_end(key)
            return replace(known, functions=functions)
    compiled = _compile(process_id, files, functions, decisions, wired=wired)
    with _lock:
        _cache[key] = compiled
        while len(_cache) > CACHED:
            _cache.popitem(last=False)
    return compiled


def process_ids(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return process id → file name for every process in `files`. Raises DefinitionInvalid on unsafe or broken XML."""
    return {each.id: each.file for each in _sources(files)}


def _digest(process_id: str, files: Mapping[str, bytes], functions: Iterable[str], *, wired: bool) -> str:
    digest = hashlib.sha256(repr((process_id, sorted(functions), wired)).encode())
    for name in sorted(files):
        digest.update(f"\0{name}\0{len(files[name])}\0".encode())
        digest.update(files[name])
    return digest.hexdigest()


def _sources(files: Mapping[str, bytes]) -> list[Source]:
    found: dict[str, Source] = {}
    for name, content in files.items():
        root = xml.read(name, content)
        declared = {
            kind: {ident(each): (code and each.get(code)) or title(each) or ident(each) for each in root.iterfind(tag(kind))}
            for kind, code in (("message", ""), ("signal", ""), ("error", "errorCode"), ("escalation", "escalationCode"))
        }
        for node in root.iterfind(tag("process")):
            source = Source(id=ident(node), file=name, node=node, declared=declared)
            if source.id in found:
                first = found[source.id].file
                message = f"Expected one process {source.id}, but found it in {first} and in {name}. Rename one of them."
                raise _refusal(name, node, "duplicate_process", message)
            found[source.id] = source
    return list(found.values())


def _compile(process_id: str, files: Mapping[str, bytes], functions: Functions, decisions: Mapping[str, bytes], *, wired: bool) -> Definition:
    sources = {source.id: source for source in _sources(files)}
    if process_id not in sources:
        known = ", ".join(sorted(sources)) or "no process"
        raise _refusal(next(iter(files), "-"), None, "process", f"Expected the process {process_id}, but found {known}.")
    findings = Findings()
    tables = {key: read_table(file, key, content, functions=functions) for file, content in decisions.items() for key in [decision_key(file)]}
    builder = Builder(sources=sources, findings=findings, functions=frozenset(functions), tables=tables, wired=wired)
    builder.build(process_id)
    if way := too_deep(process_id, builder.specs):
        found = " in ".join([*way[:2:-1][:3], "…", process_id])
        message = f"Expected at most {MAX_SCOPES} processes and sub-processes inside each other, but found more: {found}. Draw what is inside side by side."
        findings.add(sources[process_id].file, sources[process_id].node, RULE, message)
    findings.stop()
    triggers = builder.triggers[process_id]
    messages = {node.message: name for name, node in triggers.items() if node.message is not None}
    return Definition(
        process_id=process_id,
        elements=MappingProxyType(builder.elements),
        start_message=next(iter(messages), None),
        start_messages=MappingProxyType(messages),
        start_signals=MappingProxyType({node.signal: name for name, node in triggers.items() if node.signal is not None}),
        start_timers=MappingProxyType({name: node.timer for name, node in triggers.items() if node.timer is not None}),
        start_conditions=MappingProxyType({name: node.starts_when for name, node in triggers.items() if node.starts_when is not None}),
        person_start=_person_start(builder.specs[process_id]),
        specs=MappingProxyType(builder.specs),
        functions=functions,
        name=title(sources[process_id].node),
    )


def _person_start(spec: Any) -> PersonStart | None:
    for node in (spec.task_specs[name] for name in spec.entries):
        if node.said.started_by == PERSON:
            subject, roles = node.said.subject, tuple((node.role or "").split())
            side = subject if subject in (ISSUED, RECEIVED) else None
            return PersonStart(element=node.element, roles=roles, about_directive=subject != NOTHING, side=side)
    return None


def _refusal(file: str, node: etree._Element | None, rule: str, message: str) -> DefinitionInvalid:
    element, place = (ident(node), line(node)) if node is not None else (None, None)
    return DefinitionInvalid([Finding(file=file, element=element, line=place, rule=rule, severity="error", message=message)])
