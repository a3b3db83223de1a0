"""Two sides beside each other: both drawings marked by sign and colour, and a table of old and new values, which needs no script."""

from __future__ import annotations

from flask import render_template, request

from engine.definitions.remarks import ListRemarks
from engine.definitions.sides import Compared, CompareSides
from engine.kernel.errors import DefinitionInvalid, InvalidInput, Refused
from web.door import ask
from web.language.sentences import in_words
from web.versions.blueprint import Page, pages
from web.versions.drawing import drawn_together
from web.versions.rows import counts, rows_of


@pages.get("/compare")
def compare() -> Page:
    """Compare two versions of a process, or a version with a design."""
    return compared()


def compared(*, problem: str = "", typed: str = "") -> Page:
    """Return the page of the two sides that the address names, with what was typed in a remark that was refused."""
    process, old, new = (request.args.get(name, "") for name in ("process", "old", "new"))
    try:
        found: Compared = ask(CompareSides(process=process, old=old, new=new, drawn=request.args.get("drawn", "")))
    except (Refused, InvalidInput, DefinitionInvalid) as error:
        return render_template("versions/broken.html", process=process, problem=in_words(error)), 422
    rows = rows_of(found.found, found.names)
    page = render_template(
        "versions/compare.html", found=found, rows=rows, counts=counts(found.found), data=drawn_together(found),
        remarks=ask(ListRemarks(process=process)), problem=problem, typed=typed,
    )  # fmt: skip
    return (page, 422) if problem else page
