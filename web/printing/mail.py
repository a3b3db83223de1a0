"""Whether one wants the morning mail."""

from __future__ import annotations

from flask import flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.effects.digests import ChooseDigest, ShowDigestChoice
from engine.kernel.errors import EngineError
from web.door import ask
from web.language.sentences import in_words
from web.once import act
from web.printing.pages import pages


@pages.get("/account/mail")
def mail() -> str:
    """Show what is chosen."""
    return _page()


@pages.post("/account/mail")
def choose_mail() -> Response:
    """Keep the choice."""
    wanted = request.form.get("digest") == "yes"
    try:
        act(ChooseDigest(wanted=wanted))
    except EngineError as error:
        return make_response(_page(problem=in_words(error)), 422)
    flash(_("From now on the morning mail is sent to you.") if wanted else _("From now on no morning mail is sent to you."), "good")
    return redirect(url_for("printing.mail"), 303)


def _page(problem: str = "") -> str:
    return render_template("printing/mail.html", choice=ask(ShowDigestChoice()), problem=problem)
