"""People and their accounts: who they are, where they stand, whether they may sign in."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from engine.access.accounts import DisableAccount
from engine.access.ending_sessions import EndSessionsOf
from engine.access.password_links import MakePasswordLink, new_link_token
from engine.access.sessions import digest
from engine.audit.installation_pages import EnterAdministration
from engine.audit.people_pages import ListPeople, Person, ShowPerson
from engine.directory.people import ChangePerson, RegisterPerson
from engine.kernel.errors import Denied, EngineError
from web.admin.blueprint import page_number, pages
from web.admin.change import MAIL, Field, Form, change, reason, refused
from web.door import ask
from web.language.sentences import in_words
from web.once import act


@pages.get("/people")
def people() -> str:
    """Show the people that a name, a login or an office finds."""
    text, which = request.args.get("q", "")[:200], request.args.get("show", "")
    found = ask(ListPeople(text=text, page=page_number(), which=which))
    return render_template("admin/people.html", found=found, text=text, show=which if which in ("left", "tasks") else "", page=page_number())


@pages.get("/people/<person>")
def person(person: str) -> str:
    """Show one person."""
    return render_template("admin/person.html", found=_shown(person))


@pages.route("/people/new", methods=["GET", "POST"])
def new_person() -> ResponseReturnValue:
    """Register a person."""
    ask(EnterAdministration())
    fields = (
        Field(name="name", label=_("Full name")),
        Field(name="login", label=_("Login"), hint=_("Small letters, digits and dots, such as nguyen.van.an.")),
        Field(name="email", label=_("E-mail"), kind=MAIL, optional=True),
        reason(),
    )
    form = Form(title=_("Register a person"), fields=fields, button=_("Register"), back=url_for("admin.people"))
    return change(
        form,
        lambda typed: RegisterPerson(login=typed.text("login"), name=typed.text("name"), email=typed.text("email"), reason=typed.text("reason")),
        done=_("The person was registered. Make a password link, and appoint the person to a post."),
        to=lambda answer: url_for("admin.person", person=answer["person"]),
    )


@pages.route("/people/<person>/change", methods=["GET", "POST"])
def change_person(person: str) -> ResponseReturnValue:
    """Correct a name or an e-mail address."""
    row, here = _shown(person).row, url_for("admin.person", person=person)
    fields = (
        Field(name="name", label=_("Full name"), value=row.name),
        Field(name="email", label=_("E-mail"), kind=MAIL, value=row.email or "", optional=True, hint=_("Reminders and the daily digest go there.")),
        reason(),
    )
    form = Form(title=_("Correct the person"), about=row.name, fields=fields, button=_("Save the change"), back=here)
    return change(
        form,
        lambda typed: ChangePerson(person=person, name=typed.text("name"), email=typed.text("email"), reason=typed.text("reason")),
        done=_("The person was corrected."),
        to=here,
    )


@pages.route("/people/<person>/account", methods=["GET", "POST"])
def change_account(person: str) -> ResponseReturnValue:
    """Close an account, or open it again."""
    found, here = _shown(person), url_for("admin.person", person=person)
    closing = found.account is None or found.account.disabled_at is None
    form = Form(
        title=_("Close the account") if closing else _("Open the account again"),
        about=found.row.name,
        facts=((_("Login"), found.row.login), (_("Signed in now"), found.sessions)),
        fields=(reason(),),
        button=_("Close the account") if closing else _("Open the account"),
        back=here,
        notice=_("Nobody can sign in as this person any more, and running sessions end. Posts and tasks stay as they are.") if closing else "",
        grave=closing,
    )
    return change(
        form,
        lambda typed: DisableAccount(login=found.row.login, reason=typed.text("reason"), disabled=closing),
        done=_("The account was closed.") if closing else _("The account is open again."),
        to=here,
    )


@pages.route("/people/<person>/sessions", methods=["GET", "POST"])
def end_sessions(person: str) -> ResponseReturnValue:
    """End every session of a person."""
    found, here = _shown(person), url_for("admin.person", person=person)
    form = Form(
        title=_("End all sessions"),
        about=found.row.name,
        facts=((_("Signed in now"), found.sessions),),
        fields=(reason(_("For instance: a device was lost.")),),
        button=_("End all sessions"),
        back=here,
        notice=_("What the person is typing now is kept as a draft where the page keeps drafts. The password stays as it is."),
        grave=True,
    )
    return change(form, lambda typed: EndSessionsOf(login=found.row.login, reason=typed.text("reason")), done=_("All sessions were ended."), to=here)


@pages.route("/people/<person>/password-link", methods=["GET", "POST"])
def password_link(person: str) -> ResponseReturnValue:
    """Make a link by which somebody chooses a password: it is shown once, here, to be handed over."""
    found, here = _shown(person), url_for("admin.person", person=person)
    form = Form(
        title=_("Make a password link"),
        about=found.row.name,
        lead_in=_("The link is shown once, opens once and ends after 24 hours. Hand it over yourself; an earlier link ends at once."),
        facts=((_("Login"), found.row.login),),
        fields=(),
        button=_("Make the link"),
        back=here,
    )
    if request.method != "POST":
        return change(form, lambda _typed: None, done="", to=here)
    token = new_link_token()
    try:
        made = act(MakePasswordLink(login=found.row.login, token_hash=digest(token)))
    except Denied:
        raise
    except EngineError as error:
        return refused(form, error)
    return render_template("admin/password_link.html", found=found, token=token, until=made["expires_at"])


@pages.post("/people/close-accounts")
def close_left_accounts() -> ResponseReturnValue:
    """Close the chosen accounts of people who hold no post any more."""
    logins, why = request.form.getlist("login")[:200], request.form.get("reason", "")
    closed = 0
    for login in logins:
        try:
            act(DisableAccount(login=login, reason=why), part=login)
        except Denied:
            raise
        except EngineError as error:
            flash(gettext("%(login)s: %(problem)s", login=login, problem=in_words(error)), "bad")
        else:
            closed += 1
    flash(gettext("Accounts closed: %(closed)s.", closed=closed), "good" if closed else "watch")
    return redirect(url_for("admin.people", show="left"), 303)


def _shown(person: str) -> Person:
    found: Person = ask(ShowPerson(person=person))
    return found
