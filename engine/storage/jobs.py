"""Wake-ups on PostgreSQL: Procrastinate's jobs, deferred inside our own transaction through its driver connection.

A job is a list of keys and nothing else, so its tables may vanish at any moment: they are made again, and the sweep finds what was in
them. No locks, no schedules, no retries of its own: what is due stands in our rows (EXECUTION.md 1).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Any

from procrastinate import SyncPsycopgConnector
from procrastinate.exceptions import ProcrastinateException
from procrastinate.jobs import Job
from procrastinate.manager import JobManager
from procrastinate.schema import SchemaManager
from psycopg import Connection as DriverConnection
from sqlalchemy import Connection, text

from engine.kernel.clock import stopwatch
from engine.storage.database import Database
from engine.storage.unit_of_work import UnitOfWork
from engine.storage.wake_ups import Waking

QUEUE, TASK, EFFECTS = "chidao", "chidao.work", "chidao.effects"
KEYS = 100  # in a job: done together in one transaction
DEAD = 10  # seconds without a sign of its worker, after which a job counts as lost; they give one every BEAT
BEAT = 2.0
LOOK_AGAIN = 1.0  # seconds until we look again whether the tables are there
SCHEMA_LOCK = 0x636869_6A6F62  # "chijob": two processes never make the tables at once
_log = logging.getLogger(__name__)

_THERE = text("SELECT to_regclass('procrastinate_jobs') IS NOT NULL AND to_regproc('procrastinate_defer_jobs_v1') IS NOT NULL")
_LIVING = text(
    "SELECT job.args FROM procrastinate_jobs job LEFT JOIN procrastinate_workers worker ON worker.id = job.worker_id "
    "WHERE job.status = 'todo' OR (job.status = 'doing' AND worker.last_heartbeat > now() - make_interval(secs => :dead))"
)
_BURY = text(
    "DELETE FROM procrastinate_jobs WHERE status <> 'todo' AND NOT (status = 'doing' AND worker_id IN "
    "(SELECT id FROM procrastinate_workers WHERE last_heartbeat > now() - make_interval(secs => :dead)))"
)
_TAKE = text(
    "DELETE FROM procrastinate_jobs WHERE id IN (SELECT id FROM procrastinate_jobs WHERE status = 'todo' AND queue_name = :queue "
    "AND task_name = :task AND jsonb_array_length(args -> 'keys') = 1 ORDER BY priority DESC, id LIMIT :limit FOR UPDATE SKIP LOCKED) RETURNING id, args"
)
_JOIN = text("UPDATE procrastinate_jobs SET args = CAST(:args AS jsonb) WHERE id = :job")
_COUNT = text("SELECT count(*) FILTER (WHERE status = 'todo'), count(*) FILTER (WHERE status = 'doing') FROM procrastinate_jobs")
_LEFTOVERS = text(  # what a half-dropped schema leaves behind stands in the way of making it again
    "SELECT format('DROP TABLE IF EXISTS %s CASCADE', oid::regclass) FROM pg_class WHERE relname LIKE 'procrastinate\\_%' AND relkind = 'r' "
    "UNION ALL SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', oid::regprocedure) FROM pg_proc WHERE proname LIKE 'procrastinate\\_%' "
    "UNION ALL SELECT format('DROP TYPE IF EXISTS %s CASCADE', oid::regtype) FROM pg_type "
    "WHERE typname LIKE 'procrastinate\\_%' AND (typtype = 'e' OR (typtype = 'c' AND EXISTS "
    "(SELECT FROM pg_class WHERE pg_class.oid = typrelid AND relkind = 'c')))"
)


class JobWakeUps:
    """Wakes workers through jobs, once their tables are there: the first worker makes them."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._jobs = JobManager(SyncPsycopgConnector())  # never opened: it writes through our connections
        self._there = False
        self._looked = -LOOK_AGAIN

    def wake(self, connection: Connection, keys: Sequence[str]) -> None:
        """Defer jobs with the keys. When that cannot be done the transaction goes on without: the sweep will find the rows."""
        self._defer(connection, TASK, keys)

    def wake_effect(self, connection: Connection, keys: Sequence[str]) -> None:
        """Defer jobs for effects, apart from the others: what is sent to the world outside may take its time."""
        self._defer(connection, EFFECTS, keys)

    def start(self) -> bool:
        """Make the tables when they are missing, or were made for an older version of Procrastinate; tell whether that was so."""
        with self._database.reading() as connection:
            if self._is_current(connection):
                self._there = True
                return False
        with UnitOfWork(self._database) as unit:
            unit.connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SCHEMA_LOCK})
            if not self._is_current(unit.connection):
                for statement in unit.connection.execute(_LEFTOVERS).scalars().all():
                    unit.connection.exec_driver_sql(statement)
                _driver(unit.connection).execute(SchemaManager.get_schema())
                unit.connection.execute(text(f"COMMENT ON TABLE procrastinate_jobs IS 'procrastinate {_installed()}'"))
                unit.commit()
        self._there = True
        return True

    def stop(self) -> None:
        """Hold nothing."""

    def status(self) -> Waking:
        """Count the jobs."""
        with self._database.reading() as connection:
            if not connection.execute(_THERE).scalar_one():
                return Waking(adapter="procrastinate: its tables are missing, workers look by themselves")
            waiting, taken = connection.execute(_COUNT).one()
        return Waking(adapter="procrastinate", waiting=waiting, taken=taken)

    def living(self, connection: Connection) -> set[str]:
        """Return the keys of all jobs that wait, or that a living worker is at."""
        return {key for args in connection.execute(_LIVING, {"dead": DEAD}).scalars() for key in args["keys"]}

    def join(self, job: int, keys: Sequence[str]) -> list[str]:
        """Take jobs of one key that wait into the one at hand, so that their pieces share a transaction; return the keys of all.

        Those of more keys are left to the other workers: one that took them all would leave these nothing to do.
        """
        with UnitOfWork(self._database) as unit:
            unit.connection.execute(text("SET LOCAL synchronous_commit = off"))  # a job that comes back does no harm
            values = {"queue": QUEUE, "task": TASK, "limit": KEYS - len(keys)}
            rows = sorted(unit.connection.execute(_TAKE, values).all(), key=lambda row: int(row.id))
            taken = [key for row in rows for key in row.args["keys"]]
            if not taken:
                return list(keys)
            whole = list(dict.fromkeys([*keys, *taken]))
            unit.connection.execute(_JOIN, {"args": json.dumps({"keys": whole}), "job": job})  # so that no sweep wakes for them meanwhile
            unit.commit()
        return whole

    def bury(self, connection: Connection) -> int:
        """Remove the jobs that dead workers have left, and those that have ended; return how many."""
        return connection.execute(_BURY, {"dead": DEAD}).rowcount

    def _defer(self, connection: Connection, task: str, keys: Sequence[str]) -> None:
        if not self._ready(connection):
            return
        jobs = [_job(task, keys[first : first + KEYS]) for first in range(0, len(keys), KEYS)]
        try:
            with connection.begin_nested():  # what fails in PostgreSQL takes the whole transaction with it, unless it stands apart
                self._jobs.batch_defer_jobs(jobs, connection=_driver(connection))
        except ProcrastinateException as failure:
            self._there = False
            _log.warning("no worker could be woken, the sweep will find the work", extra={"error": type(failure.__cause__ or failure).__name__})

    def _ready(self, connection: Connection) -> bool:
        if not self._there and stopwatch() - self._looked >= LOOK_AGAIN:
            self._looked = stopwatch()
            self._there = bool(connection.execute(_THERE).scalar_one())
        return self._there

    def _is_current(self, connection: Connection) -> bool:
        if not connection.execute(_THERE).scalar_one():
            return False
        said = connection.execute(text("SELECT obj_description('procrastinate_jobs'::regclass)")).scalar_one() or ""
        return _numbers(said.removeprefix("procrastinate ")) >= _numbers(_installed())


def _job(task: str, keys: Iterable[str]) -> Job:
    return Job(queue=QUEUE, lock=None, queueing_lock=None, task_name=task, task_kwargs={"keys": list(keys)})


def _driver(connection: Connection) -> DriverConnection[Any]:
    """Return psycopg's connection, whose transaction is that of `connection`."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, DriverConnection)
    return driver


def _installed() -> str:
    return version("procrastinate")


def _numbers(text_: str) -> list[int]:
    return [int(part) for part in text_.split(".") if part.isdigit()]

