"""Registers of numbers: with which number an office goes on, and the terms of its committee."""

from __future__ import annotations

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from engine.audit.installation_pages import ListRegisters
from engine.directives.books import ALL_TYPES, BeginTerm, OpenRegister
from web.admin import words
from web.admin.blueprint import page_number, pages
from web.admin.change import NUMBER, SELECT, UNIT, Field, Form, change, choices, day_field
from web.door import ask


@pages.get("/registers")
def registers() -> str:
    """Show the registers of all organisations, or of one."""
    return render_template("admin/registers.html", found=ask(ListRegisters(organisation=request.args.get("unit") or None, page=page_number())), page=page_number())


@pages.route("/registers/new", methods=["GET", "POST"])
def new_register() -> ResponseReturnValue:
    """Open a register that goes on from a number."""
    found = ask(ListRegisters(organisation=request.args.get("unit") or None))
    fields = (
        Field(name="unit", label=_("Organisation"), kind=UNIT, value=found.unit.name if found.unit else "", hint=_("Code or whole name.")),
        Field(name="direction", label=_("Incoming or outgoing"), kind=SELECT, options=choices(words.DIRECTIONS), value="outgoing"),
        Field(name="doc_type", label=_("Type of document"), value="công văn", hint=_("Of incoming documents there is one sequence for all types.")),
        Field(name="symbol", label=_("Symbol in document numbers"), hint=_("It decides whether numbers begin again with the year or with the term.")),
        day_field("day", _("As of")),
        Field(name="start", label=_("Next number"), kind=NUMBER, value="1", hint=_("The number after the last one in the paper register.")),
    )
    form = Form(title=_("Open a register"), fields=fields, button=_("Open the register"), back=url_for("admin.registers"))
    return change(
        form,
        lambda typed: OpenRegister(
            organisation=typed.unit("unit"),
            doc_type=ALL_TYPES if typed.text("direction") == "incoming" else typed.text("doc_type"),
            symbol=typed.text("symbol"),
            day=typed.day("day"),
            start=typed.number("start"),
            direction=typed.text("direction"),
        ),
        done=_("The register is open."),
        to=url_for("admin.registers"),
    )


@pages.route("/registers/term", methods=["GET", "POST"])
def new_term() -> ResponseReturnValue:
    """Begin a new term of a committee."""
    found = ask(ListRegisters(organisation=request.args.get("unit") or None))
    fields = (
        Field(name="unit", label=_("Organisation"), kind=UNIT, value=found.unit.name if found.unit else "", hint=_("Code or whole name.")),
        Field(name="label", label=_("Name of the term"), hint=_("For instance: 2025-2030.")),
        day_field("begins", _("First day of the term")),
    )
    form = Form(
        title=_("Begin a term"),
        fields=fields,
        button=_("Begin the term"),
        back=url_for("admin.registers"),
        notice=_("From that day on the numbers of Party documents begin again at 01."),
        grave=True,
    )
    return change(
        form,
        lambda typed: BeginTerm(organisation=typed.unit("unit"), label=typed.text("label"), begins=typed.day("begins")),
        done=_("The term begins on that day."),
        to=url_for("admin.registers"),
    )
