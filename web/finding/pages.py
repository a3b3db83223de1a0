"""The page of the search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, current_app, render_template, request, url_for
from flask_babel import lazy_gettext as _

from engine.audit.finding import FindTexts, Found, Hit
from web.door import ask
from web.forms.written import day_or_note

pages = Blueprint("finding", __name__, template_folder="templates")
KINDS: Mapping[str, Any] = {
    "directive": _("Directives"),
    "document": _("Texts of files"),
    "task": _("Tasks"),
    "report": _("Reports"),
    "comment": _("Comments"),
}
ADDRESSES = {
    "directive": ("directives.show", "directive", "directive"),
    "document": ("directives.show", "directive", "directive"),
    "task": ("task.show", "task", "subject"),
    "report": ("reports.show", "report", "subject"),
    "comment": ("case.show", "instance", "instance"),
}


@pages.get("/search")
def index() -> str:
    """Show what holds the words, of what the visitor may open."""
    problems: list[str] = []
    text = request.args.get("q", "").strip()[:200]
    kind = request.args.get("kind", "")
    query = FindTexts(
        text=text,
        kind=kind if kind in KINDS else "",
        since=day_or_note(request.args.get("since", ""), problems),
        until=day_or_note(request.args.get("until", ""), problems),
        page=request.args.get("page", 1, type=int),
    )
    found: Found = ask(query)
    kept = {name: value for name, value in request.args.items() if value and name not in {"page", "kind"}}
    return render_template(
        "finding/index.html",
        found=found,
        query=query,
        problems=problems,
        kinds=KINDS,
        kept=kept,
        address_of=_address,
        page_address=lambda page: _search({**kept, "kind": query.kind or None, "page": page}),
        kind_address=lambda name: _search({**kept, "kind": name or None}),
    )


def _search(values: dict[str, Any]) -> str:
    return url_for("finding.index", **values)


def _address(hit: Hit) -> str | None:
    """Return where a hit is shown; None while there is no page for its kind."""
    endpoint, name, attribute = ADDRESSES[hit.kind]
    value = getattr(hit, attribute)
    if endpoint not in current_app.view_functions or value is None:
        return None
    values: dict[str, Any] = {name: value}
    return url_for(endpoint, **values)
