"""`chidao backup` and `chidao restore`: the whole database as one file, made while everything runs, for either kind of database."""

from __future__ import annotations

import hashlib
import os
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace as replace_fields
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
from sqlalchemy import Connection, inspect, select

from engine.audit.backups import RecordBackup, record_restore
from engine.audit.verification import Verification, examine
from engine.bootstrap import open_door
from engine.command_line import as_json, database_option, refusing, tell
from engine.command_line.actor import database_of, new_key
from engine.door import Door
from engine.history.finding import LEVELS
from engine.history.own_evidence import own_evidence
from engine.history.places import configured_places, witnessed
from engine.kernel.actor import SYSTEM
from engine.kernel.clock import SystemClock, stamp
from engine.kernel.errors import InvalidInput, Refused
from engine.storage import keys as own_keys
from engine.storage.database import Database, head_revision, revision
from engine.storage.disks import SILENT
from engine.storage.portable import Manifest, keys_of, manifest_of, rows_of, write
from engine.storage.refill import refill
from engine.storage.revisions import mismatch
from engine.storage.schema import worker

REPLACE = "delete-what-is-there"


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--with-keys", is_flag=True, help="Put the keys of the installation into the backup too. Whoever has it can then sign.")
@database_option
@as_json
@refusing
def backup(*, file: Path, with_keys: bool, database: str | None, as_json: bool) -> None:
    """Write the whole database to FILE, as it is at one moment, while everything goes on. In a folder the file is named by the moment."""
    clock = SystemClock()
    if file.is_dir():
        file /= f"chidao-{clock.now():%Y%m%dT%H%M%SZ}.zip"
    if file.exists():
        raise Refused(f"Expected a new file for the backup, but {file} exists. Choose another name; backups are not overwritten.")
    source = existing(database)
    manifest, digest = make(source, file, clock.now(), with_keys=with_keys)
    recorded = _record(source, file, manifest, digest, clock)
    found = {"file": str(file), "sha256": digest, "rows": manifest.rows, "tables": len(manifest.tables), "head": manifest.head, "schema": manifest.schema}
    lines = [f"{file}: {manifest.rows} rows of {len(manifest.tables)} tables, history up to record {manifest.head}", f"SHA-256 {digest}"]
    lines += [] if recorded else ["The schema is older than this version: the backup is not recorded in the history."]
    lines += ["It holds everything that the database does, personal data too: keep it as you keep the database."]
    if not with_keys:
        lines += [f"The keys in {own_keys.folder()} are not in it: keep a copy of them elsewhere."]
    tell({**found, "recorded": recorded}, lines, as_json=as_json)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--reason", default="restored from the command line", show_default=True, help="Why; it is recorded in the history.")
@click.option("--replace", metavar=REPLACE, help=f"Delete what the database holds: say {REPLACE}. Stop every server and worker before.")
@click.option("--check", is_flag=True, help="Only read the backup and compare it with its digests; nothing is restored.")
@click.option("--with-keys", is_flag=True, help="Bring back the keys too, when the backup has them and there are none.")
@click.option("--despite-breaks", is_flag=True, help="Restore a backup whose history does not verify; the record of the restore says so.")
@database_option
@as_json
@refusing
def restore(*, file: Path, database: str | None, as_json: bool, **chosen: Any) -> None:
    """Make the database what the backup FILE tells. The database must be empty, of either kind."""
    with opened(file) as (archive, manifest):
        if chosen["check"]:
            for each in manifest.tables:
                for _ in rows_of(archive, each):
                    pass
            tell(_told(file, manifest), [f"{file} is whole: {manifest.rows} rows, history up to record {manifest.head}, made {manifest.made_at}"], as_json=as_json)
            return
        if chosen["replace"] not in {None, REPLACE}:
            raise Refused(f"Expected --replace {REPLACE}, but found {chosen['replace']!r}. Nothing was restored.")
        target = database_of(database)
        _refuse_workers(target)
        how = {name: chosen[name] for name in ("reason", "despite_breaks")}
        found = bring_back(target, archive, manifest, SystemClock().now(), file=file.name, replace=chosen["replace"] is not None, **how)
        brought = _bring_keys(archive, manifest) if chosen["with_keys"] else []
    lines = [
        f"{target.address}: {manifest.rows} rows from {file}, made {manifest.made_at}, history up to record {manifest.head}; {_checked(found)}",
        *found.missing,
        "Other logs begin with the record database.restored, which cites the end of these. What was done after the backup was made is gone; what was under way then goes on.",
        "Next: `chidao doctor`, then `chidao serve` (or your web and worker services).",
    ]
    tell({**_told(file, manifest), "restored": True, "keys": brought, "levels": list(found.levels), "missing": list(found.missing)}, [*(f"key {name}" for name in brought), *lines], as_json=as_json)


def make(source: Database, file: Path, now: datetime, *, with_keys: bool = False) -> tuple[Manifest, str]:
    """Write a backup: beside its place first, only its owner may read it, then under its name. Return manifest and SHA-256."""
    keys = own_keys.contents() if with_keys else {}
    descriptor, name = tempfile.mkstemp(prefix=f".{file.name}.", suffix=".part", dir=file.parent)  # mode 0600
    part = Path(name)
    try:
        with os.fdopen(descriptor, "w+b") as written, source.reading() as connection:
            manifest = write(connection, written, now=now, program=version("chidao"), keys=keys)
            written.flush()
            os.fsync(written.fileno())
            written.seek(0)
            digest = hashlib.file_digest(written, "sha256").hexdigest()
        os.link(part, file)  # unlike a rename it never overwrites
    finally:
        part.unlink()
    _sync_folder(file.parent)
    return manifest, digest


def bring_back(
    target: Database, archive: zipfile.ZipFile, manifest: Manifest, now: datetime, *, file: str, reason: str, replace: bool = False, despite_breaks: bool = False
) -> Verification:
    """Restore, check the history with all that lies here, and record the restore, all in one transaction. Return what the check found."""
    checked: list[Verification] = []

    def finish(connection: Connection) -> None:
        found = examine(connection, replace_fields(own_evidence(), earlier=True), state=True)
        checked.append(found)
        if found.findings and not despite_breaks:
            first = found.findings[0]
            message = (
                f"Expected the backup's history to verify, but record {first.record} does not ({first.field}). "
                "Use another backup, or say --despite-breaks: the record of the restore will say it."
            )
            raise InvalidInput(message)
        breaks = sum(each.count for each in found.logs)
        record_restore(connection, manifest, file=file, reason=reason, breaks=breaks, now=now, witnessed=witnessed(configured_places()))

    refill(target, archive, manifest, replace=replace, finish=finish)
    return checked[-1]


@contextmanager
def opened(file: Path) -> Iterator[tuple[zipfile.ZipFile, Manifest]]:
    """Yield a backup with its manifest. Raises `InvalidInput` when the file is none."""
    try:
        archive = zipfile.ZipFile(file)
    except FileNotFoundError:
        raise InvalidInput(f"Expected a backup at {file}, but there is no such file.") from None
    except zipfile.BadZipFile:
        raise InvalidInput(f"Expected a backup made by `chidao backup`, but {file} is something else, or was cut off. Use another backup.") from None
    with archive:
        yield archive, manifest_of(archive)


def existing(address: str | None) -> Database:
    """Return a database that holds something of ours, of this or an older revision. Raises `InvalidInput` when it does not."""
    database = database_of(address)
    if database.file is not None and not database.file.exists():
        raise InvalidInput(f"Expected a database of chidao at {database.file}, but there is no such file.")
    if revision(database) is None:
        raise InvalidInput(str(mismatch(database, None)))
    return database


def _refuse_workers(target: Database) -> None:
    """Raise `Refused` while a worker is at the database that is to be replaced."""
    if target.file is not None and not target.file.exists():
        return
    now = SystemClock().now()
    with target.reading() as connection:
        if not inspect(connection).has_table(worker.name):
            return
        place = connection.execute(select(worker.c.place).where(worker.c.swept_at >= stamp(now - SILENT)).limit(1)).scalar()
    if place is not None:
        message = (
            f"Expected no worker at {target.address} while it is replaced, but one on {place} has looked for work within the last minute. "
            "Stop servers and workers first; after one that was killed, wait a minute."
        )
        raise Refused(message)


def _record(source: Database, file: Path, manifest: Manifest, digest: str, clock: SystemClock) -> bool:
    """Record the backup in the history; a database of another revision is not written to."""
    if revision(source) != head_revision():
        return False
    door: Door = open_door(source, clock)
    made = RecordBackup(file=file.name, sha256=digest, head=manifest.head, rows=manifest.rows, made_at=manifest.made_at, keys=bool(manifest.keys))
    door.execute(made, SYSTEM, key=new_key(door))
    return True


def _bring_keys(archive: zipfile.ZipFile, manifest: Manifest) -> list[str]:
    """Write the backup's keys where none are; one that is there stays."""
    place = own_keys.folder()
    place.mkdir(parents=True, exist_ok=True, mode=own_keys.OWNER_FOLDER)
    known = {each.name: each for each in own_keys.KEY_FILES}
    brought = []
    for name, content in keys_of(archive, manifest).items():
        if name in known and not (place / name).exists():
            own_keys.write_new(place / name, content, mode=0o644 if known[name].public else own_keys.OWNER_ONLY)
            brought.append(name)
    return brought


def _checked(found: Verification) -> str:
    """Say what was compared, and what there was nothing for."""
    levels = ", ".join(f"{level} {LEVELS[level]}" for level in found.levels)
    rest = ", ".join(f"{level} {name}" for level, name in LEVELS.items() if level not in found.levels)
    breaks = sum(each.count for each in found.logs)
    said = f"it does not verify ({breaks} findings), checked at levels {levels}" if breaks else f"it verifies at levels {levels}"
    return said + (f"; nothing here to compare with at levels {rest}" if rest else "")


def _told(file: Path, manifest: Manifest) -> dict[str, Any]:
    return {"file": str(file), "made_at": manifest.made_at, "rows": manifest.rows, "tables": len(manifest.tables), "head": manifest.head}


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
