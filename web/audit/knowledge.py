"""Who knew what of a directive, and when."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for

from engine.audit.desk.knowledge import UNOPENED, Knowledge, ShowKnowledge
from web.audit import past_words as words
from web.audit.blueprint import pages
from web.door import ask


@pages.get("/directives/<directive>/knowledge")
def knowledge(directive: str) -> str:
    """Show, for each person at the recipients, when the work reached them and when they were told, looked and answered."""
    kept = {name: value for name in ("text", "only", "whole") if (value := request.args.get(name, "").strip())}
    page = max(1, request.args.get("page", 1, type=int))
    query = ShowKnowledge(directive=directive, whole="whole" in kept, text=kept.get("text", ""), only=kept.get("only", ""), page=page)
    found: Knowledge = ask(query)

    def address(**changed: Any) -> str:
        return url_for("audit.knowledge", directive=directive, **{**kept, **changed})

    return render_template(
        "audit/knowledge.html",
        found=found,
        query=query,
        kept=kept,
        words=words,
        unopened=UNOPENED,
        address=address,
        page_address=lambda number: address(page=number),
    )
