"""Registering a document from its file: upload, proposed reading beside the text, correction, confirmation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.directives.proposing import proposed, trust
from engine.directives.receive import ReceiveDocument, StoreDocument
from engine.directives.registering import (
    Begun,
    DropRegistration,
    Foreseen,
    ForeseeRegistration,
    KeepRegistration,
    ListRegistrations,
    Read,
    ReadStored,
    corrected,
)
from engine.kernel.errors import EngineError, InvalidInput
from web.carried import carried, shows_carried
from web.directives.blueprint import pages
from web.directives.form import Body, body_of, changed, shown, typed
from web.directives.words import CHANNELS, FREQUENCIES, OPERATORS, RELATIONS, SECRECY
from web.door import ask
from web.language.sentences import in_words
from web.once import act
from web.visitor import the_visitor

CLERK = "clerk"
SURE, FAIRLY = 100, 80  # confidence: printed as such; read through an error of scanning
AUTHORITIES = ("", "K/T", "T/M", "T/L", "T/UQ", "Q.", "TM.", "KT.", "TL.", "TUQ.")


@dataclass(slots=True)
class Opened:
    """A registration that is open: its draft, the reading, and the form as it stands."""

    begun: Begun
    read: Read
    unit: str
    part: int
    form: dict[str, Any]


def _offices() -> list[Any]:
    """Return the organisations in which the visitor is a clerk, each once."""
    found = {place.organisation: place for place in the_visitor().places if CLERK in place.roles}
    return list(found.values())


@pages.get("/directives/register")
def register() -> str:
    """Ask for the file, and show what was begun."""
    return _upload_page()


@pages.post("/directives/register")
def upload() -> Response | tuple[str, int]:
    """Store the file once, and open its registration."""
    offices = _offices()
    unit = request.form.get("organisation") or (offices[0].organisation if offices else "")
    file = request.files.get("file")
    content = file.read() if file else b""
    if file is not None:
        file.close()  # a large one lies in a file of the system
    try:
        if file is None or not content:
            raise InvalidInput("Expected a file, but none was chosen, or it is empty. Choose the document and send the form again.")
        kind = file.mimetype or "application/octet-stream"
        stored = act(StoreDocument(organisation=unit, name=(file.filename or "")[:200], media_type=kind, content=content.hex()), part="file")
        if not ask(ListRegistrations(sha256=stored["sha256"])):
            act(KeepRegistration(sha256=stored["sha256"], data={"unit": unit}), part="draft")
    except EngineError as error:
        return _upload_page(problem=in_words(error)), 422
    return redirect(url_for("directives.registration", sha256=stored["sha256"]), 303)


def _upload_page(*, problem: str = "") -> str:
    offices = _offices()
    if not offices:
        abort(403)
    return render_template("directives/register.html", offices=offices, begun=ask(ListRegistrations()), problem=problem)


@pages.get("/directives/register/<sha256>")
@shows_carried
def registration(sha256: str) -> str:
    """Show the form with what the reader proposes, or with what was typed before, beside the text."""
    opened = _opened(sha256)
    came_back = carried()
    if came_back is not None:
        opened.form = typed(came_back)
    return _form_page(opened, Body())


@pages.post("/directives/register/<sha256>")
def registered(sha256: str) -> Response | tuple[str, int]:
    """Save, change a row, look for the issuer, or confirm: nothing that was typed is lost."""
    opened = _opened(sha256)
    opened.form = typed(request.form)
    do = request.form.get("do", "confirm")
    if do == "drop":
        act(DropRegistration(sha256=sha256))
        flash(_("The registration was given up. The file is kept."), "good")
        return redirect(url_for("directives.register"), 303)
    if do not in {"save", "check", "confirm"}:
        opened.form = changed(opened.form, do)
    act(KeepRegistration(sha256=sha256, data={"unit": opened.unit, "part": opened.part, "form": opened.form}), part="draft")
    if do == "save":
        flash(_("Saved. You find it under “Register a document” when you come back."), "good")
        return redirect(url_for("directives.registration", sha256=sha256), 303)
    if do != "confirm":
        return _form_page(opened, Body(issuer=opened.form["issuer"]), foreseen=_foreseen(opened)), 200
    return _confirm(opened)


def _confirm(opened: Opened) -> Response | tuple[str, int]:
    kept = proposed(opened.read.reading) if opened.read.reading else {}
    found = body_of(opened.form, kept, opened.begun.sha256)
    if found.problems:
        return _form_page(opened, found), 422
    foreseen = _foreseen(opened, found)
    if foreseen.known is not None and request.form.get("known") != foreseen.known.id:
        return _form_page(opened, found, foreseen=foreseen), 409
    command = ReceiveDocument(
        organisation=opened.unit,
        issuer=found.issuer,
        number=found.number,
        issued=found.issued,
        body=found.body,
        reading=corrected(opened.read.reading, found.body) if opened.read.reading else None,
        channel=opened.form["channel"] if opened.form["channel"] in CHANNELS else "paper",
    )
    try:
        answer = act(command)
    except EngineError as error:
        return _form_page(opened, found, foreseen=foreseen, problem=in_words(error)), 422
    act(DropRegistration(sha256=opened.begun.sha256), part="draft")
    said = _("A further copy was noted with the letter that is known already.") if answer["duplicate"] else _("The document is registered; its case has begun.")
    flash(said, "good")
    return redirect(url_for("directives.show", directive=answer["directive"]), 303)


def _opened(sha256: str) -> Opened:
    """Return a registration that the visitor has begun; 404 for any other."""
    found = ask(ListRegistrations(sha256=sha256))
    if not found:
        abort(404)
    begun: Begun = found[0]
    unit = str(begun.data.get("unit") or "")
    part = request.values.get("part", type=int) or int(begun.data.get("part") or 1)
    read: Read = ask(ReadStored(organisation=unit, sha256=sha256, part=part))
    same_part = part == int(begun.data.get("part") or 1)
    kept = begun.data.get("form") if same_part else None
    form = dict(kept) if kept else shown(proposed(read.reading) if read.reading else {})
    return Opened(begun=begun, read=read, unit=unit, part=part, form=form)


def _foreseen(opened: Opened, found: Body | None = None) -> Foreseen:
    form = opened.form
    known = found or body_of(form, {}, opened.begun.sha256)
    query = ForeseeRegistration(
        organisation=opened.unit,
        called=form["issuer_name"],
        symbol=form["symbol"],
        issuer=form["issuer"] or None,
        number=known.number,
        issued=known.issued or None,
        doc_type=form["doc_type"],
        subject=form["subject"],
    )
    answer: Foreseen = ask(query)
    return answer


def _form_page(opened: Opened, found: Body, *, foreseen: Foreseen | None = None, problem: str = "") -> str:
    seen = foreseen or _foreseen(opened)
    form = opened.form
    if not form["issuer"] and seen.exact:
        form["issuer"] = seen.offered[0].id
    told = trust(opened.read.reading) if opened.read.reading else {}
    return render_template(
        "directives/registration.html",
        begun=opened.begun,
        read=opened.read,
        part=opened.part,
        form=form,
        foreseen=seen,
        problems=found.problems,
        problem=problem,
        evidence={name: lines for name, (_sure, lines) in told.items()},
        sure={name: _in_words(confidence) for name, (confidence, _lines) in told.items()},
        marked=_marked(told),
        words={"CHANNELS": CHANNELS, "FREQUENCIES": FREQUENCIES, "OPERATORS": OPERATORS, "RELATIONS": RELATIONS, "SECRECY": SECRECY},
        authorities=AUTHORITIES,
        unit=next((place.name for place in the_visitor().places if place.organisation == opened.unit), ""),
    )


def _in_words(confidence: int) -> tuple[str, str]:
    """Say how sure the reader is, and which state that is."""
    if confidence >= SURE:
        return _("read from the letter"), "good"
    if confidence >= FAIRLY:
        return _("read with difficulty: please compare"), "watch"
    if confidence > 0:
        return _("only inferred: please check"), "watch"
    return _("not found in the letter: please enter"), "bad"


def _marked(told: Mapping[str, tuple[int, list[list[int]]]]) -> set[int]:
    """Return the numbers of the lines from which something was read."""
    return {line for _sure, spans in told.values() for first, last in spans for line in range(first, last + 1)}
