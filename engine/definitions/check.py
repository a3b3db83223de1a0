"""Everything that is looked at before a definition is stored: safe XML, XSD, rules, forms, compilation. Writes nothing.

The editor, the command line and the deployment use this one validator, so what passes here deploys.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from engine.bpmn import Definition, compile_definition
from engine.bpmn.language.expressions import Functions
from engine.definitions import json_text, rules, xsd
from engine.definitions.diagram import Diagram, Installed
from engine.definitions.forms import Form
from engine.definitions.functions import FUNCTIONS
from engine.definitions.shelf import Place, Shelf, process_of
from engine.definitions.source import MAX_BYTES, Sources, form_key
from engine.definitions.tables import read_decisions
from engine.kernel.errors import DefinitionInvalid, Finding, InvalidInput

DUPLICATE = "duplicate_process"  # a finding about two files, each of which may be right in itself


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check found: complaints, and what can be made of the files in spite of them.

    `definitions`: process id → compiled, where nothing is wrong. `drawn`: the same for processes that are not marked
    executable beside others that are: they may be tried, and are not deployed. `bundles`: of both.
    """

    findings: list[Finding]
    definitions: Mapping[str, Definition]
    drawn: Mapping[str, Definition]
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
    return examine(sources, operations=operations, functions=functions, keep=False).findings


def examine(
    sources: Sources, *, operations: Collection[str], functions: Functions = FUNCTIONS, wired: bool = True, keep: bool = True
) -> Checked:
    """Check `sources` and return the findings with the compiled processes of the files that have no error.

    `wired`: False compiles files whose only errors are wiring too (`rules.WIRING`), for a dry run. `keep`: False forgets what
    was compiled: a folder may hold thousands of files.
    """
    findings = [_unread(file, reason) for file, reason in sorted(sources.unread.items())]
    forms = _read_forms(sources, findings)
    decisions = read_decisions(sources, functions, findings)
    shelf = Shelf(sources.diagrams)
    findings += shelf.findings
    installed = Installed(processes=shelf.calls(), forms=forms, decisions=decisions, operations=operations, functions=functions)
    work = _Examination(sources=sources, shelf=shelf, installed=installed, wired=wired, keep=keep, findings=findings)
    for file in shelf.surveys:
        work.judge(shelf.open(file))
    for survey in shelf.surveys.values():
        for place in survey.places.values():
            work.compile(place)
    found = sorted(dict.fromkeys(findings), key=lambda finding: finding.file)
    return Checked(findings=found, definitions=work.definitions, drawn=work.drawn, bundles=work.bundles)


@dataclass(slots=True, kw_only=True)
class _Examination:
    """A check under way. `flawed`: processes that nobody deploys and that have errors."""

    sources: Sources
    shelf: Shelf
    installed: Installed
    wired: bool
    keep: bool
    findings: list[Finding]
    flawed: set[Place] = field(default_factory=set)
    definitions: dict[str, Definition] = field(default_factory=dict)
    drawn: dict[str, Definition] = field(default_factory=dict)
    bundles: dict[str, Bundle] = field(default_factory=dict)
    broken: dict[str, set[str]] | None = None

    def judge(self, diagram: Diagram) -> None:
        """Note what schema and rules say about a file; what stands in a process that nobody deploys refuses nothing."""
        idle = {name: place for name, place in self.shelf.surveys[diagram.file].places.items() if place.idle}
        self.findings += _doubles(diagram, self.shelf)
        for finding in (*xsd.check(diagram), *rules.findings(diagram, self.installed)):
            process = process_of(diagram.by_id.get(finding.element or "")) if idle else None
            aside = process is not None and process.getparent() is diagram.root and finding.rule != "duplicate_id"
            self.note(finding, idle.get(process.get("id", "")) if process is not None and aside else None)
        self.findings += [_drawn_only(diagram, place) for place in idle.values()]

    def note(self, finding: Finding, idle: Place | None) -> None:
        """Keep a finding, as a warning where it stands in a process that nobody deploys."""
        if idle is not None and finding.severity == rules.ERROR:
            self.flawed.add(idle)
            message = f"{finding.message} It stands in the process {idle.process}, which is not executable and is not deployed."
            finding = replace(finding, severity=rules.WARNING, message=message)
        self.findings.append(finding)

    def compile(self, place: Place) -> None:
        """Compile a process and note what the compiler finds; keep it where no error forbids that.

        A file that only lacks wiring is compiled for the findings alone, unless `wired` says that it may lack it.
        """
        if self.broken is None:
            self.broken = {name: self._broken(forgiven) for name, forgiven in (("all", {DUPLICATE}), ("most", {DUPLICATE, *rules.WIRING}))}
        bundle = self._bundle(place)
        parts = (*bundle.diagrams, *bundle.forms, *bundle.decisions)
        if place in self.flawed or not self.broken["most"].isdisjoint(parts):
            return
        complete = self.broken["all"].isdisjoint(parts)
        wired = self.wired and complete
        try:
            compiled = compile_definition(
                place.process, bundle.diagrams, functions=self.installed.functions, decisions=bundle.decisions, wired=wired
            )
        except DefinitionInvalid as error:
            for finding in error.findings:
                self.note(finding, place if place.idle else None)
            return
        if self.keep and self.shelf.first[place.process] == place and (complete or not self.wired):
            (self.drawn if place.idle else self.definitions)[place.process] = compiled
            self.bundles[place.process] = bundle

    def _broken(self, forgiven: Collection[str]) -> set[str]:
        return {finding.file for finding in self.findings if finding.severity == rules.ERROR and finding.rule not in forgiven}

    def _bundle(self, place: Place) -> Bundle:
        parts = self.shelf.parts(place)
        return Bundle(
            key=place.process,
            diagrams={part.file: self.sources.files[part.file] for part in parts},
            forms=self._named(self.installed.forms, (part.forms for part in parts)),
            decisions=self._named(self.installed.decisions, (part.decisions for part in parts)),
        )

    def _named(self, known: Mapping[str, str], wanted: Iterable[Collection[str]]) -> dict[str, bytes]:
        """Return path → bytes of the files that tasks name."""
        keys = sorted({key for each in wanted for key in each if key in known})
        return {known[key]: self.sources.files[known[key]] for key in keys}


def _unread(file: str, reason: str) -> Finding:
    message = f"Expected a file that can be read, but found: {reason}. Look at its rights, or leave it out."
    return Finding(file=file, element=None, line=None, rule="xml", severity=rules.ERROR, message=message)


def _doubles(diagram: Diagram, shelf: Shelf) -> Iterator[Finding]:
    """Yield processes that an earlier file has too."""
    for place in shelf.surveys[diagram.file].places.values():
        first = shelf.first[place.process]
        if first.file != place.file:
            message = f"Expected the process {place.process} in one file, but {first.file} has it too. Rename or remove one of the two."
            line = diagram.line(diagram.by_id[place.process])
            yield Finding(file=place.file, element=place.process, line=line, rule=DUPLICATE, severity=rules.ERROR, message=message)


def _drawn_only(diagram: Diagram, place: Place) -> Finding:
    message = f'Expected isExecutable="true" at every process to deploy, but {place.process} has it not while another one has: it is not deployed. Mark it, or leave it as a drawing.'
    line = diagram.line(diagram.by_id[place.process])
    return Finding(file=place.file, element=place.process, line=line, rule="not_executable", severity=rules.WARNING, message=message)


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
    return Form(form_key(path), json_text.read(path, content))


def _form_finding(path: str, line: int | None, message: str) -> Finding:
    return Finding(file=path, element=None, line=line, rule="form_schema", severity=rules.ERROR, message=message)
