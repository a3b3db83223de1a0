"""A new form or decision table in a design: its name and its key; it stands in a folder beside the diagram that will use it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import request
from flask_babel import gettext as _

from engine.definitions.design_pages import DesignPage, ShowDesign
from engine.definitions.designs import KeepDesignFile
from engine.definitions.source import DIAGRAM
from engine.directory.indicator_sets import key_of
from engine.kernel.errors import InvalidInput, Refused
from web.door import ask
from web.forming.changing import KEY
from web.language.sentences import in_words
from web.once import act


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """What is made. `ending`, `folder`: of its files; `key`: by its path; `nameless`, `taken`: the sentences for a name that lacks and for a
    key that another one has, with holes for `key` and `path`."""

    ending: str
    folder: str
    key: Callable[[str], str]
    nameless: Any
    taken: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Making:
    """The page on which something is made: the design, what was typed, the folders to choose from, what is wrong; `path`: of what was made."""

    found: DesignPage
    typed: dict[str, str]
    folders: list[str]
    problem: str = ""
    path: str = ""


def asked(kind: Kind, design: str) -> Making:
    """Return the page before anything was typed. `path` in the address: where it is to stand; or `beside`: the diagram that will use it."""
    path = request.args.get("path", "")
    folder = path.rpartition("/")[0] if path else _beside(kind, request.args.get("beside", ""))
    typed = {"key": kind.key(path) if path.endswith(kind.ending) else "", "title": "", "folder": folder}
    return _making(kind, ask(ShowDesign(design=design)), typed)


def made(kind: Kind, design: str, text: Callable[[str, str], str]) -> Making:
    """Make what was asked for, or say what is wrong; `text`: key and name → how its file begins."""
    typed = {name: request.form.get(name, "").strip() for name in ("key", "title", "folder")}
    page: DesignPage = ask(ShowDesign(design=design))
    key = typed["key"] or key_of(typed["title"])
    taken = next((each.path for each in page.files if each.path.endswith(kind.ending) and kind.key(each.path) == key and each.state != "removed"), "")
    problem = ""
    if not typed["title"]:
        problem = str(kind.nameless)
    elif not KEY.fullmatch(key):
        problem = _("A key has letters without accents, digits and _, and begins with a letter.")
    elif taken:
        problem = str(kind.taken) % {"key": key, "path": taken}
    if problem:
        return _making(kind, page, typed, problem=problem)
    path = f"{typed['folder'].strip('/')}/{key}{kind.ending}".lstrip("/")
    edition = next((each.edition for each in page.files if each.path == path), 0)
    try:
        act(KeepDesignFile(design=design, path=path, text=text(key, typed["title"]), edition=edition))
    except (Refused, InvalidInput) as error:
        return _making(kind, page, typed, problem=in_words(error))
    return _making(kind, page, typed, path=path)


def _making(kind: Kind, page: DesignPage, typed: dict[str, str], **more: str) -> Making:
    folders = sorted({_beside(kind, each.path) for each in page.files if each.path.endswith(DIAGRAM)} | {typed["folder"]})
    return Making(found=page, typed=typed, folders=folders, **more)


def _beside(kind: Kind, diagram: str) -> str:
    """Return the folder of the files of a kind that a diagram uses."""
    return f"{diagram.rpartition('/')[0]}/{kind.folder}".lstrip("/") if diagram.endswith(DIAGRAM) else f"shared/{kind.folder}"
