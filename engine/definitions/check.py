"""Everything that is looked at before a definition is stored: safe XML, XSD, rules, forms, compilation. Writes nothing.

The editor, the command line and the deployment use this one validator, so what passes here deploys.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from engine.bpmn import Definition, compile_definition
from engine.bpmn.expressions import Functions
from engine.bpmn.xml import BPMN, parse
from engine.definitions import rules, xsd
from engine.definitions.diagram import Diagram, Installed, attribute
from engine.definitions.forms import Form
from engine.definitions.functions import FUNCTIONS
from engine.definitions.source import MAX_BYTES, Sources, form_key
from engine.definitions.tables import read_decisions
from engine.kernel.errors import DefinitionInvalid, Finding, InvalidInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check found: complaints, and what can be made of the files in spite of them."""

    findings: list[Finding]
    definitions: Mapping[str, Definition]  # process id → compiled, where nothing is wrong
    bundles: Mapping[str, Bundle]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What one version of a process consists of: its diagram, those of its call activities, the forms and decisions of all."""

    key: str
    diagrams: Mapping[str, bytes]
    forms: Mapping[str, bytes]
    decisions: Mapping[str, bytes]


def check(sources: Sources, *, operations: Collection[str], functions: Functions = FUNCTIONS) -> list[Finding]:
    """Return everything that is wrong with `sources`; an error would refuse the deployment, a warning would not.

    `operations` are the names that a service task may use, `functions` what expressions may call.
    """
    return examine(sources, operations=operations, functions=functions).findings


def examine(sources: Sources, *, operations: Collection[str], functions: Functions = FUNCTIONS, wired: bool = True) -> Checked:
    """Check `sources` and return the findings with the compiled processes of the files that have no error.

    `wired`: False compiles files whose only errors are wiring too (`rules.WIRING`), for a dry run.
    """
    findings: list[Finding] = []
    forms = _read_forms(sources, findings)
    decisions = read_decisions(sources, functions, findings)
    diagrams = _read_diagrams(sources, findings)
    places = _places(diagrams, findings)
    calls = {key: {called for _, called in diagram.called(diagram.by_id[key])} for key, diagram in places.items()}
    installed = Installed(processes=calls, forms=forms, decisions=decisions, operations=operations, functions=functions)
    for diagram in diagrams:
        findings += xsd.check(diagram)
        findings += rules.findings(diagram, installed)
    forgiven = frozenset[str]() if wired else rules.WIRING
    broken = {finding.file for finding in findings if finding.severity == rules.ERROR and finding.rule not in forgiven}
    bundles = {key: _bundle(key, sources, installed, places) for key, diagram in places.items() if diagram.file not in broken}
    compiled: dict[str, Definition] = {}
    for key, bundle in bundles.items():
        if broken.isdisjoint((*bundle.diagrams, *bundle.forms, *bundle.decisions)):
            try:
                compiled[key] = compile_definition(key, bundle.diagrams, functions=functions, decisions=bundle.decisions, wired=wired)
            except DefinitionInvalid as error:
                findings += _true_lines(error.findings, diagrams)
    return Checked(findings=list(dict.fromkeys(findings)), definitions=compiled, bundles=bundles)


def _read_diagrams(sources: Sources, findings: list[Finding]) -> list[Diagram]:
    found = []
    for file, content in sorted(sources.diagrams.items()):
        try:
            found.append(Diagram(parse(file, content, roots=BPMN)))
        except DefinitionInvalid as error:
            findings += error.findings
    return found


def _read_forms(sources: Sources, findings: list[Finding]) -> dict[str, str]:
    """Return form key → path of every form; note those that are no form and keys with two contents."""
    found: dict[str, str] = {}
    for path, content in sorted(sources.forms.items()):
        first = found.setdefault(form_key(path), path)
        if content != sources.files[first]:
            message = f"Expected one form {form_key(path)!r}, but {first} holds another one. Rename one of the two."
            findings.append(_form_finding(path, None, message))
        try:
            read_form(path, content)
        except InvalidInput as error:
            findings.append(_form_finding(path, error.details.get("line"), error.message))
    return found


@lru_cache(maxsize=512)  # a form is immutable, and its schema costs 20 ms to judge
def read_form(path: str, content: bytes) -> Form:
    """Return the form of a file. Raises `InvalidInput` when it is no JSON or no form."""
    if len(content) > MAX_BYTES:
        raise InvalidInput(f"Expected at most {MAX_BYTES} bytes in {path}, but found more.")
    try:
        schema = json.loads(content)
    except json.JSONDecodeError as error:
        raise InvalidInput(f"Expected JSON in {path}, but at line {error.lineno}: {error.msg}.", line=error.lineno) from None
    except (UnicodeDecodeError, RecursionError):
        raise InvalidInput(f"Expected JSON in UTF-8 in {path}, but it cannot be read.") from None
    return Form(form_key(path), schema)


def _form_finding(path: str, line: int | None, message: str) -> Finding:
    return Finding(file=path, element=None, line=line, rule="form_schema", severity=rules.ERROR, message=message)


def _places(diagrams: Iterable[Diagram], findings: list[Finding]) -> dict[str, Diagram]:
    """Return process id → its diagram; note ids that two files use."""
    found: dict[str, Diagram] = {}
    for diagram in diagrams:
        for process in diagram.processes:
            key = process.get("id")
            if not key:
                continue  # a rule says so
            first = found.setdefault(key, diagram)
            if first is not diagram:
                message = f"Expected the process {key} in one file, but {first.file} has it too. Rename or remove one of the two."
                findings.append(
                    Finding(file=diagram.file, element=key, line=diagram.line(process), rule="duplicate_process", severity=rules.ERROR, message=message)
                )
    return found


def _bundle(key: str, sources: Sources, installed: Installed, places: Mapping[str, Diagram]) -> Bundle:
    parts = {places[name].file: places[name] for name in installed.reached(key) if name in places}
    return Bundle(
        key=key,
        diagrams={file: sources.files[file] for file in sorted(parts)},
        forms=_used(sources, parts.values(), installed.forms, "form", "userTask", "manualTask"),
        decisions=_used(sources, parts.values(), installed.decisions, "decision", "businessRuleTask"),
    )


def _used(sources: Sources, diagrams: Iterable[Diagram], known: Mapping[str, str], name: str, *tasks: str) -> dict[str, bytes]:
    """Return path → bytes of the files that the tasks of `diagrams` name."""
    wanted = {attribute(task, name) or "" for diagram in diagrams for task in diagram.elements(*tasks)}
    return {known[key]: sources.files[known[key]] for key in sorted(wanted) if key in known}


def _true_lines(findings: Iterable[Finding], diagrams: Iterable[Diagram]) -> Iterator[Finding]:
    """Yield the compiler's findings with the line at which the element begins; lxml counts otherwise."""
    by_file = {diagram.file: diagram for diagram in diagrams}
    for finding in findings:
        diagram = by_file.get(finding.file)
        element = diagram.by_id.get(finding.element or "") if diagram else None
        yield finding if diagram is None or element is None else replace(finding, line=diagram.line(element))
