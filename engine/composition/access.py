"""Who is signed in, and where they stand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.access.accounts import ChangePassword, decide_change_password
from engine.access.attempts import RecordFailure, decide_record_failure
from engine.access.carried_input import ForgetInput, KeepInput, decide_forget_input, decide_keep_input
from engine.access.identities import LinkIdentity, decide_link_identity
from engine.access.own_account import ShowOwnAccount, answer_own_account
from engine.access.password_links import MakePasswordLink, UsePasswordLink, decide_make_password_link, decide_use_password_link
from engine.access.sessions import (
    BeginSession,
    EndSession,
    TouchSession,
    decide_begin_session,
    decide_end_session,
    decide_touch_session,
)
from engine.access.tokens import MakeToken, RevokeToken, decide_make_token, decide_revoke_token
from engine.composition.scopes import of_oneself
from engine.door import Apply, Handler, Query, Scope
from engine.history.record import Subject
from engine.history.transaction import Reading
from engine.kernel.registry import Registry

Decide = Callable[[Any, Reading], Apply]


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register what concerns sessions, one's own account, and links for those who forgot the password."""
    queries.add(ShowOwnAccount.__name__, Query(action="account.own", scope=of_oneself, answer=answer_own_account, recorded=True))
    _add_pages(handlers)
    handlers.add(EndSession.__name__, Handler(action="session.end", scope=of_oneself, decide=decide_end_session, remembered=False))
    own: tuple[tuple[type, Decide], ...] = (
        (MakeToken, decide_make_token),
        (RevokeToken, decide_revoke_token),
        (ChangePassword, decide_change_password),
    )
    for kind, decide in own:
        handlers.add(kind.__name__, Handler(action="account.own", scope=of_oneself, decide=decide))
    handlers.add(MakePasswordLink.__name__, Handler(action="account.change", scope=_account_scope, decide=decide_make_password_link))


def _add_pages(handlers: Registry[Handler]) -> None:
    """Register what the pages themselves send, on behalf of nobody yet."""
    ours: tuple[tuple[type, Decide], ...] = (
        (BeginSession, decide_begin_session),
        (TouchSession, decide_touch_session),
        (UsePasswordLink, decide_use_password_link),
        (LinkIdentity, decide_link_identity),
        (RecordFailure, decide_record_failure),
        (KeepInput, decide_keep_input),
        (ForgetInput, decide_forget_input),
    )
    for kind, decide in ours:
        handlers.add(kind.__name__, Handler(action=f"system.{kind.__name__}", scope=_session_scope, decide=decide, system_only=True, remembered=False))


def _account_scope(command: MakePasswordLink, _reading: Reading) -> Scope:
    return Scope(organisation=None, subject=Subject(type="account", id=command.login))


def _session_scope(command: Any, _reading: Reading) -> Scope:
    about = getattr(command, "person", None) or getattr(command, "session", None) or "unknown"
    return Scope(organisation=None, subject=Subject(type="session", id=about))
