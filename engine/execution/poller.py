"""What a worker does with due work: everything in sweeps, or what stands at the rows that wake-ups name.

Whatever fails is held by its incident when the door returns, so it never stops the sweep and never makes others wait.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy.exc import InterfaceError, OperationalError

from engine.door import Door
from engine.execution.due import due_at, due_chores, due_pieces, keys_of, next_moment
from engine.instances.commands import AdvanceInstance, StartInstance
from engine.instances.operations import RunOperation
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import stopwatch
from engine.kernel.errors import Conflict, EngineError
from engine.kernel.faults import unexpected
from engine.kernel.ids import new_id
from engine.kernel.points import reach

TOGETHER = {  # pieces in one transaction
    "sqlite": 25,  # some 50 ms in which nobody else can write: a person who completes a task meanwhile does not feel it
    "postgresql": 100,  # only the instances that are worked on are locked (decision 0021)
}
REST, LONGEST_REST = 5.0, 60.0  # seconds for which a piece is left alone that fails and cannot be held
SHUFFLED = Random()  # noqa: S311  no secret hangs on it
SHORT = (StartInstance, RunOperation, AdvanceInstance)


def _never() -> bool:
    return False


def _nothing() -> int:
    return 0


class Poller:
    """Does what is due through a door. `stopped` is asked between two pieces: what is left then, the next worker does.

    `outside`: sends due effects and says how many; without it they wait, as in plays and trials, where nothing goes out.
    `scattered`: in an order of its own, so that several that look at the same work seldom meet at it.
    """

    def __init__(
        self, door: Door, *, stopped: Callable[[], bool] = _never, outside: Callable[[], int] = _nothing, scattered: bool = False
    ) -> None:
        self._door = door
        self._stopped = stopped
        self._outside = outside
        self._scattered = scattered
        self._stubborn = Stubborn()

    def drain(self, *, chores: bool = True) -> int:
        """Sweep until nothing is due; return the number of commands done. `chores`: also the work of the whole installation."""
        done = 0
        failed: set[Any] = set()  # tried once until something else calls for another sweep
        while progress := self._do_all(self._due(chores=chores), failed) + self._outside():
            done += progress
        return done

    def do(self, keys: Sequence[str]) -> int:
        """Do what is due at the rows that `keys` name; return the number of commands done. What was done before is done no more."""
        with self._door.database.reading() as connection:
            found = due_at(connection, self._door.clock.now(), keys)
        reach("worker.found")
        return self._do_all(found, set())

    def next_moment(self) -> datetime | None:
        """Return when something will next become due by time alone; None when nothing will."""
        with self._door.database.reading() as connection:
            return next_moment(connection, self._door.clock.now())

    def _due(self, *, chores: bool) -> list[Any]:
        now = self._door.clock.now()
        with self._door.database.reading() as connection:
            found = due_pieces(connection, now) + (due_chores(connection, now) if chores else [])
        reach("worker.found")
        return found

    def _do_all(self, commands: list[Any], failed: set[Any]) -> int:
        done = 0
        parts = list(_parts(commands, TOGETHER[self._door.database.dialect]))
        if self._scattered:
            SHUFFLED.shuffle(parts)
        for part in parts:
            if self._stopped():
                break
            done += self._do_together([command for command in part if command not in failed and not self._stubborn.rests(command)], failed)
        return done

    def _do_together(self, commands: list[Any], failed: set[Any]) -> int:
        """Do several pieces of work in one transaction; what does not go through there is done by itself."""
        if len(commands) == 1:
            return self._do(commands[0], failed)
        keyed = {f"worker:{new_id(self._door.clock.now())}": command for command in commands}
        answers = self._door.execute_together(keyed, SYSTEM) if keyed else {}
        done = sum(int(answer.get("advanced", True)) for answer in answers.values())
        left = [command for key, command in keyed.items() if key not in answers]
        return done + sum(self._do(command, failed) for command in self._still_due(left) if not self._stopped())

    def _still_due(self, commands: list[Any]) -> list[Any]:
        """Return what other workers have not done meanwhile."""
        if not commands:
            return []
        with self._door.database.reading() as connection:
            return due_at(connection, self._door.clock.now(), keys_of(commands))

    def _do(self, command: Any, failed: set[Any]) -> int:
        """Do one piece of work. Return 1 when it, or at least its incident, has come into the database."""
        try:
            answer = self._door.execute(command, SYSTEM, key=f"worker:{new_id(self._door.clock.now())}")
        except Conflict:
            return 0  # other workers are at it
        except EngineError:
            failed.add(command)
            return 1  # recorded by the door: held, or done by somebody else
        except (OperationalError, InterfaceError):
            self._stubborn.failed(command)
            raise  # the database is away: nothing else would go better
        except Exception as error:  # noqa: BLE001  what cannot even be held must not make others wait
            unexpected(error, f"the piece of work {command!r}")
            self._stubborn.failed(command)
            failed.add(command)
            return 0
        self._stubborn.forget(command)
        return int(answer.get("advanced", True))


class Stubborn:
    """Pieces of work that fail so that not even an incident can be written: each rests for a while, lest others wait for it for ever."""

    def __init__(self) -> None:
        self._known: dict[Any, tuple[int, float]] = {}  # how often it has failed, until when it rests

    def failed(self, command: Any) -> None:
        """Let a piece rest, the longer the more often it has failed; the first time it may have been the database."""
        times = self._known.get(command, (0, 0.0))[0] + 1
        self._known[command] = times, stopwatch() + min(REST * (times - 1), LONGEST_REST)

    def rests(self, command: Any) -> bool:
        """Tell whether a piece is left alone for now."""
        return command in self._known and stopwatch() < self._known[command][1]

    def forget(self, command: Any) -> None:
        """It went through after all."""
        self._known.pop(command, None)


def _parts(commands: list[Any], size: int) -> Iterator[list[Any]]:
    """Yield what is done in one transaction: short pieces together, long ones each by itself."""
    short = [command for command in commands if isinstance(command, SHORT)]
    yield from (short[first : first + size] for first in range(0, len(short), size))
    yield from ([command] for command in commands if not isinstance(command, SHORT))
