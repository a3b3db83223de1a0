"""Kill storms by hand: `python -m tests.crash.storm --kills 200 --database sqlite|postgresql --seed N` (house: README.md beside it).

Two clients and two workers carry two letters down a tree of 13 offices and their reports back up; at random moments one of them,
chosen at random, gets SIGKILL, or comes to life with a point at which it will kill itself. Afterwards the outcome is compared with
that of an undisturbed run, row by row. The seed fixes victims and moments; what the machine does between them is its own.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import Connection, func, select

from engine.kernel.points import POINTS
from engine.scenario.stage import morning
from engine.storage.schema import command, effect, history_head, history_record
from tests.crash.cast import BEGIN, Cast, furnish
from tests.crash.director import Director
from tests.crash.orphans import orphans
from tests.crash.outcome import Told, differences, outcome
from tests.crash.players import SENT, Part
from tests.postgres import PostgresServer

CLIENTS, WORKERS = 2, 2
SELF = 0.3  # of those that come to life, so many carry a point at which they kill themselves
PER_LETTER_MONTH = 25  # kills for which one month of the tree is long enough


@dataclass(frozen=True, slots=True, kw_only=True)
class Damage:
    """What a storm did: the row of the table that is shown."""

    database: str
    seed: int
    kills: dict[str, int]
    acknowledged: int
    refused: int
    lost: int
    duplicated: int
    effects: int
    repeated_sends: int
    orphans: list[str]
    differences: list[str]
    history_records: int
    seconds: float


class Storm:
    """Kills at random over a director's run until it has killed enough."""

    def __init__(self, director: Director, *, kills: int, seed: int, every: float) -> None:
        self._director, self._kills, self._every = director, kills, every
        self._random = random.Random(seed)
        self._next = 0.0
        self._records = 0

    def step(self) -> None:
        """Revive the dead; when the moment has come, kill somebody."""
        self._director.revive(self._armed)
        now = time.monotonic()
        if self._next == 0.0:
            self._next = now + self._every
        if now >= self._next and self._director.killed.total() < self._kills and self._has_gone_on():
            self._director.kill(self._random.choice(sorted(self._director.processes)))
            self._next = now + self._random.expovariate(1 / self._every)

    def _has_gone_on(self) -> bool:
        """Tell whether anything was recorded since the last kill: on a busy machine nobody is killed for ever before he has begun."""
        with self._director.database.reading() as connection:
            records = connection.execute(select(history_head.c.seq)).scalar_one()
        before, self._records = self._records, max(self._records, records)
        return bool(records > before)

    def _armed(self, part: Part) -> Part:
        armed = self._director.killed.total() < self._kills and self._random.random() < SELF
        point = self._random.choice(sorted(POINTS))
        return replace(part, die_at=(point, self._random.randint(1, 4)) if armed else None)


def storm(director: Director, expected: Told, *, kills: int, seed: int, every: float) -> Damage:
    """Run the director's cascade to its end with so many kills on the way; return what it did."""
    raging = Storm(director, kills=kills, seed=seed, every=every)
    began = time.monotonic()
    for number in range(CLIENTS):
        director.start("client", number, CLIENTS)
    for number in range(WORKERS):
        director.start("worker", number, WORKERS)
    director.run(meanwhile=raging.step)
    seconds = time.monotonic() - began
    with director.database.reading() as connection:
        return _damage(connection, director, expected, seed=seed, seconds=seconds)


def _damage(connection: Connection, director: Director, expected: Told, *, seed: int, seconds: float) -> Damage:
    answers = {key: how for journal in director.journals() for key, how in journal.answers().items()}
    intended = {intent.key: intent for journal in director.journals() for intent in journal.intents()}
    kept = set(connection.execute(select(command.c.key)).scalars())
    acknowledged = {key for key, how in answers.items() if how == "done"}
    tasks = Counter(connection.execute(select(history_record.c.subject).where(history_record.c.action == "task.completed", history_record.c.outcome == "done")).scalars())
    sends, noted = sent(director.folder), set(connection.execute(select(effect.c.key)).scalars())
    return Damage(
        database=director.database.dialect,
        seed=seed,
        kills=dict(director.killed),
        acknowledged=len(acknowledged),
        refused=len(answers) - len(acknowledged),
        lost=len(acknowledged - kept) + len(intended.keys() - answers.keys()) + len(noted - sends.keys()),
        duplicated=sum(times - 1 for times in tasks.values()),
        effects=len(sends),
        repeated_sends=sum(sends.values()) - len(sends),
        orphans=orphans(connection),
        differences=differences(expected, outcome(connection)),
        history_records=connection.execute(select(func.count()).select_from(history_record)).scalar_one(),
        seconds=round(seconds, 1),
    )


def sent(folder: Path) -> Counter[str]:
    """Count what was sent, by its key."""
    file = folder / SENT
    return Counter(json.loads(line)["key"] for line in file.read_text().splitlines()) if file.exists() else Counter()


def undisturbed(cast: Cast, folder: Path) -> Told:
    """Return the outcome of the cascade when nobody is killed."""
    with Director(url=f"sqlite:///{folder / 'undisturbed.sqlite3'}", folder=folder, cast=cast, begins=morning(BEGIN)) as director:
        director.start("client")
        director.start("worker")
        director.run()
        with director.database.reading() as connection:
            assert orphans(connection) == []
            return outcome(connection)


@contextmanager
def fresh(kind: str, cast: Cast, folder: Path) -> Iterator[str]:
    """Yield the address of a furnished database of a kind."""
    if kind == "sqlite":
        shutil.copy(folder / "furnished.sqlite3", folder / "storm.sqlite3")
        yield f"sqlite:///{folder / 'storm.sqlite3'}"
        return
    server = PostgresServer()
    try:
        url = server.create("storm")
        furnish(url, cast)
        yield url
    finally:
        server.stop()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--every", type=float, default=0.35, help="seconds between two kills, on average")
    parser.add_argument("--months", type=int, help="reporting periods of the monthly duty; default: long enough for the kills")
    parser.add_argument("--widths", default="3,3", help="offices below each, level by level")
    asked = parser.parse_args()
    widths = tuple(int(width) for width in asked.widths.split(","))
    months = asked.months or 1 + asked.kills // PER_LETTER_MONTH
    cast = Cast(widths=widths, months=months, notices=20 * months)
    folder = Path(tempfile.mkdtemp(prefix="chidao-storm-"))
    try:
        furnish(f"sqlite:///{folder / 'furnished.sqlite3'}", cast)
        shutil.copy(folder / "furnished.sqlite3", folder / "undisturbed.sqlite3")
        (folder / "calm").mkdir()
        shutil.move(folder / "undisturbed.sqlite3", folder / "calm")
        expected = undisturbed(cast, folder / "calm")
        with fresh(asked.database, cast, folder) as url, Director(url=url, folder=folder, cast=cast, begins=morning(BEGIN), limit=600) as director:
            done = storm(director, expected, kills=asked.kills, seed=asked.seed, every=asked.every)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(table(done))
    return 1 if done.lost or done.duplicated or done.orphans or done.differences else 0


def table(done: Damage) -> str:
    """Return the storm as a table for people."""
    rows = {
        "database": done.database,
        "seed": done.seed,
        "kills": f"{sum(done.kills.values())} ({', '.join(f'{role} {count}' for role, count in sorted(done.kills.items()))})",
        "commands acknowledged": done.acknowledged,
        "commands refused": done.refused,
        "commands lost": done.lost,
        "commands done twice": done.duplicated,
        "effects sent, each with its key": done.effects,
        "effects sent again with their key": done.repeated_sends,
        "orphan rows": len(done.orphans),
        "rows that differ from the undisturbed run": len(done.differences),
        "history records, verified": done.history_records,
        "seconds": done.seconds,
    }
    found = [*done.orphans[:20], *done.differences[:20]]
    return "".join(f"{name:<45}{value}\n" for name, value in rows.items()) + "".join(f"  {each[:300]}\n" for each in found)


if __name__ == "__main__":
    sys.exit(main())
