"""`chidao serve`: a web process, and a worker beside it."""

from __future__ import annotations

import logging

import click

from engine.bootstrap import prepare
from engine.command_line import database_option, refusing
from engine.command_line.actor import database_of
from engine.commands.worker_watch import WorkerWatch
from engine.directory.demonstration import refuse_unless_demonstration
from engine.history import trust
from engine.observation import logs
from engine.observation.sharing import counting_together
from engine.storage import keys
from engine.storage.address import database_url
from engine.storage.database_clock import clock_of
from engine.storage.disks import refuse_network_disk

HOST, PORT = "127.0.0.1", 8000
_log = logging.getLogger(__name__)


@click.command()
@click.option("--host", default=HOST, show_default=True, help="Address to listen at; 0.0.0.0 for all of this machine.")
@click.option("--port", default=PORT, show_default=True, type=click.IntRange(0, 65535), help="0: any that is free.")
@click.option("--demo", is_flag=True, help="Sign in by choosing a person; only on a database that `chidao demo` made.")
@click.option("--no-worker", is_flag=True, help="The web process alone, where `chidao worker` runs elsewhere.")
@database_option
@refusing
def serve(*, host: str, port: int, demo: bool, no_worker: bool, database: str | None) -> None:
    """Serve the pages, and do what becomes due, until told to stop (SIGTERM, Ctrl-C): what was asked is then answered."""
    logs.configure("web")
    url = database_url(database)
    target = database_of(url)
    clock = clock_of(target)
    refuse_network_disk(target, clock)
    if demo:
        refuse_unless_demonstration(target)
    door = prepare(target, clock)
    keys.make_missing()
    trust.publish()
    with counting_together("web") as folder:
        from engine.observation.metrics import count_commands  # these load the library of metrics
        from web.application import create_app
        from web.server import Server, bound

        listening = bound(host, port)
        count_commands()
        server = Server(create_app(door, demo=demo, secret=keys.session_secret()), listening)
        watch = WorkerWatch(url, metrics=folder)
        server.stop_on_signals(watch.stop)
        if not no_worker:
            watch.start()
        found = listening.getsockname()[1]
        click.echo(f"chidao: http://{host}:{found}/")
        _log.info("serving", extra={"port": found})
        server.run()
        if not no_worker:
            watch.join()
    target.dispose()
    _log.info("stopped")
