"""How the history is kept from being changed: what an auditor and an administrator see of it, and the record of each check."""

from __future__ import annotations

from engine.audit.verifying import RecordVerification, ShowSeal, answer_seal, decide_record_verification
from engine.door import Handler, Query, Scope
from engine.history.record import LOG, Subject
from engine.history.transaction import Reading
from engine.kernel.registry import Registry


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register the record of a check, and the page of the seal."""
    handlers.add(RecordVerification.__name__, Handler(action="history.verify", scope=_of_log, decide=decide_record_verification))
    queries.add(ShowSeal.__name__, Query(action="seal.see", scope=_of_log, answer=answer_seal, recorded=True))


def _of_log(_about: RecordVerification | ShowSeal, _reading: Reading) -> Scope:
    return Scope(organisation=None, subject=Subject(type="log", id=LOG))
