"""Who is signed in, and where they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.access.sessions import (
    BeginSession,
    EndSession,
    TouchSession,
    decide_begin_session,
    decide_end_session,
    decide_touch_session,
)
from engine.composition.scopes import of_oneself
from engine.door import Apply, Handler, Query, Scope
from engine.history.record import Subject
from engine.history.transaction import Reading
from engine.kernel.registry import Registry


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register what concerns sessions."""
    del queries
    ours: tuple[tuple[type, Callable[[Any, Reading], Apply]], ...] = ((BeginSession, decide_begin_session), (TouchSession, decide_touch_session))
    for kind, decide in ours:  # sent by the pages themselves, on behalf of nobody yet
        handlers.add(kind.__name__, Handler(action=f"system.{kind.__name__}", scope=_session_scope, decide=decide, system_only=True, remembered=False))
    handlers.add(EndSession.__name__, Handler(action="session.end", scope=of_oneself, decide=decide_end_session, remembered=False))


def _session_scope(command: BeginSession | TouchSession, _reading: Reading) -> Scope:
    about = command.person if isinstance(command, BeginSession) else command.session
    return Scope(organisation=None, subject=Subject(type="session", id=about))
