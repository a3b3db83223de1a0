"""Finding by words."""

from __future__ import annotations

from engine.audit.finding import FindTexts, answer_found
from engine.audit.texts import KeepTexts, decide_keep_texts
from engine.composition.scopes import of_oneself
from engine.door import Handler, Query, Scope
from engine.history.record import Subject
from engine.history.transaction import Reading
from engine.instances.incidents import TEXTS, chore_failed, clearing
from engine.kernel.registry import Registry


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register the search, and what keeps its table up with the history."""
    queries.add(FindTexts.__name__, Query(action="directive.list", scope=of_oneself, answer=answer_found, recorded=True))
    kept = Handler(
        action="system.KeepTexts",
        scope=_scope,
        decide=clearing(decide_keep_texts, lambda _command: TEXTS),
        system_only=True,
        failed=lambda _command, error, _reading: chore_failed(TEXTS, TEXTS, error),
        remembered=False,
    )
    handlers.add(KeepTexts.__name__, kept)


def _scope(_command: KeepTexts, _reading: Reading) -> Scope:
    return Scope(organisation=None, subject=Subject(type="system", id=TEXTS))
