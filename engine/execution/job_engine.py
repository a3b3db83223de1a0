"""Procrastinate's worker in a thread of its own: it takes jobs, has their keys looked at, and deletes them.

It may end at any time, with the server or with its tables; whoever started it sees that and starts another. It is told nothing that is
not in our own rows, so nothing is lost with it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from threading import Event, Thread

from procrastinate import App, JobContext, PsycopgConnector
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from engine.storage.database import Database
from engine.storage.jobs import BEAT, DEAD, EFFECTS, QUEUE, TASK

Do = Callable[[list[str]], object]
DoJob = Callable[[int, list[str]], object]
LOOK = 5.0  # seconds after which it looks for jobs of which nobody has told it
PATIENCE = 5.0  # seconds that it waits for a connection
NO_WAITING = "-c synchronous_commit=off"  # a job that comes back after a crash of the server does no harm
_log = logging.getLogger(__name__)


class JobEngine:
    """Does the jobs of a database, one at a time, until it is stopped or something fails."""

    def __init__(self, database: Database, *, work: DoJob, effects: Do) -> None:
        self._address = database.url.set(drivername="postgresql").render_as_string(hide_password=False)
        self._work = work
        self._effects = effects
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None
        self._serving = False
        self._stopping = Event()
        self._thread = Thread(target=self._run, name="jobs", daemon=True)
        self._thread.start()

    @property
    def running(self) -> bool:
        """Whether it still tries."""
        return self._thread.is_alive()

    @property
    def serving(self) -> bool:
        """Whether it takes jobs."""
        return self._serving and self.running

    def stop(self) -> None:
        """End after the job at hand."""
        self._stopping.set()
        if self._loop is not None and self._task is not None:
            with suppress(RuntimeError):  # its loop has just ended by itself
                self._loop.call_soon_threadsafe(self._task.cancel)
        self._thread.join()

    def _run(self) -> None:
        for name in ("procrastinate", "psycopg.pool"):  # the worker itself says, once, that the database does not answer
            logging.getLogger(name).setLevel(logging.CRITICAL)
        try:
            asyncio.run(self._serve())
        except (asyncio.CancelledError, PoolTimeout):
            _log.debug("the engine of jobs has ended")
        except Exception as failure:  # noqa: BLE001  whatever it is, the sweep goes on and starts another engine
            _log.debug("the engine of jobs has ended: %s", failure)
        finally:
            self._serving = False

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._loop.set_exception_handler(lambda _loop, context: _log.debug("a job could not be closed: %s", context.get("message")))
        async with self._pool() as pool:
            await pool.wait(PATIENCE)
            app = App(connector=PsycopgConnector())
            app.task(name=TASK, queue=QUEUE, pass_context=True)(self._work_on)
            app.task(name=EFFECTS, queue=QUEUE)(self._effects_on)
            async with app.open_async(pool):
                self._task = asyncio.create_task(self._worker(app))  # it alone is ever cancelled: a pool that is, while it opens, never ends
                if not self._stopping.is_set():
                    self._serving = True
                    await self._task

    def _pool(self) -> AsyncConnectionPool:
        return AsyncConnectionPool(
            self._address,
            min_size=1,
            max_size=3,
            timeout=PATIENCE,
            open=False,
            check=AsyncConnectionPool.check_connection,
            kwargs={"options": NO_WAITING},
        )

    async def _worker(self, app: App) -> None:
        await app.run_worker_async(
            queues=[QUEUE],
            concurrency=1,
            delete_jobs="always",
            fetch_job_polling_interval=LOOK,
            install_signal_handlers=False,
            update_heartbeat_interval=BEAT,
            stalled_worker_timeout=DEAD,
        )

    def _work_on(self, context: JobContext, keys: list[str]) -> None:
        assert context.job.id is not None  # it comes from the table
        self._work(context.job.id, keys)

    def _effects_on(self, keys: list[str]) -> None:
        self._effects(keys)
