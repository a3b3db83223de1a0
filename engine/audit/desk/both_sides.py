"""The separation of duties asked of the log: the same person on both sides of a pair, whether or not the door has let it through.

The door refuses the later act (access/separation.py); this finds it in the records where it happened all the same (AUDIT.md 9.19).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, or_, select

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
AT_ONCE = 300  # cases that are asked for together


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """Two records of one person: the later one, the earlier one, and the rule that forbids both."""

    later: tuple[str, int]
    earlier: tuple[str, int]
    rule: str


def forbidden_pairs(connection: Connection, spans: list[Span]) -> Iterator[tuple[Mapping[str, Any], dict[str, Any]]]:
    """Yield the later record of each pair that nothing exempted, with the name of the rule and the number of the earlier record."""
    pairs: dict[tuple[str, int], _Pair] = {}
    for each in (*_forms(connection, spans), *_decisions(connection, spans)):
        pairs.setdefault(each.later, each)
    for (log, seq), pair in sorted(pairs.items()):
        sealed = opened(connection.execute(select(_LATER.c.body).where(_LATER.c.log == log, _LATER.c.seq == seq)).scalar_one())
        if not any(each["field"] == "exempted" and each["new"] for each in sealed["changes"]):
            yield sealed, {"rule": pair.rule, "earlier_log": pair.earlier[0], "earlier": pair.earlier[1]}


def _forms(connection: Connection, spans: list[Span]) -> Iterator[_Pair]:
    """Both completed, in one case: through loops, several at once, and for whom, as the actor is who it was.

    In two steps, so that of the earlier half only the tasks of these cases are looked at, never all that somebody has done.
    """
    columns = (_LATER.c.log, _LATER.c.seq, _LATER.c.actor, _LATER.c.recorded_at, user_task.c.instance, separation.c.earlier, separation.c.name)
    query: Select[Any] = select(*columns).join(user_task, user_task.c.id == _LATER.c.subject).join(separation, separation.c.later == user_task.c.form)
    later = connection.execute(query.where(within(spans), _LATER.c.action == COMPLETED, _LATER.c.outcome == "done")).all()
    for start in range(0, len(later), AT_ONCE):
        piece = later[start : start + AT_ONCE]
        done = _done(connection, {row.instance for row in piece}, {row.earlier for row in piece})
        for row in piece:
            before = [each for each in done.get((row.instance, row.earlier, row.actor), ()) if each.recorded_at <= row.recorded_at and (each.log, each.seq) != (row.log, row.seq)]
            if before:
                last = max(before, key=lambda each: (each.recorded_at, each.seq))
                yield _Pair(later=(row.log, row.seq), earlier=(last.log, last.seq), rule=row.name)


def _done(connection: Connection, cases: set[str], forms: set[str]) -> dict[tuple[str, str, str], list[Row[Any]]]:
    """Return the records of tasks with these forms that were completed in these cases, by case, form and person."""
    columns = (_LATER.c.log, _LATER.c.seq, _LATER.c.actor, _LATER.c.recorded_at, user_task.c.instance, user_task.c.form)
    query: Select[Any] = select(*columns).join(user_task, user_task.c.id == _LATER.c.subject)
    query = query.where(user_task.c.instance.in_(sorted(cases)), user_task.c.form.in_(sorted(forms)), _LATER.c.action == COMPLETED, _LATER.c.outcome == "done")
    found: dict[tuple[str, str, str], list[Row[Any]]] = {}
    for row in connection.execute(query):
        found.setdefault((row.instance, row.form, row.actor), []).append(row)
    return found


def _decisions(connection: Connection, spans: list[Span]) -> Iterator[_Pair]:
    """Both about one proposal."""
    alike = or_(*(and_(_LATER.c.action == later, _EARLIER.c.action.in_(earlier)) for later, earlier in DECIDED.items()))
    done = and_(_LATER.c.outcome == "done", _EARLIER.c.outcome == "done", _EARLIER.c.recorded_at <= _LATER.c.recorded_at)
    query: Select[Any] = select(_LATER.c.log, _LATER.c.seq, _EARLIER.c.log, _EARLIER.c.seq, _EARLIER.c.action).join(_EARLIER, _EARLIER.c.subject == _LATER.c.subject)
    query = query.where(within(spans), _LATER.c.action.in_(sorted(DECIDED)), alike, _EARLIER.c.actor == _LATER.c.actor, done)
    for log, seq, earlier_log, earlier, rule in connection.execute(query):
        yield _Pair(later=(log, seq), earlier=(earlier_log, earlier), rule=rule)
