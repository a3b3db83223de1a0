"""What an auditor looks for: said once, and then kept with each look in the log of reads, until the session ends."""

from __future__ import annotations

from flask import flash, redirect, request, session, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.audit.desk.review import ListReviews
from web.audit.blueprint import pages
from web.door import ask
from web.entry.letting_in import inside
from web.visitor import PURPOSE

LONGEST = 300  # characters


@pages.post("/purpose")
def purpose() -> Response:
    """Keep the purpose in the session of the visitor; an empty one is forgotten."""
    ask(ListReviews())  # only an auditor has looks to give a purpose to
    said = request.form.get("purpose", "").strip()[:LONGEST]
    session[PURPOSE] = said
    flash(_("The purpose is recorded with each look from now on.") if said else _("Looks are recorded without a purpose from now on."), "good")
    return redirect(inside(request.form.get("next")) or url_for("audit.index"))
