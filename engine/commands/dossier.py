"""`chidao audit export --format dossier` and `chidao audit verify-dossier`: a dossier is taken out, and checked by whoever has been given it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from engine.audit.exports.dossier import ExportDossier, Exported, OpenDossier, is_covered
from engine.audit.exports.dossier_check import CHECKED, INTACT, TAMPERED, UNCHECKED, Checked, check_dossier
from engine.audit.exports.dossier_files import Tick, dossier_of
from engine.audit.exports.exporting import directive_named
from engine.command_line import REFUSED, as_json, refusing
from engine.command_line import UNCHECKED as NOT_CHECKED
from engine.command_line.actor import new_key
from engine.door import Door
from engine.execution.checkpoints import Checkpoints
from engine.history.finding import LEVELS
from engine.history.signing import checkpoint_signer
from engine.history.trust import own_trust, read_trust
from engine.kernel.actor import Actor
from engine.kernel.clock import rest
from engine.kernel.errors import EngineError, InvalidInput

DOSSIER = "dossier"  # the format
EXITS = {INTACT: 0, TAMPERED: REFUSED, UNCHECKED: NOT_CHECKED}
LOOKS, PAUSE = 20, 0.25  # for a checkpoint that somebody else makes: so often, with so many seconds between
UNPROVED = "No checkpoint covers the last records yet: take the dossier out again when one was made (a worker, or `chidao checkpoint`)."


def take_out(door: Door, actor: Actor, asked: Mapping[str, str], *, out: IO[bytes], hidden: bool) -> dict[str, Any]:
    """Write the dossier of a directive, and return what is told of it. Raises `InvalidInput` when none is named, or a part of one, and what the door does."""
    if not asked["directive"] or asked["since"] or asked["until"]:
        raise InvalidInput("Expected --directive alone with a dossier, which holds all that came of one directive; but found other options. Leave --from and --to out.")
    with door.database.reading() as connection:
        found = directive_named(connection, asked["directive"])
    answer = door.execute(ExportDossier(directive=found, purpose=asked["purpose"]), actor, key=new_key(door))
    exported = _under_a_checkpoint(door, actor, found, answer["export"])
    with door.database.reading() as connection, _watched(exported.records, hidden=hidden) as tick:
        covered = is_covered(connection, exported)
        size = sum(out.write(piece) for piece in dossier_of(connection, exported).pieces(tick))
    return {"directive": exported.root, "export": exported.id, "records": exported.records, "bytes": size, "covered": covered, "receipt": answer["receipt"]}


def lines_about(file: Path, said: Mapping[str, Any]) -> list[str]:
    """Return what was taken out, for people."""
    lines = [f"{file}: {said['records']} records, {said['bytes']} bytes, the last is record {said['receipt']['record']} of {said['receipt']['log']}"]
    return lines + ([] if said["covered"] else [UNPROVED])


@click.command("verify-dossier")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--trust", type=click.Path(path_type=Path), help="The file of trusted keys, vkeys.txt, that you keep; never that of the dossier.")
@as_json
@refusing
def verify_dossier(*, file: Path, trust: Path | None, as_json: bool) -> None:
    """Check a dossier without database or network: its files, records, numbers, signatures, proofs, documents.

    0: intact. 1: tampered; what was found is named. 3: it cannot be verified, since a key or a checkpoint is missing, or the file cannot be read.
    """
    try:
        found = check_dossier(file, read_trust(trust) if trust else None)
    except EngineError as error:  # never reported as intact
        if as_json:
            click.echo(json.dumps({"result": UNCHECKED, "records": 0, "findings": [], "missing": [error.message]}, ensure_ascii=False))
        click.echo(error.message, err=True)
        sys.exit(NOT_CHECKED)
    _tell(found, as_json=as_json)
    sys.exit(EXITS[found.result])


def _under_a_checkpoint(door: Door, actor: Actor, directive: str, export: str) -> Exported:
    """Return the export, if it can be under a checkpoint: we make one where the key lies here, else a worker does at its next look."""
    Checkpoints(door).look()
    exported: Exported = door.ask(OpenDossier(directive=directive, export=export), actor)
    for _ in range(LOOKS if _is_signed_elsewhere() else 0):
        with door.database.reading() as connection:
            if is_covered(connection, exported):
                break
        rest(PAUSE)
    return exported


def _is_signed_elsewhere() -> bool:
    """Tell whether somebody else makes the checkpoints of this installation."""
    return checkpoint_signer() is None and bool(own_trust().checkpoints)


@contextmanager
def _watched(records: int, *, hidden: bool) -> Iterator[Tick]:
    """Show how many records have been packed."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=hidden or not console.is_terminal) as progress:
        bar = progress.add_task("records", total=records)
        yield lambda done: progress.update(bar, completed=done)


def _tell(found: Checked, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_told(found), ensure_ascii=False))
        return
    for finding in found.findings:
        click.echo(finding.sentence(), err=True)
    more = found.count - len(found.findings)
    for line in (*([f"and {more} more"] if more > 0 else []), *found.missing):
        click.echo(line, err=True)
    for log, last in found.last.items():
        click.echo(f"{log}: records 1 to {last} of the stream {found.stream}")
    for each in found.disposed:
        click.echo(each.sentence())
    click.echo(f"complete up to {found.at}" if found.result == INTACT else f"{found.records} records read")
    click.echo("checked: " + "; ".join(f"{level} {LEVELS[level]}" for level in CHECKED))
    click.echo(found.result)


def _told(found: Checked) -> dict[str, Any]:
    return {
        "result": found.result,
        "records": found.records,
        "stream": found.stream,
        "last": dict(found.last),
        "at": found.at,
        "levels": CHECKED,
        "findings": [asdict(each) | {"last": each.until} for each in found.findings],
        "missing": list(found.missing),
        "disposed": [each.sentence() for each in found.disposed],
    }
