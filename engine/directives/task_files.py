"""A file that somebody hands in with a task: kept on its way, so that the form carries only its digest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.directives.receive import StoreDocument, decide_store
from engine.history.transaction import Reading, Transaction
from engine.tasks.queries import task_by_id


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreForTask:
    """Keep a file by its digest, for a task that one may complete. `content` is hexadecimal text."""

    task: str
    name: str
    media_type: str
    content: str


def decide_store_for_task(command: StoreForTask, reading: Reading) -> Callable[[Transaction], dict[str, Any]]:
    """Keep the file as a document of the task's organisation. Raises InvalidInput for one that is empty or too large."""
    unit = task_by_id(reading, command.task).organisation
    return decide_store(StoreDocument(organisation=unit, name=command.name, media_type=command.media_type, content=command.content), reading)
