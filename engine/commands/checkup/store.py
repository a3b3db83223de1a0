"""The database: reachable, at this program's revision, with the settings that keep what was promised, on a disk with room."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, text

from engine.commands.checkup.finding import Found, Level, ok
from engine.kernel import environment
from engine.kernel.clock import Clock
from engine.storage.database import POOL_SIZE, Database, head_revision, revision
from engine.storage.disks import file_system, is_network
from engine.storage.keys import open_to_others
from engine.storage.revisions import mismatch

NEEDED, COMFORTABLE = 200 * 2**20, 2 * 2**30  # bytes left on the disk: fewer is a problem; fewer is a warning
FULL = 2  # PRAGMA synchronous
WANTED = {"journal_mode": "wal", "synchronous": FULL, "foreign_keys": 1}
LEAST_SERVER = 14
PROCESSES = 3  # a web process and two workers, each with a pool
SKEW = 2.0  # seconds between the clocks of two machines


def store(database: Database, clock: Clock, *, thorough: bool) -> Iterator[Found]:
    """Check a database that answers."""
    problem = mismatch(database, revision(database))
    if problem is None:
        yield ok("schema", f"revision {head_revision()}, as this program wants it")
    else:
        yield Found(check="schema", level="problem", said=problem)
    if database.file is not None:
        yield from _file(database, database.file)
        yield from _room(database.file.parent)
    with database.reading() as connection:
        yield from _sqlite(connection, thorough=thorough) if database.file is not None else _server(connection, clock)


def _sqlite(connection: Connection, *, thorough: bool) -> Iterator[Found]:
    found = {name: connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in WANTED}
    wrong = [f"{name} = {found[name]}, not {wanted}" for name, wanted in WANTED.items() if found[name] != wanted]
    library = connection.execute(text("SELECT sqlite_version()")).scalar_one()
    if wrong:
        remedy = "Let no other program open the file, and see that its disk can share memory between processes."
        yield Found(check="durability", level="problem", said=f"SQLite works with {', '.join(wrong)}.", remedy=remedy)
    else:
        yield ok("durability", f"SQLite {library}: write-ahead log, synchronous FULL, foreign keys")
    if thorough:
        said = connection.execute(text("PRAGMA integrity_check(3)")).scalars().all()
        if list(said) == ["ok"]:
            yield ok("file", "every page of the file is sound")
        else:
            yield Found(check="file", level="problem", said=f"The file is damaged: {'; '.join(said)}.", remedy="Restore a backup with `chidao restore`.")


def _file(database: Database, file: Path) -> Iterator[Found]:
    del database
    kind = file_system(file)
    if is_network(kind):
        level: Level = "warning" if environment.switched_on("CHIDAO_NETWORK_DISK") else "problem"
        yield Found(check="disk", level=level, said=f"{file} lies on a network disk ({kind}).", remedy="Move it to a local disk, or use PostgreSQL.")
    elif kind:
        yield ok("disk", f"{file} on a local disk ({kind})")
    else:
        yield Found(check="disk", level="unchecked", said=f"This machine does not tell on what kind of disk {file} lies.")
    if open_to_others(file):
        yield Found(check="rights", level="warning", said=f"Others may read {file}: everything is in it.", remedy=f"chmod 600 {file}")
    else:
        yield ok("rights", "only its owner may read the database")


def _room(place: Path) -> Iterator[Found]:
    left = shutil.disk_usage(place).free
    said = f"{left // 2**20} MB are left on the disk of {place}"
    if left < NEEDED:
        yield Found(check="room", level="problem", said=f"Only {said}.", remedy="Make room before work is refused.")
    elif left < COMFORTABLE:
        yield Found(check="room", level="warning", said=f"Only {said}.", remedy="Make room in time.")
    else:
        yield ok("room", said)


def _server(connection: Connection, clock: Clock) -> Iterator[Found]:
    names = ("fsync", "full_page_writes", "synchronous_commit", "max_connections", "server_version_num", "server_encoding")
    found = {name: str(connection.execute(text("SELECT current_setting(:name)"), {"name": name}).scalar_one()) for name in names}
    lossy = [name for name in ("fsync", "full_page_writes", "synchronous_commit") if found[name] in {"off", "local"} and (name, found[name]) != ("synchronous_commit", "local")]
    if lossy:
        remedy = "Switch them on in postgresql.conf: what was acknowledged must survive a loss of power."
        yield Found(check="durability", level="problem", said=f"The server runs with {', '.join(lossy)} off.", remedy=remedy)
    else:
        yield ok("durability", "fsync, full_page_writes, synchronous_commit are on")
    major = int(found["server_version_num"]) // 10_000
    if major < LEAST_SERVER:
        yield Found(check="server", level="problem", said=f"PostgreSQL {major} is too old.", remedy=f"Upgrade the server to {LEAST_SERVER} or newer.")
    elif found["server_encoding"] != "UTF8":
        remedy = "Make the database with ENCODING 'UTF8'."
        yield Found(check="server", level="problem", said=f"The database keeps text as {found['server_encoding']}, not as UTF8.", remedy=remedy)
    else:
        yield ok("server", f"PostgreSQL {major}, UTF8")
    if int(found["max_connections"]) < PROCESSES * (POOL_SIZE + 4):
        remedy = f"Allow {PROCESSES * (POOL_SIZE + 4)} for a web process and two workers, or run fewer."
        yield Found(check="connections", level="warning", said=f"The server allows {found['max_connections']} connections.", remedy=remedy)
    else:
        yield ok("connections", f"{found['max_connections']} connections allowed")
    apart = abs((connection.execute(text("SELECT clock_timestamp()")).scalar_one() - clock.now()).total_seconds())
    if apart > SKEW:
        remedy = "Let both machines take their time from the same servers (NTP); due moments follow the server."
        yield Found(check="clock", level="warning", said=f"This machine's clock and the server's are {apart:.0f} s apart.", remedy=remedy)
    else:
        yield ok("clock", "this machine's clock and the server's agree")
