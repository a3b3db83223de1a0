"""The timeline of a directive, the search over the history, the page of a record, and the auditor's first page."""

from __future__ import annotations

import base64
import json
from typing import Any

from flask import g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.audit.desk.record_page import RecordPage, ShowRecord
from engine.audit.desk.review import ListReviews
from engine.audit.desk.searching import Hits, SearchHistory
from engine.audit.desk.start import ShowDesk
from engine.audit.desk.timeline import ShowTimeline, Timeline
from web.audit import telling, words
from web.audit.asking import asked_for, kept, more_than_usual
from web.audit.blueprint import pages
from web.door import ask
from web.language.sentences import judgement


@pages.get("")
def index() -> str | Response:
    """Show what an auditor looks at first; whoever only looks after the installation is led to the page of the seal."""
    if "auditor" not in g.visitor.roles and "admin" in g.visitor.roles:
        return redirect(url_for("audit.verify"))
    reviews = ask(ListReviews())
    return render_template("audit/index.html", found=ask(ShowDesk()), reviewed=reviews[0] if reviews else None, telling=telling, words=words)


@pages.get("/directives/<directive>")
def timeline(directive: str) -> str:
    """Show the timeline of a directive with all its descendants."""
    problems: list[str] = []
    query = ShowTimeline(
        directive=directive,
        asked=asked_for(problems),
        reads=bool(request.args.get("reads")),
        oldest=bool(request.args.get("oldest")),
        start=request.args.get("on", ""),
    )
    found: Timeline = ask(query)
    return _page("audit/timeline.html", found, query, problems, directive=directive)


@pages.get("/search")
def search() -> str:
    """Show what of the whole history fits the filters."""
    problems: list[str] = []
    query = SearchHistory(
        asked=asked_for(problems),
        directive=request.args.get("directive", "").strip(),
        reads=bool(request.args.get("reads")),
        oldest=bool(request.args.get("oldest")),
        start=request.args.get("on", ""),
    )
    found: Hits = ask(query)
    return _page("audit/search.html", found, query, problems)


@pages.get("/records/<path:log>/<int:seq>")
def record(log: str, seq: int) -> str:
    """Show a record whole, with what proves it."""
    found: RecordPage = ask(ShowRecord(log=log, seq=seq))
    return render_template(
        "audit/record.html",
        found=found,
        told=found.told,
        tells=found.told.sealed,
        names=found.names,
        telling=telling,
        words=words,
        said=judgement,
        text=_laid_out(found.text),
        encoded=lambda content: base64.b64encode(content).decode(),
    )


def _laid_out(text: str) -> str:
    """Return sealed bytes on lines of their own, where they are what we seal; else as they are."""
    try:
        return json.dumps(json.loads(text), ensure_ascii=False, indent=1)
    except ValueError:
        return text


def _page(template: str, found: Timeline | Hits, query: ShowTimeline | SearchHistory, problems: list[str], **place: Any) -> str:
    args: dict[str, Any] = kept()
    here: dict[str, Any] = {**args, **place}
    endpoint = str(request.endpoint)
    return render_template(
        template,
        found=found,
        query=query,
        asked=query.asked,
        problems=problems,
        kept=args,
        opened=more_than_usual(args, searching=not place),
        onward=url_for(endpoint, **here, on=found.on) if found.on else "",
        without=url_for(endpoint, **place),
        other_way=url_for(endpoint, **{**here, "oldest": None if query.oldest else "1"}),
        telling=telling,
        words=words,
    )
