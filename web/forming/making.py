"""A new form in a design."""

from __future__ import annotations

from flask import redirect, render_template, url_for
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response

from engine.definitions.source import FORM, FORMS, form_key
from web.forming.kinds import piece
from web.forming.pages import pages
from web.forming.written import write
from web.workbench.making import Kind, Making, asked, made

Answer = Response | str | tuple[str, int]
KIND = Kind(
    ending=FORM,
    folder=FORMS,
    key=form_key,
    nameless=lazy_gettext("People know a form by its name: write one."),
    taken=lazy_gettext("There is a form with the key “%(key)s” already: %(path)s. Choose another key, or use that form."),
)


@pages.get("/forms/new")
def new(design: str) -> str:
    """Ask for the name and the key of a new form."""
    return _page(asked(KIND, design))


@pages.post("/forms/new")
def make(design: str) -> Answer:
    """Make a form with one field and open it."""
    done = made(KIND, design, lambda key, title: write(begin(key, title)))
    return redirect(url_for("forming.edit", design=design, path=done.path), 303) if done.path else (_page(done), 422)


def begin(key: str, title: str) -> dict[str, object]:
    """Return a form with one field of text."""
    field = {"title": gettext("Content"), **piece("long")}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:chidao:forms:{key}",
        "title": title,
        "type": "object",
        "properties": {"content": field},
        "required": ["content"],
        "additionalProperties": False,
    }


def _page(making: Making) -> str:
    return render_template("forming/new.html", found=making.found, typed=making.typed, folders=making.folders, problem=making.problem)
