"""The two sides of the comparison: the product through its door, and the bare library over one SQLite table."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any, Protocol

from sqlalchemy import func, select

from engine.bootstrap import prepare
from engine.bpmn.naive import NaiveProcess
from engine.definitions.command import DeployDefinitions
from engine.definitions.source import load_sources
from engine.directory.directory_import import ImportDirectory
from engine.directory.organisations import organisation_by_code
from engine.door import Door
from engine.execution.poller import Poller
from engine.history.transaction import Transaction
from engine.instances.commands import CompleteUserTask
from engine.kernel.actor import SYSTEM, Actor
from engine.kernel.clock import SystemClock, stopwatch
from engine.messages.inbox import send
from engine.storage.database import Database
from engine.storage.schema import history_record, instance, person, user_task
from engine.storage.unit_of_work import UnitOfWork

PROCESSES = Path(__file__).parent / "processes"
DIRECTORY = {
    "organisations": "code,name,level,symbol,valid_from,valid_to\nbench,Đơn vị đo,district,BENCH,2020-01-01,\n",
    "people": "login,name,organisation,title,roles\nbench,Nguyễn Văn An,bench,Chuyên viên,specialist\n",
}


class Side(Protocol):
    """Something that runs the bench processes durably, one action at a time."""

    def start(self, process: str) -> str:
        """Start an instance of `process` ("simple3", "monthly"); return its id. Not measured."""

    def act(self, identity: str, data: Mapping[str, Any]) -> float:
        """Complete the open task of an instance; return the seconds from the command to its durable commit."""

    def state_bytes(self, identity: str) -> int:
        """Return the size of the stored state of an instance."""


class Product:
    """The product on a new SQLite file: the door with a person, authorisation, form, step, rows, history, commit."""

    def __init__(self, folder: Path) -> None:
        self._database = Database(f"sqlite:///{folder / 'product.db'}")
        self._door = prepare(self._database, SystemClock())
        self._numbers = count(1)
        for kind, text in DIRECTORY.items():
            self._door.execute(ImportDirectory(kind=kind, text=text, file=f"{kind}.csv"), SYSTEM, key=f"bench:{kind}")
        self._door.execute(DeployDefinitions.of(load_sources([PROCESSES]), reason="bench"), SYSTEM, key="bench:deploy")
        with self._database.reading() as connection:
            self._organisation = organisation_by_code(connection, "bench").id
            self._actor = Actor.person(connection.execute(select(person.c.id)).scalar_one())

    def start(self, process: str) -> str:
        key = f"{process}:{next(self._numbers)}"
        with UnitOfWork(self._database) as unit:
            transaction = Transaction(connection=unit.connection, now=self._door.clock.now(), actor=SYSTEM)
            send(transaction, message=f"bench.{process}", key=key, to=[self._organisation], payload={}, source=key)
            unit.commit()
        Poller(self._door).drain()
        with self._database.reading() as connection:
            return str(connection.execute(select(instance.c.id).where(instance.c.business_key == key)).scalar_one())

    def act(self, identity: str, data: Mapping[str, Any]) -> float:
        return self.complete(self.open_task(identity), data)

    @property
    def door(self) -> Door:
        """The door that is measured."""
        return self._door

    def open_task(self, identity: str) -> str:
        """Return the open task of an instance."""
        with self._database.reading() as connection:
            wanted = (user_task.c.instance == identity) & (user_task.c.status == "open")
            return str(connection.execute(select(user_task.c.id).where(wanted)).scalar_one())

    def complete(self, task: str, data: Mapping[str, Any]) -> float:
        """Complete a task; return the seconds from the command to its durable commit."""
        key = f"bench:{next(self._numbers)}"
        began = stopwatch()
        self._door.execute(CompleteUserTask(task=task, data=dict(data)), self._actor, key=key)
        return stopwatch() - began

    def state_bytes(self, identity: str) -> int:
        with self._database.reading() as connection:
            query = select(func.length(instance.c.state)).where(instance.c.id == identity)
            return int(connection.execute(query).scalar_one())

    def history_bytes_per_record(self) -> float:
        """Return the mean size of a sealed record of a completed task."""
        with self._database.reading() as connection:
            query = select(func.avg(func.length(history_record.c.body))).where(history_record.c.action == "task.completed")
            return round(float(connection.execute(query).scalar_one()), 1)

    def close(self) -> None:
        """Close the database."""
        self._database.dispose()


class Naive:
    """The bare library on a new SQLite file of the same settings: load the full JSON, act, serialise, one commit."""

    def __init__(self, folder: Path) -> None:
        self._connection = sqlite3.connect(folder / "naive.db", isolation_level=None)
        for setting in ("journal_mode = WAL", "synchronous = FULL"):
            self._connection.execute(f"PRAGMA {setting}")
        self._connection.execute("CREATE TABLE workflow (id TEXT PRIMARY KEY, process TEXT NOT NULL, state TEXT NOT NULL)")
        self._processes = {path.stem: NaiveProcess(f"bench_{path.stem}", path.name, path.read_bytes()) for path in PROCESSES.glob("*.bpmn")}
        self._numbers = count(1)

    def start(self, process: str) -> str:
        identity = f"{process}:{next(self._numbers)}"
        row = (identity, process, self._processes[process].start())
        self._connection.execute("INSERT INTO workflow VALUES (?, ?, ?)", row)
        return identity

    def act(self, identity: str, data: Mapping[str, Any]) -> float:
        began = stopwatch()
        self._connection.execute("BEGIN IMMEDIATE")
        process, state = self._connection.execute("SELECT process, state FROM workflow WHERE id = ?", (identity,)).fetchone()
        after = self._processes[process].act(state, dict(data))
        self._connection.execute("UPDATE workflow SET state = ? WHERE id = ?", (after, identity))
        self._connection.execute("COMMIT")
        return stopwatch() - began

    def state_bytes(self, identity: str) -> int:
        query = "SELECT length(CAST(state AS BLOB)) FROM workflow WHERE id = ?"
        return int(self._connection.execute(query, (identity,)).fetchone()[0])

    def close(self) -> None:
        """Close the database."""
        self._connection.close()
