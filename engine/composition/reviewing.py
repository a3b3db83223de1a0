"""What an auditor looks at first, and that it was looked at: exceptions and reviews."""

from __future__ import annotations

from typing import Any

from engine.access.remit import sight_of
from engine.audit.desk.exceptions import ShowExceptions, answer_exceptions_of_period
from engine.audit.desk.gaps import REVIEWS
from engine.audit.desk.review import ListReviews, RecordReview, answer_reviews, decide_record_review
from engine.audit.desk.sight import SEE
from engine.door import Handler, Query, Scope
from engine.history.record import Subject
from engine.history.transaction import Reading
from engine.kernel.registry import Registry


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register the page of exceptions, the reviews, and the record of one."""
    handlers.add(RecordReview.__name__, Handler(action="audit.review", scope=_of_remit, decide=decide_record_review, kind=RecordReview))
    queries.add(ShowExceptions.__name__, Query(action=SEE, scope=_of_remit, answer=answer_exceptions_of_period, recorded=True))
    queries.add(ListReviews.__name__, Query(action=SEE, scope=_of_remit, answer=answer_reviews))


def _of_remit(_about: Any, reading: Reading) -> Scope:
    """An organisation in which the actor is an auditor; the answer holds what lies in the whole remit and nothing else."""
    return Scope(organisation=next(iter(sight_of(reading, SEE).own), None), subject=Subject(type="review", id=REVIEWS))
