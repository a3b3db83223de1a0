"""The pages of a case, and stored files."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response as Answer

from engine.audit.case_documents import FetchDocument, File, ReadDocument
from engine.audit.case_page import CasePage, ShowCase, Stand
from engine.instances.comments import WriteComment
from engine.kernel.errors import EngineError
from web.case import words
from web.door import ask
from web.language.sentences import in_words
from web.once import act
from web.security import NEVER_KEPT

pages = Blueprint("case", __name__, template_folder="templates")
SANDBOX = "default-src 'none'; sandbox"  # of a file that somebody sent: it runs nothing, wherever it is opened
KNOWN = {  # kinds of files that are named as what they say they are
    "text/plain",
    "application/pdf",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "image/png",
    "image/jpeg",
}


@pages.get("/case/<instance>")
def show(instance: str) -> str:
    """Show where a case stands, and its history."""
    found: CasePage = ask(ShowCase(instance=instance, process=request.args.get("process", ""), before=request.args.get("before", type=int)))
    return _page("case/show.html", found, drawn={"xml": found.diagram, "stands": [_drawn(each) for each in found.stands], "said": _labels()})


@pages.get("/case/<instance>/comments")
def comments(instance: str) -> str:
    """Show what was said about a case; also what the page of a task loads after one has written."""
    return _comments(instance)


@pages.post("/case/<instance>/comments")
def comment(instance: str) -> Answer | tuple[str, int]:
    """Keep a comment."""
    task, text = request.form.get("task") or None, request.form.get("text", "")
    try:
        act(WriteComment(instance=instance, text=text, task=task))
    except EngineError as error:
        if error.code in ("denied", "not_found"):
            raise
        return _comments(instance, task=task, problem=in_words(error), typed=text), 422
    return redirect(url_for("case.comments", instance=instance, task=task, _anchor="comments"), 303)


@pages.get("/documents/<sha256>")
def document(sha256: str) -> Response:
    """Hand out a file as it arrived: to be kept, never to be run here."""
    found: File = ask(FetchDocument(sha256=sha256))
    kind = found.media_type if found.media_type in KNOWN else "application/octet-stream"
    answer = send_file(BytesIO(found.content), mimetype=kind, as_attachment=True, download_name=found.name, etag=False)
    answer.headers["Content-Security-Policy"] = SANDBOX
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["Cache-Control"] = NEVER_KEPT
    return answer


@pages.get("/documents/<sha256>/text")
def text(sha256: str) -> str:
    """Show what a file says, with what was read in it."""
    return render_template("case/text.html", evidence=ask(ReadDocument(sha256=sha256)), directive=request.args.get("directive"), words=words)


def _comments(instance: str, *, task: str | None = None, problem: str = "", typed: str = "") -> str:
    found: CasePage = ask(ShowCase(instance=instance))
    return _page("case/said.html", found, comments_task=task or request.args.get("task"), problem=problem, typed=typed)


def _page(template: str, found: CasePage, **more: Any) -> str:
    return render_template(template, case=found, instance=found.head.id, comments=found.comments, words=words, **more)


def _drawn(stand: Stand) -> dict[str, Any]:
    """Return what the script marks in the diagram."""
    return {"id": stand.node.id, "name": stand.node.name, "done": stand.done, "here": stand.here, "late": stand.late}


def _labels() -> dict[str, str]:
    """Return what the script says."""
    return {
        "closer": _("Closer"),
        "farther": _("Farther"),
        "whole": _("The whole diagram"),
        "find": _("Show in the diagram"),
        "problem": _("The diagram could not be drawn. The table below says the same."),
    }


@pages.app_template_global("size_of")
def size_of(size: int | None) -> str:
    """Return the size of a file in words."""
    if not size:
        return ""
    return f"{max(1, round(size / 1024))} KB" if size < 1024 * 1024 else f"{size / 1024 / 1024:.1f} MB".replace(".", ",")
