"""The auditor's desk: who may ask for which of its pages. Every look is recorded."""

from __future__ import annotations

from typing import Any

from engine.access.remit import sight_of
from engine.audit.desk.record_page import ShowRecord, answer_record, row_of
from engine.audit.desk.searching import SearchHistory, answer_search
from engine.audit.desk.sight import SEE, nearest_unit, owners, remit_of
from engine.audit.desk.start import ShowDesk, answer_desk
from engine.audit.desk.timeline import ShowTimeline, answer_timeline
from engine.audit.desk.told import read
from engine.door import Handler, Query, Scope
from engine.history.record import LOG, Subject
from engine.history.transaction import Reading
from engine.kernel.errors import NotFound
from engine.kernel.registry import Registry


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register the first page, the timeline, the search and the page of a record."""
    del handlers  # nothing is changed here
    queries.add(ShowDesk.__name__, Query(action=SEE, scope=of_ones_remit, answer=answer_desk, recorded=True))
    queries.add(SearchHistory.__name__, Query(action=SEE, scope=of_ones_remit, answer=answer_search, recorded=True))
    queries.add(ShowTimeline.__name__, Query(action=SEE, scope=of_directive_in_remit, answer=answer_timeline, recorded=True))
    queries.add(ShowRecord.__name__, Query(action=SEE, scope=_of_record, answer=answer_record, recorded=True))


def of_ones_remit(_about: Any, reading: Reading) -> Scope:
    """What is about all that an auditor sees: the organisation of the post by which they see it."""
    unit = next(iter(sight_of(reading, SEE).own), None)
    return Scope(organisation=unit, subject=Subject(type="history", id=LOG))


def of_directive_in_remit(about: Any, reading: Reading) -> Scope:
    """`about.directive`: its issuer, where it lies in the remit, else a recipient that does."""
    unit = nearest_unit(reading.connection, remit_of(reading), about.directive)
    if unit is None:
        raise NotFound(f"Expected the id of a directive, but found {about.directive!r}, which none has. Look for it in the list of directives.")
    return Scope(organisation=unit, subject=Subject(type="directive", id=about.directive))


def _of_record(query: ShowRecord, reading: Reading) -> Scope:
    """The post by which the record is the auditor's to see; no organisation, so that nobody is let in, when it is not."""
    sealed, _ = read(row_of(reading.connection, query.log, query.seq))
    case = sealed["instance"]
    seen = remit_of(reading).sees(sealed, owners(reading.connection, {case}).get(case) if case else None)
    unit = next(iter(sight_of(reading, SEE).own), None) if seen else None
    return Scope(organisation=unit, subject=Subject(type="record", id=f"{query.log}:{query.seq}"))
