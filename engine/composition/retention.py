"""Keeping and letting go: retention classes, holds, disposal by two persons, erasure of personal values by two persons."""

from __future__ import annotations

from functools import partial
from typing import Any

from sqlalchemy import select

from engine.audit.state import differences
from engine.composition.scopes import of_oneself
from engine.door import Handler, Query, Scope
from engine.history.record import Subject
from engine.history.transaction import Reading
from engine.kernel.registry import Registry
from engine.retention.classes import ChangeRetention, decide_change_retention
from engine.retention.desk import ShowRetention, answer_retention
from engine.retention.disposal import DecideDisposal, ProposeDisposal, decide_disposal, decide_propose_disposal, keeper_of
from engine.retention.erasing import DecideErasure, ProposeErasure, decide_erasure, decide_propose_erasure, unit_of
from engine.retention.holds import LiftHold, SetHold, decide_lift_hold, decide_set_hold
from engine.storage.schema import directive, disposal, erasure, retention_hold


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register all this."""
    dispose = partial(decide_disposal, differences=lambda connection, root: differences(connection, root=root))
    for handler in (
        Handler(action="retention.change", scope=_of_process, decide=decide_change_retention, kind=ChangeRetention),
        Handler(action="hold.set", scope=_of_new_hold, decide=decide_set_hold, kind=SetHold),
        Handler(action="hold.set", scope=_of_hold, decide=decide_lift_hold, kind=LiftHold),
        Handler(action="disposal.propose", scope=_of_root, decide=decide_propose_disposal, kind=ProposeDisposal),
        Handler(action="disposal.decide", scope=_of_disposal, decide=dispose, kind=DecideDisposal),
        Handler(action="erasure.propose", scope=_of_values, decide=decide_propose_erasure, kind=ProposeErasure),
        Handler(action="erasure.decide", scope=_of_erasure, decide=decide_erasure, kind=DecideErasure),
    ):
        handlers.add(str(handler.kind and handler.kind.__name__), handler)
    queries.add(ShowRetention.__name__, Query(action="retention.list", scope=of_oneself, answer=answer_retention, recorded=True))


def _of_process(command: ChangeRetention, _reading: Reading) -> Scope:
    return Scope(organisation=None, subject=Subject(type="definition", id=command.process))


def _of_root(command: ProposeDisposal, reading: Reading) -> Scope:
    return _scope(reading, command.directive, Subject(type="directive", id=command.directive))


def _of_new_hold(command: SetHold, reading: Reading) -> Scope:
    return _scope(reading, command.directive, Subject(type="hold", id="new"))


def _of_hold(command: LiftHold, reading: Reading) -> Scope:
    return _scope(reading, _one(reading, retention_hold.c.directive, retention_hold.c.id == command.hold), Subject(type="hold", id=command.hold))


def _of_disposal(command: DecideDisposal, reading: Reading) -> Scope:
    row = reading.connection.execute(select(disposal.c.organisation, disposal.c.directive).where(disposal.c.id == command.disposal)).one_or_none()
    subject = Subject(type="disposal", id=command.disposal)
    return Scope(organisation=row.organisation, subject=subject, streams=(row.directive,)) if row else Scope(organisation=None, subject=subject)


def _of_values(command: ProposeErasure, reading: Reading) -> Scope:
    unit = unit_of(reading.connection, command.task, command.login)
    return Scope(organisation=unit, subject=Subject(type="erasure", id="new"))


def _of_erasure(command: DecideErasure, reading: Reading) -> Scope:
    unit = _one(reading, erasure.c.organisation, erasure.c.id == command.erasure)
    return Scope(organisation=unit, subject=Subject(type="erasure", id=command.erasure))


def _scope(reading: Reading, directive_id: str | None, subject: Subject) -> Scope:
    """Return who keeps the files. None where there is no directive: then it is for those whose right is everywhere."""
    if not directive_id:
        return Scope(organisation=None, subject=subject)
    root = _one(reading, directive.c.root, directive.c.id == directive_id)
    return Scope(organisation=keeper_of(reading, directive_id), subject=subject, streams=(root,) if root else ())


def _one(reading: Reading, field: Any, condition: Any) -> str | None:
    found: str | None = reading.connection.execute(select(field).where(condition)).scalar_one_or_none()
    return found
