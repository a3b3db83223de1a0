"""How gunicorn runs the web processes of a cluster; options on its command line go before these.

Its processes count their requests and commands into one folder, so that whichever is asked for metrics answers for all of them.
"""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import Any

from engine.bootstrap import prepare
from engine.kernel.errors import EngineError
from engine.observation.sharing import counting_together
from engine.storage.address import database_url
from engine.storage.database import Database
from engine.storage.database_clock import clock_of
from web.server import LIMIT, THREADS

worker_class = "gthread"
workers = 2  # to each its own interpreter: as many as there are cores for the pages
threads = THREADS
graceful_timeout = int(LIMIT)
timeout = 120  # seconds after which a process that does nothing any more is replaced
keepalive = 5
control_socket_disable = True
accesslog = None  # requests are logged by the application, without what was typed in an address
worker_tmp_dir = "/dev/shm"  # noqa: S108  a disk that is slow must not look like a process that is dead
_counting = ExitStack()


def on_starting(_arbiter: Any) -> None:
    """Look at the database once, instead of in each process, and make the folder of counts, before there is one that counts."""
    try:
        database = Database(database_url(None))
        prepare(database, clock_of(database))
        database.dispose()
    except EngineError as error:
        sys.exit(error.message)
    _counting.enter_context(counting_together())


def on_exit(_arbiter: Any) -> None:
    """Remove it."""
    _counting.close()
