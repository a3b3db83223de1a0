"""Incidents: what failed, where, how often, and what an administrator does about it."""

from __future__ import annotations

import json
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from engine.instances.repairs import RetryIncident, SkipIncident
from engine.instances.show_incidents import ListIncidents, ShowTokens
from engine.instances.token_moves import MoveToken
from engine.kernel.errors import NotFound
from web.admin import words
from web.admin.blueprint import PAGE, page_number, pages
from web.admin.change import AREA, SELECT, Field, Form, Mistyped, Typed, change, reason
from web.door import ask

PRIVATE = "entered"  # what a person had typed into a form: no matter of an administrator's
Told = dict[str, Any]


@pages.get("/incidents")
def incidents() -> str:
    """Show what is held: what waits for an administrator first."""
    every = request.args.get("show") == "all"
    rows = sorted(ask(ListIncidents(all=every)), key=lambda row: ("open", "retrying", "resolved").index(row["status"]))
    page = page_number()
    shown = [_readable(row) for row in rows[(page - 1) * PAGE : page * PAGE]]
    return render_template("admin/incidents.html", rows=shown, total=len(rows), every=every, page=page)


@pages.get("/incidents/<incident>")
def incident(incident: str) -> str:
    """Show one incident with what may be done about it."""
    return render_template("admin/incident.html", row=_readable(_one(incident)))


@pages.route("/incidents/<incident>/retry", methods=["GET", "POST"])
def retry_incident(incident: str) -> ResponseReturnValue:
    """Let it be tried again, with corrected values where they are at fault."""
    row = _one(incident)
    fields = (
        Field(name="data", label=_("Corrected values"), kind=AREA, optional=True, hint=_('As JSON, only what changes, such as {"due": "2024-05-31"}. Blank: the same again.')),
        reason(_("What was wrong, and what was done about it.")),
    )
    form = _form(row, title=_("Try again"), fields=fields, button=_("Try again"))
    return change(
        form,
        lambda typed: RetryIncident(incident=incident, data=_json(typed, "data"), reason=typed.text("reason")),
        done=_("It is tried again now, or proposed to a second person where that is required."),
        to=url_for("admin.incidents"),
    )


@pages.route("/incidents/<incident>/skip", methods=["GET", "POST"])
def skip_incident(incident: str) -> ResponseReturnValue:
    """Let what failed count as done."""
    row = _one(incident)
    fields = (
        Field(name="result", label=_("Result in its place"), kind=AREA, optional=True, hint=_("As JSON, what the process would have got from it. Blank: nothing.")),
        reason(_("Why it may be passed over, and who decided it.")),
    )
    notice = _("What failed is not done. The case goes on as if it were, with the result that is given here.")
    form = _form(row, title=_("Pass over what failed"), fields=fields, button=_("Pass over"), notice=notice, grave=True)
    return change(
        form,
        lambda typed: SkipIncident(incident=incident, result=_json(typed, "result"), reason=typed.text("reason")),
        done=_("It was passed over, or proposed to a second person where that is required."),
        to=url_for("admin.incidents"),
    )


@pages.route("/incidents/<incident>/move", methods=["GET", "POST"])
def move_token(incident: str) -> ResponseReturnValue:
    """Move a token of the case past what failed, or back."""
    row = _one(incident)
    if row["instance"] is None:
        raise NotFound("Expected an incident of a case, but this one has none.")
    tokens = tuple((each["token"], f"{each['name'] or each['element']} ({each['element']})") for each in ask(ShowTokens(instance=row["instance"])))
    fields = (
        Field(name="token", label=_("Token that is moved"), kind=SELECT, options=tokens),
        Field(name="to", label=_("Element to which it goes"), hint=_("The id of an element of the same process or sub-process, as the diagram has it.")),
        reason(_("Why, and who decided it.")),
    )
    notice = _("What the token leaves is withdrawn, what it comes to is opened. Nothing in between is done.")
    form = _form(row, title=_("Move a token"), fields=fields, button=_("Move the token"), notice=notice, grave=True)
    return change(
        form,
        lambda typed: MoveToken(instance=row["instance"], token=typed.text("token"), to=typed.text("to"), reason=typed.text("reason")),
        done=_("The token was moved, or the move proposed to a second person where that is required."),
        to=url_for("admin.incidents"),
    )


def _form(row: Told, *, title: Any, fields: tuple[Field, ...], button: Any, notice: Any = "", grave: bool = False) -> Form:
    facts = ((_("What failed"), words.of(words.INCIDENTS, row["kind"])), (_("Element"), row["element"] or "–"), (_("Why"), words.told(row["message"])))
    back = url_for("admin.incident", incident=row["id"])
    return Form(title=title, about=row["organisation"] or "", facts=facts, fields=fields, button=button, back=back, notice=notice, grave=grave)


def _one(incident: str) -> Told:
    found = ask(ListIncidents(identity=incident, all=True))
    if not found:
        raise NotFound(f"Expected the id of an incident, but found {incident!r}, which none has. List them with `chidao incidents`.")
    row: Told = found[0]
    return row


def _readable(row: Told) -> Told:
    """Return an incident with its reason in words, and its values without what a person had typed."""
    values = {name: value for name, value in row["data"].get("data", row["data"]).items() if name != PRIVATE} if isinstance(row["data"], dict) else {}
    plain = {name: value for name, value in values.items() if not isinstance(value, dict | list)}
    return {**row, "why": words.told(row["message"]), "values": plain}


def _json(typed: Typed, name: str) -> dict[str, Any]:
    text = typed.text(name)
    if not text:
        return {}
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Mistyped(gettext('Enter values as JSON, such as {"due": "2024-05-31"}, or leave the field blank; “%(typed)s” cannot be read.', typed=text[:80]))
    return found
