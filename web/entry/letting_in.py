"""What follows when somebody has proved who they are: a session, and the page they wanted, with what they had typed."""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from flask import current_app, flash, redirect, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.access.carried_input import CarriedInput
from engine.access.sessions import BeginSession, digest
from web import visitor
from web.carried import MARK, PAGES, SEALED, keep, opened
from web.door import the_door


def let_in(person: str, method: str, *, forgiven: str = "", after: str | None = None, late: CarriedInput | None = None) -> Response:
    """Begin a session and lead on. What a form carried along, or was kept (`late`), is shown to its own person, and to nobody else."""
    token = secrets.token_urlsafe(32)
    begun = BeginSession(person=person, token_hash=digest(token), method=method, forgiven=forgiven)
    the_door().execute(begun, PAGES, key=f"in:{digest(token)}")
    visitor.sign_in(token)
    carried = opened(request.form.get(SEALED))
    if carried is not None and carried.person == person:
        keep(carried)
        late = carried
    elif carried is not None:
        flash(_("What was typed here before belongs to somebody else. It is not shown, and nothing was sent."))
    if late is not None:
        session[MARK] = True
        return redirect(late.path or url_for("entry.again"))
    return redirect(inside(after or request.form.get("next")) or home_address())


def home_address() -> str:
    """Return where work begins."""
    return url_for("tasks.inbox") if "tasks.inbox" in current_app.view_functions else url_for("entry.account")


def inside(address: str | None) -> str | None:
    """Return an address only when it lies in our own pages: nobody is led elsewhere by what stands in a link."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")):
        return None
    parts = urlsplit(address)
    return address if not parts.scheme and not parts.netloc else None
