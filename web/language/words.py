"""Dates, figures and due days in the words of a Vietnamese office (UI.md 6: the library's own formats are wrong for it)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import g
from flask_babel import format_decimal, ngettext
from flask_babel import gettext as _
from markupsafe import Markup, escape

from engine.directory.working_calendar import seen_calendar
from engine.kernel.calendar import WorkingCalendar
from engine.kernel.clock import ZONE, from_stamp, local_date
from engine.kernel.periods import FINAL
from web.door import the_door

SOON = 3  # working days: from here on a due day is one to watch


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A due day in words. `state`: bad (past), watch (soon), plain."""

    day: date
    words: str
    state: str


def last_day(due_at: str) -> date:
    """Return the last day on which what is due at a moment is in time: what is due at midnight is due the day before."""
    moment = from_stamp(due_at).astimezone(ZONE)
    return moment.date() if (moment.hour, moment.minute) != (0, 0) else date.fromordinal(moment.date().toordinal() - 1)


def due_in_words(day: date, today: date, calendar: WorkingCalendar) -> Due:
    """Return how far a last day lies from today: late by days of the calendar, early by working days."""
    if day < today:
        late = (today - day).days
        return Due(day=day, words=ngettext("%(num)d day late", "%(num)d days late", late), state="bad")
    if day == today:
        return Due(day=day, words=_("due today"), state="watch")
    left = sum(calendar.is_working(date.fromordinal(each)) for each in range(today.toordinal() + 1, day.toordinal() + 1)) if (day - today).days <= 60 else None
    if left is None:
        return Due(day=day, words=ngettext("%(num)d day left", "%(num)d days left", (day - today).days), state="plain")
    words = ngettext("%(num)d working day left", "%(num)d working days left", left)
    return Due(day=day, words=words, state="watch" if left <= SOON else "plain")


def due(due_at: str | None) -> Markup:
    """Show a due moment: the day, and beside it how far it is."""
    if not due_at:
        return Markup("")
    found = due_in_words(last_day(due_at), today(), the_calendar())
    return Markup('<time datetime="{}">{}</time> <span class="state state-{}">{}</span>').format(found.day.isoformat(), day(found.day), found.state, found.words)


def today() -> date:
    """Return today in Vietnam, by the door's clock."""
    return local_date(the_door().clock.now())


def day(value: str | date | datetime | None) -> str:
    """Show a day as dd/mm/yyyy: of a date, of its ISO text, or of a stored moment."""
    found = _day_of(value)
    return f"{found:%d/%m/%Y}" if found else ""


def moment(value: str | None) -> str:
    """Show a stored moment as `08:30 ngày 15/04/2024`."""
    if not value:
        return ""
    local = from_stamp(value).astimezone(ZONE)
    return str(_("%(time)s on %(day)s", time=f"{local:%H:%M}", day=f"{local:%d/%m/%Y}"))


def period(value: str | None) -> str:
    """Show a period (2024-04, 2024-Q2, 2024-W16, 2024-04-30, final) in words."""
    if not value:
        return ""
    if value == FINAL:
        return str(_("the whole campaign"))
    year, _dash, rest = value.partition("-")
    if rest.startswith("Q"):
        return str(_("quarter %(number)s of %(year)s", number=rest[1:], year=year))
    if rest.startswith("W"):
        return str(_("week %(number)s of %(year)s", number=int(rest[1:]), year=year))
    if rest.count("-") == 1:
        return day(value)
    return str(_("%(month)s/%(year)s", month=rest, year=year)) if rest else value


def figure(value: float | None) -> str:
    """Show a number as people here write it: 1.250.000."""
    if value is None:
        return "–"
    return str(format_decimal(value))


def state(word: Any, kind: str = "plain") -> Markup:
    """Show a state as a word with its sign."""
    return Markup('<span class="state state-{}">{}</span>').format(kind, escape(word))


def _day_of(value: str | date | datetime | None) -> date | None:
    match value:
        case None | "":
            return None
        case datetime():
            return local_date(value)
        case date():
            return value
        case str() if len(value) == 10:
            return date.fromisoformat(value)
    return local_date(from_stamp(str(value)))


def the_calendar() -> WorkingCalendar:
    """Return the working calendar, read at most once a request."""
    if "calendar" not in g:
        with the_door().database.reading() as connection:
            g.calendar = seen_calendar(connection)
    found: WorkingCalendar = g.calendar
    return found


FILTERS: Mapping[str, Callable[..., Any]] = {"due": due, "day": day, "moment": moment, "period": period, "figure": figure, "state": state}
