"""The web process of a cluster, for gunicorn: `gunicorn -c python:web.gunicorn_settings web.wsgi:app`, with `chidao worker` beside it.

Everything comes from the environment (engine/kernel/CONFIGURATION.md): the database from CHIDAO_DATABASE. Load it in each process, as
gunicorn does unless it is told to preload: connections do not survive a fork.
"""

from __future__ import annotations

from flask import Flask
from gunicorn.errors import AppImportError

from engine.bootstrap import prepare
from engine.kernel.errors import EngineError
from engine.observation import logs
from engine.observation.metrics import count_commands
from engine.storage.address import database_url
from engine.storage.database import Database
from engine.storage.database_clock import clock_of
from engine.storage.disks import refuse_network_disk
from engine.storage.keys import session_secret
from web.application import create_app


def from_environment() -> Flask:
    """Return the application over the database that the environment names."""
    logs.configure("web")
    database = Database(database_url(None))
    clock = clock_of(database)
    refuse_network_disk(database, clock)
    count_commands()
    return create_app(prepare(database, clock), secret=session_secret())


try:
    app = from_environment()
except EngineError as error:
    raise AppImportError(error.message) from None  # gunicorn prints it and stops, instead of starting the process again and again
