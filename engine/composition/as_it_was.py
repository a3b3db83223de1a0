"""What an auditor sees of a case and of a directive as they were: a case step by step, a cascade on a day, who knew what when."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from engine.audit.desk.cascade_as_of import ShowCascadeAsOf, answer_cascade_as_of
from engine.audit.desk.knowledge import ShowKnowledge, answer_knowledge
from engine.audit.desk.replay import ShowReplay, answer_replay
from engine.audit.desk.sight import SEE, nearest_unit, remit_of
from engine.composition.case import of_case
from engine.composition.desk import of_directive_in_remit
from engine.door import Handler, Query, Scope
from engine.history.transaction import Reading
from engine.kernel.registry import Registry
from engine.storage.schema import instance


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register the questions; each look is written down."""
    del handlers
    queries.add(ShowReplay.__name__, Query(action=SEE, scope=_of_case_in_remit, answer=answer_replay, recorded=True))
    queries.add(ShowCascadeAsOf.__name__, Query(action=SEE, scope=of_directive_in_remit, answer=answer_cascade_as_of, recorded=True))
    queries.add(ShowKnowledge.__name__, Query(action=SEE, scope=of_directive_in_remit, answer=answer_knowledge, recorded=True))


def _of_case_in_remit(about: ShowReplay, reading: Reading) -> Scope:
    """`about.instance`: its organisation, or else where its letter came from, when that lies in the remit."""
    scope, remit = of_case(about, reading), remit_of(reading)
    if remit.whole or scope.organisation in remit.units:
        return scope
    letter = reading.connection.execute(select(instance.c.directive).where(instance.c.id == about.instance)).scalar_one()
    unit = nearest_unit(reading.connection, remit, letter) if letter else None
    return replace(scope, organisation=unit) if unit in remit.units else scope
