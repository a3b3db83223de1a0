"""Whether the history is what was sealed: the last checks, the last checkpoints, and where copies of them are kept."""

from __future__ import annotations

from flask import render_template

from engine.audit.verifying import ShowSeal
from engine.history.places import ENOUGH, are_outside
from web.audit import words
from web.audit.blueprint import pages
from web.door import ask
from web.language.sentences import judgement


@pages.get("/verify")
def verify() -> str:
    """Show what is known here; whether it is so, only a check with copies from elsewhere tells."""
    found = ask(ShowSeal())
    last = found.runs[0] if found.runs else None
    return render_template("audit/verify.html", found=found, last=last, words=words, said=judgement, enough=ENOUGH, outside=are_outside())
