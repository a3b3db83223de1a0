"""A new diagram in a design: as a copy of a process, or empty."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.definitions.design_pages import DesignPage, ShowDesign
from engine.definitions.starting_points import AddDesignFile, ShowStartingPoints
from engine.kernel.errors import Denied, InvalidInput, NotFound, Refused
from web.door import ask
from web.language.sentences import in_words
from web.once import act
from web.workbench.pages import pages


@pages.get("/designs/<design>/new")
def new_file(design: str) -> str:
    """Ask what a new diagram begins as, and what its process is called."""
    return _form(design)


@pages.post("/designs/<design>/new")
def add_file(design: str) -> Response | tuple[str, int]:
    """Add the diagram and draw it."""
    typed = {name: request.form.get(name, "") for name in ("template", "name", "process", "path")}
    try:
        made = act(AddDesignFile(design=design, **typed))
    except (InvalidInput, Refused, NotFound) as error:
        return _form(design, problem=in_words(error)), 409 if isinstance(error, Refused) else 422
    flash(_("The diagram is added."), "good")
    return redirect(url_for("workbench.file", design=design, path=made["path"]), 303)


def _form(design: str, *, problem: str = "") -> str:
    found: DesignPage = ask(ShowDesign(design=design))
    if not found.mine:
        raise Denied(f"Expected a design of one's own, but {found.name!r} is the design of {found.designer}. Copy it to change it.")
    points = ask(ShowStartingPoints(design=design))
    return render_template("workbench/new.html", found=found, points=points, problem=problem, typed=request.form)
