"""A PostgreSQL server of its own that keeps its promises (fsync on), and that a test may kill and start again."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path

import psycopg

from tests.postgres import QUICK, PostgresServer

SAFE = {**QUICK, "fsync": "on", "full_page_writes": "on", "synchronous_commit": "on", "max_connections": "40"}
# The shell lives as long as we do: our death, or the end of our patience, ends the server.
WATCH = '"$@" & read -r _; kill -INT $! 2>/dev/null; wait'


class MortalServer(PostgresServer):
    """As the tests' server, but durable and mortal. `settings` change what it is started with."""

    def __init__(self, **settings: str) -> None:
        self._settings = {**SAFE, **settings}
        super().__init__(within=Path(tempfile.gettempdir()))  # on a disk, or what a test has put in its place

    @property
    def data(self) -> Path:
        return self._folder / "data"

    def kill(self, how: signal.Signals) -> None:
        """End the postmaster by a signal, SIGKILL or SIGQUIT (an immediate shutdown), and wait until its processes have noticed."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            others = [row[0] for row in connection.execute("SELECT pid FROM pg_stat_activity")]
        os.kill(int((self.data / "postmaster.pid").read_text().splitlines()[0]), how)
        self._process.communicate()  # the shell waits for the postmaster
        patience = time.monotonic() + 30
        while any(map(_lives, others)):
            assert time.monotonic() < patience, f"Expected the server's processes to end, but {[each for each in others if _lives(each)]} live."
            time.sleep(0.02)

    def restart(self) -> None:
        """Start it again."""
        self._process = self._start()

    def stop(self) -> None:
        super().stop()
        subprocess.run(["rm", "-rf", self._folder], check=True)

    def _start(self) -> subprocess.Popen[bytes]:
        settings = [f"--{name}={value}" for name, value in self._settings.items()]
        server = [self._programs / "bin" / "postgres", "-D", self.data, "-k", self._folder, *settings]
        with (self._folder / "log").open("ab") as output:
            process = subprocess.Popen(
                ["sh", "-c", WATCH, "sh", *server],
                stdin=subprocess.PIPE, stdout=output, stderr=output, cwd="/", user=self._user, start_new_session=True,
            )  # fmt: skip
        patience = time.monotonic() + 60
        while time.monotonic() < patience:
            with suppress(psycopg.OperationalError):
                psycopg.connect(self.url("postgres")).close()
                return process
            time.sleep(0.05)
        message = f"Expected the PostgreSQL server to answer within a minute, but its log says: {(self._folder / 'log').read_text()[-2000:]}"
        raise RuntimeError(message)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
