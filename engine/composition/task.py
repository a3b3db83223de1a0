"""One task: its page, its drafts and files, what its form offers, and what may be started."""

from __future__ import annotations

from functools import partial

from engine.composition.scopes import of_oneself, of_task
from engine.directives.task_files import StoreForTask, decide_store_for_task
from engine.door import Handler, Query
from engine.instances.overtaken import refuse_overtaken
from engine.instances.startable import WhatCanStart, answer_startable
from engine.kernel.registry import Registry
from engine.tasks.choices import FieldChoices, answer_choices
from engine.tasks.drafts import DropDraft, SaveDraft, decide_drop_draft, decide_save_draft
from engine.tasks.known import facts_of
from engine.tasks.pages import FirstTask, ShowTask, WhatFollows, answer_first_task, answer_task, answer_what_follows
from engine.tasks.sources import SOURCES


def add(handlers: Registry[Handler], queries: Registry[Query]) -> None:
    """Register what the page of a task asks and changes."""
    handlers.add(SaveDraft.__name__, Handler(action="work.keep", scope=of_oneself, decide=decide_save_draft, remembered=False))
    handlers.add(DropDraft.__name__, Handler(action="work.keep", scope=of_oneself, decide=decide_drop_draft, remembered=False))
    handlers.add(StoreForTask.__name__, Handler(action="task.complete", scope=of_task, decide=decide_store_for_task))
    choices = partial(answer_choices, sources=SOURCES, facts=facts_of)
    queries.add(ShowTask.__name__, Query(action="task.see", scope=of_task, answer=partial(answer_task, closed=refuse_overtaken), recorded=True))
    queries.add(FieldChoices.__name__, Query(action="task.see", scope=of_task, answer=choices))
    queries.add(WhatFollows.__name__, Query(action="task.see", scope=of_task, answer=answer_what_follows))
    queries.add(WhatCanStart.__name__, Query(action="work.see", scope=of_oneself, answer=answer_startable))
    queries.add(FirstTask.__name__, Query(action="work.see", scope=of_oneself, answer=answer_first_task))
