"""Makes checkpoints and brings them, with the hashes of the records, to every place outside: in a thread beside the worker's own.

Every 100 records or 60 s, and at once (at the next look, a second later at most) at a closing, an approval and an export. A place that
does not answer keeps neither the work nor the other places waiting: it is told, tried again, and gets everything it has missed.
The same thread notices when somebody sets the clock, and destroys the keys of what was erased.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from functools import partial
from threading import Event, Thread

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import DBAPIError

from engine.audit.checkpoints import RecordCheckpoint
from engine.door import Door
from engine.execution.clock_steps import ClockSteps
from engine.execution.erased_keys import ErasedKeys
from engine.execution.time_server import offset_ms
from engine.history.checkpoint import Checkpoint, open_checkpoint
from engine.history.growth import Head, due, heads, kept_frontier, last_size, leaves, signed_tree, tree_of
from engine.history.merkle import Frontier
from engine.history.mirror import WIDTH, extend, tile_start
from engine.history.note import Signer, Verifier
from engine.history.places import ITSELF, Place, configured_places
from engine.history.signing import checkpoint_signer
from engine.history.trust import own_trust
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import SystemClock, from_stamp, stamp, stopwatch
from engine.kernel.errors import EngineError, InvalidInput
from engine.kernel.faults import unexpected
from engine.kernel.ids import new_id
from engine.storage.database_clock import DatabaseClock
from engine.storage.schema import checkpoint, checkpoint_place
from engine.storage.unit_of_work import UnitOfWork

PAUSE = 1.0  # seconds between two looks
PATIENCE = 5.0  # seconds that stopping waits for a place
REST = 30.0  # seconds before a place, or a log, that failed is tried again
PIECE = 40 * WIDTH  # records whose hashes are brought to a place at a time
_log = logging.getLogger(__name__)


class Checkpoints:
    """The checkpoints of all logs of one database. `look` is for one thread; `start` makes one that does nothing else."""

    def __init__(self, door: Door, *, places: Sequence[Place] | None = None, signer: Callable[[], Signer | None] = checkpoint_signer, pause: float = PAUSE) -> None:
        self._door, self._pause, self._signer = door, pause, signer
        self._places = list(places) if places is not None else None
        self._trees: dict[str, Frontier] = {}  # of each log as it was at its last checkpoint
        self._held: dict[tuple[str, str], int] = {}  # place and log: the size of the checkpoint that lies there
        self._rests: dict[tuple[str, str], float] = {}  # until when what failed is left alone
        self._steps = ClockSteps(door) if isinstance(door.clock, SystemClock | DatabaseClock) else None  # others are moved, not set
        self._erased = ErasedKeys(door)
        self._stopping = Event()
        self._thread: Thread | None = None
        self._said: str | None = None

    def start(self) -> None:
        """Look again and again in a thread of its own, until `stop`."""
        self._thread = Thread(target=self._run, name="checkpoints", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End after the look at hand; a disk that does not answer is not waited for, as each file is there whole or not at all."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(PATIENCE)

    def look(self, *, now: bool = False) -> int:
        """Make the checkpoints that are due, or with `now` of whatever has grown, and bring them outside; return how many were made."""
        signer = self._signer()
        if signer is None:
            return 0  # the key lies with somebody else, whose worker makes them
        known = (signer.verifier, *(each for each in own_trust().checkpoints if each != signer.verifier))
        with self._door.database.reading() as connection:
            found = heads(connection)
        made = sum(self._tried(ITSELF, each.log, partial(self._make, each, signer, known, now=now), now=now) for each in found)
        for place in self._all_places():
            for each in found:
                self._tried(str(place.folder), each.log, partial(self._bring, place, each.log, known), now=now)
        return made

    # ------------------------------------------------------------------------------------------------------------ making

    def _make(self, head: Head, signer: Signer, known: Sequence[Verifier], *, now: bool) -> int:
        tree = self._grown_from(head, known)
        with self._door.database.reading() as connection:
            wanted = due(connection, head.log, tree.size)
        moment = self._door.clock.now()
        waited = (moment - from_stamp(wanted.since)).total_seconds() if wanted.since else 0.0
        if not (wanted.records and now) and not wanted.at(waited):
            return 0
        with self._door.database.reading() as connection:
            grown = Frontier(size=tree.size, hashes=list(tree.hashes))
            grown.extend(leaves(connection, head.log, tree.size, head.seq))
        made = Checkpoint(origin=head.log, size=grown.size, root=grown.root(), made_at=stamp(moment), offset_ms=offset_ms(self._door.clock))
        command = RecordCheckpoint(log=head.log, size=made.size, root=made.root.hex(), note=made.signed([signer]), frontier=kept_frontier(grown), offset_ms=made.offset_ms)
        answer = self._door.execute(command, SYSTEM, key=f"checkpoint:{head.log}:{made.size}:{new_id(moment)}")
        self._trees.pop(head.log) if not answer["made"] else self._trees.update({head.log: grown})
        return int(answer["made"])

    def _grown_from(self, head: Head, known: Sequence[Verifier]) -> Frontier:
        """Return the tree of the last checkpoint that anybody has. Raises `InvalidInput` when the log does not lead to it any more."""
        tree = self._trees.get(head.log)
        with self._door.database.reading() as connection:
            newest = last_size(connection, head.log)
        if tree is None or newest > tree.size:  # we have just begun, or another worker was faster
            with self._door.database.reading() as connection:
                tree = signed_tree(connection, head.log, known)[1]
                tree = self._witnessed(head, tree, known) or tree
            self._trees[head.log] = tree
        if head.seq < tree.size:
            self._trees.pop(head.log)
            raise InvalidInput(_cut(head, tree.size, "the last checkpoint"))
        return tree

    def _witnessed(self, head: Head, tree: Frontier, known: Sequence[Verifier]) -> Frontier | None:
        """Return the tree of a later checkpoint that a place has, of which the database does not know; None when there is none."""
        latest = [(each, place) for place in self._all_places() if (each := _latest(place, head.log, known))]
        later, place = max(latest, key=lambda each: each[0].size, default=(None, None))
        if later is None or place is None or later.size <= tree.size:
            return None
        if head.seq < later.size:
            raise InvalidInput(_cut(head, later.size, f"the checkpoint in {place.folder}"))
        with self._door.database.reading() as connection:
            found = tree_of(connection, head.log, later.size)
        if found.root() != later.root:
            raise InvalidInput(
                f"Expected the first {later.size} records of {head.log} as the checkpoint in {place.folder} has them, but found others. "
                "No further checkpoint is made; run `chidao audit verify`."
            )
        return found

    def _all_places(self) -> list[Place]:
        return self._places if self._places is not None else configured_places()

    # ---------------------------------------------------------------------------------------------------------- bringing

    def _bring(self, place: Place, log: str, known: Sequence[Verifier]) -> int:
        """Bring a place what it has not got yet: first the hashes, then the checkpoints over them."""
        held = self._held.get((str(place.folder), log))
        if held is None:
            there = place.latest(log, known)
            held = there.size if there else 0
        with self._door.database.reading() as connection:
            query = select(checkpoint.c.note).where(checkpoint.c.log == log, checkpoint.c.size > held).order_by(checkpoint.c.size)
            notes = [(open_checkpoint(note, known), note) for note in connection.execute(query).scalars()]
        if notes:
            self._mirror(place, log, held, notes[-1][0].size)
            for each, note in notes:
                place.put(each, note)
            held = notes[-1][0].size
            self._tell(str(place.folder), log, held, error=None)
        self._held[str(place.folder), log] = held
        return len(notes)

    def _mirror(self, place: Place, log: str, held: int, size: int) -> None:
        for start in range(tile_start(held), size, PIECE):
            with self._door.database.reading() as connection:
                hashes = list(leaves(connection, log, start, min(start + PIECE, size)))
            extend(place.prefix(log), start, hashes)

    # ------------------------------------------------------------------------------------------------------------ trouble

    def _tried(self, where: str, log: str, act: Callable[[], int], *, now: bool) -> int:
        """Do it; what does not work is told, and left alone for a while."""
        if not now and stopwatch() < self._rests.get((where, log), 0.0):
            return 0
        try:
            done = act()
        except (EngineError, OSError) as failure:
            self._rests[where, log] = stopwatch() + REST
            self._held.pop((where, log), None)
            self._fail(where, log, failure.message if isinstance(failure, EngineError) else _of_the_disk(where, failure))
            return 0
        if self._rests.pop((where, log), None) is not None:
            self._tell(where, log, self._held.get((where, log), 0), error=None)
        return done

    def _fail(self, where: str, log: str, sentence: str) -> None:
        self._tell(where, log, self._held.get((where, log), 0), error=sentence)
        if self._said != sentence:
            _log.warning("a checkpoint did not come to its place", extra={"place": where, "log": log, "error": sentence})
        self._said = sentence

    def _tell(self, where: str, log: str, size: int, *, error: str | None) -> None:
        """Write down what was achieved, or why not: for `chidao doctor`, the health and the page of the seal."""
        at = stamp(self._door.clock.now())
        mine = (checkpoint_place.c.place == where, checkpoint_place.c.log == log)
        with UnitOfWork(self._door.database) as unit:
            before = unit.connection.execute(select(checkpoint_place).where(*mine)).one_or_none()
            unit.connection.execute(delete(checkpoint_place).where(*mine))
            row = {"place": where, "log": log, "size": max(size, before.size if before and error else 0), "error": error}
            row |= {"written_at": (before.written_at if before else None) if error else at}
            row |= {"failed_at": (before.failed_at if before and before.error else at) if error else None}
            unit.connection.execute(insert(checkpoint_place).values(**row))
            unit.commit()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._steps is not None:
                    self._steps.look()
                self.look()
                self._erased.look()
            except DBAPIError:
                pass  # the worker says so, and tries again as we do
            except Exception as failure:  # noqa: BLE001  this thread is the only one that makes checkpoints
                unexpected(failure, "a checkpoint")
                self._stopping.wait(REST)
            self._stopping.wait(self._pause)


def _latest(place: Place, log: str, known: Sequence[Verifier]) -> Checkpoint | None:
    try:
        return place.latest(log, known)
    except (EngineError, OSError):
        return None  # said when something is brought there


def _cut(head: Head, size: int, of: str) -> str:
    return (
        f"Expected {size} records in {head.log}, as {of} says, but found {head.seq}. Records are gone, or an older copy of the database was put in its "
        "place without `chidao restore`. No further checkpoint is made; run `chidao audit verify`."
    )


def _of_the_disk(where: str, failure: OSError) -> str:
    return f"Expected to write to {where}, but could not: {failure.strerror or failure}. Look at its rights, its room and whether it is there."
