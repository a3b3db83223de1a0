"""On what kind of disk a SQLite file lies: its write-ahead log needs shared memory, which two machines do not have.

https://www.sqlite.org/wal.html: "All processes using a database must be on the same host computer; WAL does not work over a
network filesystem."
"""

from __future__ import annotations

import re
import socket
from datetime import timedelta
from pathlib import Path

from sqlalchemy import inspect, select

from engine.kernel import environment
from engine.kernel.clock import Clock, stamp
from engine.kernel.errors import InvalidInput
from engine.storage.database import Database
from engine.storage.schema import worker

MOUNTS = Path("/proc/mounts")
NETWORK = {"nfs", "nfs3", "nfs4", "cifs", "smb2", "smb3", "smbfs", "ncpfs", "9p", "afs", "ceph", "glusterfs", "lustre", "ocfs2", "gfs2", "beegfs", "davfs"}
SILENT = timedelta(seconds=60)  # a worker that has given no sign for so long is gone
NETWORK_FUSE = re.compile(r"^fuse\.(sshfs|glusterfs|ceph|s3fs|rclone|davfs2|smbnetfs|gcsfuse|juicefs|moosefs|mfs).*|^fuse\.s3.*")


def file_system(place: Path, mounts: Path = MOUNTS) -> str:
    """Return the kind of the file system on which `place` lies; empty when this machine does not say."""
    try:
        lines = mounts.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    wanted, best, found = place.resolve(), -1, ""
    for line in lines:
        parts = line.split()
        if len(parts) < 3:
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda escape: chr(int(escape[1], 8)), parts[1]))
        depth = len(point.parts)
        if depth >= best and wanted.is_relative_to(point):  # of two mounts on one point the later one hides the earlier
            best, found = depth, parts[2]
    return found


def is_network(kind: str) -> bool:
    """Tell whether a file system of that kind is shared with other machines."""
    return kind in NETWORK or bool(NETWORK_FUSE.match(kind))


def refuse_network_disk(database: Database, clock: Clock, *, mounts: Path = MOUNTS) -> None:
    """Raise `InvalidInput` when `database` is a SQLite file on a network disk: two machines that open it would destroy it.

    CHIDAO_NETWORK_DISK allows it, but not while a worker of another machine is at it. Call it before a server or a worker begins.
    """
    if database.file is None or not is_network(kind := file_system(database.file, mounts)):
        return
    if not environment.switched_on("CHIDAO_NETWORK_DISK"):
        message = (
            f"Expected the database {database.file} on a disk of this machine, but it lies on a network disk ({kind}), where two servers would "
            "destroy it. Move it to a local disk, use PostgreSQL, or set CHIDAO_NETWORK_DISK=yes if only ever one machine opens it."
        )
        raise InvalidInput(message, kind=kind)
    if (place := _worker_elsewhere(database, clock)) is not None:
        message = (
            f"Expected this machine alone to open {database.file} on a network disk ({kind}), but a worker on {place} has looked for work within "
            "the last minute. Stop that one and wait a minute, or use PostgreSQL."
        )
        raise InvalidInput(message, kind=kind)


def _worker_elsewhere(database: Database, clock: Clock) -> str | None:
    """Return the name of another machine whose worker was there just now."""
    if database.file is None or not database.file.exists():
        return None
    with database.reading() as connection:
        if not inspect(connection).has_table(worker.name):
            return None
        places = connection.execute(select(worker.c.place).where(worker.c.swept_at >= stamp(clock.now() - SILENT))).scalars().all()
    hosts = {place.rpartition(":")[0] for place in places} - {socket.gethostname()}
    return min(hosts, default=None)
