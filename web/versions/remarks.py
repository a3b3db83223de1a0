"""What designers tell each other about elements: written beside a comparison, a version or a design, settled by whoever."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from engine.definitions.design_pages import DesignPage, ShowDesign
from engine.definitions.remarks import Drawn, ListDrawn, ListRemarks, SettleRemark, WriteRemark
from engine.kernel.errors import Denied, EngineError, NotFound
from web.door import ask
from web.language.sentences import in_words
from web.once import act
from web.versions import words
from web.versions.blueprint import Page, pages

LONGEST_BACK = 500  # characters of the address that a form came from


@pages.get("/designs/<design>/remarks")
def of_design(design: str) -> str:
    """Show what was said of a design, and take more."""
    return _page(design)


@pages.post("/remarks")
def write() -> Page:
    """Write a remark; lead back to where it was written."""
    sent = {name: request.form.get(name, "").strip() for name in ("process", "element", "text", "design", "about")}
    if "/" in sent["about"]:  # where one choice names both
        sent["process"], _slash, sent["element"] = sent["about"].partition("/")
    try:
        act(WriteRemark(process=sent["process"], element=sent["element"], text=sent["text"], design=sent["design"] or None))
    except (Denied, NotFound):
        raise
    except EngineError as error:
        if sent["design"]:
            return _page(sent["design"], problem=in_words(error), sent=sent), 422
        return render_template("versions/broken.html", process=sent["process"], problem=in_words(error), typed=sent["text"]), 422
    flash(_("The remark is kept."), "good")
    return redirect(_back(sent["process"]), 303)


@pages.post("/remarks/<remark>/settle")
def settle(remark: str) -> Page:
    """Settle a remark."""
    try:
        done = act(SettleRemark(remark=remark))
    except (Denied, NotFound):
        raise
    except EngineError as error:
        flash(in_words(error), "bad")
        return redirect(_back(""), 303)
    flash(_("The remark is settled."), "good")
    return redirect(_back(done["process"]), 303)


def _back(process: str) -> str:
    """Return where the form stood: only pages of the workbench are led back to."""
    back = request.form.get("back", "")[:LONGEST_BACK]
    if back.startswith("/workbench/") and "\\" not in back and back.isprintable():
        return back
    return url_for("versions.process", key=process) if process else url_for("workbench.index")


def _page(design: str, *, problem: str = "", sent: dict[str, str] | None = None) -> str:
    found: DesignPage = ask(ShowDesign(design=design))
    drawn: dict[str, list[Drawn]] = {}
    for each in ask(ListDrawn(design=design)):
        drawn.setdefault(each.process, []).append(each)
    paths = {process: each[0].path for process, each in drawn.items()}
    names = {(each.process, each.element): each.name for elements in drawn.values() for each in elements}
    about = {"found": found, "drawn": drawn, "paths": paths, "names": names, "remarks": ask(ListRemarks(design=design))}
    return render_template("versions/remarks.html", **about, problem=problem, sent=sent or {}, kind=words.kind)
