"""The auditor's page of exceptions, and the record that they were looked through."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.audit.desk.exceptions import USUAL_RETURNS, Exceptions, ShowExceptions
from engine.audit.desk.review import ListReviews, RecordReview, Review
from engine.audit.desk.rules import KINDS
from engine.kernel.errors import EngineError
from web.audit import exception_words as words
from web.audit.blueprint import pages
from web.door import ask
from web.forms.written import day_or_note
from web.language.sentences import in_words, sentence
from web.language.words import day
from web.once import act

NAMES = ("kind", "since", "until", "returns")
DAYS = frozenset({"since", "until"})


@pages.get("/exceptions")
def exceptions() -> str:
    """Show the exceptions of a period, the newest first, and the last reviews."""
    return _page([])


@pages.post("/exceptions")
def review() -> Response | str | tuple[str, int]:
    """Record that the exceptions were looked through."""
    problems: list[str] = []
    asked = _asked(problems)
    try:
        made = act(RecordReview(**{name: getattr(asked, name) for name in NAMES}, note=request.form.get("note", "").strip()))
    except EngineError as refused:
        return _page([in_words(refused)]), 400
    flash(_("The review is recorded: %(number)d exceptions, up to record %(record)d.", number=made["findings"], record=made["record"]), "good")
    return redirect(url_for("audit.exceptions", **_kept()))


def _page(refused: list[str]) -> str:
    problems = [*refused]
    found: Exceptions = ask(_asked(problems))
    reviews: list[Review] = ask(ListReviews())
    last = reviews[0] if reviews else None
    kept = _kept()
    return render_template(
        "audit/exceptions.html",
        found=found,
        looked=found.looked,
        reviews=reviews,
        last=last,
        fresh=sum(each.at > last.at for rows in found.looked.found.values() for each in rows) if last else None,
        problems=problems,
        kept=kept,
        words=words,
        kinds=KINDS,
        said=sentence,
        note=request.form.get("note", ""),
        kind_address=lambda kind: url_for("audit.exceptions", **{**kept, "kind": kind or None}),
        page_address=lambda page: url_for("audit.exceptions", **kept, page=page),
        review_address=_review_address,
        record_address=lambda log, seq: url_for("audit.record", log=log, seq=seq),
    )


def _asked(problems: list[str]) -> ShowExceptions:
    given = request.values
    kind = given.get("kind", "")
    return ShowExceptions(
        kind=kind if kind in KINDS else "",
        since=day_or_note(given.get("since", ""), problems),
        until=day_or_note(given.get("until", ""), problems),
        returns=max(1, given.get("returns", USUAL_RETURNS, type=int)),
        page=max(1, request.args.get("page", 1, type=int)),
    )


def _kept() -> dict[str, Any]:
    return {name: request.values[name] for name in NAMES if request.values.get(name)}


def _review_address(review: Review) -> str:
    asked: dict[str, Any] = {name: day(value) if name in DAYS else value for name, value in review.asked.items() if value}
    return url_for("audit.exceptions", **asked)
