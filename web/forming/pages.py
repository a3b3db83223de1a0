"""The page of a form of a design: every button keeps what was typed, by edition; what would break a diagram is asked about first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.definitions.design_pages import CheckDesign, DesignFindings, DesignText, ReadDesignFile
from engine.definitions.designs import KeepDesignFile, check_path
from engine.definitions.explain import explain
from engine.definitions.field_uses import ShowFieldUses, Use
from engine.definitions.source import FORM
from engine.kernel.errors import Finding, InvalidInput, NotFound, Refused
from web.door import ask
from web.forming.changing import Editing, edited, is_of_options, rearranged
from web.forming.fields import ALWAYS, ASKED, NEVER, Controls, choices_of, controls, found, holders, lines, tests
from web.forming.kinds import FACTS, KINDS, OTHER, PANELS, SOURCES
from web.forming.preview import preview
from web.forming.structure import added, moved, removed
from web.forming.written import Written, read, write
from web.language.sentences import in_words
from web.once import act

pages = Blueprint("forming", __name__, template_folder="templates", url_prefix="/workbench/designs/<design>")
Answer = Response | str | tuple[str, int]
Uses = Mapping[str, tuple[Use, ...]]
WRONG, STALE = 422, 409


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the page shows beside the file: the form as it is being changed, the field that is open, what was typed, what is wrong.

    `lost`: fields that diagrams use and that the button `do` would take from them.
    """

    written: Written
    place: str = ""
    typed: Controls | None = None
    problems: Mapping[str, str] = field(default_factory=dict)
    problem: str = ""
    lost: tuple[str, ...] = ()
    do: str = ""
    text: str | None = None


@pages.get("/form")
def edit(design: str) -> Answer:
    """Show a form of the design; one that is not there yet can be made."""
    path = request.args.get("path", "")
    try:
        file: DesignText = ask(ReadDesignFile(design=design, path=path))
    except NotFound as error:
        if "path" not in error.details or not _may_be_made(path):
            raise
        return redirect(url_for("forming.new", design=design, path=path))
    _must_be_form(path)
    written = read(path, file.text)
    place = request.args.get("field", "")
    return _page(file, Shown(written=written, place=place if written.root is not None and found(written.root, place) else ""))


@pages.post("/form")
def change(design: str) -> Answer:
    """Put what was typed into the form, do what the button says, and keep it."""
    path, place = request.form.get("path", ""), request.form.get("field", "")
    file: DesignText = ask(ReadDesignFile(design=design, path=path))
    _must_be_form(path)
    written = read(path, file.text)
    if written.root is None:
        return _page(file, Shown(written=written, problem=_("The form can be changed as JSON only, until it can be read again.")), WRONG)
    do = request.form.get("sure") or request.form.get("do", "keep")
    try:
        editing = edited(written.root, place, rearranged(request.form.to_dict(flat=False), do))
        typed = _typed(editing)
        if editing.problems:
            return _page(file, Shown(written=written, place=place, typed=typed, problems=editing.problems), WRONG)
        place = _done(editing, do)
    except KeyError:
        problem = _("The field is not there any more: the form was changed in another window. Below it stands as it is now.")
        return _page(file, Shown(written=written, problem=problem), STALE)
    lost = _lost(file, written.root, editing.root)
    if lost and not request.form.get("sure"):
        return _page(file, Shown(written=written, place=request.form.get("field", ""), typed=typed, lost=lost, do=do), STALE)
    if write(editing.root) != write(written.root):
        edition = request.form.get("edition", 0, type=int)
        try:
            act(KeepDesignFile(design=design, path=path, text=write(editing.root), edition=edition))
        except (Refused, InvalidInput) as error:
            return _page(file, Shown(written=written, place=request.form.get("field", ""), typed=typed, problem=in_words(error)), STALE)
    return redirect(url_for("forming.edit", design=design, path=path, field=place or None, _anchor="edit-option" if is_of_options(do) else "open"), 303)


@pages.post("/form/preview")
def drawn(design: str) -> str:
    """Draw the form with what is typed at this moment, for the preview beside the editor; nothing is kept."""
    path, place = request.form.get("path", ""), request.form.get("field", "")
    file: DesignText = ask(ReadDesignFile(design=design, path=path))
    root = read(path, file.text).root
    try:
        shown = edited(root, place, request.form.to_dict(flat=False)).root if root is not None else None
    except KeyError:
        shown = root
    return render_template("forming/preview.html", drawn=preview(shown) if shown is not None else None, title=(shown or {}).get("title", ""))


@pages.get("/form/problems")
def problems(design: str) -> str:
    """Say what is wrong with the form as it was kept, and what it breaks."""
    path = request.args.get("path", "")
    file: DesignText = ask(ReadDesignFile(design=design, path=path))
    judged: DesignFindings = ask(CheckDesign(design=design, path=path, text=file.text))
    template = "forming/findings.html" if request.headers.get("HX-Request") else "forming/problems.html"
    return render_template(template, found=file, findings=[(each, headline(each)) for each in judged.findings])


@pages.post("/form/text")
def keep_text(design: str) -> Answer:
    """Keep a form as it was typed in JSON; what is no JSON is refused with the line, and stays in the box."""
    path, text = request.form.get("path", ""), request.form.get("text", "").replace("\r\n", "\n")
    file: DesignText = ask(ReadDesignFile(design=design, path=path))
    _must_be_form(path)
    written, before = read(path, text), read(path, file.text)
    if not written.json:
        return _page(file, Shown(written=before, text=text, problem=written.why), WRONG)
    lost = _lost(file, before.root or {}, written.root or {})
    if lost and not request.form.get("sure"):
        return _page(file, Shown(written=before, text=text, lost=lost, do="text"), STALE)
    try:
        if text != file.text:
            act(KeepDesignFile(design=design, path=path, text=text, edition=request.form.get("edition", 0, type=int)))
    except (Refused, InvalidInput) as error:
        return _page(file, Shown(written=before, text=text, problem=in_words(error)), STALE)
    flash(_("The file is kept."), "good")
    return redirect(url_for("forming.edit", design=design, path=path), 303)


def headline(finding: Finding) -> str:
    """Return in a few words what a finding is about, in the reader's language."""
    return explain(finding.rule, english=str(get_locale()) != "vi").partition("\n")[0].partition(": ")[2] or finding.rule


def _page(file: DesignText, shown: Shown, status: int = 200) -> Answer:
    root, uses = shown.written.root, _uses(file)
    now = None if root is None else controls(root, shown.place)
    here = found(root, shown.place) if root is not None and shown.place else None
    page = render_template(
        "forming/form.html", found=file, shown=shown, root=root, uses=uses, control=shown.typed or now, lines=lines(root) if root is not None else [],
        holders=holders(root) if root is not None else [], beside=_beside(here), kinds=KINDS, sources=SOURCES, facts=FACTS, panels=PANELS, other=OTHER,
        drawn=preview(root) if root is not None else None, text=file.text if shown.text is None else shown.text,
        key=shown.place.rpartition("/")[2], offered=_offered(here),
    )  # fmt: skip
    return (page, status) if status != 200 else page


def _beside(here: tuple[dict[str, Any], str] | None) -> dict[str, dict[str, Any]]:
    """Return the fields beside the one that is open."""
    return {name: part for name, part in here[0]["properties"].items() if name != here[1] and isinstance(part, dict)} if here else {}


def _offered(here: tuple[dict[str, Any], str] | None) -> dict[str, Any]:
    """Return what the controls of a field offer: (value, what people read). `asked`: whether the field is asked with certain choices only."""
    beside = _beside(here)
    return {
        "kinds": [(kind, said) for kind, (said, _piece) in KINDS.items()],
        "needs": [(NEVER, _("no, it may be left out")), (ALWAYS, _("yes, always")), (ASKED, _("when it is asked"))],
        "beside": [(name, str(part.get("title", name))) for name, part in beside.items()],
        "values": {name: choices_of(part) for name, part in beside.items()},
        "asked": bool(here and tests(here[0]["properties"][here[1]])),
    }


def _uses(file: DesignText) -> Uses:
    uses: Uses = ask(ShowFieldUses(design=file.design, path=file.path))
    return uses


def _lost(file: DesignText, before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the fields that diagrams use and that the changed form no longer hands to the process."""
    kept, uses = _routed(after), _uses(file)
    return tuple(name for name in _routed(before) if name not in kept and name in uses)


def _routed(root: Mapping[str, Any]) -> list[str]:
    parts = root.get("properties")
    return [name for name, part in parts.items() if isinstance(part, dict) and part.get("x-route") is True] if isinstance(parts, dict) else []


def _typed(editing: Editing) -> Controls:
    """Return what stands in the controls after a request: as it was typed, else as it is."""
    shown = controls(editing.root, editing.place)
    return {name: request.form.getlist(name) if name in request.form else values for name, values in shown.items()}


def _done(editing: Editing, do: str) -> str:
    """Do what a button says and return the place of the field to show then. Raises KeyError for a field that is not there."""
    what, _colon, place = do.partition(":")
    if what == "add":
        title = request.form.get("new_title", "").strip() or _("New field")
        return added(editing.root, request.form.get("new_inside", ""), request.form.get("new_kind", "line"), title)
    if what in {"up", "down"}:
        moved(editing.root, place, -1 if what == "up" else 1)
    elif what == "del":
        removed(editing.root, place)
        return editing.place if found(editing.root, editing.place) else ""
    elif what == "open":
        return place
    return editing.place


def _must_be_form(path: str) -> None:
    if not path.endswith(FORM):
        raise NotFound(f"Expected the path of a form, but found {path!r}. Choose a form of the design.", path=path)


def _may_be_made(path: str) -> bool:
    """Tell whether a form can stand at a path at which there is none."""
    try:
        check_path(path)
    except InvalidInput:
        return False
    return path.endswith(FORM)
