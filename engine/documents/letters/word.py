"""Printed documents as .docx: a template of ours, or one that the office has edited in Word, filled with the lines of a document.

An office's own templates are `party.docx` and `state.docx` in the folder `templates` of the installation (CHIDAO_HOME); `chidao letter
templates` writes ours there to begin with. A template is data, not program: what stands in it is evaluated in a sandbox.
"""

from __future__ import annotations

import io
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.documents.letters.breadth import fit_tables, lay_broad
from engine.documents.letters.layout import Sheet, sheet_of
from engine.documents.letters.make_templates import template_of
from engine.documents.letters.model import PrintedDocument
from engine.kernel.errors import InvalidInput
from engine.storage.address import home

if TYPE_CHECKING:
    from jinja2 import Environment

FOLDER = "templates"
PARTS = 64  # parts of templates that are kept compiled: each has body, properties, heads and feet


def templates_folder() -> Path:
    """Return where the installation keeps templates of its own; it need not exist."""
    return home() / FOLDER


def letter_word(document: PrintedDocument, folder: Path | None = None) -> bytes:
    """Return a document as .docx, by the template in `folder` when it holds one for the form, else by ours.

    Raises InvalidInput for a template of the office's that cannot be filled.
    """
    sheet = sheet_of(document)
    own = (folder or templates_folder()) / f"{document.form}.docx"
    if not own.is_file():
        return _filled(template_of(document.form), sheet)
    try:
        return _filled(own.read_bytes(), sheet)
    except Exception as error:  # whatever Word, Jinja or a sandbox says of a file that somebody has edited
        raise InvalidInput(
            f"Expected a template that can be filled in {own.name}, but found one that cannot: {_said(error)}. Correct the template, or remove it.",
            template=str(own),
        ) from error


def _filled(template: bytes, sheet: Sheet) -> bytes:
    from docxtpl import DocxTemplate

    document = DocxTemplate(io.BytesIO(template))
    document.render(sheet, jinja_env=_sandbox(), autoescape=True)
    assert document.docx is not None  # get_docx() would read the template anew
    lay_broad(document.docx, [block["broad"] for block in sheet["annexes"] if block["kind"] == "annex"])
    fit_tables(document.docx, [*sheet["body"], *sheet["annexes"]])
    properties = document.docx.core_properties
    properties.title, properties.author, properties.language = sheet["title"], sheet["author"], "vi-VN"
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


@cache
def _sandbox() -> Environment:
    """Return where templates are evaluated. A part of a template is compiled once: that is half of the time of a letter."""
    from jinja2 import Template
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Remembering(ImmutableSandboxedEnvironment):
        def from_string(self, source: Any, globals: Any = None, template_class: Any = None) -> Template:  # noqa: A002  as Jinja names it
            if globals is not None or template_class is not None:
                return super().from_string(source, globals, template_class)
            return compiled(source)

    @lru_cache(maxsize=PARTS)
    def compiled(source: Any) -> Template:
        return super(Remembering, sandbox).from_string(source)

    sandbox = Remembering(autoescape=True)
    return sandbox


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__
