"""Sends due effects: claims them in one short transaction, sends them in a few threads outside of any, writes down what came of them.

A slow server keeps none but its own channel waiting, and never the sweep. What a killed process was sending is claimed again when its
claim has lapsed; what it had sent and not yet written down goes out a second time, under the same key.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import datetime
from threading import Event, Thread

from sqlalchemy.exc import DBAPIError

from engine.door import Door
from engine.effects.delivering import ClaimEffects, Outcome, RecordDelivery
from engine.effects.outbox import Effect, claimed, due_channels, next_attempt
from engine.execution.mail import MailTransport, configured_mail_server
from engine.execution.transports import Delivery, Transport, Transports
from engine.execution.webhooks import WebhookTransport, configured_endpoints
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import from_stamp, stamp
from engine.kernel.errors import Conflict, EngineError
from engine.kernel.faults import unexpected
from engine.kernel.ids import new_id
from engine.kernel.points import reach

THREADS = 16  # attempts at the same time
A_CHANNEL = 4  # of them to one server
TOGETHER = 25  # outcomes in one transaction
PAUSE = 1.0  # seconds between two looks at a quiet outbox
PATIENCE = 30.0  # seconds that stopping waits for attempts; those that go on longer are taken up when their claim has lapsed
_log = logging.getLogger(__name__)


def installed_transports() -> dict[str, Transport]:
    """Return the transport of every channel that the environment configures. Raises InvalidInput."""
    found: dict[str, Transport] = {}
    server = configured_mail_server()
    if server is not None:
        found["email"] = MailTransport(server)
    return found | {f"webhook:{name}": WebhookTransport(endpoint) for name, endpoint in configured_endpoints().items()}


def send_due(door: Door, transports: Transports) -> int:
    """Send what is due until nothing is; return how many attempts were written down."""
    sending = Sending(door, transports)
    try:
        return sending.drain()
    finally:
        sending.stop()


class Sending:
    """The sending of effects through one door. `sweep` and `drain` are for one thread; `start` makes one that does nothing else."""

    def __init__(self, door: Door, transports: Transports, *, threads: int = THREADS, a_channel: int = A_CHANNEL, pause: float = PAUSE) -> None:
        self._door, self._transports, self._pause = door, transports, pause
        self._threads, self._a_channel = threads, a_channel
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="effect")
        self._under_way: dict[Future[Delivery], tuple[Effect, str]] = {}
        self._look, self._stopping = Event(), Event()
        self._thread: Thread | None = None
        self._said: type[Exception] | None = None

    def start(self) -> None:
        """Send in a thread of its own until `stop`; where nothing is configured there is nothing to look for."""
        if not self._transports:
            return
        self._thread = Thread(target=self._run, name="effects", daemon=True)
        self._thread.start()

    def stop(self, *, patience: float = PATIENCE) -> None:
        """Claim nothing more, wait for what is under way, write down what came of it."""
        self._stopping.set()
        self._look.set()
        if self._thread is not None:
            self._thread.join()
        wait(self._under_way, timeout=patience)
        self._guarded(self._record_finished)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def wake(self) -> None:
        """Look at once: something may be due."""
        self._look.set()

    def drain(self) -> int:
        """Send until nothing is due; return how many attempts were written down."""
        done = self._record_finished()
        while self._claim() or self._under_way:
            wait(self._under_way, return_when=FIRST_COMPLETED)
            done += self._record_finished()
        return done

    def sweep(self) -> int:
        """Write down what has come to an end and begin what is due, without waiting for any; return how much that was."""
        return self._record_finished() + self._claim()

    def next_moment(self) -> datetime | None:
        """Return when an effect will next become due by time alone; None when none will."""
        with self._door.database.reading() as connection:
            found = next_attempt(connection, self._transports)
        return from_stamp(found) if found else None

    # ---------------------------------------------------------------------------------------------------------- thread

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._look.clear()
            if not self._guarded(self.sweep):
                self._look.wait(self._pause)

    def _guarded(self, act: Callable[[], int]) -> int:
        """Do it; what does not work now is said once, and tried again."""
        try:
            done = act()
        except Exception as failure:  # noqa: BLE001  this thread is the only one that sends
            kind = type(failure)
            if kind is not self._said and isinstance(failure, DBAPIError | EngineError):
                _log.warning("effects wait, the database does not take them now: %s", kind.__name__)
            elif kind is not self._said:
                unexpected(failure, "the sending of effects")
            self._said = kind
            return 0
        self._said = None
        return done

    # ----------------------------------------------------------------------------------------------------- one attempt

    def _claim(self) -> int:
        now = self._door.clock.now()
        busy = Counter(effect.channel for effect, _ in self._under_way.values())
        if len(self._under_way) >= self._threads:
            return 0
        with self._door.database.reading() as connection:
            due = due_channels(connection, [each for each in self._transports if busy[each] < self._a_channel], stamp(now))
        if not due:
            return 0
        claim = new_id(now)
        self._door.execute(ClaimEffects(claim=claim, room=self._room(due, busy)), SYSTEM, key=f"worker:{claim}")
        with self._door.database.reading() as connection:
            effects = claimed(connection, claim)
        reach("effect.claimed")
        for effect in effects:
            future = self._pool.submit(self._attempt, effect)
            self._under_way[future] = (effect, claim)
            future.add_done_callback(lambda _future: self._look.set())
        return len(effects)

    def _room(self, due: Collection[str], busy: Counter[str]) -> dict[str, int]:
        """Return how many more attempts each channel may begin: none of them may take all the threads."""
        free = self._threads - len(self._under_way)
        room: dict[str, int] = {}
        for channel in sorted(due, key=lambda each: (busy[each], each)):
            room[channel] = min(self._a_channel - busy[channel], free)
            free -= room[channel]
        return {channel: most for channel, most in room.items() if most > 0}

    def _attempt(self, effect: Effect) -> Delivery:
        try:
            delivery = self._transports[effect.channel].send(effect, self._door.clock.now())
        except Exception as error:  # noqa: BLE001  a fault of the program concerns this effect alone
            delivery = Delivery(outcome=Outcome.LATER, said=unexpected(error, f"effect {effect.key}").message)
        reach("effect.sent")
        return delivery

    def _record_finished(self) -> int:
        finished = [future for future in list(self._under_way) if future.done()]
        for first in range(0, len(finished), TOGETHER):
            self._record(finished[first : first + TOGETHER])
        return len(finished)

    def _record(self, finished: list[Future[Delivery]]) -> None:
        commands = {future: self._command(future) for future in finished if future.exception() is None}
        keyed = {f"worker:{command.claim}:{command.key}": command for command in commands.values()}
        answers = self._door.execute_together(keyed, SYSTEM) if len(keyed) > 1 else {}
        for future in finished:  # one that broke is left to its lease
            if future not in commands or self._recorded(commands[future], answers):
                del self._under_way[future]
        reach("effect.marked")

    def _recorded(self, command: RecordDelivery, answers: Collection[str]) -> bool:
        """Write down one outcome, unless it is. False: others are at it, it is tried again."""
        key = f"worker:{command.claim}:{command.key}"
        try:
            if key not in answers:
                self._door.execute(command, SYSTEM, key=key)
        except Conflict:
            return False
        except EngineError as failure:
            unexpected(failure, f"the record of effect {command.key}")
        return True

    def _command(self, future: Future[Delivery]) -> RecordDelivery:
        (effect, claim), delivery = self._under_way[future], future.result()
        return RecordDelivery(key=effect.key, claim=claim, outcome=delivery.outcome.value, said=delivery.said, wait=delivery.wait)
