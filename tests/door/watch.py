"""Every command that any test sends through the door is watched: one transaction, its records, who, and by which right (AUDIT.md 9.10).

Nothing is asked of a database for that, so that what a test counts and times stays as it is.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from engine.access import sealing as sealing_room
from engine.access.authorise import Standing
from engine.door import Door
from engine.history.owed import SILENT
from engine.history.transaction import Transaction
from engine.kernel.actor import Actor, ActorType
from engine.storage import UnitOfWork

NO_POST = ("self", "denied", "refused")  # the last word of a right that no post gives
Sealed = Sequence[tuple[Transaction, Standing, str]]


class Watch(threading.local):
    """What a thread has done since it began its present command: commits of what it sealed, and what that was under which keys.

    What a test writes in between, behind the door, is not the command's.
    """

    def __init__(self) -> None:
        self.commits = 0
        self.sealed: list[tuple[Transaction, Standing, str]] = []

    @contextmanager
    def begun(self) -> Iterator[None]:
        """Begin a command; a test may send it in the middle of another one, which goes on afterwards as if nothing had been."""
        before = self.commits, self.sealed
        self.commits, self.sealed = 0, []
        try:
            yield
        finally:
            self.commits, self.sealed = before


def wrong_with(command: Any, actor: Actor, key: str, watch: Watch) -> str:
    """Return what a command that was done owes the history and has not given; nothing when it was answered from what it did before."""
    mine = [standing for _, standing, of in watch.sealed if of == key]
    if not watch.commits and not mine:
        return ""
    name = type(command).__name__
    if watch.commits != 1 or not mine:
        return f"{name}: one transaction with what it sealed, but {watch.commits} commits and {len(mine)} seals"
    standing = mine[-1]  # those before it were rolled back and done again
    return f"{name}: {said}" if (said := _wrong(standing, actor)) else ""


def _wrong(standing: Standing, actor: Actor) -> str:
    who = standing.actor
    if (who["id"], who["type"]) != (actor.id, actor.type.value):
        return f"the actor {actor.id} in the record, but {who}"
    if not standing.policy:
        return "the right by which it was done"
    of_a_post = actor.type is ActorType.PERSON and not standing.policy.endswith(NO_POST)
    if of_a_post and not (who["post"] and who["unit"] and who["name"]):
        return f"name, post and unit of {actor.id} as of then, but {who}"
    return ""


@contextmanager
def watching() -> Iterator[set[str]]:
    """Watch while the block runs; yield the names of the commands that were done. Raises AssertionError where one owes something."""
    watch, done, seal, commit = Watch(), set[str](), sealing_room.seal, UnitOfWork.commit
    execute: Callable[..., dict[str, Any]] = Door.execute
    together: Callable[..., dict[str, dict[str, Any]]] = Door.execute_together

    def sealing(written: Sealed) -> Any:
        watch.sealed += written
        untold = [sorted(each.noticed.tables - SILENT.keys()) for each, _, _ in written if not each.facts]
        if any(untold):  # asked before the records themselves are written
            raise AssertionError(f"Expected a record of what was done to {untold}.")
        return seal(written)

    def committing(self: UnitOfWork) -> None:
        ours = any(each.connection is self.connection for each, _, _ in watch.sealed)
        commit(self)
        watch.commits += ours

    def executing(self: Door, command: Any, actor: Actor, *, key: str) -> dict[str, Any]:
        with watch.begun():
            answer = execute(self, command, actor, key=key)
            if said := wrong_with(command, actor, key, watch):
                raise AssertionError(f"Expected of {said}.")
            if watch.commits:
                done.add(type(command).__name__)
        return answer

    def executing_together(self: Door, commands: Mapping[str, Any], actor: Actor) -> dict[str, dict[str, Any]]:
        with watch.begun():
            answers = together(self, commands, actor)
            for said in filter(None, (wrong_with(commands[key], actor, key, watch) for key in answers)):
                raise AssertionError(f"Expected of {said}.")
        done.update(type(commands[key]).__name__ for key in answers)
        return answers

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("engine.door.seal", sealing)
        patch.setattr(UnitOfWork, "commit", committing)
        patch.setattr(Door, "execute", executing)
        patch.setattr(Door, "execute_together", executing_together)
        yield done
