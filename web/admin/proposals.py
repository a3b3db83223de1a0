"""What waits for a second person: approved or refused, for a reason."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from engine.definitions.proposals import DecideProposal, ListProposals
from engine.kernel.errors import NotFound
from web.admin import words
from web.admin.blueprint import pages
from web.admin.change import SELECT, Field, Form, change, reason
from web.door import ask
from web.language.words import moment


@pages.get("/proposals")
def proposals() -> str:
    """Show what waits."""
    return render_template("admin/proposals.html", rows=ask(ListProposals()))


@pages.route("/proposals/<proposal>", methods=["GET", "POST"])
def decide_proposal(proposal: str) -> ResponseReturnValue:
    """Approve a proposal, or refuse it."""
    row: dict[str, Any] | None = next((each for each in ask(ListProposals()) if each["proposal"] == proposal), None)
    if row is None:
        raise NotFound(f"Expected the id of an open proposal, but found {proposal!r}, which none has.")
    options = (("approve", _("Approve")), ("refuse", _("Refuse")))
    facts = (
        (_("What"), words.of(words.PROPOSALS, row["kind"])),
        (_("About"), row["subject"]),
        (_("Proposed by"), row["proposed_by"]),
        (_("When"), moment(row["proposed_at"])),
        (_("Reason"), row["reason"]),
    )
    form = Form(
        title=_("Decide the proposal"),
        facts=facts,
        fields=(Field(name="decision", label=_("Decision"), kind=SELECT, options=options, value="approve"), reason()),
        button=_("Record the decision"),
        back=url_for("admin.proposals"),
        lead_in=_("Whoever made a proposal cannot approve it."),
    )
    return change(
        form,
        lambda typed: DecideProposal(proposal=proposal, approve=typed.text("decision") == "approve", reason=typed.text("reason")),
        done=_("The decision was recorded."),
        to=url_for("admin.proposals"),
    )
