"""A new form in a design: its title and its key; it stands in the folder forms/ beside the diagram that will use it."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.definitions.design_pages import DesignPage, ShowDesign
from engine.definitions.designs import KeepDesignFile
from engine.definitions.source import DIAGRAM, FORM, FORMS, form_key
from engine.directory.indicator_sets import key_of
from engine.kernel.errors import InvalidInput, Refused
from web.door import ask
from web.forming.changing import KEY
from web.forming.kinds import piece
from web.forming.pages import pages
from web.forming.written import write
from web.language.sentences import in_words
from web.once import act

Answer = Response | str | tuple[str, int]


@pages.get("/forms/new")
def new(design: str) -> str:
    """Ask for the title and the key of a new form. `path`: where it is to stand; or `beside`: the diagram that will use it."""
    path = request.args.get("path", "")
    typed = {"key": form_key(path) if path.endswith(FORM) else "", "title": "", "folder": folder_of(path) if path else beside(request.args.get("beside", ""))}
    return _page(ask(ShowDesign(design=design)), typed)


@pages.post("/forms/new")
def make(design: str) -> Answer:
    """Make a form with one field and open it."""
    typed = {name: request.form.get(name, "").strip() for name in ("key", "title", "folder")}
    page: DesignPage = ask(ShowDesign(design=design))
    key = typed["key"] or key_of(typed["title"])
    taken = next((each.path for each in page.files if each.path.endswith(FORM) and form_key(each.path) == key and each.state != "removed"), "")
    problem = ""
    if not typed["title"]:
        problem = _("People know a form by its name: write one.")
    elif not KEY.fullmatch(key):
        problem = _("A key has letters without accents, digits and _, and begins with a letter.")
    elif taken:
        problem = _("There is a form with the key “%(key)s” already: %(path)s. Choose another key, or use that form.", key=key, path=taken)
    if problem:
        return _page(page, typed, problem), 422
    path = f"{typed['folder'].strip('/')}/{key}{FORM}".lstrip("/")
    edition = next((each.edition for each in page.files if each.path == path), 0)
    try:
        act(KeepDesignFile(design=design, path=path, text=write(begin(key, typed["title"])), edition=edition))
    except (Refused, InvalidInput) as error:
        return _page(page, typed, in_words(error)), 422
    return redirect(url_for("forming.edit", design=design, path=path), 303)


def begin(key: str, title: str) -> dict[str, object]:
    """Return a form with one field of text."""
    field = {"title": _("Content"), **piece("long")}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:chidao:forms:{key}",
        "title": title,
        "type": "object",
        "properties": {"content": field},
        "required": ["content"],
        "additionalProperties": False,
    }


def folder_of(path: str) -> str:
    """Return the folder of a file."""
    return path.rpartition("/")[0]


def beside(diagram: str) -> str:
    """Return the folder of the forms of a diagram."""
    return f"{folder_of(diagram)}/{FORMS}".lstrip("/") if diagram.endswith(DIAGRAM) else f"shared/{FORMS}"


def _page(page: DesignPage, typed: dict[str, str], problem: str = "") -> str:
    folders = sorted({beside(each.path) for each in page.files if each.path.endswith(DIAGRAM)} | {typed["folder"]})
    return render_template("forming/new.html", found=page, typed=typed, folders=folders, problem=problem)
