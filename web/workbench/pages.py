"""The pages of designs: what is in force, one's designs, the files of one; and what the editors ask and keep."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.definitions.design_pages import CheckDesign, DesignFindings, DesignPage, EnterWorkbench, ShowDesign
from engine.definitions.designs import BeginDesign, DiscardDesign, KeepDesignFile, RemoveDesignFile, RestoreDesignFile
from engine.kernel.errors import EngineError, Finding, InvalidInput, Refused
from web.door import ask
from web.language.sentences import in_words, judgement
from web.once import act

pages = Blueprint("workbench", __name__, template_folder="templates", url_prefix="/workbench")

Answer = Response | str | dict[str, Any] | tuple[Any, int]


@pages.get("")
def index() -> str:
    """Show the processes in force and the designs."""
    return render_template("workbench/index.html", found=ask(EnterWorkbench()), problem="", typed="")


@pages.post("/designs")
def begin() -> Answer:
    """Begin a design; with `path` open that file of it at once."""
    name, path = request.form.get("name", ""), request.form.get("path", "")
    try:
        made = act(BeginDesign(name=name))
    except EngineError as error:
        return render_template("workbench/index.html", found=ask(EnterWorkbench()), problem=in_words(error), typed=name), 422
    address = url_for("workbench.file", design=made["design"], path=path) if path else url_for("workbench.show", design=made["design"])
    return redirect(address, 303)


@pages.get("/designs/<design>")
def show(design: str) -> str:
    """Show a design: its changes, what is wrong with it, all files."""
    return _design_page(design)


@pages.get("/designs/<design>/file")
def file(design: str) -> Response:
    """Lead to the editor of a file's kind; of a diagram, to the element that is named."""
    path, element = request.args.get("path", ""), request.args.get("element", "")
    editor = "forming.edit" if path.endswith(".schema.json") else "tabling.edit" if path.endswith(".dmn") else "workbench.diagram"
    return redirect(url_for(editor, design=design, path=path, element=element if element and editor == "workbench.diagram" else None))


@pages.post("/designs/<design>/keep")
def keep(design: str) -> Answer:
    """Keep a file as an editor has it now: `path`, `text`, `edition` as JSON; answer with the edition that it has then."""
    sent = _sent("path", "text", "edition")
    try:
        return jsonify(act(KeepDesignFile(design=design, path=sent["path"], text=sent["text"], edition=sent["edition"])))
    except Refused as error:
        return {"problem": in_words(error), "edition": error.details.get("edition", 0)}, 409
    except InvalidInput as error:
        return {"problem": in_words(error)}, 422


@pages.post("/designs/<design>/check")
def check(design: str) -> Answer:
    """Say what is wrong with a file as an editor has it now (`path`, `text` as JSON): each finding in the reader's language."""
    sent = _sent("path", "text")
    found: DesignFindings = ask(CheckDesign(design=design, path=sent["path"], text=sent["text"]))
    return {"findings": [told(each) for each in found.findings]}


@pages.post("/designs/<design>/remove")
def remove(design: str) -> Answer:
    """Take a file away."""
    return _changed(design, RemoveDesignFile(design=design, path=request.form.get("path", ""), edition=request.form.get("edition", 0, type=int)))


@pages.post("/designs/<design>/restore")
def restore(design: str) -> Answer:
    """Let a file be as it is in force."""
    return _changed(design, RestoreDesignFile(design=design, path=request.form.get("path", "")))


@pages.post("/designs/<design>/discard")
def discard(design: str) -> Answer:
    """Give a design up."""
    try:
        act(DiscardDesign(design=design, reason=request.form.get("reason", "")))
    except InvalidInput as error:
        return _design_page(design, problem=in_words(error)), 422
    flash(_("The design is given up. What was drawn stays to be read."), "good")
    return redirect(url_for("workbench.index"), 303)


def told(finding: Finding) -> dict[str, Any]:
    """Return a finding as pages and editors show it; `rule` leads to its explanation."""
    return {
        "file": finding.file,
        "element": finding.element,
        "line": finding.line,
        "rule": finding.rule,
        "severity": finding.severity,
        "message": judgement(finding.message),
    }


def _changed(design: str, command: Any) -> Answer:
    try:
        act(command)
    except (Refused, InvalidInput) as error:
        return _design_page(design, problem=in_words(error)), 409
    return redirect(url_for("workbench.show", design=design), 303)


def _design_page(design: str, *, problem: str = "") -> str:
    found: DesignPage = ask(ShowDesign(design=design))
    judged: DesignFindings | None = ask(CheckDesign(design=design)) if any(line.state != "same" for line in found.files) else None
    return render_template("workbench/design.html", found=found, judged=judged, problem=problem)


def _sent(*names: str) -> dict[str, Any]:
    """Return the JSON object that an editor sent. Raises InvalidInput when something is missing or of another kind."""
    sent = request.get_json(silent=True)
    kinds = {"path": str, "text": str, "edition": int}
    if not isinstance(sent, dict) or not all(isinstance(sent.get(name), kinds[name]) for name in names):
        raise InvalidInput(f"Expected a JSON object with {', '.join(names)}, but found something else. Load the page again.")
    return sent
