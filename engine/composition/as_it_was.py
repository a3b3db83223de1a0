"""What an auditor sees of a case and of a directive as they were: a case step by step, a cascade on a day, who knew what when."""

from __future__ import annotations

from engine.audit.desk.cascade_as_of import ShowCascadeAsOf, answer_cascade_as_of
from engine.audit.desk.knowledge import ShowKnowledge, answer_knowledge
from engine.audit.desk.replay import ShowReplay, answer_replay
from engine.audit.desk.sight import SEE
from engine.composition.case import of_case
from engine.composition.desk import of_directive_in_remit
from engine.door import Handler, Query
from engine.kernel.registry import Registry


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register the questions; each look is written down."""
    del handlers
    queries.add(ShowReplay.__name__, Query(action=SEE, scope=of_case, answer=answer_replay, recorded=True))
    queries.add(ShowCascadeAsOf.__name__, Query(action=SEE, scope=of_directive_in_remit, answer=answer_cascade_as_of, recorded=True))
    queries.add(ShowKnowledge.__name__, Query(action=SEE, scope=of_directive_in_remit, answer=answer_knowledge, recorded=True))
