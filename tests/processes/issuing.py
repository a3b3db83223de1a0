"""Leads a case through the issuing of a letter, for the tests of whatever calls directive_issue."""

from __future__ import annotations

from typing import Any

from tests.processes.walk import Walk


def drafted(walk: Walk, *problems: str, **draft: Any) -> Walk:
    """The draft is written and looked through."""
    walk.complete("is_draft", **draft)
    assert walk.parameters("is_check")["draft"] == "is_draft"
    return walk.answer("is_check", draft_problems=list(problems), open_items=[])


def issue(walk: Walk, child: str, *, directive: str = "D1") -> Walk:
    """Issue a letter without any trouble."""
    assert walk.parameters("is_load") == {"directive": directive}
    drafted(walk.answer("is_load", open_items=[])).complete("is_form").complete("is_sign").complete("is_number")
    assert walk.parameters("is_dispatch") == {"draft": "is_draft", "numbering": "is_number", "directive": directive}
    return walk.answer("is_dispatch", child=child)
