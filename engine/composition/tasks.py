"""One's own work: its lists, what comes next, what is kept for the lists, and giving a task to a colleague."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.composition.scopes import of_oneself, of_task
from engine.door import Apply, Handler, Query, Scope
from engine.history.transaction import Reading
from engine.instances.assigning import AssignTask, decide_assign
from engine.kernel.registry import Registry
from engine.tasks.assign_list import ChosenTasks, answer_chosen_tasks
from engine.tasks.keeping import (
    DropFilter,
    KeepFilter,
    PutAside,
    RenameFilter,
    decide_drop_filter,
    decide_keep_filter,
    decide_put_aside,
    decide_rename_filter,
)
from engine.tasks.lists import MyWork, NextTask, answer_my_work, answer_next_task

Decide = Callable[[Any, Reading], Apply]
Of = Callable[[Any, Reading], Scope]


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register what concerns the lists of work."""
    commands: tuple[tuple[type, str, Of, Decide, bool], ...] = (
        (AssignTask, "task.assign", of_task, decide_assign, True),
        (PutAside, "task.claim", of_task, decide_put_aside, False),  # whoever may take it may put it aside
        (KeepFilter, "work.keep", of_oneself, decide_keep_filter, True),
        (RenameFilter, "work.keep", of_oneself, decide_rename_filter, True),
        (DropFilter, "work.keep", of_oneself, decide_drop_filter, True),
    )
    for kind, action, scope, decide, remembered in commands:
        handlers.add(kind.__name__, Handler(action=action, scope=scope, decide=decide, kind=kind, remembered=remembered))
    queries.add(MyWork.__name__, Query(action="work.see", scope=of_oneself, answer=answer_my_work, recorded=True))
    queries.add(NextTask.__name__, Query(action="work.see", scope=of_oneself, answer=answer_next_task))
    queries.add(ChosenTasks.__name__, Query(action="work.see", scope=of_oneself, answer=answer_chosen_tasks))
