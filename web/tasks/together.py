"""The same form handed in for several tasks: it is filled in once, and each task is completed by itself."""

from __future__ import annotations

from flask import flash, redirect, render_template, request
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from engine.instances.commands import CompleteUserTask
from engine.tasks.assign_list import Chosen, ChosenTasks
from engine.tasks.drafts import SaveDraft
from engine.tasks.pages import ShowTask, TaskPage
from web.door import ask
from web.forms import changed, is_change, render
from web.once import act
from web.task.filling import Filled, judged, offered, received, schema_of, with_uploads
from web.tasks.addresses import came_from
from web.tasks.doing import do_each, told
from web.tasks.pages import pages

Answer = Response | str | tuple[str, int]


@pages.get("/work/together")
def together() -> Answer:
    """Show the form of the chosen tasks, once."""
    chosen = _chosen(request.args.getlist("task"))
    if (why := _unlike(chosen)) is not None:
        flash(why, "watch")
        return redirect(_back(), 303)
    page = _first(chosen)
    return _page(chosen, page, Filled(data={}, choices=offered(page, {})))


@pages.post("/work/together")
def handed_in_together() -> Answer:
    """Hand the form in for each of the tasks; what is wrong with it keeps all of them back."""
    chosen, do = _chosen(request.form.getlist("task")), request.form.get("do", "complete")
    if (why := _unlike(chosen)) is not None:
        flash(why, "watch")
        return redirect(_back(), 303)
    page = _first(chosen)
    filled = with_uploads(page, received(page, request.form, blanks=do != "complete"))
    if is_change(do):
        data, _where = changed(dict(filled.data), do)
        return _page(chosen, page, Filled(data=data, choices=filled.choices))
    filled = judged(page, filled)
    if filled.problems:
        return _page(chosen, page, filled), 422
    outcomes = do_each(chosen.items, lambda task: CompleteUserTask(task=task, data=dict(filled.data)))
    _keep([each.item.task for each in outcomes if each.problem], filled)
    return told(outcomes, back=_back(), kept=True)


def _keep(tasks: list[str], filled: Filled) -> None:
    """Keep what could not be handed in as the draft of each of these tasks, where its page shows it."""
    for task in tasks:
        act(SaveDraft(task=task, data=dict(filled.data)), part=f"kept:{task}")


def _chosen(tasks: list[str]) -> Chosen:
    found: Chosen = ask(ChosenTasks(tasks=tuple(tasks)))
    return found


def _first(chosen: Chosen) -> TaskPage:
    page: TaskPage = ask(ShowTask(task=chosen.items[0].task))
    return page


def _unlike(chosen: Chosen) -> str | None:
    """Return why tasks cannot be completed together; None when they can."""
    if not chosen.items:
        return str(_("Choose at least one task in the list first."))
    if len({(each.form, each.kind) for each in chosen.items}) > 1:
        return str(_("Only tasks with the same form can be completed together. Filter the list by kind of work, then choose again."))
    if chosen.items[0].kind == "choice":
        return str(_("Here a way is chosen for each case; open these tasks one by one."))
    return None


def _page(chosen: Chosen, page: TaskPage, filled: Filled) -> str:
    form = render(schema_of(page), filled.data, problems=filled.problems, choices=filled.choices)
    return render_template("tasks/together.html", items=chosen.items, page=page, form=form, back=_back())


def _back() -> str:
    return came_from(request.values.get("back")).address()
