"""Drafts: what somebody is typing into a task's form and has not handed in. One's own alone, kept as it is typed, unjudged.

Saving a draft is no act in a case: it leaves no fact in the history, and saving it again changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, insert, select

from engine.history.transaction import Reading, Transaction
from engine.kernel.errors import InvalidInput
from engine.storage.schema import draft
from engine.tasks.queries import task_by_id

Write = Callable[[Transaction], dict[str, Any]]
MOST = 512 * 1024  # characters of one draft: the longest report


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveDraft:
    """Keep what stands in the form of a task at this moment, instead of what was kept before."""

    task: str
    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class DropDraft:
    """Forget one's draft of a task: it has been handed in, or is wanted no more."""

    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody has typed, and when it was kept (a moment as tables keep it)."""

    data: dict[str, Any]
    saved_at: str


_KEPT = (draft.c.place == bindparam("b_place")) & (draft.c.person == bindparam("b_person"))
_READ = select(draft.c.data, draft.c.saved_at).where(_KEPT)
_FORGET = delete(draft).where(_KEPT)


def place_of(task: str) -> str:
    """Return the place under which drafts of a task are kept."""
    return f"task:{task}"


def draft_of(reading: Reading, task: str) -> Draft | None:
    """Return the actor's own draft of a task; None when there is none."""
    row = reading.connection.execute(_READ, {"b_place": place_of(task), "b_person": reading.actor.id}).one_or_none()
    return Draft(data=json.loads(row.data), saved_at=row.saved_at) if row else None


def decide_save_draft(command: SaveDraft, reading: Reading) -> Write:
    """Keep the draft. Raises NotFound for an unknown task, InvalidInput for one that is too long."""
    task = task_by_id(reading, command.task)
    text = json.dumps(command.data, ensure_ascii=False)
    if len(text) > MOST:
        raise InvalidInput(f"Expected a draft of at most {MOST} characters, but found {len(text)}. Hand in the longest parts as files.")
    whose = {"b_place": place_of(task.id), "b_person": reading.actor.id}

    def apply(transaction: Transaction) -> dict[str, Any]:
        transaction.connection.execute(_FORGET, whose)
        kept = {"place": whose["b_place"], "person": whose["b_person"], "data": text, "saved_at": transaction.at}
        transaction.connection.execute(insert(draft).values(kept))
        return {"saved_at": transaction.at}

    return apply


def decide_drop_draft(command: DropDraft, reading: Reading) -> Write:
    """Forget the draft, if there is one."""
    whose = {"b_place": place_of(command.task), "b_person": reading.actor.id}

    def apply(transaction: Transaction) -> dict[str, Any]:
        return {"dropped": transaction.connection.execute(_FORGET, whose).rowcount}

    return apply
