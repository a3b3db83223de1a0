"""The diagrams of a check: which processes stand in which file, who calls whom. Hundreds of files need not be open at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from engine.bpmn.xml import BPMN, parse
from engine.definitions.diagram import NODES, Diagram, Element, attribute, local
from engine.kernel.errors import DefinitionInvalid, Finding

OPEN_BYTES = 4_000_000  # of the files whose trees stay open together; a tree takes some ten times that


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One process in one file. `idle`: it is not marked executable while another one of the file is, and nobody calls it."""

    file: str
    process: str
    idle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a check must know of a file while it looks at another. `places`: by process. `calls`: process → those that it calls."""

    file: str
    places: Mapping[str, Place]
    calls: Mapping[str, tuple[str, ...]]
    forms: frozenset[str]
    decisions: frozenset[str]


@dataclass(slots=True)
class Shelf:
    """The files that can be read; what cannot is in `findings`."""

    contents: Mapping[str, bytes]
    findings: list[Finding] = field(default_factory=list)
    surveys: dict[str, Survey] = field(default_factory=dict)
    first: dict[str, Place] = field(default_factory=dict)  # process → where it stands, in the first file that has it
    _open: dict[str, Diagram] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for file in sorted(self.contents):
            try:
                survey = _survey(self.open(file))
            except DefinitionInvalid as error:
                self.findings += error.findings
                continue
            self.surveys[file] = survey
            for place in survey.places.values():
                self.first.setdefault(place.process, place)

    def open(self, file: str) -> Diagram:
        """Return a diagram. Raises DefinitionInvalid when it cannot be read."""
        if file not in self._open:
            size = len(self.contents[file])
            while self._open and sum(len(self.contents[name]) for name in self._open) + size > OPEN_BYTES:
                del self._open[next(iter(self._open))]
            self._open[file] = Diagram(parse(file, self.contents[file], roots=BPMN))
        return self._open[file]

    def calls(self) -> dict[str, tuple[str, ...]]:
        """Return process → the processes that it calls, of all files."""
        return {process: self.surveys[place.file].calls[process] for process, place in self.first.items()}

    def parts(self, place: Place) -> list[Survey]:
        """Return the files of a process and of all that it calls; a call finds a process of its own file first."""
        found: dict[str, Survey] = {}
        waiting, seen = [place], set[Place]()
        while waiting:
            current = waiting.pop()
            if current in seen:
                continue
            seen.add(current)
            survey = found.setdefault(current.file, self.surveys[current.file])
            waiting += [called for name in survey.calls[current.process] if (called := survey.places.get(name) or self.first.get(name)) is not None]
        return [found[file] for file in sorted(found)]


def _survey(diagram: Diagram) -> Survey:
    filled = [process for process in diagram.elements("process") if any(local(child) in NODES for child in process)]
    calls = {process.get("id", ""): tuple(dict.fromkeys(name for _, name in diagram.called(process) if name)) for process in filled}
    busy = _called([process.get("id", "") for process in diagram.processes], calls)
    return Survey(
        file=diagram.file,
        places={name: Place(file=diagram.file, process=name, idle=name not in busy) for name in calls},
        calls=calls,
        forms=frozenset(_named(diagram, "form", "userTask", "manualTask")),
        decisions=frozenset(_named(diagram, "decision", "businessRuleTask")),
    )


def _called(waiting: list[str], calls: Mapping[str, tuple[str, ...]]) -> set[str]:
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += calls.get(name, ())
    return found


def _named(diagram: Diagram, name: str, *tasks: str) -> Iterator[str]:
    return (value for task in diagram.elements(*tasks) if (value := attribute(task, name)) is not None)


def process_of(element: Element | None) -> Element | None:
    """Return the process that an element stands in, itself when it is one."""
    while element is not None and local(element) != "process":
        element = element.getparent()
    return element


