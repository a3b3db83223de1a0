"""What people do with tasks that they have chosen in a list: take, give back, give to a colleague, put aside; and kept filters."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.instances.assigning import AssignTask
from engine.instances.commands import ClaimTask, ReleaseTask
from engine.kernel.errors import EngineError
from engine.tasks.assign_list import Chosen, ChosenTasks
from engine.tasks.keeping import DropFilter, KeepFilter, PutAside, RenameFilter
from engine.tasks.lists import KEPT_AS
from web.door import ask
from web.forms.written import day_or_none
from web.language.sentences import in_words
from web.once import act
from web.tasks.addresses import came_from
from web.tasks.doing import do_each, told
from web.tasks.pages import pages

Answer = Response | str | tuple[str, int]
WITH_REASON = {"assign": "tasks.assign", "release": "tasks.release", "complete": "tasks.together"}


@pages.post("/work/several")
def several() -> Answer:
    """Do what the button says with the tasks that were ticked; the button of a row takes that one task."""
    back = came_from(request.form.get("back")).address()
    if one := request.form.get("take"):
        return _take((one,), back)
    tasks, what = tuple(request.form.getlist("task")), request.form.get("do", "")
    if not tasks:
        flash(_("Choose at least one task in the list first."), "watch")
        return redirect(back, 303)
    if what in WITH_REASON:
        return redirect(url_for(WITH_REASON[what], task=tasks, back=back), 303)
    if what == "take":
        return _take(tasks, back)
    return _put_aside(tasks, back, until=request.form.get("until", "") if what == "later" else None)


@pages.get("/work/assign")
def assign() -> Answer:
    """Ask to which colleague tasks are to be given, and why."""
    return _assign_page(_chosen(request.args.getlist("task")))


@pages.post("/work/assign")
def assigned() -> Answer:
    """Give the tasks to a colleague."""
    chosen, colleague, reason = _chosen(request.form.getlist("task")), request.form.get("colleague", ""), request.form.get("reason", "")
    if not colleague or not reason.strip():
        return _assign_page(chosen, problem=_("Choose a colleague, and say why.")), 422
    return told(do_each(chosen.items, lambda task: AssignTask(task=task, colleague=colleague, reason=reason)), back=_back())


@pages.get("/work/release")
def release() -> Answer:
    """Ask why tasks are given back to the unit."""
    return _release_page(_chosen(request.args.getlist("task")))


@pages.post("/work/release")
def released() -> Answer:
    """Give the tasks back to the unit."""
    chosen, reason = _chosen(request.form.getlist("task")), request.form.get("reason", "")
    if not reason.strip():
        return _release_page(chosen, problem=_("Say why the tasks are given back.")), 422
    return told(do_each(chosen.items, lambda task: ReleaseTask(task=task, reason=reason)), back=_back())


@pages.post("/work/filters")
def keep_filter() -> Answer:
    """Keep the filters of the list from which they come."""
    seen = came_from(request.form.get("back"))
    kept = KeepFilter(page=KEPT_AS, name=request.form.get("name", ""), query=seen.address(), organisation=request.form.get("organisation") or None)
    return _about_filters(kept, _("The filters are kept."), seen.address())


@pages.post("/work/filters/<kept>")
def change_filter(kept: str) -> Answer:
    """Rename or delete a kept filter."""
    if request.form.get("do") == "drop":
        return _about_filters(DropFilter(filter=kept), _("The kept filter is deleted."), _back())
    return _about_filters(RenameFilter(filter=kept, name=request.form.get("name", "")), _("The kept filter has its new name."), _back())


def _about_filters(command: Any, said: str, back: str) -> Answer:
    try:
        act(command)
        flash(said, "good")
    except EngineError as error:
        flash(in_words(error), "bad")
    return redirect(back, 303)


def _take(tasks: tuple[str, ...], back: str) -> Answer:
    chosen = _chosen(list(tasks))
    onward = url_for("task.show", task=tasks[0], back=back) if len(tasks) == 1 else url_for("tasks.inbox")
    return told(do_each(chosen.items, lambda task: ClaimTask(task=task)), back=back, onward=onward)


def _put_aside(tasks: tuple[str, ...], back: str, *, until: str | None) -> Answer:
    day = None if until is None else day_or_none(until)
    if until is not None and day is None:
        flash(_("Write the day until which the tasks are put aside as day/month/year, such as 15/04/2024."), "bad")
        return redirect(back, 303)
    chosen = _chosen(list(tasks))
    return told(do_each(chosen.items, lambda task: PutAside(task=task, until=day)), back=back)


def _assign_page(chosen: Chosen, problem: str = "") -> str:
    lead = _("The colleague finds the tasks in the inbox; what was typed in them stays with you.")
    return _with_reason(chosen, title=_("Give to a colleague"), lead=lead, problem=problem, colleagues=chosen.colleagues)


def _release_page(chosen: Chosen, problem: str = "") -> str:
    lead = _("The tasks go back to the queue of the unit, where a colleague can take them.")
    return _with_reason(chosen, title=_("Give back to the unit"), lead=lead, problem=problem, colleagues=None)


def _with_reason(chosen: Chosen, **said: Any) -> str:
    typed = {"reason": request.form.get("reason", ""), "chosen": request.form.get("colleague", "")}
    return render_template("tasks/with_reason.html", items=chosen.items, back=_back(), **typed, **said)


def _chosen(tasks: list[str]) -> Chosen:
    found: Chosen = ask(ChosenTasks(tasks=tuple(tasks)))
    return found


def _back() -> str:
    return came_from(request.values.get("back")).address()
