"""Posts of an organisation: their titles and roles, and who holds them from when to when."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _
from sqlalchemy import Row

from engine.audit.directory_pages import Organisation, ShowOrganisation
from engine.audit.installation_pages import ListVacantPosts
from engine.directory.posts import Appoint, ChangePost, CreatePost, EndHolding
from engine.kernel.errors import NotFound
from web.admin import words
from web.admin.blueprint import day_asked, page_number, pages
from web.admin.change import CHECKS, DAY, Field, Form, change, choices, day_field, reason
from web.door import ask


@pages.get("/vacant-posts")
def vacant_posts() -> str:
    """Show the posts that nobody holds."""
    return render_template("admin/vacant_posts.html", found=ask(ListVacantPosts(page=page_number())), page=page_number())


@pages.route("/organisations/<organisation>/posts/new", methods=["GET", "POST"])
def new_post(organisation: str) -> ResponseReturnValue:
    """Make a post."""
    row, here = _shown(organisation).row, url_for("admin.organisation", organisation=organisation)
    form = Form(title=_("New post"), about=row.name, fields=(*_fields(), reason()), button=_("Make the post"), back=here)
    return change(
        form,
        lambda typed: CreatePost(organisation=organisation, title=typed.text("title"), roles=typed.many("roles"), reason=typed.text("reason")),
        done=_("The post was made. It is vacant until somebody is appointed."),
        to=here,
    )


@pages.route("/organisations/<organisation>/posts/<post>/change", methods=["GET", "POST"])
def change_post(organisation: str, post: str) -> ResponseReturnValue:
    """Give a post another title or other roles."""
    found, seat, here = _post(organisation, post)
    fields = (*_fields(seat.title, found.roles.get(post, ())), reason())
    form = Form(title=_("Change the post"), about=found.row.name, fields=fields, button=_("Save the change"), back=here)
    return change(
        form,
        lambda typed: ChangePost(post=post, title=typed.text("title"), roles=typed.many("roles"), reason=typed.text("reason")),
        done=_("The post was changed."),
        to=here,
    )


@pages.route("/organisations/<organisation>/posts/<post>/appoint", methods=["GET", "POST"])
def appoint(organisation: str, post: str) -> ResponseReturnValue:
    """Appoint somebody to a post."""
    found, seat, here = _post(organisation, post)
    fields = (
        Field(name="login", label=_("Login of the person"), hint=_("Whoever is not registered yet is registered first under “People and accounts”.")),
        day_field("valid_from", _("From")),
        Field(name="valid_to", label=_("Until"), kind=DAY, optional=True, hint=_("Leave blank when there is no end yet.")),
        reason(),
    )
    form = Form(title=_("Appoint somebody"), about=found.row.name, facts=((_("Post"), seat.title),), fields=fields, button=_("Appoint"), back=here)
    return change(
        form,
        lambda typed: Appoint(
            post=post, login=typed.text("login"), valid_from=typed.day("valid_from"), valid_to=typed.day_or_none("valid_to"), reason=typed.text("reason")
        ),
        done=_("The appointment was recorded."),
        to=here,
    )


@pages.route("/organisations/<organisation>/holdings/<holding>/end", methods=["GET", "POST"])
def end_holding(organisation: str, holding: str) -> ResponseReturnValue:
    """End somebody's holding of a post."""
    found, here = _shown(organisation), url_for("admin.organisation", organisation=organisation)
    titles = {seat.id: seat.title for seat in found.posts}
    row = next((each for several in found.holders.values() for each in several if each.id == holding), None)
    if row is None:
        raise NotFound(f"Expected the id of a holding, but found {holding!r}, which none has.")
    form = Form(
        title=_("End the appointment"),
        about=found.row.name,
        facts=((_("Person"), row.name), (_("Post"), titles[row.post])),
        fields=(day_field("last_day", _("Last day in office")), reason()),
        button=_("End the appointment"),
        back=here,
        notice=_("Tasks that the person has taken stay with the person. Use the handover page when somebody leaves."),
        grave=True,
    )
    return change(
        form,
        lambda typed: EndHolding(holding=holding, last_day=typed.day("last_day"), reason=typed.text("reason")),
        done=_("The appointment ends on that day."),
        to=here,
    )


def _fields(title: str = "", roles: tuple[str, ...] = ()) -> tuple[Field, ...]:
    hint = _("A role decides which tasks come to the post, and what its holder may see.")
    return (
        Field(name="title", label=_("Title of the post"), value=title),
        Field(name="roles", label=_("Roles"), kind=CHECKS, options=choices(words.ROLES), value=roles, hint=hint, optional=True),
    )


def _shown(organisation: str) -> Organisation:
    found: Organisation = ask(ShowOrganisation(organisation=organisation, day=day_asked()))
    return found


def _post(organisation: str, post: str) -> tuple[Organisation, Row[Any], str]:
    found = _shown(organisation)
    seat = next((each for each in found.posts if each.id == post), None)
    if seat is None:
        raise NotFound(f"Expected the id of a post, but found {post!r}, which no post has.")
    return found, seat, url_for("admin.organisation", organisation=organisation)
