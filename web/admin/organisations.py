"""Organisations: the list level by level, one of them, and the changes of its name and its lines."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from engine.audit.directory_pages import ListOrganisations, ShowOrganisation
from engine.audit.directory_pages import Organisation as Shown
from engine.directory.bodies import AddEdge, ChangeOrganisation, CreateOrganisation, EndEdge
from engine.kernel.errors import NotFound
from web.admin import words
from web.admin.blueprint import day_asked, page_number, pages
from web.admin.change import DAY, SELECT, UNIT, Field, Form, Typed, change, choices, day_field, reason
from web.door import ask


@pages.get("/organisations")
def organisations() -> str:
    """Show the organisations right below one, those at the top, or those that a name finds, as of a day."""
    day, parent, text = day_asked(), request.args.get("parent") or None, request.args.get("q", "")[:200]
    found = ask(ListOrganisations(day=day, parent=parent, text=text, page=page_number()))
    return render_template("admin/organisations.html", found=found, day=day, text=text, page=page_number())


@pages.get("/organisations/<organisation>")
def organisation(organisation: str) -> str:
    """Show one organisation."""
    return render_template("admin/organisation.html", found=_shown(organisation), day=day_asked(), page=page_number())


@pages.route("/organisations/new", methods=["GET", "POST"])
def new_organisation() -> ResponseReturnValue:
    """Enter an organisation."""
    fields = (
        Field(name="name", label=_("Name")),
        Field(name="code", label=_("Code"), hint=_("Short and never changed, such as btg-muong-suong.")),
        Field(name="symbol", label=_("Symbol in document numbers"), optional=True),
        Field(name="level", label=_("Level"), kind=SELECT, options=choices(words.LEVELS)),
        day_field("valid_from", _("Exists from")),
        Field(name="represented_by", label=_("Body whose clerk acts for it"), kind=UNIT, optional=True, hint=_("Only for a body without accounts of its own: code or name.")),
        reason(),
    )
    form = Form(title=_("New organisation"), fields=fields, button=_("Enter the organisation"), back=url_for("admin.organisations"))
    return change(
        form,
        lambda typed: CreateOrganisation(
            code=typed.text("code"),
            name=typed.text("name"),
            level=typed.text("level"),
            symbol=typed.text("symbol"),
            valid_from=typed.day("valid_from"),
            represented_by=typed.unit_or_none("represented_by"),
            reason=typed.text("reason"),
        ),
        done=_("The organisation was entered. Put it below another one and make its posts."),
        to=lambda answer: url_for("admin.organisation", organisation=answer["organisation"]),
    )


@pages.route("/organisations/<organisation>/change", methods=["GET", "POST"])
def change_organisation(organisation: str) -> ResponseReturnValue:
    """Give an organisation another name, level, symbol or representative."""
    found = _shown(organisation)
    row, here = found.row, url_for("admin.organisation", organisation=organisation)
    fields = (
        Field(name="name", label=_("Name"), value=row.name),
        Field(name="symbol", label=_("Symbol in document numbers"), value=row.symbol or "", optional=True),
        Field(name="level", label=_("Level"), kind=SELECT, options=choices(words.LEVELS), value=row.level),
        Field(name="represented_by", label=_("Body whose clerk acts for it"), kind=UNIT, value=found.representative or "", optional=True),
        reason(),
    )
    notice = _("The history keeps the old name: what was recorded under it stays readable as it was.")
    form = Form(title=_("Change the organisation"), about=row.name, fields=fields, button=_("Save the change"), back=here, notice=notice)
    return change(
        form,
        lambda typed: ChangeOrganisation(
            organisation=organisation,
            name=typed.text("name"),
            level=typed.text("level"),
            symbol=typed.text("symbol"),
            represented_by=typed.unit_or_none("represented_by"),
            reason=typed.text("reason"),
        ),
        done=_("The organisation was changed."),
        to=here,
    )


@pages.route("/organisations/<organisation>/lines/new", methods=["GET", "POST"])
def new_line(organisation: str) -> ResponseReturnValue:
    """Put an organisation below or above another one."""
    row, here = _shown(organisation).row, url_for("admin.organisation", organisation=organisation)
    directions = (("below", _("This organisation stands below it")), ("above", _("This organisation stands above it")))
    fields = (
        Field(name="other", label=_("Other organisation"), kind=UNIT, hint=_("Code or whole name.")),
        Field(name="direction", label=_("Direction"), kind=SELECT, options=directions, value="below"),
        Field(name="line", label=_("Kind of line"), kind=SELECT, options=choices(words.LINES)),
        day_field("valid_from", _("From")),
        Field(name="valid_to", label=_("Until"), kind=DAY, optional=True, hint=_("Leave blank when there is no end yet.")),
        reason(),
    )
    form = Form(title=_("New line"), about=row.name, fields=fields, button=_("Add the line"), back=here)

    def make(typed: Typed) -> AddEdge:
        other = typed.unit("other")
        above, below = (other, row.id) if typed.text("direction") != "above" else (row.id, other)
        return AddEdge(
            parent=above,
            child=below,
            line=typed.text("line"),
            valid_from=typed.day("valid_from"),
            valid_to=typed.day_or_none("valid_to"),
            reason=typed.text("reason"),
        )

    return change(form, make, done=_("The line was added."), to=here)


@pages.route("/organisations/<organisation>/lines/<edge>/end", methods=["GET", "POST"])
def end_line(organisation: str, edge: str) -> ResponseReturnValue:
    """End a line on a day."""
    found, here = _shown(organisation, page=0), url_for("admin.organisation", organisation=organisation)
    row = next((each for each in (*found.above, *found.children) if each.id == edge), None)
    if row is None:
        raise NotFound(f"Expected the id of an edge, but found {edge!r}, which none has.")
    facts = ((_("Other organisation"), row.name), (_("Kind of line"), words.of(words.LINES, row.line)))
    form = Form(
        title=_("End the line"),
        about=found.row.name,
        facts=facts,
        fields=(day_field("last_day", _("Last day")), reason()),
        button=_("End the line"),
        back=here,
        notice=_("Reports that are owed by this line already stay owed."),
        grave=True,
    )
    return change(
        form, lambda typed: EndEdge(edge=edge, last_day=typed.day("last_day"), reason=typed.text("reason")), done=_("The line ends on that day."), to=here
    )


def _shown(organisation: str, *, page: int | None = None) -> Shown:
    found: Shown = ask(ShowOrganisation(organisation=organisation, day=day_asked(), page=page_number() if page is None else page))
    return found
