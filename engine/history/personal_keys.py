"""The keys of personal values, one for each subject, in a file of their own beside the other secrets: never in the database or its backup.

Destroying a key makes the values of its subject unreadable wherever they lie, in backups too (AUDIT.md 8). The file remembers of which
subjects the keys are gone, so that an older copy of it brings none of them back. Its own copies are to be kept for a short time only.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.kernel import environment
from engine.kernel.clock import stamp
from engine.kernel.errors import InvalidInput, Refused
from engine.storage.keys import OWNER_FOLDER, OWNER_ONLY, folder

FILE = "personal.sqlite3"
BITS = 256
PATIENCE = 5.0  # seconds that a writer waits for another one
AT_ONCE = 500
_TABLES = (
    "CREATE TABLE IF NOT EXISTS subject_key (subject TEXT PRIMARY KEY, key BLOB NOT NULL, made_at TEXT NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS destroyed (subject TEXT PRIMARY KEY, destroyed_at TEXT NOT NULL) WITHOUT ROWID",
)


def place() -> Path:
    """Return the file of the keys of personal values."""
    return environment.path("CHIDAO_PERSONAL_KEYS") or folder() / FILE


def key_for(subject: str, now: datetime) -> bytes:
    """Return the key of a subject; one is made when there is none. Raises Refused when it was destroyed: nothing more is sealed for it."""
    with _opened() as keys, _transaction(keys):
        if keys.execute("SELECT 1 FROM destroyed WHERE subject = ?", (subject,)).fetchone():
            raise Refused(f"Expected a subject whose key is there, but that of {subject} was destroyed. Its values have been erased for good.")
        keys.execute("INSERT OR IGNORE INTO subject_key VALUES (?, ?, ?)", (subject, AESGCM.generate_key(BITS), stamp(now)))
        (found,) = keys.execute("SELECT key FROM subject_key WHERE subject = ?", (subject,)).fetchone()
    return bytes(found)


def keys_of(subjects: Iterable[str]) -> dict[str, bytes]:
    """Return the keys of those of some subjects that have one."""
    wanted = sorted(set(subjects))
    if not wanted or not place().exists():
        return {}
    found: dict[str, bytes] = {}
    with _opened() as keys:
        for start in range(0, len(wanted), AT_ONCE):
            part = wanted[start : start + AT_ONCE]
            marks = ", ".join("?" * len(part))
            found |= dict(keys.execute(f"SELECT subject, key FROM subject_key WHERE subject IN ({marks})", part).fetchall())  # noqa: S608  question marks only
    return found


def destroy(subjects: Iterable[str], now: datetime) -> int:
    """Destroy the keys of subjects, and remember that they are gone; return how many there were. The freed room is overwritten."""
    gone = [(subject,) for subject in sorted(set(subjects))]
    if not gone or not place().exists():
        return 0
    with _opened() as keys, _transaction(keys):
        keys.executemany("INSERT OR IGNORE INTO destroyed VALUES (?, ?)", [(subject, stamp(now)) for (subject,) in gone])
        return keys.executemany("DELETE FROM subject_key WHERE subject = ?", gone).rowcount


def left(subjects: Iterable[str]) -> set[str]:
    """Return those of some subjects whose keys are still there."""
    return set(keys_of(subjects))


def copy_to(target: Path) -> None:
    """Write a copy of the file: it opens everything that has not been erased yet. Raises Refused when there is a file, InvalidInput without keys."""
    if not place().exists():
        raise InvalidInput(f"Expected keys of personal values in {place()}, but nothing personal has been sealed here yet. There is nothing to copy.")
    if target.exists():
        raise Refused(f"Expected a new file, but {target} is there already. Name another one, or delete the old copy.")
    os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY))
    with _opened() as keys, closing(sqlite3.connect(target)) as copy:
        keys.backup(copy)


def take_from(source: Path) -> int:
    """Take the keys of a copy that are not here; return how many. Those that were destroyed here, or there, do not come back.

    Raises InvalidInput when the file is no such copy.
    """
    try:
        with closing(sqlite3.connect(f"file:{source}?mode=ro", uri=True)) as copy:
            rows = copy.execute("SELECT subject, key, made_at FROM subject_key").fetchall()
            gone = copy.execute("SELECT subject, destroyed_at FROM destroyed").fetchall()
    except sqlite3.Error as error:
        raise InvalidInput(f"Expected a copy of the keys of personal values, but {source} cannot be read as one: {error}. Name another file.") from None
    with _opened() as keys, _transaction(keys):
        keys.executemany("INSERT OR IGNORE INTO destroyed VALUES (?, ?)", gone)
        keys.execute("DELETE FROM subject_key WHERE subject IN (SELECT subject FROM destroyed)")
        taken = "INSERT OR IGNORE INTO subject_key SELECT ?1, ?2, ?3 WHERE NOT EXISTS (SELECT 1 FROM destroyed WHERE subject = ?1)"
        return sum(keys.execute(taken, row).rowcount for row in rows)


@contextmanager
def _opened() -> Iterator[sqlite3.Connection]:
    file = place()
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=OWNER_FOLDER)
        os.close(os.open(file, os.O_WRONLY | os.O_CREAT, OWNER_ONLY))
    with closing(sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)) as keys:
        keys.execute("PRAGMA secure_delete = ON")  # a deleted key is overwritten
        keys.execute("PRAGMA synchronous = FULL")
        for statement in _TABLES:
            keys.execute(statement)
        yield keys


@contextmanager
def _transaction(keys: sqlite3.Connection) -> Iterator[None]:
    keys.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        keys.execute("ROLLBACK")
        raise
    keys.execute("COMMIT")
