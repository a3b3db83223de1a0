"""`chidao audit`: what an auditor asks of the sealed history."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from engine.audit.verification import INTACT, TAMPERED, UNCHECKED, Verification, examine
from engine.audit.verifying import RecordVerification, last_good
from engine.bootstrap import open_door
from engine.command_line import REFUSED, as_json, as_person, database_option, refusing
from engine.command_line import UNCHECKED as NOT_CHECKED
from engine.command_line.actor import acting, new_key
from engine.commands.audit_export import audit_export
from engine.commands.audit_progress import watched
from engine.commands.dossier import verify_dossier
from engine.history.disposed import ranges
from engine.history.evidence import Evidence, brought
from engine.history.finding import LEVELS
from engine.history.places import are_outside, configured_places
from engine.history.record import ACCESS_LOG, LOG
from engine.history.trust import Trust, own_trust
from engine.kernel.errors import EngineError, InvalidInput
from engine.storage.address import database_url
from engine.storage.database import Database, revision
from engine.storage.database_clock import clock_of
from engine.storage.revisions import mismatch
from engine.storage.schema import history_head

LAST = "last"
EXITS = {INTACT: 0, TAMPERED: REFUSED, UNCHECKED: NOT_CHECKED}
OWN = "Compared with the keys and checkpoints that this installation keeps itself: whoever does not trust it names copies with --trust, --checkpoints and --mirror."
folder = click.Path(path_type=Path, file_okay=True)


@click.group()
def audit() -> None:
    """The sealed history."""


audit.add_command(audit_export)
audit.add_command(verify_dossier)


@audit.command("verify")
@database_option
@click.option("--checkpoints", multiple=True, type=folder, help="A folder that checkpoints are written to; several times for several. Else the configured ones.")
@click.option("--trust", type=folder, help="The file of trusted keys, vkeys.txt, that you keep elsewhere. Else this installation's own.")
@click.option("--mirror", multiple=True, type=folder, help="A folder with the hashes of the records: it names the record where a checkpoint names an interval.")
@click.option("--state", is_flag=True, help="Compare the tables with what the history tells, too (level 7).")
@click.option("--since", metavar="N", help=f"Begin behind the last checkpoint of at most N records; `{LAST}`: of the last check that found all intact.")
@click.option("--no-record", is_flag=True, help="Write nothing, for a copy that is evidence; else the check is recorded in the history.")
@as_person
@as_json
@refusing
def audit_verify(*, database: str | None, state: bool, since: str | None, no_record: bool, login: str | None, as_json: bool, **named: Any) -> None:
    """Check the history and the log of reads against what is kept outside the database; the stored definitions and documents by their digests.

    0: intact. 1: tampered; what was found is named. 3: it cannot be verified, since a key, a checkpoint or a file is missing.
    """
    try:
        own, evidence = _evidence(**named)
        target = _target(database)
        found = _examined(target, evidence, state=state, since=since, hidden=as_json)
    except EngineError as error:  # never reported as intact
        if as_json:
            click.echo(json.dumps({"result": UNCHECKED, "findings": [], "missing": [error.message]}, ensure_ascii=False))
        click.echo(error.message, err=True)
        sys.exit(NOT_CHECKED)
    problem = None if no_record else _record(target, found, login)
    _tell(found, own=own, recorded=not no_record and problem is None, problem=problem, as_json=as_json)
    sys.exit(EXITS[found.result])


def _evidence(*, checkpoints: tuple[Path, ...], trust: Path | None, mirror: tuple[Path, ...]) -> tuple[bool, Evidence]:
    """Return whether it is what the installation keeps itself, and the evidence."""
    known: Trust | Path | None = trust
    if trust is None:
        known = found if (found := own_trust()).keys else None
    places = list(checkpoints)
    if not checkpoints and known is not None:
        places = [each.folder for each in configured_places() if are_outside() or each.logs()]
    mirrors = list(mirror) or ([] if checkpoints else places)
    own = (trust is None and known is not None) or (not checkpoints and bool(places))
    return own, brought(trust=known, checkpoints=places, mirrors=mirrors)


def _target(address: str | None) -> Database:
    url = database_url(address)
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file():
        raise InvalidInput(f"Expected a chidao database at {url}, but there is no such file. Name it with --database.")
    target = Database(url)
    found = revision(target)
    if found is not None and (problem := mismatch(target, found)) is not None:
        raise InvalidInput(problem)
    return target


def _examined(target: Database, evidence: Evidence, *, state: bool, since: str | None, hidden: bool) -> Verification:
    """Check on one view of the database. Raises `InvalidInput` for one without our tables."""
    try:
        with target.reading() as connection:
            begin = last_good(connection) if since == LAST else _begin(since)
            heads = {row.log: row.seq for row in connection.execute(select(history_head.c.log, history_head.c.seq).order_by(history_head.c.log))}
            with watched(heads, hidden=hidden) as tick:
                return examine(connection, evidence, state=state, since=begin, tick=tick)
    except SQLAlchemyError as error:
        raise InvalidInput(f"Expected a chidao database at {target.address}, but its history cannot be read: {type(error).__name__}. Name another one.") from error


def _begin(since: str | None) -> Mapping[str, int]:
    if since is None:
        return {}
    if not since.isdecimal():
        raise InvalidInput(f"Expected a number of records or `{LAST}` for --since, but found {since!r}. Say how many records were proved before.")
    return dict.fromkeys((LOG, ACCESS_LOG), int(since))


def _record(target: Database, found: Verification, login: str | None) -> str | None:
    """Record the check; return why that could not be done. What was found counts all the same."""
    try:
        door = open_door(target, clock_of(target))
        door.execute(RecordVerification.of(found), acting(target, login), key=new_key(door))
    except EngineError as error:
        return error.message
    except SQLAlchemyError as error:  # a copy that may only be read, or a log that nothing can be appended to
        return f"Expected to record the check in the history, but could not: {type(error).__name__}. Say --no-record for a copy."
    return None


def _tell(found: Verification, *, own: bool, recorded: bool, problem: str | None, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_told(found, own=own, recorded=recorded), ensure_ascii=False))
        return
    for finding in found.findings:
        click.echo(finding.sentence(), err=True)
    more = sum(each.count for each in found.logs) - len(found.findings)
    for line in (*([f"and {more} more"] if more > 0 else []), *found.missing, *([problem] if problem else [])):
        click.echo(line, err=True)
    for each in found.logs:
        since = f" since record {each.since}" if each.since else ""
        good = f", proved by checkpoints up to record {each.good}" if each.good else ""
        gone = f"; records {each.records + 1} to {each.gone} are gone since a restore, as its record says" if each.gone else ""
        click.echo(f"{each.log}: {each.records} records{since}{good}{gone}")
    for stubs in found.disposed:
        click.echo(stubs.sentence())
    click.echo("checked: " + "; ".join(f"{level} {LEVELS[level]}" for level in found.levels))
    if rest := [f"{level} {name}" for level, name in LEVELS.items() if level not in found.levels]:
        click.echo("not asked for, or nothing to compare with: " + "; ".join(rest))
    if own:
        click.echo(OWN)
    click.echo(found.result)


def _told(found: Verification, *, own: bool, recorded: bool) -> dict[str, Any]:
    records = {each.log: each.records for each in found.logs}
    return {
        "result": found.result,
        "records": records.get(LOG, 0),
        "looks": records.get(ACCESS_LOG, 0),
        "disposed": [{"log": each.log, "ranges": ranges(each.spans), "records": each.count, "by_log": each.by_log, "by": each.by, "at": each.at} for each in found.disposed],
        "levels": list(found.levels),
        "logs": [{name: value for name, value in asdict(each).items() if name not in {"findings", "disposed"}} for each in found.logs],
        "findings": [asdict(each) | {"last": each.until} for each in found.findings],
        "missing": list(found.missing),
        "own_evidence": own,
        "recorded": recorded,
    }
