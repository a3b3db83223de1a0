"""Merger and split: what will be touched is shown first; then a reason, and it is done without losing open work."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from engine.audit.directory_pages import Organisation, ShowOrganisation
from engine.audit.finding_bodies import FindOrganisation, OfferOrganisations
from engine.directives.open_work import Piece, ShowOpenWork
from engine.directives.succession import RecordSuccession
from engine.directives.succession_preview import PreviewSuccession
from engine.directory.splitting import GO, STAY, SplitOrganisation
from engine.kernel.errors import Conflict, Denied, EngineError
from web.admin import words
from web.admin.blueprint import day_asked, pages
from web.admin.change import CHECKS, SELECT, Field, Form, Mistyped, Typed, change, choices, day_field, reason, why
from web.door import ask
from web.language.sentences import in_words
from web.once import act


@pages.get("/organisations/<organisation>/merge")
def merge(organisation: str) -> ResponseReturnValue:
    """Ask for the successor; once it is named, show what will be touched."""
    problem, successor, typed = "", None, request.args.get("successor", "")
    if typed:
        try:
            successor = ask(FindOrganisation(text=typed))
        except Denied:
            raise
        except EngineError as error:
            problem = in_words(error)
    return _merging(organisation, successor.id if successor else None, problem=problem, named=typed), 422 if problem else 200


@pages.post("/organisations/<organisation>/merge")
def merged(organisation: str) -> ResponseReturnValue:
    """Record that an organisation has ended, and who goes on with its work."""
    typed, successor = Typed(request.form), request.form.get("successor", "")
    try:
        answer = act(RecordSuccession(predecessor=organisation, successor=successor, day=typed.day("day"), reason=typed.text("reason")))
    except Denied:
        raise
    except (EngineError, Mistyped) as error:
        page = _merging(organisation, successor or None, problem=why(error))
        return page, 409 if isinstance(error, Conflict) else 422
    flash(gettext("The merger was recorded. %(cases)s running cases go on with the successor.", cases=answer["cases"]), "good")
    return redirect(url_for("admin.organisation", organisation=successor), 303)


def _merging(organisation: str, successor: str | None, *, problem: str, named: str = "") -> str:
    found = ask(PreviewSuccession(predecessor=organisation, successor=successor))
    units = () if successor else ask(OfferOrganisations())
    return render_template("admin/merge.html", found=found, problem=problem, named=named, units=units, typed=request.form)


@pages.route("/organisations/<organisation>/split", methods=["GET", "POST"])
def split(organisation: str) -> ResponseReturnValue:
    """Let part of an organisation go on as a new body."""
    found: Organisation = ask(ShowOrganisation(organisation=organisation, day=day_asked(), page=0))
    posts = tuple((seat.id, _seat(found, seat.id, seat.title)) for seat in found.posts)
    children = tuple((row.child, row.name) for row in found.children)
    pieces: tuple[Piece, ...] = ask(ShowOpenWork(organisation=organisation))
    fields = (
        Field(name="name", label=_("Name of the new organisation")),
        Field(name="code", label=_("Code"), hint=_("Short and never changed, such as btg-muong-suong.")),
        Field(name="symbol", label=_("Symbol in document numbers"), optional=True),
        Field(name="level", label=_("Level"), kind=SELECT, options=choices(words.LEVELS), value=found.row.level),
        day_field("begins", _("Exists from")),
        *((Field(name="posts", label=_("Posts that go over, with their holders"), kind=CHECKS, options=posts, optional=True),) if posts else ()),
        *((Field(name="children", label=_("Organisations below that go over"), kind=CHECKS, options=children, optional=True),) if children else ()),
        *_open_work(pieces),
        reason(),
    )
    notice = _(
        "What is open goes to the organisation that is chosen for it below, with its cases, tasks, duties and reports. Letters that are "
        "reported on in the same report go together. A task that somebody has taken is offered again where that person is no more. "
        "When the old organisation ends, record the split first and then its merger into the one that takes over what is left."
    )
    here = url_for("admin.organisation", organisation=organisation)
    form = Form(title=_("Split the organisation"), about=found.row.name, fields=fields, button=_("Split the organisation"), back=here, notice=notice, grave=True)
    return change(form, lambda typed: _split_of(organisation, typed, pieces), done=_("The new organisation was made."), to=_new)


def _open_work(pieces: Sequence[Piece]) -> list[Field]:
    """Return one choice for all open work, and one for each piece of it."""
    if not pieces:
        return []
    ways = ((STAY, _("Stays with the old organisation")), (GO, _("Goes to the new organisation")))
    hint = _("For everything that is not chosen otherwise below. Work that goes over needs a first day up to today.")
    every = Field(name="work", label=_("Open work"), kind=SELECT, options=ways, value=STAY, hint=hint)
    as_all = ("", _("As chosen for all open work"))
    return [every, *(Field(name=_name(each), label=each.title, kind=SELECT, options=(as_all, *ways), hint=_counts(each)) for each in pieces)]


def _name(piece: Piece) -> str:
    return f"work-{hashlib.sha256(piece.key.encode()).hexdigest()[:16]}"


def _counts(piece: Piece) -> str:
    return " · ".join(f"{words.of(words.TOUCHED, name)}: {count}" for name, count in piece.counts.items())


def _split_of(organisation: str, typed: Typed, pieces: Sequence[Piece]) -> SplitOrganisation:
    work = typed.text("work") or STAY
    return SplitOrganisation(
        organisation=organisation,
        code=typed.text("code"),
        name=typed.text("name"),
        level=typed.text("level"),
        symbol=typed.text("symbol"),
        begins=typed.day("begins"),
        posts=typed.many("posts"),
        children=typed.many("children"),
        reason=typed.text("reason"),
        work=work,
        otherwise=tuple(each.key for each in pieces if typed.text(_name(each)) not in ("", work)),
    )


def _new(answer: dict[str, str]) -> str:
    return url_for("admin.organisation", organisation=answer["organisation"])


def _seat(found: Organisation, post: str, title: str) -> str:
    names = ", ".join(row.name for row in found.holders.get(post, ()) if row.substitute_for is None and row.valid_to is None)
    return f"{title}: {names}" if names else title
