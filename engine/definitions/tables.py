"""The decision tables among the files: read, judged, with true lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from engine.bpmn.language.expressions import Functions, evaluate
from engine.bpmn.tables.decisions import decide
from engine.bpmn.tables.dmn import decision_key, idle_parts, read_table
from engine.bpmn.xml import Document, parse
from engine.definitions.source import Sources
from engine.kernel.errors import DefinitionInvalid, Finding, NotFound

ERROR, WARNING = "error", "warning"


def read_decisions(sources: Sources, functions: Functions, findings: list[Finding]) -> dict[str, str]:
    """Return decision key → path of every table; note what is wrong with each, and keys with two contents."""
    found: dict[str, str] = {}
    for path, content in sorted(sources.decisions.items()):
        key = decision_key(path)
        first = found.setdefault(key, path)
        if content != sources.files[first]:
            message = f"Expected one decision {key!r}, but {first} holds another one. Rename one of the two."
            findings.append(Finding(file=path, element=None, line=None, rule="decision_table", severity=ERROR, message=message))
        try:
            findings += _judged(parse(path, content), content, functions)
        except DefinitionInvalid as error:
            findings += error.findings
    return found


def _judged(document: Document, content: bytes, functions: Functions) -> Iterator[Finding]:
    lines = {element.get("id"): line for element, line in document.lines.items() if element.get("id")}
    try:
        table = read_table(document.file, decision_key(document.file), content, functions=functions)
    except DefinitionInvalid as error:
        yield from (replace(finding, line=lines.get(finding.element, finding.line)) for finding in error.findings)
        return
    for element, message in idle_parts(content, table):
        yield Finding(file=document.file, element=element, line=lines.get(element), rule="decision_idle", severity=WARNING, message=message)


def decided(sources: Sources, key: str, given: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """Return what the table `key` decides for the values `given`, for whoever asks without a process. Raises NotFound."""
    found = [(path, content) for path, content in sorted(sources.decisions.items()) if decision_key(path) == key]
    if not found:
        raise NotFound(f"Expected a decision table {key!r}, but found only {sorted(map(decision_key, sources.decisions))}.")
    path, content = found[0]
    table = read_table(path, key, content, functions=())
    return decide(table, lambda source: evaluate(source, dict(given), {}, now=now))
