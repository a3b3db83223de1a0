"""`chidao audit export`: the history in a format that other programs read."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from engine.audit.exports.exporting import FORMATS, ExportHistory, written
from engine.command_line import as_json, as_person, database_option, refusing, tell
from engine.command_line.actor import acting, door_of, new_key
from engine.commands.dossier import DOSSIER, lines_about, take_out
from engine.kernel.errors import InvalidInput

STDOUT = Path("-")


@click.command("export")
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path))
@click.option("--format", required=True, type=click.Choice([*FORMATS, DOSSIER]), help="OCEL 2.0 (JSON), XES, PROV-JSON, CSV for a spreadsheet; or the dossier of a directive, which anybody can check.")
@click.option("--directive", metavar="CODE", default="", help="Only the cascade in which this directive stands: its number and symbol, or its id.")
@click.option("--from", "since", metavar="DAY", default="", help="From this day on (YYYY-MM-DD, in Vietnam).")
@click.option("--to", "until", metavar="DAY", default="", help="Up to this day, which is in it.")
@click.option("--purpose", default="", help="For what it is taken out; it stands in the record of the export.")
@as_person
@database_option
@as_json
@refusing
def audit_export(*, file: Path, login: str | None, database: str | None, as_json: bool, **asked: str) -> None:
    """Write the history to FILE (`-`: to the terminal), whole or of a directive or a time. That it was taken out is recorded in it.

    A person named with --as takes out what their auditor's pages show them; else it is all.
    """
    if file != STDOUT and file.exists():
        raise InvalidInput(f"Expected a new file at {file}, but there is one already. Name another, or take it away.")
    if file == STDOUT and as_json:
        raise InvalidInput("Expected a file beside --json, but found `-`: both would stand in one output. Name a file.")
    door = door_of(database)
    actor = acting(door.database, login)
    if asked["format"] == DOSSIER:
        with _opened(file) as out:
            said = take_out(door, actor, asked, out=out, hidden=as_json)
        if file != STDOUT:
            tell({"file": str(file), "format": DOSSIER, **said}, lines_about(file, said), as_json=as_json)
        return
    taken = door.execute(ExportHistory(**asked), actor, key=new_key(door))
    with _opened(file) as out, _watched(taken["records"], hidden=as_json) as watch:
        size = sum(out.write(piece.encode()) for piece in watch(written(door.database, actor, door.clock.now(), taken)))
    if file != STDOUT:
        told = {"file": str(file), "format": taken["format"], "records": taken["records"], "bytes": size}
        tell(told, [f"{file}: {taken['records']} records gone through, {size} bytes"], as_json=as_json)


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    """Open a file that is there when it is whole, and not before."""
    if file == STDOUT:
        yield sys.stdout.buffer
        return
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("wb") as out:
            yield out
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _watched(records: int, *, hidden: bool) -> Iterator[_Watch]:
    """Show how far it is: about one line of the text is one record."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=hidden or not console.is_terminal) as progress:
        yield _Watch(progress, records)


class _Watch:
    """Passes text on and counts its lines."""

    def __init__(self, progress: Progress, records: int) -> None:
        self._progress = progress
        self._bar = progress.add_task("records", total=records)

    def __call__(self, pieces: Iterable[str]) -> Iterator[str]:
        """Yield what it is given."""
        for piece in pieces:
            self._progress.advance(self._bar, piece.count("\n"))
            yield piece
