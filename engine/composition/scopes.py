"""What commands and queries are about, for authorisation: the organisation of the object, and the object itself."""

from __future__ import annotations

import json
from typing import Any

from sqlalchemy import bindparam, select

from engine.access.places import places_here
from engine.door import Scope
from engine.history.record import Subject
from engine.history.transaction import Reading
from engine.kernel.errors import NotFound
from engine.storage.schema import directive, dispatch
from engine.tasks.queries import task_by_id

_DIRECTIVE = select(directive.c.id, directive.c.issuer, directive.c.root).where(directive.c.id == bindparam("b_directive"))
_RECEIVED = select(dispatch.c.organisation).where(
    dispatch.c.directive == bindparam("b_directive"), dispatch.c.organisation.in_(bindparam("b_units", expanding=True))
)


def of_oneself(_about: Any, reading: Reading) -> Scope:
    """What concerns only whoever asks: the answer looks at `reading.actor` and nobody else."""
    return Scope(organisation=None, subject=Subject(type="person", id=reading.actor.id))


def of_task(command: Any, reading: Reading) -> Scope:
    """`command.task`: that of its organisation, role and form."""
    row = task_by_id(reading, command.task)
    streams = tuple(json.loads(row.roots))
    return Scope(organisation=row.organisation, subject=Subject(type="task", id=row.id), lane=row.role, form=row.form or None, streams=streams)


def of_unit(command: Any, _reading: Reading) -> Scope:
    """`command.organisation`."""
    return Scope(organisation=command.organisation, subject=Subject(type="organisation", id=command.organisation))


def of_directive(command: Any, reading: Reading) -> Scope:
    """`command.directive`: a place of the actor that issued or received it; else the issuer, for those in whose remit it is."""
    row = reading.connection.execute(_DIRECTIVE, {"b_directive": command.directive}).one_or_none()
    if row is None:
        raise NotFound(f"Expected the id of a directive, but found {command.directive!r}, which none has.")
    units = {place.organisation for place in places_here(reading)}
    mine = row.issuer if row.issuer in units else None
    if mine is None and units:
        received = reading.connection.execute(_RECEIVED, {"b_directive": row.id, "b_units": sorted(units)}).scalars().all()
        mine = min(received, default=None)
    return Scope(organisation=mine or row.issuer, subject=Subject(type="directive", id=row.id), streams=(row.root,))
