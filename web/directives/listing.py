"""The list of directives, with its filters in the address."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from engine.directives.listing import SORTS, ListDirectives
from web.directives.blueprint import pages
from web.directives.words import STANDINGS
from web.door import ask
from web.forms.written import day_or_note
from web.visitor import the_visitor

REMIT_FIRST = "auditor"  # who looks at what others do


@pages.get("/directives")
def index() -> str:
    """Show the directives that one's organisations issued or received."""
    problems: list[str] = []
    query = _query(problems)
    found = ask(query)
    kept = {name: value for name, value in request.args.items() if value and name != "page"}
    return render_template(
        "directives/index.html",
        found=found,
        query=query,
        kept=kept,
        problems=problems,
        filtered=bool(set(kept) - {"sort", "order", "within"}),
        statuses=STANDINGS,
        sorted_by=_sorted_by(query, kept),
        registers="clerk" in the_visitor().roles,
        page_address=lambda page: url_for("directives.index", **{**kept, "page": page}),
    )


def _query(problems: list[str]) -> ListDirectives:
    asked = request.args
    within = asked.get("within") or ("remit" if REMIT_FIRST in the_visitor().roles else "own")
    sort = asked.get("sort", "issued")
    return ListDirectives(
        everywhere=within == "remit",
        direction=asked.get("direction", ""),
        issuer=asked.get("issuer", ""),
        status=asked.get("status", ""),
        doc_type=asked.get("type", ""),
        overdue=bool(asked.get("overdue")),
        since=day_or_note(request.args.get("since", ""), problems),
        until=day_or_note(request.args.get("until", ""), problems),
        text=asked.get("q", "")[:200],
        sort=sort if sort in SORTS else "issued",
        descending=asked.get("order", "down" if sort == "issued" else "up") == "down",
        page=asked.get("page", 1, type=int),
    )


def _sorted_by(query: ListDirectives, kept: dict[str, str]) -> dict[str, dict[str, Any]]:
    """Return, by column, the address that sorts by it, and how it is sorted now for `aria-sort`."""
    found = {}
    for name in SORTS:
        here = query.sort == name
        down = not query.descending if here else name == "issued"
        values: dict[str, Any] = {**kept, "sort": name, "order": "down" if down else "up"}
        address = url_for("directives.index", **values)
        found[name] = {"address": address, "sorted": ("descending" if query.descending else "ascending") if here else None}
    return found
