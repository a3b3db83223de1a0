"""What somebody else deployed, taken into a design: what comes from where, and a choice for each thing that both have changed."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from engine.definitions.design_merging import Changed, Collision, Merge, MergeDesignFile, ShowMerge
from engine.kernel.errors import Conflict, Denied, EngineError, InvalidInput, NotFound
from web.door import ask
from web.language.sentences import in_words
from web.once import act
from web.versions import words
from web.versions.blueprint import Page, pages
from web.versions.rows import Names, Value, value_of

ENDS = {"sourceRef", "targetRef"}
CHOICE = "choice."  # before the number of a collision, in the names of the fields


@pages.get("/designs/<design>/merge")
def merge(design: str) -> str:
    """Show what becomes of a file (`path`) when both changes are in it."""
    return _page(ask(ShowMerge(design=design, path=request.args.get("path", ""))))


@pages.post("/designs/<design>/merge")
def take(design: str) -> Page:
    """Merge the file as it was shown, with what was chosen."""
    path, sent = request.form.get("path", ""), request.form
    found: Merge = ask(ShowMerge(design=design, path=path))
    choices = {each.key: sent.get(f"{CHOICE}{each.key}", "") for each in found.collisions}
    command = MergeDesignFile(design=design, path=path, edition=sent.get("edition", 0, type=int), in_force=sent.get("in_force", ""), choices=choices)
    try:
        act(command)
    except (Denied, NotFound):
        raise
    except EngineError as error:
        return _page(found, problem=in_words(error), chosen=choices), 409 if isinstance(error, Conflict) else 422 if isinstance(error, InvalidInput) else 409
    flash(_("Both changes are in %(path)s now. What is in force is the new beginning of the design.", path=path), "good")
    return redirect(url_for("workbench.show", design=design), 303)


def _page(found: Merge, *, problem: str = "", chosen: dict[str, str] | None = None) -> str:
    told = [(each, _said(each.mine, found.names), _said(each.theirs, found.names), _redirected(each)) for each in found.collisions]
    whole = in_words(found.whole) if found.whole else ""
    return render_template("versions/merge.html", found=found, told=told, whole=whole, problem=problem, chosen=chosen or _usual(found.collisions), words=words, choice=CHOICE)


def _usual(collisions: tuple[Collision, ...]) -> dict[str, str]:
    """Return what is chosen at first: nothing, but where something is drawn matters little."""
    return {each.key: "mine" for each in collisions if each.picture}


def _redirected(each: Collision) -> bool:
    """Tell whether both let a way lead elsewhere, as whoever inserts a step does: of the two steps one is left without a way to it."""
    return all(ENDS & {value["attribute"] for value in side.values} for side in (each.mine, each.theirs))


def _said(changed: Changed, names: Names) -> list[Value]:
    return [value_of(each["attribute"], each["old"], each["new"], "", names) for each in changed.values]
