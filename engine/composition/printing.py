"""What is printed: letters, reports, registers; the calendar that a program fetches; who wants the daily mail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.audit.calendar_days import ListDays, answer_days
from engine.audit.printed_letter import PrintLetter, answer_letter
from engine.audit.printed_report import PrintConsolidation, PrintReport, answer_consolidation, answer_report
from engine.composition.reports import of_consolidation, of_report
from engine.composition.scopes import of_directive, of_oneself
from engine.directives.arrival_stamp import PrintStamp, answer_stamp
from engine.door import Handler, Query, Scope
from engine.effects.digests import (
    ChooseDigest,
    SendDigests,
    ShowDigestChoice,
    answer_digest_choice,
    decide_choose_digest,
    decide_send_digests,
)
from engine.history.record import Subject
from engine.history.transaction import Reading
from engine.instances.incidents import DIGESTS, chore_failed, clearing
from engine.kernel.registry import Registry


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register what concerns printing. Whoever prints is written down, under an action of its own (AUDIT.md 4)."""
    printed: tuple[tuple[type, str, Callable[[Any, Reading], Scope], Callable[[Any, Reading], Any]], ...] = (
        (PrintLetter, "directive.print", of_directive, answer_letter),
        (PrintStamp, "directive.print", _of_the_registering, answer_stamp),
        (PrintReport, "report.print", of_report, answer_report),
        (PrintConsolidation, "report.print", of_consolidation, answer_consolidation),
    )
    for kind, action, scope, answer in printed:
        queries.add(kind.__name__, Query(action=action, scope=scope, answer=answer, recorded=True))
    queries.add(ListDays.__name__, Query(action="work.see", scope=of_oneself, answer=answer_days))  # programs ask every hour: a look that nobody takes
    queries.add(ShowDigestChoice.__name__, Query(action="work.see", scope=of_oneself, answer=answer_digest_choice))
    handlers.add(ChooseDigest.__name__, Handler(action="work.keep", scope=of_oneself, decide=decide_choose_digest, kind=ChooseDigest))
    mails = Handler(
        action="system.SendDigests",
        scope=_of_the_system,
        decide=clearing(decide_send_digests, lambda _command: DIGESTS),
        system_only=True,
        failed=lambda _command, error, _reading: chore_failed(DIGESTS, DIGESTS, error),
    )
    handlers.add(SendDigests.__name__, mails)


def _of_the_registering(query: PrintStamp, _reading: Reading) -> Scope:
    return Scope(organisation=query.organisation, subject=Subject(type="directive", id=query.directive))


def _of_the_system(_command: SendDigests, _reading: Reading) -> Scope:
    return Scope(organisation=None, subject=Subject(type="system", id=DIGESTS))
