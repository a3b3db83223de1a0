"""`chidao doctor`: everything that must be in place, with what to do where it is not. `chidao configuration`: every setting."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path

import click
from sqlalchemy.exc import DBAPIError

from engine.bootstrap import open_door
from engine.command_line import as_json, database_option, refusing, tell
from engine.commands.checkup.finding import Found, exit_code, ok
from engine.commands.checkup.machine import machine
from engine.commands.checkup.office import office
from engine.commands.checkup.store import store
from engine.kernel import environment
from engine.kernel.clock import SystemClock
from engine.kernel.errors import EngineError, InvalidInput, Refused
from engine.storage.address import database_url
from engine.storage.database import Database
from engine.storage.difficulties import sentence

MARKS = {"ok": "ok       ", "note": "note     ", "warning": "warning  ", "problem": "PROBLEM  ", "unchecked": "unchecked"}


@click.command()
@click.option("--thorough", is_flag=True, help="Read everything: every page of a SQLite file, every record of the history.")
@database_option
@as_json
@refusing
def doctor(*, thorough: bool, database: str | None, as_json: bool) -> None:
    """Check everything that must be in place. 0: all is well, or only warnings; 1: a problem; 3: something could not be checked."""
    found = list(examine(database, thorough=thorough))
    code = exit_code(found)
    lines = [f"{MARKS[each.level]} {each.check}: {each.said}{' ' + each.remedy if each.remedy else ''}" for each in found]
    tell({"result": {0: "well", 1: "problem", 3: "unchecked"}[code], "checks": [asdict(each) for each in found]}, lines, as_json=as_json)
    sys.exit(code)


@click.command()
@click.option("--examples", type=click.Path(path_type=Path, file_okay=False), help="Copy the examples of a deployment into a new folder.")
@as_json
@refusing
def configuration(*, examples: Path | None, as_json: bool) -> None:
    """Tell every setting that the environment may hold, what it means and what it is now. Secrets are masked.

    With --examples: a compose file with its image, and systemd units.
    """
    if examples is not None:
        copied = _copy_examples(examples)
        tell({"copied": copied}, [str(examples / name) for name in copied], as_json=as_json)
        return
    found = [
        {"name": each.name, "meaning": each.meaning, "kind": each.kind, "default": each.default, "secret": each.secret, "set": environment.is_set(each.name), "value": _present(each.name)}
        for each in environment.VARIABLES.values()
    ]
    lines = [f"{each['name']}{' = ' + str(each['value']) if each['value'] else ''}\n    {each['meaning']}" for each in found]
    tell({"settings": found, "unknown": environment.unknown()}, lines, as_json=as_json)


def examine(address: str | None, *, thorough: bool = False) -> Iterator[Found]:
    """Yield what every check finds."""
    yield from machine()
    clock = SystemClock()
    try:
        database = Database(database_url(address))
    except EngineError as error:
        yield Found(check="database", level="problem", said=error.message)
        return
    if database.file is not None and not database.file.exists():
        yield Found(check="database", level="problem", said=f"There is no database at {database.file}.", remedy="Make one with `chidao init`.")
        return
    try:
        yield ok("database", f"{database.address} answers")
        at_head = True
        for found in store(database, clock, thorough=thorough):
            at_head = at_head and (found.check, found.level) != ("schema", "problem")
            yield found
        if at_head:
            yield from office(open_door(database, clock), thorough=thorough)
    except DBAPIError as error:
        yield Found(check="database", level="problem", said=sentence(error, database.address))
    finally:
        database.dispose()


def _copy_examples(folder: Path) -> list[str]:
    if folder.exists():
        raise Refused(f"Expected a new folder for the examples, but {folder} exists. Choose another name.")
    folder.mkdir(parents=True)
    found = [each for each in files("engine").joinpath("deployment").iterdir() if each.is_file()]
    for each in found:
        (folder / each.name).write_bytes(each.read_bytes())
    return sorted(each.name for each in found)


def _present(name: str) -> str:
    """Return the present value, or what is wrong with it."""
    try:
        return environment.shown(name)
    except InvalidInput as error:
        return f"({error.message})"
