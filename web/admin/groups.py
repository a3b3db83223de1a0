"""Recipient groups of an organisation, and who belongs to them."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from engine.audit.directory_pages import Group, ShowGroup, ShowOrganisation
from engine.audit.finding_bodies import FindOrganisation
from engine.directory.groups import AddGroupMember, CreateGroup, RemoveGroupMember
from engine.kernel.errors import NotFound
from web.admin.blueprint import day_asked, page_number, pages
from web.admin.change import SELECT, UNIT, Field, Form, Typed, change, reason
from web.door import ask


@pages.get("/groups/<group>")
def group(group: str) -> str:
    """Show a group with its members."""
    return render_template("admin/group.html", found=_shown(group), page=page_number())


@pages.route("/organisations/<organisation>/groups/new", methods=["GET", "POST"])
def new_group(organisation: str) -> ResponseReturnValue:
    """Make a group of an organisation."""
    row = ask(ShowOrganisation(organisation=organisation, day=day_asked())).row
    form = Form(
        title=_("New recipient group"),
        about=row.name,
        fields=(Field(name="name", label=_("Name of the group"), hint=_("As it stands in letters.")), reason()),
        button=_("Make the group"),
        back=url_for("admin.organisation", organisation=organisation),
    )
    return change(
        form,
        lambda typed: CreateGroup(owner=organisation, name=typed.text("name"), reason=typed.text("reason")),
        done=_("The group was made. Add its members."),
        to=lambda answer: url_for("admin.group", group=answer["group"]),
    )


@pages.route("/groups/<group>/members/new", methods=["GET", "POST"])
def new_member(group: str) -> ResponseReturnValue:
    """Add a member to a group, or change whether it owes a report."""
    found, here = _shown(group), url_for("admin.group", group=group)
    owes = (("1", _("It owes a report")), ("0", _("It is only told")))
    fields = (
        Field(name="unit", label=_("Organisation"), kind=UNIT, hint=_("Code or whole name.")),
        Field(name="reports", label=_("Reporting"), kind=SELECT, options=owes, value="1"),
        reason(),
    )
    form = Form(title=_("Add a member"), about=found.row.name, fields=fields, button=_("Add the member"), back=here)

    def make(typed: Typed) -> AddGroupMember:
        code = ask(FindOrganisation(text=typed.text("unit"))).code
        return AddGroupMember(group=group, code=code, reports=typed.text("reports") == "1", reason=typed.text("reason"))

    return change(form, make, done=_("The group was changed."), to=here)


@pages.route("/groups/<group>/members/<organisation>/remove", methods=["GET", "POST"])
def remove_member(group: str, organisation: str) -> ResponseReturnValue:
    """Take a member out of a group."""
    found, here = _shown(group, page=0), url_for("admin.group", group=group)
    row = next((each for each in found.members if each.id == organisation), None)
    if row is None:
        raise NotFound(f"Expected a member of {found.row.name}, but found {organisation!r}, which is none.")
    form = Form(
        title=_("Remove the member"),
        about=found.row.name,
        facts=((_("Organisation"), row.name),),
        fields=(reason(),),
        button=_("Remove the member"),
        back=here,
        notice=_("Letters that were sent, and reports that are owed, stay as they are."),
        grave=True,
    )
    return change(
        form, lambda typed: RemoveGroupMember(group=group, organisation=organisation, reason=typed.text("reason")), done=_("The group was changed."), to=here
    )


def _shown(group: str, *, page: int | None = None) -> Group:
    found: Group = ask(ShowGroup(group=group, page=page_number() if page is None else page))
    return found
