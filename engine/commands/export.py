"""`chidao export`: what is in force as files, so that a folder under version control and the database agree."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from engine.command_line import REFUSED, as_json, as_person, database_option, refusing, tell
from engine.command_line.actor import acting, door_of
from engine.definitions.exporting import Exported, ExportFiles
from engine.definitions.on_disk import Difference, compare, write
from engine.kernel.errors import InvalidInput


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--process", "processes", multiple=True, metavar="KEY", help="Only the files of this process and of what it calls. May be repeated.")
@click.option("--force", is_flag=True, help="Write over files that differ; nothing is ever removed.")
@click.option("--check", is_flag=True, help="Write nothing: tell what differs, and end with 1 when anything does.")
@as_person
@database_option
@as_json
@refusing
def export(*, folder: Path, processes: tuple[str, ...], force: bool, check: bool, login: str | None, database: str | None, as_json: bool) -> None:
    """Write what is in force into the folder DIR, at the paths from which it was deployed: `chidao deploy DIR` then changes nothing.

    Files that differ are not written over without --force. Files that are no longer in force are named, and stay.
    """
    if check and not folder.is_dir():
        raise InvalidInput(f"Expected a folder at {folder} to compare with what is in force, but there is none. Leave --check out to write it.")
    door = door_of(database)
    found: Exported = door.ask(ExportFiles(processes=processes), acting(door.database, login))
    if not found.files:
        raise InvalidInput("Expected processes in force, but there are none. Deploy some first with `chidao deploy`.")
    difference = compare(folder, found.files, found.known)
    written = () if check else write(folder, found.files, difference, force=force)
    tell(_told(folder, difference, written, found, check=check), _lines(folder, difference, written, found, check=check), as_json=as_json)
    if check and not difference.agrees:
        sys.exit(REFUSED)


def _told(folder: Path, difference: Difference, written: tuple[str, ...], found: Exported, *, check: bool) -> dict[str, Any]:
    names = ("missing", "differing", "not_in_force") if check else ("not_in_force",)
    listed: dict[str, Any] = {name: list(getattr(difference, name)) for name in names}
    how: dict[str, Any] = {"agrees": difference.agrees} if check else {"written": list(written)}
    return {"folder": str(folder), **how, "same": len(difference.same), **listed, "apart": list(found.apart)}


def _lines(folder: Path, difference: Difference, written: tuple[str, ...], found: Exported, *, check: bool) -> list[str]:
    if check:
        lines = [f"+ {path}: in force, not in {folder}" for path in difference.missing]
        lines += [f"~ {path}: differs from what is in force" for path in difference.differing]
        lines += [f"- {path}: in {folder}, not in force" for path in difference.not_in_force]
        lines += [] if lines else [f"{folder} is what is in force: {len(difference.same)} files"]
    else:
        lines = [f"wrote {path}" for path in written]
        lines += [f"{folder}: {len(written)} files written, {len(difference.same)} were the same"]
        lines += [f"not in force, left as it is: {path}" for path in difference.not_in_force]
    apart = "runs with older files of what it calls than these; deploying this folder gives it a new version"
    return lines + [f"{process} {apart}" for process in found.apart]
