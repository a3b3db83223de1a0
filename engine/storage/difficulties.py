"""What a database driver complains of, as one sentence with what to do (PostgreSQL: SQLSTATE; SQLite: its own words)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError


@dataclass(frozen=True, slots=True, kw_only=True)
class Difficulty:
    """`states`: SQLSTATEs; `words`: how the driver says it; `found` and `remedy`: how we do."""

    words: str
    found: str
    remedy: str
    states: frozenset[str] = frozenset()


DIFFICULTIES = (
    Difficulty(
        words=r"password authentication failed|no password supplied|authentication failed",
        states=frozenset({"28P01", "28000"}),
        found="the server refuses the user or the password",
        remedy="Correct the user and the password in CHIDAO_DATABASE, or in the file that CHIDAO_DATABASE_FILE names.",
    ),
    Difficulty(
        words=r'role ".*" does not exist',
        found="the server knows no such user",
        remedy="Correct the user in the address, or make it with `createuser`.",
    ),
    Difficulty(
        words=r'database ".*" does not exist',
        states=frozenset({"3D000"}),
        found="the server has no database of that name",
        remedy="Make it with `createdb`, or correct the name in the address.",
    ),
    Difficulty(
        words=r"translate host name|Name or service not known|resolve host|nodename nor servname",
        found="the name of the host is not known",
        remedy="Correct the host in the address.",
    ),
    Difficulty(
        words=r"Connection refused|No such file or directory.*socket|\.s\.PGSQL|Is the server running|No route to host|Network is unreachable",
        found="no server answers there",
        remedy="Start the server, or correct host and port in the address.",
    ),
    Difficulty(
        words=r"timeout expired|timed out",
        found="the server does not answer in time",
        remedy="Check that it runs and that no firewall stands between.",
    ),
    Difficulty(
        words=r"too many clients|remaining connection slots",
        states=frozenset({"53300"}),
        found="it has no connection left",
        remedy="Raise max_connections of the server, or start fewer processes.",
    ),
    Difficulty(
        words=r"is not a database|file is encrypted",
        found="the file is no SQLite database",
        remedy="Check the path; if the file was a database, restore a backup with `chidao restore`.",
    ),
    Difficulty(
        words=r"malformed|corrupt",
        states=frozenset({"XX001", "XX002"}),
        found="the database is damaged",
        remedy="Stop every process, keep the file aside, and restore a backup with `chidao restore`.",
    ),
    Difficulty(
        words=r"readonly database|read-only transaction",
        states=frozenset({"25006"}),
        found="it may only be read",
        remedy="Give the user who runs chidao the right to write it, or use the server that may be written.",
    ),
    Difficulty(
        words=r"disk is full|No space left on device",
        states=frozenset({"53100"}),
        found="its disk is full",
        remedy="Make room; what was refused has changed nothing and can be done again.",
    ),
    Difficulty(
        words=r"disk I/O error",
        states=frozenset({"58030"}),
        found="its disk cannot be read or written",
        remedy="Check the disk, its free space and its quota; what was refused has changed nothing.",
    ),
    Difficulty(
        words=r"unable to open database file",
        found="the file cannot be opened",
        remedy="Check the rights of the file and of its folder: beside it SQLite writes two more files.",
    ),
    Difficulty(
        words=r"database is locked",
        states=frozenset({"55P03"}),
        found="another process has held its lock for too long",
        remedy="Try again; if it stays so, look for a process that hangs.",
    ),
    Difficulty(
        words=r"no such table|no such column|relation \".*\" does not exist",
        states=frozenset({"42P01", "42703"}),
        found="its tables are not those of this program",
        remedy="Check the address; bring a database of ours to this version with `chidao db upgrade`.",
    ),
    Difficulty(
        words=r"permission denied",
        states=frozenset({"42501"}),
        found="the user may not do that",
        remedy="Make the user the owner of the database.",
    ),
    Difficulty(
        words=r"server closed the connection|terminating connection|connection is lost|consuming input failed|shutting down|starting up|SSL SYSCALL",
        states=frozenset({"57P01", "57P02", "57P03", "08006", "08003"}),
        found="the server has broken off",
        remedy="Start it, then do it again; what was refused has changed nothing.",
    ),
)


def sentence(error: DBAPIError, address: str = "") -> str:
    """Return what to tell a person of `error`, met at `address` (with its password masked)."""
    place = f"the database at {address}" if address else "the database"
    text = str(error.orig)
    state = getattr(error.orig, "sqlstate", None)
    for each in DIFFICULTIES:
        if state in each.states or (state is None and re.search(each.words, text, re.IGNORECASE)):
            return f"Expected to work with {place}, but {each.found}. {each.remedy}"
    lines = text.strip().splitlines() or [type(error.orig).__name__]
    return f"Expected to work with {place}, but it could not be opened or used: {lines[0]}. Check the address and the server."
