"""Files taken into a design: handed in, looked at with all that is wrong, kept. What was handed in travels with the page until then."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from engine.definitions.importing import ForeseeImport, Foreseen, ImportFiles, Incoming
from engine.definitions.packages import carried, gather, uncarried
from engine.definitions.scenario_files import REPLACES, SAME
from engine.kernel.errors import InvalidInput, Refused
from web.door import ask
from web.exchange.blueprint import pages
from web.language.sentences import in_words, sentence
from web.once import act

Page = Response | str | tuple[str, int]


@pages.get("/designs/<design>/import")
def import_files(design: str) -> str:
    """Ask for the files."""
    return _page(ask(ForeseeImport(design=design, files={})))


@pages.post("/designs/<design>/import")
def bring(design: str) -> Page:
    """Show what was handed in; or look at it again with other paths; or keep what is chosen."""
    try:
        files = _files()
        if request.form.get("do") not in {"look", "keep"}:
            return _page(ask(ForeseeImport(design=design, files=files)), carried(files))
        seen = _chosen(design, files)
        if request.form["do"] == "look":
            return _page(ask(seen), carried(files))
        return _keep(seen, carried(files))
    except (InvalidInput, Refused) as error:
        return _page(ask(ForeseeImport(design=design, files={})), problem=in_words(error)), 422


def _keep(seen: ForeseeImport, package: str) -> Page:
    found: Foreseen = ask(seen)
    taken = [line for line in found.lines if line.taken]
    if any(line.problem for line in taken):
        return _page(found, package, problem=_("Some files cannot be kept as they are. What is wrong stands with each of them.")), 422
    if any(line.state == REPLACES and _edition_seen(line) is None for line in taken):
        return _page(found, package, problem=_("A changed path leads to a file that is there already. Look at what would be replaced, then keep again.")), 409
    kept = [{"path": line.path, "text": line.file.text, "edition": _edition(line)} for line in taken]
    try:
        act(ImportFiles(design=seen.design, files=kept))
    except (InvalidInput, Refused) as error:
        return _page(found, package, problem=in_words(error)), 409 if isinstance(error, Refused) else 422
    flash(ngettext("%(num)s file is kept in the design.", "%(num)s files are kept in the design.", len(kept)), "good")
    return redirect(url_for("workbench.show", design=seen.design), 303)


def _files() -> dict[str, bytes]:
    """Return what was handed in: just now, or with the page that showed it. Raises InvalidInput for what cannot be taken."""
    if package := request.form.get("package", ""):
        return uncarried(package)
    handed_in = [file for name in ("files", "folder") for file in request.files.getlist(name)]
    received = [(file.filename, file.read()) for file in handed_in if file.filename]
    for file in handed_in:
        file.close()  # a large one lies in a file of the system
    return gather(received)


def _chosen(design: str, files: Mapping[str, bytes]) -> ForeseeImport:
    """Return the question with what was typed and ticked on the page."""
    paths = {name.removeprefix("path:"): value for name, value in request.form.items() if name.startswith("path:")}
    keep = set(request.form.getlist("take"))
    return ForeseeImport(design=design, files=files, paths=paths, left_out=frozenset(name for name in files if name not in keep))


def _edition_seen(line: Incoming) -> int | None:
    """Return the edition of the file that the page said would be replaced, None when it said nothing of it."""
    return request.form.get(f"edition:{line.path}", type=int)


def _edition(line: Incoming) -> int:
    seen = _edition_seen(line)
    return line.edition if seen is None else seen


def _page(found: Foreseen, package: str = "", *, problem: str = "") -> str:
    lines = [line for line in found.lines if line.state != SAME or line.taken]
    same = [line for line in found.lines if line not in lines]
    errors = sum(any(each.severity == "error" for each in line.findings) for line in lines)
    return render_template("exchange/import.html", found=found, lines=lines, same=same, package=package, errors=errors, problem=problem, told_as=sentence)
