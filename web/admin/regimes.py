"""Due days of reports: the default of each level, and what a superior asks of its own."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from engine.kernel.errors import NotFound
from engine.reports.regime_changes import LATEST, ChangeRegime, EndRegime, ListRegimes
from web.admin import words
from web.admin.blueprint import pages
from web.admin.change import NUMBER, SELECT, UNIT, Field, Form, change, choices, reason
from web.door import ask


@pages.get("/regimes")
def regimes() -> str:
    """Show all due days."""
    rows = ask(ListRegimes())
    usual = {(row.level, row.frequency): row for row in rows if row.superior is None}
    own = [row for row in rows if row.superior is not None]
    return render_template("admin/regimes.html", usual=usual, own=own, frequencies=list(LATEST))


@pages.route("/regimes/change", methods=["GET", "POST"])
def change_regime() -> ResponseReturnValue:
    """Set a due day: of a level, or of a superior for a level."""
    rows = ask(ListRegimes())
    level, frequency = request.args.get("level", "grassroots"), request.args.get("frequency", "monthly")
    identity = request.args.get("regime")
    row = next((each for each in rows if each.id == identity), None)
    usual = next((each for each in rows if each.superior is None and (each.level, each.frequency) == (level, frequency)), None)
    shown = row or (None if "own" in request.args else usual)
    fields = (
        Field(
            name="superior",
            label=_("Superior that asks for it"),
            kind=UNIT,
            value=row.unit or "" if row else "",
            optional=True,
            hint=_("Blank: the default for all superiors that have set none."),
        ),
        Field(name="level", label=_("Level that reports"), kind=SELECT, options=choices(words.LEVELS), value=shown.level if shown else level),
        Field(name="frequency", label=_("How often"), kind=SELECT, options=choices(words.FREQUENCIES), value=shown.frequency if shown else frequency),
        Field(name="due_day", label=_("Due day"), kind=NUMBER, value=shown.due_day if shown else "", hint=_("Monthly and quarterly: 1 to 28. Weekly: 1 is Monday, 7 is Sunday.")),
        reason(),
    )
    form = Form(
        title=_("Set a due day"),
        fields=fields,
        button=_("Save the due day"),
        back=url_for("admin.regimes"),
        notice=_("Reports of periods that are open already keep their due day."),
    )
    return change(
        form,
        lambda typed: ChangeRegime(
            superior=typed.unit_or_none("superior"),
            level=typed.text("level"),
            frequency=typed.text("frequency"),
            due_day=typed.number("due_day"),
            reason=typed.text("reason"),
        ),
        done=_("The due day was saved."),
        to=url_for("admin.regimes"),
    )


@pages.route("/regimes/<regime>/end", methods=["GET", "POST"])
def end_regime(regime: str) -> ResponseReturnValue:
    """Let a superior go by the default again."""
    row = next((each for each in ask(ListRegimes()) if each.id == regime and each.superior is not None), None)
    if row is None:
        raise NotFound(f"Expected the id of a superior's own due day, but found {regime!r}, which is none.")
    facts = (
        (_("Superior that asks for it"), row.unit),
        (_("Level that reports"), words.of(words.LEVELS, row.level)),
        (_("How often"), words.of(words.FREQUENCIES, row.frequency)),
        (_("Due day"), row.due_day),
    )
    form = Form(
        title=_("Back to the default due day"), facts=facts, fields=(reason(),), button=_("Use the default again"), back=url_for("admin.regimes"), grave=True
    )
    return change(
        form, lambda typed: EndRegime(regime=regime, reason=typed.text("reason")), done=_("The default holds again."), to=url_for("admin.regimes")
    )
