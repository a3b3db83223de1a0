"""Substitutions: who acts for whom, now, soon and earlier. Leaders see and record those of their own office."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from engine.audit.finding_bodies import FindOrganisation, OfferOrganisations
from engine.audit.people_pages import COMING, NOW, PAST, ListSubstitutions, Offer, OfferSubstitution
from engine.directory.substitution import EndSubstitution, RecordSubstitution
from engine.kernel.errors import Denied, EngineError, NotFound
from web.admin import words
from web.admin.blueprint import page_number, pages
from web.admin.change import CHECKS, SELECT, Field, Form, change, choices, day_field, reason
from web.door import ask
from web.language.sentences import in_words
from web.visitor import the_visitor

TIMES = ((NOW, _("Now")), (COMING, _("Coming")), (PAST, _("Past")))


@pages.get("/substitutions")
def substitutions() -> str:
    """Show the substitutions of one time."""
    when = request.args.get("when", NOW)
    found = ask(ListSubstitutions(organisation=_reach(), when=when, page=page_number()))
    return render_template("admin/substitutions.html", found=found, when=when, times=TIMES, page=page_number())


@pages.get("/substitutions/new")
def choose_unit() -> ResponseReturnValue:
    """Ask in which organisation; of a leader there is only the own one."""
    unit, typed, problem = _reach(), request.args.get("unit", ""), ""
    if unit is not None:
        return new_substitution(unit)
    if typed:
        try:
            return new_substitution(str(ask(FindOrganisation(text=typed)).id))
        except Denied:
            raise
        except EngineError as error:
            problem = in_words(error)
    return render_template("admin/choose_unit.html", units=ask(OfferOrganisations()), typed=typed, problem=problem), 422 if problem else 200


@pages.route("/substitutions/new/<organisation>", methods=["GET", "POST"])
def new_substitution(organisation: str) -> ResponseReturnValue:
    """Record that somebody acts for an absent colleague."""
    offer: Offer = ask(OfferSubstitution(organisation=organisation))
    posts = tuple((row.id, f"{row.title}: {row.name}") for row in offer.posts)
    people = tuple({row.login: f"{row.name} ({row.title})" for row in reversed(offer.posts)}.items())[::-1]
    kept = (*choices(words.ACTIONS), *offer.forms)
    fields = (
        Field(name="post", label=_("Post of the absent person"), kind=SELECT, options=posts),
        Field(name="substitute", label=_("Who acts"), kind=SELECT, options=people),
        day_field("valid_from", _("From")),
        day_field("valid_to", _("Until and including")),
        Field(name="limits", label=_("Kept back: what the substitute may not do"), kind=CHECKS, options=kept, optional=True),
        reason(_("For instance: away on duty.")),
    )
    form = Form(
        title=_("New substitution"),
        about=offer.unit.name,
        fields=fields,
        button=_("Record the substitution"),
        back=url_for("admin.substitutions"),
        lead_in=_("The substitute signs K/T for the absent person, and everybody sees for whom. A substitute may not pass it on."),
    )
    return change(
        form,
        lambda typed: RecordSubstitution(
            post=typed.text("post"),
            substitute=typed.text("substitute"),
            valid_from=typed.day("valid_from"),
            valid_to=typed.day("valid_to"),
            limits=typed.many("limits"),
            reason=typed.text("reason"),
        ),
        done=_("The substitution was recorded."),
        to=url_for("admin.substitutions"),
    )


@pages.route("/substitutions/<substitution>/end", methods=["GET", "POST"])
def end_substitution(substitution: str) -> ResponseReturnValue:
    """End a substitution now."""
    rows = [row for when in (NOW, COMING) for row in ask(ListSubstitutions(organisation=_reach(), when=when)).rows]
    row = next((each for each in rows if each.id == substitution), None)
    if row is None:
        raise NotFound(f"Expected the id of a substitution, but found {substitution!r}, which none has.")
    form = Form(
        title=_("End the substitution"),
        about=row.unit,
        facts=((_("Who acts"), row.name), (_("For"), f"{row.absent} ({row.title})")),
        fields=(reason(_("For instance: the absent person is back.")),),
        button=_("End the substitution"),
        back=url_for("admin.substitutions"),
        grave=True,
    )
    return change(
        form,
        lambda typed: EndSubstitution(substitution=substitution, reason=typed.text("reason")),
        done=_("The substitution has ended."),
        to=url_for("admin.substitutions"),
    )


def _reach() -> str | None:
    """Return the organisation whose substitutions the visitor sees: None for all of them."""
    here = the_visitor()
    return None if "admin" in here.roles or not here.units else here.units[0]
