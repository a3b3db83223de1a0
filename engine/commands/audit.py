"""`chidao audit`: what an auditor asks of the sealed history."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click
from sqlalchemy.exc import SQLAlchemyError

from engine.command_line import REFUSED, UNCHECKED, as_json, database_option, refusing
from engine.definitions.integrity import LEVEL, altered
from engine.history.record import ACCESS_LOG, LOG
from engine.history.verify import verify
from engine.storage.address import database_url
from engine.storage.database import Database


@click.group()
def audit() -> None:
    """The sealed history."""


@audit.command("verify")
@database_option
@as_json
@refusing
def audit_verify(*, database: str | None, as_json: bool) -> None:
    """Check bytes, columns, chain, numbers and streams of the history and of the log of reads (levels 1 and 2), and stored definitions (level 6)."""
    url = database_url(database)
    if url.startswith("sqlite:///") and not Path(url.removeprefix("sqlite:///")).is_file():
        click.echo(f"Expected a chidao database at {url}, but there is no such file.", err=True)
        sys.exit(UNCHECKED)
    target = Database(url)
    try:
        with target.reading() as connection:
            records, breaks = verify(connection)
            looks, broken_looks = verify(connection, log=ACCESS_LOG)
            changed = list(altered(connection))
    except SQLAlchemyError as error:  # a database without our tables, or none: never reported as intact
        click.echo(f"Expected a chidao database at {target.address}, but its history cannot be read: {type(error).__name__}.", err=True)
        sys.exit(UNCHECKED)
    findings = [
        {"log": log, "level": entry.level, "record": entry.record, "field": entry.field, "expected": entry.expected, "found": entry.found}
        for log, found in ((LOG, breaks), (ACCESS_LOG, broken_looks))
        for entry in found
    ]
    findings += [{"level": LEVEL, **{name: getattr(entry, name) for name in ("record", "field", "expected", "found")}} for entry in changed]
    result = "tampered" if findings else "intact"
    if as_json:
        click.echo(json.dumps({"result": result, "records": records, "looks": looks, "findings": findings}, ensure_ascii=False))
    else:
        for found in findings:
            click.echo(f"record {found['record']}, {found['field']}: expected {found['expected']}, found {found['found']}", err=True)
        click.echo(f"{result}: {records} records, {looks} records of who looked")
    if findings:
        sys.exit(REFUSED)
