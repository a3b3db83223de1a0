"""The first page of administration, settings, and health."""

from __future__ import annotations

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from engine.audit.installation_pages import AskAttention, EnterAdministration, ListSettings, Setting
from engine.directory.settings import ChangeSetting
from engine.execution.status import status
from engine.kernel.errors import NotFound
from engine.observation.readiness import SILENCE, readiness
from web.admin import words
from web.admin.blueprint import pages
from web.admin.change import NUMBER, SELECT, Field, Form, Typed, change, reason
from web.door import ask, the_door


@pages.get("")
def index() -> str:
    """Show what needs the administrator today."""
    found = ask(AskAttention())
    silent = found.sweep_seconds is None or found.sweep_seconds > SILENCE.total_seconds()
    return render_template("admin/index.html", found=found, silent=silent)


@pages.get("/settings")
def settings() -> str:
    """Show all settings with what they mean."""
    return render_template("admin/settings.html", settings=ask(ListSettings()))


@pages.route("/settings/<key>", methods=["GET", "POST"])
def change_setting(key: str) -> ResponseReturnValue:
    """Change one setting."""
    row = next((each for each in ask(ListSettings()) if each.key == key), None)
    if row is None:
        raise NotFound(f"Expected the name of a setting, but found {key!r}, which none has.")
    name, meaning = words.SETTINGS.get(key, (key, ""))
    form = Form(
        title=_("Change a setting"),
        about=name,
        lead_in=meaning,
        fields=(_value(row), reason()),
        button=_("Save the setting"),
        back=url_for("admin.settings"),
        facts=((_("Delivered as"), said(row.usual)),),
    )
    return change(
        form, lambda typed: ChangeSetting(key=key, value=_typed(row, typed), reason=typed.text("reason")), done=_("The setting was changed."), to=url_for("admin.settings")
    )


@pages.get("/health")
def health() -> str:
    """Show whether the installation can do its work, and what work there is."""
    ask(EnterAdministration())
    door = the_door()
    return render_template("admin/health.html", checks=readiness(door), found=status(door))


@pages.context_processor
def _said() -> dict[str, object]:
    return {"said": said}


def said(value: object) -> object:
    """Return the value of a setting as people say it."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return words.of(words.CHOICES, value)


def _value(row: Setting) -> Field:
    if isinstance(row.usual, bool):
        return Field(name="value", label=_("Value"), kind=SELECT, options=(("yes", _("Yes")), ("no", _("No"))), value="yes" if row.value else "no")
    if row.choices:
        options = tuple((each, words.of(words.CHOICES, each)) for each in row.choices)
        return Field(name="value", label=_("Value"), kind=SELECT, options=options, value=row.value)
    return Field(name="value", label=_("Value"), kind=NUMBER, value=row.value)


def _typed(row: Setting, typed: Typed) -> bool | int | str:
    if isinstance(row.usual, bool):
        return typed.text("value") == "yes"
    return typed.text("value") if row.choices else typed.number("value")
