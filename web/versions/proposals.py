"""What waits for a second person: what it would change, and the decision. Nobody approves their own."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from engine.definitions.proposals import DecideProposal, ListProposals, ShowProposal
from engine.kernel.errors import Conflict, Denied, EngineError, NotFound, Refused
from web.admin.words import PROPOSALS
from web.door import ask
from web.language.sentences import in_words
from web.once import act
from web.versions import words
from web.versions.blueprint import Page, pages
from web.versions.rows import rows_of


@pages.get("/proposals")
def proposals() -> str:
    """Show what waits, and what was decided last."""
    return render_template("versions/proposals.html", rows=ask(ListProposals(all=True))[:100], kinds=PROPOSALS)


@pages.get("/proposals/<proposal>")
def proposal(proposal: str) -> str:
    """Show what a proposal would change."""
    return _page(proposal)


@pages.post("/proposals/<proposal>")
def decide(proposal: str) -> Page:
    """Approve a proposal, refuse it, or withdraw one's own."""
    reason = request.form.get("reason", "")
    try:
        done = act(DecideProposal(proposal=proposal, approve=request.form.get("decision") == "approve", reason=reason))
    except (Denied, NotFound):
        raise
    except EngineError as error:
        return _page(proposal, problem=in_words(error), typed=reason), 409 if isinstance(error, (Conflict, Refused)) else 422
    told = {
        "approved": _("The proposal is approved and carried out."),
        "refused": _("The proposal is refused. The design is open again."),
        "withdrawn": _("The proposal is withdrawn. The design is open again."),
    }
    flash(told[done["status"]], "good")
    return redirect(url_for("versions.proposals"), 303)


def _page(identity: str, *, problem: str = "", typed: str = "") -> str:
    told: dict[str, Any] = ask(ShowProposal(proposal=identity))
    row: dict[str, Any] = next((each for each in ask(ListProposals(all=True)) if each["proposal"] == identity), {})
    differing = [(each, rows_of(each, {})) for each in told.get("differences", ())]
    return render_template(
        "versions/proposal.html", told=told, row=row, differing=differing, kinds=PROPOSALS, problem=problem, typed=typed, words=words
    )
