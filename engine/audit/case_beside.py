"""What stands beside a task: its letter with the evidence of the reading, files, what the letter rests on, comments, what comes next."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, select, union_all
from sqlalchemy import literal as said

from engine.audit.case_documents import evidence_of
from engine.audit.case_graph import Next, drawing
from engine.audit.evidence import Evidence
from engine.history.transaction import Reading
from engine.instances.comments import comments_of
from engine.storage.schema import citation, definition_version, directive, directive_attachment, document, organisation, signed_file
from engine.tasks.queries import task_by_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowBeside:
    """Ask for what stands beside a task."""

    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """`letter`: the directive with its issuer and file, None without one. `files`: name, size, digest, note. `cited`: code, relation, directive."""

    task: str
    instance: str
    element: str
    is_open: bool
    letter: Row[Any] | None
    evidence: Evidence | None
    items: tuple[dict[str, Any], ...]
    duty: dict[str, Any] | None
    files: tuple[Row[Any], ...]
    cited: tuple[Row[Any], ...]
    comments: tuple[Row[Any], ...]
    following: tuple[Next, ...]


def answer_beside(query: ShowBeside, reading: Reading) -> Beside:
    """Return what stands beside a task, whose letter its organisation has issued or received."""
    connection, row = reading.connection, task_by_id(reading, query.task)
    letter = _letter(connection, row.directive) if row.directive else None
    body = json.loads(letter.reading or "{}") if letter is not None else {}
    main = connection.execute(select(definition_version.c.key).where(definition_version.c.id == row.definition_version)).scalar_one()
    return Beside(
        task=row.id,
        instance=row.instance,
        element=row.element,
        is_open=row.status == "open",
        letter=letter,
        evidence=evidence_of(connection, letter.document, code=letter.code) if letter is not None and letter.document else None,
        items=tuple(body.get("items") or ()),
        duty=body.get("obligation"),
        files=_files(connection, letter.id) if letter is not None else (),
        cited=_cited(connection, letter.id) if letter is not None else (),
        comments=comments_of(connection, row.instance),
        following=drawing(connection, row.definition_version).following(row.element, main),
    )


def _letter(connection: Connection, identity: str) -> Row[Any] | None:
    query = (
        select(directive, organisation.c.name.label("issuer_name"), document.c.name.label("file"), document.c.size)
        .join(organisation, organisation.c.id == directive.c.issuer)
        .outerjoin(document, document.c.sha256 == directive.c.document)
        .where(directive.c.id == identity)
    )
    return connection.execute(query).one_or_none()


def _files(connection: Connection, letter: str) -> tuple[Row[Any], ...]:
    """Return the files that were signed elsewhere and attached to a letter."""
    query = (
        select(document.c.sha256, document.c.name, document.c.size, signed_file.c.note)
        .join(signed_file, signed_file.c.document == document.c.sha256)
        .where(signed_file.c.directive == letter)
        .order_by(signed_file.c.attached_at)
    )
    return tuple(connection.execute(query))


def _cited(connection: Connection, letter: str) -> tuple[Row[Any], ...]:
    """Return what the letter names: (code, day, relation, directive or None), attached letters first."""
    attached = (
        select(directive.c.code, directive.c.issued_date.label("day"), said("attached").label("relation"), directive.c.id.label("directive"))
        .join(directive_attachment, directive_attachment.c.attached == directive.c.id)
        .where(directive_attachment.c.directive == letter)
    )
    named = select(citation.c.code, citation.c.cited_date, citation.c.relation, citation.c.cited).where(citation.c.directive == letter)
    each = union_all(attached, named).subquery()
    return tuple(connection.execute(select(each).order_by(each.c.relation, each.c.code)))
