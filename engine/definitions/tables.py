"""The decision tables among the files: read, judged, with true lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from engine.bpmn.dmn import decision_key, idle_parts, read_table
from engine.bpmn.expressions import Functions
from engine.definitions.safe_xml import Document, parse
from engine.definitions.source import Sources
from engine.kernel.errors import DefinitionInvalid, Finding

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
