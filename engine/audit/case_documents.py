"""Stored files for who may see what refers to them: directives, files signed elsewhere, milestones, forms that were handed in or are being filled in."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select, union_all

from engine.access.places import places_here
from engine.audit.evidence import Evidence, evidence
from engine.history.transaction import Reading
from engine.kernel.errors import NotFound
from engine.storage.schema import (
    directive,
    dispatch,
    document,
    draft,
    milestone,
    milestone_version,
    report,
    signed_file,
    submission,
    user_task,
)

_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchDocument:
    """Ask for a stored file as it arrived."""

    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDocument:
    """Ask for what a stored file says, with the evidence of its reading."""

    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A stored file."""

    sha256: str
    name: str
    media_type: str
    content: bytes


def answer_file(query: FetchDocument, reading: Reading) -> File:
    """Return the file. Raises NotFound."""
    row = reading.connection.execute(select(document).where(document.c.sha256 == query.sha256)).one_or_none()
    if row is None:
        raise NotFound(f"Expected the digest of a stored document, but found {query.sha256[:80]!r}, which none has.")
    return File(sha256=row.sha256, name=row.name, media_type=row.media_type, content=bytes(row.content))


def answer_evidence(query: ReadDocument, reading: Reading) -> Evidence:
    """Return what the file says. Raises NotFound."""
    return evidence_of(reading.connection, query.sha256)


def evidence_of(connection: Connection, sha256: str, *, code: str = "") -> Evidence:
    """Return what a stored file says; its content is read only when this process has not read it before. Raises NotFound."""
    name = connection.execute(select(document.c.name).where(document.c.sha256 == sha256)).scalar_one_or_none()
    if name is None:
        raise NotFound(f"Expected the digest of a stored document, but found {sha256[:80]!r}, which none has.")

    def content() -> bytes:
        return bytes(connection.execute(select(document.c.content).where(document.c.sha256 == sha256)).scalar_one())

    return evidence(sha256, name, content, code=code)


def place_of_document(reading: Reading, sha256: str) -> str | None:
    """Return the organisation through which the actor may see a file: an own one that has to do with it, else whose it is.

    Raises NotFound for a file that nothing refers to which the actor could know of.
    """
    places = places_here(reading)
    units = tuple(dict.fromkeys(place.organisation for place in places))
    if not _DIGEST.fullmatch(sha256):
        raise NotFound(f"Expected the digest of a stored document, but found {sha256[:80]!r}, which none has.")
    parties = [str(unit) for unit in reading.connection.execute(_parties(sha256)).scalars()]
    if mine := next((unit for unit in units if unit in parties), None):
        return mine
    if own := reading.connection.execute(_in_hand(sha256, reading.actor.id, units)).scalars().first():
        return str(own) if own in units else next(iter(units), None)
    if parties:
        return min(parties)
    raise NotFound(f"Expected the digest of a stored document, but found {sha256[:80]!r}, which nothing refers to that you may see.")


def _parties(sha256: str) -> Select[Any]:
    """Return the query for the organisations that have to do with what refers to a file."""
    letters = select(directive.c.id).where(directive.c.document == sha256).union(
        select(signed_file.c.directive).where(signed_file.c.document == sha256, signed_file.c.directive.is_not(None)),
        select(milestone.c.directive).join(milestone_version, milestone_version.c.milestone == milestone.c.id).where(milestone_version.c.document == sha256),
    )
    reports = select(signed_file.c.report).where(signed_file.c.document == sha256, signed_file.c.report.is_not(None))
    each = union_all(
        select(directive.c.issuer.label("unit")).where(directive.c.id.in_(letters)),
        select(dispatch.c.organisation).where(dispatch.c.directive.in_(letters)),
        select(report.c.organisation).where(report.c.id.in_(reports)),
        select(submission.c.superior).where(submission.c.report.in_(reports)),
    ).subquery()
    return select(each.c.unit).distinct()


def _in_hand(sha256: str, person: str, units: tuple[str, ...]) -> Select[Any]:
    """Return the query for forms that name a file: handed in at an own office, or being filled in by the actor."""
    handed_in = select(user_task.c.organisation.label("unit")).where(user_task.c.organisation.in_(units), user_task.c.data.contains(sha256))
    typing = select(draft.c.place).where(draft.c.person == person, (draft.c.data.contains(sha256)) | draft.c.place.endswith(sha256))
    each = union_all(handed_in, typing).subquery()
    return select(each.c.unit).limit(1)
