"""The versions of a process: which is in force, how each came, one of them as it is drawn, and an earlier one put in force again."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from engine.definitions.remarks import ListRemarks
from engine.definitions.sides import Compared, CompareSides
from engine.definitions.versions import PutInForceAgain, ShowVersions, VersionLine, Versions
from engine.kernel.errors import Denied, EngineError, NotFound
from web.door import ask
from web.language.sentences import in_words
from web.language.words import day as written
from web.language.words import today
from web.once import act
from web.versions.blueprint import Page, pages
from web.versions.drawing import drawn_alone


@pages.get("/processes/<key>")
def process(key: str) -> str:
    """Show the versions of a process."""
    return shown(key)


@pages.post("/processes/<key>/again")
def again(key: str) -> Page:
    """Put an earlier version in force again."""
    number = request.form.get("version", 0, type=int)
    try:
        done = act(PutInForceAgain(process=key, version=number, reason=request.form.get("reason", "")))
    except (Denied, NotFound):
        raise
    except EngineError as error:
        return shown(key, problem=in_words(error), chosen=number, typed=request.form.get("reason", "")), 422
    if "proposal" in done:
        flash(_("It waits for a second person, who sees it under proposals."), "good")
    else:
        flash(_("Version %(number)s is in force again. Cases that run stay on theirs.", number=number), "good")
    return redirect(url_for("versions.process", key=key), 303)


@pages.get("/processes/<key>/versions/<int:number>")
def version(key: str, number: int) -> str:
    """Show a version as it is drawn."""
    found: Versions = ask(ShowVersions(process=key))
    line = _line(found, number)
    drawn: Compared = ask(CompareSides(process=key, old=line.id, new=line.id))
    remarks = ask(ListRemarks(process=key))
    return render_template("versions/version.html", found=found, line=line, drawn=drawn, data=drawn_alone(drawn), remarks=remarks)


def _line(found: Versions, number: int) -> VersionLine:
    for line in found.versions:
        if line.number == number:
            return line
    raise NotFound(f"Expected a version of {found.process!r} that was deployed, but {number} was not. Choose one of its list.")


def shown(key: str, *, problem: str = "", chosen: int = 0, typed: str = "", day: str = "", why: str = "") -> str:
    """Return the page of a process, with what was typed in a form that was refused: the version and the reason to put it in force again,
    or the day and the reason to withdraw the process."""
    found: Versions = ask(ShowVersions(process=key))
    return render_template("versions/process.html", found=found, problem=problem, chosen=chosen, typed=typed, day=day or written(today()), why=why)
