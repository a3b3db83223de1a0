"""Where a new diagram begins: as a copy of a process, or empty; and the processes that a diagram may call.

A copy is the text of the file with another process id and name: everything else that was drawn stays as it was.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any
from xml.sax.saxutils import escape

from engine.bpmn.encoding import to_utf8
from engine.bpmn.vocabulary import PERSON
from engine.definitions.designs import KeepDesignFile, decide_keep, files_of, sources_of
from engine.definitions.diagram import Diagram, Element, attribute, children, event_definitions, local, plain_name, text
from engine.definitions.shelf import Shelf
from engine.definitions.source import DIAGRAM, Sources, beside_shipped
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import InvalidInput, NotFound, Refused

KEPT = 8  # designs
DISPATCHED = "directive.dispatched"  # what begins a case of a directive (DOMAIN.md 2): who waits for it is a directive type
LONGEST = 60  # characters of a process id
LONGEST_NAME = 200
_ID = re.compile(r"[a-z][a-z0-9_]*")
_HEAD = re.compile(r"""<(?:[\w.-]+:)?(?:process|participant)\b(?:[^>"']|"[^"]*"|'[^']*')*>""")
_NAME = re.compile(r"""(\sname\s*=\s*)("[^"]*"|'[^']*')""")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowStartingPoints:
    """Ask what a new diagram of a design may begin as, and what its diagrams may call."""

    design: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AddDesignFile:
    """Add a diagram to a design. `process`, `name`: of the new process; `template`: a process, "" for an empty diagram;
    `path`: where the file stands, "" for a folder of its own."""

    design: str
    process: str
    name: str
    template: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartingPoint:
    """A process that others begin as. `about`: what its drawing says of itself; `there`: the design has it, so that it can be called."""

    key: str
    name: str
    path: str
    about: str
    there: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class StartingPoints:
    """`types`: directive types; `calls`: what other processes call; `others`: begun by a person or another message."""

    types: tuple[StartingPoint, ...]
    calls: tuple[StartingPoint, ...]
    others: tuple[StartingPoint, ...]


def answer_starting_points(query: ShowStartingPoints, reading: Reading) -> StartingPoints:
    """List the processes of the design and the shipped ones, by name. Raises NotFound."""
    found: dict[str, list[StartingPoint]] = {"types": [], "calls": [], "others": []}
    own = sources_of(reading.connection, query.design)
    for kind, point in _points(tuple(sorted(beside_shipped(own).diagrams.items())), frozenset(own.files)):
        found[kind].append(point)
    return StartingPoints(**{kind: tuple(sorted(points, key=lambda point: (point.name, point.key))) for kind, points in found.items()})


def decide_add(command: AddDesignFile, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Add a diagram. Raises InvalidInput for an id, a name or a path that cannot be, Refused for one that is taken."""
    process, name = command.process.strip(), " ".join(command.name.split())
    path = command.path.strip() or f"{process}/{process}{DIAGRAM}"
    _check(process, name, path)
    sources = sources_of(reading.connection, command.design)
    taken = Shelf(sources.diagrams).first.get(process)
    if taken is not None:
        raise Refused(f"Expected the id of a new process, but {process!r} is drawn in {taken.file}. Choose another id, or open that file.")
    if path in sources.files:
        raise Refused(f"Expected a path without a file, but there is one at {path}. Choose another, or open that file.")
    content = renamed(*_template(sources, command.template), process=process, name=name)
    gone = files_of(reading.connection, command.design).get(path)  # the design took away what stood there
    return decide_keep(KeepDesignFile(design=command.design, path=path, text=content, edition=gone.edition if gone else 0), reading)


def renamed(drawn: str, old: str, *, process: str, name: str) -> str:
    """Return a diagram whose process `old` is called `process` and, like its pool, `name`."""
    said = f'"{escape(name, {chr(34): "&quot;"})}"'
    refers = re.compile(rf"""(\s(?:id|processRef|bpmnElement|calledElement)\s*=\s*)(["'])((?:[\w.-]+:)?){re.escape(old)}\2""")
    drawn = refers.sub(lambda match: f"{match[1]}{match[2]}{match[3]}{process}{match[2]}", drawn)

    def head(match: re.Match[str]) -> str:
        mine = f'"{process}"' in match[0] or f"'{process}'" in match[0] or f':{process}"' in match[0]
        return _NAME.sub(lambda found: f"{found[1]}{said}", match[0], count=1) if mine else match[0]

    return _HEAD.sub(head, drawn)


def _check(process: str, name: str, path: str) -> None:
    if not _ID.fullmatch(process) or len(process) > LONGEST:
        raise InvalidInput(
            f"Expected the id of a process in small letters, digits and _, a letter first, of at most {LONGEST}, but found {process!r}. "
            "Write for example coordination_quarterly."
        )
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInput(f"Expected a name of 1 to {LONGEST_NAME} characters for the process, but found {len(name)}. Write what the office calls it.")
    if not path.endswith(DIAGRAM):
        raise InvalidInput(f"Expected the path of a diagram, which ends in {DIAGRAM}, but found {path!r}. Write for example folder/name{DIAGRAM}.")


def _template(sources: Sources, process: str) -> tuple[str, str]:
    """Return the text of the file in which a process is drawn, and the id to be replaced. Raises NotFound."""
    if not process:
        return _empty(), "empty"
    every = beside_shipped(sources)
    place = Shelf(every.diagrams).first.get(process)
    if place is None:
        raise NotFound(f"Expected a process to begin with, but {process!r} is none. Choose one of the list.", process=process)
    return to_utf8(every.files[place.file]).decode("utf-8"), process


@cache
def _empty() -> str:
    return files("engine.definitions").joinpath("empty.bpmn").read_text("utf-8")


@lru_cache(maxsize=KEPT)
def _points(diagrams: tuple[tuple[str, bytes], ...], own: frozenset[str]) -> tuple[tuple[str, StartingPoint], ...]:
    """Return (as `StartingPoints` names it, point) of every process; kept, since each opening of the editor asks for the same."""
    return tuple(_read(Shelf(dict(diagrams)), own))


def _read(shelf: Shelf, own: frozenset[str]) -> Iterator[tuple[str, StartingPoint]]:
    for key, place in shelf.first.items():
        diagram = shelf.open(place.file)
        process = next(each for each in diagram.elements("process") if each.get("id") == key)
        about = " ".join(text(each) for each in children(process, "documentation"))
        point = StartingPoint(key=key, name=process.get("name") or key, path=place.file, about=about, there=place.file in own)
        yield _kind(diagram, process), point


def _kind(diagram: Diagram, process: Element) -> str:
    """Return how a process begins, as `StartingPoints` names it."""
    starts = children(process, "startEvent")
    if any(DISPATCHED in _messages(start, diagram.messages) for start in starts):
        return "types"
    called = any(not event_definitions(start) and attribute(start, "startedBy") != PERSON for start in starts)
    return "calls" if called else "others"


def _messages(start: Element, names: Mapping[str, str]) -> list[str]:
    return [names.get(plain_name(each.get("messageRef", "")), "") for each in event_definitions(start) if local(each) == "messageEventDefinition"]
