"""The working calendar, a year at a time."""

from __future__ import annotations

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _

from engine.audit.installation_pages import EnterAdministration, ShowCalendarYear
from engine.directory.calendar_changes import ChangeCalendarDay
from engine.directory.directory_import import ImportDirectory
from engine.directory.office_hours import ChangeOfficeHours, ShowOfficeHours
from web.admin import words
from web.admin.blueprint import pages
from web.admin.change import AREA, DAY, SELECT, Field, Form, change, choices, day_field, reason
from web.door import ask
from web.forms.written import day_or_none
from web.language.words import today

FIRST, LAST = 2000, 2100


@pages.get("/calendar")
def calendar() -> str:
    """Show the days off and swapped days of a year."""
    text = request.args.get("year", "")
    year = int(text) if text.isdecimal() and FIRST <= int(text[:4]) <= LAST and len(text) == 4 else today().year
    return render_template("admin/calendar.html", found=ask(ShowCalendarYear(year=year)), hours=ask(ShowOfficeHours()))


@pages.route("/calendar/day", methods=["GET", "POST"])
def change_day() -> ResponseReturnValue:
    """Change one day."""
    asked = day_or_none(request.args.get("day", "")) or ""
    year = ask(ShowCalendarYear(year=int(asked[:4]) if asked else today().year))
    now = next((row for row in year.days if row.day == asked), None)
    if asked and not FIRST <= year.year <= LAST:
        abort(404)
    fields = (
        Field(name="day", label=_("Day"), kind=DAY, value=asked),
        Field(name="kind", label=_("What it is"), kind=SELECT, options=choices(words.DAY_KINDS), value=now.kind if now else "off"),
        Field(name="note", label=_("What it is called"), value=now.note if now else "", optional=True, hint=_("For instance the name of the holiday.")),
        reason(),
    )
    form = Form(
        title=_("Change a day of the calendar"),
        fields=fields,
        button=_("Save the day"),
        back=url_for("admin.calendar", year=year.year),
        notice=_("Due days that are counted from now on follow the new calendar; those that stand already stay."),
    )
    return change(
        form,
        lambda typed: ChangeCalendarDay(day=typed.day("day"), kind=typed.text("kind"), note=typed.text("note"), reason=typed.text("reason")),
        done=_("The calendar was changed."),
        to=lambda answer: url_for("admin.calendar", year=answer["day"][:4]),
    )


@pages.route("/calendar/hours", methods=["GET", "POST"])
def change_hours() -> ResponseReturnValue:
    """Change the office hours from a day on."""
    known = {each.first.isoformat() if each.first else "": each.hours for each in ask(ShowOfficeHours())}
    asked = day_or_none(request.args.get("from", "")) or ""
    fields = (
        day_field("valid_from", _("From this day on"), asked or None),
        Field(
            name="hours", label=_("Office hours"), value=known.get(asked, known[""]), optional=bool(asked),
            hint=_("From when to when, parts of a day with a comma between. Left empty, the entry of that day is taken away."),
        ),
        reason(),
    )  # fmt: skip
    form = Form(
        title=_("Change the office hours"),
        fields=fields,
        button=_("Save the hours"),
        back=url_for("admin.calendar"),
        notice=_("How long tasks took is counted in office hours. What was counted already stays; due days do not depend on them."),
    )
    return change(
        form,
        lambda typed: ChangeOfficeHours(valid_from=typed.day("valid_from"), hours=typed.text("hours"), reason=typed.text("reason")),
        done=_("The office hours were changed."),
        to=url_for("admin.calendar"),
    )


@pages.route("/calendar/file", methods=["GET", "POST"])
def import_calendar() -> ResponseReturnValue:
    """Replace whole years by lines of text."""
    ask(EnterAdministration())
    example = "day,kind,note\n2027-01-01,off,Tết Dương lịch\n"
    fields = (Field(name="text", label=_("Days, one a line"), kind=AREA, value=example, hint=_("The first line stays: day,kind,note. Kinds: off, swapped.")),)
    form = Form(
        title=_("Replace the days of a year"),
        fields=fields,
        button=_("Replace the years that are named"),
        back=url_for("admin.calendar"),
        notice=_("All days of every year that stands in the lines are replaced by them."),
        grave=True,
    )
    return change(
        form,
        lambda _typed: ImportDirectory(kind="calendar", text=request.form.get("text", "").replace("\r\n", "\n"), file="calendar"),
        done=_("The calendar was changed."),
        to=url_for("admin.calendar"),
    )
