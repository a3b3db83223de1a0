"""One page for every change: what it is about, its fields, a reason; what was typed stays when it is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from werkzeug.datastructures import MultiDict

from engine.audit.finding_bodies import FindOrganisation, OfferOrganisations
from engine.kernel.errors import Conflict, Denied, EngineError
from web.door import ask
from web.forms.written import day_or_none
from web.language.sentences import in_words
from web.language.words import today
from web.once import act

TEXT, DAY, NUMBER, SELECT, RADIOS, CHECKS, AREA, UNIT, MAIL = "text", "day", "number", "select", "radios", "checks", "area", "unit", "email"
LONGEST = 2000  # characters of a field


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field. `options`: (value, label) to choose among; `value`: what stands there first, a tuple for checks."""

    name: str
    label: Any
    kind: str = TEXT
    value: Any = ""
    options: Sequence[tuple[str, Any]] = ()
    hint: Any = ""
    optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A page that changes something. `facts`: what is so now; `grave`: it cannot be taken back, so the button says so apart."""

    title: Any
    fields: Sequence[Field]
    button: Any
    back: str
    about: str = ""
    lead_in: Any = ""
    notice: Any = ""
    facts: Sequence[tuple[Any, Any]] = ()
    grave: bool = False


class Mistyped(Exception):
    """What was typed is not what it is to be; the words are the reader's."""


class Typed:
    """What somebody typed, read as what it is to be."""

    def __init__(self, fields: MultiDict[str, str]) -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        """Return a text without blanks around it."""
        return self._fields.get(name, "").strip()[:LONGEST]

    def many(self, name: str) -> tuple[str, ...]:
        """Return what was ticked."""
        return tuple(self._fields.getlist(name))

    def day(self, name: str) -> str:
        """Return a day as ISO text. Raises Mistyped."""
        found = day_or_none(self.text(name))
        if found is None:
            raise Mistyped(gettext("Enter the day as day/month/year, such as 15/04/2024; “%(typed)s” cannot be read as a day.", typed=self.text(name)))
        return found

    def day_or_none(self, name: str) -> str | None:
        """Return a day as ISO text; None when the field was left blank. Raises Mistyped."""
        return self.day(name) if self.text(name) else None

    def number(self, name: str) -> int:
        """Return a whole number. Raises Mistyped."""
        text = self.text(name)
        if not text.isdecimal() or len(text) > 9:
            raise Mistyped(gettext("Enter a whole number; “%(typed)s” is none.", typed=text))
        return int(text)

    def unit(self, name: str) -> str:
        """Return the id of the organisation whose code or name was typed. Raises InvalidInput."""
        return str(ask(FindOrganisation(text=self.text(name))).id)

    def unit_or_none(self, name: str) -> str | None:
        """Return the id of an organisation; None when the field was left blank. Raises InvalidInput."""
        return self.unit(name) if self.text(name) else None


def reason(hint: Any = "") -> Field:
    """Return the field in which the reason of a change is given."""
    return Field(name="reason", label=_("Reason"), kind=AREA, hint=hint or _("Who decided it, by which document."))


def choices(kind: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    """Return the words of a kind as options."""
    return tuple(kind.items())


def day_field(name: str, label: Any, value: str | None = None, **more: Any) -> Field:
    """Return a field for a day; `value` ISO text, today when there is none."""
    shown = today().isoformat() if value is None else value
    return Field(name=name, label=label, kind=DAY, value=shown, **more)


def change(form: Form, make: Callable[[Typed], Any], *, done: Any, to: str | Callable[[dict[str, Any]], str]) -> ResponseReturnValue:
    """Show the page of a change, or, when it was sent, do it and lead on; when it is refused, show it again as it was typed."""
    if request.method != "POST":
        return show(form, MultiDict(), "")
    try:
        answer = act(make(Typed(request.form)))
    except Denied:
        raise
    except (EngineError, Mistyped) as error:
        return refused(form, error)
    flash(str(done), "good")
    return redirect(to(answer) if callable(to) else to, 303)


def refused(form: Form, error: EngineError | Mistyped) -> ResponseReturnValue:
    """Show a page again with what was typed and why it was not done."""
    return show(form, request.form, why(error)), 409 if isinstance(error, Conflict) else 422


def why(error: EngineError | Mistyped) -> str:
    """Return why something was not done, in the language of whoever is here."""
    return in_words(error) if isinstance(error, EngineError) else str(error)


def show(form: Form, typed: MultiDict[str, str], problem: str) -> str:
    """Return the page; what was typed stands in its fields."""
    fields = [_filled(each, typed) for each in form.fields] if typed else form.fields
    units = ask(OfferOrganisations()) if any(each.kind == UNIT for each in fields) else ()
    return render_template("admin/change.html", form=form, fields=fields, problem=problem, units=units)


def _filled(field: Field, typed: MultiDict[str, str]) -> Field:
    return replace(field, value=tuple(typed.getlist(field.name)) if field.kind == CHECKS else typed.get(field.name, ""))
