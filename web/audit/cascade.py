"""A directive's cascade as it was on a day, by what was known on a day."""

from __future__ import annotations

from typing import Any

from flask import render_template, request

from engine.audit.desk.cascade_as_of import MOST, MOST_DIFFERENCES, CascadeAsOf, ShowCascadeAsOf
from engine.kernel.errors import InvalidInput
from web.audit import past_words as words
from web.audit.blueprint import pages
from web.door import ask
from web.forms.written import day_or_note
from web.language.sentences import in_words

MOST_CASES = 12  # of one recipient by one letter, each a link


@pages.get("/directives/<directive>/cascade")
def cascade(directive: str) -> str | tuple[str, int]:
    """Show the tree of recipients as it was, and what has changed since."""
    problems: list[str] = []
    days = {name: day_or_note(request.args.get(name, ""), problems) for name in ("on", "known")}
    status = 200
    try:
        found: CascadeAsOf = ask(ShowCascadeAsOf(directive=directive, **days))
    except InvalidInput as refused:
        problems.append(in_words(refused))
        found, status = ask(ShowCascadeAsOf(directive=directive)), 400
    typed: dict[str, Any] = {name: request.args.get(name, "") for name in days}
    page = render_template("audit/cascade.html", found=found, words=words, problems=problems, typed=typed, most=MOST, most_differences=MOST_DIFFERENCES, most_cases=MOST_CASES)
    return page if status == 200 else (page, status)
