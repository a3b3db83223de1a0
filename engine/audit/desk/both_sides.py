"""The separation of duties asked of the log: the same person on both sides of a pair, whether or not the door has let it through.

The door refuses the later act (access/separation.py); this finds it in the records where it happened all the same (AUDIT.md 9.19).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, select

from engine.audit.desk.spans import Span, within
from engine.history.record import opened
from engine.storage.schema import history_record, separation, user_task

COMPLETED = "task.completed"
DECIDED = {  # what is proposed by one and decided by another: the record of the decision, that of the proposal
    "proposal.approved": ("proposal.made",),
    "directive.disposed": ("disposal.proposed",),
    "value.erased": ("erasure.proposed",),
}
_LATER, _EARLIER = history_record, history_record.alias("earlier")
_LATER_TASK, _EARLIER_TASK = user_task, user_task.alias("earlier_task")


def forbidden_pairs(connection: Connection, spans: list[Span]) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
    """Yield the later record of each pair that nothing exempted, with the name of the rule and the number of the earlier record."""
    named: set[tuple[str, int]] = set()
    for query in (_forms(), _decisions()):
        chosen = query.where(within(spans))
        for row in connection.execute(chosen.order_by(_LATER.c.log, _LATER.c.seq, _EARLIER.c.seq.desc())):
            sealed = opened(row.body)
            place = sealed["log"], sealed["seq"]
            if place in named or any(each["field"] == "exempted" and each["new"] for each in sealed["changes"]):
                continue
            named.add(place)
            yield sealed, {"rule": row.rule, "earlier_log": row.log, "earlier": row.seq}


def _same_person() -> ColumnElement[bool]:
    done = and_(_LATER.c.outcome == "done", _EARLIER.c.outcome == "done", _EARLIER.c.recorded_at <= _LATER.c.recorded_at)
    return and_(_EARLIER.c.actor == _LATER.c.actor, done)


def _forms() -> Select[Any]:
    """Both completed, in one case: through loops, several at once, and for whom, as the actor is who it was."""
    query: Select[Any] = select(_LATER.c.body, separation.c.name.label("rule"), _EARLIER.c.log, _EARLIER.c.seq)
    query = query.join(_LATER_TASK, _LATER_TASK.c.id == _LATER.c.subject)
    query = query.join(separation, separation.c.later == _LATER_TASK.c.form)
    query = query.join(_EARLIER_TASK, and_(_EARLIER_TASK.c.instance == _LATER_TASK.c.instance, _EARLIER_TASK.c.form == separation.c.earlier))
    query = query.join(_EARLIER, and_(_EARLIER.c.subject == _EARLIER_TASK.c.id, _EARLIER.c.action == COMPLETED))
    return query.where(_LATER.c.action == COMPLETED, _same_person())


def _decisions() -> Select[Any]:
    """Both about one proposal."""
    pairs = [and_(_LATER.c.action == later, _EARLIER.c.action.in_(earlier)) for later, earlier in DECIDED.items()]
    query: Select[Any] = select(_LATER.c.body, _EARLIER.c.action.label("rule"), _EARLIER.c.log, _EARLIER.c.seq)
    query = query.join(_EARLIER, _EARLIER.c.subject == _LATER.c.subject)
    alike = pairs[0]
    for each in pairs[1:]:
        alike = alike | each
    return query.where(alike, _same_person())
