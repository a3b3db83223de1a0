"""The page of a decision table: drawn where scripts run, otherwise a plain table and its text; and a new table."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _
from flask_wtf.csrf import generate_csrf
from markupsafe import escape
from werkzeug.wrappers import Response

from engine.definitions.choices import Choices, ShowChoices
from engine.definitions.design_pages import DesignText, ReadDesignFile, ShowDesign
from engine.definitions.designs import KeepDesignFile, check_path
from engine.definitions.source import DECISION, DECISIONS, decision_key
from engine.definitions.table_view import ShowTable, TableView
from engine.kernel.errors import InvalidInput, NotFound, Refused
from web.door import ask
from web.language.sentences import in_words
from web.once import act
from web.tabling.words import POLICIES, SAID
from web.workbench.diagram import DRAWING
from web.workbench.making import Kind, Making, asked, made

pages = Blueprint("tabling", __name__, template_folder="templates", url_prefix="/workbench/designs/<design>")
Answer = Response | str | tuple[str, int]
WRONG, STALE = 422, 409
KIND = Kind(
    ending=DECISION,
    folder=DECISIONS,
    key=decision_key,
    nameless=lazy_gettext("People know a table by its name: write one."),
    taken=lazy_gettext("There is a decision table with the key “%(key)s” already: %(path)s. Choose another key, or use that table."),
)


@pages.get("/table")
def edit(design: str) -> Response:
    """Show a decision table of the design; one that is not there yet can be made."""
    path = request.args.get("path", "")
    try:
        return _page(design, path)
    except NotFound:
        if not _may_be_made(path):
            raise
        ask(ShowDesign(design=design))
        return redirect(url_for("tabling.new", design=design, path=path))


@pages.post("/table")
def keep_text(design: str) -> Response:
    """Keep a table as it was typed; the check says what is wrong with it."""
    path, typed = request.form.get("path", ""), request.form.get("text", "").replace("\r\n", "\n")
    try:
        act(KeepDesignFile(design=design, path=path, text=typed, edition=request.form.get("edition", 0, type=int)))
    except (Refused, InvalidInput) as error:
        page = _page(design, path, problem=in_words(error), typed=typed)
        page.status_code = STALE if isinstance(error, Refused) else WRONG
        return page
    flash(_("The file is kept."), "good")
    return redirect(url_for("tabling.edit", design=design, path=path), 303)


@pages.get("/tables/new")
def new(design: str) -> str:
    """Ask for the name and the key of a new table."""
    return _new(asked(KIND, design))


@pages.post("/tables/new")
def make(design: str) -> Answer:
    """Make a table with one column on each side and open it."""
    done = made(KIND, design, lambda key, title: render_template("tabling/begin.dmn.txt", key=key, title=escape(title), question=_("Question"), answer=_("Answer")))
    return redirect(url_for("tabling.edit", design=design, path=done.path), 303) if done.path else (_new(done), WRONG)


def _page(design: str, path: str, *, problem: str = "", typed: str | None = None) -> Response:
    if not path.endswith(DECISION):
        raise NotFound(f"Expected the path of a decision table, but found {path!r}. Choose a table of the design.", path=path)
    found: DesignText = ask(ReadDesignFile(design=design, path=path))
    table: TableView = ask(ShowTable(design=design, path=path))
    shown = found.text if typed is None else typed
    page = render_template(
        "tabling/table.html", found=found, table=table, shown=shown, problem=problem, policies=POLICIES, data=_data(found, table, shown)
    )
    answer = make_response(page)
    answer.headers["Content-Security-Policy"] = DRAWING  # dmn-js gives its cells their widths by style attributes (UI.md 5)
    return answer


def _data(found: DesignText, table: TableView, shown: str) -> dict[str, Any]:
    """Return what the script needs: the file, where to send it, what to say."""
    choices: Choices = ask(ShowChoices(design=found.design))
    own = {name: url_for(f"workbench.{name}", design=found.design) for name in ("keep", "check", "text", "show")}
    return {
        "design": found.design,
        "path": found.path,
        "text": shown,
        "edition": found.edition,
        "kept_at": found.kept_at,
        "mine": found.mine,
        "drawable": table.drawable,
        "language": "vi" if str(get_locale()) == "vi" else "en",
        "token": generate_csrf(),
        "choices": {"rules": choices.rules},
        "at": {**own, "diagram": url_for("workbench.file", design=found.design), "rule": url_for("workbench.rule", rule="RULE")},
        "said": {key: str(words) for key, words in SAID.items()},
    }


def _new(making: Making) -> str:
    return render_template("tabling/new.html", found=making.found, typed=making.typed, folders=making.folders, problem=making.problem)


def _may_be_made(path: str) -> bool:
    """Tell whether a table can stand at a path at which there is none."""
    try:
        check_path(path)
    except InvalidInput:
        return False
    return path.endswith(DECISION)
