"""Records in sentences: who did what, at which step, what changed from what to what; ids are told by the names that they stand for."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from markupsafe import Markup

from engine.audit.desk.asked import KINDS as ALL_KINDS
from engine.audit.desk.names import DIGEST, Name
from engine.audit.desk.record_page import FAILS, HOLDS, NONE, UNKNOWN, Checked
from engine.audit.desk.told import FORM, Told
from engine.history.stub import withheld
from web.audit.action_names import ACTIONS, ATTEMPTS
from web.audit.record_names import FIELDS, THINGS, VALUES
from web.directives.words import RECEIPTS
from web.language.sentences import ROLES, judgement
from web.language.shipped import said
from web.language.words import day, figure, moment, state

Names = Mapping[str, Name]
SHORT = 160  # characters of a value in a list of records
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z")
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
ID_IN = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
WITHHELD = str(withheld("")["actor"]["type"])
OUTCOMES: Mapping[str, tuple[Any, str]] = {
    "done": (lazy_gettext("carried out"), "good"),
    "denied": (lazy_gettext("not permitted"), "bad"),
    "refused": (lazy_gettext("not accepted"), "watch"),
    "failed": (lazy_gettext("did not succeed"), "watch"),
}
KINDS: Mapping[str, Any] = {
    "directives": lazy_gettext("Letters and registers"),
    "work": lazy_gettext("Work and tasks"),
    "reports": lazy_gettext("Reports and consolidations"),
    "milestones": lazy_gettext("Milestones, difficulties, extensions"),
    "urging": lazy_gettext("Urging, reminders, messages"),
    "words": lazy_gettext("Comments"),
    "repairs": lazy_gettext("Incidents and repairs"),
    "processes": lazy_gettext("Processes and versions"),
    "people": lazy_gettext("Organisations and people"),
    "access": lazy_gettext("Accounts and sign-ins"),
    "settings": lazy_gettext("Settings, keys, copies"),
    "seal": lazy_gettext("Checkpoints, checks, exports, disposal"),
}
assert KINDS.keys() == ALL_KINDS.keys()
QUALIFIERS: Mapping[str, Any] = {
    "unit": lazy_gettext("unit"),
    "issuer": lazy_gettext("issuer"),
    "recipient": lazy_gettext("recipient"),
    "superior": lazy_gettext("superior"),
    "root": lazy_gettext("root directive"),
    "left": lazy_gettext("was left"),
    "entered": lazy_gettext("was come to"),
    "withdrawn": lazy_gettext("was given up"),
    "directive": lazy_gettext("directive"),
    "done": lazy_gettext("was dealt with"),
    "owner": lazy_gettext("owner"),
    "appraiser": lazy_gettext("who appraises"),
    "approver": lazy_gettext("who approves"),
    "asked": lazy_gettext("was asked"),
    "raised_by": lazy_gettext("raised by"),
    "from": lazy_gettext("from where"),
}
PAGES = {"directive": ("directives.show", "directive"), "instance": ("case.show", "instance"), "report": ("reports.show", "report"), "user_task": ("task.show", "task")}


def action(name: str, *, outcome: str = "done") -> str:
    """Return what was done, or tried."""
    known = (ACTIONS.get(name) or ATTEMPTS.get(name)) if outcome == "done" else (ATTEMPTS.get(name) or ACTIONS.get(name))
    return str(known or (_("Work of the system") if name.startswith("system.") else name))


def did(told: Told) -> str:
    """Return what a record is of, with the step at which it happened."""
    what = action(told.sealed["action"], outcome=told.sealed["outcome"])
    return f"{what}: “{said(told.element)}”" if told.element else what


def outcome(told: Told) -> Markup:
    """Return how it ended, when it was not simply done."""
    found, kind = OUTCOMES.get(told.sealed["outcome"], (told.sealed["outcome"], "plain"))
    return Markup("") if told.sealed["outcome"] == "done" else state(found, kind)


def who(told: Told, names: Names) -> str:
    """Return who did it, in which post and unit as of then, and for whom."""
    actor = told.sealed["actor"] or {}
    if actor.get("type") == WITHHELD:
        return str(_("withheld: the record was disposed of"))
    if actor.get("type") != "person":
        return str(_("The system"))
    name = str(actor.get("name") or called(str(actor["id"]), names))
    unit = called(str(actor["unit"]), names) if actor.get("unit") else ""
    post = ", ".join(part for part in (str(actor.get("title") or ""), unit) if part)
    who_it_was = f"{name} ({post})" if post else name
    absent = (told.sealed["delegation"] or {}).get("for") or {}
    for_whom = str(absent.get("name") or "") or called(str(told.sealed["on_behalf_of"] or ""), names)
    return str(_("%(name)s, for %(absent)s", name=who_it_was, absent=for_whom)) if for_whom else who_it_was


def called(identity: str, names: Names) -> str:
    """Return what an id stands for, with what tells it from others."""
    found = names.get(identity)
    return identity if found is None else f"{said(found.text)} ({found.beside[:SHORT]})" if found.beside and found.kind != "directive" else said(found.text)


def thing(entry: Mapping[str, Any], names: Names, steps: Mapping[str, str] | None = None) -> Markup:
    """Return what a record is about: its kind, its name, and the page where it stands; elements are called by `steps`."""
    kind, identity = str(entry["type"]), str(entry["id"])
    label = str(THINGS.get(kind) or kind)
    if steps and identity in steps:
        return Markup("{} “{}” <code>{}</code>").format(label, said(steps[identity]), identity)
    found = names.get(identity)
    place = PAGES.get(found.kind) if found else None
    text = called(identity, names)
    if found is None:
        return Markup("{} <code>{}</code>").format(label, text)
    if place is None:
        return Markup("{} {}").format(label, text)
    argument: dict[str, Any] = {place[1]: identity}
    return Markup('{} <a href="{}">{}</a>').format(label, url_for(place[0], **argument), text)


def field(told: Told, name: str) -> str:
    """Return what a field is called: of a form by the title that it had then."""
    plain = name.removeprefix(FORM)
    if name.startswith(FORM) and plain in told.fields:
        return said(str(told.fields[plain].get("title") or plain))
    beginning, dot, rest = name.partition(".")
    if dot and beginning == "total":
        return str(_("total (%(indicator)s)", indicator=ID_IN.sub("", rest).strip(".")))
    return str(FIELDS.get(plain) or plain)


def changes(told: Told, names: Names, *, short: bool = True) -> list[tuple[str, str, str]]:
    """Return what changed: (field, old value, new value); the old one is "" where there was none."""
    found = []
    for each in told.changes:
        name = str(each["field"])
        choices = _choices(told, name)
        old = "" if each["old"] is None else value(each["old"], names, choices, short=short)
        found.append((field(told, name), old, value(each["new"], names, choices, short=short)))
    return found


def _choices(told: Told, name: str) -> Mapping[Any, Any]:
    if told.sealed["action"] == "dispatch.status_changed" and name == "status":
        return {code: words[0] for code, words in RECEIPTS.items()}
    shape = told.fields.get(name.removeprefix(FORM), {}) if name.startswith(FORM) else {}
    options = [*shape.get("oneOf", ()), *(shape.get("items") or {}).get("oneOf", ())]
    return {each.get("const"): said(str(each.get("title"))) for each in options if isinstance(each, Mapping) and isinstance(each.get("const"), str)}


def value(content: Any, names: Names, choices: Mapping[Any, Any] | None = None, *, short: bool = True) -> str:
    """Return a value as people here write it."""
    whole_digest = not short and isinstance(content, str) and content not in names and DIGEST.fullmatch(content)
    text = content if whole_digest else _value(content, names, choices or {})
    return text if not short or len(text) <= SHORT else f"{text[: SHORT - 1].rstrip()}…"


def _value(content: Any, names: Names, choices: Mapping[Any, Any]) -> str:
    match content:
        case None | "":
            return "–"
        case bool():
            return str(_("yes") if content else _("no"))
        case int():
            return figure(content) if abs(content) >= 10_000 else str(content)  # a year, a number of a letter
        case Mapping():
            return str(_("sealed apart from the record")) if "commit" in content else "; ".join(_pair(name, each, names) for name, each in content.items() if each not in (None, "", [], {}))
        case list() | tuple():
            return "; ".join(_value(each, names, choices) for each in content) or "–"
    return _text(str(content), names, choices)


def _pair(name: str, content: Any, names: Names) -> str:
    return f"{FIELDS.get(name) or name}: {_value(content, names, {})}"


def _text(text: str, names: Names, choices: Mapping[Any, Any]) -> str:
    if text in choices:
        return str(choices[text])
    if text in names:
        return called(text, names)
    if DAY.fullmatch(text):
        return day(text)
    if MOMENT.fullmatch(text):
        return moment(text)
    if DIGEST.fullmatch(text):
        return f"{text[:12]}…"
    return str(VALUES.get(text) or ROLES.get(text) or ID_IN.sub(lambda found: called(found[0], names), text))


def reason(told: Told) -> str:
    """Return why, as somebody or the engine said it; "" for none, and for the name of a timer."""
    given = told.sealed["reason"] or {}
    text = str(given.get("text") or "")
    return "" if given.get("code") == "due" else judgement(text)


def about(told: Told, names: Names) -> Sequence[Markup]:
    """Return what a record is about, briefly: the thing itself, and the case or letter around it."""
    shown = [thing(told.sealed["subject"], names)] if told.sealed["subject"]["type"] not in ("task", "instance", "operation") else []
    if told.sealed["instance"]:
        unit = names.get(told.sealed["instance"])
        text = " · ".join(part for part in (said(told.process), unit.text if unit else "") if part) or told.sealed["instance"]
        shown.append(Markup('<a href="{}">{}</a>').format(url_for("case.show", instance=told.sealed["instance"]), text))
    return shown


# --- the page of a record ----------------------------------------------------------------------------------------------

VERDICTS: Mapping[str, tuple[Any, str]] = {
    HOLDS: (lazy_gettext("right"), "good"),
    FAILS: (lazy_gettext("wrong"), "bad"),
    UNKNOWN: (lazy_gettext("cannot be judged here"), "watch"),
    NONE: (lazy_gettext("none yet"), "watch"),
}
SOURCES: Mapping[str, Any] = {
    "now": lazy_gettext("at that moment"),
    "stated": lazy_gettext("as was stated"),
    "document": lazy_gettext("by a document"),
    "import": lazy_gettext("when it was brought in"),
}
METHODS: Mapping[str, Any] = {
    "internal": lazy_gettext("by itself"),
    "password": lazy_gettext("with a password"),
    "openid": lazy_gettext("through another sign-in"),
    "demonstration": lazy_gettext("in the demonstration"),
    "api": lazy_gettext("by a program"),
    "command line": lazy_gettext("at the command line"),
    "play": lazy_gettext("in the demonstration"),
}


def sound(checked: Checked) -> bool:
    """Tell whether everything about a record's seal was checked and is right."""
    return not checked.columns and {checked.content, checked.chain, checked.signature, checked.proof, checked.note} == {HOLDS}


def broken(checked: Checked) -> bool:
    """Tell whether something about it is wrong."""
    return bool(checked.columns) or FAILS in (checked.content, checked.chain, checked.signature, checked.proof, checked.note)


def exact(text: str) -> str:
    """Return a moment to the millisecond, as it was recorded."""
    return f"{moment(text)} ({text})"


def source(name: str) -> str:
    """Return how the moment of something was known."""
    return str(SOURCES.get(name, name))


def way_in(auth: Mapping[str, Any]) -> str:
    """Return how who did it had proved who they were, and what they were looking for."""
    method = str(auth.get("method") or "")
    shown = [str(METHODS.get(method, method))]
    shown += [f"{THINGS.get(part, part)} {auth[part]}" for part in ("session", "address", "device") if auth.get(part)]
    if auth.get("purpose"):
        shown.append(str(_("purpose: %(text)s", text=auth["purpose"])))
    return "; ".join(part for part in shown if part)
