"""E-mails and webhooks that did not go out: sent again or dropped, for a reason. What stands in them is not shown."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from engine.effects.repairs import DropEffect, ListEffects, ResendEffect
from engine.kernel.errors import NotFound
from web.admin import words
from web.admin.blueprint import PAGE, page_number, pages
from web.admin.change import Form, change, reason
from web.door import ask

ORDER = ("dead", "unsure", "sending", "open")


@pages.get("/effects")
def effects() -> str:
    """Show what is not settled: what needs somebody first."""
    found, page = ask(ListEffects()), page_number()
    rows = sorted(found["effects"], key=lambda row: ORDER.index(row["status"]))
    shown = rows[(page - 1) * PAGE : page * PAGE]
    return render_template("admin/effects.html", rows=shown, total=len(rows), counts=found["counts"], page=page)


@pages.route("/effects/<key>/<any(resend, drop):what>", methods=["GET", "POST"])
def settle_effect(key: str, what: str) -> ResponseReturnValue:
    """Send an effect again, or drop it."""
    row: dict[str, Any] | None = next((each for each in ask(ListEffects())["effects"] if each["key"] == key), None)
    if row is None:
        raise NotFound(f"Expected the key of an effect that is not settled, but found {key!r}, which none has.")
    again = what == "resend"
    facts = (
        (_("To"), row["recipient"] or row["channel"]),
        (_("State"), words.of(words.EFFECTS, row["status"])[0]),
        (_("Attempts"), row["attempts"]),
        (_("What was said"), row["error"] or "–"),
    )
    form = Form(
        title=_("Send again") if again else _("Drop it"),
        about=row["organisation"] or "",
        facts=facts,
        fields=(reason(_("What was wrong, and what was done about it.")),),
        button=_("Send again") if again else _("Drop it"),
        back=url_for("admin.effects"),
        notice=_("It will not be sent. Whoever waits for it is not told by this system.") if not again else "",
        grave=not again,
    )
    kind = ResendEffect if again else DropEffect
    done = _("It is sent again.") if again else _("It was dropped.")
    return change(form, lambda typed: kind(key=key, reason=typed.text("reason")), done=done, to=url_for("admin.effects"))
