"""The pages of one directive: the letter, and its parts, each with an address of its own."""

from __future__ import annotations

import gzip
import json
from collections.abc import Mapping
from typing import Any

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response as Answer

from engine.audit.cascade_levels import ShowCascade, ShowTree
from engine.directives.receive import StoreDocument
from engine.directives.signed_files import AttachSignedFile
from engine.directives.standing_page import Head, ShowDirective
from engine.directives.standing_parts import ShowChanges, ShowDifficulties, ShowInstructions, ShowMilestones, ShowRecipients, ShowUrging
from engine.directives.starting import ListStarts
from engine.kernel.errors import EngineError, InvalidInput
from web.directives.blueprint import pages
from web.directives.timeline import timeline
from web.directives.words import CHANGES, CHANNELS, LEVELS, LINKS, RECEIPTS, RELATIONS, shown
from web.door import ask
from web.language.sentences import in_words
from web.language.words import today
from web.once import act

PARTS: tuple[tuple[str, Any, str], ...] = (  # endpoint, label, what is counted beside it
    ("directives.show", lazy_gettext("Letter"), ""),
    ("directives.instructions", lazy_gettext("Instructions"), ""),
    ("directives.recipients", lazy_gettext("Recipients"), "recipients"),
    ("directives.cascade", lazy_gettext("Cascade"), ""),
    ("directives.milestones", lazy_gettext("Milestones"), "milestones"),
    ("directives.urging", lazy_gettext("Urging"), "urges"),
    ("directives.difficulties", lazy_gettext("Difficulties, extensions"), "open"),
    ("directives.changes", lazy_gettext("Changes"), "changes"),
)
QUICKLY = 3  # level of gzip
NEEDS_SOME = {"directives.milestones"}  # parts that are shown only where there is something


@pages.get("/directives/<directive>")
def show(directive: str) -> str:
    """Show the letter, its files, what it rests on and what rests on it."""
    return _letter(directive)


@pages.post("/directives/<directive>/files")
def attach(directive: str) -> Answer | tuple[str, int]:
    """Keep a file that was signed elsewhere."""
    head = ask(ShowDirective(directive=directive)).head
    note = request.form.get("note", "")
    try:
        if not head.mine:
            raise InvalidInput("Expected a directive of your own organisation, but it has neither issued nor received this one.")
        act(AttachSignedFile(directive=directive, document=_stored(head.mine[0].organisation), note=note), part="attach")
    except EngineError as error:
        return _letter(directive, problem=in_words(error), note=note), 422
    flash(_("The file is attached; its digest is recorded."), "good")
    return redirect(url_for("directives.show", directive=directive, _anchor="files"), 303)


def _stored(organisation: str) -> str:
    """Store the file that was sent with the form; return its digest. Raises InvalidInput without one."""
    file = request.files.get("file")
    content = file.read() if file else b""
    if file is not None:
        file.close()  # a large one lies in a file of the system
    if file is None or not content:
        raise InvalidInput("Expected a file, but none was chosen. Choose the file and send the form again.")
    kind = file.mimetype or "application/octet-stream"
    stored = act(StoreDocument(organisation=organisation, name=(file.filename or "")[:200], media_type=kind, content=content.hex()), part="file")
    return str(stored["sha256"])


def _letter(directive: str, *, problem: str = "", note: str = "") -> str:
    found = ask(ShowDirective(directive=directive))
    return _page("directives/letter.html", found, starts=found.starts, problem=problem, note=note, links=LINKS, relations=RELATIONS)


@pages.get("/directives/<directive>/instructions")
def instructions(directive: str) -> str:
    """Show what leaders said, and to whom the work was given."""
    return _page("directives/instructions.html", ask(ShowInstructions(directive=directive)))


@pages.get("/directives/<directive>/recipients")
def recipients(directive: str) -> str:
    """Show to whom it went, with the exchange status of each."""
    status = request.args.get("status", "")
    query = ShowRecipients(directive=directive, status=status, page=request.args.get("page", 1, type=int))
    return _page("directives/recipients.html", ask(query), status=status, receipts=RECEIPTS, channels=CHANNELS)


@pages.get("/directives/<directive>/cascade")
def cascade(directive: str) -> str:
    """Show a level of the cascade: as a page, or only its rows for a script that puts them under their row."""
    at, troubled = request.args.get("at", ""), bool(request.args.get("troubled"))
    found = ask(ShowCascade(directive=directive, at=at, troubled=troubled, page=request.args.get("page", 1, type=int)))
    if request.headers.get("HX-Request"):
        return render_template("directives/cascade_rows.html", found=found, head=found.head, level=len(found.path))
    return _page("directives/cascade.html", found, troubled=troubled)


@pages.get("/directives/<directive>/cascade.json")
def tree(directive: str) -> Response:
    """Return the whole cascade for the picture: names, parents, states."""
    found = ask(ShowTree(directive=directive))
    names, parents, states = zip(*found.nodes, strict=True)
    told = json.dumps({"names": names, "parents": parents, "states": states, "complete": found.complete}, ensure_ascii=False, separators=(",", ":"))
    if not request.accept_encodings["gzip"]:
        return Response(told, mimetype="application/json")
    # names and states of organisations, nothing that was typed and no token: its length tells a listener nothing (BREACH)
    return Response(gzip.compress(told.encode(), QUICKLY), mimetype="application/json", headers={"Content-Encoding": "gzip", "Vary": "Accept-Encoding"})


@pages.get("/directives/<directive>/milestones")
def milestones(directive: str) -> str:
    """Show the chain of milestones as a timeline and as a table."""
    found = ask(ShowMilestones(directive=directive))
    return _page("directives/milestones.html", found, picture=timeline(found.rows, found.days, found.head.issued_date, today()))


@pages.get("/directives/<directive>/urging")
def urging(directive: str) -> str:
    """Show with whom it is open, and what was urged."""
    found = ask(ShowUrging(directive=directive, page=request.args.get("page", 1, type=int)))
    return _page("directives/urging.html", found, levels=LEVELS, starts=_starts(found.head))


@pages.get("/directives/<directive>/difficulties")
def difficulties(directive: str) -> str:
    """Show difficulties and extensions with their answers."""
    found = ask(ShowDifficulties(directive=directive))
    return _page("directives/difficulties.html", found, starts=_starts(found.head))


@pages.get("/directives/<directive>/changes")
def changes(directive: str) -> str:
    """Show what was changed, and what a change would touch."""
    found = ask(ShowChanges(directive=directive))
    return _page("directives/changes.html", found, kinds=CHANGES, starts=_starts(found.head))


def _starts(head: Head) -> Any:
    return ask(ListStarts(directive=head.id)) if head.mine else ()


def _page(template: str, found: Any, **more: Any) -> str:
    head: Head = found.head
    return render_template(template, found=found, head=head, parts=_parts(head), shown=shown, can_start=_can_start(), pager=_pager, views=current_app.view_functions, **more)


def _can_start() -> bool:
    return "task.start" in current_app.view_functions


def _parts(head: Head) -> list[dict[str, Any]]:
    counts: Mapping[str, int] = {**head.counts, "recipients": head.recipients, "open": head.counts["difficulties"] + head.counts["extensions"]}
    return [
        {"endpoint": endpoint, "label": label, "count": counts.get(counted, 0), "here": request.endpoint == endpoint}
        for endpoint, label, counted in PARTS
        if endpoint not in NEEDS_SOME or counts.get(counted)
    ]


def _pager(endpoint: str, **values: Any) -> Any:
    """Return what gives the address of a page of a list."""
    return lambda page: url_for(endpoint, **values, page=page)
