"""What designers tell each other about elements of a diagram: written of what is in force or of a design, settled by whoever, never deleted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, insert, select, update

from engine.definitions.designs import design_by_id, files_of
from engine.definitions.outline import outline
from engine.definitions.repository import latest
from engine.definitions.source import DIAGRAM, Sources
from engine.history.record import Change, Fact, Subject
from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import Conflict, DefinitionInvalid, InvalidInput, NotFound, Refused
from engine.storage.schema import design, element_remark, person

Apply = Callable[[Transaction], dict[str, Any]]
LONGEST = 2000  # characters of a remark
LONGEST_ID = 200  # characters of the id of an element
UNNAMED = frozenset({"sequenceFlow", "dataObject", "dataObjectReference"})  # that nobody would find in a list by their ids
SHOWN = 200  # remarks that one page lists, newest first


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteRemark:
    """Say something of an element. `design`: that it is about what the design draws; None: about what is in force."""

    process: str
    element: str
    text: str
    design: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SettleRemark:
    """Say that nothing is to be done about a remark any more."""

    remark: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRemarks:
    """Ask what was said: of a process, in a design, or both."""

    process: str | None = None
    design: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDrawn:
    """Ask for the elements of the diagrams that a design changes: what can be remarked on there."""

    design: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """An element of a diagram. `type`: as BPMN calls it; `name` "" for one without."""

    path: str
    process: str
    element: str
    type: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """What somebody said. `design_name` "" when it is about what is in force; `settled_by` "" while it is open."""

    id: str
    process: str
    element: str
    text: str
    by: str
    at: str
    design: str | None
    design_name: str
    settled_by: str
    settled_at: str | None


_SETTLED_BY = person.alias("settled")
_REMARKS = (
    select(element_remark, person.c.name.label("by"), design.c.name.label("design_name"), _SETTLED_BY.c.name.label("settled_name"))
    .join(person, person.c.id == element_remark.c.person)
    .outerjoin(design, design.c.id == element_remark.c.design)
    .outerjoin(_SETTLED_BY, _SETTLED_BY.c.id == element_remark.c.settled_by)
    .order_by(element_remark.c.settled_at.isnot(None), element_remark.c.id.desc())
    .limit(SHOWN)
)
_ONE = select(element_remark).where(element_remark.c.id == bindparam("b_id"))


def decide_write(command: WriteRemark, reading: Reading) -> Apply:
    """Keep a remark. Raises InvalidInput for one without words or too long, NotFound for a process or design that is none."""
    text = command.text.strip()
    if not 0 < len(text) <= LONGEST:
        raise InvalidInput(f"Expected a remark of 1 to {LONGEST} characters, but found {len(text)}. Say what is to be looked at.")
    if not 0 < len(command.element) <= LONGEST_ID:
        raise InvalidInput("Expected the element that the remark is about, but found none. Choose one.")
    if command.design is None:
        latest(reading.connection, command.process)
    else:
        design_by_id(reading.connection, command.design)

    def apply(transaction: Transaction) -> dict[str, Any]:
        identity = transaction.new_id()
        about = {"process": command.process, "element": command.element, "design": command.design}
        row = {"id": identity, **about, "person": transaction.actor.id, "text": text, "written_at": transaction.at}
        transaction.connection.execute(insert(element_remark).values(**row))
        changes = (*(Change(field=name, new=value) for name, value in about.items()), Change(field="text", new=text))
        transaction.record(Fact(action="remark.written", subject=Subject(type="remark", id=identity), changes=changes))
        return {"remark": identity}

    return apply


def decide_settle(command: SettleRemark, reading: Reading) -> Apply:
    """Settle a remark. Raises NotFound, Refused for one that is settled."""
    row = reading.row(_ONE, command.remark, missing=f"Expected the id of a remark, but found {command.remark!r}, which none has.")
    if row.settled_at is not None:
        raise Refused(f"Expected an open remark, but it was settled at {row.settled_at}. Write a new one.")

    def apply(transaction: Transaction) -> dict[str, Any]:
        settled = update(element_remark).where(element_remark.c.id == row.id, element_remark.c.settled_at.is_(None))
        if transaction.connection.execute(settled.values(settled_by=transaction.actor.id, settled_at=transaction.at)).rowcount != 1:
            raise Conflict("Expected an open remark, but somebody else has just settled it.")
        changes = (Change(field="process", new=row.process), Change(field="element", new=row.element))
        transaction.record(Fact(action="remark.settled", subject=Subject(type="remark", id=row.id), changes=changes))
        return {"remark": row.id, "process": row.process, "design": row.design}

    return apply


def answer_drawn(query: ListDrawn, reading: Reading) -> tuple[Drawn, ...]:
    """List elements of the changed diagrams; one that cannot be read has none. Raises NotFound."""
    design_by_id(reading.connection, query.design)
    found: list[Drawn] = []
    for path, row in files_of(reading.connection, query.design).items():
        if row.content is None or not path.endswith(DIAGRAM):
            continue
        try:
            parts = outline(Sources(files={path: bytes(row.content)})).parts
        except DefinitionInvalid:
            continue
        found += [
            Drawn(path=path, process=process, element=element, type=part.type, name=part.name)
            for (process, element), part in parts.items()
            if part.type not in UNNAMED or part.name
        ]
    return tuple(found)


def answer_remarks(query: ListRemarks, reading: Reading) -> tuple[Remark, ...]:
    """List remarks, open ones first, the newest first. Raises NotFound when neither a process nor a design is named."""
    if query.process is None and query.design is None:
        raise NotFound("Expected a process or a design whose remarks are asked for, but found neither. Name one.")
    chosen = _REMARKS
    if query.process is not None:
        chosen = chosen.where(element_remark.c.process == query.process)
    if query.design is not None:
        chosen = chosen.where(element_remark.c.design == query.design)
    return tuple(
        Remark(
            id=row.id, process=row.process, element=row.element, text=row.text, by=row.by, at=row.written_at, design=row.design,
            design_name=row.design_name or "", settled_by=row.settled_name or "", settled_at=row.settled_at,
        )
        for row in reading.connection.execute(chosen)
    )  # fmt: skip
