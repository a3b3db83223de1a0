"""Process files taken out: all, some or one, of a design or of what is in force; and the words on a picture of a diagram."""

from __future__ import annotations

import io
from typing import Any

from flask import abort, render_template, request, send_file, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from werkzeug.wrappers import Response

from engine.definitions.exporting import Caption, CaptionFile, Exported, ExportFiles
from engine.definitions.file_paths import stem_of
from engine.definitions.packages import pack
from engine.kernel.vietnamese import fold
from web.door import ask
from web.exchange.blueprint import pages
from web.language.words import moment

ALL, CHANGED = "", "changed"
PROCESS = "process:"
SAID = {
    "save": lazy_gettext("Save the picture"),
    "svg": lazy_gettext("As SVG, to be enlarged"),
    "png": lazy_gettext("As PNG, to be pasted"),
    "print": lazy_gettext("Print, or save as PDF"),
    "file": lazy_gettext("The file itself"),
    "too_large": lazy_gettext("The drawing is too large for a PNG picture. Save it as SVG."),
    "failed": lazy_gettext("The picture could not be made: {problem}"),
}


@pages.get("/export")
def choose_in_force() -> str:
    """Ask which of the files in force are wanted."""
    return _choices("")


@pages.get("/designs/<design>/export")
def choose(design: str) -> str:
    """Ask which files of a design are wanted."""
    return _choices(design)


@pages.get("/export.zip")
def export_in_force() -> Response:
    """Give what is in force as one archive."""
    return _archive("")


@pages.get("/designs/<design>/export.zip")
def export_design(design: str) -> Response:
    """Give the files of a design as one archive."""
    return _archive(design)


@pages.get("/export/file")
def file_in_force() -> Response:
    """Give one file that is in force."""
    return _one("")


@pages.get("/designs/<design>/export/file")
def file_of_design(design: str) -> Response:
    """Give one file of a design, as it was kept last."""
    return _one(design)


@pages.get("/designs/<design>/caption")
def caption(design: str) -> dict[str, Any]:
    """Say what stands on a picture of a file."""
    found: Caption = ask(CaptionFile(design=design, path=request.args.get("path", "")))
    plain = stem_of(found.path)
    if found.same:
        versions = [_("%(process)s, version %(version)s in force", process=key, version=version) for key, _name, version in found.processes if version]
    else:
        versions = [_("Design “%(name)s”, edition %(edition)s, not in force", name=found.design, edition=found.edition)]
    return {
        "title": ", ".join(name for _key, name, _version in found.processes) or plain,
        "lines": [f"{found.path} · {'; '.join(versions)}" if versions else found.path, f"SHA-256 {found.sha256} · {moment(found.at)}"],
        "file": plain,
    }


def saving(design: str, path: str) -> dict[str, Any]:
    """Return what the script that saves pictures needs, for the page with a file of a design."""
    at = {"caption": url_for("exchange.caption", design=design, path=path), "file": url_for("exchange.file_of_design", design=design, path=path)}
    return {"at": at, "said": {key: str(words) for key, words in SAID.items()}}


def _choices(design: str) -> str:
    found: Exported = ask(ExportFiles(design=design))
    changed = ask(ExportFiles(design=design, changed=True)).files if design else {}
    return render_template("exchange/export.html", design=design, found=found, changed=changed)


def _archive(design: str) -> Response:
    what = request.args.get("what", ALL)
    processes = (what.removeprefix(PROCESS),) if what.startswith(PROCESS) else ()
    found: Exported = ask(ExportFiles(design=design, processes=processes, changed=what == CHANGED))
    if not found.files:
        abort(404)
    name = "-".join(part for part in ("chidao", _slug(found.name) if design else "processes", *processes) if part)
    return send_file(io.BytesIO(pack(found.files)), mimetype="application/zip", as_attachment=True, download_name=f"{name}.zip")


def _one(design: str) -> Response:
    path = request.args.get("path", "")
    content = ask(ExportFiles(design=design)).files.get(path)
    if content is None:
        abort(404)
    kind = "application/json" if path.endswith(".json") else "application/xml"
    return send_file(io.BytesIO(content), mimetype=kind, as_attachment=True, download_name=path.rsplit("/", 1)[-1])


def _slug(name: str) -> str:
    """Return a name for a file: `Thêm bước thẩm định` → `them-buoc-tham-dinh`."""
    return "-".join("".join(letter if letter.isalnum() else " " for letter in fold(name)).split())[:60]
